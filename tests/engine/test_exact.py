"""Pairs identical to GEOS on the points where an index may go wrong."""

from __future__ import annotations

import gzip
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_service.engine import ChangingIndex, SpatialIndex

from .conftest import brute_pairs, hard_points, same_pairs

EVERY_PATH = ("tree", "table")
QUIET = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


def lace() -> np.ndarray:
    """Touching, overlapping, holed, many-part, thin and far-apart zones; and a collection."""
    ring = shapely.difference(shapely.Point(0, 0).buffer(1000), shapely.Point(0, 0).buffer(600))
    # An island in the hole, touching nothing; and one zone that fills the hole exactly.
    parts = shapely.MultiPolygon([shapely.box(-100, -100, 100, 100), shapely.box(5000, 0, 5200, 9)])
    filling = shapely.Polygon(ring.interiors[0])
    checker = [
        shapely.box(2000 + 100 * i, 100 * j, 2100 + 100 * i, 100 * j + 100)
        for i in range(6)
        for j in range(6)
    ]
    star = shapely.Polygon(
        [
            ((500 if k % 2 else 900) * np.cos(k * np.pi / 31), -3000 + 900 * np.sin(k * np.pi / 31))
            for k in range(62)
        ]
    )
    sliver = shapely.Polygon([(0, 3000), (4000, 3000.000001), (4000, 3000.000002)])
    collection = shapely.GeometryCollection(
        [
            shapely.box(3000, -3000, 3500, -2500),
            shapely.box(3400, -2900, 3900, -2400),
            shapely.LineString([(3000, -2000), (4000, -1999)]),
            shapely.Point(3333, -1500),
        ]
    )
    around = shapely.box(-1200, -1200, 2600, 2600)
    return np.array(
        [ring, parts, filling, *checker, star, sliver, collection, around], dtype=object
    )


def test_hard_points_on_hard_zones() -> None:
    zones = lace()
    x, y = hard_points(zones, 16.0)
    expected = brute_pairs(zones, x, y)
    for method in EVERY_PATH:
        assert same_pairs(SpatialIndex(zones, crs=2154, method=method).query(x, y), expected)


def test_a_coverage_of_random_cells_and_its_own_vertices() -> None:
    seeds = shapely.MultiPoint(np.random.default_rng(4).uniform(0, 1, (300, 2)))
    zones = np.array(shapely.get_parts(shapely.voronoi_polygons(seeds)), dtype=object)
    x, y = hard_points(zones, 2.0**-8)
    expected = brute_pairs(zones, x, y)
    table = SpatialIndex(zones, crs=4326, method="table")
    assert same_pairs(table.query(x, y), expected)
    assert same_pairs(SpatialIndex(zones, crs=4326, method="tree").query(x, y), expected)
    first, count = table.locate(x, y)
    assert np.array_equal(count, np.bincount(expected[0], minlength=len(x)))
    starts = np.searchsorted(expected[0], np.arange(len(x)))
    has = count > 0
    assert np.array_equal(first[has], expected[1][starts[has]])
    assert (first[~has] == -1).all()


def test_more_zones_over_one_place_than_a_record_holds() -> None:
    zones = shapely.box(np.arange(40.0), 0, np.arange(40.0) + 200, 100)
    x, y = hard_points(zones, 8.0, most=300)
    table = SpatialIndex(zones, crs=2154, method="table")
    assert same_pairs(table.query(x, y), brute_pairs(zones, x, y))


@pytest.mark.parametrize("metres", [1.0, 37.5, 300.0, 5000.0])
def test_distances_on_hard_zones(metres: float) -> None:
    zones = lace()
    x, y = hard_points(zones, 16.0, most=300)
    # And points at about that very distance.
    rim = shapely.get_coordinates(shapely.boundary(shapely.buffer(zones, metres, quad_segs=32)))
    x, y = np.concatenate([x, rim[:, 0]]), np.concatenate([y, rim[:, 1]])
    near = shapely.dwithin(zones[None, :], shapely.points(x, y)[:, None], metres)
    for method in EVERY_PATH:
        index = SpatialIndex(zones, crs=2154, method=method)
        assert same_pairs(index.within_distance(x, y, metres), np.nonzero(near))


coordinate = st.one_of(st.integers(-6, 6).map(float), st.floats(-6, 6, width=32))


@st.composite
def layers(draw: st.DrawFn) -> np.ndarray:
    """A few polygons, many of them on the same grid, made valid: degenerate more often than not."""
    zones = []
    for _ in range(draw(st.integers(1, 5))):
        corners = draw(st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=7))
        shape = shapely.make_valid(shapely.Polygon(corners))
        if not shapely.is_empty(shape):
            zones.append(shape)
    return np.array(zones or [shapely.box(0, 0, 1, 1)], dtype=object)


@QUIET
@given(layers(), st.integers(0, 2**31))
def test_any_layer_against_brute_force_and_rtree(zones: np.ndarray, seed: int) -> None:
    x, y = hard_points(zones, 0.25, seed=seed, most=40)
    expected = brute_pairs(zones, x, y)
    oracle = ChangingIndex(2154)
    for position, zone in enumerate(zones):
        oracle.insert(position, zone)
    assert same_pairs(oracle.query(x, y), expected)
    near = oracle.within_distance(x[:200], y[:200], 1.5)
    for method in EVERY_PATH:
        index = SpatialIndex(zones, crs=2154, method=method)
        assert same_pairs(index.query(x, y), expected)
        assert same_pairs(index.within_distance(x[:200], y[:200], 1.5), near)


@pytest.fixture(scope="module")
def qpv(real_data: Path) -> gpd.GeoSeries:
    with gzip.open(real_data / "qpv" / "qpv2024_simplified.geojson.gz") as file:
        frame = gpd.read_file(file)
    assert len(frame) == 1609
    return gpd.GeoSeries(shapely.make_valid(frame.geometry.to_numpy()), crs=frame.crs)


def test_every_qpv_of_2024_on_hard_points(qpv: gpd.GeoSeries) -> None:
    zones = qpv.to_numpy()
    x, y = hard_points(zones, 2.0**-10, most=30_000)
    points = shapely.points(x, y)
    expected = shapely.STRtree(zones).query(points, predicate="intersects")
    order = np.lexsort((expected[1], expected[0]))
    table = SpatialIndex(qpv, method="table").query(x, y)
    assert same_pairs(table, expected[:, order])
    assert len(table[0]) > 10_000


def test_every_mainland_qpv_within_300_m(qpv: gpd.GeoSeries) -> None:
    mainland = qpv.cx[-6:11, 41:52].to_crs(2154)
    zones = mainland.to_numpy()
    x, y = hard_points(zones, 128.0, most=2000)
    turn = np.random.default_rng(5).uniform(0, 2 * np.pi, len(x))
    x, y = x + 300 * np.cos(turn), y + 300 * np.sin(turn)
    expected = shapely.STRtree(zones).query(
        shapely.points(x, y), predicate="dwithin", distance=300.0
    )
    order = np.lexsort((expected[1], expected[0]))
    for method in EVERY_PATH:
        index = SpatialIndex(mainland, method=method)
        assert same_pairs(index.within_distance(x, y, 300), expected[:, order])
