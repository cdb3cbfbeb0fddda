"""What the service is measured against: the least that plain WSGI and Flask do for the same."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from geo_service.atlas import Atlas

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def plain(folder: str) -> WSGIApplication:
    """Files of a folder from memory, with a length and a type and nothing else."""
    answers: dict[str, tuple[bytes, list[tuple[str, str]]]] = {"/ready": (b"", [])}
    for path in Path(folder).iterdir():
        content = path.read_bytes()
        headers = [("Content-Type", "application/geo+json"), ("Content-Length", str(len(content)))]
        if path.suffix:
            headers.append(("Content-Encoding", path.suffix[1:]))
        answers[f"/{path.name}"] = content, headers

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        content, headers = answers[environ["PATH_INFO"]]
        start_response("200 OK", headers)
        return [content]

    return application


def flask(feature: int, point: int, result: str) -> Flask:
    """Bare views: constant bytes of these sizes; for a point with the engine's call, or without.

    ``/metres`` tells what the engine's call found, to check that both sides ask the same.
    """
    atlas = Atlas(result)
    layers = [n for n in atlas.stored.layer_names() if n.startswith(("communes", "qpv_"))]
    engine, _ = atlas.pinpoint(layers)
    one, other = b"x" * feature, b"x" * point
    app = Flask(__name__)

    @app.get("/ready")
    def ready() -> Response:
        return Response(b"")

    @app.get("/qpv/<code>")
    def qpv(code: str) -> Response:  # noqa: ARG001 - the router reads it, as for ours
        return Response(one, mimetype="application/geo+json")

    @app.get("/localiser")
    def localiser() -> Response:
        lon, lat = float(request.args["lon"]), float(request.args["lat"])
        engine.stand(lon, lat)
        engine.nearest(lon, lat)
        return Response(other, mimetype="application/json")

    @app.get("/constant")
    def constant() -> Response:
        return Response(other, mimetype="application/json")

    @app.get("/metres")
    def metres() -> Response:
        found = engine.stand(float(request.args["lon"]), float(request.args["lat"]))
        told = {name: standing.metres for name, standing in found.items()}
        return Response(json.dumps(told), mimetype="application/json")

    return app
