"""Shapes made light enough for a page: simplified for drawing only, rounded, packed.

Nothing is ever measured on these shapes. Neighbours keep their common limit (coverage
simplification, Visvalingam–Whyatt: shapely.coverage_simplify), so that no slit opens on the map.
Tolerances are metres of the Web Mercator plane, which is where the map is drawn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from ..core.crs import WGS84, carried

WEB_MERCATOR = 3857
UNITS_PER_DEGREE = 100_000
"""Rounding of drawn coordinates: 10⁻⁵ degree, about a metre."""

_TOLERANCES = (20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 1280.0)

Geometries = npt.NDArray[Any]
Packed = list[list[list[int]]]


def simplified(geometries: Geometries, budget: int, *, at_least: float = 0.0) -> Geometries:
    """Neighbouring areas with as many vertices as a page can carry.

    Parameters
    ----------
    geometries : (n,) Polygon or MultiPolygon or None
        Longitude and latitude, WGS84.
    budget
        Vertices wanted at most; the largest tolerance is used where even that is not reached.
    at_least
        Smallest tolerance, in metres of the Web Mercator plane.

    Returns
    -------
    (n,) of the same kind, in longitude and latitude.
    """
    drawn = carried(geometries, WGS84, WEB_MERCATOR)
    light = with_common_limits(drawn, at_least) if at_least else drawn
    if _vertices(light) <= budget:
        return carried(light, WEB_MERCATOR, WGS84)
    steps = [step for step in _TOLERANCES if step > at_least]
    low, high = 0, len(steps) - 1  # halving: a whole country costs seconds a pass
    while low < high:
        middle = (low + high) // 2
        if _vertices(with_common_limits(drawn, steps[middle])) <= budget:
            high = middle
        else:
            low = middle + 1
    return carried(with_common_limits(drawn, steps[low]), WEB_MERCATOR, WGS84)


def with_common_limits(drawn: Geometries, tolerance: float) -> Geometries:
    """``shapely.coverage_simplify``, which refuses arrays with missing shapes."""
    present = ~(shapely.is_missing(drawn) | shapely.is_empty(drawn))
    light: Geometries = drawn.copy()
    light[present] = shapely.coverage_simplify(drawn[present], tolerance)
    return light


def _vertices(geometries: Geometries) -> int:
    return int(shapely.get_num_coordinates(geometries).sum())


def merged(geometries: Geometries) -> Any:
    """Areas melted into one; overlaps and slits of a real file are allowed."""
    present = geometries[~(shapely.is_missing(geometries) | shapely.is_empty(geometries))]
    return shapely.union_all(shapely.make_valid(present))


def inner_points(geometries: Geometries) -> npt.NDArray[np.float64]:
    """(n, 2) a place for a label: the centroid where it lies inside, else a point that does.

    A missing or empty geometry gives NaN.
    """
    centres = shapely.centroid(geometries)
    outside = ~shapely.covers(geometries, centres)
    centres[outside] = shapely.point_on_surface(geometries[outside])
    return np.column_stack([shapely.get_x(centres), shapely.get_y(centres)])


def packed(geometries: Geometries, units: int = UNITS_PER_DEGREE) -> list[list[Packed]]:
    """Areas as polygons, rings and differences of rounded coordinates.

    A ring is a flat list ``[x0, y0, dx1, dy1, …]`` in whole units, without its closing
    vertex. Rings that rounding leaves with less than three vertices are dropped; a missing or empty
    geometry gives an empty list.

    Parameters
    ----------
    geometries : (n,)
        Longitude and latitude, WGS84.
    units
        Units in a degree; by default 10⁻⁵ degree each.

    >>> packed(np.array([shapely.box(0, 0, 0.00002, 0.00001)]))
    [[[[2, 0, 0, 1, -2, 0, 0, -1]]]]
    """
    shapes: list[list[Packed]] = [[] for _ in range(len(geometries))]
    polygons, owners = shapely.get_parts(geometries, return_index=True)
    areas = shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON
    polygons, owners = polygons[areas], owners[areas]
    rings, ring_polygon = shapely.get_rings(polygons, return_index=True)
    coordinates, ring_of = shapely.get_coordinates(rings, return_index=True)
    whole = np.rint(coordinates * units).astype(np.int64)
    bounds = np.searchsorted(ring_of, np.arange(len(rings) + 1))
    previous, kept_outline = -1, False
    for ring in range(len(rings)):
        points = whole[bounds[ring] : bounds[ring + 1]]
        outline = ring_polygon[ring] != previous  # the first ring of a polygon is its outline
        previous = ring_polygon[ring]
        line = _pack_ring(points)
        if outline:
            kept_outline = line is not None
            if line is not None:
                shapes[owners[ring_polygon[ring]]].append([line])
        elif line is not None and kept_outline:
            shapes[owners[ring_polygon[ring]]][-1].append(line)
    return shapes


def _pack_ring(points: npt.NDArray[np.int64]) -> list[int] | None:
    moved = np.any(points[1:] != points[:-1], axis=1)
    corners = points[:-1][moved]
    if len(corners) < 3:
        return None
    steps = np.diff(corners, axis=0, prepend=np.zeros((1, 2), np.int64))
    flat: list[int] = steps.ravel().tolist()
    return flat
