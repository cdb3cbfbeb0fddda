"""The web service over a stored result: pages, downloads, API. It reads; the build has computed."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask

from . import files, language, logs, problems, protection
from .served import KEY, Holder, Served

ROOMS = ("api", "ogc")
"""Packages whose ``register(app)`` adds addresses that programs use."""


def create_app(result: str | Path) -> Flask:
    """The application over one stored result.

    Raises
    ------
    StoreError
        The file is missing or is no result.
    """
    app = _Application(__name__, static_folder=None)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    logs.register(app)
    language.register(app)
    protection.register(app)
    files.register(app)
    problems.register(app)
    warm: list[Callable[[Served], None]] = []
    for module in _pages():
        app.register_blueprint(module.PAGE)
        warm += getattr(module, "WARM", ())
    for room in ROOMS:
        opened = importlib.import_module(f"{__name__}.{room}")
        opened.register(app)
        warm += getattr(opened, "WARM", ())
    app.extensions[KEY] = Holder(Path(result), warm)
    return app


class _Application(Flask):
    """Flask, told that none of our views and hooks is a coroutine: it asks at every call."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def _pages() -> list[Any]:
    """The modules of ``pages/`` that hold a page, in alphabetical order."""
    home = importlib.import_module(f"{__name__}.pages")
    modules = [
        importlib.import_module(f"{home.__name__}.{found.name}")
        for found in pkgutil.iter_modules(home.__path__)
    ]
    return [module for module in modules if isinstance(getattr(module, "PAGE", None), Blueprint)]


__all__ = ["create_app"]
