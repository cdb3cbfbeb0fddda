"""XLSX: typed cells, never a formula; second sheet the source, third the Table Schema."""

from __future__ import annotations

import datetime as dt
import io
import json
import math
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from geo_service.core.contracts import OutputFormat
from geo_service.core.errors import StoreError
from geo_service.core.i18n import Language, T
from geo_service.core.schema import Dtype
from geo_service.exchange.atomic import replacing
from geo_service.exchange.cells import escape_control, number_text
from geo_service.exchange.credit import Credit
from geo_service.exchange.flat import flatten
from geo_service.exchange.table_schema import is_spatial, to_python, typed

ROWS = 1_048_576
CHARACTERS = 32_767
"""Limits of the format: rows of a sheet, header included, and characters of a cell."""
_FIRST_DAY = "1900-03-01"
"""Excel counts a 29 February 1900 that never was: earlier dates are ISO text."""
_EPOCH = dt.date(1899, 12, 30).toordinal()


def write(
    table: Any,
    path: str | Path,
    *,
    credit: Credit,
    language: Language | None = None,
    name: str = "",
) -> None:
    """Write a layer or table as a workbook of three sheets.

    A text is a text cell whatever it begins with, a date a date, an unknown an empty cell, an
    infinite number the text ``INF``. Points are WKT in ``geometry``, with ``lon`` and ``lat``;
    surfaces, which no cell can hold, are left out and the second sheet says so.

    Raises
    ------
    StoreError
        More rows than a sheet holds, a text longer than a cell, or the file cannot be written;
        the one that was there is kept.
    """
    table = typed(table)
    name = name or credit.name
    if len(table) >= ROWS:
        raise _too_much(
            path,
            T(
                "{n} lignes : une feuille n'en tient que {limit}.",
                "{n} rows: a sheet holds only {limit}.",
                n=len(table) + 1,
                limit=ROWS,
            ),
        )
    points = is_spatial(table) and set(table.geometry.dropna().geom_type) <= {"Point"}
    note = None
    if is_spatial(table) and not points:
        table = table.drop(columns="geometry")
        note = T(
            "Les contours ne tiennent pas dans un tableur : prenez gpkg ou geojson.",
            "A spreadsheet cannot hold the shapes: take gpkg or geojson.",
        ).say(language)
    flat, types, descriptor = flatten(typed(table), name=name, language=language)
    columns = [to_python(flat[column]) for column in types]
    _check_lengths(path, list(types), columns, list(types.values()))
    with replacing(path) as aside:
        _write_book(aside, name, types, columns, descriptor, credit, language, note)


def _write_book(
    aside: Path,
    name: str,
    types: dict[str, Dtype],
    columns: list[list[Any]],
    descriptor: dict[str, Any],
    credit: Credit,
    language: Language | None,
    note: str | None,
) -> None:
    """Let openpyxl make the workbook and its small sheets; put the rows of the first in by hand.

    Cell by cell openpyxl takes about 30 µs: two minutes for the indicators of the communes.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    book.properties.creator = "geo_service"
    book.properties.description = escape_control(credit.line(language))
    data = book.create_sheet(re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", name)[:31].strip("'") or "data")
    data.freeze_panes = "A2"
    _append(data, list(types))
    day = WriteOnlyCell(data)
    day.number_format = "yyyy-mm-dd"
    day_style = day.style_id  # asking puts the style into the workbook
    fields = descriptor.pop("fields")
    source = book.create_sheet("source")
    for pair in _source_rows(credit, language, note, descriptor):
        _append(source, pair)
    schema = book.create_sheet("schema")
    _append(schema, ("name", "type", "title", "unit", "constraints"))
    for field in fields:
        bounds = json.dumps(field["constraints"]) if "constraints" in field else None
        _append(
            schema, (field["name"], field["type"], field.get("title"), field.get("unit"), bounds)
        )
    packed = io.BytesIO()
    book.save(packed)
    rows = _rows(list(types.values()), columns, day_style)
    with zipfile.ZipFile(packed) as made, zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in made.namelist():
            content = made.read(entry)
            if entry != "xl/worksheets/sheet1.xml":
                new.writestr(entry, content)
                continue
            head, end, tail = content.partition(b"</sheetData>")
            with new.open(entry, "w", force_zip64=True) as sheet:
                sheet.write(head)
                for row in rows:
                    sheet.write(row.encode())
                sheet.write(end + tail)


def _append(sheet: Any, words: Sequence[str | None]) -> None:
    """A row of text cells: set to text by hand, so that none is taken for a formula."""
    from openpyxl.cell import WriteOnlyCell

    row = []
    for word in words:
        cell = WriteOnlyCell(sheet, value=None if word is None else escape_control(word))
        if word is not None:
            cell.data_type = "s"
        row.append(cell)
    sheet.append(row)


def _source_rows(
    credit: Credit, language: Language | None, note: str | None, descriptor: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    yield "source", credit.line(language)
    yield "licence", credit.licence(language)
    if note:
        yield "note", note
    for source in credit.as_metadata(language)["sources"]:
        yield source["name"], json.dumps(source, ensure_ascii=False)
    yield "table_schema", json.dumps(descriptor, ensure_ascii=False)


def _rows(types: list[Dtype], columns: list[list[Any]], day_style: int) -> Iterator[str]:
    """The rows below the header as SpreadsheetML (ECMA-376, 18.3.1)."""
    from openpyxl.utils import get_column_letter

    letters = [get_column_letter(place) for place in range(1, len(types) + 1)]
    cells = [
        _cells(values, dtype, letter, day_style)
        for values, dtype, letter in zip(columns, types, letters, strict=True)
    ]
    for number, row in enumerate(zip(*cells, strict=True), start=2):
        yield f'<row r="{number}">{"".join(row)}</row>'


def _cells(values: list[Any], dtype: Dtype, letter: str, day_style: int) -> Iterator[str]:
    for number, value in enumerate(values, start=2):
        if value is None:
            yield ""
            continue
        place = f'<c r="{letter}{number}"'
        if dtype == "date" and value >= _FIRST_DAY:
            serial = dt.date.fromisoformat(value).toordinal() - _EPOCH
            yield f'{place} s="{day_style}"><v>{serial}</v></c>'
        elif dtype == "boolean":
            yield f'{place} t="b"><v>{value:d}</v></c>'
        elif dtype == "integer" or (dtype == "number" and math.isfinite(value)):
            yield f"{place}><v>{value!r}</v></c>"
        else:
            text = number_text(value) if dtype == "number" else escape_control(value)
            held = escape(text)
            yield f'{place} t="inlineStr"><is><t xml:space="preserve">{held}</t></is></c>'


def _check_lengths(
    path: str | Path,
    names: Sequence[str],
    columns: Sequence[Sequence[Any]],
    types: Sequence[Dtype],
) -> None:
    for name, values, dtype in zip(names, columns, types, strict=True):
        if dtype != "text":
            continue
        for value in values:
            # Excel counts UTF-16 units of the escaped text; at most two a character.
            if value and len(value) > CHARACTERS // 14 and _units(value) > CHARACTERS:
                raise _too_much(
                    path,
                    T(
                        "Colonne {name} : un texte dépasse {limit} caractères.",
                        "Column {name}: a text is longer than {limit} characters.",
                        name=name,
                        limit=CHARACTERS,
                    ),
                )


def _units(text: str) -> int:
    return len(escape_control(text).encode("utf-16-le")) // 2


def _too_much(path: str | Path, message: Any) -> StoreError:
    return StoreError(message, file=path, do=T("Prenez csv ou parquet.", "Take csv or parquet."))


FORMAT = OutputFormat(
    name="xlsx",
    label=T("Classeur XLSX", "XLSX workbook"),
    media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    suffix=".xlsx",
    geometry=False,
    write=write,
)
