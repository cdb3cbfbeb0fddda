"""Read official tables written as text, row by row or at once, without losing a row silently.

The encoding and the separator are found in the file, never assumed: FINESS came in Windows-1252
and then in UTF-8, and a table saved again by a spreadsheet changes its separator.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text
from geo_service.core.result import Anomalies, Anomaly, Outcome

from .archives import OfficialFile
from .encodings import Opener
from .records import MAX_CELL, MAX_LINE, Note, csv_reader, cut_records, cut_simple_records
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

FAST_BYTES = 512 * 2**20
"""Above, a table is built row by row: memory then holds the rows once, not three times."""

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
        if shape.columns:
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

    Returns
    -------
    DataFrame
        Text columns (``str``; an empty cell is ``""``) in the order of ``aliases``, or all in
        the order of the file (one called ``row`` becomes ``row_``), then ``row``, the 1-based
        line of the file. ``attrs`` holds ``encoding`` and ``separator``.
    """
    import pandas as pd

    name = file.label
    opener: Opener = file.open_bytes
    with file.open_bytes() as stream:
        data = stream.read(FAST_BYTES + 1)
    small = len(data) <= FAST_BYTES
    if small:
        opener = _in_memory(data)
    shape = sniff_text(name, opener, True, separators, encoding, quoting, skip)
    places = _wanted(shape, aliases, required, name)
    names = [f"{ours}_" if ours == "row" else ours for ours in places]
    keep = list(places.values())
    fast = _fast_table(data, shape, keep, quoting, skip) if small else None
    if fast is not None:
        table, rows = fast.set_axis(names, axis=1), range(skip + 2, skip + 2 + len(fast))
        table["row"] = pd.Series(rows, dtype="int64")
    else:
        numbers, cells = [], []
        for row, values in _rows(name, opener, shape, keep, source, anomalies, None, quoting, skip):
            numbers.append(row)
            cells.append(values)
        columns = zip(*cells, strict=True) if cells else [()] * len(names)
        table = pd.DataFrame(
            {
                ours: pd.Series(column, dtype=_text_type())
                for ours, column in zip(names, columns, strict=True)
            }
        )
        table["row"] = pd.Series(numbers, dtype="int64")
    table.attrs.update(encoding=shape.encoding.name, separator=shape.separator)
    return table


def _in_memory(data: bytes) -> Opener:
    return lambda *_: io.BytesIO(data)


def _text_type() -> Any:
    import numpy as np
    import pandas as pd

    return pd.StringDtype("pyarrow", na_value=np.nan)


def _fast_table(
    data: bytes, shape: TextShape, keep: Sequence[int], quoting: bool, skip: int
) -> pd.DataFrame | None:
    """The columns to keep, read by Arrow; null as soon as one line is not plainly sound."""
    import pyarrow as pa
    from pyarrow import compute
    from pyarrow import csv as arrow

    start = 0
    for _ in range(skip + 1):
        start = data.find(b"\n", start) + 1
        if start == 0:
            return None
    heading = data[:start].decode(shape.encoding.name, "replace").split("\n")[-2]
    if "\r" in heading.rstrip("\r"):  # a carriage return alone: the row reader says it
        return None
    cells: list[str] = next(csv_reader(iter([heading]), shape.separator, quoting), [])
    if shape.encoding.damaged or tuple(cell.strip() for cell in cells) != shape.columns:
        return None
    body = data[start:].rstrip(b"\r\n")
    if not body or body.count(b"\r") != body.count(b"\r\n"):
        return None
    # Arrow takes the end of the file for the quote that the last cell lacks.
    last = body[body.rfind(b"\n") + 1 :].decode(shape.encoding.name, "replace")
    try:
        if quoting:
            next(csv.reader([last], delimiter=shape.separator, strict=True), None)
    except csv.Error:
        return None
    if shape.encoding.name not in ("utf-8", "utf-8-sig"):
        body = body.decode(shape.encoding.name).encode()
    names = [str(at) for at in range(len(shape.columns))]
    nameless = names[len(shape.names) :]
    try:
        table = arrow.read_csv(
            pa.BufferReader(body),
            read_options=arrow.ReadOptions(column_names=names),
            parse_options=arrow.ParseOptions(
                delimiter=shape.separator, quote_char='"' if quoting else False
            ),
            convert_options=arrow.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=[*(names[at] for at in keep), *nameless],
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    # Blank lines and line breaks inside quotes: the row reader knows their numbers.
    if table.num_rows != body.count(b"\n") + 1:
        return None
    for name, column in zip(table.column_names, table.columns, strict=True):
        longest = compute.max(compute.utf8_length(column)).as_py() or 0
        if longest > (0 if name in nameless else MAX_CELL):
            return None
    text = _text_type()
    return table.drop_columns(nameless).to_pandas(types_mapper=lambda _: text)
