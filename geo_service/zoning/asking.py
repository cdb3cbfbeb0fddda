"""Which zone a place is in at a date: one place with its reasons, or thousands at once."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy.typing as npt
import pandas as pd

from ..core.errors import SchemaError
from ..core.i18n import T
from ..core.place import Place
from ..sources.zonage.at_date import GENERAL_PRACTICE, InForce
from ..store import StoredResult
from .answer import ZoneAnswer
from .deciding import Spot, blank, decide
from .ground import Ground, ground_of
from .many import spots_of


def zone(
    stored: StoredResult,
    lon: float,
    lat: float,
    as_of: dt.date,
    *,
    precision: float = 0.0,
    profession: str = GENERAL_PRACTICE,
    assume_undated: bool = False,
) -> ZoneAnswer:
    """The zone of one place at a date.

    Parameters
    ----------
    stored
        An opened result.
    lon, lat
        Degrees, WGS84.
    as_of
        Any date; a vintage that does not cover it is never used.
    precision
        Metres within which the true place lies: 0 exact, infinite where only the commune is known,
        NaN where the precision is not known.
    profession
        Whose zoning.
    assume_undated
        Take rows without any date as in force; the answer says so.

    Returns
    -------
    ZoneAnswer
        Determined, or undetermined with the classes that remain and why.

    Raises
    ------
    SchemaError
        A coordinate is not finite or out of range, or the precision is negative.

    Notes
    -----
    Rule: arrêtés relatifs au zonage médecin; the QPV's own class if the place is in a QPV in force
    that has one, else the commune's (or its arrondissements'), else its TVS's.
    """
    _require(lon, lat, precision)
    ground = ground_of(stored)
    orders = ground.at(as_of, profession=profession, assume_undated=assume_undated)
    standing = ground.stand(lon, lat, precision, as_of)
    spot = standing.spot
    asked = replace(blank(as_of, precision, orders), lon=lon, lat=lat)
    if spot.communes:
        home = ground.homes[spot.communes[0]]
        island, name = ground.island(spot.communes, as_of, beyond=spot.beyond)
        qpv = spot.qpv[0] if spot.held else None
        asked = replace(
            asked,
            commune=spot.communes[0],
            commune_name=home.name,
            departement=home.departement,
            region=home.region,
            in_qpv=spot.in_qpv if standing.told else None,
            qpv=qpv,
            qpv_name=None if qpv is None else ground.perimeters(as_of).names.get(qpv),
            metres_to_qpv=standing.metres,
            metres_low=standing.low,
            metres_high=standing.high,
            island=island,
            island_name=name,
        )
        if not standing.told:
            spot = replace(spot, unknown_qpv=_classed_apart(orders, home.departement))
    return decide(spot, orders, ground.names(as_of), as_of, asked=asked)


def place_of(
    stored: StoredResult,
    lon: float,
    lat: float,
    as_of: dt.date,
    *,
    precision: float = 0.0,
    profession: str = GENERAL_PRACTICE,
    assume_undated: bool = False,
) -> Place:
    """The facts of a place that aids rest on; parameters and errors as for :func:`zone`."""
    told = zone(
        stored,
        lon,
        lat,
        as_of,
        precision=precision,
        profession=profession,
        assume_undated=assume_undated,
    )
    return as_place(told)


def as_place(told: ZoneAnswer) -> Place:
    """An answer as the facts of a place.

    ``possible_classes`` is empty where something at hand says nothing: any class is possible then.
    """
    reason = told.reason
    if told.assumption is not None:
        reason = T("{reason} {assumption}", "{reason} {assumption}").with_values(
            reason=reason, assumption=told.assumption
        )
    return Place(
        as_of=told.as_of,
        lon=told.lon,
        lat=told.lat,
        zone_class=told.zone_class,
        possible_classes=told.possible_classes if told.exhaustive else (),
        zone_basis=told.unit,
        zone_reason=reason,
        in_qpv=told.in_qpv,
        qpv=told.qpv,
        metres_to_qpv=told.metres_to_qpv,
        metres_low=told.metres_low,
        metres_high=told.metres_high,
        island=told.island,
        commune=told.commune,
        departement=told.departement,
        region=told.region,
    )


def zones_of(
    stored: StoredResult,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    as_of: dt.date,
    *,
    precision: npt.ArrayLike = 0.0,
    profession: str = GENERAL_PRACTICE,
    assume_undated: bool = False,
) -> pd.DataFrame:
    """The zone of many places at a date, each decided as :func:`zone` decides it.

    Parameters
    ----------
    lon, lat : (n,)
        Degrees, WGS84; NaN where there is no position.
    precision : (n,) or float
        Metres; NaN unknown, infinite where only the commune is known.

    Returns
    -------
    DataFrame
        A row a place: ``answer``, ``zone_class``, ``possible_classes`` (space-separated),
        ``exhaustive``, ``undated_class``, ``unit``, ``unit_code``, ``order``, ``file``,
        ``valid_from``, ``valid_to``, ``commune``, ``qpv``, ``in_qpv``, ``island``, ``reason`` (in
        the current language).

    Raises
    ------
    SchemaError
        A precision is negative.
    """
    ground = ground_of(stored)
    orders = ground.at(as_of, profession=profession, assume_undated=assume_undated)
    names = ground.names(as_of)
    kept: dict[Any, dict[str, Any]] = {}
    rows = []
    for spot, told in spots_of(ground, lon, lat, precision, as_of):
        key = (spot, told)
        if key not in kept:
            kept[key] = _record(ground, orders, spot, told, as_of, names)
        rows.append(kept[key])
    found = pd.DataFrame(rows, columns=list(_COLUMNS), dtype=object)
    return found.astype({"exhaustive": bool})


_COLUMNS = (
    *("answer", "zone_class", "possible_classes", "exhaustive", "undated_class", "unit"),
    *("unit_code", "order", "file", "valid_from", "valid_to", "commune", "qpv", "in_qpv"),
    *("island", "reason"),
)


def _record(
    ground: Ground, orders: InForce, spot: Spot, told: bool, as_of: dt.date, names: Any
) -> dict[str, Any]:
    island = None
    if spot.communes:
        island, _ = ground.island(spot.communes, as_of, beyond=spot.beyond)
        if not told:
            home = ground.homes[spot.communes[0]]
            spot = replace(spot, unknown_qpv=_classed_apart(orders, home.departement))
    answer = decide(spot, orders, names, as_of)
    ruling = answer.ruling
    told_values: Mapping[str, Any] = {
        "possible_classes": " ".join(answer.possible_classes),
        "order": ruling and ruling.order,
        "file": ruling and ruling.file,
        "valid_from": ruling and ruling.valid_from,
        "valid_to": ruling and ruling.valid_to,
        "commune": spot.communes[0] if spot.communes else None,
        "qpv": spot.qpv[0] if spot.held else None,
        "in_qpv": spot.in_qpv if told else None,
        "island": island,
        "reason": answer.reason.say(),
    }
    return {
        name: told_values[name] if name in told_values else getattr(answer, name)
        for name in _COLUMNS
    }


def _classed_apart(orders: InForce, departement: str | None) -> tuple[str, ...]:
    """QPV of a département that have a class of their own in force."""
    place = str(departement or "").zfill(3)
    return tuple(
        code
        for code in orders.orders.units("qpv")
        if code[2:5] == place and orders.of_qpv(code).state in ("class", "several")
    )


def _require(lon: float, lat: float, precision: float) -> None:
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise SchemaError(
            T(
                "Ce ne sont pas des coordonnées : {lon}, {lat}.",
                "These are no coordinates: {lon}, {lat}.",
                lon=lon,
                lat=lat,
            ),
            field="lon, lat",
            do=T(
                "Donnez des degrés WGS 84, longitude puis latitude.",
                "Give degrees WGS 84, longitude then latitude.",
            ),
        )
    if precision < 0:
        raise SchemaError(
            T("Une précision est négative.", "A precision is negative."),
            field="precision",
            do=T("Donnez des mètres : 0 pour exact.", "Give metres: 0 for exact."),
        )


__all__ = ["as_place", "place_of", "zone", "zones_of"]
