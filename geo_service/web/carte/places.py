"""One territory on the map: where it lies, its outline, and what of each layer belongs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ...core.errors import UnknownNameError
from ...core.territory import LAYER_OF_LEVEL
from ...drawing.areas import TERRITORIES
from ...drawing.escape import clean
from ...drawing.scales import far, far_tolerance
from ...drawing.shapes import UNITS_PER_DEGREE, packed
from . import contents

if TYPE_CHECKING:
    from ..served import Served


def place(result: Served, written: str) -> dict[str, Any]:
    """Where one territory or QPV lies, and the rows of each layer that belong to it.

    Returns
    -------
    dict
        ``territory, name, bounds`` (south-west, north-east), ``outline`` (packed), ``rows`` by
        layer; a layer that cannot be cut by this territory is absent.

    Raises
    ------
    UnknownNameError
        The result does not hold the territory.
    """
    atlas = result.atlas
    territory = atlas.require_territory(written)
    level, _, code = territory.partition(":")
    name, shape = _shape(result, level, code)
    rows: dict[str, list[int]] = {}
    for layer in contents.names(result):
        if level in LAYER_OF_LEVEL and (layer == "structures" or contents.is_zone(layer)):
            rows[layer] = _members(result, layer, territory)
        if level in LAYER_OF_LEVEL and layer in TERRITORIES:
            rows[layer] = _members(result, layer, territory, "territory")
    if shape is None:
        return {"territory": territory, "name": name, "bounds": None, "rows": rows}
    west, south, east, north = shape.bounds
    outline = far(np.asarray([shape], dtype=object), far_tolerance([shape.bounds]) / 2)
    return {
        "territory": territory,
        "name": name,
        "bounds": [[south, west], [north, east]],
        "outline": {"units": UNITS_PER_DEGREE, "shapes": packed(outline)},
        "rows": rows,
    }


def _shape(result: Served, level: str, code: str) -> tuple[str, Any]:
    layers = (
        [LAYER_OF_LEVEL[level]]
        if level in LAYER_OF_LEVEL
        else sorted((n for n in contents.names(result) if n.startswith("qpv_")), reverse=True)
        if level == "qpv"
        else []
    )
    for layer in layers:
        if layer not in contents.names(result):
            continue
        rows = contents.table(result, layer)
        own = rows[rows["code"].astype(str) == code]
        if len(own):
            shape = own.geometry.iloc[0]
            empty = shape is None or shapely.is_empty(shape)
            return clean(own["name"].iloc[0]) or code, None if empty else shape
    facts = result.atlas.facts  # France, or a territory without a contour: the whole result
    boxes = [shapely.box(*box) for _, box in contents.places(result)[:1]]
    return clean(facts.get("territory_name")), boxes[0] if boxes else None


def _members(result: Served, layer: str, territory: str, key: str = "") -> list[int]:
    key = key or ("structure_id" if layer == "structures" else "zone_id")
    rows = (
        contents.structures_table(result)[0]
        if layer == "structures"
        else contents.table(result, layer)
    )
    try:
        inside = set(result.atlas.layer(layer, territory)[key].dropna())
    except UnknownNameError:
        return []
    members: list[int] = np.flatnonzero(rows[key].isin(inside)).tolist()
    return members
