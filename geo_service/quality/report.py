"""Write the report of a check: JSON for programs, CSV for spreadsheets, a page for people."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..core.i18n import DEFAULT_LANGUAGE, Language
from ..exchange.atomic import explain, replacing
from ..exchange.cells import to_cells
from .checked import Checked, number_or_none, row_or_none, shown_value, whole
from .page import page_html

_TEXTS = ("file", "source", "field", "value", "record", "code", "reason", "outcome")
_NUMBERS = ("lon", "lat")


def write_report(
    checked: Checked, folder: str | Path, *, language: Language = DEFAULT_LANGUAGE
) -> list[Path]:
    """Write ``rapport.json``, ``anomalies.csv`` and ``rapport.html`` into a folder.

    Each is written beside its target and renamed. The CSV is UTF-8 (RFC 4180) with every anomaly; a
    text that a spreadsheet would run as a formula has an apostrophe before it.

    Parameters
    ----------
    folder
        Made when it is not there.
    language
        Language of the page and of the reasons in the CSV; the JSON has both.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    StoreError
        The folder cannot be made or written.
    SourceError
        The browser files of others are absent (``make setup``).
    """
    folder = Path(folder)
    page = page_html(checked, language=language)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explain(error, folder) from error
    report, table, shown = (
        folder / name for name in ("rapport.json", "anomalies.csv", "rapport.html")
    )
    with replacing(report) as aside, aside.open("w", encoding="utf-8") as stream:
        json.dump(checked.to_json(), stream, ensure_ascii=False, allow_nan=False, indent=1)
    with replacing(table) as aside, aside.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(_cells(checked, language))
    with replacing(shown) as aside:
        aside.write_text(page, encoding="utf-8", newline="\n")
    return [report, table, shown]


def _cells(checked: Checked, language: Language) -> Iterator[list[Any]]:
    """The heading, then one line an anomaly."""
    yield [*_TEXTS, "row", *_NUMBERS]
    for file, one in checked.anomalies():
        source = file.source.name if file.source else one.source
        texts = (
            *(file.path, source, one.field, shown_value(one.value), one.record),
            *(one.code, one.reason.say(language), one.outcome),
        )
        row = row_or_none(one.row)
        yield [
            *to_cells([None if text is None else whole(str(text)) for text in texts], "text"),
            "" if row is None else row,
            *to_cells([number_or_none(one.lon), number_or_none(one.lat)], "number"),
        ]
