"""How far territory is that the data do not cover: beyond it a distance is an upper bound."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from ..engine.territorial import project
from .area import Area

Floats = npt.NDArray[np.float64]

_SIDES = 12
"""Sides in a line of an outline: fewer take longer to make, more take longer to measure to."""
_BRANCHES = 2
"""Of each knot of the tree: the nearest is found twice as fast as with the usual ten."""


def by_crs(codes: Any) -> list[tuple[int, npt.NDArray[np.int64]]]:
    """Each legal CRS with the rows that it measures."""
    values = np.asarray(codes, dtype=np.int64)
    return [(int(code), np.flatnonzero(values == code)) for code in np.unique(values)]


def edge_of(shapes: Any, codes: Any, area: Area) -> Floats:
    """Metres from each shape to French territory that the data do not cover; infinite if none."""
    edge = np.full(len(shapes), np.inf)
    uncovered = area.uncovered
    if not len(uncovered):
        return edge
    outside = uncovered["legal_crs"].to_numpy(dtype=float, na_value=np.nan)
    for code, rows in by_crs(codes):
        if code not in area.sides:
            beyond = uncovered.geometry.to_numpy()[outside == code]
            stretches = _stretches(project(beyond, code)) if len(beyond) else beyond
            area.sides[code] = shapely.STRtree(stretches, node_capacity=_BRANCHES)
        if not len(area.sides[code]):
            continue
        pairs, metres = area.sides[code].query_nearest(
            project(np.asarray(shapes)[rows], code), return_distance=True, all_matches=False
        )
        edge[rows[pairs[0]]] = metres
    return edge


def _stretches(polygons: Any) -> Any:
    """The outlines of polygons, in lines of few sides: a tree of small boxes answers much faster.

    What is asked lies outside all of them, so the nearest side is the nearest point.
    """
    rings = shapely.get_rings(shapely.get_parts(polygons))
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    sizes = np.bincount(ring, minlength=len(rings))
    place = np.arange(len(ring)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    last = place == np.repeat(sizes - 1, sizes)
    begins = (place % _SIDES == 0) & ~last
    # Where a line begins inside a ring the one before ends: that corner stands twice.
    corners = np.repeat(np.arange(len(ring)), 1 + (begins & (place > 0)))
    line = np.cumsum(begins)[corners] - 1
    line[:-1] -= corners[:-1] == corners[1:]
    return shapely.linestrings(coordinates[corners], indices=line)
