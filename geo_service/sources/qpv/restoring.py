"""Polygons lost in a 2024 file, taken from the same unchanged QPV of the 2015 generation."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_service.core.i18n import T
from geo_service.core.result import Anomalies, Anomaly
from geo_service.core.tables import ZONES, shape_table

from .shapes import reproject

if TYPE_CHECKING:
    import geopandas as gpd

NEAR_M = 100.0
"""What is left of a lost polygon lies in or beside it; QPV of one name are never that close."""

_UNCHANGED = "I"

_RESTORED = T(
    "Polygone repris de {old} (génération 2015) : même département, même nom, {evidence}, et le "
    "suffixe I dit le QPV inchangé.",
    "Polygon taken from {old} (2015 generation): same département, same name, {evidence}, and the "
    "suffix I says that the QPV is unchanged.",
)
_PLACE = T("même lieu (à {metres} m)", "same place ({metres} m away)")
_COMMUNE = T("même commune", "same commune")
_LEFT = T(
    "Polygone sans surface, que la génération 2015 ne permet pas de reprendre : {why}.",
    "Polygon without area, which the 2015 generation cannot restore: {why}.",
)
_CHANGED = T("le code ne dit pas le QPV inchangé", "the code does not say the QPV unchanged")
_NONE = T(
    "aucun QPV de ce nom et de ce lieu dans le département",
    "no QPV of that name and place in the département",
)
_SEVERAL = T("plusieurs QPV conviennent ({codes})", "several QPV fit ({codes})")
_IN_USE = T("{old} est déjà celui d'un autre QPV", "{old} already is that of another QPV")


def comparable_name(name: Any) -> str:
    """A name without case, accents and punctuation; empty for a missing one.

    >>> comparable_name("Rive  Droite"), comparable_name("Évry – Le Canal"), comparable_name(None)
    ('rive droite', 'evry le canal', '')
    """
    if not isinstance(name, str):
        return ""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def restore_unchanged(
    zones2024: gpd.GeoDataFrame, zones2015: gpd.GeoDataFrame, set_aside: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, Anomalies]:
    """Give QPV set aside for want of a polygon the one that they had in 2015.

    A QPV is restored when its code ends in I (unchanged), one single QPV of 2015 has its
    département and its name, and place or commune agree: what is left of the polygon lies within
    100 m of the old one, or, when nothing is left, they share a commune code.

    Parameters
    ----------
    zones2024, zones2015
        Tables of zones of the two generations. Of the first, only codes are used: a QPV that has
        a polygon already is not restored.
    set_aside
        ``extra["set_aside"]`` of the reading of 2024: rows of the zones table whose polygon has no
        area, with what is left of it as geometry.

    Returns
    -------
    (GeoDataFrame, Anomalies)
        The restored zones alone (validity of 2024, geometry and precision of 2015, ``repair``
        naming the QPV it is from), and an anomaly for each row of ``set_aside``: ``restored`` or
        still ``set aside``, with the reason.
    """
    anomalies = Anomalies()
    present = set(zones2024["code"])
    old_names = [comparable_name(name) for name in zones2015["name"]]
    by_key: dict[tuple[str, str], list[int]] = {}
    for at, (place, name) in enumerate(zip(zones2015["departement"], old_names, strict=True)):
        by_key.setdefault((str(place), name), []).append(at)
    kept: list[dict[str, Any]] = []
    used: dict[str, str] = {}
    for _, lost in set_aside.iterrows():
        code = str(lost["code"])
        if code in present:
            continue
        name = comparable_name(lost["name"])
        named = by_key.get((str(lost["departement"]), name), []) if name else []
        fits = [(at, proof) for at in named if (proof := _proof(lost, zones2015.iloc[at]))]
        old = str(zones2015["code"].iloc[fits[0][0]]) if len(fits) == 1 else ""
        why = None
        if not code.endswith(_UNCHANGED):
            why = _CHANGED
        elif not fits:
            why = _NONE
        elif len(fits) > 1:
            codes = ", ".join(str(zones2015["code"].iloc[at]) for at, _ in fits)
            why = _SEVERAL.with_values(codes=codes)
        elif old in used:
            why = _IN_USE.with_values(old=old)
        if why is not None:
            anomalies.add(_note(lost, _LEFT.with_values(why=why), "not-restored", None))
            continue
        at, proof = fits[0]
        source = zones2015.iloc[at]
        used[old] = code
        row = lost.to_dict()
        row.update(
            geometry=source.geometry,
            precision_m=np.nanmax([float(source["precision_m"]), float(lost["precision_m"])]),
            repair=f"restored from {old}",
        )
        kept.append(row)
        reason = _RESTORED.with_values(old=old, evidence=proof)
        anomalies.add(_note(lost, reason, "restored-from-2015", source.geometry))
    return _table(kept, set_aside), anomalies


def _proof(lost: Any, old: Any) -> Any:
    """Why a QPV of 2015 with the same name is the same one; None when it is not."""
    if old.geometry is None or old.geometry.is_empty:
        return None
    remains = lost.geometry
    if remains is not None and not remains.is_empty:
        pair = reproject(np.array([remains, old.geometry]), 4326, int(lost["legal_crs"]))
        # The rings have no area but have vertices: distances from them are sound.
        apart = shapely.distance(shapely.MultiPoint(shapely.get_coordinates(pair[0])), pair[1])
        return _PLACE.with_values(metres=f"{apart:.0f}") if apart <= NEAR_M else None
    communes = (_communes(lost), _communes(old))
    return _COMMUNE if communes[0] & communes[1] else None


def _communes(row: Any) -> set[str]:
    return set(row["communes"].split()) if isinstance(row["communes"], str) else set()


def _note(lost: Any, reason: Any, code: str, shape: Any) -> Anomaly:
    lon = lat = None
    if shape is not None:
        point = shapely.point_on_surface(shape)
        lon, lat = float(point.x), float(point.y)
    return Anomaly(
        "qpv",
        str(lost["file"]),
        int(lost["row"]),
        "geometry",
        None,
        code,
        reason,
        "set aside" if shape is None else "restored",
        lon,
        lat,
        str(lost["code"]),
    )


def _table(rows: list[dict[str, Any]], like: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    import geopandas as gpd

    if not rows:
        return shape_table(like.iloc[:0], ZONES)
    return shape_table(gpd.GeoDataFrame(rows, geometry="geometry", crs=4326), ZONES)
