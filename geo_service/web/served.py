"""The result being served, and what is made of it once and kept while it is served."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from flask import current_app, g

from ..atlas import Atlas
from ..core.errors import GeoServiceError
from ..features import Features
from ..store.stored import fingerprint

KEY = "geo_service"
Made = TypeVar("Made")
_LOOK_AGAIN = 0.5
"""Seconds between two looks at the file: a look costs as much as a small answer."""
log = logging.getLogger("geo_service.web")


class Served:
    """One opened result with what was made of it; it never changes.

    Parameters
    ----------
    path
        ``RESULT.gpkg``.
    most_bytes
        Bytes of rendered answers that are kept at most; the least used go first.

    Raises
    ------
    StoreError
        The file is missing or is no result.
    """

    def __init__(self, path: Path, most_bytes: int = 128 << 20) -> None:
        self.atlas = Atlas(path)
        self.fingerprint = self.atlas.stored.fingerprint
        self._lock = threading.Lock()
        self._locks: dict[Hashable, threading.Lock] = {}
        self._kept: dict[Hashable, Any] = {}
        self._bodies: OrderedDict[Hashable, Any] = OrderedDict()
        self._most = most_bytes
        self._held = 0

    def keep(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What ``make`` gives, made once. For a few things: keys never come from a visitor."""
        try:
            return self._kept[key]
        except KeyError:
            pass
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:  # others wait for this key alone
            if key not in self._kept:
                self._kept[key] = make()
            return self._kept[key]

    def keep_body(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """An answer that has a ``size``, kept while there is room; keys may come from a visitor."""
        with self._lock:
            if key in self._bodies:
                self._bodies.move_to_end(key)
                return self._bodies[key]
        body = make()
        with self._lock:
            if key not in self._bodies and body.size <= self._most // 4:
                self._bodies[key] = body
                self._held += body.size
                while self._held > self._most:
                    _, gone = self._bodies.popitem(last=False)
                    self._held -= gone.size
        return body

    def features(self, layer: str) -> Features:
        """A layer of the result as features ready to send.

        Raises
        ------
        UnknownNameError
            No such layer.
        """
        if layer not in self.atlas.stored.layer_names():
            self.atlas.layer(layer)  # says which there are
        return self.keep(("features", layer), lambda: Features(layer, self.atlas.layer(layer)))


class Holder:
    """Opens the result, and takes up the file that replaces it without losing a request.

    Parameters
    ----------
    path
        ``RESULT.gpkg``; another file may take its place at any time (by a rename).
    warm
        Called with a new result before it is served: what the first requests would wait for.
    """

    def __init__(self, path: Path, warm: Sequence[Callable[[Served], None]] = ()) -> None:
        self.path = path
        self._warm = list(warm)
        self._served = Served(path)
        self._refused = ""
        self._looked = -_LOOK_AGAIN
        self._lock = threading.Lock()

    def current(self) -> Served:
        """The result now. A new file is opened beside; until it is ready the old one answers."""
        now = time.monotonic()
        if now - self._looked < _LOOK_AGAIN:
            return self._served
        self._looked = now
        if self._served.atlas.stored.replaced and self._lock.acquire(blocking=False):
            threading.Thread(target=self._take_up, name="take-up", daemon=True).start()
        return self._served

    def warm(self) -> None:
        """Make what the first requests would wait for, beside them; they never wait for all."""
        for warm in self._warm:
            warm(self._served)
        _settle()

    @property
    def healthy(self) -> bool:
        """Whether the file at the path is, or can become, what is served."""
        return not self._served.atlas.stored.replaced or self._lock.locked()

    def _take_up(self) -> None:
        try:
            now = fingerprint(self.path)
            if now == self._refused:
                return
            try:
                served = Served(self.path)
                for warm in self._warm:
                    warm(served)
            except GeoServiceError as error:
                self._refused = now
                log.error("result refused", extra={"reason": error.say("en")})
            else:
                self._served = served
                _settle()
                log.info("result taken up", extra={"fingerprint": served.fingerprint})
        except GeoServiceError:
            pass  # the path is empty for now; the opened file goes on answering
        finally:
            self._lock.release()


def _settle() -> None:
    """Let the garbage collector pass over what was made to stay.

    A round over a national result stops every request for 0.15 s. What was let by before is looked
    at once more, since the result that it belonged to may be gone.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def served() -> Served:
    """The result that answers this request: one and the same from its beginning to its end."""
    found: Served | None = g.get("served")
    if found is None:
        found = g.served = current_app.extensions[KEY].current()
    return found
