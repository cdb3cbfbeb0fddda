"""Shapes made light: neighbours stay neighbours, nothing is lost but detail."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo_service.drawing.shapes import inner_points, merged, packed, simplified


def unpacked(shape: list[list[list[int]]]) -> shapely.MultiPolygon:
    """What the browser makes of a packed shape."""
    polygons = []
    for rings in shape:
        lines = [np.cumsum(np.reshape(ring, (-1, 2)), axis=0) / 100_000 for ring in rings]
        polygons.append(shapely.Polygon(lines[0], lines[1:]))
    return shapely.MultiPolygon(polygons)


def wavy_neighbours() -> np.ndarray:
    """Two areas with a common limit of 400 vertices."""
    y = np.linspace(0.0, 1.0, 401)
    limit = np.column_stack([0.001 * np.sin(y * 300), y])
    left = shapely.Polygon([(-1.0, 0.0), *limit, (-1.0, 1.0)])
    right = shapely.Polygon([(1.0, 0.0), *limit, (1.0, 1.0)])
    return np.array([left, right])


def test_neighbours_keep_their_common_limit() -> None:
    light = simplified(wavy_neighbours(), budget=100)
    assert shapely.get_num_coordinates(light).sum() <= 100
    assert shapely.coverage_is_valid(light)
    assert shapely.area(shapely.union_all(light)) == pytest.approx(2.0, rel=1e-3)


def test_what_fits_is_left_as_it_is() -> None:
    areas = wavy_neighbours()
    assert shapely.equals_exact(simplified(areas, budget=10_000), areas, 1e-9).all()


def test_a_budget_out_of_reach_still_gives_areas() -> None:
    light = simplified(wavy_neighbours(), budget=1)
    assert (shapely.area(light) > 0.5).all()


def test_packing_keeps_parts_holes_and_places_to_a_metre() -> None:
    ring = shapely.box(5.0, 45.0, 5.1, 45.1).difference(shapely.box(5.02, 45.02, 5.08, 45.08))
    area = shapely.MultiPolygon([ring, shapely.box(-61.5, 16.2, -61.4, 16.3)])
    back = unpacked(packed(np.array([area]))[0])
    assert shapely.equals_exact(shapely.normalize(back), shapely.normalize(area), 0.5e-5 + 1e-12)


def test_what_rounding_leaves_nothing_of_is_dropped() -> None:
    speck = shapely.box(1.0, 1.0, 1.0000001, 1.0000001)
    pinhole = shapely.box(0, 0, 1, 1).difference(shapely.box(0.5, 0.5, 0.5000001, 0.5000001))
    shapes = packed(np.array([speck, pinhole, None, shapely.Polygon()], dtype=object))
    assert [len(shape) for shape in shapes] == [0, 1, 0, 0]
    assert len(shapes[1][0]) == 1


def test_lines_left_by_a_repair_are_no_areas() -> None:
    mixed = shapely.GeometryCollection(
        [shapely.box(0, 0, 1, 1), shapely.LineString([(1, 1), (2, 2)])]
    )
    assert len(packed(np.array([mixed]))[0]) == 1


def test_a_name_is_placed_inside_its_area() -> None:
    crescent = shapely.Point(0, 0).buffer(1).difference(shapely.Point(0.3, 0).buffer(1))
    places = inner_points(np.array([crescent, shapely.box(0, 0, 2, 2), None], dtype=object))
    assert shapely.covers(crescent, shapely.Point(places[0]))
    assert places[1].tolist() == [1.0, 1.0]
    assert np.isnan(places[2]).all()


def test_merged_areas_may_overlap_or_be_absent() -> None:
    areas = np.array([shapely.box(0, 0, 2, 1), shapely.box(1, 0, 3, 1), None], dtype=object)
    assert merged(areas).equals(shapely.box(0, 0, 3, 1))
    assert merged(areas[2:]).is_empty
