from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from geo_service.barometre.standing import read_goal, standing, territories_of
from geo_service.core.errors import RuleError, UnknownNameError
from geo_service.store import StoredResult


@pytest.fixture(scope="module")
def stored(sample_file: Path) -> StoredResult:
    return StoredResult(sample_file)


def test_official_and_computed_figures_stand_side_by_side(stored: StoredResult) -> None:
    found = standing(stored, "msp", "region:99")
    assert [line.origin for line in found.lines] == ["official", "computed"]
    official, computed = found.lines
    assert official.perimeter.say() != computed.perimeter.say()
    day = dt.date(2021, 12, 31)
    values = [next(p.value for p in line.points if p.date == day) for line in found.lines]
    assert values[0] != values[1]  # each its own, neither takes the other's place
    assert any("never joined" in note.say("en") for note in found.notes)


def test_a_territory_without_a_published_target_says_so(stored: StoredResult) -> None:
    found = standing(stored, "msp", "region:99")
    assert (found.target, found.goal) == (None, None)
    assert all(line.trajectory is None for line in found.lines)
    assert any("No target" in note.say("en") for note in found.notes)


def test_an_objective_of_ones_own_is_held_against_each_line(stored: StoredResult) -> None:
    found = standing(stored, "msp", "region:99", goal=100, by=dt.date(2030, 12, 31))
    runs = [line.trajectory for line in found.lines]
    assert all(run is not None and run.target == 100 for run in runs)
    assert len({run.actual.date for run in runs if run}) == 2


def test_a_pace_is_that_of_half_years_not_of_the_last_day(stored: StoredResult) -> None:
    computed = standing(stored, "msp", "region:99", goal=100, by=dt.date(2030, 12, 31)).lines[1]
    assert computed.points[-1].date == dt.date(2026, 1, 1)
    assert computed.trajectory is not None
    assert computed.trajectory.actual.date == dt.date(2025, 12, 31)


def test_the_country_is_held_against_the_latest_target(stored: StoredResult) -> None:
    found = standing(stored, "msp", "france:FR")
    assert found.target is not None
    assert found.target.name == "msp_4000_2027"
    runs = {line.name: line.trajectory for line in found.lines}
    assert runs["objectif4_msp"] is not None
    assert runs["barometre_msp"] is not None
    chosen = standing(stored, "msp", "france:FR", target_name="msp_cible_2000")
    by_name = {line.name: line.trajectory for line in chosen.lines}
    assert by_name["objectif4_msp"] is None  # that target is not stated on it
    assert by_name["barometre_msp"] is not None


def test_centres_say_that_their_scopes_differ(stored: StoredResult) -> None:
    found = standing(stored, "cds", "region:99")
    assert any("mono" in note.say("en") for note in found.notes)


def test_bad_questions_are_refused(stored: StoredResult) -> None:
    with pytest.raises(UnknownNameError):
        standing(stored, "cpts", "region:99")
    with pytest.raises(UnknownNameError) as caught:
        standing(stored, "msp", "region:00")
    assert "region:99" in caught.value.known
    with pytest.raises(UnknownNameError):
        standing(stored, "msp", "region:99", target_name="msp_4000_2027")
    with pytest.raises(RuleError):
        standing(stored, "msp", "region:99", goal=3)
    with pytest.raises(RuleError):
        standing(
            stored,
            "msp",
            "france:FR",
            goal=3,
            by=dt.date(2027, 1, 1),
            target_name="msp_4000_2027",
        )


def test_what_is_known_of_is_listed(stored: StoredResult) -> None:
    known = territories_of(stored)
    assert known[0] == "france:FR"
    assert {"region:53", "departement:2A", "region:99", "departement:96"} <= set(known)


@pytest.mark.parametrize("text", ["", "480", "480@", "@2027", "0@2027", "480@1999", "1e3@2027"])
def test_what_is_no_objective_is_none(text: str) -> None:
    assert read_goal(text) is None
