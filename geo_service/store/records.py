"""Facts and provenance as tables of text and numbers, and back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import typing
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from geo_service.core.i18n import Text
from geo_service.core.result import Provenance
from geo_service.exchange.table_schema import from_python

_KINDS: dict[Any, Any] = {
    str: "text",
    str | None: "text",
    int: "integer",
    bool: "boolean",
    dt.date | None: "date",
}


def facts_to_table(facts: Mapping[str, Any]) -> Any:
    """Key and value, the value as JSON; dates become ISO text, a text both its languages."""
    import pandas as pd

    values = [json.dumps(value, default=_plain, ensure_ascii=False) for value in facts.values()]
    keys = [str(key) for key in facts]
    return pd.DataFrame({"key": from_python(keys, "text"), "value": from_python(values, "text")})


def facts_from_table(table: Any) -> dict[str, Any]:
    """The inverse of :func:`facts_to_table`; what became text stays text."""
    return {key: json.loads(value) for key, value in zip(table["key"], table["value"], strict=True)}


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        return {"fr": value.say("fr"), "en": value.say("en")}
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if hasattr(value, "item"):  # a numpy scalar
        return value.item()
    raise TypeError(f"{type(value).__name__} is not a fact that JSON can hold")


def provenance_to_table(sources: Sequence[Provenance]) -> Any:
    """One row a source; the note in both languages (``note_fr``, ``note_en``)."""
    import pandas as pd

    columns: dict[str, Any] = {}
    for name, kind in _fields().items():
        if kind is not None:
            columns[name] = from_python([getattr(source, name) for source in sources], kind)
    for language in ("fr", "en"):
        said = [None if s.note is None else s.note.say(language) for s in sources]
        columns[f"note_{language}"] = from_python(said, "text")
    return pd.DataFrame(columns)


def provenance_from_table(table: Any) -> list[Provenance]:
    """The inverse of :func:`provenance_to_table`."""
    sources = []
    for row in table.astype(object).where(table.notna(), None).to_dict("records"):
        note_fr, note_en = row.pop("note_fr"), row.pop("note_en")
        known = {name: row[name] for name, kind in _fields().items() if kind and name in row}
        if known.get("vintage") is not None:
            known["vintage"] = known["vintage"].date()
        sources.append(
            Provenance(**known, note=None if note_fr is None else Text(note_fr, note_en))
        )
    return sources


def _fields() -> dict[str, Any]:
    """Type of each field of a provenance that is one column; None for the note."""
    hints = typing.get_type_hints(Provenance)
    return {
        field.name: None if field.name == "note" else _KINDS.get(hints[field.name], "text")
        for field in dataclasses.fields(Provenance)
    }
