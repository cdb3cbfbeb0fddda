"""Commune codes as tables of ours and of others write them: cleaned, and every fault noted."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from geo_service.core.i18n import T

from .text import clean_code

COMMUNE = re.compile(r"\d[0-9AB]\d{3}")
_BAD_CODE = T("Code commune illisible.", "Unreadable commune code.")
_ZERO = T("Zéro initial perdu, rétabli.", "Leading zero lost, restored.")


def clean_communes(rows: Any, note: Callable[..., None]) -> list[str | None]:
    """INSEE code of each row's ``commune``; None where it cannot be read.

    Parameters
    ----------
    note
        Called with row, field, code of the anomaly, reason and, where the row is not set aside,
        its outcome.
    """
    codes: list[str | None] = []
    for _, row in rows.iterrows():
        try:
            cleaned = clean_code(row["commune"], 5)
        except ValueError:
            cleaned = None
        if cleaned is None or not COMMUNE.fullmatch(cleaned[0]):
            cleaned = None
            note(row, "commune", "unreadable-code", _BAD_CODE)
        elif cleaned[1]:
            note(row, "commune", "leading-zero", _ZERO, "repaired")
        codes.append(None if cleaned is None else cleaned[0])
    return codes
