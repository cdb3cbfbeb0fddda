"""Find out how a text table is written: its encoding, its separator, its header."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from geo_service.core.errors import SourceError
from geo_service.core.i18n import T

from .archives import OfficialFile
from .encodings import Encoding, Opener, decide_encoding
from .records import MAX_LINE, csv_reader

SEPARATORS = (";", ",", "\t", "|")

_SAMPLE = 50
_NAMES = {";": "« ; »", ",": "« , »", "\t": "tab", "|": "« | »"}


@dataclass(frozen=True)
class TextShape:
    """How a text file is written, as found in it.

    ``columns`` is the header as written, empty when the file has none.
    """

    encoding: Encoding
    separator: str
    columns: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The header without the empty names that trailing separators leave at its end."""
        end = max((at for at, name in enumerate(self.columns, 1) if name), default=0)
        return self.columns[:end]


def sniff(
    file: OfficialFile,
    *,
    header: bool,
    separators: Sequence[str] = SEPARATORS,
    encoding: str | None = None,
    quoting: bool = True,
    skip: int = 0,
) -> TextShape:
    """Find out how a text file is written, in one pass that keeps nothing in memory.

    Parameters are those of :func:`read_rows`.

    Raises
    ------
    SourceError
        Binary, in no known encoding, without a line, or with another separator than those allowed.
    """
    return sniff_text(file.label, file.open_bytes, header, separators, encoding, quoting, skip)


def sniff_text(
    name: str,
    opener: Opener,
    header: bool,
    separators: Sequence[str],
    encoding: str | None,
    quoting: bool,
    skip: int,
) -> TextShape:
    """:func:`sniff` for bytes that ``opener`` gives, wherever they are."""
    found = decide_encoding(opener, name, encoding)
    with open_text(opener, found) as stream:
        for _ in range(skip):
            stream.readline(MAX_LINE)
        sample: list[str] = []
        while len(sample) < _SAMPLE and (line := stream.readline(MAX_LINE)):
            if line.strip():
                sample.append(line)
    if not sample:
        raise SourceError(
            T("Le fichier ne contient aucune ligne.", "The file holds no line."),
            file=name,
            do=T("Téléchargez-le à nouveau.", "Download it again."),
        )
    separator, width = _separator(sample, separators, header, quoting)
    other, wider = _separator(sample, SEPARATORS, header, quoting)
    if width == 1 and wider > 1:
        raise SourceError(
            T(
                "Le séparateur est {found} ; {wanted} est attendu.",
                "The separator is {found}; {wanted} is expected.",
                found=_NAMES[other],
                wanted=" / ".join(_NAMES.get(known, known) for known in separators),
            ),
            file=name,
            row=skip + 1,
            do=T(
                "Prenez le fichier de l'éditeur, sans le réenregistrer dans un tableur.",
                "Take the publisher's file, without saving it again in a spreadsheet.",
            ),
        )
    # A heading may hold a line break in quotes, so it may take more than the first line.
    first: list[str] = next(csv_reader(iter(sample), separator, quoting), []) if header else []
    return TextShape(found, separator, tuple(cell.strip() for cell in first))


def _separator(
    sample: list[str], candidates: Sequence[str], header: bool, quoting: bool
) -> tuple[str, int]:
    """The separator that cuts the lines most often and most evenly; how many fields it gives."""
    best, best_width, best_score = candidates[0], 1, 0.0
    for candidate in candidates:
        lengths = []
        for line in sample:
            try:
                lengths.append(len(next(csv_reader(iter([line]), candidate, quoting), [])))
            except csv.Error:
                lengths.append(0)
        width = lengths[0] if header else Counter(lengths).most_common(1)[0][0]
        rest = lengths[1:] if header else lengths
        even = sum(length == width for length in rest) / len(rest) if rest else 1.0
        score = (even + 0.01) * (width - 1)
        if score > best_score:
            best, best_width, best_score = candidate, width, score
    return best, best_width


@contextmanager
def open_text(opener: Opener, encoding: Encoding) -> Iterator[TextIO]:
    """The characters, line ends as written; unreadable bytes of a damaged text become U+FFFD."""
    errors = "replace" if encoding.damaged else "strict"
    with (
        opener() as stream,
        io.TextIOWrapper(stream, encoding=encoding.name, errors=errors, newline="") as text,
    ):
        yield text
