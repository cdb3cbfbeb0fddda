"""The polygons of a layer, repaired and brought to EPSG:4326, with what had to be done listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo_service.core.crs import WGS84, carried, legal_crs_at
from geo_service.core.i18n import T
from geo_service.core.result import Anomalies, Anomaly, Outcome
from geo_service.intake.geometries import repair

Shapes = npt.NDArray[np.object_]

OVERLAP_M2 = 1.0
"""Smaller overlaps are rounding along a shared limit."""

_REPAIRED = T(
    "Polygone invalide ({why}), réparé : {before} m² avant, {after} m² après.",
    "Invalid polygon ({why}), repaired: {before} m² before, {after} m² after.",
)
_ZERO = T(
    "Le polygone n'a pas de surface ({why}) : mis de côté, à reprendre d'une autre génération.",
    "The polygon has no area ({why}): set aside, to be taken from another generation.",
)
_NO_SHAPE = T("Le QPV n'a pas de géométrie.", "The QPV has no geometry.")
_OVERLAP = T(
    "Les QPV {one} et {other} se recouvrent sur {area} m².",
    "The QPV {one} and {other} overlap over {area} m².",
)
_ELSEWHERE = T(
    "Le polygone n'est pas dans le territoire que dit le code.",
    "The polygon is not in the territory that the code tells.",
)


def reproject(shapes: Shapes, source: int, target: int) -> Shapes:
    """Shapes carried from one CRS to another, longitude or easting first."""
    return shapes.copy() if source == target else carried(shapes, source, target)


def area_in(shapes: Shapes, legal: Sequence[int] | npt.NDArray[np.int64]) -> Any:
    """Areas in m² of EPSG:4326 shapes, each in its legal CRS; 0 for a missing one."""
    areas = np.zeros(len(shapes))
    for epsg in np.unique(np.asarray(legal)):
        at = np.flatnonzero(np.asarray(legal) == epsg)
        areas[at] = np.nan_to_num(shapely.area(reproject(shapes[at], 4326, int(epsg))))
    return areas


def settle_shapes(
    shapes: Shapes,
    epsg: int,
    codes: Sequence[str],
    rows: Sequence[int],
    legal: npt.NDArray[np.int64],
    file: str,
    anomalies: Anomalies,
) -> tuple[Shapes, list[str | None], Shapes]:
    """Valid polygons in EPSG:4326, what was done to each, and the shapes as they were read.

    Parameters
    ----------
    shapes
        ``n`` shapes in the CRS ``epsg``.
    codes, rows, legal
        Code, row and legal CRS of each.

    Returns
    -------
    (array, list, array)
        Polygons or null; for each null, or what was done; the raw shapes in EPSG:4326.
    """
    mended, notes = repair(shapes)
    raw = reproject(shapes, epsg, 4326)
    settled = raw.copy()
    other = np.flatnonzero(notes["status"] != "valid")
    settled[other] = reproject(mended[other], epsg, 4326)
    # Rounding on the way may cross two edges that lay within a nanometre of one another.
    again = settled if epsg == WGS84 else repair(settled)[0]
    changed = np.flatnonzero(notes["status"] == "repaired")
    before, after = np.zeros(len(shapes)), np.zeros(len(shapes))
    before[changed] = area_in(raw[changed], legal[changed])
    after[changed] = area_in(again[changed], legal[changed])
    done: list[str | None] = []
    outcome: Outcome
    for at, (status, why) in enumerate(zip(notes["status"], notes["reason"], strict=True)):
        if again[at] is None and status in ("valid", "repaired"):
            status, why = "zero area", why if status == "repaired" else "projection"
        if status == "valid":
            done.append(None)
            continue
        done.append(f"{status}: {why}")
        if status == "repaired":
            code, outcome = "invalid-geometry", "repaired"
            reason = _REPAIRED.with_values(
                why=why, before=f"{before[at]:.0f}", after=f"{after[at]:.0f}"
            )
        elif status == "zero area":
            code, outcome, reason = "zero-area", "set aside", _ZERO.with_values(why=why)
        else:
            code, outcome, reason = "no-geometry", "set aside", _NO_SHAPE
        lon, lat = _place(again[at] if again[at] is not None else raw[at])
        anomalies.add(
            Anomaly(
                "qpv",
                file,
                rows[at],
                "geometry",
                None,
                code,
                reason,
                outcome,
                lon,
                lat,
                codes[at],
            )
        )
    return again, done, raw


def _place(shape: Any) -> tuple[float | None, float | None]:
    """A point to show: in the polygon, or at the first vertex of what is left of one."""
    if shape is None or shape.is_empty:
        return None, None
    if shape.area > 0:
        point = shapely.point_on_surface(shape)
        return float(point.x), float(point.y)
    x, y = shapely.get_coordinates(shape)[0]
    return float(x), float(y)


def list_elsewhere(
    shapes: Shapes,
    legal: npt.NDArray[np.int64],
    codes: Sequence[str],
    rows: Sequence[int],
    file: str,
    anomalies: Anomalies,
) -> None:
    """List the polygons whose centre lies in another territory than their code's."""
    box = shapely.bounds(shapes)
    lon, lat = box[:, [0, 2]].mean(axis=1), box[:, [1, 3]].mean(axis=1)
    for at in map(int, np.flatnonzero(np.isfinite(lon) & (legal_crs_at(lon, lat) != legal))):
        anomalies.add(
            Anomaly(
                "qpv",
                file,
                rows[at],
                "geometry",
                f"{lon[at]:.4f} {lat[at]:.4f}",
                "outside-territory",
                _ELSEWHERE,
                "kept",
                float(lon[at]),
                float(lat[at]),
                codes[at],
            )
        )


def list_overlaps(
    shapes: Shapes,
    legal: npt.NDArray[np.int64],
    codes: Sequence[str],
    rows: Sequence[int],
    file: str,
    anomalies: Anomalies,
) -> None:
    """List each pair of polygons that share more than ``OVERLAP_M2``, once."""
    left, right = shapely.STRtree(shapes).query(shapes)
    left, right = left[left < right], right[left < right]
    touching = shapely.intersects(shapes[left], shapes[right])
    left, right = left[touching], right[touching]
    shared: Shapes = shapely.intersection(shapes[left], shapes[right])
    areas = area_in(shared, legal[left])
    for at in np.flatnonzero(areas >= OVERLAP_M2):
        first, second = int(left[at]), int(right[at])
        one, other = codes[first], codes[second]
        lon, lat = _place(shared[at])
        reason = _OVERLAP.with_values(one=one, other=other, area=f"{areas[at]:.0f}")
        anomalies.add(
            Anomaly(
                "qpv",
                file,
                rows[first],
                "geometry",
                other,
                "overlap",
                reason,
                "kept",
                lon,
                lat,
                one,
            )
        )
