"""One front over territories: each measured in its own metres."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo_service.core.crs import transform
from geo_service.core.errors import CrsError, SchemaError
from geo_service.engine import INSIDE, OUTSIDE, UNDETERMINED, SpatialIndex, TerritorialIndex


def square(epsg: int, x: float, y: float, side: float = 1000) -> shapely.Polygon:
    """A square drawn in metres, carried to degrees."""
    corners = np.array([(x, y), (x + side, y), (x + side, y + side), (x, y + side)])
    return shapely.Polygon(np.column_stack(transform(*corners.T, epsg, 4326)))


# Toulouse, La Réunion, Toulouse again, Guadeloupe.
PLACES = [(2154, 574_000, 6_279_000), (2975, 338_000, 7_690_000), (2154, 576_000, 6_279_000),
          (5490, 657_000, 1_795_000)]  # fmt: skip


@pytest.fixture
def zones() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"legal_crs": [epsg for epsg, _, _ in PLACES]},
        geometry=[square(*place) for place in PLACES],
        crs=4326,
    )


@pytest.fixture
def centres() -> tuple[np.ndarray, np.ndarray]:
    moved = [transform([x + 500], [y + 500], epsg, 4326) for epsg, x, y in PLACES]
    return tuple(np.array([[lon[0], lat[0]] for lon, lat in moved]).T)


def test_each_centre_lies_in_its_own_square(zones, centres) -> None:
    index = TerritorialIndex(zones)
    points, found = index.query(*centres)
    assert points.tolist() == [0, 1, 2, 3]
    assert found.tolist() == [0, 1, 2, 3]
    assert index.size == 4


def test_metres_are_those_of_the_territory(zones, centres) -> None:
    index = TerritorialIndex(zones)
    assert index.distance_to_limit(*centres) == pytest.approx([-500] * 4, abs=1e-3)
    points, found = index.within_distance(*centres, 1501)
    assert list(zip(points.tolist(), found.tolist(), strict=True)) == [
        (0, 0), (0, 2), (1, 1), (2, 0), (2, 2), (3, 3),
    ]  # fmt: skip
    assert index.within_distance(*centres, 1499)[0].tolist() == [0, 1, 2, 3]


def test_nearest_stays_in_the_territory(zones, centres) -> None:
    found, metres = TerritorialIndex(zones).nearest(*centres, 2)
    assert found.tolist() == [[0, 2], [1, -1], [2, 0], [3, -1]]
    assert metres[0] == pytest.approx([0, 1500], abs=1e-3)
    assert np.isinf(metres[1, 1])


def test_three_answers_overseas_and_at_home(zones, centres) -> None:
    index = TerritorialIndex(zones)
    answers = index.classify(*centres, [400, 600, np.inf, np.nan])
    assert answers.sure.tolist() == [INSIDE, UNDETERMINED, UNDETERMINED, INSIDE]
    assert answers.known.tolist() == [True, True, True, False]
    assert answers.zone.tolist() == [0, 1, 2, 3]
    each = index.classify(*centres, 400, zone_precision=[0, 200, 0, 0])
    assert each.sure.tolist() == [INSIDE, UNDETERMINED, INSIDE, INSIDE]


def test_points_elsewhere_or_nowhere(zones) -> None:
    index = TerritorialIndex(zones)
    lon, lat = [-100.0, np.nan, -53.0], [40.0, np.nan, 4.0]  # America, nowhere, Guyane
    assert index.query(lon, lat)[0].size == 0
    assert (index.nearest(lon, lat)[0] == -1).all()
    assert index.classify(lon, lat, 100).sure.tolist() == [OUTSIDE, UNDETERMINED, OUTSIDE]
    limits = index.distance_to_limit(lon, lat)
    assert np.isinf(limits[[0, 2]]).all()
    assert np.isnan(limits[1])


def test_a_territory_given_by_hand(zones, centres) -> None:
    index = TerritorialIndex(zones)
    as_if = index.query(*centres, legal_crs=[2154, 2154, 2154, 5490])
    assert as_if[0].tolist() == [0, 2, 3]


def test_the_same_as_one_index_per_territory(zones) -> None:
    home = zones[zones.legal_crs == 2154]
    draw = np.random.default_rng(1)
    west, south, east, north = home.total_bounds
    lon, lat = draw.uniform(west, east, 2000), draw.uniform(south, north, 2000)
    x, y = transform(lon, lat, 4326, 2154)
    points, found = TerritorialIndex(zones).query(lon, lat)
    alone_points, alone = SpatialIndex(home.to_crs(2154)).query(x, y)
    assert np.array_equal(points, alone_points)
    assert np.array_equal(found, home.index.to_numpy()[alone])


def test_what_it_must_be_given(zones) -> None:
    with pytest.raises(CrsError):
        TerritorialIndex(zones.to_crs(2154))
    with pytest.raises(SchemaError):
        TerritorialIndex(zones[["geometry"]])
