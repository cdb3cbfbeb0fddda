from __future__ import annotations

import datetime as dt

import pytest

from geo_service.barometre import target_trajectories, target_trajectory
from geo_service.core.errors import RuleError, UnknownNameError


def test_each_trajectory_names_its_target_and_one_series() -> None:
    for one in target_trajectories():
        assert one.series.name in one.target.measured_by
        assert one.trajectory.target == one.target.value
        assert one.trajectory.by == one.target.date


def test_the_two_targets_of_one_indicator_stay_two() -> None:
    at = dt.date(2022, 12, 31)
    plus = target_trajectory("msp_plus_1000", at=at).trajectory
    level = target_trajectory("msp_cible_2000", at=at).trajectory
    assert (plus.target, level.target) == (2034, 2000)
    assert (plus.way, level.way) == (1, 1)
    assert plus.reached_on != level.reached_on


def test_a_series_of_another_perimeter_is_refused() -> None:
    with pytest.raises(RuleError) as caught:
        target_trajectory("msp_4000_2027", series="mesure9_msp_national")
    assert caught.value.field == "measured_by"
    assert "barometre_msp" in caught.value.say()


def test_the_percentage_of_the_way_needs_a_baseline_of_the_same_series() -> None:
    assert target_trajectory("msp_4000_2027").trajectory.way is None
    assert target_trajectory("msp_4000_2026").trajectory.way == pytest.approx(0.1429, abs=1e-4)


def test_unknown_kinds_and_targets_are_said() -> None:
    with pytest.raises(UnknownNameError):
        target_trajectories("ESP")
    with pytest.raises(UnknownNameError):
        target_trajectory("msp_1")
