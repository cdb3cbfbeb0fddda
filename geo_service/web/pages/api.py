"""The page to try the API: each operation as a form, its address, its answer."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request, url_for

from ...core.i18n import T, Text
from ..api.description import in_order
from ..api.operations import ROOT, Operation
from ..served import served
from . import kept_page

PAGE = Blueprint("api", __name__)
TEXTS: dict[str, Text] = {
    "title": T("API", "API"),
    "sub": T(
        "Tout ce que montrent les pages, pour les programmes : du JSON, du GeoJSON et du CSV, sans "
        "clé, depuis n'importe quel site.",
        "All that the pages show, for programs: JSON, GeoJSON and CSV, without a key, from any "
        "site.",
    ),
    "description": T("Description OpenAPI 3.1", "OpenAPI 3.1 description"),
    "operations": T("Adresses", "Addresses"),
    "example": T("Exemple :", "Example:"),
    "try": T("Essayer", "Try"),
    "address": T("Adresse", "Address"),
    "answer": T("Réponse", "Answer"),
    "required": T("obligatoire", "required"),
    "any": T("au choix", "any"),
    "rules": T("Règles", "Rules"),
    "rule_paging": T(
        "Une liste dit son total et donne les liens de la page suivante et de la précédente.",
        "A list tells its total and gives the links of the next page and of the one before.",
    ),
    "rule_date": T(
        "Une date que le résultat ne contient pas est une erreur 404, qui énumère celles qu'il a.",
        "A date that the result does not hold is a 404, which lists those it holds.",
    ),
    "rule_null": T(
        "Une valeur inconnue est nulle : jamais 0, jamais « non ».",
        "An unknown value is null: never 0, never “no”.",
    ),
    "rule_error": T(
        "Une erreur est un application/problem+json ; un paramètre inconnu est une erreur 400.",
        "An error is an application/problem+json; an unknown parameter is a 400.",
    ),
    "waiting": T("Demande envoyée…", "Asking…"),
    "failed": T("Le service ne répond pas.", "The service does not answer."),
    "shortened": T(
        "Réponse longue : en voici le début ; l'adresse la donne en entier.",
        "Long answer: this is its beginning; the address gives the whole.",
    ),
}


@PAGE.get("/api")
def essayer() -> Response:
    """The operations as forms."""
    return kept_page(
        "api.html",
        lambda: {
            "operations": [_shown(one) for one in in_order()],
            "description": url_for("api_v1.openapi"),
        },
        TEXTS,
    )


def _shown(one: Operation) -> dict[str, Any]:
    path = request.script_root + ROOT + one.path
    fields = [
        {
            "name": name,
            "about": about.say(),
            "value": _of_this_result().get(name, example),
            "required": True,
            "part": True,
        }
        for name, (about, example) in one.path_parameters.items()
    ]
    for name, parameter in one.query.items():
        example = parameter.examples[0] if parameter.examples else ""
        if isinstance(example, list):
            example = ",".join(str(number) for number in example)
        fields.append(
            {
                "name": name,
                "about": parameter.about.say(),
                "wanted": parameter.wanted.say(),
                "choices": parameter.schema.get("enum"),
                "value": example if parameter.required else "",
                "example": example,
                "required": parameter.required,
                "part": False,
            }
        )
    return {
        "name": one.name,
        "path": path,
        "title": one.title.say(),
        "about": one.about.say(),
        "fields": fields,
        "example": _example(one),
    }


def _example(one: Operation) -> str:
    """An address that needs no script: parts of the path, and what is required."""
    path = ROOT + one.path
    for name, (_, example) in one.path_parameters.items():
        value = quote(_of_this_result().get(name, example), safe=":")
        path = path.replace(f"{{{name}}}", value)
    asked = {name: str(it.examples[0]) for name, it in one.query.items() if it.required}
    return f"{request.script_root}{path}{'?' + urlencode(asked) if asked else ''}"


def _of_this_result() -> dict[str, str]:
    """A territory, a structure and a QPV that the result holds."""
    result = served()
    found = {"territory": str(result.atlas.facts["territory"])}
    for layer in result.atlas.stored.layer_names():
        if layer == "structures" or layer.startswith("qpv_"):
            ids = result.features(layer).ids
            if ids:
                found["finess" if layer == "structures" else "code"] = ids[0]
    return found
