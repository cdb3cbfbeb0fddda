"""Limits for a small scale: light, without slits, nothing lost."""

from __future__ import annotations

import numpy as np
import shapely

from geo_service.drawing.scales import far, far_tolerance, far_units


def test_specks_go_but_every_territory_keeps_its_largest_part() -> None:
    island = shapely.box(3.0, 45.0, 3.001, 45.001)
    country = shapely.MultiPolygon([shapely.box(0, 45, 1, 46), island])
    lonely = shapely.box(5.0, 45.0, 5.001, 45.001)
    found = far(np.array([country, lonely, None], dtype=object), 1000.0)
    assert shapely.get_num_geometries(found[0]) == 1
    assert shapely.area(found[1]) > 0
    assert found[2] is None


def test_neighbours_keep_their_common_limit() -> None:
    line = [(1.0, 45.0 + n / 50) for n in range(51)]
    wavy = [(x + 0.01 * (n % 2), y) for n, (x, y) in enumerate(line)]
    west = shapely.Polygon([(0, 45), *wavy, (0, 46)])
    east = shapely.Polygon([*wavy, (2, 46), (2, 45)])
    one, other = far(np.array([west, east], dtype=object), 3000.0)
    assert shapely.get_num_coordinates(one) < 20
    assert shapely.area(shapely.intersection(one, other)) < 1e-9
    assert abs(shapely.area(shapely.union(one, other)) - 2.0) < 1e-3


def test_the_tolerance_follows_the_widest_place_but_not_an_ocean() -> None:
    france = (-5.0, 41.0, 9.6, 51.0)
    assert 1000 < far_tolerance([france]) < 2500
    assert far_tolerance([france, (-61.8, -21.0, 55.8, 51.0)]) == far_tolerance([france])
    assert far_tolerance([]) > 0


def test_units_stay_well_below_the_tolerance() -> None:
    for tolerance in (20.0, 80.0, 640.0, 1800.0):
        assert 111_320 / far_units(tolerance) <= tolerance / 3
