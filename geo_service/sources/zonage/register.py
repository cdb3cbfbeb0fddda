"""The register of communes: which commune a name and a postcode mean."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from geo_service.core.crs import departement_of
from geo_service.core.i18n import T

from .names import (
    ARTICLES,
    CEDEX,
    PARTED,
    arrondissement_code,
    arrondissement_codes,
    comparable,
    comparables,
    text_of,
    without_article,
)
from .neighbours import NEIGHBOURS, departements_of_postcode

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

MOST_HINTS = 300
"""Nearest names are looked for so many times at most: a wrong register would ask 35,000 times."""

Numbers = npt.NDArray[np.intp]
Ints = npt.NDArray[np.int64]
How = Literal["name", "arrondissement", "former name", "neighbour"]


@dataclass(frozen=True)
class _Spellings:
    """The names under which communes stand in the register, one row each."""

    communes: Numbers
    names: pa.Array
    words: pa.Array
    """:func:`comparables` of the names."""
    homes: pa.DictionaryArray
    """Their départements."""


@dataclass
class Register:
    """The communes of one COG, found by département and name; each has a number.

    Names that two communes of a département share lead to both: nothing is chosen blindly.
    """

    codes: pa.Array
    """By number. The arrondissements of Paris, Lyon and Marseille follow the communes."""
    names: pa.Array
    """By number, as published; null for the arrondissements that follow."""
    departements: pa.Array
    """By number, of the communes alone."""
    _spellings: _Spellings
    _arrondissements: dict[str, int]
    _former: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)
    """Comparable names whose spellings are known."""
    _known: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """(département, comparable name) → spellings, of the names asked for with any article."""
    _hints: int = 0

    @classmethod
    def of(cls, communes: pd.DataFrame, moves: pd.DataFrame | None = None) -> Register:
        """The register of a table of communes.

        Parameters
        ----------
        communes
            ``code``, ``name`` and, if there is one, ``departement``; rows of another ``level``
            than commune are left out, so the territories table fits. Of a commune that stands
            more than once the last row says the name; the others are understood too.
        moves
            Commune moves (``effective``, ``before``, ``after``) with ``name_before``; without that
            column former names cannot be understood.
        """
        import pyarrow as pa

        codes, names, departements, spellings = _distinct(communes)
        arrondissements = _arrondissements_among(codes)
        more = [code for code, number in arrondissements.items() if number >= len(codes)]
        register = cls(
            pa.concat_arrays([codes, pa.array(more, codes.type)]),
            pa.concat_arrays([names, pa.nulls(len(more), names.type)]),
            departements,
            spellings,
            arrondissements,
        )
        if moves is not None and "name_before" in moves.columns:
            register._learn_former_names(moves)
        return register

    def _learn_former_names(self, moves: pd.DataFrame) -> None:
        numbers = {code: at for at, code in enumerate(self.codes[: len(self)].to_pylist())}
        steps: dict[str, list[tuple[dt.date, str]]] = {}
        known = moves.dropna(subset=["before", "after", "name_before", "effective"])
        rows = list(
            zip(
                known["effective"],
                known["before"].astype(str),
                known["after"].astype(str),
                known["name_before"].astype(str),
                strict=True,
            )
        )
        for effective, before, after, _ in rows:
            steps.setdefault(before, []).append((effective, after))
        for effective, before, _, name in rows:
            number = numbers.get(_today(before, effective, steps) or "")
            if number is not None:
                place = departement_of(before)
                words = comparable(name)
                for key in {words, without_article(words)}:
                    self._former.setdefault((place, key), set()).add(number)

    def __len__(self) -> int:
        """Number of communes."""
        return len(self.departements)

    def name_of(self, number: int) -> str | None:
        """The name as published; null for an arrondissement that is no commune."""
        return self.names[number].as_py()

    def code_of(self, number: int) -> str:
        """The INSEE code."""
        return self.codes[number].as_py()

    def label_of(self, number: int) -> str:
        """Name and code, for a message."""
        return f"{self.name_of(number) or ''} ({self.code_of(number)})"

    def find(self, name: str, postcode: str) -> tuple[set[int], How]:
        """The communes that a name and a five-digit postcode may mean, by number, and how.

        One: found. Several: ambiguous. None: not found.
        """
        words = _words_of(name)
        places = departements_of_postcode(postcode)
        code = arrondissement_code(words)
        if code is not None and departement_of(code) in places:
            return {self._arrondissements[code]}, "arrondissement"
        found = self._among(places, words)
        if found:
            return found, "name"
        short = without_article(words)
        for place in places:
            found |= self._former.get((place, words)) or self._former.get((place, short), set())
        return found, "former name"

    def plain(self, names: pa.DictionaryArray, postcodes: pa.DictionaryArray) -> Numbers:
        """What :meth:`find` gives for each row where it is one commune by its name; else -1."""
        import pandas as pd

        spelt = self._spellings
        words = spelt.words.dictionary_encode()
        word = self._words_among(words, names.dictionary)[_ints(names.indices)]
        place = self._places_of(postcodes.dictionary)[_ints(postcodes.indices)]
        # Place and word make one number, which finds the spelling if it is the only one.
        size = len(words.dictionary)
        keys = _ints(spelt.homes.indices) * size + _ints(words.indices)
        single = ~pd.Series(keys).duplicated(keep=False).to_numpy()
        sought = np.where((word < 0) | (place < 0), -1, place * size + word)
        found = pd.Index(keys[single]).get_indexer(sought)
        left = np.unique(_ints(names.indices)[found < 0])
        self._look_up(map(_words_of, names.dictionary.take(left).to_pylist()))
        communes = np.full(len(found), -1)
        communes[found >= 0] = spelt.communes[single][found[found >= 0]]
        return communes

    def _words_among(self, words: pa.DictionaryArray, names: pa.Array) -> Ints:
        """Numbers of the comparable names in ``words``; -1 where it has none or in doubt."""
        from pyarrow import compute

        # Nearly every name is written as in the register.
        same = compute.index_in(names, value_set=self._spellings.names)
        other = same.is_null()
        further = compute.index_in(comparables(names.filter(other)), value_set=words.dictionary)
        found = _ints(compute.replace_with_mask(words.indices.take(same), other, further))
        # An arrondissement, or what a delivery office adds to the name.
        doubtful = compute.match_substring(words.dictionary, " cedex")
        for town in ("paris ", "lyon ", "marseille "):
            doubtful = compute.or_(doubtful, compute.starts_with(words.dictionary, town))
        return np.where(np.append(doubtful, True)[found], -1, found)

    def _places_of(self, postcodes: pa.Array) -> Ints:
        """Numbers of the départements of postcodes; -1 where it has none, or several may be."""
        from pyarrow import compute

        places = self._spellings.homes.dictionary.to_pylist()
        numbers: dict[tuple[str, ...], int] = {
            (place,): number for number, place in enumerate(places)
        }
        heads = compute.utf8_slice_codeunits(postcodes, 0, 3).dictionary_encode()  # they tell it
        homes = map(departements_of_postcode, heads.dictionary.to_pylist())
        found = np.array([numbers.get(home, -1) for home in homes], np.int64)
        return found[_ints(heads.indices)]

    def across(self, name: str, postcode: str) -> set[int]:
        """The same in the neighbouring départements, under their present names."""
        words = _words_of(name)
        places = {
            near
            for place in departements_of_postcode(postcode)
            for near in NEIGHBOURS.get(place, ())
        }
        return self._among(places, words)

    def _among(self, places: Iterable[str], words: str) -> set[int]:
        """The whole name first: La Vergne and Vergné are two communes of one département."""
        if words not in self._asked:
            self._look_up([words])
        found: list[int] = []
        for place in places:
            own = self._known.get((place, words))
            forms = () if own else _forms(words)
            found += own or (at for form in forms for at in self._known.get((place, form), ()))
        return {int(self._spellings.communes[at]) for at in found}

    def _look_up(self, many: Iterable[str]) -> None:
        """Find the spellings of comparable names: of a thousand as quickly as of one."""
        import pyarrow as pa
        from pyarrow import compute

        asked = set(many) - self._asked
        forms = pa.array({form for words in asked for form in _forms(words)}, self.codes.type)
        told = compute.is_in(self._spellings.words, value_set=forms)
        for at, words, place in self._rows(np.flatnonzero(told.to_numpy(zero_copy_only=False))):
            spellings = self._known.setdefault((place, words), [])
            if at not in spellings:  # looked up before, for a name with another article
                spellings.append(at)
        self._asked |= asked

    def _rows(self, spellings: Numbers) -> Iterable[tuple[int, str, str]]:
        """Number, comparable name and département of spellings."""
        words = self._spellings.words.take(spellings).to_pylist()
        homes = self._spellings.homes.take(spellings).dictionary_decode().to_pylist()
        return zip(spellings.tolist(), words, homes, strict=True)

    def nearest(self, name: str, postcode: str) -> str:
        """Up to three communes with a near name around a postcode, as text for a message."""
        import pyarrow as pa
        from pyarrow import compute

        if self._hints >= MOST_HINTS:
            return "?"
        self._hints += 1
        home = departements_of_postcode(postcode)
        around = {*home, *(near for place in home for near in NEIGHBOURS.get(place, ()))}
        there = compute.is_in(self._spellings.homes, value_set=pa.array(around, self.codes.type))
        spellings = np.flatnonzero(there.to_numpy(zero_copy_only=False))
        # Of two that differ by the article alone the one whose name comes later is meant.
        latest = {(place, words): at for at, words, place in self._rows(spellings)}
        known = {without_article(words): at for (_, words), at in latest.items()}
        near = difflib.get_close_matches(without_article(comparable(name)), known, n=3, cutoff=0.6)
        found = (self.label_of(int(self._spellings.communes[known[key]])) for key in near)
        return ", ".join(found) or T("aucun", "none").say()


def _today(code: str, since: dt.date, steps: dict[str, list[tuple[dt.date, str]]]) -> str | None:
    """What a code became; null where the commune was cut in several."""
    for _ in range(20):  # no commune moved that often; a circle ends here
        later = sorted(step for step in steps.get(code, ()) if step[0] >= since)
        moment = next((date for date, after in later if after != code), None)
        if moment is None:
            break
        became = {after for date, after in later if date == moment}
        if len(became) != 1:
            return None
        # The next move has to be a later one, or a commune re-created that day would go round.
        since, code = moment + dt.timedelta(days=1), became.pop()
    return code


def _words_of(name: str) -> str:
    """The comparable name, without what a delivery office adds."""
    return CEDEX.sub("", comparable(name))


def _forms(words: str) -> Iterable[str]:
    """A comparable name with any article or none."""
    short = without_article(words)
    return (words, short, *(article + short for article in ARTICLES))


def _ints(numbers: pa.Array) -> Ints:
    """Numbers of a dictionary, -1 for null; a new array."""
    return numbers.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)


def _arrondissements_among(codes: pa.Array) -> dict[str, int]:
    """Arrondissement → its number: that of the register where it is a commune of it."""
    import pyarrow as pa
    from pyarrow import compute

    every = [code for town in PARTED.values() for code in arrondissement_codes(town)]
    told = compute.is_in(codes, value_set=pa.array(every, codes.type))
    at = np.flatnonzero(told.to_numpy(zero_copy_only=False))
    numbers = dict(zip(codes.take(at).to_pylist(), at.tolist(), strict=True))
    for code in every:
        numbers.setdefault(code, len(codes) + len(numbers) - len(at))
    return numbers


def _distinct(communes: pd.DataFrame) -> tuple[pa.Array, pa.Array, pa.Array, _Spellings]:
    """Codes, names and départements of the communes, and their spellings.

    The table may join several files that each have every commune: rows that only repeat are no
    further spelling.
    """
    import pyarrow as pa
    from pyarrow import compute

    said = [text_of(communes[name]) for name in ("code", "name", "departement") if name in communes]
    if "level" in communes.columns:
        rows = pa.array((communes["level"] == "commune").to_numpy(dtype=bool))
        said = [text.filter(rows) for text in said]
    coded = said[0].dictionary_encode()
    codes, commune = coded.dictionary, coded.indices.to_numpy()
    if len(said) < 3:
        said.append(pa.repeat(pa.scalar("", codes.type), len(commune)))
    missing = compute.equal(said[2], "")
    if compute.any(missing).as_py():
        homes = pa.array(map(departement_of, codes.to_pylist()), codes.type)
        said[2] = compute.if_else(missing, homes.take(commune), said[2])
    first, last = np.zeros(len(codes), np.intp), np.zeros(len(codes), np.intp)
    at = np.arange(len(commune))
    first[commune[::-1]], last[commune] = at[::-1], at
    spelling = np.zeros(len(commune), dtype=bool)
    for text in said[1:]:
        same = compute.equal(text, text.take(first[commune]))
        spelling |= ~same.to_numpy(zero_copy_only=False)
    spelling[last[commune[spelling]]] = True  # the name that a commune bears last counts last
    spelling[first] = True
    spelt = np.flatnonzero(spelling)

    names, homes = (text.take(spelt) for text in said[1:])
    spellings = _Spellings(commune[spelt], names, comparables(names), homes.dictionary_encode())
    return codes, said[1].take(last), said[2].take(last), spellings
