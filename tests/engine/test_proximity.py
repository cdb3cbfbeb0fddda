"""Distances and counts: with bounds, and the same in one go or set after set."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

import geo_service.engine.proximity as proximity
from geo_service.engine.proximity import (
    Distances,
    Within,
    nearest_to_points,
    nearest_to_polygons,
    reach_of_points,
    sum_within,
)

LIMITS = (300.0, 1_000.0, 5_000.0)


def planted(
    seed: int, structures: int = 60
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, ...]]:
    draw = np.random.default_rng(seed)
    # On a coarse grid many distances are equal: ties have to go to the lower number.
    x, y = draw.integers(0, 20, (2, 80)) * 250.0
    to_x, to_y = draw.integers(0, 20, (2, structures)) * 250.0
    precision = draw.choice([0.0, 30.0, 400.0, np.inf], structures)
    return (x, y), (to_x, to_y, precision)


def same(found: Distances, expected: Distances) -> None:
    for name in ("structure", "metres", "low", "high"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_nearest_of_two_sets_are_those_of_their_union(k: int) -> None:
    origins, targets = planted(k)
    whole = nearest_to_points(*origins, *targets, k)
    for first in (0, 1, 25, 59):
        who = np.random.default_rng(first).permutation(60)
        parts = [np.sort(who[:first]), np.sort(who[first:])]
        one, other = (
            nearest_to_points(*origins, *(t[part] for t in targets), k).renumbered(part)
            for part in parts
        )
        same(one.joined(other), whole)
        same(other.joined(one), whole)


def test_one_unknown_precision_leaves_no_bounds_in_the_union() -> None:
    origins, (x, y, precision) = planted(5)
    blind = precision.copy()
    blind[3] = np.nan
    whole = nearest_to_points(*origins, x, y, blind, 2)
    assert np.isnan(whole.low).all()
    one = nearest_to_points(*origins, x[:10], y[:10], blind[:10], 2)
    other = nearest_to_points(*origins, x[10:], y[10:], blind[10:], 2)
    same(one.joined(other.renumbered(np.arange(10, 60))), whole)


def test_counts_with_bounds_worked_out_by_hand() -> None:
    zero = np.zeros(1)
    to_x = np.array([900.0, 980.0, 1_020.0, 1_300.0])
    nearest, within = reach_of_points(
        zero, zero, to_x, np.zeros(4), np.array([0.0, 50.0, 50.0, 200.0]), (1_000.0,)
    )
    # At 980 and 1,020 m give or take 50 m: either may be within 1,000 m, or not.
    assert within.given.tolist() == [[2]]
    assert within.low.tolist() == [[1]]
    assert within.high.tolist() == [[3]]
    assert (nearest.structure[0, 0], nearest.metres[0, 0]) == (0, 900)


def test_counts_equal_brute_force_and_add_up() -> None:
    origins, targets = planted(11)
    nearest, within = reach_of_points(*origins, *targets, LIMITS)
    same(nearest, nearest_to_points(*origins, *targets))
    apart = np.hypot(origins[0][:, None] - targets[0], origins[1][:, None] - targets[1])
    for column, limit in enumerate(LIMITS):
        for counted, metres in (
            (within.given, apart),
            (within.low, apart + targets[2]),
            (within.high, apart - targets[2]),
        ):
            np.testing.assert_array_equal(counted[:, column], (metres <= limit).sum(axis=1))
    one, other = (
        reach_of_points(*origins, *(t[part] for t in targets), LIMITS)[1]
        for part in (slice(20), slice(20, None))
    )
    for name in ("given", "low", "high"):
        np.testing.assert_array_equal(getattr(one.joined(other), name), getattr(within, name), name)


def test_counts_of_unknown_precision_and_of_nothing() -> None:
    zero = np.zeros(1)
    _, blind = reach_of_points(zero, zero, zero, zero, np.array([np.nan]), LIMITS)
    assert blind.given.tolist() == [[1, 1, 1]]
    assert np.isnan(blind.low).all()
    assert np.isnan(blind.high).all()
    none = np.empty(0)
    nearest, within = reach_of_points(zero, zero, none, none, none, LIMITS)
    assert np.isinf(nearest.metres).all()
    assert within.high.tolist() == Within.empty(1, 3).high.tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("cells", [1, 100, 65_536])
@pytest.mark.parametrize("precision", ["mixed", "some", "none", "unknown"])
@pytest.mark.parametrize("structures", [1, 2, 60])
def test_the_nearest_are_those_of_the_whole_matrix(
    cells: int, precision: str, structures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proximity, "_PASS_CELLS", cells)
    (x, y), (to_x, to_y, off) = planted(structures, structures)
    if precision != "mixed":
        off = np.resize({"some": [0.0, 30.0], "none": [0.0], "unknown": [np.nan]}[precision], 60)
        off = off[:structures]
    apart = np.hypot(x[:, None] - to_x, y[:, None] - to_y)
    circles = shapely.buffer(shapely.points(x, y), np.linspace(1, 900, len(x)))
    around = shapely.distance(circles[:, None], shapely.points(to_x, to_y))
    for k in (1, 2, 3):
        same(nearest_to_points(x, y, to_x, to_y, off, k), in_whole(apart, off, k))
        same(nearest_to_polygons(circles, to_x, to_y, off, k), in_whole(around, off, k))
    same(reach_of_points(x, y, to_x, to_y, off, LIMITS)[0], in_whole(apart, off, 1))


def in_whole(apart: np.ndarray, precision: np.ndarray, k: int) -> Distances:
    """The nearest by sorting every row of the matrix of distances."""
    found, taken = Distances.empty(len(apart), k), min(k, apart.shape[1])
    order = np.argsort(apart, axis=1, kind="stable")[:, :taken]
    found.structure[:, :taken] = order
    found.metres[:, :taken] = np.take_along_axis(apart, order, axis=1)
    if np.isnan(precision).any():
        found.low[:], found.high[:] = np.nan, np.nan
    else:
        found.low[:, :taken] = np.sort(np.maximum(apart - precision, 0.0), axis=1)[:, :taken]
        found.high[:, :taken] = np.sort(apart + precision, axis=1)[:, :taken]
    return found


def test_an_origin_without_a_position_has_no_nearest() -> None:
    x, to = np.array([0.0, np.nan, 5.0]), np.array([1.0, 9.0])
    nearest, within = reach_of_points(x, x, to, to, np.zeros(2), (2.0,))
    assert nearest.structure[:, 0].tolist() == [0, -1, 0]
    assert nearest.metres[1, 0] == np.inf
    assert within.given[:, 0].tolist() == [1, 0, 0]


def test_sums_do_not_depend_on_the_order_of_the_distances() -> None:
    (x, y), (to_x, to_y, _) = planted(9)
    weight = np.arange(60.0)
    apart = np.hypot(x[:, None] - to_x, y[:, None] - to_y)
    for limits in (LIMITS, LIMITS[::-1], (1_000.0, 1_000.0)):
        found = sum_within(x, y, to_x, to_y, weight, limits)
        expected = [(weight * (apart <= limit)).sum(axis=1) for limit in limits]
        np.testing.assert_array_equal(found, np.column_stack(expected))
