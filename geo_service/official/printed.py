"""Increases as printed, held against the figures they are said to come from.

A source may print « 180 nouvelles » beside two percentages that do not give 180: such a figure is
kept as printed and flagged, with any other pair of figures that does give it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from geo_service.core.errors import RuleError
from geo_service.core.i18n import T, Text, say_number

from .series import OfficialSeries, official, official_series

_HALF_POINT = 0.005
"""Percentages are printed whole: a share of 0.55 may stand for 0.545 to 0.555."""


@dataclass(frozen=True)
class PrintedCheck:
    """What an increase should be, and whether what is printed follows.

    ``low`` and ``high`` bound the expected increase; None where a figure for it is missing, and
    ``follows`` is then None. ``equals`` names other series of the perimeter whose increase between
    the same dates is the printed one.
    """

    series: str
    territory: str
    date: dt.date
    printed: float
    low: float | None
    high: float | None
    follows: bool | None
    equals: tuple[str, ...]
    reason: Text

    @property
    def flagged(self) -> bool:
        """True where the printed increase does not follow from its own figures."""
        return self.follows is False


def printed_increments() -> tuple[PrintedCheck, ...]:
    """The check of every printed increase."""
    return tuple(
        check_printed(name)
        for name, series in official_series().items()
        if series.increment is not None
    )


def check_printed(name: str) -> PrintedCheck:
    """Hold a printed increase against the series that it is the increase of.

    Raises
    ------
    UnknownNameError
        No such series.
    RuleError
        The series is no printed increase.
    """
    series = official(name)
    if series.increment is None:
        raise RuleError(
            T(
                "« {name} » n'est pas une progression imprimée.",
                "“{name}” is no printed increase.",
                name=name,
            ),
            file=series.file,
            field=f"{name}.increment",
        )
    return check_increase(series, official_series())


def check_increase(series: OfficialSeries, known: dict[str, OfficialSeries]) -> PrintedCheck:
    """The same for series that were read elsewhere."""
    increment = series.increment
    assert increment is not None
    row: Any = next(series.rows.itertuples())
    printed, territory = float(row.value), str(row.territory)
    span = (territory, increment.since, row.date)
    of = known[increment.of]
    if increment.share_of is None:
        change = _change(of, *span)
        bounds = None if change is None else (change, change)
    else:
        bounds = _share_change(of, known[increment.share_of], *span)
    equals = tuple(
        other.name
        for other in known.values()
        if other.perimeter == series.perimeter
        and other.unit == series.unit
        and other.name not in (series.name, of.name)
        and _change(other, *span) == printed
    )
    low, high = bounds or (None, None)
    follows = None if bounds is None else bounds[0] <= printed <= bounds[1]
    return PrintedCheck(
        series.name,
        territory,
        row.date,
        printed,
        low,
        high,
        follows,
        equals,
        _reason(of, printed, bounds, equals),
    )


def _reason(
    of: OfficialSeries,
    printed: float,
    bounds: tuple[float, float] | None,
    equals: tuple[str, ...],
) -> Text:
    if bounds is None:
        return T(
            "Non vérifiable : la série « {of} » n'a pas de chiffre à l'une des deux dates.",
            "Cannot be checked: the series “{of}” has no figure at one of the two dates.",
            of=of.name,
        )
    if bounds[0] <= printed <= bounds[1]:
        return T("Découle de la série « {of} ».", "Follows from the series “{of}”.", of=of.name)
    expected = Text(_span(bounds, "fr"), _span(bounds, "en"))
    if equals:
        return T(
            "Imprimé {printed:g}, mais « {of} » donne {expected} ; {printed:g} est exactement la "
            "progression de « {other} ».",
            "Printed {printed:g}, but “{of}” gives {expected}; {printed:g} is exactly the "
            "increase of “{other}”.",
            printed=printed,
            of=of.name,
            expected=expected,
            other=", ".join(equals),
        )
    return T(
        "Imprimé {printed:g}, mais « {of} » donne {expected}.",
        "Printed {printed:g}, but “{of}” gives {expected}.",
        printed=printed,
        of=of.name,
        expected=expected,
    )


def _span(bounds: tuple[float, float], language: Any) -> str:
    low, high = (say_number(bound, language, decimals=0) for bound in bounds)
    if low == high:
        return low
    return T("de {a} à {b}", "{a} to {b}", a=low, b=high).say(language)


def _value(series: OfficialSeries, territory: str, date: dt.date) -> float | None:
    rows = series.rows
    found = rows[(rows["territory"] == territory) & (rows["date"] == date) & (rows["item"] == "")]
    if found.empty or found["value"].isna().all():
        return None
    return float(found["value"].iloc[0])


def _change(series: OfficialSeries, territory: str, since: dt.date, until: dt.date) -> float | None:
    before, after = _value(series, territory, since), _value(series, territory, until)
    return None if before is None or after is None else after - before


def _share_change(
    share: OfficialSeries, whole: OfficialSeries, territory: str, since: dt.date, until: dt.date
) -> tuple[float, float] | None:
    """Bounds of the increase of share × whole, each share being rounded to a whole percent."""
    shares = _value(share, territory, since), _value(share, territory, until)
    wholes = _value(whole, territory, since), _value(whole, territory, until)
    if None in shares or None in wholes:
        return None
    before, after = (float(s or 0) for s in shares)
    small, large = (float(w or 0) for w in wholes)
    low = (after - _HALF_POINT) * large - (before + _HALF_POINT) * small
    high = (after + _HALF_POINT) * large - (before - _HALF_POINT) * small
    return low, high
