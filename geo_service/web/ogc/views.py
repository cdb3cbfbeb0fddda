"""The addresses under ``/ogc``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, g

from ..answers import Body, send
from ..pages import page
from ..protection import policy
from ..served import served
from . import documents, items, links
from . import openapi as description
from .asking import COMMON, check_names, form
from .collections import collections_of, require_collection
from .words import TEXTS

OGC = Blueprint("ogc", __name__, url_prefix="/ogc")


@OGC.after_request
def open_to_all(response: Response) -> Response:
    """Maps of other sites may read what is public (part 1, ``/rec/core/cross-origin``)."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "Content-Crs, ETag, Link"
    return response


@OGC.get("", strict_slashes=False)
def landing() -> Response:
    """Where clients begin: links to everything."""
    return _document(
        lambda kind: documents.landing(served(), kind),
        "ogc/landing.html",
        lambda: {"known": collections_of(served()).values()},
    )


@OGC.get("/conformance")
def conformance() -> Response:
    """The conformance classes that hold."""
    return _document(documents.conformance, "ogc/conformance.html")


@OGC.get("/openapi")
def openapi() -> Response:
    """The description in OpenAPI."""
    return _document(
        lambda _: description.described(served()), "ogc/openapi.html", mimetype=links.OPENAPI
    )


@OGC.get("/collections")
def collections() -> Response:
    """Every collection."""
    return _document(lambda kind: documents.all_collections(served(), kind), "ogc/collections.html")


@OGC.get("/collections/<collection>")
def collection(collection: str) -> Response:
    """One collection."""
    held = require_collection(served(), collection)
    return _document(
        lambda kind: documents.one_collection(held, links.itself(kind)),
        "ogc/collection.html",
        lambda: {"collection": held},
    )


@OGC.get("/collections/<collection>/queryables")
def queryables(collection: str) -> Response:
    """What a filter may name."""
    return _schema(collection, "queryables")


@OGC.get("/collections/<collection>/schema")
def schema(collection: str) -> Response:
    """What a feature holds."""
    return _schema(collection, "schema")


@OGC.get("/collections/<collection>/items", endpoint="items")
def items_(collection: str) -> Response:
    """A page of features."""
    held = require_collection(served(), collection)
    kind = form()
    return _weak(send(items.kept(lambda: items.page_of_features(held, kind), kind)))


@OGC.get("/collections/<collection>/items/<path:feature>")
def item(collection: str, feature: str) -> Response:
    """One feature."""
    held = require_collection(served(), collection)
    kind = form()
    return send(items.kept(lambda: items.one_feature(held, feature, kind), kind))


def _weak(response: Response) -> Response:
    """The time in the answer is not part of what its ETag names."""
    response.headers["ETag"] = f"W/{response.headers['ETag']}"
    return response


def _schema(name: str, endpoint: str) -> Response:
    held = require_collection(served(), name)
    return _document(
        lambda _: documents.schema(held, endpoint),
        "ogc/queryables.html",
        lambda: {"collection": held},
        mimetype=links.SCHEMA,
    )


def _document(
    make: Callable[[str], dict[str, Any]],
    template: str,
    more: Callable[[], Mapping[str, Any]] = dict,
    *,
    mimetype: str = "application/json",
) -> Response:
    """A document as JSON, or as a page that says the same."""
    check_names(COMMON)
    kind = form()

    def made() -> Body:
        document = make(kind)
        headers = {"Vary": items.VARY, "Content-Language": g.language}
        if kind == "html":
            content = page(template, TEXTS, document=document, **more())
            headers["Content-Security-Policy"] = policy()
            return Body(content.encode(), "text/html", headers)
        content = json.dumps(document, ensure_ascii=False, indent=1)
        return Body(content.encode(), mimetype, headers)

    return send(items.kept(made, kind))
