"""The description of the API: OpenAPI 3.1, made from the list of operations."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request

from ... import __version__
from ...core.i18n import T
from .operations import MEDIA, OPERATIONS, ROOT, Operation, encode, operation, reply
from .parameters import Parameter
from .schemas import schemas


@operation(
    "/openapi.json",
    T("Description OpenAPI", "OpenAPI description"),
    about=T("Cette description (OpenAPI 3.1).", "This description (OpenAPI 3.1)."),
    gives={"openapi": "Description"},
)
def openapi(_: dict[str, Any]) -> Response:
    """The description of the API."""
    return reply(lambda: encode(describe(request.script_root)), "openapi")


def in_order() -> list[Operation]:
    """The operations by their address."""
    return sorted(OPERATIONS, key=lambda one: one.path)


def describe(root: str = "") -> dict[str, Any]:
    """The OpenAPI 3.1 description, in the current language.

    Parameters
    ----------
    root
        Path before that of the service, where a proxy serves it below one.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "geo_service",
            "version": __version__,
            "summary": T(
                "Soins coordonnés et territoires", "Coordinated care and territories"
            ).say(),
            "description": T(
                "Lecture seule, sans clé. Les identifiants et les adresses sont stables. Une "
                "erreur est un application/problem+json. Un paramètre inconnu est une erreur.",
                "Read-only, without a key. Ids and addresses are stable. An error is an "
                "application/problem+json. An unknown parameter is an error.",
            ).say(),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": root or "/"}],
        "paths": {ROOT + one.path: {"get": _operation(one)} for one in in_order()},
        "components": {"schemas": schemas(), "responses": _refusals()},
    }


def _operation(one: Operation) -> dict[str, Any]:
    parts = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": about.say(),
            "schema": {"type": "string", "minLength": 1},
            "example": example,
        }
        for name, (about, example) in one.path_parameters.items()
    ]
    refused = {"400": {"$ref": "#/components/responses/Refused"}}
    if one.unknown:
        refused["404"] = {"$ref": "#/components/responses/Unknown"}
    return {
        "operationId": one.name,
        "summary": one.title.say(),
        "description": one.about.say(),
        "parameters": [*parts, *(_parameter(it) for it in one.query.values())],
        "responses": {
            "200": {
                "description": one.title.say(),
                "headers": {"ETag": {"schema": {"type": "string"}}}
                if one.name != "localiser"
                else {},
                "content": {
                    MEDIA[form]: {"schema": {"$ref": f"#/components/schemas/{name}"}}
                    for form, name in one.gives.items()
                },
            },
            "304": {
                "description": T("Inchangé (If-None-Match)", "Unchanged (If-None-Match)").say()
            },
            **refused,
            "default": {"$ref": "#/components/responses/Other"},
        },
    }


def _parameter(one: Parameter) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": one.name,
        "in": "query",
        "required": one.required,
        "description": one.about.say(),
        "schema": dict(one.schema),
        **one.style,
    }
    if one.examples:
        said["example"] = one.examples[0]
    return said


def _refusals() -> dict[str, Any]:
    said = {
        "Refused": T(
            "Paramètre inconnu, répété, absent ou non accepté ; `errors` les nomme.",
            "Unknown, repeated, missing or unaccepted parameter; `errors` names them.",
        ),
        "Unknown": T(
            "Inconnu du résultat ; `known` dit ce qu'il y a.",
            "Not in the result; `known` tells what there is.",
        ),
        "Other": T("Autre erreur.", "Another error."),
    }
    examples: dict[str, dict[str, Any]] = {
        "Unknown": {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": T(
                "Le résultat n'a pas la date 2001-01-01 ; il a : 2026-01-31.",
                "The result does not hold the date 2001-01-01; it holds: 2026-01-31.",
            ).say(),
            "known": ["2026-01-31"],
        }
    }
    return {
        name: {
            "description": about.say(g.get("language")),
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    **({"example": examples[name]} if name in examples else {}),
                }
            },
        }
        for name, about in said.items()
    }
