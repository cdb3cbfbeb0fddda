"""The cell tables of one layer: one for membership, one per distance; in memory, on disk, built."""

from __future__ import annotations

import importlib.util
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import shapely

from .answers import Floats, Ints
from .cache import cache_folder, load_table, save_table, table_name
from .cells import CellTable, build_table
from .layer import Geometries, Layer, require_valid
from .tree import ExactTree

# The buffers between which GEOS decides. A buffer of GEOS is wrong by at most 1 % (it simplifies
# its input) and 0.5 % (8 segments a quarter circle): these are on either side of the distance.
_SURELY, _POSSIBLY = 0.98, 1.02
_SHORTEST = 1.0
# Measured on QPV and communes (benchmarks/README.md), on the slow side.
_SECONDS_PER_TABLE = 0.05
_SECONDS_PER_VERTEX = 7e-7
_SECONDS_PER_BUFFERED_VERTEX = 1.5e-5
_SECONDS_PER_HASHED_VERTEX = 1.2e-7
_SECONDS_PER_LOADED_BYTE = 1.5e-9
_SECONDS_TO_IMPORT = 1.0


def numba_is_here() -> bool:
    """Whether the bulk path can run at all."""
    return importlib.util.find_spec("numba") is not None


class TableShelf:
    """Finds, loads or builds the table of a distance (0: membership), once, for any thread."""

    def __init__(self, layer: Layer, tree: ExactTree, folder: Path | None, threads: int) -> None:
        self._layer = layer
        self._tree = tree
        self._folder = cache_folder(folder)
        self._threads = threads
        self._tables: dict[float, CellTable] = {}
        self._lock = threading.Lock()
        self._names: dict[float, str] = {}

    def at_hand(self, metres: float) -> CellTable | None:
        """The table if it is in memory."""
        return self._tables.get(metres)

    def suits(self, metres: float) -> bool:
        """Whether a table can answer: polygons, and buffers that floating point can draw."""
        if not self._layer.present.any() or (self._layer.is_points and metres == 0):
            return False
        return metres == 0 or metres >= _SHORTEST

    def price(self, metres: float, saving: float) -> float:
        """Seconds that a table would cost now: to load it, to build it, to import numba.

        Whether it is on disk is looked up only where ``saving`` pays for hashing the polygons.
        """
        if saving < _SECONDS_PER_TABLE:
            return _SECONDS_PER_TABLE  # the least: not worth counting vertices
        price = 0.0 if "numba" in sys.modules else _SECONDS_TO_IMPORT
        hashing = _SECONDS_PER_HASHED_VERTEX * self._layer.vertices
        if metres not in self._names:
            price += hashing
        if saving > price and (size := self._bytes_on_disk(metres)):
            return price + size * _SECONDS_PER_LOADED_BYTE
        each = _SECONDS_PER_BUFFERED_VERTEX if metres else _SECONDS_PER_VERTEX
        return price + _SECONDS_PER_TABLE + each * self._layer.vertices

    def _name(self, metres: float) -> str:
        if metres not in self._names:
            self._names[metres] = table_name(self._layer.geometries, f"{metres!r}")
        return self._names[metres]

    def _bytes_on_disk(self, metres: float) -> int:
        try:
            return (self._folder / self._name(metres)).stat().st_size
        except OSError:
            return 0

    def table(self, metres: float) -> CellTable:
        """The table, from memory, from the cache folder, or built and kept."""
        with self._lock:
            if metres not in self._tables:
                self._tables[metres] = self._load_or_build(metres)
            return self._tables[metres]

    def exact(self, metres: float, x: Floats, y: Floats) -> tuple[Ints, Ints]:
        """What GEOS says of doubtful points, in the numbering of the table."""
        if metres == 0:
            return self._tree.query(x, y)
        points, zones = self._tree.within_distance(x, y, metres)
        return points, 2 * zones + 1

    def settle(
        self, metres: float, pairs: tuple[Ints, Ints], x: Floats, y: Floats
    ) -> tuple[Ints, Ints]:
        """From the pairs of the table to those of the layer."""
        if metres == 0:
            return pairs
        # Within the smaller buffer (odd) is surely near; within the larger one alone, GEOS decides.
        points, codes = pairs
        zones, near = codes >> 1, (codes & 1).astype(np.bool_)
        asked = np.flatnonzero(~near)
        near[asked] = self._tree.dwithin(x[points[asked]], y[points[asked]], zones[asked], metres)
        return points[near], zones[near]

    def _load_or_build(self, metres: float) -> CellTable:
        name = self._name(metres)
        loaded = load_table(self._folder, name)
        if loaded is not None:
            return loaded
        # A table of the same polygons in the cache was valid; one that is built has to be.
        require_valid(self._layer.geometries, np.flatnonzero(self._layer.present))
        built = build_table(self._shapes(metres), self._threads, paired=metres > 0)
        save_table(self._folder, name, built)
        return built

    def _shapes(self, metres: float) -> Geometries:
        if metres == 0:
            return self._layer.geometries
        shapes: Geometries = np.empty((self._layer.size, 2), dtype=object)
        edges = np.linspace(0, self._layer.size, 4 * self._threads + 1).astype(np.int64)

        def draw(first: int, last: int) -> None:
            zones = self._layer.geometries[first:last]
            shapes[first:last, 0] = shapely.buffer(zones, _POSSIBLY * metres)
            shapes[first:last, 1] = shapely.buffer(zones, _SURELY * metres)

        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(draw, edges[:-1], edges[1:]))
        return shapes.reshape(-1)
