"""Official figures and disagreements as plain records, for JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .beside import OfficialFigure
from .disagreements import STATES, WHAT, Disagreement, Disagreements

ROW_FIELDS = (
    "what",
    "said",
    "state",
    "threshold",
    "structure_id",
    "name",
    "kind",
    "commune",
    "metres",
    "low",
    "high",
    "qpv",
    "lon",
    "lat",
)
"""Fields of one disagreement."""


def official_records(figures: Iterable[OfficialFigure]) -> list[dict[str, Any]]:
    """One record a published figure; ``value`` is None where none was given."""
    return [
        {
            "kind": one.kind,
            "measure": one.measure,
            "date": one.date.isoformat(),
            "value": one.value,
            "said": one.said,
            "series": one.series,
            "producer": one.producer,
            "reference": one.reference,
            "note": None if one.note is None else one.note.say(),
        }
        for one in figures
    ]


def row_record(one: Disagreement) -> dict[str, Any]:
    """One disagreement, with what it says in words."""
    said = WHAT[one.what].with_values(metres=one.threshold)
    record = {name: getattr(one, name) for name in ROW_FIELDS if name != "said"}
    words = f"{said.say()} — {STATES[one.state].say()}"
    return {name: words if name == "said" else record[name] for name in ROW_FIELDS}


def disagreements_record(listed: Disagreements) -> dict[str, Any]:
    """The list at its date; ``items`` is None where nothing was declared by then."""
    return {
        "as_of": listed.as_of.isoformat(),
        "metres": list(listed.metres),
        "declared": listed.declared,
        "polygons": listed.polygons,
        "items": None if listed.rows is None else [row_record(one) for one in listed.rows],
    }
