"""Strict reading of a TOML file: unknown keys, missing keys and wrong types name file and key."""

from __future__ import annotations

import datetime as dt
import re
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from geo_service.core.errors import RuleError
from geo_service.core.i18n import T
from geo_service.core.strict import Kinds, Table, parse_toml

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


def read_toml(file: Path | Traversable) -> Entry:
    """The content of a TOML file.

    Raises
    ------
    RuleError
        The file cannot be read, is not UTF-8 or is not TOML.
    """
    try:
        return Entry(parse_toml(file.read_text(encoding="utf-8")), file.name)
    except (OSError, ValueError) as error:
        raise RuleError(
            T("Fichier illisible : {error}.", "Unreadable file: {error}.", error=error),
            file=file.name,
        ) from error


class Entry(Table):
    """One table of a file of official figures."""

    def __init__(self, values: Any, file: str | None, where: str = "") -> None:
        super().__init__(values, file, where)
        if not isinstance(values, dict):
            raise self.refuse("", T("Une table est attendue.", "A table is expected."))

    def missing(self, name: str, kinds: Kinds) -> RuleError:  # noqa: ARG002 - given
        """A key that has to be there is not."""
        return self.refuse(name, T("La clé manque.", "The key is missing."))

    def unfit(self, name: str, value: Any, kinds: Kinds) -> RuleError:
        """A value of another type, or a blank text."""
        kind = type(value)
        said = T("Mauvais type : {kind}.", "Wrong type: {kind}.", kind=kind.__name__)
        if kind is bool:
            said = T("Mauvais type : booléen.", "Wrong type: boolean.")
        elif kind is dt.datetime and dt.date in kinds:
            said = T("Une date sans heure est attendue.", "A plain date is meant.")
        elif kind is str and str in kinds:
            said = T("La valeur est vide.", "The value is empty.")
        return self.refuse(name, said)

    def unknown(self, name: str) -> RuleError:
        """A key that nobody knows."""
        return self.refuse(name, T("Clé inconnue.", "Unknown key."))

    def name(self, key: str = "name") -> str:
        """A name: lower case, digits, ``_`` or ``-``."""
        value = self.take(key, str)
        if not NAME.fullmatch(value):
            raise self.refuse(key, T("« {v} » n'est pas un nom.", "“{v}” is no name.", v=value))
        return value

    def one_of(self, key: str, known: Any, *, default: str | None = None) -> str:
        """A value of a closed list."""
        if default is not None and not self.has(key):
            return default
        value = self.take(key, str)
        if value not in known:
            raise self.refuse(
                key,
                T(
                    "« {v} » est inconnu ; attendu : {known}.",
                    "“{v}” is unknown; expected: {known}.",
                    v=value,
                    known=", ".join(known),
                ),
            )
        return value

    def territory(self) -> str:
        """The key ``territory``, written ``level:code``; the whole country where it is absent."""
        value = self.maybe("territory", str) or "france:FR"
        if not TERRITORY.fullmatch(value):
            raise self.refuse(
                "territory",
                T("« {v} » n'est pas un territoire.", "“{v}” is no territory.", v=value),
            )
        return value

    def tables(self, key: str) -> list[Any]:
        """A list of at least one table."""
        value: list[Any] = self.take(key, list)
        if not value:
            raise self.refuse(key, T("La liste est vide.", "The list is empty."))
        return value


def files_of(folder: Path | Traversable) -> list[Path | Traversable]:
    """Every ``*.toml`` of a folder, by name."""
    found = [file for file in folder.iterdir() if file.name.endswith(".toml")]
    return sorted(found, key=lambda file: file.name)


def name_taken(name: str, before: str, file: str, field: str) -> RuleError:
    """The error where a name serves in another file already."""
    return RuleError(
        T(
            "Le nom « {name} » sert déjà dans {file}.",
            "The name “{name}” is used in {file} already.",
            name=name,
            file=before,
        ),
        file=file,
        field=field,
    )
