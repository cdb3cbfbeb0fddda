"""The official figures of mesure 9, beside the computed ones: never mixed or subtracted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from ..core.i18n import T, Text
from ..official import official
from .table import BOTH, Mesure9

_SERIES: dict[tuple[str, str], str] = {
    ("MSP", "structures_in_qpv"): "mesure9_msp_qpv",
    ("MSP", "structures_in_quartier_vecu"): "mesure9_msp_quartier_vecu",
    ("MSP", "structures_near_qpv"): "mesure9_msp_qpv_et_quartier_vecu",
    ("MSP", "structures_open"): "mesure9_msp_national",
    ("MSP", "progression"): "mesure9_msp_progression",
    ("CDS", "structures_in_qpv"): "mesure9_cds_qpv",
    ("CDS", "structures_in_quartier_vecu"): "mesure9_cds_quartier_vecu",
    ("CDS", "structures_near_qpv"): "mesure9_cds_qpv_et_quartier_vecu",
    ("CDS", "structures_open"): "mesure9_cds_national",
    ("CDS", "progression"): "mesure9_cds_progression",
    (BOTH, "progression"): "mesure9_progression",
}
MAP_SOURCE = T("Source : DGOS, mars 2019", "Source: DGOS, March 2019")
"""Source line of the two maps of the progress note."""


@dataclass(frozen=True)
class OfficialFigure:
    """One published figure: ``value`` is None where the note gives none."""

    kind: str
    measure: str
    date: dt.date
    value: float | None
    said: str
    series: str
    producer: str
    reference: str
    note: Text | None


def official_figures() -> list[OfficialFigure]:
    """Every published figure of mesure 9, by kind, measure and date."""
    found = []
    for (kind, measure), name in _SERIES.items():
        series = official(name)
        rows: Any = series.rows
        for row in rows.itertuples():
            found.append(
                OfficialFigure(
                    kind=kind,
                    measure=measure,
                    date=row.date,
                    value=None if row.value != row.value else float(row.value),
                    said=str(row.said),
                    series=name,
                    producer=series.producer,
                    reference=str(row.reference),
                    note=row.note,
                )
            )
    return found


def why_different(table: Mesure9, *, single_vintage: bool = True) -> list[Text]:
    """Why the computed figures are not the published ones, for this table."""
    reasons = [OTHER_COUNT, OTHER_QUARTIER]
    if table.territory != "france:FR":
        reasons.insert(0, OTHER_TERRITORY)
    if not {figure.date for figure in official_figures()} & set(table.dates):
        reasons.append(OTHER_DATES)
    if single_vintage:
        reasons.append(SURVIVORS)
    if table.scope != "all":
        reasons.append(OTHER_SCOPE)
    return reasons


OTHER_TERRITORY = T(
    "Les chiffres publiés sont ceux de la France entière ; ceux-ci, d'un autre territoire.",
    "The published figures are those of the whole of France; these, of another territory.",
)
OTHER_COUNT = T(
    "Les chiffres publiés viennent de l'observatoire de la DGOS, rempli par les ARS ; ceux-ci, du "
    "registre FINESS, qui peut compter les sites autrement et tarder.",
    "The published figures come from the DGOS observatory, filled by the ARS; these, from the "
    "FINESS register, which may count sites otherwise and lag behind.",
)
OTHER_QUARTIER = T(
    "Le quartier vécu publié est déclaré par les ARS ; une distance de 300 ou 500 m ne peut pas le "
    "reproduire.",
    "The published quartier vécu is declared by the ARS; a distance of 300 or 500 m cannot give it "
    "back.",
)
OTHER_DATES = T(
    "Les dates ne sont pas celles des chiffres publiés.",
    "The dates are not those of the published figures.",
)
SURVIVORS = T(
    "Un seul millésime du registre ne liste que les survivantes : les comptes passés sont des "
    "minimums.",
    "A single vintage of the register lists survivors only: past counts are minimums.",
)
OTHER_SCOPE = T(
    "Le champ diffère : la mesure 9 compte aussi les centres monoprofessionnels.",
    "The scope differs: mesure 9 counts monoprofessional centres too.",
)
