"""Structures whose point does not fall in the commune they declare."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from geo_service.core.crs import WGS84, carried, departement_of
from geo_service.core.i18n import T
from geo_service.core.result import Anomaly

_TOWNS = (
    ("75056", range(75101, 75121)),
    ("69123", range(69381, 69390)),
    ("13055", range(13201, 13217)),
)
_ARRONDISSEMENTS = {str(part): town for town, parts in _TOWNS for part in parts}
"""Municipal arrondissement → commune (Paris, Lyon, Marseille). Source: COG, INSEE."""


def points_outside_commune(
    structures: Any, communes: Any, *, source_id: str = "finess", tolerance_m: float = 0.0
) -> list[Anomaly]:
    """List the structures that stand outside the contour of their declared commune.

    Parameters
    ----------
    structures
        Typed table ``structures``. Rows without a position or a commune are not looked at.
    communes
        Typed table ``territories`` (or any GeoDataFrame in EPSG:4326 with ``code``, and if there
        is one ``level``), with contours.
    source_id
        Source named in the anomalies.
    tolerance_m
        Points outside by no more than this are left alone: give the precision of the contours.

    Returns
    -------
    list of Anomaly
        ``outside-commune``, with the distance in metres, measured in the legal CRS, and the
        commune that holds the point; ``unknown-commune`` where the contours cover the département
        but hold no such commune (a code that left the COG). Nothing is changed in the tables.
    """
    if "level" in communes:
        communes = communes[communes["level"] == "commune"]
    shapes = communes.geometry.to_numpy()
    codes = communes["code"].tolist()
    place = {code: at for at, code in enumerate(codes) if shapes[at] is not None}
    covered = {departement_of(code) for code in place}
    rows = structures[structures["lon"].notna() & structures["commune"].notna()]
    declared = rows["commune"].map(
        lambda code: code if code in place else _ARRONDISSEMENTS.get(code, code)
    )
    at = np.array([place.get(code, -1) for code in declared], dtype=np.int64)
    found: list[Anomaly] = []
    for row in rows[at < 0].itertuples():
        if departement_of(row.commune) in covered:
            reason = T(
                "La commune déclarée n'est pas dans ce millésime des communes.",
                "The declared commune is not in this vintage of the communes.",
            )
            found.append(_anomaly(row, source_id, "unknown-commune", reason))
    rows, at = rows[at >= 0], at[at >= 0]
    lon, lat = rows["lon"].to_numpy(), rows["lat"].to_numpy()
    outside = ~shapely.intersects_xy(shapes[at], lon, lat)
    tree = shapely.STRtree(shapes)
    for number in np.flatnonzero(outside):
        row = next(rows.iloc[[number]].itertuples())
        point = shapely.Point(lon[number], lat[number])
        metres = _metres(shapes[at[number]], point, int(row.legal_crs))
        if metres <= tolerance_m:
            continue
        holds = tree.query(point, predicate="intersects")
        reason = T(
            "Le point est à {metres:.0f} m hors de la commune déclarée {declared} "
            "(il tombe dans : {inside}).",
            "The point is {metres:.0f} m outside the declared commune {declared} "
            "(it falls in: {inside}).",
            metres=metres,
            declared=row.commune,
            inside=", ".join(sorted(codes[which] for which in holds)) or "–",
        )
        found.append(_anomaly(row, source_id, "outside-commune", reason))
    return found


def _metres(shape: Any, point: Any, legal_crs: int) -> float:
    both = np.array([shape, point], dtype=object)
    return float(shapely.distance(*carried(both, WGS84, legal_crs)))


def _anomaly(row: Any, source_id: str, code: str, reason: Any) -> Anomaly:
    return Anomaly(
        source=source_id,
        file=row.file,
        row=int(row.row),
        field="commune",
        value=row.commune,
        code=code,
        reason=reason,
        outcome="kept",
        lon=row.lon,
        lat=row.lat,
        record=row.finess,
    )
