"""FlatGeobuf: one layer that a browser or a GIS reads piece by piece over the network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from geo_service.core.contracts import OutputFormat
from geo_service.core.errors import SchemaError, StoreError
from geo_service.core.i18n import Language, T
from geo_service.exchange.atomic import replacing
from geo_service.exchange.columnar import to_arrow
from geo_service.exchange.credit import Credit
from geo_service.exchange.read_back import METADATA_KEY
from geo_service.exchange.table_schema import describe, dtypes, is_spatial, typed


def write(
    table: Any,
    path: str | Path,
    *,
    credit: Credit,
    language: Language | None = None,
    name: str = "",
) -> None:
    """Write a layer in its own CRS.

    The spatial index puts the rows into its own order; a layer with a null shape has no index
    and keeps its order. Source line, sources, licences and Table Schema are metadata of the layer.

    Raises
    ------
    StoreError
        The table has no shapes, or the file cannot be written; the one that was there is kept.
    SchemaError
        A text holds a zero byte, at which the format would cut it.
    """
    table = typed(table)
    name = name or credit.name
    if not is_spatial(table):
        raise StoreError(
            T("FlatGeobuf ne tient que des couches.", "FlatGeobuf holds layers only."),
            file=path,
            do=T("Prenez parquet, csv ou xlsx.", "Take parquet, csv or xlsx."),
        )
    _refuse_zero_bytes(table)
    said = {
        **credit.as_metadata(language),
        "table_schema": describe(table, name=name, language=language),
    }
    with replacing(path) as aside:
        aside.unlink()  # GDAL makes the file itself
        _write(table, aside, path, name, credit.line(language), said)


def _write(
    table: Any, aside: Path, path: str | Path, name: str, line: str, said: dict[str, Any]
) -> None:
    from pyogrio.errors import DataLayerError, DataSourceError
    from pyogrio.raw import read, write_arrow

    shapes = table.geometry
    kinds = set(shapes.dropna().geom_type)
    hollow = bool((shapes.isna() | shapes.is_empty).any())
    epsg = table.crs.to_epsg() if table.crs is not None else None
    try:
        write_arrow(
            to_arrow(table),
            aside,
            driver="FlatGeobuf",
            layer=name,
            geometry_name="geometry",
            geometry_type=kinds.pop() if len(kinds) == 1 else "Unknown",
            crs=f"EPSG:{epsg}" if epsg else None,
            layer_metadata={METADATA_KEY: json.dumps(said, ensure_ascii=False)},
            TITLE=name,
            DESCRIPTION=line,
            SPATIAL_INDEX="NO" if hollow or table.empty else "YES",
        )
        # GDAL says nothing when the disk fills up under a file without index.
        whole = len(read(aside, columns=[])[2]) == len(table)
    except (DataLayerError, DataSourceError) as error:
        raise _unwritten(path, str(error)) from error
    except OSError as error:
        raise _unwritten(path, str(error)) from error
    if not whole:
        raise _unwritten(path, "incomplete")


def _unwritten(path: str | Path, why: str) -> StoreError:
    return StoreError(
        T("Le fichier ne s'écrit pas ({why}).", "The file cannot be written ({why}).", why=why),
        file=path,
        do=T(
            "Rien n'a été remplacé ; vérifiez la place sur le disque.",
            "Nothing was replaced; check the room on the disk.",
        ),
    )


def _refuse_zero_bytes(table: Any) -> None:
    for column, dtype in dtypes(table).items():
        if dtype == "text" and table[column].str.contains("\x00", regex=False).any():
            raise SchemaError(
                T("Un texte tient un octet nul.", "A text holds a zero byte."),
                field=column,
                do=T("Prenez gpkg ou parquet.", "Take gpkg or parquet."),
            )


FORMAT = OutputFormat(
    name="fgb",
    label=T("FlatGeobuf", "FlatGeobuf"),
    media_type="application/vnd.flatgeobuf",
    suffix=".fgb",
    geometry=True,
    write=write,
)
