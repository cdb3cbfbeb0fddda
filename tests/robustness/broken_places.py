"""Breaks what holds coordinates: FINESS texts, the ANS feed, GeoJSON, GeoParquet, zipped layers."""

from __future__ import annotations

import gzip
import io
import json
import math
import struct
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .broken_files import (
    GEOJSON,
    HUGE,
    JSON,
    KEYS,
    PLACED,
    SHAPES,
    ZIP,
    Fault,
    content_of,
    fault,
    put,
)
from .broken_tables import Rows, change_rows

LAMBERT_93 = (650_000.0, 6_860_000.0)
"""A place near Paris, in metres, where degrees are expected."""
_WITH_SHAPES = (GEOJSON, SHAPES, ZIP)

# --- FINESS as text ------------------------------------------------------------------------------


def _in_places(change: Callable[[list[str], int, int], None]) -> Callable[[Rows], Rows]:
    """Change the rows by their two coordinates, wherever the layout puts them."""

    def make(rows: Rows) -> Rows:
        if "coordxet" in rows[0]:
            x, y = rows[0].index("coordxet"), rows[0].index("coordyet")
            placed = rows[1:]
        else:
            x, y = 2, 3
            placed = [row for row in rows if row[0] == "geolocalisation"]
        for row in placed:
            change(row, x, y)
        return rows

    return make


def _swap(row: list[str], x: int, y: int) -> None:
    row[x], row[y] = row[y], row[x]


def _both(value: str) -> Callable[[list[str], int, int], None]:
    def change(row: list[str], x: int, y: int) -> None:
        row[x] = row[y] = value

    return change


def _every_other_in_degrees(rows: Rows) -> Rows:
    placed = [row for row in rows if "coordxet" in rows[0] or row[0] == "geolocalisation"][1::2]
    x = rows[0].index("coordxet") if "coordxet" in rows[0] else 2
    for row in placed:
        row[x : x + 2] = ["-3.0527504", "46.0097715"]
    return rows


fault("swapped axes", PLACED)(change_rows(_in_places(_swap)))
fault("NaN coordinates", PLACED)(change_rows(_in_places(_both("NaN"))))
fault("infinite coordinates", PLACED)(change_rows(_in_places(_both("1e999"))))
fault("mixed CRS", PLACED)(change_rows(_every_other_in_degrees))

# --- the ANS feed --------------------------------------------------------------------------------

_PAIRS = (("coordonneeX", "coordonneeY"), ("directionLongitude", "directionLatitude"))


def _change_feed(change: Callable[[dict[str, Any]], None]) -> Fault:
    """Change the feed by each object in it."""

    def make(good: Path, folder: Path) -> Path:
        feed = json.loads(content_of(good))
        for held in list(_objects(feed)):
            change(held)
        return put(good, folder, json.dumps(feed, ensure_ascii=False).encode())

    return make


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for held in value.values() if isinstance(value, dict) else value:
        if isinstance(held, dict | list):
            yield from _objects(held)


def _put_places(x_value: Any, y_value: Any) -> Callable[[dict[str, Any]], None]:
    def change(held: dict[str, Any]) -> None:
        for x, y in _PAIRS:
            if x in held:
                held[x], held[y] = x_value, y_value

    return change


def _swap_places(held: dict[str, Any]) -> None:
    for x, y in _PAIRS:
        if x in held:
            held[x], held[y] = held[y], held[x]


def _drop_number(held: dict[str, Any]) -> None:
    held.pop("numFinessEge", None)


def _repeat_establishment(held: dict[str, Any]) -> None:
    if held.get("ege"):
        held["ege"].append(held["ege"][0])


def _lengthen_name(held: dict[str, Any]) -> None:
    if held.get("numFinessEge") == "960000016":
        held["nomEgeLong"] = HUGE


def _no_row(held: dict[str, Any]) -> None:
    for name in ("pmej", "gco", "gcc"):
        if name in held:
            held[name] = []


def _text_for_object(held: dict[str, Any]) -> None:
    if "informationsGeneralesEGE" in held:
        held["informationsGeneralesEGE"] = "texte"


fault("swapped axes", JSON)(_change_feed(_swap_places))
fault("NaN coordinates", JSON)(_change_feed(_put_places("NaN", "NaN")))
fault("infinite coordinates", JSON)(_change_feed(_put_places("Infinity", "-1e999")))
fault("mixed CRS", JSON)(_change_feed(_put_places(str(LAMBERT_93[0]), "46.0")))
fault("missing column", JSON)(_change_feed(_drop_number))
fault("duplicate ids", JSON)(_change_feed(_repeat_establishment))
fault("huge cell", JSON)(_change_feed(_lengthen_name))
fault("zero rows", JSON)(_change_feed(_no_row))
fault("wrong type", JSON)(_change_feed(_text_for_object))


@fault("deep nesting", JSON)
def deep_feed(good: Path, folder: Path) -> Path:
    return put(good, folder, b'{"schemaVersion": "1", "pmej": [' + b"[" * 200_000)


@fault("deep nesting", GEOJSON)
def deep_geojson(good: Path, folder: Path) -> Path:
    start = content_of(good)[:200].split(b'"coordinates"')[0]
    return put(good, folder, start + b'"coordinates":' + b"[" * 200_000)


# --- layers of shapes ----------------------------------------------------------------------------

Layer = Any
"""A GeoDataFrame."""


def _change_layers(change: Callable[[Layer], Layer]) -> Fault:
    def make(good: Path, folder: Path) -> Path:
        if good.name.endswith(".parquet"):
            change(gpd.read_parquet(good)).to_parquet(folder / good.name)
            return folder / good.name
        if good.suffix != ".zip":
            layer = change(gpd.read_file(io.BytesIO(content_of(good))))
            return put(good, folder, _geojson(layer))
        _change_zip(good, folder / good.name, change)
        return folder / good.name

    return make


def _change_zip(good: Path, target: Path, change: Callable[[Layer], Layer]) -> None:
    with (
        tempfile.TemporaryDirectory() as unpacked,
        tempfile.TemporaryDirectory() as changed,
        zipfile.ZipFile(good) as held,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        held.extractall(unpacked)
        for name in held.namelist():
            source, made = Path(unpacked, name), Path(changed, PurePosixPath(name).name)
            if made.suffix == ".shp":
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of what it makes of our broken shapes
                    layer = change(gpd.read_file(source))
                    layer.to_file(made, geometry_type="Polygon", encoding="utf-8")
                for part in sorted(made.parent.glob(f"{made.stem}.*")):
                    archive.write(part, str(PurePosixPath(name).with_suffix(part.suffix)))
            elif made.suffix == ".geojson":
                archive.writestr(name, _geojson(change(gpd.read_file(source))))


def _geojson(layer: Layer) -> bytes:
    """As GDAL would not: it refuses to write what we want to be able to read."""
    features = [
        {
            "type": "Feature",
            "properties": {
                key: None if value is None or value != value else str(value)
                for key, value in row.items()
            },
            "geometry": None if shape is None else shapely.geometry.mapping(shape),
        }
        for row, shape in zip(
            layer.drop(columns="geometry").to_dict("records"), layer.geometry, strict=True
        )
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False).replace("Infinity", "1e999").encode()


def _move(change: Callable[[Any], Any], only: slice = slice(None)) -> Callable[[Layer], Layer]:
    """Change the vertices of some rows."""

    def make(layer: Layer) -> Layer:
        shapes = layer.geometry.to_numpy(dtype=object).copy()
        shapes[only] = shapely.transform(shapes[only], change)
        return layer.set_geometry(gpd.GeoSeries(shapes, index=layer.index, crs=layer.crs))

    return make


def _one_vertex(value: float) -> Callable[[Any], Any]:
    def change(xy: Any) -> Any:
        moved = xy.copy()
        moved[len(moved) // 2] = value
        return moved

    return change


def _rename_key(layer: Layer) -> Layer:
    return layer.drop(columns=[name for name in layer.columns if name in KEYS])


def _first_text(value: str) -> Callable[[Layer], Layer]:
    def change(layer: Layer) -> Layer:
        name = next(n for n in ("nom", "nom_qp", "NOM_QP", "lib_qp") if n in layer)
        return layer.assign(**{name: [value, *layer[name][1:]]})

    return change


def _no_shape(layer: Layer) -> Layer:
    shapes = layer.geometry.to_numpy(dtype=object).copy()
    shapes[0] = None
    return layer.set_geometry(gpd.GeoSeries(shapes, index=layer.index, crs=layer.crs))


for name, change in {
    "swapped axes": _move(lambda xy: xy[:, ::-1]),
    "NaN coordinates": _move(_one_vertex(math.nan), slice(0, 1)),
    "infinite coordinates": _move(_one_vertex(math.inf), slice(0, 1)),
    "mixed CRS": _move(lambda xy: xy * 10_000 + np.array(LAMBERT_93), slice(0, None, 2)),
    "no shape": _no_shape,
    "zero rows": lambda layer: layer.iloc[:0],
    "duplicate ids": lambda layer: pd.concat([layer, layer.iloc[:1]], ignore_index=True),
    "missing column": _rename_key,
}.items():
    fault(name, *_WITH_SHAPES)(_change_layers(change))
fault("huge cell", GEOJSON)(_change_layers(_first_text(HUGE)))


def _change_vertex(value: float) -> Fault:
    """Write a coordinate of the first shape of each zipped layer over: GDAL refuses to."""
    at = 100 + 8 + 4 + 32 + 4 + 4 + 4  # header of the file, of the record; box; one part

    def make(good: Path, folder: Path) -> Path:
        with zipfile.ZipFile(good) as held, zipfile.ZipFile(folder / good.name, "w") as archive:
            for name in held.namelist():
                data = held.read(name)
                if name.endswith(".shp"):
                    data = data[:at] + struct.pack("<d", value) + data[at + 8 :]
                elif name.endswith(".geojson"):
                    place = b'"coordinates":[[[[' if b"[[[[" in data else b'"coordinates":[[['
                    start, found, rest = data.replace(b": [", b":[").partition(place)
                    written = b"NaN" if math.isnan(value) else b"1e999"
                    data = start + found + written + b"," + rest.partition(b",")[2]
                archive.writestr(name, data)
        return folder / good.name

    return make


fault("NaN coordinates", ZIP)(_change_vertex(math.nan))
fault("infinite coordinates", ZIP)(_change_vertex(math.inf))


@fault("unknown CRS", ZIP)
def unknown_crs(good: Path, folder: Path) -> Path:
    """The same archive without the files that say the CRS."""
    with zipfile.ZipFile(good) as held, zipfile.ZipFile(folder / good.name, "w") as archive:
        for name in held.namelist():
            if not name.endswith((".prj", ".geojson")):
                archive.writestr(name, held.read(name))
    return folder / good.name


@fault("truncated member", ZIP)
def truncated_member(good: Path, folder: Path) -> Path:
    """A sound archive of which every data file is cut short."""
    with zipfile.ZipFile(good) as held, zipfile.ZipFile(folder / good.name, "w") as archive:
        for name in held.namelist():
            data = held.read(name)
            cut = name.endswith((".shp", ".dbf", ".geojson"))
            archive.writestr(name, data[: len(data) // 2] if cut else data)
    return folder / good.name


@fault("truncated content", JSON)
def truncated_content(good: Path, folder: Path) -> Path:
    """A sound gzip of a feed that stops midway."""
    data = content_of(good)
    (folder / good.name).write_bytes(gzip.compress(data[: len(data) // 2]))
    return folder / good.name
