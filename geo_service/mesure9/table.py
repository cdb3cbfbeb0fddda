"""The table of the progress note, for any stored date and territory.

Counts are those of the stored indicators, never counted again here: structures in QPV, in quartier
vécu by definition (disjoint from the QPV, so the two add up), the total of the territory, shares,
and the progression from one date to the next.

Source: Feuille de route Politique de la ville 2018-2022, mesure 9, point de mars 2019.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.errors import UnknownNameError
from ..core.i18n import T, Text
from ..core.snapshot import ALL_STRUCTURES, PLURIPROFESSIONAL, SCOPES
from ..core.territory import read_territory
from ..store import StoredResult
from .words import NOT_COUNTED, OTHER_SCOPE

KINDS = ("MSP", "CDS")
BOTH = "MSP+CDS"
"""The line of the note that adds the two kinds up."""
MEASURES: dict[str, Text] = {
    "structures_in_qpv": T("en QPV", "in QPV"),
    "structures_in_quartier_vecu": T("en quartier vécu, hors QPV", "in quartier vécu, not in QPV"),
    "structures_near_qpv": T("en QPV ou en quartier vécu", "in QPV or in quartier vécu"),
    "structures_open": T("total du territoire", "total of the territory"),
    "share_in_qpv": T("part en QPV", "share in QPV"),
    "share_near_qpv": T("part en QPV ou en quartier vécu", "share in QPV or in quartier vécu"),
}
_BY_DEFINITION = ("structures_in_quartier_vecu", "structures_near_qpv", "share_near_qpv")
_ADDED = ("structures_in_qpv", "structures_in_quartier_vecu", "structures_near_qpv")
FIELDS = (
    "kind",
    "measure",
    "definition",
    "date",
    "value",
    "low",
    "high",
    "unknown_precision",
    "since",
    "change",
    "change_low",
    "change_high",
    "change_share",
    "note",
)
"""Columns of :meth:`Mesure9.records`."""


@dataclass(frozen=True)
class Figure:
    """One figure at one date, and its change since the date before in the table.

    An unknown is None, never 0. ``change_share`` is the change over the earlier value (of one);
    for shares ``change`` is in points of one and ``change_share`` is None. The bounds of a change
    hold whatever the undetermined positions are at each date.
    """

    kind: str
    measure: str
    definition: str | None
    date: dt.date
    value: float | None
    low: float | None
    high: float | None
    unknown_precision: int
    since: dt.date | None
    change: float | None
    change_low: float | None
    change_high: float | None
    change_share: float | None
    note: str | None


@dataclass(frozen=True)
class Mesure9:
    """The table: its territory, its scope, said, and one figure a kind, measure and date."""

    territory: str
    scope: str
    dates: tuple[dt.date, ...]
    definitions: tuple[str, ...]
    figures: tuple[Figure, ...] = field(repr=False)
    notes: tuple[Text, ...] = ()

    def find(self, kind: str, measure: str, date: dt.date, definition: str | None = None) -> Figure:
        """One figure.

        Raises
        ------
        UnknownNameError
            The table has no such figure.
        """
        for one in self.figures:
            if (one.kind, one.measure, one.date, one.definition) == (
                kind,
                measure,
                date,
                definition,
            ):
                return one
        raise UnknownNameError(
            T(
                "Le tableau n'a pas ce chiffre : {kind}, {measure}, {definition}, {date}.",
                "The table has no such figure: {kind}, {measure}, {definition}, {date}.",
                kind=kind,
                measure=measure,
                definition=definition or "—",
                date=date.isoformat(),
            ),
            known=tuple(MEASURES),
        )

    def records(self) -> list[dict[str, Any]]:
        """Rows with the fields of :data:`FIELDS`, dates as ISO text."""
        rows = []
        for one in self.figures:
            row = {name: getattr(one, name) for name in FIELDS}
            for name in ("date", "since"):
                row[name] = None if row[name] is None else row[name].isoformat()
            rows.append(row)
        return rows


def mesure9(
    source: StoredResult | Any,
    *,
    territory: str | None = None,
    dates: Sequence[dt.date] | None = None,
    scope: str | None = None,
    kinds: Sequence[str] = KINDS,
) -> Mesure9:
    """The table of mesure 9.

    Parameters
    ----------
    source
        A stored result, or a table of its indicators (columns of ``indicators``).
    territory
        By default the main one of the result; of a table, the first it has.
    dates
        Dates that the source holds, any order; by default all.
    scope
        ``all`` (mono- and pluriprofessional centres, as mesure 9 counts) or ``pluri``; by default
        that of the source. Where the source holds the other one, MSP stay (they are
        pluriprofessional by definition) and CDS are null, from 0 to the count of all centres.

    Returns
    -------
    Mesure9
        Quartier vécu is null before the first declaration, and not 0.

    Raises
    ------
    UnknownNameError
        The source has no such territory, date, kind or scope.
    """
    table, place, held = _source(source, territory)
    if scope is not None and scope not in SCOPES:
        raise UnknownNameError(
            T("« {it} » n'est pas un champ.", "“{it}” is no scope.", it=scope), known=SCOPES
        )
    own_scope = str(table["scope"].iloc[0]) if len(table) else ALL_STRUCTURES
    asked = scope or own_scope
    chosen = _dates(dates, held)
    known_kinds = set(table["kind"].dropna())
    for kind in kinds:
        if kind not in known_kinds:
            raise UnknownNameError(
                T("Aucun chiffre de « {it} ».", "No figure of “{it}”.", it=kind),
                known=tuple(sorted(known_kinds)),
            )
    near = table[table["indicator"].isin(_BY_DEFINITION)]
    definitions = tuple(sorted(set(near["definition"].dropna()), key=_definition_order))
    lookup = _lookup(table)
    notes: list[Text] = []
    if asked != own_scope:
        notes.append(OTHER_SCOPE.with_values(own=own_scope, asked=asked))
        lookup = _rescoped(lookup, asked)
    lines: list[tuple[str, str, str | None]] = []
    for kind in kinds:
        for measure in MEASURES:
            for definition in definitions if measure in _BY_DEFINITION else (None,):
                lines.append((kind, measure, definition))
    figures = [
        one
        for kind, measure, definition in lines
        for one in _line(
            [lookup.get((kind, measure, definition, day)) for day in chosen],
            chosen,
            (kind, measure, definition),
        )
    ]
    if set(KINDS) <= set(kinds):
        for measure in _ADDED:
            for definition in definitions if measure in _BY_DEFINITION else (None,):
                cells = [
                    _added([lookup.get((kind, measure, definition, day)) for kind in KINDS])
                    for day in chosen
                ]
                figures += _line(cells, chosen, (BOTH, measure, definition))
    return Mesure9(place, asked, tuple(chosen), definitions, tuple(figures), tuple(notes))


@dataclass(frozen=True)
class _Cell:
    value: float | None
    low: float | None
    high: float | None
    unknown: int
    note: str | None


def _source(source: StoredResult | Any, territory: str | None) -> tuple[Any, str, list[dt.date]]:
    if isinstance(source, StoredResult):
        place = str(source.facts["territory"]) if territory is None else read_territory(territory)
        table = source.read_indicators(territory=place, indicator=list(MEASURES))
        held = [dt.date.fromisoformat(day) for day in source.facts["dates"]]
    else:
        place = str(source["territory"].iloc[0]) if territory is None else read_territory(territory)
        table = source[(source["territory"] == place) & source["indicator"].isin(list(MEASURES))]
        held = sorted({stamp.date() for stamp in source["as_of"]})
    if table.empty:
        raise UnknownNameError(
            T(
                "Le résultat n'a aucun chiffre du territoire « {it} ».",
                "The result has no figure of the territory “{it}”.",
                it=place,
            )
        )
    return table, place, held


def _dates(asked: Sequence[dt.date] | None, held: list[dt.date]) -> list[dt.date]:
    if asked is None:
        return sorted(held)
    for day in asked:
        if day not in held:
            raise UnknownNameError(
                T(
                    "Le résultat n'a pas la date {date} ; il a : {held}.",
                    "The result does not hold the date {date}; it holds: {held}.",
                    date=day.isoformat(),
                    held=", ".join(one.isoformat() for one in held),
                ),
                known=tuple(one.isoformat() for one in held),
            )
    return sorted(set(asked))


def _definition_order(name: str) -> tuple[int, int, str]:
    """Declared first, then proxies by distance."""
    digits = "".join(sign for sign in name if sign.isdecimal())
    return int(name != "declared"), int(digits or 0), name


def _lookup(table: Any) -> dict[tuple[Any, ...], _Cell]:
    found = {}
    for row in table.itertuples():
        by_definition = row.indicator in _BY_DEFINITION
        definition = str(row.definition) if by_definition else None
        note = None if row.note is None or row.note != row.note else str(row.note)
        found[row.kind, row.indicator, definition, row.as_of.date()] = _Cell(
            _known(row.value),
            _known(row.low),
            _known(row.high),
            _count(row.unknown_precision),
            note,
        )
    return found


def _known(value: Any) -> float | None:
    return None if value is None or np.isnan(value) else float(value)


def _count(value: Any) -> int:
    return 0 if value is None or value != value else int(value)


def _rescoped(lookup: dict[tuple[Any, ...], _Cell], asked: str) -> dict[tuple[Any, ...], _Cell]:
    """The scope that the source does not hold: CDS are unknown, their bounds still tell a bit."""
    found = {}
    for key, cell in lookup.items():
        if key[0] != "CDS":
            found[key] = cell
            continue
        low, high = (0.0, cell.high) if asked == PLURIPROFESSIONAL else (cell.low, None)
        if str(key[1]).startswith("share_"):
            low, high = None, None
        found[key] = _Cell(None, low, high, cell.unknown, str(NOT_COUNTED))
    return found


def _added(cells: Sequence[_Cell | None]) -> _Cell | None:
    parts = [cell for cell in cells if cell is not None]
    if len(parts) < len(cells):
        return None

    def total(values: list[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return sum(known) if len(known) == len(values) else None

    return _Cell(
        total([cell.value for cell in parts]),
        total([cell.low for cell in parts]),
        total([cell.high for cell in parts]),
        sum(cell.unknown for cell in parts),
        next((cell.note for cell in parts if cell.note), None),
    )


def _line(
    cells: Sequence[_Cell | None], dates: Sequence[dt.date], key: tuple[str, str, str | None]
) -> list[Figure]:
    """One measure over time. A date without any row is unknown."""
    figures: list[Figure] = []
    before: tuple[dt.date, _Cell] | None = None
    for day, cell in zip(dates, cells, strict=True):
        own = cell or _Cell(None, None, None, 0, None)
        change, low, high, share = _change(None if before is None else before[1], own)
        figures.append(
            Figure(
                *key,
                day,
                own.value,
                own.low,
                own.high,
                own.unknown,
                None if before is None else before[0],
                change,
                low,
                high,
                None if key[1].startswith("share_") else share,
                own.note,
            )
        )
        before = (day, own)
    return figures


def _change(
    before: _Cell | None, after: _Cell
) -> tuple[float | None, float | None, float | None, float | None]:
    if before is None or before.value is None or after.value is None:
        return None, None, None, None
    change = after.value - before.value
    share = change / before.value if before.value else None
    if before.low is None or before.high is None or after.low is None or after.high is None:
        return change, None, None, share
    return change, after.low - before.high, after.high - before.low, share
