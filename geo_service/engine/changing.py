"""An index that changes: structures added and removed by a scenario, on ``rtree``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import rtree.index
import shapely

from ..core.crs import require_metric
from ..core.errors import SchemaError, UnknownNameError
from ..core.i18n import T
from .answers import Floats, Ints
from .layer import read_points, require_distance, require_valid


class ChangingIndex:
    """Zones or structures under identifiers of the user's, inserted and deleted at will.

    Slower than :class:`SpatialIndex` for a layer that stays; the same answers.

    Parameters
    ----------
    crs
        CRS of everything inserted; distances ask for a metric one.
    """

    def __init__(self, crs: Any = None) -> None:
        self.crs = crs
        self._boxes = rtree.index.Index()
        self._geometries: dict[int, shapely.Geometry] = {}

    def __len__(self) -> int:
        return len(self._geometries)

    def insert(self, id: int, geometry: shapely.Geometry) -> None:
        """Add a geometry; :class:`SchemaError` when the id is taken or the geometry invalid."""
        if id in self._geometries:
            raise SchemaError(
                T("L'identifiant {id} est déjà pris.", "The id {id} is already taken.", id=id)
            )
        require_valid(np.array([geometry], dtype=object), np.zeros(1, dtype=np.int64))
        self._geometries[id] = geometry
        if not shapely.is_empty(geometry):
            self._boxes.insert(id, _box(geometry))

    def delete(self, id: int, geometry: shapely.Geometry | None = None) -> None:
        """Take a geometry away again; one that is not the inserted one is refused."""
        if id not in self._geometries:
            raise UnknownNameError(
                T(
                    "Aucune géométrie sous l'identifiant {id}.",
                    "No geometry under the id {id}.",
                    id=id,
                ),
                known=tuple(str(known) for known in sorted(self._geometries)[:10]),
            )
        inserted = self._geometries[id]
        if geometry is not None and not shapely.equals_identical(inserted, geometry):
            raise SchemaError(
                T(
                    "L'identifiant {id} désigne une autre géométrie.",
                    "The id {id} stands for another geometry.",
                    id=id,
                )
            )
        del self._geometries[id]
        if not shapely.is_empty(inserted):
            self._boxes.delete(id, _box(inserted))

    def query(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Ints, Ints]:
        """Pairs (point position, id) that intersect, sorted."""
        return self._pairs(x, y, 0.0, lambda geometry, point: geometry.intersects(point))

    def within_distance(
        self, x: npt.ArrayLike, y: npt.ArrayLike, metres: float
    ) -> tuple[Ints, Ints]:
        """Pairs (point position, id) at ``metres`` or less, sorted."""
        require_metric(self.crs)
        reach = require_distance(metres)
        return self._pairs(
            x, y, reach, lambda geometry, point: bool(shapely.dwithin(geometry, point, reach))
        )

    def nearest(self, x: npt.ArrayLike, y: npt.ArrayLike, k: int = 1) -> tuple[Ints, Floats]:
        """Ids and metres of the ``k`` nearest, nearest first, ties by lower id; -1 and inf."""
        require_metric(self.crs)
        flat_x, flat_y = read_points(x, y)
        ids = np.full((len(flat_x), k), -1, dtype=np.int64)
        metres = np.full((len(flat_x), k), np.inf)
        for position, (px, py) in enumerate(zip(flat_x, flat_y, strict=True)):
            if not (math.isfinite(px) and math.isfinite(py)):
                continue
            point = shapely.Point(px, py)
            best = self._nearest_of_one(point, k)
            for rank, (length, id) in enumerate(best):
                ids[position, rank], metres[position, rank] = id, length
        return ids, metres

    def _nearest_of_one(self, point: shapely.Point, k: int) -> list[tuple[float, int]]:
        wanted = k
        box = (point.x, point.y, point.x, point.y)
        while True:
            near = list(self._boxes.nearest(box, wanted))
            ranked = sorted(
                (float(shapely.distance(self._geometries[id], point)), id) for id in near
            )[:k]
            if len(near) < wanted:
                return ranked
            # The order of boxes is not the order of geometries: stop when the last box looked at
            # is farther than the k-th geometry.
            farthest = max(_to_box(_box(self._geometries[id]), point.x, point.y) for id in near)
            if len(ranked) == k and farthest > ranked[-1][0]:
                return ranked
            wanted *= 2

    def _pairs(
        self, x: npt.ArrayLike, y: npt.ArrayLike, reach: float, matches: Any
    ) -> tuple[Ints, Ints]:
        flat_x, flat_y = read_points(x, y)
        pairs: list[tuple[int, int]] = []
        for position, (px, py) in enumerate(zip(flat_x, flat_y, strict=True)):
            if not (math.isfinite(px) and math.isfinite(py)):
                continue
            wide = reach * (1 + 1e-9) + 1e-9 * (abs(px) + abs(py)) if reach else 0.0
            point = shapely.Point(px, py)
            box = (px - wide, py - wide, px + wide, py + wide)
            pairs += [
                (position, id)
                for id in sorted(self._boxes.intersection(box))
                if matches(self._geometries[id], point)
            ]
        table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        return table[:, 0], table[:, 1]


def _to_box(bounds: tuple[float, float, float, float], x: float, y: float) -> float:
    west, south, east, north = bounds
    return math.hypot(max(west - x, 0.0, x - east), max(south - y, 0.0, y - north))


def _box(geometry: shapely.Geometry) -> tuple[float, float, float, float]:
    west, south, east, north = shapely.bounds(geometry).tolist()
    return west, south, east, north
