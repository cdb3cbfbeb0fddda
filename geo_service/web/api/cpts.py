"""Coverage by the CPTS: a row a territory, by maturity, and the official totals beside."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from flask import Response

from ...atlas import Atlas
from ...core.i18n import T, Text, say_number, say_share
from ...core.tables import EVERYWHERE_LEVELS
from ...indicators.cpts import CUMULATIVE, EXACT
from ...official import official_series
from ..served import Served, served
from .operations import Page, encode, operation, reply
from .parameters import add_parameters, choice
from .schemas import Schema, add_schemas, list_of, maybe, page_of, record
from .territories import territories_of

DEFINITIONS: dict[str, Text] = {
    "any": T("toute maturité", "any maturity"),
    "project": T("projet validé ou ACI signé", "project approved or ACI signed"),
    "aci": T("ACI signé", "ACI signed"),
    "letter-only": T("lettre d'intention seulement", "letter of intent only"),
    "project-only": T("projet validé seulement", "project approved only"),
    "unknown-only": T("maturité inconnue", "maturity unknown"),
}
"""What each definition of the figures means, in words."""
MEASURES = {
    "cpts": "cpts_count",
    "population": "population_in_cpts",
    "share": "share_of_population_in_cpts",
}
"""Member of an answer → measure."""

add_parameters(
    choice(
        "cpts_level",
        T("Niveau de territoire", "Level of territory"),
        EVERYWHERE_LEVELS,
        default="region",
    )
)


@add_schemas
def _schemas() -> dict[str, Schema]:
    text: Schema = {"type": "string"}
    number = record({name: maybe("number") for name in ("value", "low", "high")})
    maturity: dict[str, Schema] = {
        "maturity": {"type": "string", "enum": [*CUMULATIVE, *EXACT]},
        "label": text,
        **dict.fromkeys(MEASURES, number),
    }
    territory: dict[str, Schema] = {
        "territory": text,
        "level": text,
        "name": maybe("string"),
        "maturities": {"type": "array", "items": record(maturity)},
        "note": maybe("string"),
    }
    published: dict[str, Schema] = {
        "series": text,
        "label": text,
        "perimeter": text,
        "producer": text,
        "territory": text,
        "date": {"type": "string", "format": "date"},
        "value": maybe("number"),
        "unit": text,
        "said": text,
        "note": maybe("string"),
        "reference": text,
    }
    return {
        "CptsOfTerritory": record(territory),
        "OfficialCpts": record(published),
        "CptsCoverage": page_of(
            "CptsOfTerritory",
            as_of={"type": "string", "format": "date"},
            level=text,
            official={
                **list_of("OfficialCpts"),
                "description": T(
                    "Chiffres publiés, d'autres périmètres : à côté, jamais mêlés",
                    "Published figures, of other perimeters: beside, never mixed",
                ).say(),
            },
        ),
    }


def coverage(
    result: Served, level: str, as_of: dt.date, part_of: slice | None = None
) -> tuple[int, list[dict[str, Any]]]:
    """What the result says of the CPTS in each territory of a level; empty without a table.

    Parameters
    ----------
    part_of
        Which of the territories, in the order of their ids; by default all.

    Returns
    -------
    int, list of dict
        How many there are, and ``territory, level, name, note`` and ``maturities``: by definition
        ``maturity, label`` and for each of :data:`MEASURES` ``value, low, high`` (None: unknown).
    """
    rows = result.atlas.stored.read_indicators(
        level=level, indicator=tuple(MEASURES.values()), kind="CPTS", as_of=as_of
    )
    names = territories_of(result).records
    every = sorted(rows["territory"].unique())
    if part_of is not None:
        rows = rows[rows["territory"].isin(every[part_of])]
    found = []
    for territory, part in rows.groupby("territory", sort=False):
        kept = {
            (row["definition"], row["indicator"]): _figure(row) for row in part.to_dict("records")
        }
        held = [name for name in DEFINITIONS if name in set(part["definition"])]
        note = part["note"].iloc[0]
        found.append(
            {
                "territory": str(territory),
                "level": level,
                "name": names.get(str(territory), {}).get("name"),
                "maturities": [
                    {
                        "maturity": definition,
                        "label": DEFINITIONS[definition].say(),
                        **{
                            member: kept.get((definition, measure), NO_FIGURE)
                            for member, measure in MEASURES.items()
                        },
                    }
                    for definition in held
                ],
                "note": None if pd.isna(note) else str(note),
            }
        )
    return len(every), sorted(found, key=lambda row: str(row["territory"]))


NO_FIGURE: dict[str, float | None] = {"value": None, "low": None, "high": None}


def _figure(row: Any) -> dict[str, float | None]:
    return {
        part: None if pd.isna(row[part]) else float(row[part]) for part in ("value", "low", "high")
    }


def official_cpts() -> list[dict[str, Any]]:
    """Every published figure on the CPTS, oldest first, as its source gives it."""
    found = []
    for series in official_series().values():
        if series.kind != "CPTS":
            continue
        for row in series.rows.to_dict("records"):
            value = None if pd.isna(row["value"]) else float(row["value"])
            found.append(
                {
                    "series": series.name,
                    "label": series.label.say() + (f" ({row['item']})" if row["item"] else ""),
                    "perimeter": series.perimeter.label.say(),
                    "producer": series.producer,
                    "territory": str(row["territory"]),
                    "date": row["date"].isoformat(),
                    "value": value,
                    "unit": series.unit,
                    "said": _said(value, series.unit, str(row["qualifier"])),
                    "note": None if row["note"] is None else row["note"].say(),
                    "reference": str(row["reference"] or series.reference),
                }
            )
    return sorted(found, key=lambda one: (one["date"], one["perimeter"], one["label"]))


_QUALIFIERS = {
    "about": T("environ {it}", "about {it}"),
    "over": T("plus de {it}", "more than {it}"),
    "up-to": T("jusqu'à {it}", "up to {it}"),
}


def _said(value: float | None, unit: str, qualifier: str) -> str:
    said = say_share(value) if unit == "share" else say_number(value, decimals=0)
    if value is not None and unit == "persons":
        said = T("{n} personnes", "{n} people", n=said).say()
    known = _QUALIFIERS.get(qualifier)
    return said if known is None or value is None else known.with_values(it=said).say()


def date_of(atlas: Atlas, asked: dt.date | None) -> dt.date:
    """The date asked for, or the main one of the result.

    Raises
    ------
    UnknownNameError
        The result does not hold it.
    """
    return atlas.as_of if asked is None else atlas.require_date(asked)


@operation(
    "/cpts",
    T("Couverture par les CPTS", "Coverage by the CPTS"),
    about=T(
        "Habitants des communes membres d'une CPTS, et nombre de CPTS, par maturité ; une "
        "personne est couverte si sa commune appartient à une CPTS. Vide sans table des CPTS. Les "
        "chiffres publiés sont donnés à part.",
        "Inhabitants of the communes in a CPTS, and number of CPTS, by maturity; a person is "
        "covered where the commune belongs to a CPTS. Empty without a table of the CPTS. "
        "Published figures are given apart.",
    ),
    takes=("cpts_level", "as_of", "limit", "page"),
    gives="CptsCoverage",
    unknown=True,
)
def cpts(asked: dict[str, Any]) -> Response:
    """Coverage by the CPTS."""

    def made() -> bytes:
        atlas = served().atlas
        date = date_of(atlas, asked["as_of"])
        level, number = asked["cpts_level"], asked["page"]
        page = Page(0, number, asked["limit"])
        total, items = coverage(served(), level, date, page.part)
        page = Page(total, number, asked["limit"])
        return encode(
            {
                **page.head(),
                "as_of": date.isoformat(),
                "level": level,
                "links": page.links(),
                "items": items,
                "official": official_cpts(),
            }
        )

    return reply(made)
