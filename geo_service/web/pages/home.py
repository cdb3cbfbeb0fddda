"""The first page: what the result holds, its headline figures, a map, a search."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from ...atlas import Atlas, measures
from ...core.i18n import T, say_date, say_number
from ...exporting import map_credit
from ...figures import figure_records, say_definition, say_figure
from ...rules import structure_kinds
from ..served import served
from . import kept_page

PAGE = Blueprint("home", __name__)
_HEADLINES = (
    ("structures_open", None),
    ("structures_in_qpv", "qpv"),
    ("share_in_qpv", "qpv"),
    ("per_10000_inhabitants", None),
)
_LISTED = {"france": "region", "region": "departement", "departement": "epci"}
"""Territories whose figures stand on the first page, by the level of the study."""
TEXTS = {
    "since": T("{n} dates depuis le {first}", "{n} dates since {first}"),
    "by_territory": T("Par territoire", "By territory"),
    "by_territory_note": T(
        "Structures ouvertes au {day} ; chaque nom mène à sa fiche.",
        "Structures open on {day}; each name leads to its page.",
    ),
    "all_figures": T("Tous les chiffres de ce territoire", "All the figures of this territory"),
    "sources_note": T(
        "{n} fichiers officiels lus ; chacun avec son empreinte, son millésime et ses anomalies.",
        "{n} official files read; each with its hash, its vintage and its anomalies.",
    ),
    "sources_note_fictitious": T(
        "{n} fichiers fictifs lus, à la forme des fichiers officiels.",
        "{n} fictitious files read, in the layout of the official ones.",
    ),
    "unknown_precision": T(
        "{n} positions sur {all} n'ont pas de précision connue : les chiffres qui en dépendent "
        "n'ont pas de bornes.",
        "{n} positions of {all} have no known precision: figures that rest on them have no bounds.",
    ),
    "to_data": T("Données et qualité", "Data and quality"),
    "to_downloads": T(
        "Télécharger les couches et les tables", "Download the layers and the tables"
    ),
    "territory": T("Territoire", "Territory"),
}


@PAGE.get("/")
def home() -> Response:
    """The first page."""
    return kept_page("home.html", lambda: _values(served().atlas), TEXTS, maps=True)


def _values(atlas: Atlas) -> dict[str, Any]:
    table = atlas.figures(atlas.facts["territory"], as_of=atlas.as_of)
    records = {
        (record["indicator"], record["definition"], record["kind"]): record
        for record in figure_records(table)
    }
    dates = atlas.dates
    files = TEXTS["sources_note_fictitious" if atlas.facts["fictitious"] else "sources_note"]
    day = say_date(atlas.as_of)
    return {
        "cards": list(_cards(atlas, records)),
        "rows": _headlines(atlas, records),
        "smaller": _smaller(atlas),
        "dates": ""
        if len(dates) < 2
        else TEXTS["since"].with_values(n=len(dates), first=say_date(min(dates))).say(),
        "files": files.with_values(n=len(atlas.stored.provenance)).say(),
        "unknown": TEXTS["unknown_precision"]
        .with_values(
            n=say_number(atlas.facts["unknown_precision"], decimals=0),
            all=say_number(atlas.facts["structures"], decimals=0),
        )
        .say()
        if atlas.facts["unknown_precision"]
        else "",
        "by_territory_note": TEXTS["by_territory_note"].with_values(day=day).say(),
        "credit": map_credit(atlas).say(),
    }


def _cards(atlas: Atlas, records: dict[Any, Any]) -> Any:
    """What the result says first: a card a kind, one for the QPV, one for the inhabitants."""
    metres = atlas.facts["quartier_vecu"]
    for kind in ("MSP", "CDS", "CPTS"):
        said = records.get(("structures_open", None, kind))
        if said is None or kind not in atlas.facts["kinds"]:
            continue
        lines = [cell(said)["bounds"]]
        inside = records.get(("structures_in_qpv", "qpv", kind))
        if inside is not None:
            lines.append(T("dont {n} en QPV", "{n} of them in QPV", n=_say(inside)).say())
        near = records.get(("structures_near_qpv", f"proxy-{metres[0]}m", kind)) if metres else None
        if near is not None:
            text = T(
                "et {n} en QPV ou à moins de {m} m",
                "and {n} in QPV or less than {m} m away",
                n=_say(near),
                m=metres[0],
            )
            lines.append(text.say())
        label = structure_kinds()[kind].plural.say()
        yield {"kind": kind.lower(), "label": label, "value": _say(said), "lines": lines}
    without = records.get(("qpv_without_structure", "qpv", "MSP"))
    if without is not None:
        other = records.get(("qpv_without_structure", "qpv", "CDS"))
        lines = [cell(without)["bounds"]]
        if other is not None:
            text = T("{n} sans centre de santé", "{n} without a health centre", n=_say(other))
            lines.append(text.say())
        label = T("QPV sans maison de santé", "QPV without a maison de santé").say()
        yield {"kind": "qpv", "label": label, "value": _say(without), "lines": lines}


def _say(record: dict[str, Any]) -> str:
    return say_figure(record["value"], record["unit"])


def _headlines(atlas: Atlas, records: dict[Any, Any]) -> list[dict[str, Any]]:
    """Main figures of the study's territory at its main date, a row a measure."""
    known = measures()
    wanted = list(_HEADLINES)
    for metres in atlas.facts["quartier_vecu"]:
        wanted += [("structures_near_qpv", f"proxy-{metres}m")]
    wanted += [("structures_near_qpv", "declared"), ("qpv_without_structure", "qpv")]
    wanted += [("population_within_distance", "5km")]
    kinds = [kind for kind in ("MSP", "CDS") if kind in atlas.facts["kinds"]]
    rows = []
    for name, definition in wanted:
        by_kind = {
            kind: records[name, definition, kind]
            for kind in kinds
            if (name, definition, kind) in records
        }
        if not by_kind:
            continue
        rows.append(
            {
                "label": known[name].label.say(),
                "definition": "" if definition == "qpv" else say_definition(definition),
                "cells": [cell(by_kind.get(kind), told=True) for kind in kinds],
            }
        )
    return [{"kinds": [structure_kinds()[kind].plural.say() for kind in kinds]}, *rows]


def _smaller(atlas: Atlas) -> dict[str, Any]:
    """The territories one level below the study's, with their structures."""
    level = _LISTED.get(atlas.facts["territory"].partition(":")[0])
    layer = {"region": "regions", "departement": "departements", "epci": "epci"}.get(level or "")
    if layer is None or layer not in atlas.stored.layer_names():
        return {}
    figures = figure_records(
        atlas.stored.read_indicators(
            level=level, indicator=["structures_open", "structures_in_qpv"], as_of=atlas.as_of
        )
    )
    held = {(r["territory"], r["indicator"], r["kind"]): r for r in figures}
    kinds = [kind for kind in ("MSP", "CDS") if kind in atlas.facts["kinds"]]
    names = atlas.stored.read_layer(layer, columns=["territory", "name", "population"])
    columns = [
        *(("structures_open", kind) for kind in kinds),
        *(("structures_in_qpv", kind) for kind in kinds),
    ]
    rows = []
    for territory, name, people in zip(
        names["territory"], names["name"], names["population"], strict=True
    ):
        found = [held.get((territory, *column)) for column in columns]
        if any(record is not None for record in found):
            rows.append(
                {
                    "territory": territory,
                    "name": territory if name is None or name != name else name,
                    "people": say_number(None if people != people else float(people), decimals=0),
                    "cells": [cell(record, told=True) for record in found],
                }
            )
    plural = {kind: structure_kinds()[kind].plural.say() for kind in kinds}
    heads = [plural[kind] for kind in kinds]
    heads += [T("{k} en QPV", "{k} in QPV", k=plural[kind]).say() for kind in kinds]
    return {"heads": heads, "rows": sorted(rows, key=lambda row: str(row["name"]))}


def cell(record: dict[str, Any] | None, *, told: bool = False) -> dict[str, str]:
    """One figure as a page says it: value and, in words, its bounds.

    ``told``: the page has said elsewhere how many positions have no known precision.
    """
    if record is None:
        return {"value": "", "bounds": ""}
    unit = record["unit"]
    if record["low"] is not None and record["high"] is not None:
        bounds = (
            ""
            if record["low"] == record["high"]
            else T(
                "entre {low} et {high}",
                "between {low} and {high}",
                low=say_figure(record["low"], unit),
                high=say_figure(record["high"], unit),
            ).say()
        )
    elif record["unknown_precision"] and told:
        bounds = "± ?"
    elif record["unknown_precision"]:
        bounds = T(
            "{n} positions sans précision connue",
            "{n} positions of unknown precision",
            n=record["unknown_precision"],
        ).say()
    else:
        bounds = ""
    return {"value": say_figure(record["value"], unit), "bounds": bounds}
