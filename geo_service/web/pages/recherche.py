"""Search of a territory, a QPV or a structure: propositions as one types, and a page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from ...finding import Finder, Found
from ..served import Served, served
from . import page

PAGE = Blueprint("recherche", __name__)
_PROPOSED = 10
_LISTED = 100
_LONGEST = 100
_PAGES = {
    "territoire": ("territoire.territoire", "territory"),
    "qpv": ("qpv.qpv", "code"),
    "structure": ("structure.structure", "finess"),
}


def finder(result: Served) -> Finder:
    """The names of the result, folded once."""
    return result.keep("finder", lambda: Finder(result.atlas))


WARM = [finder]


def address(thing: Found) -> str:
    """Address of the page of what was found."""
    endpoint, name = _PAGES[thing.kind]
    values: dict[str, Any] = {name: thing.code}
    return url_for(endpoint, **values)


def said(thing: Found) -> dict[str, Any]:
    """What was found, in the language of the request, with the address of its page."""
    return {
        "kind": thing.kind,
        "code": thing.code,
        "name": thing.name,
        "what": thing.what.say(),
        "where": thing.where,
        "url": address(thing),
    }


@PAGE.get("/recherche/propositions")
def propositions() -> Response:
    """The best matches for what has been typed so far."""
    words = request.args.get("q", "")[:_LONGEST]
    return jsonify(found=[said(thing) for thing in finder(served()).find(words, _PROPOSED)])


@PAGE.get("/recherche")
def recherche() -> str:
    """The matches as a page, for those without JavaScript and for links."""
    words = request.args.get("q", "").strip()[:_LONGEST]
    found = [said(thing) for thing in finder(served()).find(words, _LISTED)]
    return page("recherche.html", found=found, searched=words)
