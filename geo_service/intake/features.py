"""GeoJSON read by GDAL as Arrow, which leaves Python's lock to others meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely

from . import ahead
from .archives import OfficialFile
from .formats import driver_of

if TYPE_CHECKING:
    import geopandas as gpd
    import pyarrow as pa

SUFFIXES = (".geojson", ".json")


@dataclass(frozen=True)
class Features:
    """The features of a GeoJSON file as GDAL gives them; ``layer`` is the name it calls them by."""

    table: pa.Table
    shapes: str
    """Name of the column of shapes."""
    crs: Any
    layer: str

    def frame(self) -> gpd.GeoDataFrame:
        """As pyogrio reads them without Arrow; a shape that cannot be built is null."""
        import geopandas as gpd

        drawn = self.table[self.shapes].to_numpy(zero_copy_only=False)
        frame = self.table.drop_columns([self.shapes]).to_pandas()
        geometry = shapely.from_wkb(drawn, on_invalid="ignore")
        return gpd.GeoDataFrame(frame, geometry=geometry, crs=self.crs)


def begin(part: OfficialFile) -> bool:
    """Read a file ahead, where it is GeoJSON by its name; whether that was begun."""
    return part.suffix in SUFFIXES and ahead.begin(_read, part)


def read(part: OfficialFile) -> Features | None:
    """The features of a file; null where it is not GeoJSON, or is one of other types of values.

    Raises
    ------
    SourceError
        It cannot be unpacked, or its beginning is that of no layer.
    DataSourceError, ArrowException
        GDAL cannot read it.
    """
    return ahead.result_of(_read, part) if part.suffix in SUFFIXES else None


def _read(part: OfficialFile) -> Features | None:
    from pyogrio.raw import read_arrow

    with part.extract_to_temp() as path:
        if driver_of(path, part.label) != "GeoJSON":
            return None
        about, table = read_arrow(path, datetime_as_string=True)
        layer = path.stem
    shapes = about["geometry_name"] or "wkb_geometry"
    if shapes not in table.column_names:
        return None
    plain = _as_plain(table, shapes)
    return None if plain is None else Features(plain, shapes, about["crs"], layer)


def _as_plain(table: pa.Table, shapes: str) -> pa.Table | None:
    """With dates as text; null where a column would come out otherwise than it does without Arrow:
    yes or no, lists, objects, texts that are all missing or in another encoding."""
    import pyarrow as pa

    for at, field in enumerate(table.schema):
        if field.name == shapes:
            continue
        column = table.column(at)
        if pa.types.is_date32(field.type):
            column = column.cast(pa.string())
            table = table.set_column(at, field.name, column)
        elif not (pa.types.is_string(field.type) or field.type in (pa.int32(), pa.float64())):
            return None
        if pa.types.is_string(column.type) and column.null_count == len(column):
            return None
    try:
        table.drop_columns([shapes]).validate(full=True)
    except pa.ArrowInvalid:
        return None
    return table
