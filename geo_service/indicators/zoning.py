"""Population by class of the zonage médecin.

Definitions
-----------
*population_in_class*: inhabitants of a territory whose place is in a class; ``definition`` is the
class (``ZIP``, ``ZAC``…), ``unclassed`` (no class is published for the commune) or ``undetermined``
(what is published does not say which). *share_of_population_in_class*: the same over all
inhabitants. The parts are disjoint and add up to the whole.

The people of a QPV whose class is not that of its commune are taken out of the commune's class and
counted in the QPV's. Where a QPV lies in several communes its people are spread by the ground it
has in each; the bounds hold for every way to spread them. A QPV without a population leaves the
figures null, between bounds; so do several that have more people together than their commune.

Source: arrêtés relatifs au zonage médecin (QPV classed apart from their territoire de vie-santé).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..core.contracts import Indicator, Measure
from ..core.figures import Figures
from ..core.i18n import T, Text
from ..core.snapshot import Snapshot, Zoning
from ..core.tables import EVERYWHERE_LEVELS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
UNCLASSED, UNDETERMINED = "unclassed", "undetermined"
SPREAD = T(
    "Un QPV à cheval sur plusieurs communes de classes différentes : sa population est répartie "
    "selon sa surface dans chacune.",
    "A QPV across communes of different classes: its population is spread by the ground it has in "
    "each.",
)
NO_PEOPLE = T(
    "La population d'un QPV classé à part n'est pas connue, ou contredit celle de sa commune.",
    "The population of a QPV classed apart is not known, or contradicts that of its commune.",
)


def compute(snapshot: Snapshot) -> Figures:
    """Population by class of every territory at the snapshot's date.

    Returns
    -------
    Figures
        Null for a territory that the data do not cover whole. Where no order at hand is in force,
        null for the study's territory only, and the note says so.
    """
    figures = Figures(snapshot)
    zoning = snapshot.zoning
    if zoning is None:
        return figures
    places = snapshot.territories
    names = places["territory"].to_numpy(dtype=object)
    definitions = (*zoning.classes, UNCLASSED, UNDETERMINED)
    if not zoning.in_force:
        for definition in definitions:
            none = np.full(1, np.nan)
            _put(figures, definition, names[:1], none, none, none, none, zoning.note)
        return figures
    covered = places["covered"].to_numpy(dtype=bool)
    moves, number = _moves(zoning), {name: at for at, name in enumerate(definitions)}
    column = np.fromiter(
        (
            number[UNDETERMINED] if unsure else number[UNCLASSED if one is None else one]
            for one, unsure in zip(
                zoning.zone_class.tolist(), zoning.undetermined.tolist(), strict=True
            )
        ),
        np.int64,
        len(zoning.zone_class),
    )
    for level in EVERYWHERE_LEVELS:
        if level in snapshot.levels:
            chosen = np.flatnonzero((places["level"] == level).to_numpy(dtype=bool))
            if len(chosen):
                territories = _Territories(level, names[chosen], covered[chosen], chosen)
                _of_level(figures, zoning, moves, territories, number, column)
    return figures


_SPARSE = ("epci", "commune")
_WHOLE = 1 - 1e-9
"""A share of ground from which on all of a QPV is meant."""


@dataclass(frozen=True, eq=False)
class _Moved:
    """One QPV and the communes whose class is not its own."""

    zone_class: str
    people: float
    communes: list[int]
    shares: list[float]


@dataclass(frozen=True, eq=False)
class _Amounts:
    """People by (territory, definition), and their bounds."""

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class _Territories:
    """The territories of one level: where they stand among all, and whether the data cover them."""

    level: str
    names: npt.NDArray[np.object_]
    covered: Bools
    chosen: Ints


def _of_level(
    figures: Figures,
    zoning: Zoning,
    moves: list[_Moved],
    of: _Territories,
    number: Mapping[str, int],
    column: Ints,
) -> None:
    """Figures of one level; ``column``: the definition of each commune, by ``number``."""
    level, names, covered, chosen = of.level, of.names, of.covered, of.chosen
    rank = np.full(int(chosen.max()) + 1, -1, dtype=np.int64)
    rank[chosen] = np.arange(len(chosen))
    position = zoning.levels[level]
    inside = np.where((position >= 0) & (position < len(rank)), position, -1)
    row = np.where(inside >= 0, rank[inside], -1)
    held = row >= 0
    people, width = zoning.population[held], len(number)
    cell = row[held] * width + column[held]
    base = _summed(cell, people, len(chosen) * width).reshape(-1, width)
    total = _summed(row[held], people, len(chosen))
    amounts = _Amounts(base, base.copy(), base.copy())
    doubts = _Doubts(np.zeros(len(chosen), dtype=bool), np.zeros(len(chosen), dtype=bool))
    for move in moves:
        _move(amounts, doubts, move, zoning, row, column, number[move.zone_class])
    low, high = np.maximum(amounts.low, 0.0), np.minimum(amounts.high, total[:, None])
    anyone = np.atleast_1d((~(high <= 0)).any(axis=0))
    for part in (amounts.value, low, high):
        part[~covered] = np.nan
    said, noted = zoning.note, np.ones(len(chosen), dtype=bool)
    if said is None:
        said = NO_PEOPLE if doubts.unknown.any() else SPREAD
        noted = doubts.unknown if doubts.unknown.any() else doubts.spread
    for name, at in number.items():
        # Below the département a class that no territory of the level has is left out.
        if anyone[at] or level not in _SPARSE:
            value, least, most = (part[:, at] for part in (amounts.value, low, high))
            _put(figures, name, names, value, least, most, total, said, noted)


def _summed(group: Ints, people: Floats, groups: int) -> Floats:
    return np.asarray(np.bincount(group, people, groups), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class _Doubts:
    """By territory: whether people had to be spread, or their number is not known."""

    spread: Bools
    unknown: Bools


def _moves(zoning: Zoning) -> list[_Moved]:
    """QPV by QPV: its class, people, the communes that it is taken out of and its ground there."""
    found: dict[str, _Moved] = {}
    moved = zoning.moved
    columns = (moved[name].tolist() for name in ("commune", "qpv", "zone_class"))
    for commune, qpv, zone_class, share, people in zip(
        *columns, moved["share"].tolist(), moved["population"].tolist(), strict=True
    ):
        # Of a value such as "3_QPV_ZIP" a QPV may have another class in each of its communes.
        one = found.setdefault(f"{qpv} {zone_class}", _Moved(zone_class, people, [], []))
        one.communes.append(commune)
        one.shares.append(share)
    taken: dict[int, float] = {}
    for one in found.values():
        for commune, share in zip(one.communes, one.shares, strict=True):
            people = min(one.people * share, float(zoning.population[commune]))
            taken[commune] = taken.get(commune, 0.0) + people
    # QPV with more people together than their commune (counts of other years) contradict it.
    over = {commune for commune, people in taken.items() if people > zoning.population[commune] + 1}
    return [
        replace(one, people=np.nan) if over.intersection(one.communes) else one
        for one in found.values()
    ]


def _move(
    amounts: _Amounts,
    doubts: _Doubts,
    move: _Moved,
    zoning: Zoning,
    row: Ints,
    column: Ints,
    own: int,
) -> None:
    """Take the people of one QPV out of their communes' classes and count them in its own."""
    places: dict[int, dict[int, list[int]]] = {}
    for number, commune in enumerate(move.communes):
        if row[commune] >= 0:
            classes = places.setdefault(int(row[commune]), {})
            classes.setdefault(int(column[commune]), []).append(number)
    for place, classes in places.items():
        everyone = [number for numbers in classes.values() for number in numbers]
        gained = _people(move, zoning, everyone)
        for at, numbers in classes.items():
            lost = _people(move, zoning, numbers)
            amounts.value[place, at] -= lost[0]
            amounts.low[place, at] -= lost[2]
            amounts.high[place, at] -= lost[1]
            doubts.spread[place] |= lost[1] != lost[2]
        amounts.value[place, own] += gained[0]
        amounts.low[place, own] += gained[1]
        amounts.high[place, own] += gained[2]
        doubts.unknown[place] |= np.isnan(move.people)


def _people(move: _Moved, zoning: Zoning, numbers: list[int]) -> tuple[float, float, float]:
    """People of a QPV in some of its communes: by its ground, at least, at most."""
    most = sum(float(zoning.population[move.communes[number]]) for number in numbers)
    if np.isnan(move.people):
        return np.nan, 0.0, most
    most = min(move.people, most)
    share = sum(move.shares[number] for number in numbers)
    if share > _WHOLE:
        return most, most, most
    return min(move.people * share, most), 0.0, most


def _put(
    figures: Figures,
    definition: str,
    names: npt.NDArray[np.object_],
    value: Floats,
    low: Floats,
    high: Floats,
    total: Floats,
    note: Text | None,
    noted: Bools | None = None,
) -> None:
    with np.errstate(divide="ignore", invalid="ignore"):
        share = [np.where(total > 0, part / total, np.nan) for part in (value, low, high)]
    for measure, unit, (one, least, most) in (
        ("population_in_class", "person", (value, low, high)),
        ("share_of_population_in_class", "share", share),
    ):
        figures.add(
            measure,
            names,
            one,
            definition=definition,
            low=least,
            high=most,
            unit=unit,
            note=note,
            noted=noted,
        )


INDICATOR = Indicator(
    name="zoning",
    label=T("Population par classe de zonage", "Population by class of zoning"),
    measures=(
        Measure(
            "population_in_class",
            T("Population par classe de zonage", "Population by class of zoning"),
            "person",
        ),
        Measure(
            "share_of_population_in_class",
            T("Part de la population par classe de zonage", "Share of population by zoning class"),
            "share",
        ),
    ),
    reference=T(
        "Arrêtés relatifs au zonage médecin : la population d'un QPV classé autrement que sa "
        "commune est comptée dans la classe du QPV",
        "Orders on the zonage médecin: the people of a QPV whose class is not that of its commune "
        "are counted in the QPV's class",
    ),
    compute=compute,
)
