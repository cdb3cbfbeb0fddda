"""Rows of a table that comes as text or as a sheet of a workbook, under our column names.

Workbooks have titles above the header and notes below it: the header is the first row that names
the columns wanted.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from geo_service.core.errors import SourceError
from geo_service.core.i18n import T
from geo_service.core.result import Anomalies
from geo_service.intake.archives import OfficialFile
from geo_service.intake.text import match_columns, read_table
from geo_service.intake.values import normalise

Aliases = Mapping[str, Sequence[str]]
Row = tuple[int, dict[str, str]]

WORKBOOKS = (".xlsx", ".xlsm")
_HEADER_WITHIN = 30
_MOST_COLUMNS = 500
_MOST_ROWS = 1_100_000
"""A sheet of Excel has 1,048,576 rows; one that says more is not a sheet."""


@contextmanager
def open_workbook(file: OfficialFile) -> Iterator[Any]:
    """An openpyxl workbook read row by row, its faults explained."""
    import openpyxl

    # Opened here: a workbook that cannot be loaded is left open by the library.
    with (
        file.extract_to_temp() as path,
        path.open("rb") as stream,
        warnings.catch_warnings(),
    ):
        # openpyxl warns of styles and extensions, which carry no data.
        warnings.simplefilter("ignore", UserWarning)
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        except Exception as error:  # whatever a damaged workbook provokes in the library
            raise _damaged(file, error) from error
        try:
            yield book
        finally:
            book.close()


def _damaged(file: OfficialFile, error: Exception) -> SourceError:
    return SourceError(
        T(
            "Le classeur ne se lit pas ({why}).",
            "The workbook cannot be read ({why}).",
            why=(str(error).splitlines() or [type(error).__name__])[0][:200],
        ),
        file=file.label,
        do=T("Téléchargez-le à nouveau.", "Download it again."),
    )


def sheet_rows(
    file: OfficialFile, sheet: Any, aliases: Aliases, required: Sequence[str]
) -> Iterator[Row]:
    """Rows of a sheet below its header: 1-based row and cells as text, under our names.

    Raises
    ------
    SourceError
        No row names the required columns, or the sheet is damaged.
    """
    sheet.reset_dimensions()  # the size written in the file may lie
    rows = _cells(file, sheet)
    tops = list(itertools.islice(rows, _HEADER_WITHIN))
    places = None
    for at, (_, cells) in enumerate(tops):
        places = _header(cells, aliases, required)
        if places is not None:
            tops = tops[at + 1 :]
            break
    if places is None:
        # Let the usual message name the missing columns, against the fullest row.
        fullest: list[str] = max((cells for _, cells in tops), key=_filled, default=[])
        header = list(dict.fromkeys(cell for cell in fullest if cell))
        raise _headless(header, aliases, required, f"{file.label}[{sheet.title}]")
    for row, cells in itertools.chain(tops, rows):
        if any(cells):
            yield row, {ours: cells[at] if at < len(cells) else "" for ours, at in places.items()}


def _headless(
    header: Sequence[str], aliases: Aliases, required: Sequence[str], label: str
) -> SourceError:
    """The error of a table without its columns: which ones, and what it has instead."""
    try:
        match_columns(header, aliases, required=required, file=label)
    except SourceError as error:
        return error
    return SourceError(T("Aucun en-tête n'est lisible.", "No header can be read."), file=label)


def _filled(cells: list[str]) -> int:
    return sum(bool(cell) for cell in cells)


def _cells(file: OfficialFile, sheet: Any) -> Iterator[tuple[int, list[str]]]:
    try:
        for row, values in enumerate(
            sheet.iter_rows(values_only=True, max_col=_MOST_COLUMNS, max_row=_MOST_ROWS), start=1
        ):
            yield row, ["" if value is None else str(value).strip() for value in values]
    except Exception as error:  # the sheet is unpacked and parsed while it is read
        raise _damaged(file, error) from error


def _header(
    cells: Sequence[str], aliases: Aliases, required: Sequence[str]
) -> dict[str, int] | None:
    present = {normalise(cell): at for at, cell in reversed(list(enumerate(cells))) if cell}
    places = {}
    for ours, spellings in aliases.items():
        at = next(
            (present[key] for key in map(normalise, (*spellings, ours)) if key in present), None
        )
        if at is None:
            # "Zonage 2025", "Population totale (2016)": the year is part of the column's name.
            stems = [normalise(spelling[:-1]) for spelling in spellings if spelling.endswith("*")]
            at = next(
                (
                    place
                    for key, place in present.items()
                    if any(key.startswith(stem) for stem in stems)
                ),
                None,
            )
        if at is not None:
            places[ours] = at
    return places if all(name in places for name in required) else None


def text_rows(
    file: OfficialFile, aliases: Aliases, required: Sequence[str], anomalies: Anomalies
) -> Iterator[Row]:
    """The same for a text table whose header is its first line."""
    table = read_table(file, source="zonage", anomalies=anomalies)
    header = [name for name in table.columns if name != "row"]
    places = _header(header, aliases, required)
    if places is None:
        raise _headless(header, aliases, required, file.label)
    kept = {ours: header[at] for ours, at in places.items()}
    columns = [table[theirs].str.strip().tolist() for theirs in kept.values()]
    for row, *cells in zip(table["row"].tolist(), *columns, strict=True):
        yield row, dict(zip(kept, cells, strict=True))


def table_rows(
    file: OfficialFile,
    aliases: Aliases,
    required: Sequence[str],
    anomalies: Anomalies,
    *,
    sheet: str | None = None,
) -> list[Row]:
    """Rows of a text table, or of the first sheet that has the columns (or the one named).

    Raises
    ------
    SourceError
        No sheet has them; the message is that of the named or the first sheet.
    """
    if file.suffix not in WORKBOOKS:
        return list(text_rows(file, aliases, required, anomalies))
    failed: SourceError | None = None
    with open_workbook(file) as book:
        for candidate in book.worksheets:
            if sheet is not None and normalise(candidate.title) != normalise(sheet):
                continue
            try:
                return list(sheet_rows(file, candidate, aliases, required))
            except SourceError as error:
                failed = failed or error
    raise failed or SourceError(
        T(
            "La feuille « {sheet} » est absente.",
            "There is no sheet “{sheet}”.",
            sheet=sheet or "?",
        ),
        file=file.label,
    )
