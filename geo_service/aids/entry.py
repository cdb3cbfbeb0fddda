"""One table of a TOML file of rules, read strictly: every fault is named with file and key."""

from __future__ import annotations

import datetime as dt
import difflib
import math
from typing import Any, TypeVar, cast

from ..core.errors import RuleError
from ..core.i18n import T, Text

Kind = TypeVar("Kind")
_SAID = {
    str: T("un texte", "a text"),
    bool: T("true ou false", "true or false"),
    int: T("un entier", "an integer"),
    float: T("un nombre", "a number"),
    list: T("une liste", "a list"),
    dict: T("une table", "a table"),
    dt.date: T("une date AAAA-MM-JJ", "a date YYYY-MM-DD"),
}


class Entry:
    """A table and where it stands; :meth:`close` refuses every key that was not asked for."""

    def __init__(self, values: dict[str, Any], file: str, where: str = "") -> None:
        self.values = values
        self.file = file
        self.where = where
        self._asked: dict[str, None] = {}

    def key(self, name: str) -> str:
        """The whole key, as it is said to the user."""
        return f"{self.where}.{name}" if self.where else name

    def refuse(self, name: str, message: Text, do: Text | None = None) -> RuleError:
        """The error about one key."""
        return RuleError(message, file=self.file, field=self.key(name), do=do)

    def has(self, name: str) -> bool:
        """Whether the key is there."""
        self._asked[name] = None
        return name in self.values

    def take(self, name: str, kind: type[Kind]) -> Kind:
        """The value of a key that has to be there."""
        if not self.has(name):
            raise self.refuse(
                name,
                T("Cette clé manque.", "This key is missing."),
                T("Ajoutez-la : {it}.", "Add it: {it}.", it=_SAID[kind]),
            )
        return self._typed(name, self.values[name], kind)

    def maybe(self, name: str, kind: type[Kind]) -> Kind | None:
        """The value of a key, None where it is absent."""
        return self._typed(name, self.values[name], kind) if self.has(name) else None

    def _typed(self, name: str, value: Any, kind: type[Kind]) -> Kind:
        whole = isinstance(value, int) and not isinstance(value, bool)
        good = isinstance(value, kind)
        if kind is float:
            good = (whole or isinstance(value, float)) and math.isfinite(value)
        elif kind is int:
            good = whole
        elif kind is dt.date:
            good = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
        elif kind is str:
            good = isinstance(value, str) and bool(value.strip())
        if not good:
            raise self.refuse(
                name,
                T("Valeur refusée ({value}).", "Value refused ({value}).", value=str(value)[:60]),
                T("Il faut {it}.", "It has to be {it}.", it=_SAID[kind]),
            )
        # A whole number is a number too: 5000 and 5000.0 mean the same.
        return cast(Kind, float(value)) if kind is float else cast(Kind, value)

    def one_of(self, name: str, known: Any, what: Text) -> str:
        """A name of a known list."""
        value = self.take(name, str)
        self.require_known(name, value, known, what)
        return value

    def require_known(self, name: str, value: str, known: Any, what: Text) -> None:
        """Refuse a value that is in no list; the nearest known one is proposed."""
        if value in known:
            return
        near = difflib.get_close_matches(value, list(known), 1, 0.5)
        raise self.refuse(
            name,
            T("{what} inconnu(e) : « {it} ».", "Unknown {what}: “{it}”.", what=what, it=value),
            T("Vouliez-vous dire « {it} » ?", "Did you mean “{it}”?", it=near[0])
            if near
            else T("Connus : {it}.", "Known: {it}.", it=", ".join(known)),
        )

    def names(self, name: str) -> tuple[str, ...]:
        """A list of texts, not empty."""
        value = self.take(name, list)
        if not value or not all(isinstance(it, str) and it.strip() for it in value):
            raise self.refuse(
                name,
                T("Une liste de textes non vide est attendue.", "A list of texts is expected."),
                T('Par exemple ["…"].', 'For example ["…"].'),
            )
        return tuple(value)

    def text(self, name: str) -> Text:
        """A text in both languages: ``{ fr = "…", en = "…" }``."""
        inner = self.table(name)
        said = Text(inner.take("fr", str), inner.take("en", str))
        inner.close()
        return said

    def maybe_text(self, name: str) -> Text | None:
        """The same, None where it is absent."""
        return self.text(name) if self.has(name) else None

    def texts(self, name: str) -> tuple[Text, ...]:
        """A list of texts in both languages; empty where it is absent."""
        found = []
        for inner in self.tables(name):
            found.append(Text(inner.take("fr", str), inner.take("en", str)))
            inner.close()
        return tuple(found)

    def table(self, name: str) -> Entry:
        """A table inside this one."""
        return Entry(self.take(name, dict), self.file, self.key(name))

    def tables(self, name: str) -> list[Entry]:
        """A list of tables; empty where it is absent."""
        found = self.maybe(name, list) or []
        entries = []
        for place, value in enumerate(found):
            if not isinstance(value, dict):
                raise self.refuse(
                    f"{name}[{place}]",
                    T("Une table est attendue.", "A table is expected."),
                    T("Écrivez {it}.", "Write {it}.", it=f"[[{name}]]"),
                )
            entries.append(Entry(value, self.file, self.key(f"{name}[{place}]")))
        return entries

    def close(self) -> None:
        """Refuse what is left: a key that nobody reads would be a rule that nobody applies."""
        for name in self.values:
            if name not in self._asked:
                near = difflib.get_close_matches(name, list(self._asked), 1, 0.5)
                raise self.refuse(
                    name,
                    T("Clé inconnue.", "Unknown key."),
                    T("Vouliez-vous dire « {it} » ?", "Did you mean “{it}”?", it=near[0])
                    if near
                    else T("Clés connues : {it}.", "Known keys: {it}.", it=", ".join(self._asked)),
                )
