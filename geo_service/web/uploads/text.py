"""A CSV as visitors have them: any usual encoding and separator."""

from __future__ import annotations

import codecs
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ...core.errors import SourceError
from ...core.result import Anomalies, Anomaly
from ...intake.archives import open_official
from ...intake.sniffing import SEPARATORS, sniff
from ...intake.text import read_rows
from .table import (
    MOST_COLUMNS,
    MOST_ROWS,
    BadRow,
    Upload,
    UploadError,
    add_row,
    columns_bound,
    rows_bound,
    unique_names,
    wrong_type,
)


def read_csv(name: str, content: bytes) -> Upload:
    """The rows of a CSV whose first line names the columns.

    Raises
    ------
    UploadError
        No text, or beyond the bounds.
    """
    for mark, codec in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if content.startswith(mark):
            try:
                content = content.decode(codec).encode()
            except UnicodeDecodeError as error:
                raise wrong_type(name) from error
    if b"\0" in content:
        raise wrong_type(name)
    first = content.lstrip().split(b"\n", 1)[0]
    if max(first.count(sign.encode()) for sign in SEPARATORS) > 10 * MOST_COLUMNS:
        raise columns_bound(name)  # before anybody cuts a million columns
    with tempfile.NamedTemporaryFile(prefix="geo_service-", suffix=".csv") as held:
        held.write(content)
        held.flush()
        file = replace(open_official(Path(held.name)), name=name)
        try:
            shape = sniff(file, header=True)
        except SourceError as error:
            raise UploadError(
                error.message, status=415, file=error.file, row=error.row, do=error.do
            ) from error
        if len(shape.names) > MOST_COLUMNS:
            raise columns_bound(name)
        anomalies = _FewAnomalies(name)
        upload = Upload(name, unique_names(shape.names), [], [])
        width = len(shape.names)
        # Read without its header, so that names which stand twice are no error here.
        rows = read_rows(
            file,
            header=False,
            source="upload",
            anomalies=anomalies,
            fields=width,
            shape=replace(shape, columns=()),
        )
        at_head = True
        for number, cells in rows:
            if at_head and _is_header(cells, shape.names):
                at_head = False
                continue
            at_head = False
            add_row(upload, number, [*cells[:width]])
    for anomaly in anomalies:
        if anomaly.outcome == "set aside":
            upload.bad.append(BadRow(anomaly.row or 0, anomaly.field, anomaly.reason))
    return upload


class _FewAnomalies(Anomalies):
    """Bad lines, no more of them than rows are allowed."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def add(self, anomaly: Anomaly) -> None:
        if len(self) >= MOST_ROWS:
            raise rows_bound(self._name)
        super().add(anomaly)


def _is_header(cells: Sequence[str], names: Sequence[str]) -> bool:
    return [cell.strip() for cell in cells][: len(names)] == list(names)
