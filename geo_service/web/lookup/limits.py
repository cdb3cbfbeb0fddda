"""Ways to limits: of the zone that holds a point or is nearest to it, of the result's territory."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from ...core.crs import WGS84, legal_crs_at, transform
from ...engine import TerritorialIndex
from ...engine.distance import joined
from ...engine.territorial import project

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class ZoneLimits:
    """Zones with their index and their own limits, each in its legal CRS.

    Parameters
    ----------
    zones
        GeoDataFrame in EPSG:4326 with ``legal_crs``.
    """

    def __init__(self, zones: Any) -> None:
        shaped = zones[~(zones.geometry.isna() | zones.geometry.is_empty)]
        self.table = shaped.reset_index(drop=True)
        self.index = TerritorialIndex(self.table, method="tree")
        codes = self.table["legal_crs"].to_numpy(dtype=np.int64)
        self._limits = np.empty(len(self.table), dtype=object)
        for code in np.unique(codes):
            rows = codes == code
            shapes = np.asarray(self.table.geometry.array, dtype=object)[rows]
            self._limits[rows] = shapely.boundary(project(shapes, int(code)))
        shapely.prepare(self._limits)
        self._codes = codes

    def __len__(self) -> int:
        return len(self.table)

    def way(self, lon: Floats, lat: Floats, zone: Ints) -> tuple[Ints, Floats]:
        """Zone and metres to its limit, negative inside.

        Parameters
        ----------
        lon, lat : (n,)
            Degrees.
        zone : (n,)
            Position of the zone that holds each point; -1 asks for the nearest.

        Returns
        -------
        (n,) int64, (n,) float64
            -1 and infinity where the point's territory has no zone.
        """
        near, metres = self.index.nearest(lon, lat, 1)
        which = np.where(zone >= 0, zone, near[:, 0])
        way = metres[:, 0].copy()
        for code in np.unique(self._codes[which[which >= 0]]):
            rows = np.flatnonzero(which >= 0)
            rows = rows[self._codes[which[rows]] == code]
            held = rows[way[rows] == 0]
            x, y = transform(lon[held], lat[held], WGS84, int(code))
            way[held] = -shapely.distance(self._limits[which[held]], shapely.points(x, y))
        return which, way


class Outline:
    """The outline of the territory of a result.

    Parameters
    ----------
    zones
        Its communes: GeoDataFrame in EPSG:4326 with ``legal_crs``. The contours of the larger
        territories are simplified each on its own and stray from them by hundreds of metres.
    """

    def __init__(self, zones: Any) -> None:
        shapes = np.asarray(zones.geometry.array, dtype=object)
        codes = zones["legal_crs"].to_numpy(dtype=np.int64)
        self._parts: dict[int, Any] = {}
        for code in np.unique(codes):
            solid = joined(project(shapes[codes == code], int(code)))
            limit = shapely.boundary(solid)
            shapely.prepare(solid)
            shapely.prepare(limit)
            self._parts[int(code)] = (solid, limit)

    def way(self, lon: Floats, lat: Floats) -> Floats:
        """Metres to the limit, negative inside, infinite in a territory that has no part of it."""
        found = np.full(len(lon), np.inf)
        own = legal_crs_at(lon, lat)
        for code, (solid, limit) in self._parts.items():
            rows = np.flatnonzero(own == code)
            if not rows.size:
                continue
            x, y = transform(lon[rows], lat[rows], WGS84, code)
            metres = shapely.distance(limit, shapely.points(x, y))
            found[rows] = np.where(shapely.intersects_xy(solid, x, y), -metres, metres)
        return found
