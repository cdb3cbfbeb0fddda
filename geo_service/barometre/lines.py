"""The lines of a territory: official figures and computed ones, each on its own perimeter."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from geo_service.core.i18n import T, Text
from geo_service.official import OfficialSeries, Target, official_series
from geo_service.store import StoredResult

from .indicators import is_period_end
from .targets import observed
from .trajectory import Observed, Trajectory, paces_of, trajectory

CHOICES = {"msp": ("MSP", "barometre_msp"), "cds": ("CDS", "barometre_cds_pluri")}
"""Indicator of the page → kind of structure, and the official series of the baromètre."""
_TABLES = {"barometre_msp": "msp", "barometre_cds_pluri": "cds_pluri"}
_BESIDE = {"msp": ("objectif4_msp",), "cds": ("objectif4_cds_pluri",)}
"""Series of other perimeters that targets are stated on."""


@dataclass(frozen=True)
class LinePoint:
    """A figure of a line; an unknown value is None."""

    date: dt.date
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class StandingLine:
    """One series on one perimeter.

    ``origin`` is ``official`` (published) or ``computed`` (from this result). ``pace`` is a year's
    mean over the last steps, None with fewer than two known figures.
    """

    name: str
    origin: str
    label: Text
    perimeter: Text
    producer: str
    points: tuple[LinePoint, ...]
    pace: float | None
    trajectory: Trajectory | None

    @property
    def known(self) -> list[Observed]:
        """The known figures, oldest first."""
        return [Observed(p.date, p.value) for p in self.points if p.value is not None]


def read_target(result: StoredResult, name: str, territory: str) -> tuple[dt.date, float] | None:
    """The target of a territory in the baromètre file that the result read, or None.

    ``name`` is the official series that the file continues.
    """
    if "series" not in result.table_names():
        return None
    table: Any = result.read_table(
        "series", where={"series": f"{_TABLES[name]}_target", "territory": territory}
    )
    for row in table.sort_values("date", ascending=False).itertuples():
        return row.date.date(), float(row.value)
    return None


def official_lines(
    result: StoredResult,
    indicator: str,
    territory: str,
    aimed: Target | None,
    goal: float | None,
    by: dt.date | None,
    read_aim: tuple[dt.date, float] | None,
    steps: int,
) -> list[StandingLine]:
    """The published series of a territory, each held against the goal that it may be held to.

    A published target (``aimed``) concerns the series that measure it; ``goal`` and ``by``, one's
    own, every series; ``read_aim``, from the file that was read, the series of that file.
    """
    name = CHOICES[indicator][1]
    found = []
    for one in (name, *_BESIDE[indicator]):
        series = official_series()[one]
        points = observed(series, territory)
        if one == name:
            points = _with_read(result, name, territory, points)
        if not points:
            continue
        run = None
        if aimed is not None and one in aimed.measured_by:
            since = aimed.baseline_date if one == aimed.measured_by[0] else None
            run = trajectory(points, aimed.value, aimed.date, since=since, steps=steps)
        elif goal is not None and by is not None:
            run = trajectory(points, goal, by, since=points[0].date, steps=steps)
        elif read_aim is not None and one == name:
            run = trajectory(points, read_aim[1], read_aim[0], steps=steps)
        found.append(_line(series, points, run, steps))
    return found


def _line(
    series: OfficialSeries, points: list[Observed], run: Trajectory | None, steps: int
) -> StandingLine:
    return StandingLine(
        series.name,
        "official",
        series.label,
        series.perimeter.label,
        series.producer,
        tuple(LinePoint(point.date, point.value) for point in points),
        paces_of(points, steps)[1],
        run,
    )


def _with_read(
    result: StoredResult, name: str, territory: str, points: list[Observed]
) -> list[Observed]:
    """The figures as data, and those of the baromètre file that the result read.

    Same producer, same perimeter: where the two say the same date the file that was read counts.
    The figures of the fictitious sample stand alone: it borrows the code of a real territory.
    """
    if "series" not in result.table_names():
        return points
    table: Any = result.read_table(
        "series", where={"series": _TABLES[name], "territory": territory}
    )
    alone = bool(result.facts.get("fictitious")) and not table.empty
    held = {} if alone else {point.date: point for point in points}
    for row in table.itertuples():
        if row.value == row.value:
            date = row.date.date()
            held[date] = Observed(date, float(row.value))
    return [held[date] for date in sorted(held)]


def computed_lines(
    result: StoredResult,
    kind: str,
    territory: str,
    goal: float | None,
    by: dt.date | None,
    steps: int,
) -> list[StandingLine]:
    """What the result counts, against one's own goal only: no published target is stated on it."""
    figures: Any = result.read_indicators(
        territory=territory, indicator="structures_open", kind=kind
    )
    points = tuple(
        LinePoint(row.as_of.date(), *(_known(v) for v in (row.value, row.low, row.high)))
        for row in figures.sort_values("as_of").itertuples()
    )
    if not any(point.value is not None for point in points):
        return []
    known = _periods([Observed(p.date, p.value) for p in points if p.value is not None])
    run = None
    if goal is not None and by is not None:
        run = trajectory(known, goal, by, since=known[0].date, steps=steps)
    scope = str(figures["scope"].iloc[0])
    line = StandingLine(
        f"computed_{kind.lower()}",
        "computed",
        T("{kind} (calculé)", "{kind} (computed)", kind=kind),
        _perimeter(kind, scope),
        "FINESS",
        points,
        paces_of(known, steps)[1],
        run,
    )
    return [line]


def _periods(known: list[Observed]) -> list[Observed]:
    """The figures at the ends of half-years, where there are two: a pace over a month is noise."""
    ends = [point for point in known if is_period_end(point.date, (6, 12))]
    return ends if len(ends) > 1 else known


def _perimeter(kind: str, scope: str) -> Text:
    if kind == "MSP":
        return T(
            "MSP du répertoire FINESS ouvertes à chaque date",
            "MSP of the FINESS register open at each date",
        )
    if scope == "pluri":
        return T(
            "centres de santé pluriprofessionnels du répertoire FINESS ouverts à chaque date",
            "multi-professional health centres of the FINESS register open at each date",
        )
    return T(
        "centres de santé du répertoire FINESS, mono et pluriprofessionnels, ouverts à chaque date",
        "health centres of the FINESS register, mono- and multi-professional, open at each date",
    )


def _known(value: Any) -> float | None:
    return None if value is None or value != value else float(value)
