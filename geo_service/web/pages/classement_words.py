"""The words of the ranking's page, in both languages."""

from __future__ import annotations

from ...core.i18n import T, Text

TEXTS: dict[str, Text] = {
    "title": T("Classement des QPV", "Ranking of the QPV"),
    "kicker": T("Méthode de ce projet, non officielle", "This project's own method, not official"),
    "lead": T(
        "Quels quartiers prioritaires ont le plus besoin d'un meilleur accès au médecin "
        "généraliste, et à quel point ce rang est-il sûr ?",
        "Which priority neighbourhoods most need better access to a general practitioner, and how "
        "sure is that rank?",
    ),
    "reading": T(
        "Rang 1 : le besoin le plus fort. Lisez l'intervalle avant le rang : deux QPV dont les "
        "intervalles se recouvrent ne sont pas départagés.",
        "Rank 1: the greatest need. Read the interval before the rank: two QPV whose intervals "
        "overlap are not told apart.",
    ),
    "weights": T("Poids et choix", "Weights and choices"),
    "weights_note": T(
        "Les poids sont ramenés à une somme de 100 ; 0 retire un terme. Un terme qui manque à "
        "presque tous élargit tous les intervalles : retirez-le pour voir ce que disent les "
        "autres.",
        "Weights are divided by their sum; 0 leaves a term out. A term that nearly all lack "
        "widens every interval: leave it out to see what the others say.",
    ),
    "at": T("Date", "Date"),
    "territory": T("Territoire (niveau:code)", "Territory (level:code)"),
    "same": T("QPV qui reposent sur", "QPV that rest on"),
    "every": T("tous", "all"),
    "apply": T("Classer", "Rank"),
    "reset": T("Poids publiés", "Published weights"),
    "changed": T(
        "Poids modifiés : ce n'est pas le classement publié.",
        "Weights changed: this is not the published ranking.",
    ),
    "ranks": T("Le classement", "The ranking"),
    "ranked_of": T("QPV classés, sur", "QPV ranked, of"),
    "shown_of": T("affichés ;", "shown;"),
    "in_force": T("en vigueur dans ce résultat.", "in force in this result."),
    "rank": T("Rang", "Rank"),
    "interval": T("Intervalle du rang", "Interval of the rank"),
    "by_weights": T("poids :", "weights:"),
    "by_data": T("manques :", "missing:"),
    "qpv": T("QPV", "QPV"),
    "score": T("Score", "Score"),
    "same_rank": T("À termes égaux", "Same terms"),
    "apl": T("APL", "APL"),
    "zone": T("Zonage", "Zoning"),
    "distance": T("MSP ou CDS le plus proche (m)", "Nearest MSP or CDS (m)"),
    "population": T("Habitants", "Inhabitants"),
    "missing": T("Termes manquants", "Missing terms"),
    "none_missing": T("aucun", "none"),
    "own_class": T("du QPV", "the QPV's own"),
    "commune_class": T("de la commune", "the commune's"),
    "tvs_class": T("du territoire de vie-santé", "its territoire de vie-santé's"),
    "undated": T("non daté", "undated"),
    "not_ranked": T("non classé", "not ranked"),
    "empty": T("Aucun QPV pour ce choix.", "No QPV for this choice."),
    "before": T("Page précédente", "Previous page"),
    "after": T("Page suivante", "Next page"),
    "page": T("Page", "Page"),
    "map": T("Où ils sont", "Where they are"),
    "map_about": T(
        "Un cercle par QPV, plus grand et plus foncé quand le besoin est plus fort ; l'outre-mer "
        "dans des cadres à part. Le tableau donne les mêmes rangs.",
        "A circle a QPV, larger and darker with the need; overseas territories in panels of their "
        "own. The table gives the same ranks.",
    ),
    "map_none": T("Aucun contour à dessiner.", "No shape to draw."),
    "legend": T("Légende", "Legend"),
    "method": T("La méthode", "The method"),
    "method_how": T(
        "Chaque terme devient un besoin de 0 à 1 ; le score est la moyenne des termes connus, "
        "pondérée par leurs poids. L'intervalle « poids » déplace chaque poids d'au plus "
        "{around} (les coins et des tirages fixes) ; l'intervalle « manques » donne "
        "aux termes inconnus toutes les valeurs possibles ; le trait clair et les nombres du haut "
        "tiennent les deux.",
        "Each term becomes a need from 0 to 1; the score is the mean of the terms known, weighted. "
        "The interval “weights” moves each weight by at most {around} (the corners and "
        "fixed draws); the interval “missing” gives the unknown terms every possible "
        "value; the light line and the numbers on top hold both.",
    ),
    "term": T("Terme", "Term"),
    "weight": T("Poids", "Weight"),
    "need": T("Besoin", "Need"),
    "reference": T("Référence", "Reference"),
    "limits": T("Ce que ce classement ne dit pas", "What this ranking does not say"),
    "precedents": T("Précédents", "Precedents"),
    "get": T("Télécharger", "Download"),
    "get_note": T(
        "Avec ces poids et ce choix : rangs, intervalles, termes, besoins. Le JSON porte la "
        "méthode, les sources et leurs empreintes.",
        "With these weights and this choice: ranks, intervals, terms, needs. The JSON carries the "
        "method, the sources and their hashes.",
    ),
    "schema": T("colonnes, source et licence du CSV", "columns, source and licence of the CSV"),
}
