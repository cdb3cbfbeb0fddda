"""What an official file may not be: the bounds, the refusals, and the words for both."""

from __future__ import annotations

import errno
import gzip
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, BinaryIO, cast

from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text

MAX_MEMBERS = 2_000
"""The national QPV ZIP has about 60 members; a ZIP with thousands is not one of ours."""
MAX_MEMBER_BYTES = 4 * 2**30
"""The largest known file, IGN's communes as GeoPackage, is below 2 GiB once unpacked."""
MAX_TOTAL_BYTES = 8 * 2**30
"""A ZIP that offers one layer in three formats and several CRS, with room to spare."""
MAX_RATIO = 200
"""Padded dbf files shrink about 50 times, JSON about 30; deflate cannot pass 1,032."""
RATIO_APPLIES_ABOVE = 32 * 2**20
"""A small file may be very repetitive without being a danger."""
BLOCK = 2**20
_HEAD = 2**16

GZ = b"\x1f\x8b"
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
DOCUMENTS = (".xlsx", ".xlsm", ".ods", ".docx", ".odt")
"""ZIP files by content, documents for whoever reads them."""

_NESTED = (
    (GZ, "gzip"),
    *((magic, "ZIP") for magic in ZIP),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = T(
    "Le fichier est tronqué ou abîmé ({why}).", "The file is truncated or damaged ({why})."
)
_AGAIN = T("Téléchargez-le à nouveau chez l'éditeur.", "Download it again from the publisher.")


def require_regular(mode: int, name: str) -> None:
    """Refuse what is not a regular file, by the mode the system gives."""
    if stat.S_ISREG(mode):
        return
    folder = stat.S_ISDIR(mode)
    raise SourceError(
        T("C'est un dossier.", "It is a folder.")
        if folder
        else T(
            "Ce n'est pas un fichier ordinaire (tube, périphérique ou prise).",
            "It is not a regular file (a pipe, a device or a socket).",
        ),
        file=name,
        do=T("Donnez le chemin d'un fichier.", "Give the path of a file."),
    )


def check_members(archive: zipfile.ZipFile, name: str) -> tuple[str, ...]:
    """Names of the files of a ZIP, once each is found harmless from the directory alone."""

    def refuse(message: Text, do: Text = _AGAIN) -> SourceError:
        return SourceError(message, file=name, do=do)

    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise refuse(
            T(
                "Le ZIP contient {n} fichiers (limite : {most}).",
                "The ZIP holds {n} files (limit: {most}).",
                n=len(infos),
                most=MAX_MEMBERS,
            )
        )
    names: list[str] = []
    total = 0
    for info in infos:
        # zipfile cuts names at a NUL byte, so look at the name as written.
        written = info.orig_filename.replace("\\", "/")
        parts = written.split("/")
        if written.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in written:
            raise refuse(
                T(
                    "Le ZIP contient un chemin interdit : {member!r}.",
                    "The ZIP holds a forbidden path: {member!r}.",
                    member=info.orig_filename,
                )
            )
        if info.is_dir():
            continue
        if stat.S_ISLNK(info.external_attr >> 16):
            raise refuse(
                T(
                    "Le ZIP contient un lien symbolique : {member}.",
                    "The ZIP holds a symbolic link: {member}.",
                    member=info.filename,
                )
            )
        if info.flag_bits & 0x1:
            raise refuse(
                T("Le ZIP est protégé par mot de passe.", "The ZIP is protected by a password."),
                T("Donnez-le déchiffré.", "Give it without encryption."),
            )
        if info.compress_type not in _METHODS:
            raise refuse(
                T(
                    "{member} est compressé par une méthode inconnue ({method}).",
                    "{member} is compressed by an unknown method ({method}).",
                    member=info.filename,
                    method=info.compress_type,
                ),
                T(
                    "Décompressez-le et donnez le fichier lui-même.",
                    "Unpack it and give the file itself.",
                ),
            )
        total += info.file_size
        check_bounds(info.file_size, info.compress_size, f"{name}/{info.filename}")
        if info.filename in names:
            raise refuse(
                T(
                    "Le ZIP contient deux fois {member}.",
                    "The ZIP holds {member} twice.",
                    member=info.filename,
                )
            )
        if not info.filename.startswith("__MACOSX/"):
            names.append(info.filename)
    if total > MAX_TOTAL_BYTES:
        raise _too_large(name, MAX_TOTAL_BYTES)
    if not names:
        raise refuse(T("Le ZIP ne contient aucun fichier.", "The ZIP holds no file."))
    return tuple(names)


def check_bounds(unpacked: int, packed: int, name: str) -> None:
    """Refuse content too large for us, or far larger than what holds it (sizes in bytes)."""
    if unpacked > MAX_MEMBER_BYTES:
        raise _too_large(name, MAX_MEMBER_BYTES)
    if unpacked > RATIO_APPLIES_ABOVE and unpacked > MAX_RATIO * max(packed, 1):
        raise SourceError(
            T(
                "Le contenu est plus de {ratio} fois plus gros que le fichier : "
                "bombe de décompression.",
                "The content is more than {ratio} times larger than the file: "
                "a decompression bomb.",
                ratio=MAX_RATIO,
            ),
            file=name,
            do=T("N'utilisez pas ce fichier.", "Do not use this file."),
        )


def _too_large(name: str, most: int) -> SourceError:
    return SourceError(
        T(
            "Le contenu dépasse {most} Gio une fois décompressé.",
            "The content is larger than {most} GiB once unpacked.",
            most=most // 2**30 if most >= 2**30 else round(most / 2**30, 6),
        ),
        file=name,
        do=T(
            "Découpez-le (par région, par exemple) et donnez les parties.",
            "Cut it up (by région, for example) and give the parts.",
        ),
    )


class _Bounded(io.RawIOBase):
    """An unpacked stream which stops at the bounds, and explains what the unpacker met."""

    def __init__(self, raw: IO[bytes], name: str, packed: int) -> None:
        self._raw, self._name, self._packed, self._read = raw, name, packed, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with explained(self._name):
            block = self._raw.read(len(buffer))
        self._read += len(block)
        check_bounds(self._read, self._packed, self._name)
        buffer[: len(block)] = block
        return len(block)


def bounded(raw: IO[bytes], name: str, suffix: str, packed: int) -> BinaryIO:
    """A stream over unpacked content that keeps the bounds; ``packed`` is its size as held.

    Raises
    ------
    SourceError
        The content is itself an archive; or, while reading, it is damaged or passes a bound.
    """
    # What only looks at the head of a file unpacks no more than this; larger reads pass it by.
    stream = io.BufferedReader(_Bounded(raw, name, packed), _HEAD)
    start = stream.peek(512)[:512]
    kind = next((label for magic, label in _NESTED if start.startswith(magic)), None)
    if kind == "ZIP" and suffix in DOCUMENTS:
        kind = None
    if start[257:262] == b"ustar":
        kind = "tar"
    if kind is not None:
        raise SourceError(
            T(
                "Une archive ({kind}) se trouve dans l'archive.",
                "There is an archive ({kind}) inside the archive.",
                kind=kind,
            ),
            file=name,
            do=T(
                "Décompressez l'archive extérieure et donnez son contenu.",
                "Unpack the outer archive and give its content.",
            ),
        )
    return cast(BinaryIO, stream)


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Say what the system or an unpacker reports as a :class:`SourceError`."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        gzip.BadGzipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        UnicodeDecodeError,
        struct.error,
    ) as error:
        raise SourceError(_DAMAGED.with_values(why=error), file=name, do=_AGAIN) from error
    except OSError as error:
        reason, do = _REASONS.get(
            error.errno or 0,
            (
                T("Le système refuse la lecture ({why}).", "The system refuses to read ({why})."),
                T("Vérifiez le chemin et le disque.", "Check the path and the disk."),
            ),
        )
        raise SourceError(reason.with_values(why=error.strerror), file=name, do=do) from error
    except ValueError as error:
        if "null" not in str(error):
            raise
        raise SourceError(
            T("Le chemin contient un octet nul.", "The path holds a NUL byte."), file=repr(name)
        ) from error


_CHECK = T("Vérifiez le chemin.", "Check the path.")
_REASONS: dict[int, tuple[Text, Text]] = {
    errno.ENOENT: (
        T(
            "Le fichier n'existe pas, ou le lien ne mène nulle part.",
            "The file does not exist, or the link leads nowhere.",
        ),
        _CHECK,
    ),
    errno.ENOTDIR: (T("Le chemin n'existe pas.", "The path does not exist."), _CHECK),
    errno.ENAMETOOLONG: (T("Le chemin est trop long.", "The path is too long."), _CHECK),
    errno.ELOOP: (
        T("Le lien symbolique tourne en rond.", "The symbolic link goes round in circles."),
        T("Donnez le chemin du fichier lui-même.", "Give the path of the file itself."),
    ),
    errno.EACCES: (
        T("La lecture n'est pas permise.", "Reading is not permitted."),
        T("Changez les droits du fichier.", "Change the permissions of the file."),
    ),
    errno.ENOSPC: (
        T("Le disque temporaire est plein.", "The temporary disk is full."),
        T("Libérez de la place ou changez TMPDIR.", "Free some space or point TMPDIR elsewhere."),
    ),
}
