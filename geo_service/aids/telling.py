"""Decisions and rules as plain values and as lines of text, in the current language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from ..core.i18n import T, Text, say_date
from ..core.place import Place
from ..official.names import named_region
from .amounts import Amount, formula_in_words, say_amount
from .deciding import STATUS_LABELS, Decision, say_counterpart, say_none_in_force, to_json
from .facts import ProjectFacts
from .judging import join_texts, possible_classes, say_classes
from .model import Aid, AmountRule, Counterpart, Unstated
from .reading import RELATIONS, RENEWALS

_SIGNS = {"yes": "●", "no": "○", "undetermined": "◐"}


def aid_record(aid: Aid) -> dict[str, Any]:
    """A rule in short: what a list of aids says of it."""
    return {
        "id": aid.id,
        "label": aid.label.say(),
        "summary": aid.summary.say(),
        "scope": aid.scope,
        "checked": aid.checked.isoformat(),
        "file": aid.file,
        "versions": [
            {
                "valid_from": version.valid_from.isoformat(),
                "valid_to": version.valid_to and version.valid_to.isoformat(),
                "dates_note": version.dates_note.say(),
                "references": list(version.references),
            }
            for version in aid.versions
        ],
    }


def place_record(place: Place) -> dict[str, Any]:
    """What the decisions know of the place."""
    return {
        "lon": place.lon,
        "lat": place.lat,
        "zone_class": place.zone_class,
        "possible_classes": list(place.possible_classes),
        "zone_basis": place.zone_basis,
        "zone_reason": place.zone_reason and place.zone_reason.say(),
        "in_qpv": place.in_qpv,
        "qpv": place.qpv,
        "metres_to_qpv": place.metres_to_qpv,
        "island": place.island,
        "commune": place.commune,
        "departement": place.departement,
        "region": place.region,
    }


def fact_records(facts: ProjectFacts) -> dict[str, Any]:
    """The facts that were given, as plain values."""
    plain = {}
    for name, value in facts.known.items():
        plain[name] = value.isoformat() if isinstance(value, dt.date) else value
        if isinstance(value, tuple):
            plain[name] = list(value)
    return plain


def answer_record(
    facts: ProjectFacts, place: Place, as_of: dt.date, decisions: Iterable[Decision]
) -> dict[str, Any]:
    """The whole answer: date, place, facts and the decisions."""
    told = [to_json(decision) for decision in decisions]
    return {
        "as_of": as_of.isoformat(),
        "place": place_record(place),
        "facts": fact_records(facts),
        "total": len(told),
        "note": None if told else say_none_in_force(as_of).say(),
        "aids": told,
    }


def say_place(place: Place) -> str:
    """The place in one line."""
    classes = possible_classes(place)
    named = T("indéterminée", "undetermined").say()
    if classes is not None:
        named = say_classes(classes).say()
    flags = {True: T("oui", "yes"), False: T("non", "no"), None: T("indéterminé", "undetermined")}
    return T(
        "Classe du zonage : {zone} ; dans un QPV : {qpv} ; sur une île : {island} ; région : {r}",
        "Zoning class: {zone}; in a QPV: {qpv}; on an island: {island}; region: {r}",
        zone=named,
        qpv=flags[place.in_qpv],
        island=flags[place.island],
        r=named_region(place.region) if place.region else "?",
    ).say()


def say_amount_found(amount: Amount) -> str:
    """An amount of a decision: the figure, or its bounds, or why there is none."""
    if amount.applies is False or (amount.low is None and amount.high is None):
        return amount.calculation.say()
    if amount.value is not None:
        return say_amount(amount.value, amount.unit).say()
    trivial = amount.unit == "share" and amount.high == 1
    if not amount.low and (amount.high is None or trivial):
        return T(
            "dépend de faits qui ne sont pas donnés", "depends on facts that are not given"
        ).say()
    if amount.high is None:
        return T(
            "au moins {it}, sans plafond connu",
            "at least {it}, no cap known",
            it=say_amount(amount.low, amount.unit),
        ).say()
    return T(
        "de {low} à {high}",
        "from {low} to {high}",
        low=say_amount(amount.low, amount.unit),
        high=say_amount(amount.high, amount.unit),
    ).say()


def say_rank(decision: Decision) -> str:
    """The rank of priority in words; empty where the text gives none."""
    named = {rank.rank: rank.label for rank in decision.version.ranks}
    if decision.rank is not None:
        return T(
            "rang {n} : {label}", "rank {n}: {label}", n=decision.rank, label=named[decision.rank]
        ).say()
    if decision.possible_ranks:
        ranks = ", ".join(map(str, decision.possible_ranks))
        return T("rang possible : {it}", "possible rank: {it}", it=ranks).say()
    return ""


def _pair(name: Text, value: Text | str) -> str:
    return T("{name} : {value}", "{name}: {value}", name=name, value=value).say()


def decision_lines(decision: Decision) -> list[str]:
    """A decision as lines of text."""
    lines = [_pair(decision.aid.label, STATUS_LABELS[decision.status])]
    if decision.hypothesis:
        lines.append(f"  {decision.hypothesis.say()}")
    for it in decision.conditions:
        lines.append(f"  {_SIGNS[it.said]} {it.label.say()} — {it.reason.say()}")
    if rank := say_rank(decision):
        lines.append("  " + _pair(T("Priorité", "Priority"), rank))
    for amount in decision.amounts:
        told = say_amount_found(amount)
        lines.append("  " + _pair(amount.label, told))
        if amount.low is not None and amount.applies is not False:
            lines.append(f"    {amount.calculation.say()}")
    if decision.status != "not-eligible":
        lines.append("  " + _pair(T("Durée", "Duration"), decision.duration))
        for owed in decision.counterparts:
            lines.append("  " + _pair(T("Contrepartie", "Counterpart"), owed))
        for relation, label in RELATIONS.items():
            names = [it.label for it in decision.cumulation if it.relation == relation]
            if names:
                head = T("Cumul, {it}", "Together with, {it}", it=label)
                lines.append("  " + _pair(head, join_texts(names, (", ", ", "))))
    for question in decision.missing:
        lines.append(f"  ? {question.question.say()}")
    return lines


def span_of(aid: Aid) -> str:
    """Dates of the versions of an aid in words."""
    told = []
    for version in aid.versions:
        end = (
            T("fin non précisée", "end not stated").say()
            if version.valid_to is None
            else say_date(version.valid_to)
        )
        told.append(f"{say_date(version.valid_from)} – {end}")
    return " ; ".join(told)


def sheet(aid: Aid) -> dict[str, Any]:
    """The whole rule of an aid in words, version after version: its fiche."""
    return {
        **aid_record(aid),
        "versions": [
            {
                "valid_from": version.valid_from,
                "valid_to": version.valid_to,
                "dates_note": version.dates_note.say(),
                "references": list(version.references),
                "beneficiary": version.beneficiary.say(),
                "duration": version.duration.say(),
                "renewal": RENEWALS[version.renewal].say(),
                "conditions": [
                    {
                        "label": it.label.say(),
                        "reference": it.reference,
                        "counterpart": it.counterpart,
                    }
                    for it in (
                        *version.conditions,
                        *(version.gate.conditions if version.gate else ()),
                    )
                ],
                "amounts": [
                    {
                        "label": it.label.say(),
                        "rule": _rule_of(it),
                        "reference": it.reference,
                        "note": it.note and it.note.say(),
                    }
                    for it in version.amounts
                ],
                "ranks": [f"{it.rank}. {it.label.say()}" for it in version.ranks],
                "counterparts": [_plain_counterpart(it) for it in version.counterparts],
                "procedure": [it.say() for it in version.procedure],
                "readings": [it.text.say() for it in version.readings],
                "notes": [it.say() for it in version.notes]
                + [it.say() for it in (version.gate.information if version.gate else ())],
                "examples": len(version.examples),
            }
            for version in aid.versions
        ],
    }


def _rule_of(rule: AmountRule) -> str:
    if isinstance(rule.formula, Unstated):
        return rule.formula.why.say()
    return formula_in_words(rule, ProjectFacts()).say()


def _plain_counterpart(counterpart: Counterpart) -> str:
    return say_counterpart(counterpart, ProjectFacts()).say()
