"""Figures side by side: joined only where they count the same thing, else shown with the reason."""

from __future__ import annotations

import bisect
import datetime as dt
from dataclasses import dataclass
from typing import Any

from geo_service.core.errors import RuleError
from geo_service.core.i18n import T, Text, say_date

from .series import OfficialSeries, OfficialValue, official


@dataclass(frozen=True)
class SideBySide:
    """Two series next to each other.

    ``joined`` is False where the perimeters differ: ``reasons`` then says why, and ``clashes``
    names figures that would contradict one another if they were one series.
    """

    first: OfficialSeries
    second: OfficialSeries
    joined: bool
    reasons: tuple[Text, ...]
    clashes: tuple[Text, ...]


@dataclass(frozen=True)
class Difference:
    """``value`` is None where one of the two is unknown; ``caveats`` are the notes of both."""

    value: float | None
    caveats: tuple[Text, ...]


def why_apart(first: OfficialSeries, second: OfficialSeries) -> tuple[Text, ...]:
    """Why two series must not be joined; empty where they may be."""
    reasons = []
    if first.perimeter.name != second.perimeter.name:
        reasons.append(
            T(
                "« {a} » compte : {pa} ({ra}). « {b} » compte : {pb} ({rb}).",
                "“{a}” counts: {pa} ({ra}). “{b}” counts: {pb} ({rb}).",
                a=first.name,
                b=second.name,
                pa=first.perimeter.label,
                pb=second.perimeter.label,
                ra=first.producer,
                rb=second.producer,
            )
        )
    if first.kind != second.kind:
        reasons.append(
            T(
                "Les natures diffèrent : {a} et {b}.",
                "The kinds differ: {a} and {b}.",
                a=first.kind or "—",
                b=second.kind or "—",
            )
        )
    if first.unit != second.unit:
        reasons.append(
            T(
                "Les unités diffèrent : {a} et {b}.",
                "The units differ: {a} and {b}.",
                a=first.unit,
                b=second.unit,
            )
        )
    return tuple(reasons)


def compare(first: str, second: str) -> SideBySide:
    """Two series next to each other, with the reasons where they cannot be one.

    Raises
    ------
    UnknownNameError
        No such series.
    """
    one, other = official(first), official(second)
    reasons = why_apart(one, other)
    if not reasons and one.measure != other.measure:
        reasons = (
            T(
                "Même périmètre, mesures différentes : {a} et {b}.",
                "Same perimeter, different measures: {a} and {b}.",
                a=one.label,
                b=other.label,
            ),
        )
    clashes = (*_clashes(one, other), *_clashes(other, one)) if reasons else ()
    return SideBySide(one, other, not reasons, reasons, clashes)


def difference(later: OfficialValue, earlier: OfficialValue) -> Difference:
    """One figure minus another of the same perimeter.

    Raises
    ------
    RuleError
        The perimeters, kinds, units, territories or items differ: it says which.
    """
    reasons = list(why_apart(later.series, earlier.series))
    if (later.territory, later.item) != (earlier.territory, earlier.item):
        reasons.append(
            T(
                "Les lignes diffèrent : {a} et {b}.",
                "The rows differ: {a} and {b}.",
                a=f"{later.territory} {later.item}".strip(),
                b=f"{earlier.territory} {earlier.item}".strip(),
            )
        )
    if reasons:
        raise RuleError(
            T(
                "Ces deux chiffres ne se soustraient pas. {why}",
                "These two figures cannot be subtracted. {why}",
                why=reasons[0],
            ),
            file=later.series.file,
            field="perimeter.name",
            do=T(
                "Montrez-les côte à côte, chacun avec son périmètre.",
                "Show them side by side, each with its perimeter.",
            ),
        )
    value = None
    if later.value is not None and earlier.value is not None:
        value = later.value - earlier.value
    notes = tuple(note for note in (later.note, earlier.note) if note is not None)
    return Difference(value, notes)


def _clashes(one: OfficialSeries, other: OfficialSeries) -> list[Text]:
    """A later figure of one series below the nearest earlier one of the other.

    A stock that only grows would then seem to shrink: the two do not count the same thing.
    """
    if (one.unit, one.kind, one.measure) != ("structures", other.kind, "open"):
        return []
    if other.measure != "open":
        return []
    earlier = _exact(other)
    found = []
    for territory, figures in _exact(one).items():
        before = earlier.get(territory, [])
        for date, value in figures:
            place = bisect.bisect_left(before, (date, -1.0))
            if place == 0 or value >= before[place - 1][1]:
                continue
            last_date, last = before[place - 1]
            found.append(
                T(
                    "{territory} : {late:g} au {date} ({one}) est sous {early:g} au {before} "
                    "({other}).",
                    "{territory}: {late:g} on {date} ({one}) is below {early:g} on {before} "
                    "({other}).",
                    territory=territory,
                    late=value,
                    date=Text(say_date(date, "fr"), say_date(date, "en")),
                    one=one.name,
                    early=last,
                    before=Text(say_date(last_date, "fr"), say_date(last_date, "en")),
                    other=other.name,
                )
            )
    return found


def _exact(series: OfficialSeries) -> dict[str, list[tuple[dt.date, float]]]:
    """The figures by territory, in order of date, that say one number each.

    « plus de 800 » contradicts nothing above it.
    """
    found: dict[str, list[tuple[dt.date, float]]] = {}
    rows: Any = series.rows
    for row in rows.itertuples():
        if row.item == "" and row.qualifier == "exact" and row.value == row.value:
            found.setdefault(row.territory, []).append((row.date, float(row.value)))
    for figures in found.values():
        figures.sort()
    return found
