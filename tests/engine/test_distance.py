"""Three answers, worked out on squares; and the distance to the limit of a union."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo_service.core.errors import SchemaError
from geo_service.engine import INSIDE, OUTSIDE, UNDETERMINED, SpatialIndex

# Two squares of 1 km side by side, and one far away.
ROW = shapely.box([0, 1000, 9000], [0, 0, 0], [1000, 2000, 9500], [1000, 1000, 500])


@pytest.fixture
def index() -> SpatialIndex:
    return SpatialIndex(ROW, crs=2154)


def test_membership_by_the_precision_of_the_point(index: SpatialIndex) -> None:
    #       deep  near the limit  exactly p deep  outside, near  outside, far
    x = [500.0, 500.0, 500.0, 500.0, 500.0]
    y = [500.0, 990.0, 980.0, 1010.0, 1030.0]
    answers = index.classify(x, y, 20)
    assert answers.given.tolist() == [True, True, True, False, False]
    assert answers.sure.tolist() == [INSIDE, UNDETERMINED, UNDETERMINED, UNDETERMINED, OUTSIDE]
    assert (answers.low, answers.value, answers.high) == (1, 3, 4)
    assert answers.zone.tolist() == [0, 0, 0, -1, -1]


def test_an_exact_point_on_the_limit_is_inside(index: SpatialIndex) -> None:
    answers = index.classify([500.0, 500.0], [1000.0, 1000.1], 0)
    assert answers.sure.tolist() == [INSIDE, OUTSIDE]
    assert answers.pair_sure.tolist() == [True]


def test_the_precision_of_the_zone_adds_to_that_of_the_point(index: SpatialIndex) -> None:
    x, y = [500.0, 9250.0], [985.0, 485.0]
    assert index.classify(x, y, 10).sure.tolist() == [INSIDE, INSIDE]
    assert index.classify(x, y, 10, zone_precision=10).sure.tolist() == [UNDETERMINED] * 2
    each = index.classify(x, y, 10, zone_precision=[10, 0, 0])
    assert each.sure.tolist() == [UNDETERMINED, INSIDE]


def test_neighbours_count_as_their_union(index: SpatialIndex) -> None:
    # 5 m from the side that two zones share: surely in one of them, in which one is open.
    answers = index.classify([1005.0], [500.0], 50)
    assert answers.sure.tolist() == [INSIDE]
    assert answers.pair_zone.tolist() == [0, 1]
    assert answers.pair_given.tolist() == [False, True]
    assert answers.pair_sure.tolist() == [False, False]
    # At the outer end of that side the disc leaves the union.
    assert index.classify([1005.0], [960.0], 50).sure.tolist() == [UNDETERMINED]


def test_infinite_unknown_and_missing(index: SpatialIndex) -> None:
    x = [500.0, 500.0, 5000.0, np.nan]
    y = [500.0, 500.0, 5000.0, np.nan]
    answers = index.classify(x, y, [np.inf, np.nan, np.nan, 10.0])
    assert answers.sure.tolist() == [UNDETERMINED, INSIDE, OUTSIDE, UNDETERMINED]
    assert answers.known.tolist() == [True, False, False, True]
    assert answers.given.tolist() == [True, True, False, False]
    assert answers.low is None
    assert answers.high is None
    assert answers.unknown == 2


def test_a_distance_with_and_without_equality(index: SpatialIndex) -> None:
    x, y = [2300.0, 2300.0, 2290.0, 2310.0], [500.0] * 4
    exact = np.zeros(4)
    wide = index.classify(x, y, exact, metres=300)
    assert wide.given.tolist() == [True, True, True, False]
    assert wide.sure.tolist() == [INSIDE, INSIDE, INSIDE, OUTSIDE]
    strict = index.classify(x, y, exact, metres=300, strict=True)
    assert strict.given.tolist() == [False, False, True, False]
    assert strict.sure.tolist() == [OUTSIDE, OUTSIDE, INSIDE, OUTSIDE]


def test_a_distance_by_precision(index: SpatialIndex) -> None:
    #     in     sure   p short of d   open   d + p exactly  beyond
    x = [500.0, 2280.0, 2290.0, 2305.0, 2310.0, 2311.0]
    y = [500.0] * 6
    strict = index.classify(x, y, 10, metres=300, strict=True)
    assert strict.sure.tolist() == [1, 1, -1, -1, 0, 0]
    wide = index.classify(x, y, 10, metres=300)
    assert wide.sure.tolist() == [1, 1, 1, -1, -1, 0]


def test_a_deep_point_outweighs_a_precision_beyond_the_distance(index: SpatialIndex) -> None:
    # 500 m deep: with a precision of 700 m it is still within 300 m of the zone.
    assert index.classify([500.0], [500.0], 700, metres=300).sure.tolist() == [INSIDE]
    assert index.classify([500.0], [500.0], 900, metres=300).sure.tolist() == [UNDETERMINED]


def test_a_hole_is_outside() -> None:
    ring = shapely.difference(shapely.box(0, 0, 3000, 3000), shapely.box(1000, 1000, 2000, 2000))
    index = SpatialIndex([ring], crs=2154)
    answers = index.classify([1500.0, 1500.0, 950.0], [1500.0, 1010.0, 1500.0], [100, 100, 60])
    assert answers.sure.tolist() == [OUTSIDE, UNDETERMINED, UNDETERMINED]
    assert index.distance_to_limit([1500.0, 900.0], [1500.0, 1500.0]).tolist() == [500, -100]


def test_a_layer_of_points() -> None:
    index = SpatialIndex(shapely.points([0.0, 1000.0], [0.0, 0.0]), crs=2154)
    answers = index.classify([0.0, 290.0, 500.0, 320.0], [0.0] * 4, 20, metres=300, strict=True)
    assert answers.sure.tolist() == [INSIDE, UNDETERMINED, OUTSIDE, OUTSIDE]


def test_a_collection_with_a_line_that_sticks_out() -> None:
    mixed = shapely.GeometryCollection(
        [shapely.box(0, 0, 1000, 1000), shapely.LineString([(1000, 500), (2000, 500)])]
    )
    index = SpatialIndex(np.array([mixed], dtype=object), crs=2154)
    answers = index.classify([500.0, 1500.0, 1500.0], [500.0, 500.0, 600.0], 50)
    assert answers.sure.tolist() == [INSIDE, UNDETERMINED, OUTSIDE]
    assert index.distance_to_limit([300.0, 1500.0], [500.0, 500.0]).tolist() == [-300, 0]


def test_distance_to_the_limit_of_the_union(index: SpatialIndex) -> None:
    x = [1000.0, 999.0, 2000.0, 2400.0, np.nan]
    y = [500.0, 700.0, 500.0, 500.0, 0.0]
    # The shared side is no limit: the nearest one is above or below.
    assert index.distance_to_limit(x, y)[:4].tolist() == [-500, -300, 0, 400]
    assert np.isnan(index.distance_to_limit(x, y)[4])


def test_a_negative_precision_is_refused(index: SpatialIndex) -> None:
    with pytest.raises(SchemaError):
        index.classify([0.0], [0.0], -1)
    with pytest.raises(SchemaError):
        index.classify([0.0], [0.0], 1, zone_precision=-1)


def test_random_discs_against_sampled_positions() -> None:
    draw = np.random.default_rng(8)
    zones = shapely.box(
        *(lambda a: (a[0], a[1], a[0] + 300, a[1] + 200))(draw.uniform(0, 1500, (2, 12)))
    )
    index = SpatialIndex(zones, crs=2154)
    x, y = draw.uniform(-100, 1800, (2, 150))
    p = draw.uniform(1, 80, 150)
    answers = index.classify(x, y, p)
    union = shapely.union_all(zones)
    discs = shapely.buffer(shapely.points(x, y), p, quad_segs=64)
    inside = shapely.covers(union, discs)
    touching = shapely.intersects(union, discs)
    # A drawn disc is a little small: it may call a doubt sure, never the other way round.
    assert (inside[answers.sure == INSIDE]).all()
    assert (~touching[answers.sure == OUTSIDE]).all()
    doubts = answers.sure == UNDETERMINED
    drawn_doubts = ~inside & touching
    assert doubts[drawn_doubts].all()
    assert (doubts & ~drawn_doubts).sum() <= 1
