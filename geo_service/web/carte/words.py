"""The words of the map page: those of its controls, and those that its script says."""

from __future__ import annotations

from ...core.i18n import T, Text

TEXTS: dict[str, Text] = {
    "map_title": T("Carte", "Map"),
    "controls": T("Réglages et légende", "Settings and legend"),
    "to_table": T("Aller au tableau", "Skip to the table"),
    "place": T("Chercher un lieu", "Search a place"),
    "place_hint": T("Commune, QPV, structure…", "Commune, QPV, structure…"),
    "place_none": T("Aucun nom trouvé", "No name found"),
    "go": T("Aller à", "Go to"),
    "date": T("Date", "Date"),
    "beside": T("Comparer avec", "Compare with"),
    "alone": T("une seule carte", "one map only"),
    "structures": T("Structures de soins", "Care structures"),
    "qpv": T("Quartiers prioritaires (QPV)", "Priority neighbourhoods (QPV)"),
    "vecu": T("Quartier vécu", "Quartier vécu (lived-in neighbourhood)"),
    "zonage": T("Zonage médecin", "Doctor zoning (zonage médecin)"),
    "limits": T("Limites et noms", "Boundaries and names"),
    "names": T("Noms des lieux", "Place names"),
    "old": T("Aussi les périmètres hors vigueur", "Also perimeters not in force"),
    "indicator": T("Indicateur", "Indicator"),
    "none": T("aucun", "none"),
    "rates": T("Parts, taux et distances (en couleur)", "Shares, rates, distances (as colour)"),
    "counts": T("Nombres (en cercles)", "Counts (as circles)"),
    "level": T("Par", "By"),
    "kind": T("Structures", "Structures"),
    "definition": T("Définition", "Definition"),
    "method": T("Classes", "Classes"),
    "quantiles": T("d'effectifs voisins (quantiles)", "of similar size (quantiles)"),
    "equal": T("de même largeur", "of equal width"),
    "hollow": T(
        "Symbole creux : position trop imprécise pour décider, ou date d'ouverture inconnue.",
        "Hollow symbol: position too vague to decide anything, or unknown opening date.",
    ),
    "square": T(
        "Petit carré : QPV trop petit pour être dessiné à cette échelle.",
        "Small square: a QPV too small to be drawn at this scale.",
    ),
    "vecu_note": T(
        "Distance à la limite du QPV, dessinée quand on s'approche : non le périmètre que déclare "
        "l'ARS.",
        "A distance to the limit of the QPV, drawn when zoomed in: not the perimeter that the ARS "
        "declares.",
    ),
    "drawing_note": T(
        "Contours simplifiés pour le dessin ; les exacts sont aux téléchargements.",
        "Outlines simplified for drawing; exact ones are among the downloads.",
    ),
    "table": T("Tableau", "Table"),
    "table_title": T("Les mêmes données en tableau", "The same data as a table"),
    "measure": T("Mesurer", "Measure"),
    "full": T("Plein écran", "Full screen"),
    "share": T("Partager", "Share"),
    "open_full": T("Ouvrir la carte", "Open the map"),
    "link": T("Lien vers cette vue", "Link to this view"),
    "embed": T("Code à insérer dans une page", "Code to put into a page"),
    "copy_it": T("Copier", "Copy"),
    "close": T("Fermer", "Close"),
    "legend": T("Légende", "Legend"),
    "by_keyboard": T(
        "Au clavier : flèches pour se déplacer, + et − pour zoomer quand la carte est active ; le "
        "tableau ouvre chaque objet.",
        "By keyboard: arrows to move, + and − to zoom when the map is active; the table opens each "
        "object.",
    ),
    "scripts_off": T(
        "La carte demande JavaScript ; les mêmes données sont aux téléchargements.",
        "The map needs JavaScript; the same data are among the downloads.",
    ),
}

SAID: dict[str, Text] = {
    "zoomIn": T("Agrandir", "Zoom in"),
    "zoomOut": T("Réduire", "Zoom out"),
    "map": T("Carte : {title}, {date}", "Map: {title}, {date}"),
    "loading": T("Chargement…", "Loading…"),
    "failed": T("Les données ne sont pas arrivées.", "The data did not arrive."),
    "unknownDate": T("date inconnue", "unknown date"),
    "unknown": T("inconnu", "unknown"),
    "noSymbol": T("sans symbole : 0", "no symbol: 0"),
    "territories": T("territoires", "territories"),
    "between": T("entre {low} et {high}", "between {low} and {high}"),
    "atDate": T("au {date}", "on {date}"),
    "facts": T("Appartenances au {date}", "Memberships as of {date}"),
    "sheet": T("Ouvrir la fiche", "Open the page"),
    "onlyHere": T("Ne montrer que ce territoire", "Show this territory only"),
    "together": T("{n} structures au même endroit", "{n} structures at the same place"),
    "notInForce": T("hors vigueur à cette date", "not in force at this date"),
    "noCommuneDate": T(
        "Pas de chiffre à ce niveau pour cette date.", "No figure at this level for this date."
    ),
    "dateMoved": T(
        "Ce niveau n'a de chiffres qu'au {date}.", "This level has figures on {date} only."
    ),
    "name": T("Nom", "Name"),
    "code": T("Code", "Code"),
    "kind": T("Type", "Type"),
    "value": T("Valeur", "Value"),
    "population": T("Population", "Population"),
    "filter": T("Filtrer", "Filter"),
    "inView": T("Seulement ce que montre la carte", "Only what the map shows"),
    "rows": T("{n} lignes", "{n} rows"),
    "page": T("Page {n} sur {of}", "Page {n} of {of}"),
    "before": T("Page précédente", "Previous page"),
    "after": T("Page suivante", "Next page"),
    "ascending": T("tri croissant", "ascending"),
    "descending": T("tri décroissant", "descending"),
    "show": T("Montrer sur la carte", "Show on the map"),
    "structures": T("Structures", "Structures"),
    "measureHelp": T(
        "Cliquez pour poser des points. Au clavier : Entrée pose un point au centre, Retour "
        "arrière l'ôte, Échap termine.",
        "Click to put points. By keyboard: Enter puts one at the centre, Backspace takes it away, "
        "Escape ends.",
    ),
    "length": T("Longueur : {d}", "Length: {d}"),
    "area": T("Aire : {a}", "Area: {a}"),
    "copied": T("Copié", "Copied"),
    "remove": T("Retirer {name}", "Remove {name}"),
    "empty": T("Rien à montrer.", "Nothing to show."),
}
