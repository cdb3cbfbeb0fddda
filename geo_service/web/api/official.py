"""Official figures: the series, and the rows of one."""

from __future__ import annotations

from typing import Any

from flask import Response

from ...core.i18n import T
from ...official import official as find
from ...official import official_series, targets
from ...official.records import head_record, series_record, target_record
from ...official.series import KINDS, QUALIFIERS, UNITS
from ...official.strict import STATUSES
from .operations import address, encode, link, listed, operation, reply
from .schemas import Schema, add_schemas, list_of, maybe, page_of, record


@add_schemas
def _schemas() -> dict[str, Schema]:
    text: Schema = {"type": "string"}
    day: Schema = {"type": "string", "format": "date"}
    texts: Schema = {"type": "array", "items": text}
    kind: Schema = {"type": ["string", "null"], "enum": [*KINDS, None]}
    unit: Schema = {"type": "string", "enum": list(UNITS)}
    status: Schema = {"type": "string", "enum": list(STATUSES)}
    head: dict[str, Schema] = {
        **dict.fromkeys(
            ("name", "label", "measure", "perimeter", "perimeter_label", "scope"), text
        ),
        **dict.fromkeys(("producer", "reference"), text),
        "kind": kind,
        "unit": unit,
        "checked": day,
        "rows": {"type": "integer", "minimum": 1},
        "links": list_of("Link"),
    }
    value: dict[str, Schema] = {
        "territory": text,
        "date": day,
        "item": maybe("string"),
        "value": maybe("number", T("Nulle : non donnée", "Null: not given")),
        "qualifier": {"type": "string", "enum": list(QUALIFIERS)},
        "qualifier_said": text,
        "note": maybe("string"),
        "status": status,
        "status_said": text,
        "reference": text,
        "said": maybe("string", T("Date telle qu'imprimée", "Date as printed")),
    }
    printed: dict[str, Schema] = {
        "printed": {"type": "number"},
        "expected_low": maybe("number"),
        "expected_high": maybe("number"),
        "follows": maybe("boolean"),
        "equals": texts,
        "reason": text,
    }
    apart = record({"name": text, "label": text, "reasons": texts, "clashes": texts})
    target: dict[str, Schema] = {
        **dict.fromkeys(("name", "label", "territory", "said", "producer", "reference"), text),
        "kind": kind,
        "unit": unit,
        "value": {"type": "number"},
        "additional": maybe("number"),
        "date": day,
        "baseline_date": maybe("string", format="date"),
        "baseline_value": maybe("number"),
        "measured_by": texts,
        "status": status,
        "status_said": text,
        "note": maybe("string"),
    }
    return {
        "OfficialHead": record(head),
        "OfficialValue": record(value),
        "OfficialTarget": record(target),
        "OfficialPage": page_of("OfficialHead", targets=list_of("OfficialTarget")),
        "OfficialSeries": record(
            {
                **head,
                "values": list_of("OfficialValue"),
                "printed": {"anyOf": [record(printed), {"type": "null"}]},
                "apart": {"type": "array", "items": apart},
            }
        ),
    }


@operation(
    "/officiel",
    T("Séries officielles", "Official series"),
    about=T(
        "Chiffres publiés, une série par mesure et par périmètre, et les cibles publiées. Deux "
        "périmètres ne sont jamais dans une même série.",
        "Published figures, a series a measure and perimeter, and the published targets. Two "
        "perimeters are never in one series.",
    ),
    takes=("kind", "limit", "page"),
    gives="OfficialPage",
)
def officiel(asked: dict[str, Any]) -> Response:
    """The official series and targets."""

    def made() -> bytes:
        items = [
            {**head_record(one), "links": [link("item", address(f"/officiel/{one.name}"))]}
            for one in official_series().values()
            if asked["kind"] in (None, one.kind)
        ]
        aims = [
            target_record(one) for one in targets().values() if asked["kind"] in (None, one.kind)
        ]
        return listed(asked, items, targets=aims)

    return reply(made)


@operation(
    "/officiel/<name>",
    T("Une série officielle", "One official series"),
    about=T(
        "Les lignes d'une série, ce à quoi elle ne se joint pas, et pour une progression imprimée "
        "si elle découle des chiffres.",
        "The rows of a series, what it must not be joined to, and for a printed increase whether "
        "it follows from the figures.",
    ),
    gives="OfficialSeries",
    path_parameters={
        "name": (T("Nom d'une série", "Name of a series"), "mesure9_msp_qpv"),
    },
    unknown=True,
)
def serie_officielle(_: dict[str, Any], name: str) -> Response:
    """One official series with its rows."""

    def made() -> bytes:
        found = series_record(find(name))
        return encode({**found, "links": [link("self", address())]})

    return reply(made)
