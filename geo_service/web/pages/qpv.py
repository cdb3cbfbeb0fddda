"""The fiche of a QPV: its perimeter, its other generation, what stands in it and beside it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, request, url_for

from ...core.i18n import T, Text
from ...portraits import quarter_portrait, read_date
from ...portraits.directory import date_of
from ...portraits.trend import to_csv, trends
from ...rules import qpv_generations
from ..answers import answer
from ..served import served
from . import kept_page
from .fiche import FICHE, charts, common, data_address, directory

PAGE = Blueprint("qpv", __name__)
TEXTS: dict[str, Text] = {
    **FICHE,
    "valid": T("En vigueur", "In force"),
    "since": T("depuis le", "since"),
    "from": T("du", "from"),
    "to": T("au", "to"),
    "past": T(
        "Ce périmètre n'est plus en vigueur à la date principale du résultat.",
        "This perimeter is no longer in force at the main date of the result.",
    ),
    "not_then": T(
        "Ce périmètre n'est pas en vigueur à cette date : aucun chiffre.",
        "This perimeter is not in force at that date: no figure.",
    ),
    "generation": T("Génération", "Generation"),
    "others": T("Dans l'autre génération", "In the other generation"),
    "others_note": T(
        "Les QPV qui partagent le même sol, mesuré sur les limites.",
        "The QPV that share the same ground, measured on their limits.",
    ),
    "others_empty": T(
        "Aucun QPV d'une autre génération ne partage ce sol, parmi ceux du résultat.",
        "No QPV of another generation shares this ground, among those of the result.",
    ),
    "shared": T("Part de celui-ci", "Share of this one"),
    "beside": T("Structures dans le QPV et à côté", "Structures in the QPV and beside it"),
    "beside_empty": T(
        "Aucune structure dans ce QPV ni à côté.", "No structure in this QPV or beside it."
    ),
    "to_limit": T("Distance à la limite", "Distance to the limit"),
    "imprecise": T("position de précision inconnue", "position of unknown precision"),
    "unplaced": T(
        "Structures de ses communes dont la position ne décide de rien",
        "Structures of its communes whose position decides nothing",
    ),
    "unplaced_empty": T("Aucune.", "None."),
    "own_zoning": T("Classe propre au QPV", "Class of the QPV itself"),
    "commune_zoning": T("Classe de la commune", "Class of the commune"),
    "zoning_none": T(
        "Le zonage ne donne pas de classe propre à ce QPV.",
        "The zoning gives no class to this QPV itself.",
    ),
    "drawn_from": T("Périmètre lu dans", "Perimeter read from"),
    "row_number": T("ligne", "row"),
    "repair": T("Réparation du périmètre", "Repair of the perimeter"),
}


@PAGE.get("/qpv/<code>")
def qpv(code: str) -> Response:
    """The fiche of one QPV, of either generation."""
    return kept_page("qpv.html", lambda: _values(code), TEXTS, maps=True)


def _values(code: str) -> dict[str, Any]:
    held = directory()
    atlas = served().atlas
    name, row = held.quarter(code)
    asked = read_date(atlas, request.args.get("as_of"))
    portrait = quarter_portrait(held, code, asked)
    record = held.quarters[name].iloc[row]
    first, last = date_of(record["valid_from"]), date_of(record["valid_to"])
    dates = [
        date
        for date in atlas.dates
        if (first is None or first <= date) and (last is None or date <= last)
    ]
    as_of = portrait["shown_at"]
    layers = [qpv_generations()[name].layer, "structures", "indicators"]
    return {
        **common(portrait, as_of, sorted({*dates, as_of}), layers),
        "charts": charts(portrait["trends"], []),
        "data": data_address(f"qpv:{code}"),
        "map_territory": f"qpv:{code}",
        "series_address": url_for("qpv.evolution", code=code),
    }


@PAGE.get("/qpv/<code>/evolution.csv")
def evolution(code: str) -> Response:
    """The figures of the charts over time, as CSV."""
    name, row = directory().quarter(code)

    def made() -> str:
        record = directory().quarters[name].iloc[row]
        return to_csv(f"qpv:{code}", str(record["name"]), trends(directory(), f"qpv:{code}"))

    plain = "".join(sign for sign in code if sign.isascii() and sign.isalnum())
    return answer(
        ("evolution", f"qpv:{code}", g.language),
        made,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="evolution-qpv-{plain}.csv"'},
    )
