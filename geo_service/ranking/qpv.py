"""The ranking of the QPV of a stored result, with everything needed to judge it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..core.i18n import T, Text
from ..core.result import Provenance
from ..store import StoredResult
from .intervals import Ranks, rank_all, ranks_of
from .method import Method, adjusted, published_method, read_method
from .needs import Needs, needs_of
from .reasons import (
    APL_WITHOUT_YEAR,
    EVERY_SPECIALITY,
    LIMITS,
    REASONS,
    UNDATED,
    UPPER_BOUND,
    VAGUE_POSITIONS,
)
from .terms import gather_terms

Weights = Mapping[str, float] | str | Path | Method | None
COLUMNS: dict[str, str] = {
    "rank": "integer",
    "rank_low": "integer",
    "rank_high": "integer",
    "rank_weights_low": "integer",
    "rank_weights_high": "integer",
    "rank_data_low": "integer",
    "rank_data_high": "integer",
    "code": "text",
    "name": "text",
    "communes": "text",
    "departement": "text",
    "score": "number",
    "score_low": "number",
    "score_high": "number",
    "terms": "text",
    "missing": "text",
    "rank_same_terms": "integer",
    "same_terms": "integer",
    "apl": "number",
    "apl_low": "number",
    "apl_high": "number",
    "zone_classes": "text",
    "zone_from": "text",
    "zone_order": "text",
    "zone_from_date": "date",
    "distance": "number",
    "distance_low": "number",
    "distance_high": "number",
    "distance_kind": "text",
    "distance_is_bound": "boolean",
    "population": "number",
    "need_apl": "number",
    "need_zonage": "number",
    "need_distance": "number",
    "need_population": "number",
    "why": "text",
}
"""Columns of :attr:`Ranking.table`, in order, with their types."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """QPV by need of access to general practitioners, rank 1 for the greatest.

    Parameters
    ----------
    as_of
        The date.
    method
        Terms, transforms and weights.
    table
        Columns of :data:`COLUMNS`, a row a QPV in force, by rank; those that are not ranked come
        last, with a null rank. ``rank_low`` to ``rank_high``: ranks possible when the weights move
        and whatever the missing terms are; ``terms``: what the rank rests on; ``why``: the reason
        of each missing term (keys of :data:`~.reasons.REASONS`).
    notes
        What has to be said beside it.
    sources
        The files that it rests on.
    """

    as_of: dt.date
    method: Method
    table: pd.DataFrame
    notes: tuple[Text, ...]
    sources: tuple[Provenance, ...]

    @property
    def ranked(self) -> int:
        """QPV that have a rank."""
        return int(self.table["rank"].notna().sum())

    def of(self, codes: set[str]) -> Ranking:
        """The rows of some QPV, with the ranks that they have among all."""
        kept = self.table[self.table["code"].isin(codes)].reset_index(drop=True)
        return Ranking(self.as_of, self.method, kept, self.notes, self.sources)


def rank_qpv(
    stored: StoredResult, as_of: dt.date | None = None, weights: Weights = None
) -> Ranking:
    """Rank the QPV in force by access to general practitioners.

    Need of each term from 0 to 1, then the mean of the terms at hand weighted by ``weights``; the
    formula and every number stand in ``law/ranking.toml`` and come back in ``Ranking.method``.

    Parameters
    ----------
    stored
        A result; its tables ``apl`` and ``classes`` and its figures of proximity are read.
    as_of
        A date that the result holds; by default its main one.
    weights
        By default the published ones; else term → weight (every term), a TOML file, or a method.

    Raises
    ------
    UnknownNameError
        The result does not hold the date, or has no QPV in force then.
    RuleError, SourceError
        The weights are not accepted.
    """
    method = method_of(weights)
    date = as_of or dt.date.fromisoformat(stored.facts["as_of"])
    return rank_terms(method, gather_terms(stored, date), date, stored.provenance, stored)


def method_of(weights: Weights) -> Method:
    """The method for weights in any of the forms that :func:`rank_qpv` takes."""
    if weights is None:
        return published_method()
    if isinstance(weights, Method):
        return weights
    return adjusted(weights) if isinstance(weights, Mapping) else read_method(weights)


def rank_terms(
    method: Method,
    known: pd.DataFrame,
    as_of: dt.date,
    provenance: list[Provenance],
    stored: StoredResult | None = None,
) -> Ranking:
    """Rank what :func:`~.terms.gather_terms` gathered, which other weights may use again."""
    needs = needs_of(method, known)
    names = [term.name for term in method.terms]
    counted = needs.held & np.array([term.weight > 0 for term in method.terms])
    access = np.isin(names, method.needs_one_of)
    # Where only terms that say nothing of access are weighed, that is what was asked for.
    asked = access & np.array([term.weight > 0 for term in method.terms])
    ranked = counted.any(axis=1)
    if asked.any():
        ranked &= counted[:, access].any(axis=1)
    found = rank_all(method, needs, ranked)
    table = _table(method, known, needs, counted, found)
    return Ranking(
        as_of=as_of,
        method=method,
        table=table,
        notes=_notes(known, method, stored),
        sources=_sources(provenance, method),
    )


def _table(
    method: Method, known: pd.DataFrame, needs: Needs, counted: Any, found: Ranks
) -> pd.DataFrame:
    names = [term.name for term in method.terms]
    weighed = [term.weight > 0 for term in method.terms]
    table = known.copy()
    for column, ranks in (
        ("rank", found.rank),
        ("rank_low", found.low),
        ("rank_high", found.high),
        ("rank_weights_low", found.weights_low),
        ("rank_weights_high", found.weights_high),
        ("rank_data_low", found.data_low),
        ("rank_data_high", found.data_high),
    ):
        table[column] = pd.array(np.where(ranks > 0, ranks, -1), dtype="Int64")
        table.loc[ranks == 0, column] = pd.NA
    table["score"], table["score_low"] = found.score, found.score_low
    table["score_high"] = found.score_high
    table["terms"] = _listed(names, counted)
    table["missing"] = _listed(names, ~counted & np.array(weighed))
    for place, name in enumerate(names):
        table[f"need_{name}"] = needs.value[:, place]
    named = known["zone_classes"].ne("") & known["zonage_why"].eq("")
    unnamed = named & np.isnan(needs.value[:, names.index("zonage")])
    why = known[[f"{name}_why" for name in names]].to_numpy(dtype=object)
    why[unnamed, names.index("zonage")] = "class-without-need"
    missing = ~counted & np.array(weighed)
    table["why"] = [
        " ".join(str(key) for key, lacks in zip(keys, gone, strict=True) if lacks and key)
        for keys, gone in zip(why, missing, strict=True)
    ]
    same, size = np.zeros(len(table), dtype=np.int64), np.zeros(len(table), dtype=np.int64)
    groups = table["terms"].to_numpy(dtype=object)
    for terms in set(groups[found.rank > 0]):
        inside = (groups == terms) & (found.rank > 0)
        same[inside], size[inside] = ranks_of(found.score[inside]), inside.sum()
    for column, values in (("rank_same_terms", same), ("same_terms", size)):
        table[column] = pd.array(np.where(values > 0, values, -1), dtype="Int64")
        table.loc[values == 0, column] = pd.NA
    order = np.lexsort(
        (table["code"].to_numpy(dtype=str), np.where(found.rank > 0, found.rank, 10**9))
    )
    table = table.iloc[order].reset_index(drop=True)
    for column, dtype in COLUMNS.items():
        if dtype == "text":
            table[column] = table[column].astype("str").where(table[column].notna(), None)
    return table[list(COLUMNS)]


def _listed(names: list[str], chosen: Any) -> list[str]:
    return [" ".join(name for name, held in zip(names, row, strict=True) if held) for row in chosen]


def _notes(known: pd.DataFrame, method: Method, stored: StoredResult | None) -> tuple[Text, ...]:
    notes = [*LIMITS[:1], *([_CHANGED] if method.changed else []), *LIMITS[1:]]
    weights = method.weights
    if weights["zonage"] > 0:
        used = known["zone_classes"].ne("")
        if (used & known["zone_from_date"].isna()).any():
            notes.append(UNDATED)
    if weights["apl"] > 0 and known["apl"].notna().any():
        years = [] if stored is None else _apl_years(stored)
        notes.append(
            T("APL de {years}.", "APL of {years}.", years=", ".join(years))
            if years
            else APL_WITHOUT_YEAR
        )
    if weights["distance"] > 0 and known["distance"].notna().any():
        notes.append(EVERY_SPECIALITY)
        if known["distance_is_bound"].any():
            notes.append(UPPER_BOUND)
        if known.loc[known["distance"].notna(), "distance_high"].isna().any():
            notes.append(VAGUE_POSITIONS)
    return tuple(notes)


_CHANGED = T(
    "Poids ou transformations modifiés par l'utilisateur : ce n'est pas le classement publié.",
    "Weights or transforms changed by the user: this is not the published ranking.",
)


def _apl_years(stored: StoredResult) -> list[str]:
    years = stored.read_table("apl")["year"].dropna().unique()
    return [str(int(year)) for year in sorted(years)]


_KINDS_OF_TERM = {
    "apl": ("apl",),
    "zonage": ("zonage",),
    "distance": ("finess",),
    "population": ("population",),
}


def _sources(provenance: list[Provenance], method: Method) -> tuple[Provenance, ...]:
    """The files behind the terms that are weighed, and the QPV themselves."""
    used = {"qpv"}
    for term in method.terms:
        if term.weight > 0:
            used.update(_KINDS_OF_TERM[term.name])
    return tuple(held for held in provenance if held.source in used)


def say_reasons(keys: str) -> list[str]:
    """The reasons of a cell ``why``, in words."""
    return [REASONS[key].say() for key in str(keys or "").split() if key in REASONS]
