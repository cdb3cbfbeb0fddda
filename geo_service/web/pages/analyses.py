"""The analyses: one page that says which question each of them answers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, url_for

from ...core.i18n import T, Text
from ...exporting import map_credit
from ..served import served
from . import kept_page

PAGE = Blueprint("analyses", __name__)
TEXTS: dict[str, Text] = {
    "title": T("Analyses", "Analyses"),
    "sub": T(
        "Chaque analyse dit sa date, ses sources, sa méthode et ce qu'elle ne peut pas dire.",
        "Each analysis says its date, its sources, its method and what it cannot tell.",
    ),
}
_Line = tuple[str, Text, Text]
GROUPS: tuple[tuple[Text, tuple[_Line, ...]], ...] = (
    (
        T("Un lieu, un projet", "A place, a project"),
        (
            (
                "zonage.zonage",
                T("Zonage médecin à une date", "Doctor zoning at a date"),
                T(
                    "Dans quelle zone est ce lieu, selon quel arrêté, et combien d'habitants "
                    "vivent dans chaque classe ?",
                    "In which zone is this place, by which order, and how many people live in "
                    "each class?",
                ),
            ),
            (
                "aides.aides",
                T("Aides aux projets", "Aids for projects"),
                T(
                    "À quoi ce lieu et ce projet ouvrent-ils droit, condition par condition, et "
                    "pour quel montant ?",
                    "What do this place and this project entitle to, condition by condition, and "
                    "for what amount?",
                ),
            ),
        ),
    ),
    (
        T("Les quartiers prioritaires", "The priority neighbourhoods"),
        (
            (
                "mesure9.mesure9",
                T("Mesure 9", "Mesure 9"),
                T(
                    "Combien de structures en QPV et en quartier vécu, calculées et officielles, "
                    "côte à côte ?",
                    "How many structures in QPV and in quartier vécu, computed and official, side "
                    "by side?",
                ),
            ),
            (
                "progression.progression",
                T("Progression décomposée", "Progression taken apart"),
                T(
                    "Entre deux dates, qu'est-ce qui a ouvert, fermé, déménagé, changé de nature "
                    "ou de périmètre ?",
                    "Between two dates, what opened, closed, moved, changed kind or perimeter?",
                ),
            ),
            (
                "classement.classement",
                T("Classement des QPV", "Ranking of QPV"),
                T(
                    "Quels QPV sont les moins bien placés pour l'accès au médecin généraliste, et "
                    "avec quelle incertitude ?",
                    "Which QPV are worst placed for access to a general practitioner, and with "
                    "what uncertainty?",
                ),
            ),
        ),
    ),
    (
        T("Les politiques nationales", "National policies"),
        (
            (
                "barometre.barometre",
                T("Baromètre et cibles", "Baromètre and targets"),
                T(
                    "À quel rythme, et quand la cible serait-elle atteinte ?",
                    "At what pace, and when would the target be reached?",
                ),
            ),
            (
                "cpts.cpts",
                T("Couverture par les CPTS", "Coverage by CPTS"),
                T(
                    "Quelle part de la population vit dans une commune d'une CPTS, selon sa "
                    "maturité ?",
                    "What share of the population lives in a commune of a CPTS, by its maturity?",
                ),
            ),
            (
                "officiel.officiel",
                T("Séries officielles", "Official series"),
                T(
                    "Quels chiffres ont été publiés, par qui, et pourquoi deux séries diffèrent-"
                    "elles ?",
                    "Which figures were published, by whom, and why do two series differ?",
                ),
            ),
        ),
    ),
)
"""Endpoint, title and question of each analysis, by group."""


@PAGE.get("/analyses")
def analyses() -> Response:
    """Every analysis with the question that it answers."""
    return kept_page("analyses.html", _values, TEXTS)


def _values() -> dict[str, Any]:
    known = current_app.view_functions
    groups = [
        (
            heading.say(),
            [
                (url_for(endpoint), title.say(), question.say())
                for endpoint, title, question in lines
                if endpoint in known
            ],
        )
        for heading, lines in GROUPS
    ]
    return {
        "groups": [group for group in groups if group[1]],
        "credit": map_credit(served().atlas).say(),
    }
