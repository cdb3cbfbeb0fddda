"""The official series, and looking a figure up: never the nearest date, never another perimeter."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any

from geo_service.core.errors import UnknownNameError
from geo_service.core.i18n import T, Text

if TYPE_CHECKING:
    import pandas as pd

UNITS = {
    "structures": T("structures", "structures"),
    "quartiers": T("quartiers", "neighbourhoods"),
    "persons": T("personnes", "people"),
    "professionals": T("professionnels par structure", "professionals a structure"),
    "share": T("part (de 0 à 1)", "share (from 0 to 1)"),
}
QUALIFIERS = {
    "exact": T("", ""),
    "about": T("environ", "about"),
    "over": T("plus de", "more than"),
    "up-to": T("jusqu'à", "up to"),
}
KINDS = ("MSP", "CDS", "CPTS")
COLUMNS = ("territory", "date", "value", "note", "item", "qualifier", "status", "reference", "said")
"""Columns of :attr:`OfficialSeries.rows`."""


@dataclass(frozen=True)
class Perimeter:
    """What is counted, by whom: figures of two perimeters are never joined."""

    name: str
    label: Text
    scope: Text
    producer: str


@dataclass(frozen=True)
class Increment:
    """What a printed increase is said to be the increase of.

    ``share_of``: the series whose share grows, when the increase is said of percentages.
    """

    of: str
    since: dt.date
    share_of: str | None = None


@dataclass(frozen=True)
class OfficialSeries:
    """One published series.

    ``rows`` has the columns of :data:`COLUMNS`: a figure that was not given is NaN, never 0;
    ``note`` is a :class:`Text` or None; ``item`` tells parts of one table apart (a zone class, a
    level of maturity) and is empty otherwise; ``said`` is the date as the source prints it.
    ``measure`` is what is counted on the perimeter (``open``, ``in_qpv``…).
    """

    name: str
    label: Text
    unit: str
    kind: str | None
    measure: str
    perimeter: Perimeter
    reference: str
    checked: dt.date
    file: str
    increment: Increment | None
    rows: pd.DataFrame = field(repr=False, compare=False)

    @property
    def producer(self) -> str:
        """Who published the figures."""
        return self.perimeter.producer

    @property
    def scope(self) -> Text:
        """Which structures count."""
        return self.perimeter.scope

    @property
    def dates(self) -> list[dt.date]:
        """The dates of the series, oldest first."""
        return sorted(set(self.rows["date"]))


@dataclass(frozen=True)
class OfficialValue:
    """One figure: ``value`` is None where it was not given."""

    series: OfficialSeries
    territory: str
    date: dt.date
    item: str
    value: float | None
    note: Text | None
    qualifier: str
    status: str
    reference: str


def official_series() -> dict[str, OfficialSeries]:
    """Every official series by name, as ``law/series/`` holds them.

    Raises
    ------
    RuleError
        A file is wrong: it is named with the key.
    """
    return dict(_held())


@functools.cache
def _held() -> dict[str, OfficialSeries]:
    from .reading import read_folder

    return read_folder(resources.files("geo_service.law").joinpath("series"))


def official(name: str) -> OfficialSeries:
    """The official series of a name.

    Raises
    ------
    UnknownNameError
        No such series.
    """
    held = _held()
    if name not in held:
        import difflib

        near = difflib.get_close_matches(name, held, n=5, cutoff=0.3)
        raise UnknownNameError(
            T(
                "« {name} » n'est pas une série officielle.",
                "“{name}” is no official series.",
                name=name,
            ),
            known=(*near, *(other for other in held if other not in near)),
        )
    return held[name]


def value_at(name: str, territory: str, date: dt.date, item: str = "") -> OfficialValue:
    """The figure of a series for a territory at a date; never that of the nearest date.

    Raises
    ------
    UnknownNameError
        No such series, or the series says nothing of this territory and date.
    """
    series = official(name)
    rows = series.rows
    there = rows[(rows["territory"] == territory) & (rows["item"] == item)]
    found = there[there["date"] == date]
    if found.empty:
        known = tuple(day.isoformat() for day in there["date"]) or tuple(
            dict.fromkeys(rows["territory"])
        )
        raise UnknownNameError(
            T(
                "La série « {name} » ne dit rien de {territory} au {date}.",
                "The series “{name}” says nothing of {territory} on {date}.",
                name=name,
                territory=territory,
                date=date.isoformat(),
            ),
            known=known,
        )
    row: Any = next(found.itertuples())
    return OfficialValue(
        series=series,
        territory=territory,
        date=date,
        item=item,
        value=None if row.value != row.value else float(row.value),
        note=row.note,
        qualifier=row.qualifier,
        status=row.status,
        reference=row.reference,
    )
