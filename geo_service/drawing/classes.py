"""Classes of a choropleth: quantiles or equal intervals, with limits that read easily."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Method = Literal["quantiles", "equal"]
METHODS: tuple[Method, ...] = ("quantiles", "equal")
MOST = 5
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Classes:
    """Limits of classes: each holds its lower limit, the last one its upper limit too.

    ``zero``: the value 0 has a class of its own, before the others; ``edges`` are then those of the
    values above it.
    """

    edges: tuple[float, ...]
    zero: bool = False

    def __len__(self) -> int:
        return max(0, len(self.edges) - 1) + self.zero

    def of(self, values: Floats) -> npt.NDArray[np.int64]:
        """(n,) number of the class of each value, from 0; -1 where the value is unknown."""
        unknown = np.isnan(values)
        found = np.searchsorted(np.asarray(self.edges[1:-1]), values, side="right")
        found = found.astype(np.int64) + self.zero
        if self.zero:
            found[values == 0.0] = 0
        found[unknown] = -1
        return found


def classify(values: Floats, method: Method = "quantiles", most: int = MOST) -> Classes:
    """Classes for these values.

    Parameters
    ----------
    values : (n,)
        NaN is unknown and belongs to no class.
    method
        ``quantiles``: about as many values in each class; ``equal``: classes of the same width.
    most
        Classes at most. Few different values give fewer classes.

    Returns
    -------
    Classes
        Zero stands apart where it is more frequent than one class would hold (most communes have no
        structure): quantiles would else give the same limit twice.
    """
    known = np.sort(values[~np.isnan(values)].astype(np.float64))
    if not len(known):
        return Classes(())
    zeros = int((known == 0.0).sum())
    zero = bool(known[0] == 0.0) and zeros > len(known) / most and zeros < len(known)
    if zero:
        known, most = known[zeros:], most - 1
    if known[0] == known[-1]:
        return Classes((float(known[0]), float(known[0])), zero)
    edges = _quantiles(known, most) if method == "quantiles" else _equal(known, most)
    return Classes(tuple(edges), zero)


def roundest(low: float, high: float) -> float:
    """The number of fewest digits in an interval, both ends included.

    >>> roundest(0.237, 0.262), roundest(1180, 1420), roundest(-1, 3)
    (0.25, 1200.0, 0.0)
    """
    if low <= 0.0 <= high:
        return 0.0
    top = math.floor(math.log10(max(abs(low), abs(high)))) + 1
    middle = (low + high) / 2
    for power in range(top, top - 17, -1):
        for part in (10, 5, 2):
            # Written as a fraction of whole numbers: 3 × 0.1 is not 0.3.
            first, last = _count(low, part, power, math.ceil), _count(high, part, power, math.floor)
            if first <= last:
                nearest = min(max(_count(middle, part, power, round), first), last)
                return _times(nearest * part, power - 1)
    return middle


def _count(value: float, part: int, power: int, way: Callable[[float], int]) -> int:
    return way(round(value / _times(part, power - 1), 9))


def _times(whole: int, power: int) -> float:
    return float(whole * 10**power) if power >= 0 else whole / 10**-power


def _quantiles(known: Floats, most: int) -> list[float]:
    most = min(most, len(np.unique(known)))
    cuts = np.unique(np.quantile(known, np.linspace(0.0, 1.0, most + 1)))
    edges = _ends(known)
    for place in range(1, len(cuts) - 1):
        room = min(cuts[place] - cuts[place - 1], cuts[place + 1] - cuts[place]) / 8
        edges.insert(-1, roundest(float(cuts[place] - room), float(cuts[place] + room)))
    return _filled(known, edges)


def _equal(known: Floats, most: int) -> list[float]:
    low, high = float(known[0]), float(known[-1])
    width = (high - low) / most
    step = roundest(width * 0.9, width * 1.3)
    start = math.floor(round(low / step, 9)) * step
    count = max(1, math.ceil(round((high - start) / step, 9)))
    # Rounding takes away the last digits that a sum of steps adds.
    edges = [float(f"{start + place * step:.12g}") for place in range(count + 1)]
    edges[-1] = roundest(high, edges[-1])  # a share does not go up to 105 %
    return edges


def _ends(known: Floats) -> list[float]:
    low, high = float(known[0]), float(known[-1])
    room = (high - low) / 20
    first = roundest(max(low - room, 0.0), low) if low >= 0.0 else roundest(low - room, low)
    return [first, roundest(high, high + room)]


def _filled(known: Floats, edges: list[float]) -> list[float]:
    """Limits that go up and leave no class empty."""
    kept = [edges[0]]
    for place, edge in enumerate(edges[1:], start=1):
        last = place == len(edges) - 1
        inside = (known >= kept[-1]) & ((known <= edge) if last else (known < edge))
        if edge > kept[-1] and (inside.any() or last):
            kept.append(edge)
    if len(kept) > 2 and not (known >= kept[-2]).any():
        del kept[-2]
    return kept
