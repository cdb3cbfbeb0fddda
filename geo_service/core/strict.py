"""One table of TOML, read strictly: what nobody asked for, or is of another type, is a fault.

What is said of a fault is the reader's own: a room derives from :class:`Table` and words it.
"""

from __future__ import annotations

import abc
import datetime as dt
import math
import tomllib
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from .errors import RuleError
from .i18n import T, Text

Kind = TypeVar("Kind")
Kinds = tuple[type[Any], ...]


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text.

    Raises
    ------
    ValueError
        It is no TOML, a number is endless, or tables are nested beyond any use.

    Examples
    --------
    >>> parse_toml("a = 1")
    {'a': 1}
    """
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        deep = T("tables trop imbriquées", "tables nested too deeply")
        raise ValueError(deep.say()) from error


def is_number(value: Any) -> bool:
    """Whether a value is a finite number; ``true`` is none.

    >>> is_number(3), is_number(0.5), is_number(True), is_number(float("nan")), is_number("3")
    (True, True, False, False, False)
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond any float
        return False


def fits(value: Any, kinds: Kinds) -> bool:
    """Whether a value is of one of the types as TOML means them, and not a blank text.

    Python's own answer would take ``true`` for a whole number and a time for a date. A lone
    ``float`` is a finite number, whole or not.
    """
    if isinstance(value, bool):
        return bool in kinds
    if isinstance(value, dt.datetime):
        return dt.datetime in kinds
    if isinstance(value, str):
        return str in kinds and bool(value.strip())
    return is_number(value) if kinds == (float,) else isinstance(value, kinds)


class Table(abc.ABC):
    """A table and where it stands: ``where`` is its key in the file, empty for the whole file.

    Three faults are worded by whoever derives from it: :meth:`missing`, :meth:`unfit` and
    :meth:`unknown` give the error that is raised.
    """

    def __init__(self, values: Mapping[str, Any], file: str | None, where: str = "") -> None:
        self.values, self.file, self.where = values, file, where
        self._asked: dict[str, None] = {}

    @abc.abstractmethod
    def missing(self, name: str, kinds: Kinds) -> RuleError:
        """The error where a key that has to be there is not."""

    @abc.abstractmethod
    def unfit(self, name: str, value: Any, kinds: Kinds) -> RuleError:
        """The error about a value that is of none of the types."""

    @abc.abstractmethod
    def unknown(self, name: str) -> RuleError:
        """The error about a key that is not one of :attr:`asked`."""

    def key(self, name: str) -> str:
        """The whole key, as it is said to the user."""
        return ".".join(part for part in (self.where, name) if part)

    def refuse(self, name: str, message: Text, do: Text | None = None) -> RuleError:
        """The error about one key; about the table itself where ``name`` is empty."""
        return RuleError(message, file=self.file, field=self.key(name) or None, do=do)

    @property
    def asked(self) -> tuple[str, ...]:
        """The keys that were asked for so far, in that order."""
        return tuple(self._asked)

    @property
    def left(self) -> tuple[str, ...]:
        """The keys that nobody has asked for yet."""
        return tuple(name for name in self.values if name not in self._asked)

    def has(self, name: str) -> bool:
        """Whether the key is there."""
        self._asked[name] = None
        return name in self.values

    def take(self, name: str, kind: type[Kind] | Kinds) -> Kind:
        """The value of a key that has to be there.

        Parameters
        ----------
        name
            The key.
        kind
            Its type; ``float`` gives a float for a whole number too. Several types: any of
            them, as it is written.
        """
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not self.has(name):
            raise self.missing(name, kinds)
        value = self.values[name]
        if not fits(value, kinds):
            raise self.unfit(name, value, kinds)
        return cast(Kind, float(value) if kind is float else value)

    def maybe(self, name: str, kind: type[Kind] | Kinds) -> Kind | None:
        """The value of a key, None where it is absent."""
        return self.take(name, kind) if self.has(name) else None

    def table(self, name: str) -> Self:
        """A table inside this one, read in the same way."""
        return type(self)(self.take(name, dict), self.file, self.key(name))

    def text(self, name: str) -> Text:
        """A text in both languages: ``{ fr = "…", en = "…" }``."""
        inner = self.table(name)
        said = Text(inner.take("fr", str), inner.take("en", str))
        inner.close()
        return said

    def maybe_text(self, name: str) -> Text | None:
        """The same, None where it is absent."""
        return self.text(name) if self.has(name) else None

    def close(self, *known: str) -> None:
        """Refuse what is left: a key that nobody reads would be a rule that nobody applies.

        ``known``: keys that may be there although they are read later.
        """
        for name in known:
            self._asked[name] = None
        for name in self.left:
            raise self.unknown(name)
