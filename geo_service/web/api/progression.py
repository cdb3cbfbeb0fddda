"""Progression taken apart, the QPV of 2015 and of 2024, and the state of structures at a date."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Response

from ...core.i18n import T
from ...exchange.records_csv import records_csv
from ...exporting import table_credit
from ...progression import PARTS, STATES, Comparison, against_suffixes, correspondence_of, states_of
from ...progression.perimeters import COLUMNS, RELATIONS, Correspondence
from ...progression.records import (
    correspondence_records,
    progression_record,
    suffix_record,
)
from ..served import Served, served
from . import mesure9, zone
from .operations import address, encode, link, operation, reply
from .parameters import add_parameters, day, words
from .schemas import Schema, add_schemas, list_of, maybe, record, ref

add_parameters(
    day("since", T("Première date, n'importe laquelle", "First date, any"), required=True),
    day("until", T("Seconde date, n'importe laquelle", "Second date, any"), required=True),
    words(
        "where",
        T(
            "Où compter : everywhere, qpv, declared, proxy-300m (en QPV ou à moins de 300 m), ou "
            "class-ZIP, class-ZIP+ZAC (où le zonage a l'une de ces classes)",
            "Where to count: everywhere, qpv, declared, proxy-300m (in a QPV or within 300 m), or "
            "class-ZIP, class-ZIP+ZAC (where the zoning has one of these classes)",
        ),
        examples=("qpv",),
    ),
)
_NEEDS = (mesure9, zone)
"""Their parameters ``scope``, ``date`` and ``assume_undated`` are taken here too."""
_NUMBERS = frozenset(name for name in COLUMNS if not name.startswith(("code", "name", "relation")))


def comparison_of(result: Served) -> Comparison:
    """The register of the result being served, read once."""
    return result.keep("progression", lambda: Comparison(result.atlas.stored))


def correspondence_kept(result: Served) -> Correspondence:
    """The QPV of both generations held against one another, once."""
    return result.keep("qpv 2015 2024", lambda: correspondence_of(result.atlas.stored))


def correspondence_csv(found: Correspondence) -> bytes:
    """The correspondence as CSV; what a spreadsheet would run as a formula is escaped."""
    return records_csv(
        COLUMNS,
        correspondence_records(found),
        numbers=_NUMBERS - {"people_basis"},
        source=table_credit(served().atlas).say(),
    )


@operation(
    "/progression",
    T("Progression décomposée", "Progression taken apart"),
    about=T(
        "L'évolution d'un compte entre deux dates, partagée exactement : ouvertures, fermetures, "
        "déménagements, changements de nature, de périmètre, indéterminé ; avec les structures. "
        "La plus ancienne des deux dates est la première, quel que soit leur ordre.",
        "The change in a count between two dates, split exactly: opened, closed, moved, "
        "reclassified, perimeter changed, undetermined; with the structures. The earlier of the "
        "two dates is the first, whatever the order they are given in.",
    ),
    takes=("since", "until", "territory", "kind", "where", "scope", "assume_undated"),
    gives="Progression",
    unknown=True,
)
def progression(asked: dict[str, Any]) -> Response:
    """The change in a count, by its causes."""

    def made() -> bytes:
        result = served()
        territory = asked["territory"]
        found = comparison_of(result).progression(
            since=min(asked["since"], asked["until"]),
            until=max(asked["since"], asked["until"]),
            territory=None if territory is None else result.atlas.require_territory(territory),
            kind=asked["kind"] or "MSP",
            within=asked["where"] or "everywhere",
            scope=asked["scope"],
            assume_undated=asked["assume_undated"],
        )
        return encode({**progression_record(found), "links": [link("self", address())]})

    return reply(made)


@operation(
    "/qpv-2015-2024",
    T("QPV 2015 et QPV 2024", "QPV 2015 and QPV 2024"),
    about=T(
        "Recouvrements des deux générations : parts de surface et de population, relation, et le "
        "suffixe des codes de 2024 mis en regard.",
        "Overlaps of the two generations: shares of area and of population, relation, and the "
        "suffix of the codes of 2024 held against it.",
    ),
    gives={"json": "Correspondence", "csv": "CorrespondenceCsv"},
    unknown=True,
)
def qpv_2015_2024(asked: dict[str, Any]) -> Response:
    """What became of each QPV of 2015."""
    form = asked["f"]

    def made() -> bytes:
        found = correspondence_kept(served())
        if form == "csv":
            return correspondence_csv(found)
        return encode(
            {
                "identical_metres": found.identical_metres,
                "identical_share": found.identical_share,
                "least_share": found.least_share,
                "counts": found.counts,
                "suffixes": [suffix_record(check) for check in against_suffixes(found)],
                "links": [link("self", address())],
                "items": correspondence_records(found),
            }
        )

    return reply(made, form)


@operation(
    "/etats",
    T("Ouvertes et annoncées", "Open and announced"),
    about=T(
        "État de chaque structure à une date : ouverte, annoncée, ouverte plus tard, fermée, "
        "indéterminée. Annoncée se dit seulement d'un registre écrit à cette date ou avant.",
        "State of each structure at a date: open, announced, opened later, closed, undetermined. "
        "Announced is said only from a register written by that date.",
    ),
    takes=("date", "territory", "kind"),
    gives="States",
    unknown=True,
)
def etats(asked: dict[str, Any]) -> Response:
    """What was open at a date, and what was announced."""

    def made() -> bytes:
        result = served()
        territory = asked["territory"]
        day_ = asked["date"] or result.atlas.as_of
        table = states_of(
            result.atlas.stored,
            day_,
            territory=None if territory is None else result.atlas.require_territory(territory),
            kind=asked["kind"],
        )
        counts = Counter(table["state"])
        plain = table[["structure_id", "name", "kind", "state"]].astype("object")
        return encode(
            {
                "date": day_.isoformat(),
                "vintage": result.atlas.facts.get("structures_vintage"),
                "states": {name: counts.get(name, 0) for name in STATES},
                "links": [link("self", address())],
                "items": plain.where(plain.notna(), None).to_dict("records"),
            }
        )

    return reply(made)


@add_schemas
def _schemas() -> dict[str, Schema]:
    text: Schema = {"type": "string"}
    day_: Schema = {"type": "string", "format": "date"}
    texts: Schema = {"type": "array", "items": text}
    count: Schema = {"type": "integer", "minimum": 0}
    change: dict[str, Schema] = {
        "part": {"type": "string", "enum": list(PARTS)},
        "sign": {"type": "integer"},
        "reason": text,
        "structure_id": text,
        **{name: maybe("string") for name in ("name", "commune")},
        "kind": text,
        "opened": maybe("string", format="date"),
        "closed": maybe("string", format="date"),
        "lon": maybe("number"),
        "lat": maybe("number"),
        "register": {"type": "string", "enum": ["first", "second"]},
    }
    found: dict[str, Schema] = {
        **dict.fromkeys(("territory", "kind", "scope", "within"), text),
        "from": day_,
        "to": day_,
        "registers": {"type": "integer", "enum": [1, 2]},
        **{name: maybe("integer") for name in ("first", "last", "difference", "low", "high")},
        "share": maybe("number"),
        "unknown_precision": count,
        "parts": record(
            {
                part: maybe("integer", T("Nul : ne peut pas se voir", "Null: cannot be seen"))
                for part in PARTS
            }
        ),
        "stored": record({"first": maybe("number"), "last": maybe("number")}),
        "notes": texts,
        "structures": list_of("Change"),
        "ambiguous": {
            "type": "array",
            "items": record({"before": texts, "after": texts, "reason": text}),
        },
        "links": list_of("Link"),
    }
    row: dict[str, Schema] = {
        **{name: maybe("string") for name in COLUMNS if name not in _NUMBERS},
        **{name: maybe("number") for name in COLUMNS if name in _NUMBERS},
        "relation": {"type": "string", "enum": list(RELATIONS)},
        "people_basis": maybe("string"),
    }
    suffix: dict[str, Schema] = {
        "letter": text,
        "counted": count,
        "published": count,
        "reference": text,
        "by_overlap": {"type": "object", "additionalProperties": count},
        "disagreeing": texts,
    }
    number: Schema = {"type": "number"}
    return {
        "Change": record(change),
        "Progression": record(found),
        "CorrespondenceRow": record(row),
        "SuffixCheck": record(suffix),
        "CorrespondenceCsv": text,
        "Correspondence": record(
            {
                **dict.fromkeys(("identical_metres", "identical_share", "least_share"), number),
                "counts": record(dict.fromkeys(RELATIONS, count)),
                "suffixes": list_of("SuffixCheck"),
                "links": list_of("Link"),
                "items": list_of("CorrespondenceRow"),
            }
        ),
        "StateOfOne": record(
            {
                "structure_id": text,
                "name": maybe("string"),
                "kind": text,
                "state": {"type": "string", "enum": list(STATES)},
            }
        ),
        "States": record(
            {
                "date": day_,
                "vintage": maybe("string", format="date"),
                "states": record(dict.fromkeys(STATES, count)),
                "links": list_of("Link"),
                "items": {"type": "array", "items": ref("StateOfOne")},
            }
        ),
    }
