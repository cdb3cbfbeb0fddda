"""Coverage: structures open, in QPV, in quartier vécu by definition, elsewhere; shares and rates.

Definitions
-----------
*structures_open*: structures whose period of opening holds the date. *structures_in_qpv*: those
whose position a QPV in force at the date holds (its limit included). *structures_near_qpv*: in a
QPV or in its quartier vécu by the definition named. *structures_in_quartier_vecu*: near, and in no
QPV. *structures_elsewhere*: open and not near. Shares divide by *structures_open*.

Source: mesure 9 of the feuille de route Politique de la ville (2019) for the categories; QPV and
quartier vécu are disjoint there, so they sum.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..core.contracts import Indicator, Measure
from ..core.i18n import T
from ..core.snapshot import PLURIPROFESSIONAL, Figures, Snapshot, Verdict
from ..core.tables import EVERYWHERE_LEVELS
from ..engine.counting import Count, count_in_groups

PER_INHABITANTS = 10_000.0
RATE = "structure/10000 inhabitants"


def compute(snapshot: Snapshot) -> pd.DataFrame:
    """Coverage figures of every territory and every kind at the snapshot's date.

    Returns
    -------
    DataFrame
        Rows of the ``indicators`` table. Where no QPV perimeter in force is known the figures that
        need one are null, and the note says so.
    """
    figures = Figures(snapshot)
    for kind in snapshot.kinds:
        _everywhere(figures, snapshot, kind)
        if kind not in SEATS and snapshot.qpv is not None and "qpv" in snapshot.levels:
            _in_each_qpv(figures, snapshot, kind)
    return figures.to_table()


def _of_kind(snapshot: Snapshot, kind: str) -> Verdict:
    """Which structures count as this kind, in the scope asked for.

    FINESS does not tell a mono- from a pluriprofessional centre: without another source the answer
    is undetermined, and it is never guessed from a name.
    """
    is_kind = snapshot.structures["kind"].to_numpy() == kind
    if snapshot.scope != PLURIPROFESSIONAL or kind != "CDS":
        return Verdict(is_kind, is_kind.astype(np.int8))
    speciality = snapshot.structures["speciality"].to_numpy(dtype=object)
    told = pd.notna(speciality)
    pluri = is_kind & (speciality == PLURIPROFESSIONAL)
    sure = np.where(is_kind & ~told, -1, pluri.astype(np.int8)).astype(np.int8)
    return Verdict(pluri, sure)


def _both(first: Verdict, second: Verdict) -> Verdict:
    sure = np.where(
        (first.sure == 0) | (second.sure == 0),
        0,
        np.where((first.sure == 1) & (second.sure == 1), 1, -1),
    ).astype(np.int8)
    return Verdict(first.given & second.given, sure, second.told)


def _everywhere(figures: Figures, snapshot: Snapshot, kind: str) -> None:
    structures, places = snapshot.structures, snapshot.territories
    levels = [level for level in EVERYWHERE_LEVELS if level in snapshot.levels]
    shown = np.isin(places["level"].to_numpy(dtype=object), levels)
    names = everyone = places["territory"].to_numpy(dtype=object)[shown]
    covered = places["covered"].to_numpy(dtype=bool)[shown]
    population = places["population"].to_numpy(dtype=float)[shown]
    certain = structures["certain"].to_numpy(dtype=bool)
    precise = structures["known"].to_numpy(dtype=bool)
    groups = {level: structures[level].to_numpy(dtype=np.int64) for level in levels}
    kept = _of_kind(snapshot, kind)
    undecided = kept.sure < 0

    def count(verdict: Verdict, known: np.ndarray) -> Count:
        """Totals of the shown territories; null where the data do not cover one whole."""
        total = [np.zeros(len(places)) for _ in range(3)]
        unknown = np.zeros(len(places), dtype=np.int64)
        blurred = np.zeros(len(places))
        untold = undecided if verdict.told is None else undecided | (~verdict.told & kept.given)
        for level in levels:
            group = groups[level]
            part = count_in_groups(
                group,
                len(places),
                given=verdict.given,
                sure=verdict.sure,
                certain=certain,
                known=known,
            )
            for sum_, add in zip(total, (part.value, part.low, part.high), strict=True):
                sum_ += add
            unknown += part.unknown
            held = group >= 0
            blurred += np.bincount(
                group[held],
                weights=(untold & certain & (verdict.sure != 0))[held],
                minlength=len(places),
            )
        value = np.where(blurred > 0, np.nan, total[0])
        value, low, high = (
            np.where(covered, part[shown], np.nan) for part in (value, total[1], total[2])
        )
        return Count(value, low, high, unknown[shown])

    certainly = np.ones(len(structures), dtype=bool)
    relevant = precise | (kept.sure == 0)
    opened = count(kept, certainly)
    _put(figures, "structures_open", names, opened, kind)
    rate = opened.per(population, PER_INHABITANTS)
    _put(figures, "per_10000_inhabitants", names, rate, kind, unit=RATE)

    def add(name: str, definition: str, counted: Count, first: int | None = None) -> None:
        """Add a count and its share; ``first``: only for so many territories, the largest."""
        names = everyone[:first]
        counted = counted if first is None else counted.take(first)
        _put(figures, f"structures_{name}", names, counted, kind, definition)
        share = counted.share_of(opened.take(first))
        _put(figures, f"share_{name}", names, share, kind, definition, "share")

    absent = np.full(len(names), np.nan)
    nothing = Count(absent, absent, absent, np.zeros(len(names), dtype=np.int64))
    if kind in SEATS:
        return
    qpv = snapshot.verdicts.get("qpv")
    if qpv is None:
        add("in_qpv", "qpv", nothing)
        for definition in snapshot.definitions:
            for name in _NEAR_NAMES:
                add(name, definition, nothing, first=1)
        return
    add("in_qpv", "qpv", count(_both(kept, qpv), relevant))
    for definition in snapshot.definitions:
        near = snapshot.verdicts.get(definition)
        if near is None:
            for name in _NEAR_NAMES:
                add(name, definition, nothing, first=1)
            continue
        add("in_quartier_vecu", definition, count(_both(kept, near.minus(qpv)), relevant))
        add("near_qpv", definition, count(_both(kept, near), relevant))
        add("elsewhere", definition, count(_both(kept, near.inverse()), relevant))
    _qpv_without(figures, snapshot, kind, shown, names, covered)


SEATS = ("CPTS",)
"""Kinds of which the register holds the seat only: its place says nothing of who is served."""
_NEAR_NAMES = ("in_quartier_vecu", "near_qpv", "elsewhere")


def _by_zone(snapshot: Snapshot, kind: str, verdict: Verdict) -> Count:
    """Count by QPV, from the pairs (structure, QPV)."""
    kept, who = _of_kind(snapshot, kind), verdict.pair_structure
    sure = np.where(
        kept.sure[who] == 0,
        0,
        np.where(verdict.pair_sure & (kept.sure[who] == 1), 1, -1),
    ).astype(np.int8)
    counted = count_in_groups(
        verdict.pair_zone,
        0 if snapshot.qpv is None else len(snapshot.qpv),
        given=verdict.pair_given & kept.given[who],
        sure=sure,
        certain=snapshot.structures["certain"].to_numpy(dtype=bool)[who],
        known=np.ones(len(who), dtype=bool),
    )
    # A structure of unknown precision may be in a QPV that no pair names.
    blind = int((~snapshot.structures["known"].to_numpy(dtype=bool) & (kept.sure != 0)).sum())
    untold = np.bincount(
        verdict.pair_zone, weights=kept.sure[who] < 0, minlength=len(counted.value)
    )
    value = np.where(untold > 0, np.nan, counted.value)
    if not blind:
        return Count(value, counted.low, counted.high, counted.unknown)
    absent = np.full(len(counted.value), np.nan)
    return Count(value, absent, absent, np.full(len(counted.value), blind, dtype=np.int64))


def _in_each_qpv(figures: Figures, snapshot: Snapshot, kind: str) -> None:
    assert snapshot.qpv is not None
    names = snapshot.qpv["territory"].to_numpy(dtype=object)
    population = snapshot.qpv["population"].to_numpy(dtype=float)
    inside = _by_zone(snapshot, kind, snapshot.verdicts["qpv"])
    for indicator, definition in (("structures_open", None), ("structures_in_qpv", "qpv")):
        _put(figures, indicator, names, inside, kind, definition)
    rate = inside.per(population, PER_INHABITANTS)
    _put(figures, "per_10000_inhabitants", names, rate, kind, unit=RATE)
    for definition in snapshot.definitions:
        near = snapshot.verdicts.get(definition)
        if near is None or not len(near.pair_zone):
            continue
        counted = _by_zone(snapshot, kind, near)
        _put(figures, "structures_near_qpv", names, counted, kind, definition)


def _put(
    figures: Figures,
    indicator: str,
    names: npt.NDArray[np.object_],
    counted: Count,
    kind: str,
    definition: str | None = None,
    unit: str = "structure",
) -> None:
    figures.add(
        indicator,
        names,
        counted.value,
        kind=kind,
        definition=definition,
        low=counted.low,
        high=counted.high,
        unknown=counted.unknown,
        unit=unit,
    )


def _qpv_without(
    figures: Figures,
    snapshot: Snapshot,
    kind: str,
    shown: np.ndarray,
    names: np.ndarray,
    covered: np.ndarray,
) -> None:
    """QPV of each territory that hold no structure, or have none near, by definition."""
    if snapshot.qpv is None:
        return
    members = snapshot.qpv["members"].tolist()
    zone = np.repeat(np.arange(len(members)), [len(held) for held in members])
    place = np.asarray([place for held in members for place in held], dtype=np.int64)
    for definition in ("qpv", *snapshot.definitions):
        verdict = snapshot.verdicts.get(definition)
        if verdict is None or (definition != "qpv" and not len(verdict.pair_zone)):
            continue
        counted = _by_zone(snapshot, kind, verdict)

        def total(flag: np.ndarray, known: np.ndarray) -> np.ndarray:
            summed = np.bincount(place, weights=flag[zone], minlength=len(shown))
            missing = np.bincount(place, weights=~known[zone], minlength=len(shown))
            return np.where((missing[shown] > 0) | ~covered, np.nan, summed[shown])

        bounded = ~np.isnan(counted.low)
        unknown = np.bincount(place, weights=counted.unknown[zone], minlength=len(shown))
        figures.add(
            "qpv_without_structure",
            names,
            total(counted.value == 0, ~np.isnan(counted.value)),
            kind=kind,
            definition=definition,
            low=total(counted.high == 0, bounded),
            high=total(counted.low == 0, bounded),
            unknown=(unknown[shown] > 0) * int(counted.unknown.max(initial=0)),
            unit="QPV",
        )


INDICATOR = Indicator(
    name="coverage",
    label=T("Couverture des QPV et quartiers vécus", "Coverage of QPV and quartiers vécus"),
    measures=(
        Measure("structures_open", T("Structures ouvertes", "Structures open"), "structure"),
        Measure("structures_in_qpv", T("Structures en QPV", "Structures in QPV"), "structure"),
        Measure(
            "structures_in_quartier_vecu",
            T("Structures en quartier vécu, hors QPV", "Structures in quartier vécu, not in QPV"),
            "structure",
        ),
        Measure(
            "structures_near_qpv",
            T("Structures en QPV ou en quartier vécu", "Structures in QPV or in quartier vécu"),
            "structure",
        ),
        Measure(
            "structures_elsewhere", T("Structures ailleurs", "Structures elsewhere"), "structure"
        ),
        Measure("share_in_qpv", T("Part en QPV", "Share in QPV"), "share"),
        Measure(
            "share_in_quartier_vecu",
            T("Part en quartier vécu, hors QPV", "Share in quartier vécu, not in QPV"),
            "share",
        ),
        Measure(
            "share_near_qpv",
            T("Part en QPV ou en quartier vécu", "Share in QPV or in quartier vécu"),
            "share",
        ),
        Measure("share_elsewhere", T("Part ailleurs", "Share elsewhere"), "share"),
        Measure(
            "per_10000_inhabitants",
            T("Structures pour 10 000 habitants", "Structures per 10,000 inhabitants"),
            RATE,
        ),
        Measure("qpv_without_structure", T("QPV sans structure", "QPV without a structure"), "QPV"),
    ),
    reference=T(
        "Feuille de route Politique de la ville 2018-2022, mesure 9 (point de mars 2019)",
        "Politique de la ville roadmap 2018-2022, measure 9 (note of March 2019)",
    ),
    compute=compute,
)
