"""One front over territories that are measured in different legal CRS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.crs import WGS84, carried, legal_crs_at, transform
from ..core.errors import CrsError, SchemaError
from ..core.i18n import T
from .answers import UNDETERMINED, Answers, Floats, Ints
from .index import SpatialIndex
from .layer import Geometries, read_layer, read_points
from .route import Method


class TerritorialIndex:
    """Zones of several territories, each indexed and measured in its legal CRS.

    A point is compared with the zones of its own territory only. Vertices are projected, so an
    edge is straight in the legal CRS.

    Parameters
    ----------
    zones
        GeoDataFrame in EPSG:4326 with an integer column ``legal_crs``.
    cache_dir, method, threads
        As for :class:`SpatialIndex`.
    """

    def __init__(
        self,
        zones: Any,
        *,
        cache_dir: Path | None = None,
        method: Method = "auto",
        threads: int | None = None,
    ) -> None:
        layer = read_layer(zones)
        if layer.crs is None or layer.crs.to_epsg() != WGS84:
            raise CrsError(
                T(
                    "Les zones de plusieurs territoires se donnent en EPSG:4326.",
                    "Zones of several territories are given in EPSG:4326.",
                ),
                do=T("Projetez-les d'abord (to_crs(4326)).", "Project them first (to_crs(4326))."),
            )
        if "legal_crs" not in zones:
            raise SchemaError(
                T("La colonne manque.", "The column is missing."),
                field="legal_crs",
                do=T("Donnez le code EPSG de chaque zone.", "Give each zone's EPSG code."),
            )
        self.size = layer.size
        self.crs = layer.crs
        codes = np.asarray(zones["legal_crs"], dtype=np.int64)
        self._positions: dict[int, Ints] = {}
        self._indexes: dict[int, SpatialIndex] = {}
        for code in np.unique(codes):
            positions = np.flatnonzero(codes == code)
            self._positions[int(code)] = positions
            self._indexes[int(code)] = SpatialIndex(
                project(layer.geometries[positions], int(code)),
                crs=int(code),
                cache_dir=cache_dir,
                method=method,
                threads=threads,
            )

    def query(
        self, lon: npt.ArrayLike, lat: npt.ArrayLike, legal_crs: npt.ArrayLike | None = None
    ) -> tuple[Ints, Ints]:
        """Pairs (point position, zone position) that intersect, sorted by point then zone."""
        pairs = []
        for code, chosen, x, y in self._by_territory(lon, lat, legal_crs):
            points, zones = self._indexes[code].query(x, y)
            pairs.append((chosen[points], self._positions[code][zones]))
        return _sorted_pairs(pairs)

    def within_distance(
        self,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        metres: float,
        legal_crs: npt.ArrayLike | None = None,
    ) -> tuple[Ints, Ints]:
        """Pairs at ``metres`` or less in the legal CRS, sorted by point then zone."""
        pairs = []
        for code, chosen, x, y in self._by_territory(lon, lat, legal_crs):
            points, zones = self._indexes[code].within_distance(x, y, metres)
            pairs.append((chosen[points], self._positions[code][zones]))
        return _sorted_pairs(pairs)

    def nearest(
        self,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        k: int = 1,
        legal_crs: npt.ArrayLike | None = None,
    ) -> tuple[Ints, Floats]:
        """The ``k`` nearest zones of the point's own territory; -1 and inf beyond."""
        size = np.size(lon)
        found = np.full((size, k), -1, dtype=np.int64)
        lengths = np.full((size, k), np.inf)
        for code, chosen, x, y in self._by_territory(lon, lat, legal_crs):
            zones, metres = self._indexes[code].nearest(x, y, k)
            found[chosen] = np.where(zones < 0, -1, self._positions[code][zones])
            lengths[chosen] = metres
        return found, lengths

    def classify(
        self,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        precision: npt.ArrayLike,
        *,
        zone_precision: npt.ArrayLike = 0.0,
        metres: float = 0.0,
        strict: bool = False,
        legal_crs: npt.ArrayLike | None = None,
    ) -> Answers:
        """Three-valued answers; see :meth:`SpatialIndex.classify`.

        A point of a territory that has no zones is outside, whatever its finite precision.
        """
        size = np.size(lon)
        p = np.broadcast_to(np.asarray(precision, dtype=np.float64), (size,))
        q = np.broadcast_to(np.asarray(zone_precision, dtype=np.float64), (self.size,))
        flat_lon, flat_lat = read_points(lon, lat)
        given = np.zeros(size, dtype=bool)
        sure = np.zeros(size, dtype=np.int8)
        sure[~(np.isfinite(flat_lon) & np.isfinite(flat_lat)) | np.isinf(p)] = UNDETERMINED
        parts = []
        for code, chosen, x, y in self._by_territory(lon, lat, legal_crs):
            positions = self._positions[code]
            part = self._indexes[code].classify(
                x, y, p[chosen], zone_precision=q[positions], metres=metres, strict=strict
            )
            given[chosen], sure[chosen] = part.given, part.sure
            parts.append(
                (
                    chosen[part.pair_point],
                    positions[part.pair_zone],
                    part.pair_given,
                    part.pair_sure,
                )
            )
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else None
        if columns is None:
            empty, none = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)
            return Answers(given, sure, ~np.isnan(p), empty, empty, none, none)
        order = np.lexsort((columns[1], columns[0]))
        return Answers(given, sure, ~np.isnan(p), *(column[order] for column in columns))

    def distance_to_limit(
        self, lon: npt.ArrayLike, lat: npt.ArrayLike, legal_crs: npt.ArrayLike | None = None
    ) -> Floats:
        """Metres to the limit of the union of the territory's zones, negative inside.

        NaN without a position, inf in a territory that has no zones.
        """
        flat_lon, flat_lat = read_points(lon, lat)
        located = np.isfinite(flat_lon) & np.isfinite(flat_lat)
        signed = np.where(located, np.inf, np.nan)
        for code, chosen, x, y in self._by_territory(lon, lat, legal_crs):
            signed[chosen] = self._indexes[code].distance_to_limit(x, y)
        return signed

    def _by_territory(
        self, lon: npt.ArrayLike, lat: npt.ArrayLike, legal_crs: npt.ArrayLike | None
    ) -> Iterator[tuple[int, Ints, Floats, Floats]]:
        """Code, positions and projected coordinates of the points of each indexed territory."""
        flat_lon, flat_lat = read_points(lon, lat)
        codes = (
            legal_crs_at(flat_lon, flat_lat)
            if legal_crs is None
            else np.broadcast_to(np.asarray(legal_crs, dtype=np.int64), flat_lon.shape)
        )
        for code in self._indexes:
            chosen = np.flatnonzero(codes == code)
            if chosen.size:
                x, y = transform(flat_lon[chosen], flat_lat[chosen], WGS84, code)
                yield code, chosen, x, y


def project(geometries: Geometries, code: int) -> Geometries:
    """Carry the vertices of WGS84 geometries to a CRS."""
    return carried(geometries, WGS84, code)


def _sorted_pairs(pairs: list[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    if not pairs:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty
    points = np.concatenate([points for points, _ in pairs])
    zones = np.concatenate([zones for _, zones in pairs])
    if len(pairs) == 1:
        return points, zones
    order = np.lexsort((zones, points))
    return points[order], zones[order]
