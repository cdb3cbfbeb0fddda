"""The progress of a synthesis row against its own values and against the detail files."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping

from .progress import percent, progress_share, target_share

Wrong = tuple[str, str, str]
"""Field, value, code of the finding."""


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", text, re.ASCII) else None


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def check_progress(row: Mapping[str, str], known: Mapping[dt.date, float]) -> Iterator[Wrong]:
    """What of a synthesis row does not follow.

    Parameters
    ----------
    row
        The cells by column.
    known
        Values of the same indicator and territory in the detail files; empty where there are none,
        which is then no finding: a folder may hold synthesis files alone.
    """
    for value, date in (
        ("valeur_actuelle", "date_valeur_actuelle"),
        ("valeur_initiale", "date_valeur_initiale"),
        ("progression_derniere_maj", "progression_derniere_maj_date"),
    ):
        yield from _against_detail(row, value, date, known)
    last = _date(row["date_valeur_actuelle"])
    if known and last is not None and max(known) > last:
        yield "date_valeur_actuelle", max(known).isoformat(), "not-the-last"
    actual, initial = _number(row["valeur_actuelle"]), _number(row["valeur_initiale"])
    before, aimed = _number(row["progression_derniere_maj"]), _number(row["cible"])
    gain = None if actual is None or initial is None else actual - initial
    expected = {
        "progression": (gain, "wrong-progress"),
        "pourcentage_progression": (percent(progress_share(actual, initial)), "wrong-progress"),
        "pourcentage_progression_derniere_maj": (
            percent(progress_share(actual, before)),
            "wrong-progress",
        ),
        "pourcentage_cible": (
            percent(target_share(actual, initial, aimed)),
            "wrong-target-percentage",
        ),
    }
    for field, (wanted, code) in expected.items():
        if _number(row[field]) != wanted:
            yield field, row[field], code
    if bool(row["cible"]) != bool(_date(row["date_cible"])):
        yield "date_cible", row["date_cible"], "bad-date"


def _against_detail(
    row: Mapping[str, str], value: str, date: str, known: Mapping[dt.date, float]
) -> Iterator[Wrong]:
    if not row[value] and not row[date]:
        if value == "valeur_actuelle":
            yield value, "", "no-value"
        return
    found, day = _number(row[value]), _date(row[date])
    if found is None or not found.is_integer():
        yield value, row[value], "no-whole-number"
    if day is None:
        yield date, row[date], "bad-date"
    elif known and known.get(day) != found:
        yield value, row[value], "not-in-detail"
