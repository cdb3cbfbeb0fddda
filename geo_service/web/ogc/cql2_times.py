"""Times: the ``datetime`` parameter, and the temporal relations of CQL2 (Allen's)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core.i18n import T
from .refusing import refusal

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_EARLIEST, _LATEST = np.datetime64("0001-01-01", "s"), np.datetime64("9999-12-31T23:59:59", "s")


def instant_of(node: Any) -> Any:
    """An instant written as a date or as an RFC 3339 time: datetime64[s], UTC; a date is midnight.

    Raises
    ------
    HTTPException
        400: not such a time.
    """
    written = node
    if isinstance(node, dict):
        written = node.get("date", node.get("timestamp"))
    if isinstance(written, str):
        try:
            if _DATE.fullmatch(written):
                return np.asarray(np.datetime64(dt.date.fromisoformat(written), "s"))
            if _TIME.fullmatch(written):
                moment = dt.datetime.fromisoformat(written.upper()).astimezone(dt.UTC)
                return np.asarray(np.datetime64(moment.replace(tzinfo=None), "s"))
        except (ValueError, OverflowError):
            pass
    raise refusal(
        T(
            "« {it} » n'est pas une date (2026-01-31) ni un instant (2026-01-31T12:00:00Z).",
            "“{it}” is no date (2026-01-31) and no time (2026-01-31T12:00:00Z).",
            it=str(written)[:60],
        )
    )


def days_asked(written: str) -> tuple[np.datetime64, np.datetime64]:
    """First and last day of a ``datetime`` parameter: an instant, or an interval open or closed.

    Raises
    ------
    HTTPException
        400: not of that form, or the end is before the beginning.
    """
    ends = written.split("/")
    if len(ends) == 1:
        ends = [written, written]
    open_ends = [end in ("", "..") for end in ends]
    if len(ends) != 2 or all(open_ends):
        raise refusal(
            T(
                "datetime : « {it} » n'est ni un instant ni un intervalle « début/fin ».",
                "datetime: “{it}” is neither an instant nor an interval “begin/end”.",
                it=written[:80],
            )
        )
    first = _EARLIEST if open_ends[0] else instant_of(ends[0])[()]
    last = _LATEST if open_ends[1] else instant_of(ends[1])[()]
    if last < first:
        raise refusal(
            T(
                "datetime : la fin est avant le début.",
                "datetime: the end is before the beginning.",
            )
        )
    return first.astype("datetime64[D]"), last.astype("datetime64[D]")


@dataclass(frozen=True)
class Period:
    """Beginning and end (one value, or one a feature) and where both are known."""

    begin: Any
    end: Any
    held: Any


def period_of(begin: Any, end: Any) -> Period:
    """A period between two date scalars; ``..`` is an open end."""
    return Period(
        _EARLIEST if isinstance(begin, str) else begin.values,
        _LATEST if isinstance(end, str) else end.values,
        (True if isinstance(begin, str) else begin.held)
        & (True if isinstance(end, str) else end.held),
    )


def relation(op: str, a: Period, b: Period) -> Any:
    """Where two periods stand in a relation of CQL2 (table 7 of OGC 21-065r2)."""
    return _RELATIONS[op](a, b)


_RELATIONS: dict[str, Callable[[Period, Period], Any]] = {
    "t_after": lambda a, b: a.begin > b.end,
    "t_before": lambda a, b: a.end < b.begin,
    "t_contains": lambda a, b: (a.begin < b.begin) & (a.end > b.end),
    "t_disjoint": lambda a, b: (a.begin > b.end) | (a.end < b.begin),
    "t_during": lambda a, b: (a.begin > b.begin) & (a.end < b.end),
    "t_equals": lambda a, b: (a.begin == b.begin) & (a.end == b.end),
    "t_finishedBy": lambda a, b: (a.begin < b.begin) & (a.end == b.end),
    "t_finishes": lambda a, b: (a.begin > b.begin) & (a.end == b.end),
    "t_intersects": lambda a, b: (a.begin <= b.end) & (a.end >= b.begin),
    "t_meets": lambda a, b: a.end == b.begin,
    "t_metBy": lambda a, b: a.begin == b.end,
    "t_overlappedBy": lambda a, b: (a.begin > b.begin) & (a.begin < b.end) & (a.end > b.end),
    "t_overlaps": lambda a, b: (a.begin < b.begin) & (a.end > b.begin) & (a.end < b.end),
    "t_startedBy": lambda a, b: (a.begin == b.begin) & (a.end > b.end),
    "t_starts": lambda a, b: (a.begin == b.begin) & (a.end < b.end),
}
