"""Nearest points by a grid of buckets searched in rings; exact, ties by lower position."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import shapely

from .answers import Floats, Ints
from .layer import Layer

CHUNK = 1 << 15
_POINTS_PER_BUCKET = 2.0
_MOST_BUCKETS = 1 << 22


@dataclass(frozen=True, eq=False)
class Buckets:
    """Points in bucket order; ``position`` is their place in the layer."""

    west: float
    south: float
    scale: float
    wide: int
    high: int
    starts: Ints
    x: Floats
    y: Floats
    position: Ints


def build_buckets(layer: Layer) -> Buckets:
    """Sort the points of a layer into buckets of about two points."""
    from . import kernels as k

    positions = np.flatnonzero(layer.present)
    x, y = shapely.get_coordinates(layer.geometries[positions]).T
    x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
    west, south = float(x.min()), float(y.min())
    width, height = float(x.max()) - west, float(y.max()) - south
    wanted = min(max(len(x) / _POINTS_PER_BUCKET, 1.0), _MOST_BUCKETS)
    longest = max(width, height)
    side = max(np.sqrt(width * height / wanted), longest / wanted, longest * 1e-6) or 1.0
    wide, high = int(width / side) + 1, int(height / side) + 1
    starts = np.zeros(wide * high + 1, dtype=np.int64)
    order = np.empty(len(x), dtype=np.int64)
    k.bucket_points(x, y, west, south, 1.0 / side, wide, high, starts, order)
    return Buckets(
        west, south, 1.0 / side, wide, high, starts, x[order], y[order], positions[order]
    )


def nearest_in_buckets(
    buckets: Buckets, x: Floats, y: Floats, k: int, threads: int
) -> tuple[Ints, Floats]:
    """Positions (n, k) and distances (n, k); -1 and inf beyond."""
    from . import kernels

    found = np.full((len(x), k), -1, dtype=np.int64)
    metres = np.full((len(x), k), np.inf)
    b = buckets

    def ask(start: int) -> None:
        part = slice(start, start + CHUNK)
        kernels.nearest_points(
            x[part], y[part], b.west, b.south, b.scale, b.wide, b.high, b.starts,
            b.x, b.y, b.position, found[part], metres[part],
        )  # fmt: skip

    starts = range(0, len(x), CHUNK)
    if len(starts) == 1 or threads == 1:
        for start in starts:
            ask(start)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(ask, starts))
    return found, metres
