"""The fiche of a structure: who and where it is, how well that is known, what zones say of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from ...core.i18n import T, Text
from ...portraits import read_date, site_portrait
from ..served import served
from . import kept_page
from .fiche import FICHE, common, directory

PAGE = Blueprint("structure", __name__)
TEXTS: dict[str, Text] = {
    **FICHE,
    "identity": T("Identité", "Identity"),
    "finess": T("Numéro FINESS du site", "FINESS number of the site"),
    "ej": T("Numéro FINESS de l'entité juridique", "FINESS number of the legal entity"),
    "siret": T("Numéro SIRET", "SIRET number"),
    "category": T("Catégorie FINESS", "FINESS category"),
    "speciality": T("Mono- ou pluriprofessionnel", "Mono- or pluriprofessional"),
    "untold": T("inconnu : la catégorie ne le dit pas", "unknown: the category does not tell"),
    "state": T("À la date du résultat", "At the date of the result"),
    "opened_on": T("Ouverture", "Opening"),
    "closed_on": T("Fermeture", "Closing"),
    "closed_unknown": T("aucune date dans le registre", "no date in the register"),
    "address": T("Adresse", "Address"),
    "position": T("Position", "Position"),
    "position_class": T("Nature de la position", "Class of the position"),
    "precision": T("Précision", "Precision"),
    "score": T("Score de géocodage", "Geocoding score"),
    "geocoder": T("Référentiel", "Reference base"),
    "coordinates": T("Longitude, latitude (WGS84)", "Longitude, latitude (WGS84)"),
    "member": T("Ce que les zones en disent", "What zones say of it"),
    "member_note": T("Oui, non ou indéterminé, et pourquoi.", "Yes, no or undetermined, and why."),
    "zone": T("Zone", "Zone"),
    "answer": T("Réponse", "Answer"),
    "why": T("Pourquoi", "Why"),
    "zoning_unknown": T(
        "Classe inconnue : la commune n'est pas dans le zonage, ou n'y a pas de classe.",
        "Class unknown: the commune is not in the zoning, or has no class there.",
    ),
    "zoning_of": T(
        "Classe propre au QPV qui la contient s'il en a une, sinon celle de sa commune.",
        "Class of the QPV that holds it if it has one of its own, else that of its commune.",
    ),
    "others": T("Les plus proches", "The nearest ones"),
    "others_note": T(
        "À vol d'oiseau entre les positions, dans le système légal de coordonnées.",
        "As the crow flies between positions, in the legal CRS.",
    ),
    "others_empty": T(
        "Aucune distance : la structure n'a pas de position, ou aucune autre n'est ouverte.",
        "No distance: the structure has no position, or no other one is open.",
    ),
    "imprecise": T(
        "position imprécise ou de précision inconnue", "imprecise position, or of unknown precision"
    ),
    "row_number": T("ligne", "row"),
    "source_row": T("Ligne du registre", "Row of the register"),
    "fetch_structures": T("Structures de la commune", "Structures of the commune"),
}


@PAGE.get("/structure/<finess>")
def structure(finess: str) -> Response:
    """The fiche of one structure, by its FINESS number."""
    return kept_page("structure.html", lambda: _values(finess), TEXTS, maps=True)


def _values(finess: str) -> dict[str, Any]:
    atlas = served().atlas
    portrait = site_portrait(directory(), finess, served().keep)
    read_date(atlas, request.args.get("as_of"))  # a date that is not held is an error here too
    held = portrait["commune"]
    return {
        **common(portrait, atlas.as_of, [atlas.as_of], ["structures"]),
        "map_territory": None if held is None else held.territory,
        "data": None,
    }
