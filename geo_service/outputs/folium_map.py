"""The standalone map of a result: one HTML file that opens from disk without a network.

Folium makes the map; every script and style stands inside the page. Shapes, names and figures stand
in one block of data, which the page writes as text: no value of a file is ever read as markup, as
script or as a template.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..core.i18n import DEFAULT_LANGUAGE, Language, T, Text, say_date, say_number, use_language
from ..drawing.areas import (
    TERRITORIES,
    class_by_code,
    qpv_layer,
    quartier_vecu_layer,
    territory_layer,
    zoning_layer,
)
from ..drawing.assets import vendored
from ..drawing.escape import clean, escaped, script_json
from ..drawing.layer import DrawnLayer, commune_names
from ..drawing.legend import legend_html
from ..drawing.listing import structures_listing, zones_listing
from ..drawing.page import render_page
from ..drawing.places import layers_of, places_of
from ..drawing.points import open_structures, structure_layers
from ..exchange.atomic import replacing
from ..rules import qpv_generations

_SCOPES = {
    "all": T(
        "tous les centres de santé, mono- et pluriprofessionnels",
        "all health centres, mono- and pluriprofessional",
    ),
    "pluri": T("structures pluriprofessionnelles seulement", "pluriprofessional structures only"),
}
_SUBJECT = T(
    "Maisons et centres de santé, quartiers prioritaires",
    "Health houses, health centres and priority neighbourhoods",
)
_OPEN = T("Structures ouvertes au {day}", "Structures open on {day}")
_OPEN_AND_COMING = T(
    "Structures ouvertes au {day}, et celles qui étaient annoncées ou ont ouvert depuis",
    "Structures open on {day}, and those that were announced or have opened since",
)
# Switched off at first: seats say nothing of the territory served, and limits enough are drawn.
_HIDDEN = frozenset({"CPTS", "epci"})


def write_map(
    layers: Mapping[str, Any],
    path: str | Path,
    *,
    facts: Mapping[str, Any],
    credit_line: Text | str,
    language: Language = DEFAULT_LANGUAGE,
    layers_shown: Sequence[str] | None = None,
    tiles: Literal["ign"] | None = None,
) -> None:
    """Write the map of a result beside ``path`` and rename it: never half a file.

    Parameters are those of :func:`map_html`.

    Raises
    ------
    SourceError
        The browser files of others are absent (``make setup``).
    StoreError
        The file cannot be written; the one that was there is as it was.
    """
    page = map_html(
        layers,
        facts=facts,
        credit_line=credit_line,
        language=language,
        layers_shown=layers_shown,
        tiles=tiles,
    )
    with replacing(path) as aside:
        aside.write_text(page, encoding="utf-8", newline="\n")


def map_html(
    layers: Mapping[str, Any],
    *,
    facts: Mapping[str, Any],
    credit_line: Text | str,
    language: Language = DEFAULT_LANGUAGE,
    layers_shown: Sequence[str] | None = None,
    tiles: Literal["ign"] | None = None,
) -> str:
    """The map of a result as one HTML page that asks the network for nothing.

    Parameters
    ----------
    layers
        GeoDataFrames in EPSG:4326 by layer name (``structures``, ``qpv_2015``, ``qpv_2024``,
        ``quartier_vecu_300``…, ``zonage``, ``communes``, ``epci``, ``departements``, ``regions``);
        any may be absent. Other names are left aside.
    facts
        ``territory``, ``territory_name``, ``subject`` (what the map is of), ``as_of`` (date),
        ``scope``, ``fictitious``; absent ones are not shown. Only structures open at ``as_of`` are
        drawn and listed.
    credit_line
        Source line with the licences.
    language
        Language of every text of the page.
    layers_shown
        Layers (or kinds of structures) that are switched on at first; None: a choice of our own.
    tiles
        ``"ign"`` puts the Plan IGN under the map. The page then asks data.geopf.fr for pictures.

    Returns
    -------
    str
        A page of its own. The same input gives the same page.
    """
    with use_language(language):
        return _page(layers, facts, credit_line, language, layers_shown, tiles == "ign")


def _page(
    layers: Mapping[str, Any],
    facts: Mapping[str, Any],
    credit_line: Text | str,
    language: Language,
    layers_shown: Sequence[str] | None,
    tiles: bool,
) -> str:
    as_of = _date(facts.get("as_of"))
    held = {name: table for name, table in layers.items() if len(table)}
    if "structures" in held:
        held["structures"] = open_structures(held["structures"], as_of)
    communes = commune_names(held)
    drawn = _drawn(held, communes, as_of)
    wanted = _at_first(drawn, facts) if layers_shown is None else layers_shown
    for layer in drawn:
        layer.shown = _is_shown(layer, wanted)
    places = places_of(held, facts)
    land = next((name for name in reversed(TERRITORIES) if name in held), None)
    data = {
        "layers": [
            {
                "id": layer.name,
                "role": layer.role,
                "title": layer.title.say(),
                "shown": layer.shown,
                **layer.content,
            }
            for layer in drawn
        ],
        "order": _ground_up(drawn),
        "land": land,
        "places": [[[south, west], [north, east]] for _, (west, south, east, north) in places],
        "tiles": tiles,
        "zoomIn": T("Agrandir", "Zoom in").say(),
        "zoomOut": T("Réduire", "Zoom out").say(),
    }
    title = _title(facts)
    body = "\n".join(
        (
            _stage(title, _subtitle(facts, as_of, drawn), facts),
            legend_html(drawn, [name for name, _ in places]),
            _FINDER.format(
                label=escaped(T("Chercher un lieu", "Search a place")),
                hint=escaped(T("Structure, QPV, commune…", "Structure, QPV, commune…")),
                none=escaped(T("Aucun nom trouvé", "No name found")),
            ),
            f'</div>\n<p class="credit" tabindex="0">{escaped(credit_line)}</p>\n</div>',
            _tables(held, drawn, communes),
            f'<script type="application/json" id="data">{script_json(data)}</script>',
        )
    )
    return render_page(title, language, body, tiles=tiles)


_FINDER = """<div id="finder"><label for="search">{label}</label>
<input id="search" type="search" autocomplete="off" spellcheck="false" placeholder="{hint}"
 role="combobox" aria-expanded="false" aria-controls="found" aria-autocomplete="list">
<ul id="found" role="listbox" aria-label="{label}" data-none="{none}" hidden></ul></div>"""


def _drawn(
    held: Mapping[str, Any], communes: Mapping[str, str], as_of: dt.date | None
) -> list[DrawnLayer]:
    """The layers in the order of the legend."""
    zoning = class_by_code(held.get("zonage"))
    drawn: list[DrawnLayer] = []
    if "structures" in held:
        drawn += structure_layers(held["structures"], communes)
    qpv_codes: set[str] = set()
    for generation in reversed(qpv_generations().values()):
        table = held.get(generation.layer)
        if table is not None:
            qpv_codes |= set(table["code"].astype(str))
            layer = qpv_layer(generation.layer, table, generation.label, zoning, communes)
            layer.in_force = _in_force(table, as_of)
            if not layer.in_force:
                layer.note = T("pas en vigueur à cette date", "not in force at this date")
            drawn.append(layer)
    vecus = [name for name in held if name.startswith("quartier_vecu_")]
    drawn += [quartier_vecu_layer(name, held[name]) for name in sorted(vecus)]
    limits, carried = [], {}
    for name in TERRITORIES:
        if name in held:
            layer, shapes = territory_layer(name, held[name], zoning)
            limits.append(layer)
            carried.update(shapes if name == "communes" else {})
    if "zonage" in held:
        layer = zoning_layer(held["zonage"], qpv_codes, carried)
        blank = len(set(communes) - set(zoning))
        if blank:
            layer.note = T(
                "{n} communes sans classe connue, laissées en blanc",
                "{n} communes of unknown class, left blank",
                n=say_number(blank),
            )
        drawn.append(layer)
    return drawn + limits


def _ground_up(drawn: Sequence[DrawnLayer]) -> list[str]:
    """Names of the layers from the ground to the top: zonage, limits, quartiers vécus, QPV."""
    rank = {"zoning": 0, "limit": 1, "area": 2, "points": 3}
    # The legend names the top first, but territories from the smallest to the largest.
    return [
        layer.name
        for _, _, layer in sorted(
            (
                (rank[layer.role], place if layer.role == "limit" else -place, layer)
                for place, layer in enumerate(drawn)
            ),
            key=lambda item: item[:2],
        )
    ]


def _in_force(table: Any, as_of: dt.date | None) -> bool:
    """Whether a zone of the table is in force at the date; unknown limits exclude nothing."""
    if as_of is None or "valid_from" not in table or "valid_to" not in table:
        return True
    day = np.datetime64(as_of)
    begun = ~(table["valid_from"] > day).to_numpy(dtype=bool, na_value=False)
    over = (table["valid_to"] < day).to_numpy(dtype=bool, na_value=False)
    return bool((begun & ~over).any())


def _at_first(drawn: Sequence[DrawnLayer], facts: Mapping[str, Any]) -> list[str]:
    """Layers switched on at first: what is in force, and the outline of the territory itself."""
    own = layers_of(clean(facts.get("territory")).partition(":")[0])
    # Of structures the name begins with their kind: "CPTS later".
    kinds = {layer.name: layer.name.partition(" ")[0] for layer in drawn}
    seats_only = all(kinds[layer.name] in _HIDDEN for layer in drawn if layer.role == "points")
    return [
        layer.name
        for layer in drawn
        if (layer.in_force and kinds[layer.name] not in _HIDDEN)
        or (layer.role == "points" and seats_only)
        or layer.name in own
    ]


def _is_shown(layer: DrawnLayer, wanted: Sequence[str]) -> bool:
    return layer.name in wanted or (layer.role == "points" and "structures" in wanted)


def _date(value: Any) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date) or value is None:
        return value
    return dt.date.fromisoformat(str(value)[:10])


def _title(facts: Mapping[str, Any]) -> str:
    subject = clean(facts.get("subject")) or _SUBJECT.say()
    territory = clean(facts.get("territory_name")) or clean(facts.get("territory"))
    return f"{territory} – {subject}" if territory else subject


def _subtitle(facts: Mapping[str, Any], as_of: dt.date | None, drawn: Sequence[DrawnLayer]) -> str:
    said = []
    if as_of is not None:
        coming = any(layer.mark is not None and layer.mark.outlined for layer in drawn)
        words = _OPEN_AND_COMING if coming else _OPEN
        said.append(words.with_values(day=say_date(as_of)).say())
    scope = clean(facts.get("scope"))
    if scope:
        perimeter = _SCOPES.get(scope, Text(scope, scope))
        said.append(T("périmètre : {p}", "scope: {p}", p=perimeter).say())
    return " · ".join(said)


def _stage(title: str, subtitle: str, facts: Mapping[str, Any]) -> str:
    """The first screen down to the map; the panel and the search field follow inside."""
    skip = escaped(T("Aller aux tableaux", "Skip to the tables"))
    made_up = ""
    if facts.get("fictitious"):
        said = T(
            "Données fictives : démonstration, aucun lieu ni établissement réel",
            "Fictitious data: a demonstration, no real place or structure",
        )
        made_up = f'<p class="fictitious">{escaped(said)}</p>'
    label = escaped(T("Carte : {t}", "Map: {t}", t=title))
    return (
        f'<a class="skip" href="#tables">{skip}</a>\n<div class="stage">\n<header>{made_up}'
        f"<h1><bdi>{escaped(title)}</bdi></h1><p><bdi>{escaped(subtitle)}</bdi></p></header>\n"
        f'<div class="ground"><div class="folium-map" id="map_result" role="region" '
        f'aria-label="{label}"></div>'
    )


def _tables(
    held: Mapping[str, Any], drawn: Sequence[DrawnLayer], communes: Mapping[str, str]
) -> str:
    """The same data as tables, and what the page is made of."""
    parts = []
    if "structures" in held:
        parts.append(structures_listing(held["structures"], communes))
    parts += [zones_listing(layer) for layer in drawn if layer.name.startswith("qpv_")]
    software = ", ".join(
        f"{own.name} {own.version} ({own.licence})" for own in vendored() if own.scripts
    )
    made = T("Carte faite avec Folium et {s}.", "Map made with Folium and {s}.", s=software)
    heading = escaped(T("Les mêmes données en tableaux", "The same data as tables"))
    return (
        f'<main class="tables" id="tables" tabindex="-1"><h2>{heading}</h2>{"".join(parts)}'
        f'<p class="software">{escaped(made)}</p></main>'
    )
