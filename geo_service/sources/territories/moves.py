"""Communes that merge, part, change code: from one COG to the next.

Only whole communes count (``COM`` before and after): delegated and associated communes are parts
of a commune, and the municipal arrondissements of Paris, Lyon and Marseille stay below theirs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

from geo_service.core.i18n import T
from geo_service.core.result import Anomalies, Anomaly
from geo_service.core.tables import COMMUNE_MOVES, shape_table
from geo_service.intake.archives import OfficialFile
from geo_service.intake.text import parse_dates, read_table

from .filling import among

if TYPE_CHECKING:
    import pandas as pd

_ARRONDISSEMENTS: dict[str, range] = {
    "75056": range(75101, 75121),
    "69123": range(69381, 69390),
    "13055": range(13201, 13217),
}
COMMUNE_OF_ARRONDISSEMENT = {
    str(code): commune for commune, codes in _ARRONDISSEMENTS.items() for code in codes
}
"""Municipal arrondissement → commune (Paris, Lyon, Marseille). Source: COG, type ``ARM``."""


def commune_of(code: str) -> str:
    """The commune of a municipal arrondissement; any other code is returned as it is.

    >>> commune_of("75111"), commune_of("31555")
    ('75056', '31555')
    """
    return COMMUNE_OF_ARRONDISSEMENT.get(code, code)


def arrondissements_of(commune: str) -> list[str]:
    """The municipal arrondissements of Paris, Lyon or Marseille; none elsewhere.

    >>> len(arrondissements_of("69123")), arrondissements_of("31555")
    (9, [])
    """
    return [str(code) for code in _ARRONDISSEMENTS.get(commune, ())]


def read_moves(file: OfficialFile, anomalies: Anomalies) -> tuple[pd.DataFrame, int]:
    """The moves of whole communes in a COG file, and the number of rows in the file.

    Rows about parts of communes are no fault of the file: they are counted, not listed.
    """
    rows = read_table(
        file,
        source="territories",
        anomalies=anomalies,
        aliases={
            "event": ["MOD"],
            "effective": ["DATE_EFF"],
            "type_before": ["TYPECOM_AV"],
            "before": ["COM_AV"],
            "type_after": ["TYPECOM_AP"],
            "after": ["COM_AP"],
        },
    )
    whole = (rows["type_before"].str.strip() == "COM") & (rows["type_after"].str.strip() == "COM")
    moves = rows[whole].copy()
    moves["effective"], _ = parse_dates(moves["effective"])
    wrong = moves["effective"].isna()
    for column in ("before", "after"):
        moves[column] = moves[column].str.strip().str.upper()
        wrong |= ~moves[column].str.fullmatch(r"\d[0-9AB]\d{3}")
    bad = moves[wrong]
    for row, before, after in zip(bad["row"], bad["before"], bad["after"], strict=True):
        anomalies.add(
            Anomaly(
                "territories",
                file.label,
                int(row),
                "DATE_EFF/COM_AV/COM_AP",
                f"{before} → {after}",
                "unreadable-move",
                T(
                    "Mouvement de commune illisible (date ou code).",
                    "Unreadable commune move (date or code).",
                ),
                "set aside",
            )
        )
    sound = once(moves[~wrong], file.label, anomalies)
    return shape_table(sound, COMMUNE_MOVES), len(rows)


def once(rows: pd.DataFrame, label: str, anomalies: Anomalies) -> pd.DataFrame:
    """The rows without those that repeat another one word for word, which are listed."""
    again = rows.drop(columns="row").duplicated()
    for row, said in zip(
        rows.loc[again, "row"].tolist(), rows[again].drop(columns="row").to_numpy(), strict=True
    ):
        value = ", ".join(str(cell) for cell in said if cell == cell and cell is not None)
        anomalies.add(
            Anomaly(
                "territories", label, int(row), None, value, "repeated-row", _REPEATED, "set aside"
            )
        )
    return rows[~again]


_REPEATED = T("La même ligne figure déjà plus haut.", "The same row already stands above.")


def follow_code(code: str, date: dt.date, moves: pd.DataFrame) -> list[str]:
    """The communes that have the territory of a commune as it was at a date.

    Parameters
    ----------
    code
        INSEE code in the COG of ``date``. A code that had already disappeared by then is followed
        from its disappearance: files keep codes of communes long merged.
    date
        A move that takes effect on that very day is already in the code.
    moves
        Table ``commune_moves``.

    Returns
    -------
    list of str
        Codes in the COG of the last move, sorted: one after a merge, several after a split, the
        code itself where nothing moved.
    """
    return follow_codes([code], date, moves)[code]


def follow_codes(codes: Iterable[str], date: dt.date, moves: pd.DataFrame) -> dict[str, list[str]]:
    """:func:`follow_code` of many codes at once."""
    wanted = list(codes)
    if not wanted:
        return {}
    steps = _steps(_concerning(moves, wanted))
    lives, events = _lives(steps), _events(steps)
    followed: dict[str, list[str]] = {}
    for code in wanted:
        life = lives.get(code, [])
        start = date
        past = [(day, alive) for day, alive in life if day <= date]
        if past and not past[-1][1]:
            start = past[-1][0] - dt.timedelta(days=1)
        followed[code] = sorted(_follow(code, start, steps, events)) if life else [code]
    return followed


def _concerning(moves: pd.DataFrame, codes: list[str]) -> pd.DataFrame:
    """The moves that made these communes or their heirs, and what became of them: few of 10,000."""
    import pandas as pd

    known = pd.Series(codes, dtype="str").drop_duplicates()
    while True:
        mask = among(moves["before"], known) | among(moves["after"], known)
        grown = pd.concat([known, moves["after"][mask]]).drop_duplicates()
        if len(grown) == len(known):
            return moves[mask]
        known = grown


def cog_date(codes: Iterable[str], moves: pd.DataFrame) -> dt.date | None:
    """The last day on which all those codes were communes; null when no move tells.

    A file of communes rarely says of which COG it is; those of its codes that have since
    disappeared do.
    """
    wanted = list(codes)
    lives = _lives(_steps(moves)) if wanted else {}
    ends = [lives[code][-1][0] for code in wanted if code in lives and not lives[code][-1][1]]
    return min(ends) - dt.timedelta(days=1) if ends else None


Steps = dict[dt.date, dict[str, set[str]]]
"""Day → code before → codes after, in the order of the days."""


def _steps(moves: pd.DataFrame) -> Steps:
    ordered = moves.sort_values("effective", kind="stable")
    days: list[dt.date] = ordered["effective"].to_numpy().astype("datetime64[D]").tolist()
    steps: Steps = {}
    for day, before, after in zip(
        days, ordered["before"].to_numpy(object), ordered["after"].to_numpy(object), strict=True
    ):
        steps.setdefault(day, {}).setdefault(before, set()).add(after)
    return steps


def _lives(steps: Steps) -> dict[str, list[tuple[dt.date, bool]]]:
    """Of each code that ever moved: the days it did, and whether it was a commune from then on."""
    lives: dict[str, list[tuple[dt.date, bool]]] = {}
    for day, moved in steps.items():
        # A code that is reached and left on the same day, and not kept, is not one in the evening.
        reached = {
            after
            for afters in moved.values()
            for after in afters
            if after not in moved or after in moved[after]
        }
        for code in reached | set(moved):
            lives.setdefault(code, []).append((day, code in reached))
    return lives


def _events(steps: Steps) -> dict[str, list[tuple[dt.date, set[str]]]]:
    """Of each code: the days on which it moved, in order, and the codes after."""
    events: dict[str, list[tuple[dt.date, set[str]]]] = {}
    for day, moved in steps.items():
        for code, after in moved.items():
            events.setdefault(code, []).append((day, after))
    return events


def _follow(
    code: str, date: dt.date, steps: Steps, events: dict[str, list[tuple[dt.date, set[str]]]]
) -> set[str]:
    reached: set[str] = set()
    seen: set[tuple[str, dt.date]] = set()
    held = [(code, date)]
    while held:
        one, since = held.pop()
        if (one, since) in seen:
            continue
        seen.add((one, since))
        following = next((event for event in events.get(one, []) if event[0] > since), None)
        if following is None:
            reached.add(one)
            continue
        day, after = following
        for heir in after:
            # A commune may change département and merge on the same day: two moves in a row.
            again = steps[day].get(heir, {heir})
            held += [(last, day) for last in ([heir] if heir in again else again)]
    return reached
