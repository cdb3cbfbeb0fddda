"""CPTS: inhabitants of a commune that belongs to one, and how many there are, by maturity.

Definitions
-----------
A person is covered where the commune belongs to a CPTS. Of a commune that belongs to several the
most mature counts, so nobody counts twice. Cumulative: *any* (whatever its maturity, also one that
is not known), *project* (project approved or ACI signed), *aci* (ACI signed). Exact: *letter-only*,
*project-only*, *unknown-only*; with *aci* they sum to *any*.

A row counts from its date. Before it the commune is not covered at that maturity; whether it was
at a lesser one is not known: null, between bounds. A row without a date counts from
the millésime of the table; before, nobody can tell. A commune that the table does not list belongs
to no CPTS only where the study says that the table lists every commune (``complete``).

Source: DGOS, "Améliorer la qualité de la prise en charge" (2024), note de lecture of map 3.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...core.contracts import Indicator, Measure
from ...core.figures import Figures
from ...core.i18n import T
from ...core.snapshot import Membership, Snapshot
from .ranks import CUMULATIVE, EXACT, Ranks, ranks_of_communes, row_ranks
from .shown import Shown, notes_of

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
KIND = "CPTS"
__all__ = ["CUMULATIVE", "EXACT", "INDICATOR", "compute"]


def compute(snapshot: Snapshot) -> Figures:
    """Figures of the CPTS for every territory at the snapshot's date.

    Returns
    -------
    Figures
        ``population_in_cpts`` (person), ``share_of_population_in_cpts`` and ``cpts_count``, from
        France to the commune; none at all where no source gives the communes of the CPTS. Null
        where the table does not tell; the bounds then hold whatever it leaves out.
    """
    figures = Figures(snapshot)
    held = snapshot.membership
    if held is None:
        return figures
    maturity = row_ranks(held, snapshot)
    of_communes = ranks_of_communes(held, maturity)
    places = Shown.of(snapshot, held)
    notes = list(notes_of(snapshot, held, places, of_communes))
    numbers, names = pd.factorize(held.members["cpts"])
    cpts = numbers.astype(np.int64)
    of_cpts = maturity.most(cpts, len(names))
    pairs = _pairs(held, places, cpts, len(names))
    for definition in _definitions(held):
        people = _people(held, places, of_communes, definition)
        counted = _count(held, places, of_cpts.meeting(definition), pairs)
        for note, shown in notes:
            for name, unit, (value, low, high) in (
                ("population_in_cpts", "person", people[0]),
                ("share_of_population_in_cpts", "share", people[1]),
                ("cpts_count", "CPTS", counted),
            ):
                figures.add(
                    name,
                    places.names[shown],
                    value[shown],
                    kind=KIND,
                    definition=definition,
                    low=low[shown],
                    high=high[shown],
                    unit=unit,
                    note=note,
                )
    return figures


def _definitions(held: Membership) -> list[str]:
    unknown = bool(held.members["maturity"].isna().any())
    return [*CUMULATIVE, *(name for name in EXACT if name != "unknown-only" or unknown)]


Figure = tuple[Floats, Floats, Floats]
"""Value, low and high of each territory."""


def _people(
    held: Membership, places: Shown, ranks: Ranks, definition: str
) -> tuple[Figure, Figure]:
    """Inhabitants covered, and their share of all."""
    people = held.communes["population"].to_numpy(dtype=float)
    missing = np.isnan(people)
    known = np.where(missing, 0.0, people)
    given, low, high = ranks.meeting(definition)
    untold = np.isnan(given)

    def total(met: Bools) -> Floats:
        summed = places.sum(known * met)
        return np.where(places.any(missing & met) | ~places.whole, np.nan, summed)

    value = total(given == 1.0)
    value[places.any(untold & (missing | (known > 0)))] = np.nan
    # What is known is a low bound even where another commune has no population.
    least = np.where(places.whole, places.sum(known * low), np.nan)
    everyone = places.sum(known)
    everyone[~places.whole | (everyone == 0.0)] = np.nan
    # An unknown population may be any: it only bounds the share on the side of its commune.
    lowest = np.where(places.any(missing & ~low), 0.0, places.sum(known * low) / everyone)
    highest = np.where(places.any(missing & high), 1.0, places.sum(known * high) / everyone)
    share = value / np.where(places.any(missing), np.nan, everyone)
    shares = [share, *(np.where(np.isnan(everyone), np.nan, it) for it in (lowest, highest))]
    # All or nobody of a commune is covered, whatever its population.
    for share, met in zip(shares, (given, low, high), strict=True):
        share[places.is_commune] = np.asarray(met, dtype=float)[_own_communes(places)]
    return (value, least, total(high)), (shares[0], shares[1], shares[2])


def _own_communes(places: Shown) -> Ints:
    """Positions of the communes that are territories of their own, in the order of the names."""
    own = places.is_commune[places.place]
    return places.commune[own][np.argsort(places.place[own], kind="stable")]


def _count(
    held: Membership, places: Shown, met: tuple[Floats, Bools, Bools], pairs: tuple[Ints, Ints]
) -> Figure:
    """CPTS with at least one commune in each territory, each once."""
    place, cpts = pairs

    def total(of_cpts: npt.NDArray[np.generic]) -> Floats:
        found = np.bincount(place, weights=of_cpts[cpts], minlength=len(places.names))
        return np.where(places.whole, found, np.nan)

    given, low, high = met
    value, least, most = total(np.nan_to_num(given)), total(low), total(high)
    value[total(np.isnan(given)) > 0] = np.nan
    unlisted = places.any(~held.communes["complete"].to_numpy(dtype=bool))
    value[unlisted] = most[unlisted] = np.nan
    return value, least, most


def _pairs(held: Membership, places: Shown, cpts: Ints, count: int) -> tuple[Ints, Ints]:
    """Each territory with each CPTS that has a commune in it, once."""
    commune = held.members["commune"].to_numpy(dtype=np.int64)
    order = np.argsort(places.commune, kind="stable")
    starts = np.searchsorted(places.commune[order], np.arange(len(held.communes) + 1))
    counts = (starts[1:] - starts[:-1])[commune]
    row = np.repeat(np.arange(len(commune)), counts)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    place = places.place[order][starts[:-1][commune[row]] + offset]
    place, found = np.divmod(np.unique(place * max(count, 1) + cpts[row]), max(count, 1))
    return place, found


INDICATOR = Indicator(
    name="cpts",
    label=T("Couverture par les CPTS", "Coverage by the CPTS"),
    measures=(
        Measure(
            "population_in_cpts",
            T("Habitants d'une commune membre d'une CPTS", "Inhabitants of a commune in a CPTS"),
            "person",
        ),
        Measure(
            "share_of_population_in_cpts",
            T(
                "Part de la population vivant dans une commune membre d'une CPTS",
                "Share of the population living in a commune in a CPTS",
            ),
            "share",
        ),
        Measure("cpts_count", T("CPTS", "CPTS"), "CPTS"),
    ),
    reference=T(
        "DGOS, Améliorer la qualité de la prise en charge (2024), carte 3 et note de lecture",
        "DGOS, Améliorer la qualité de la prise en charge (2024), map 3 and its note",
    ),
    compute=compute,
)
