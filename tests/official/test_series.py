from __future__ import annotations

import datetime as dt
import math

import pytest

from geo_service.core.errors import UnknownNameError
from geo_service.official import official, official_series, value_at
from geo_service.official.series import COLUMNS
from geo_service.official.strict import STATUSES

MARCH_2018, MARCH_2019 = dt.date(2018, 3, 31), dt.date(2019, 3, 31)


def test_what_was_not_given_is_null_and_says_why() -> None:
    for name in ("mesure9_msp_quartier_vecu", "mesure9_cds_quartier_vecu"):
        found = value_at(name, "france:FR", MARCH_2018)
        assert found.value is None
        assert found.note is not None
        assert "zéro" in found.note.say("fr")
        assert "zero" in found.note.say("en")
        assert math.isnan(official(name).rows["value"].iloc[0])


def test_another_date_is_never_replaced_by_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as caught:
        value_at("mesure9_msp_qpv", "france:FR", dt.date(2019, 4, 1))
    assert "2019-03-31" in caught.value.known
    with pytest.raises(UnknownNameError) as caught:
        value_at("mesure9_msp_qpv", "region:53", MARCH_2019)
    assert caught.value.known == ("france:FR",)
    with pytest.raises(UnknownNameError) as caught:
        official("mesure9_msp")
    assert caught.value.known[0].startswith("mesure9_msp")


def test_every_series_carries_its_perimeter_its_source_and_its_marks() -> None:
    for series in official_series().values():
        assert tuple(series.rows.columns) == COLUMNS
        assert len(series.rows) > 0
        assert series.producer
        assert series.reference
        assert set(series.rows["status"]) <= set(STATUSES)
        for text in (series.label, series.perimeter.label, series.scope):
            assert text.fr
            assert text.en
        assert series.dates == sorted(set(series.dates))


def test_one_file_is_one_perimeter() -> None:
    files: dict[str, set[str]] = {}
    for series in official_series().values():
        files.setdefault(series.perimeter.name, set()).add(series.file)
    assert all(len(held) == 1 for held in files.values())


def test_parts_of_a_table_are_told_apart_by_item() -> None:
    shares = {
        item: value_at("zonage_bretagne_2021", "region:53", dt.date(2021, 1, 1), item).value
        for item in ("ZIP", "ZAC", "ZAR", "ZV")
    }
    assert sum(share or 0 for share in shares.values()) == pytest.approx(1.0)
    with pytest.raises(UnknownNameError):
        value_at("zonage_bretagne_2021", "region:53", dt.date(2021, 1, 1), "QPV")


def test_the_list_handed_out_is_the_readers_own() -> None:
    official_series().clear()
    assert "mesure9_msp_qpv" in official_series()


def test_an_inexact_figure_says_so() -> None:
    over = value_at("s2_msp", "france:FR", dt.date(2015, 12, 31))
    assert (over.value, over.qualifier) == (600, "over")
    assert value_at("cpts_fcpts_couverture", "france:FR", dt.date(2024, 1, 31)).qualifier == "about"
