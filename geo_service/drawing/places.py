"""Where a map opens, and where it can jump to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from ..core.crs import LEGAL
from ..core.territory import LAYER_OF_LEVEL
from ..rules import qpv_generations
from .areas import TERRITORIES
from .escape import clean

Bounds = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""


def places_of(held: Mapping[str, Any], facts: Mapping[str, Any]) -> list[tuple[str, Bounds]]:
    """Where the map opens, then the other territories that it has anything of."""
    clouds = []
    for name in (*TERRITORIES, "qpv_2024", "qpv_2015", "structures"):
        if name in held:
            bounds = held[name].geometry.bounds.to_numpy()
            clouds.append(bounds[np.isfinite(bounds).all(axis=1)])
    everything = np.vstack(clouds) if clouds else np.empty((0, 4))
    middle = (everything[:, :2] + everything[:, 2:]) / 2
    places: list[tuple[str, Bounds]] = []
    for legal in LEGAL:
        west, south, east, north = legal.box
        inside = (
            (middle[:, 0] >= west)
            & (middle[:, 0] <= east)
            & (middle[:, 1] >= south)
            & (middle[:, 1] <= north)
        )
        if inside.any():
            places.append((legal.name.say(), _around(everything[inside])))
    if not places:
        legal = LEGAL[0]
        places.append((legal.name.say(), _around(everything) if len(everything) else legal.box))
    own = _own_bounds(held, str(facts.get("territory") or ""))
    if own is None or not any(_holds(legal.box, own) for legal in LEGAL):
        return places  # one that lies on both sides of an ocean would open on the ocean
    name = clean(facts.get("territory_name")) or str(facts.get("territory"))
    # Where all is in one part of the world there is no list to choose from.
    return [(name, own), *places] if len(places) > 1 else [(name, own)]


def _holds(box: Bounds, inside: Bounds) -> bool:
    return (
        box[0] <= inside[0] and box[1] <= inside[1] and inside[2] <= box[2] and inside[3] <= box[3]
    )


def _around(bounds: Any) -> Bounds:
    low, high = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def layers_of(level: str) -> list[str]:
    """The layers that may hold a territory of a level, or a QPV; none for the whole country."""
    if level == "qpv":
        return [generation.layer for generation in reversed(qpv_generations().values())]
    return [LAYER_OF_LEVEL[level]] if level in LAYER_OF_LEVEL else []


def _own_bounds(held: Mapping[str, Any], territory: str) -> Bounds | None:
    level, _, code = territory.partition(":")
    for name in layers_of(level):
        if name in held:
            own = held[name][held[name]["code"].astype(str) == code].geometry
            own = own[~(own.isna() | shapely.is_empty(own.to_numpy()))]
            if len(own):
                return _around(own.bounds.to_numpy())
    return None
