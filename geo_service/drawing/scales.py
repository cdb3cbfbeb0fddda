"""Two scales of the same limits: far, light enough for a whole country; near, as they are stored.

Nothing is ever measured on these shapes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from ..core.crs import LEGAL, WGS84, carried
from .places import Bounds
from .shapes import WEB_MERCATOR, Geometries, with_common_limits

_PIXELS_ACROSS = 900.0
_EQUATOR_DEGREE = 111_319.49
_SMALLEST_TOLERANCE = 20.0
NEAR_VERTICES = 60_000
"""Vertices of one département's limits at most."""


def far_tolerance(places: Iterable[Bounds]) -> float:
    """Metres of the Web Mercator plane that are one pixel when the largest place fills a screen.

    Parameters
    ----------
    places
        Boxes of what may be seen at once, in degrees; one that spans an ocean is left aside.
    """
    across = [east - west for west, _, east, _ in places if east - west < _widest()]
    return max(_SMALLEST_TOLERANCE, max(across, default=0.0) * _EQUATOR_DEGREE / _PIXELS_ACROSS)


def far_units(tolerance: float) -> int:
    """Units in a degree for shapes that may be off by that many metres: a third of it at most."""
    steps = (units for units in (200, 1_000, 10_000) if _EQUATOR_DEGREE / units <= tolerance / 3)
    return next(steps, 100_000)


def _widest() -> float:
    return max(legal.box[2] - legal.box[0] for legal in LEGAL) + 1.0


def far(geometries: Geometries, tolerance: float) -> Geometries:
    """Neighbouring areas for a small scale: common limits kept, specks of land left out.

    Parameters
    ----------
    geometries : (n,) Polygon or MultiPolygon or None
        Longitude and latitude, WGS84.
    tolerance
        Metres of the Web Mercator plane.

    Returns
    -------
    (n,) in longitude and latitude. Every shape keeps its largest part.
    """
    drawn = _without_specks(carried(geometries, WGS84, WEB_MERCATOR), 4 * tolerance * tolerance)
    return carried(with_common_limits(drawn, tolerance), WEB_MERCATOR, WGS84)


def _without_specks(geometries: Geometries, smallest: float) -> Geometries:
    """Each shape without its parts under an area, but always with its largest."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    areas: npt.NDArray[np.float64] = shapely.area(parts)
    largest = np.zeros(len(geometries))
    np.maximum.at(largest, owner, areas)
    kept = (areas >= smallest) | (areas == largest[owner])
    whole: Any = np.full(len(geometries), None, dtype=object)
    if kept.any():
        shapely.multipolygons(parts[kept], indices=owner[kept], out=whole)
    return np.asarray(whole, dtype=object)
