"""The indicators of the baromètre, and which figures of a result may stand under each.

FINESS does not tell mono- from pluriprofessional centres. A result of scope ``all`` therefore
never feeds ``nb-centres-sante``, which counts pluriprofessional centres: its centres stand under
an identifier of our own. A result of scope ``pluri`` feeds it where its figure is known.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo_service.core.i18n import T, Text, say_date
from geo_service.store import StoredResult

MEASURE = "Doubler le nombre de maisons de santé et de centres de santé dans les territoires"
"""``mesure`` as the baromètre writes it."""
LEVELS = ("france", "region", "departement")


@dataclass(frozen=True)
class BarometreIndicator:
    """One indicator as published, and ours beside it.

    ``series`` is its name in the table ``series``; ``months`` are the months whose last day has a
    value; ``ditp`` its number in the second generation, or None: it has none there.
    """

    id: str
    label: str
    unit: str
    kind: str
    scope: str | None
    series: str
    months: tuple[int, ...]
    ditp: str | None
    official: bool


INDICATORS: tuple[BarometreIndicator, ...] = (
    BarometreIndicator(
        "nb-maisons-sante",
        "Nombre de maisons de santé pluri-professionnelles",
        "maisons de santé",
        "MSP",
        None,
        "msp",
        (6, 12),
        "IND-311",
        official=True,
    ),
    BarometreIndicator(
        "nb-centres-sante",
        "Nombre de centres de santé",
        "centres de santé",
        "CDS",
        "pluri",
        "cds_pluri",
        (12,),
        None,
        official=True,
    ),
    BarometreIndicator(
        "nb-centres-sante-mono-pluri",
        "Nombre de centres de santé, mono et pluriprofessionnels",
        "centres de santé",
        "CDS",
        "all",
        "cds_mono_pluri",
        (12,),
        None,
        official=False,
    ),
)
BY_ID = {one.id: one for one in INDICATORS}


@dataclass(frozen=True)
class Counts:
    """What may be published of a result, and what may not.

    ``table`` has the columns ``indicator`` (its id), ``territory``, ``level``, ``code``, ``name``,
    ``date``, ``value``, in that order; ``left_out`` says what is not there and why.
    """

    table: pd.DataFrame
    left_out: tuple[Text, ...]
    targets: dict[tuple[str, str], tuple[dt.date, float]]
    """(indicator, territory) → date and level, from the baromètre file that the result read."""


def is_period_end(date: dt.date, months: tuple[int, ...]) -> bool:
    """Whether a date is the last day of one of these months.

    >>> is_period_end(dt.date(2023, 6, 30), (6, 12)), is_period_end(dt.date(2023, 6, 30), (12,))
    (True, False)
    """
    return date.month in months and date.day == calendar.monthrange(date.year, date.month)[1]


def counts_of(result: StoredResult) -> Counts:
    """The counts of structures open that the baromètre's layouts may hold.

    A figure is whole or it is not there: unknown values, territories that the study does not
    cover whole and dates that end no period are left out, and said.

    Raises
    ------
    StoreError
        The result cannot be read.
    """
    figures: Any = result.read_indicators(indicator="structures_open", level=LEVELS)
    names = _names(result)
    left_out: list[Text] = []
    rows: list[dict[str, Any]] = []
    scope = str(result.facts.get("scope", "all"))
    for one in INDICATORS:
        own = figures[figures["kind"] == one.kind]
        if one.scope is not None and one.scope != scope:
            if one.official:
                left_out.append(_out_of_scope(one))
            continue
        rows += _rows(one, own, names, left_out)
    table = pd.DataFrame(
        rows, columns=["indicator", "territory", "level", "code", "name", "date", "value"]
    )
    if not (table["level"] == "france").any():
        left_out.append(
            T(
                "Pas de ligne nationale : l'étude ne couvre pas le pays entier.",
                "No national row: the study does not cover the whole country.",
            )
        )
    if len(set(table["date"])) > 1:
        left_out.append(
            T(
                "Un seul millésime ne montre pas les fermetures : les dates passées ne comptent "
                "que les structures encore ouvertes au millésime.",
                "A single vintage shows no closures: past dates count only the structures still "
                "open at the vintage.",
            )
        )
    return Counts(table, tuple(left_out), _targets(result))


def _rows(
    one: BarometreIndicator, own: Any, names: dict[str, str], left_out: list[Text]
) -> list[dict[str, Any]]:
    rows = []
    unknown = 0
    odd: set[dt.date] = set()
    for row in own.itertuples():
        date = row.as_of.date()
        if not is_period_end(date, one.months):
            odd.add(date)
        elif row.value != row.value:
            unknown += 1
        else:
            level, _, code = row.territory.partition(":")
            rows.append(
                {
                    "indicator": one.id,
                    "territory": row.territory,
                    "level": level,
                    "code": code,
                    "name": names.get(row.territory, code),
                    "date": date,
                    "value": int(row.value),
                }
            )
    if odd:
        left_out.append(
            T(
                "{id} : {dates} ne termine pas une période ({period}).",
                "{id}: {dates} ends no period ({period}).",
                id=one.id,
                dates=Text(
                    ", ".join(say_date(date, "fr") for date in sorted(odd)),
                    ", ".join(say_date(date, "en") for date in sorted(odd)),
                ),
                period=_PERIODS[one.months],
            )
        )
    if unknown:
        left_out.append(
            T(
                "{id} : {n} valeurs inconnues ne sont pas publiées (ni zéro, ni estimées).",
                "{id}: {n} unknown values are not published (neither 0 nor estimated).",
                id=one.id,
                n=unknown,
            )
        )
    order = {level: number for number, level in enumerate(LEVELS)}
    return sorted(rows, key=lambda row: (order[row["level"]], row["code"], row["date"]))


_PERIODS = {
    (6, 12): T("semestre : 30 juin et 31 décembre", "half-year: 30 June and 31 December"),
    (12,): T("année : 31 décembre", "year: 31 December"),
}


def _out_of_scope(one: BarometreIndicator) -> Text:
    return T(
        "{id} compte les centres pluriprofessionnels seulement ; ce résultat compte les centres "
        "mono et pluriprofessionnels, que FINESS ne distingue pas : ils sont sous un identifiant "
        "à nous, sans cible.",
        "{id} counts multi-professional centres only; this result counts mono- and "
        "multi-professional ones, which FINESS does not tell apart: they stand under an "
        "identifier of ours, without a target.",
        id=one.id,
    )


def _names(result: StoredResult) -> dict[str, str]:
    names = {"france:FR": "France"}
    held = result.layer_names()
    for layer in ("regions", "departements"):
        if layer in held:
            table = result.read_layer(layer, columns=["territory", "name"])
            names |= dict(zip(table["territory"], table["name"], strict=True))
    return {code: name if isinstance(name, str) else code for code, name in names.items()}


def _targets(result: StoredResult) -> dict[tuple[str, str], tuple[dt.date, float]]:
    if "series" not in result.table_names():
        return {}
    ids = {f"{one.series}_target": one.id for one in INDICATORS if one.official}
    table: Any = result.read_table("series", where={"series": list(ids)})
    return {
        (ids[row.series], row.territory): (row.date.date(), float(row.value))
        for row in table.sort_values("date").itertuples()  # the latest target counts
        if row.value == row.value
    }
