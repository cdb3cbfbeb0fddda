"""Cut text into records, one at a time, so that a bad one costs its own line and no other."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from geo_service.core.i18n import T, Text
from geo_service.core.result import Outcome

MAX_CELL = 100_000
"""No official cell is near that long; a lost quote or binary junk soon is."""
MAX_LINE = 2_000_000
"""A line is read whole up to here; what follows is skipped, and the row set aside."""
MAX_RECORD_LINES = 50
"""A quoted cell may hold line breaks; one that spans more lines lost its closing quote."""

Note = Callable[[int, str, str, Text, Outcome], None]
"""Told of a bad record: line, text, code, reason, outcome."""

_HUGE = (
    "huge-cell",
    T(
        "Une cellule dépasse {most} caractères.",
        "A cell is longer than {most} characters.",
        most=MAX_CELL,
    ),
)
_QUOTE = (
    "unbalanced-quote",
    T("Un guillemet n'est pas refermé.", "A quote is not closed."),
)
_BLANK = ("blank", T("La ligne est vide.", "The row is blank."))


def csv_reader(lines: Iterator[str], separator: str, quoting: bool) -> Any:
    """A reader of the standard library with our separator; ``quoting`` as in ``read_rows``."""
    return csv.reader(
        lines, delimiter=separator, quoting=csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE
    )


class _Unbalanced(Exception):
    """A quoted cell does not end where it should."""


class _Lines:
    """Lines of a stream for the csv module, which can be given back and which know their number."""

    def __init__(self, stream: TextIO, before: int) -> None:
        self._stream = stream
        self._pending: deque[str] = deque()
        self.taken: list[str] = []
        self.number = before

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._pending.popleft() if self._pending else self._stream.readline(MAX_LINE)
        if not line:
            if self.taken:
                raise _Unbalanced
            raise StopIteration
        self.number += 1
        if len(line) >= MAX_LINE and line[-1] not in "\r\n":
            self.taken.append(line[:1000])
            while len(line) >= MAX_LINE and line[-1] not in "\r\n":
                line = self._stream.readline(MAX_LINE)
            raise csv.Error("line too long")
        self.taken.append(line)
        if len(self.taken) > MAX_RECORD_LINES:
            raise _Unbalanced
        return line

    def give_back(self) -> None:
        """Have all lines taken since the last record but the first read again."""
        self._pending.extendleft(reversed(self.taken[1:]))
        self.number -= len(self.taken) - 1
        del self.taken[1:]


def cut_records(
    stream: TextIO,
    separator: str,
    quoting: bool,
    width: int | None,
    note: Note,
    before: int = 0,
) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each good record; what is not good goes to ``note``.

    Parameters
    ----------
    width
        Number of fields each record must have; null: any.
    before
        Lines of the file already read from the stream.
    """
    lines = _Lines(stream, before)
    reader = csv_reader(lines, separator, quoting)
    while True:
        lines.taken.clear()
        try:
            cells = next(reader, None)
        except (_Unbalanced, csv.Error) as error:
            lines.give_back()
            reader = csv_reader(lines, separator, quoting)
            code, reason = _QUOTE if isinstance(error, _Unbalanced) else _HUGE
            note(lines.number, lines.taken[0], code, reason, "set aside")
            continue
        if cells is None:
            return
        row = lines.number - len(lines.taken) + 1
        fault = _fault(cells, width)
        if len(lines.taken) > 1 and width is not None and width > 1:
            fault = fault or _swallowed(lines.taken[1:], separator, width)
        if fault is None:
            yield row, cells
        elif fault is not _BLANK:
            if len(lines.taken) > 1:  # two lost quotes that met: only the first line is theirs
                lines.give_back()
                reader = csv_reader(lines, separator, quoting)
            note(row, lines.taken[0], *fault, "set aside")


def cut_simple_records(
    stream: TextIO, separator: str, width: int | None, note: Note, before: int = 0
) -> Iterator[tuple[int, list[str]]]:
    """:func:`cut_records` for text without quotes, or where they mean nothing: twice as fast."""
    reader = csv_reader(stream, separator, False)
    while True:
        try:
            for cells in reader:
                fault = _fault(cells, width)
                if fault is None:
                    yield before + reader.line_num, cells
                elif fault is not _BLANK:
                    row = before + reader.line_num
                    note(row, separator.join(cells), *fault, "set aside")
            return
        except csv.Error:
            note(before + reader.line_num, "", *_HUGE, "set aside")


def _swallowed(lines: list[str], separator: str, width: int) -> tuple[str, Text] | None:
    """A lost quote that met a later one: among the lines between them, one is a row by itself."""
    for line in lines:
        alone: list[str] = next(csv_reader(iter([line]), separator, True), [])
        if len(alone) == width and line.count('"') % 2 == 0:
            return _QUOTE
    return None


def _fault(cells: list[str], width: int | None) -> tuple[str, Text] | None:
    """What is wrong with a record, if anything is; blank fields beyond the last are cut off."""
    if width is not None and len(cells) != width:
        if len(cells) > width and not any(cells[width:]):
            del cells[width:]  # a trailing separator carries nothing
        elif len(cells) <= 1 and not "".join(cells).strip():
            return _BLANK
        else:
            code = "too-few-fields" if len(cells) < width else "too-many-fields"
            return code, T(
                "La ligne a {n} champs au lieu de {width}.",
                "The row has {n} fields instead of {width}.",
                n=len(cells),
                width=width,
            )
    elif not cells:
        return _BLANK
    if len("".join(cells)) > MAX_CELL and max(map(len, cells)) > MAX_CELL:
        return _HUGE
    return None
