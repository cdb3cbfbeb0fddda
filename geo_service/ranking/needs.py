"""From what is known of a QPV to needs between 0 and 1, and from needs to scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from .method import Method, Term

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Needs:
    """Needs of each QPV by term, (n, k), from 0 to 1.

    ``value`` is NaN where the term is missing or undetermined; ``low`` and ``high`` are then what
    it may be: 0 and 1 where nothing at all is known.
    """

    value: Floats
    low: Floats
    high: Floats

    @property
    def held(self) -> Bools:
        """Which terms each QPV rests on."""
        return ~np.isnan(self.value)


def need_of(term: Term, values: Floats) -> Floats:
    """Need for each value of a ``linear`` or ``log`` term; NaN stays NaN.

    >>> from geo_service.ranking.method import published_method
    >>> need_of(published_method().term("apl"), np.array([0.0, 2.0, 5.0])).tolist()
    [1.0, 0.5, 0.0]
    """
    start, end = term.start, term.end
    if term.transform == "log":
        with np.errstate(divide="ignore"):
            values, start, end = np.log(values), np.log(start), np.log(end)
    return np.clip((values - start) / (end - start), 0.0, 1.0)


def needs_of(method: Method, known: pd.DataFrame) -> Needs:
    """Needs from the table that :func:`~geo_service.ranking.terms.gather_terms` gives."""
    parts = [
        _of_classes(term, known) if term.transform == "classes" else _of_numbers(term, known)
        for term in method.terms
    ]
    value, low, high = (np.column_stack(columns) for columns in zip(*parts, strict=True))
    return Needs(value, np.where(np.isnan(low), 0.0, low), np.where(np.isnan(high), 1.0, high))


def _of_numbers(term: Term, known: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    columns = {
        part: known[f"{term.name}{part}"].to_numpy(dtype=float) for part in ("", "_low", "_high")
    }
    value, one, other = (need_of(term, columns[part]) for part in ("", "_low", "_high"))
    # A low APL is a high need: which bound is which depends on the term. A bound that is not known
    # leaves the position as given.
    return value, np.fmin(np.fmin(one, other), value), np.fmax(np.fmax(one, other), value)


def _of_classes(term: Term, known: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    needs = dict(term.classes)
    spans = {}
    for cell in known["zone_classes"].unique():
        classes = str(cell).split() if isinstance(cell, str) else []
        found = [needs[name] for name in classes if name in needs]
        if not found or len(found) < len(classes):  # a class without a need may mean any
            spans[cell] = (np.nan, np.nan, np.nan)
        else:
            same = min(found) == max(found)
            spans[cell] = (found[0] if same else np.nan, min(found), max(found))
    table = np.array([spans[cell] for cell in known["zone_classes"]], dtype=float).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def scores(needs: Needs, weights: Floats) -> Floats:
    """Weighted mean of the needs at hand, (n,) or (n, m) for m weightings; NaN without any."""
    held = needs.held
    summed = np.where(held, needs.value, 0.0) @ weights
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = summed / (held.astype(float) @ weights)
    return mean


def score_bounds(needs: Needs, weights: Floats) -> tuple[Floats, Floats]:
    """What the score may be whatever the missing and undetermined terms are; same shape.

    ``weights`` sum to 1. The mean of the terms at hand is always between the two.
    """
    mean = scores(needs, weights)
    return np.fmin(needs.low @ weights, mean), np.fmax(needs.high @ weights, mean)
