"""The way of a question is chosen by price; threads and streams change nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely

from geo_service.engine import SpatialIndex
from geo_service.engine import shelf as shelf_module

from .conftest import same_pairs


def circles(n: int = 60) -> np.ndarray:
    draw = np.random.default_rng(3)
    return shapely.buffer(
        shapely.points(*draw.uniform(0, 10_000, (2, n))), draw.uniform(50, 900, n)
    )


@pytest.fixture(scope="module")
def many() -> tuple[np.ndarray, np.ndarray]:
    return tuple(np.random.default_rng(2).uniform(-1000, 11_000, (2, 400_000)))


@pytest.fixture(scope="module")
def expected(many):
    return SpatialIndex(circles(), crs=2154, method="tree").query(*many)


def test_few_points_build_no_table() -> None:
    index = SpatialIndex(circles(), crs=2154)
    index.query([0.0] * 100, [0.0] * 100)
    assert index.has_table() is False


def test_many_points_build_one(many, expected, monkeypatch: pytest.MonkeyPatch) -> None:
    # A low price, so that the test does not hang on the speed of the machine.
    monkeypatch.setattr(shelf_module.TableShelf, "price", lambda *_: 1e-4)
    index = SpatialIndex(circles(), crs=2154)
    assert same_pairs(index.query(*many), expected)
    assert index.has_table() is True


def test_many_questions_of_few_points_build_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf_module.TableShelf, "price", lambda *_: 1e-3)
    index = SpatialIndex(circles(), crs=2154)
    draw = np.random.default_rng(0)
    for _ in range(200):
        index.query(*draw.uniform(0, 10_000, (2, 50)))
    assert index.has_table() is True


def test_a_forced_path_is_kept(many) -> None:
    tree = SpatialIndex(circles(), crs=2154, method="tree")
    tree.query(*many)
    assert tree.has_table() is False
    table = SpatialIndex(circles(), crs=2154, method="table")
    table.query([0.0], [0.0])
    assert table.has_table() is True


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_number_of_threads_changes_nothing(many, expected, threads: int) -> None:
    index = SpatialIndex(circles(), crs=2154, method="table", threads=threads)
    assert same_pairs(index.query(*many), expected)
    first, count = index.locate(*many)
    assert np.array_equal(count, np.bincount(expected[0], minlength=len(many[0])))
    assert np.array_equal(first >= 0, count > 0)
    tree = SpatialIndex(circles(), crs=2154, method="tree", threads=threads)
    assert same_pairs(tree.query(*many), expected)


def test_threads_may_share_an_index_that_is_not_built_yet(many, expected) -> None:
    x, y = (column[:60_000] for column in many)
    wanted = tuple(column[expected[0] < 60_000] for column in expected)
    near = SpatialIndex(circles(), crs=2154, method="tree").within_distance(x, y, 200)
    for method in ("tree", "table", "auto"):
        index = SpatialIndex(circles(), crs=2154, method=method)
        with ThreadPoolExecutor(8) as pool:
            members = [pool.submit(index.query, x, y) for _ in range(6)]
            nears = [pool.submit(index.within_distance, x, y, 200) for _ in range(6)]
            assert all(same_pairs(done.result(), wanted) for done in members)
            assert all(same_pairs(done.result(), near) for done in nears)


def test_a_stream_is_the_whole(many, expected) -> None:
    x, y = many
    for method in ("table", "tree", "auto"):
        index = SpatialIndex(circles(), crs=2154, method=method)
        parts = list(
            index.query_chunks(
                (x[k : k + 70_001], y[k : k + 70_001]) for k in range(0, len(x), 70_001)
            )
        )
        whole = tuple(np.concatenate(column) for column in zip(*parts, strict=True))
        assert same_pairs(whole, expected)
