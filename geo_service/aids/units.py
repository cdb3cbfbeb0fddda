"""Units of amounts, so that a rate in the wrong unit is refused when its file is read.

A unit is written as in ``EUR/year/FTE``: what stands before the first stroke is multiplied, the
rest divides. ``share`` is a share of one and has no dimension.
"""

from __future__ import annotations

from collections import Counter

from ..core.i18n import T, Text

SYMBOLS: dict[str, Text] = {
    "EUR": T("€", "€"),
    "FTE": T("ETP", "FTE"),
    "month": T("mois", "month"),
    "year": T("an", "year"),
    "day": T("jour", "day"),
    "m": T("m", "m"),
    "person": T("personne", "person"),
    "consultation": T("consultations", "consultations"),
    "share": T("part", "share"),
}


class UnitError(ValueError):
    """A unit that nobody knows."""


def read_unit(written: str) -> dict[str, int]:
    """Powers of the symbols of a unit.

    >>> read_unit("EUR/year/FTE")
    {'EUR': 1, 'year': -1, 'FTE': -1}
    """
    powers: Counter[str] = Counter()
    for place, symbol in enumerate(written.split("/")):
        if symbol not in SYMBOLS:
            raise UnitError(symbol)
        if symbol != "share":
            powers[symbol] += 1 if place == 0 else -1
    return {symbol: power for symbol, power in powers.items() if power}


def product_is(rate: str, quantity: str, wanted: str) -> bool:
    """Whether a rate times a quantity has the unit that is wanted.

    >>> product_is("EUR/year/FTE", "FTE", "EUR/year"), product_is("EUR", "FTE", "EUR/year")
    (True, False)
    """
    powers = Counter(read_unit(rate))
    for symbol, power in read_unit(quantity).items():
        powers[symbol] += power
    return {symbol: power for symbol, power in powers.items() if power} == read_unit(wanted)


def say_unit(unit: str) -> Text:
    """A unit in words.

    >>> str(say_unit("EUR/year/FTE"))
    '€/an/ETP'
    """
    parts = [SYMBOLS[symbol] for symbol in unit.split("/")]
    return Text("/".join(part.fr for part in parts), "/".join(part.en for part in parts))
