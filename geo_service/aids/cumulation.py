"""What the texts say of two aids together: compatible, exclusive, or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from ..core.i18n import T, Text
from .model import Aid, Cumulation, Relation
from .reading import RELATIONS, load_gates

SILENT = T("le texte ne le dit pas : non précisé", "the text does not say: not stated")


@dataclass(frozen=True)
class Pair:
    """What is said of an aid together with another aid or contract."""

    other: str
    label: Text
    relation: Relation
    reason: Text
    reference: str

    @property
    def relation_label(self) -> Text:
        """The relation in words."""
        return RELATIONS[self.relation]


def _said(aid: Aid, as_of: dt.date) -> dict[str, Cumulation]:
    version = aid.version(as_of)
    return {rule.other: rule for rule in version.cumulation} if version else {}


def pairs_of(aid: Aid, others: Iterable[Aid], as_of: dt.date) -> list[Pair]:
    """What is said of one aid with each other aid of its territory, and with the contracts named.

    A relation that either file states holds for both; where none does it is ``not-stated``.
    """
    own = _said(aid, as_of)
    found = []
    for other in others:
        rule = own.get(other.id) or _said(other, as_of).get(aid.id)
        if other.id == aid.id or (rule is None and other.scope != aid.scope):
            continue
        if rule is None:
            found.append(Pair(other.id, other.label, "not-stated", SILENT, ""))
        else:
            found.append(Pair(other.id, other.label, rule.relation, rule.reason, rule.reference))
    version = aid.version(as_of)
    contracts = version.gate.contracts if version and version.gate else {}
    found.extend(
        Pair(name, contracts[name], rule.relation, rule.reason, rule.reference)
        for name, rule in own.items()
        if name in contracts
    )
    return found


def contract_pairs() -> list[tuple[str, Text, Pair]]:
    """What is said of two contracts that are no aids, such as the accord national and the ACI."""
    return [
        (
            name,
            gate.contracts[name],
            Pair(
                rule.other,
                gate.contracts[rule.other],
                rule.relation,
                rule.reason,
                rule.reference,
            ),
        )
        for gate in load_gates().values()
        for name, rule in gate.cumulation
    ]


def cumulation_table(aids: Iterable[Aid], as_of: dt.date) -> list[tuple[Aid, Aid, Pair]]:
    """Every pair of aids of one territory in force at the date, once, with what is said of it."""
    known = [aid for aid in aids if aid.version(as_of) is not None]
    names = {aid.id: aid for aid in known}
    table: list[tuple[Aid, Aid, Pair]] = []
    for place, aid in enumerate(known):
        later = {it.id for it in known[place + 1 :]}
        table.extend(
            (aid, names[pair.other], pair)
            for pair in pairs_of(aid, known, as_of)
            if pair.other in later
        )
    return table
