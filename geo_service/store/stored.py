"""A stored result, read-only: it stays the one that was opened, even when the file is replaced."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import shapely

from geo_service.core.crs import WGS84
from geo_service.core.errors import StoreError
from geo_service.core.i18n import T
from geo_service.core.result import Provenance
from geo_service.core.tables import INDICATORS
from geo_service.exchange import gpkg_read
from geo_service.exchange.gpkg import quote

from . import figures, figures_read, refusals
from .filters import conditions
from .geopackage import FORMAT_FACT, OWN_TABLES, STORE_FORMAT
from .records import facts_from_table, provenance_from_table

Wanted = str | Collection[str] | None


def fingerprint(path: str | Path) -> str:
    """A short text that changes when the file is replaced; costs no reading.

    Raises
    ------
    StoreError
        There is no such file.
    """
    try:
        status = Path(path).stat()
    except OSError as error:
        raise refusals.missing(path) from error
    seen = f"{status.st_dev}-{status.st_ino}-{status.st_mtime_ns}-{status.st_size}"
    return hashlib.sha256(seen.encode()).hexdigest()[:20]


class StoredResult:
    """What :func:`~geo_service.store.geopackage.save_result` wrote, opened for reading.

    All the reads of one ``StoredResult`` answer from one build: the file that was there when it
    was opened stays open, whatever takes its place. ``replaced`` says whether to open again.
    Threads may share it. Close it, or use it in a ``with`` block.

    Parameters
    ----------
    path
        A GeoPackage made by ``geo-service build``.

    Raises
    ------
    StoreError
        The file is missing, cut short, no result, or written by a newer version.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.fingerprint = fingerprint(path)
        """Changes with each file that takes this path."""
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._words: figures_read.Words | None = None
        self._db = self._open()
        try:
            facts = self._check()
        except BaseException:
            self._db.close()
            raise
        facts.pop(FORMAT_FACT)
        self.facts: dict[str, Any] = facts
        """The study as it was run; dates are ISO text."""
        self.provenance: list[Provenance] = provenance_from_table(self.read_table("provenance"))

    @property
    def replaced(self) -> bool:
        """Whether another file has taken the path since this one was opened."""
        return not self.path.exists() or fingerprint(self.path) != self.fingerprint

    def layer_names(self, *, legal: bool = False) -> list[str]:
        """Names of the layers in EPSG:4326; with ``legal``, of their copies in legal CRS."""
        return [
            name
            for name, epsg in self._contents.items()
            if epsg is not None and (epsg != WGS84) == legal
        ]

    def table_names(self) -> list[str]:
        """Names of the tables without shapes."""
        return [name for name, epsg in self._contents.items() if epsg is None]

    def read_layer(
        self,
        name: str,
        *,
        where: Mapping[str, Any] | None = None,
        bbox: tuple[float, float, float, float] | None = None,
        columns: Sequence[str] | None = None,
    ) -> Any:
        """A layer, or the part of it that is asked for.

        Parameters
        ----------
        name
            One of :meth:`layer_names`, in EPSG:4326 or legal CRS.
        where
            Column → the value wanted, a collection of values, or None for null.
        bbox
            (west, south, east, north) in the CRS of the layer: the rows whose shape meets it.
        columns
            Columns wanted; the shapes always come.

        Returns
        -------
        GeoDataFrame
            With the exact types that were saved, in the order that was saved.

        Raises
        ------
        UnknownNameError
            No such layer or column.
        """
        if self._contents.get(name) is None:
            known = self.layer_names() + self.layer_names(legal=True)
            raise refusals.unknown(T("la couche", "layer"), name, known)
        return self._read(name, where or {}, columns, bbox)

    def read_table(self, name: str, *, where: Mapping[str, Any] | None = None) -> Any:
        """A table without shapes; ``where`` as in :meth:`read_layer`.

        Raises
        ------
        UnknownNameError
            No such table or column.
        """
        if self._contents.get(name, WGS84) is not None:
            raise refusals.unknown(T("la table", "table"), name, self.table_names())
        if name == figures.NAME and self._coded:
            return self._read_figures(where or {})
        return self._read(name, where or {})

    def read_indicators(
        self,
        *,
        territory: Wanted = None,
        level: Wanted = None,
        indicator: Wanted = None,
        kind: Wanted = None,
        definition: Wanted = None,
        as_of: dt.date | Collection[dt.date] | None = None,
    ) -> Any:
        """The rows of ``indicators`` that have these values; None asks for all.

        Each may be one value or a collection. Nothing found gives an empty table: names are
        judged by who knows them all. Notes are in the current language.
        """
        asked = {
            "territory": territory,
            "level": level,
            "indicator": indicator,
            "kind": kind,
            "definition": definition,
            "as_of": as_of,
        }
        given = {k: v for k, v in asked.items() if v is not None}
        return self.read_table(figures.NAME, where=given)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> StoredResult:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(
        self,
        name: str,
        where: Mapping[str, Any],
        columns: Sequence[str] | None = None,
        bbox: tuple[float, float, float, float] | None = None,
    ) -> Any:
        with self._reading() as db:
            known = gpkg_read.columns_of(db, name)
            for column in (*where, *(columns or ())):
                if column not in known and column != "geometry":
                    raise refusals.unknown(T("la colonne", "column"), column, list(known))
            if columns is not None:
                columns = [column for column in columns if column != "geometry"]
            tests, values = conditions(where)
            if bbox is not None:
                shape = gpkg_read.geometry_column(db, name)
                tree = quote(f"rtree_{name}_{shape}")
                tests.append(
                    f"{quote(gpkg_read.key_column(db, name))} IN (SELECT id FROM {tree}"  # noqa: S608 - names of ours, quoted; values are bound
                    " WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?)"
                )
                values += [bbox[0], bbox[2], bbox[1], bbox[3]]
            table = gpkg_read.read(
                db, name, columns=columns, condition=" AND ".join(tests), parameters=values
            )
        if bbox is None or table.empty:
            return table
        # The index holds 32-bit boxes, a little too large: the shapes decide.
        meets = shapely.intersects(np.asarray(table.geometry.array), shapely.box(*bbox))
        return table[meets].reset_index(drop=True)

    def _read_figures(self, where: Mapping[str, Any]) -> Any:
        for column in where:
            if column not in INDICATORS.names:
                raise refusals.unknown(T("la colonne", "column"), column, INDICATORS.names)
        with self._reading() as db:
            if self._words is None:
                self._words = figures_read.read_words(db)
            return figures_read.read(db, self._words, where)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if os.getpid() != self._process:
                # A connection may not cross a fork; only the same file may stand in for it.
                if self.replaced:
                    raise StoreError(
                        T("Le résultat a été remplacé.", "The result was replaced."),
                        file=self.path,
                        do=T("Ouvrez-le de nouveau.", "Open it again."),
                    )
                self._db, self._process = self._open(), os.getpid()
            try:
                yield self._db
            except sqlite3.Error as error:
                raise refusals.broken(self.path, error) from error

    def _open(self) -> sqlite3.Connection:
        try:
            with self.path.open("rb") as stream:
                head = stream.read(100)
                size = os.fstat(stream.fileno()).st_size
        except OSError as error:
            raise refusals.missing(self.path) from error
        if not head.startswith(b"SQLite format 3\0"):
            raise refusals.no_result(self.path)
        page = int.from_bytes(head[16:18], "big")
        if size < (65_536 if page == 1 else page) * int.from_bytes(head[28:32], "big"):
            raise StoreError(
                T("Le fichier est coupé.", "The file is cut short."),
                file=self.path,
                do=refusals.BUILD_AGAIN,
            )
        address = f"{self.path.resolve().as_uri()}?mode=ro"
        try:
            return sqlite3.connect(address, uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise refusals.broken(self.path, error) from error

    def _check(self) -> dict[str, Any]:
        with self._reading() as db:
            tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
            if not tables.issuperset((*OWN_TABLES, "gpkg_contents")):
                raise refusals.no_result(self.path)
            self._contents = gpkg_read.layers(db)
            # Format 1 had one plain table.
            self._coded = tables.issuperset(figures.PARTS)
            if not set(OWN_TABLES) <= set(self._contents):
                raise refusals.no_result(self.path)
            if list(gpkg_read.columns_of(db, "facts")) != ["key", "value"]:
                raise refusals.no_result(self.path)
            facts = facts_from_table(gpkg_read.read(db, "facts"))
        written = facts.get(FORMAT_FACT)
        if not isinstance(written, int):
            raise refusals.no_result(self.path)
        if written > STORE_FORMAT:
            raise StoreError(
                T(
                    "Écrit par une version plus récente (format {written}, connu : {known}).",
                    "Written by a newer version (format {written}, known: {known}).",
                    written=written,
                    known=STORE_FORMAT,
                ),
                file=self.path,
                do=T("Mettez geo_service à jour.", "Update geo_service."),
            )
        return facts
