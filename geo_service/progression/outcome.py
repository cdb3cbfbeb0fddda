"""What a comparison gives: two counts, the parts of the change, the structures behind each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from ..core.i18n import Text
from .parts import Part


@dataclass(frozen=True)
class Change:
    """One structure that changes a count: in which part, by how much, and why."""

    part: Part
    sign: int
    reason: Text
    structure_id: str
    name: str | None
    kind: str
    commune: str | None
    opened: dt.date | None
    closed: dt.date | None
    lon: float | None
    lat: float | None
    register: str
    """``first`` or ``second``: the register that the line is read from."""


@dataclass(frozen=True)
class Ambiguous:
    """Structures of two registers that may be one another."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    reason: Text


@dataclass(frozen=True)
class Progression:
    """A count at two dates and the change taken apart.

    ``parts`` add up to ``difference`` (a null part counts for nothing: it cannot be seen). ``low``
    and ``high`` bound the difference, whatever the undetermined positions and dates are; null
    where ``unknown_precision`` structures have no known precision. ``notes`` say what the data
    cannot show.
    """

    territory: str
    kind: str
    scope: str
    within: str
    since: dt.date
    until: dt.date
    registers: int
    first: int | None
    last: int | None
    low: int | None
    high: int | None
    unknown_precision: int
    parts: dict[Part, int | None]
    changes: tuple[Change, ...] = field(repr=False, default=())
    ambiguous: tuple[Ambiguous, ...] = field(repr=False, default=())
    notes: tuple[Text, ...] = field(repr=False, default=())
    stored: tuple[float | None, float | None] = (None, None)
    """The figures that the results store for the same counts, where they hold them."""

    @property
    def difference(self) -> int | None:
        """Last less first; null where one of the two is unknown."""
        return None if self.first is None or self.last is None else self.last - self.first

    @property
    def share(self) -> float | None:
        """Difference as a share of the first count; null where that is 0 or unknown."""
        return None if not self.first or self.difference is None else self.difference / self.first
