"""Look at the shapes of an official layer: are they where they claim to be, are they sound?"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from geo_service.core.crs import legal_crs_at, transformer
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text

if TYPE_CHECKING:
    import pandas as pd

Shapes = npt.NDArray[np.object_]
Fault = tuple[str, Text]
"""Code and reason."""
_WORTH_THREADS = 50_000
"""Vertices; fewer are tested before a thread has begun."""

NOT_FINITE = (
    "not-finite",
    T(
        "Une coordonnée n'est pas un nombre fini.",
        "A coordinate is not a finite number.",
    ),
)
SWAPPED = (
    "swapped-axes",
    T(
        "Les axes sont inversés : la latitude (ou le nord) vient en premier.",
        "The axes are swapped: latitude (or northing) comes first.",
    ),
)
OUT_OF_RANGE = (
    "out-of-range",
    T(
        "Les coordonnées sont hors du domaine du système annoncé.",
        "The coordinates are outside the range of the CRS announced.",
    ),
)


def misplaced(shapes: Shapes, crs: Any, box: Any = None) -> list[Fault | None]:
    """What is wrong with the coordinates of each shape, if anything is.

    Parameters
    ----------
    shapes
        Array of shapely geometries; a missing or empty one has nothing wrong here.
    crs
        The CRS announced. In a geographic one, a shape that lies in no French territory but would
        with its axes exchanged is swapped. In a projected one, coordinates may be as far from the
        CRS's area of use (EPSG) as this area is wide.
    box
        Bounds of the shapes, (n, 4), where the caller has them already.

    Returns
    -------
    list
        For each shape null, or a code (``not-finite``, ``swapped-axes``, ``out-of-range``) and
        its reason.
    """
    known = CRS.from_user_input(crs)
    faults: list[Fault | None] = [None] * len(shapes)
    wild = _wild(shapes)
    west, south, east, north = (shapely.bounds(shapes) if box is None else box).T
    x, y = (west + east) / 2, (south + north) / 2
    present = ~wild & np.isfinite(x)
    if known.is_geographic:
        out = (west < -180.001) | (east > 180.001) | (south < -90.001) | (north > 90.001)
        # A box that lies in one territory whole has no vertex elsewhere.
        held = legal_crs_at(west, south)
        doubtful = np.flatnonzero(present & ((held == 0) | (held != legal_crs_at(east, north))))
        # One vertex of each: the middle of a territory with overseas parts lies in the sea.
        x, y = _first_vertices(shapes[doubtful])
        swapped = np.zeros(len(shapes), dtype=bool)
        swapped[doubtful] = (legal_crs_at(x, y) == 0) & (legal_crs_at(y, x) != 0)
    else:
        box = _range(known)
        out = ~_inside(x, y, box)
        swapped = out & _inside(y, x, box)
    for where, fault in ((out, OUT_OF_RANGE), (swapped, SWAPPED)):
        for at in np.flatnonzero(present & where):
            faults[at] = fault
    for at in np.flatnonzero(wild):
        faults[at] = NOT_FINITE
    return faults


def _wild(shapes: Shapes) -> npt.NDArray[np.bool_]:
    """Which shapes have a coordinate that is not a finite number."""
    # A polygon with such a vertex has such a length too: two million vertices are then not copied.
    # Points have no length, and a length may overflow: those are looked at vertex by vertex.
    wild = np.zeros(len(shapes), dtype=bool)
    polygonal = np.isin(shapely.get_type_id(shapes), (3, 6))
    with np.errstate(invalid="ignore", over="ignore"):
        measured = np.isfinite(shapely.length(shapes))
    doubtful = np.flatnonzero(~polygonal | ~measured)
    coordinates, owner = shapely.get_coordinates(shapes[doubtful], return_index=True)
    wild[doubtful[owner[~np.isfinite(coordinates).all(axis=1)]]] = True
    return wild


def _first_vertices(shapes: Shapes) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Coordinates of the first vertex of each shape; none may be missing or empty."""
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    first = np.searchsorted(owner, np.arange(len(shapes)))
    return coordinates[first, 0], coordinates[first, 1]


def refuse_misplaced_layer(faults: Iterable[Fault | None], crs: Any, file: str) -> None:
    """Raise when one fault of :func:`misplaced` strikes half of the shapes or more.

    Then the layer, not a row, is wrong: its CRS or the order of its axes.

    Raises
    ------
    SourceError
        With the fault, the number of shapes and the CRS announced.
    """
    listed = list(faults)
    struck = [fault for fault in listed if fault is not None]
    for code, reason in (SWAPPED, OUT_OF_RANGE, NOT_FINITE):
        n = sum(fault[0] == code for fault in struck)
        if n and 2 * n >= len(listed):
            raise SourceError(
                T(
                    "{reason} {n} objets sur {total} ; système annoncé : {crs}.",
                    "{reason} {n} features out of {total}; CRS announced: {crs}.",
                    reason=reason,
                    n=n,
                    total=len(listed),
                    crs=CRS.from_user_input(crs).name,
                ),
                file=file,
                do=T(
                    "Prenez la couche de l'éditeur, ou corrigez son système de coordonnées.",
                    "Take the publisher's layer, or correct its CRS.",
                ),
            )


def _range(crs: CRS) -> tuple[float, float, float, float]:
    """Box of the coordinates that a projected CRS may hold, generously."""
    area = crs.area_of_use
    everything = (-np.inf, -np.inf, np.inf, np.inf)
    if area is None:
        return everything
    try:
        code = crs.to_epsg()
        way = transformer(4326, code) if code else Transformer.from_crs(4326, crs, always_xy=True)
        west, south, east, north = way.transform_bounds(
            area.west, area.south, area.east, area.north
        )
    except ProjError:
        return everything
    if not np.isfinite([west, south, east, north]).all():
        return everything
    wide, high = east - west, north - south
    return west - wide, south - high, east + wide, north + high


def _inside(x: Any, y: Any, box: tuple[float, float, float, float]) -> npt.NDArray[np.bool_]:
    west, south, east, north = box
    # Whatever the CRS, metres that all look like degrees are degrees.
    degrees = (np.abs(x) <= 180) & (np.abs(y) <= 90)
    return (x >= west) & (x <= east) & (y >= south) & (y <= north) & ~degrees


def boxes_near(
    box: npt.NDArray[np.float64], own: npt.NDArray[np.bool_], groups: Any, metres: float
) -> npt.NDArray[np.bool_]:
    """Which boxes meet, within so many metres, the box of one group of those that are our own.

    Parameters
    ----------
    box
        West, south, east, north in degrees, (n, 4); NaN for none, which is near nothing.
    own
        Our own, (n,); they are near by definition.
    groups
        The group (département) of each, (n,) objects.
    metres
        A degree of latitude is taken for 110 km; one of longitude for the 70 km that are left of
        it at 51°, the most northern: what is returned may lie farther, never nearer.
    """
    near = own.copy()
    if not own.any():
        return near
    west, south, east, north = box.T
    wide, high = metres / 70_000, metres / 110_000

    def around(rows: Any) -> tuple[Any, Any, Any, Any]:
        with np.errstate(invalid="ignore"):
            return (
                np.nanmin(west[rows], initial=np.inf) - wide,
                np.nanmin(south[rows], initial=np.inf) - high,
                np.nanmax(east[rows], initial=-np.inf) + wide,
                np.nanmax(north[rows], initial=-np.inf) + high,
            )

    def meeting(rows: Any, edges: tuple[Any, Any, Any, Any]) -> Any:
        return (
            (west[rows] <= edges[2])
            & (south[rows] <= edges[3])
            & (east[rows] >= edges[0])
            & (north[rows] >= edges[1])
        )

    mine = np.flatnonzero(own)
    # Nine in ten lie far from all groups: they are looked at once.
    left = np.flatnonzero(meeting(slice(None), around(mine)))
    where = groups[mine]
    for group in set(where):
        near[left[meeting(left, around(mine[where == group]))]] = True
    return near


_USUAL = {"status": "valid", "reason": None}


def repair(
    geometries: Any, tested: npt.NDArray[np.bool_] | None = None
) -> tuple[Shapes, pd.DataFrame]:
    """Make polygons valid, and say of each what had to be done.

    An invalid polygon is rebuilt by GEOS's *structure* method (its rings are made valid, shells
    united, holes taken out), so that overlapping parts stay instead of cancelling each other; only
    polygons are kept of what results.

    Parameters
    ----------
    geometries
        GeoSeries, array or list of ``n`` shapely geometries, missing ones included, in any CRS.
    tested
        Whose validity is tested; the other polygons are taken as they are. Null: all.

    Returns
    -------
    (array, DataFrame)
        ``n`` Polygons or MultiPolygons, null where nothing is left; and ``n`` rows ``status`` and
        ``reason`` on a fresh index. ``status`` is ``valid``, ``repaired``, ``zero area`` (no
        surface is left) or ``empty`` (there was no geometry); ``reason`` is GEOS's, null when
        valid.
    """
    import pandas as pd

    shapes: Shapes = np.array(geometries, dtype=object)
    # Nearly all are valid: 35,000 texts are not made to say so.
    status: dict[int, str] = {}
    reason: dict[int, str] = {}
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    shapes[empty] = None
    polygonal = np.isin(shapely.get_type_id(shapes), (3, 6))
    sound = polygonal.copy()
    looked_at = polygonal & ~empty & (True if tested is None else tested)
    sound[looked_at] = _are_valid(shapes[looked_at])
    for at in np.flatnonzero(empty | ~sound).tolist():
        if empty[at]:
            status[at], reason[at] = "empty", "no geometry"
            continue
        # Of another type, or a polygon that was just found to be invalid.
        invalid = bool(polygonal[at]) or not shapely.is_valid(shapes[at])
        reason[at] = shapely.is_valid_reason(shapes[at]) if invalid else shapes[at].geom_type
        if invalid:
            shapes[at] = shapely.make_valid(shapes[at], method="structure", keep_collapsed=False)
        shapes[at] = _polygons_of(shapes[at])
        status[at] = "zero area" if shapes[at] is None else "repaired"
    every = pd.RangeIndex(len(shapes))
    notes = pd.DataFrame(
        {name: pd.Series(usual, index=every, dtype="str") for name, usual in _USUAL.items()}
    )
    if status:
        rows = list(status)
        notes.loc[rows, "status"] = list(status.values())
        notes.loc[rows, "reason"] = [reason[at] for at in rows]
    return shapes, notes


def _polygons_of(shape: shapely.Geometry) -> shapely.Geometry | None:
    parts = shapely.get_parts(shapely.get_parts(shape))
    parts = parts[(shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 0)]
    if len(parts) == 0:
        return None
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def _are_valid(shapes: Shapes) -> npt.NDArray[np.bool_]:
    """GEOS's ``is_valid``; of many shapes in parts, since it lets other threads run meanwhile."""
    if shapely.get_num_coordinates(shapes).sum() < _WORTH_THREADS:
        return np.asarray(shapely.is_valid(shapes), dtype=bool)
    # shapely turns warnings off for a moment, for all threads: two of them at once would leave them
    # off for good. Here they are off already, and come back at the end.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with ThreadPoolExecutor() as pool:
            parts = np.array_split(shapes, 4)
            return np.concatenate(list(pool.map(shapely.is_valid, parts)))
