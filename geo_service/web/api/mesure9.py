"""Mesure 9: the table, the official figures beside, the disagreements with a declared list."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from ...core.i18n import T
from ...exchange.records_csv import records_csv
from ...exporting import table_credit
from ...mesure9 import definition_label, disagreements, mesure9, official_figures, why_different
from ...mesure9.records import disagreements_record, official_records
from ...mesure9.table import FIELDS
from ..served import Served, served
from . import zone
from .operations import address, encode, link, operation, reply
from .parameters import add_parameters, choice
from .schemas import Schema, add_schemas, list_of, maybe, record

add_parameters(
    choice(
        "scope",
        T(
            "Centres comptés : all (mono et pluriprofessionnels) ou pluri ; sinon ceux du résultat",
            "Centres counted: all (mono- and pluriprofessional) or pluri; else those of the result",
        ),
        ("all", "pluri"),
    ),
)
_NEEDS = zone
"""Its parameter ``date`` is taken here too."""
_TEXTS = ("kind", "measure", "definition", "date", "since", "note")
NUMBERS = frozenset(FIELDS) - frozenset(_TEXTS)


def table_of(result: Served, territory: str | None, scope: str | None) -> Any:
    """The table of mesure 9 of the result being served."""
    return mesure9(result.atlas.stored, territory=_place(result, territory), scope=scope)


def _place(result: Served, written: str | None) -> str | None:
    return None if written is None else result.atlas.require_territory(written)


def to_csv(rows: list[dict[str, Any]]) -> bytes:
    """The figures as CSV; what a spreadsheet would run as a formula is escaped."""
    return records_csv(FIELDS, rows, numbers=NUMBERS, source=table_credit(served().atlas).say())


@operation(
    "/mesure-9",
    T("Mesure 9", "Mesure 9"),
    about=T(
        "Structures en QPV et en quartier vécu (déclaré ou à distance), total, parts et "
        "progression, à chaque date ; les chiffres publiés à côté, jamais mêlés.",
        "Structures in QPV and in quartier vécu (declared or by distance), total, shares and "
        "progression, at each date; the published figures beside, never mixed.",
    ),
    takes=("territory", "scope"),
    gives={"json": "Mesure9", "csv": "Mesure9Csv"},
    unknown=True,
)
def mesure_9(asked: dict[str, Any]) -> Response:
    """The table of the progress note."""
    form = asked["f"]

    def made() -> bytes:
        table = table_of(served(), asked["territory"], asked["scope"])
        if form == "csv":
            return to_csv(table.records())
        return encode(
            {
                "territory": table.territory,
                "scope": table.scope,
                "definitions": [
                    {"name": one, "label": definition_label(one).say()} for one in table.definitions
                ],
                "figures": table.records(),
                "official": official_records(official_figures()),
                "why_different": [reason.say() for reason in why_different(table)],
                "notes": [note.say(g.language) for note in table.notes],
                "links": [link("self", address()), link("related", address("/mesure-9/ecarts"))],
            }
        )

    return reply(made, form)


@operation(
    "/mesure-9/ecarts",
    T("Écarts avec la liste déclarée", "Disagreements with the declared list"),
    about=T(
        "Structures déclarées en quartier vécu mais éloignées, ou proches mais non déclarées, avec "
        "les distances ; items est nul où rien n'est déclaré à cette date.",
        "Structures declared in quartier vécu but far, or near but not declared, with distances; "
        "items is null where nothing is declared at that date.",
    ),
    takes=("territory", "date"),
    gives="Disagreements",
    unknown=True,
)
def mesure_9_ecarts(asked: dict[str, Any]) -> Response:
    """Declarations held against distances."""

    def made() -> bytes:
        result = served()
        listed = disagreements(
            result.atlas.stored,
            as_of=asked["date"],
            territory=_place(result, asked["territory"]),
        )
        return encode({**disagreements_record(listed), "links": [link("self", address())]})

    return reply(made)


@add_schemas
def _schemas() -> dict[str, Schema]:
    text: Schema = {"type": "string"}
    texts: Schema = {"type": "array", "items": text}
    day_: Schema = {"type": "string", "format": "date"}
    numbers = ("value", "low", "high", "change", "change_low", "change_high", "change_share")
    figure = {
        "kind": text,
        "measure": text,
        "definition": maybe("string"),
        "date": day_,
        **{name: maybe("number") for name in numbers},
        "unknown_precision": {"type": "integer", "minimum": 0},
        "since": maybe("string", format="date"),
        "note": maybe("string"),
    }
    official = {
        **dict.fromkeys(("kind", "measure", "said", "series", "producer", "reference"), text),
        "date": day_,
        "value": maybe(
            "number", T("Nul : non publié, et non zéro", "Null: not published, not zero")
        ),
        "note": maybe("string"),
    }
    row = {
        **dict.fromkeys(("what", "said", "state", "structure_id"), text),
        "threshold": maybe("integer"),
        **{name: maybe("string") for name in ("name", "kind", "commune", "qpv")},
        **{name: maybe("number") for name in ("metres", "low", "high", "lon", "lat")},
    }
    return {
        "Mesure9Figure": record(figure),
        "OfficialFigure": record(official),
        "Disagreement": record(row),
        "Mesure9Csv": text,
        "Mesure9": record(
            {
                "territory": text,
                "scope": text,
                "definitions": {"type": "array", "items": record({"name": text, "label": text})},
                "figures": list_of("Mesure9Figure"),
                "official": list_of("OfficialFigure"),
                "why_different": texts,
                "notes": texts,
                "links": list_of("Link"),
            }
        ),
        "Disagreements": record(
            {
                "as_of": day_,
                "metres": {"type": "array", "items": {"type": "integer"}},
                "declared": maybe("integer"),
                "polygons": {"type": "boolean"},
                "items": {"anyOf": [list_of("Disagreement"), {"type": "null"}]},
                "links": list_of("Link"),
            }
        ),
    }
