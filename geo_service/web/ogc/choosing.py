"""Which features answer a request, and how they are written."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from ...features import Positions
from . import cql2, crs
from .asking import Wanted
from .collections import SHAPE, Collection

_SINGLE = re.compile(rb'\{"type":"(Point|LineString|Polygon)","coordinates":(.*)\}', re.DOTALL)
_MULTIPLE = rb'{"type":"Multi\1","coordinates":[\2]}'


def matching(collection: Collection, wanted: Wanted) -> Positions:
    """Positions of every feature that is asked for, in the order asked for.

    A feature without a shape meets every box, one without a date every time (part 1, ``/req/core/
    fc-bbox-response`` and ``fc-time-response``).
    """
    size = len(collection.features)
    kept = np.ones(size, dtype=np.bool_)
    if wanted.box is not None:
        met = ~collection.shapes_held
        met[collection.features.tree.query(wanted.box, predicate="intersects")] = True
        kept &= met
    if wanted.days is not None and collection.period is not None:
        begins, ends, dated = collection.days
        first, last = wanted.days
        kept &= ~dated | ((begins <= last) & (ends >= first))
    for name, value in wanted.equal:
        column = collection.values(name)
        kept &= column.held & np.asarray(column.values == value, dtype=np.bool_)
    if wanted.filter is not None:
        kept &= cql2.chosen(collection, wanted.filter, wanted.filter_language, wanted.filter_crs)
    positions = np.flatnonzero(kept)
    return _ordered(collection, positions, wanted) if wanted.order else positions


def _ordered(collection: Collection, positions: Positions, wanted: Wanted) -> Positions:
    """Sorted by the columns asked for; nulls last, ties in the order of the layer."""
    keys: list[npt.NDArray[Any]] = []
    for name, down in reversed(wanted.order):
        column = collection.values(name)
        _, ranks = np.unique(column.values[positions], return_inverse=True)
        keys += [-ranks if down else ranks, ~column.held[positions]]
    return positions[np.lexsort(keys)]


def written(
    collection: Collection, positions: Sequence[int], columns: tuple[str, ...] | None, uri: str
) -> list[bytes]:
    """Features as GeoJSON in a CRS, with some or all of their columns."""
    features = collection.features
    texts = [features.texts[place] for place in positions]
    if columns is None and uri == crs.CRS84 and not collection.mixed:
        return texts
    cuts = collection.cuts[positions].tolist() if positions else []
    heads = [text[:cut] for text, cut in zip(texts, cuts, strict=True)]
    if columns is not None:
        heads = [_narrowed(head, columns) for head in heads]
    if uri == crs.CRS84:
        start = len(SHAPE)
        shapes = [text[cut + start : -1] for text, cut in zip(texts, cuts, strict=True)]
    else:
        moved = crs.from_lonlat(shapely.orient_polygons(features.shapes[positions]), uri)
        shapes = [(shape or "null").encode() for shape in shapely.to_geojson(moved).tolist()]
    if collection.mixed:
        shapes = [_SINGLE.sub(_MULTIPLE, shape) for shape in shapes]
    return [head + SHAPE + shape + b"}" for head, shape in zip(heads, shapes, strict=True)]


def _narrowed(head: bytes, columns: tuple[str, ...]) -> bytes:
    feature = json.loads(head + b"}")
    held = feature["properties"]
    feature["properties"] = {name: held[name] for name in columns}
    return json.dumps(feature, ensure_ascii=False)[:-1].encode()
