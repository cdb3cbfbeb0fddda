"""One table of a TOML file of rules, read strictly: every fault is named with file and key."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable
from typing import Any

from ..core.errors import RuleError
from ..core.i18n import T, Text
from ..core.strict import Kinds, Table

_SAID = {
    str: T("un texte", "a text"),
    bool: T("true ou false", "true or false"),
    int: T("un entier", "an integer"),
    float: T("un nombre", "a number"),
    list: T("une liste", "a list"),
    dict: T("une table", "a table"),
    dt.date: T("une date AAAA-MM-JJ", "a date YYYY-MM-DD"),
}


def nearest(name: str, known: Iterable[str], otherwise: Text) -> Text:
    """What to do about a name that nobody knows: the nearest known one, or the whole list.

    ``otherwise`` says the list, as ``{it}``.
    """
    names = list(known)
    near = difflib.get_close_matches(name, names, 1, 0.5)
    if near:
        return T("Vouliez-vous dire « {it} » ?", "Did you mean “{it}”?", it=near[0])
    return otherwise.with_values(it=", ".join(names))


class Entry(Table):
    """A table of rules: each fault says what to do about it."""

    def missing(self, name: str, kinds: Kinds) -> RuleError:
        """A key that has to be there is not."""
        return self.refuse(
            name,
            T("Cette clé manque.", "This key is missing."),
            T("Ajoutez-la : {it}.", "Add it: {it}.", it=_SAID[kinds[0]]),
        )

    def unfit(self, name: str, value: Any, kinds: Kinds) -> RuleError:
        """A value of another type."""
        return self.refuse(
            name,
            T("Valeur refusée ({value}).", "Value refused ({value}).", value=str(value)[:60]),
            T("Il faut {it}.", "It has to be {it}.", it=_SAID[kinds[0]]),
        )

    def unknown(self, name: str) -> RuleError:
        """A key that nobody asked for; the nearest one is proposed."""
        return self.refuse(
            name,
            T("Clé inconnue.", "Unknown key."),
            nearest(name, self.asked, T("Clés connues : {it}.", "Known keys: {it}.")),
        )

    def one_of(self, name: str, known: Any, what: Text) -> str:
        """A name of a known list."""
        value = self.take(name, str)
        self.require_known(name, value, known, what)
        return value

    def require_known(self, name: str, value: str, known: Any, what: Text) -> None:
        """Refuse a value that is in no list; the nearest known one is proposed."""
        if value in known:
            return
        raise self.refuse(
            name,
            T("{what} inconnu(e) : « {it} ».", "Unknown {what}: “{it}”.", what=what, it=value),
            nearest(value, known, T("Connus : {it}.", "Known: {it}.")),
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

    def texts(self, name: str) -> tuple[Text, ...]:
        """A list of texts in both languages; empty where it is absent."""
        found = []
        for inner in self.tables(name):
            found.append(Text(inner.take("fr", str), inner.take("en", str)))
            inner.close()
        return tuple(found)

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
