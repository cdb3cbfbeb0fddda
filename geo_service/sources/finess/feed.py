"""The bytes of the JSON feed, refused as soon as they are such as no honest feed holds.

A parser takes its time over what it cannot use: a number of ten million digits costs minutes.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from geo_service.core.errors import SourceError
from geo_service.core.i18n import T
from geo_service.intake.archives import OfficialFile
from geo_service.intake.nesting import Shallow
from geo_service.intake.records import MAX_CELL

RATIO_ABOVE = 2 * 2**20
"""Feeds shrink 10 to 30 times from the first sites on: one need not wait for 32 MiB to tell."""
_SLICE = 65_536
assert _SLICE <= MAX_CELL


class _Quoted:
    """A stream of objects, which have names in quotes: without any there is no site to come."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self._name, self._since = stream, name, 0
        start = stream.read(len(codecs.BOM_UTF8))
        self._held = b"" if start == codecs.BOM_UTF8 else start

    def read(self, size: int = -1) -> bytes:
        if size == 0:  # the parser asks what kind of stream this is
            return b""
        block = self._held or self._stream.read(_SLICE if size < 0 else min(size, _SLICE))
        self._held = b""
        first = block.find(b'"')
        stretch = self._since + (len(block) if first < 0 else first)
        if stretch > MAX_CELL:
            raise SourceError(
                T(
                    "Plus de {most} octets se suivent sans un guillemet : ce n'est pas un flux "
                    "d'établissements.",
                    "More than {most} bytes follow one another without a quote: this is no feed "
                    "of establishments.",
                    most=MAX_CELL,
                ),
                file=self._name,
                do=T("N'utilisez pas ce fichier.", "Do not use this file."),
            )
        self._since = stretch if first < 0 else len(block) - 1 - block.rfind(b'"')
        return block


@contextmanager
def open_feed(file: OfficialFile) -> Iterator[Shallow]:
    """The content of a feed, within bounds.

    Raises
    ------
    SourceError
        While reading: a bomb, a value longer than any cell, lists without end in one another.
    """
    with file.open_bytes(ratio_above=RATIO_ABOVE) as stream:
        yield Shallow(cast(BinaryIO, _Quoted(stream, file.label)), file.label)
