"""The population of each commune: the best of what the files say, and where they disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from geo_service.core.i18n import T
from geo_service.core.result import Anomalies

from .filling import index_in
from .moves import cog_date, follow_codes
from .notes import note

if TYPE_CHECKING:
    import pandas as pd


class Given(Protocol):
    """The tables by commune that tell a population, and the moves of communes."""

    everywhere: Any
    composition: Any
    legal: Any
    moves: Any


def settle_population(frame: pd.DataFrame, given: Given, kept: set[str], notes: Anomalies) -> None:
    """Give each commune its best population; differences are listed for the communes kept."""
    import pandas as pd

    legal, old = _carried(given, kept, notes)
    drawn = given.everywhere
    if old:
        # Contours may repeat the legal figure of a commune as it was before its split.
        stale = [(drawn.index == code) & (drawn["population"] == old[code]) for code in old]
        drawn = drawn[~np.logical_or.reduce(stale)]
    offers = [_Offer.of(table) for table in (given.composition, drawn, legal)]
    offers = sorted((offer for offer in offers if offer.latest >= 0), key=lambda o: -o.latest)
    population = np.full(len(frame), np.nan)
    years = population.copy()
    for offer in offers:
        at = index_in(offer.codes, frame["code"])
        told = np.where(at >= 0, offer.population[at], np.nan)
        told_years = np.where(at >= 0, offer.years[at], np.nan)
        differ = (told != population) & ~np.isnan(told) & ~np.isnan(population)
        differ &= told_years == years
        for row in np.flatnonzero(differ).tolist():
            if frame.index[row] not in kept:
                continue
            note(
                notes,
                str(offer.table["file"].iloc[at[row]]),
                "population",
                f"{told[row]:g}",
                "population-differs",
                T(
                    "{name} : {other:g} habitants ici, {chosen:g} dans la source retenue.",
                    "{name}: {other:g} inhabitants here, {chosen:g} in the source retained.",
                    name=frame["name"].iloc[row],
                    other=told[row],
                    chosen=population[row],
                ),
                "kept",
                str(frame.index[row]),
            )
        fill = np.isnan(population) & ~np.isnan(told)
        population[fill], years[fill] = told[fill], told_years[fill]
    frame["population"] = population
    frame["population_year"] = pd.array(years, dtype="Int64")


@dataclass(frozen=True)
class _Offer:
    """The populations that a table by commune gives, NaN where it gives none."""

    table: Any
    codes: Any
    population: npt.NDArray[np.float64]
    years: npt.NDArray[np.float64]
    latest: float
    """Latest census year of a figure, 0 where none is said; -1: there is no figure."""

    @classmethod
    def of(cls, table: Any) -> _Offer:
        population = table["population"].to_numpy(dtype=float, na_value=np.nan)
        years = table["population_year"].to_numpy(dtype=float, na_value=np.nan)
        given = ~np.isnan(population)
        latest = np.nanmax(years[given], initial=0) if given.any() else -1
        codes = table.get("code", table.index)
        return cls(table, codes, population, years, float(latest))


def _carried(
    given: Given, kept: set[str], notes: Anomalies
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Legal populations by commune of the study's COG, and those from before a split, left out."""
    import pandas as pd

    legal = given.legal
    date = cog_date(legal.index, given.moves) if len(given.moves) else None
    if date is None:
        return legal, {}
    later = given.moves[given.moves["effective"] > pd.Timestamp(date)]
    moved = sorted(set(legal.index).intersection(later["before"]))
    heirs = follow_codes(moved, date, given.moves)
    old: dict[str, float] = {}
    for code, now in heirs.items():
        if len(now) < 2:
            continue
        old[code] = float(legal.at[code, "population"])
        reason = T(
            "La population de {code} est d'avant son partage en {now}.",
            "The population of {code} is from before its split into {now}.",
            code=code,
            now=", ".join(now),
        )
        file, value = str(legal.at[code, "file"]), f"{old[code]:g}"
        slug = "population-before-split"
        for heir in sorted(kept.intersection(now)):
            note(notes, file, "population", value, slug, reason, "set aside", heir)
    merged = {code: now[0] for code, now in heirs.items() if len(now) == 1}
    touched = sorted({*merged, *merged.values()} & set(legal.index))
    apart = legal.loc[touched, ["population", "population_year", "file"]]
    groups = apart.groupby([merged.get(code, code) for code in touched])
    carried = groups[["population_year", "file"]].first()
    # One part without a figure leaves the whole without one.
    carried["population"] = (
        groups["population"].sum().where(groups["population"].count() == groups.size())
    )
    rest = legal.drop(index=[*touched, *old])[["population", "population_year", "file"]]
    return pd.concat([rest, carried]) if len(carried) else rest, old
