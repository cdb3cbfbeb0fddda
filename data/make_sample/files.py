"""Writers without a clock: the same content gives the same bytes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pyogrio
import pyproj
import shapely

ZIP_DATE = (2026, 1, 5, 3, 37, 0)
CLOCK = b"2026-01-05T03:37:00Z"


def write_bytes(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def csv_bytes(
    header: str,
    rows: Iterable[Sequence[Any]],
    *,
    sep: str = ",",
    encoding: str = "utf-8",
    eol: str = "\n",
) -> bytes:
    """A table; the header is one line, with the separator in it."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=sep, lineterminator=eol)
    writer.writerow(header.split(sep))
    writer.writerows([["" if value is None else value for value in row] for row in rows])
    return text.getvalue().encode(encoding)


def write_gzip(path: Path, data: bytes) -> None:
    write_bytes(path, gzip.compress(data, 9, mtime=0))


def write_zip(path: Path, members: Mapping[str, bytes]) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    write_bytes(path, held.getvalue())


def shapefile(stem: str, frame: gpd.GeoDataFrame, encoding: str) -> dict[str, bytes]:
    """The parts of a shapefile, by file name."""
    with tempfile.TemporaryDirectory() as folder:
        pyogrio.write_dataframe(
            frame,
            Path(folder) / f"{stem}.shp",
            driver="ESRI Shapefile",
            encoding=encoding,
            layer_options={"DBF_DATE_LAST_UPDATE": "2026-01-05"},
        )
        return {part.name: part.read_bytes() for part in sorted(Path(folder).iterdir())}


def workbook_bytes(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    book.properties.creator = "geo_service, données fictives"
    held = io.BytesIO()
    book.save(held)
    # openpyxl stamps the archive and its core properties with the time of writing.
    again = io.BytesIO()
    with zipfile.ZipFile(held) as old, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", CLOCK, old.read(name))
            info = zipfile.ZipInfo(name, ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, data)
    return again.getvalue()


def to_wgs84(geometry: Any, epsg: int, decimals: int = 6) -> Any:
    """Carry a geometry (or an array) to longitude and latitude, rounded."""
    change = pyproj.Transformer.from_crs(epsg, 4326, always_xy=True)

    def move(points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if len(points) == 0:
            return points
        return np.round(np.column_stack(change.transform(points[:, 0], points[:, 1])), decimals)

    return shapely.transform(geometry, move)


def geojson_bytes(
    features: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]], name: str | None = None
) -> bytes:
    """GeoJSON of (properties, geometry as a mapping), one feature a line."""
    head: dict[str, Any] = {"type": "FeatureCollection"}
    if name:
        head["name"] = name
        crs = {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}
        head["crs"] = {"type": "name", "properties": crs}
    lines = [
        json.dumps(
            {"type": "Feature", "properties": dict(properties), "geometry": dict(geometry)},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for properties, geometry in features
    ]
    start = json.dumps(head, ensure_ascii=False)[:-1]
    return (start + ', "features": [\n' + ",\n".join(lines) + "\n]}\n").encode()


def write_parquet(path: Path, frame: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(path, index=False, compression="zstd")
