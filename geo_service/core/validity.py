"""What holds at a date: zones in force, structures open. One rule for every room that asks."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt


def in_force(zones: Any, as_of: dt.date) -> npt.NDArray[np.bool_]:
    """Which rows are in force at a date.

    Parameters
    ----------
    zones
        A table with ``valid_from`` and ``valid_to``: both days included; no first day: since ever,
        no last day: still in force.
    """
    day = np.datetime64(as_of, "s")
    since, until = zones["valid_from"].to_numpy(), zones["valid_to"].to_numpy()
    begun: npt.NDArray[np.bool_] = np.isnat(since) | (since <= day)
    return begun & (np.isnat(until) | (until >= day))


def openness(structures: Any, as_of: dt.date, vintage: dt.date | None) -> npt.NDArray[np.int8]:
    """1 open at the date, 0 not open, -1 undetermined.

    A structure is open from its opening date, included, to its closing date, excluded. Without an
    opening date it is open from the millésime of the register that lists it (``vintage``); before,
    nobody can tell.
    """
    day = np.datetime64(as_of, "s")
    opened, closed = structures["opened"].to_numpy(), structures["closed"].to_numpy()
    unsaid = 1 if vintage is not None and as_of >= vintage else -1
    begun = np.where(np.isnat(opened), unsaid, opened <= day)
    return np.where(closed <= day, 0, begun).astype(np.int8)
