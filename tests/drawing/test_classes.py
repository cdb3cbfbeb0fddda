"""Classes of a choropleth: limits that read easily, zero apart, unknown in none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_service.drawing.classes import METHODS, Classes, classify, roundest


def test_limits_are_round_and_quantiles_hold_about_as_many() -> None:
    values = np.arange(1.0, 1001.0)
    classes = classify(values)
    assert classes.edges == (0.0, 200.0, 400.0, 600.0, 800.0, 1000.0)
    assert np.bincount(classes.of(values)).tolist() == [199, 200, 200, 200, 201]


def test_equal_intervals_have_the_same_width_and_do_not_pass_the_highest_share() -> None:
    assert classify(np.array([0.31, 0.5, 0.99, 1.0]), "equal").edges[-1] == 1.0
    edges = classify(np.array([2.0, 19.0, 7.0]), "equal").edges
    assert len(set(np.diff(edges))) == 1


def test_frequent_zeros_have_a_class_of_their_own() -> None:
    values = np.r_[np.zeros(80), np.linspace(0.5, 10.0, 20), np.nan]
    classes = classify(values)
    found = classes.of(values)
    assert classes.zero
    assert (found[:80] == 0).all()
    assert (found[80:100] > 0).all()
    assert found[100] == -1


def test_nothing_known_gives_no_class() -> None:
    assert len(classify(np.array([np.nan, np.nan]))) == 0
    assert Classes(()).of(np.array([np.nan])).tolist() == [-1]


def test_one_value_gives_one_class() -> None:
    classes = classify(np.array([7.0, 7.0, np.nan]))
    assert len(classes) == 1
    assert classes.of(np.array([7.0, np.nan])).tolist() == [0, -1]


@pytest.mark.parametrize("method", METHODS)
@given(
    st.lists(st.floats(min_value=0, max_value=1e7, allow_subnormal=False), min_size=1, max_size=60)
)
def test_every_value_lies_between_the_limits_of_its_class(method, numbers: list[float]) -> None:
    values = np.array([float(f"{number:.6g}") for number in numbers])
    classes = classify(values, method)
    assert 1 <= len(classes) <= 7
    assert all(a < b for a, b in zip(classes.edges, classes.edges[1:], strict=False)) or (
        len(classes.edges) == 2
    )
    for value, place in zip(values, classes.of(values), strict=True):
        if classes.zero and place == 0:
            assert value == 0.0
            continue
        low, high = classes.edges[place - classes.zero], classes.edges[place - classes.zero + 1]
        assert low <= value <= high


@given(st.floats(min_value=-1e6, max_value=1e6), st.floats(min_value=1e-6, max_value=1e5))
def test_the_roundest_number_lies_in_the_interval(low: float, width: float) -> None:
    high = low + width
    slack = 1e-8 * max(abs(low), abs(high))
    assert low - slack <= roundest(low, high) <= high + slack
