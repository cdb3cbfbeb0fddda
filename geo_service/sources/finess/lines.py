"""The lines of the extractions ``cs1100507`` and ``cs1100502``, block by block.

A block whose lines are all sound goes to Arrow as it is; in another each line is looked at, mended
where it can be, and else set aside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv as arrow

from geo_service.core.contracts import Progress
from geo_service.core.i18n import T
from geo_service.intake.blocks import cut_blocks
from geo_service.intake.encodings import Encoding, Opener

from .extract import COLUMNS, Extract

STRUCTURE = (
    *("section", "finess", "finess_ej", "name", "long_name", "complrs", "complement", "number"),
    *("way_kind", "way", "repeat", "place", "commune_part", "departement", "departement_name"),
    *("delivery_line", "telephone", "telecopie", "category", "libcategetab", "categagretab"),
    *("libcategagretab", "siret", "codeape", "codemft", "libmft", "codesph", "libsph", "opened"),
    *("dateautor", "updated", "numuai"),
)
GEOLOCATION = ("section", "finess", "x", "y", "source", "geo_updated")
KEPT = tuple(name for name in STRUCTURE if name in COLUMNS)
_STRUCTURE_FIELDS = len(STRUCTURE)
_GEOLOCATION_FIELDS = len(GEOLOCATION)
_LONGEST_LINE = 20_000
"""The longest real line has about 600 characters."""

# Where a separator inside a cell may have cut a line, the likeliest first: free text.
_FREE_TEXT = (6, 11, 9, 5, 4, 3, 19, 14, 21, 25, 27, 15)
# What the fields around must look like for the line to be whole again.
_ANCHORS: dict[int, re.Pattern[str]] = {
    1: re.compile(r"[0-9][0-9A-Z][0-9]{7}"),
    7: re.compile(r"\d{0,5}"),
    8: re.compile(r"[A-Z]{0,5}"),
    12: re.compile(r"\w{3}"),
    13: re.compile(r"\d{2}|2[AB]|9[A-Z]"),
    15: re.compile(r"\d{5} .*"),
    18: re.compile(r"\d{3}"),
    22: re.compile(r"(\d{14})?"),
    28: re.compile(r"(\d{4}-\d{2}-\d{2})?"),
    29: re.compile(r"(\d{4}-\d{2}-\d{2})?"),
}
_TOO_LONG = T(
    "La ligne dépasse {most} caractères.",
    "The line is longer than {most} characters.",
    most=_LONGEST_LINE,
)
_WRONG_FIELDS = T(
    "La ligne a {n} champs au lieu de {wanted}.",
    "The row has {n} fields instead of {wanted}.",
)


_DAMAGE = "\ufffd".encode()


@dataclass(frozen=True)
class Section:
    """One kind of sound line: how it begins, its fields, and those to keep."""

    prefix: bytes
    fields: Sequence[str]
    kept: Sequence[str]


STRUCTURES = Section(b"structureet;", STRUCTURE, KEPT)
PLACES = Section(b"geolocalisation;", GEOLOCATION, GEOLOCATION[1:5])


@dataclass(frozen=True)
class Part:
    """Sound lines of one section: their kept cells as text, and their line numbers."""

    section: Section
    table: pa.Table
    rows: npt.NDArray[np.int64]


def read_parts(
    opener: Opener, encoding: Encoding, extract: Extract, progress: Progress
) -> Iterator[Part]:
    """The lines of a file, in its order; what is not sound is noted in ``extract``."""
    row, total = 1, encoding.lines
    for block in _blocks(opener, encoding):
        for lines in _runs(block):
            count = lines.count(b"\n") + (not lines.endswith(b"\n"))
            rows = np.arange(row, row + count)
            sound = _sound(lines, count)
            if sound is not None:
                if sound.section is STRUCTURES:
                    extract.rows_read += count
                yield Part(sound.section, sound.table, rows)
            else:
                yield from _look(lines, row, extract)
            row += count
        progress(extract.file, row - 1, total)


def _blocks(opener: Opener, encoding: Encoding) -> Iterator[bytes]:
    """Whole lines in UTF-8, each the line of that number."""
    with opener() as stream:
        if encoding.name == "utf-8-sig":
            stream.read(3)
        for block in cut_blocks(stream):
            if encoding.damaged:
                block = block.decode("utf-8", "replace").encode()
            elif encoding.name not in ("utf-8", "utf-8-sig"):
                block = block.decode(encoding.name).encode()
            if b"\r" in block:
                # A carriage return alone stands inside a cell: it may not make a line of its own.
                block = block.replace(b"\r\n", b"\n").replace(b"\r", b" ")
            yield block


def _runs(block: bytes) -> Iterator[bytes]:
    """A block in two or three, so that the marker and the change of section stand at an end."""
    start = 0
    if not block.startswith((STRUCTURES.prefix, PLACES.prefix)):
        start = block.find(b"\n") + 1
        if not start:
            yield block
            return
        yield block[:start]
    change = block.find(b"\n" + PLACES.prefix, start) + 1
    if change and block.startswith(STRUCTURES.prefix, start):
        yield block[start:change]
        start = change
    if start < len(block):
        yield block[start:]


@dataclass(frozen=True)
class _Sound:
    section: Section
    table: pa.Table


def _sound(lines: bytes, count: int) -> _Sound | None:
    """The lines as a table, when all are of one section, whole, short and readable."""
    section = STRUCTURES if lines.startswith(STRUCTURES.prefix) else PLACES
    if not lines.startswith(section.prefix) or _DAMAGE in lines:
        return None
    if lines.count(b"\n" + section.prefix) != count - 1:
        return None
    ends = np.flatnonzero(np.frombuffer(lines, dtype=np.uint8) == ord("\n"))
    if np.diff(ends, prepend=-1, append=len(lines)).max() > _LONGEST_LINE:
        return None
    try:
        return _Sound(section, _table(lines, section))
    except pa.ArrowInvalid:
        return None


def _look(lines: bytes, first: int, extract: Extract) -> Iterator[Part]:
    """The sound lines among those of a run; the others are noted."""
    good: dict[bytes, tuple[list[bytes], list[int]]] = {}
    for row, line in enumerate(lines.removesuffix(b"\n").split(b"\n"), first):
        if line.startswith(STRUCTURES.prefix):
            extract.rows_read += 1
            whole = _whole(row, line, _STRUCTURE_FIELDS, extract, _repair)
            section = STRUCTURES
        elif line.startswith(PLACES.prefix):
            whole = _whole(row, line, _GEOLOCATION_FIELDS, extract, _pad_place)
            section = PLACES
        else:
            _note_other(row, line, extract)
            continue
        if whole is not None:
            held, rows = good.setdefault(section.prefix, ([], []))
            held.append(whole)
            rows.append(row)
    for section in (STRUCTURES, PLACES):
        if section.prefix in good:
            held, rows = good[section.prefix]
            yield Part(section, _table(b"\n".join(held), section), np.array(rows, dtype=np.int64))


def _note_other(row: int, line: bytes, extract: Extract) -> None:
    if line.startswith(b"finess;"):
        cells = line[:_LONGEST_LINE].decode("utf-8", "replace").split(";")
        extract.stated_vintage = cells[3].strip() if len(cells) > 3 else ""
    elif line.strip():
        extract.note_line(
            row,
            line[:_LONGEST_LINE].decode("utf-8", "replace"),
            "unknown-section",
            T(
                "La ligne n'est ni « structureet » ni « geolocalisation ».",
                "The line is neither “structureet” nor “geolocalisation”.",
            ),
            "set aside",
        )


def _table(lines: bytes, section: Section) -> pa.Table:
    return arrow.read_csv(
        pa.BufferReader(lines),
        # One block: a block may not be shorter than a line.
        read_options=arrow.ReadOptions(
            use_threads=False,
            column_names=list(section.fields),
            block_size=max(len(lines) + 1, 1 << 20),
        ),
        parse_options=arrow.ParseOptions(delimiter=";", quote_char=False),
        convert_options=arrow.ConvertOptions(
            include_columns=list(section.kept),
            column_types=dict.fromkeys(section.kept, pa.string()),
            strings_can_be_null=False,
            check_utf8=False,
        ),
    )


def _whole(
    row: int,
    line: bytes,
    wanted: int,
    extract: Extract,
    repair: Callable[[list[str]], list[str] | None],
) -> bytes | None:
    """The line when it has its fields, or can be given them; else null, and noted."""
    fields = line.count(b";") + 1
    if len(line) > _LONGEST_LINE:
        text = line[:_LONGEST_LINE].decode("utf-8", "replace")
        who = text.split(";")[1][:9]
        extract.note_line(row, text, "huge-cell", _TOO_LONG, "set aside", record=who)
        extract.rows_set_aside += wanted == _STRUCTURE_FIELDS
        return None
    if fields == wanted:
        if b"\xef\xbf\xbd" in line:
            extract.note_line(
                row,
                line.decode(),
                "unreadable-bytes",
                T("Des octets sont illisibles (« � »).", "Some bytes cannot be read (“�”)."),
                "kept",
                record=line.split(b";")[1].decode(),
            )
        return line
    text = line.decode()
    cells = text.split(";")
    code = "too-few-fields" if fields < wanted else "too-many-fields"
    reason = _WRONG_FIELDS.with_values(n=fields, wanted=wanted)
    mended = repair(cells)
    extract.note_line(
        row, text, code, reason, "repaired" if mended else "set aside", record=cells[1][:9]
    )
    if mended is None:
        extract.rows_set_aside += wanted == _STRUCTURE_FIELDS
        return None
    return ";".join(mended).encode()


def _repair(cells: list[str]) -> list[str] | None:
    """A structure line cut by a separator inside a free text, or robbed of its last blanks."""
    extra = len(cells) - _STRUCTURE_FIELDS
    if extra < 0:
        # Spreadsheets drop trailing blanks; a line that stops before the dates was cut instead.
        padded = cells + [""] * -extra
        return padded if extra >= -2 and _plausible(padded) else None
    for at in _FREE_TEXT:
        joined = ",".join(cells[at : at + extra + 1])
        mended = [*cells[:at], joined, *cells[at + extra + 1 :]]
        if _plausible(mended):
            return mended
    return None


def _plausible(cells: list[str]) -> bool:
    return all(pattern.fullmatch(cells[at].strip()) for at, pattern in _ANCHORS.items())


def _pad_place(cells: list[str]) -> list[str] | None:
    """A geolocation line that only lacks its date of update, blank in many releases."""
    return [*cells, ""] if len(cells) == _GEOLOCATION_FIELDS - 1 else None
