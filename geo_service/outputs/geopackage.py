"""GeoPackage: one layer or table in one file that QGIS opens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from geo_service.core.contracts import OutputFormat
from geo_service.core.i18n import Language, T
from geo_service.exchange import gpkg
from geo_service.exchange.atomic import replacing
from geo_service.exchange.credit import Credit
from geo_service.exchange.table_schema import describe, typed


def write(
    table: Any,
    path: str | Path,
    *,
    credit: Credit,
    language: Language | None = None,
    name: str = "",
) -> None:
    """Write a layer in its own CRS, or a table without shapes.

    The source line is the description of the layer; sources, licences and Table Schema are JSON
    in the metadata of the file.

    Raises
    ------
    StoreError
        The file cannot be written; the one that was there is kept.
    CrsError
        The layer has no EPSG code.
    """
    name = name or credit.name
    table = typed(table)
    metadata = {
        **credit.as_metadata(language),
        "table_schema": describe(table, name=name, language=language),
    }
    with replacing(path) as aside, gpkg.writing(aside, path) as db:
        gpkg.add(db, name, gpkg.unpack(table, name), description=credit.line(language))
        gpkg.add_metadata(db, json.dumps(metadata, ensure_ascii=False))


FORMAT = OutputFormat(
    name="gpkg",
    label=T("GeoPackage", "GeoPackage"),
    media_type="application/geopackage+sqlite3",
    suffix=".gpkg",
    geometry=True,
    write=write,
)
