"""Read an exported file again, with the values and types it was written with."""

from __future__ import annotations

import csv
import datetime as dt
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo_service.core.errors import GeoServiceError, StoreError
from geo_service.core.i18n import T
from geo_service.core.schema import Dtype

from . import gpkg_read
from .cells import from_cells, unescape_control
from .table_schema import described_types, from_python
from .wkt import from_wkt

METADATA_KEY = "geo_service"
"""Key of the credit and Table Schema in the metadata of Parquet and FlatGeobuf files."""


def schema_path(path: str | Path) -> Path:
    """The Table Schema that stands beside a CSV file: ``x.csv`` → ``x.schema.json``."""
    return Path(path).with_suffix(".schema.json")


def read_back(path: str | Path) -> Any:
    """A file written by :mod:`geo_service.outputs` as a table of the same types.

    Parameters
    ----------
    path
        ``.csv`` (with its ``.schema.json`` beside it), ``.xlsx``, ``.geojson``, ``.gpkg``,
        ``.parquet`` or ``.fgb``.

    Returns
    -------
    DataFrame or GeoDataFrame
        Equal to the table that was written, but for: GeoJSON, coordinates to 10⁻⁷ degree;
        XLSX, no surfaces; FlatGeobuf, rows in the order of its spatial index.

    Raises
    ------
    StoreError
        The file is missing, of no such format, or was not written by the service.
    """
    path = Path(path)
    reader = _READERS.get(path.suffix)
    if reader is None:
        raise StoreError(
            T("Format inconnu.", "Unknown format."),
            file=path,
            do=T("Connus : {known}.", "Known: {known}.", known=", ".join(_READERS)),
        )
    try:
        return reader(path)
    except GeoServiceError:
        raise
    except Exception as error:  # six libraries, each with its own tree of errors
        raise StoreError(
            T(
                "Ce fichier ne se relit pas comme un export de geo_service ({why}).",
                "The file cannot be read back as an export of geo_service ({why}).",
                why=f"{type(error).__name__}: {error}",
            ),
            file=path,
        ) from error


def _table(
    columns: Mapping[str, Sequence[Any]],
    types: Mapping[str, Dtype],
    descriptor: Mapping[str, Any],
    shapes: Any = None,
) -> Any:
    import geopandas as gpd
    import pandas as pd

    frame = pd.DataFrame(
        {name: from_python(columns[name], dtype) for name, dtype in types.items()},
        index=pd.RangeIndex(descriptor["rows"]),
        columns=None if types else [],
    )
    if shapes is None:
        return frame
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=descriptor["geometry"]["crs"])


def _read_csv(path: Path) -> Any:
    descriptor = json.loads(schema_path(path).read_text(encoding="utf-8"))
    types = described_types(descriptor)
    with _long_cells(), path.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream, strict=True)
    cells = dict(zip(header, zip(*rows, strict=True) if rows else [()] * len(header), strict=True))
    columns = {name: from_cells(cells[name], dtype) for name, dtype in types.items()}
    shapes = None
    if "geometry" in descriptor:
        column = descriptor["geometry"]["column"]
        columns.pop(column)
        types.pop(column)
        for extra in descriptor["geometry"]["derived"]:
            columns.pop(extra)
            types.pop(extra)
        shapes = from_wkt([cell or None for cell in cells[column]])
    return _table(columns, types, descriptor, shapes)


@contextmanager
def _long_cells() -> Iterator[None]:
    # A polygon is one cell; the module's own limit is 131,072 characters.
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _read_xlsx(path: Path) -> Any:
    from openpyxl import load_workbook

    with path.open("rb") as stream, closing(load_workbook(stream, read_only=True)) as book:
        data, source, schema = book.worksheets
        said = {row[0]: row[1] for row in source.iter_rows(values_only=True) if len(row) > 1}
        descriptor: dict[str, Any] = json.loads(unescape_control(str(said["table_schema"])))
        fields = list(schema.iter_rows(min_row=2, values_only=True))
        descriptor["fields"] = [
            {"name": unescape_control(str(row[0])), "type": row[1]} for row in fields
        ]
        types = described_types(descriptor)
        width = len(types)
        rows = [
            (*row[:width], *(None,) * (width - len(row)))
            for row in data.iter_rows(min_row=2, values_only=True)
        ]
    rows += [(None,) * width] * (descriptor["rows"] - len(rows))
    cells = zip(*rows, strict=True) if rows else [()] * width
    columns = {
        name: _from_sheet(values, dtype)
        for (name, dtype), values in zip(types.items(), cells, strict=True)
    }
    shapes = None
    if descriptor.get("geometry", {}).get("column"):
        column = descriptor["geometry"]["column"]
        shapes = from_wkt(columns.pop(column))
        types.pop(column)
        for extra in descriptor["geometry"]["derived"]:
            columns.pop(extra)
            types.pop(extra)
    return _table(columns, types, descriptor, shapes)


def _from_sheet(values: Sequence[Any], dtype: Dtype) -> list[Any]:
    if dtype == "text":
        return [None if value is None else unescape_control(str(value)) for value in values]
    if dtype == "number":
        return [None if value is None else float(value) for value in values]
    if dtype == "date":
        return [
            value.date().isoformat() if isinstance(value, dt.datetime) else value
            for value in values
        ]
    return list(values)


def _read_geojson(path: Path) -> Any:
    collection = json.loads(path.read_text(encoding="utf-8"))
    descriptor = collection["table_schema"]
    types = described_types(descriptor)
    records = [feature["properties"] for feature in collection["features"]]
    columns = {name: [record[name] for record in records] for name in types}
    shapes = None
    if "geometry" in descriptor:
        texts = [
            None if feature["geometry"] is None else json.dumps(feature["geometry"])
            for feature in collection["features"]
        ]
        shapes = shapely.from_geojson(np.array(texts, dtype=object))
    return _table(columns, types, descriptor, shapes)


def _read_gpkg(path: Path) -> Any:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
        return gpkg_read.read(db, next(iter(gpkg_read.layers(db))))


def _read_parquet(path: Path) -> Any:
    import pyarrow.parquet as pq

    # As a file, not as a folder of partitions, whose names would become columns.
    table = pq.ParquetFile(path).read()
    metadata = json.loads(table.schema.metadata[METADATA_KEY.encode()])
    spatial = "geometry" in metadata["table_schema"]
    shapes = table.column("geometry").to_pylist() if spatial else None
    return _from_arrow(table, metadata["table_schema"], shapes)


def _read_fgb(path: Path) -> Any:
    from pyogrio import read_info
    from pyogrio.raw import read, read_arrow

    metadata = json.loads(read_info(path)["layer_metadata"][METADATA_KEY])
    _, table = read_arrow(path, read_geometry=False)
    # Apart: GDAL 3.12 gives broken Arrow offsets after a null shape.
    shapes = read(path, columns=[])[2]
    return _from_arrow(table, metadata["table_schema"], shapes)


def _from_arrow(table: Any, descriptor: Mapping[str, Any], blobs: Any) -> Any:
    types = described_types(dict(descriptor))
    columns = {name: table.column(name).to_pylist() for name in types}
    for name, dtype in types.items():
        if dtype == "date":
            columns[name] = [v.date() if isinstance(v, dt.datetime) else v for v in columns[name]]
    shapes = None if blobs is None else shapely.from_wkb(np.array(blobs, dtype=object))
    return _table(columns, types, descriptor, shapes)


_READERS = {
    ".csv": _read_csv,
    ".xlsx": _read_xlsx,
    ".geojson": _read_geojson,
    ".gpkg": _read_gpkg,
    ".parquet": _read_parquet,
    ".fgb": _read_fgb,
}
