"""What the table counts and where its quartier vécu comes from, in words."""

from __future__ import annotations

from ..core.i18n import T, Text
from ..core.snapshot import ALL_STRUCTURES, PLURIPROFESSIONAL
from ..rules import quartier_vecu_label


def scope_label(scope: str) -> Text:
    """What a scope counts, in words."""
    return SCOPE_LABELS[scope]


def definition_label(definition: str | None) -> Text:
    """Provenance of a quartier vécu: declared by the ARS, or a distance that stands for it."""
    if definition is None:
        return T("", "")
    if definition == "declared":
        return DECLARED_LABEL
    return PROXY_LABEL.with_values(label=quartier_vecu_label(definition))


SCOPE_LABELS: dict[str, Text] = {
    ALL_STRUCTURES: T(
        "MSP, et centres de santé mono et pluriprofessionnels (dentaires et infirmiers compris)",
        "MSP, and mono- and pluriprofessional health centres (dental and nursing included)",
    ),
    PLURIPROFESSIONAL: T(
        "MSP, et centres de santé pluriprofessionnels seulement",
        "MSP, and pluriprofessional health centres only",
    ),
}
DECLARED_LABEL = T(
    "déclaré par les ARS (remontée d'informations), ce n'est pas une distance",
    "declared by the ARS (their reports), it is not a distance",
)
PROXY_LABEL = T("{label} ; ce n'est pas une déclaration", "{label}; not a declaration")
OTHER_SCOPE = T(
    "Le résultat est compté dans le champ « {own} » : les centres du champ « {asked} » sont "
    "inconnus, entre les bornes données.",
    "The result is counted in the scope “{own}”: the centres of the scope “{asked}” are unknown, "
    "between the bounds given.",
)
NOT_COUNTED = T(
    "le registre ne dit pas quels centres sont pluriprofessionnels",
    "the register does not tell which centres are pluriprofessional",
)
