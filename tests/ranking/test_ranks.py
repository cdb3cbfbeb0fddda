"""Ranks and their intervals on planted QPV, and what has to hold whatever the numbers are."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_service.ranking import adjusted, published_method, rank_terms
from geo_service.ranking.intervals import near_weights, ranks_of
from geo_service.ranking.needs import need_of, needs_of

AS_OF = dt.date(2026, 1, 31)
QUICK = replace(published_method(), draws=20)


def known(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Terms of planted QPV, as a result would give them; what a row leaves out is missing."""
    table = pd.DataFrame(rows)
    count = len(table)
    defaults: dict[str, object] = {
        "code": [f"QN{n:05d}N" for n in range(count)],
        "name": "planté",
        "communes": "99001",
        "departement": "99",
        "zone_classes": "",
        "zone_from": "commune",
        "zone_order": None,
        "zone_from_date": pd.NaT,
        "distance_kind": "MSP",
        "distance_is_bound": False,
    }
    for name in ("apl", "distance", "population"):
        defaults |= {name: np.nan, f"{name}_low": np.nan, f"{name}_high": np.nan}
    for name, value in defaults.items():
        if name not in table:
            table[name] = value
    for name in ("apl", "distance", "population"):
        table[name] = table[name].astype(float)
        table[f"{name}_why"] = np.where(table[name].isna(), f"no-{name}", "")
    table["zone_classes"] = table["zone_classes"].fillna("")
    table["zonage_why"] = np.where(table["zone_classes"] == "", "no-class", "")
    return table


def ranking(rows: list[dict[str, object]], method=QUICK) -> pd.DataFrame:
    return rank_terms(method, known(rows), AS_OF, []).table


def planted(apl: float, zone: str, distance: float, people: float) -> dict[str, object]:
    return {"apl": apl, "zone_classes": zone, "distance": distance, "population": people}


def test_scores_are_the_weighted_means_worked_out_by_hand() -> None:
    table = ranking(
        [planted(0.0, "ZIP", 5000.0, 10_000.0), planted(2.0, "ZAC", 300.0, 1000.0)]
    ).set_index("code")
    assert table["score"].tolist() == pytest.approx([1.0, 0.5 * 0.5 + 0.25 * 0.6])
    assert table["rank"].tolist() == [1, 2]
    assert (table["score_low"] == table["score_high"]).all()


@pytest.mark.parametrize(
    ("term", "values", "needs"),
    [
        ("apl", [0.0, 1.0, 4.0, 6.0], [1.0, 0.75, 0.0, 0.0]),
        ("distance", [0.0, 300.0, np.sqrt(300 * 5000), 5000.0, 9000.0], [0, 0, 0.5, 1, 1]),
        ("population", [10.0, 1000.0, 10_000.0, 50_000.0], [0.0, 0.0, 1.0, 1.0]),
    ],
)
def test_transforms(term: str, values: list[float], needs: list[float]) -> None:
    found = need_of(published_method().term(term), np.array(values))
    assert found.tolist() == pytest.approx(needs)


def test_ties_share_their_rank() -> None:
    same = planted(1.0, "ZIP", 1000.0, 3000.0)
    table = ranking([same, same, planted(3.0, "ZV", 1000.0, 3000.0)])
    assert table["rank"].tolist() == [1, 1, 3]
    assert ranks_of(np.array([0.2, 0.2, np.nan])).tolist() == [1, 1, 0]


def test_a_missing_term_is_neither_zero_nor_silent() -> None:
    whole = planted(2.0, "ZAC", 1000.0, 3000.0)
    lacking = {key: value for key, value in whole.items() if key != "distance"}
    table = ranking([whole, lacking, planted(4.0, "ZV", 300.0, 1000.0)]).set_index("code")
    row = table.loc["QN00001N"]
    assert row["terms"] == "apl zonage population"
    assert row["missing"] == "distance"
    assert row["why"] == "no-distance"
    weights = published_method().weights
    at_hand = 1 - weights["distance"]
    assert row["score"] == pytest.approx(
        (0.5 * 0.5 + 0.25 * 0.6 + 0.1 * np.log(3) / np.log(10)) / at_hand
    )
    assert row["score_high"] - row["score_low"] == pytest.approx(weights["distance"])
    assert (row["rank_data_low"], row["rank_data_high"]) == (1, 2)
    # It is compared with those that rest on the same terms: none but itself.
    assert (row["rank_same_terms"], row["same_terms"]) == (1, 1)
    assert table.loc["QN00000N", "same_terms"] == 2


def test_a_qpv_without_any_term_of_access_is_listed_and_not_ranked() -> None:
    table = ranking([{"population": 9000.0}, planted(4.0, "HZ", 300.0, 1000.0)])
    assert table["rank"].tolist() == [1, pd.NA]
    assert table["code"].tolist() == ["QN00001N", "QN00000N"]
    assert table["rank_high"].isna().tolist() == [False, True]


def test_a_class_that_may_be_two_leaves_the_interval_between_them() -> None:
    table = ranking([{"apl": 2.0, "zone_classes": "ZAC ZIP"}, {"apl": 2.0, "zone_classes": "ZIP"}])
    open_one = table.set_index("code").loc["QN00000N"]
    assert open_one["missing"].split()[0] == "zonage"
    needs = needs_of(QUICK, known([{"zone_classes": "ZAC ZIP"}]))
    assert np.isnan(needs.value[0, 1])
    assert (needs.low[0, 1], needs.high[0, 1]) == (0.6, 1.0)


def test_a_class_without_a_need_may_mean_any() -> None:
    table = ranking([{"apl": 2.0, "zone_classes": "X1"}])
    assert table["why"].iloc[0].split()[0] == "class-without-need"


def test_an_upper_bound_of_the_distance_only_lowers_the_need() -> None:
    row = {"apl": 2.0, "zone_classes": "ZIP", "distance": 5000.0, "distance_low": 0.0}
    needs = needs_of(QUICK, known([row]))
    assert (needs.low[0, 2], needs.value[0, 2], needs.high[0, 2]) == (0.0, 1.0, 1.0)


def test_weights_stay_near_and_sum_to_one() -> None:
    method = published_method()
    found = near_weights(method)
    own = np.array(list(method.weights.values()))
    assert found.shape[1] > method.draws
    assert np.allclose(found.sum(axis=0), 1.0)
    assert (np.abs(found - own[:, None]) <= method.around + 1e-9).all()
    assert np.array_equal(found, near_weights(method))  # the same draws each time
    # The corners are there: each weight reaches both its ends.
    assert np.allclose(found.min(axis=1), np.maximum(own - method.around, 0))
    assert np.allclose(found.max(axis=1), own + method.around)


def test_one_weight_alone_leaves_nothing_to_move() -> None:
    alone = adjusted({"apl": 1, "zonage": 0, "distance": 0, "population": 0})
    assert near_weights(alone).shape == (4, 1)


number = st.floats(0, 1)
rows = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "apl": st.integers(0, 12).map(lambda n: n / 2),
            "zone_classes": st.sampled_from(["ZIP", "ZAC", "ZV", "HZ", "ZAC ZIP"]),
            "distance": st.sampled_from([0.0, 400.0, 900.0, 3000.0, 8000.0]),
            "population": st.sampled_from([800.0, 2000.0, 12_000.0]),
        },
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=80, deadline=None)
@given(rows=rows)
def test_ranks_are_a_permutation_but_for_ties_and_intervals_hold_them(rows) -> None:
    table = ranking(rows)
    part = table[table["rank"].notna()].astype({"rank": int})
    score = part["score"].round(9)
    assert part["rank"].tolist() == [int((score > own).sum()) + 1 for own in score]
    for low, high in (
        ("rank_weights_low", "rank_weights_high"),
        ("rank_data_low", "rank_data_high"),
        ("rank_low", "rank_high"),
    ):
        assert (part[low] >= 1).all()
        assert (part[high] <= len(part)).all()
        assert (part[low] <= part["rank"]).all()
        assert (part["rank"] <= part[high]).all()
    for low, high in (
        ("rank_weights_low", "rank_weights_high"),
        ("rank_data_low", "rank_data_high"),
    ):
        assert (part["rank_low"] <= part[low]).all()
        assert (part[high] <= part["rank_high"]).all()
    assert len(table) == len(rows)


@settings(max_examples=60, deadline=None)
@given(rows=rows, data=st.data())
def test_a_zero_weight_removes_a_term(rows, data) -> None:
    method = replace(adjusted({"apl": 2, "zonage": 1, "distance": 0, "population": 1}), draws=10)
    other = [{**row, "distance": data.draw(st.sampled_from([10.0, 20_000.0]))} for row in rows]
    columns = ["code", "rank", "rank_low", "rank_high", "score", "terms", "missing"]
    first, second = (ranking(it, method)[columns] for it in (rows, other))
    pd.testing.assert_frame_equal(first, second)
    assert not first["terms"].str.contains("distance").any()


@settings(max_examples=80, deadline=None)
@given(rows=rows, chosen=st.integers(0, 11), worse=st.integers(1, 6))
def test_worse_access_never_moves_a_qpv_down_the_list(rows, chosen, worse) -> None:
    place = chosen % len(rows)
    if "apl" not in rows[place]:
        rows[place]["apl"] = 3.0
    changed = [dict(row) for row in rows]
    changed[place]["apl"] = max(0.0, rows[place]["apl"] - worse / 2)
    code = f"QN{place:05d}N"
    before, after = (ranking(it).set_index("code").loc[code] for it in (rows, changed))
    for column in ("rank", "rank_low", "rank_high", "rank_data_low", "rank_data_high"):
        assert after[column] <= before[column], column


def test_all_the_qpv_of_france_with_a_thousand_draws_are_quick() -> None:
    chance = np.random.default_rng(4)
    many = [
        planted(float(a), str(z), float(d), float(p))
        for a, z, d, p in zip(
            chance.uniform(0, 6, 1362),
            chance.choice(["ZIP", "ZAC", "HZ"], 1362),
            chance.uniform(0, 6000, 1362),
            chance.uniform(800, 20_000, 1362),
            strict=True,
        )
    ]
    table = known(many)
    started = time.process_time()
    found = rank_terms(published_method(), table, AS_OF, [])
    assert time.process_time() - started < 2.0
    assert found.ranked == 1362
