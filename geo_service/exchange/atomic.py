"""Write a file beside its target and swap it in: a reader sees the old one or the new one.

The temporary name carries the machine and the process that write it, so that what a killed process
left is known to be nobody's and is removed by the next write to the same target.
"""

from __future__ import annotations

import errno
import os
import platform
import re
import secrets
import sqlite3
import stat
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geo_service.core.errors import StoreError
from geo_service.core.i18n import T, Text

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)
_DAY = 86_400
_in_progress: set[str] = set()


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a new empty file in the folder of ``path``; at the end it takes the place of ``path``.

    The file is flushed to the disk before it is renamed. A symbolic link is followed: the file it
    points to is replaced. When the block raises, the target is left as it was and nothing of the
    new file stays.

    Raises
    ------
    StoreError
        The disk is full, the folder is missing or may not be written, the target is a folder or
        a device.
    """
    target = _target(path)
    aside = target.with_name(_aside_name(target))
    _in_progress.add(aside.name)
    try:
        try:
            _sweep(target)
            os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            yield aside
            if not aside.is_file():
                raise FileNotFoundError(errno.ENOENT, "nothing was written", str(aside))
            if target.exists():
                aside.chmod(stat.S_IMODE(target.stat().st_mode))
            _flush(aside)
            aside.replace(target)
            _flush(target.parent)
        finally:
            aside.unlink(missing_ok=True)
            _in_progress.discard(aside.name)
    except OSError as error:
        raise explain(error, path) from error


def require_place(path: str | Path) -> None:
    """Check early that a file may be put there.

    Raises
    ------
    StoreError
        The folder is missing, the target is a folder or a device.
    """
    _target(path)


def explain(error: OSError | sqlite3.Error, path: str | Path) -> StoreError:
    """The bilingual error for a file that could not be written."""
    code = error.errno if isinstance(error, OSError) else None
    if code in _FULL or _sqlite_full(error):
        return _refuse(
            path,
            T("Plus de place sur le disque.", "No room left on the disk."),
            T(
                "Rien n'a été remplacé ; libérez de la place ou écrivez ailleurs.",
                "Nothing was replaced; free some room or write elsewhere.",
            ),
        )
    if code in _REFUSED:
        return _refuse(
            path,
            T("Écriture refusée dans ce dossier.", "Writing to this folder is not allowed."),
            T(
                "Demandez le droit d'y écrire, ou écrivez ailleurs.",
                "Ask for the right to write there, or write elsewhere.",
            ),
        )
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return _refuse(
        path,
        T("Le fichier ne s'écrit pas ({why}).", "The file cannot be written ({why}).", why=said),
        T("Rien n'a été remplacé.", "Nothing was replaced."),
    )


def _sqlite_full(error: Exception) -> bool:
    # SQLite says "I/O error" where a size limit or a quota of the file system stops a write.
    code = getattr(error, "sqlite_errorcode", None) or 0
    return code & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


def _refuse(path: str | Path, message: Text, do: Text) -> StoreError:
    return StoreError(message, file=path, do=do)


def _target(path: str | Path) -> Path:
    target = Path(os.path.realpath(path))
    elsewhere = T("Donnez un autre chemin.", "Give another path.")
    try:
        if not target.parent.is_dir():
            raise _refuse(
                path,
                T("Le dossier n'existe pas.", "The folder does not exist."),
                T("Créez-le d'abord.", "Create it first."),
            )
        mode = target.stat().st_mode
    except FileNotFoundError:
        return target
    except OSError as error:
        raise explain(error, path) from error
    if stat.S_ISDIR(mode):
        raise _refuse(path, T("C'est un dossier.", "This is a folder."), elsewhere)
    if not stat.S_ISREG(mode):
        # Renaming onto /dev/null or a pipe would destroy it.
        raise _refuse(
            path, T("Ce n'est pas un fichier ordinaire.", "This is no regular file."), elsewhere
        )
    return target


def _machine() -> str:
    return f"{zlib.crc32(platform.node().encode()):08x}"


def _stem(target: Path) -> str:
    # Cut, so that a name of the greatest length still has a temporary name.
    return f".{target.name[:60]}-{zlib.crc32(target.name.encode()):08x}"


def _aside_name(target: Path) -> str:
    # The suffix stays: GDAL tells a file from a folder by it.
    return f"{_stem(target)}.{_machine()}.{os.getpid()}.{secrets.token_hex(4)}.part{target.suffix}"


def _sweep(target: Path) -> None:
    """Remove what killed processes left of earlier writes to this target."""
    pattern = re.compile(
        re.escape(_stem(target))
        + r"\.([0-9a-f]{8})\.(\d+)\.[0-9a-f]{8}\.part"
        + re.escape(target.suffix)
    )
    for entry in os.scandir(target.parent):
        found = pattern.fullmatch(entry.name)
        if found and entry.name not in _in_progress and _abandoned(entry, found[1], int(found[2])):
            Path(entry.path).unlink(missing_ok=True)


def _abandoned(entry: os.DirEntry[str], machine: str, pid: int) -> bool:
    try:
        age = time.time() - entry.stat(follow_symlinks=False).st_mtime
    except FileNotFoundError:
        return False
    if age > _DAY:
        return True
    # A process of another machine (a shared folder, another container) cannot be asked.
    return machine == _machine() and (pid == os.getpid() or not _alive(pid))


def _alive(pid: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _flush(path: Path) -> None:
    if path.is_dir() and os.name != "posix":
        return
    # Flushing needs a writable handle on some systems, which a folder never gives.
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
