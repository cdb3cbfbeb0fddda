"""Row 7 of the acceptance cases: the ranking of QPV that the progress note announces."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from geo_service.ranking import adjusted, published_method, rank_qpv, rank_terms
from geo_service.store import StoredResult

AS_OF = dt.date(2026, 1, 31)


def planted() -> pd.DataFrame:
    """Five QPV of which it is plain who is served worst; two lack a term."""
    rows = [
        # code, APL, classes possible, metres, inhabitants
        ("QN00001N", 0.5, "ZIP", 4000.0, 6000.0),
        ("QN00002N", 2.0, "ZIP", 2000.0, 3000.0),
        ("QN00003N", 3.0, "ZAC", 800.0, 3000.0),
        ("QN00004N", 4.5, "HZ", 100.0, 1200.0),
        ("QN00005N", 2.0, "ZIP", np.nan, 3000.0),
    ]
    table = pd.DataFrame(rows, columns=["code", "apl", "zone_classes", "distance", "population"])
    for name in ("apl", "distance", "population"):
        table[f"{name}_low"] = table[f"{name}_high"] = table[name]
        table[f"{name}_why"] = np.where(table[name].isna(), "not-covered", "")
    return table.assign(
        name="planté",
        communes="99001",
        departement="99",
        zonage_why="",
        zone_from="commune",
        zone_order=None,
        zone_from_date=pd.NaT,
        distance_kind="MSP",
        distance_is_bound=False,
    )


def test_row_07_classement_des_qpv(sample_file) -> None:
    """Row 7: « classement des QPV en territoires sous-denses » in MG. Method not given.

    So the method is ours, said to be, published with the result, adjustable; the ranking says what
    each rank rests on and between which ranks it lies.
    """
    method = published_method()
    found = rank_terms(method, planted(), AS_OF, [])
    table = found.table.set_index("code")
    assert table.loc[["QN00001N", "QN00003N", "QN00004N"], "rank"].tolist() == [1, 4, 5]
    # The same QPV with and without its distance: their intervals overlap, nothing parts them.
    alike = table.loc[["QN00002N", "QN00005N"]]
    assert alike.loc["QN00005N", "terms"] == "apl zonage population"
    assert alike.loc["QN00005N", "missing"] == "distance"
    assert max(alike["rank_low"]) <= min(alike["rank_high"])
    assert "non officielle" in found.method.label.say("fr")
    assert any("intervalles" in note.say("fr") for note in found.notes)
    # Other weights: that of distance alone turns the order of those that have one.
    distance = adjusted({"apl": 0, "zonage": 0, "distance": 1, "population": 0})
    again = rank_terms(distance, planted(), AS_OF, []).table.set_index("code")
    assert again.loc["QN00005N", "rank"] is pd.NA
    assert again.loc[["QN00001N", "QN00002N", "QN00003N", "QN00004N"], "rank"].tolist() == [
        1,
        2,
        3,
        4,
    ]
    # On a result: every QPV in force is there, ranked or listed.
    with StoredResult(sample_file) as stored:
        whole = rank_qpv(stored)
        assert len(whole.table) == len(stored.read_layer("qpv_2024"))
        assert whole.table["terms"].ne("").sum() >= whole.ranked > 0


def test_row_07_no_false_precision() -> None:
    """Row 7: a rank moves with the weights, and the interval says by how much."""
    chance = np.random.default_rng(7)
    many = pd.concat([planted()] * 40, ignore_index=True)
    many["code"] = [f"QN{n:05d}N" for n in range(len(many))]
    for name, low, high in (("apl", 0, 5), ("distance", 0, 6000), ("population", 800, 12_000)):
        many[name] = chance.uniform(low, high, len(many))
        many[f"{name}_low"] = many[f"{name}_high"] = many[name]
        many[f"{name}_why"] = ""
    wide, narrow = (
        rank_terms(replace(published_method(), around=around), many, AS_OF, []).table
        for around in (0.1, 0.01)
    )
    widths = [
        float((table["rank_weights_high"] - table["rank_weights_low"]).mean())
        for table in (wide, narrow)
    ]
    assert widths[0] > widths[1] > 0
    fixed = replace(published_method(), around=0.0)
    alone = rank_terms(fixed, many, AS_OF, []).table
    assert (alone["rank_weights_low"] == alone["rank_weights_high"]).all()
    assert alone["rank"].tolist() == pytest.approx(wide["rank"].tolist())
