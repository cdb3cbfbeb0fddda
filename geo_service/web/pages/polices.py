"""Fonts and sign of the pages, served by the application itself: no page asks another host."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, send_from_directory

PAGE = Blueprint("polices", __name__)
_FONTS = {
    "inter-latin-wght-normal.woff2": "@fontsource-variable/inter",
    "source-serif-4-latin-wght-normal.woff2": "@fontsource-variable/source-serif-4",
}


@PAGE.get("/polices/<name>")
def police(name: str) -> Response:
    """One font file; its bytes change only with its name."""
    if name not in _FONTS:
        abort(404)
    folder = Path(str(resources.files("geo_service"))) / "vendor" / _FONTS[name]
    response = send_from_directory(folder, name, mimetype="font/woff2", max_age=31_536_000)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@PAGE.get("/favicon.ico")
def favicon() -> Response:
    """The sign of the service, for browsers that ask for it at its old address."""
    return current_app.send_static_file("icon.svg")
