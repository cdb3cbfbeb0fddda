"""The words of the pages, in both languages."""

from __future__ import annotations

from ..core.i18n import T, Text

MENU: tuple[tuple[str, Text], ...] = (
    ("carte.carte", T("Carte", "Map")),
    ("localiser.localiser", T("Localiser", "Locate")),
    ("aides.aides", T("Aides", "Aids")),
    ("analyses.analyses", T("Analyses", "Analyses")),
    ("telechargements.telechargements", T("Téléchargements", "Downloads")),
    ("donnees.donnees", T("Données", "Data")),
    ("aide.aide", T("Guide", "Guide")),
)
"""Addresses of the main menu, in its order."""
BELOW: tuple[tuple[str, Text], ...] = (
    ("aide.glossaire", T("Glossaire", "Glossary")),
    ("aide.a_propos", T("À propos", "About")),
    ("api.essayer", T("API", "API")),
    ("aide.accessibilite", T("Accessibilité", "Accessibility")),
)
"""Addresses at the foot of each page."""
TEXTS: dict[str, Text] = {
    "service": T("Soins coordonnés et territoires", "Coordinated care and territories"),
    "question": T(
        "Qui, en France, vit et travaille près des soins coordonnés ?",
        "Who, in France, lives and works near coordinated care?",
    ),
    "skip": T("Aller au contenu", "Skip to content"),
    "switch": T("English", "Français"),
    "on": T("Situation au", "As of"),
    "fictitious": T(
        "Données fictives : ce territoire et ses chiffres sont inventés, pour l'essai.",
        "Fictitious data: this territory and its figures are invented, for trial.",
    ),
    "fictitious_label": T("Avertissement", "Notice"),
    "figures": T("Chiffres clés", "Key figures"),
    "figures_note": T(
        "La valeur compte les positions telles qu'elles sont données ; les bornes disent ce que "
        "leur précision permet, et « ± ? » que cette précision n'est pas connue.",
        "The value counts positions as they are given; the bounds say what their precision allows, "
        "and “± ?” that this precision is unknown.",
    ),
    "measure": T("Mesure", "Measure"),
    "map": T("Carte", "Map"),
    "map_open": T("Ouvrir la carte en pleine page", "Open the map as a full page"),
    "downloads": T("Téléchargements", "Downloads"),
    "downloads_note": T(
        "Chaque fichier porte sa source et sa licence.",
        "Each file carries its source and licence.",
    ),
    "layer": T("Couche ou table", "Layer or table"),
    "formats": T("Formats", "Formats"),
    "sources": T("Sources", "Sources"),
    "file": T("Fichier", "File"),
    "publisher": T("Producteur", "Publisher"),
    "vintage": T("Millésime", "Vintage"),
    "licence": T("Licence", "Licence"),
    "rows": T("Lignes lues / retenues", "Rows read / kept"),
    "fingerprint": T("Empreinte SHA-256", "SHA-256"),
    "unknown": T("inconnu", "unknown"),
    "limits": T("Ce que ces chiffres ne disent pas", "What these figures do not say"),
    "limit_cds": T(
        "FINESS (catégorie 124) ne distingue pas les centres de santé mono- et "
        "pluriprofessionnels.",
        "FINESS (category 124) does not tell mono- from pluriprofessional health centres.",
    ),
    "limit_proxy": T(
        "Le quartier vécu par distance est une approximation : il ne reproduit pas les "
        "déclarations des ARS.",
        "The quartier vécu by distance is a proxy: it does not reproduce what the ARS declare.",
    ),
    "limit_closed": T(
        "Un seul millésime ne montre pas les fermetures : les dates passées comptent les "
        "structures encore ouvertes au millésime.",
        "A single vintage shows no closures: past dates count structures that are still open at "
        "the vintage.",
    ),
    "inhabitants": T("Habitants", "Inhabitants"),
    "menu": T("Menu principal", "Main menu"),
    "more": T("Plus", "More"),
    "find": T(
        "Chercher un territoire, un QPV, une structure", "Search a territory, a QPV, a structure"
    ),
    "find_hint": T("Commune, QPV, structure…", "Commune, QPV, structure…"),
    "find_go": T("Chercher", "Search"),
    "find_none": T("Rien de ce nom dans ce résultat.", "Nothing of that name in this result."),
    "find_count": T("{n} réponses", "{n} answers"),
    "find_help": T(
        "Écrivez le début d'un nom, un code INSEE, un code de QPV ou un numéro FINESS.",
        "Write the beginning of a name, an INSEE code, a QPV code or a FINESS number.",
    ),
    "zone_here": T("Zonage de ce lieu, à toute date", "Zoning of this place, at any date"),
    "aids_here": T("Aides pour un projet ici", "Aids for a project here"),
    "to_analyses": T(
        "Analyses : zonage, aides, mesure 9, progression, classement des QPV, cibles, CPTS",
        "Analyses: zoning, aids, mesure 9, progression, ranking of QPV, targets, CPTS",
    ),
    "missing": T("Cette page n'existe pas.", "This page does not exist."),
    "back": T("Retour à l'accueil", "Back to the home page"),
}
