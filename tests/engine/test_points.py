"""Nearest points: buckets against every distance."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo_service.engine import SpatialIndex


def clusters(draw: np.random.Generator) -> np.ndarray:
    towns = draw.uniform(0, 1e5, (12, 2))
    return np.concatenate([town + draw.normal(0, 300, (40, 2)) for town in towns])


def grid(_: np.random.Generator) -> np.ndarray:
    return np.stack(np.meshgrid(np.arange(20) * 100.0, np.arange(15) * 100.0), axis=-1).reshape(
        -1, 2
    )


LAYERS = {
    "random": lambda draw: draw.uniform(0, 1e5, (700, 2)),
    "clusters": clusters,
    "grid with ties": grid,
    "twice the same": lambda draw: np.repeat(draw.uniform(0, 1e4, (50, 2)), 3, axis=0),
    "a line": lambda draw: np.column_stack([draw.uniform(0, 1e5, 200), np.full(200, 7.0)]),
    "one": lambda _: np.array([[5.0, 5.0]]),
    "one place": lambda _: np.full((9, 2), 3.25),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("k", [1, 4])
def test_nearest_points_against_every_distance(name: str, k: int) -> None:
    draw = np.random.default_rng(11)
    at = LAYERS[name](draw)
    low, high = at.min(axis=0) - 500, at.max(axis=0) + 500
    asked = np.concatenate(
        [draw.uniform(low, high, (400, 2)), at[:60], at[:60] + 50.0, low[None] * 9]
    )
    apart = np.sqrt(
        (asked[:, None, 0] - at[None, :, 0]) ** 2 + (asked[:, None, 1] - at[None, :, 1]) ** 2
    )
    order = np.argsort(apart, axis=1, kind="stable")[:, :k]
    for method in ("tree", "table", "auto"):
        index = SpatialIndex(shapely.points(at), crs=2154, method=method)
        found, metres = index.nearest(asked[:, 0], asked[:, 1], k)
        width = order.shape[1]
        assert np.array_equal(found[:, :width], order)
        assert np.array_equal(metres[:, :width], np.take_along_axis(apart, order, axis=1))
        assert (found[:, width:] == -1).all()


def test_missing_points_keep_their_position() -> None:
    points = np.array([None, shapely.Point(0, 0), shapely.Point(), shapely.Point(10, 0)])
    for method in ("tree", "table"):
        index = SpatialIndex(points, crs=2154, method=method)
        found, metres = index.nearest([9.0, np.nan], [0.0, 0.0], 3)
        assert found.tolist() == [[3, 1, -1], [-1, -1, -1]]
        assert metres[0].tolist() == [1.0, 9.0, np.inf]


def test_nearest_polygons_against_every_distance() -> None:
    draw = np.random.default_rng(2)
    zones = shapely.buffer(shapely.points(draw.uniform(0, 5000, (80, 2))), 150)
    x, y = draw.uniform(-500, 5500, (2, 300))
    apart = shapely.distance(zones[None, :], shapely.points(x, y)[:, None])
    order = np.argsort(apart, axis=1, kind="stable")[:, :3]
    found, metres = SpatialIndex(zones, crs=2154).nearest(x, y, 3)
    assert np.array_equal(found, order)
    assert np.array_equal(metres, np.take_along_axis(apart, order, axis=1))


def test_a_layer_of_points_answers_the_other_questions_too() -> None:
    points = shapely.points([[0.0, 0.0], [300.0, 0.0], [180.0, 240.0]])
    for method in ("tree", "table"):
        index = SpatialIndex(points, crs=2154, method=method)
        assert index.query([300.0, 1.0], [0.0, 1.0])[1].tolist() == [1]
        assert index.within_distance([0.0], [0.0], 300)[1].tolist() == [0, 1, 2]
        assert index.within_distance([0.0], [0.0], 299.999)[1].tolist() == [0]
