"""Why a shape that stands in a file could not be built: Fiona reads it once more, row by row."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_service.core.i18n import T

from .geometries import NOT_FINITE, Fault

if TYPE_CHECKING:
    import geopandas as gpd


def unread_shapes(
    path: Path, layer: str | None, frame: gpd.GeoDataFrame
) -> list[tuple[int, Fault]]:
    """Positions of the shapes that are there but could not be built, and why, told by Fiona."""
    missing = set(np.flatnonzero(frame.geometry.isna()).tolist())
    if not missing:
        return []
    import fiona
    import shapely.geometry
    from fiona.errors import FionaError

    told: list[tuple[int, Fault]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with fiona.open(path, layer=layer) as features:
                for at, feature in enumerate(features):
                    if at not in missing or feature.geometry is None:
                        continue
                    if not _finite(feature.geometry.get("coordinates")):
                        told.append((at, NOT_FINITE))
                        continue
                    try:
                        shapely.geometry.shape(feature.geometry)
                        why = "GEOS"
                    except Exception as error:  # whatever the shape provokes is its reason
                        why = str(error).splitlines()[0][:200]
                    told.append((at, _unreadable(why)))
        except FionaError as error:
            told = [(at, _unreadable(str(error)[:200])) for at in sorted(missing)]
    return told


def _finite(coordinates: Any) -> bool:
    if isinstance(coordinates, int | float):
        return math.isfinite(coordinates)
    return coordinates is None or all(_finite(part) for part in coordinates)


def _unreadable(why: str) -> Fault:
    return (
        "unreadable-geometry",
        T("La géométrie est illisible ({why}).", "Unreadable geometry ({why}).", why=why),
    )
