"""Errors as people and programs read them: a page, or RFC 9457 ``application/problem+json``."""

from __future__ import annotations

import json
import logging
import secrets
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, SecurityError

from ..core.errors import (
    CrsError,
    GeoServiceError,
    RuleError,
    SchemaError,
    SourceError,
    StoreError,
    UnknownNameError,
)
from ..core.i18n import T, Text

STATUS: dict[type[GeoServiceError], int] = {
    UnknownNameError: 404,
    SourceError: 422,
    SchemaError: 422,
    CrsError: 422,
    RuleError: 422,
    StoreError: 503,
    GeoServiceError: 500,
}
SAID: dict[int, Text] = {
    400: T("La demande n'est pas comprise.", "The request is not understood."),
    404: T("Cette page n'existe pas.", "This page does not exist."),
    405: T(
        "Cette adresse ne répond pas à cette méthode.",
        "This address does not answer to that method.",
    ),
    406: T("Ce format n'existe pas ici.", "That format does not exist here."),
    413: T("L'envoi est trop grand.", "What was sent is too large."),
    414: T("L'adresse est trop longue.", "The address is too long."),
    415: T("Ce type de contenu n'est pas lu ici.", "That type of content is not read here."),
    422: T("Une valeur n'est pas acceptée.", "A value is not accepted."),
    429: T(
        "Trop de demandes en peu de temps : réessayez dans un instant.",
        "Too many requests in a short time: try again in a moment.",
    ),
    500: T("Une erreur est survenue ici.", "An error happened here."),
    503: T("Le service n'est pas prêt.", "The service is not ready."),
}
PROGRAMS = ("/api/", "/ogc", "/carte/donnees/")
"""Addresses whose errors are read by programs."""
log = logging.getLogger("geo_service.web")


def problem(status: int, detail: str | None = None, **members: Any) -> Response:
    """An error for programs (RFC 9457); ``members`` are extensions, such as the dates held."""
    said = SAID.get(status)
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or (said.say() if said else HTTPStatus(status).phrase),
        **members,
    }
    return Response(
        json.dumps(content, ensure_ascii=False),
        status=status,
        mimetype="application/problem+json",
    )


def explain(status: int, detail: str | None = None, **members: Any) -> Response:
    """The error in the form of the address asked for: a problem for programs, else a page."""
    # Refused for a host name that is not ours: a page could not even link to itself.
    at_the_door = isinstance(request.routing_exception, SecurityError)
    if request.path.startswith(PROGRAMS) or at_the_door:
        return problem(status, detail, **members)
    from .pages import page

    said = SAID.get(status)
    message = detail or (said.say() if said else HTTPStatus(status).phrase)
    return Response(
        page("error.html", message=message, status=status, known=members.get("known", ())),
        status=status,
        mimetype="text/html",
    )


def register(app: Flask) -> None:
    """Make an application explain every error."""

    @app.errorhandler(GeoServiceError)
    def ours(error: GeoServiceError) -> Response:
        status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
        known = list(getattr(error, "known", ()) or ())
        if status >= 500:
            log.error("failed", extra={"reason": error.say("en")})
        return explain(status, error.say(), **({"known": known} if known else {}))

    @app.errorhandler(HTTPException)
    def theirs(error: HTTPException) -> Response:
        response = explain(error.code or 500)
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> Response:
        number = secrets.token_hex(4)  # lets the operator find the log line; tells nothing else
        log.error("unforeseen", exc_info=error, extra={"error": number})
        said = T(
            "Une erreur est survenue ici (n° {number}).",
            "An error happened here (no. {number}).",
            number=number,
        )
        return explain(500, said.say())
