"""GeoPackage files read through SQLite itself, with the types they were written with."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from geo_service.core.schema import Dtype

from .gpkg import SQL_TYPES, Shapes, quote
from .table_schema import from_python

_FROM_SQL: dict[str, Dtype] = {sql: dtype for dtype, sql in SQL_TYPES.items()}
_ENVELOPE_BYTES = (0, 32, 48, 48, 64, 0, 0, 0)
_CHUNK = 10_000


def from_blobs(blobs: Sequence[bytes | None]) -> Shapes:
    """Shapes of GeoPackage binaries; None stays None."""
    bodies = [
        None if blob is None else blob[8 + _ENVELOPE_BYTES[blob[3] >> 1 & 7] :] for blob in blobs
    ]
    return np.asarray(shapely.from_wkb(np.array(bodies, dtype=object)), dtype=object)


def layers(db: sqlite3.Connection) -> dict[str, int | None]:
    """Names in the order of the file, with the EPSG code of a layer and None for a table."""
    return {
        name: srs if kind == "features" else None
        for name, kind, srs in db.execute(
            "SELECT table_name, data_type, srs_id FROM gpkg_contents ORDER BY rowid"
        )
    }


def columns_of(db: sqlite3.Connection, name: str) -> dict[str, Dtype]:
    """Type of each column; the row number is left out, the shape column reads ``geometry``."""
    shape = geometry_column(db, name)
    found: dict[str, Dtype] = {}
    for _, column, declared, _, _, primary in db.execute(f"PRAGMA table_info({quote(name)})"):
        if column == shape:
            found[column] = "geometry"
        elif not primary:
            found[column] = _FROM_SQL.get(declared.upper(), "text")
    return found


def geometry_column(db: sqlite3.Connection, name: str) -> str | None:
    """The shape column of a layer, None for an attribute table."""
    row = db.execute(
        "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (name,)
    ).fetchone()
    return None if row is None else str(row[0])


def key_column(db: sqlite3.Connection, name: str) -> str:
    """The column of row numbers, which is also what the spatial index points to."""
    return next(str(row[1]) for row in db.execute(f"PRAGMA table_info({quote(name)})") if row[5])


def gather(cursor: sqlite3.Cursor, width: int) -> list[list[Any]]:
    """What a query answers, as one list a column; ``width`` is their number."""
    gathered: list[list[Any]] = [[] for _ in range(width)]
    # In pieces: a list of 300,000 tuples keeps the garbage collector busy for a second.
    while rows := cursor.fetchmany(_CHUNK):
        for column, part in zip(gathered, zip(*rows, strict=True), strict=True):
            column.extend(part)
    return gathered


def read(
    db: sqlite3.Connection,
    name: str,
    *,
    columns: Sequence[str] | None = None,
    condition: str = "",
    parameters: Sequence[Any] = (),
) -> Any:
    """A layer or table with the exact types it was written with.

    Parameters
    ----------
    columns
        Columns wanted, in this order; all by default. The shapes of a layer always come.
    condition, parameters
        An SQL condition made by the service (never a user's text) and the values it binds.
    """
    import geopandas as gpd
    import pandas as pd

    types = columns_of(db, name)
    shape = geometry_column(db, name)
    wanted = [c for c in (types if columns is None else columns) if c != shape]
    asked = [*wanted, *([shape] if shape else [])]
    key = key_column(db, name)
    chosen = ", ".join(quote(column) for column in asked) or "NULL"
    where = f" WHERE {condition}" if condition else ""
    cursor = db.execute(
        f"SELECT {chosen} FROM {quote(name)}{where} ORDER BY {quote(key)}",  # noqa: S608 - names of ours, quoted; values are bound
        tuple(parameters),
    )
    gathered = gather(cursor, max(len(asked), 1))
    frame = pd.DataFrame(
        {
            column: from_python(values, types[column])
            for column, values in zip(wanted, gathered, strict=False)
        },
        index=pd.RangeIndex(len(gathered[0])),
        columns=None if wanted else [],
    )
    if shape is None:
        return frame
    return gpd.GeoDataFrame(frame, geometry=from_blobs(gathered[-1]), crs=layers(db)[name])
