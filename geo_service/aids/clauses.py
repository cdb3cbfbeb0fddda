"""Reads the tests and the amounts of a file of rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Literal, cast

from ..core.i18n import T
from ..rules import zoning_classes
from .entry import Entry
from .facts import FACTS
from .model import (
    AllOf,
    AmountRule,
    AnyOf,
    AtMost,
    AtMostFact,
    Bracket,
    Brackets,
    Cap,
    Difference,
    Formula,
    Gap,
    InQpv,
    Is,
    Not,
    NotBefore,
    NotStated,
    OneOf,
    OnIsland,
    Percent,
    PerUnit,
    Range,
    ShareOf,
    Stage,
    Test,
    Unstated,
    Without,
    Years,
    ZoneIn,
)
from .units import SYMBOLS, UnitError, product_is, read_unit

_FACT = T("fait", "fact")
NO_CAP = "none stated"


def read_test(entry: Entry) -> Test:
    """One test, such as ``{ fact = "pdsa", is = true }`` or ``{ any = […] }``."""
    test = _read_test(entry)
    entry.close()
    return test


def _read_test(entry: Entry) -> Test:
    if entry.has("all"):
        return AllOf(_parts(entry, "all"))
    if entry.has("any"):
        return AnyOf(_parts(entry, "any"))
    if entry.has("not"):
        return Not(read_test(entry.table("not")))
    if entry.has("not_stated"):
        return NotStated(entry.text("not_stated"))
    for name, wanted in (("class", True), ("class_not", False)):
        if entry.has(name):
            classes = entry.names(name)
            for it in classes:
                entry.require_known(name, it, zoning_classes(), T("classe", "class"))
            return ZoneIn(classes, wanted)
    if entry.has("in_qpv"):
        return InQpv(entry.take("in_qpv", bool))
    if entry.has("island"):
        return OnIsland(entry.take("island", bool))
    if entry.has("stage"):
        stage = entry.one_of("stage", ("new", "existing"), T("situation", "stage"))
        years = entry.take("existing_from_years", int)
        return Stage(cast(Literal["new", "existing"], stage), years)
    if not entry.has("fact"):
        raise entry.refuse(
            "test",
            T("Condition inconnue.", "Unknown condition."),
            T("Il y a : {it}.", "There are: {it}.", it=", ".join(entry.asked)),
        )
    return _read_fact_test(entry, entry.one_of("fact", FACTS, _FACT))


def _parts(entry: Entry, name: str) -> tuple[Test, ...]:
    parts = entry.tables(name)
    if not parts:
        raise entry.refuse(
            name, T("Cette liste est vide.", "This list is empty."), T("Remplissez-la.", "Fill it.")
        )
    return tuple(read_test(part) for part in parts)


def _read_fact_test(entry: Entry, fact: str) -> Test:
    kind = FACTS[fact].kind
    if kind == "choice":
        values = entry.names("in")
        for it in values:
            entry.require_known("in", it, FACTS[fact].choices, T("valeur", "value"))
        return OneOf(fact, values)
    if kind == "yes-no":
        return Is(fact, entry.take("is", bool))
    if kind == "names":
        return Without(fact, entry.names("without"))
    if kind == "date":
        if entry.has("not_before"):
            return NotBefore(fact, entry.take("not_before", dt.date))
        years = [
            entry.maybe(name, int)
            for name in ("years_at_least", "years_less_than", "years_at_most")
        ]
        if years == [None] * 3:
            entry.take("years_at_least", int)
        return Years(fact, *years)
    bounds = {
        name: entry.maybe(name, float) for name in ("at_least", "more_than", "at_most", "less_than")
    }
    if not any(value is not None for value in bounds.values()):
        entry.take("at_least", float)
    beyond = entry.maybe("or_place", str) or ""
    if beyond:
        entry.require_known("or_place", beyond, ("farthest", "nearest"), T("mot", "word"))
    strict_low, strict_high = bounds["more_than"] is not None, bounds["less_than"] is not None
    return Range(
        fact,
        bounds["more_than"] if strict_low else bounds["at_least"],
        bounds["less_than"] if strict_high else bounds["at_most"],
        strict_low,
        strict_high,
        cast(Literal["", "farthest", "nearest"], beyond),
    )


# Amounts ------------------------------------------------------------------------------------------


def read_amount(entry: Entry) -> AmountRule:
    """One ``[[version.amount]]``: formula, unit and cap have to agree."""
    unit = _unit(entry, "unit")
    formula = _read_formula(entry.table("formula"), unit)
    cap = None if isinstance(formula, Unstated) else _read_cap(entry, unit, formula)
    rule = AmountRule(
        id=entry.take("id", str),
        label=entry.text("label"),
        unit=unit,
        formula=formula,
        cap=cap,
        reference=entry.take("reference", str),
        when=read_test(entry.table("when")) if entry.has("when") else None,
        note=entry.maybe_text("note"),
    )
    entry.close()
    return rule


def _unit(entry: Entry, name: str) -> str:
    unit = entry.take(name, str)
    try:
        read_unit(unit)
    except UnitError as error:
        raise entry.refuse(
            name,
            T("Unité inconnue : « {it} ».", "Unknown unit: “{it}”.", it=unit),
            T(
                "Elle se compose de {it}, séparés par « / ».",
                "It is made of {it}, separated by “/”.",
                it=", ".join(SYMBOLS),
            ),
        ) from error
    return unit


def _quantity(entry: Entry, name: str) -> str:
    fact = entry.one_of(name, FACTS, _FACT)
    if FACTS[fact].kind not in ("number", "count"):
        raise entry.refuse(
            name,
            T("« {it} » n'est pas un nombre.", "“{it}” is no number.", it=fact),
            T("Nommez un fait chiffré.", "Name a fact that is a number."),
        )
    return fact


def _require_unit(entry: Entry, name: str, rate: str, fact: str | None, wanted: str) -> None:
    quantity = "share" if fact is None else FACTS[fact].unit or "share"
    if not product_is(rate, quantity, wanted):
        raise entry.refuse(
            name,
            T(
                "Unités en désaccord : {rate} × {quantity} ne donne pas {wanted}.",
                "Units that disagree: {rate} × {quantity} does not give {wanted}.",
                rate=rate,
                quantity=quantity,
                wanted=wanted,
            ),
            T("Corrigez l'unité.", "Correct the unit."),
        )


def _fact_in_unit(entry: Entry, name: str, unit: str) -> str:
    fact = _quantity(entry, name)
    _require_unit(entry, name, "share", fact, unit)
    return fact


def _read_formula(entry: Entry, unit: str) -> Formula:
    kind = entry.one_of("kind", _FORMULAS, T("formule", "formula"))
    formula = _FORMULAS[kind](entry, unit)
    entry.close()
    return formula


def _brackets(entry: Entry, unit: str) -> Brackets:
    of, rate_unit = _quantity(entry, "of"), _unit(entry, "rate_unit")
    _require_unit(entry, "rate_unit", rate_unit, of, unit)
    found: list[Bracket] = []
    for part in entry.tables("brackets"):
        bracket = Bracket(part.take("up_to", float), part.take("rate", float))
        part.close()
        if bracket.up_to <= (found[-1].up_to if found else 0) or bracket.rate < 0:
            raise part.refuse(
                "up_to",
                T("Les tranches doivent monter.", "Brackets have to rise."),
                T("Rangez-les.", "Put them in order."),
            )
        found.append(bracket)
    if not found:
        entry.take("brackets", list)
        raise entry.refuse("brackets", T("Aucune tranche.", "No bracket."))
    return Brackets(of, tuple(found), rate_unit)


def read_per_unit(entry: Entry, unit: str) -> PerUnit:
    """A rate times a fact."""
    of, rate_unit = _quantity(entry, "of"), _unit(entry, "rate_unit")
    _require_unit(entry, "rate_unit", rate_unit, of, unit)
    return PerUnit(of, entry.take("rate", float), rate_unit)


def _gap(entry: Entry, unit: str) -> Gap:
    cost, less = _fact_in_unit(entry, "cost", unit), _fact_in_unit(entry, "less", unit)
    per, ceiling_unit = _quantity(entry, "per"), _unit(entry, "ceiling_unit")
    _require_unit(entry, "ceiling_unit", ceiling_unit, per, unit)
    return Gap(cost, less, entry.take("ceiling", float), per, ceiling_unit)


def _share(entry: Entry, unit: str) -> ShareOf:
    return ShareOf(_fact_in_unit(entry, "of", unit), _fact_in_unit(entry, "complement", unit))


def _percent(entry: Entry, unit: str) -> Percent:
    return Percent(_fact_in_unit(entry, "of", unit), entry.take("percent", float))


def _difference(entry: Entry, unit: str) -> Difference:
    return Difference(_fact_in_unit(entry, "of", unit), _fact_in_unit(entry, "less", unit))


def _at_most_fact(entry: Entry, unit: str) -> AtMostFact:
    return AtMostFact(_fact_in_unit(entry, "of", unit))


def _at_most(entry: Entry, _: str) -> AtMost:
    return AtMost(entry.take("value", float))


def _unstated(entry: Entry, _: str) -> Unstated:
    return Unstated(entry.text("why"))


_FORMULAS: dict[str, Callable[[Entry, str], Formula]] = {
    "brackets": _brackets,
    "per-unit": read_per_unit,
    "percent": _percent,
    "gap": _gap,
    "difference": _difference,
    "share": _share,
    "at-most-fact": _at_most_fact,
    "at-most": _at_most,
    "unstated": _unstated,
}
FORMULAS: tuple[str, ...] = tuple(_FORMULAS)


def _read_cap(entry: Entry, unit: str, formula: Formula) -> Cap | None:
    if not entry.has("cap"):
        raise entry.refuse(
            "cap",
            T("Un montant sans plafond est refusé.", "An amount without a cap is refused."),
            T(
                'Ajoutez cap = {{ value = …, unit = "{unit}" }}, ou cap = "none stated" si le '
                "texte n'en dit pas.",
                'Add cap = {{ value = …, unit = "{unit}" }}, or cap = "none stated" where the text '
                "states none.",
                unit=unit,
            ),
        )
    if entry.values["cap"] == NO_CAP and not isinstance(formula, AtMost):
        return None
    inner = entry.table("cap")
    cap = Cap(
        inner.take("value", float),
        _unit(inner, "unit"),
        _quantity(inner, "per") if inner.has("per") else None,
    )
    _require_unit(inner, "unit", cap.unit, cap.per, unit)
    inner.close()
    return cap
