"""Depth below the limit of a union: neighbours that meet, that nearly meet, that leave holes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import shapely

from geo_service.engine import SpatialIndex
from geo_service.engine import distance as under_test

EAST, NORTH = 650_000.0, 6_250_000.0
"""Lambert-93 coordinates in the south of France: a double holds nanometres there."""
ORIGIN = np.array([EAST, NORTH])


def drawn(
    zones: npt.NDArray[np.object_], xy: npt.NDArray[np.float64], slivers: bool = False
) -> npt.NDArray[np.float64]:
    """Signed distances to the limit of the union, as GEOS draws it in one go.

    With ``slivers``, those that GEOS leaves between overlapping zones are filled: kilometres
    long, a nanometre wide.
    """
    union = shapely.union_all(zones)
    if slivers:
        wide = shapely.buffer(union, 1e-5, join_style="mitre")
        union = shapely.buffer(wide, -1e-5, join_style="mitre")
    points = shapely.points(xy)
    metres = shapely.distance(shapely.boundary(union), points)
    return np.where(shapely.intersects(union, points), -metres, metres)


def one_by_one(
    zones: npt.NDArray[np.object_], xy: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The distances of the engine, each from the neighbours of its own point."""
    index = SpatialIndex(zones, crs=2154)
    return np.array([index.distance_to_limit([x], [y])[0] for x, y in xy])


def both_ways(
    zones: npt.NDArray[np.object_], xy: npt.NDArray[np.float64]
) -> list[npt.NDArray[np.float64]]:
    """One by one, and all at once: enough points for the limit to be drawn whole."""
    assert len(xy) > 2 * under_test._MANY_INSIDE
    together = SpatialIndex(zones, crs=2154).distance_to_limit(xy[:, 0], xy[:, 1])
    return [one_by_one(zones, xy), together]


def squares(columns: int, rows: int, side: float = 1000.0) -> npt.NDArray[np.object_]:
    """A board of squares that share their corners."""
    west, south = np.meshgrid(EAST + side * np.arange(columns), NORTH + side * np.arange(rows))
    boxes = shapely.box(west, south, west + side, south + side)
    return np.asarray(boxes, dtype=object).ravel()


def partition(draw: np.random.Generator, cells: int) -> npt.NDArray[np.object_]:
    """Voronoi cells of random places: sides at any slant, corners with endless decimals."""
    seeds = shapely.multipoints(draw.uniform(0, 60_000, (cells, 2)) + ORIGIN)
    found = shapely.get_parts(shapely.voronoi_polygons(seeds))
    frame = shapely.box(EAST, NORTH, EAST + 60_000, NORTH + 60_000)
    inner = np.asarray(found[shapely.covers(frame, found)], dtype=object)
    assert len(inner) > cells / 2
    return inner


def test_the_middle_of_a_board_is_as_deep_as_its_side() -> None:
    board = squares(9, 9)
    xy = np.array([[4500.0, 4500], [4000, 4500], [4000, 4000], [2500, 4500], [10, 4500], [0, 10]])
    depths = [-4500.0, -4000, -4000, -2500, -10, 0]
    assert one_by_one(board, xy + ORIGIN).tolist() == depths


def test_a_hole_is_a_limit() -> None:
    board = np.delete(squares(9, 9), 4 * 9 + 4)
    xy = np.array([[3500.0, 4500], [4000, 4500], [4500, 4500], [3500, 3500], [1200, 4500]])
    expected = [-500, 0, 500, -500 * np.sqrt(2), -1200]
    assert one_by_one(board, xy + ORIGIN) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("gap", [2e-6, 1e-3, 0.5])
def test_a_gap_of_a_hair_is_a_limit(gap: float) -> None:
    # What no zone holds is outside: nobody knows whether a hair is a fault of drawing or a lane.
    west = shapely.box(EAST, NORTH, EAST + 1000, NORTH + 1000)
    east = shapely.box(EAST + 1000 + gap, NORTH, EAST + 2000, NORTH + 1000)
    pair = np.array([west, east], dtype=object)
    xy = np.array([[990.0, 500], [1000 + gap + 30, 500], [700, 500]]) + ORIGIN
    assert one_by_one(pair, xy) == pytest.approx([-10, -30, -300], abs=1e-6)
    assert one_by_one(pair, xy) == pytest.approx(drawn(pair, xy), abs=1e-6)


@pytest.mark.parametrize("overlap", [1e-6, 1e-3, 0.5])
def test_an_overlap_of_a_hair_is_none(overlap: float) -> None:
    west = shapely.box(EAST, NORTH, EAST + 1000, NORTH + 1000)
    east = shapely.box(EAST + 1000 - overlap, NORTH, EAST + 2000, NORTH + 1000)
    xy = np.array([[990.0, 500], [1000, 500], [700, 500]]) + ORIGIN
    found = one_by_one(np.array([west, east], dtype=object), xy)
    assert found == pytest.approx([-500, -500, -500], abs=1e-6)


@pytest.mark.parametrize("gap", [1e-9, 1e-8, 1e-7])
def test_a_gap_of_rounding_is_none(gap: float) -> None:
    west = shapely.box(EAST, NORTH, EAST + 1000, NORTH + 1000)
    east = shapely.box(EAST + 1000 + gap, NORTH, EAST + 2000, NORTH + 1000)
    pair = np.array([west, east], dtype=object)
    xy = np.array([[990.0, 500], [1030, 500], [700, 500]]) + ORIGIN
    assert one_by_one(pair, xy) == pytest.approx([-500, -500, -500], abs=2e-6)


@pytest.mark.parametrize("share", [0.1, 1 / 3, 0.7, 0.9])
@pytest.mark.parametrize("rise", [331.0, 77.7, -123.4])
def test_a_corner_that_the_neighbour_has_not(share: float, rise: float) -> None:
    # A slanted side with a corner in its middle on one side only: rounding puts it off the side.
    start, end = np.array([0.0, 0]), np.array([1000.0, rise])
    corner = start + share * (end - start)
    above = shapely.polygons(np.array([start, end, [1000, 3000], [0, 3000]]) + ORIGIN)
    below = np.array([start, corner, end, [1000, -3000], [0, -3000]]) + ORIGIN
    pair = np.array([above, shapely.polygons(below)], dtype=object)
    # The limit of both together is a box, 1 km wide.
    xy = np.array([[300.0, 200], [500, rise / 2], [400, 5], [600, -50]])
    expected = -np.minimum(xy[:, 0], 1000 - xy[:, 0])
    assert one_by_one(pair, xy + ORIGIN) == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize("seed", range(4))
def test_random_partitions_against_the_whole_union(seed: int) -> None:
    draw = np.random.default_rng(seed)
    zones = partition(draw, 250)
    corners = shapely.get_coordinates(zones)
    xy = np.concatenate(
        [
            draw.uniform(0, 60_000, (60, 2)) + ORIGIN,
            corners[draw.integers(0, len(corners), 20)],
            [[EAST + 30_000, NORTH + 30_000]],
        ]
    )
    expected = drawn(zones, xy)
    assert expected.min() < -15_000
    for found in both_ways(zones, xy):
        assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_random_partitions_with_holes_and_overlaps(seed: int) -> None:
    draw = np.random.default_rng(100 + seed)
    zones = partition(draw, 250)
    kept = zones[draw.uniform(size=len(zones)) > 0.04]
    wide = np.asarray(shapely.buffer(kept[:5], 700.0), dtype=object)
    nothing = np.array([None, shapely.Polygon()], dtype=object)
    mixed = np.concatenate([kept, wide, nothing])
    xy = draw.uniform(0, 60_000, (60, 2)) + ORIGIN
    expected = drawn(mixed, xy, slivers=True)
    for found in both_ways(mixed, xy):
        assert found == pytest.approx(expected, abs=1e-4)


def test_a_neighbour_that_the_circle_just_touches_is_met() -> None:
    # The side between two zones is the limit of the first; a circle up to it, rounded to either
    # side of it, has to meet the second at every slant.
    for angle in np.linspace(0.01, 1.55, 60):
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        rows = [
            np.array([(low, -900.0), (low + 700, -900), (low + 700, 900), (low, 900)]) @ turn
            for low in (0.0, 700.0, 1400.0)
        ]
        zones = np.array([shapely.Polygon(ring + ORIGIN) for ring in rows], dtype=object)
        at = np.array([[1050.0, 0.0]]) @ turn + ORIGIN
        assert one_by_one(zones, at) == pytest.approx([-900.0], abs=1e-6)


def test_joined_is_the_union_whatever_comes() -> None:
    board = squares(3, 2)
    line = shapely.LineString([(EAST - 500, NORTH + 500), (EAST + 500, NORTH + 500)])
    for more in ([], [None], [shapely.buffer(board[0], 50.0)], [board[0]], [line]):
        zones = np.concatenate([board, np.array(more, dtype=object)])
        assert shapely.equals(under_test.joined(zones), shapely.union_all(zones))
    for few in (board[:1], board[:0]):
        assert shapely.equals(under_test.joined(few), shapely.union_all(few))
