"""The table over the sample: what the stored indicators say, and what it refuses."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from geo_service.core.errors import UnknownNameError
from geo_service.mesure9 import BOTH, mesure9, official_figures
from geo_service.store import StoredResult


@pytest.fixture(scope="module")
def stored(sample_file: Path):
    with StoredResult(sample_file) as opened:
        yield opened


def test_every_figure_is_the_stored_one(stored: StoredResult) -> None:
    held = stored.read_indicators(territory="departement:96")
    table = mesure9(stored, territory="departement:96")
    for one in table.figures:
        if one.kind == BOTH:
            continue
        rows = held[
            (held["indicator"] == one.measure)
            & (held["kind"] == one.kind)
            & (held["as_of"] == str(one.date))
        ]
        if one.definition is not None:
            rows = rows[rows["definition"] == one.definition]
        value = float(rows["value"].iloc[0]) if len(rows) else float("nan")
        assert one.value == (None if value != value else value)


def test_a_table_of_indicators_does_as_well_as_a_stored_result(
    stored: StoredResult, sample_result
) -> None:
    days = [dt.date(2025, 12, 31), dt.date(2017, 12, 31)]
    from_file = mesure9(stored, territory="region:99", dates=days)
    from_table = mesure9(sample_result.indicators, territory="region:99", dates=days)
    assert from_file.records() == from_table.records()
    assert from_file.dates == (days[1], days[0])


def test_in_qpv_and_quartier_vecu_add_up_and_so_do_the_kinds(stored: StoredResult) -> None:
    table = mesure9(stored)
    for definition in table.definitions:
        for kind in ("MSP", "CDS", BOTH):
            for day in table.dates:
                near = table.find(kind, "structures_near_qpv", day, definition).value
                beside = table.find(kind, "structures_in_quartier_vecu", day, definition).value
                inside = table.find(kind, "structures_in_qpv", day).value
                if near is not None:
                    assert beside is not None
                    assert near == inside + beside
    day = table.dates[-1]
    parts = [table.find(kind, "structures_in_qpv", day).value for kind in ("MSP", "CDS")]
    assert table.find(BOTH, "structures_in_qpv", day).value == sum(parts)


def test_bounds_of_a_progression_hold_its_value(stored: StoredResult) -> None:
    changed = [one for one in mesure9(stored).figures if one.change_low is not None]
    assert changed
    for one in changed:
        assert one.change_low <= one.change + 1e-12
        assert one.change <= one.change_high + 1e-12


@pytest.mark.parametrize(
    "asked",
    [
        {"territory": "region:1"},
        {"territory": "nulle part"},
        {"dates": [dt.date(2016, 1, 1)]},
        {"scope": "mono"},
        {"kinds": ["XXX"]},
    ],
)
def test_what_is_not_there_is_refused(stored: StoredResult, asked) -> None:
    with pytest.raises(UnknownNameError) as refused:
        mesure9(stored, **asked)
    assert refused.value.say("fr") != refused.value.say("en")


def test_what_was_not_published_is_null() -> None:
    unknown = [one for one in official_figures() if one.value is None]
    assert {(one.kind, one.date.year) for one in unknown} >= {("MSP", 2018), ("CDS", 2018)}
    assert all(one.value != 0 for one in official_figures())
