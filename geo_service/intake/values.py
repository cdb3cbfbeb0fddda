"""Columns and values of official tables: names found again, dates, numbers and codes understood."""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from geo_service.core.errors import SourceError
from geo_service.core.i18n import T

if TYPE_CHECKING:
    import pandas as pd

MISSING_DATE = dt.date(1900, 1, 1)
"""What FINESS writes where it knows no date."""

_DATES = (
    (re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?"), (1, 2, 3)),
    (re.compile(r"(\d{2})[/-](\d{2})[/-](\d{4})"), (3, 2, 1)),
    (re.compile(r"(\d{4})(\d{2})(\d{2})"), (1, 2, 3)),
)
_EXCEL = re.compile(r'="(.*)"', re.DOTALL)
_SPACES = re.compile(r"[\s\u00a0\u202f]+")
_CODE = re.compile(r"[0-9A-Za-z]+")
_MAY_LOSE_ZEROS = re.compile(r"[0-9]+|2[AB][0-9]*|9[A-J][0-9]*")
_FLOATED = re.compile(r"(\d+)\.0+")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")

Value = TypeVar("Value")


def normalise(name: str) -> str:
    """A column name without case, accents, spaces and punctuation.

    >>> normalise("Numéro FINESS "), normalise("numero_finess")
    ('numerofiness', 'numerofiness')
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def match_columns(
    header: Sequence[str],
    aliases: Mapping[str, Sequence[str]],
    *,
    required: Sequence[str] | None = None,
    file: str | None = None,
) -> dict[str, str]:
    """Find the columns of a file under any of their spellings.

    Parameters
    ----------
    header
        The names as the file writes them.
    aliases
        For each name we use, the spellings met in publishers' files, the best first; the name
        itself is understood too. Case, accents, spaces and punctuation do not count.
    required
        Which of them must be there; all of them when null.
    file
        The file's name, for the error.

    Returns
    -------
    dict
        Our name → the name in the file, for each column that was found, in the order of
        ``aliases``.

    Raises
    ------
    SourceError
        A name stands twice in the header, or a required column is missing: the error names those
        missing, what the file has instead and the nearest names.
    """
    present: dict[str, str] = {}
    for name in header:
        key = normalise(name)
        if key and key in present:
            raise SourceError(
                T("La colonne figure deux fois dans l'en-tête.", "The column stands twice."),
                file=file,
                row=1,
                field=name,
                do=T("Renommez ou ôtez l'une des deux.", "Rename or remove one of the two."),
            )
        present[key] = name
    found = {}
    for wanted, spellings in aliases.items():
        keys = (normalise(spelling) for spelling in (*spellings, wanted))
        match = next((key for key in keys if key and key in present), None)
        if match is not None:
            found[wanted] = present[match]
    missing = [name for name in (aliases if required is None else required) if name not in found]
    if missing:
        told = []
        for name in missing:
            near: list[str] = []
            for spelling in (*aliases[name], name):
                near += difflib.get_close_matches(normalise(spelling), list(present), n=1)
            hint = f" (≈ {present[near[0]]})" if near else ""
            told.append((aliases[name][0] if aliases[name] else name) + hint)
        raise SourceError(
            T(
                "Colonnes absentes : {missing}. Colonnes du fichier : {header}.",
                "Missing columns: {missing}. Columns of the file: {header}.",
                missing=", ".join(told),
                header=", ".join(name[:60] for name in header[:60]),
            ),
            file=file,
            do=T(
                "Vérifiez que c'est le bon fichier, ou renommez ses colonnes.",
                "Check that it is the right file, or rename its columns.",
            ),
        )
    return found


def unwrap_excel(value: str) -> str:
    """A cell as meant: ``="13055;13070"``, written so that Excel keeps it as text, is unwrapped.

    >>> unwrap_excel('="13055;13070"'), unwrap_excel(" 01053 ")
    ('13055;13070', '01053')
    """
    value = value.strip()
    wrapped = _EXCEL.fullmatch(value)
    return wrapped.group(1).strip() if wrapped else value


def clean_code(value: str | None, width: int) -> tuple[str, bool] | None:
    """A code of a known width, and whether leading zeros had to be restored.

    Null for a blank cell. Whoever calls tells the user when the code was restored. Zeros are lost
    by numbers only, or by what a number follows: Corsica's ``2A``, FINESS's ``9A`` to ``9J``.

    Raises
    ------
    ValueError
        Too long, not made of letters and digits, or too short for what cannot lose a zero.

    Examples
    --------
    >>> clean_code("1053", 5), clean_code("2A004", 5), clean_code('="01053"', 5), clean_code("", 5)
    (('01053', True), ('2A004', False), ('01053', False), None)
    >>> clean_code("1053.0", 5), clean_code("2A", 3)
    (('01053', True), ('02A', True))
    >>> clean_code("Foix", 5)
    Traceback (most recent call last):
    ...
    ValueError: 'FOIX': 5 characters wanted
    """
    text = unwrap_excel(value or "").upper()
    if not text:
        return None
    floated = _FLOATED.fullmatch(text)
    code = floated.group(1) if floated else text
    wanted = _CODE if len(code) == width else _MAY_LOSE_ZEROS
    if len(code) > width or not wanted.fullmatch(code) or not code.isascii():
        raise ValueError(f"{text!r}: {width} characters wanted")
    return code.zfill(width), floated is not None or len(code) < width


def split_codes(value: str | None) -> list[str]:
    """The codes of a cell that holds several: ``"02571, 02691"``, ``="13055;13070"``.

    >>> split_codes("02571, 02691"), split_codes('="13055;13070"'), split_codes(None)
    (['02571', '02691'], ['13055', '13070'], [])
    """
    return [code for code in re.split(r"[;,/|\s]+", unwrap_excel(value or "")) if code]


@functools.lru_cache(maxsize=65_536)
def parse_date(value: str | None) -> dt.date | None:
    """A date written 2024-01-31 (with or without a time), 31/01/2024, 31-01-2024 or 20240131.

    Null for a blank cell and for 1900-01-01, which FINESS writes for "unknown".

    Raises
    ------
    ValueError
        Anything else, impossible dates and years outside 1600–2200 included.

    Examples
    --------
    >>> parse_date("31/01/2024"), parse_date("1900-01-01")
    (datetime.date(2024, 1, 31), None)
    """
    text = unwrap_excel(value or "")
    if not text:
        return None
    for pattern, (year, month, day) in _DATES:
        if matched := pattern.fullmatch(text):
            date = dt.date(*(int(matched.group(part)) for part in (year, month, day)))
            if not 1600 <= date.year <= 2200:
                raise ValueError(f"{text!r}: year out of range")
            return None if date == MISSING_DATE else date
    raise ValueError(f"{text!r}: not a date")


def parse_float(value: str | None) -> float | None:
    """A number with a French comma or a point, thousands apart or not; null for a blank cell.

    Raises
    ------
    ValueError
        Not a number; ``nan`` and infinities are not numbers either.

    Examples
    --------
    >>> parse_float("1 234,5"), parse_float("1.234,5"), parse_float("-0.25"), parse_float(" ")
    (1234.5, 1234.5, -0.25, None)
    """
    text = _SPACES.sub("", unwrap_excel(value or ""))
    if not text:
        return None
    if "," in text:
        if text.rfind(",") > text.rfind("."):
            text = text.replace(".", "").replace(",", ".")
        else:
            text = text.replace(",", "")
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r}: not a number")
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text!r}: not a finite number")
    return number


def _each(
    values: pd.Series, parse: Callable[[str | None], Value | None]
) -> tuple[list[Value | None], list[bool]]:
    parsed: list[Value | None] = []
    wrong: list[bool] = []
    for value in values.array:
        try:
            parsed.append(parse(value if isinstance(value, str) else None))
            wrong.append(False)
        except ValueError:
            parsed.append(None)
            wrong.append(True)
    return parsed, wrong


def parse_dates(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    """:func:`parse_date` of a whole column of text.

    Returns
    -------
    (Series, Series)
        Dates (``datetime64[s]``, NaT where unknown or wrong) and whether each cell was wrong, on
        the index of ``values``.
    """
    import numpy as np
    import pandas as pd

    places, known = pd.factorize(values)  # each distinct text once; -1 where there is none
    parsed, wrong = _each(pd.Series(known), parse_date)
    dates = pd.Series([*parsed, None], dtype="datetime64[s]").to_numpy()[places]
    bad = np.array([*wrong, False], dtype=bool)[places]
    return pd.Series(dates, index=values.index), pd.Series(bad, index=values.index)


def parse_floats(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    """:func:`parse_float` of a whole column of text.

    Returns
    -------
    (Series, Series)
        Numbers (``float64``, NaN where unknown or wrong) and whether each cell was wrong, on the
        index of ``values``.
    """
    import numpy as np
    import pandas as pd

    # Most columns hold plain numbers only: one pass in C settles those. The text is looked at
    # again where the answer is missing or not finite, since "nan" and "inf" are read as numbers.
    numbers = np.array(pd.to_numeric(values, errors="coerce"), dtype=float)
    doubtful = ~np.isfinite(numbers)
    wrong = np.zeros(len(numbers), dtype=bool)
    if doubtful.any():
        parsed, bad = _each(values[doubtful], parse_float)
        numbers[doubtful] = [math.nan if number is None else number for number in parsed]
        wrong[doubtful] = bad
    return pd.Series(numbers, index=values.index), pd.Series(wrong, index=values.index)
