"""Areas on a map: QPV, quartiers vécus, zonage médecin and the limits of territories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..core.i18n import T, Text, say_number
from ..rules import quartier_vecu_label, zoning_classes
from .escape import clean, is_null
from .layer import DrawnLayer, described, said_commune
from .palette import as_values, class_order, pattern_of, stroke_of
from .shapes import UNITS_PER_DEGREE, inner_points, merged, packed, simplified

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

COVERAGE_BUDGET = 130_000
"""Vertices of the communes or of the zonage at most: about a megabyte of page."""
_BUDGETS = {"regions": 8_000, "departements": 14_000, "epci": 25_000}

_AREA_TOLERANCE = 0.00003  # degrees, about 3 m: for drawing only

TERRITORIES = {
    "communes": T("Communes", "Communes"),
    "epci": T("Intercommunalités (EPCI)", "Intermunicipal bodies (EPCI)"),
    "departements": T("Départements", "Départements"),
    "regions": T("Régions", "Regions"),
}


def qpv_layer(
    name: str,
    zones: gpd.GeoDataFrame,
    title: Text,
    zoning: Mapping[str, str],
    communes: Mapping[str, str],
) -> DrawnLayer:
    """QPV as polygons, and as symbols where the scale makes them smaller than one."""
    return _area(name, zones, title, qpv_fields(zones, zoning, communes), symbols=True)


Fields = list[tuple[Text, list[str]]]


def qpv_fields(
    zones: gpd.GeoDataFrame, zoning: Mapping[str, str], communes: Mapping[str, str]
) -> Fields:
    """What a popup and a table say of each QPV: label, then one text a row."""
    return [
        (T("Code", "Code"), [clean(code) for code in zones["code"]]),
        (
            T("Commune", "Commune"),
            [
                ", ".join(said_commune(code, communes) for code in clean(codes).split())
                for codes in zones.get("communes", [""] * len(zones))
            ],
        ),
        _population(zones),
        (T("Zonage médecin", "Doctor zoning"), [zoning.get(str(c), "") for c in zones["code"]]),
    ]


def quartier_vecu_fields(zones: gpd.GeoDataFrame) -> Fields:
    """What is said of each quartier vécu: the QPV around which it lies."""
    return [(T("QPV", "QPV"), [clean(code) for code in zones["code"]])]


def quartier_vecu_title(name: str) -> Text:
    """Label of the definition of a layer, which says *proxy* where it is one."""
    measure = name.removeprefix("quartier_vecu_")
    return quartier_vecu_label(f"proxy-{measure}m" if measure.isdigit() else measure)


def quartier_vecu_layer(name: str, zones: gpd.GeoDataFrame) -> DrawnLayer:
    """A quartier vécu, under the label of its definition."""
    title = quartier_vecu_title(name)
    layer = _area(name, zones, title, quartier_vecu_fields(zones))
    layer.content["label"] = T("Quartier vécu : {d}", "Quartier vécu: {d}", d=title).say()
    return layer


def zoning_layer(
    zones: gpd.GeoDataFrame,
    qpv_codes: set[str],
    carried: Mapping[str, Any],
    units: int = UNITS_PER_DEGREE,
) -> DrawnLayer:
    """The zonage médecin melted by class: one shape a class, with its pattern.

    Parameters
    ----------
    qpv_codes
        Codes of QPV: a zone of that code is an exception within the zone of its commune.
    carried
        Code → (true shape, drawn shape) of the communes already simplified, so that limits fall
        upon one another.
    units
        Units in a degree of the coordinates.
    """
    zones = zones[zones["zone_class"].notna()]  # an unknown class is left blank, not coloured
    codes = zones["code"].astype(str).tolist()
    classes = zones["zone_class"].to_numpy()
    geometry = zones.geometry.to_numpy()
    drawn = np.array([carried.get(code, (None, None))[1] for code in codes], dtype=object)
    true = np.array([carried.get(code, (None, None))[0] for code in codes], dtype=object)
    own = ~shapely.equals_exact(true, geometry)
    if own.any():
        drawn[own] = simplified(geometry[own], COVERAGE_BUDGET)
    exception = np.array([code in qpv_codes for code in codes], dtype=bool)
    order = class_order(set(classes))
    shapes = np.empty(len(order), dtype=object)
    for place, name in enumerate(order):
        of_class = classes == name
        rest = shapely.difference(
            merged(drawn[of_class & ~exception]), merged(drawn[~of_class & exception])
        )
        shapes[place] = shapely.union(rest, merged(drawn[of_class & exception]))
    return DrawnLayer(
        name="zonage",
        role="zoning",
        title=T("Zonage médecin", "Doctor zoning (zonage médecin)"),
        count=len(zones),
        content={
            "names": [_class_label(name) for name in order],
            "shapes": packed(shapes, units),
            "patterns": [as_values(pattern_of(name)) for name in order],
        },
        classes=order,
    )


def _class_label(name: str) -> str:
    known = zoning_classes().get(name)
    return known.label.say() if known else clean(name)


def class_by_code(zones: gpd.GeoDataFrame | None) -> dict[str, str]:
    """Code of a commune or QPV → label of its class, where it is known, for popups."""
    if zones is None:
        return {}
    pairs = zip(zones["code"], zones["zone_class"], strict=True)
    return {str(code): _class_label(name) for code, name in pairs if not is_null(name)}


def territory_layer(
    name: str, table: gpd.GeoDataFrame, zoning: Mapping[str, str]
) -> tuple[DrawnLayer, dict[str, Any]]:
    """Limits of territories, with the places of their names; and, by code, true and drawn shape."""
    geometry = table.geometry.to_numpy()
    light = simplified(geometry, _BUDGETS.get(name, max(COVERAGE_BUDGET, 7 * len(table))))
    fields = [(T("Code", "Code"), [clean(code) for code in table["code"]]), _population(table)]
    if name == "communes":
        fields.append(
            (T("Zonage médecin", "Doctor zoning"), [zoning.get(str(c), "") for c in table["code"]])
        )
    places = inner_points(geometry)
    weights = table["population"].to_numpy(dtype=float) if "population" in table else None
    weights = shapely.area(geometry) if weights is None or np.isnan(weights).all() else weights
    layer = DrawnLayer(
        name=name,
        role="limit",
        title=TERRITORIES[name],
        count=len(table),
        content={
            **described(table, fields),
            "shapes": packed(light),
            "stroke": as_values(stroke_of(name)),
            "places": [_place(x, y) for x, y in places.tolist()],
            "order": np.argsort(-np.nan_to_num(weights), kind="stable").tolist(),
        },
    )
    codes = table["code"].astype(str)
    pairs = zip(geometry, light, strict=True)
    return layer, dict(zip(codes, pairs, strict=True))


def _place(lon: float, lat: float) -> list[float] | None:
    return None if np.isnan(lon) or np.isnan(lat) else [round(lon, 4), round(lat, 4)]


def _area(
    name: str,
    zones: gpd.GeoDataFrame,
    title: Text,
    fields: list[tuple[Text, list[str]]],
    *,
    symbols: bool = False,
) -> DrawnLayer:
    # Zones may overlap one another, so each is made light alone; the tolerance stays under a pixel
    # until zoom 14.
    light = shapely.simplify(zones.geometry.to_numpy(), _AREA_TOLERANCE)
    return DrawnLayer(
        name=name,
        role="area",
        title=title,
        count=len(zones),
        content={
            **described(zones, fields),
            "shapes": packed(light),
            "stroke": as_values(stroke_of(name)),
            "symbols": symbols,
        },
    )


def _population(table: pd.DataFrame) -> tuple[Text, list[str]]:
    values = table["population"] if "population" in table else [None] * len(table)
    return T("Population", "Population"), [
        "" if is_null(value) else say_number(value, decimals=0) for value in values
    ]
