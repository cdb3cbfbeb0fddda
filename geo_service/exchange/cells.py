"""Text in cells: what a spreadsheet would run or lose is escaped; reading undoes it.

Two escapes, both written into the Table Schema of the file:

* *apostrophe* (CSV): a spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a
  formula, and a French one, which splits at ``;``, also what follows a ``;``, a tab or a new line.
  An apostrophe is put before. An empty text is an apostrophe alone, since an empty cell is an
  unknown; a text that begins with an apostrophe gets one more.
* *hexadecimal* (XLSX): what XML cannot hold is written ``_xHHHH_``, as Excel itself does.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from geo_service.core.schema import Dtype

_INFINITE = {math.inf: "INF", -math.inf: "-INF"}
_FORMULA = "=+\\-@＝＋－＠"
_INVISIBLE = "\\s\\x00-\\x1f\\ufeff\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2069"
_FIRST = re.compile(f"[{_INVISIBLE}\"]*['{_FORMULA}]|[\\t\\r\\n]")
_BREAKS = re.compile("[;\\t\\r\\n\\x0b\\x0c\\x85\\u2028\\u2029]")
_INSIDE = re.compile(
    f"([;\\t\\r\\n\\x0b\\x0c\\x85\\u2028\\u2029][{_INVISIBLE}\"]*)('*)(?=[{_FORMULA}])"
)
_INSIDE_ESCAPED = re.compile(
    f"([;\\t\\r\\n\\x0b\\x0c\\x85\\u2028\\u2029][{_INVISIBLE}\"]*)'('*)(?=[{_FORMULA}])"
)

_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_HEXADECIMAL = re.compile("_x([0-9A-Fa-f]{4})_")


def guard_formula(text: str) -> str:
    """A text as a CSV cell that no spreadsheet runs.

    >>> guard_formula("=1+1"), guard_formula(""), guard_formula("rue d'Alsace")
    ("'=1+1", "'", "rue d'Alsace")
    """
    if not text:
        return "'"
    if _BREAKS.search(text):
        text = _INSIDE.sub(r"\1'\2", text)
    return "'" + text if _FIRST.match(text) else text


def unguard_formula(cell: str) -> str:
    """The text of a CSV cell written by :func:`guard_formula`.

    >>> unguard_formula("'=1+1"), unguard_formula("'")
    ('=1+1', '')
    """
    text = cell[1:] if cell.startswith("'") else cell
    return _INSIDE_ESCAPED.sub(r"\1\2", text) if _BREAKS.search(text) else text


def escape_control(text: str) -> str:
    r"""A text that XML can hold; an empty text and a leading apostrophe get an apostrophe.

    >>> escape_control("a\x0bb"), escape_control("_x000B_"), escape_control("")
    ('a_x000B_b', '_x005F_x000B_', "'")
    """
    text = _ILLEGAL.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return "'" + text if not text or text.startswith("'") else text


def unescape_control(cell: str) -> str:
    r"""The text of an XLSX cell written by :func:`escape_control`.

    >>> unescape_control("_x005F_x000B_")
    '_x000B_'
    """
    text = cell[1:] if cell.startswith("'") else cell
    return _HEXADECIMAL.sub(lambda found: chr(int(found[1], 16)), text)


def number_text(value: float) -> str:
    """A number that reads back to the same bits; infinite is ``INF`` (Table Schema).

    >>> number_text(0.1 + 0.2), number_text(-math.inf)
    ('0.30000000000000004', '-INF')
    """
    return _INFINITE.get(value) or repr(value)


def finite_or_text(values: Sequence[float | None]) -> list[float | str | None]:
    """Numbers for a format that has no infinite ones: these become ``INF`` and ``-INF``."""
    return [value if value is None else _INFINITE.get(value, value) for value in values]


def to_cells(values: Sequence[Any], dtype: Dtype) -> list[str]:
    """Python values of one column as CSV cells; an unknown is an empty cell."""
    if dtype == "text":
        return ["" if value is None else guard_formula(value) for value in values]
    if dtype == "number":
        return ["" if value is None else number_text(value) for value in values]
    if dtype == "boolean":
        return ["" if value is None else "true" if value else "false" for value in values]
    return ["" if value is None else str(value) for value in values]


def from_cells(cells: Sequence[str], dtype: Dtype) -> list[Any]:
    """The inverse of :func:`to_cells`."""
    if dtype == "text":
        return [unguard_formula(cell) if cell else None for cell in cells]
    if dtype == "number":
        return [float(cell) if cell else None for cell in cells]
    if dtype == "integer":
        return [int(cell) if cell else None for cell in cells]
    if dtype == "boolean":
        return [cell == "true" if cell else None for cell in cells]
    return [cell or None for cell in cells]
