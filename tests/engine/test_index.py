"""Squares whose answers can be worked out in one's head; the paths agree with one another."""

from __future__ import annotations

import sys

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo_service.core.errors import CrsError, SchemaError
from geo_service.engine import SpatialIndex

# Three squares of 1 km: A and B share the side x = 1000, C overlaps A.
SQUARES = shapely.box([0, 1000, 500], [0, 0, 500], [1000, 2000, 1500], [1000, 1000, 1500])
METHODS = ["auto", "tree", "table"]


@pytest.fixture(params=METHODS)
def index(request: pytest.FixtureRequest) -> SpatialIndex:
    return SpatialIndex(SQUARES, crs=2154, method=request.param)


def test_a_point_on_a_limit_is_inside_both_neighbours(index: SpatialIndex) -> None:
    points, zones = index.query([1000, 250, 700, 2000.0001], [250, 250, 700, 500])
    assert points.tolist() == [0, 0, 1, 2, 2]
    assert zones.tolist() == [0, 1, 0, 0, 2]
    assert points.dtype == zones.dtype == np.int64


def test_distance_includes_equality_and_is_measured_from_the_corner(index: SpatialIndex) -> None:
    # 300 m east of B, and (180, 240) beyond its corner, which is 300 m too.
    x, y = [2300, 2180, 2300.001], [500, -240, 500]
    points, zones = index.within_distance(x, y, 300)
    assert points.tolist() == [0, 1]
    assert zones.tolist() == [1, 1]


def test_distance_zero_is_membership(index: SpatialIndex) -> None:
    x, y = [1000, 250, 3000], [250, 250, 250]
    for found, expected in zip(index.within_distance(x, y, 0), index.query(x, y), strict=True):
        assert found.tolist() == expected.tolist()


def test_nearest_zones_with_ties_by_lower_position(index: SpatialIndex) -> None:
    zones, metres = index.nearest([1000, 2500], [250, 500], 2)
    assert zones.tolist() == [[0, 1], [1, 2]]
    assert metres.tolist() == [[0, 0], [500, 1000]]


def test_more_neighbours_than_zones(index: SpatialIndex) -> None:
    zones, metres = index.nearest([0], [0], 5)
    assert zones[0].tolist()[3:] == [-1, -1]
    assert np.isinf(metres[0, 3:]).all()


def test_points_without_a_position_never_match(index: SpatialIndex) -> None:
    x = [np.nan, np.inf, -np.inf, 500, 500]
    y = [500, 500, 500, np.nan, np.inf]
    assert index.query(x, y)[0].size == 0
    assert index.within_distance(x, y, 1e5)[0].size == 0
    zones, metres = index.nearest(x, y, 2)
    assert (zones == -1).all()
    assert np.isinf(metres).all()
    first, count = index.locate(x, y)
    assert (first == -1).all()
    assert (count == 0).all()


def test_no_points_at_all(index: SpatialIndex) -> None:
    assert index.query([], [])[0].size == 0
    assert index.nearest([], [], 3)[0].shape == (0, 3)
    assert index.locate([], [])[0].shape == (0,)


def test_locate_gives_the_first_zone_and_their_number(index: SpatialIndex) -> None:
    first, count = index.locate([700, 1800, 1600, 5000], [700, 200, 1400, 0])
    assert first.tolist() == [0, 1, -1, -1]
    assert count.tolist() == [2, 1, 0, 0]


def test_locate_within_a_distance(index: SpatialIndex) -> None:
    first, count = index.locate([2100, 5000], [500, 0], metres=100)
    assert first.tolist() == [1, -1]
    assert count.tolist() == [1, 0]


def test_a_stream_of_chunks_counts_on(index: SpatialIndex) -> None:
    chunks = [([500, 9000], [250, 0]), ([], []), ([1500], [250])]
    found = list(index.query_chunks(chunks))
    assert [points.tolist() for points, _ in found] == [[0], [], [2]]
    assert [zones.tolist() for _, zones in found] == [[0], [], [1]]


def test_missing_and_empty_zones_keep_their_position(index: SpatialIndex) -> None:
    zones = np.array([None, SQUARES[0], shapely.Polygon(), SQUARES[1]], dtype=object)
    for method in METHODS:
        gaps = SpatialIndex(zones, crs=2154, method=method)
        assert gaps.size == 4
        assert gaps.query([500, 1500], [500, 500])[1].tolist() == [1, 3]
        assert gaps.within_distance([500], [500], 600)[1].tolist() == [1, 3]
        assert gaps.nearest([-10], [500], 3)[0].tolist() == [[1, 3, -1]]


def test_a_layer_without_any_zone() -> None:
    for method in METHODS:
        empty = SpatialIndex(np.array([], dtype=object), crs=2154, method=method)
        assert empty.query([0.0], [0.0])[0].size == 0
        assert empty.within_distance([0.0], [0.0], 300)[0].size == 0
        assert empty.nearest([0.0], [0.0])[0].tolist() == [[-1]]
        assert empty.distance_to_limit([0.0], [0.0]).tolist() == [np.inf]


def test_frames_series_and_arrays_are_the_same() -> None:
    series = gpd.GeoSeries(SQUARES, crs=2154)
    frame = gpd.GeoDataFrame({"code": list("ABC")}, geometry=series)
    for zones, crs in ((series, None), (frame, None), (SQUARES, "EPSG:2154")):
        index = SpatialIndex(zones, crs=crs)
        assert index.crs.to_epsg() == 2154
        assert index.query([700], [700])[1].tolist() == [0, 2]


def test_degrees_are_refused_for_measures_and_accepted_for_membership() -> None:
    degrees = SpatialIndex(shapely.box([2], [48], [3], [49]), crs=4326)
    assert degrees.query([2.5], [48.5])[0].tolist() == [0]
    with pytest.raises(CrsError):
        degrees.within_distance([2.5], [48.5], 300)
    with pytest.raises(CrsError):
        degrees.nearest([2.5], [48.5])
    with pytest.raises(CrsError):
        degrees.classify([2.5], [48.5], 10)
    with pytest.raises(CrsError):
        degrees.distance_to_limit([2.5], [48.5])


def test_an_invalid_polygon_is_named_by_position() -> None:
    bow_tie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    zones = np.array([SQUARES[0], bow_tie], dtype=object)
    with pytest.raises(SchemaError, match="1"):
        SpatialIndex(zones, crs=2154)
    unchecked = SpatialIndex(zones, crs=2154, method="table", check=False)
    with pytest.raises(SchemaError, match="1"):
        unchecked.query([1.0], [1.0])


@pytest.mark.parametrize("metres", [-1, np.nan, np.inf])
def test_a_distance_that_is_none(index: SpatialIndex, metres: float) -> None:
    with pytest.raises(SchemaError):
        index.within_distance([0], [0], metres)


def test_coordinates_of_two_lengths(index: SpatialIndex) -> None:
    with pytest.raises(SchemaError):
        index.query([0, 1], [0])


def test_things_that_are_no_geometries() -> None:
    with pytest.raises(SchemaError):
        SpatialIndex(np.array(["POINT (0 0)"], dtype=object))


def test_a_frame_in_another_crs_than_said() -> None:
    with pytest.raises(CrsError):
        SpatialIndex(gpd.GeoSeries(SQUARES, crs=2154), crs=4326)


def test_without_numba_the_answers_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = np.random.default_rng(0).uniform(-500, 2500, (2, 5000))
    table = SpatialIndex(SQUARES, crs=2154, method="table")
    expected, near = table.query(x, y), table.within_distance(x, y, 300)
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "numba" else real(name)
    )
    for method in METHODS:
        without = SpatialIndex(SQUARES, crs=2154, method=method)
        assert [a.tolist() for a in without.query(x, y)] == [a.tolist() for a in expected]
        assert [a.tolist() for a in without.within_distance(x, y, 300)] == [
            a.tolist() for a in near
        ]


def test_importing_the_engine_does_not_import_numba() -> None:
    import subprocess

    code = "import sys, geo_service.engine; sys.exit('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], check=False)
    assert done.returncode == 0
