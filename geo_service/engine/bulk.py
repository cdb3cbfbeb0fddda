"""Asking a cell table: chunks on threads, doubtful points to GEOS, memory that does not grow."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from .answers import Floats, Ints
from .cells import CellTable, Int32s

CHUNK = 1 << 17
Exact = Callable[[Floats, Floats], tuple[Ints, Ints]]
Settle = Callable[[tuple[Ints, Ints]], tuple[Ints, Ints]]
Answer = TypeVar("Answer")


@dataclass(frozen=True, eq=False)
class Labels:
    """One chunk of labelled points, with what the labels SEVERAL and DOUBT stand for."""

    labels: Int32s
    more: Int32s
    doubt_starts: Ints
    doubt_zones: Ints
    pairs: int


def label_points(table: CellTable, exact: Exact, x: Floats, y: Floats, labels: Int32s) -> Labels:
    """Label one chunk; ``exact`` gives the sorted pairs of the doubtful points."""
    from . import kernels as k

    more = np.empty(4096, dtype=np.int32)
    done, pairs, used, doubts = 0, 0, 0, 0
    while True:
        count, new_pairs, length, new_doubts, _ = k.label(
            x[done:], y[done:], table.west, table.south, table.scale, table.columns, table.rows,
            table.blocks_wide, table.directory, table.cells, table.blob, table.paired,
            labels[done:], more[used:],
        )  # fmt: skip
        done, pairs, used = done + count, pairs + new_pairs, used + length
        doubts += new_doubts
        if done == len(x):
            break
        more = np.concatenate([more, np.empty(len(more), dtype=np.int32)])
    if not doubts:
        none = np.zeros(0, dtype=np.int64)
        return Labels(labels, more, none, none, pairs)
    doubtful = np.flatnonzero(labels == k.DOUBT)
    points, zones = exact(x[doubtful], y[doubtful])
    starts = np.searchsorted(points, np.arange(len(doubtful) + 1))
    return Labels(labels, more, starts, zones, pairs + len(zones))


def query_table(
    table: CellTable, exact: Exact, settle: Settle, x: Floats, y: Floats, threads: int
) -> tuple[Ints, Ints]:
    """All pairs, sorted by point then zone, each chunk passed through ``settle``."""
    from . import kernels as k

    own = threading.local()

    def ask(start: int) -> tuple[Ints, Ints]:
        part = slice(start, start + CHUNK)
        if not hasattr(own, "labels"):
            own.labels = np.empty(min(CHUNK, len(x)), dtype=np.int32)
        labels = own.labels[: len(x[part])]
        answer = label_points(table, exact, x[part], y[part], labels)
        points = np.empty(answer.pairs, dtype=np.int64)
        zones = np.empty(answer.pairs, dtype=np.int64)
        if answer.pairs:
            k.expand(
                answer.labels, start, answer.more, answer.doubt_starts, answer.doubt_zones,
                points, zones,
            )  # fmt: skip
        return settle((points, zones))

    pairs = _on_threads(ask, range(0, len(x), CHUNK), threads)
    if len(pairs) == 1:
        return pairs[0]
    empty = np.zeros(0, dtype=np.int64)
    columns = zip(*pairs, strict=True) if pairs else ((empty,), (empty,))
    points, zones = (np.concatenate(column) for column in columns)
    return points, zones


def first_zones(
    table: CellTable, exact: Exact, x: Floats, y: Floats, threads: int
) -> tuple[Int32s, Int32s]:
    """First zone of each point (-1: none) and the number of its zones."""
    from . import kernels as k

    first = np.empty(len(x), dtype=np.int32)
    count = np.empty(len(x), dtype=np.int32)

    def ask(start: int) -> None:
        part = slice(start, start + CHUNK)
        answer = label_points(table, exact, x[part], y[part], first[part])
        k.first_of(answer.labels, answer.more, answer.doubt_starts, answer.doubt_zones, count[part])

    _on_threads(ask, range(0, len(x), CHUNK), threads)
    return first, count


def _on_threads(ask: Callable[[int], Answer], starts: range, threads: int) -> list[Answer]:
    if len(starts) <= 1 or threads == 1:
        return [ask(start) for start in starts]
    with ThreadPoolExecutor(min(threads, len(starts))) as pool:
        return list(pool.map(ask, starts))
