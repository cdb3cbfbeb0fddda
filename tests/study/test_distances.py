"""Date after date the distances are those that a study of that date alone would have."""

from __future__ import annotations

import dataclasses
import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo_service.core.crs import transform
from geo_service.study.description import Study
from geo_service.study.distances import Measures

LEVELS = ("commune", "qpv")


def _lonlat(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return transform(x + 600_000.0, y + 6_500_000.0, 2154, 4326)


@pytest.fixture
def measures() -> Measures:
    draw = np.random.default_rng(4)
    x, y = draw.uniform(0, 20_000, (2, 40))
    lon, lat = _lonlat(x, y)
    structures = pd.DataFrame(
        {
            "kind": np.where(np.arange(40) % 3, "MSP", "CDS"),
            "legal_crs": pd.array([2154] * 40, dtype="Int64"),
            "lon": lon,
            "lat": lat,
            "radius": draw.choice([0.0, 50.0, 900.0], 40),
        }
    )
    structures.loc[7, ["lon", "lat"]] = np.nan
    x, y = draw.uniform(0, 20_000, (2, 30))
    lon, lat = _lonlat(x, y)
    points = pd.DataFrame(
        {
            "lon": lon,
            "lat": lat,
            "legal_crs": 2154,
            "edge": np.inf,
            "inside": np.arange(30) < 25,
            "population": draw.integers(0, 900, 30).astype(float),
        }
    )
    shapes = shapely.buffer(shapely.points(*_lonlat(x[:6], y[:6])), 0.01)
    zones = gpd.GeoDataFrame({"legal_crs": [2154] * 6}, geometry=shapes, crs=4326)
    study = Study("essai", "france", dt.date(2026, 1, 1), (), kinds=("MSP", "CDS", "CPTS"))
    inside = points[points["inside"]].reset_index(drop=True)
    return Measures(study, structures, inside, points, zones, np.full(6, np.inf))


def opened(*, until: int, closed: tuple[int, ...] = ()) -> np.ndarray:
    mask = np.arange(40) < until
    mask[list(closed)] = False
    return mask


@pytest.mark.parametrize(
    "dates",
    [
        (opened(until=0), opened(until=10), opened(until=40)),
        (opened(until=30), opened(until=30), opened(until=35, closed=(0, 4, 12))),
        (opened(until=40), opened(until=5)),
    ],
    ids=["they open", "some close", "most close"],
)
def test_each_date_is_as_if_it_were_alone(
    measures: Measures, dates: tuple[np.ndarray, ...]
) -> None:
    generations = [np.arange(4), np.arange(2, 6), np.arange(2, 6)]
    for mask, qpv in zip(dates, generations, strict=False):
        alone = dataclasses.replace(measures, _kept={}, _from={}, _people=None)
        found, expected = (m.nearest(mask, qpv, LEVELS) for m in (measures, alone))
        assert set(found) == {(level, kind) for level in LEVELS for kind in ("MSP", "CDS")}
        for key in expected:
            for name in ("structure", "metres", "low", "high", "edge"):
                np.testing.assert_array_equal(
                    getattr(found[key], name), getattr(expected[key], name)
                )
        reached, whole = measures.reach(mask), alone.reach(mask)
        for kind in whole:
            for name in ("structures", "least", "most", "people"):
                np.testing.assert_array_equal(
                    getattr(reached[kind], name), getattr(whole[kind], name)
                )
            np.testing.assert_array_equal(reached[kind].nearest.metres, whole[kind].nearest.metres)


def test_what_was_told_of_a_date_does_not_change_with_the_next(measures: Measures) -> None:
    first = measures.reach(opened(until=10))["MSP"]
    before = (first.nearest.metres.copy(), first.structures.copy())
    measures.reach(opened(until=40))
    np.testing.assert_array_equal(first.nearest.metres, before[0])
    np.testing.assert_array_equal(first.structures, before[1])


def test_a_structure_without_a_position_is_nobodys_nearest(measures: Measures) -> None:
    found = measures.nearest(opened(until=40), None, ("commune",))
    assert 7 not in np.unique(found["commune", "MSP"].structure)
    assert ("qpv", "MSP") not in found
