"""The layout of the baromètre's first generation (Etalab, 2021 to January 2023).

Detail files hold every value, synthesis files the last one with its progress. As published:
``progression_derniere_maj`` holds the value one year before, not a difference, and percentages are
whole numbers. Counts are written as whole numbers (the published files write ``1034.0``).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

from geo_service.official import targets

from .indicators import BY_ID, MEASURE, Counts
from .progress import percent, progress_share, target_share

_HEAD = ("mesure", "indicateur", "id_indicateur")
PLACES = {
    "france": ("maille_geographique",),
    "region": ("code_region", "libelle_region"),
    "departement": ("code_departement", "libelle_departement"),
}
"""Columns that name the territory, by level."""
_VALUES = ("date", "valeur", "unite")
_PROGRESS = (
    "valeur_actuelle",
    "date_valeur_actuelle",
    "valeur_initiale",
    "date_valeur_initiale",
    "progression",
    "pourcentage_progression",
    "progression_derniere_maj",
    "pourcentage_progression_derniere_maj",
    "progression_derniere_maj_date",
    "cible",
    "pourcentage_cible",
    "date_cible",
    "unite",
)
CIBLES = {"nb-maisons-sante": "msp_cible_2000", "nb-centres-sante": "cds_cible_700"}
"""Indicator → target published as ``cible`` for the country."""


def detail_columns(level: str) -> tuple[str, ...]:
    """Columns of a detail file of a level, in order."""
    return (*_HEAD, *PLACES[level], *_VALUES)


def synthesis_columns(level: str) -> tuple[str, ...]:
    """Columns of a synthesis file of a level, in order."""
    return (*_HEAD, *PLACES[level], *_PROGRESS)


def etalab_files(counts: Counts) -> dict[str, str]:
    """The files of the first generation: name → text. A level without a row has no file."""
    files: dict[str, str] = {}
    table = counts.table
    levels = {level: table[table["level"] == level] for level in PLACES}
    if len(levels["france"]):
        files["barometre-detail-national.csv"] = _detail("france", levels["france"])
    if len(levels["region"]):
        files["barometre-detail-regional.csv"] = _detail("region", levels["region"])
    for code, part in levels["departement"].groupby("code", sort=True):
        files[f"barometre-detail-departement-{code}.csv"] = _detail("departement", part)
    names = {"france": "national", "region": "regional", "departement": "departemental"}
    for level, part in levels.items():
        if len(part):
            text = _written(synthesis_columns(level), _synthesis(level, part, counts))
            files[f"barometre-synthese-{names[level]}.csv"] = text
    return files


def _place(level: str, row: Any) -> dict[str, Any]:
    if level == "france":
        return {"maille_geographique": "national"}
    code, name = PLACES[level]
    return {code: row.code, name: row.name}


def _head(indicator: str) -> dict[str, Any]:
    one = BY_ID[indicator]
    return {"mesure": MEASURE, "indicateur": one.label, "id_indicateur": one.id, "unite": one.unit}


def _detail(level: str, table: Any) -> str:
    rows = [
        {
            **_head(row.indicator),
            **_place(level, row),
            "date": row.date.isoformat(),
            "valeur": row.value,
        }
        for row in table.itertuples()
    ]
    return _written(detail_columns(level), rows)


def _synthesis(level: str, table: Any, counts: Counts) -> list[dict[str, Any]]:
    rows = []
    for (indicator, territory), part in table.groupby(["indicator", "territory"], sort=False):
        known = list(part.itertuples())
        last, first = known[-1], known[0]
        initial = first if first.date < last.date else None
        before = next((row for row in known if row.date == _year_before(last.date)), None)
        by, cible = _target(indicator, territory, counts)
        value = initial.value if initial else None
        rows.append(
            {
                **_head(indicator),
                **_place(level, last),
                "valeur_actuelle": last.value,
                "date_valeur_actuelle": last.date.isoformat(),
                "valeur_initiale": value,
                "date_valeur_initiale": initial.date.isoformat() if initial else None,
                "progression": last.value - value if value is not None else None,
                "pourcentage_progression": percent(progress_share(last.value, value)),
                "progression_derniere_maj": before.value if before else None,
                "pourcentage_progression_derniere_maj": percent(
                    progress_share(last.value, before.value if before else None)
                ),
                "progression_derniere_maj_date": before.date.isoformat() if before else None,
                "cible": cible,
                "pourcentage_cible": percent(target_share(last.value, value, cible)),
                "date_cible": by.isoformat() if by else None,
            }
        )
    return rows


def _target(indicator: str, territory: str, counts: Counts) -> tuple[dt.date | None, float | None]:
    """Date and level of the target: the one the result read, else the country's, else none."""
    if (indicator, territory) in counts.targets:
        return counts.targets[(indicator, territory)]
    if territory == "france:FR" and indicator in CIBLES:
        published = targets()[CIBLES[indicator]]
        return published.date, published.value
    return None, None


def _year_before(date: dt.date) -> dt.date:
    return date.replace(year=date.year - 1)


def _written(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> str:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({column: _cell(row.get(column)) for column in columns})
    return stream.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
