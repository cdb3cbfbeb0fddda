"""Distances at a date: from communes, QPV and inhabitants to the structures open.

Structures mostly open and seldom close: what was measured for a date is kept, and the next date
measures only the structures that opened since.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..core.crs import WGS84, transform
from ..core.snapshot import Nearest, Reach
from ..engine.proximity import (
    Distances,
    Within,
    nearest_to_points,
    nearest_to_polygons,
    reach_of_points,
    sum_within,
)
from ..engine.territorial import project
from .description import Study
from .edges import by_crs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RANKS = 2
"""Nearest structures told for each commune and QPV: the nearest and the second nearest."""
SEATS = ("CPTS",)
"""Kinds of which only the seat is known: being near it means nothing."""


@dataclass(frozen=True, eq=False)
class _Reached:
    """The nearest structure of each point, and how many are within each distance."""

    nearest: Distances
    within: Within

    def joined(self, other: _Reached) -> _Reached:
        return _Reached(self.nearest.joined(other.nearest), self.within.joined(other.within))


@dataclass(frozen=True, eq=False)
class _Origins:
    """Points or polygons to measure from, by legal CRS: their rows and what they are there."""

    count: int
    parts: tuple[tuple[int, Ints | slice, Any], ...]
    edge: Floats
    """Metres to territory that the data do not cover."""


def _points(table: pd.DataFrame) -> _Origins:
    lon, lat = table["lon"].to_numpy(dtype=float), table["lat"].to_numpy(dtype=float)
    return _Origins(
        len(table),
        tuple(
            (code, rows, transform(lon[rows], lat[rows], WGS84, code))
            for code, rows in _by_crs(table["legal_crs"])
        ),
        table["edge"].to_numpy(dtype=float),
    )


def _by_crs(codes: Any) -> list[tuple[int, Ints | slice]]:
    """:func:`by_crs`, but all rows are one slice: what is written to it need not be spread."""
    parts = by_crs(codes)
    return [(parts[0][0], slice(None))] if len(parts) == 1 else [*parts]


@dataclass(eq=False)
class Measures:
    """Distances of a study, measured date after date.

    Parameters
    ----------
    structures
        All structures of the study and its margin, with ``radius``: metres within which the true
        place lies.
    communes, demand
        Points with ``lon``, ``lat``, ``legal_crs``, ``edge``; ``demand`` with ``population`` and
        ``inside`` too.
    zones
        QPV of all generations, or None.
    qpv_edge
        Metres from each QPV to territory that the data do not cover; of those that the study holds.
    """

    study: Study
    structures: Any
    communes: pd.DataFrame
    demand: pd.DataFrame
    zones: Any | None
    qpv_edge: Floats
    _kept: dict[tuple[Any, ...], tuple[Ints, Any]] = field(default_factory=dict)
    _from: dict[str, _Origins] = field(default_factory=dict)
    _people: Floats | None = None

    def __post_init__(self) -> None:
        table = self.structures
        self._kind = table["kind"].to_numpy(dtype=object)
        self._crs = table["legal_crs"].to_numpy(dtype=float, na_value=np.nan)
        self._radius = table["radius"].to_numpy(dtype=float)
        lon, lat = table["lon"].to_numpy(dtype=float), table["lat"].to_numpy(dtype=float)
        self._x, self._y = np.full(len(table), np.nan), np.full(len(table), np.nan)
        for code in np.unique(self._crs[~np.isnan(self._crs)]):
            rows = np.flatnonzero((self._crs == code) & ~np.isnan(lon))
            self._x[rows], self._y[rows] = transform(lon[rows], lat[rows], WGS84, int(code))
        located = ~np.isnan(lon)
        self._of = {
            (kind, int(code)): located & (self._crs == code) & (self._kind == kind)
            for kind in self._kinds
            for code in np.unique(self._crs[~np.isnan(self._crs)])
        }

    @property
    def _kinds(self) -> list[str]:
        return [kind for kind in self.study.kinds if kind not in SEATS]

    def nearest(
        self, opened: npt.NDArray[np.bool_], qpv: Ints | None, levels: tuple[str, ...]
    ) -> dict[tuple[str, str], Nearest]:
        """The nearest structures of each commune and each QPV, by (level, kind).

        Parameters
        ----------
        opened : (n,) bool
            Structures surely open.
        qpv
            Rows of the QPV in ``zones``; None or empty: no perimeter in force.
        levels
            Levels that the date shows.
        """
        asked = [("commune", self._commune_origins())] if "commune" in levels else []
        if qpv is not None and len(qpv):
            asked.append(("qpv", self._qpv_origins(qpv)))
        measured = {}
        for kind in self._kinds:
            for level, origins in asked:
                ask = nearest_to_polygons if level == "qpv" else _nearest_to_pairs
                found = Distances.empty(origins.count, RANKS)
                for code, rows, where in origins.parts:
                    key = (level, id(origins), kind, code)

                    def measure(who: Ints, ask: Any = ask, where: Any = where) -> Distances:
                        part: Distances = ask(
                            where, self._x[who], self._y[who], self._radius[who], RANKS
                        )
                        return part.renumbered(who)

                    found.put(rows, self._grown(key, self._targets(opened, kind, code), measure))
                measured[level, kind] = _told(found, origins.edge)
        return measured

    def reach(self, opened: npt.NDArray[np.bool_]) -> dict[str, Reach]:
        """What each populated point inside the study reaches, by kind."""
        limits = tuple(float(metres) for metres in self.study.distances)
        origins = self._demand_origins()
        people = self._people_within(origins, limits)
        reached = {}
        for kind in self._kinds:
            found = Distances.empty(origins.count, 1)
            within = Within.empty(origins.count, len(limits))
            for code, rows, (px, py) in origins.parts:

                def measure(who: Ints, px: Floats = px, py: Floats = py) -> _Reached:
                    nearest, counts = reach_of_points(
                        px, py, self._x[who], self._y[who], self._radius[who], limits
                    )
                    return _Reached(nearest.renumbered(who), counts)

                who = self._targets(opened, kind, code)
                part = self._grown(("demand", kind, code), who, measure)
                found.put(rows, part.nearest)
                within.put(rows, part.within)
            reached[kind] = Reach(
                _told(found, origins.edge), within.given, within.low, within.high, people
            )
        return reached

    def _targets(self, opened: npt.NDArray[np.bool_], kind: str, code: int) -> Ints:
        """The structures of a kind open in one territory that have a position."""
        return np.flatnonzero(opened & self._of.get((kind, code), False))

    def _grown(self, key: tuple[Any, ...], now: Ints, measure: Callable[[Ints], Any]) -> Any:
        """What is measured to these structures: kept from an earlier date, and the new ones."""
        found: Any
        before, found = self._kept.get(key, (now[:0], None))
        new = now[~np.isin(now, before, assume_unique=True)] if found is not None else now
        if found is None or len(new) + len(before) > len(now):
            found = measure(now)
        elif len(new):
            found = found.joined(measure(new))
        self._kept[key] = (now, found)
        return found

    def _commune_origins(self) -> _Origins:
        if "commune" not in self._from:
            self._from["commune"] = _points(self.communes)
        return self._from["commune"]

    def _demand_origins(self) -> _Origins:
        if "demand" not in self._from:
            asked = self.demand[["lon", "lat", "legal_crs", "edge"]]
            self._from["demand"] = _points(asked[self.demand["inside"].to_numpy()])
        return self._from["demand"]

    def _qpv_origins(self, qpv: Ints) -> _Origins:
        name = f"qpv {qpv.tobytes().hex()}"
        if name not in self._from:
            assert self.zones is not None
            shapes = self.zones.geometry.to_numpy()[qpv]
            codes = self.zones["legal_crs"].to_numpy(dtype=np.int64)[qpv]
            parts = [(code, rows, project(shapes[rows], code)) for code, rows in _by_crs(codes)]
            self._from[name] = _Origins(len(qpv), tuple(parts), self.qpv_edge[qpv])
        return self._from[name]

    def _people_within(self, origins: _Origins, limits: tuple[float, ...]) -> Floats:
        if self._people is None:
            everyone = self.demand
            found = np.zeros((origins.count, len(limits)))
            codes = everyone["legal_crs"].to_numpy(dtype=np.int64)
            lon, lat = everyone["lon"].to_numpy(dtype=float), everyone["lat"].to_numpy(dtype=float)
            weight = np.nan_to_num(everyone["population"].to_numpy(dtype=float))
            for code, rows, (px, py) in origins.parts:
                of = codes == code
                x, y = transform(lon[of], lat[of], WGS84, code)
                found[rows] = sum_within(px, py, x, y, weight[of], limits)
            self._people = found
        return self._people


def _nearest_to_pairs(
    where: tuple[Floats, Floats], x: Floats, y: Floats, precision: Floats, k: int
) -> Distances:
    return nearest_to_points(*where, x, y, precision, k)


def _told(found: Distances, edge: Floats) -> Nearest:
    return Nearest(found.structure, found.metres, found.low, found.high, edge)
