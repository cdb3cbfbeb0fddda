"""Progressions and correspondences as plain records: what JSON and CSV hold, in one language."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from .outcome import Change, Progression
from .parts import PARTS
from .perimeters import BASES, RELATIONS, Correspondence, SuffixCheck, published_reference

CHANGE_FIELDS = (
    "part",
    "sign",
    "reason",
    "structure_id",
    "name",
    "kind",
    "commune",
    "opened",
    "closed",
    "lon",
    "lat",
    "register",
)
"""Fields of one structure behind a part."""


def progression_record(one: Progression, *, lists: bool = True) -> dict[str, Any]:
    """A progression as JSON has it.

    Parameters
    ----------
    lists
        With the structures behind the parts and the ambiguous matches.
    """
    record: dict[str, Any] = {
        "territory": one.territory,
        "kind": one.kind,
        "scope": one.scope,
        "within": one.within,
        "from": one.since.isoformat(),
        "to": one.until.isoformat(),
        "registers": one.registers,
        "first": one.first,
        "last": one.last,
        "difference": one.difference,
        "share": one.share,
        "low": one.low,
        "high": one.high,
        "unknown_precision": one.unknown_precision,
        "parts": {part: one.parts[part] for part in PARTS},
        "stored": {"first": one.stored[0], "last": one.stored[1]},
        "notes": [note.say() for note in one.notes],
    }
    if lists:
        record["structures"] = change_records(one.changes)
        record["ambiguous"] = [
            {"before": list(d.before), "after": list(d.after), "reason": d.reason.say()}
            for d in one.ambiguous
        ]
    return record


def change_records(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """One record a structure and part, in the order of the parts."""
    ordered = sorted(changes, key=lambda one: (PARTS.index(one.part), one.structure_id))
    return [
        {
            **{name: getattr(one, name) for name in CHANGE_FIELDS},
            "reason": one.reason.say(),
            "opened": None if one.opened is None else one.opened.isoformat(),
            "closed": None if one.closed is None else one.closed.isoformat(),
        }
        for one in ordered
    ]


def correspondence_records(found: Correspondence) -> list[dict[str, Any]]:
    """One record a link; what is not known is None."""
    rows = found.rows.astype("object").to_dict("records")
    return [{str(name): _plain(value) for name, value in row.items()} for row in rows]


def suffix_record(check: SuffixCheck) -> dict[str, Any]:
    """One letter: counted, published, by overlap, and the codes that disagree."""
    return {
        "letter": check.letter,
        "counted": check.counted,
        "published": check.published,
        "reference": published_reference(),
        "by_overlap": check.by_overlap,
        "disagreeing": list(check.disagreeing),
    }


def say_relation(name: str) -> str:
    """A relation in words."""
    return RELATIONS[name].say()


def say_basis(name: str | None) -> str:
    """Where the shares of population come from, in words."""
    return "" if name is None else BASES[name].say()


def _plain(value: Any) -> Any:
    if value is None or value != value:
        return None
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value
