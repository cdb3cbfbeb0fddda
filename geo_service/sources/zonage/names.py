"""Names of communes, compared as people write them, and the register that finds their codes."""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from geo_service.core.crs import departement_of
from geo_service.core.i18n import T

from .neighbours import NEIGHBOURS, departements_of_postcode

if TYPE_CHECKING:
    import pandas as pd

_LIGATURES = {"œ": "oe", "æ": "ae", "’": "'", "ʼ": "'", "‘": "'"}
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_SAINT = re.compile(r"\b(s(?:ain)?te?)\b")
_SAINTS = {"st": "saint", "ste": "sainte", "saint": "saint", "sainte": "sainte"}
_ARTICLES = ("l ", "le ", "la ", "les ", "las ", "los ", "lo ", "el ", "aux ")
_CEDEX = re.compile(r" cedex(?: \d+)?$")
_ARRONDISSEMENT = re.compile(
    r"^(paris|lyon|marseille) 0?(\d{1,2})(?: ?(?:er|e|eme|re|nd))?(?: arrondissement| arr)?$"
)
_ARRONDISSEMENTS = {"paris": ("751", 20), "lyon": ("6938", 9), "marseille": ("132", 16)}
PARTED = {"751": "75056", "693": "69123", "132": "13055"}
"""First digits of the arrondissements' codes → code of their commune."""

MOST_HINTS = 300
"""Nearest names are looked for so many times at most: a wrong register would ask 35,000 times."""


def _plain(name: str) -> str:
    folded = name.casefold()
    for letter, spelled in _LIGATURES.items():
        folded = folded.replace(letter, spelled)
    return unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()


@functools.lru_cache(maxsize=131_072)
def comparable(name: str) -> str:
    """A name without case, accents, hyphens and apostrophes, ``St`` written out.

    >>> comparable("St-Étienne-de-l’Œuf"), comparable("L'Haÿ-les-Roses")
    ('saint etienne de l oeuf', 'l hay les roses')
    """
    plain = name.lower() if name.isascii() else _plain(name)
    words = _NOT_WORD.sub(" ", plain).strip()
    if "st" in words:
        words = _SAINT.sub(lambda found: _SAINTS[found.group(1)], words)
    return words


_LETTERS = b"abcdefghijklmnopqrstuvwxyz0123456789\n"
_ONLY_LETTERS = bytes(byte if byte in _LETTERS else 32 for byte in range(256))


def comparables(names: Sequence[str]) -> list[str]:
    """:func:`comparable` of many names, all in one text, which takes a fifth of the time.

    >>> comparables(["St-Étienne-de-l’Œuf", "L'Haÿ-les-Roses"])
    ['saint etienne de l oeuf', 'l hay les roses']
    """
    if "\n".join(names).count("\n") != len(names) - 1:  # a name may hold a line break itself
        return [comparable(name) for name in names]
    plain = [name.lower() for name in names]
    foreign = [at for at, name in enumerate(names) if not name.isascii()]
    folded = _plain("\n".join([names[at] for at in foreign])).split("\n")
    for at, said in zip(foreign, folded, strict=bool(foreign)):
        plain[at] = said
    words = "\n".join(plain).encode().translate(_ONLY_LETTERS).replace(b"\n", b" \n ")
    while b"  " in words:
        words = words.replace(b"  ", b" ")
    words = b" %b " % words
    for short, full in ((b" st ", b" saint "), (b" ste ", b" sainte ")):
        while short in words:  # "st st": the second has no space of its own left at first
            words = words.replace(short, full)
    return [each.strip() for each in words.decode().split("\n")]


def plain_list(values: pd.Series) -> list[str]:
    """A column as a list of str: iterating a pandas text column takes ten times as long."""
    return [*map(str, values.to_numpy(dtype=object).tolist())]


def without_article(words: str) -> str:
    """A comparable name without its leading article.

    >>> without_article("l hay les roses"), without_article("le mans"), without_article("les")
    ('hay les roses', 'mans', 'les')
    """
    article = next((each for each in _ARTICLES if words.startswith(each)), "")
    return words[len(article) :]


def arrondissement_code(words: str) -> str | None:
    """INSEE code of an arrondissement of Paris, Lyon or Marseille from its comparable name.

    >>> arrondissement_code("paris 1er arrondissement"), arrondissement_code("marseille 16e")
    ('75101', '13216')
    >>> arrondissement_code("paris 21e arrondissement")
    """
    found = _ARRONDISSEMENT.match(words)
    if not found:
        return None
    stem, most = _ARRONDISSEMENTS[found.group(1)]
    number = int(found.group(2))
    return f"{stem}{number:0{5 - len(stem)}d}" if 1 <= number <= most else None


def arrondissement_codes(commune: str) -> tuple[str, ...]:
    """INSEE codes of the arrondissements of Paris, Lyon or Marseille; none of another commune.

    >>> len(arrondissement_codes("13055")), arrondissement_codes("69123")[0]
    (16, '69381')
    >>> arrondissement_codes("31555")
    ()
    """
    for stem, most in _ARRONDISSEMENTS.values():
        if PARTED[stem[:3]] == commune:
            return tuple(f"{stem}{number:0{5 - len(stem)}d}" for number in range(1, most + 1))
    return ()


def _distinct(communes: pd.DataFrame) -> tuple[list[str], list[str], list[str], list[int]]:
    """Codes, names and départements (``""``: not said), without the rows that only repeat.

    The table may join several files that each have every commune. The positions given last are
    those of the last row of each code that stands more than once.
    """
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from pyarrow import compute

    said = [communes[name] for name in ("code", "name", "departement") if name in communes]
    if "level" in communes.columns:
        rows = (communes["level"] == "commune").to_numpy(dtype=bool)
        said = [column[rows] for column in said]
    texts = [pa.array(column.astype("str")).fill_null("") for column in said]
    if len(texts) < 3:
        texts.append(pa.array([""] * len(texts[0])))
    places, _ = pd.factorize(said[0])
    count = int(places.max(initial=-1)) + 1
    first, last = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    at = np.arange(len(places))
    first[places[::-1]], last[places] = at[::-1], at
    changed = np.zeros(len(places), dtype=bool)
    for text in texts[1:]:
        changed |= ~compute.equal(text, text.take(first[places])).to_numpy(zero_copy_only=False)
    kept = changed.copy()
    kept[first] = True
    kept[last[np.unique(places[changed])]] = True  # whoever changed may change back
    rank = np.cumsum(kept) - 1
    several = rank[last[kept[last] & (last != first)]]
    columns = (text.filter(kept).to_numpy(zero_copy_only=False).tolist() for text in texts)
    return *columns, several.tolist()


How = Literal["name", "arrondissement", "former name", "neighbour"]


@dataclass
class Register:
    """The communes of one COG, found by département and name.

    Names that two communes of a département share lead to both: nothing is chosen blindly.
    """

    names: dict[str, str]
    """Code → name as published."""
    departements: dict[str, str]
    _codes: dict[tuple[str, str], str] = field(default_factory=dict)
    """(département, comparable name) → codes, space-separated."""
    _former: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    _hints: int = 0

    @classmethod
    def of(cls, communes: pd.DataFrame, moves: pd.DataFrame | None = None) -> Register:
        """The register of a table of communes.

        Parameters
        ----------
        communes
            ``code``, ``name`` and, if there is one, ``departement``; rows of another ``level``
            than commune are left out, so the territories table fits.
        moves
            Commune moves (``effective``, ``before``, ``after``) with ``name_before``; without that
            column former names cannot be understood.
        """
        codes, names, places, last = _distinct(communes)
        places = [told or departement_of(code) for told, code in zip(places, codes, strict=True)]
        register = cls(dict(zip(codes, names, strict=True)), dict(zip(codes, places, strict=True)))
        for at in last:
            register.names[codes[at]], register.departements[codes[at]] = names[at], places[at]
        known = register._codes
        for code, key in zip(codes, zip(places, comparables(names), strict=True), strict=True):
            first = known.setdefault(key, code)
            if first is not code:
                known[key] = f"{first} {code}"
        if moves is not None and "name_before" in moves.columns:
            register._learn_former_names(moves)
        return register

    def _learn_former_names(self, moves: pd.DataFrame) -> None:
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
            code = self._today(before, effective, steps)
            if code is not None:
                place = departement_of(before)
                words = comparable(name)
                for key in {words, without_article(words)}:
                    self._former.setdefault((place, key), set()).add(code)

    def _today(
        self, code: str, since: dt.date, steps: dict[str, list[tuple[dt.date, str]]]
    ) -> str | None:
        """The commune of the register that a code became; null where it was cut in several."""
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
        return code if code in self.names else None

    def find(self, name: str, postcode: str) -> tuple[set[str], How]:
        """Codes of the communes that a name and a five-digit postcode may mean, and how.

        One code: found. Several: ambiguous. None: not found.
        """
        words = _CEDEX.sub("", comparable(name))
        places = departements_of_postcode(postcode)
        code = arrondissement_code(words)
        if code is not None and departement_of(code) in places:
            return {code}, "arrondissement"
        found = self._among(places, words)
        if found:
            return found, "name"
        short = without_article(words)
        for place in places:
            found |= self._former.get((place, words)) or self._former.get((place, short), set())
        return found, "former name"

    def plain(self, names: Sequence[str], postcodes: Sequence[str]) -> list[str | None]:
        """What :meth:`find` gives for each row where it is one code by its name; else null."""
        spelled = comparables(names)
        homes = {code: departements_of_postcode(code) for code in dict.fromkeys(postcodes)}
        single = {code: places[0] if len(places) == 1 else "" for code, places in homes.items()}
        keys = zip(map(single.__getitem__, postcodes), spelled, strict=True)
        # An arrondissement, or what a delivery office adds to the name, is left to `find`.
        doubtful = ("paris ", "lyon ", "marseille ")
        return [
            None
            if code is None or " " in code or " cedex" in words or words.startswith(doubtful)
            else code
            for code, words in zip(map(self._codes.get, keys), spelled, strict=True)
        ]

    def across(self, name: str, postcode: str) -> set[str]:
        """The same in the neighbouring départements, under their present names."""
        words = _CEDEX.sub("", comparable(name))
        places = {
            near
            for place in departements_of_postcode(postcode)
            for near in NEIGHBOURS.get(place, ())
        }
        return self._among(places, words)

    def _among(self, places: Iterable[str], words: str) -> set[str]:
        """The whole name first: La Vergne and Vergné are two communes of one département."""
        found: list[str] = []
        for place in places:
            codes = self._codes.get((place, words))
            if codes is None:
                short = without_article(words)
                near = (self._codes.get((place, each + short)) for each in ("", *_ARTICLES))
                codes = " ".join(each for each in near if each)
            found += codes.split()
        return set(found)

    def nearest(self, name: str, postcode: str) -> str:
        """Up to three communes with a near name around a postcode, as text for a message."""
        if self._hints >= MOST_HINTS:
            return "?"
        self._hints += 1
        home = departements_of_postcode(postcode)
        around = {*home, *(near for place in home for near in NEIGHBOURS.get(place, ()))}
        known = {
            without_article(words): code
            for (place, words), codes in self._codes.items()
            if place in around
            for code in codes.split()
        }
        near = difflib.get_close_matches(without_article(comparable(name)), known, n=3, cutoff=0.6)
        listed = ", ".join(f"{self.names[known[key]]} ({known[key]})" for key in near)
        return listed or T("aucun", "none").say()
