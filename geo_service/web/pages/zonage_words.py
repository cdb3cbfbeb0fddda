"""Words of the page on zoning."""

from __future__ import annotations

from ...core.i18n import T, Text

UNITS: dict[str, Text] = {
    "qpv": T("le QPV lui-même", "the QPV itself"),
    "commune": T("la commune", "the commune"),
    "arrondissement": T("les arrondissements de la commune", "the arrondissements"),
    "grand quartier": T("le grand quartier", "the grand quartier"),
    "tvs": T("le territoire de vie-santé", "the territoire de vie-santé (TVS)"),
}
OTHER_CLASSES: dict[str, Text] = {
    "unclassed": T("Aucune classe publiée", "No class published"),
    "undetermined": T("Indéterminé", "Undetermined"),
}
TEXTS: dict[str, Text] = {
    "title": T("Zonage médecin", "Doctor zoning (zonage médecin)"),
    "kicker": T("Un lieu, une date, un arrêté", "A place, a date, an order"),
    "sub": T(
        "Dans quelle zone un lieu se trouve à une date, et pourquoi ; combien d'habitants vivent "
        "dans chaque classe ; quelles communes ont un QPV.",
        "Which zone a place is in at a date, and why; how many people live in each class; which "
        "communes have a QPV.",
    ),
    "ask": T("La zone d'un lieu", "The zone of a place"),
    "lon": T("Longitude", "Longitude"),
    "lat": T("Latitude", "Latitude"),
    "date": T("Date", "Date"),
    "precision": T("Précision (m)", "Precision (m)"),
    "precision_hint": T(
        "Mètres dans lesquels se trouve le vrai lieu ; vide : exact ; « unknown » : inconnue ; "
        "« commune » : seule la commune est connue.",
        "Metres within which the true place lies; empty: exact; “unknown”; “commune”: only the "
        "commune is known.",
    ),
    "assume": T(
        "Prendre un zonage non daté comme en vigueur", "Take an undated zoning as in force"
    ),
    "go": T("Chercher la zone", "Find the zone"),
    "by_address": T(
        "Une adresse, ou un fichier d'adresses ? La recherche par adresse donne les coordonnées",
        "An address, or a file of them? The look-up by address gives the coordinates",
    ),
    "by_commune": T("Ou une commune", "Or a commune"),
    "commune_hint": T(
        "Nom ou code INSEE : la classe de la commune entière, ses QPV compris.",
        "Name or INSEE code: the class of the whole commune, its QPV included.",
    ),
    "several": T("Plusieurs communes portent ce nom :", "Several communes bear that name:"),
    "no_commune": T(
        "Aucune commune de ce résultat ne porte ce nom.", "No commune of this result has that name."
    ),
    "refused": T("La demande n'est pas comprise.", "The request is not understood."),
    "answer": T("Réponse", "Answer"),
    "determined": T("Déterminée", "Determined"),
    "undetermined": T("Indéterminée", "Undetermined"),
    "possible": T("Classes possibles", "Possible classes"),
    "any_class": T("toutes : rien ne permet d'en exclure", "any: nothing rules one out"),
    "others_open": T("ou une autre, inconnue", "or another, unknown"),
    "undated_class": T("Classe publiée, non datée", "Class published, undated"),
    "decided_by": T("Ce qui a décidé", "What decided"),
    "valid": T("En vigueur", "In force"),
    "undated": T("non daté", "undated"),
    "order": T("Arrêté", "Order (arrêté)"),
    "not_stated": T("non précisé", "not stated"),
    "file": T("Fichier", "File"),
    "commune": T("Commune", "Commune"),
    "region": T("Région", "Région"),
    "qpv": T("QPV", "QPV"),
    "qpv_in": T("Dans un QPV en vigueur", "In a QPV in force"),
    "qpv_out": T("Hors QPV", "In no QPV"),
    "qpv_unsure": T("Indéterminé", "Undetermined"),
    "to_qpv": T("Distance au QPV le plus proche", "Distance to the nearest QPV"),
    "island": T("Île", "Island"),
    "island_no": T("Non", "No"),
    "island_unknown": T("Inconnu : aucune liste d'îles", "Unknown: no list of islands"),
    "vintages": T("Les zonages à disposition", "The zonings at hand"),
    "vintages_empty": T("Ce résultat n'a pas de zonage.", "This result has no zoning."),
    "as_json": T("Cette réponse en JSON", "This answer as JSON"),
    "on_map": T("La carte, colorée par zonage", "The map, coloured by zoning"),
    "located": T("Tout sur ce point", "All about this point"),
    "population": T("Population par classe", "Population by class"),
    "population_note": T(
        "La population d'un QPV classé autrement que sa commune est retirée de la classe de la "
        "commune et comptée dans celle du QPV. Les parts sont disjointes et leur somme fait 100 %.",
        "The people of a QPV whose class is not that of its commune are taken out of the commune's "
        "class and counted in the QPV's. The shares are disjoint and add up to 100 %.",
    ),
    "population_empty": T(
        "Aucun chiffre pour ce territoire à cette date.", "No figure for this territory then."
    ),
    "official": T("Parts officielles", "Official shares"),
    "official_note": T(
        "Chiffres publiés, que ce résultat ne calcule pas.",
        "Published figures, which this result does not compute.",
    ),
    "territory": T("Territoire", "Territory"),
    "show": T("Afficher", "Show"),
    "class_word": T("Classe", "Class"),
    "people": T("Habitants", "Inhabitants"),
    "share": T("Part", "Share"),
    "bounds": T("Bornes", "Bounds"),
    "table_word": T("Tableau", "Table"),
    "with_qpv": T("Communes avec QPV", "Communes with a QPV"),
    "with_qpv_note": T(
        "Communes qui avaient au moins un QPV en vigueur à la date, quelle qu'elle soit.",
        "Communes that had at least one QPV in force at the date, whichever it is.",
    ),
    "with_qpv_empty": T("Aucune à cette date.", "None at that date."),
    "with_qpv_unknown": T(
        "Les périmètres en vigueur à cette date ne sont pas tous à disposition : une commune "
        "absente de la liste peut en avoir un.",
        "The perimeters in force at that date are not all at hand: a commune that is not listed "
        "may have one.",
    ),
    "with_qpv_map": T("Carte des communes avec QPV", "Map of the communes with a QPV"),
    "count": T("QPV", "QPV"),
    "names": T("Noms", "Names"),
    "first_rows": T(
        "Les {n} premières communes ; toutes dans le téléchargement.",
        "The first {n} communes; all of them in the download.",
    ),
    "lists": T("Listes de classes connues", "Known lists of classes"),
    "lists_note": T(
        "La liste des classes est ouverte, par région et par millésime ; une classe absente d'ici "
        "est gardée telle que publiée.",
        "The list of classes is open, by region and vintage; a class that is not here is kept as "
        "published.",
    ),
    "reference": T("Référence", "Reference"),
    "since": T("Depuis", "Since"),
    "download": T("Télécharger", "Download"),
}
