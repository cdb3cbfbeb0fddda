"""GeoJSON (RFC 7946): longitude and latitude in WGS 84, seven decimals, right-hand rule."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo_service.core.contracts import OutputFormat
from geo_service.core.i18n import Language, T
from geo_service.exchange.atomic import replacing
from geo_service.exchange.cells import finite_or_text
from geo_service.exchange.credit import Credit
from geo_service.exchange.table_schema import describe, dtypes, is_spatial, to_python, typed

DECIMALS = 7
"""About a centimetre, which is what RFC 7946 (11.2) takes for enough."""


def write(
    table: Any,
    path: str | Path,
    *,
    credit: Credit,
    language: Language | None = None,
    name: str = "",
) -> None:
    """Write a layer as one FeatureCollection, a feature a line.

    Source line, licences, sources and Table Schema are foreign members before the features. A
    layer in another CRS is carried to WGS 84; an infinite number is the text ``INF``; a table
    without shapes has features whose geometry is null.

    Raises
    ------
    StoreError
        The file cannot be written; the one that was there is kept.
    SchemaError
        A column mixes types.
    """
    table = typed(table)
    if is_spatial(table):
        table = table.to_crs(4326)
    schema = describe(table, name=name or credit.name, language=language)
    head = {
        "type": "FeatureCollection",
        "name": name or credit.name,
        **credit.as_metadata(language),
        "table_schema": schema,
    }
    shapes = to_seven_decimals(table.geometry.array) if is_spatial(table) else None
    if shapes is not None and not shapely.is_empty(shapes).all():
        box = shapely.total_bounds(shapes)
        if np.isfinite(box).all():  # not where all shapes are null
            head["bbox"] = box.tolist()
    opening = json.dumps(head, ensure_ascii=False, allow_nan=False)[:-1]
    with replacing(path) as aside, aside.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(f'{opening}, "features": [\n')
        separator = ""
        key = schema.get("primaryKey")
        ids = to_python(table[key[0]]) if key else None
        for feature in feature_texts(table, shapes, ids):
            stream.write(separator + feature)
            separator = ",\n"
        stream.write("\n]}\n")


def to_seven_decimals(shapes: Any) -> npt.NDArray[np.object_]:
    """Shapes with coordinates rounded, outer rings counter-clockwise (RFC 7946, 3.1.6)."""
    array = np.asarray(shapes, dtype=object)
    oriented = shapely.orient_polygons(array)
    return np.asarray(
        shapely.transform(oriented, lambda lonlat: np.round(lonlat, DECIMALS)), dtype=object
    )


def feature_texts(table: Any, shapes: Any, ids: Sequence[Any] | None) -> Iterator[str]:
    """Each row as a GeoJSON Feature.

    Parameters
    ----------
    table
        The rows.
    shapes
        Their shapes in WGS 84, from :func:`to_seven_decimals`; None where there are none.
    ids
        Their ids; None leaves the member out.
    """
    columns = {
        column: finite_or_text(values) if dtype == "number" else values
        for column, dtype in dtypes(table).items()
        for values in [to_python(table[column])]
    }
    drawn = [None] * len(table) if shapes is None else shapely.to_geojson(shapes).tolist()
    names = list(columns)
    records = zip(*columns.values(), strict=True) if names else iter([()] * len(table))
    for row, record in enumerate(records):
        properties = json.dumps(dict(zip(names, record, strict=True)), ensure_ascii=False)
        identity = f'"id": {json.dumps(ids[row], ensure_ascii=False)}, ' if ids else ""
        shape = drawn[row] or "null"
        yield (f'{{"type": "Feature", {identity}"properties": {properties}, "geometry": {shape}}}')


FORMAT = OutputFormat(
    name="geojson",
    label=T("GeoJSON", "GeoJSON"),
    media_type="application/geo+json",
    suffix=".geojson",
    geometry=True,
    write=write,
)
