"""One fact of a project: its type, unit and bounds, its words, and how a text of it is read."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..core.errors import SchemaError
from ..core.i18n import T, Text, say_date, say_number, say_share
from .units import say_unit

FactKind = Literal["choice", "yes-no", "date", "number", "count", "names"]
_MOST_NAMES = 30
_NUMBER = re.compile(r"\d{1,12}([.,]\d{0,9})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True)
class Fact:
    """One fact: what it means, its type, its unit and what it may be."""

    name: str
    section: str
    label: Text
    kind: FactKind
    unit: str | None = None
    choices: Mapping[str, Text] = field(default_factory=dict)
    low: float = 0.0
    high: float = math.inf

    @property
    def question(self) -> Text:
        """What is asked of those who did not give it."""
        if self.kind == "yes-no":
            return T("{label} : oui ou non ?", "{label}: yes or no?", label=self.label)
        if self.kind == "date":
            return T("{label} : à quelle date ?", "{label}: on which date?", label=self.label)
        if self.kind == "choice":
            return T("{label} : laquelle ou lequel ?", "{label}: which one?", label=self.label)
        if self.kind == "names":
            return T(
                "{label} : lesquels (ou aucun) ?",
                "{label}: which ones (or none)?",
                label=self.label,
            )
        return T(
            "{label} : combien ({unit}) ?",
            "{label}: how many or how much ({unit})?",
            label=self.label,
            unit=self.said_unit,
        )

    @property
    def said_unit(self) -> Text:
        """The unit in words; of a share, what it runs from and to."""
        if self.unit == "share":
            return T("de 0 à 1", "from 0 to 1")
        return say_unit(self.unit or "share")

    @property
    def wanted(self) -> Text:
        """What a value has to be."""
        if self.kind == "choice":
            return T("attendu : {it}", "expected: {it}", it=", ".join(self.choices))
        if self.kind == "yes-no":
            return T("attendu : true ou false", "expected: true or false")
        if self.kind == "date":
            return T("attendu : une date AAAA-MM-JJ", "expected: a date YYYY-MM-DD")
        if self.kind == "names":
            return T("attendu : une liste de noms", "expected: a list of names")
        most = "" if math.isinf(self.high) else f"{self.high:g}"
        return T(
            "attendu : {what} de {low} à {high} ({unit})",
            "expected: {what} from {low} to {high} ({unit})",
            what=T("un entier", "an integer")
            if self.kind == "count"
            else T("un nombre", "a number"),
            low=f"{self.low:g}",
            high=most or "…",
            unit=say_unit(self.unit or "share"),
        )

    def say(self, value: Any) -> Text:
        """A value of this fact in words."""
        if value is None:
            return T("non renseigné", "not given")
        if self.kind == "choice":
            return self.choices[value]
        if self.kind == "yes-no":
            return T("oui", "yes") if value else T("non", "no")
        if self.kind == "date":
            return Text(say_date(value, "fr"), say_date(value, "en"))
        if self.kind == "names":
            return T("aucun", "none") if not value else Text(", ".join(value), ", ".join(value))
        if self.unit == "share":
            return Text(say_share(value, "fr"), say_share(value, "en"))
        return Text(say_number(value, "fr"), say_number(value, "en"))

    def check(self, value: Any) -> Any:
        """The value as this fact's type.

        Raises
        ------
        SchemaError
            It is of another type or outside what the fact may be.
        """
        if value is None:
            return None
        checks: dict[FactKind, Callable[[], bool]] = {
            "choice": lambda: isinstance(value, str) and value in self.choices,
            "yes-no": lambda: isinstance(value, bool),
            "date": lambda: isinstance(value, dt.date) and not isinstance(value, dt.datetime),
            "number": lambda: _is_number(value) and self.low <= value <= self.high,
            "count": lambda: (
                isinstance(value, int) and _is_number(value) and self.low <= value <= self.high
            ),
            "names": lambda: (
                isinstance(value, list | tuple)
                and len(value) <= _MOST_NAMES
                and all(isinstance(name, str) and name for name in value)
            ),
        }
        if not checks[self.kind]():
            raise SchemaError(
                T("Valeur refusée ({value}).", "Value refused ({value}).", value=_short(value)),
                field=self.name,
                do=T("{wanted}.", "{wanted}.", wanted=self.wanted),
            )
        if self.kind == "names":
            return tuple(value)
        return float(value) if self.kind == "number" else value

    def read(self, text: str) -> Any:
        """The value that a text means, as in a form or an address.

        Raises
        ------
        SchemaError
            It means none.
        """
        plain = text.strip()
        try:
            if self.kind == "yes-no":
                return {"true": True, "false": False}[plain]
            if self.kind == "date" and len(plain) == 10:
                return dt.date.fromisoformat(plain)
            if self.kind == "number" and _NUMBER.fullmatch(plain):
                return self.check(float(plain.replace(",", ".")))
            if self.kind == "count" and _WHOLE.fullmatch(plain):
                return self.check(int(plain))
            if self.kind == "names":
                names = [name.strip() for name in plain.split(",")]
                return self.check([] if plain in ("", "none") else names)
            return self.check(plain if self.kind == "choice" else f"« {_short(plain)} »")
        except (KeyError, ValueError) as error:
            if isinstance(error, SchemaError):
                raise
            return self.check(f"« {_short(plain)} »")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"
