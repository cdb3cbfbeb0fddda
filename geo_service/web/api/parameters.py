"""The parameters of the API: each is described once, read once, and refused in words."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from ...core.i18n import LANGUAGES, T, Text
from ...core.tables import LEVELS
from ...rules import qpv_generations, structure_kinds

MOST_ITEMS = 5000
"""Items of a page at most."""
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,7}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Parameter:
    """One parameter of a query: what it means, its JSON schema, how it is read."""

    name: str
    about: Text
    wanted: Text
    """What a value has to be, said to those whose value is refused."""
    schema: Mapping[str, Any]
    read: Callable[[str], Any]
    """Value of a text; raises ValueError for one that is not accepted."""
    default: Any = None
    required: bool = False
    examples: tuple[Any, ...] = ()
    style: Mapping[str, Any] = field(default_factory=dict)


class RefusedError(Exception):
    """Parameters that are not accepted, each with the reason."""

    def __init__(self, reasons: Mapping[str, Text]) -> None:
        super().__init__(", ".join(reasons))
        self.reasons = dict(reasons)


def read_parameters(known: Mapping[str, Parameter], given: MultiDict[str, str]) -> dict[str, Any]:
    """The value of each known parameter; what is absent has its default.

    Raises
    ------
    RefusedError
        A parameter is unknown, repeated, missing or not accepted; every such one is named.
    """
    values = {name: parameter.default for name, parameter in known.items()}
    reasons: dict[str, Text] = {}
    for name, texts in given.lists():
        parameter = known.get(name)
        if parameter is None:
            reasons[name] = T(
                "paramètre inconnu ; il y a : {known}",
                "unknown parameter; there are: {known}",
                known=", ".join(known),
            )
        elif len(texts) > 1:
            reasons[name] = T("donné plusieurs fois", "given several times")
        else:
            try:
                values[name] = parameter.read(texts[0])
            except ValueError:
                reasons[name] = parameter.wanted
    for name, parameter in known.items():
        if parameter.required and name not in given:
            reasons[name] = T("manque ; {wanted}", "missing; {wanted}", wanted=parameter.wanted)
    if reasons:
        raise RefusedError(reasons)
    return values


def _number(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        if not _NUMBER.fullmatch(text):
            raise ValueError(text)
        value = float(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return read


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text) or not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return read


def _one_of(*values: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in values:
            raise ValueError(text)
        return text

    return read


def _date(text: str) -> dt.date:
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return dt.date.fromisoformat(text)


def _text(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(text)
    return text


def _name(text: str) -> str:
    if not text:
        raise ValueError(text)
    return _text(text)


def _precision(text: str) -> float:
    return math.nan if text == "unknown" else _number(0, _FARTHEST)(text)


def _box(text: str) -> Box:
    parts = text.split(",")
    if len(parts) != 4:
        raise ValueError(text)
    west, south, east, north = (_number(-180, 180)(part) for part in parts)
    return west, min(south, north), east, max(south, north)


_LONGEST = 200
_FARTHEST = 100_000
_KINDS = tuple(structure_kinds())
_GENERATIONS = tuple(qpv_generations())
_STATES = ("inside", "outside", "undetermined")


def choice(name: str, about: Text, values: tuple[str, ...], **more: Any) -> Parameter:
    """A parameter that takes one of these values."""
    wanted = T("attendu : {values}", "expected: {values}", values=", ".join(values))
    schema = {"type": "string", "enum": list(values)}
    return Parameter(name, about, wanted, schema, _one_of(*values), **more)


def words(name: str, about: Text, *, examples: tuple[str, ...], least: int = 1) -> Parameter:
    """A parameter that takes a text."""
    wanted = T(
        "attendu : de {least} à {most} signes",
        "expected: from {least} to {most} characters",
        least=least,
        most=_LONGEST,
    )
    schema = {"type": "string", "minLength": least, "maxLength": _LONGEST}
    read = _name if least else _text
    return Parameter(name, about, wanted, schema, read, examples=examples)


def count_of(name: str, about: Text, high: int, default: int) -> Parameter:
    """A parameter that takes a whole number from 1."""
    wanted = T(
        "attendu : un entier de 1 à {high}", "expected: an integer from 1 to {high}", high=high
    )
    schema = {"type": "integer", "minimum": 1, "maximum": high, "default": default}
    return Parameter(name, about, wanted, schema, _whole(1, high), default, examples=(default,))


def degrees(name: str, about: Text, most: int, example: float) -> Parameter:
    """A required parameter in degrees."""
    wanted = T(
        "attendu : des degrés de -{most} à {most}, point décimal",
        "expected: degrees from -{most} to {most}, decimal point",
        most=most,
    )
    schema = {"type": "number", "minimum": -most, "maximum": most}
    return Parameter(
        name, about, wanted, schema, _number(-most, most), required=True, examples=(example,)
    )


def day(name: str, about: Text, **more: Any) -> Parameter:
    """A parameter that takes a date."""
    wanted = T("attendu : une date AAAA-MM-JJ", "expected: a date YYYY-MM-DD")
    schema = {"type": "string", "format": "date"}
    return Parameter(name, about, wanted, schema, _date, examples=("2026-01-31",), **more)


def flag(name: str, about: Text) -> Parameter:
    """A parameter that takes ``true`` or ``false`` (the default)."""
    wanted = T("attendu : true ou false", "expected: true or false")
    schema = {"type": "boolean", "default": False}
    read = _one_of("true", "false")
    return Parameter(name, about, wanted, schema, lambda text: read(text) == "true", False)


PARAMETERS: dict[str, Parameter] = {
    parameter.name: parameter
    for parameter in (
        choice("lang", T("Langue des textes", "Language of the texts"), LANGUAGES),
        words(
            "q",
            T(
                "Début de mots du nom ou du code, sans égard aux accents",
                "Beginnings of words of the name or code, whatever the accents",
            ),
            examples=("toulouse",),
            least=0,
        ),
        count_of("limit", T("Nombre d'objets par page", "Items of a page"), MOST_ITEMS, 100),
        count_of("page", T("Numéro de la page", "Number of the page"), 1_000_000, 1),
        choice("level", T("Niveau de territoire", "Level of territory"), LEVELS),
        words(
            "territory",
            T("Dans ce territoire, niveau:code", "In this territory, level:code"),
            examples=("region:76",),
        ),
        words(
            "within",
            T("À l'intérieur de ce territoire, niveau:code", "Inside this territory, level:code"),
            examples=("departement:31",),
        ),
        choice("kind", T("Nature de structure", "Kind of structure"), _KINDS),
        words("indicator", T("Nom d'une mesure", "Name of a measure"), examples=("share_in_qpv",)),
        words(
            "definition",
            T("Définition ou seuil de la mesure", "Definition or threshold of the measure"),
            examples=("qpv",),
        ),
        day(
            "as_of",
            T(
                "Date que le résultat contient ; une autre est une erreur 404 qui les énumère",
                "Date that the result holds; another one is a 404 that lists those it holds",
            ),
        ),
        choice(
            "in_qpv",
            T(
                "Position par rapport aux QPV, à la date principale",
                "Position towards the QPV, at the main date",
            ),
            _STATES,
        ),
        Parameter(
            "bbox",
            T(
                "Objets qui touchent ce rectangle : ouest,sud,est,nord en degrés (WGS 84) ; ouest "
                "plus grand qu'est : le rectangle passe l'antiméridien",
                "Objects that meet this box: west,south,east,north in degrees (WGS 84); west "
                "beyond east: the box crosses the antimeridian",
            ),
            T(
                "attendu : ouest,sud,est,nord en degrés de -180 à 180, point décimal",
                "expected: west,south,east,north in degrees from -180 to 180, decimal point",
            ),
            {
                "type": "array",
                "items": {"type": "number", "minimum": -180, "maximum": 180},
                "minItems": 4,
                "maxItems": 4,
            },
            _box,
            examples=([1.3, 43.5, 1.6, 43.7],),
            style={"style": "form", "explode": False},
        ),
        choice("generation", T("Génération de QPV", "Generation of QPV"), _GENERATIONS),
        words("code", T("Code d'anomalie", "Code of anomaly"), examples=("repaired-geometry",)),
        degrees("lon", T("Longitude, WGS 84", "Longitude, WGS 84"), 180, 1.4442),
        degrees("lat", T("Latitude, WGS 84", "Latitude, WGS 84"), 90, 43.6045),
        Parameter(
            "precision",
            T(
                "Mètres dans lesquels se trouve le vrai lieu ; 0 : exact ; unknown : inconnue",
                "Metres within which the true place lies; 0: exact; unknown",
            ),
            T(
                "attendu : des mètres de 0 à {most}, point décimal, ou unknown",
                "expected: metres from 0 to {most}, decimal point, or unknown",
                most=_FARTHEST,
            ),
            {
                "anyOf": [
                    {"type": "number", "minimum": 0, "maximum": _FARTHEST},
                    {"type": "string", "const": "unknown"},
                ],
                "default": 0,
            },
            _precision,
            0.0,
            examples=(50,),
        ),
    )
}


def add_parameters(*parameters: Parameter) -> None:
    """Add parameters of one module; two of one name would be two meanings."""
    for parameter in parameters:
        assert parameter.name not in PARAMETERS, parameter.name
        PARAMETERS[parameter.name] = parameter


def formats(*names: str) -> Parameter:
    """The parameter ``f`` of an operation that answers in several formats, the first by default."""
    about = T("Format de la réponse", "Format of the answer")
    plain = choice("f", about, names, default=names[0])
    return Parameter(
        "f", about, plain.wanted, {**plain.schema, "default": names[0]}, plain.read, names[0]
    )
