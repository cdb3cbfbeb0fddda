"""How QPV are ranked: terms, transforms and weights, read from ``law/ranking.toml``.

A user's file or mapping changes weights and transforms; whatever is not exactly understood there
is refused, because a misspelt weight would give another ranking without a word.
"""

from __future__ import annotations

import datetime as dt
import difflib
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..core.errors import RuleError, SourceError
from ..core.i18n import T, Text
from ..core.strict import Kinds, Table, is_number, parse_toml
from ..rules import load_law

LAW = "ranking.toml"
MOST_DRAWS = 10_000
_NAMES = ("apl", "zonage", "distance", "population")


@dataclass(frozen=True)
class Term:
    """One term of the ranking: its weight, and how a value becomes a need from 0 to 1.

    ``linear`` and ``log``: 0 at ``start``, 1 at ``end``, and no further outside; ``classes``: by
    class.
    """

    name: str
    label: Text
    about: Text
    weight: float
    transform: str
    unit: Text
    reference: Text
    start: float = 0.0
    end: float = 1.0
    classes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Method:
    """A complete method: what stands in the law file, with the changes of a user.

    ``weights`` sum to 1. ``changed``: whether it differs from the published one. ``around``: how
    far each weight is moved to see what a rank owes to it.
    """

    label: Text
    terms: tuple[Term, ...]
    needs_one_of: tuple[str, ...]
    precedents: tuple[Text, ...]
    valid_from: dt.date
    around: float
    draws: int
    seed: int
    name: str = ""
    changed: bool = False

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each term; their sum is 1."""
        return {term.name: term.weight for term in self.terms}

    def term(self, name: str) -> Term:
        """The term of that name."""
        return next(term for term in self.terms if term.name == name)


@functools.cache
def published_method() -> Method:
    """The method of ``law/ranking.toml``.

    Raises
    ------
    RuleError
        The file is missing, or is not what it has to be.
    """
    law = load_law(LAW)
    near = law["neighbourhood"]
    terms = tuple(
        Term(
            name=entry["name"],
            label=Text(**entry["label"]),
            about=Text(**entry["about"]),
            weight=_weight(entry["name"], entry["weight"], LAW),
            transform=entry["transform"],
            unit=Text(**entry["unit"]),
            reference=Text(**entry["reference"]),
            **_shape(entry["name"], entry["transform"], entry, LAW),
        )
        for entry in law["term"]
    )
    if tuple(term.name for term in terms) != _NAMES:
        raise _wrong(LAW, "term", ", ".join(term.name for term in terms), ", ".join(_NAMES))
    method = Method(
        label=Text(**law["label"]),
        terms=terms,
        needs_one_of=tuple(law["needs_one_of"]),
        precedents=tuple(Text(**entry["label"]) for entry in law["precedent"]),
        valid_from=law["valid_from"],
        around=_around(near["around"], LAW),
        draws=_draws(near["draws"], LAW),
        seed=int(near["seed"]),
    )
    return _weighed(method, method.weights, LAW)


def adjusted(
    weights: Mapping[str, float], *, base: Method | None = None, file: str | None = None
) -> Method:
    """The published method with other weights; every term has to be named, 0 leaves it out.

    Parameters
    ----------
    weights
        Term → a number from 0; they are divided by their sum.

    Raises
    ------
    RuleError
        A term is unknown or missing, a weight is no number from 0, or all are 0.
    """
    method = base or published_method()
    table = _Part(weights, file, "weights")
    table.close(*_NAMES)
    for name in _NAMES:
        if not table.has(name):
            raise table.missing(name, (float,))
    given = {name: _weight(name, weights[name], file) for name in _NAMES}
    return _weighed(method, given, file)


def read_method(path: str | Path) -> Method:
    """The published method, changed by a user's TOML file.

    ``[weights]`` names every term; ``name``, ``[neighbourhood]`` (``around``, ``draws``) and
    ``[transforms.<term>]`` (``from``, ``to``, or ``classes``) may be left out.

    Raises
    ------
    SourceError
        The file is missing or is no TOML.
    RuleError
        A key is unknown, or a value is not accepted; the file and the key are named.
    """
    path = Path(path)
    try:
        given = parse_toml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(
            T("Ce fichier de poids ne s'ouvre pas.", "This file of weights cannot be opened."),
            file=path,
        ) from error
    except ValueError as error:
        raise SourceError(
            T(
                "Ce fichier de poids n'est pas du TOML lisible ({error}).",
                "This file of weights is no readable TOML ({error}).",
                error=str(error)[:200],
            ),
            file=path,
        ) from error
    return _changed(given, str(path))


def _changed(given: Mapping[str, Any], file: str) -> Method:
    method, whole = published_method(), _Part(given, file)
    whole.close("name", "weights", "neighbourhood", "transforms")
    name = given.get("name", "")
    if not isinstance(name, str) or len(name) > 200:
        raise _wrong(file, "name", name, "texte, text")
    weights, near, shapes = map(whole.part, ("weights", "neighbourhood", "transforms"))
    near.close("around", "draws")
    terms = []
    for term in method.terms:
        shape = shapes.part(term.name)
        shape.close(*_KEYS[term.transform])
        held = {"from": term.start, "to": term.end, "classes": term.classes, **shape.values}
        terms.append(replace(term, **_shape(term.name, term.transform, held, file)))
    shapes.close()
    method = replace(
        method,
        name=name,
        terms=tuple(terms),
        around=_around(near.values.get("around", method.around), file),
        draws=_draws(near.values.get("draws", method.draws), file),
    )
    if not whole.has("weights"):
        raise whole.missing("weights", (dict,))
    return adjusted(weights.values, base=method, file=file)


class _Part(Table):
    """A table of a user's method, or the whole of it."""

    def part(self, name: str) -> _Part:
        """A table inside this one, empty where it is absent."""
        return self.table(name) if self.has(name) else _Part({}, self.file, self.key(name))

    def missing(self, name: str, kinds: Kinds) -> RuleError:
        """The table of the weights is not there, or one of them."""
        if dict in kinds:
            return self.refuse(
                name, T("La table [weights] manque.", "The table [weights] is missing.")
            )
        return self.refuse(
            name,
            T("Le poids de ce terme manque.", "The weight of this term is missing."),
            T(
                "Donnez-les tous : {names} ; 0 retire un terme.",
                "Give them all: {names}; 0 leaves a term out.",
                names=", ".join(_NAMES),
            ),
        )

    def unfit(self, name: str, value: Any, kinds: Kinds) -> RuleError:  # noqa: ARG002 - given
        """Anything else where a table is meant."""
        return _wrong(self.file, self.key(name), value, f"[{self.key(name)}]")

    def unknown(self, name: str) -> RuleError:
        """A key that is not known there."""
        return _unknown(name, self.asked, self.file, self.key(name))


_KEYS = {"linear": ("from", "to"), "log": ("from", "to"), "classes": ("classes",)}


def _shape(name: str, transform: str, held: Mapping[str, Any], file: str) -> dict[str, Any]:
    """What a transform rests on, checked."""
    where = f"transforms.{name}"
    if transform not in _KEYS:
        raise _unknown(transform, tuple(_KEYS), file, where)
    if transform == "classes":
        classes = held["classes"]
        if not isinstance(classes, Mapping) or not classes:
            raise _wrong(file, f"{where}.classes", classes, "{ZIP = 1.0, …}")
        for key, need in classes.items():
            if not is_number(need) or not 0 <= need <= 1:
                raise _wrong(file, f"{where}.classes.{key}", need, "0 … 1")
        return {"classes": {str(key): float(need) for key, need in classes.items()}}
    start, end = held["from"], held["to"]
    for key, value in (("from", start), ("to", end)):
        if not is_number(value) or value < 0 or (transform == "log" and value == 0):
            raise _wrong(file, f"{where}.{key}", value, "> 0" if transform == "log" else "≥ 0")
    # The way a term points is its meaning: the nearer structure is never the greater need.
    falling = name == "apl"
    if (start <= end) if falling else (start >= end):
        raise _wrong(file, where, f"{start} → {end}", "from > to" if falling else "from < to")
    return {"start": float(start), "end": float(end)}


def _weighed(method: Method, weights: Mapping[str, float], file: str | None) -> Method:
    total = sum(weights.values())
    if total <= 0:
        raise _wrong(file, "weights", 0, "> 0")
    terms = tuple(replace(t, weight=weights[t.name] / total) for t in method.terms)
    made = replace(method, terms=terms)
    if file == LAW:
        return made
    base = published_method()
    same = (
        all(
            abs(one.weight - other.weight) < 1e-12 and replace(one, weight=other.weight) == other
            for one, other in zip(made.terms, base.terms, strict=True)
        )
        and made.around == base.around
        and made.draws == base.draws
    )
    return replace(made, changed=not same)


def _weight(name: str, value: Any, file: str | None) -> float:
    if not is_number(value) or not 0 <= value <= 1e6:
        raise _wrong(file, f"weights.{name}", value, "0 … 1000000")
    return float(value)


def _around(value: Any, file: str) -> float:
    if not is_number(value) or not 0 <= value <= 1:
        raise _wrong(file, "neighbourhood.around", value, "0 … 1")
    return float(value)


def _draws(value: Any, file: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_DRAWS:
        raise _wrong(file, "neighbourhood.draws", value, f"0 … {MOST_DRAWS}")
    return value


def _unknown(name: str, known: tuple[str, ...], file: str | None, key: str) -> RuleError:
    nearest = difflib.get_close_matches(name, known, n=1)
    return RuleError(
        T(
            "« {name} » n'est pas connu ici ; il y a : {known}.",
            "“{name}” is not known here; there are: {known}.",
            name=name,
            known=", ".join(known),
        ),
        file=file,
        field=key,
        do=T("Vouliez-vous « {it} » ?", "Did you mean “{it}”?", it=nearest[0]) if nearest else None,
    )


def _wrong(file: str | None, key: str, value: Any, expected: str) -> RuleError:
    return RuleError(
        T(
            "La valeur « {value} » n'est pas acceptée ; attendu : {expected}.",
            "The value “{value}” is not accepted; expected: {expected}.",
            value=str(value)[:100],
            expected=expected,
        ),
        file=file,
        field=key,
    )
