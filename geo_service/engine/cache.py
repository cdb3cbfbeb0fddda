"""Cell tables on disk, under a hash of the polygons, the parameters and the building code."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from .cells import CellTable
from .layer import Geometries

_MAGIC = b"geo_service cell table\n"
_ARRAYS = ("directory", "cells", "blob")
_NUMBERS = ("west", "south", "scale", "columns", "rows", "blocks_wide", "paired")
_KEPT_BYTES = 2 << 30
_CODE = ("cells.py", "kernels.py", "kernels_build.py", "shelf.py")


def cache_folder(chosen: Path | None) -> Path:
    """Where tables are kept: the chosen folder, ``GEO_SERVICE_CACHE``, or the user's cache."""
    if chosen is not None:
        return Path(chosen)
    if named := os.environ.get("GEO_SERVICE_CACHE"):
        return Path(named)
    if sys.platform == "win32":
        home = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        home = Path.home() / "Library" / "Caches"
    else:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "geo_service"


@functools.cache
def _code_version() -> bytes:
    """Hash of the code that builds tables: another version never reads an old table."""
    digest = hashlib.blake2b(shapely.geos_version_string.encode())
    for name in _CODE:
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.digest()


def table_name(geometries: Geometries, parameters: str) -> str:
    """File name of the table of these geometries, for these parameters."""
    digest = hashlib.blake2b(_code_version(), digest_size=20)
    digest.update(parameters.encode())
    for shape in shapely.to_wkb(geometries):
        digest.update(b"none" if shape is None else shape)
    return f"{digest.hexdigest()}.cells"


def save_table(folder: Path, name: str, table: CellTable) -> None:
    """Write beside and rename: a reader sees a whole table or none. Never raises OSError."""
    arrays = {key: getattr(table, key) for key in _ARRAYS}
    # The directory of a wide layer is nearly all zeros: only what is set is kept.
    used = np.flatnonzero(arrays["directory"])
    parts = [used, arrays["directory"][used], arrays["cells"], arrays["blob"]]
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(part.data, checksum)
    head = {
        "numbers": {key: getattr(table, key) for key in _NUMBERS},
        "lengths": [len(part) for part in parts],
        "directory": len(arrays["directory"]),
        "checksum": checksum,
    }
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_MAGIC + json.dumps(head).encode() + b"\n")
                for part in parts:
                    file.write(part.data)
            Path(temporary).replace(folder / name)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _prune(folder, keep=name)


def load_table(folder: Path, name: str) -> CellTable | None:
    """The table, or None when it is absent, unreadable or damaged."""
    try:
        with (folder / name).open("rb") as file:
            if file.readline() != _MAGIC:
                return None
            head = json.loads(file.readline())
            checksum, parts = 0, []
            for length, kind in zip(head["lengths"], (np.int64, *[np.int32] * 3), strict=True):
                part: npt.NDArray[Any] = np.fromfile(file, dtype=kind, count=length)
                if len(part) != length:
                    return None
                checksum = zlib.crc32(part.data, checksum)
                parts.append(part)
            if file.read(1) or checksum != head["checksum"]:
                return None
        directory = np.zeros(head["directory"], dtype=np.int32)
        directory[parts[0]] = parts[1]
        (folder / name).touch()
        return CellTable(**head["numbers"], directory=directory, cells=parts[2], blob=parts[3])
    except (OSError, ValueError, KeyError, TypeError, IndexError, MemoryError):
        return None


def _prune(folder: Path, keep: str) -> None:
    """Remove the tables not used for longest, so that the folder stays within 2 GB."""
    total = 0
    files = sorted(folder.glob("*.cells"), key=lambda file: -file.stat().st_mtime)
    for file in files:
        total += file.stat().st_size
        if total > _KEPT_BYTES and file.name != keep:
            file.unlink(missing_ok=True)
