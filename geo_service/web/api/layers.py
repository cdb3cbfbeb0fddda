"""Structures and QPV, as records or as GeoJSON."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
from flask import Response, request

from ...core.errors import UnknownNameError
from ...core.i18n import T
from ...core.validity import openness
from ...features import Features
from ...finding import fold
from ..answers import Body, send
from ..served import Served, served
from .operations import (
    MEDIA,
    Page,
    address,
    encode,
    link,
    operation,
    page_address,
    reply,
)
from .parameters import Box

Positions = npt.NDArray[np.intp]
_STATES = np.array(["undetermined", "no", "yes"], dtype=object)  # of -1, 0, 1, one further on
_OF_THE_MAIN_DATE = ("in_qpv", "qpv", "zonage")
_NEAR = "near_"


def structures_at(result: Served, as_of: dt.date | None) -> Features:
    """The structures of the result; at another of its dates those that are open then, or perhaps.

    What is only known at the main date (in a QPV, near one, zoning) is left out at the others.

    Raises
    ------
    UnknownNameError
        The result does not hold the date.
    """
    if as_of is None:
        return result.features("structures")
    result.atlas.require_date(as_of)
    return result.keep(("api structures", as_of), lambda: _at(result, as_of))


def _at(result: Served, as_of: dt.date) -> Features:
    table = result.features("structures").table
    if as_of == result.atlas.as_of:
        return Features("structures", table[table["open"] != "no"])
    files = set(table["file"])
    register = (
        one.vintage
        for one in result.atlas.stored.provenance
        if files & {one.file, f"{one.file}/{one.member}", one.source_id}
    )
    state = openness(table, as_of, next(register, None))
    later = [c for c in table if c in _OF_THE_MAIN_DATE or str(c).startswith(_NEAR)]
    table = table.drop(columns=later).assign(open=_STATES[state + 1])
    return Features("structures", table[state != 0])


def records_of(result: Served, features: Features) -> list[dict[str, Any]]:
    """Properties of each feature, made once."""
    return result.keep(
        ("api records", id(features)), lambda: [json.loads(t)["properties"] for t in features.texts]
    )


@operation(
    "/structures",
    T("Structures", "Structures"),
    about=T(
        "Maisons et centres de santé. Sans as_of, toutes celles du résultat avec leur état à la "
        "date principale ; avec as_of, celles qui sont ouvertes, ou peut-être, à cette date. "
        "f=geojson donne tout si ni limit ni page ne sont donnés.",
        "Health houses and centres. Without as_of, all those of the result with their state at the "
        "main date; with as_of, those that are open, or perhaps, at that date. f=geojson gives all "
        "where neither limit nor page is given.",
    ),
    takes=("territory", "kind", "as_of", "in_qpv", "bbox", "q", "limit", "page"),
    gives={"json": "StructurePage", "geojson": "StructureCollection"},
    unknown=True,
)
def structures(asked: dict[str, Any]) -> Response:
    """The structures that meet every filter."""

    def made() -> bytes:
        features = structures_at(served(), asked["as_of"])
        chosen = _chosen(features, "structures", asked)
        table = features.table
        if asked["kind"]:
            chosen &= (table["kind"] == asked["kind"]).to_numpy()
        if asked["in_qpv"]:
            if "in_qpv" not in table:
                raise _only_at_main_date()
            chosen &= (table["in_qpv"].astype("object") == asked["in_qpv"]).to_numpy(dtype=bool)
        return _collection(features, np.flatnonzero(chosen), asked, _structure_links)

    return reply(made, asked["f"])


def _only_at_main_date() -> UnknownNameError:
    date = served().atlas.as_of.isoformat()
    return UnknownNameError(
        T(
            "La position par rapport aux QPV n'est connue qu'au {date}.",
            "The position towards the QPV is known on {date} only.",
            date=date,
        ),
        known=(date,),
    )


def _chosen(features: Features, layer: str, asked: dict[str, Any]) -> npt.NDArray[np.bool_]:
    """Which features are in the territory, meet the box, and have the words."""
    chosen = np.ones(len(features), dtype=bool)
    if asked["territory"]:
        chosen &= served().atlas.mask(features.table, layer, asked["territory"])
    if asked["bbox"]:
        chosen &= _meets(features, asked["bbox"])
    if asked.get("q"):
        words = fold(asked["q"]).split()
        names = features.table["name"].astype("object").fillna("")
        texts = [f" {fold(f'{n} {i}')}" for n, i in zip(names, features.ids, strict=True)]
        chosen &= np.array([all(f" {word}" in text for word in words) for text in texts], bool)
    return chosen


def _meets(features: Features, box: Box) -> npt.NDArray[np.bool_]:
    west, south, east, north = box
    found = np.zeros(len(features), dtype=bool)
    if west <= east:
        found[features.within(box)] = True
    else:
        found[features.within((west, south, 180.0, north))] = True
        found[features.within((-180.0, south, east, north))] = True
    return found


def _collection(
    features: Features,
    chosen: Positions,
    asked: dict[str, Any],
    links: Callable[[dict[str, Any]], list[dict[str, str]]],
    **members: Any,
) -> bytes:
    page = Page(len(chosen), asked["page"], asked["limit"])
    if asked["f"] == "geojson":
        if not {"limit", "page"} & set(request.args):
            page = Page(len(chosen), 1, max(len(chosen), 1))
        part = chosen[page.part].tolist()
        counts = {"numberMatched": len(chosen), "numberReturned": len(part)}
        return features.collection(part, {**counts, **members, "links": page.links("geojson")})
    records = records_of(served(), features)
    items = [
        {**records[place], "links": links(records[place])} for place in chosen[page.part].tolist()
    ]
    return encode({**page.head(), **members, "links": page.links(), "items": items})


def _structure_links(record: dict[str, Any]) -> list[dict[str, str]]:
    code = quote(str(record["finess"] or record["structure_id"]), safe="~")
    return [
        link("self", address(f"/structures/{code}"), kind="geojson"),
        link("alternate", page_address(f"/structure/{code}"), kind="text/html"),
    ]


@operation(
    "/structures/<finess>",
    T("Une structure", "One structure"),
    about=T("Une structure en GeoJSON.", "One structure as GeoJSON."),
    gives={"geojson": "StructureFeature"},
    path_parameters={"finess": (T("Numéro FINESS", "FINESS number"), "310035779")},
    unknown=True,
)
def structure(asked: dict[str, Any], finess: str) -> Response:
    """One structure."""
    return _feature("structures", finess, asked["lang"], _structure_links)


@operation(
    "/qpv",
    T("Quartiers prioritaires", "Priority neighbourhoods"),
    about=T(
        "QPV d'une génération ; par défaut la plus récente du résultat. f=geojson donne tout, "
        "avec les contours, si ni limit ni page ne sont donnés.",
        "QPV of a generation; by default the newest of the result. f=geojson gives all, with the "
        "contours, where neither limit nor page is given.",
    ),
    takes=("generation", "territory", "bbox", "limit", "page"),
    gives={"json": "QpvPage", "geojson": "QpvCollection"},
    unknown=True,
)
def qpv_liste(asked: dict[str, Any]) -> Response:
    """The QPV of one generation."""

    def made() -> bytes:
        layer = _generation(served(), asked["generation"])
        features = served().features(layer)
        chosen = np.flatnonzero(_chosen(features, layer, asked))
        generation = layer.removeprefix("qpv_")
        return _collection(features, chosen, asked, _qpv_links, generation=generation)

    return reply(made, asked["f"])


def _generation(result: Served, wanted: str | None) -> str:
    held = sorted(n for n in result.atlas.stored.layer_names() if n.startswith("qpv_"))
    known = tuple(name.removeprefix("qpv_") for name in held)
    if not held or (wanted and wanted not in known):
        raise UnknownNameError(
            T(
                "Le résultat n'a pas cette génération de QPV ; il a : {known}.",
                "The result does not hold that generation of QPV; it holds: {known}.",
                known=", ".join(known),
            ),
            known=known,
        )
    return f"qpv_{wanted}" if wanted else held[-1]


def _qpv_links(record: dict[str, Any]) -> list[dict[str, str]]:
    code = quote(str(record["code"]), safe="~")
    return [
        link("self", address(f"/qpv/{code}"), kind="geojson"),
        link("figures", address(f"/territoires/qpv:{code}/indicateurs")),
        link("alternate", page_address(f"/qpv/{code}"), kind="text/html"),
    ]


@operation(
    "/qpv/<code>",
    T("Un QPV", "One QPV"),
    about=T(
        "Un QPV en GeoJSON, avec son contour ; le code dit sa génération.",
        "One QPV as GeoJSON, with its contour; the code tells its generation.",
    ),
    gives={"geojson": "QpvFeature"},
    path_parameters={"code": (T("Code du QPV", "Code of the QPV"), "QN03102M")},
    unknown=True,
)
def qpv(asked: dict[str, Any], code: str) -> Response:
    """One QPV."""
    return _feature("qpv", code, asked["lang"], _qpv_links)


def _feature(
    what: str,
    code: str,
    lang: str | None,
    links: Callable[[dict[str, Any]], list[dict[str, str]]],
) -> Response:
    """A feature, ready since it was first asked for."""
    result = served()
    # No address but the feature's own and its language: a small, closed set of keys.
    key = (what, code, request.root_path, lang)
    bodies: dict[Any, Body] = result.keep(("api features", what), dict)
    body = bodies.get(key)
    if body is None:
        features = result.features(_layer_of(result, what, code))
        text = features.texts[features.place(code)]
        said = links({**records_of(result, features)[features.place(code)]})
        body = Body(text[:-1] + b', "links": ' + encode(said) + b"}", MEDIA["geojson"], {})
        if len(bodies) < _MOST_KEPT:
            bodies[key] = body
    return send(body)


_MOST_KEPT = 20_000


def _layer_of(result: Served, what: str, code: str) -> str:
    if what == "structures":
        return what
    held = sorted(n for n in result.atlas.stored.layer_names() if n.startswith("qpv_"))
    for name in held:
        if code in result.features(name).ids:
            return name
    raise UnknownNameError(
        T(
            "Le résultat n'a pas le QPV « {it} ».",
            "The result does not hold the QPV “{it}”.",
            it=code,
        )
    )


def warm(result: Served) -> None:
    """Make the features before they are asked for."""
    for name in result.atlas.stored.layer_names():
        if name == "structures" or name.startswith("qpv_"):
            records_of(result, result.features(name))
