"""What the page tells its script: layers with their styles, dates, indicators, words, addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...config import setting
from ...core.i18n import T, Text, say_date
from ...drawing.areas import TERRITORIES, quartier_vecu_title
from ...drawing.escape import clean
from ...drawing.legend import mark_swatch, pattern_swatch, stroke_swatch
from ...drawing.palette import (
    CIRCLE,
    UNKNOWN,
    as_values,
    class_order,
    kind_order,
    mark_of,
    pattern_of,
    stroke_of,
)
from ...rules import qpv_generations, structure_kinds, zoning_classes
from . import contents
from .indicator import catalogue
from .words import SAID

if TYPE_CHECKING:
    from ..served import Served

_MANY_COMMUNES = 8_000
# Switched off at first: seats say nothing of the territory served, and limits enough are drawn.
_OFF = frozenset({"CPTS", "zonage", "epci"})


def tiles() -> bool:
    """Whether the operator lets browsers ask the IGN for the ground."""
    return setting("GEO_SERVICE_TILES") == "ign"


def layers(result: Served) -> list[dict[str, Any]]:
    """Every layer that can be switched: id, role, title, swatch, style, and whether it is on."""
    held = contents.names(result)
    listed: list[dict[str, Any]] = []
    kinds = structure_kinds()
    if "structures" in held:
        for kind in kind_order(set(contents.table(result, "structures")["kind"].astype(str))):
            mark = mark_of(kind)
            known = kinds.get(kind)
            listed.append(
                _layer(
                    kind,
                    "points",
                    known.plural if known else Text(clean(kind), clean(kind)),
                    mark_swatch(mark),
                    label=(known.label.say() if known else clean(kind)),
                    mark={"colour": mark.colour, "path": mark.path},
                )
            )
    titles = {generation.layer: generation.label for generation in qpv_generations().values()}
    for name in sorted((n for n in held if n.startswith("qpv_")), reverse=True):
        title = titles.get(name, Text(name, name))
        listed.append(_drawn(name, "qpv", title))
    for name in sorted(n for n in held if n.startswith("quartier_vecu_")):
        listed.append(_drawn(name, "vecu", quartier_vecu_title(name)))
    if "zonage" in held:
        listed.append(_layer("zonage", "zonage", T("Zonage médecin", "Doctor zoning"), ""))
    for name, title in TERRITORIES.items():
        if name in held:
            listed.append(_drawn(name, "limit", title))
    return listed


def zoning_legend(result: Served) -> list[dict[str, str]]:
    """The classes of the zonage that the result has, with their pattern."""
    if "zonage" not in contents.names(result):
        return []
    found = set(contents.table(result, "zonage")["zone_class"].dropna())
    known = zoning_classes()
    return [
        {
            "title": known[name].label.say() if name in known else clean(name),
            "swatch": pattern_swatch(pattern_of(name), place),
        }
        for place, name in enumerate(class_order(found))
    ]


def for_script(result: Served, base: str, language: str, *, embed: bool) -> dict[str, Any]:
    """Everything that the script has to know before it asks for data.

    Parameters
    ----------
    base
        Where the application stands (``request.script_root``).
    """
    atlas = result.atlas
    places = contents.places(result)
    held = contents.names(result)
    communes = len(contents.table(result, "communes")) if "communes" in held else 0
    return {
        "base": base,
        "data": f"{base}/carte/donnees/",
        "version": result.fingerprint,
        "language": language,
        "title": clean(atlas.facts.get("territory_name")),
        "words": {name: text.say() for name, text in SAID.items()},
        "dates": [{"iso": day.isoformat(), "said": say_date(day)} for day in sorted(atlas.dates)],
        "asOf": atlas.as_of.isoformat(),
        "layers": [
            {key: value for key, value in layer.items() if key != "swatch"}
            for layer in layers(result)
        ],
        "land": next((name for name in reversed(TERRITORIES) if name in held), None),
        "ground": next(
            (name for name in ("departements", "regions", "epci", "communes") if name in held), None
        ),
        "places": [[[south, west], [north, east]] for _, (west, south, east, north) in places],
        "parts": [
            [part, *(round(degrees, 2) for degrees in box)] for part, box in contents.chunks(result)
        ],
        "manyCommunes": communes > _MANY_COMMUNES,
        "indicators": catalogue(result),
        "unknownPattern": as_values(UNKNOWN),
        "circle": CIRCLE,
        "tiles": tiles(),
        "embed": embed,
    }


def _drawn(name: str, role: str, title: Text) -> dict[str, Any]:
    stroke = stroke_of(name)
    return _layer(name, role, title, stroke_swatch(stroke), stroke=as_values(stroke))


def _layer(name: str, role: str, title: Text, swatch: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "role": role,
        "title": title.say(),
        "swatch": swatch,
        "on": name not in _OFF,
        **more,
    }
