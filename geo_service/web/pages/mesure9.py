"""Mesure 9: the table of the progress note, the official figures beside, maps, disagreements."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response, abort, g, request, url_for

from ...core.errors import UnknownNameError
from ...core.i18n import T, say_date, say_number, say_share
from ...exchange.records_csv import records_csv
from ...exporting import credit_of, find_format, map_credit, table_credit
from ...mesure9 import (
    BOTH,
    MAP_SOURCE,
    MEASURES,
    Figure,
    definition_label,
    disagreements,
    in_or_near,
    map_layers,
    mesure9,
    official_figures,
    place_label,
    scope_label,
    why_different,
)
from ...mesure9.disagreements import STATES, WHAT
from ...mesure9.records import ROW_FIELDS, row_record
from ...mesure9.table import FIELDS
from ...outputs.folium_map import map_html
from ...progression.words import say_change
from ...rules import structure_kinds
from ..answers import answer
from ..api.mesure9 import NUMBERS
from ..api.territories import territories_of
from ..protection import policy
from ..served import served
from . import kept_page
from .mesure9_words import TEXTS

PAGE = Blueprint("mesure9", __name__)
_MOST_ROWS = 200
_KINDS = ("MSP", "CDS")


@PAGE.get("/mesure-9", endpoint="mesure9")
def note() -> Response:
    """The table, computed, with all that goes beside it."""
    return kept_page("mesure9.html", _values, TEXTS)


@PAGE.get("/mesure-9.csv")
def csv() -> Response:
    """The table as CSV."""

    def made() -> bytes:
        source = table_credit(served().atlas).say()
        return records_csv(FIELDS, _table().records(), numbers=NUMBERS, source=source)

    return _file(("mesure9", *_asked()), made, "mesure-9.csv")


@PAGE.get("/mesure-9/ecarts.csv")
def ecarts() -> Response:
    """The disagreements as CSV; none where nothing is declared: an empty file would say "none"."""

    def made() -> bytes:
        territory, _ = _asked()
        rows = disagreements(served().atlas.stored, territory=territory).rows
        if rows is None:
            raise UnknownNameError(
                T(
                    "Aucune déclaration d'ARS à cette date : les écarts sont inconnus.",
                    "No ARS declaration at that date: the disagreements are unknown.",
                )
            )
        numbers = ("threshold", "metres", "low", "high", "lon", "lat")
        return records_csv(
            ROW_FIELDS, [row_record(one) for one in rows], numbers=numbers, source=_credit()
        )

    return _file(("ecarts", *_asked()), made, "mesure-9-ecarts.csv")


@PAGE.get("/mesure-9/<kind>.geojson")
def lieux(kind: str) -> Response:
    """Structures of one kind in or near QPV, as GeoJSON with source and licence."""
    _require_kind(kind)

    def made() -> bytes:
        import tempfile
        from pathlib import Path

        atlas = served().atlas
        table = in_or_near(atlas.stored, kind)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "structures.geojson"
            credit = credit_of(atlas, table, "structures")
            find_format("geojson").write(
                table, path, credit=credit, language=g.language, name="structures"
            )
            return path.read_bytes()

    name = f"{kind.lower()}-en-qpv-et-a-cote.geojson"
    return _file(("mesure9 places", kind), made, name, "application/geo+json")


@PAGE.get("/mesure-9/carte/<kind>")
def carte(kind: str) -> Response:
    """The map of one kind in or near QPV, framed by the page above."""
    _require_kind(kind)

    def made() -> str:
        atlas = served().atlas
        title = TEXTS["map_of"].with_values(kind=_plural(kind)).say()
        return map_html(
            map_layers(atlas.stored, kind),
            facts={**atlas.facts, "subject": title},
            credit_line=map_credit(atlas),
            language=g.language,
        )

    text = served().keep(("mesure9 map", kind, g.language), made)
    return answer(
        ("mesure9 map", kind, g.language),
        lambda: text,
        mimetype="text/html",
        headers={"Content-Security-Policy": policy(page=text.encode(), framed="self")},
    )


def place_name(territory: str) -> str:
    """Name and id of a territory of the result."""
    held = territories_of(served()).records.get(territory, {})
    name = held.get("name")
    return f"{name} ({territory})" if name else territory


def _file(key: tuple[Any, ...], make: Any, name: str, mimetype: str = "text/csv") -> Response:
    return answer(
        (*key, g.language),
        make,
        mimetype=mimetype,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _require_kind(kind: str) -> None:
    if kind not in _KINDS:
        raise UnknownNameError(
            T("« {it} » n'est pas une nature.", "“{it}” is no kind.", it=kind[:40]), known=_KINDS
        )


def _credit() -> str:
    return map_credit(served().atlas).say()


def _plural(kind: str) -> str:
    return structure_kinds()[kind].plural.say()


def _asked() -> tuple[str | None, str | None]:
    """Territory and scope of the request."""
    scope = request.args.get("scope") or None
    if scope not in (None, "all", "pluri"):
        abort(400)
    written = request.args.get("territory") or None
    return None if written is None else served().atlas.require_territory(written), scope


def _table() -> Any:
    territory, scope = _asked()
    held = [kind for kind in _KINDS if kind in served().atlas.facts["kinds"]]
    return mesure9(served().atlas.stored, territory=territory, scope=scope, kinds=held)


def _values() -> dict[str, Any]:
    atlas = served().atlas
    territory, scope = _asked()
    table = _table()
    shown = _shown_dates(table.dates)
    asked: dict[str, Any] = {"territory": territory, "scope": scope}
    asked = {name: value for name, value in asked.items() if value}
    place = {name: value for name, value in asked.items() if name == "territory"}
    kinds = [kind for kind in _KINDS if kind in atlas.facts["kinds"]]
    return {
        "place": place_name(table.territory),
        "asked_territory": territory or "",
        "asked_scope": scope or table.scope,
        "scope_said": scope_label(table.scope).say(),
        "dates": [say_date(day) for day in shown],
        "groups": _groups(table, shown),
        "definitions": [(name, definition_label(name).say()) for name in table.definitions],
        "notes": [note.say() for note in table.notes],
        "unsure": _unsure(table),
        "reasons": [reason.say() for reason in why_different(table)],
        "published": _published(),
        "map_source": MAP_SOURCE.say(),
        "maps": [_map(kind) for kind in kinds],
        "gaps": _gaps(territory),
        "credit": _credit(),
        "data": f"{request.script_root}/api/v1/mesure-9",
        "csv": url_for("mesure9.csv", **asked),
        "ecarts": url_for("mesure9.ecarts", **place),
    }


def _shown_dates(dates: tuple[dt.date, ...]) -> list[dt.date]:
    """The last dates; a page holds six columns, the CSV all."""
    return list(dates[-6:])


def _groups(table: Any, dates: list[dt.date]) -> list[dict[str, Any]]:
    """The table by kind: a row a measure, a cell a date."""
    groups: dict[str, dict[tuple[str, str | None], list[dict[str, str]]]] = {}
    for one in table.figures:
        if one.date in dates:
            row = groups.setdefault(one.kind, {}).setdefault((one.measure, one.definition), [])
            row.append(_cell(one))
    kinds = structure_kinds()
    return [
        {
            "kind": kinds[kind].plural.say() if kind in kinds else "MSP + CDS",
            "code": kind,
            "rows": [
                {
                    "label": MEASURES[measure].say(),
                    "definition": "" if definition is None else definition_label(definition).say(),
                    "notes": list(dict.fromkeys(c["note"] for c in cells if c["note"])),
                    "cells": cells,
                }
                for (measure, definition), cells in rows.items()
            ],
        }
        for kind, rows in groups.items()
    ]


def _cell(one: Figure) -> dict[str, str]:
    share = one.measure.startswith("share_")

    def say(value: float | None) -> str:
        return say_share(value) if share else say_number(value, decimals=0)

    bounds = unsure = ""
    if one.low is not None and one.high is not None and one.low != one.high:
        bounds = TEXTS["bounds"].with_values(low=say(one.low), high=say(one.high)).say()
    elif one.value is not None and one.unknown_precision:
        unsure = TEXTS["unsure"].with_values(n=say_number(one.unknown_precision)).say()
    change = ""
    if one.change is not None and one.since is not None:
        said = _points(one.change) if share else say_change(one.change)
        if one.change_share is not None and one.change:
            said += f" ({say_change(round(100 * one.change_share, 1))} %)"
        change = said
    return {
        "value": say(one.value),
        "bounds": bounds,
        "unsure": unsure,
        "change": change,
        "note": one.note or "",
    }


def _unsure(table: Any) -> str:
    """What the sign beside figures without bounds means, with the largest number concerned."""
    most = max((one.unknown_precision for one in table.figures), default=0)
    return TEXTS["unsure"].with_values(n=say_number(most)).say() if most else ""


def _points(change: float) -> str:
    return f"{say_change(round(100 * change, 1))} pt"


def _published() -> list[dict[str, Any]]:
    rows = []
    for one in official_figures():
        label = MEASURES.get(one.measure, TEXTS["increase"]).say()
        rows.append(
            {
                "kind": "MSP + CDS" if one.kind == BOTH else one.kind,
                "label": label,
                "said": one.said,
                "value": say_number(one.value, decimals=0)
                if one.value is not None
                else TEXTS["not_given"].say(),
                "producer": one.producer,
                "reference": one.reference,
                "note": one.note.say() if one.note else "",
            }
        )
    return rows


def _map(kind: str) -> dict[str, Any]:
    table = in_or_near(served().atlas.stored, kind)
    order = list(dict.fromkeys(["in", "declared", *sorted(set(table["place"]))]))
    rank = table["place"].map(_rank(order))
    table = table.assign(rank=rank).sort_values(["rank", "name"], kind="stable")
    counts = table["place"].value_counts()
    layers = ["qpv_2024", "qpv_2015", "quartier_vecu_300", "departements", kind, "names"]
    return {
        "kind": kind,
        "title": TEXTS["map_of"].with_values(kind=_plural(kind)).say(),
        "counts": [
            (place_label(name).say(), say_number(int(counts[name])))
            for name in order
            if name in counts
        ],
        "rows": [
            {
                "finess": None if row.finess != row.finess else row.finess,
                "name": "" if row.name_ != row.name_ else row.name_,
                "commune": "" if row.commune != row.commune else row.commune,
                "place": place_label(row.place).say(),
                "code": row.place,
            }
            for row in table.rename(columns={"name": "name_"}).head(_MOST_ROWS).itertuples()
        ],
        "total": len(table),
        "service": f"{url_for('carte.carte')}#couches={','.join(sorted(layers))}",
    }


def _rank(order: list[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(order)}


def _gaps(territory: str | None) -> dict[str, Any]:
    listed = disagreements(served().atlas.stored, territory=territory)
    if listed.rows is None:
        return {"known": False}
    rows = [
        {
            "id": one.structure_id,
            "name": one.name or "",
            "kind": one.kind or "",
            "what": WHAT[one.what].with_values(metres=one.threshold).say(),
            "state": STATES[one.state].say(),
            "sure": one.state == "sure",
            "metres": "" if one.metres is None else f"{say_number(one.metres, decimals=0)} m",
            "bounds": _between(one.low, one.high),
            "qpv": one.qpv or "",
        }
        for one in listed.rows
    ]
    return {
        "known": True,
        "declared": TEXTS["gaps_declared"]
        .with_values(n=say_number(listed.declared), date=say_date(listed.as_of))
        .say(),
        "sure": [row for row in rows if row["sure"]],
        "unsure": [row for row in rows if not row["sure"]],
        "most": _MOST_ROWS,
    }


def _between(low: float | None, high: float | None) -> str:
    if low is None or low == high:
        return ""
    return TEXTS["bounds"].with_values(
        low=say_number(low, decimals=0), high="∞" if high is None else say_number(high, decimals=0)
    ).say()  # fmt: skip
