"""The words of the page of progression."""

from __future__ import annotations

from ...core.i18n import T, Text

TEXTS: dict[str, Text] = {
    "kicker": T("Deux dates, six causes", "Two dates, six causes"),
    "title": T("Progression décomposée", "Progression taken apart"),
    "sub": T(
        "Ce qui a changé un compte entre deux dates : chaque structure, une cause, et la somme des "
        "parts fait la différence, toujours.",
        "What changed a count between two dates: each structure, a cause, and the parts add up to "
        "the difference, always.",
    ),
    "since": T("De", "From"),
    "until": T("À", "To"),
    "date_hint": T("n'importe quelle date, AAAA-MM-JJ", "any date, YYYY-MM-DD"),
    "territory": T("Territoire (niveau:code)", "Territory (level:code)"),
    "territory_hint": T(
        "region:76, commune:31555, qpv:… ; vide : tout", "region:76, qpv:…; empty: all"
    ),
    "kind": T("Nature", "Kind"),
    "where": T("Où", "Where"),
    "assume": T(
        "Zonage non daté : le supposer en vigueur", "Undated zoning: assume it is in force"
    ),
    "apply": T("Décomposer", "Take apart"),
    "result": T("Ce qui a changé", "What changed"),
    "unknown_difference": T("La différence est inconnue :", "The difference is unknown:"),
    "bounds": T(
        "de {low} à {high} quelles que soient les positions indéterminées",
        "from {low} to {high} whatever the undetermined positions are",
    ),
    "unsure": T(
        "{n} positions de précision inconnue : la différence n'a pas de bornes",
        "{n} positions of unknown precision: the difference has no bounds",
    ),
    "part": T("Part", "Part"),
    "number": T("Structures", "Structures"),
    "first": T("Au {date}", "On {date}"),
    "difference": T("Différence", "Difference"),
    "cannot": T("Ce que cela ne peut pas dire", "What this cannot tell"),
    "lists": T("Les structures, part par part", "The structures, part by part"),
    "lists_note": T(
        "Une structure peut compter +1 dans une part et −1 dans une autre : les deux se voient.",
        "A structure may count +1 in one part and −1 in another: both are shown.",
    ),
    "none": T("Aucune structure n'a changé ce compte.", "No structure changed this count."),
    "name": T("Nom", "Name"),
    "sign": T("Compte", "Count"),
    "reason": T("Cause", "Cause"),
    "bounded": T(
        "Les {n} premières de {total} ; le CSV les a toutes.",
        "The first {n} of {total}; the CSV has them all.",
    ),
    "table": T("En tableau", "As a table"),
    "quarters": T("QPV 2015 et QPV 2024", "QPV 2015 and QPV 2024"),
    "quarters_note": T(
        "Par recouvrement, mesuré dans le système légal. Les deux couches n'ont pas la même "
        "origine : « identique » veut dire qu'aucun sommet de l'un n'est à plus de {metres} m de "
        "l'autre et qu'ils partagent au moins {share} de leur surface.",
        "By overlap, measured in the legal system. The two layers have different origins: "
        "“identical” means that no vertex of one is more than {metres} m from the other and that "
        "they share at least {share} of their area.",
    ),
    "quarters_none": T(
        "Ce résultat n'a pas les deux générations de QPV.",
        "This result does not hold both generations of QPV.",
    ),
    "relation": T("Relation", "Relation"),
    "count": T("QPV", "QPV"),
    "letters": T("Lettre du code de 2024", "Letter of the code of 2024"),
    "letters_note": T(
        "I inchangé, M modifié, N nouveau : lu des décomptes, aucun texte ne le dit. Les publiés "
        "valent pour la France hexagonale et la Corse.",
        "I unchanged, M modified, N new: read from the counts, no text says it. Those published "
        "stand for mainland France and Corsica.",
    ),
    "letter": T("Lettre", "Letter"),
    "counted": T("Dans ce résultat", "In this result"),
    "published": T("Publié", "Published"),
    "disagree": T("En désaccord avec le recouvrement", "Disagree with the overlap"),
    "of_2015": T("Part du QPV 2015", "Share of the QPV 2015"),
    "of_2024": T("Part du QPV 2024", "Share of the QPV 2024"),
    "people": T("Population", "Population"),
    "area": T("Surface", "Area"),
    "states": T("Ouvertes et annoncées à une date", "Open and announced at a date"),
    "states_note": T(
        "Au {date}. Un registre postérieur à la date ne dit pas ce qui était annoncé alors : ces "
        "structures sont dites « ouvertes plus tard ».",
        "On {date}. A register of after the date does not tell what was announced then: these "
        "structures are said “opened later”.",
    ),
    "state": T("État", "State"),
    "map": T("Carte des structures à cette date", "Map of the structures at that date"),
    "map_full": T("Ouvrir la carte en pleine page", "Open the map as a full page"),
    "get": T("Télécharger", "Download"),
    "changes_csv": T("Les structures et leurs causes (CSV)", "The structures and causes (CSV)"),
    "quarters_csv": T("QPV 2015 et 2024 (CSV)", "QPV 2015 and 2024 (CSV)"),
    "data": T("En données (JSON)", "As data (JSON)"),
    "unknown": T("n. c.", "n/a"),
    "millesimes": T(
        "Deux millésimes du registre se comparent par la commande geo-service progression A B : "
        "les fermetures, déménagements et changements de nature s'y voient.",
        "Two vintages of the register are compared by the command geo-service progression A B: "
        "closures, moves and reclassifications are seen there.",
    ),
    "stored": T(
        "Mêmes comptes que les indicateurs du résultat à ces dates.",
        "The same counts as the indicators of the result at these dates.",
    ),
    "apart": T(
        "Les indicateurs du résultat donnent {a} et {b} : un QPV voisin hors de l'étude, ou une "
        "commune renommée, peut l'expliquer.",
        "The indicators of the result give {a} and {b}: a neighbouring QPV outside the study, or a "
        "renamed commune, may explain it.",
    ),
}
