"""Breaks what is a table: text, workbook, Parquet; and what is text: encodings, quotes, NUL."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from .broken_files import (
    GEOJSON,
    HUGE,
    JSON,
    KEYS,
    PARQUET,
    SHAPES,
    TEXTS,
    XLSX,
    Fault,
    content_of,
    fault,
    put,
)

Rows = list[list[str]]


def _read_text(path: Path) -> tuple[Rows, str, str]:
    data = content_of(path)
    try:
        text, encoding = data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = data.decode("cp1252"), "cp1252"
    first = text.splitlines()[0]
    separator = max(";,", key=first.count)
    quoting = csv.QUOTE_NONE if _etalab(first) else csv.QUOTE_MINIMAL
    return (
        list(csv.reader(io.StringIO(text), delimiter=separator, quoting=quoting)),
        separator,
        (encoding),
    )


def _etalab(first: str) -> bool:
    return first.startswith(("finess;etalab", "structureet"))


def _written(rows: Rows, separator: str) -> str:
    if _etalab(";".join(rows[0])):  # never quotes
        return "".join(separator.join(row) + "\n" for row in rows)
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    return text.getvalue()


def change_rows(change: Callable[[Rows], Rows]) -> Fault:
    def make(good: Path, folder: Path) -> Path:
        rows, separator, encoding = _read_text(good)
        return put(good, folder, _written(change(rows), separator).encode(encoding))

    return make


def _change_sheets(change: Callable[[Rows], Rows]) -> Fault:
    def make(good: Path, folder: Path) -> Path:
        book = openpyxl.load_workbook(good)
        for sheet in book:
            rows: Any = [[cell.value for cell in row] for row in sheet.iter_rows()]
            start = next(i for i, row in enumerate(rows) if sum(c is not None for c in row) > 2)
            rows[start:] = change(rows[start:])
            sheet.delete_rows(1, sheet.max_row)
            for row in rows:
                sheet.append(row)
        book.save(folder / good.name)
        return folder / good.name

    return make


def _change_table(change: Callable[[Any], Any]) -> Fault:
    def make(good: Path, folder: Path) -> Path:
        table = pq.read_table(good)
        changed = pa.Table.from_pandas(change(table.to_pandas()), preserve_index=False)
        kept = {**(table.schema.metadata or {}), **(changed.schema.metadata or {})}
        pq.write_table(changed.replace_schema_metadata(kept), folder / good.name)
        return folder / good.name

    return make


def _first_record(rows: Rows) -> int:
    return 1 if rows[0][0] != "structureet" else 0


def _repeat(rows: Rows) -> Rows:
    at = _first_record(rows)
    return [*rows[: at + 1], rows[at], *rows[at + 1 :]]


def _lengthen(rows: Rows) -> Rows:
    at = min(_first_record(rows) + 1, len(rows) - 1)
    return [*rows[:at], [rows[at][0], HUGE, *rows[at][2:]], *rows[at + 1 :]]


def _at(rows: Rows) -> int | None:
    """Place of the key column; None where these rows do not have it."""
    if _etalab(";".join(map(str, rows[0]))):
        return 1
    return next((rows[0].index(key) for key in KEYS if key in rows[0]), None)


def _drop_key(rows: Rows) -> Rows:
    at = _at(rows)
    return rows if at is None else [[*row[:at], *row[at + 1 :]] for row in rows]


fault("zero rows", *TEXTS)(change_rows(lambda rows: rows[:1]))
fault("zero rows", XLSX)(_change_sheets(lambda rows: rows[:1]))
fault("zero rows", PARQUET, SHAPES)(_change_table(lambda table: table.iloc[:0]))
fault("duplicate ids", *TEXTS)(change_rows(_repeat))
fault("duplicate ids", XLSX)(_change_sheets(lambda rows: [*rows[:3], rows[2], *rows[3:]]))
fault("duplicate ids", PARQUET, SHAPES)(
    _change_table(lambda table: pd.concat([table, table.iloc[:1]], ignore_index=True))
)
fault("huge cell", *TEXTS)(change_rows(_lengthen))
fault("huge cell", PARQUET, SHAPES)(
    _change_table(lambda table: table.assign(**{table.columns[0]: [HUGE, *table.iloc[1:, 0]]}))
)


@fault("huge cell", XLSX)
def huge_cell_in_workbook(good: Path, folder: Path) -> Path:
    return _change_xml(good, folder, rb"(<t[^>]*>)[^<]*(</t>)", HUGE.encode())


@fault("entity bomb", XLSX)
def entity_bomb(good: Path, folder: Path) -> Path:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE x [<!ENTITY a0 "{"lol" * 10}">{levels}]>'.encode()
    return _change_xml(good, folder, rb"(<t[^>]*>)[^<]*(</t>)", b"&a9;", before_root=bomb)


def _change_xml(
    good: Path, folder: Path, pattern: bytes, put: bytes, before_root: bytes = b""
) -> Path:
    """The workbook with the first text of each part replaced."""
    with (
        zipfile.ZipFile(good) as held,
        zipfile.ZipFile(folder / good.name, "w", zipfile.ZIP_STORED) as archive,
    ):
        for name in held.namelist():
            data = held.read(name)
            if name.startswith(("xl/sharedStrings", "xl/worksheets/")):
                data = re.sub(pattern, lambda found: found[1] + put + found[2], data, count=1)
                data = re.sub(rb"<(sst|worksheet)", before_root + rb"<\1", data, count=1)
            archive.writestr(name, data)
    return folder / good.name


fault("missing column", *TEXTS)(change_rows(_drop_key))
fault("missing column", XLSX)(_change_sheets(_drop_key))
fault("missing column", PARQUET, SHAPES)(
    _change_table(lambda table: table.drop(columns=list(set(table.columns) & set(KEYS))))
)


@fault("wrong separator", *TEXTS)
def wrong_separator(good: Path, folder: Path) -> Path:
    rows, _, encoding = _read_text(good)
    text = "".join("~".join(row) + "\n" for row in rows)
    return put(good, folder, text.encode(encoding))


@fault("other separator", *TEXTS)
def other_separator(good: Path, folder: Path) -> Path:
    rows, _, encoding = _read_text(good)
    return put(good, folder, _written(rows, "\t").encode(encoding))


@fault("wrong encoding", *TEXTS, JSON, GEOJSON)
def wrong_encoding(good: Path, folder: Path) -> Path:
    data = content_of(good)
    encoding = "utf-8" if _is_utf8(data) else "cp1252"
    return put(good, folder, data.decode(encoding).encode("utf-16"))


@fault("mixed encoding", *TEXTS, GEOJSON)
def mixed_encoding(good: Path, folder: Path) -> Path:
    """One line in Windows-1252; in a file all in Windows-1252, every byte is a good character."""
    lines = content_of(good).split(b"\n")
    if _is_utf8(content_of(good)):
        at = next((n for n, line in enumerate(lines) if n and not line.isascii()), 0)
        lines[at] = lines[at].decode("utf-8").encode("cp1252")
    return put(good, folder, b"\n".join(lines))


@fault("mixed encoding", JSON)
def mixed_encoding_in_json(good: Path, folder: Path) -> Path:
    return put(good, folder, content_of(good).replace(b"FICTIVE", b"FICTIV\xc9", 3))


@fault("nul bytes", *TEXTS)
def nul_bytes(good: Path, folder: Path) -> Path:
    lines = content_of(good).split(b"\n")
    lines[2] = lines[2][:5] + b"\0\0" + lines[2][5:]
    return put(good, folder, b"\n".join(lines))


@fault("open quote", *TEXTS)
def open_quote(good: Path, folder: Path) -> Path:
    rows, separator, encoding = _read_text(good)
    lines = _written(rows, separator).split("\n")
    lines[2] = lines[2].replace(separator, separator + '"', 1)
    return put(good, folder, "\n".join(lines).encode(encoding))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
