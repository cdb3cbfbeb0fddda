"""OGC API – Features under ``/ogc``: parts 1 and 2, and CQL2 filters of part 3."""

from __future__ import annotations

from flask import Flask

from ..served import Served
from .collections import collections_of
from .views import OGC


def register(app: Flask) -> None:
    """Add the service to an application."""
    app.register_blueprint(OGC)


def warm(result: Served) -> None:
    """Make what the first requests would wait for."""
    for collection in collections_of(result).values():
        features = collection.features
        if len(features):
            features.tree, collection.cuts, collection.bbox, collection.mixed  # noqa: B018 - asking makes and keeps them


WARM = (warm,)
