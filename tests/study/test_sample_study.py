"""The sample's planted answers come back: positions, bounds and dates, overseas included."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

KINDS = ("MSP", "CDS")


@pytest.fixture(scope="module")
def expected(sample: Path) -> dict:
    return json.loads((sample / "expected.json").read_text(encoding="utf-8"))


def figure(result, territory: str, date: str, indicator: str, kind: str, definition=None):
    table = result.indicators
    chosen = table[
        (table["territory"] == territory)
        & (table["as_of"] == pd.Timestamp(date))
        & (table["indicator"] == indicator)
        & (table["kind"] == kind)
        & (table["definition"].isna() if definition is None else table["definition"] == definition)
    ]
    assert len(chosen) == 1, (territory, date, indicator, kind, definition, len(chosen))
    return chosen.iloc[0]


def all_dates(expected: dict) -> list[tuple[str, dict]]:
    return [(expected["as_of"], expected["territories"]), *expected["by_date"].items()]


def test_open_structures_at_every_date(sample_result, expected: dict) -> None:
    for date, territories in all_dates(expected):
        for territory, figures in territories.items():
            for kind in (*KINDS, "CPTS"):
                row = figure(sample_result, territory, date, "structures_open", kind)
                known = figures["structures_open"][kind]
                unsure = figures["opening_unknown"][kind]
                assert (row["value"], row["low"], row["high"]) == (known, known, known + unsure)


@pytest.mark.parametrize(
    ("indicator", "definition", "name"),
    [
        ("structures_in_qpv", "qpv", "in_qpv"),
        ("structures_in_quartier_vecu", "proxy-300m", "proxy-300m"),
        ("structures_in_quartier_vecu", "proxy-500m", "proxy-500m"),
        ("structures_near_qpv", "proxy-300m", "near-300m"),
        ("structures_near_qpv", "proxy-500m", "near-500m"),
    ],
)
def test_bounds_are_exact_at_every_date(
    sample_result, expected: dict, indicator: str, definition: str, name: str
) -> None:
    for date, territories in all_dates(expected):
        for territory, figures in territories.items():
            for kind in KINDS:
                row = figure(sample_result, territory, date, indicator, kind, definition)
                bounds = {bound: row[bound] for bound in ("value", "low", "high")}
                assert bounds == figures[name][kind], (territory, date, kind)


def test_planted_positions_get_their_answer(sample_result, expected: dict) -> None:
    structures = sample_result.layers["structures"].set_index("finess")
    asked = [plant for plant in expected["planted"] if plant["finess"] in structures.index]
    answers = {plant["in_qpv"] for plant in asked}
    assert answers == {"inside", "outside", "undetermined"}
    for plant in asked:
        if structures.loc[plant["finess"], "open"] != "no" and plant["in_qpv"] is not None:
            assert structures.loc[plant["finess"], "in_qpv"] == plant["in_qpv"], plant


def test_categories_are_disjoint_and_sum(sample_result) -> None:
    table = sample_result.indicators
    wide = table[table["kind"].isin(KINDS) & (table["level"] != "qpv")].pivot_table(
        index=["territory", "as_of", "kind"], columns=["indicator", "definition"], values="value"
    )
    for definition in ("declared", "proxy-300m", "proxy-500m"):
        near = wide["structures_near_qpv", definition]
        parts = wide["structures_in_qpv", "qpv"] + wide["structures_in_quartier_vecu", definition]
        known = near.notna()
        assert known.any()
        pd.testing.assert_series_equal(near[known], parts[known], check_names=False)


def test_the_zero_area_qpv_is_restored_and_the_crossed_one_repaired(
    sample_result, expected: dict
) -> None:
    qpv = sample_result.layers["qpv_2024"].set_index("code")
    assert len(qpv) == expected["qpv"]["generation_2024"]
    assert len(sample_result.layers["qpv_2015"]) == expected["qpv"]["generation_2015"]
    for new, old in expected["qpv"]["restored_from_2015"].items():
        assert old in qpv.loc[new, "repair"]
    assert qpv.loc[expected["qpv"]["invalid_2024"], "repair"].notna().all()


def test_declared_quartier_vecu_is_unknown_before_anybody_declared(sample_result) -> None:
    before = figure(
        sample_result,
        "region:99",
        "2017-12-31",
        "structures_in_quartier_vecu",
        "MSP",
        "declared",
    )
    assert pd.isna(before["value"])
    assert "déclaration" in before["note"]


def test_each_figure_names_its_sources(sample_result) -> None:
    ids = {provenance.source_id for provenance in sample_result.provenance}
    named = {
        source for cell in sample_result.indicators["sources"].unique() for source in cell.split()
    }
    assert named
    assert named <= ids
    assert all(len(provenance.sha256) == 64 for provenance in sample_result.provenance)


def test_bounds_hold_the_value_wherever_all_is_told(sample_result) -> None:
    table = sample_result.indicators
    told = table.dropna(subset=["value", "low", "high"])
    assert (told["low"] <= told["value"] + 1e-9).all()
    assert (told["value"] <= told["high"] + 1e-9).all()


def test_the_sample_says_that_it_is_fictitious(sample_result) -> None:
    assert sample_result.facts["fictitious"] is True


def test_every_anomaly_says_file_reason_and_outcome_in_both_languages(sample_result) -> None:
    table = sample_result.anomalies.to_table()
    assert len(table) > 20
    assert table[["file", "code", "outcome", "reason_fr", "reason_en"]].notna().all().all()
    assert (table["reason_fr"] != table["reason_en"]).all()
