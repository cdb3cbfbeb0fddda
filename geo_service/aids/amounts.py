"""Amounts of an aid: small declared formulas, never code; bounds where an input is unknown.

Every formula rises or falls steadily with each of its inputs, so that the ends of what an unknown
input may be give the ends of the amount.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..core.i18n import T, Text, say_number, say_share
from .facts import FACTS, ProjectFacts
from .judging import Case, join_texts, judge
from .model import (
    AmountRule,
    AtMost,
    AtMostFact,
    Brackets,
    Cap,
    Difference,
    Formula,
    Gap,
    Percent,
    PerUnit,
    ShareOf,
    Unstated,
)
from .units import say_unit

Span = tuple[float, float]
"""Least and most of a quantity."""


@dataclass(frozen=True)
class Amount:
    """An amount of a decision; ``value`` None: not one figure, then ``low`` and ``high`` bound it.

    A bound that nothing gives is None. ``applies`` is whether this amount is for this project.
    """

    id: str
    label: Text
    unit: str
    applies: bool | None
    value: float | None
    low: float | None
    high: float | None
    calculation: Text
    cap: Text
    reference: str
    missing: tuple[str, ...] = ()
    note: Text | None = None


def work_out(rule: AmountRule, case: Case) -> Amount:
    """One amount for one case: the figure, or its bounds, and the calculation in words."""
    verdict = None if rule.when is None else judge(rule.when, case)
    applies = True if verdict is None else verdict.answer
    missing = [] if verdict is None else list(verdict.missing)
    value = low = high = None
    if applies is False:
        assert verdict is not None
        calculation = T("sans objet : {why}", "does not apply: {why}", why=verdict.reason)
        missing = []
    elif isinstance(rule.formula, Unstated):
        calculation = rule.formula.why
    else:
        facts = case.facts
        used = inputs(rule)
        unknown = [name for name in used if _unknown(rule.formula, facts, name)]
        missing.extend(unknown)
        span = _capped(evaluate(rule.formula, facts), rule.cap, facts)
        exactly = not unknown and not isinstance(rule.formula, AtMost | AtMostFact)
        low, high = span[0], None if math.isinf(span[1]) else span[1]
        value = span[0] if exactly else None
        if verdict is not None and applies is None:
            low, value = 0.0, None
        calculation = formula_in_words(rule, facts)
    return Amount(
        rule.id,
        rule.label,
        rule.unit,
        applies,
        value,
        low,
        high,
        calculation,
        say_cap(rule.cap),
        rule.reference,
        tuple(dict.fromkeys(missing)),
        rule.note,
    )


def inputs(rule: AmountRule) -> list[str]:
    """Names of the facts that the figure of an amount rests on."""
    match rule.formula:
        case Brackets(of) | PerUnit(of) | Percent(of) | AtMostFact(of) | ShareOf(of):
            names = [of]
        case Gap(cost, less, _, per):
            names = [cost, less, per]
        case Difference(of, less):
            names = [of, less]
        case _:
            names = []
    if rule.cap is not None and rule.cap.per is not None:
        names.append(rule.cap.per)
    return list(dict.fromkeys(names))


def _unknown(formula: Formula, facts: ProjectFacts, name: str) -> bool:
    if getattr(facts, name) is not None:
        return False
    other = formula.complement if isinstance(formula, ShareOf) and formula.of == name else None
    return other is None or getattr(facts, other) is None


def _span(facts: ProjectFacts, name: str) -> Span:
    value = getattr(facts, name)
    return (FACTS[name].low, FACTS[name].high) if value is None else (value, value)


def _open(span: Span, name: str, facts: ProjectFacts) -> Span:
    """The bound of what a form accepts is no bound of an amount, unless it is a share of one."""
    known = getattr(facts, name) is not None
    return span if known or FACTS[name].high <= 1 else (span[0], math.inf)


def evaluate(formula: Formula, facts: ProjectFacts) -> Span:
    """Least and most that a formula gives; infinite where nothing bounds it."""

    def known(name: str) -> Span:
        return _open(_span(facts, name), name, facts)

    match formula:
        case Brackets(of):
            low, high = known(of)
            return _in_brackets(formula, low), _in_brackets(formula, high)
        case PerUnit(of, rate):
            low, high = known(of)
            return rate * low, rate * high
        case Percent(of, percent):
            low, high = known(of)
            return percent / 100 * low, percent / 100 * high
        case Difference(of, less):
            (low, high), (least, most) = known(of), known(less)
            return max(0.0, low - most), max(0.0, high - least)
        case Gap(cost, less, ceiling, per):
            (low, high), (least, most) = known(cost), known(less)
            short, long = known(per)
            return (
                max(0.0, min(low, ceiling * short) - most),
                max(0.0, min(high, ceiling * long) - least),
            )
        case ShareOf(of, complement):
            left = getattr(facts, complement)
            if getattr(facts, of) is None and left is not None:
                return 1 - left, 1 - left
            return known(of)
        case AtMostFact(of):
            return 0.0, known(of)[1]
        case AtMost(value):
            return 0.0, value
    return 0.0, math.inf


def _in_brackets(formula: Brackets, quantity: float) -> float:
    total = begin = 0.0
    for bracket in formula.brackets:
        total += bracket.rate * max(0.0, min(quantity, bracket.up_to) - begin)
        begin = bracket.up_to
    return total


def _capped(span: Span, cap: Cap | None, facts: ProjectFacts) -> Span:
    if cap is None:
        return span
    low, high = (1.0, 1.0) if cap.per is None else _open(_span(facts, cap.per), cap.per, facts)
    return min(span[0], cap.value * low), min(span[1], cap.value * high)


# In words -----------------------------------------------------------------------------------------


def say_amount(value: float | None, unit: str) -> Text:
    """An amount with its unit in words.

    >>> say_amount(55000.0, "EUR").say("en")
    '55,000 €'
    """
    if unit == "share":
        return Text(say_share(value, "fr"), say_share(value, "en"))
    said = say_unit(unit)
    return Text(
        f"{say_number(value, 'fr')} {said.fr}",
        f"{say_number(value, 'en')} {said.en}",
    )


def say_cap(cap: Cap | None) -> Text:
    """The cap in words."""
    if cap is None:
        return T("plafond non précisé", "cap not stated")
    told = say_amount(cap.value, cap.unit)
    return T("plafond : {it}", "cap: {it}", it=told)


def _number(facts: ProjectFacts, name: str) -> Text:
    value = getattr(facts, name)
    if value is None:
        return T("[{it}]", "[{it}]", it=FACTS[name].label)
    return FACTS[name].say(value)


def formula_in_words(rule: AmountRule, facts: ProjectFacts) -> Text:
    """The calculation of an amount, with the facts that are known put in their names elsewhere."""
    formula = rule.formula
    cap = say_cap(rule.cap)
    match formula:
        case Brackets(of):
            steps, begin = [], 0.0
            for bracket in formula.brackets:
                steps.append(_step(bracket.rate, formula.rate_unit, begin, bracket.up_to))
                begin = bracket.up_to
            return T(
                "{steps} ; {label} : {n} ; {cap}",
                "{steps}; {label}: {n}; {cap}",
                steps=join_texts(steps, (" + ", " + ")),
                label=FACTS[of].label,
                n=_number(facts, of),
                cap=cap,
            )
        case PerUnit(of, rate):
            said = T(
                "{rate} × {n}",
                "{rate} × {n}",
                rate=say_amount(rate, formula.rate_unit),
                n=_number(facts, of),
            )
        case Percent(of, percent):
            said = T("{p} % × {n}", "{p}% × {n}", p=f"{percent:g}", n=_number(facts, of))
        case Difference(of, less):
            said = T("{a} − {b}", "{a} − {b}", a=_number(facts, of), b=_number(facts, less))
        case Gap(cost, less, ceiling, per):
            said = T(
                "max(0 ; min({cost} ; {ceiling} × {q}) − {income})",
                "max(0; min({cost}; {ceiling} × {q}) − {income})",
                cost=_number(facts, cost),
                ceiling=say_amount(ceiling, formula.ceiling_unit),
                q=_number(facts, per),
                income=_number(facts, less),
            )
        case ShareOf(of):
            low, high = evaluate(formula, facts)
            share = _number(facts, of) if low != high else FACTS[of].say(low)
            said = T("{label} : {n}", "{label}: {n}", label=FACTS[of].label, n=share)
        case AtMostFact(of):
            said = T(
                "au plus : {label} ({n})",
                "at most: {label} ({n})",
                label=FACTS[of].label,
                n=_number(facts, of),
            )
        case _:
            return cap
    if rule.cap is not None and rule.cap.per is not None:
        cap = T("{cap} × {n}", "{cap} × {n}", cap=cap, n=_number(facts, rule.cap.per))
    return T("{said} ; {cap}", "{said}; {cap}", said=said, cap=cap)


def _step(rate: float, unit: str, begin: float, end: float) -> Text:
    return T(
        "{rate} de {begin} à {end}",
        "{rate} from {begin} to {end}",
        rate=say_amount(rate, unit),
        begin=Text(say_number(begin, "fr"), say_number(begin, "en")),
        end=Text(say_number(end, "fr"), say_number(end, "en")),
    )
