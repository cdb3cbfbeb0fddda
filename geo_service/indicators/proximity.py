"""Proximity as the crow flies: nearest structures, people and structures within a distance.

Definitions
-----------
*nearest_distance*: metres from a QPV's limit (0 when it holds one) or from a commune's populated
point to its nearest and second nearest structure (``nearest-1``, ``nearest-2``). Of a larger
territory: the mean over its communes, weighted by population.

*population_within_distance*: share of the inhabitants whose point (200 m square where given,
else the commune's point) has a structure within the distance.

*structures_within_distance*: structures within the distance of an inhabitant, on average.
*inhabitants_per_structure*: inhabitants within the distance, per structure within it, both summed
over the inhabitants of the territory.

Where the data end nearer than the nearest structure known, the distance is an upper bound and the
way to the edge of the data is its low (``note``: ``edge``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.contracts import Indicator, Measure
from ..core.figures import Figures
from ..core.i18n import T
from ..core.snapshot import Nearest, Reach, Snapshot
from ..core.tables import EVERYWHERE_LEVELS

Floats = npt.NDArray[np.float64]
EDGE = T(
    "Au-delà du bord des données : la distance est un majorant.",
    "Beyond the edge of the data: the distance is an upper bound.",
)


def compute(snapshot: Snapshot) -> Figures:
    """Proximity figures of every territory and kind at the snapshot's date.

    Returns
    -------
    Figures
        Rows of the ``indicators`` table; distances in metres. No structure of a kind at all gives
        null distances and a share of 0.
    """
    figures = Figures(snapshot)
    blind = {
        kind: _blind(snapshot, kind)
        for kind in {kind for _, kind in snapshot.nearest} | {*snapshot.reach}
    }
    for (level, kind), nearest in snapshot.nearest.items():
        if level in snapshot.levels:
            _nearest(figures, snapshot, level, kind, nearest, blind[kind])
    if snapshot.demand is not None:
        living = {
            level: _inhabitants(snapshot, level)
            for level in EVERYWHERE_LEVELS
            if level in snapshot.levels
        }
        for kind, reach in snapshot.reach.items():
            _reach(figures, snapshot, living, kind, reach, blind[kind])
    return figures


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)


def _blind(snapshot: Snapshot, kind: str) -> int:
    """Structures of the kind whose precision is unknown."""
    of_kind = (snapshot.structures["kind"] == kind).to_numpy()
    return int((of_kind & ~snapshot.structures["precise"].to_numpy(dtype=bool)).sum())


def _nearest(
    figures: Figures, snapshot: Snapshot, level: str, kind: str, nearest: Nearest, blind: int
) -> None:
    table = snapshot.qpv if level == "qpv" else snapshot.territories
    assert table is not None
    names = table["territory"].to_numpy(dtype=object)
    if level != "qpv":
        names = names[(table["level"] == level).to_numpy()]
    beyond = nearest.edge[:, None] < nearest.metres
    low = np.where(beyond, np.minimum(nearest.low, nearest.edge[:, None]), nearest.low)
    for rank in range(nearest.metres.shape[1]):
        figures.add(
            "nearest_distance",
            names,
            _finite(nearest.metres[:, rank]),
            kind=kind,
            definition=f"nearest-{rank + 1}",
            low=_finite(low[:, rank]),
            high=_finite(nearest.high[:, rank]),
            unknown=blind,
            unit="m",
            note=EDGE,
            noted=beyond[:, rank],
        )


@dataclass(frozen=True, eq=False)
class _Inhabitants:
    """The populated points of one level: who lives in which of its territories."""

    names: npt.NDArray[np.object_]
    covered: npt.NDArray[np.bool_]
    inside: npt.NDArray[np.bool_]
    place: npt.NDArray[np.int64]
    total: Floats
    """Inhabitants of each territory; NaN where there are none or the data do not cover it."""

    def mean(self, weighted: Floats) -> Floats:
        """Mean over the inhabitants of each territory, of values already times the inhabitants."""
        chosen = weighted if len(self.place) == len(weighted) else weighted[self.inside]
        summed = np.bincount(self.place, weights=chosen, minlength=len(self.names))
        return np.asarray(summed / self.total, dtype=np.float64)


def _inhabitants(snapshot: Snapshot, level: str) -> _Inhabitants:
    assert snapshot.demand is not None
    places = snapshot.territories
    chosen = (places["level"] == level).to_numpy()
    rank = np.full(len(places) + 1, -1, dtype=np.int64)  # the last one answers for "nowhere"
    rank[:-1][chosen] = np.arange(chosen.sum())
    place = rank[snapshot.demand[level].to_numpy(dtype=np.int64)]
    people = snapshot.demand["population"].to_numpy(dtype=float)
    inside = (place >= 0) & ~np.isnan(people)
    covered = places["covered"].to_numpy(dtype=bool)[chosen]
    total = np.bincount(place[inside], weights=people[inside], minlength=len(covered))
    return _Inhabitants(
        names=places["territory"].to_numpy(dtype=object)[chosen],
        covered=covered,
        inside=inside,
        place=place[inside],
        total=np.where((total > 0) & covered, total, np.nan),
    )


def _reach(
    figures: Figures,
    snapshot: Snapshot,
    levels: Mapping[str, _Inhabitants],
    kind: str,
    reach: Reach,
    unknown: int,
) -> None:
    assert snapshot.demand is not None
    inhabitants = snapshot.demand["population"].to_numpy(dtype=float)

    def weigh(values: npt.NDArray[Any]) -> Floats:
        """Values times the inhabitants; infinite ones count where somebody lives."""
        kept = np.where(inhabitants > 0, values, 0.0)
        return np.asarray(inhabitants * kept, dtype=np.float64)

    metres, low, high = (
        values[:, 0] for values in (reach.nearest.metres, reach.nearest.low, reach.nearest.high)
    )
    edge = reach.nearest.edge
    low = np.minimum(low, np.where(edge < metres, edge, np.inf))
    blind = np.isnan(low) | np.isnan(high)
    distance = [weigh(values) for values in (metres, low, high)]
    within = []
    for column, limit in enumerate(snapshot.distances):
        near = [metres <= limit, np.where(blind, np.nan, high <= limit)]
        near.append(np.where(blind, np.nan, low <= limit))
        # Where the data end within the distance nobody knows how many structures lie beyond.
        most = np.where(edge < limit, np.inf, reach.most[:, column])
        most[np.isnan(reach.most[:, column])] = np.nan
        structures = [reach.structures[:, column], reach.least[:, column], most]
        within.append(
            (
                f"{limit / 1000:g}km",
                [weigh(values) for values in near],
                [weigh(values) for values in structures],
                weigh(reach.people[:, column]),
            )
        )
    for level, living in levels.items():
        if not len(living.names):
            continue

        def add(
            indicator: str,
            definition: str,
            unit: str,
            figure: Sequence[Floats],
            *,
            names: npt.NDArray[np.object_] = living.names,
        ) -> None:
            value, least, most = (_finite(part) for part in figure)
            figures.add(
                indicator,
                names,
                value,
                kind=kind,
                definition=definition,
                low=least,
                high=most,
                unknown=unknown,
                unit=unit,
            )

        if level != "commune":  # a commune's own distances stand in snapshot.nearest
            add("nearest_distance", "nearest-1", "m", [living.mean(v) for v in distance])
        for definition, near, structures, people in within:
            add(
                "population_within_distance",
                definition,
                "share",
                [living.mean(values) for values in near],
            )
            given, least, most = (living.mean(values) for values in structures)
            add("structures_within_distance", definition, "structure", (given, least, most))
            reached = living.mean(people)
            add(
                "inhabitants_per_structure",
                definition,
                "inhabitant/structure",
                [_ratio(reached, count) for count in (given, most, least)],
            )


def _ratio(people: Floats, structures: Floats) -> Floats:
    """Inhabitants for each structure; null without a structure."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(structures > 0, people / structures, np.nan)


INDICATOR = Indicator(
    name="proximity",
    label=T("Proximité à vol d'oiseau", "Proximity as the crow flies"),
    measures=(
        Measure(
            "nearest_distance",
            T("Distance à la structure la plus proche", "Distance to the nearest structure"),
            "m",
        ),
        Measure(
            "population_within_distance",
            T(
                "Part de la population ayant une structure à cette distance",
                "Share of the population with a structure within that distance",
            ),
            "share",
        ),
        Measure(
            "structures_within_distance",
            T(
                "Structures à cette distance d'un habitant, en moyenne",
                "Structures within that distance of an inhabitant, on average",
            ),
            "structure",
        ),
        Measure(
            "inhabitants_per_structure",
            T(
                "Habitants par structure à cette distance",
                "Inhabitants per structure within that distance",
            ),
            "inhabitant/structure",
        ),
    ),
    reference=T(
        "Distance euclidienne dans le système de coordonnées légal du territoire",
        "Euclidean distance in the territory's legal CRS",
    ),
    compute=compute,
)
