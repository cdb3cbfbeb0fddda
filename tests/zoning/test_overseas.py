"""Territories of several legal CRS: each is measured in its own, each has its own list of QPV."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from geo_service.store import StoredResult
from geo_service.zoning import zone


def test_the_overseas_list_of_2015_holds_until_the_end_of_2024(sample_file: Path) -> None:
    with StoredResult(sample_file) as stored:
        old = stored.read_layer("qpv_2015").set_index("code").loc["QP971903"]
        point = old.geometry.representative_point()
        last = zone(stored, point.x, point.y, dt.date(2024, 12, 31))
        assert (last.in_qpv, last.qpv) == (True, "QP971903")
        after = zone(stored, point.x, point.y, dt.date(2025, 1, 1))
        assert after.in_qpv is False  # it is not in the list of 2024
        assert after.metres_to_qpv > 0
        mainland = zone(stored, -3.137, 46.032, dt.date(2024, 1, 1))
        assert mainland.qpv == "QN09610I"


@pytest.mark.parametrize("day", [dt.date(2026, 1, 1), dt.date(2023, 6, 1)])
def test_the_distance_to_a_qpv_is_bounded_by_the_edge_of_the_data(
    sample_file: Path, day: dt.date
) -> None:
    with StoredResult(sample_file) as stored:
        for row in stored.read_layer("communes").itertuples():
            point = row.geometry.representative_point()
            told = zone(stored, point.x, point.y, day, precision=10.0)
            assert told.metres_low <= told.metres_to_qpv <= told.metres_high
