"""Strict reading of a TOML file: unknown keys, missing keys and wrong types name file and key."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from geo_service.core.errors import RuleError
from geo_service.core.i18n import T, Text

TERRITORY = re.compile(
    r"france:FR|region:\d{2}|ancienne-region:\d{2}|departement:(\d[0-9AB]|97\d)|tvs:\w+|epci:\d{9}"
)
NAME = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
STATUSES = {
    "seen": T("vu dans la source", "seen in the source"),
    "measured": T("mesuré sur un fichier public", "measured on a public file"),
    "inferred": T("déduit, à vérifier", "inferred, to be checked"),
    "memory": T("connaissance générale, non vérifiée", "general knowledge, not confirmed"),
}
"""How a figure was met: the marks of the reference notes."""


def read_toml(file: Path | Traversable) -> dict[str, Any]:
    """The content of a TOML file.

    Raises
    ------
    RuleError
        The file cannot be read, is not UTF-8 or is not TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RuleError(
            T("Fichier illisible : {error}.", "Unreadable file: {error}.", error=error),
            file=file.name,
        ) from error


class Entry:
    """One table of a file: every key is asked for once; what nobody asked for is an error."""

    def __init__(self, data: Any, file: str, where: str) -> None:
        self.file, self.where = file, where
        if not isinstance(data, dict):
            raise self.wrong("", T("Une table est attendue.", "A table is expected."))
        self._data = dict(data)

    def wrong(self, key: str, message: Text) -> RuleError:
        """The error for a key of this table."""
        place = ".".join(part for part in (self.where, key) if part) or None
        return RuleError(message, file=self.file, field=place)

    def take(self, key: str, kind: type | tuple[type, ...], *, required: bool = True) -> Any:
        """The value of a key, of a type; None where it is absent and need not be there."""
        if key not in self._data:
            if required:
                raise self.wrong(key, T("La clé manque.", "The key is missing."))
            return None
        value = self._data.pop(key)
        if isinstance(value, bool) and kind is not bool:
            raise self.wrong(key, T("Mauvais type : booléen.", "Wrong type: boolean."))
        if not isinstance(value, kind):
            raise self.wrong(
                key,
                T("Mauvais type : {kind}.", "Wrong type: {kind}.", kind=type(value).__name__),
            )
        if isinstance(value, str) and not value.strip():
            raise self.wrong(key, T("La valeur est vide.", "The value is empty."))
        return value

    def text(self, key: str, *, required: bool = True) -> Text | None:
        """A text in both languages: ``{ fr = …, en = … }``."""
        value = self.take(key, dict, required=required)
        if value is None:
            return None
        inner = Entry(value, self.file, f"{self.where}.{key}" if self.where else key)
        said = Text(inner.take("fr", str), inner.take("en", str))
        inner.done()
        return said

    def label(self, key: str = "label") -> Text:
        """A text that has to be there."""
        said = self.text(key)
        assert said is not None
        return said

    def date(self, key: str, *, required: bool = True) -> dt.date | None:
        """A date without a time."""
        value: dt.date | None = self.take(key, dt.date, required=required)
        if isinstance(value, dt.datetime):
            raise self.wrong(key, T("Une date sans heure est attendue.", "A plain date is meant."))
        return value

    def name(self, key: str = "name") -> str:
        """A name: lower case, digits, ``_`` or ``-``."""
        value: str = self.take(key, str)
        if not NAME.fullmatch(value):
            raise self.wrong(key, T("« {v} » n'est pas un nom.", "“{v}” is no name.", v=value))
        return value

    def one_of(self, key: str, known: Any, *, default: str | None = None) -> str:
        """A value of a closed list."""
        value = self.take(key, str, required=default is None)
        if value is None:
            assert default is not None
            return default
        if value not in known:
            raise self.wrong(
                key,
                T(
                    "« {v} » est inconnu ; attendu : {known}.",
                    "“{v}” is unknown; expected: {known}.",
                    v=value,
                    known=", ".join(known),
                ),
            )
        return str(value)

    def territory(self, key: str = "territory", *, default: str | None = None) -> str:
        """A territory ``level:code``."""
        value = self.take(key, str, required=default is None) or default
        if not TERRITORY.fullmatch(str(value)):
            raise self.wrong(
                key, T("« {v} » n'est pas un territoire.", "“{v}” is no territory.", v=value)
            )
        return str(value)

    def tables(self, key: str) -> list[Any]:
        """A list of at least one table."""
        value: list[Any] = self.take(key, list)
        if not value:
            raise self.wrong(key, T("La liste est vide.", "The list is empty."))
        return value

    @property
    def left(self) -> list[str]:
        """The keys that nobody has taken yet."""
        return list(self._data)

    def done(self) -> None:
        """Nothing may be left.

        Raises
        ------
        RuleError
            A key that nobody knows.
        """
        for key in self._data:
            raise self.wrong(key, T("Clé inconnue.", "Unknown key."))
