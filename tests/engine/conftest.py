"""Layers drawn by hand and by chance, and the points on which an index may go wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads a table that another run has built."""
    monkeypatch.setenv("GEO_SERVICE_CACHE", str(tmp_path / "tables"))
    return tmp_path / "tables"


def hard_points(zones: np.ndarray, cell: float, seed: int = 0, most: int = 4000):
    """Vertices, edge midpoints, one ulp beside both, corners of cells, and random points."""
    draw = np.random.default_rng(seed)
    xy, piece = shapely.get_coordinates(zones, return_index=True)
    if len(xy) > most:
        start = int(draw.integers(0, len(xy) - most))
        xy, piece = xy[start : start + most], piece[start : start + most]
    same = piece[1:] == piece[:-1]
    middles = ((xy[1:] + xy[:-1]) / 2)[same]
    on = np.concatenate([xy, middles])
    beside = [
        np.column_stack([np.nextafter(on[:, 0], a), np.nextafter(on[:, 1], b)])
        for a, b in ((np.inf, np.inf), (-np.inf, np.inf), (np.inf, -np.inf), (-np.inf, -np.inf))
    ]
    low, high = xy.min(axis=0), xy.max(axis=0)
    # The grid starts one cell outside the extent: its corners are these.
    corners = (low - cell) + cell * np.floor(draw.uniform(0, (high - low) / cell + 2, (most, 2)))
    around = draw.uniform(low - cell, high + cell, (most, 2))
    points = np.concatenate([on, *beside, corners, np.nextafter(corners, -np.inf), around])
    return np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])


def brute_pairs(zones: np.ndarray, x: np.ndarray, y: np.ndarray):
    """Pairs that intersect, every zone with every point, by GEOS."""
    hit = shapely.intersects_xy(zones[None, :], x[:, None], y[:, None])
    return np.nonzero(hit)


def same_pairs(first, second) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
