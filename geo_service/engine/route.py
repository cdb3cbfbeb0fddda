"""Which way a question goes: few points to GEOS, many to a cell table; the same answers."""

from __future__ import annotations

import time
from typing import Literal

import numpy as np

from . import bulk
from .answers import Floats, Ints
from .cells import CellTable
from .shelf import TableShelf, numba_is_here
from .tree import CHUNK, ExactTree

Method = Literal["auto", "tree", "table"]

_FIRST_CHUNK = 4096
# A price is an estimate: a table has to be plainly worth it.
_SURE = 1.5
# What GEOS takes for a point that is far from every zone: the least that a table can save.
_SECONDS_PER_POINT = 2e-8


class Route:
    """Decides by what is spent and still to come against the price of a table."""

    def __init__(self, tree: ExactTree, shelf: TableShelf, method: Method, threads: int) -> None:
        self._tree = tree
        self._shelf = shelf
        self._method = method
        self._threads = threads
        self._spent: dict[float, float] = {}

    def has_table(self, metres: float) -> bool:
        """Whether the table of a distance is in memory."""
        return self._shelf.at_hand(metres) is not None

    def table(self, metres: float, points: int) -> CellTable | None:
        """The table when it is there, asked for by name, or surely worth its price."""
        at_hand = self._shelf.at_hand(metres)
        if at_hand is not None or not self._may_build(metres):
            return at_hand
        saving = max(points * _SECONDS_PER_POINT, self._spent.get(metres, 0.0))
        if self._method == "table" or saving > self._shelf.price(metres, saving):
            return self._shelf.table(metres)
        return None

    def pairs(self, metres: float, x: Floats, y: Floats) -> tuple[Ints, Ints]:
        """Sorted pairs: at ``metres`` or less, or for 0 those that intersect."""
        if self.table(metres, len(x)) is not None:
            return self._by_table(metres, x, y)
        if not self._may_build(metres):
            return self._by_tree(metres, x, y)
        # What GEOS takes for such points is seen from the chunks after the first, which also pays
        # for what is done once.
        found = []
        start, length, rate = 0, _FIRST_CHUNK, np.inf
        while start < len(x):
            end = min(start + length, len(x))
            began = time.perf_counter()
            points, zones = self._by_tree(metres, x[start:end], y[start:end])
            took = time.perf_counter() - began
            found.append((points + start, zones))
            self._spent[metres] = self._spent.get(metres, 0.0) + took
            saving = self._spent[metres]
            if start:
                rate = min(rate, took / (end - start))
                saving = max(saving, rate * (len(x) - end))
            start, length = end, min(4 * length, CHUNK)
            if start < len(x) and saving > _SURE * self._shelf.price(metres, saving):
                points, zones = self._by_table(metres, x[start:], y[start:])
                found.append((points + start, zones))
                break
        if len(found) == 1:
            return found[0]
        empty = np.zeros(0, dtype=np.int64)
        columns = zip(*found, strict=True) if found else ((empty,), (empty,))
        first, second = (np.concatenate(column) for column in columns)
        return first, second

    def _may_build(self, metres: float) -> bool:
        return self._method != "tree" and self._shelf.suits(metres) and numba_is_here()

    def _by_tree(self, metres: float, x: Floats, y: Floats) -> tuple[Ints, Ints]:
        if metres:
            return self._tree.within_distance(x, y, metres)
        return self._tree.query(x, y)

    def _by_table(self, metres: float, x: Floats, y: Floats) -> tuple[Ints, Ints]:
        def exact(x: Floats, y: Floats) -> tuple[Ints, Ints]:
            return self._shelf.exact(metres, x, y)

        def settle(pairs: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
            return self._shelf.settle(metres, pairs, x, y)

        table = self._shelf.table(metres)
        return bulk.query_table(table, exact, settle, x, y, self._threads)
