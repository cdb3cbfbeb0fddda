"""The JSON API under ``/api/v1``: operations with their description, checks and answers."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from flask import Flask

from ..protection import Headers, add_headers
from . import layers, place, territories
from .operations import BLUEPRINT, ROOT

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Each module adds its operations: adding one is adding a file.
for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

_ANY: Headers = [("Access-Control-Allow-Origin", "*")]
_READ = [*_ANY, ("Access-Control-Expose-Headers", "ETag")]
_ASKED_FIRST = [
    *_ANY,
    ("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"),
    ("Access-Control-Allow-Headers", "If-None-Match"),
    ("Access-Control-Max-Age", "86400"),
]
WARM = [place.places_of, layers.warm, territories.territories_of]
"""Made before a new result is served."""


def register(app: Flask) -> None:
    """Add the API to an application; any site may read it: open data, and no session."""
    app.register_blueprint(BLUEPRINT)

    def open_to_all(environ: WSGIEnvironment, _: Headers) -> Headers:
        if not environ["PATH_INFO"].startswith(ROOT):
            return []
        return _ASKED_FIRST if environ["REQUEST_METHOD"] == "OPTIONS" else _READ

    add_headers(app, open_to_all)
