"""The map page, its data, and the script and styles that it is made of."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

from flask import Blueprint, Response, abort, g, request
from markupsafe import Markup

from ...core.errors import UnknownNameError
from ...core.i18n import T
from ...drawing.areas import TERRITORIES
from ...drawing.classes import METHODS
from ...drawing.escape import script_json
from ...drawing.linked import Bundle, folium_parts, script_bundle, style_bundle
from ...exporting import map_credit
from ..answers import answer
from ..carte import contents, indicator, places, settings
from ..carte.words import TEXTS
from ..served import Served, served
from . import kept_page

PAGE = Blueprint("carte", __name__)
_SCRIPTS = (
    "state",
    "store",
    "points",
    "areas",
    "indicator",
    "view",
    "popups",
    "table",
    "tools",
    "",
)
_FOREVER = "public, max-age=31536000, immutable"


@cache
def _own(suffix: str) -> str:
    """Our files of the page, joined in order."""
    folder = resources.files("geo_service.web").joinpath("static")
    names = [f"carte_{name}".rstrip("_") for name in _SCRIPTS] if suffix == "js" else ["carte"]
    return "\n".join(folder.joinpath(f"{name}.{suffix}").read_text("utf-8") for name in names)


def bundles() -> dict[str, Bundle]:
    """The script and the style sheet of the page, by suffix."""
    return {
        "js": script_bundle(_own("js"), tiles=settings.tiles()),
        "css": style_bundle(_own("css")),
    }


@PAGE.get("/carte")
def carte() -> Response:
    """The map; ``embed=1`` gives the bare map that other sites may frame."""
    embed = request.args.get("embed") == "1"

    def values() -> dict[str, Any]:
        result = served()
        if territory := request.args.get("territory"):
            result.atlas.require_territory(territory)
        body, _ = folium_parts(tiles=settings.tiles())
        told = settings.for_script(result, request.script_root, g.language, embed=embed)
        return {
            "embed": embed,
            "layout": "carte_bare.html" if embed else "base.html",
            "bundles": bundles(),
            "maps": Markup(body),  # noqa: S704 - Folium's two empty elements
            "told": Markup(script_json(told)),  # noqa: S704 - escaped for a script
            # A link that names its layers after the # may show none of those.
            "early": [] if request.args.get("early") == "0" else _early(told),
            "layers": [_shown(layer) for layer in settings.layers(result)],
            "zoning": [_shown(line) for line in settings.zoning_legend(result)],
            "dates": told["dates"],
            "as_of_iso": told["asOf"],
            "indicators": told["indicators"],
            "levels": [
                (name, title.say())
                for name, title in TERRITORIES.items()
                if name in contents.names(result)
            ],
            "jumps": [name for name, _ in contents.places(result)],
            "said": told["words"],
            "credit": map_credit(result.atlas).say(),
        }

    return kept_page("carte.html", values, TEXTS, framed=embed, maps=True)


def _early(told: dict[str, Any]) -> list[str]:
    """Addresses that every first view asks for: the browser fetches them while it reads."""
    names = [layer["id"] for layer in told["layers"] if layer["role"] == "qpv"][:1]
    if any(layer["role"] == "points" for layer in told["layers"]):
        names.append("structures")
    if told["ground"]:
        names.append(told["ground"])
    asked = f"v={told['version']}&lang={told['language']}"
    return [f"{told['data']}{name}.json?{asked}" for name in names]


def _shown(line: dict[str, Any]) -> dict[str, Any]:
    return {**line, "swatch": Markup(line["swatch"])}  # noqa: S704 - made of our own shapes


@PAGE.get("/carte/fichiers/<name>")
def fichier(name: str) -> Response:
    """The script or the style sheet: named by the hash of its bytes, kept for ever."""
    bundle = next((one for one in bundles().values() if one.name == name), None)
    if bundle is None:
        abort(404)
    kind = "text/javascript" if bundle.suffix == "js" else "text/css"
    response = answer(("carte", name), lambda: bundle.text, mimetype=kind)
    response.headers["Cache-Control"] = _FOREVER
    return response


def _data(key: tuple[Any, ...], make: Callable[[Served], Any]) -> Response:
    """Data as JSON; kept for ever by a browser that names the result they belong to."""
    result = served()

    def made() -> str:
        return json.dumps(make(result), ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    response = answer(("carte", *key, g.language), made, mimetype="application/json")
    if request.args.get("v") == result.fingerprint and "lang" in request.args:
        response.headers["Cache-Control"] = _FOREVER
    return response


@PAGE.get("/carte/donnees/<name>.json")
def donnees(name: str) -> Response:
    """A layer for a small scale."""
    makers: dict[str, Callable[[Served], Any]] = {
        "structures": contents.structures,
        "details": contents.structure_details,
        "zonage": contents.zoning_far,
    }
    if contents.is_zone(name):
        return _data((name,), lambda result: contents.zones(result, name))
    if name in TERRITORIES:
        return _data((name,), lambda result: contents.limits(result, name))
    if name not in makers:
        raise UnknownNameError(
            T("La carte n'a pas la couche « {n} ».", "The map has no layer “{n}”.", n=name),
            known=tuple(contents.names(served())),
        )
    return _data((name,), makers[name])


@PAGE.get("/carte/donnees/formes/<name>.json")
def formes(name: str) -> Response:
    """The shapes of a layer of zones, for a large scale."""
    if not contents.is_zone(name):
        abort(404)
    return _data(("shapes", name), lambda result: contents.zone_shapes(result, name))


@PAGE.get("/carte/donnees/proche/<name>/<part>.json")
def proche(name: str, part: str) -> Response:
    """The limits, or the zonage, of one département for a large scale."""
    if name == "zonage":
        return _data(("near", name, part), lambda result: contents.zoning_near(result, part))
    return _data(("near", name, part), lambda result: contents.near_limits(result, name, part))


@PAGE.get("/carte/donnees/lieu.json")
def lieu() -> Response:
    """One territory: where it lies and what belongs to it."""
    written = request.args.get("territoire", "")
    return _data(("place", written), lambda result: places.place(result, written))


@PAGE.get("/carte/donnees/indicateur.json")
def indicateur() -> Response:
    """One indicator by territory, at one date or two, in classes that both dates share."""
    asked = request.args
    method = next((one for one in METHODS if one == asked.get("classes", METHODS[0])), None)
    if method is None:
        abort(400)
    try:
        dates = [dt.date.fromisoformat(text) for text in asked.getlist("date")[:2]]
    except ValueError:
        abort(400)
    level, name = asked.get("niveau", ""), asked.get("indicateur", "")
    kind, definition = asked.get("nature") or None, asked.get("definition") or None
    return _data(
        ("indicator", level, name, kind, definition, *dates, method),
        lambda result: indicator.mapped(
            result, level, name, kind, definition, dates or [result.atlas.as_of], method
        ),
    )


def _warm(result: Served) -> None:
    """What the first visitor would wait for: shapes made light, the list of indicators."""
    indicator.catalogue(result)
    for name in TERRITORIES:
        if name in contents.names(result):
            contents.limits(result, name)


WARM = [_warm]
