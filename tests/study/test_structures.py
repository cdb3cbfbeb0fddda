"""The box of the study's communes in metres, from the few communes that can touch it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo_service.core.crs import WGS84, transform
from geo_service.engine.territorial import project
from geo_service.study.structures import _box

CENTRES = {2154: (650_000.0, 6_700_000.0), 2975: (340_000.0, 7_660_000.0)}
"""A place in the middle of each legal CRS."""


@pytest.mark.parametrize("code", CENTRES)
@pytest.mark.parametrize("spread", [10_000.0, 350_000.0])
def test_it_is_the_box_of_all_of_them(code: int, spread: float) -> None:
    draw = np.random.default_rng(int(spread))
    x, y = (draw.uniform(c - spread, c + spread, 400) for c in CENTRES[code])
    lon, lat = transform(x, y, code, WGS84)
    shapes = shapely.buffer(shapely.points(lon, lat), draw.uniform(0.001, 0.3, 400), quad_segs=2)
    shapes[3] = shapely.Polygon()
    assert _box(shapes, code).tolist() == shapely.total_bounds(project(shapes, code)).tolist()


def test_no_contour_has_no_box() -> None:
    assert np.isnan(_box(np.array([shapely.Polygon()]), 2154)).all()
