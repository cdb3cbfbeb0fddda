"""What the pages about aids show: the form, the answer, the fiche of a rule."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import g, request, url_for
from werkzeug.datastructures import MultiDict

from ...aids import (
    ANSWER_LABELS,
    FACTS,
    SECTIONS,
    STATUS_LABELS,
    Aid,
    Decision,
    ProjectFacts,
    aids_in_force,
    contract_pairs,
    cumulation_table,
    eligibility,
    load_aids,
    sheet,
)
from ...aids.deciding import Question, say_none_in_force
from ...aids.fact import Fact
from ...aids.telling import say_amount_found, say_place, say_rank, span_of
from ...core.errors import SchemaError
from ...core.i18n import T, say_date
from ...core.place import Place
from ...exporting import map_credit
from ...official.names import named_region
from ..served import served
from .aides_words import TEXTS

_BADGES = {"eligible": "in", "undetermined": "unsure", "not-eligible": "out"}
_ANSWER_BADGES = {"yes": "in", "undetermined": "unsure", "no": "out"}
_ORDER = ("eligible", "undetermined", "not-eligible")
_STEP = {"share": "0.1", "FTE": "0.05"}
LONGEST = 200
"""Characters of a text at most."""
OTHERS = ("lon", "lat", "date", "as_region", "assume_undated")
"""Parameters that are no facts."""


@dataclass(frozen=True)
class Asked:
    """What a visitor asks about."""

    place: Place
    as_of: dt.date
    facts: ProjectFacts
    as_region: str | None
    decisions: list[Decision]


def text_of(given: MultiDict[str, str], name: str) -> str:
    """The text of a parameter; several boxes of one name are one list."""
    texts = [text for text in given.getlist(name) if text.strip()]
    if FACTS.get(name) and FACTS[name].kind == "names":
        named = [text for text in texts if text != "none"]
        texts = [",".join(named)] if named else texts[:1]
    text = texts[0] if texts else ""
    if len(text) > LONGEST:
        raise SchemaError(T("Ce texte est trop long.", "This text is too long."), field=name)
    return text


def regions_of_rules() -> list[tuple[str, str]]:
    """Code and name of the regions that have rules."""
    scopes = {aid.scope.partition(":")[2] for aid in load_aids() if aid.scope.startswith("region:")}
    return [(code, named_region(code)) for code in sorted(scopes)]


# What is shown ------------------------------------------------------------------------------------


def form(given: MultiDict[str, str]) -> dict[str, Any]:
    """The form, with what was given in its fields, and the list of rules."""
    return {
        "message": "",
        "asked": {name: given.get(name, "")[:LONGEST] for name in OTHERS},
        "regions": regions_of_rules(),
        "main_date": served().atlas.as_of.isoformat(),
        "sections": [
            {
                "name": section,
                "label": label.say(),
                "fields": [
                    _field(fact, given) for fact in FACTS.values() if fact.section == section
                ],
            }
            for section, label in SECTIONS.items()
        ],
        "known": _known(load_aids()),
        "credit": map_credit(served().atlas).say(),
    }


def _field(fact: Fact, given: MultiDict[str, str]) -> dict[str, Any]:
    choices = [(name, label.say()) for name, label in fact.choices.items()]
    if fact.kind == "yes-no":
        choices = [("true", T("oui", "yes").say()), ("false", T("non", "no").say())]
    elif fact.kind == "names":
        scoped = [aid for aid in load_aids() if aid.scope != "france"]
        choices = [("none", T("aucun", "none").say())]
        choices += [(aid.id, aid.label.say()) for aid in scoped]
    number = fact.kind in ("number", "count")
    return {
        "name": fact.name,
        "label": fact.label.say(),
        "kind": fact.kind,
        "choices": choices,
        "values": [text[:LONGEST] for text in given.getlist(fact.name) if text.strip()],
        "unit": fact.said_unit.say() if fact.unit else "",
        "low": f"{fact.low:g}" if number else None,
        "high": f"{fact.high:.0f}" if number else None,
        "step": "1" if fact.kind == "count" else _STEP.get(fact.unit or "", "any"),
    }


def _known(aids: tuple[Aid, ...]) -> list[dict[str, Any]]:
    return [
        {
            "label": aid.label.say(),
            "summary": aid.summary.say(),
            "scope": _scope(aid),
            "dates": span_of(aid),
            "url": url_for("aides.aide", name=aid.id),
        }
        for aid in aids
    ]


def _scope(aid: Aid) -> str:
    level, _, code = aid.scope.partition(":")
    if level == "france":
        return T("France", "France").say()
    return named_region(code) if level == "region" else T("Dép. {it}", "Dép. {it}", it=code).say()


def answer(asked: Asked) -> dict[str, Any]:
    """The decisions as the page shows them: eligible first."""
    query = urlencode(
        [(k, v) for k, v in request.args.items(multi=True) if v.strip() and k != "lang"]
    )
    groups = [
        {
            "status": status,
            "title": TEXTS[f"title_{status.replace('-', '_')}"].say(),
            "decisions": [_told(it) for it in asked.decisions if it.status == status],
        }
        for status in _ORDER
    ]
    at = say_date(asked.as_of, g.language)
    regional = [aid for aid in aids_in_force(asked.as_of) if aid.scope != "france"]
    given = [(FACTS[k].label.say(), FACTS[k].say(v).say()) for k, v in asked.facts.known.items()]
    return {
        **form(request.args),
        "at": at,
        "place": asked.place,
        "place_said": say_place(asked.place),
        "why": asked.place.zone_reason.say() if asked.place.zone_reason else "",
        "nothing": "" if asked.decisions else say_none_in_force(asked.as_of).say(),
        "groups": groups,
        "hypothesis": next((str(it.hypothesis) for it in asked.decisions if it.hypothesis), ""),
        "rows": [it for group in groups for it in group["decisions"]],
        "given": given,
        "cumulation": [
            {"a": a.label.say(), "b": b.label.say(), **_pair(pair)}
            for a, b, pair in cumulation_table(regional, asked.as_of)
            if pair.relation != "not-stated"
        ]
        + [
            {"a": label.say(), "b": pair.label.say(), **_pair(pair)}
            for _, label, pair in contract_pairs()
        ],
        "csv": f"{url_for('aides.table')}{'&' if 'lang' in request.args else '?'}{query}",
        "api": _api(asked),
    }


def _api(asked: Asked) -> str | None:
    """The same question to the API, which takes one place."""
    if asked.place.lon is None:
        return None
    given = {name: text_of(request.args, name).strip() for name in (*OTHERS, *FACTS)}
    query = urlencode({name: text for name, text in given.items() if text})
    return f"{request.script_root}/api/v1/aides/eligibilite?{query}"


def _pair(pair: Any) -> dict[str, str]:
    badges = {"compatible": "in", "exclusive": "out", "not-stated": "unsure"}
    return {
        "relation": pair.relation_label.say(),
        "badge": badges[pair.relation],
        "reason": pair.reason.say(),
        "reference": pair.reference,
    }


def _told(decision: Decision) -> dict[str, Any]:
    version = decision.version
    return {
        "id": decision.aid.id,
        "label": decision.aid.label.say(),
        "url": url_for("aides.aide", name=decision.aid.id),
        "scope": _scope(decision.aid),
        "status": STATUS_LABELS[decision.status].say(),
        "badge": _BADGES[decision.status],
        "rank": say_rank(decision),
        "conditions": [
            {
                "label": it.label.say(),
                "answer": ANSWER_LABELS[it.said].say(),
                "badge": _ANSWER_BADGES[it.said],
                "reason": it.reason.say(),
                "reference": it.reference,
                "counterpart": it.counterpart,
            }
            for it in decision.conditions
        ],
        "why": next(
            (it.reason.say() for it in decision.conditions if it.answer is False),
            next((it.reason.say() for it in decision.conditions if it.answer is None), ""),
        ),
        "amounts": [
            {
                "label": it.label.say(),
                "said": say_amount_found(it),
                "calculation": it.calculation.say() if it.low is not None else "",
                "note": it.note.say() if it.note else "",
                "unsure": it.applies is None,
            }
            for it in decision.amounts
        ],
        "missing": [_missing(it) for it in decision.missing],
        "duration": decision.duration.say(),
        "beneficiary": version.beneficiary.say(),
        "counterparts": [it.say() for it in decision.counterparts],
        "procedure": [it.say() for it in version.procedure],
        "readings": [it.text.say() for it in version.readings],
        "notes": [it.say() for it in decision.notes],
        "references": list(version.references),
        "dates": version.dates_note.say(),
        "cumulation": [{"other": pair.label.say(), **_pair(pair)} for pair in decision.cumulation],
    }


def _missing(question: Question) -> dict[str, Any]:
    return {
        "question": question.question.say(),
        "anchor": f"#f-{question.name}" if question.name in FACTS else "#place",
        "decides": question.decides,
    }


def fiche(aid: Aid) -> dict[str, Any]:
    """The whole rule of an aid."""
    told = sheet(aid)
    for version in told["versions"]:
        last = version["valid_to"]
        version["from"] = say_date(version["valid_from"], g.language)
        version["to"] = TEXTS["no_end"].say() if last is None else say_date(last, g.language)
    newest = aid.versions[-1].valid_from
    pairs = next(
        (it.cumulation for it in eligibility(ProjectFacts(), newest) if it.aid.id == aid.id), ()
    )
    return {
        "aid": told,
        "scope": _scope(aid),
        "checked": say_date(aid.checked, g.language),
        "cumulation": [{"other": pair.label.say(), **_pair(pair)} for pair in pairs],
        "credit": map_credit(served().atlas).say(),
    }
