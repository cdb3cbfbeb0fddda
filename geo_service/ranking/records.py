"""A ranking as plain values: what the command line and the API print as JSON."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .method import Method
from .qpv import COLUMNS, Ranking
from .reasons import REASONS

_LISTS = ("communes", "terms", "missing", "zone_classes", "why")


def method_record(method: Method) -> dict[str, Any]:
    """Everything that somebody needs to compute the same ranking again."""
    return {
        "label": method.label.say(),
        "official": False,
        "name": method.name,
        "valid_from": method.valid_from.isoformat(),
        "changed": method.changed,
        "needs_one_of": list(method.needs_one_of),
        "precedents": [text.say() for text in method.precedents],
        "neighbourhood": {
            "around": method.around,
            "draws": method.draws,
            "seed": method.seed,
        },
        "terms": [
            {
                "name": term.name,
                "label": term.label.say(),
                "about": term.about.say(),
                "weight": round(term.weight, 12),
                "transform": term.transform,
                "from": None if term.transform == "classes" else term.start,
                "to": None if term.transform == "classes" else term.end,
                "classes": dict(term.classes),
                "unit": term.unit.say(),
                "reference": term.reference.say(),
            }
            for term in method.terms
        ],
    }


def qpv_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """One record a QPV: the columns of a ranking, an unknown null, lists as lists."""
    records = []
    for row in table.to_dict("records"):
        record: dict[str, Any] = {}
        for name, dtype in COLUMNS.items():
            value = row[name]
            if name in _LISTS:
                record[name] = str(value).split() if isinstance(value, str) else []
            elif pd.isna(value):
                record[name] = None
            elif dtype == "integer":
                record[name] = int(value)
            elif dtype == "number":
                record[name] = round(float(value), 6)
            elif dtype == "boolean":
                record[name] = bool(value)
            elif dtype == "date":
                record[name] = value.date().isoformat()
            else:
                record[name] = str(value)
        record["reasons"] = [REASONS[key].say() for key in record.pop("why") if key in REASONS]
        records.append(record)
    return records


def ranking_record(ranking: Ranking) -> dict[str, Any]:
    """The head of a ranking: date, method, what has to be said, sources, counts."""
    return {
        "as_of": ranking.as_of.isoformat(),
        "ranked": ranking.ranked,
        "total": len(ranking.table),
        "method": method_record(ranking.method),
        "notes": [note.say() for note in ranking.notes],
        "sources": [
            {
                "source_id": held.source_id,
                "publisher": held.publisher,
                "title": held.title,
                "file": held.file,
                "sha256": held.sha256,
                "vintage": None if held.vintage is None else held.vintage.isoformat(),
                "licence": held.licence,
            }
            for held in ranking.sources
        ],
    }
