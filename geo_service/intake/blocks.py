"""Text in blocks of whole lines: memory holds a block, whatever the size of the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from .archives import OfficialFile
from .encodings import Opener
from .records import MAX_CELL, MAX_LINE, csv_reader
from .sniffing import TextShape

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_BYTES = 2**20
"""Read at once: enough for the speed of C, little beside the libraries themselves."""
HELD_BYTES = 8 * 2**20
"""Content up to here is kept between the pass that finds the encoding and the one that reads."""


def opener_of(file: OfficialFile) -> Opener:
    """Opens the content as often as needed; a small one is unpacked once only."""
    if file.compression == "zip" or file.size <= HELD_BYTES:
        with file.open_bytes() as stream:
            data = stream.read(HELD_BYTES + 1)
        if len(data) <= HELD_BYTES:
            return lambda: io.BytesIO(data)
    return file.open_bytes


def cut_blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Whole lines, about :data:`BLOCK_BYTES` at a time; only the last may lack its line end.

    Of a line above twice :data:`~geo_service.intake.records.MAX_LINE` only the beginning is given:
    it is to be refused, and may not fill the memory.
    """
    rest = b""
    while block := stream.read(BLOCK_BYTES):
        if len(rest) > 2 * MAX_LINE:
            block = block[max(block.find(b"\n"), 0) :] if b"\n" in block else b""
        end = block.rfind(b"\n") + 1
        if end:
            yield rest + block[:end]
            rest = block[end:]
        else:
            rest += block
    if rest:
        yield rest


def heading_end(stream: BinaryIO, shape: TextShape, quoting: bool, skip: int) -> bool:
    """Read up to the end of a heading that is one plain line; false when it is not."""
    lines = [stream.readline(MAX_LINE) for _ in range(skip + 1)]
    if not all(line.endswith(b"\n") for line in lines):
        return False
    text = b"".join(lines).decode(shape.encoding.name, "replace")
    if text.count("\r") != text.count("\r\n"):  # a carriage return alone: the row reader says it
        return False
    heading = text.split("\n")[-2]
    cells: list[str] = next(csv_reader(iter([heading]), shape.separator, quoting), [])
    return tuple(cell.strip() for cell in cells) == shape.columns


def sound_table(
    block: bytes, shape: TextShape, keep: Sequence[int], quoting: bool
) -> pa.Table | None:
    """The columns to keep of a block, read by Arrow; null when one line is not plainly sound.

    Parameters
    ----------
    block
        Whole lines. Blank ones at the end are left out, elsewhere they are not plainly sound.
    keep
        Places of the columns in the file. They come out under these numbers, as text.
    """
    import pyarrow as pa
    from pyarrow import compute
    from pyarrow import csv as arrow

    if (carriages := block.count(b"\r")) and carriages != block.count(b"\r\n"):
        return None
    block = block.rstrip(b"\r\n")
    if not block:
        return None
    codec = "utf-8" if shape.encoding.name == "utf-8-sig" else shape.encoding.name
    # Arrow takes the end of the file for the quote that the last cell lacks.
    last = block[block.rfind(b"\n") + 1 :].decode(codec, "replace")
    try:
        if quoting:
            next(csv.reader([last], delimiter=shape.separator, strict=True), None)
    except csv.Error:
        return None
    if codec != "utf-8":
        block = block.decode(codec).encode()
    names = [str(at) for at in range(len(shape.columns))]
    nameless = names[len(shape.names) :]
    try:
        table = arrow.read_csv(
            pa.BufferReader(block),
            read_options=arrow.ReadOptions(column_names=names, use_threads=False),
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
    if table.num_rows != block.count(b"\n") + 1:
        return None
    for name, column in zip(table.column_names, table.columns, strict=True):
        most = 0 if name in nameless else MAX_CELL
        # Counting bytes costs next to nothing, and few bytes are few characters.
        if compute.max(compute.binary_length(column)).as_py() <= most:
            continue
        if compute.max(compute.utf8_length(column)).as_py() > most:
            return None
    return table.drop_columns(nameless)
