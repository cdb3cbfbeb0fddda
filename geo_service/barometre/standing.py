"""One territory over time: official figures and computed ones side by side, never joined.

Each line is one perimeter. A published target is held against the series that measure it; an
objective of the reader's own against every line, each for itself.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from geo_service.core.errors import RuleError, UnknownNameError
from geo_service.core.i18n import T, Text
from geo_service.official import Target, official_series, target, targets
from geo_service.store import StoredResult

from .lines import CHOICES, StandingLine, computed_lines, official_lines, read_target
from .trajectory import STEPS

_GOAL = re.compile(r"([1-9]\d{0,5})@(20\d\d)", re.ASCII)


@dataclass(frozen=True)
class Standing:
    """What is known of one indicator in one territory, and the goal it is held against."""

    indicator: str
    kind: str
    territory: str
    lines: tuple[StandingLine, ...]
    target: Target | None
    goal: float | None
    by: dt.date | None
    goal_label: Text | None
    notes: tuple[Text, ...]


def standing(
    result: StoredResult,
    indicator: str,
    territory: str,
    *,
    target_name: str | None = None,
    goal: float | None = None,
    by: dt.date | None = None,
    steps: int = STEPS,
) -> Standing:
    """The lines of an indicator in a territory, and where they stand before a goal.

    Parameters
    ----------
    indicator
        ``msp`` or ``cds``.
    territory
        ``france:FR``, ``region:..`` or ``departement:..``.
    target_name
        A published target of this kind and territory; by default the latest one, where there is.
    goal, by
        An objective of one's own, in place of a published target: both or neither.
    steps
        Steps looked back on for the pace.

    Raises
    ------
    UnknownNameError
        No such indicator, target, or territory: nothing is known of it.
    RuleError
        ``goal`` without ``by``, or both a goal and a target.
    """
    if indicator not in CHOICES:
        raise UnknownNameError(
            T("« {it} » n'est pas un indicateur.", "“{it}” is no indicator.", it=indicator),
            known=tuple(CHOICES),
        )
    if (goal is None) != (by is None) or (goal is not None and target_name is not None):
        raise RuleError(
            T(
                "Un objectif propre se donne avec son échéance, et sans cible publiée.",
                "An objective of one's own comes with its date, and without a published target.",
            ),
            field="goal",
        )
    kind, name = CHOICES[indicator]
    aimed = None if goal is not None else _target(kind, territory, target_name)
    read_aim = read_target(result, name, territory) if aimed is None and goal is None else None
    lines = [
        *official_lines(result, indicator, territory, aimed, goal, by, read_aim, steps),
        *computed_lines(result, kind, territory, goal, by, steps),
    ]
    if not lines:
        raise UnknownNameError(
            T(
                "Rien n'est connu de « {it} » pour cet indicateur.",
                "Nothing is known of “{it}” for this indicator.",
                it=territory,
            ),
            known=tuple(territories_of(result)),
        )
    level, due, label = _goal(aimed, goal, by, read_aim)
    return Standing(
        indicator,
        kind,
        territory,
        tuple(lines),
        aimed,
        level,
        due,
        label,
        tuple(_notes(kind, lines, aimed, level)),
    )


def read_goal(text: str) -> tuple[float, dt.date] | None:
    """An objective of one's own, ``level@year``, as a level at the year's end; None: it is none.

    >>> read_goal("480@2027"), read_goal("msp_4000_2027")
    ((480.0, datetime.date(2027, 12, 31)), None)
    """
    found = _GOAL.fullmatch(text)
    return None if found is None else (float(found[1]), dt.date(int(found[2]), 12, 31))


def territories_of(result: StoredResult) -> list[str]:
    """The territories that something is known of: official, then those of the result."""
    found: dict[str, None] = {"france:FR": None}
    for _, name in CHOICES.values():
        found |= dict.fromkeys(official_series()[name].rows["territory"])
    if "series" in result.table_names():
        found |= dict.fromkeys(result.read_table("series")["territory"])
    for layer in ("regions", "departements"):
        if layer in result.layer_names():
            table = result.read_layer(layer, columns=["territory", "covered"])
            found |= dict.fromkeys(table.loc[table["covered"], "territory"])
    return list(found)


def targets_of(kind: str, territory: str) -> list[Target]:
    """The published targets of a kind of structure counted in a territory, the latest first."""
    found = [
        one
        for one in targets().values()
        if (one.kind, one.unit, one.territory) == (kind, "structures", territory)
    ]
    return sorted(found, key=lambda one: (one.date, one.name), reverse=True)


def _target(kind: str, territory: str, name: str | None) -> Target | None:
    known = targets_of(kind, territory)
    if name is None:
        return known[0] if known else None
    chosen = target(name)
    if chosen not in known:
        raise UnknownNameError(
            T(
                "La cible « {it} » n'est pas celle de cet indicateur ou de ce territoire.",
                "The target “{it}” is not of this indicator or this territory.",
                it=name,
            ),
            known=tuple(one.name for one in known),
        )
    return chosen


def _goal(
    aimed: Target | None,
    goal: float | None,
    by: dt.date | None,
    read_aim: tuple[dt.date, float] | None,
) -> tuple[float | None, dt.date | None, Text | None]:
    if aimed is not None:
        return aimed.value, aimed.date, aimed.label
    if goal is not None:
        return goal, by, T("Objectif propre", "Objective of one's own")
    if read_aim is not None:
        label = T(
            "Cible du fichier du baromètre lu par ce résultat",
            "Target of the baromètre file that this result read",
        )
        return read_aim[1], read_aim[0], label
    return None, None, None


def _notes(
    kind: str, lines: list[StandingLine], aimed: Target | None, level: float | None
) -> list[Text]:
    notes = []
    origins = {line.origin for line in lines}
    if origins == {"official", "computed"}:
        notes.append(
            T(
                "Le baromètre compte ce que les ARS et les centres déclarent, ce résultat ce que "
                "FINESS enregistre : deux périmètres, côte à côte, jamais joints.",
                "The baromètre counts what the ARS and the centres declare, this result what "
                "FINESS registers: two perimeters, side by side, never joined.",
            )
        )
    if kind == "CDS" and "computed" in origins:
        notes.append(
            T(
                "FINESS ne distingue pas les centres mono et pluriprofessionnels ; la série "
                "officielle ne compte que les seconds.",
                "FINESS does not tell mono- from multi-professional centres; the official series "
                "counts the latter only.",
            )
        )
    if "computed" in origins:
        notes.append(
            T(
                "Un seul millésime ne montre pas les fermetures : les dates passées sont sous-"
                "estimées, et le rythme calculé surestimé.",
                "A single vintage shows no closures: past dates are too low, and the computed "
                "pace too high.",
            )
        )
    if level is None:
        notes.append(
            T(
                "Aucune cible n'est publiée pour ce territoire.",
                "No target is published for this territory.",
            )
        )
    if aimed is not None and aimed.note is not None:
        notes.append(aimed.note)
    return notes
