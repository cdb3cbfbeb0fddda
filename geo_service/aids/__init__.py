"""Aids as dated rules: one file an aid, eligibility with the reason of each condition."""

from .cumulation import Pair, contract_pairs, cumulation_table, pairs_of
from .deciding import (
    ANSWER_LABELS,
    STATUS_LABELS,
    Decision,
    aids_in_force,
    eligibility,
    say_none_in_force,
    to_json,
)
from .facts import FACTS, SECTIONS, ProjectFacts
from .giving import facts_from_texts, make_facts, read_project
from .model import Aid, Version
from .reading import RELATIONS, RENEWALS, find_aid, load_aids, read_aid
from .telling import aid_record, answer_record, decision_lines, say_place, sheet

__all__ = [
    "ANSWER_LABELS",
    "FACTS",
    "RELATIONS",
    "RENEWALS",
    "SECTIONS",
    "STATUS_LABELS",
    "Aid",
    "Decision",
    "Pair",
    "ProjectFacts",
    "Version",
    "aid_record",
    "aids_in_force",
    "answer_record",
    "contract_pairs",
    "cumulation_table",
    "decision_lines",
    "eligibility",
    "facts_from_texts",
    "find_aid",
    "load_aids",
    "make_facts",
    "pairs_of",
    "read_aid",
    "read_project",
    "say_none_in_force",
    "say_place",
    "sheet",
    "to_json",
]
