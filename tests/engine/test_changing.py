"""An index that changes gives, at each moment, the answers of one made of what is in it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo_service.core.errors import CrsError, SchemaError, UnknownNameError
from geo_service.engine import ChangingIndex, SpatialIndex


def test_what_is_inserted_is_found_and_what_is_deleted_is_not() -> None:
    index = ChangingIndex(2154)
    square, other = shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)
    index.insert(7, square)
    index.insert(3, other)
    assert index.query([10.0, 5.0], [5.0, 5.0])[1].tolist() == [3, 7, 7]
    index.delete(7, square)
    assert index.query([10.0, 5.0], [5.0, 5.0])[1].tolist() == [3]
    assert len(index) == 1
    index.insert(7, square)
    assert index.nearest([5.0], [5.0], 3)[0].tolist() == [[7, 3, -1]]


def test_random_changes_against_an_index_made_anew() -> None:
    draw = np.random.default_rng(6)
    index, inside = ChangingIndex(2154), {}
    x, y = draw.uniform(0, 1000, (2, 60))
    for step in range(120):
        if inside and draw.random() < 0.4:
            gone = int(draw.choice(list(inside)))
            index.delete(gone, inside.pop(gone))
        else:
            shape = shapely.Point(draw.uniform(0, 1000, 2)).buffer(draw.uniform(5, 200))
            index.insert(step, shape)
            inside[step] = shape
        if step % 20 or not inside:
            continue
        ids = np.array(sorted(inside))
        fresh = SpatialIndex(np.array([inside[id] for id in ids], dtype=object), crs=2154)
        for mine, theirs in (
            (index.query(x, y), fresh.query(x, y)),
            (index.within_distance(x, y, 50), fresh.within_distance(x, y, 50)),
        ):
            assert np.array_equal(mine[0], theirs[0])
            assert np.array_equal(mine[1], ids[theirs[1]])
        found, metres = index.nearest(x, y, 2)
        positions, lengths = fresh.nearest(x, y, 2)
        assert np.array_equal(metres, lengths)
        assert np.array_equal(found, np.where(positions < 0, -1, ids[positions]))


def test_names_that_are_taken_or_unknown() -> None:
    index = ChangingIndex(2154)
    index.insert(1, shapely.Point(0, 0))
    with pytest.raises(SchemaError):
        index.insert(1, shapely.Point(1, 1))
    with pytest.raises(SchemaError):
        index.delete(1, shapely.Point(1, 1))
    with pytest.raises(UnknownNameError):
        index.delete(2)
    with pytest.raises(SchemaError):
        index.insert(2, shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]))


def test_degrees_and_points_without_a_position() -> None:
    degrees = ChangingIndex(4326)
    degrees.insert(0, shapely.box(2, 48, 3, 49))
    assert degrees.query([2.5, np.nan], [48.5, np.nan])[0].tolist() == [0]
    with pytest.raises(CrsError):
        degrees.within_distance([2.5], [48.5], 10)
    with pytest.raises(CrsError):
        degrees.nearest([2.5], [48.5])
