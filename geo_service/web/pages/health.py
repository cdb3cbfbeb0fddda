"""Whether the process lives, and whether it has a result to serve."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from ..problems import problem
from ..served import KEY

PAGE = Blueprint("health", __name__)


@PAGE.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@PAGE.get("/readyz")
def readyz() -> Response:
    """A result is open, and the file at its path is the one served or about to be."""
    from flask import current_app

    holder = current_app.extensions[KEY]
    result = holder.current()  # looks whether there is a new file, too
    if not holder.healthy:
        return problem(503)
    return jsonify(status="ready", result=result.fingerprint)
