"""Boxes near one's own, and what is noted of shapes that are mended."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import shapely

from geo_service.intake.geometries import boxes_near, repair


def test_boxes_are_near_the_box_of_a_group_not_of_all_groups() -> None:
    box = np.array(
        [
            [0.0, 45.0, 0.1, 45.1],  # own, group a
            [9.0, 45.0, 9.1, 45.1],  # own, group b
            [4.5, 45.0, 4.6, 45.1],  # between the groups
            [0.12, 45.0, 0.2, 45.1],  # beside a
            [0.0, 47.0, 0.1, 47.1],
            [np.nan] * 4,
        ]
    )
    own = np.array([True, True, False, False, False, False])
    groups = np.array(["a", "b", "c", "a", "a", "a"], dtype=object)

    assert boxes_near(box, own, groups, 5_000).tolist() == [True, True, False, True, False, False]
    assert not boxes_near(box, np.zeros(6, dtype=bool), groups, 5_000).any()


@pytest.mark.parametrize("seed", range(3))
def test_no_box_within_the_distance_is_left_out(seed: int) -> None:
    made = np.random.default_rng(seed)
    low = made.uniform((-4, 42), (8, 51), (400, 2))
    box = np.hstack([low, low + made.uniform(0, 0.3, (400, 2))])
    groups = made.choice(np.array(list("abcd"), dtype=object), 400)
    own = groups == "a"
    own &= low[:, 0] < 0

    near = boxes_near(box, own, groups, 20_000)

    mine = box[own]
    edges = np.hstack([mine[:, :2].min(axis=0), mine[:, 2:].max(axis=0)])
    reach = np.array([20_000 / 70_000, 20_000 / 110_000])
    meets = (box[:, :2] <= edges[2:] + reach).all(axis=1) & (box[:, 2:] >= edges[:2] - reach).all(
        axis=1
    )
    assert near.tolist() == (own | meets).tolist()


def test_each_shape_has_its_note() -> None:
    square = shapely.box(0, 0, 1, 1)
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    flat = shapely.Polygon([(0, 0), (1, 0), (2, 0)])

    shapes, notes = repair([square, None, bow, flat, square])

    assert notes["status"].tolist() == ["valid", "empty", "repaired", "zero area", "valid"]
    assert notes["reason"].isna().tolist() == [True, False, False, False, True]
    assert [shape is None for shape in shapes] == [False, True, False, True, False]


def test_looking_at_many_shapes_leaves_the_filters_of_warnings_as_they_were() -> None:
    """shapely changes them while it looks, and many shapes are looked at by several threads."""
    spots = np.random.default_rng(1).random((4_000, 2))
    shapes = shapely.buffer(shapely.points(spots), 0.01, quad_segs=16)
    before = list(warnings.filters)
    for _ in range(5):
        repair(shapes)
        assert warnings.filters == before
