"""How far territory is that the data do not cover: beyond it a distance is an upper bound."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from ..engine.territorial import project
from .area import Area

Floats = npt.NDArray[np.float64]


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
            segments = _segments(project(beyond, code)) if len(beyond) else beyond
            area.sides[code] = shapely.STRtree(segments)
        if not len(area.sides[code]):
            continue
        pairs, metres = area.sides[code].query_nearest(
            project(np.asarray(shapes)[rows], code), return_distance=True, all_matches=False
        )
        edge[rows[pairs[0]]] = metres
    return edge


def _segments(polygons: Any) -> Any:
    """The sides of polygons, one line each: a tree of small boxes answers a hundred times faster.

    What is asked lies outside all of them, so the nearest side is the nearest point.
    """
    coordinates, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(polygons)), return_index=True
    )
    joined = ring[1:] == ring[:-1]
    return shapely.linestrings(np.stack([coordinates[:-1][joined], coordinates[1:][joined]], 1))
