"""Read official geographic layers, whatever their format and their packing.

In bulk with pyogrio; with Fiona where a row has to say itself what is wrong with it. The format is
told by content, so that GDAL is never handed a file it would take for an order to fetch others.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_service.core.errors import SourceError
from geo_service.core.i18n import T
from geo_service.core.result import Anomalies, Anomaly

from . import features
from .archives import OfficialFile
from .formats import dbf_encoding, driver_of
from .geometries import Fault, misplaced, refuse_misplaced_layer
from .geometries import repair as repair
from .unread import unread_shapes
from .values import match_columns

if TYPE_CHECKING:
    import geopandas as gpd

SUFFIXES = (".geojson", ".json", ".gpkg", ".shp", ".fgb", ".parquet", ".geoparquet")
"""What may hold a layer inside a ZIP."""

# Without a handler of ours, Python prints what these say to the user's terminal.
for _name in ("fiona", "pyogrio"):
    logging.getLogger(_name).addHandler(logging.NullHandler())

_AGAIN = T("Téléchargez-le à nouveau chez l'éditeur.", "Download it again from the publisher.")


@dataclass(frozen=True)
class LayerInfo:
    """One layer: where it is, and what it says of itself. ``rows`` is -1 when it does not say."""

    name: str
    member: str | None
    driver: str
    geometry_type: str
    rows: int
    crs: str | None
    fields: tuple[str, ...]


def list_layers(file: OfficialFile) -> list[LayerInfo]:
    """Every layer of a file; of a ZIP, those of all its geographic members.

    Raises
    ------
    SourceError
        Not a geographic file, without a layer, or damaged.
    """
    found = []
    for part in _parts(file):
        with part.extract_to_temp() as path:
            driver = driver_of(path, part.label)
            found += [_describe(path, layer, driver, part) for layer in _names(path, driver, part)]
    return found


def read_layer(
    file: OfficialFile,
    layer: str | None = None,
    *,
    member: str | None = None,
    source: str = "",
    anomalies: Anomalies | None = None,
    aliases: Mapping[str, Sequence[str]] | None = None,
    required: Sequence[str] | None = None,
    default_crs: Any = None,
) -> gpd.GeoDataFrame:
    """Read one layer of a GeoJSON, GeoPackage, Shapefile, FlatGeobuf or GeoParquet file.

    Parameters
    ----------
    file
        Plain, gzipped or a ZIP.
    layer, member
        Name of the layer, and of the member of a ZIP (name or pattern); null: the only one. In a
        ZIP, a layer alone finds the member called so (``QPV`` finds ``QPV.shp``).
    source, anomalies
        Name of the source, and where rows are noted that are *set aside*: unreadable geometry,
        coordinates that are not finite, swapped or out of the CRS's range. Without ``anomalies``
        the first such row is an error. When half of the rows or more have the same fault, it
        always is: the layer itself is wrong. A row without geometry is left in.
    aliases, required
        See :func:`~geo_service.intake.values.match_columns`: only these columns, under our names.
    default_crs
        CRS of a layer that does not say its own.

    Returns
    -------
    GeoDataFrame
        The layer in its own CRS. Columns as in the file (or under our names), dates as text, then
        ``row``, the 1-based rank of the feature (a column called so becomes ``row_``).
        ``attrs`` holds ``layer``, ``member``, ``driver`` and, for a shapefile, ``encoding``.

    Raises
    ------
    SourceError
        Damaged, no such layer, no row, no geometry, no CRS, a shapefile without .dbf or .shx.
    """
    part = _part_for(file, layer, member)
    raw = (_read_features(part) if layer is None else None) or _read_raw(part, layer)
    frame = raw.frame
    if len(frame) == 0:
        raise SourceError(
            T(
                "La couche {layer} ne contient aucun objet.",
                "The layer {layer} holds no feature.",
                layer=raw.name,
            ),
            file=part.label,
            do=_AGAIN,
        )
    frame = _with_crs(frame, default_crs, part.label)
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    if aliases is not None:
        names = [str(name) for name in frame.columns if name != "geometry"]
        columns = match_columns(names, aliases, required=required, file=part.label)
        ours = {theirs: mine for mine, theirs in columns.items()}
        frame = frame[[*columns.values(), "geometry"]].rename(columns=ours)
    frame = frame.rename(columns={"row": "row_"})
    frame["row"] = np.arange(1, len(frame) + 1)
    frame = _set_aside(frame, raw.unread, source, anomalies, part.label)
    frame.attrs.update(layer=raw.name, member=part.member, driver=raw.driver)
    if raw.encoding:
        frame.attrs["encoding"] = raw.encoding
    return frame


def begin_layer(file: OfficialFile, member: str | None = None) -> bool:
    """Have the only layer of a file read ahead, where that is worth it; whether it was begun."""
    return features.begin(_part_for(file, None, member))


@dataclass(frozen=True)
class _Raw:
    """A layer as it was read; ``unread``: see :func:`~geo_service.intake.unread.unread_shapes`."""

    frame: gpd.GeoDataFrame
    name: str
    driver: str
    encoding: str | None
    unread: list[tuple[int, Fault]]


def _read_features(part: OfficialFile) -> _Raw | None:
    """The only layer of a file; null where it has to be read in another way."""
    with _explained(part.label):
        held = features.read(part)
        frame = None if held is None else held.frame()
    if held is None or frame is None or frame.geometry.isna().any():
        return None
    return _Raw(frame, held.layer, held.driver, held.encoding, [])


def _read_raw(part: OfficialFile, layer: str | None) -> _Raw:
    with part.extract_to_temp() as path:
        driver = driver_of(path, part.label)
        # A format that holds one layer is not opened, and parsed, three times to learn its name.
        single = driver != "GPKG" and layer is None
        name = None if single else _choose_layer(_names(path, driver, part), layer, part)
        encoding = dbf_encoding(path) if driver == "ESRI Shapefile" else None
        frame = _read(path, name, driver, part, encoding)
        unread = [] if driver == "Parquet" else unread_shapes(path, name, frame)
    return _Raw(frame, name or path.stem, driver, encoding, unread)


def _parts(file: OfficialFile) -> list[OfficialFile]:
    """The file, or each geographic member of its ZIP."""
    if file.compression != "zip" or file.member is not None:
        return [file]
    names = [name for name in file.members if PurePosixPath(name).suffix.lower() in SUFFIXES]
    if not names:
        return [file.choose(suffixes=SUFFIXES)]  # raises, naming what there is
    return [file.choose(name, suffixes=SUFFIXES) for name in names]


def _part_for(file: OfficialFile, layer: str | None, member: str | None) -> OfficialFile:
    parts = _parts(file)
    if member is None and layer is not None and len(parts) > 1:
        named = [
            part for part in parts if PurePosixPath(part.member or "").stem.lower() == layer.lower()
        ]
        if len(named) == 1:
            return named[0]
    return (
        parts[0] if member is None and len(parts) == 1 else file.choose(member, suffixes=SUFFIXES)
    )


@contextmanager
def _explained(label: str) -> Iterator[None]:
    """Say what GDAL, Arrow or shapely report as a :class:`SourceError`, and keep them quiet."""
    import pyarrow as pa
    from pyogrio.errors import DataLayerError, DataSourceError
    from shapely.errors import ShapelyError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except (
            DataLayerError,
            DataSourceError,
            ShapelyError,
            pa.ArrowException,
            UnicodeDecodeError,
            ValueError,
            OSError,
        ) as error:
            raise SourceError(
                T(
                    "La couche est illisible ({why}).",
                    "The layer cannot be read ({why}).",
                    why=str(error).splitlines()[0][:300] if str(error) else type(error).__name__,
                ),
                file=label,
                do=_AGAIN,
            ) from error


def _names(path: Path, driver: str, part: OfficialFile) -> list[str]:
    if driver == "Parquet":
        return [path.stem]
    import pyogrio

    with _explained(part.label):
        layers = pyogrio.list_layers(path)
    # A layer without a geometry type is a plain table beside the map.
    names = [str(name) for name, geometry in layers if geometry is not None]
    if not names:
        raise SourceError(
            T("Le fichier ne contient aucune couche.", "The file holds no layer."),
            file=part.label,
            do=_AGAIN,
        )
    return names


def _choose_layer(names: list[str], layer: str | None, part: OfficialFile) -> str:
    found = [name for name in names if layer is None or name == layer] or [
        name for name in names if layer is not None and name.lower() == layer.lower()
    ]
    if layer is not None and not found and len(names) == 1 and part.compression != "none":
        inside = PurePosixPath(part.member or "").stem
        found = names if inside.lower() == layer.lower() else []
    if len(found) == 1:
        return found[0]
    raise SourceError(
        T(
            "Couche {layer} introuvable ; il y a : {names}."
            if layer is not None
            else "Plusieurs couches : {names}.",
            "No layer {layer}; there are: {names}."
            if layer is not None
            else "Several layers: {names}.",
            layer=layer,
            names=", ".join(names),
        ),
        file=part.label,
        do=T("Nommez celle qui doit être lue.", "Name the one to be read."),
    )


def _describe(path: Path, layer: str, driver: str, part: OfficialFile) -> LayerInfo:
    if driver == "Parquet":
        from pyarrow import parquet

        with _explained(part.label):
            held = parquet.ParquetFile(path)
            about = json.loads((held.schema_arrow.metadata or {}).get(b"geo", b"{}"))
            main = about.get("primary_column")
            if main is None:
                raise ValueError("Parquet without geometry")
            types = about["columns"][main].get("geometry_types") or ["Unknown"]
            crs = about["columns"][main].get("crs", {"id": {"authority": "EPSG", "code": 4326}})
            identity = (crs or {}).get("id")
            return LayerInfo(
                layer,
                part.member,
                driver,
                "/".join(types),
                held.metadata.num_rows,
                f"{identity['authority']}:{identity['code']}" if identity else None,
                tuple(name for name in held.schema_arrow.names if name not in about["columns"]),
            )
    import pyogrio

    with _explained(part.label):
        info = pyogrio.read_info(path, layer=layer, force_feature_count=driver != "FlatGeobuf")
    return LayerInfo(
        layer,
        part.member,
        driver,
        str(info["geometry_type"]),
        int(info["features"]),
        info["crs"],
        tuple(str(name) for name in info["fields"]),
    )


def _read(
    path: Path, layer: str | None, driver: str, part: OfficialFile, encoding: str | None
) -> gpd.GeoDataFrame:
    with _explained(part.label):
        if driver == "Parquet":
            import geopandas as gpd

            return gpd.read_parquet(path)
        import pyogrio

        frame = pyogrio.read_dataframe(
            path,
            layer=layer,
            encoding=encoding,
            on_invalid="ignore",
            datetime_as_string=True,
        )
    if "geometry" not in frame:
        raise SourceError(
            T("La couche n'a pas de géométrie.", "The layer has no geometry."),
            file=part.label,
            do=T("Vérifiez que c'est le bon fichier.", "Check that it is the right file."),
        )
    return frame


def _with_crs(frame: gpd.GeoDataFrame, default: Any, label: str) -> gpd.GeoDataFrame:
    if frame.crs is not None:
        return frame
    if default is not None:
        return frame.set_crs(default)
    raise SourceError(
        T(
            "La couche ne dit pas son système de coordonnées.",
            "The layer does not say its CRS.",
        ),
        file=label,
        do=T(
            "Joignez le fichier .prj, ou indiquez le système de l'éditeur.",
            "Add the .prj file, or state the publisher's CRS.",
        ),
    )


def _set_aside(
    frame: gpd.GeoDataFrame,
    unread: list[tuple[int, Fault]],
    source: str,
    anomalies: Anomalies | None,
    label: str,
) -> gpd.GeoDataFrame:
    faults = misplaced(frame.geometry.to_numpy(), frame.crs)
    refuse_misplaced_layer(faults, frame.crs, label)
    for at, found in unread:
        faults[at] = found
    bad = [at for at, fault in enumerate(faults) if fault is not None]
    if not bad:
        return frame
    for at in bad:
        fault = faults[at]
        assert fault is not None
        code, reason = fault
        if anomalies is None:
            raise SourceError(reason, file=label, row=at + 1, field="geometry")
        shape = frame.geometry.iloc[at]
        shown = None if shape is None else str(shape)[:200]
        anomalies.add(Anomaly(source, label, at + 1, "geometry", shown, code, reason, "set aside"))
    return frame.drop(index=frame.index[bad]).reset_index(drop=True)
