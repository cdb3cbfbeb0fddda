"""Three answers to "is this point in?": inside, outside, undetermined."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

INSIDE, OUTSIDE, UNDETERMINED = 1, 0, -1


@dataclass(frozen=True, eq=False)
class Answers:
    """What can be said of each point, given how precise its position and the zones are.

    Parameters
    ----------
    given : (n,) bool
        The answer for the position as it stands.
    sure : (n,) int8
        ``INSIDE`` (1), ``OUTSIDE`` (0) or ``UNDETERMINED`` (-1). Where the precision is unknown
        it repeats ``given`` and ``known`` is false; a point without a position is undetermined.
    known : (n,) bool
        Whether the point's precision is known, that is whether ``sure`` is a bound.
    pair_point, pair_zone : (m,) int64
        Points and zones, sorted by point then zone, whose answer is not surely outside. A point of
        infinite precision appears only with the zones of its given position.
    pair_given, pair_sure : (m,) bool
        Whether the given position matches that zone; whether every possible position does.
    """

    given: Bools
    sure: npt.NDArray[np.int8]
    known: Bools
    pair_point: Ints
    pair_zone: Ints
    pair_given: Bools
    pair_sure: Bools

    @property
    def size(self) -> int:
        """Number of points."""
        return len(self.given)

    @property
    def low(self) -> int | None:
        """Points surely inside; None as soon as one point's precision is unknown."""
        return int((self.sure == INSIDE).sum()) if self.known.all() else None

    @property
    def value(self) -> int:
        """Points inside as their positions are given."""
        return int(self.given.sum())

    @property
    def high(self) -> int | None:
        """Points possibly inside; None as soon as one point's precision is unknown."""
        return int((self.sure != OUTSIDE).sum()) if self.known.all() else None

    @property
    def unknown(self) -> int:
        """Points whose precision is unknown."""
        return int((~self.known).sum())

    @property
    def zone(self) -> Ints:
        """First zone that holds the given position of each point, -1 where none does."""
        first = np.full(self.size, -1, dtype=np.int64)
        points, zones = self.pair_point[self.pair_given], self.pair_zone[self.pair_given]
        first[points[::-1]] = zones[::-1]
        return first
