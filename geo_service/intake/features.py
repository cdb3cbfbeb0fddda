"""GeoJSON and shapefiles read by GDAL as Arrow, which leaves Python's lock to others meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely

from . import ahead
from .archives import OfficialFile
from .formats import dbf_encoding, driver_of, rows_of_shapefile

if TYPE_CHECKING:
    import geopandas as gpd
    import pyarrow as pa

SUFFIXES = (".geojson", ".json", ".shp")
DRIVERS = ("GeoJSON", "ESRI Shapefile")


@dataclass(frozen=True)
class Features:
    """The features of a file as GDAL gives them; ``layer`` is the name it calls them by."""

    table: pa.Table
    shapes: str
    """Name of the column of shapes."""
    crs: Any
    layer: str
    driver: str
    encoding: str | None

    def frame(self) -> gpd.GeoDataFrame:
        """As pyogrio reads them without Arrow; a shape that cannot be built is null."""
        import geopandas as gpd

        drawn = self.table[self.shapes].to_numpy(zero_copy_only=False)
        frame = self.table.drop_columns([self.shapes]).to_pandas()
        geometry = shapely.from_wkb(drawn, on_invalid="ignore")
        return gpd.GeoDataFrame(frame, geometry=geometry, crs=self.crs)


def begin(part: OfficialFile) -> bool:
    """Read a file ahead, where its name is that of one of these; whether that was begun."""
    return part.suffix in SUFFIXES and ahead.begin(_read, part)


def read(part: OfficialFile) -> Features | None:
    """The features of a file; null where it is none of these, or one of other types of values.

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
        driver = driver_of(path, part.label)
        if driver not in DRIVERS:
            return None
        shapefile = driver == "ESRI Shapefile"
        encoding = dbf_encoding(path) if shapefile else None
        about, table = read_arrow(path, encoding=encoding, datetime_as_string=True)
        # As Arrow, a row that GDAL cannot read ends the table without a word.
        if shapefile and table.num_rows != rows_of_shapefile(path):
            return None
        layer = path.stem
    shapes = about["geometry_name"] or "wkb_geometry"
    if shapes not in table.column_names:
        return None
    plain = _as_plain(table, shapes)
    if plain is None:
        return None
    return Features(plain, shapes, about["crs"], layer, driver, encoding)


def _as_plain(table: pa.Table, shapes: str) -> pa.Table | None:
    """With dates as text; null where a column would come out otherwise than it does without Arrow:
    yes or no, lists, objects, texts in another encoding."""
    import pyarrow as pa

    numbers = (pa.int32(), pa.int64(), pa.float64())
    for at, field in enumerate(table.schema):
        column = table.column(at)
        if field.name == shapes or field.type in numbers:
            continue
        if pa.types.is_date32(field.type):
            column = column.cast(pa.string())
        elif not pa.types.is_string(field.type):
            return None
        if column.null_count == len(column):
            column = pa.nulls(len(column))
        table = table.set_column(at, field.name, column)
    try:
        table.drop_columns([shapes]).validate(full=True)
    except pa.ArrowInvalid:
        return None
    return table
