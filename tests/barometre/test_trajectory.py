from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_service.barometre.progress import level_share, percent, progress_share, target_share
from geo_service.barometre.trajectory import Observed, trajectory, years_between
from geo_service.core.errors import RuleError


def yearly(*values: float, first: int = 2019) -> list[Observed]:
    return [Observed(dt.date(first + n, 12, 31), value) for n, value in enumerate(values)]


def test_the_published_percentages_come_out() -> None:
    # Lines of the published synthesis and of IND-311.
    assert percent(progress_share(1889, 1034)) == 83
    assert percent(progress_share(2251, 1034)) == 118
    assert percent(target_share(1889, 1034, 2000)) == 89
    assert percent(target_share(522, 375, 700)) == 45
    assert percent(target_share(2501, 2251, 4000), 2) == 14.29
    assert percent(target_share(40, 35, 56), 2) == 23.81
    assert target_share(20, 12, 15) == 1  # more than the whole way
    assert target_share(3, 4, 8) == 0  # a step back


def test_what_is_unknown_has_no_percentage() -> None:
    assert progress_share(5, 0) is None
    assert progress_share(None, 5) is None
    assert target_share(5, None, 10) is None
    assert target_share(5, 10, 10) is None
    assert level_share(5, 0) is None
    assert percent(None) is None


def test_halves_go_away_from_zero() -> None:
    assert [percent(share) for share in (0.005, 0.125, -0.125)] == [1, 13, -13]


def test_a_line_goes_on_as_it_did() -> None:
    found = trajectory(yearly(100, 110, 120), 140, dt.date(2024, 12, 31))
    assert found.pace == pytest.approx(10, rel=0.01)
    assert found.projected is not None
    assert abs(found.projected - dt.date(2023, 12, 31)).days <= 3
    assert found.in_time
    assert found.needed_per_year == pytest.approx(20 / years_between(found.actual.date, found.by))
    assert found.needed_per_semester == pytest.approx((found.needed_per_year or 0) / 2)
    assert found.expected is not None
    assert found.expected.value == pytest.approx(150, rel=0.01)


def test_the_interval_is_the_fastest_and_the_slowest_step() -> None:
    found = trajectory(yearly(100, 105, 125), 145, dt.date(2030, 12, 31))
    assert (round(found.slowest or 0), round(found.fastest or 0)) == (5, 20)
    assert found.earliest is not None
    assert found.projected is not None
    assert found.latest is not None
    assert found.earliest < found.projected < found.latest
    assert abs(found.earliest - dt.date(2022, 12, 31)).days <= 5
    assert abs(found.latest - dt.date(2025, 12, 31)).days <= 5
    assert found.expected is not None
    assert found.expected.low < found.expected.value < found.expected.high
    assert "2" in found.method.say("en")


def test_a_series_that_does_not_grow_reaches_nothing() -> None:
    for values in ((120, 110, 100), (100, 100, 100)):
        found = trajectory(yearly(*values), 140, dt.date(2030, 12, 31))
        assert (found.projected, found.earliest, found.latest) == (None, None, None)
        assert found.in_time is None
        assert any("not grow" in reason.say("en") for reason in found.reasons)
        assert found.needed_per_year is not None


def test_a_step_back_leaves_the_latest_date_open() -> None:
    found = trajectory(yearly(100, 95, 125), 145, dt.date(2030, 12, 31))
    assert found.projected is not None
    assert found.latest is None
    assert any("slowest" in reason.say("en") for reason in found.reasons)


def test_one_figure_has_no_pace() -> None:
    found = trajectory(yearly(638), 700, dt.date(2027, 12, 31))
    assert (found.pace, found.projected, found.expected) == (None, None, None)
    assert found.gap == 62


def test_a_target_behind_is_reached_on_the_first_date_above_it() -> None:
    found = trajectory(yearly(100, 150, 200), 150, dt.date(2020, 12, 31))
    assert found.reached_on == dt.date(2020, 12, 31)
    assert found.in_time
    assert found.projected is None
    assert found.needed_per_year is None
    late = trajectory(yearly(100, 150, 200), 160, dt.date(2020, 12, 31))
    assert (late.reached_on, late.in_time) == (dt.date(2021, 12, 31), False)


def test_a_date_that_is_past_needs_no_pace() -> None:
    found = trajectory(yearly(100, 110), 140, dt.date(2020, 6, 30))
    assert found.needed_per_year is None
    assert any("past" in reason.say("en") for reason in found.reasons)


def test_only_the_last_steps_count_and_nothing_after_the_date_looked_from() -> None:
    points = yearly(0, 100, 110, 120, 500)
    found = trajectory(points, 140, dt.date(2030, 1, 1), at=dt.date(2022, 12, 31), steps=2)
    assert found.actual.value == 120
    assert found.steps == 2
    assert found.pace == pytest.approx(10, rel=0.01)


def test_a_target_below_the_baseline_leaves_no_way_to_go() -> None:
    found = trajectory(yearly(10, 12), 5, dt.date(2030, 12, 31), since=dt.date(2019, 12, 31))
    assert (found.reached_on, found.way) == (dt.date(2019, 12, 31), None)
    assert any("The baseline is at the level" in reason.say("en") for reason in found.reasons)
    share = target_share(10, 10, 5)
    assert share == 0
    assert math.copysign(1, share) == 1  # said "0 %", never "-0 %"


def test_a_date_too_far_is_none_with_its_reason() -> None:
    found = trajectory(yearly(10, 11), 1000, dt.date(2030, 12, 31))
    assert found.projected is None
    assert any("2200" in reason.say("en") for reason in found.reasons)


def test_a_date_beyond_reason_is_none() -> None:
    found = trajectory(yearly(1, 1.001), 10_000, dt.date(2030, 1, 1))
    assert found.projected is None


def test_bad_questions_are_refused() -> None:
    with pytest.raises(RuleError):
        trajectory([], 10, dt.date(2030, 1, 1))
    with pytest.raises(RuleError):
        trajectory(yearly(1, 2), 10, dt.date(2030, 1, 1), steps=0)
    with pytest.raises(RuleError) as caught:
        trajectory(yearly(1, 2), 10, dt.date(2030, 1, 1), at=dt.date(2020, 6, 30))
    assert "2020-12-31" in caught.value.say()


@given(
    st.lists(st.integers(0, 500), min_size=2, max_size=8),
    st.integers(1, 2000),
    st.integers(2015, 2060),
)
def test_any_history_gives_dates_in_order(values: list[int], target: int, year: int) -> None:
    found = trajectory(yearly(*values), target, dt.date(year, 12, 31))
    assert found.gap == target - values[-1]
    if found.projected is not None:
        assert found.earliest is not None
        assert found.actual.date <= found.earliest <= found.projected
        assert found.latest is None or found.latest >= found.projected
    if found.expected is not None:
        assert found.expected.low <= found.expected.value + 1e-9
        assert found.expected.value <= found.expected.high + 1e-9
