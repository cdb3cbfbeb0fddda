"""Folium's page and map, with every script and style inside the page and no address left.

Two habits of Folium's base are undone here. Its elements run the text they are given as a Jinja
template, so that a name such as ``{{ 7 * 7 }}`` would be evaluated: :class:`Raw` does not. Its
viewport forbids to enlarge the page: this one allows it.
"""

from __future__ import annotations

from typing import Any, ClassVar

import folium
import folium.plugins
from branca.element import Element, Figure, MacroElement
from folium.template import Template

from ..core.i18n import Language, T
from .assets import asset_text, own_text
from .escape import escaped

MAX_ZOOM = 18

IGN_TILES = (
    "https://data.geopf.fr/wmts?REQUEST=GetTile&SERVICE=WMTS&VERSION=1.0.0&STYLE=normal"
    "&TILEMATRIXSET=PM&FORMAT=image/png&LAYER=GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2"
    "&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"
)
IGN_CREDIT = '<a href="https://www.ign.fr/">IGN</a> – Plan IGN v2, Géoplateforme'

_SCRIPTS = (
    ("leaflet/leaflet.js", "leaflet/LICENSE"),
    ("leaflet.markercluster/leaflet.markercluster.js", "leaflet.markercluster/MIT-LICENCE.txt"),
    ("leaflet.fullscreen/Control.FullScreen.umd.js", "leaflet.fullscreen/LICENSE.md"),
)
_STYLES = (
    "leaflet/leaflet.css",
    "leaflet.markercluster/MarkerCluster.css",
    "leaflet.fullscreen/Control.FullScreen.css",
)
_OWN_SCRIPTS = ("symbols.js", "layers.js", "names.js", "search.js", "start.js")


class Raw(Element):
    """Text put into the page as it is."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **_kwargs: Any) -> str:
        """The text."""
        return self.text


class Page(Figure):
    """Folium's page in a language, with the styles in its head and the scripts in its body."""

    _template = Template(
        '<!DOCTYPE html>\n<html lang="{{ this.language }}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>{{ this.title }}</title>\n{{ this.header.render(**kwargs) }}\n</head>\n<body>\n"
        "{{ this.html.render(**kwargs) }}\n"
        "<script>\n{{ this.script.render(**kwargs) }}\n</script>\n</body>\n</html>\n"
    )

    def __init__(self, title: str, language: Language) -> None:
        super().__init__(title=escaped(title))
        self.language = language
        self.header._children.clear()  # the template names the charset
        styles = [*map(asset_text, _STYLES), own_text("map.css"), own_text("marks.css")]
        scripts = [f"/*! {asset_text(licence)} */\n{asset_text(js)}" for js, licence in _SCRIPTS]
        for number, text in enumerate(styles):
            self.header.add_child(Raw(f"<style>{text}</style>"), name=f"style_{number}")
        for number, text in enumerate(scripts):
            self.header.add_child(Raw(f"<script>{text}</script>"), name=f"script_{number}")


class Map(folium.Map):
    """Folium's map; its ``div`` stands in the body that :class:`Drawing` writes."""

    default_js: ClassVar[list[tuple[str, str]]] = []  # type: ignore[misc]  # branca declares an instance attribute
    default_css: ClassVar[list[tuple[str, str]]] = []  # type: ignore[misc]  # branca declares an instance attribute
    _template = Template(
        """
        {% macro script(this, kwargs) %}
        const {{ this.get_name() }} = L.map({{ this.get_name()|tojson }},
            {center: {{ this.location|tojson }}, ...{{ this.options|tojavascript }}});
        {% endmacro %}
        """
    )

    def __init__(self, *, tiles: bool) -> None:
        super().__init__(
            location=[46.6, 2.4],
            zoom_start=6,
            tiles=None,
            prefer_canvas=True,
            zoom_control=False,  # added with titles in the language of the page
            zoom_snap=1 if tiles else 0.5,
        )
        self._id = "result"  # the same page from the same input
        # Folium gives its own arguments of these names to the tiles, and here there may be none.
        self.options |= {"min_zoom": 3, "max_zoom": MAX_ZOOM}
        if tiles:
            layer = folium.TileLayer(IGN_TILES, attr=IGN_CREDIT, max_zoom=MAX_ZOOM, control=False)
            layer._id = "ign"
            self.add_child(layer)


class Drawing(MacroElement):
    """The body of the page, and the script that draws the data it holds upon the map."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self._name, self._id = "Drawing", "result"
        self.body = body

    def render(self, **_kwargs: Any) -> None:  # type: ignore[override]  # branca leaves it untyped
        """Put body and script into the page, as branca's own macro elements do."""
        page, base = self.get_root(), self._parent
        assert isinstance(page, Figure)
        assert isinstance(base, folium.Map)
        own = "\n".join(own_text(name) for name in _OWN_SCRIPTS)
        start = (
            f"geoServiceMap({base.get_name()}, "
            'JSON.parse(document.getElementById("data").textContent));'
        )
        page.html.add_child(Raw(self.body), name=self.get_name())
        page.script.add_child(Raw(f"{own}\n{start}"), name=self.get_name())


class Fullscreen(folium.plugins.Fullscreen):
    """Folium's full-screen button, for the whole stage: title, legend and source line too."""

    default_js: ClassVar[list[tuple[str, str]]] = []  # type: ignore[misc]  # branca declares an instance attribute
    default_css: ClassVar[list[tuple[str, str]]] = []  # type: ignore[misc]  # branca declares an instance attribute
    # The release carried has dropped the factory that Folium's own template calls.
    _template = Template(
        """
        {% macro script(this, kwargs) %}
        new L.Control.FullScreen({...{{ this.options|tojavascript }},
            fullscreenElement: document.querySelector(".stage")
        }).addTo({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, language: Language) -> None:
        super().__init__(
            title=T("Plein écran", "Full screen").say(language),
            title_cancel=T("Quitter le plein écran", "Exit full screen").say(language),
            force_separate_button=True,
        )
        self._id = "result"


def render_page(title: str, language: Language, body: str, *, tiles: bool) -> str:
    """The whole page.

    Parameters
    ----------
    title
        Plain text.
    body
        HTML, every value escaped, with ``<div id="map_result">``, the panel, the search field and
        the block of data (``<script type="application/json" id="data">``).
    tiles
        Whether the Plan IGN lies under the map, which then asks the network for pictures.
    """
    page = Page(title, language)
    base = Map(tiles=tiles)
    page.add_child(base)
    base.add_child(Drawing(body))
    base.add_child(Fullscreen(language))
    return str(page.render())
