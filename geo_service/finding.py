"""Finds a territory, a QPV or a structure by the beginning of its words, its code or its number."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np

from .atlas import Atlas
from .core.i18n import T, Text
from .core.territory import LAYER_OF_LEVEL
from .rules import structure_kinds

_LEVELS: dict[str, Text] = {
    "region": T("Région", "Région"),
    "departement": T("Département", "Département"),
    "epci": T("Intercommunalité (EPCI)", "Intercommunal body (EPCI)"),
    "commune": T("Commune", "Commune"),
}
_WORD = re.compile(r"[a-z0-9]+")
MOST_WORDS = 6


@dataclass(frozen=True)
class Found:
    """One thing that has a page of its own."""

    kind: str
    """``territoire``, ``qpv`` or ``structure``."""
    code: str
    """What its address ends with: ``region:76``, ``QN03102M``, a FINESS number."""
    name: str
    what: Text
    """What it is: a commune, a QPV of 2024, a maison de santé."""
    where: str
    """Where it lies: names of communes or of the département."""


def fold(text: str) -> str:
    """Text without case and accents, words parted by one space.

    >>> fold("Saint-Étienne d’Œil")
    'saint etienne d oeil'
    """
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe"))
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(_WORD.findall(kept.casefold()))


class Finder:
    """Everything of a result that can be looked for by name.

    Parameters
    ----------
    atlas
        The stored result.
    """

    def __init__(self, atlas: Atlas) -> None:
        self.things: list[Found] = [*_territories(atlas), *_qpv(atlas), *_structures(atlas)]
        self._folded = [f" {fold(f'{thing.name} {thing.code}')} " for thing in self.things]
        self._lengths = np.array([len(text) for text in self._folded])

    def find(self, words: str, most: int = 10) -> list[Found]:
        """Things of which each word begins a word of the name or the code, best first.

        A thing whose name begins so comes first; then the larger territory (region, département,
        EPCI, commune; then by inhabitants), then the shorter name.
        """
        asked = fold(words).split()[:MOST_WORDS]
        if not asked:
            return []
        hits = [
            place
            for place, text in enumerate(self._folded)
            if all(f" {word}" in text for word in asked)
        ]
        whole = " " + " ".join(asked)
        hits.sort(
            key=lambda place: (
                not self._folded[place].startswith(whole + " "),
                not self._folded[place].startswith(whole),
                int(self._lengths[place]) if self.things[place].kind != "territoire" else 0,
                place,
            )
        )
        return [self.things[place] for place in hits[:most]]


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value)


def _territories(atlas: Atlas) -> list[Found]:
    """The largest level first, and in each the places where most people live."""
    held = atlas.stored.layer_names()
    found = []
    departements: dict[str, str] = {}
    for level, layer in LAYER_OF_LEVEL.items():
        if layer not in held:
            continue
        table = atlas.layer(layer).sort_values("population", ascending=False, kind="stable")
        if level == "departement":
            departements = dict(zip(table["code"], map(_text, table["name"]), strict=True))
        for code, name, departement, territory in zip(
            table["code"], table["name"], table["departement"], table["territory"], strict=True
        ):
            where = _text(departement) if level == "commune" else ""
            where = departements.get(where) or where
            found.append(
                Found("territoire", _text(territory), _text(name) or code, _LEVELS[level], where)
            )
    return found


def _qpv(atlas: Atlas) -> list[Found]:
    names = _commune_names(atlas)
    found = []
    for layer in sorted(atlas.stored.layer_names(), reverse=True):
        if not layer.startswith("qpv_"):
            continue
        year = layer.removeprefix("qpv_")
        what = T("Quartier prioritaire {year}", "Priority neighbourhood {year}", year=year)
        table = atlas.stored.read_layer(layer, columns=["code", "name", "communes"])
        for code, name, communes in zip(
            table["code"], table["name"], table["communes"], strict=True
        ):
            where = ", ".join(names.get(own, own) for own in _text(communes).split())
            found.append(Found("qpv", _text(code), _text(name) or _text(code), what, where))
    return found


def _structures(atlas: Atlas) -> list[Found]:
    if "structures" not in atlas.stored.layer_names():
        return []
    names = _commune_names(atlas)
    kinds = structure_kinds()
    table = atlas.layer("structures")
    return [
        Found(
            "structure",
            _text(finess) or _text(structure),
            _text(name) or _text(finess),
            kinds[kind].label if kind in kinds else Text(_text(kind), _text(kind)),
            names.get(_text(commune), _text(commune)),
        )
        for finess, structure, name, kind, commune in zip(
            table["finess"],
            table["structure_id"],
            table["name"],
            table["kind"],
            table["commune"],
            strict=True,
        )
    ]


def _commune_names(atlas: Atlas) -> dict[str, str]:
    if "communes" not in atlas.stored.layer_names():
        return {}
    table = atlas.stored.read_layer("communes", columns=["code", "name"])
    return {code: _text(name) for code, name in zip(table["code"], table["name"], strict=True)}
