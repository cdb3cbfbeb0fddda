"""SpatialIndex: which zones hold a point, are near it, or are its nearest; exactly, and fast."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from ..core.crs import require_metric
from ..core.errors import SchemaError
from ..core.i18n import T
from . import bulk, distance, points
from .answers import Answers, Floats, Ints
from .layer import read_layer, read_points, require_distance, require_valid
from .route import Method, Route
from .shelf import TableShelf, numba_is_here
from .tree import ExactTree

# Checking so many takes about 3 ms, less than any answer of geopandas.
_CHECK_ZONES, _CHECK_VERTICES = 2_000, 10_000
_NEAREST_IN_BUCKETS = 500
_NEAREST_WORTH_NUMBA = 100_000


class SpatialIndex:
    """A layer that stays, asked for few or for many points, with the exact answers of GEOS.

    Parameters
    ----------
    zones
        GeoDataFrame, GeoSeries or array of shapely geometries: polygons or points. Answers are
        positions in it. A missing or empty geometry never matches.
    crs
        CRS of a bare array.
    cache_dir
        Folder of the cell tables; by default ``GEO_SERVICE_CACHE`` or the user's cache folder.
        Where it cannot be written, tables are built each time.
    method
        ``auto`` asks GEOS for few points and builds a cell table once that is cheaper; ``tree``
        and ``table`` force a path. All give the same answers. Without numba there is no table.
    threads
        Threads of the bulk path, by default those of the machine.
    check
        Whether to check now that every geometry is valid. By default a layer of up to 10,000
        vertices is; a larger one is checked before its table is built, since checking costs more
        than many an answer. Few points get the answer of GEOS in the meantime.

    Raises
    ------
    SchemaError
        Where a geometry is found invalid; it names the positions.

    Examples
    --------
    >>> import shapely
    >>> index = SpatialIndex(shapely.box([0, 1000], [0, 0], [1000, 2000], [1000, 1000]), crs=2154)
    >>> points, zones = index.query([500, 1000, 2500], [500, 500, 500])
    >>> points.tolist(), zones.tolist()
    ([0, 1, 1], [0, 0, 1])
    """

    def __init__(
        self,
        zones: Any,
        *,
        crs: Any = None,
        cache_dir: Path | None = None,
        method: Method = "auto",
        threads: int | None = None,
        check: bool | None = None,
    ) -> None:
        self._layer = read_layer(zones, crs)
        self._threads = threads or _machine_threads()
        self._tree = ExactTree(self._layer, self._threads)
        shelf = TableShelf(self._layer, self._tree, cache_dir, self._threads)
        self._route = Route(self._tree, shelf, method, self._threads)
        self._method = method
        self._buckets: points.Buckets | None = None
        small = self.size <= _CHECK_ZONES and self._layer.vertices <= _CHECK_VERTICES
        if check or (check is None and small):
            self.check()

    @property
    def crs(self) -> CRS | None:
        """CRS of the zones, and of every point asked."""
        return self._layer.crs

    @property
    def size(self) -> int:
        """Number of zones."""
        return self._layer.size

    def __len__(self) -> int:
        return self.size

    def check(self) -> None:
        """Check every geometry now; :class:`SchemaError` names the invalid ones."""
        require_valid(self._layer.geometries, np.flatnonzero(self._layer.present))

    def has_table(self, metres: float = 0.0) -> bool:
        """Whether the cell table of a distance (0: membership) is in memory."""
        return self._route.has_table(metres)

    def query(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Ints, Ints]:
        """Pairs of points and zones that intersect; a point on a limit is inside.

        Parameters
        ----------
        x, y
            (n,) coordinates in the CRS of the zones. NaN and infinite ones never match.

        Returns
        -------
        point positions, zone positions
            Two (m,) int64 arrays, sorted by point then zone: GEOS ``intersects``.
        """
        return self._route.pairs(0.0, *read_points(x, y))

    def within_distance(
        self, x: npt.ArrayLike, y: npt.ArrayLike, metres: float
    ) -> tuple[Ints, Ints]:
        """Pairs of points and zones at ``metres`` or less, on the true geometry.

        Returns
        -------
        point positions, zone positions
            Two (m,) int64 arrays, sorted by point then zone: GEOS ``dwithin``.

        Raises
        ------
        CrsError
            When the CRS is not in metres.
        """
        require_metric(self.crs)
        flat_x, flat_y = read_points(x, y)
        return self._route.pairs(require_distance(metres), flat_x, flat_y)

    def query_chunks(
        self, chunks: Iterable[tuple[npt.ArrayLike, npt.ArrayLike]], *, metres: float = 0.0
    ) -> Iterator[tuple[Ints, Ints]]:
        """Pairs of each chunk of a stream; point positions count from the stream's start.

        Memory does not grow with the number of chunks.
        """
        start = 0
        for x, y in chunks:
            flat_x, flat_y = read_points(x, y)
            found, zones = (
                self.within_distance(flat_x, flat_y, metres)
                if metres
                else self.query(flat_x, flat_y)
            )
            yield found + start, zones
            start += len(flat_x)

    def locate(
        self, x: npt.ArrayLike, y: npt.ArrayLike, *, metres: float = 0.0
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """First zone of each point (-1: none) and how many zones there are: 8 bytes a point."""
        flat_x, flat_y = read_points(x, y)
        if metres == 0 and (table := self._route.table(0.0, len(flat_x))) is not None:
            return bulk.first_zones(table, self._tree.query, flat_x, flat_y, self._threads)
        first = np.full(len(flat_x), -1, dtype=np.int32)
        count = np.zeros(len(flat_x), dtype=np.int32)
        for start in range(0, len(flat_x), bulk.CHUNK):
            part = slice(start, start + bulk.CHUNK)
            found, zones = (
                self.within_distance(flat_x[part], flat_y[part], metres)
                if metres
                else self.query(flat_x[part], flat_y[part])
            )
            count[part] = np.bincount(found, minlength=len(first[part]))
            first[part][found[::-1]] = zones[::-1]
        return first, count

    def nearest(self, x: npt.ArrayLike, y: npt.ArrayLike, k: int = 1) -> tuple[Ints, Floats]:
        """The ``k`` nearest zones of each point, nearest first, ties by lower position.

        Returns
        -------
        zone positions, metres
            Two (n, k) arrays; -1 and inf where there are fewer, or the point has no position.

        Raises
        ------
        CrsError
            When the CRS is not in metres.
        """
        require_metric(self.crs)
        if k < 1:
            raise SchemaError(T("k doit valoir au moins 1.", "k must be at least 1."), field="k")
        flat_x, flat_y = read_points(x, y)
        if not self._nearest_by_buckets(len(flat_x)):
            return self._tree.nearest(flat_x, flat_y, k)
        if self._buckets is None:
            self._buckets = points.build_buckets(self._layer)
        return points.nearest_in_buckets(self._buckets, flat_x, flat_y, k, self._threads)

    def classify(
        self,
        x: npt.ArrayLike,
        y: npt.ArrayLike,
        precision: npt.ArrayLike,
        *,
        zone_precision: npt.ArrayLike = 0.0,
        metres: float = 0.0,
        strict: bool = False,
    ) -> Answers:
        """Inside, outside or undetermined, from the precision of points and zones.

        Parameters
        ----------
        x, y
            (n,) coordinates in the CRS of the zones.
        precision
            Metres, one or (n,): 0 is exact, inf says nothing of the place, NaN is unknown.
        zone_precision
            Metres, one or one per zone.
        metres
            0 asks for membership, else for a distance to a zone.
        strict
            Whether a distance equal to ``metres`` is outside (*proxy* quartier vécu).

        Returns
        -------
        Answers
            See there for points without a position or of unknown precision.
        """
        require_metric(self.crs)
        flat_x, flat_y = read_points(x, y)
        reach = require_distance(metres)
        pairs = self._route.pairs(reach, flat_x, flat_y)
        if strict and reach:
            apart = self._tree.distance(flat_x[pairs[0]], flat_y[pairs[0]], pairs[1]) < reach
            pairs = pairs[0][apart], pairs[1][apart]
        return distance.classify(
            self._layer, self._tree, flat_x, flat_y, precision, zone_precision, reach, strict, pairs
        )

    def distance_to_limit(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Floats:
        """Metres to the limit of the union of the zones: negative inside, NaN without position."""
        require_metric(self.crs)
        flat_x, flat_y = read_points(x, y)
        return distance.signed_distance(self._layer, self._tree, flat_x, flat_y)

    def _nearest_by_buckets(self, n: int) -> bool:
        if not self._layer.is_points or self._method == "tree" or not numba_is_here():
            return False
        enough = _NEAREST_IN_BUCKETS if "numba" in sys.modules else _NEAREST_WORTH_NUMBA
        return self._method == "table" or n >= enough


def _machine_threads() -> int:
    """Processors this process may use; macOS and Windows only know those of the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
