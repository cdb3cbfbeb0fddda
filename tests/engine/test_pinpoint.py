"""One point at a time answers as the bulk index does."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo_service.core.errors import SchemaError
from geo_service.engine import TerritorialIndex
from geo_service.engine.pinpoint import Pinpoint

WORDS = {1: "inside", 0: "outside", -1: "undetermined"}


def _zones(shapes: list[shapely.Geometry], legal_crs: int = 2154) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"legal_crs": legal_crs}, geometry=shapes, crs=4326, index=range(len(shapes))
    )


@pytest.fixture(scope="module")
def layers() -> dict[str, gpd.GeoDataFrame]:
    west, south, step = 1.0, 43.0, 0.02
    edges = [step * number for number in range(9)]
    grid = [
        shapely.box(west + x, south + y, west + x + step, south + y + step)
        for x in edges[:-1]
        for y in edges[:-1]
    ]
    random = np.random.default_rng(7)
    loose = [
        shapely.Point(west + x, south + y).buffer(wide, 3)
        for x, y, wide in random.uniform([0, 0, 0.001], [0.16, 0.16, 0.01], (30, 3))  # some overlap
    ]
    return {"communes": _zones(grid), "zonage": _zones(grid), "qpv_2024": _zones(loose)}


@pytest.mark.parametrize("precision", [0.0, 30.0, 400.0, math.inf, math.nan])
def test_answers_are_those_of_the_bulk_index(layers, precision: float) -> None:
    random = np.random.default_rng(3)
    lon, lat = random.uniform(0.98, 1.18, 150), random.uniform(42.98, 43.18, 150)
    pinpoint = Pinpoint(layers, {})
    asked = [
        pinpoint.stand(x, y, precision) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)
    ]
    for name, zones in layers.items():
        index = TerritorialIndex(zones, method="tree")
        bulk = index.classify(lon, lat, np.full(len(lon), precision))
        told = [one[name] for one in asked]
        assert [one.sure for one in told] == bulk.sure.tolist()
        assert [one.held[0] if one.held else -1 for one in told] == bulk.zone.tolist()
        limit = _distance_to_limit(zones, lon, lat)
        np.testing.assert_allclose([one.metres for one in told], limit, atol=1e-6)
        if precision > 0 and math.isfinite(precision):
            rows, held = index.within_distance(lon, lat, precision)
            for number, one in enumerate(told):
                assert one.possible == held[rows == number].tolist()


def _distance_to_limit(zones: gpd.GeoDataFrame, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """By the definition, with nothing of the engine: the limit of the whole union."""
    whole = zones.to_crs(2154).union_all()
    points = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=4326).to_crs(2154)
    return np.where(points.within(whole), -1.0, 1.0) * points.distance(whole.boundary).to_numpy()


def test_the_nearest_of_a_group_is_in_the_same_territory(layers) -> None:
    dots = gpd.GeoDataFrame(
        {"legal_crs": [2154, 2154, 5490]},
        geometry=gpd.points_from_xy([1.0, 1.1, -61.5], [43.0, 43.0, 16.2]),
        crs=4326,
    )
    pinpoint = Pinpoint(layers, {"MSP": dots, "CDS": dots[:2]})
    near = pinpoint.nearest(1.08, 43.0)
    assert near["MSP"].position == 1
    assert near["MSP"].metres == pytest.approx(1631, abs=2)  # cos 43° × 0.02°, Lambert-93
    assert pinpoint.nearest(-61.0, 16.0)["MSP"].position == 2
    assert pinpoint.nearest(-61.0, 16.0)["CDS"] is None
    assert pinpoint.nearest(20.0, 50.0) == {"MSP": None, "CDS": None}


def test_out_of_every_territory(layers) -> None:
    pinpoint = Pinpoint(layers, {})
    far = pinpoint.stand(20.0, 50.0)["communes"]
    assert (far.sure, far.held, far.metres) == (0, [], math.inf)
    assert pinpoint.stand(20.0, 50.0, math.inf)["communes"].sure == -1
    nowhere = pinpoint.stand(math.nan, 43.0)["communes"]
    assert nowhere.sure == -1
    assert math.isnan(nowhere.metres)


def test_a_negative_precision_is_refused(layers) -> None:
    with pytest.raises(SchemaError, match="négative"):
        Pinpoint(layers, {}).stand(1.0, 43.0, -1.0)
