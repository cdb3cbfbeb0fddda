"""A table as Arrow columns, for the formats that are written from them (Parquet, FlatGeobuf)."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from .table_schema import dtypes, is_spatial


def to_arrow(table: Any) -> Any:
    """A table that :func:`~geo_service.exchange.table_schema.typed` made as a ``pyarrow.Table``.

    Dates are days (``date32``), shapes are WKB in the column ``geometry``. The pandas metadata
    stay, so that pandas finds ``Int64`` and ``boolean`` again.
    """
    import pandas as pd
    import pyarrow as pa

    frame = pd.DataFrame({name: table[name] for name in dtypes(table)}, index=table.index)
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    for name, dtype in dtypes(table).items():
        if dtype == "date":
            days = pa.array(table[name].to_numpy().astype("datetime64[D]"), from_pandas=True)
            arrow = arrow.set_column(arrow.column_names.index(name), name, days)
    if is_spatial(table):
        shapes = shapely.to_wkb(np.asarray(table.geometry.array), byte_order=1)
        arrow = arrow.append_column("geometry", pa.array(shapes.tolist(), pa.binary()))
    return arrow
