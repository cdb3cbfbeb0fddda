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

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..core.contracts import Indicator, Measure
from ..core.figures import Figures
from ..core.i18n import T
from ..core.snapshot import PLURIPROFESSIONAL, Snapshot, Verdict
from ..core.tables import EVERYWHERE_LEVELS
from ..engine.counting import Count, count_in_groups

PER_INHABITANTS = 10_000.0
RATE = "structure/10000 inhabitants"


def compute(snapshot: Snapshot) -> Figures:
    """Coverage figures of every territory and every kind at the snapshot's date.

    Returns
    -------
    Figures
        Rows of the ``indicators`` table. Where no QPV perimeter in force is known the figures that
        need one are null, and the note says so.
    """
    figures = Figures(snapshot)
    places = _shown(snapshot)
    for kind in snapshot.kinds:
        counted = _of_kind(snapshot, kind)
        _everywhere(figures, snapshot, places, counted)
        if kind not in SEATS and snapshot.qpv is not None and "qpv" in snapshot.levels:
            _in_each_qpv(figures, snapshot, counted)
    return figures


@dataclass(frozen=True, eq=False)
class _Shown:
    """The territories that have figures, and the territory of each structure at each level."""

    count: int
    shown: npt.NDArray[np.bool_]
    names: npt.NDArray[np.object_]
    largest: npt.NDArray[np.object_]
    covered: npt.NDArray[np.bool_]
    population: npt.NDArray[np.float64]
    group: npt.NDArray[np.int64]
    """Level after level, (levels × structures,)."""
    levels: int


def _shown(snapshot: Snapshot) -> _Shown:
    places = snapshot.territories
    levels = [level for level in EVERYWHERE_LEVELS if level in snapshot.levels]
    shown = np.isin(places["level"].to_numpy(dtype=object), levels)
    names = places["territory"].to_numpy(dtype=object)[shown]
    return _Shown(
        count=len(places),
        shown=shown,
        names=names,
        largest=names[:1],
        covered=places["covered"].to_numpy(dtype=bool)[shown],
        population=places["population"].to_numpy(dtype=float)[shown],
        group=np.concatenate(
            [snapshot.structures[level].to_numpy(dtype=np.int64) for level in levels]
        ),
        levels=len(levels),
    )


@dataclass(frozen=True, eq=False)
class _Kind:
    """The structures of a kind: which count as it, and what is known of them."""

    kind: str
    kept: Verdict
    certain: npt.NDArray[np.bool_]
    known: npt.NDArray[np.bool_]

    @property
    def blind(self) -> int:
        """Structures of the kind whose position cannot be told from a limit."""
        return int((~self.known & (self.kept.sure != 0)).sum())


def _of_kind(snapshot: Snapshot, kind: str) -> _Kind:
    """Which structures count as this kind, in the scope asked for.

    FINESS does not tell a mono- from a pluriprofessional centre: without another source the answer
    is undetermined, and it is never guessed from a name.
    """
    structures = snapshot.structures
    is_kind = structures["kind"].to_numpy(dtype=object) == kind
    kept = Verdict(is_kind, is_kind.astype(np.int8))
    if snapshot.scope == PLURIPROFESSIONAL and kind == "CDS":
        speciality = structures["speciality"].to_numpy(dtype=object)
        told = pd.notna(speciality)
        pluri = is_kind & (speciality == PLURIPROFESSIONAL)
        sure = np.where(is_kind & ~told, -1, pluri.astype(np.int8)).astype(np.int8)
        kept = Verdict(pluri, sure)
    return _Kind(
        kind,
        kept,
        structures["certain"].to_numpy(dtype=bool),
        structures["known"].to_numpy(dtype=bool),
    )


def _both(first: Verdict, second: Verdict) -> Verdict:
    sure = np.where(
        (first.sure == 0) | (second.sure == 0),
        0,
        np.where((first.sure == 1) & (second.sure == 1), 1, -1),
    ).astype(np.int8)
    return Verdict(first.given & second.given, sure, second.told)


def _everywhere(figures: Figures, snapshot: Snapshot, places: _Shown, of: _Kind) -> None:
    kept, kind = of.kept, of.kind
    undecided = kept.sure < 0
    held = places.group >= 0
    group, levels = places.group[held], places.levels

    def everywhere(of_structures: np.ndarray) -> np.ndarray:
        """What is said of each structure, said of it in its territory of every level."""
        return np.asarray(np.tile(of_structures, levels)[held])

    certain = everywhere(of.certain)

    def count(verdict: Verdict, known: np.ndarray) -> Count:
        """Totals of the shown territories; null where the data do not cover one whole."""
        untold = undecided if verdict.told is None else undecided | (~verdict.told & kept.given)
        part = count_in_groups(
            group,
            places.count,
            given=everywhere(verdict.given),
            sure=everywhere(verdict.sure),
            certain=certain,
            known=everywhere(known),
        )
        value = part.value
        blurred = untold & of.certain & (verdict.sure != 0)
        if blurred.any():
            value = value.copy()
            value[group[everywhere(blurred)]] = np.nan
        value, low, high = (
            np.where(places.covered, total[places.shown], np.nan)
            for total in (value, part.low, part.high)
        )
        return Count(value, low, high, part.unknown[places.shown])

    certainly = np.ones(len(of.known), dtype=bool)
    relevant = of.known | (kept.sure == 0)
    opened = count(kept, certainly)
    _put(figures, "structures_open", places.names, opened, kind)
    rate = opened.per(places.population, PER_INHABITANTS)
    _put(figures, "per_10000_inhabitants", places.names, rate, kind, unit=RATE)

    def add(name: str, definition: str, counted: Count, first: int | None = None) -> None:
        """Add a count and its share; ``first``: only of the largest territory."""
        names = places.names if first is None else places.largest
        counted = counted if first is None else counted.take(first)
        _put(figures, f"structures_{name}", names, counted, kind, definition)
        share = counted.share_of(opened.take(first))
        _put(figures, f"share_{name}", names, share, kind, definition, "share")

    absent = np.full(len(places.names), np.nan)
    nothing = Count(absent, absent, absent, np.zeros(len(absent), dtype=np.int64))
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
    _qpv_without(figures, snapshot, places, of)


SEATS = ("CPTS",)
"""Kinds of which the register holds the seat only: its place says nothing of who is served."""
_NEAR_NAMES = ("in_quartier_vecu", "near_qpv", "elsewhere")


def _by_zone(snapshot: Snapshot, of: _Kind, verdict: Verdict) -> Count:
    """Count by QPV, from the pairs (structure, QPV)."""
    kept, who = of.kept, verdict.pair_structure
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
        certain=of.certain[who],
        known=np.ones(len(who), dtype=bool),
    )
    # A structure of unknown precision may be in a QPV that no pair names.
    blind = of.blind
    untold = np.bincount(
        verdict.pair_zone, weights=kept.sure[who] < 0, minlength=len(counted.value)
    )
    value = np.where(untold > 0, np.nan, counted.value)
    if not blind:
        return Count(value, counted.low, counted.high, counted.unknown)
    absent = np.full(len(counted.value), np.nan)
    return Count(value, absent, absent, np.full(len(counted.value), blind, dtype=np.int64))


def _in_each_qpv(figures: Figures, snapshot: Snapshot, of: _Kind) -> None:
    assert snapshot.qpv is not None
    kind = of.kind
    names = snapshot.qpv["territory"].to_numpy(dtype=object)
    population = snapshot.qpv["population"].to_numpy(dtype=float)
    inside = _by_zone(snapshot, of, snapshot.verdicts["qpv"])
    for indicator, definition in (("structures_open", None), ("structures_in_qpv", "qpv")):
        _put(figures, indicator, names, inside, kind, definition)
    rate = inside.per(population, PER_INHABITANTS)
    _put(figures, "per_10000_inhabitants", names, rate, kind, unit=RATE)
    for definition in snapshot.definitions:
        near = snapshot.verdicts.get(definition)
        if near is None or not len(near.pair_zone):
            continue
        counted = _by_zone(snapshot, of, near)
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


def _qpv_without(figures: Figures, snapshot: Snapshot, places: _Shown, of: _Kind) -> None:
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
        counted = _by_zone(snapshot, of, verdict)

        def total(flag: np.ndarray, known: np.ndarray) -> np.ndarray:
            summed = np.bincount(place, weights=flag[zone], minlength=places.count)
            missing = np.bincount(place, weights=~known[zone], minlength=places.count)
            return np.where(
                (missing[places.shown] > 0) | ~places.covered, np.nan, summed[places.shown]
            )

        bounded = ~np.isnan(counted.low)
        unknown = np.bincount(place, weights=counted.unknown[zone], minlength=places.count)
        figures.add(
            "qpv_without_structure",
            places.names,
            total(counted.value == 0, ~np.isnan(counted.value)),
            kind=of.kind,
            definition=definition,
            low=total(counted.high == 0, bounded),
            high=total(counted.low == 0, bounded),
            unknown=(unknown[places.shown] > 0) * int(counted.unknown.max(initial=0)),
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
