"""Bounds the nesting of a JSON stream: a parser that names where it is fills memory at each level.

A file of 200 kB that opens 200,000 lists and closes none would take 100 GB.
"""

from __future__ import annotations

from typing import BinaryIO

from geo_service.core.errors import SourceError
from geo_service.core.i18n import T

MAX_DEPTH = 1_000
"""The deepest official file has ten levels; brackets inside texts, uncounted, may add a few."""
_SLICE = 4_096
"""Bytes between two looks; at worst as many levels are passed on before the refusal."""


class Shallow:
    """A stream that refuses to go on where more lists and objects are open than any file has.

    Raises
    ------
    SourceError
        While reading.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self._name, self._depth = stream, name, 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes, as the stream gives them."""
        block = self._stream.read(size)
        for start in range(0, len(block), _SLICE):
            part = block[start : start + _SLICE]
            opened = part.count(b"[") + part.count(b"{")
            self._depth = max(0, self._depth + opened - part.count(b"]") - part.count(b"}"))
            if self._depth > MAX_DEPTH:
                raise SourceError(
                    T(
                        "Plus de {most} listes ou objets sont ouverts l'un dans l'autre.",
                        "More than {most} lists or objects are open inside one another.",
                        most=MAX_DEPTH,
                    ),
                    file=self._name,
                    do=T("N'utilisez pas ce fichier.", "Do not use this file."),
                )
        return block
