"""How a fiche says a figure: its value with its unit, its bounds in words, its reservation."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping
from typing import Any

from ..atlas import Atlas
from ..core.errors import UnknownNameError
from ..core.i18n import Language, T, Text, current_language, say_number, use_language
from ..drawing.escape import is_null
from ..figures import figure_records, say_figure
from ..rules import structure_kinds, zoning_classes

Record = Mapping[str, Any]
UNKNOWN = T("n. c.", "n/a")


def read_date(atlas: Atlas, written: str | None) -> dt.date | None:
    """A date asked for; None where none is.

    Raises
    ------
    UnknownNameError
        It is no date, or the result does not hold it; with the dates that it holds.
    """
    if not written:
        return None
    try:
        date = dt.date.fromisoformat(written)
    except ValueError:
        held = [date.isoformat() for date in atlas.dates]
        raise UnknownNameError(
            T(
                "« {written} » n'est pas une date ; le résultat a : {held}.",
                "“{written}” is no date; the result holds: {held}.",
                written=written[:40],
                held=", ".join(held),
            ),
            known=tuple(held),
        ) from None
    return atlas.require_date(date)


def say_value(value: float | None, unit: str) -> str:
    """A value with its unit where the unit is not in the words beside it.

    >>> say_value(12.0, "structure"), say_value(None, "m"), say_value(0.5, "share")
    ('12', 'n. c.', '50,0 %')
    """
    if value is None or value != value:
        return UNKNOWN.say()
    return _say_known(value, unit, current_language())


# Most figures are small counts: a region's fiche says the same dozen of them a thousand times.
@functools.lru_cache(maxsize=8192)
def _say_known(value: float, unit: str, language: Language) -> str:
    with use_language(language):
        if unit == "m":
            return say_metres(value)
        if unit == "inhabitant/structure":
            return say_number(value, decimals=0)
        return say_figure(value, unit)


def say_metres(metres: float | None) -> str:
    """A distance: metres to 2 km, then kilometres with one decimal.

    >>> say_metres(474.4), say_metres(15639.2), say_metres(None)
    ('474 m', '15,6 km', 'n. c.')
    """
    if metres is None or metres != metres:
        return UNKNOWN.say()
    if metres < 2_000:
        return f"{say_number(metres, decimals=0)} m"
    return f"{say_number(metres / 1_000, decimals=1)} km"


def say_bounds(record: Record) -> str:
    """The bounds of a figure in words; "" where they are the value itself."""
    low, high, unit = record["low"], record["high"], record["unit"] or ""
    if low is not None and high is not None:
        if say_value(low, unit) == say_value(high, unit) == say_value(record["value"], unit):
            return ""
        return T(
            "entre {low} et {high}",
            "between {low} and {high}",
            low=say_value(low, unit),
            high=say_value(high, unit),
        ).say()
    if unknown := record["unknown_precision"]:
        return say_unknown_precision(unknown)
    if low is not None:
        return T("au moins {low}", "at least {low}", low=say_value(low, unit)).say()
    if high is not None:
        return T("au plus {high}", "at most {high}", high=say_value(high, unit)).say()
    return ""


def say_unknown_precision(number: int) -> str:
    """How many positions have no known precision, in words."""
    one = number == 1
    return T(
        "{n} position de précision inconnue" if one else "{n} positions de précision inconnue",
        "{n} position of unknown precision" if one else "{n} positions of unknown precision",
        n=say_value(float(number), "structure"),
    ).say()


def say_note(note: str | None) -> str:
    """The reservation of a figure; "" without one. The store gives it in the current language."""
    return "" if is_null(note) or not note else note


def said(record: Record | None) -> dict[str, Any]:
    """One figure as a fiche shows it: ``value``, ``bounds``, ``note`` and ``known``."""
    if record is None:
        return {"value": "", "bounds": "", "note": "", "known": False, "unsure": False}
    return {
        "value": say_value(record["value"], record["unit"] or ""),
        "bounds": say_bounds(record),
        "unsure": record["low"] is None
        and record["high"] is None
        and bool(record["unknown_precision"]),
        "note": say_note(record["note"]),
        "known": record["value"] is not None,
    }


Key = tuple[str, str | None, str | None]


def by_key(table: Any) -> dict[Key, dict[str, Any]]:
    """Figures of one territory at one date by (indicator, kind, definition)."""
    return {(r["indicator"], r["kind"], r["definition"]): r for r in figure_records(table)}


def kind_label(kind: str, *, plural: bool = False) -> str:
    """A kind of structure in words; one that nobody named stays as it is."""
    known = structure_kinds().get(kind)
    if known is None:
        return kind
    return (known.plural if plural else known.label).say()


def class_label(zone_class: str | None) -> str:
    """A class of the zonage médecin in words; unknown where it is null."""
    if zone_class is None:
        return T("inconnue", "unknown").say()
    known = zoning_classes().get(zone_class)
    return zone_class if known is None else known.label.say()


def answer_badge(word: str | None) -> dict[str, str]:
    """One of three answers as a badge: its class and its word; None is not known."""
    words: dict[str | None, tuple[str, Text]] = {
        "inside": ("in", T("oui", "yes")),
        "outside": ("out", T("non", "no")),
        "undetermined": ("unsure", T("indéterminé", "undetermined")),
    }
    badge, text = words.get(word, ("unsure", UNKNOWN))
    return {"badge": badge, "text": text.say()}


def joined(notes: Iterable[str]) -> list[str]:
    """Sentences, each once, in their order."""
    return [note for note in dict.fromkeys(notes) if note]
