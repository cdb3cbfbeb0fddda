"""The description of the service in OpenAPI 3.0, as OGC API – Features asks (class ``oas30``)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ... import __version__
from ...core.i18n import LANGUAGES, T, Text
from ..served import Served
from . import asking, crs, links
from .collections import Collection, collections_of
from .documents import DESCRIPTION, schema

_JSON, _PROBLEM = "application/json", "application/problem+json"


def described(result: Served) -> dict[str, Any]:
    """The whole description."""
    known = collections_of(result)
    paths: dict[str, Any] = {
        "/": _get("getLandingPage", T("Accueil", "Landing page"), "landing"),
        "/conformance": _get(
            "getConformance", T("Classes de conformité", "Conformance classes"), "conformance"
        ),
        "/openapi": _get(
            "getOpenApi", T("Cette description", "This description"), "any", mimetype=links.OPENAPI
        ),
        "/collections": _get(
            "getCollections", T("Les collections", "The collections"), "collections"
        ),
    }
    for collection in known.values():
        paths |= _paths_of(collection)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": f"{result.atlas.facts['name']} – OGC API – Features",
            "description": DESCRIPTION.say(),
            "version": __version__,
        },
        # GDAL looks for the paths as the standard writes them: relative to the landing page.
        "servers": [{"url": links.to("landing").partition("?")[0]}],
        "paths": paths,
        "components": {
            "parameters": _parameters(),
            "schemas": _SCHEMAS,
            "responses": {
                "problem": {
                    "description": T("Erreur (RFC 9457)", "Error (RFC 9457)").say(),
                    "content": {_PROBLEM: {"schema": _ref("problem")}},
                }
            },
        },
    }


def _paths_of(collection: Collection) -> dict[str, Any]:
    name, title = collection.name, collection.title
    root = f"/collections/{name}"
    in_crs = _in_crs("crs", collection)
    items = [
        *map(
            _parameter,
            ("limit", "offset", "bbox", "datetime", "filter", "filter-lang", "sortby"),
        ),
        _list_of("properties", list(collection.columns)),
        in_crs,
        _in_crs("bbox-crs", collection),
        _in_crs("filter-crs", collection),
        *_equal(collection),
    ]
    feature = {
        "name": "featureId",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
    }
    return {
        root: _get(f"describe_{name}", title, "collection"),
        f"{root}/queryables": _get(
            f"getQueryables_{name}",
            T("Propriétés interrogeables : {title}", "Queryables: {title}", title=title),
            "any",
            mimetype=links.SCHEMA,
        ),
        f"{root}/schema": _get(
            f"getSchema_{name}",
            T("Schéma : {title}", "Schema: {title}", title=title),
            "any",
            mimetype=links.SCHEMA,
        ),
        f"{root}/items": _get(
            f"getFeatures_{name}",
            T("Objets : {title}", "Features: {title}", title=title),
            "features",
            items,
            mimetype=links.GEOJSON,
        ),
        f"{root}/items/{{featureId}}": _get(
            f"getFeature_{name}",
            T("Un objet : {title}", "One feature: {title}", title=title),
            "feature",
            [feature, in_crs],
            mimetype=links.GEOJSON,
            missing=True,
        ),
    }


def _get(
    operation: str,
    summary: Text,
    answer: str,
    parameters: Iterable[dict[str, Any]] = (),
    *,
    mimetype: str = _JSON,
    missing: bool = False,
) -> dict[str, Any]:
    problem = {"$ref": "#/components/responses/problem"}
    responses: dict[str, Any] = {
        "200": {
            "description": summary.say(),
            "content": {
                mimetype: {"schema": _ref(answer)},
                "text/html": {"schema": {"type": "string"}},
            },
        },
        "400": problem,
        **({"404": problem} if missing else {}),
        "429": problem,
        "500": problem,
    }
    return {
        "get": {
            "operationId": operation,
            "summary": summary.say(),
            "parameters": [*map(_parameter, asking.COMMON), *parameters],
            "responses": responses,
        }
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _parameter(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def _query(name: str, schema: dict[str, Any], said: Text | None = None) -> dict[str, Any]:
    described = {} if said is None else {"description": said.say()}
    return {
        "name": name,
        "in": "query",
        "required": False,
        **described,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


def _list_of(name: str, values: list[str]) -> dict[str, Any]:
    return _query(name, {"type": "array", "items": {"type": "string", "enum": values}})


def _in_crs(name: str, collection: Collection) -> dict[str, Any]:
    uris = {"type": "string", "format": "uri", "enum": list(collection.crs), "default": crs.CRS84}
    return _query(name, uris)


def _equal(collection: Collection) -> Iterable[dict[str, Any]]:
    for name, said in schema(collection, "queryables")["properties"].items():
        if name == "geometry":
            continue
        kind = {key: said[key] for key in ("type", "format") if key in said}
        yield _query(name, kind, T("{it}", "{it}", it=said["title"]))


def _parameters() -> dict[str, Any]:
    numbers = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    return {
        "f": _query("f", {"type": "string", "enum": list(asking.FORMS)}, T("Format", "Format")),
        "lang": _query(
            "lang", {"type": "string", "enum": list(LANGUAGES)}, T("Langue", "Language")
        ),
        "limit": _query(
            "limit",
            {
                "type": "integer",
                "minimum": 1,
                "maximum": asking.MOST_FEATURES,
                "default": asking.USUAL_LIMIT,
            },
            T(
                "Objets par page ; au-delà du maximum, le maximum est rendu.",
                "Features a page; beyond the maximum, the maximum is given.",
            ),
        ),
        "offset": _query(
            "offset",
            {"type": "integer", "minimum": 0, "maximum": asking.FARTHEST, "default": 0},
            T("Objets à passer.", "Features to pass over."),
        ),
        "bbox": _query(
            "bbox",
            numbers,
            T(
                "Boîte, dans l'ordre des axes de bbox-crs.",
                "Box, in the axis order of bbox-crs.",
            ),
        ),
        "datetime": _query(
            "datetime",
            {"type": "string"},
            T(
                "Instant ou intervalle (RFC 3339), « .. » pour une borne ouverte.",
                "Instant or interval (RFC 3339), “..” for an open end.",
            ),
        ),
        "filter": _query("filter", {"type": "string"}, T("Filtre CQL2.", "CQL2 filter.")),
        "filter-lang": _query(
            "filter-lang",
            {
                "type": "string",
                "enum": list(asking.FILTER_LANGUAGES),
                "default": asking.FILTER_LANGUAGES[0],
            },
        ),
        "sortby": _query(
            "sortby",
            {"type": "array", "items": {"type": "string"}},
            T(
                "Propriétés de tri, « - » devant pour l'ordre inverse.",
                "Properties to sort by, “-” before one to turn its order.",
            ),
        ),
    }


_LINKS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["href", "rel"],
        "properties": {
            name: {"type": "string"} for name in ("href", "rel", "type", "title", "hreflang")
        },
    },
}
_TEXT = {"type": "string"}


def _object(required: Iterable[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


_FEATURE = _object(
    ("type", "geometry", "properties"),
    type={"type": "string", "enum": ["Feature"]},
    id=_TEXT,
    geometry={"type": "object", "nullable": True},
    properties={"type": "object", "nullable": True},
    links=_LINKS,
)
_COLLECTION = _object(
    ("id", "links"),
    id=_TEXT,
    title=_TEXT,
    description=_TEXT,
    extent={"type": "object"},
    itemType=_TEXT,
    crs={"type": "array", "items": _TEXT},
    storageCrs=_TEXT,
    links=_LINKS,
)
_SCHEMAS = {
    "any": {"type": "object"},
    "landing": _object(("links",), title=_TEXT, description=_TEXT, links=_LINKS),
    "conformance": _object(("conformsTo",), conformsTo={"type": "array", "items": _TEXT}),
    "collections": _object(
        ("links", "collections"),
        links=_LINKS,
        collections={"type": "array", "items": _ref("collection")},
    ),
    "collection": _COLLECTION,
    "feature": _FEATURE,
    "features": _object(
        ("type", "features"),
        type={"type": "string", "enum": ["FeatureCollection"]},
        features={"type": "array", "items": _ref("feature")},
        links=_LINKS,
        timeStamp={"type": "string", "format": "date-time"},
        numberMatched={"type": "integer", "minimum": 0},
        numberReturned={"type": "integer", "minimum": 0},
    ),
    "problem": _object(
        ("title", "status"), type=_TEXT, title=_TEXT, status={"type": "integer"}, detail=_TEXT
    ),
}
