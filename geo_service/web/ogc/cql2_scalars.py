"""Scalars of CQL2: comparison of kinds, LIKE, and texts without case or accents."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...core.i18n import T
from .cql2_times import instant_of
from .refusing import refusal


@dataclass(frozen=True)
class Scalar:
    """One value, or one a feature: ``text``, ``number``, ``date`` or ``boolean``."""

    kind: str
    values: npt.NDArray[Any]
    held: npt.NDArray[np.bool_]


def literal(node: Any) -> Scalar | None:
    """A text, number or truth value written in a filter; None where it is none of them."""
    held = np.asarray(True)
    if isinstance(node, bool):
        return Scalar("boolean", np.asarray(node), held)
    if isinstance(node, int | float):
        try:
            number = float(node)
        except OverflowError:
            return None
        return Scalar("number", np.asarray(number), held) if np.isfinite(number) else None
    if isinstance(node, str):
        return Scalar("text", np.asarray(node, dtype=object), held)
    return None


def same_kind(left: Scalar, right: Scalar) -> tuple[Scalar, Scalar]:
    """Two scalars that can be compared; a text is read as the date it is compared with.

    Raises
    ------
    HTTPException
        400: their kinds do not compare.
    """
    if left.kind == right.kind:
        return left, right
    if left.kind == "date" and right.kind == "text" and not right.values.ndim:
        return left, _as_date(right)
    if right.kind == "date" and left.kind == "text" and not left.values.ndim:
        return _as_date(left), right
    raise refusal(
        T(
            "filter : {left} et {right} ne se comparent pas.",
            "filter: {left} and {right} do not compare.",
            left=left.kind,
            right=right.kind,
        )
    )


def _as_date(written: Scalar) -> Scalar:
    # GDAL 3.6 (Debian 12) writes a date as a time without its hours: '2026-01-31T'.
    return Scalar("date", instant_of(str(written.values).removesuffix("T")), written.held)


def like(texts: npt.NDArray[Any], pattern: str) -> npt.NDArray[np.bool_]:
    r"""Where texts follow a pattern: ``%`` any characters, ``_`` one, ``\%`` and ``\_`` themselves.

    Each part between two ``%`` is sought once, from the left, and never again (atomic groups): a
    pattern full of ``%`` costs no more than its length times that of the text.
    """
    parts: list[str] = [""]
    characters = iter(pattern)
    for character in characters:
        if character == "%":
            parts.append("")
        elif character == "_":
            parts[-1] += "."
        else:
            taken = next(characters, "\\") if character == "\\" else character
            parts[-1] += re.escape(taken)
    if len(parts) == 1:
        written = parts[0]
    else:
        middle = "".join(f"(?>.*?{part})" for part in parts[1:-1] if part)
        written = f"{parts[0]}{middle}.*{parts[-1]}"
    compiled = re.compile(written, re.DOTALL)
    found = [compiled.fullmatch(text) is not None for text in np.atleast_1d(texts)]
    return np.asarray(found, dtype=np.bool_)


def simplified(scalar: Scalar, op: str) -> Scalar:
    """A text without its case (``casei``) or its accents (``accenti``)."""
    change = str.casefold if op == "casei" else _without_accents
    texts = np.atleast_1d(scalar.values)
    changed = np.empty(len(texts), dtype=object)
    changed[:] = [change(text) for text in texts]
    return Scalar("text", changed if scalar.values.ndim else changed.reshape(()), scalar.held)


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))
