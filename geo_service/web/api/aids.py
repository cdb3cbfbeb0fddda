"""The aids and their rules, and which of them a project may have at a place and a date."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from flask import Response

from ...aids import (
    FACTS,
    ProjectFacts,
    aid_record,
    aids_in_force,
    answer_record,
    eligibility,
    find_aid,
    load_aids,
)
from ...aids.fact import Fact
from ...core.errors import SchemaError
from ...core.i18n import T, Text
from ...zoning import place_of
from ..served import served
from . import zone  # noqa: F401 - its parameters date and assume_undated are taken here too
from .operations import MEDIA, address, encode, link, operation, page_address, reply
from .parameters import Parameter, _date, _number, _one_of, _whole, add_parameters, words
from .schemas import Schema, add_schemas, list_of, maybe, record

_JSON: dict[str, Schema] = {
    "yes-no": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "number": {"type": "number"},
    "count": {"type": "integer"},
    "names": {
        "type": "string",
        "maxLength": 200,
        "pattern": "^[a-z0-9-]+(,[a-z0-9-]+)*$",
    },
}
_LONGEST = 200
_NAMES = re.compile(r"[a-z0-9-]+(,[a-z0-9-]+)*", re.ASCII)


def _schema(fact: Fact) -> Schema:
    if fact.kind == "choice":
        return {"type": "string", "enum": list(fact.choices)}
    schema = dict(_JSON[fact.kind])
    if fact.kind in ("number", "count"):
        schema |= {"minimum": int(fact.low), "maximum": int(fact.high)}
    return schema


def _about(fact: Fact) -> Text:
    if fact.kind == "names":
        return T(
            "{label}, séparés par des virgules ; none : aucun",
            "{label}, separated by commas; none",
            label=fact.label,
        )
    unit = f" ({fact.unit})" if fact.unit else ""
    return Text(fact.label.fr + unit, fact.label.en + unit)


def _reader(fact: Fact) -> Callable[[str], Any]:
    if fact.kind == "choice":
        return _one_of(*fact.choices)
    if fact.kind == "date":
        return _date
    if fact.kind == "number":
        return _number(fact.low, fact.high)
    if fact.kind == "count":
        return _whole(int(fact.low), int(fact.high))
    return _yes_no if fact.kind == "yes-no" else _names


def _yes_no(text: str) -> bool:
    return _one_of("true", "false")(text) == "true"


def _names(text: str) -> tuple[str, ...]:
    if len(text) > _LONGEST or not _NAMES.fullmatch(text):
        raise ValueError(text)
    return () if text == "none" else tuple(text.split(","))


add_parameters(
    words(
        "as_region",
        T(
            "Code de la région dont les règles sont essayées, comme hypothèse (53 : Bretagne)",
            "Code of the region whose rules are tried, as a hypothesis (53: Bretagne)",
        ),
        examples=("53",),
    ),
    words("aid", T("Identifiant d'une aide", "Id of an aid"), examples=("cai",)),
    *(
        Parameter(name, _about(fact), fact.wanted, _schema(fact), _reader(fact))
        for name, fact in FACTS.items()
    ),
)


@add_schemas
def _schemas() -> dict[str, Schema]:
    text: Schema = {"type": "string"}
    texts: Schema = {"type": "array", "items": text}
    day: Schema = {"type": "string", "format": "date"}
    flag: Schema = {"type": "boolean"}
    number = maybe("number")
    answer: Schema = {"type": "string", "enum": ["yes", "no", "undetermined"]}
    version = {"valid_from": day, "valid_to": maybe("string", format="date"), "dates_note": text}
    rule: dict[str, Schema] = {
        **dict.fromkeys(("id", "label", "summary", "scope", "file"), text),
        "checked": day,
        "versions": {"type": "array", "items": record({**version, "references": texts})},
        "links": list_of("Link"),
    }
    condition: dict[str, Schema] = {
        **dict.fromkeys(("id", "label", "reason", "reference"), text),
        "answer": answer,
        "counterpart": flag,
        "readings": texts,
    }
    amount: dict[str, Schema] = {
        **dict.fromkeys(("id", "label", "unit", "calculation", "cap", "reference"), text),
        "applies": answer,
        **dict.fromkeys(("value", "low", "high"), number),
        "note": maybe("string"),
    }
    cumulation: dict[str, Schema] = {
        **dict.fromkeys(("with", "label", "relation_label", "reason", "reference"), text),
        "relation": {"type": "string", "enum": ["compatible", "exclusive", "not-stated"]},
    }
    decision: dict[str, Schema] = {
        **dict.fromkeys(("aid", "label", "scope", "status_label", "beneficiary", "duration"), text),
        "as_of": day,
        "valid_from": day,
        "valid_to": maybe("string", format="date"),
        "status": {"type": "string", "enum": ["eligible", "not-eligible", "undetermined"]},
        "conditions": {"type": "array", "items": record(condition)},
        "rank": maybe("integer"),
        "possible_ranks": {"type": "array", "items": {"type": "integer"}},
        "amounts": {"type": "array", "items": record(amount)},
        "missing": {
            "type": "array",
            "items": record({"fact": text, "question": text, "decides": flag}),
        },
        "renewal": {"type": "string", "enum": ["none", "tacit", "not-stated"]},
        **dict.fromkeys(("counterparts", "procedure", "notes", "references"), texts),
        "cumulation": {"type": "array", "items": record(cumulation)},
        "readings": {"type": "array", "items": record({"id": text, "text": text})},
        "hypothesis": maybe("string"),
    }
    place: dict[str, Schema] = {
        **dict.fromkeys(("lon", "lat", "metres_to_qpv"), number),
        **{
            name: maybe("string")
            for name in ("zone_class", "zone_basis", "zone_reason", "qpv", "commune")
        },
        "departement": maybe("string"),
        "region": maybe("string"),
        "possible_classes": texts,
        "in_qpv": maybe("boolean"),
        "island": maybe("boolean"),
    }  # fmt: skip
    listed = {"total": {"type": "integer", "minimum": 0}, "links": list_of("Link")}
    return {
        "AidRule": record(rule),
        "AidRules": record({**listed, "items": list_of("AidRule")}),
        "AidDecision": record(decision),
        "Eligibility": record(
            {
                "as_of": day,
                "place": record(place),
                "facts": {"type": "object"},
                **listed,
                "note": maybe("string"),
                "aids": list_of("AidDecision"),
            }
        ),
    }  # fmt: skip


@operation(
    "/aides",
    T("Aides et leurs règles", "Aids and their rules"),
    about=T(
        "Les aides que le service connaît : territoire, versions datées, références, date de "
        "vérification. Avec une date, celles qui sont en vigueur ce jour-là.",
        "The aids that the service knows: territory, dated versions, references, date of checking. "
        "With a date, those in force on that day.",
    ),
    takes=("date",),
    gives="AidRules",
)
def aides(asked: dict[str, Any]) -> Response:
    """The list, whole."""
    return reply(lambda: encode(_listed(asked["date"])))


def _listed(date: dt.date | None) -> dict[str, Any]:
    known = load_aids() if date is None else aids_in_force(date)
    items = [
        {
            **aid_record(aid),
            "links": [link("alternate", page_address(f"/aides/{aid.id}"), kind="text/html")],
        }
        for aid in known
    ]
    return {"total": len(items), "links": [link("self", address())], "items": items}


@operation(
    "/aides/eligibilite",
    T("Aides ouvertes à un projet", "Aids open to a project"),
    about=T(
        "Pour chaque aide en vigueur à la date : éligible, non éligible ou indéterminé, la raison "
        "de chaque condition, le montant ou ses bornes, ce qui manque pour décider, le cumul. "
        "Chaque fait du projet est facultatif ; un fait absent est inconnu, jamais « non ». Rien "
        "n'est gardé de ce qui est demandé.",
        "For each aid in force at the date: eligible, not eligible or undetermined, the reason of "
        "each condition, the amount or its bounds, what is missing to decide, cumulation. Each "
        "fact of the project is optional; an absent fact is unknown, never “no”. Nothing of what "
        "is asked is kept.",
    ),
    takes=("lon", "lat", "date", "assume_undated", "as_region", "aid", *FACTS),
    gives="Eligibility",
    unknown=True,
)
def eligibilite(asked: dict[str, Any]) -> Response:
    """The decisions about one project; the answer is too short-lived to be kept.

    Facts that contradict one another decide nothing: the answer then holds no decision and says so.

    Raises
    ------
    UnknownNameError
        No such aid.
    """
    atlas = served().atlas
    as_of = asked["date"] or atlas.as_of
    known = load_aids() if asked["aid"] is None else (find_aid(asked["aid"]),)
    place = place_of(
        atlas.stored, asked["lon"], asked["lat"], as_of, assume_undated=asked["assume_undated"]
    )
    told: dict[str, Any] = {}
    facts, decisions = ProjectFacts(), []
    try:
        facts = ProjectFacts(**{name: asked[name] for name in FACTS})
        decisions = eligibility(facts, as_of, place=place, aids=known, as_region=asked["as_region"])
    except SchemaError as error:
        told["note"] = error.say()
    content = {
        **answer_record(facts, place, as_of, decisions),
        **told,
        "links": [
            link("self", address()),
            link("alternate", page_address("/aides"), kind="text/html"),
        ],
    }
    headers = [("Cache-Control", "no-store")]
    if asked["lang"] is None:
        headers.append(("Vary", "Accept-Language"))
    return Response(encode(content), mimetype=MEDIA["json"], headers=headers)
