from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from geo_service.barometre import check_control, check_sums, official_sums
from geo_service.sources import series


def table(*rows: tuple[str, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["territory", "date", "value"])
    return frame.assign(series="cds_pluri", date=pd.to_datetime(frame["date"]))


def test_a_gap_of_one_that_both_levels_share_is_explained() -> None:
    (found,) = check_sums(
        table(
            ("france:FR", "2017-12-31", 375),
            ("region:11", "2017-12-31", 374),
            ("departement:75", "2017-12-31", 374),
        )
    )
    assert not found.closes
    assert (found.gap_regions, found.gap_departements) == (-1, -1)
    assert found.explained is not None
    assert "belongs to no territory" in found.explained.say("en")


def test_a_larger_gap_is_not_explained_away() -> None:
    (found,) = check_sums(table(("france:FR", "2017-12-31", 375), ("region:11", "2017-12-31", 300)))
    assert found.explained is not None
    assert "not explained" in found.explained.say("en")
    assert found.departements is None


def test_what_closes_has_nothing_to_explain() -> None:
    (found,) = check_sums(
        table(
            ("france:FR", "2017-12-31", 5),
            ("region:11", "2017-12-31", 3),
            ("region:32", "2017-12-31", 2),
        )
    )
    assert found.closes
    assert found.explained is None
    assert check_sums(table(("region:11", "2017-12-31", 3))) == []


def test_the_control_table_is_one_short_for_centres_in_2017_and_2019_only() -> None:
    gaps = {(one.series, one.date): one.gap_regions for one in official_sums() if not one.closes}
    assert gaps == {
        ("cds_pluri", dt.date(2017, 12, 31)): -1,
        ("cds_pluri", dt.date(2019, 12, 31)): -1,
    }


def test_a_cell_that_differs_from_the_control_table_is_named() -> None:
    planted = table(("region:11", "2021-12-31", 216), ("france:FR", "2021-12-31", 522))
    found = check_control(planted)
    assert (found[0].territory, found[0].expected, found[0].found) in [
        ("region:01", 2, None),
        ("region:11", 215, 216),
    ]
    assert ("region:11", 215, 216) in [(one.territory, one.expected, one.found) for one in found]


@pytest.fixture(scope="module")
def published(real_data: Path) -> pd.DataFrame:
    return series.read(real_data / "barometre" / "barometre_msp_cds_series.csv").table


def test_the_published_file_closes_but_for_one_centre(published: pd.DataFrame) -> None:
    found = check_sums(published)
    assert len(found) == 18
    assert all(one.closes for one in found if one.series == "msp")
    gaps = [one for one in found if not one.closes]
    assert [one.date.isoformat() for one in gaps] == [
        "2017-12-31",
        "2018-12-31",
        "2019-12-31",
        "2020-12-31",
        "2021-06-30",
    ]
    assert all((one.gap_regions, one.gap_departements) == (-1, -1) for one in gaps)
    assert all(one.explained for one in gaps)


def test_the_published_file_is_the_control_table(published: pd.DataFrame) -> None:
    assert check_control(published) == []
    wrong = published.copy()
    wrong.loc[wrong["territory"] == "region:76", "value"] += 1
    assert {one.territory for one in check_control(wrong)} == {"region:76"}
