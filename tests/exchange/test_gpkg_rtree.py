"""The packed spatial index is the one that SQLite would have made: whole, and with its answers."""

from __future__ import annotations

import sqlite3
import sys

import numpy as np
import pytest

from geo_service.exchange import gpkg_rtree


def boxes(count: int) -> np.ndarray:
    draw = np.random.default_rng(count)
    corner = draw.uniform(-1e6, 7e6, (count, 2))
    return np.hstack([corner, corner + draw.exponential(5_000, (count, 2))])


@pytest.fixture
def db() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute('CREATE VIRTUAL TABLE "rtree_a ""b" USING rtree(id, minx, maxx, miny, maxy)')
    return db


@pytest.mark.parametrize("count", [0, 1, 51, 52, 2_601, 2_602, 9_000])
def test_every_box_is_found_and_the_index_is_whole(db: sqlite3.Connection, count: int) -> None:
    bounds, keys = boxes(count), np.arange(count) * 3 + 7
    gpkg_rtree.fill(db, 'rtree_a "b', keys, bounds)
    assert db.execute("SELECT rtreecheck('rtree_a \"b')").fetchone() == ("ok",)
    assert db.execute('SELECT count(*) FROM "rtree_a ""b"').fetchone() == (count,)
    for west, south in ((0.0, 0.0), (3e6, 2e6), (-2e6, -2e6)):
        east, north = west + 8e5, south + 8e5
        found = db.execute(
            'SELECT id FROM "rtree_a ""b"'
            " WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?",
            (west, east, south, north),
        )
        meets = (
            (bounds[:, 2] >= west)
            & (bounds[:, 0] <= east)
            & (bounds[:, 3] >= south)
            & (bounds[:, 1] <= north)
        )
        # 32-bit boxes are a little larger than the true ones, never smaller.
        held = {row[0] for row in found}
        assert set(keys[meets].tolist()) <= held
        assert len(held) <= meets.sum() + 2


def test_the_index_still_takes_changes(db: sqlite3.Connection) -> None:
    gpkg_rtree.fill(db, 'rtree_a "b', np.arange(3_000), boxes(3_000))
    db.execute('INSERT INTO "rtree_a ""b" VALUES (5000, 1, 2, 1, 2)')
    db.executemany('DELETE FROM "rtree_a ""b" WHERE id = ?', [(key,) for key in range(2_900)])
    assert db.execute('SELECT count(*) FROM "rtree_a ""b"').fetchone() == (101,)
    assert db.execute("SELECT rtreecheck('rtree_a \"b')").fetchone() == ("ok",)


if sys.version_info >= (3, 12):  # before, Python cannot ask SQLite for it

    def test_where_the_tables_behind_the_index_are_guarded_rows_are_inserted(
        db: sqlite3.Connection,
    ) -> None:
        db.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        with pytest.raises(sqlite3.OperationalError, match="may not be modified"):
            db.execute('INSERT INTO "rtree_a ""b_rowid" VALUES (1, 1)')
        gpkg_rtree.fill(db, 'rtree_a "b', np.arange(100), boxes(100))
        assert db.execute('SELECT count(*) FROM "rtree_a ""b"').fetchone() == (100,)
