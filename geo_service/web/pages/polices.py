"""Fonts and sign of the pages, served by the application itself: no page asks another host."""

from __future__ import annotations

import functools
from importlib import resources

from flask import Blueprint, abort, redirect, url_for
from werkzeug import Response

from ..answers import Body, send

PAGE = Blueprint("polices", __name__)
_FONTS = {
    "inter-latin-wght-normal.woff2": "@fontsource-variable/inter",
    "source-serif-4-latin-wght-normal.woff2": "@fontsource-variable/source-serif-4",
}


@functools.cache
def _font(name: str) -> Body:
    path = resources.files("geo_service").joinpath("vendor", _FONTS[name], name)
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Body(path.read_bytes(), "font/woff2", kept)


@PAGE.get("/polices/<name>")
def police(name: str) -> Response:
    """One font file; its bytes change only with its name."""
    if name not in _FONTS:
        abort(404)
    return send(_font(name))


@PAGE.get("/favicon.ico")
def favicon() -> Response:
    """The sign of the service, for browsers that ask for it at its old address."""
    return redirect(url_for("static", filename="icon.svg"), 302)
