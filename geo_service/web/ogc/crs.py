"""Coordinate reference systems by reference (OGC API – Features, part 2), with their axis order."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

from ...core.i18n import T
from .refusing import refusal

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
WGS84 = f"{_EPSG}4326"
WEB_MERCATOR = f"{_EPSG}3857"
_SIDE_PARTS = 64
"""A straight side in one CRS is bent in another: sides are cut into that many pieces first."""
_DEGREE_DECIMALS = 7
_METRE_DECIMALS = 3


def offered(legal: Iterable[int]) -> tuple[str, ...]:
    """URIs of the CRS in which a layer is given; ``legal`` are the EPSG codes of its rows."""
    own = (f"{_EPSG}{code}" for code in sorted(set(legal)))
    return tuple(dict.fromkeys((CRS84, WGS84, *own, WEB_MERCATOR)))


def require_crs(uri: str, known: tuple[str, ...], parameter: str) -> str:
    """The URI, where the collection is given in it; a refusal (400) otherwise."""
    if uri in known:
        return uri
    raise refusal(
        T(
            "{parameter} : le système « {uri} » n'est pas proposé ; il y a : {known}.",
            "{parameter}: the CRS “{uri}” is not offered; there are: {known}.",
            parameter=parameter,
            uri=uri[:200],
            known=", ".join(known),
        )
    )


@functools.lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Transformer:
    # Not always_xy: the URI of EPSG:4326 means latitude first, and so for every authority's order.
    return Transformer.from_crs(_authority(source), _authority(target))


def _authority(uri: str) -> str:
    return "OGC:CRS84" if uri == CRS84 else f"EPSG:{uri.removeprefix(_EPSG)}"


def from_lonlat(shapes: npt.NDArray[np.object_], uri: str) -> npt.NDArray[np.object_]:
    """Shapes in degrees (longitude, latitude) carried to a CRS, in its axis order, and rounded.

    A shape that the CRS cannot hold (an island on the other side of the Earth) becomes null.
    """
    moved = np.asarray(_carried(shapes, CRS84, uri), dtype=object)
    decimals = _DEGREE_DECIMALS if uri in (CRS84, WGS84) else _METRE_DECIMALS
    rounded = np.asarray(
        shapely.transform(moved, lambda points: np.round(points, decimals)), dtype=object
    )
    rounded[~np.isfinite(shapely.bounds(rounded)).all(axis=1)] = None
    return rounded


def to_lonlat(shape: Any, uri: str) -> Any:
    """A shape that a visitor wrote in a CRS, carried to longitude and latitude.

    Sides are cut before they are carried: on a box as large as France the error stays within
    metres, on one of 10 km within millimetres.
    """
    if uri == CRS84:
        return shape
    if uri != WGS84:
        west, south, east, north = shape.bounds
        longest = max(east - west, north - south)
        if longest > 0:
            shape = shapely.segmentize(shape, longest / _SIDE_PARTS)
    moved = _carried(shape, uri, CRS84)
    if not np.isfinite(shapely.bounds(moved)).all():
        raise refusal(
            T(
                "Ces coordonnées sont hors du domaine de « {uri} ».",
                "These coordinates are outside the domain of “{uri}”.",
                uri=uri,
            )
        )
    return moved


def _carried(shapes: Any, source: str, target: str) -> Any:
    if source == target:
        return shapes
    if {source, target} == {CRS84, WGS84}:
        return shapely.transform(shapes, lambda points: points[:, ::-1])
    carry = _transformer(source, target).transform
    return shapely.transform(
        shapes, lambda points: np.column_stack(carry(points[:, 0], points[:, 1]))
    )
