"""The form of a typed table, and the check at the door.

Geometry is always in EPSG:4326 (longitude, latitude). An unknown is null, never 0, never "no".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .errors import SchemaError
from .i18n import T, Text

if TYPE_CHECKING:
    import pandas as pd

Dtype = Literal["text", "integer", "number", "date", "boolean", "geometry"]

_PANDAS: dict[str, Any] = {
    "text": "str",
    "integer": "Int64",
    "number": "float64",
    "date": "datetime64[s]",
    "boolean": "boolean",
}


@dataclass(frozen=True)
class Column:
    """One column: its type, whether it may be null, its unit and its meaning."""

    name: str
    dtype: Dtype
    meaning: Text
    nullable: bool = True
    unique: bool = False
    unit: str | None = None
    values: tuple[str, ...] | None = None
    minimum: float | None = None


@dataclass(frozen=True)
class TableSchema:
    """A typed table: its name, its columns, and the geometry it holds, if any."""

    name: str
    meaning: Text
    columns: tuple[Column, ...]
    geometry: tuple[str, ...] = ()
    """Geometry types allowed (``Point``, ``Polygon``, ``MultiPolygon``); empty: no geometry."""

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> list[str]:
        """The names of the columns, in order, geometry left out."""
        return [column.name for column in self.columns]


def shape_table(data: Any, schema: TableSchema) -> Any:
    """Give a table exactly the columns, order and types of its schema; absent ones are null.

    Parameters
    ----------
    data
        DataFrame, or GeoDataFrame in EPSG:4326 when the schema has a geometry.
    schema
        One of :data:`TABLES`.

    Returns
    -------
    DataFrame or GeoDataFrame
        A new table with a fresh integer index.

    Raises
    ------
    SchemaError
        A column cannot be read as its type.
    """
    import pandas as pd

    shaped: dict[str, Any] = {}
    for column in schema.columns:
        if column.name not in data.columns:
            shaped[column.name] = _nulls(column.dtype, len(data))
            continue
        values = data[column.name].reset_index(drop=True)
        try:
            shaped[column.name] = _as_type(values, column.dtype)
        except (ValueError, TypeError) as error:
            raise SchemaError(
                T(
                    "Table {table} : la colonne ne se lit pas comme {dtype} ({error}).",
                    "Table {table}: the column cannot be read as {dtype} ({error}).",
                    table=schema.name,
                    dtype=column.dtype,
                    error=error,
                ),
                field=column.name,
            ) from error
    frame = pd.DataFrame(shaped, index=pd.RangeIndex(len(data)), copy=False)
    if not schema.geometry:
        return frame
    import geopandas as gpd

    geometry = (
        data.geometry.reset_index(drop=True) if "geometry" in data else np.full(len(data), None)
    )
    return gpd.GeoDataFrame(frame, geometry=geometry, crs=4326)


def _as_type(values: pd.Series, dtype: Dtype) -> pd.Series:
    if dtype == "date":
        if values.dtype == "datetime64[s]":
            return values
        import pandas as pd

        return pd.to_datetime(values).astype("datetime64[s]")
    if dtype == "text":
        return values.astype("str") if values.dtype != "str" else values
    return values.astype(_PANDAS[dtype])


def _nulls(dtype: Dtype, length: int) -> pd.Series:
    import pandas as pd

    return pd.Series(None, index=pd.RangeIndex(length), dtype=_PANDAS[dtype])


def check_table(table: Any, schema: TableSchema, *, shapes: bool = True) -> Any:
    """Return the table as it is, once it keeps every rule of its schema.

    Parameters
    ----------
    shapes
        False: the caller has made sure of the geometry itself. Validity is checked once, at the
        door: for 35,000 communes each time costs a quarter of a second.

    Raises
    ------
    SchemaError
        With every breach found: the column, the rule, how many rows and the first of them.
    """
    if not _plainly_sound(table, schema):
        _name_breaches(table, schema)
    if schema.geometry and shapes:
        _check_geometry(table, schema)
    return table


def _plainly_sound(table: Any, schema: TableSchema) -> bool:
    """Whether every column is exactly of its type and keeps its rules; False also in doubt.

    The library that names the breaches takes half a second to load and a twentieth of one a table:
    too much to be told, table after table, that there are none.
    """
    if not table.columns.is_unique:
        return False
    for column in schema.columns:
        if column.name not in table.columns:
            return False
        values = table[column.name]
        if values.dtype != _PANDAS[column.dtype]:
            return False
        if not column.nullable and values.isna().any():
            return False
        if column.unique and not values.is_unique:
            return False
        if column.values is not None and not set(values.dropna().unique()) <= set(column.values):
            return False
        if column.minimum is not None and (values < column.minimum).any():
            return False
    return True


def _name_breaches(table: Any, schema: TableSchema) -> None:
    """Raise with every breach of the rules of the columns; do nothing where there is none."""
    import pandera.pandas as pa

    columns = {
        column.name: pa.Column(
            _PANDAS[column.dtype],
            checks=_checks(column),
            nullable=column.nullable,
            unique=column.unique,
        )
        for column in schema.columns
    }
    try:
        pa.DataFrameSchema(columns, strict=False).validate(table, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        first = cases.iloc[0]
        raise SchemaError(
            T(
                "Table {table} : {n} valeur(s) refusée(s), la première par la règle {rule} "
                "(valeur {value}, ligne {row} de la table).",
                "Table {table}: {n} value(s) refused, the first one by the rule {rule} "
                "(value {value}, row {row} of the table).",
                table=schema.name,
                n=len(cases),
                rule=first["check"],
                value=first["failure_case"],
                row=first["index"],
            ),
            field=None if first["column"] is None else str(first["column"]),
        ) from errors


def _checks(column: Column) -> list[Any]:
    import pandera.pandas as pa

    checks = []
    if column.values is not None:
        checks.append(pa.Check.isin(column.values))
    if column.minimum is not None:
        checks.append(pa.Check.ge(column.minimum))
    return checks


def _check_geometry(table: Any, schema: TableSchema) -> None:
    if table.crs is None or table.crs.to_epsg() != 4326:
        raise SchemaError(
            T(
                "Table {table} : la géométrie doit être en EPSG:4326.",
                "Table {table}: geometry has to be in EPSG:4326.",
                table=schema.name,
            ),
            field="geometry",
        )
    geometry = table.geometry
    present = ~(geometry.isna() | geometry.is_empty)
    wrong = present & ~(geometry.geom_type.isin(schema.geometry) & geometry.is_valid)
    if wrong.any():
        raise SchemaError(
            T(
                "Table {table} : {n} géométrie(s) invalides ou d'un autre type que {types} "
                "(première : ligne {row} de la table).",
                "Table {table}: {n} geometries invalid or of another type than {types} "
                "(first: row {row} of the table).",
                table=schema.name,
                n=int(wrong.sum()),
                types=", ".join(schema.geometry),
                row=int(np.flatnonzero(wrong)[0]),
            ),
            field="geometry",
        )
