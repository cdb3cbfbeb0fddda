"""The words of the page of mesure 9."""

from __future__ import annotations

from ...core.i18n import T, Text

TEXTS: dict[str, Text] = {
    "kicker": T(
        "Politique de la ville, feuille de route 2018-2022",
        "Politique de la ville, roadmap 2018-2022",
    ),
    "title": T("Mesure 9 : structures en QPV et à côté", "Mesure 9: structures in and near QPV"),
    "sub": T(
        "Doubler les maisons et centres de santé dans et à proximité des quartiers prioritaires : "
        "le tableau du point d'avancement, recalculé.",
        "Doubling health houses and centres in and near priority neighbourhoods: the table of the "
        "progress note, computed again.",
    ),
    "computed": T("Calculé à partir des structures", "Computed from the structures"),
    "scope": T("Champ", "Scope"),
    "territory": T("Territoire (niveau:code)", "Territory (level:code)"),
    "territory_hint": T(
        "region:76, departement:31, epci:… ; vide : tout", "region:76…; empty: all"
    ),
    "scope_all": T("Tous les centres (mesure 9)", "All centres (mesure 9)"),
    "scope_pluri": T("Pluriprofessionnels seulement", "Pluriprofessional only"),
    "apply": T("Afficher", "Show"),
    "measure": T("Mesure", "Measure"),
    "bounds": T("de {low} à {high}", "from {low} to {high}"),
    "unsure": T(
        "précision inconnue pour {n} positions : pas de bornes",
        "precision unknown for {n} positions: no bounds",
    ),
    "official": T("Chiffres publiés, France entière", "Published figures, whole of France"),
    "official_note": T(
        "Jamais mêlés aux chiffres calculés, jamais soustraits l'un de l'autre.",
        "Never mixed with the computed figures, never subtracted from one another.",
    ),
    "why": T("Pourquoi ils diffèrent", "Why they differ"),
    "when": T("Date", "Date"),
    "value": T("Valeur", "Value"),
    "kind": T("Nature", "Kind"),
    "producer": T("Producteur", "Producer"),
    "not_given": T("non publié", "not published"),
    "increase": T("progression en QPV, telle qu'imprimée", "progression in QPV, as printed"),
    "provenance": T("D'où vient le quartier vécu", "Where the quartier vécu comes from"),
    "maps": T("Cartes", "Maps"),
    "maps_note": T(
        "Les structures ouvertes en QPV ou à côté, à la date principale, avec les QPV en vigueur.",
        "Structures open in or near QPV, at the main date, with the QPV in force.",
    ),
    "map_of": T("{kind} dans et à proximité des QPV", "{kind} in and near QPV"),
    "map_full": T("Ouvrir la carte en pleine page", "Open the map as a full page"),
    "map_all": T("Toutes les couches, sur la carte du service", "All layers, on the service's map"),
    "note_maps": T("Cartes du point d'avancement de 2019", "Maps of the progress note of 2019"),
    "list": T("En liste", "As a list"),
    "place": T("Lieu", "Place"),
    "name": T("Nom", "Name"),
    "commune": T("Commune", "Commune"),
    "none_near": T("Aucune structure en QPV ni à côté.", "No structure in or near a QPV."),
    "gaps": T("Écarts avec la liste déclarée", "Disagreements with the declared list"),
    "gaps_note": T(
        "La distance est mesurée de la limite du QPV, dans le système légal du territoire. Ni la "
        "distance ni la déclaration n'a tort par elle-même : à vérifier.",
        "Distance is measured from the limit of the QPV, in the territory's legal system. Neither "
        "distance nor declaration is wrong by itself: to be checked.",
    ),
    "gaps_unknown": T(
        "Aucune déclaration d'ARS dans ce résultat à cette date : inconnu, et non « aucun écart ».",
        "No ARS declaration in this result at that date: unknown, and not “no disagreement”.",
    ),
    "gaps_empty": T("Aucun écart.", "No disagreement."),
    "gaps_declared": T(
        "{n} structures déclarées et ouvertes au {date}.",
        "{n} structures declared and open on {date}.",
    ),
    "gaps_sure": T("Écarts certains", "Certain disagreements"),
    "gaps_unsure": T(
        "Indéterminés : la position ne tranche pas", "Undetermined: the position does not decide"
    ),
    "what": T("Écart", "Disagreement"),
    "distance": T("Distance à la limite", "Distance to the limit"),
    "nearest": T("QPV le plus proche", "Nearest QPV"),
    "get": T("Télécharger", "Download"),
    "table_csv": T("Le tableau (CSV)", "The table (CSV)"),
    "gaps_csv": T("Les écarts (CSV)", "The disagreements (CSV)"),
    "data": T("En données (JSON)", "As data (JSON)"),
    "bounded": T(
        "Les {n} premières de {total} ; le CSV les a toutes.",
        "The first {n} of {total}; the CSV has them all.",
    ),
    "unknown": T("n. c.", "n/a"),
    "method": T(
        "Méthode : mêmes comptes que les indicateurs du résultat ; en QPV et en quartier vécu sont "
        "disjoints, donc s'additionnent. Sous chaque chiffre, son évolution depuis la date "
        "précédente du résultat. Un chiffre inconnu est « n. c. », jamais 0.",
        "Method: the same counts as the indicators of the result; in QPV and in quartier vécu are "
        "disjoint, so they add up. Below each figure, its change since the date before it in the "
        "result. An unknown figure is “n/a”, never 0.",
    ),
    "note_word": T("À savoir", "To know"),
}
