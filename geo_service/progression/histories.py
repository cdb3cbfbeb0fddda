"""From registers and perimeters to the history of each structure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ..core.snapshot import PLURIPROFESSIONAL
from ..core.validity import openness
from .classed import class_membership
from .matching import Matching
from .membership import EVERYWHERE, Membership, everywhere, membership
from .parts import Course, History, Seen
from .register import Ground, Register

Rows = tuple[int | None, int | None]


@dataclass(frozen=True, eq=False)
class Side:
    """One register looked at: every structure of it at each set of perimeters."""

    seen: list[Seen | None]
    """None: never of the kind, nor possibly."""
    untold: bool
    unclassed: bool


def look(
    register: Register,
    course: Course,
    grounds: Sequence[Ground | None],
    *,
    kind: str,
    pluri: bool,
    within: str,
    territory: str,
    communes: Any,
    known: dict[Any, Membership],
) -> Side:
    """What each structure of a register counts with each set of perimeters.

    Parameters
    ----------
    communes
        The COG that says which communes a territory holds, one for both registers.
    known
        Answers of earlier questions, by register, perimeters and way of counting; those of this
        question are added, and the oldest go.
    """
    structures = register.structures
    level, _, code = territory.partition(":")
    first = openness(structures, course.since, register.vintage)
    last = openness(structures, course.until, register.vintage)
    counts, counts_sure = _of_kind(structures, kind, pluri)
    quarter = code if level == "qpv" else None
    held = None if quarter else register.members(territory, communes)
    how = "qpv" if within == EVERYWHERE else within
    memberships: list[Membership] = []
    for ground in grounds:
        own = (
            everywhere(len(structures))
            if ground is None
            else _answered(register, ground, how, quarter, known)
        )
        memberships.append(own if held is None else own.among(held))
    opened, closed = _days(structures["opened"]), _days(structures["closed"])
    open_once = (first == 1) | (last == 1)
    untold = any((open_once & counts & ~m.told).any() for m in (memberships[0], memberships[-1]))
    inside = np.stack([m.given for m in memberships], axis=1)
    sure = np.stack([m.sure for m in memberships], axis=1)
    precise = np.logical_and.reduce([m.known for m in memberships])
    told = [m.why for m in memberships if m.why is not None]
    reasons = np.stack(told, axis=1).tolist() if len(told) == len(memberships) else None
    vague = (counts_sure < 0) & open_once & (sure != 0).any(axis=1)
    seen: list[Seen | None] = [
        Seen(
            int(first[row]),
            int(last[row]),
            opened[row],
            closed[row],
            bool(counts[row]),
            int(counts_sure[row]),
            tuple(inside[row].tolist()),
            tuple(sure[row].tolist()),
            bool(precise[row]),
            tuple(reasons[row]) if reasons is not None else (),
        )
        for row in range(len(structures))
    ]
    return Side(seen, bool(untold), bool(vague.any()))


_MOST_KNOWN = 64
"""Answers that are kept at most: a visitor may ask for any distance."""


def _answered(
    register: Register,
    ground: Ground,
    how: str,
    quarter: str | None,
    known: dict[Any, Membership],
) -> Membership:
    key = (id(register), ground.key, how, quarter)
    found = known.get(key)
    if found is None:
        if ground.orders is not None:
            found = class_membership(register.structures, ground, quarter)
        else:
            found = membership(register.structures, ground, how, quarter)
        known[key] = found
        while len(known) > _MOST_KNOWN:
            known.pop(next(iter(known)), None)
    return found


def _of_kind(structures: Any, kind: str, pluri: bool) -> tuple[Any, Any]:
    """Whether each structure is of the kind: as given; 1, 0, or -1 where nobody tells."""
    is_kind = structures["kind"].to_numpy(dtype=object) == kind
    if not pluri or kind != "CDS":
        return is_kind, is_kind.astype(np.int8)
    speciality = structures["speciality"].to_numpy(dtype=object)
    counts = is_kind & (speciality == PLURIPROFESSIONAL)
    sure = np.where(is_kind & pd.isna(speciality), -1, counts.astype(np.int8))
    return counts, sure.astype(np.int8)


def _days(column: Any) -> list[dt.date | None]:
    return [None if stamp is pd.NaT else stamp.date() for stamp in pd.to_datetime(column)]


def build_histories(sides: Sequence[Side], matching: Matching | None) -> list[tuple[Rows, History]]:
    """The history of each structure, with its rows in both registers."""
    if matching is None:
        return [((row, row), History(seen, seen)) for row, seen in enumerate(sides[0].seen) if seen]
    old, new = sides[0].seen, sides[1].seen
    found: list[tuple[Rows, History]] = []
    for row, other, _ in matching.pairs:
        before, after = old[row], new[other]
        if before is not None and after is not None and after.opened is None:
            after = replace(after, opened=before.opened)
        found.append(((row, other), History(before, after)))
    for doubt in matching.ambiguous:
        found += [((row, None), History(old[row], None, doubt.reason)) for row in doubt.before]
        found += [((None, row), History(None, new[row], doubt.reason)) for row in doubt.after]
    found += [((row, None), History(old[row], None)) for row in matching.only_before]
    found += [((None, row), History(None, new[row])) for row in matching.only_after]
    return [item for item in found if item[1].before is not None or item[1].after is not None]
