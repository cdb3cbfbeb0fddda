"""Python's collector of cyclic garbage, left alone while much is made that lives on."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Leave cyclic garbage alone for a while.

    A build makes hundreds of thousands of objects that live to its end; looking through them again
    and again takes a fifth of its time and finds nothing.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
