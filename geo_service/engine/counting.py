"""Counting with bounds: how many are in, as positions are given, at least, and at most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Count:
    """Counts, shares or rates by group, (g,); bounds are NaN where a precision is unknown."""

    value: Floats
    low: Floats
    high: Floats
    unknown: Ints

    def take(self, first: int | None) -> Count:
        """The counts of the first groups; of all when None."""
        rows = slice(first)
        return Count(self.value[rows], self.low[rows], self.high[rows], self.unknown[rows])

    def share_of(self, whole: Count) -> Count:
        """This count divided by another; null where the other is 0.

        The bounds hold whatever the undetermined positions are: at least ``low`` of at most
        ``whole.high``, and the reverse; a share is never above one.
        """
        return Count(
            _divide(self.value, whole.value),
            _divide(self.low, whole.high),
            np.minimum(_divide(self.high, whole.low), 1.0),
            self.unknown,
        )

    def per(self, inhabitants: Floats, base: float) -> Count:
        """This count per ``base`` inhabitants; null where the population is null or 0."""
        return Count(
            base * _divide(self.value, inhabitants),
            base * _divide(self.low, inhabitants),
            base * _divide(self.high, inhabitants),
            self.unknown,
        )


def _divide(above: Floats, below: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)


def count_in_groups(
    group: Ints,
    groups: int,
    *,
    given: Bools,
    sure: npt.NDArray[np.int8],
    certain: Bools,
    known: Bools,
) -> Count:
    """Count the members of each group that are in.

    Parameters
    ----------
    group : (n,) int64
        Group of each member, -1 where it belongs to none.
    groups : int
        Number of groups.
    given, sure, known : (n,)
        The answer for the position as given; 1, 0 or -1 for what its precision allows; whether the
        precision is known.
    certain : (n,) bool
        Whether the member surely counts at all (a structure surely open at the date).

    Returns
    -------
    Count
        ``value`` counts the certain members as given. ``low`` needs both to be sure; ``high``
        allows all that may be. Where the precision of any member of the group is unknown the bounds
        are null and ``unknown`` says of how many.
    """
    member = group >= 0
    place = group[member]

    def tally(chosen: Bools) -> Floats:
        summed = np.bincount(place, weights=chosen[member].astype(float), minlength=groups)
        return summed.astype(np.float64)

    unknown = tally(~known).astype(np.int64)
    blind = unknown > 0
    low = np.where(blind, np.nan, tally(certain & (sure == 1)))
    high = np.where(blind, np.nan, tally(sure != 0))
    return Count(tally(certain & given), low, high, unknown)
