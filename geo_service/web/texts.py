"""The words of the pages, in both languages."""

from __future__ import annotations

from ..core.i18n import T, Text

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
    "figures": T("Chiffres clés", "Key figures"),
    "figures_note": T(
        "La valeur compte les positions telles qu'elles sont données ; les bornes disent ce que "
        "leur précision permet.",
        "The value counts positions as they are given; the bounds say what their precision allows.",
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
    "missing": T("Cette page n'existe pas.", "This page does not exist."),
    "back": T("Retour à l'accueil", "Back to the home page"),
}
