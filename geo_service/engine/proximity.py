"""Crow-fly distances from many origins to few structures, with what imprecise positions allow.

All coordinates are metres of one legal CRS. Origins are swept in passes, so that memory does not
grow with their number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_PASS_CELLS = 4_000_000
"""Distances held at a time: 32 MB."""
_PASS_POINTS = 4_096


@dataclass(frozen=True, eq=False)
class Distances:
    """The k nearest structures of each origin: positions (-1: none), metres and their bounds."""

    structure: Ints
    metres: Floats
    low: Floats
    high: Floats

    @classmethod
    def empty(cls, origins: int, k: int) -> Distances:
        """No structure at all: infinitely far."""
        far = np.full((origins, k), np.inf)
        return cls(np.full((origins, k), -1, dtype=np.int64), far, far.copy(), far.copy())

    def put(self, rows: npt.NDArray[np.int64] | slice, other: Distances) -> None:
        """Write the distances of some origins into this table."""
        for name in ("structure", "metres", "low", "high"):
            getattr(self, name)[rows] = getattr(other, name)

    def renumbered(self, names: Ints) -> Distances:
        """The same with structure ``i`` called ``names[i]``."""
        known = self.structure >= 0
        structure = self.structure.copy()
        structure[known] = names[structure[known]]
        return Distances(structure, self.metres, self.low, self.high)

    def joined(self, other: Distances) -> Distances:
        """The nearest of two disjoint sets of structures, numbered in common."""
        k = self.metres.shape[1]
        structure = np.hstack([self.structure, other.structure])
        metres = np.hstack([self.metres, other.metres])
        first = np.lexsort((structure, metres), axis=1)[:, :k]
        bounds = []
        for mine, theirs in ((self.low, other.low), (self.high, other.high)):
            both = np.sort(np.hstack([mine, theirs]), axis=1)
            unknown = np.isnan(both).any(axis=1)
            both[unknown] = np.nan
            bounds.append(both[:, :k])
        return Distances(
            np.take_along_axis(structure, first, axis=1),
            np.take_along_axis(metres, first, axis=1),
            *bounds,
        )


@dataclass(frozen=True, eq=False)
class Within:
    """How many structures each origin has within each distance (≤): (n, d) each.

    ``given`` as positions are given, ``low`` at least, ``high`` at most; NaN where a precision is
    unknown.
    """

    given: Floats
    low: Floats
    high: Floats

    @classmethod
    def empty(cls, origins: int, limits: int) -> Within:
        """No structure at all."""
        none = np.zeros((origins, limits))
        return cls(none, none.copy(), none.copy())

    def put(self, rows: npt.NDArray[np.int64] | slice, other: Within) -> None:
        """Write the counts of some origins into this table."""
        for name in ("given", "low", "high"):
            getattr(self, name)[rows] = getattr(other, name)

    def joined(self, other: Within) -> Within:
        """The counts of two disjoint sets of structures."""
        return Within(self.given + other.given, self.low + other.low, self.high + other.high)


def _order(metres: Floats, precision: Floats, k: int) -> Distances:
    """The k smallest of each row of a distance matrix; ties go to the lower position.

    With structure ``j`` anywhere within ``p_j`` metres of its position, the k-th smallest distance
    lies between the k-th smallest ``d_j - p_j`` and the k-th smallest ``d_j + p_j``. An unknown
    precision leaves both bounds unknown.
    """
    origins, structures = metres.shape
    found = Distances.empty(origins, k)
    taken = min(k, structures)
    if not taken:
        return found
    found.structure[:, :taken], found.metres[:, :taken] = _smallest(metres, taken)
    if np.isnan(precision).any():
        found.low[:], found.high[:] = np.nan, np.nan
        return found
    if not precision.any():
        found.low[:], found.high[:] = found.metres, found.metres
        return found
    found.low[:, :taken] = _smallest(np.maximum(metres - precision, 0.0), taken)[1]
    found.high[:, :taken] = _smallest(metres + precision, taken)[1]
    return found


def _smallest(values: Floats, k: int) -> tuple[Ints, Floats]:
    """Positions and values of the k smallest of each row, ties to the lower position.

    One sweep for each rank: k is one or two, and sorting whole rows costs ten times as much.
    """
    rows = np.arange(len(values))
    places, smallest = np.empty((len(values), k), np.int64), np.empty((len(values), k))
    left = values
    for rank in range(k):
        places[:, rank] = np.argmin(left, axis=1)
        smallest[:, rank] = left[rows, places[:, rank]]
        if rank + 1 < k:
            left = left.copy() if rank == 0 else left
            left[rows, places[:, rank]] = np.inf
    return places, smallest


def nearest_to_points(
    x: Floats, y: Floats, to_x: Floats, to_y: Floats, precision: Floats, k: int = 1
) -> Distances:
    """The k structures nearest to each point.

    Parameters
    ----------
    x, y : (n,)
        Origins, metres.
    to_x, to_y, precision : (m,)
        Structures, metres; precision NaN when unknown.
    k
        How many; fewer structures leave position -1 and an infinite distance.
    """
    found = Distances.empty(len(x), k)
    step = max(1, _PASS_CELLS // max(1, len(to_x)))
    for start in range(0, len(x), step):
        rows = slice(start, start + step)
        metres = np.hypot(x[rows, None] - to_x[None, :], y[rows, None] - to_y[None, :])
        found.put(rows, _order(metres, precision, k))
    return found


def reach_of_points(
    x: Floats,
    y: Floats,
    to_x: Floats,
    to_y: Floats,
    precision: Floats,
    metres: tuple[float, ...],
) -> tuple[Distances, Within]:
    """The structure nearest to each point, and how many lie within each distance (≤) of it.

    A structure counts at least where its farthest possible place is within the distance, at most
    where its nearest one is. Parameters as for :func:`nearest_to_points`.
    """
    found, within = Distances.empty(len(x), 1), Within.empty(len(x), len(metres))
    step = max(1, _PASS_CELLS // max(1, len(to_x)))
    blind, exact = bool(np.isnan(precision).any()), not precision.any()
    for start in range(0, len(x) if len(to_x) else 0, step):
        rows = slice(start, start + step)
        apart = np.hypot(x[rows, None] - to_x[None, :], y[rows, None] - to_y[None, :])
        found.put(rows, _order(apart, precision, 1))
        for column, limit in enumerate(metres):
            within.given[rows, column] = np.count_nonzero(apart <= limit, axis=1)
            if not (blind or exact):
                within.low[rows, column] = np.count_nonzero(apart + precision <= limit, axis=1)
                within.high[rows, column] = np.count_nonzero(apart - precision <= limit, axis=1)
    if blind:
        within.low[:], within.high[:] = np.nan, np.nan
    elif exact:
        within.low[:], within.high[:] = within.given, within.given
    return found, within


def nearest_to_polygons(
    polygons: npt.NDArray[np.object_], to_x: Floats, to_y: Floats, precision: Floats, k: int = 1
) -> Distances:
    """The k structures nearest to each polygon; 0 m when it holds one.

    Only structures that the circle around the polygon leaves in question are measured exactly.
    """
    found = Distances.empty(len(polygons), k)
    if not len(to_x) or not len(polygons):
        return found
    west, south, east, north = shapely.bounds(polygons).T
    x, y = (west + east) / 2, (south + north) / 2
    radius = np.hypot(east - west, north - south)[:, None] / 2
    points = np.asarray(shapely.points(to_x, to_y), dtype=object)
    imprecise = float(np.nanmax(precision, initial=0.0))
    taken = min(k, len(to_x))
    step = max(1, _PASS_CELLS // len(to_x))
    for start in range(0, len(polygons), step):
        rows = slice(start, start + step)
        rough = np.hypot(x[rows, None] - to_x[None, :], y[rows, None] - to_y[None, :])
        kth = np.partition(rough, taken - 1, axis=1)[:, taken - 1, None]
        # A metre to spare: the rough distance and GEOS round differently.
        close = rough <= kth + 2.0 * radius[rows] + 2.0 * imprecise + 1.0
        origin, target = np.nonzero(close)
        metres = np.full(rough.shape, np.inf)
        metres[origin, target] = shapely.distance(polygons[rows][origin], points[target])
        found.put(rows, _order(metres, precision, k))
    return found


def sum_within(
    x: Floats, y: Floats, to_x: Floats, to_y: Floats, weight: Floats, metres: tuple[float, ...]
) -> Floats:
    """Sum of the weights that lie within each distance (≤) of each point: (n, len(metres)).

    Only pairs that the largest distance joins are measured, found in a tree of the targets.
    """
    found = np.zeros((len(x), len(metres)))
    if not len(to_x) or not metres:
        return found
    tree = shapely.STRtree(np.asarray(shapely.points(to_x, to_y), dtype=object))
    largest = max(metres)
    for start in range(0, len(x), _PASS_POINTS):
        rows = slice(start, min(start + _PASS_POINTS, len(x)))
        count = rows.stop - rows.start
        # A hair wider than asked: the distance below decides, in the same arithmetic for all.
        square = shapely.box(
            x[rows] - largest - 1.0,
            y[rows] - largest - 1.0,
            x[rows] + largest + 1.0,
            y[rows] + largest + 1.0,
        )
        who, target = tree.query(square)
        apart = np.hypot(x[rows][who] - to_x[target], y[rows][who] - to_y[target])
        for column, limit in enumerate(metres):
            near = apart <= limit
            found[rows, column] = np.bincount(
                who[near], weights=weight[target[near]], minlength=count
            )
    return found
