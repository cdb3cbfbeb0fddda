"""The baromètre's own arithmetic: progress, way to a target, rounding as published."""

from __future__ import annotations

import math


def progress_share(actual: float | None, initial: float | None) -> float | None:
    """``(actual - initial) / initial``; None where there is no initial value, or it is 0.

    Rule read off the published files: 2,251 against 1,034 is 118 %.

    >>> round(100 * progress_share(2251, 1034))
    118
    """
    if actual is None or not initial:
        return None
    return (actual - initial) / initial


def target_share(actual: float | None, initial: float | None, target: float | None) -> float | None:
    """``(actual - initial) / (target - initial)``, from 0 to 1: what of the way is done.

    More than the whole way counts as 1, a step back as 0, as in the published files. None where
    one of the three is unknown or there is no way to go.

    >>> round(100 * target_share(522, 375, 700)), target_share(22, 6, 12), target_share(3, 4, 8)
    (45, 1.0, 0.0)
    """
    if actual is None or initial is None or target is None or target == initial:
        return None
    return min(max((actual - initial) / (target - initial), 0.0), 1.0) + 0.0  # no -0


def level_share(actual: float | None, target: float | None) -> float | None:
    """``actual / target``: the share of the level aimed at.

    >>> level_share(2501, 4000), round(level_share(638, 700), 3)
    (0.62525, 0.911)
    """
    return None if actual is None or not target else actual / target


def percent(share: float | None, decimals: int = 0) -> float | None:
    """A share as a percentage, halves away from zero (Python's ``round`` takes 0.5 to 0)."""
    if share is None:
        return None
    scale = 10.0**decimals
    scaled = abs(share) * 100 * scale
    return math.copysign(math.floor(scaled + 0.5 + 1e-9), share) / scale + 0.0
