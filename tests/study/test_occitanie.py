"""The real files of Occitanie, from end to end, against what is known of them."""

from __future__ import annotations

import pandas as pd
import pytest

from geo_service.indicators.proximity import EDGE

# One worker builds the study: it is a whole region.
pytestmark = pytest.mark.xdist_group("occitanie")

AS_OF = "2026-01-31"

# Maisons de santé by département on 2023-12-31: baromètre / IND-311.
OFFICIAL_MSP_2023 = {
    "09": 19, "11": 24, "12": 28, "30": 40, "31": 50, "32": 6, "34": 38,
    "46": 15, "48": 9, "65": 19, "66": 18, "81": 24, "82": 16,
}  # fmt: skip


def figure(result, territory: str, date: str, indicator: str, kind: str, definition=None):
    table = result.indicators
    chosen = table[
        (table["territory"] == territory)
        & (table["as_of"] == pd.Timestamp(date))
        & (table["indicator"] == indicator)
        & (table["kind"] == kind)
        & (table["definition"].isna() if definition is None else table["definition"] == definition)
    ]
    assert len(chosen) == 1
    return chosen.iloc[0]


@pytest.mark.parametrize(
    ("indicator", "definition", "msp", "cds"),
    [
        ("structures_open", None, 372, 280),
        ("structures_in_qpv", "qpv", 22, 27),
        ("structures_near_qpv", "proxy-300m", 51, 70),
        ("structures_near_qpv", "proxy-500m", 57, 90),
    ],
)
def test_control_figures(occitanie, indicator: str, definition: str, msp: int, cds: int) -> None:
    for kind, known in (("MSP", msp), ("CDS", cds)):
        row = figure(occitanie, "region:76", AS_OF, indicator, kind, definition)
        assert row["value"] == known
        if indicator == "structures_open":
            continue
        # No precision in these files: no bounds, and the number of such points.
        assert pd.isna(row["low"])
        assert pd.isna(row["high"])
        assert row["unknown_precision"] == {"MSP": 372, "CDS": 280}[kind]


def test_cpts_seats(occitanie) -> None:
    assert figure(occitanie, "region:76", AS_OF, "structures_open", "CPTS")["value"] == 82


def test_msp_at_the_end_of_2023_against_the_official_table(occitanie) -> None:
    assert figure(occitanie, "region:76", "2023-12-31", "structures_open", "MSP")["value"] == 307
    for code, official in OFFICIAL_MSP_2023.items():
        row = figure(occitanie, f"departement:{code}", "2023-12-31", "structures_open", "MSP")
        assert abs(row["value"] - official) <= 5, code
    assert sum(OFFICIAL_MSP_2023.values()) == 306


def test_a_regional_study_shows_no_france(occitanie) -> None:
    assert set(occitanie.indicators["level"]) == {
        "region",
        "departement",
        "epci",
        "commune",
        "qpv",
    }


def test_an_epci_that_the_data_do_not_cover_whole_has_no_total(occitanie) -> None:
    epci = occitanie.layers["epci"].set_index("territory")
    partial = epci.index[~epci["covered"]]
    assert len(partial)
    table = occitanie.indicators
    own = table[table["territory"].isin(partial) & (table["indicator"] == "structures_open")]
    assert own["value"].isna().all()


def test_past_dates_use_the_perimeters_in_force(occitanie) -> None:
    table = occitanie.indicators
    qpv = table[table["level"] == "qpv"]
    by_date = qpv.groupby("as_of")["territory"].agg(lambda names: {name[4:6] for name in names})
    for date, generation in by_date.items():
        assert generation == ({"QP"} if date < pd.Timestamp("2024-01-01") else {"QN"})


def test_the_three_zero_area_qpv_are_named(occitanie) -> None:
    named = {
        anomaly.record
        for anomaly in occitanie.anomalies
        if anomaly.code in ("restored-from-2015", "not-restored")
    }
    assert {"QN09105I", "QN09113I", "QN09503I"} <= named


def test_communes_have_their_zoning(occitanie) -> None:
    zoning = occitanie.layers["zonage"]
    assert zoning["zone_class"].notna().mean() > 0.99
    assert set(zoning["zone_class"].dropna()) <= {"ZIP", "ZAC", "ZAR", "HZ"}


def test_near_the_edge_of_the_data_a_distance_is_an_upper_bound(occitanie) -> None:
    table = occitanie.indicators
    near_edge = table[
        (table["indicator"] == "nearest_distance") & (table["note"] == EDGE.say("fr"))
    ]
    assert len(near_edge)
    assert near_edge["territory"].str.startswith(("commune:", "qpv:")).all()
