"""Distances and counts: with bounds, and the same in one go or set after set."""

from __future__ import annotations

import numpy as np
import pytest

from geo_service.engine.proximity import Distances, Within, nearest_to_points, reach_of_points

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
