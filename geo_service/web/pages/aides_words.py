"""What the pages about aids say, in both languages."""

from __future__ import annotations

from ...core.i18n import T, Text

TEXTS: dict[str, Text] = {
    "title": T("Aides aux projets", "Aids for projects"),
    "kicker": T("À quoi un lieu et un projet donnent-ils droit ?", "What may a project have?"),
    "sub": T(
        "Choisissez un lieu et décrivez un projet : pour chaque aide, la réponse et sa raison, "
        "condition par condition. Ce que vous ne dites pas reste inconnu, jamais « non ».",
        "Choose a place and describe a project: for each aid, the answer and its reason, condition "
        "by condition. What you do not say stays unknown, never “no”.",
    ),
    "kept": T(
        "Rien n'est gardé de ce qui est demandé. Ce n'est pas une décision d'attribution : seule "
        "l'administration décide.",
        "Nothing of what is asked is kept. This is no award: only the administration decides.",
    ),
    "refused": T("La demande n'est pas acceptée.", "The request is not accepted."),
    "place": T("Le lieu et la date", "The place and the date"),
    "place_hint": T(
        "Longitude et latitude en degrés (WGS 84). La page Localiser les trouve d'une adresse.",
        "Longitude and latitude in degrees (WGS 84). The page Locate finds them from an address.",
    ),
    "locate": T("Trouver un lieu", "Find a place"),
    "lon": T("Longitude", "Longitude"),
    "lat": T("Latitude", "Latitude"),
    "date": T("Date", "Date"),
    "date_hint": T(
        "Sans date, celle du résultat. Les règles et le zonage sont ceux de cette date.",
        "Without a date, that of the result. Rules and zoning are those of that date.",
    ),
    "as_region": T("Essayer les règles d'une région", "Try the rules of a region"),
    "as_region_none": T("non : la région du lieu", "no: the region of the place"),
    "region": T("région", "region"),
    "assume": T(
        "Prendre un zonage non daté comme en vigueur", "Take an undated zoning as in force"
    ),
    "unknown_choice": T("inconnu", "unknown"),
    "go": T("Voir les aides", "See the aids"),
    "project": T("Le projet", "The project"),
    "project_hint": T(
        "Tout est facultatif. La réponse dira ce qui manque pour décider.",
        "Everything is optional. The answer will say what is missing to decide.",
    ),
    "rules": T("Les règles connues", "The rules that are known"),
    "rules_note": T(
        "Chaque aide est un fichier daté, avec ses références et ses exemples vérifiés.",
        "Each aid is a dated file, with its references and its checked examples.",
    ),
    "aid": T("Aide", "Aid"),
    "scope": T("Territoire", "Territory"),
    "in_force": T("En vigueur", "In force"),
    "answer": T("Aides pour ce projet", "Aids for this project"),
    "summary": T("En bref", "In short"),
    "status": T("Réponse", "Answer"),
    "amount": T("Montant", "Amount"),
    "why": T("Pourquoi", "Why"),
    "title_eligible": T("Éligible", "Eligible"),
    "title_undetermined": T("À préciser", "To be settled"),
    "title_not_eligible": T("Non éligible", "Not eligible"),
    "condition": T("Condition", "Condition"),
    "met": T("Remplie", "Met"),
    "reason": T("Raison", "Reason"),
    "reference": T("Référence", "Reference"),
    "counterpart": T("contrepartie", "counterpart"),
    "missing": T("Ce qui manque pour décider", "What is missing to decide"),
    "missing_amount": T("Ce qui manque pour le montant", "What is missing for the amount"),
    "duration": T("Durée", "Duration"),
    "beneficiary": T("Bénéficiaire", "Beneficiary"),
    "priority": T("Priorité", "Priority"),
    "counterparts": T("Contreparties", "Counterparts"),
    "procedure": T("Démarche", "Procedure"),
    "readings": T("Lectures du texte", "Readings of the text"),
    "readings_note": T(
        "Là où le texte laisse un choix, le choix fait ici est dit.",
        "Where the text leaves a choice, the choice made here is said.",
    ),
    "notes": T("À savoir", "Good to know"),
    "references": T("Références", "References"),
    "cumulation": T("Cumul", "Cumulation"),
    "cumulation_note": T(
        "Toute autre paire d'aides : non précisé par les textes (par exemple CAI et COSCO).",
        "Any other pair of aids: not stated by the texts (for example CAI and COSCO).",
    ),
    "with": T("Avec", "With"),
    "given": T("Ce que vous avez dit", "What you said"),
    "given_none": T("Aucun fait du projet.", "No fact of the project."),
    "change": T("Préciser ou changer", "Add or change"),
    "csv": T("Tableau (CSV)", "Table (CSV)"),
    "json": T("Réponse pour programmes (JSON)", "Answer for programs (JSON)"),
    "perhaps": T("si applicable", "if it applies"),
    "no_place": T("Lieu non donné.", "No place given."),
    "fiche": T("Fiche d'aide", "Fiche of an aid"),
    "conditions": T("Conditions", "Conditions"),
    "amounts": T("Montants", "Amounts"),
    "rule": T("Règle", "Rule"),
    "no_amount": T("Aucun montant dans le texte.", "No amount in the text."),
    "from_to": T("Du", "From"),
    "to": T("au", "to"),
    "no_end": T("fin non précisée", "end not stated"),
    "checked": T("Vérifiée le", "Checked on"),
    "examples": T("exemples vérifiés", "checked examples"),
    "try": T("Essayer avec un projet", "Try it with a project"),
    "silent": T("non précisé", "not stated"),
    "file": T("Fichier", "File"),
}
