"""Files written for downloads, kept on the disk while the result is the same, within bounds."""

from __future__ import annotations

import atexit
import datetime as dt
import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any, NamedTuple

from ..core.contracts import OutputFormat
from ..core.i18n import Language
from ..exchange.read_back import schema_path
from ..exporting import export_layer
from .served import Served

KEPT_FILES = 256
KEPT_BYTES = 2 << 30
"""Of the files kept in one process; the last one written stays, whatever its size."""
_FOLDER = Path(tempfile.mkdtemp(prefix="geo_service-"))
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
_ATONCE = threading.BoundedSemaphore(2)
"""Files written at the same time in one process: a large one takes a core for a while."""


class Wanted(NamedTuple):
    """One download: a layer or table, its filters, the language of its texts."""

    layer: str
    territory: str | None
    kind: str | None
    as_of: dt.date | None
    language: Language

    @property
    def filtered(self) -> bool:
        """Whether it is less than the whole layer."""
        return (self.territory, self.kind, self.as_of) != (None, None, None)


class Files:
    """Files written for downloads, kept while the result is the same."""

    def __init__(self, result: Served) -> None:
        self._result = result
        self._lock = threading.Lock()
        self._locks: dict[Any, threading.Lock] = {}
        self._files: dict[Any, Path] = {}
        self._bytes: dict[Any, int] = {}
        self._written = 0

    def exported(self, wanted: Wanted, form: OutputFormat) -> Path:
        """The file; nothing that a visitor sends becomes part of its path."""
        key = (wanted, form.name)
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if (held := self._files.get(key)) is not None and held.is_file():
                return held
            with self._lock:
                self._written += 1
                path = _FOLDER / f"{self._result.fingerprint}-{self._written}{form.suffix}"
            try:
                with _ATONCE:
                    export_layer(
                        self._result.atlas,
                        wanted.layer,
                        form.name,
                        path,
                        wanted.territory,
                        wanted.language,
                        kind=wanted.kind,
                        as_of=wanted.as_of,
                    )
            except BaseException:
                with self._lock:  # names that do not exist are without end
                    self._locks.pop(key, None)
                raise
            with self._lock:
                self._files[key] = path
                self._bytes[key] = path.stat().st_size
                self._make_room()
            return path

    def _make_room(self) -> None:
        """Give up the oldest files while they are too many or too large; who reads one goes on."""
        while len(self._files) > 1 and (
            len(self._files) > KEPT_FILES or sum(self._bytes.values()) > KEPT_BYTES
        ):
            oldest = next(iter(self._files))
            gone = self._files.pop(oldest)
            for file in (gone, schema_path(gone)):
                file.unlink(missing_ok=True)
            del self._bytes[oldest]
            self._locks.pop(oldest, None)
