"""Our own style sheets and scripts: compressed once, named by their content, kept by browsers."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request

from .answers import Body, send

_FOLDER = Path(__file__).with_name("static")
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}


class _Files:
    """The files of the folder as bodies; one that was edited is read again."""

    def __init__(self) -> None:
        self._paths = {
            path.relative_to(_FOLDER).as_posix(): path
            for path in _FOLDER.rglob("*")
            if path.is_file()
        }
        self._held: dict[str, tuple[int, Body, Body]] = {}

    def bodies(self, name: str) -> tuple[Body, Body]:
        """The file for an address with and without its version.

        Raises
        ------
        KeyError
            No such file: names are looked up, never joined to a path.
        """
        path = self._paths[name]
        changed = path.stat().st_mtime_ns
        held = self._held.get(name)
        if held is None or held[0] != changed:
            content = path.read_bytes()
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            held = changed, Body(content, kind, _FOREVER), Body(content, kind, {})
            self._held[name] = held
        return held[1:]


def register(app: Flask) -> None:
    """Serve the folder ``static/`` under the endpoint that templates call ``static``."""
    files = _Files()

    def static(filename: str) -> Response:
        try:
            versioned, plain = files.bodies(filename)
        except KeyError:
            abort(404)
        same = request.args.get("v") == versioned.tag[:10]
        return send(versioned if same else plain)

    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=static)

    @app.url_defaults
    def name_by_content(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values:
            values["v"] = files.bodies(values["filename"])[0].tag[:10]
