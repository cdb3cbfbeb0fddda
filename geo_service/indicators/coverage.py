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

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

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
    places, sets = _shown(snapshot), _sets(snapshot)
    holders = None if snapshot.qpv is None else _holders(snapshot.qpv)
    for counted in _kinds(snapshot):
        kind = counted.kind
        _everywhere(figures, snapshot, places, sets, counted)
        if kind in SEATS or holders is None or "qpv" not in snapshot.verdicts:
            continue
        by_zone = _by_zone(snapshot, counted)
        for definition, zones in by_zone.items():
            _qpv_without(figures, places, holders, kind, definition, zones)
        if "qpv" in snapshot.levels:
            _in_each_qpv(figures, snapshot, kind, by_zone)
    return figures


@dataclass(frozen=True, eq=False)
class _Shown:
    """The territories that have figures, and the territory of each structure at each level."""

    count: int
    shown: npt.NDArray[np.bool_]
    names: npt.NDArray[np.object_]
    covered: npt.NDArray[np.bool_]
    population: npt.NDArray[np.float64]
    group: npt.NDArray[np.int64]
    """(levels, structures); -1 where there is none."""


def _shown(snapshot: Snapshot) -> _Shown:
    places = snapshot.territories
    levels = [level for level in EVERYWHERE_LEVELS if level in snapshot.levels]
    shown = np.isin(places["level"].to_numpy(dtype=object), levels)
    return _Shown(
        count=len(places),
        shown=shown,
        names=places["territory"].to_numpy(dtype=object)[shown],
        covered=places["covered"].to_numpy(dtype=bool)[shown],
        population=places["population"].to_numpy(dtype=float)[shown],
        group=np.stack([snapshot.structures[level].to_numpy(dtype=np.int64) for level in levels]),
    )


@dataclass(frozen=True, eq=False)
class _Sets:
    """What structures are counted in: a row of ``verdict`` each, (sets, structures).

    The first row is everywhere; ``rows`` tells the others by name and definition.
    """

    rows: dict[tuple[str, str], int]
    verdict: Verdict


def _sets(snapshot: Snapshot) -> _Sets:
    size = len(snapshot.structures)
    found = {("open", ""): Verdict(np.ones(size, dtype=bool), np.ones(size, dtype=np.int8))}
    qpv = snapshot.verdicts.get("qpv")
    if qpv is not None:
        found["in_qpv", "qpv"] = qpv
        for definition in snapshot.definitions:
            near = snapshot.verdicts.get(definition)
            if near is not None:
                parts = (near.minus(qpv), near, near.inverse())
                found |= {
                    (name, definition): part for name, part in zip(_NEAR_NAMES, parts, strict=True)
                }
    each = found.values()
    told = [np.ones(size, dtype=bool) if one.told is None else one.told for one in each]
    return _Sets(
        {name: row for row, name in enumerate(found)},
        Verdict(
            np.stack([one.given for one in each]),
            np.stack([one.sure for one in each]),
            np.stack(told),
        ),
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


def _kinds(snapshot: Snapshot) -> Iterator[_Kind]:
    """Which structures count as each kind, in the scope asked for.

    FINESS does not tell a mono- from a pluriprofessional centre: without another source the answer
    is undetermined, and it is never guessed from a name.
    """
    structures = snapshot.structures
    kinds = structures["kind"].to_numpy(dtype=object)
    certain, known = (structures[name].to_numpy(dtype=bool) for name in ("certain", "known"))
    for kind in snapshot.kinds:
        is_kind = kinds == kind
        kept = Verdict(is_kind, is_kind.astype(np.int8))
        if snapshot.scope == PLURIPROFESSIONAL and kind == "CDS":
            speciality = structures["speciality"].to_numpy(dtype=object)
            told = pd.notna(speciality)
            pluri = is_kind & (speciality == PLURIPROFESSIONAL)
            sure = np.where(is_kind & ~told, -1, pluri.astype(np.int8)).astype(np.int8)
            kept = Verdict(pluri, sure)
        yield _Kind(kind, kept, certain, known)


def _count(places: _Shown, sets: Verdict, of: _Kind) -> Count:
    """Structures of the kind in each set and territory, (sets, territories).

    Null where the data do not cover a territory whole.
    """
    who = np.flatnonzero(of.kept.sure != 0)  # the others are in no set
    kept_given, kept_sure = of.kept.given[who], of.kept.sure[who]
    count = 1 if of.kind in SEATS else len(sets.given)
    given, sure = sets.given[:count, who] & kept_given, sets.sure[:count, who]
    sure = np.where(sure == 0, 0, np.where((sure == 1) & (kept_sure == 1), 1, -1))
    known = np.broadcast_to(of.known[who], given.shape).copy()
    known[0] = True  # that a structure is open does not depend on where it stands
    # A structure stands in one territory a level: pairs of both, then the sets side by side.
    at, member = np.nonzero(places.group[:, who] >= 0)
    place = places.group[at, who[member]]
    group = (np.arange(count)[:, None] * places.count + place).ravel()

    def everywhere(of_structures: np.ndarray) -> np.ndarray:
        """What is said of each structure, said of it in its territory of every level."""
        return np.asarray(of_structures[:, member].ravel())

    certain = of.certain[who]
    part = count_in_groups(
        group,
        count * places.count,
        given=everywhere(given),
        sure=everywhere(sure),
        certain=np.tile(certain[member], count),
        known=everywhere(known),
    )
    value = part.value
    assert sets.told is not None
    untold = (kept_sure < 0) | (~sets.told[:count, who] & kept_given)
    blurred = untold & certain & (sure != 0)
    if blurred.any():
        value = value.copy()
        value[group[everywhere(blurred)]] = np.nan
    value, low, high = (
        np.where(places.covered, total.reshape(count, -1)[:, places.shown], np.nan)
        for total in (value, part.low, part.high)
    )
    return Count(value, low, high, part.unknown.reshape(count, -1)[:, places.shown])


def _row(counted: Count, row: int) -> Count:
    """One of several counts."""
    return Count(counted.value[row], counted.low[row], counted.high[row], counted.unknown[row])


def _everywhere(
    figures: Figures, snapshot: Snapshot, places: _Shown, sets: _Sets, of: _Kind
) -> None:
    kind, names = of.kind, places.names
    counted = _count(places, sets.verdict, of)
    opened = _row(counted, 0)
    _put(figures, "structures_open", names, opened, kind)
    rate = opened.per(places.population, PER_INHABITANTS)
    _put(figures, "per_10000_inhabitants", names, rate, kind, unit=RATE)
    if kind in SEATS:
        return
    shares = counted.share_of(opened)
    near = ((name, definition) for definition in snapshot.definitions for name in _NEAR_NAMES)
    for name, definition in (("in_qpv", "qpv"), *near):
        row = sets.rows.get((name, definition))
        if row is not None:
            _put(figures, f"structures_{name}", names, _row(counted, row), kind, definition)
            _put(figures, f"share_{name}", names, _row(shares, row), kind, definition, "share")
            continue
        # What no source gives is null: the QPV everywhere, a definition in the largest territory.
        shown = names if name == "in_qpv" else names[:1]
        absent = np.full(len(shown), np.nan)
        for measure, unit in (("structures", "structure"), ("share", "share")):
            indicator = f"{measure}_{name}"
            figures.add(indicator, shown, absent, kind=kind, definition=definition, unit=unit)


SEATS = ("CPTS",)
"""Kinds of which the register holds the seat only: its place says nothing of who is served."""
_NEAR_NAMES = ("in_quartier_vecu", "near_qpv", "elsewhere")


def _by_zone(snapshot: Snapshot, of: _Kind) -> dict[str, Count]:
    """Count by QPV in and near it, by definition; those that name no pair are left out."""
    return {
        definition: _in_zones(snapshot, of, verdict)
        for definition, verdict in (
            (name, snapshot.verdicts.get(name)) for name in ("qpv", *snapshot.definitions)
        )
        if verdict is not None and (definition == "qpv" or len(verdict.pair_zone))
    }


def _in_zones(snapshot: Snapshot, of: _Kind, verdict: Verdict) -> Count:
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


def _in_each_qpv(
    figures: Figures, snapshot: Snapshot, kind: str, by_zone: Mapping[str, Count]
) -> None:
    assert snapshot.qpv is not None
    names = snapshot.qpv["territory"].to_numpy(dtype=object)
    population = snapshot.qpv["population"].to_numpy(dtype=float)
    inside = by_zone["qpv"]
    for indicator, definition in (("structures_open", None), ("structures_in_qpv", "qpv")):
        _put(figures, indicator, names, inside, kind, definition)
    rate = inside.per(population, PER_INHABITANTS)
    _put(figures, "per_10000_inhabitants", names, rate, kind, unit=RATE)
    for definition, counted in by_zone.items():
        if definition != "qpv":
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


def _holders(qpv: pd.DataFrame) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Each QPV (position in ``Snapshot.qpv``) with each territory that holds it."""
    members = qpv["members"].tolist()
    zone = np.repeat(np.arange(len(members)), [len(held) for held in members])
    return zone, np.fromiter(chain.from_iterable(members), np.int64, len(zone))


def _qpv_without(
    figures: Figures,
    places: _Shown,
    holders: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    kind: str,
    definition: str,
    counted: Count,
) -> None:
    """QPV of each territory that hold no structure, or have none near, by definition."""
    zone, place = holders

    def held(flag: np.ndarray) -> np.ndarray:
        """QPV of each territory shown of which it is so."""
        return np.bincount(place[flag[zone]], minlength=places.count)[places.shown]

    def total(flag: np.ndarray, known: np.ndarray) -> np.ndarray:
        return np.where((held(~known) > 0) | ~places.covered, np.nan, held(flag))

    bounded = ~np.isnan(counted.low)
    figures.add(
        "qpv_without_structure",
        places.names,
        total(counted.value == 0, ~np.isnan(counted.value)),
        kind=kind,
        definition=definition,
        low=total(counted.high == 0, bounded),
        high=total(counted.low == 0, bounded),
        unknown=(held(counted.unknown > 0) > 0) * int(counted.unknown.max(initial=0)),
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
