"""Proximity on planted inhabitants: figures and bounds that can be worked out in one's head."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from geo_service.core.snapshot import Nearest, Reach, Snapshot
from geo_service.engine.proximity import reach_of_points
from geo_service.indicators import proximity

LIMITS = (1_000.0,)
# Along one street: 100 inhabitants at 0 m, 300 at 2,000 m; structures with their precision.
PLACES, PEOPLE = np.array([0.0, 2_000.0]), np.array([100.0, 300.0])
STRUCTURES = np.array([500.0, 980.0, 2_700.0])


def figures(precision: list[float], edge: float = np.inf) -> pd.DataFrame:
    sure = np.asarray(precision)
    none = np.zeros(2)
    nearest, within = reach_of_points(PLACES, none, STRUCTURES, np.zeros(3), sure, LIMITS)
    reach = Reach(
        Nearest(
            nearest.structure, nearest.metres, nearest.low, nearest.high, np.array([edge, np.inf])
        ),
        within.given,
        within.low,
        within.high,
        np.array([[100.0], [300.0]]),  # nobody else lives within 1,000 m
    )
    snapshot = Snapshot(
        as_of=dt.date(2026, 1, 1),
        scope="all",
        kinds=("MSP",),
        structures=pd.DataFrame({"kind": "MSP", "precise": ~np.isnan(sure)}),
        territories=pd.DataFrame(
            {
                "territory": ["departement:99"],
                "level": ["departement"],
                "population": [400.0],
                "covered": [True],
            }
        ),
        qpv=None,
        verdicts={},
        definitions=(),
        levels=("departement",),
        demand=pd.DataFrame(
            {
                "population": PEOPLE,
                "france": -1,
                "region": -1,
                "departement": 0,
                "epci": -1,
                "commune": -1,
            }
        ),
        reach={"MSP": reach},
        distances=LIMITS,
    )
    table = proximity.compute(snapshot).to_table()
    table["unknown_precision"] = table["unknown_precision"].astype(float)
    return table.set_index("indicator")[["value", "low", "high", "unknown_precision"]]


def test_exact_positions_have_equal_bounds() -> None:
    table = figures([0.0, 0.0, 0.0])
    # Two structures within 1 km of the first hundred, one (at 700 m) of the other three hundred.
    within = table.loc["structures_within_distance"]
    assert within.tolist() == [1.25, 1.25, 1.25, 0]
    each = table.loc["inhabitants_per_structure"]
    assert each["value"] == each["low"] == each["high"] == pytest.approx(250 / 1.25)


def test_imprecise_positions_bound_what_is_within() -> None:
    table = figures([0.0, 50.0, 400.0])
    # At 980 ± 50 m of the first and 1,020 ± 50 m of the others; at 700 ± 400 m of the others.
    within = table.loc["structures_within_distance"]
    assert within["value"] == 1.25
    assert within["low"] == (100 * 1 + 300 * 0) / 400
    assert within["high"] == (100 * 2 + 300 * 2) / 400
    each = table.loc["inhabitants_per_structure"]
    assert each["value"] == pytest.approx(250 / 1.25)
    assert each["low"] == pytest.approx(250 / 2)
    assert each["high"] == pytest.approx(250 / 0.25)
    assert each["unknown_precision"] == 0


def test_an_unknown_precision_leaves_no_bounds_and_is_counted() -> None:
    table = figures([0.0, np.nan, 0.0])
    for indicator in ("structures_within_distance", "inhabitants_per_structure"):
        figure = table.loc[indicator]
        assert not np.isnan(figure["value"])
        assert np.isnan(figure["low"])
        assert np.isnan(figure["high"])
        assert figure["unknown_precision"] == 1


def test_where_the_data_end_within_the_distance_nobody_knows_the_most() -> None:
    table = figures([0.0, 0.0, 0.0], edge=200.0)
    within = table.loc["structures_within_distance"]
    assert (within["value"], within["low"]) == (1.25, 1.25)
    assert np.isnan(within["high"])
    each = table.loc["inhabitants_per_structure"]
    assert each["low"] == 0
    assert each["high"] == each["value"]
    share = table.loc["population_within_distance"]
    assert (share["value"], share["low"], share["high"]) == (1, 1, 1)


def test_nobody_surely_near_leaves_no_high_bound_for_inhabitants_each() -> None:
    table = figures([2_000.0, 2_000.0, 2_000.0])
    within = table.loc["structures_within_distance"]
    assert (within["low"], within["high"]) == (0, 3)
    each = table.loc["inhabitants_per_structure"]
    assert np.isnan(each["high"])
    assert each["low"] == pytest.approx(250 / 3)


LEVELS = ("region", "departement", "epci")
COUNTS = {"region": 1, "departement": 4, "epci": 30}


@pytest.fixture
def crowd() -> Snapshot:
    """Three hundred points: some in no territory, of some nobody knows how many live there."""
    draw = np.random.default_rng(3)
    size, limits = 300, 3
    people = draw.choice([np.nan, 0.0, 12.5, 300.0, 4_000.0], size)
    names = [f"{level}:{number}" for level in LEVELS for number in range(COUNTS[level])]
    levels = [name.partition(":")[0] for name in names]
    position = {
        level: np.where(
            draw.random(size) < 0.1,
            -1,
            levels.index(level) + draw.integers(0, COUNTS[level], size),
        )
        for level in LEVELS
    }
    metres = draw.choice([np.inf, 400.0, 1_500.0, 9_000.0], (size, 1))
    blind = draw.random((size, 1)) < 0.05
    low, high = (np.where(blind, np.nan, metres * factor) for factor in (0.5, 1.5))
    structures = draw.integers(0, 4, (size, limits)).astype(float)
    edge = draw.choice([np.inf, 700.0], size)
    reach = Reach(
        Nearest(np.zeros((size, 1), np.int64), metres, low, high, edge),
        structures,
        np.where(blind, np.nan, np.maximum(structures - 1, 0)),
        np.where(blind, np.nan, structures + 1),
        draw.integers(0, 9_000, (size, limits)).astype(float),
    )
    return Snapshot(
        as_of=dt.date(2026, 1, 1),
        scope="all",
        kinds=("MSP",),
        structures=pd.DataFrame({"kind": ["MSP", "CDS"], "precise": [False, False]}),
        territories=pd.DataFrame(
            {"territory": names, "level": levels, "covered": draw.random(len(names)) < 0.8}
        ),
        qpv=None,
        verdicts={},
        definitions=(),
        levels=LEVELS,
        demand=pd.DataFrame({"population": people, **position}),
        reach={"MSP": reach},
        distances=(500.0, 1_000.0, 2_000.0),
    )


def by_hand(snapshot: Snapshot, territory: str) -> list[float]:
    """Value, low and high of the nearest distance and of what is within the second limit."""
    assert snapshot.demand is not None
    level = territory.partition(":")[0]
    at = snapshot.territories["territory"].tolist().index(territory)
    reach, far = snapshot.reach["MSP"], 1_000.0
    total, sums = 0.0, np.zeros(10)
    for point, (place, people) in enumerate(
        zip(snapshot.demand[level], snapshot.demand["population"], strict=True)
    ):
        if place != at or not people > 0:
            continue
        metres, low, high, edge = (
            float(np.ravel(part[point])[0])
            for part in (
                reach.nearest.metres,
                reach.nearest.low,
                reach.nearest.high,
                reach.nearest.edge,
            )
        )
        low = min(low, edge) if edge < metres and not np.isnan(low) else low
        blind = np.isnan(low) or np.isnan(high)
        most = reach.most[point, 1]
        told = [
            *(metres, low, high),
            *(metres <= far, *((np.nan, np.nan) if blind else (high <= far, low <= far))),
            *(reach.structures[point, 1], reach.least[point, 1]),
            most if np.isnan(most) or edge >= far else np.inf,
            reach.people[point, 1],
        ]
        total += people
        sums += people * np.array(told, dtype=float)
    if not total or not snapshot.territories["covered"][at]:
        return [np.nan] * 12
    means = sums / total
    each = [means[9] / count if count > 0 else np.nan for count in means[[6, 8, 7]]]
    return [float(one) if np.isfinite(one) else np.nan for one in (*means[:9], *each)]


@pytest.mark.parametrize("cells", [1_000_000, 700, 1])
def test_means_are_those_worked_out_point_by_point(
    crowd: Snapshot, cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proximity, "_CELLS", cells)
    table = proximity.compute(crowd).to_table()
    table = table[table["definition"].isin(["nearest-1", "1km"])]
    assert table["value"].notna().sum() > 20
    assert table["high"].notna().sum() > 5
    for territory, rows in table.groupby("territory"):
        found = rows[["value", "low", "high"]].to_numpy().ravel()
        np.testing.assert_allclose(found, by_hand(crowd, str(territory)), rtol=1e-12)
