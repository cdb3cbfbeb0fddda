"""A table that a visitor sent, its bounds, and the refusals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ...core.errors import SourceError
from ...core.i18n import T, Text, current_language

MOST_BYTES = 5 << 20
MOST_ROWS = 10_000
MOST_COLUMNS = 200
MOST_CELLS = 250_000
"""Cells of a workbook: openpyxl reads about 50,000 in a second."""
MOST_UNPACKED = 48 << 20
"""Bytes of a workbook once unpacked; five megabytes of an honest one unpack to about as many."""
MOST_CHARACTERS = 32_767
"""Characters of a cell, the bound of spreadsheets themselves."""
Cell = str | int | float | bool | None


class UploadError(SourceError):
    """A file that is not taken; ``status`` is 413 (too large), 415 (wrong type) or 422."""

    def __init__(self, message: Text, *, status: int, do: Text | None = None, **where: Any) -> None:
        super().__init__(message, do=do, **where)
        self.status = status


@dataclass(frozen=True)
class BadRow:
    """One row that could not be used: its line in the file, the column, the reason."""

    row: int
    field: str | None
    reason: Text


@dataclass
class Upload:
    """A table as it was sent.

    ``columns`` are the names in the file; ``rows`` the cells, as long as ``columns``; ``numbers``
    the line of each in the file; ``bad`` the lines that are no rows.
    """

    name: str
    columns: list[str]
    rows: list[list[Cell]]
    numbers: list[int]
    bad: list[BadRow] = field(default_factory=list)

    def column(self, name: str) -> list[Cell]:
        """The cells of a column."""
        place = self.columns.index(name)
        return [row[place] for row in self.rows]


def too_large(name: str | None = None) -> UploadError:
    """The refusal of a file beyond :data:`MOST_BYTES`."""
    return UploadError(
        T(
            "Le fichier dépasse {most} Mo.",
            "The file is larger than {most} MB.",
            most=MOST_BYTES >> 20,
        ),
        status=413,
        file=name,
        do=T(
            "Découpez-le, ou traitez-le par « geo-service locate », qui n'a pas de limite.",
            "Cut it up, or treat it with “geo-service locate”, which has no limit.",
        ),
    )


def too_many(name: str, what: Text) -> UploadError:
    """The refusal of more than so much of something."""
    return UploadError(
        T("Le fichier a plus de {what}.", "The file has more than {what}.", what=what),
        status=413,
        file=name,
        do=T("Découpez-le.", "Cut it up."),
    )


def rows_bound(name: str) -> UploadError:
    """The refusal of too many rows."""
    return too_many(name, T("{n} lignes", "{n} rows", n=MOST_ROWS))


def columns_bound(name: str) -> UploadError:
    """The refusal of too many columns."""
    return too_many(name, T("{n} colonnes", "{n} columns", n=MOST_COLUMNS))


def wrong_type(name: str) -> UploadError:
    """The refusal of what is no table."""
    return UploadError(
        T("Ce fichier n'est ni un CSV ni un XLSX.", "This file is neither CSV nor XLSX."),
        status=415,
        file=name,
        do=T("Envoyez un tableau .csv ou .xlsx.", "Send a .csv or .xlsx table."),
    )


def unique_names(names: Sequence[str]) -> list[str]:
    """Names of columns, each once: an empty one gets its place, a repeated one a number."""
    taken: dict[str, int] = {}
    found = []
    for place, name in enumerate(names, 1):
        wanted = " ".join(name.split())[:100] or f"{place}"
        free = wanted
        while free.casefold() in taken:
            taken[wanted.casefold()] += 1
            free = f"{wanted}_{taken[wanted.casefold()]}"
        taken[free.casefold()] = 1
        found.append(free)
    return found


def add_row(upload: Upload, number: int, cells: list[Cell]) -> None:
    """One more row, within the bounds; one without a value is left out."""
    if all(cell is None or cell == "" for cell in cells):
        return
    if len(upload.rows) + len(upload.bad) >= MOST_ROWS:
        raise rows_bound(upload.name)
    long = [
        upload.columns[place]
        for place, cell in enumerate(cells)
        if isinstance(cell, str) and len(cell) > MOST_CHARACTERS
    ]
    if long:
        reason = T(
            "Une cellule dépasse {most} caractères.",
            "A cell is longer than {most} characters.",
            most=MOST_CHARACTERS,
        )
        upload.bad.append(BadRow(number, long[0], reason))
        return
    upload.rows.append(cells)
    upload.numbers.append(number)


def say_bounds() -> str:
    """The bounds in words."""
    return T(
        "CSV ou XLSX, {mb} Mo, {rows} lignes et {columns} colonnes au plus.",
        "CSV or XLSX, at most {mb} MB, {rows} rows and {columns} columns.",
        mb=MOST_BYTES >> 20,
        rows=f"{MOST_ROWS:,}".replace(",", "," if current_language() == "en" else "\u202f"),
        columns=MOST_COLUMNS,
    ).say()
