"""Save a result as one GeoPackage, written aside and swapped in: a reader never sees half of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo_service.core import crs as reference
from geo_service.core.collector import collector_paused
from geo_service.core.contracts import Progress, no_progress
from geo_service.core.errors import StoreError
from geo_service.core.i18n import T
from geo_service.core.result import Result
from geo_service.exchange import gpkg
from geo_service.exchange.atomic import replacing
from geo_service.exchange.credit import credit_for

from . import figures
from .records import facts_to_table, provenance_to_table

STORE_FORMAT = 2
"""Raised when a reader of today could no longer read what is written."""
FORMAT_FACT = "geo_service.store_format"
OWN_TABLES = ("indicators", "anomalies", "provenance", "facts")


def save_result(result: Result, path: str | Path, *, progress: Progress = no_progress) -> None:
    """Write a result to ``path``, in place of the one that is there.

    Layers stand under their names in EPSG:4326, and once more as ``<layer>_<epsg>`` for each
    ``legal_crs`` of their rows, for measuring. A shape that its legal CRS cannot carry (a point
    put far from its territory) is null there. ``indicators``, ``anomalies``, ``provenance``,
    ``facts`` and the other tables of the result have no shapes; ``indicators`` is a view of the
    tables of :mod:`.figures`.

    Parameters
    ----------
    result
        The result of a build; layers are in EPSG:4326.
    path
        The GeoPackage. The folder has to be there; a symbolic link is followed.
    progress
        Told ``("store", done, total)`` after each layer or table.

    Raises
    ------
    StoreError
        No room, no right, no folder, the file is being edited elsewhere, or a name is reserved;
        the previous result is kept as it was.
    SchemaError, CrsError
        A table holds a type that cannot be stored, the indicators a column that is not theirs, a
        layer has no EPSG code.
    """
    path = Path(path)
    _check_names(result)
    total = len(result.layers) + len(OWN_TABLES) + len(result.tables)
    with collector_paused(), replacing(path) as aside:
        with gpkg.writing(aside, path) as db:
            for done, _ in enumerate(_contents(db, result), start=1):
                progress("store", done, total)
        _settle(path)


def _contents(db: sqlite3.Connection, result: Result) -> Iterator[str]:
    shared = _Shared()
    for name, layer in result.layers.items():
        line = credit_for(layer, name, facts=result.facts, provenance=result.provenance).line("fr")
        content = shared.known(gpkg.unpack(layer, name))
        gpkg.add(db, name, content, description=line)
        for epsg, rows in _by_legal_crs(content):
            gpkg.add(db, f"{name}_{epsg}", shared.carried(content, rows, epsg), description=line)
        yield name
    figures.add(db, result.figures)
    yield figures.NAME
    facts = {**result.facts, FORMAT_FACT: STORE_FORMAT}
    tables = {
        "anomalies": result.anomalies.to_table(),
        "provenance": provenance_to_table(result.provenance),
        "facts": facts_to_table(facts),
        **result.tables,
    }
    for name, table in tables.items():
        gpkg.add(db, name, gpkg.unpack(table, name))
        yield name


def _by_legal_crs(content: gpkg.Content) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
    if content.drawing is None or "legal_crs" not in content.types:
        return
    codes = content.values[list(content.types).index("legal_crs")]
    each = np.array([code or 0 for code in codes], dtype=np.int64)
    for epsg in np.unique(each[(each != 0) & (each != reference.WGS84)]).tolist():
        yield epsg, np.flatnonzero(each == epsg)


class _Shared:
    """The drawing of the last layer: the next one may show the same shapes (zoning, communes)."""

    def __init__(self) -> None:
        self._drawing: gpkg.Drawing | None = None
        self._carried: dict[tuple[int, bytes], gpkg.Drawing] = {}

    def known(self, content: gpkg.Content) -> gpkg.Content:
        """The content with the drawing of the layer before where it is the same."""
        drawing = content.drawing
        if drawing is None or self._drawing is None or not self._drawing.shows(drawing):
            self._drawing, self._carried = drawing, {}
            return content
        return replace(content, drawing=self._drawing)

    def carried(
        self, content: gpkg.Content, rows: npt.NDArray[np.int64], epsg: int
    ) -> gpkg.Content:
        """Some rows of the content in another reference system."""
        assert content.drawing is not None
        key = (epsg, rows.tobytes())
        if key not in self._carried:
            moved = _carried(content.drawing.shapes[rows], epsg)
            self._carried[key] = gpkg.Drawing(moved, epsg)
        return content.part(rows, self._carried[key])


def _carried(shapes: Any, epsg: int) -> Any:
    moved = reference.carried(shapes, reference.WGS84, epsg)
    lost = ~(shapely.is_empty(moved) | np.isfinite(shapely.bounds(moved)).all(axis=1))
    moved[lost] = None
    return moved


def _check_names(result: Result) -> None:
    names = [*result.layers, *result.tables]
    for name in names:
        reserved = name.lower() in (*OWN_TABLES, *figures.PARTS) or name.lower().startswith(
            ("gpkg_", "rtree_", "sqlite_")
        )
        if reserved or names.count(name) > 1:
            raise StoreError(
                T(
                    "« {name} » ne peut pas nommer une couche : nom réservé ou répété.",
                    "“{name}” cannot name a layer: reserved or repeated.",
                    name=name,
                )
            )


def _settle(path: Path) -> None:
    """Bring the previous file to rest: SQLite would replay its journal into the new one."""
    target = path.resolve()
    beside = [Path(f"{target}{end}") for end in ("-journal", "-wal", "-shm")]
    if not any(side.exists() for side in beside):
        return
    try:
        with closing(sqlite3.connect(target, timeout=0.5)) as db:
            db.execute("PRAGMA journal_mode=DELETE").fetchall()
            db.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except sqlite3.Error:
        pass  # it is judged by what is left beside it
    if any(side.exists() for side in beside):
        raise StoreError(
            T(
                "Le fichier est ouvert en écriture dans un autre logiciel (un SIG ?).",
                "The file is open for editing in another program (a GIS?).",
            ),
            file=path,
            do=T("Fermez-le, puis relancez.", "Close it there, then run again."),
        )
