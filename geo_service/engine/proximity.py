"""Crow-fly distances from many origins to few structures, with what imprecise positions allow.

All coordinates are metres of one legal CRS. Origins are swept in passes, so that memory does not
grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_PASS_CELLS = 65_536
"""Distances held at a time: half a megabyte, which stays near the processor."""
_ROUNDING = 1.0
"""Metres to spare where distances worked out in two ways are compared."""
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
        structure, metres = self.structure.copy(), self.metres.copy()
        # Where all of theirs are farther than mine nothing changes: mostly, for few new structures.
        rows = np.flatnonzero(~(other.metres[:, 0] > self.metres[:, -1]))
        names = np.hstack([self.structure[rows], other.structure[rows]])
        both = np.hstack([self.metres[rows], other.metres[rows]])
        first = np.lexsort((names, both), axis=1)[:, : metres.shape[1]]
        structure[rows] = np.take_along_axis(names, first, axis=1)
        metres[rows] = np.take_along_axis(both, first, axis=1)
        return Distances(
            structure, metres, _least(self.low, other.low), _least(self.high, other.high)
        )


def _least(mine: Floats, theirs: Floats) -> Floats:
    """The k smallest of each row of two tables of k; unknown where any of them is."""
    k = mine.shape[1]
    if k == 1:
        return np.minimum(mine, theirs)
    both = np.sort(np.hstack([mine, theirs]), axis=1)
    both[np.isnan(both).any(axis=1)] = np.nan
    return both[:, :k]


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


def _order(found: Distances, origin: Ints, target: Ints, metres: Floats, precision: Floats) -> None:
    """Write the nearest structures of each origin; of equally near ones the lower position first.

    With structure ``j`` anywhere within ``p_j`` metres of its position, the k-th smallest distance
    lies between the k-th smallest ``d_j - p_j`` and the k-th smallest ``d_j + p_j``. An unknown
    precision leaves both bounds unknown.

    Parameters
    ----------
    found
        Table to write to; origins that no pair names stay as they are.
    origin, target, metres : (n,)
        Pairs that may be nearest, by origin then structure; as many an origin as can be told.
    precision : (m,)
        Of all structures.
    """
    if not len(origin):
        return
    starts = np.flatnonzero(np.diff(origin, prepend=-1))
    rows, ranks = origin[starts], slice(0, min(found.metres.shape[1], len(precision)))
    places, found.metres[rows, ranks] = _smallest(metres, starts, ranks.stop)
    found.structure[rows, ranks] = target[places]
    if np.isnan(precision).any():
        found.low[rows], found.high[rows] = np.nan, np.nan
    elif not precision.any():
        found.low[rows], found.high[rows] = found.metres[rows], found.metres[rows]
    else:
        off = precision[target]
        found.low[rows, ranks] = _smallest(np.maximum(metres - off, 0.0), starts, ranks.stop)[1]
        found.high[rows, ranks] = _smallest(metres + off, starts, ranks.stop)[1]


def _smallest(values: Floats, starts: Ints, k: int) -> tuple[Ints, Floats]:
    """Positions and values of the k smallest of each stretch, ties to the lower position.

    One sweep for each rank: k is one or two, and sorting costs ten times as much.
    """
    places, smallest = np.empty((len(starts), k), np.int64), np.empty((len(starts), k))
    lengths = np.diff(starts, append=len(values))
    left = values.copy()
    for rank in range(k):
        smallest[:, rank] = np.minimum.reduceat(left, starts)
        equal = np.flatnonzero(left == np.repeat(smallest[:, rank], lengths))
        places[:, rank] = equal[np.searchsorted(equal, starts)]
        left[places[:, rank]] = np.inf
    return places, smallest


def _close(
    x: Floats, y: Floats, to_x: Floats, to_y: Floats, k: int, spare: Floats | float, reach: float
) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of origins and structures, pass by pass, by origin then structure.

    Those within ``reach``, and those not farther than the k-th nearest by more than ``spare``.
    """
    step = max(1, _PASS_CELLS // len(to_x))
    spare = np.broadcast_to(spare, x.shape)
    for start in range(0, len(x), step):
        rows = slice(start, start + step)
        # Squares: a root of every distance takes ten times as long as all the rest.
        squared, north = x[rows, None] - to_x, y[rows, None] - to_y
        squared *= squared
        north *= north
        squared += north
        far = np.maximum(np.sqrt(_kth_smallest(squared, k)) + spare[rows], reach)
        origin, target = np.divmod(np.flatnonzero(squared <= (far * far)[:, None]), len(to_x))
        yield origin + start, target


def _kth_smallest(values: Floats, k: int) -> Floats:
    """The k-th smallest of each row, the largest where there are fewer."""
    k = min(k, values.shape[1])
    if k == 1:
        return np.asarray(values.min(axis=1))
    rows, taken = np.arange(len(values)), []
    for _ in range(k - 1):
        place = values.argmin(axis=1)
        taken.append((place, values[rows, place]))
        values[rows, place] = np.inf
    found = np.asarray(values.min(axis=1))
    for place, value in taken:
        values[rows, place] = value
    return found


def _vague(precision: Floats) -> float:
    """Metres by which a position may be wrong; 0 where no bound can be told anyway."""
    return 0.0 if np.isnan(precision).any() else float(precision.max(initial=0.0))


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
    if len(to_x):
        spare = _ROUNDING + _vague(precision)
        for origin, target in _close(x, y, to_x, to_y, k, spare, 0.0):
            metres = np.hypot(x[origin] - to_x[target], y[origin] - to_y[target])
            _order(found, origin, target, metres, precision)
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
    if not len(to_x):
        return found, within
    blind, exact = bool(np.isnan(precision).any()), not precision.any()
    spare = _ROUNDING + _vague(precision)
    reach = max(metres, default=0.0) + spare
    for origin, target in _close(x, y, to_x, to_y, 1, spare, reach):
        apart = np.hypot(x[origin] - to_x[target], y[origin] - to_y[target])
        _order(found, origin, target, apart, precision)
        _count(within.given, origin, apart, metres)
        if not (blind or exact):
            _count(within.low, origin, apart + precision[target], metres)
            _count(within.high, origin, apart - precision[target], metres)
    if blind:
        within.low[:], within.high[:] = np.nan, np.nan
    elif exact:
        within.low[:], within.high[:] = within.given, within.given
    return found, within


def _count(counted: Floats, origin: Ints, apart: Floats, limits: tuple[float, ...]) -> None:
    """Count the pairs within each distance for each origin, those of one pass."""
    if not len(origin):
        return
    first, last = origin[0], origin[-1] + 1
    for column, limit in enumerate(limits):
        counted[first:last, column] = np.bincount(
            origin[apart <= limit] - first, minlength=last - first
        )


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
    radius = np.hypot(east - west, north - south) / 2
    points = np.asarray(shapely.points(to_x, to_y), dtype=object)
    x, y = (west + east) / 2, (south + north) / 2
    spare = radius + _ROUNDING + _vague(precision)
    for origin, target in _close(x, y, to_x, to_y, k, spare, 0.0):
        metres = shapely.distance(polygons[origin], points[target])
        _order(found, origin, target, metres, precision)
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
        squared = np.square(x[rows][who] - to_x[target]) + np.square(y[rows][who] - to_y[target])
        held = weight[target]
        # The widest first: what lies beyond it need not be looked at again.
        for column in np.argsort(metres)[::-1]:
            near = np.flatnonzero(squared <= metres[column] ** 2)
            who, held, squared = who[near], held[near], squared[near]
            found[rows, column] = np.bincount(who, weights=held, minlength=count)
    return found
