"""Folium's maps for a page of the web service: nothing stands inline, nothing is asked elsewhere.

Folium makes the maps; their script is served with Leaflet as one file under a hash of its bytes,
and the data come by address. A strict Content-Security-Policy therefore needs no exception.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from typing import Any, ClassVar

import folium
from branca.element import Figure
from folium.template import Template

from .assets import asset_text, own_text
from .page import IGN_CREDIT, IGN_TILES, MAX_ZOOM

MAPS = ("first", "second")
"""The two maps of a page; the second is shown for another date."""
_BROWSER = ("symbols.js", "layers.js", "names.js", "search.js")


@dataclass(frozen=True)
class Bundle:
    """A script or a style sheet as one file, and the hash that names it."""

    text: str
    suffix: str

    @functools.cached_property
    def name(self) -> str:
        """Name of the file: it changes with every byte of the text."""
        digest = hashlib.sha256(self.text.encode()).hexdigest()[:16]
        return f"carte-{digest}.{self.suffix}"


class LinkedMap(folium.Map):
    """Folium's map, which adds neither styles nor scripts to the page."""

    default_js: ClassVar[list[tuple[str, str]]] = []  # type: ignore[misc]  # branca declares an instance attribute
    default_css: ClassVar[list[tuple[str, str]]] = []  # type: ignore[misc]  # branca declares an instance attribute
    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <div class="pane {{ this.kind }}"><p class="date-of-map"></p>
        <div class="folium-map" id="{{ this.get_name() }}"></div></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        const {{ this.get_name() }} = L.map({{ this.get_name()|tojson }},
            {center: {{ this.location|tojson }}, ...{{ this.options|tojavascript }}});
        {% endmacro %}
        """
    )

    def __init__(self, name: str, *, tiles: bool) -> None:
        super().__init__(
            location=[46.6, 2.4],
            zoom_start=5,
            tiles=None,
            prefer_canvas=True,
            zoom_control=False,  # added with titles in the language of the page
            zoom_snap=1 if tiles else 0.5,
        )
        self._id = name
        self.kind = "own" if name == MAPS[0] else "other"
        self.options |= {"min_zoom": 3, "max_zoom": MAX_ZOOM}
        if tiles:
            layer = folium.TileLayer(IGN_TILES, attr=IGN_CREDIT, max_zoom=MAX_ZOOM, control=False)
            layer._id = f"ign_{name}"
            self.add_child(layer)


@functools.cache
def folium_parts(*, tiles: bool) -> tuple[str, str]:
    """The ``div`` of each map, and the script that Folium writes to make them.

    Parameters
    ----------
    tiles
        Whether the Plan IGN lies under the maps, which then ask data.geopf.fr for pictures.
    """
    figure = Figure()
    for name in MAPS:
        figure.add_child(LinkedMap(name, tiles=tiles))
    figure.render()
    return _rendered(figure.html), _rendered(figure.script)


def _rendered(part: Any) -> str:
    return str(part.render()).strip()


@functools.cache
def script_bundle(own: str, *, tiles: bool) -> Bundle:
    """Leaflet, Folium's script and ours as one file.

    Parameters
    ----------
    own
        Our own script of the page, run last.
    """
    licence = f"/*! {asset_text('leaflet/LICENSE')} */"
    _, made = folium_parts(tiles=tiles)
    shared = (own_text(name) for name in _BROWSER)
    parts = (licence, asset_text("leaflet/leaflet.js"), _lean("\n".join((*shared, made, own))))
    return Bundle("\n".join(parts), "js")


def _lean(script: str) -> str:
    """A script of ours without indentation and whole lines of comment; no text spans lines."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@functools.cache
def style_bundle(own: str) -> Bundle:
    """Leaflet's styles, those of the symbols and ours as one file."""
    return Bundle("\n".join((asset_text("leaflet/leaflet.css"), own_text("marks.css"), own)), "css")
