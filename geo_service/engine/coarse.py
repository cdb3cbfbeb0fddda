"""A coarse picture of where zones are, to drop the points far from all of them; numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .answers import Bools, Floats, Ints

_SIDE = 512


@dataclass(frozen=True, eq=False)
class CoarseGrid:
    """Which of 512 x 512 cells the box of some zone touches."""

    west: float
    south: float
    east: float
    north: float
    per_x: float
    per_y: float
    filled: Bools

    def occupied(self, x: Floats, y: Floats) -> Ints:
        """Positions of the points in a filled cell, ascending."""
        # Comparisons with NaN are false, so that points without a position drop out here.
        chosen = np.flatnonzero(
            (x >= self.west) & (x <= self.east) & (y >= self.south) & (y <= self.north)
        )
        column = ((x[chosen] - self.west) * self.per_x).astype(np.int64)
        row = ((y[chosen] - self.south) * self.per_y).astype(np.int64)
        return chosen[self.filled[row * _SIDE + column]]


def draw_coarse_grid(boxes: Floats, reach: float) -> CoarseGrid:
    """Fill the cells of the boxes (4, n), each widened by ``reach``."""
    west, south, east, north = boxes[:, ~np.isnan(boxes[0])]
    if len(west) == 0:
        return CoarseGrid(np.inf, np.inf, -np.inf, -np.inf, 0.0, 0.0, np.zeros(0, dtype=bool))
    if reach:
        spare = reach * (1 + 1e-9) + 1e-9 * float(np.abs(boxes[:, ~np.isnan(boxes[0])]).max())
        west, south, east, north = west - spare, south - spare, east + spare, north + spare
    least_x, least_y = float(west.min()), float(south.min())
    most_x, most_y = float(east.max()), float(north.max())
    per_x = (_SIDE - 1) / (most_x - least_x) if most_x > least_x else 0.0
    per_y = (_SIDE - 1) / (most_y - least_y) if most_y > least_y else 0.0
    # Rounding is monotone: a point between two sides falls between their cells.
    left = ((west - least_x) * per_x).astype(np.int64)
    right = ((east - least_x) * per_x).astype(np.int64) + 1
    low = ((south - least_y) * per_y).astype(np.int64)
    high = ((north - least_y) * per_y).astype(np.int64) + 1
    # Corners of each box, then two running sums: every cell counts the boxes over it.
    wide = _SIDE + 1
    corners = np.concatenate([low * wide + left, high * wide + right])
    count = np.bincount(corners, minlength=wide * wide)
    corners = np.concatenate([low * wide + right, high * wide + left])
    count -= np.bincount(corners, minlength=wide * wide)
    over = count.reshape(wide, wide).cumsum(axis=0).cumsum(axis=1)[:_SIDE, :_SIDE]
    return CoarseGrid(
        least_x, least_y, most_x, most_y, per_x, per_y, np.ascontiguousarray(over > 0).reshape(-1)
    )
