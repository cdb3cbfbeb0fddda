"""Counts with bounds, and distances with what imprecise positions allow."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo_service.engine.counting import count_in_groups
from geo_service.engine.proximity import nearest_to_points, nearest_to_polygons, sum_within


def test_value_low_and_high() -> None:
    counted = count_in_groups(
        np.array([0, 0, 0, 0, 1, -1]),
        2,
        given=np.array([True, True, False, True, True, True]),
        sure=np.array([1, -1, 0, 1, 1, 1], dtype=np.int8),
        certain=np.array([True, True, True, False, True, True]),
        known=np.ones(6, dtype=bool),
    )
    # Group 0: one sure, one undetermined, one out, one in but perhaps not open.
    assert counted.value.tolist() == [2, 1]
    assert counted.low.tolist() == [1, 1]
    assert counted.high.tolist() == [3, 1]


def test_an_unknown_precision_leaves_no_bounds_and_is_counted() -> None:
    counted = count_in_groups(
        np.array([0, 0, 1]),
        2,
        given=np.ones(3, dtype=bool),
        sure=np.ones(3, dtype=np.int8),
        certain=np.ones(3, dtype=bool),
        known=np.array([False, True, True]),
    )
    assert counted.value.tolist() == [2, 1]
    assert np.isnan(counted.low).tolist() == [True, False]
    assert np.isnan(counted.high).tolist() == [True, False]
    assert counted.unknown.tolist() == [1, 0]


def test_a_share_is_bounded_and_null_over_nothing() -> None:
    whole = count_in_groups(
        np.array([0, 0]),
        2,
        given=np.ones(2, dtype=bool),
        sure=np.ones(2, dtype=np.int8),
        certain=np.ones(2, dtype=bool),
        known=np.ones(2, dtype=bool),
    )
    part = count_in_groups(
        np.array([0, 0]),
        2,
        given=np.array([True, False]),
        sure=np.array([1, -1], dtype=np.int8),
        certain=np.ones(2, dtype=bool),
        known=np.ones(2, dtype=bool),
    )
    share = part.share_of(whole)
    assert (share.value[0], share.low[0], share.high[0]) == (0.5, 0.5, 1.0)
    assert np.isnan([share.value[1], share.low[1], share.high[1]]).all()


def test_nearest_with_bounds_worked_out_by_hand() -> None:
    found = nearest_to_points(
        np.array([0.0]),
        np.array([0.0]),
        np.array([100.0, 120.0]),
        np.zeros(2),
        np.array([10.0, 50.0]),
        k=2,
    )
    assert found.structure.tolist() == [[0, 1]]
    assert found.metres.tolist() == [[100, 120]]
    # The second may be as near as 70 m, the first no farther than 110 m.
    assert found.low.tolist() == [[70, 90]]
    assert found.high.tolist() == [[110, 170]]


def test_unknown_precision_and_no_structure() -> None:
    one = np.zeros(1)
    blind = nearest_to_points(one, one, np.array([5.0]), one, np.array([np.nan]))
    assert blind.metres.tolist() == [[5]]
    assert np.isnan(blind.low).all()
    none = nearest_to_points(one, one, np.empty(0), np.empty(0), np.empty(0), k=2)
    assert none.structure.tolist() == [[-1, -1]]
    assert np.isinf(none.metres).all()


@pytest.mark.parametrize("k", [1, 2, 5])
def test_nearest_to_polygons_equals_brute_force(k: int) -> None:
    rng = np.random.default_rng(k)
    polygons = shapely.buffer(
        shapely.points(rng.uniform(0, 5000, (40, 2))), rng.uniform(5, 900, 40)
    )
    x, y = rng.uniform(0, 5000, (2, 300))
    precision = rng.choice([0.0, 10.0, 50.0], 300)
    found = nearest_to_polygons(polygons, x, y, precision, k)
    every = shapely.distance(polygons[:, None], shapely.points(x, y)[None, :])
    np.testing.assert_allclose(found.metres, np.sort(every, axis=1)[:, :k])
    np.testing.assert_allclose(found.low, np.sort(np.maximum(every - precision, 0), axis=1)[:, :k])
    np.testing.assert_allclose(found.high, np.sort(every + precision, axis=1)[:, :k])


def test_sum_within_equals_brute_force_and_counts_equality() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 60, (2, 500)) * 100.0
    to_x, to_y = rng.integers(0, 60, (2, 200)) * 100.0
    weight = rng.uniform(0, 9, 200)
    metres = (100.0, 500.0, 3000.0)
    apart = np.hypot(x[:, None] - to_x, y[:, None] - to_y)
    expected = np.column_stack([(apart <= limit) @ weight for limit in metres])
    np.testing.assert_allclose(sum_within(x, y, to_x, to_y, weight, metres), expected)
    assert sum_within(np.zeros(1), np.zeros(1), np.array([100.0]), np.zeros(1), np.ones(1), metres)[
        0
    ].tolist() == [1, 1, 1]
