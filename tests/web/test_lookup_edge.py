"""The way to the edge of a result: one and the same for lists, for one point, and as drawn."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo_service.atlas import Atlas
from geo_service.core.crs import legal_crs_at
from geo_service.web.api.point import Places
from geo_service.web.lookup.limits import Outline
from geo_service.web.lookup.zones import Lookup


@pytest.fixture(scope="module")
def atlas(sample_file: Path) -> Atlas:
    return Atlas(sample_file)


def test_both_look_ups_measure_to_the_union_of_the_communes(atlas: Atlas) -> None:
    communes = atlas.layer("communes")
    west, south, east, north = communes.geometry.bounds.to_numpy().T
    draw = np.random.default_rng(5)
    wide, high = 0.3 * (east - west), 0.3 * (north - south)
    lon, lat = draw.uniform(west - wide, east + wide), draw.uniform(south - high, north + high)
    found = Lookup(atlas).locate(lon, lat, np.zeros(len(lon)))
    places = Places(atlas)
    told = [places.tell(x, y, 0.0, "fr")["metres_to_edge"] for x, y in zip(lon, lat, strict=True)]
    assert found.edge == pytest.approx(told, abs=0.06)
    assert (found.edge < 0).any()
    assert (found.edge > 0).any()
    for code in np.unique(communes["legal_crs"]):
        rows = legal_crs_at(lon, lat) == code
        own = communes[communes["legal_crs"] == code].geometry.to_crs(int(code))
        points = gpd.GeoSeries.from_xy(lon[rows], lat[rows], crs=4326).to_crs(int(code))
        limit = shapely.boundary(shapely.union_all(own.to_numpy()))
        drawn = shapely.distance(limit, points.to_numpy())
        assert np.abs(found.edge[rows]) == pytest.approx(drawn, abs=1e-3)


def test_a_side_that_two_communes_share_is_no_edge() -> None:
    communes = gpd.GeoDataFrame(
        {"legal_crs": [2154, 2154]},
        geometry=shapely.box([2.0, 2.1], [46.0, 46.0], [2.1, 2.2], [46.2, 46.2]),
        crs=4326,
    )
    # 0.1 degree of longitude at 46.1 degrees north is 7.73 km.
    way = Outline(communes).way(np.array([2.1, 1.9, 55.5]), np.array([46.1, 46.1, -21.1]))
    assert way[:2] == pytest.approx([-7_730, 7_730], rel=0.005)
    assert np.isposinf(way[2])
