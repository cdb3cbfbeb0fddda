"""Ranks, and how far they move with the weights and with what is not known."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .method import Method
from .needs import Needs, score_bounds, scores

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_DECIMALS = 9
"""Scores that differ by less are equal: they came from the same numbers in another order."""


@dataclass(frozen=True, eq=False)
class Ranks:
    """Rank of each QPV, 1 for the greatest need; 0 where it is not ranked.

    ``weights_low`` to ``weights_high``: ranks met when the weights move. ``data_low`` to
    ``data_high``: ranks possible at these weights, whatever is missing. ``low`` to ``high``: both
    at once. Each pair holds ``rank``.
    """

    score: Floats
    score_low: Floats
    score_high: Floats
    rank: Ints
    weights_low: Ints
    weights_high: Ints
    data_low: Ints
    data_high: Ints
    low: Ints
    high: Ints


def rank_all(method: Method, needs: Needs, ranked: Bools) -> Ranks:
    """Ranks of the QPV that are ranked, with their intervals.

    Parameters
    ----------
    needs
        (n, k) needs.
    ranked : (n,)
        Which take part.
    """
    count = len(ranked)
    weightings = near_weights(method)
    chosen = np.flatnonzero(ranked)
    part = Needs(needs.value[chosen], needs.low[chosen], needs.high[chosen])
    every = scores(part, weightings).round(_DECIMALS)
    least, most = (bound.round(_DECIMALS) for bound in score_bounds(part, weightings))
    own = ranks_of(every[:, 0])
    found = {name: np.tile(own, (2, 1)) for name in ("weights", "data", "both")}
    for column in range(weightings.shape[1]):
        met = ranks_of(every[:, column])
        _widen(found["weights"], np.where(met > 0, met, own), np.where(met > 0, met, own))
        best, worst = possible_ranks(least[:, column], most[:, column])
        if column == 0:
            _widen(found["data"], best, worst)
        _widen(found["both"], best, worst)
        _widen(found["both"], *found["weights"])

    def ranks(values: Ints) -> Ints:
        filled = np.zeros(count, dtype=np.int64)
        filled[chosen] = values
        return filled

    def numbers(values: Floats) -> Floats:
        filled = np.full(count, np.nan)
        filled[chosen] = values
        return filled

    return Ranks(
        score=numbers(every[:, 0]),
        score_low=numbers(least[:, 0]),
        score_high=numbers(most[:, 0]),
        rank=ranks(own),
        weights_low=ranks(found["weights"][0]),
        weights_high=ranks(found["weights"][1]),
        data_low=ranks(found["data"][0]),
        data_high=ranks(found["data"][1]),
        low=ranks(found["both"][0]),
        high=ranks(found["both"][1]),
    )


def _widen(span: Ints, low: Ints, high: Ints) -> None:
    np.minimum(span[0], low, out=span[0])
    np.maximum(span[1], high, out=span[1])


def ranks_of(score: Floats) -> Ints:
    """Rank of each score, the highest first; equal ones share the best rank; 0 for NaN.

    >>> ranks_of(np.array([0.5, 0.9, 0.5, np.nan, 0.1])).tolist()
    [2, 1, 2, 0, 4]
    """
    known = np.sort(score[~np.isnan(score)])
    above = len(known) - np.searchsorted(known, score, side="right")
    return np.where(np.isnan(score), 0, above + 1).astype(np.int64)


def possible_ranks(low: Floats, high: Floats) -> tuple[Ints, Ints]:
    """Best and worst rank of each, where its score is somewhere from low to high.

    >>> [ranks.tolist() for ranks in possible_ranks(np.array([0.2, 0.6]), np.array([0.7, 0.6]))]
    [[1, 1], [2, 2]]
    """
    lows, highs = np.sort(low), np.sort(high)
    surely_above = len(low) - np.searchsorted(lows, high, side="right")
    maybe_above = len(low) - np.searchsorted(highs, low, side="right") - (high > low)
    return (surely_above + 1).astype(np.int64), (maybe_above + 1).astype(np.int64)


def near_weights(method: Method) -> Floats:
    """(k, m) weightings near the method's: its own first, then the corners, then draws.

    Each weight moves by at most ``around`` and their sum stays 1; a weight of 0 stays 0, since that
    term was left out. Draws are uniform over these weightings and the same each time.
    """
    own = np.array([term.weight for term in method.terms])
    moving = np.flatnonzero(own > 0)
    if method.around == 0 or len(moving) < 2:
        return own[:, None]
    low = np.maximum(own[moving] - method.around, 0.0)
    high = np.minimum(own[moving] + method.around, 1.0)
    inner = np.vstack([_corners(low, high), _draws(low, high, method)])
    found = np.zeros((len(own), 1 + len(inner)))
    found[:, 0] = own
    found[moving, 1:] = inner.T
    return found


def _corners(low: Floats, high: Floats) -> Floats:
    """Corners of the weightings: all but one weight at an end, the last one making the sum 1."""
    count = len(low)
    found = []
    for free in range(count):
        others = [place for place in range(count) if place != free]
        for ends in itertools.product((0, 1), repeat=count - 1):
            corner = np.zeros(count)
            corner[others] = [
                (low, high)[end][place] for end, place in zip(ends, others, strict=True)
            ]
            corner[free] = 1.0 - corner.sum()
            if low[free] - 1e-12 <= corner[free] <= high[free] + 1e-12:
                found.append(np.clip(corner, 0.0, 1.0))
    return np.unique(np.array(found).round(12), axis=0)


def _draws(low: Floats, high: Floats, method: Method) -> Floats:
    chance = np.random.default_rng(method.seed)
    kept: list[Floats] = []
    needed = method.draws
    for _ in range(200):  # far more than it takes: a third and more of the draws are kept
        if needed <= 0:
            break
        drawn = chance.uniform(low[:-1], high[:-1], size=(max(4 * needed, 64), len(low) - 1))
        last = 1.0 - drawn.sum(axis=1)
        good = (last >= low[-1]) & (last <= high[-1])
        part = np.column_stack([drawn[good], last[good]])[:needed]
        kept.append(part)
        needed -= len(part)
    return np.vstack([np.empty((0, len(low))), *kept])
