"""The same structure in two millésimes: by FINESS number, then SIRET, then name and place.

One to one, in that order; what is left with more than one candidate is listed as ambiguous, with
the reason, and never guessed.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.crs import WGS84, transform
from ..core.i18n import T, Text

DEFAULT_METRES = 200.0
"""Metres within which two positions are the same place: a convention, said in the output."""
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Doubt:
    """Structures that may be one another: positions in both tables, and why nobody can tell."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    reason: Text


@dataclass(frozen=True)
class Matching:
    """``pairs``: (position before, position after, by what); the rest by position."""

    pairs: tuple[tuple[int, int, str], ...]
    ambiguous: tuple[Doubt, ...]
    only_before: tuple[int, ...]
    only_after: tuple[int, ...]


def match_structures(before: Any, after: Any, *, metres: float = DEFAULT_METRES) -> Matching:
    """Match the structures of two registers.

    Parameters
    ----------
    before, after
        Tables with ``finess``, ``siret``, ``name``, ``settled`` (or ``commune``), ``lon``,
        ``lat`` and ``legal_crs``.
    metres
        Two structures of one name are the same place within that distance (legal CRS), or in one
        commune.

    Returns
    -------
    Matching
        Each structure stands once: in a pair, in a doubt, or alone.
    """
    left, right = set(range(len(before))), set(range(len(after)))
    pairs: list[tuple[int, int, str]] = []
    doubts: list[Doubt] = []
    for column in ("finess", "siret"):
        groups = _by_value(before, after, column, left, right)
        for value, (old, new) in groups.items():
            if len(old) == len(new) == 1:
                pairs.append((old[0], new[0], column))
                left.discard(old[0])
                right.discard(new[0])
            elif column == "finess":  # a number given twice in one file names nobody
                doubts.append(Doubt(tuple(old), tuple(new), SAME_FINESS.with_values(it=value)))
                left.difference_update(old)
                right.difference_update(new)
    near = _near_names(before, after, left, right, metres)
    for group in _components(near):
        if len(group.old) == len(group.new) == 1:
            pairs.append((group.old[0], group.new[0], "name"))
        else:
            doubts.append(Doubt(tuple(group.old), tuple(group.new), SAME_NAME))
        left.difference_update(group.old)
        right.difference_update(group.new)
    for value, (old, new) in _by_value(before, after, "siret", left, right).items():
        # Several sites of one establishment, or one that split: names did not tell them apart.
        doubts.append(Doubt(tuple(old), tuple(new), SAME_SIRET.with_values(it=value)))
        left.difference_update(old)
        right.difference_update(new)
    return Matching(tuple(sorted(pairs)), tuple(doubts), tuple(sorted(left)), tuple(sorted(right)))


def normalise_name(name: Any) -> str:
    """A name without accents, case, punctuation or the order of its words.

    >>> normalise_name("M.S.P. de l'Été"), normalise_name("MSP DE L ETE")
    ('DE ETE L MSP', 'DE ETE L MSP')
    """
    if not isinstance(name, str):
        return ""
    plain = unicodedata.normalize("NFKD", name.replace(".", ""))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign)).upper()
    words = "".join(sign if sign.isalnum() else " " for sign in letters).split()
    return " ".join(sorted(words))


def _values(table: Any, column: str) -> list[Any]:
    return list(table[column].astype("object").where(table[column].notna(), None))


def _by_value(
    before: Any, after: Any, column: str, left: set[int], right: set[int]
) -> dict[Any, tuple[list[int], list[int]]]:
    """Positions of each value that both tables hold among the positions left."""
    held: dict[Any, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, (table, kept) in enumerate(((before, left), (after, right))):
        for position, value in enumerate(_values(table, column)):
            if value and position in kept:
                held[value][side].append(position)
    return {value: sides for value, sides in held.items() if sides[0] and sides[1]}


def _near_names(
    before: Any, after: Any, left: set[int], right: set[int], metres: float
) -> list[tuple[int, int]]:
    named: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, (table, kept) in enumerate(((before, left), (after, right))):
        for position, name in enumerate(_values(table, "name")):
            words = normalise_name(name)
            if words and position in kept:
                named[words][side].append(position)
    far = _distances(before, after)
    column = "settled" if "settled" in before and "settled" in after else "commune"
    places, others = _values(before, column), _values(after, column)
    return [
        (old, new)
        for olds, news in named.values()
        for old in olds
        for new in news
        if (places[old] is not None and places[old] == others[new]) or far(old, new) <= metres
    ]


def _distances(before: Any, after: Any) -> Callable[[int, int], float]:
    """Metres between a structure of each table; infinite where nobody can tell."""

    def projected(table: Any) -> tuple[Any, Any, Any]:
        codes = table["legal_crs"].to_numpy(dtype=float, na_value=np.nan)
        lon, lat = table["lon"].to_numpy(dtype=float), table["lat"].to_numpy(dtype=float)
        x, y = np.full(len(table), np.nan), np.full(len(table), np.nan)
        for code in np.unique(codes[~np.isnan(codes)]):
            rows = np.flatnonzero((codes == code) & ~np.isnan(lon))
            if len(rows):
                x[rows], y[rows] = transform(lon[rows], lat[rows], WGS84, int(code))
        # A position that decides nothing is no place: its commune is.
        vague = np.isinf(table["precision_m"].to_numpy(dtype=float))
        x[vague] = np.nan
        return codes, x, y

    codes, x, y = projected(before)
    other_codes, other_x, other_y = projected(after)

    def far(old: int, new: int) -> float:
        if codes[old] != other_codes[new]:
            return np.inf
        length = float(np.hypot(x[old] - other_x[new], y[old] - other_y[new]))
        return np.inf if np.isnan(length) else length

    return far


@dataclass
class _Group:
    old: list[int]
    new: list[int]


def _components(edges: Iterable[tuple[int, int]]) -> list[_Group]:
    """Connected groups of a graph between the two tables."""
    parent: dict[tuple[int, int], tuple[int, int]] = {}

    def root(node: tuple[int, int]) -> tuple[int, int]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for old, new in edges:
        parent[root((0, old))] = root((1, new))
    groups: dict[tuple[int, int], _Group] = {}
    for node in list(parent):
        group = groups.setdefault(root(node), _Group([], []))
        (group.old, group.new)[node[0]].append(node[1])
    return [_Group(sorted(group.old), sorted(group.new)) for group in groups.values()]


SAME_FINESS = T(
    "le numéro FINESS {it} est donné plusieurs fois dans un fichier",
    "the FINESS number {it} is given several times in one file",
)
SAME_SIRET = T(
    "plusieurs sites ont le SIRET {it} et rien ne les départage",
    "several sites have the SIRET {it} and nothing tells them apart",
)
SAME_NAME = T(
    "plusieurs sites ont le même nom au même endroit",
    "several sites have the same name in the same place",
)
