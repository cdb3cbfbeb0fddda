"""Worked examples of a file of rules: read with it, checked against what the rules give."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

from ..core.errors import SchemaError
from ..core.i18n import T
from ..core.place import Place
from ..rules import zoning_classes
from .entry import Entry
from .giving import make_facts
from .model import Example, Version

if TYPE_CHECKING:
    from .deciding import Decision

STATUSES = ("eligible", "not-eligible", "undetermined")
ANSWERS = ("yes", "no", "undetermined")
_PLACE_TEXTS = ("zone_class", "qpv", "commune", "departement", "region")
_PLACE_FLAGS = ("in_qpv", "island")
_PLACE_METRES = ("metres_to_qpv", "metres_low", "metres_high")


def read_examples(version: Entry, known: Version, base: Entry | None = None) -> tuple[Example, ...]:
    """The ``[[version.example]]`` of a version; each starts from the ``[base]`` of the file.

    Raises
    ------
    RuleError
        An example expects nothing, names what the version does not have, or is not covered by it.
    """
    start: dict[str, dict[str, Any]] = {"facts": {}, "place": {}}
    if base is not None:
        start = {name: dict(base.maybe(name, dict) or {}) for name in start}
        base.close()
    return tuple(_read_example(part, known, start) for part in version.tables("example"))


def _read_example(entry: Entry, known: Version, start: dict[str, dict[str, Any]]) -> Example:
    label, as_of = entry.take("label", str), entry.take("as_of", dt.date)
    if not known.covers(as_of):
        raise entry.refuse(
            "as_of",
            T("Cette date n'est pas dans la version.", "This date is not in the version."),
            T("Donnez une date entre les siennes.", "Give a date between its own."),
        )
    dropped = entry.names("unset") if entry.has("unset") else ()
    given = {
        name: {
            key: value
            for key, value in {**start[name], **(entry.maybe(name, dict) or {})}.items()
            if key not in dropped
        }
        for name in start
    }
    try:
        facts = make_facts(given["facts"])
    except SchemaError as error:
        raise entry.refuse(f"facts.{error.field}", error.message, error.do) from error
    place = _read_place(Entry(given["place"], entry.file, entry.key("place")), as_of)
    example = Example(
        label, as_of, facts, place, _read_expected(entry, known), entry.maybe("as_region", str)
    )
    entry.close()
    return example


def _read_place(entry: Entry, as_of: dt.date) -> Place:
    values: dict[str, Any] = {}
    for name in _PLACE_TEXTS:
        values[name] = entry.maybe(name, str)
    for name in _PLACE_FLAGS:
        values[name] = entry.maybe(name, bool)
    for name in _PLACE_METRES:
        values[name] = entry.maybe(name, float)
    possible = entry.maybe("possible_classes", list) or []
    entry.close()
    for name in [*possible, *([values["zone_class"]] if values["zone_class"] else [])]:
        if name != "":
            entry.require_known("zone_class", name, zoning_classes(), T("classe", "class"))
    return Place(as_of, possible_classes=tuple(possible), **values)


def _read_expected(entry: Entry, known: Version) -> dict[str, Any]:
    if not entry.has("expect"):
        raise entry.refuse(
            "expect",
            T("Un exemple sans résultat attendu est refusé.", "An example expects a result."),
            T('Ajoutez expect = { status = "…" }.', 'Add expect = { status = "…" }.'),
        )
    inner = entry.table("expect")
    expected: dict[str, Any] = {"status": inner.one_of("status", STATUSES, T("statut", "status"))}
    gate = known.gate.conditions if known.gate else ()
    conditions = ["scope", *(it.id for it in (*known.conditions, *gate))]
    answers = inner.maybe("answers", dict) or {}
    for name, answer in answers.items():
        inner.require_known(f"answers.{name}", name, conditions, T("condition", "condition"))
        inner.require_known(f"answers.{name}", answer, ANSWERS, T("réponse", "answer"))
    amounts = inner.maybe("amounts", dict) or {}
    for name in amounts:
        ids = [it.id for it in known.amounts]
        inner.require_known(f"amounts.{name}", name, ids, T("montant", "amount"))
    expected |= {"answers": answers, "amounts": amounts}
    for name, kind in (("rank", int), ("ranks", list), ("missing", list), ("reason", str)):
        if inner.has(name):
            expected[name] = inner.take(name, kind)
    inner.close()
    return expected


def differences(expected: dict[str, Any], decision: Decision) -> list[str]:
    """What a decision gives otherwise than an example expects; empty where they agree."""
    found = []
    if decision.status != expected["status"]:
        found.append(f"status: {decision.status}, expected {expected['status']}")
    answers = {it.id: it.said for it in decision.conditions}
    for name, answer in expected["answers"].items():
        if answers.get(name) != answer:
            found.append(f"{name}: {answers.get(name)}, expected {answer}")
    amounts = {it.id: it for it in decision.amounts}
    for name, wanted in expected["amounts"].items():
        amount = amounts.get(name)
        if amount is None:
            found.append(f"{name}: no such amount, expected {wanted}")
        elif isinstance(wanted, bool):
            if amount.applies is not wanted:
                found.append(f"{name}: applies {amount.applies}, expected {wanted}")
        else:
            bounds = wanted if isinstance(wanted, list) else [wanted, wanted]
            got = [amount.low, amount.high]
            single = not isinstance(wanted, list) and amount.value is None
            if single or not all(map(_close, got, bounds)):
                found.append(f"{name}: {amount.value} {got}, expected {wanted}")
    if "rank" in expected and decision.rank != expected["rank"]:
        found.append(f"rank: {decision.rank}, expected {expected['rank']}")
    if "ranks" in expected and list(decision.possible_ranks) != expected["ranks"]:
        found.append(f"ranks: {decision.possible_ranks}, expected {expected['ranks']}")
    asked = [it.name for it in decision.missing]
    found.extend(f"not asked: {name}" for name in expected.get("missing", ()) if name not in asked)
    reasons = " ".join(it.reason.say("fr") for it in decision.conditions)
    if expected.get("reason", "") not in reasons:
        found.append(f"reason not said: {expected['reason']}")
    return found


def _close(got: float | None, wanted: Any) -> bool:
    if got is None or wanted == "open":
        return got is None and wanted == "open"
    return math.isclose(got, wanted, rel_tol=1e-9, abs_tol=1e-6)
