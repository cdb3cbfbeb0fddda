"""An XLSX: cached values only, within bounds that hold before a parser sees anything."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from zlib import error as ZlibError  # noqa: N812 - its own name says nothing

from ...core.errors import SourceError
from ...core.i18n import T
from ...intake.bounds import check_members
from .table import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    MOST_UNPACKED,
    BadRow,
    Cell,
    Upload,
    UploadError,
    add_row,
    columns_bound,
    too_many,
    unique_names,
    wrong_type,
)

_MOST_PARTS = 500
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ROW_END = re.compile(rb"</(?:\w+:)?row\s*>")
_BOOK = "xl/workbook.xml"


def read_xlsx(name: str, content: bytes) -> Upload:
    """The rows of the first visible sheet that has any; formulas as the values last computed.

    Raises
    ------
    UploadError
        No workbook, damaged, with macros, or beyond the bounds.
    """
    import openpyxl

    with tempfile.TemporaryFile(prefix="geo_service-") as held:
        held.write(content)
        try:
            with zipfile.ZipFile(held) as archive:
                _require_harmless(archive, name)
            held.seek(0)
            # Values, never formulas; links to other files are not followed.
            book = openpyxl.load_workbook(held, read_only=True, data_only=True, keep_links=False)
        except UploadError:
            raise
        except SourceError as error:
            raise UploadError(error.message, status=422, file=name, do=error.do) from error
        except _DAMAGED as error:
            raise _damaged(name) from error
        with closing(book):
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            for sheet in sheets or book.worksheets:
                try:
                    upload = _read_sheet(name, sheet)
                except UploadError:
                    raise
                except _DAMAGED as error:
                    raise _damaged(name) from error
                if upload is not None:
                    return upload
    raise UploadError(
        T("Aucune feuille n'a de ligne.", "No sheet holds a row."), status=422, file=name
    )


_DAMAGED = (
    zipfile.BadZipFile,
    ZlibError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
    EOFError,
    SyntaxError,  # what the XML parsers raise
    OverflowError,
    RecursionError,
    NotImplementedError,
)


def _damaged(name: str) -> UploadError:
    return UploadError(
        T("Le classeur est abîmé.", "The workbook is damaged."),
        status=422,
        file=name,
        do=T("Enregistrez-le de nouveau, ou en CSV.", "Save it again, or as CSV."),
    )


def _require_harmless(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse what is no workbook, unpacks to too much, or holds macros, entities or huge rows."""
    infos = archive.infolist()
    if len(infos) > _MOST_PARTS or sum(info.file_size for info in infos) > MOST_UNPACKED:
        raise UploadError(
            T(
                "Le classeur est trop gros une fois décompressé (plus de {most} Mo).",
                "The workbook is too large once unpacked (more than {most} MB).",
                most=MOST_UNPACKED >> 20,
            ),
            status=413,
            file=name,
            do=T("Enregistrez-le en CSV, ou découpez-le.", "Save it as CSV, or cut it up."),
        )
    members = check_members(archive, name)
    if _BOOK not in members:
        raise wrong_type(name)
    types = archive.read("[Content_Types].xml") if "[Content_Types].xml" in members else b""
    if any("vbaproject" in it.casefold() for it in members) or b"macroEnabled" in types:
        raise UploadError(
            T("Ce classeur contient des macros.", "This workbook holds macros."),
            status=415,
            file=name,
            do=T("Enregistrez-le en .xlsx, sans macros.", "Save it as .xlsx, without macros."),
        )
    for member in members:
        if not member.casefold().endswith((".xml", ".rels")):
            continue
        part = archive.read(member)
        if b"\0" in part or b"<!DOCTYPE" in part or b"<!ENTITY" in part:
            raise _damaged(name)  # spreadsheets write none of these
        if "sheet" in member.casefold():
            _require_few_cells(part, name)


def _require_few_cells(part: bytes, name: str) -> None:
    """Bound the cells of a sheet and of each of its rows, before a parser holds them."""
    total = 0
    for row in _ROW_END.split(part):
        cells = sum(1 for _ in _CELL.finditer(row))
        total += cells
        if cells > 10 * MOST_COLUMNS:
            raise columns_bound(name)
        if total > MOST_CELLS:
            raise too_many(name, T("{n} cellules", "{n} cells", n=MOST_CELLS))


def _read_sheet(name: str, sheet: Any) -> Upload | None:
    """The first table of a sheet: its first row that has a value names the columns."""
    upload: Upload | None = None
    for number, cells in _sheet_rows(sheet):
        values = [_value(cell) for cell in cells]
        if upload is None:
            width = max(
                (at for at, cell in enumerate(values, 1) if cell not in (None, "")), default=0
            )
            if not width:
                continue
            if width > MOST_COLUMNS:
                raise columns_bound(name)
            heads = ["" if cell is None else str(cell) for cell in values[:width]]
            upload = Upload(name, unique_names(heads), [], [])
            continue
        width = len(upload.columns)
        if any(cell not in (None, "") for cell in values[width:]):
            reason = T("La ligne a plus de cellules que l'en-tête.", "More cells than the header.")
            upload.bad.append(BadRow(number, None, reason))
            continue
        add_row(upload, number, values[:width])
    return upload


def _sheet_rows(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Rows with their number; one beyond the bounds is still given, so that it can be told."""
    rows = sheet.iter_rows(max_row=MOST_ROWS + 100, max_col=MOST_COLUMNS + 1, values_only=True)
    yield from enumerate(rows, 1)


def _value(cell: Any) -> Cell:
    if cell is None or isinstance(cell, bool | int | float):
        return cell
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)
