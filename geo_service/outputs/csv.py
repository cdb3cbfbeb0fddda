"""CSV (RFC 4180) with its Table Schema beside it: every value and type reads back equal."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geo_service.core.contracts import OutputFormat
from geo_service.core.i18n import Language, T
from geo_service.core.schema import Dtype
from geo_service.exchange.atomic import replacing
from geo_service.exchange.cells import to_cells
from geo_service.exchange.credit import Credit
from geo_service.exchange.flat import flatten
from geo_service.exchange.read_back import schema_path
from geo_service.exchange.table_schema import to_python, typed


def write(
    table: Any,
    path: str | Path,
    *,
    credit: Credit,
    language: Language | None = None,
    name: str = "",
) -> None:
    """Write a layer or table, and ``<name>.schema.json`` next to it.

    UTF-8 without a mark, comma, CRLF, quotes where needed. Shapes are exact WKT in ``geometry``;
    points also have ``lon`` and ``lat``. An unknown is an empty cell. A text that a spreadsheet
    would run as a formula has an apostrophe before it (``docs/formats.md``).

    Raises
    ------
    StoreError
        One of the two files cannot be written; the ones that were there are kept.
    """
    path = Path(path)
    flat, types, descriptor = described(table, path.name, credit, language, name)
    columns = [to_cells(to_python(flat[column]), dtype) for column, dtype in types.items()]
    with replacing(path) as aside:
        _write_rows(aside, list(types), columns)
        said = {
            **descriptor,
            "bytes": aside.stat().st_size,
            "hash": f"sha256:{_sha256(aside)}",
        }
        with replacing(schema_path(path)) as schema:
            schema.write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")


def described(
    table: Any, path: str, credit: Credit, language: Language | None, name: str = ""
) -> tuple[Any, dict[str, Dtype], dict[str, Any]]:
    """The flat table, its types, and the Table Schema with all that reading the CSV back takes."""
    flat, types, descriptor = flatten(typed(table), name=name or credit.name, language=language)
    said = {
        **descriptor,
        **credit.as_metadata(language),
        "path": path,
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"'},
        "formulaEscape": "'",
    }
    return flat, types, said


def _write_rows(path: Path, header: Sequence[str], columns: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(zip(*columns, strict=True))


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


FORMAT = OutputFormat(
    name="csv",
    label=T("CSV et son schéma", "CSV and its schema"),
    media_type="text/csv; charset=utf-8; header=present",
    suffix=".csv",
    geometry=True,
    write=write,
)
