"""Read the next file while the last one is being checked.

GDAL and Arrow leave Python's lock to others while they read a whole table, and checking needs the
lock: one thread reads ahead, so that on two cores the reading itself costs hardly any time. That
thread, which computes hashes as well, never calls pandas: pandas changes the filters of warnings,
which are those of all threads.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Result = TypeVar("Result")
Begun = dict[tuple[Hashable, ...], "Future[Any]"]

_current: ContextVar[tuple[ThreadPoolExecutor, Begun] | None] = ContextVar("ahead", default=None)


@contextmanager
def reading_ahead() -> Iterator[None]:
    """Within it, :func:`begin` begins; what nobody asked for is given up at the end."""
    with ThreadPoolExecutor(1, "geo-service-ahead") as pool, warnings.catch_warnings():
        # What GDAL remarks is the reader's to say; in another thread nothing else would stop it.
        warnings.filterwarnings("ignore", module="pyogrio")
        token = _current.set((pool, {}))
        try:
            yield
        finally:
            _current.reset(token)
            pool.shutdown(cancel_futures=True)


def begin(work: Callable[..., Any], *about: Hashable) -> bool:
    """Put work that :func:`result_of` will be asked for in the queue; whether there is one."""
    held = _current.get()
    if held is None:
        return False
    pool, begun = held
    if (work, *about) not in begun:
        begun[work, *about] = pool.submit(work, *about)
    return True


def result_of(work: Callable[..., Result], *about: Hashable) -> Result:
    """What ``work(*about)`` gives, or raises: from the thread ahead where it was begun, once."""
    held = _current.get()
    future = held[1].pop((work, *about), None) if held is not None else None
    if future is None or future.cancel():  # what still waits is sooner done here
        return work(*about)
    return future.result()
