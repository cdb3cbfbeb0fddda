"""GeoPackage files written through SQLite itself; :mod:`.gpkg_read` reads them.

Why not GDAL: every value is bound and read back as it is (infinite numbers, nulls, empty texts,
dates without hours, zero bytes in a text), a whole result is one transaction, and 300,000 rows
take about a second. Standard: OGC 12-128r15, GeoPackage 1.2, the version that the oldest QGIS and
GDAL in use open without a remark. Reference systems come from pyproj.
"""

from __future__ import annotations

import functools
import operator
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo_service.core.errors import CrsError
from geo_service.core.i18n import T
from geo_service.core.schema import Dtype

from . import gpkg_rtree
from .atomic import explain
from .gpkg_ddl import CORE, METADATA, RTREE_BOX, RTREE_EXTENSION, RTREE_TRIGGERS
from .table_schema import dtype_of, to_python, typed_columns

SQL_TYPES: dict[Dtype, str] = {
    "text": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "date": "DATE",
    "boolean": "BOOLEAN",
}
Shapes = npt.NDArray[np.object_]
Bounds = tuple[float | None, ...]
_SAID = ("page_count", "page_size")
_VALUES = 480
"""Bound by one statement at most: SQLite before 3.32 takes 999."""
_NOWHERE: Bounds = (None,) * 4


def quote(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def writing(path: Path, shown: str | Path | None = None) -> Iterator[sqlite3.Connection]:
    """A new GeoPackage in an empty file, one transaction.

    There is no rollback: the file is one that :func:`~geo_service.exchange.atomic.replacing` gave
    and that nobody sees before it is complete.

    Parameters
    ----------
    path
        An empty file.
    shown
        The path that errors name, by default ``path``.

    Raises
    ------
    StoreError
        The disk is full, or the file is shorter than what was written to it.
    """
    try:
        db = sqlite3.connect(path, isolation_level=None)
        try:
            # No journal beside the file, no wait for the disk (the caller flushes once), sorting
            # in memory so that a full /tmp cannot fail an index. Big pages halve the time.
            for pragma in (
                "page_size=16384",
                "journal_mode=OFF",
                "synchronous=OFF",
                "temp_store=MEMORY",
                "cache_size=-131072",
                "locking_mode=EXCLUSIVE",
            ):
                db.execute(f"PRAGMA {pragma}")
            db.execute("BEGIN EXCLUSIVE")
            for statement in CORE:
                db.execute(statement)
            _add_crs(db, 4326)
            yield db
            db.execute("COMMIT")
            # SQLite's own check would look at the pages in memory, never at the file.
            pages, size = (db.execute(f"PRAGMA {said}").fetchone()[0] for said in _SAID)
        finally:
            db.close()
        if path.stat().st_size != pages * size:
            raise sqlite3.DatabaseError(f"{path.stat().st_size} bytes of {pages * size}")
    except sqlite3.Error as error:
        raise explain(error, shown or path) from error


@dataclass(frozen=True, eq=False)
class Drawing:
    """Shapes of one reference system, encoded once however many layers show them."""

    shapes: Shapes
    epsg: int

    @functools.cached_property
    def bounds(self) -> npt.NDArray[np.float64]:
        """West, south, east and north of each shape, (n, 4); NaN for a null or empty one."""
        return np.asarray(shapely.bounds(self.shapes), dtype=np.float64)

    @functools.cached_property
    def blobs(self) -> list[bytes | None]:
        """The shapes as GeoPackage binary."""
        return to_blobs(self.shapes, self.epsg, self.bounds)

    def shows(self, other: Drawing) -> bool:
        """Whether both hold the very same shapes."""
        return (
            self.epsg == other.epsg
            and len(self.shapes) == len(other.shapes)
            and all(map(operator.is_, self.shapes.tolist(), other.shapes.tolist()))
        )


@dataclass(frozen=True)
class Content:
    """A layer or table unpacked for SQLite: types, one list of values a column, and its drawing."""

    types: dict[str, Dtype]
    values: list[list[Any]]
    count: int
    drawing: Drawing | None = None

    def part(self, rows: npt.NDArray[np.int64], drawing: Drawing) -> Content:
        """Some of the rows with other shapes, for instance the same ones in another CRS."""
        if len(rows) == self.count and (rows == np.arange(self.count)).all():
            return Content(self.types, self.values, self.count, drawing)
        positions = rows.tolist()
        values = [[column[row] for row in positions] for column in self.values]
        return Content(self.types, values, len(positions), drawing)


def unpack(table: Any, name: str = "") -> Content:
    """A DataFrame or GeoDataFrame as :class:`Content`.

    Raises
    ------
    SchemaError
        A column is of no known type.
    CrsError
        The layer has no CRS, or one without an EPSG code.
    """
    columns, shapes = typed_columns(table)
    types = {column: dtype_of(values) for column, values in columns.items()}
    drawing = None if shapes is None else Drawing(shapes, _epsg_of(table, name))
    return Content(types, [to_python(column) for column in columns.values()], len(table), drawing)


def add(
    db: sqlite3.Connection,
    name: str,
    content: Content,
    *,
    identifier: str = "",
    description: str = "",
) -> None:
    """Add a layer or an attribute table under its name, with its spatial index."""
    key = _free("fid", content.types)
    columns = [f"{quote(key)} INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"]
    values: list[Any] = list(content.values)
    bounds: Bounds = _NOWHERE
    shape = kind = ""
    drawing = content.drawing
    if drawing is not None:
        _add_crs(db, drawing.epsg)
        shape, kind = _free("geom", content.types), _geometry_type(drawing.shapes)
        columns.append(f"{quote(shape)} {kind}")
        values.insert(0, drawing.blobs)
        boxes = drawing.bounds[np.isfinite(drawing.bounds).all(axis=1)]
        if len(boxes):
            bounds = (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())
    columns += [f"{quote(column)} {SQL_TYPES[dtype]}" for column, dtype in content.types.items()]
    db.execute(f"CREATE TABLE {quote(name)} ({', '.join(columns)})")
    insert(db, quote(name), [range(1, content.count + 1), *values])
    register(
        db,
        name,
        identifier=identifier,
        description=description,
        bounds=bounds,
        epsg=None if drawing is None else drawing.epsg,
    )
    if drawing is not None:
        db.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?,?,?,?,0,0)",
            (name, shape, kind, drawing.epsg),
        )
        _add_rtree(db, name, shape, key, drawing.bounds)


def insert(db: sqlite3.Connection, table: str, columns: Sequence[Sequence[Any]]) -> None:
    """Insert rows given by columns; many rows a statement take half the time of one.

    Parameters
    ----------
    table
        Its quoted name.
    columns
        A sequence of values for each column of the table, all of one length.
    """
    count, width = len(columns[0]), len(columns)
    at_once = max(1, min(_VALUES // width, count))
    cells = np.empty((count, width), dtype=object)
    for number, values in enumerate(columns):
        cells[:, number] = values
    whole = count - count % at_once
    row = f"({','.join('?' * width)})"
    statement = f"INSERT INTO {table} VALUES "  # noqa: S608 - names of ours, quoted; values are bound
    together = cells[:whole].reshape(-1, at_once * width).tolist()
    db.executemany(statement + ",".join([row] * at_once), together)
    db.executemany(statement + row, cells[whole:].tolist())


def register(
    db: sqlite3.Connection,
    name: str,
    *,
    identifier: str = "",
    description: str = "",
    bounds: Bounds = _NOWHERE,
    epsg: int | None = None,
) -> None:
    """List a layer (``epsg`` given), an attribute table or a view of one, so that a GIS shows it.

    GDAL leaves the tables that are not listed out, as soon as one attribute table is.
    """
    db.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y,"
        " max_x, max_y, srs_id) VALUES (?,?,?,?,?,?,?,?,?)",
        (
            name,
            "attributes" if epsg is None else "features",
            identifier or name,
            description,
            *bounds,
            epsg or 0,
        ),
    )


def add_metadata(db: sqlite3.Connection, text: str, *, mime: str = "application/json") -> None:
    """Metadata of the whole file (extension ``gpkg_metadata``), kept as one text."""
    for statement in METADATA:
        db.execute(statement)
    cursor = db.execute(
        "INSERT INTO gpkg_metadata (md_scope, md_standard_uri, mime_type, metadata)"
        " VALUES ('dataset', 'https://datapackage.org/standard/data-resource/', ?, ?)",
        (mime, text),
    )
    db.execute(
        "INSERT INTO gpkg_metadata_reference (reference_scope, md_file_id)"
        " VALUES ('geopackage', ?)",
        (cursor.lastrowid,),
    )


def _free(wanted: str, taken: Sequence[str] | dict[str, Dtype]) -> str:
    held = {name.casefold() for name in taken}
    while wanted in held:
        wanted += "_"
    return wanted


def _epsg_of(table: Any, name: str) -> int:
    epsg = table.crs.to_epsg() if table.crs is not None else None
    if epsg is None:
        raise CrsError(
            T(
                "La couche {name} n'a pas de système de coordonnées EPSG.",
                "The layer {name} has no EPSG coordinate reference system.",
                name=name,
            )
        )
    return int(epsg)


def _add_crs(db: sqlite3.Connection, epsg: int) -> None:
    name, definition = _definition(epsg)
    db.execute(
        "INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES (?,?,'EPSG',?,?,NULL)",
        (name, epsg, epsg, definition),
    )


@functools.cache
def _definition(epsg: int) -> tuple[str, str]:
    from pyproj import CRS

    crs = CRS.from_epsg(epsg)
    return crs.name, crs.to_wkt("WKT1_GDAL")


def _geometry_type(shapes: Shapes) -> str:
    # One type when the layer holds one; the two of a surface layer stay as they are.
    kinds = np.unique(shapely.get_type_id(shapes))
    kinds = kinds[kinds >= 0]
    return shapely.GeometryType(int(kinds[0])).name if len(kinds) == 1 else "GEOMETRY"


def _add_rtree(
    db: sqlite3.Connection, name: str, shape: str, key: str, bounds: npt.NDArray[np.float64]
) -> None:
    tree = f"rtree_{name}_{shape}"
    db.execute(
        f"CREATE VIRTUAL TABLE {quote(tree)} USING rtree(id, minx, maxx, miny, maxy)",
    )
    held = np.flatnonzero(np.isfinite(bounds).all(axis=1))
    gpkg_rtree.fill(db, tree, held + 1, bounds[held])
    names = {"table": quote(name), "tree": quote(tree), "shape": quote(shape), "key": quote(key)}
    box = RTREE_BOX.format(**names)
    for trigger in RTREE_TRIGGERS:
        db.execute(trigger.format(**names, box=box, prefix=tree.replace('"', '""')))
    db.execute(RTREE_EXTENSION, (name, shape))


def to_blobs(shapes: Any, srs: int, bounds: npt.NDArray[np.float64]) -> list[bytes | None]:
    """Shapes as GeoPackage binary: header with envelope (none for a point), then WKB.

    A null shape gives None; an empty one keeps its type and carries the "empty" flag.
    """
    array = np.asarray(shapes, dtype=object)
    bodies = shapely.to_wkb(array, byte_order=1)
    boxed = np.isfinite(bounds).all(axis=1) & (shapely.get_type_id(array) != 0)
    empty = shapely.is_empty(array)
    plain = b"GP\x00\x01" + struct.pack("<i", srs)
    hollow = b"GP\x00\x11" + struct.pack("<i", srs)
    with_box = b"GP\x00\x03" + struct.pack("<i", srs)
    boxes = np.ascontiguousarray(bounds[:, [0, 2, 1, 3]], dtype="<f8").tobytes()
    return [
        None
        if body is None
        else with_box + boxes[32 * i : 32 * i + 32] + body
        if box
        else (hollow if void else plain) + body
        for i, (body, box, void) in enumerate(
            zip(bodies.tolist(), boxed.tolist(), empty.tolist(), strict=True)
        )
    ]
