"""Whatever the orders are, the parts of a count by class add up to its difference."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_service.progression import Comparison
from geo_service.progression.classed import Zoning
from geo_service.sources.zonage.at_date import Orders

from .planted import classes_table, order, store, structure

A, B = dt.date(2019, 12, 31), dt.date(2025, 12, 31)
OUT = (3_000, 3_000)
"""A place of commune 14001 in no QPV."""
_DAYS = st.sampled_from([None, "2018-01-01", "2021-06-01", "2022-01-01", "2024-01-01"])
_ENDS = st.sampled_from([None, "2021-12-31", "2023-12-31", "2024-06-30"])
_UNITS = st.sampled_from(
    [
        ("commune", "14001"),
        ("commune", "14002"),
        ("qpv", "QP014001"),
        ("qpv", "QN01401I"),
        ("commune-tvs", "14001"),
        ("commune-qpv", "14001"),
    ]
)
_ROWS = st.builds(
    lambda unit, name, since, until: order(
        *unit, name, since, until if until is None or (since or "") < until else None
    ),
    _UNITS,
    st.sampled_from(["ZIP", "ZAC", "HZ", None]),
    _DAYS,
    _ENDS,
)


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory):
    places = ((100, 100), (5_100, 100), (480, 200), OUT)
    lives = (
        ("2010-01-01", None),
        ("2021-03-01", None),
        ("2021-03-01", "2024-03-01"),
        ("2010-01-01", "2023-03-01"),
        (None, None),
    )
    rows = [
        structure(
            f"1400000{x}{n}",
            *place,
            opened=opened,
            closed=closed,
            precision=(0.0, 50.0, np.inf, np.nan)[(x + n) % 4],
        )
        for x, place in enumerate(places)
        for n, (opened, closed) in enumerate(lives)
    ]
    path = tmp_path_factory.mktemp("classed") / "r.gpkg"
    with store(path, rows, vintage="2022-06-01") as stored:
        yield Comparison(stored)


@given(st.lists(_ROWS, min_size=1, max_size=8), st.booleans())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_parts_add_up_whatever_the_orders_are(comparison: Comparison, rows, assume: bool) -> None:
    zoning = Zoning(Orders(classes_table(rows)), ("ZIP", "ZAC", "HZ"))
    comparison._zonings[id(comparison.before)] = zoning
    for within in ("class-ZIP", "class-ZIP+ZAC"):
        one = comparison.progression(since=A, until=B, within=within, assume_undated=assume)
        if one.difference is None:
            assert set(one.parts.values()) == {None}
            assert one.notes
            continue
        assert sum(n or 0 for n in one.parts.values()) == one.difference
        assert sum(change.sign for change in one.changes) == one.difference
        assert all(change.reason.say("fr") for change in one.changes)
        if one.low is not None and one.high is not None:
            assert one.low <= one.difference <= one.high
        (alone,) = (
            comparison.progression(since=day, until=day, within=within, assume_undated=assume)
            for day in (B,)
        )
        assert alone.first == one.last
