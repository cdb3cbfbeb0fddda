"""Tell in which encoding a text is written: UTF-8, Windows-1252, or none that we know."""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO

from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text

from .bounds import BLOCK

Opener = Callable[[], AbstractContextManager[BinaryIO]]
"""Opens the same bytes anew at each call."""

_CONTROLS = bytes(set(range(1, 32)) - set(b"\t\n\v\f\r\x1a\x1b")) + b"\x7f"
# The five bytes to which Windows-1252 gives no meaning.
_UNDEFINED = b"\x81\x8d\x8f\x90\x9d"
_JUNK_SHARE = 0.001
_DAMAGED_SHARE = 0.1


@dataclass(frozen=True)
class Encoding:
    """A Python codec name, and what the pass over the bytes told besides.

    ``damaged``: a few bytes of a UTF-8 text cannot be read. ``quotes``: there is a ``"`` somewhere.
    ``endless``: a line may be longer than a block. ``lines``: how many lines there are, told by
    line feeds.
    """

    name: str
    damaged: bool = False
    quotes: bool = True
    endless: bool = True
    lines: int = 0


def decide_encoding(opener: Opener, name: str, encoding: str | None = None) -> Encoding:
    """The encoding of a text, found in passes over its bytes that keep nothing in memory.

    Strict UTF-8 first: French text in Windows-1252 never passes for it. A text that fails at a few
    places only, among many accents that are right, is UTF-8 that was damaged, not Windows-1252.

    Parameters
    ----------
    opener
        Opens the bytes anew at each call.
    name
        The file's name, for the error.
    encoding
        One to hold to instead.

    Raises
    ------
    SourceError
        Binary, UTF-16, or in none of the encodings.
    """
    with opener() as stream:
        start = stream.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SourceError(
            T("Le fichier est en UTF-16.", "The file is in UTF-16."),
            file=name,
            do=T("Enregistrez-le en UTF-8.", "Save it as UTF-8."),
        )
    utf8 = "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"
    decoder = codecs.getincrementaldecoder(encoding or utf8)()
    total = controls = lines = 0
    end = b""
    undefined, decodes, quotes, endless = False, True, False, False
    for block in itertools.chain(_blocks(opener), [b""]):
        if b"\0" in block:
            raise _binary(name)
        total += len(block)
        lines += block.count(b"\n")
        end = block[-1:] or end
        controls += len(block) - len(block.translate(None, _CONTROLS))
        quotes = quotes or b'"' in block
        whole = len(block) < BLOCK or b"\n" in block or b"\r" in block
        endless = endless or not whole
        undefined = undefined or len(block.translate(None, _UNDEFINED)) != len(block)
        try:
            decodes = decodes and decoder.decode(block, final=not block) is not None
        except UnicodeDecodeError:
            decodes = False
    lines += end not in (b"", b"\n")
    if controls > max(4, total * _JUNK_SHARE):
        raise _binary(name)
    if decodes:
        return Encoding(encoding or utf8, False, quotes, endless, lines)
    if encoding is not None:
        raise _unknown(name, T("pas en {e}", "not in {e}", e=encoding))
    if is_mostly_utf8(_blocks(opener)):
        return Encoding(utf8, True, quotes, endless, lines)
    if undefined:
        raise _unknown(
            name, T("ni en UTF-8 ni en Windows-1252", "neither in UTF-8 nor in Windows-1252")
        )
    return Encoding("cp1252", False, quotes, endless, lines)


def _blocks(opener: Opener) -> Iterator[bytes]:
    with opener() as stream:
        while block := stream.read(BLOCK):
            yield block


def is_mostly_utf8(blocks: Iterable[bytes]) -> bool:
    """Whether the characters beyond ASCII that UTF-8 gives far outnumber those it cannot read.

    In Windows-1252 nearly every accent is a fault for UTF-8; text without accents is UTF-8.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    good = bad = 0
    for block in itertools.chain(blocks, [b""]):
        text = decoder.decode(block, final=not block)
        wrong = text.count("\ufffd")
        bad += wrong
        good += len(text) - len(text.encode("ascii", "ignore")) - wrong
    return bad <= good * _DAMAGED_SHARE


def _binary(name: str) -> SourceError:
    return SourceError(
        T("Ce n'est pas du texte mais du binaire.", "This is not text but binary data."),
        file=name,
        do=T("Vérifiez que c'est le bon fichier.", "Check that it is the right file."),
    )


def _unknown(name: str, which: Text) -> SourceError:
    return SourceError(
        T(
            "Le texte n'est {which}.",
            "The text is {which}.",
            which=which,
        ),
        file=name,
        do=T("Enregistrez-le en UTF-8.", "Save it as UTF-8."),
    )
