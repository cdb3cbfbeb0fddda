"""GeoParquet 1.1 (https://geoparquet.org/releases/v1.1.0/): exact, small and fast to read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from geo_service.core.contracts import OutputFormat
from geo_service.core.i18n import Language, T
from geo_service.exchange.atomic import replacing
from geo_service.exchange.columnar import to_arrow
from geo_service.exchange.credit import Credit
from geo_service.exchange.read_back import METADATA_KEY
from geo_service.exchange.table_schema import describe, is_spatial, typed


def write(
    table: Any,
    path: str | Path,
    *,
    credit: Credit,
    language: Language | None = None,
    name: str = "",
) -> None:
    """Write a layer in its own CRS, or a table without shapes.

    Source line, sources, licences and Table Schema are JSON under ``geo_service`` in the metadata
    of the file; dates are ``date32``.

    Raises
    ------
    StoreError
        The file cannot be written; the one that was there is kept.
    """
    import pyarrow.parquet as pq

    table = typed(table)
    arrow = to_arrow(table)
    said = {
        **credit.as_metadata(language),
        "table_schema": describe(table, name=name or credit.name, language=language),
    }
    metadata = {
        **(arrow.schema.metadata or {}),
        METADATA_KEY.encode(): json.dumps(said, ensure_ascii=False).encode(),
    }
    if is_spatial(table):
        metadata[b"geo"] = json.dumps(_geo(table)).encode()
    with replacing(path) as aside:
        pq.write_table(arrow.replace_schema_metadata(metadata), aside, compression="zstd")


def _geo(table: Any) -> dict[str, Any]:
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted(set(table.geometry.dropna().geom_type)),
        "crs": None if table.crs is None else table.crs.to_json_dict(),
    }
    box = table.total_bounds
    if np.isfinite(box).all():
        column["bbox"] = box.tolist()
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


FORMAT = OutputFormat(
    name="parquet",
    label=T("GeoParquet", "GeoParquet"),
    media_type="application/vnd.apache.parquet",
    suffix=".parquet",
    geometry=True,
    write=write,
)
