"""The map of the anomalies that have a position: a sign of its own for each kind, no tiles."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from ..core.i18n import T, say_number
from ..core.result import Anomaly
from ..drawing.areas import territory_layer
from ..drawing.escape import clean, escaped
from ..drawing.places import places_of
from ..drawing.shapes import merged, simplified
from .checked import (
    OUTCOMES,
    Checked,
    CheckedFile,
    explanation,
    number_or_none,
    row_or_none,
    shown_value,
)

MOST_DRAWN = 3000
"""Signs of one kind at most: more make the page too heavy, and no map readable. The rest is told
below the map and stands in the CSV."""

_LAND = {"departement": "departements", "region": "regions", "commune": "departements"}
_LAND_BUDGET = 60_000

# SVG paths on a 24 × 24 ground; colours reach 3:1 on the ground of the map. Ten shapes and nine
# colours: ninety kinds before a sign comes back.
_SHAPES = (
    "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0 -16z",
    "M12 2.2L21.8 12L12 21.8L2.2 12z",
    "M12 2.8L21.6 20H2.4z",
    "M4.5 4.5H19.5V19.5H4.5z",
    "M12 2l2.9 6.7 7.3.6-5.5 4.8 1.7 7.1L12 17.4l-6.4 3.8 1.7-7.1L1.8 9.3l7.3-.6z",
    "M2.4 4H21.6L12 21.2z",
    "M9 3h6v6h6v6h-6v6H9v-6H3V9h6z",
    "M12 2.6l9 6.6-3.4 10.6H6.4L3 9.2z",
    "M7 3.5h10l5 8.5-5 8.5H7L2 12z",
    "M6.6 2.6L12 8l5.4-5.4 4 4L16 12l5.4 5.4-4 4L12 16l-5.4 5.4-4-4L8 12 2.6 6.6z",
)
_COLOURS = (
    *("#0B5CAD", "#C2410C", "#6A1B9A", "#00695C", "#AD1457"),
    *("#37474F", "#8E6C00", "#2E6B1F", "#6D4037"),
)


@dataclass(frozen=True)
class Sign:
    """How the anomalies of one kind are drawn."""

    colour: str
    path: str

    def swatch(self) -> str:
        """The sign as SVG, for a legend."""
        return (
            '<svg class="swatch" viewBox="0 0 24 24" aria-hidden="true">'
            f'<path d="{self.path}" fill="{self.colour}"/></svg>'
        )


def placed(anomaly: Anomaly) -> bool:
    """Whether the anomaly can stand on a map: a longitude and a latitude that are on Earth."""
    lon, lat = number_or_none(anomaly.lon), number_or_none(anomaly.lat)
    return lon is not None and lat is not None and abs(lon) <= 180 and abs(lat) <= 90


def signs(checked: Checked) -> dict[str, Sign]:
    """A sign for each kind that has a position, in the order of the report."""
    codes = [
        code for code, found in checked.by_code().items() if any(placed(one) for _, one in found)
    ]
    return {
        code: Sign(_COLOURS[place % len(_COLOURS)], _SHAPES[place % len(_SHAPES)])
        for place, code in enumerate(codes)
    }


def map_data(checked: Checked) -> dict[str, Any]:
    """What the browser is given to draw: plain values, in the current language."""
    found = checked.by_code()
    layers = [_points(code, sign, found[code]) for code, sign in signs(checked).items()]
    land = _land(checked.land)
    if land is not None:
        layers.append(land)
    points = [point for layer in layers if layer["role"] == "points" for point in layer["points"]]
    cloud = gpd.GeoDataFrame(geometry=shapely.points(np.array(points)), crs=4326)
    return {
        "layers": layers,
        "order": [layer["id"] for layer in reversed(layers)],
        "land": None if land is None else land["id"],
        "places": [
            (name, [[south, west], [north, east]])
            for name, (west, south, east, north) in places_of({"structures": cloud}, {})
        ],
        "tiles": False,
        "zoomIn": T("Agrandir", "Zoom in").say(),
        "zoomOut": T("Réduire", "Zoom out").say(),
    }


def _points(code: str, sign: Sign, found: list[tuple[CheckedFile, Anomaly]]) -> dict[str, Any]:
    drawn = [(file, one) for file, one in found if placed(one)][:MOST_DRAWN]
    labels = (
        T("Fichier", "File"),
        T("Ligne", "Row"),
        T("Champ", "Field"),
        T("Valeur", "Value"),
        T("Constat", "Finding"),
        T("Devenir", "What became of it"),
    )
    columns: list[list[str]] = [[] for _ in labels]
    for file, one in drawn:
        row = row_or_none(one.row)
        told = (
            file.path.rpartition("/")[2],
            "" if row is None else str(row),
            one.field,
            shown_value(one.value),
            one.reason.say(),
            OUTCOMES[one.outcome].say(),
        )
        for column, value in zip(columns, told, strict=True):
            column.append(clean(value))
    title = clean(explanation(found)[0][0].say())
    return {
        "id": f"code:{clean(code)}",
        "role": "points",
        "title": title,
        "label": title,
        "shown": True,
        "names": [clean(one.record) or clean(file.path.rpartition("/")[2]) for file, one in drawn],
        "fields": [label.say() for label in labels],
        "values": columns,
        "points": [[round(float(o.lon or 0), 6), round(float(o.lat or 0), 6)] for _, o in drawn],
        "hollow": [0] * len(drawn),
        "mark": asdict(sign),
    }


def _land(land: Any) -> dict[str, Any] | None:
    """The limits under the signs: départements, else régions, else communes melted into them."""
    if land is None:
        return None
    level = str(land["level"].iloc[0])
    if level == "commune":
        light = simplified(land.geometry.to_numpy(), _LAND_BUDGET)
        homes = land["departement"].fillna("").to_numpy(dtype=object)
        codes = sorted(set(homes))
        shapes = [merged(light[homes == code]) for code in codes]
        land = gpd.GeoDataFrame({"code": codes, "name": codes}, geometry=shapes, crs=4326)
    name = _LAND[level]
    layer, _ = territory_layer(name, land[["code", "name", "geometry"]], {})
    title = layer.title.say()
    return {"id": name, "role": "limit", "title": title, "shown": True, **layer.content}


def map_html(checked: Checked, data: dict[str, Any]) -> str:
    """The map's place in the page, its legend with a switch a kind, and its search field."""
    found = checked.by_code()
    jump = ""
    if len(data["places"]) > 1:
        options = "".join(
            f'<option value="{number}">{escaped(name)}</option>'
            for number, (name, _) in enumerate(data["places"])
        )
        jump = (
            f'<p class="jump"><label>{escaped(T("Aller à", "Go to"))} '
            f'<select id="jump">{options}</select></label></p>'
        )
    rows = []
    for code, sign in signs(checked).items():
        number = sum(placed(one) for _, one in found[code])
        title = escaped(explanation(found[code])[0][0])
        rows.append(
            f'<li><label title="{title}">'
            f'<input type="checkbox" data-layer="code:{escaped(code)}" checked>'
            f'{sign.swatch()}<span class="what">{title}</span>'
            f'<span class="count">{escaped(say_number(number))}</span></label></li>'
        )
    label = escaped(T("Carte des anomalies qui ont une position", "Map of the anomalies placed"))
    short, more = escaped(T("Légende", "Legend")), escaped(T("et natures", "and kinds"))
    seek = escaped(T("Chercher sur la carte", "Search the map"))
    hint = escaped(T("N° FINESS, code, lieu…", "FINESS no., code, place…"))
    none = escaped(T("Rien de ce nom", "Nothing of that name"))
    return (
        '<div class="stage"><div class="ground">'
        f'<div class="folium-map" id="map_result" role="region" aria-label="{label}"></div>'
        f'<aside id="panel" aria-label="{short} {more}"><details open>'
        f'<summary>{short} <span class="more">{more}</span></summary>'
        f'<div class="inside">{jump}<fieldset><legend>'
        f"{escaped(T('Anomalies placées', 'Anomalies placed'))}</legend>"
        f"<ul>{''.join(rows)}</ul></fieldset></div></details></aside>"
        f'<div id="finder"><label for="search">{seek}</label>'
        '<input id="search" type="search" autocomplete="off" spellcheck="false" '
        f'placeholder="{hint}" role="combobox" aria-expanded="false" aria-controls="found" '
        'aria-autocomplete="list">'
        f'<ul id="found" role="listbox" aria-label="{seek}" data-none="{none}" hidden></ul></div>'
        "</div></div>"
    )
