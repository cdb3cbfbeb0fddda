"""The way to territory without data: measured to a few sides at a time, the same as to shapes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo_service.engine.territorial import project
from geo_service.study.edges import edge_of


def area_without(*shapes: Any) -> Any:
    uncovered = gpd.GeoDataFrame(
        {"legal_crs": [2154] * len(shapes)}, geometry=list(shapes), crs=4326
    )
    return SimpleNamespace(uncovered=uncovered, sides={})


def ring(sides: int) -> Any:
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    return shapely.Polygon(np.column_stack([3 + 0.1 * np.cos(turn), 46 + 0.1 * np.sin(turn)]))


@pytest.mark.parametrize("sides", [3, 11, 12, 13, 24, 25, 40])
def test_rings_of_any_number_of_sides(sides: int) -> None:
    draw = np.random.default_rng(sides)
    outside = shapely.points(draw.uniform(3.2, 4, 60), draw.uniform(45, 47, 60))
    near = np.concatenate([outside, shapely.buffer(outside[:20], 0.01)])
    shape = ring(sides)
    edge = edge_of(near, [2154] * len(near), area_without(shape))
    expected = shapely.distance(project(near, 2154), project(np.array([shape]), 2154)[0])
    np.testing.assert_allclose(edge, expected, rtol=1e-12)


def test_every_part_and_hole_counts_and_what_is_empty_does_not() -> None:
    hole = shapely.difference(shapely.box(2, 45, 4, 47), ring(20))
    far = shapely.MultiPolygon([shapely.box(6, 45, 7, 46), shapely.box(8, 45, 9, 46)])
    inside = shapely.points([3.0, 3.05], [46.0, 46.01])
    edge = edge_of(inside, [2154, 2154], area_without(far, None, shapely.Polygon(), hole))
    expected = shapely.distance(project(inside, 2154), project(np.array([hole]), 2154)[0])
    np.testing.assert_allclose(edge, expected, rtol=1e-12)


def test_nothing_is_near_in_another_system_or_without_such_territory() -> None:
    point = shapely.points([3.0], [46.0])
    assert np.isinf(edge_of(point, [5490], area_without(ring(5)))).all()
    assert np.isinf(edge_of(point, [2154], area_without())).all()
