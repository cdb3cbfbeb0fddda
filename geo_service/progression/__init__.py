"""Progression taken apart: what changed a count between two dates, structure by structure."""

from __future__ import annotations

from .change import Comparison, progression
from .matching import Doubt, Matching, match_structures, normalise_name
from .membership import DECLARED, EVERYWHERE, IN_QPV
from .outcome import Ambiguous, Change, Progression
from .parts import PARTS, Course, History, Part, Seen, Step, take_apart
from .perimeters import (
    Correspondence,
    SuffixCheck,
    against_suffixes,
    correspondence,
    correspondence_of,
)
from .register import Register, read_register
from .state import STATES, read_density, share_by_density, state_at, states_of

__all__ = [
    "DECLARED",
    "EVERYWHERE",
    "IN_QPV",
    "PARTS",
    "STATES",
    "Ambiguous",
    "Change",
    "Comparison",
    "Correspondence",
    "Course",
    "Doubt",
    "History",
    "Matching",
    "Part",
    "Progression",
    "Register",
    "Seen",
    "Step",
    "SuffixCheck",
    "against_suffixes",
    "correspondence",
    "correspondence_of",
    "match_structures",
    "normalise_name",
    "progression",
    "read_density",
    "read_register",
    "share_by_density",
    "state_at",
    "states_of",
    "take_apart",
]
