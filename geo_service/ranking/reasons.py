"""Why a term is missing, and what has to be said beside a ranking."""

from __future__ import annotations

from ..core.i18n import T, Text

REASONS: dict[str, Text] = {
    "no-apl-table": T("le résultat n'a pas de table d'APL", "the result has no table of APL"),
    "no-apl": T("APL d'une commune inconnue", "APL of a commune not known"),
    "no-weights": T("populations manquantes pour la moyenne", "populations missing for the mean"),
    "no-classes": T("le résultat n'a pas de zonage", "the result has no zoning"),
    "no-class": T("commune sans classe dans le zonage", "commune without a class in the zoning"),
    "part-of-commune": T(
        "classe d'une partie de la commune seulement", "class of a part of the commune only"
    ),
    "several-classes": T("plusieurs classes possibles", "several classes possible"),
    "order-of-another-date": T(
        "l'arrêté ne couvre pas la date", "the order does not cover the date"
    ),
    "class-without-need": T(
        "classe que la méthode ne nomme pas", "class that the method does not name"
    ),
    "no-distance": T("distance non calculée", "distance not computed"),
    "not-covered": T(
        "structures non chargées dans ce département", "structures not loaded in this département"
    ),
    "no-population": T("population non publiée", "population not published"),
}
"""By the key that stands in the table."""

LIMITS: tuple[Text, ...] = (
    T(
        "Méthode de ce projet, non officielle : aucune méthode publiée n'a été trouvée.",
        "This project's own method, not official: no published method was found.",
    ),
    T(
        "L'APL et le zonage sont ceux de la commune : les habitants du QPV n'y sont pas "
        "distingués. Les deux se recouvrent en partie, car le zonage part de l'APL.",
        "APL and zoning are those of the commune: inhabitants of the QPV are not told apart. The "
        "two overlap in part, since the zoning starts from the APL.",
    ),
    T(
        "Un terme manquant n'est ni compté pour zéro ni passé sous silence : le score est la "
        "moyenne des termes connus, et l'intervalle tient tout ce que le terme manquant peut être.",
        "A missing term is neither counted as zero nor passed over: the score is the mean of the "
        "terms known, and the interval holds whatever the missing term may be.",
    ),
    T(
        "Des rangs qui ne reposent pas sur les mêmes termes ne se comparent que par leurs "
        "intervalles ; le rang « à termes égaux » compare les QPV qui reposent sur les mêmes.",
        "Ranks that do not rest on the same terms compare by their intervals only; the rank “with "
        "the same terms” compares the QPV that rest on the same ones.",
    ),
    T(
        "Deux QPV dont les intervalles se recouvrent ne sont pas départagés.",
        "Two QPV whose intervals overlap are not told apart.",
    ),
)
UNDATED = T(
    "Zonage sans date d'arrêté : sa date de validité n'est pas connue.",
    "Zoning without the date of its order: when it holds is not known.",
)
APL_WITHOUT_YEAR = T("Millésime de l'APL non précisé.", "Year of the APL not stated.")
VAGUE_POSITIONS = T(
    "Positions de structures sans précision connue : la distance est celle des positions données.",
    "Positions of structures of unknown precision: the distance is that of the positions given.",
)
UPPER_BOUND = T(
    "Près du bord des données, la distance est un majorant.",
    "Near the edge of the data the distance is an upper bound.",
)
EVERY_SPECIALITY = T(
    "Les centres de santé de toute spécialité comptent, dentaires et infirmiers compris : FINESS "
    "ne les distingue pas.",
    "Health centres of any speciality count, dental and nursing ones included: FINESS does not "
    "tell them apart.",
)
