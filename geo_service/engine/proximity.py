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


def nearest_to_polygons(
    polygons: npt.NDArray[np.object_], to_x: Floats, to_y: Floats, precision: Floats, k: int = 1
) -> Distances:
    """The k structures nearest to each polygon; 0 m when it holds one.

    Only structures that the polygon's bounding circle leaves in question are measured exactly.
    """
    found = Distances.empty(len(polygons), k)
    if not len(to_x):
        return found
    centre = shapely.get_coordinates(shapely.centroid(polygons))
    radius = shapely.minimum_bounding_radius(polygons) * 2.0
    points = np.asarray(shapely.points(to_x, to_y), dtype=object)
    imprecise = float(np.nanmax(precision, initial=0.0))
    for row, polygon in enumerate(polygons):
        rough = np.hypot(to_x - centre[row, 0], to_y - centre[row, 1])
        kth = np.partition(rough, min(k, len(rough)) - 1)[min(k, len(rough)) - 1]
        close = np.flatnonzero(rough - radius[row] <= kth + radius[row] + 2.0 * imprecise)
        metres = shapely.distance(polygon, points[close])[None, :]
        part = _order(metres, precision[close], k)
        known = part.structure >= 0
        part.structure[known] = close[part.structure[known]]
        found.put(np.asarray([row]), part)
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
