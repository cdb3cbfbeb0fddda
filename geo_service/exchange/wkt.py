"""Shapes as well-known text that reads back to the same bits.

``shapely.to_wkt`` writes 16 digits, one short of exact; the GeoJSON writer of GEOS writes the
shortest text of each number that reads back equal, so WKT is made from that.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import shapely

_PAIR = re.compile(r"\[([^\[\],]+),([^\[\],]+)\]")
_BRACKETS = str.maketrans("[]", "()")


def to_wkt(shapes: Any) -> list[str | None]:
    """Exact WKT of two-dimensional shapes; a null shape gives None.

    >>> to_wkt([shapely.Point(0.1 + 0.2, 1 / 3), None])
    ['POINT (0.30000000000000004 0.3333333333333333)', None]
    """
    array = np.asarray(shapes, dtype=object)
    written = shapely.to_geojson(array).tolist()
    return [
        None if text is None else _one(shape, text)
        for shape, text in zip(array.tolist(), written, strict=True)
    ]


def _one(shape: Any, text: str) -> str:
    kind = shape.geom_type.upper()
    if shape.is_empty:
        return f"{kind} EMPTY"
    if kind == "GEOMETRYCOLLECTION":
        return f"{kind} ({', '.join(str(part) for part in to_wkt(list(shape.geoms)))})"
    coordinates = text[text.index("[") : text.rindex("]") + 1]
    pairs = _PAIR.sub(r"\1 \2", coordinates)
    return f"{kind} ({pairs})" if kind == "POINT" else f"{kind} {pairs.translate(_BRACKETS)}"


def from_wkt(texts: list[str | None]) -> Any:
    """The inverse of :func:`to_wkt`."""
    return shapely.from_wkt(np.array(texts, dtype=object))
