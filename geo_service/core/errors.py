"""What can go wrong: one tree. A message says what, where, and what to do about it."""

from __future__ import annotations

from pathlib import Path

from .i18n import Language, T, Text


class GeoServiceError(Exception):
    """Anything the service can explain.

    Parameters
    ----------
    message
        What happened, in both languages.
    file, row, field
        Where: the file as the user named it, the 1-based line of the file, the column.
    do
        What the user can do about it.
    """

    def __init__(
        self,
        message: Text,
        *,
        file: str | Path | None = None,
        row: int | None = None,
        field: str | None = None,
        do: Text | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = None if file is None else str(file)
        self.row = row
        self.field = field
        self.do = do

    def say(self, language: Language | None = None) -> str:
        """The whole message in one language: where, what, what to do."""
        where = [self.file] if self.file else []
        if self.row is not None:
            where.append(T("ligne {n}", "row {n}", n=self.row).say(language))
        if self.field is not None:
            where.append(T("champ « {f} »", "field “{f}”", f=self.field).say(language))
        said = self.message.say(language)
        if where:
            said = T("{where} : {what}", "{where}: {what}", where=", ".join(where), what=said).say(
                language
            )
        return f"{said} {self.do.say(language)}" if self.do else said

    def __str__(self) -> str:
        return self.say()


class SourceError(GeoServiceError):
    """A file cannot be read as what it is said to be; nothing of it was kept."""


class SchemaError(GeoServiceError, ValueError):
    """A table misses a column, has a wrong type, repeats an id or breaks a bound."""


class CrsError(GeoServiceError, ValueError):
    """A measure was asked in degrees, or coordinate reference systems do not match."""


class RuleError(GeoServiceError):
    """A file of dated rules is wrong, or no rule covers the date."""


class StoreError(GeoServiceError):
    """A result cannot be written or read."""


class UnknownNameError(GeoServiceError, LookupError):
    """A territory, layer, indicator, format, date or source that nobody knows.

    ``known`` lists what there is, nearest first.
    """

    def __init__(self, message: Text, *, known: tuple[str, ...] = (), do: Text | None = None):
        super().__init__(message, do=do)
        self.known = known
