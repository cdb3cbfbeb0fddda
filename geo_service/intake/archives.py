"""Open an official file, plain, gzipped or in a ZIP, without trusting it.

Everything is bounded before and while it is read; no external program is called and nothing is
ever written where the archive asks. Compression is told by content: publishers' suffixes lie.
"""

from __future__ import annotations

import fnmatch
import gzip
import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Literal, cast

from geo_service.core.errors import SourceError
from geo_service.core.i18n import T

from . import ahead
from .bounds import (
    BLOCK,
    DOCUMENTS,
    GZ,
    MAX_RATIO,
    RATIO_APPLIES_ABOVE,
    ZIP,
    bounded,
    check_bounds,
    check_members,
    explained,
    require_regular,
)

Compression = Literal["none", "gz", "zip"]

_DATA = (
    *(".csv", ".txt", ".tsv", ".json", ".geojson", ".gpkg", ".shp", ".fgb"),
    *(".parquet", ".geoparquet", ".xlsx", ".xls", ".ods", ".xml"),
)
# Not every system knows these three.
_FLAGS = os.O_RDONLY | sum(getattr(os, flag, 0) for flag in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
_SIP = 16_384
"""Bytes of a gzip file taken at once; as many may be ahead of what was unpacked."""
_SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qpj", ".cst")


@dataclass(frozen=True)
class OfficialFile:
    """A file that passed the door: a regular file, not empty, whose archive (if any) is sane.

    ``name`` is the path as the user gave it, ``size`` and ``sha256`` are those of the file as
    held (packed). ``members`` are the files of a ZIP, ``member`` the one chosen, if any was.
    """

    name: str
    path: Path
    size: int
    compression: Compression
    members: tuple[str, ...] = ()
    member: str | None = None
    stamp: tuple[int, int] = (0, 0)
    """Inode and modification time, to notice that the file was replaced meanwhile."""

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the bytes as held, read in blocks at the first use.

        Raises
        ------
        SourceError
            When the file is no longer the one that was opened.
        """
        digest = ahead.result_of(_sha256_of, replace(self, member=None))
        with explained(self.name):
            status = self.path.stat()
        if (status.st_ino, status.st_mtime_ns) != self.stamp or status.st_size != self.size:
            raise SourceError(
                T("Le fichier a changé pendant la lecture.", "The file changed while being read."),
                file=self.name,
                do=T("Relancez quand il est complet.", "Run again once it is complete."),
            )
        return digest

    def begin_sha256(self) -> None:
        """Have it computed beside other work."""
        ahead.begin(_sha256_of, replace(self, member=None))

    @property
    def label(self) -> str:
        """The name, with the member of the ZIP when one is chosen: ``qpv.zip/QPV.shp``."""
        return f"{self.name}/{self.member}" if self.member else self.name

    @property
    def suffix(self) -> str:
        """Lower-case suffix of the content: ``.csv`` for ``x.csv.gz``, that of a ZIP's member."""
        if self.member:
            return PurePosixPath(self.member).suffix.lower()
        path = self.path
        if self.compression == "gz" and path.suffix.lower() in (".gz", ".gzip"):
            path = path.with_suffix("")
        return path.suffix.lower()

    def choose(self, member: str | None = None, *, suffixes: Sequence[str] = ()) -> OfficialFile:
        """The same file with one member of its ZIP chosen; itself when it is not a ZIP.

        Parameters
        ----------
        member
            A name or a pattern (``*WGS84*.geojson``), compared without case, against the whole
            name and the last part of it. Null: the only data file there is.
        suffixes
            Keep only members with these suffixes (lower case, with the dot).

        Raises
        ------
        SourceError
            No member, or several; the names are listed.
        """
        if self.compression != "zip" or (member is None and self.member is not None):
            return self
        wanted = [
            name
            for name in self.members
            if PurePosixPath(name).suffix.lower() in (tuple(suffixes) or _DATA)
            or (member is not None and not suffixes)
        ]
        if member is not None:
            pattern = member.lower()
            exact = [name for name in wanted if name == member]
            wanted = exact or [
                name
                for name in wanted
                if fnmatch.fnmatchcase(name.lower(), pattern)
                or fnmatch.fnmatchcase(PurePosixPath(name).name.lower(), pattern)
            ]
        if len(wanted) == 1:
            return replace(self, member=wanted[0])
        listed = ", ".join((wanted or list(self.members))[:20])
        raise SourceError(
            T(
                "Le ZIP contient {n} fichiers de données possibles : {listed}."
                if wanted
                else "Le ZIP ne contient pas le fichier attendu ; il contient : {listed}.",
                "The ZIP holds {n} possible data files: {listed}."
                if wanted
                else "The ZIP does not hold the file expected; it holds: {listed}.",
                n=len(wanted),
                listed=listed,
            ),
            file=self.name,
            do=T("Nommez celui qui doit être lu.", "Name the one to be read."),
        )

    @contextmanager
    def open_bytes(
        self, member: str | None = None, *, ratio_above: int = RATIO_APPLIES_ABOVE
    ) -> Iterator[BinaryIO]:
        """The content, unpacked while it is read, within the bounds of this module.

        Parameters
        ----------
        member
            See :meth:`choose`.
        ratio_above
            Size of the content, in bytes, from which it may not be
            :data:`~geo_service.intake.bounds.MAX_RATIO` times what it was unpacked from.

        Raises
        ------
        SourceError
            Also while reading: truncated or corrupt data, a bomb, an archive inside the archive.
        """
        chosen = self.choose(member)
        with ExitStack() as opened:
            # What the caller does with the stream is not explained here: its errors are its own.
            with explained(chosen.label):
                held: IO[bytes] = opened.enter_context(chosen.path.open("rb"))
                stream = cast(BinaryIO, held)
                if chosen.compression == "zip":
                    info = (archive := zipfile.ZipFile(held)).getinfo(cast(str, chosen.member))
                    _check_ratio(info.file_size, info.compress_size, chosen.label, ratio_above)
                    raw = opened.enter_context(archive.open(info))
                    stream = bounded(raw, chosen.label, chosen.suffix, info.compress_size)
                elif chosen.compression == "gz":
                    sips = _Sips(held)
                    # It only ever reads what it unpacks.
                    packed = cast(IO[bytes], sips)
                    unpacked = opened.enter_context(
                        cast(IO[bytes], gzip.GzipFile(fileobj=packed, mode="rb"))
                    )
                    raw = cast(IO[bytes], _Paced(unpacked, sips, chosen.label, ratio_above))
                    stream = bounded(raw, chosen.label, chosen.suffix, chosen.size)
            yield stream

    def head(self, length: int = 65_536) -> bytes:
        """The first bytes of the content (all of it when shorter), to recognise a layout."""
        with self.open_bytes() as stream:
            return stream.read(length)

    @contextmanager
    def extract_to_temp(self, member: str | None = None) -> Iterator[Path]:
        """A path that other libraries can open, gone at the end.

        A plain file is its own path. A shapefile comes with its companions (.dbf, .shx, .prj…).
        """
        chosen = self.choose(member)
        if chosen.compression == "none":
            yield chosen.path
            return
        with tempfile.TemporaryDirectory(prefix="geo-service-") as folder:
            if chosen.compression == "zip":
                names = _companions(cast(str, chosen.member), chosen.members)
                main = Path(folder) / PurePosixPath(cast(str, chosen.member)).name
            else:
                names = [""]
                stem = chosen.path.name.split(".")[0] or "content"
                main = Path(folder) / (stem + chosen.suffix)
            for name in names:
                target = Path(folder) / PurePosixPath(name).name if name else main
                part = replace(chosen, member=name) if name else chosen
                with (
                    explained(part.label),
                    part.open_bytes() as source,
                    target.open("xb") as sink,
                ):
                    while block := source.read(BLOCK):
                        sink.write(block)
            if main.suffix.lower() in DOCUMENTS:
                with explained(chosen.label), zipfile.ZipFile(main) as document:
                    check_members(document, chosen.label)
            yield main


def _sha256_of(file: OfficialFile) -> str:
    digest = hashlib.sha256()
    with explained(file.name), file.path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _check_ratio(unpacked: int, packed: int, name: str, above: int) -> None:
    """Refuse content that is far larger than what it is unpacked from, once it has a size."""
    if unpacked > above and unpacked > MAX_RATIO * max(packed, 1):
        # Whatever size it has by now, it is refused in the words of the other refusals.
        check_bounds(max(unpacked, RATIO_APPLIES_ABOVE + 1), 0, name)


class _Sips:
    """A packed file read a little at a time, so that what was unpacked from it is known."""

    def __init__(self, held: IO[bytes]) -> None:
        self._held, self.taken = held, 0

    def read(self, size: int = -1) -> bytes:
        block = self._held.read(_SIP if size < 0 else min(size, _SIP))
        self.taken += len(block)
        return block


class _Paced:
    """An unpacked stream that is refused where it runs ahead of what it is unpacked from."""

    def __init__(self, unpacked: IO[bytes], sips: _Sips, name: str, above: int) -> None:
        self._unpacked, self._sips, self._name, self._above = unpacked, sips, name, above
        self._read = 0

    def read(self, size: int) -> bytes:
        block = self._unpacked.read(size)
        self._read += len(block)
        _check_ratio(self._read, self._sips.taken, self._name, self._above)
        return block


def open_official(path: str | Path, *, member: str | None = None) -> OfficialFile:
    """Pass a file through the door: look at it without reading its content.

    Parameters
    ----------
    path
        A regular file, or a symbolic link to one.
    member
        The file of a ZIP that is to be read: name or pattern, see :meth:`OfficialFile.choose`.

    Raises
    ------
    SourceError
        Missing, empty, a folder, a pipe or a device, a broken or circular link, unreadable, a
        damaged or dangerous archive.
    """
    name = str(path)
    with explained(name):
        status = Path(path).stat()
        require_regular(status.st_mode, name)
        # Not blocking: between the two calls the file may have become a pipe.
        with os.fdopen(os.open(path, _FLAGS), "rb") as stream:
            status = os.fstat(stream.fileno())
            require_regular(status.st_mode, name)
            if status.st_size == 0:
                raise SourceError(
                    T("Le fichier est vide.", "The file is empty."),
                    file=name,
                    do=T("Téléchargez-le à nouveau.", "Download it again."),
                )
            start = stream.read(4)
            compression: Compression = "none"
            members: tuple[str, ...] = ()
            if start.startswith(ZIP):
                with zipfile.ZipFile(stream) as archive:
                    members = check_members(archive, name)
                document = Path(path).suffix.lower() in DOCUMENTS or (
                    "[Content_Types].xml" in members
                )
                compression = "none" if document else "zip"
            elif start.startswith(GZ):
                compression = "gz"
    file = OfficialFile(
        name=name,
        path=Path(path),
        size=status.st_size,
        compression=compression,
        members=members if compression == "zip" else (),
        stamp=(status.st_ino, status.st_mtime_ns),
    )
    return file if member is None else file.choose(member)


def _companions(member: str, members: Sequence[str]) -> list[str]:
    """A member and, for a shapefile, the files that go with it."""
    path = PurePosixPath(member)
    if path.suffix.lower() != ".shp":
        return [member]
    stem = str(path.with_suffix("")).lower()
    return [
        name
        for name in members
        if PurePosixPath(name).suffix.lower() in _SHAPEFILE
        and str(PurePosixPath(name).with_suffix("")).lower() == stem
    ]
