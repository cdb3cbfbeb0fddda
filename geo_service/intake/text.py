"""Read official tables written as text, row by row or at once, without losing a row silently.

The encoding and the separator are found in the file, never assumed: FINESS came in Windows-1252
and then in UTF-8, and a table saved again by a spreadsheet changes its separator.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo_service.core.contracts import Progress, no_progress
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text
from geo_service.core.result import Anomalies, Anomaly, Outcome

from .archives import OfficialFile
from .blocks import cut_blocks, heading_end, opener_of, sound_table
from .encodings import Opener
from .records import MAX_LINE, Note, cut_records, cut_simple_records
from .sniffing import SEPARATORS, TextShape, open_text, sniff_text
from .sniffing import sniff as sniff
from .values import clean_code as clean_code
from .values import match_columns as match_columns
from .values import normalise as normalise
from .values import parse_date as parse_date
from .values import parse_dates as parse_dates
from .values import parse_float as parse_float
from .values import parse_floats as parse_floats
from .values import split_codes as split_codes
from .values import unwrap_excel as unwrap_excel

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_CHUNK = 20_000
"""Rows of a block where the file is read row by row."""

_BYTES = T(
    "Des octets ne se lisent pas en UTF-8 ; ils sont remplacés par « � ».",
    "Some bytes cannot be read as UTF-8; they are replaced by “�”.",
)


def _noter(name: str, source: str, anomalies: Anomalies | None) -> Note:
    def note(row: int, value: str, code: str, reason: Text, outcome: Outcome) -> None:
        if anomalies is None:
            raise SourceError(reason, file=name, row=row)
        shown = value[:200].rstrip("\r\n")
        anomalies.add(Anomaly(source, name, row, None, shown, code, reason, outcome))

    return note


def _rows(
    name: str,
    opener: Opener,
    shape: TextShape,
    keep: Sequence[int] | None,
    source: str,
    anomalies: Anomalies | None,
    fields: int | None,
    quoting: bool,
    skip: int,
    headed: bool = True,
) -> Iterator[tuple[int, list[str]]]:
    note = _noter(name, source, anomalies)
    width = len(shape.names) or fields
    with open_text(opener, shape.encoding) as stream:
        for _ in range(skip):
            stream.readline(MAX_LINE)
        if not shape.encoding.endless and not (quoting and shape.encoding.quotes):
            records = cut_simple_records(stream, shape.separator, width, note, skip)
        else:
            records = cut_records(stream, shape.separator, quoting, width, note, skip)
        if shape.columns and headed:
            next(records, None)
        if keep is None and not shape.encoding.damaged:
            yield from records
        for row, cells in records:
            if shape.encoding.damaged and any("\ufffd" in cell for cell in cells):
                bad = next(cell for cell in cells if "\ufffd" in cell)
                note(row, bad, "unreadable-bytes", _BYTES, "kept")
            yield row, cells if keep is None else [cells[at] for at in keep]


def _wanted(
    shape: TextShape,
    aliases: Mapping[str, Sequence[str]] | None,
    required: Sequence[str] | None,
    name: str,
) -> dict[str, int]:
    """Our name of each column to keep, and its place in the file."""
    if aliases is None:
        match_columns(shape.names, {}, file=name)  # a repeated name is an error all the same
        return {column: at for at, column in enumerate(shape.names) if column}
    found = match_columns(shape.names, aliases, required=required, file=name)
    return {ours: shape.names.index(theirs) for ours, theirs in found.items()}


def read_rows(
    file: OfficialFile,
    *,
    header: bool,
    source: str = "",
    anomalies: Anomalies | None = None,
    aliases: Mapping[str, Sequence[str]] | None = None,
    required: Sequence[str] | None = None,
    fields: int | None = None,
    separators: Sequence[str] = SEPARATORS,
    encoding: str | None = None,
    quoting: bool = True,
    skip: int = 0,
    shape: TextShape | None = None,
) -> Iterator[tuple[int, Any]]:
    """Read a text table row by row; memory does not grow with the file.

    Parameters
    ----------
    header
        Whether the first line names the columns. Rows are then dicts, else lists.
    source, anomalies
        Name of the source and where bad rows are noted: too few or too many fields, a cell above
        100,000 characters, a quote that is not closed (only its line is lost) are *set aside*;
        unreadable bytes in a file otherwise UTF-8 are *kept*. Without ``anomalies`` the first bad
        row is an error.
    aliases, required
        See :func:`match_columns`. Rows then hold only the columns found, under our names.
    fields
        Fields of a row when there is no header; null lets each row have its own number.
    separators
        Those allowed. Another one that is found in the file is an error.
    encoding
        Null: UTF-8 (with or without a BOM) when the whole file is, else Windows-1252.
    quoting
        False for files that never quote (FINESS), where ``"`` is a character like another.
    skip
        Lines before the header or the first row.
    shape
        What :func:`sniff` found, to spare the pass that finds it.

    Yields
    ------
    (int, dict or list)
        The 1-based line of the file on which the row begins, and its cells, blanks kept.

    Raises
    ------
    SourceError
        See :func:`sniff` and :func:`match_columns`.
    """
    shape = shape or sniff(
        file,
        header=header,
        separators=separators,
        encoding=encoding,
        quoting=quoting,
        skip=skip,
    )
    name = file.label
    if not header:
        yield from _rows(
            name, file.open_bytes, shape, None, source, anomalies, fields, quoting, skip
        )
        return
    places = _wanted(shape, aliases, required, name)
    names, keep = list(places), list(places.values())
    rows = _rows(name, file.open_bytes, shape, keep, source, anomalies, None, quoting, skip)
    for row, cells in rows:
        yield row, dict(zip(names, cells, strict=True))


def read_blocks(
    file: OfficialFile,
    *,
    source: str = "",
    anomalies: Anomalies | None = None,
    aliases: Mapping[str, Sequence[str]] | None = None,
    required: Sequence[str] | None = None,
    separators: Sequence[str] = SEPARATORS,
    encoding: str | None = None,
    quoting: bool = True,
    skip: int = 0,
    progress: Progress = no_progress,
) -> Iterator[pd.DataFrame]:
    """Read a text table that has a header block by block; memory holds one block of it.

    Parameters are those of :func:`read_rows`, and so are the rows, the anomalies and the errors;
    ``progress`` is told the lines read, of those of the file. Blocks are read at the speed of C up
    to the first line that is not plainly sound, row by row from there.

    Yields
    ------
    DataFrame
        A part of what :func:`read_table` gives; without a row when the file has none.
    """
    name, opener = file.label, opener_of(file)
    shape = sniff_text(name, opener, True, separators, encoding, quoting, skip)
    places = _wanted(shape, aliases, required, name)
    for piece in _pieces(name, opener, shape, places, source, anomalies, quoting, skip, progress):
        yield _frame([piece])


def read_table(
    file: OfficialFile,
    *,
    source: str = "",
    anomalies: Anomalies | None = None,
    aliases: Mapping[str, Sequence[str]] | None = None,
    required: Sequence[str] | None = None,
    separators: Sequence[str] = SEPARATORS,
    encoding: str | None = None,
    quoting: bool = True,
    skip: int = 0,
) -> pd.DataFrame:
    """Read a whole text table that has a header, at the speed of C where every line is sound.

    Parameters are those of :func:`read_rows`, and so are the rows, the anomalies and the errors.
    Of a large file of which few rows or columns are needed, take :func:`read_blocks`.

    Returns
    -------
    DataFrame
        Text columns (``str``; an empty cell is ``""``) in the order of ``aliases``, or all in
        the order of the file (one called ``row`` becomes ``row_``), then ``row``, the 1-based
        line of the file. ``attrs`` holds ``encoding`` and ``separator``.
    """
    name, opener = file.label, opener_of(file)
    shape = sniff_text(name, opener, True, separators, encoding, quoting, skip)
    places = _wanted(shape, aliases, required, name)
    pieces = _pieces(name, opener, shape, places, source, anomalies, quoting, skip, no_progress)
    return _frame(list(pieces))


@dataclass(frozen=True)
class _Piece:
    """Some rows as text, with the lines on which they begin."""

    table: pa.Table
    numbers: Sequence[int]
    shape: TextShape


def _pieces(
    name: str,
    opener: Opener,
    shape: TextShape,
    places: Mapping[str, int],
    source: str,
    anomalies: Anomalies | None,
    quoting: bool,
    skip: int,
    progress: Progress,
) -> Iterator[_Piece]:
    """The rows, by Arrow up to the first block not plainly sound, row by row from there."""
    import pyarrow as pa

    names = [f"{ours}_" if ours == "row" else ours for ours in places]
    keep, total = list(places.values()), shape.encoding.lines
    done, given = skip, False
    for lines, table in _sound_blocks(opener, shape, keep, quoting, skip):
        first = done + 1 if given else skip + 2
        done, given = first + lines - 1, True
        progress(name, done, total)
        yield _Piece(table.rename_columns(names), range(first, first + len(table)), shape)
    if done == total:
        return
    headed = not given
    rows = _rows(name, opener, shape, keep, source, anomalies, None, quoting, done, headed)
    while (chunk := list(itertools.islice(rows, _CHUNK))) or not given:
        columns = zip(*(cells for _, cells in chunk), strict=True) if chunk else [()] * len(names)
        arrays = [pa.array(column, pa.string()) for column in columns]
        numbers = [row for row, _ in chunk]
        given = True
        progress(name, numbers[-1] if numbers else total, total)
        yield _Piece(pa.table(arrays, names), numbers, shape)


def _sound_blocks(
    opener: Opener, shape: TextShape, keep: Sequence[int], quoting: bool, skip: int
) -> Iterator[tuple[int, pa.Table]]:
    """Lines and rows of each block, up to the first that is not plainly sound."""
    if shape.encoding.damaged or shape.encoding.endless:
        return
    with opener() as stream:
        if not heading_end(stream, shape, quoting, skip):
            return
        for block in cut_blocks(stream):
            table = sound_table(block, shape, keep, quoting)
            if table is None:
                return
            yield block.count(b"\n") + (not block.endswith(b"\n")), table


def _frame(pieces: Sequence[_Piece]) -> pd.DataFrame:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    text, shape = pd.StringDtype("pyarrow", na_value=np.nan), pieces[0].shape
    table = pa.concat_tables([piece.table for piece in pieces])
    frame = table.to_pandas(types_mapper=lambda _: text)
    frame["row"] = np.concatenate([np.array(piece.numbers, np.int64) for piece in pieces])
    frame.attrs.update(encoding=shape.encoding.name, separator=shape.separator)
    return frame
