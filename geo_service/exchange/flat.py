"""A table without shapes of its own, for the formats that have cells only."""

from __future__ import annotations

from typing import Any

from geo_service.core.i18n import Language
from geo_service.core.schema import Dtype

from .table_schema import describe, dtypes, from_python, is_spatial
from .wkt import to_wkt


def flatten(
    table: Any, *, name: str, language: Language | None = None
) -> tuple[Any, dict[str, Dtype], dict[str, Any]]:
    """Put the shapes into cells: exact WKT in ``geometry``; points also get ``lon`` and ``lat``.

    Parameters
    ----------
    table
        A table that :func:`~geo_service.exchange.table_schema.typed` made.

    Returns
    -------
    table, types, descriptor
        The flat table, its types, and its Table Schema. In the latter ``geometry`` names the
        column and the CRS, and ``derived`` the columns that were added, to be left out on reading.
    """
    import pandas as pd

    descriptor = describe(table, name=name, language=language)
    if not is_spatial(table):
        return table, dtypes(table), descriptor
    flat = pd.DataFrame(table.drop(columns="geometry"))
    derived: dict[str, Dtype] = {}
    shapes = table.geometry
    geographic = table.crs is not None and table.crs.is_geographic
    if geographic and len(table) and set(shapes.dropna().geom_type) == {"Point"}:
        held = {str(column).casefold() for column in flat.columns}
        if not held & {"lon", "lat"}:
            plain = shapes.where(~shapes.is_empty, None)
            flat = flat.assign(lon=plain.x.to_numpy(), lat=plain.y.to_numpy())
            derived = {"lon": "number", "lat": "number"}
    flat["geometry"] = from_python(to_wkt(shapes.array), "text")
    types: dict[str, Dtype] = {**dtypes(table), **derived, "geometry": "text"}
    descriptor["fields"] += [{"name": column, "type": "number"} for column in derived]
    descriptor["fields"].append({"name": "geometry", "type": "string", "encoding": "WKT"})
    descriptor["geometry"]["derived"] = list(derived)
    return flat, types, descriptor
