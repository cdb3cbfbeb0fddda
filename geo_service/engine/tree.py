"""Exact answers of GEOS through ``shapely.STRtree``: few points, doubtful points, no numba."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from .answers import Bools, Floats, Ints
from .coarse import CoarseGrid, draw_coarse_grid
from .layer import Geometries, Layer

CHUNK = 1 << 16
_SCAN_LIMIT = 1_000_000
# Drawing it takes as long as the tree needs for so many points.
_COARSE_FROM = 30_000
_SHARE_FROM = 2048
# Preparing a polygon costs about as much as so many questions.
_MANY = 24


class ExactTree:
    """Candidates by bounding box, then GEOS on the true geometry."""

    def __init__(self, layer: Layer, threads: int = 1) -> None:
        self._threads = threads
        self._layer = layer
        self._geometries: Geometries = layer.geometries.copy()
        self._lock = threading.Lock()
        self._tree: shapely.STRtree | None = None
        self._bounds: Floats | None = None
        self._scanned = 0
        self._coarse: dict[float, CoarseGrid] = {}
        self._own: Bools = np.zeros(layer.size, dtype=bool)

    def query(self, x: Floats, y: Floats) -> tuple[Ints, Ints]:
        """Pairs that intersect, sorted by point then zone."""
        return _by_chunks(self._query, x, y)

    def within_distance(self, x: Floats, y: Floats, metres: float) -> tuple[Ints, Ints]:
        """Pairs at ``metres`` or less, sorted by point then zone."""

        def one(x: Floats, y: Floats) -> tuple[Ints, Ints]:
            points, zones = self._candidates(x, y, metres)
            near = self.dwithin(x[points], y[points], zones, metres)
            return points[near], zones[near]

        return _by_chunks(one, x, y)

    def within_each(self, x: Floats, y: Floats, radius: Floats) -> tuple[Ints, Ints]:
        """Pairs at each point's own radius or less, sorted by point then zone."""
        pairs: list[tuple[Ints, Ints]] = []
        for start in range(0, len(x), CHUNK):
            part = slice(start, start + CHUNK)
            points, zones = self._candidates_each(x[part], y[part], radius[part])
            near = self.dwithin(x[part][points], y[part][points], zones, radius[part][points])
            pairs.append((points[near] + start, zones[near]))
        return _joined(pairs)

    def dwithin(self, x: Floats, y: Floats, zones: Ints, metres: float | Floats) -> Bools:
        """Whether each point is within ``metres`` of the zone beside it (GEOS ``dwithin``)."""
        shapes = self._shared(zones)
        # shapely takes an array of distances, one a pair; its type stubs do not know.
        reach: Any = np.broadcast_to(np.asarray(metres, dtype=np.float64), x.shape)

        def ask(part: slice) -> Any:
            return shapely.dwithin(shapes[part], shapely.points(x[part], y[part]), reach[part])

        return self._shared_out(ask, len(zones))

    def intersects(self, x: Floats, y: Floats, zones: Ints) -> Bools:
        """Whether each point intersects the zone beside it (GEOS ``intersects``)."""
        shapes = self._shared(zones)

        def ask(part: slice) -> Any:
            return shapely.intersects_xy(shapes[part], x[part], y[part])

        return self._shared_out(ask, len(zones))

    def distance(self, x: Floats, y: Floats, zones: Ints) -> Floats:
        """Distance from each point to the zone beside it, in units of the CRS."""
        chosen = self._shared(zones)
        return np.asarray(shapely.distance(chosen, shapely.points(x, y)), dtype=np.float64)

    def nearest(self, x: Floats, y: Floats, k: int) -> tuple[Ints, Floats]:
        """The ``k`` nearest zones of each point, nearest first, ties by lower position."""
        found = np.full((len(x), k), -1, dtype=np.int64)
        metres = np.full((len(x), k), np.inf)
        reach = min(k, int(self._layer.present.sum()))
        finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        if reach == 0 or finite.size == 0:
            return found, metres
        tree = self._built_tree()
        for start in range(0, len(finite), CHUNK):
            chosen = finite[start : start + CHUNK]
            self._nearest_chunk(tree, x, y, chosen, reach, found, metres)
        return found, metres

    def _query(self, x: Floats, y: Floats) -> tuple[Ints, Ints]:
        points, zones = self._candidates(x, y, 0.0)
        inside = self.intersects(x[points], y[points], zones)
        return points[inside], zones[inside]

    def _candidates(self, x: Floats, y: Floats, reach: float) -> tuple[Ints, Ints]:
        """Pairs of points and zones whose boxes, widened by ``reach``, hold them; sorted."""
        if len(x) < max(_COARSE_FROM, self._layer.size // 2) and reach not in self._coarse:
            chosen = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        else:
            # Most points are far from any zone: drop them before GEOS makes objects of them.
            if reach not in self._coarse:
                self._coarse[reach] = draw_coarse_grid(self._boxes(), reach)
            chosen = self._coarse[reach].occupied(x, y)
        px, py = x[chosen], y[chosen]
        if len(px) == 0 or not self._scan_is_enough(len(px)):
            points, zones = self._from_tree(px, py, reach)
        else:
            points, zones = self._scan(px, py, np.full(len(px), reach))
        return chosen[points], zones

    def _candidates_each(self, x: Floats, y: Floats, radius: Floats) -> tuple[Ints, Ints]:
        """As ``_candidates``, each point with its own reach."""
        chosen = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        px, py, reach = x[chosen], y[chosen], radius[chosen]
        if self._scan_is_enough(len(px)):
            points, zones = self._scan(px, py, reach)
        else:
            wide = _widened(reach, px, py)
            boxes = shapely.box(px - wide, py - wide, px + wide, py + wide)
            points, zones = _sorted_pairs(self._built_tree().query(boxes))
        return chosen[points], zones

    def _from_tree(self, x: Floats, y: Floats, reach: float) -> tuple[Ints, Ints]:
        points = shapely.points(x, y)
        if reach == 0:
            return _sorted_pairs(self._built_tree().query(points))
        if len(x) < self._layer.size:
            wide = _widened(np.full(len(x), reach), x, y)
            boxes = shapely.box(x - wide, y - wide, x + wide, y + wide)
            return _sorted_pairs(self._built_tree().query(boxes))
        # Many points: widen the zones' boxes instead, once a chunk.
        west, south, east, north = self._boxes()
        wide = _widened(
            np.full(len(west), reach), np.maximum(-west, east), np.maximum(-south, north)
        )
        boxes = shapely.box(west - wide, south - wide, east + wide, north + wide)
        return _sorted_pairs(shapely.STRtree(boxes).query(points))

    def _scan_is_enough(self, points: int) -> bool:
        """Whether comparing with every box is quicker than building the tree."""
        work = points * self._layer.size
        if self._tree is not None or self._scanned + work > _SCAN_LIMIT:
            return False
        self._scanned += work
        return True

    def _scan(self, x: Floats, y: Floats, reach: Floats) -> tuple[Ints, Ints]:
        west, south, east, north = self._boxes()
        pad = _widened(reach, x, y)[:, None]
        px, py = x[:, None], y[:, None]
        hit = (west <= px + pad) & (px - pad <= east) & (south <= py + pad) & (py - pad <= north)
        points, zones = np.nonzero(hit)
        return points.astype(np.int64, copy=False), zones.astype(np.int64, copy=False)

    def _boxes(self) -> Floats:
        if self._bounds is None:
            self._bounds = np.ascontiguousarray(shapely.bounds(self._geometries).T)
        return self._bounds

    def _built_tree(self) -> shapely.STRtree:
        if self._tree is None:
            with self._lock:
                if self._tree is None:
                    tree = shapely.STRtree(self._geometries)
                    tree.query(shapely.Point(0, 0))  # builds it, in this thread alone
                    self._tree = tree
        return self._tree

    def _shared(self, zones: Ints) -> Geometries:
        """The geometries of these positions, safe to ask from several threads at once.

        Those asked often are prepared. A prepared geometry builds its indexes at first use, which
        is not thread-safe, and the caller's objects may be anywhere: so copies are prepared, used
        once here in each way, and only then shared.
        """
        counts = np.bincount(zones, minlength=self._layer.size)
        asked = np.flatnonzero((counts > 0) & ~self._own)
        often = counts[asked] >= _MANY
        wanted = asked[often | shapely.is_prepared(self._geometries[asked])]
        if wanted.size:
            with self._lock:
                wanted = wanted[~self._own[wanted]]
                copies = shapely.from_wkb(shapely.to_wkb(self._geometries[wanted]))
                shapely.prepare(copies)
                west, south, east, north = shapely.bounds(copies).T
                # A corner of the box reaches the index of edges; a point beyond it that of facets.
                shapely.intersects_xy(copies, west, south)
                size = (east - west) + (north - south) + np.abs(west) * 1e-3 + 1e-3
                shapely.dwithin(copies, shapely.points(west - size, south), 4 * size)
                self._geometries[wanted] = copies
                self._own[wanted] = True
        chosen: Geometries = self._geometries[zones]
        return chosen

    def _shared_out(self, ask: Callable[[slice], Any], size: int) -> Bools:
        """Answers of GEOS, which lets go of the GIL, on all threads."""
        if size < _SHARE_FROM or self._threads == 1:
            return np.asarray(ask(slice(0, size))).reshape(size).astype(np.bool_)
        edges = np.linspace(0, size, 2 * self._threads + 1).astype(np.int64).tolist()
        with ThreadPoolExecutor(self._threads) as pool:
            parts = pool.map(ask, [slice(a, b) for a, b in pairwise(edges)])
            return np.concatenate([np.asarray(part) for part in parts]).astype(np.bool_)

    def _nearest_chunk(
        self,
        tree: shapely.STRtree,
        x: Floats,
        y: Floats,
        chosen: Ints,
        reach: int,
        found: Ints,
        metres: Floats,
    ) -> None:
        points = shapely.points(x[chosen], y[chosen])
        (rows, zones), lengths = tree.query_nearest(points, all_matches=True, return_distance=True)
        order = np.lexsort((zones, rows))
        rows, zones, lengths = rows[order], zones[order], lengths[order]
        _, first = np.unique(rows, return_index=True)
        found[chosen, 0], metres[chosen, 0] = zones[first], lengths[first]
        if reach == 1:
            return
        # Circles that grow until each holds enough zones.
        bounds = shapely.total_bounds(self._geometries)
        spacing = np.hypot(bounds[2] - bounds[0], bounds[3] - bounds[1]) / np.sqrt(self._layer.size)
        radius = 2 * lengths[first] + max(spacing / 8, 1e-6 * float(np.abs(bounds).max()), 1e-9)
        waiting = np.arange(len(chosen))
        while waiting.size:
            at = chosen[waiting]
            hits, zones = self.within_each(x[at], y[at], radius[waiting])
            enough = np.bincount(hits, minlength=len(at)) >= reach
            keep = enough[hits]
            hits, zones = hits[keep], zones[keep]
            lengths = self.distance(x[at][hits], y[at][hits], zones)
            order = np.lexsort((zones, lengths, hits))
            hits, zones, lengths = hits[order], zones[order], lengths[order]
            rank = np.arange(len(hits)) - np.searchsorted(hits, hits)
            best = rank < reach
            found[at[hits[best]], rank[best]] = zones[best]
            metres[at[hits[best]], rank[best]] = lengths[best]
            waiting = waiting[~enough]
            radius[waiting] *= 2


def _widened(reach: Floats, x: Floats, y: Floats) -> Floats:
    """A reach with a little to spare: boxes only choose, the true geometry decides."""
    wide: Floats = np.where(reach > 0, reach * (1 + 1e-9) + 1e-9 * (np.abs(x) + np.abs(y)), 0.0)
    return wide


def _sorted_pairs(pairs: npt.NDArray[np.int64]) -> tuple[Ints, Ints]:
    points, zones = pairs
    order = np.lexsort((zones, points))
    return points[order], zones[order]


def _by_chunks(
    one: Callable[[Floats, Floats], tuple[Ints, Ints]], x: Floats, y: Floats
) -> tuple[Ints, Ints]:
    pairs = []
    for start in range(0, len(x), CHUNK):
        points, zones = one(x[start : start + CHUNK], y[start : start + CHUNK])
        pairs.append((points + start, zones))
    return _joined(pairs)


def _joined(pairs: list[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    if not pairs:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty
    return np.concatenate([p for p, _ in pairs]), np.concatenate([z for _, z in pairs])
