"""Addresses and links of the service, absolute, with the parameters of the request kept."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from ...core.i18n import T, Text
from .collections import Collection

GEOJSON = "application/geo+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
SCHEMA = "application/schema+json"
_OGC = "http://www.opengis.net/def/rel/ogc/1.0"
_SELF = {
    "json": T("Ce document en JSON", "This document as JSON"),
    "html": T("Ce document en HTML", "This document as HTML"),
}

Link = dict[str, str]


def link(rel: str, href: str, mimetype: str, title: Text) -> Link:
    """One link of a JSON document."""
    return {"href": href, "rel": rel, "type": mimetype, "title": title.say()}


def to(endpoint: str, **values: Any) -> str:
    """Absolute address of a view of this service."""
    return url_for(f"ogc.{endpoint}", _external=True, **values)


def itself(form: str, json_type: str = "application/json") -> list[Link]:
    """``self`` and ``alternate``: this address in both forms, other parameters kept."""
    types = {"json": json_type, "html": "text/html"}
    return [
        link("self" if kind == form else "alternate", here(f=kind), types[kind], _SELF[kind])
        for kind in (form, *(other for other in types if other != form))
    ]


def here(**changed: Any) -> str:
    """This address with some parameters changed."""
    values: dict[str, Any] = {**(request.view_args or {}), **request.args.to_dict(), **changed}
    return url_for(str(request.endpoint), _external=True, **values)


def of_landing() -> list[Link]:
    """Where one goes from the landing page."""
    return [
        link("service-desc", to("openapi", f="json"), OPENAPI, T("API en OpenAPI", "API, OpenAPI")),
        link(
            "service-doc",
            to("openapi", f="html"),
            "text/html",
            T("API en HTML", "API as HTML"),
        ),
        link(
            "conformance",
            to("conformance"),
            "application/json",
            T("Classes de conformité", "Conformance classes"),
        ),
        link("data", to("collections"), "application/json", T("Collections", "Collections")),
    ]


def of_collection(collection: Collection) -> list[Link]:
    """Where one goes from a collection."""
    name = collection.name
    items = T("Objets de « {title} »", "Features of “{title}”", title=collection.title)
    asked = T("Propriétés interrogeables", "Queryables")
    schema = T("Schéma des propriétés", "Schema of the properties")
    return [
        link("items", to("items", collection=name, f="json"), GEOJSON, items),
        link("items", to("items", collection=name, f="html"), "text/html", items),
        link(f"{_OGC}/queryables", to("queryables", collection=name, f="json"), SCHEMA, asked),
        link(f"{_OGC}/queryables", to("queryables", collection=name, f="html"), "text/html", asked),
        link(f"{_OGC}/schema", to("schema", collection=name, f="json"), SCHEMA, schema),
    ]
