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

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.contracts import Indicator, Measure
from ..core.figures import Figures
from ..core.i18n import T
from ..core.snapshot import Nearest, Reach, Snapshot
from ..core.tables import EVERYWHERE_LEVELS

Floats = npt.NDArray[np.float64]
_CELLS = 1_000_000
"""Values summed at a time: 8 MB."""
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
    blind = _blind(snapshot, {kind for _, kind in snapshot.nearest} | {*snapshot.reach})
    level_of = snapshot.territories["level"].to_numpy(dtype=object)
    names = _names(snapshot, level_of)
    for (level, kind), nearest in snapshot.nearest.items():
        if level in snapshot.levels:
            _nearest(figures, names[level], kind, nearest, blind[kind])
    if snapshot.demand is not None:
        people = snapshot.demand["population"].to_numpy(dtype=float)
        covered = snapshot.territories["covered"].to_numpy(dtype=bool)
        living = {
            level: _inhabitants(
                names[level], level_of == level, covered, snapshot.demand[level].to_numpy(), people
            )
            for level in EVERYWHERE_LEVELS
            if level in snapshot.levels and len(names[level])
        }
        for kind, reach in snapshot.reach.items():
            reached = _weighted(people, reach, snapshot.distances)
            _reach(figures, reached, living, snapshot.distances, kind, blind[kind])
    return figures


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)


def _blind(snapshot: Snapshot, kinds: Iterable[str]) -> dict[str, int]:
    """Structures of each kind whose precision is unknown."""
    kind = snapshot.structures["kind"].to_numpy(dtype=object)
    vague = ~snapshot.structures["precise"].to_numpy(dtype=bool)
    return {name: int(((kind == name) & vague).sum()) for name in kinds}


def _names(
    snapshot: Snapshot, level_of: npt.NDArray[np.object_]
) -> dict[str, npt.NDArray[np.object_]]:
    """Ids of the territories of each level."""
    names = snapshot.territories["territory"].to_numpy(dtype=object)
    found = {level: names[level_of == level] for level in EVERYWHERE_LEVELS}
    if snapshot.qpv is not None:
        found["qpv"] = snapshot.qpv["territory"].to_numpy(dtype=object)
    return found


def _nearest(
    figures: Figures, names: npt.NDArray[np.object_], kind: str, nearest: Nearest, blind: int
) -> None:
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
    place: npt.NDArray[np.int64]
    """Territory of each point; one past the last where it is in none, or nobody is known there."""
    total: Floats
    """Inhabitants of each territory; NaN where there are none or the data do not cover it."""
    _known: dict[int, npt.NDArray[np.int64]] = field(default_factory=dict)

    def mean(self, weighted: Floats) -> Floats:
        """Mean over the inhabitants of each territory: (figures, territories).

        ``weighted``: (points, figures), values already times the inhabitants.
        """
        count, figures = len(self.names), weighted.shape[1]
        summed = np.empty((count, figures))
        width = max(1, _CELLS // max(1, len(weighted)))
        for start in range(0, figures, width):
            part = weighted[:, start : start + width]
            cells = self._cells(part.shape[1])
            found = np.bincount(cells, part.ravel(), (count + 1) * part.shape[1])
            summed[:, start : start + width] = found.reshape(count + 1, -1)[:count]
        return summed.T / self.total

    def _cells(self, width: int) -> npt.NDArray[np.int64]:
        """A number for each point and figure, the same in all points of a territory.

        Sums of several figures run side by side: one alone waits for its own last addition.
        """
        if width not in self._known:
            self._known[width] = (self.place[:, None] * width + np.arange(width)).ravel()
        return self._known[width]


def _inhabitants(
    names: npt.NDArray[np.object_],
    chosen: npt.NDArray[np.bool_],
    covered: npt.NDArray[np.bool_],
    position: npt.NDArray[np.int64],
    people: Floats,
) -> _Inhabitants:
    """Who lives where, from the territory of each point and the territories chosen."""
    count = len(names)
    rank = np.full(len(chosen) + 1, count, dtype=np.int64)  # the last one answers for "nowhere"
    rank[:-1][chosen] = np.arange(count)
    place = rank[position]
    place[np.isnan(people)] = count
    total = np.bincount(place, people, count + 1)[:count]
    return _Inhabitants(names, place, np.where((total > 0) & covered[chosen], total, np.nan))


def _weighted(people: Floats, reach: Reach, distances: Sequence[float]) -> list[Floats]:
    """What is told of each point, times its inhabitants: (points, figures).

    The nearest distance, then by distance whether a structure is within it, how many are, and, of
    the first array only, how many people. A second and a third array are the bounds, at least and
    at most; there are none where every bound is unknown.
    """
    lived = people > 0

    def weigh(*values: npt.NDArray[Any]) -> Floats:
        """Values times the inhabitants; infinite ones count where somebody lives."""
        joined = np.concatenate(values, dtype=np.float64)
        joined[:, ~lived] = 0.0
        joined *= people
        return np.ascontiguousarray(joined.T)

    # Figures first: numpy is quick along the many points, not along the few distances.
    nearest, limits = reach.nearest, np.array(distances)[:, None]
    edge, metres = nearest.edge, nearest.metres.T[:1]
    given = weigh(metres, metres <= limits, reach.structures.T, reach.people.T)
    low, high = nearest.low.T[:1], nearest.high.T[:1]
    blind = np.isnan(low) | np.isnan(high)
    least, most = reach.least.T, reach.most.T
    if blind.all() and np.isnan(least).all() and np.isnan(most).all():
        return [given]
    low = np.minimum(low, np.where(edge < metres, edge, np.inf))
    surely, perhaps = (np.where(blind, np.nan, bound <= limits) for bound in (high, low))
    # Where the data end within the distance nobody knows how many structures lie beyond.
    most = np.where((edge < limits) & ~np.isnan(most), np.inf, most)
    return [given, weigh(low, surely, least), weigh(high, perhaps, most)]


def _reach(
    figures: Figures,
    reached: list[Floats],
    levels: Mapping[str, _Inhabitants],
    distances: Sequence[float],
    kind: str,
    unknown: int,
) -> None:
    count = len(distances)
    structures = slice(1 + count, 1 + 2 * count)
    for level, living in levels.items():
        means = [living.mean(values) for values in reached]
        # The more structures there are, the fewer inhabitants each has.
        people, each = means[0][1 + 2 * count :], [means[0], *means[:0:-1]]
        ratios = [_ratio(people, part[structures]) for part in each]
        means = [_finite(part) for part in means]

        def add(
            indicator: str,
            definition: str,
            unit: str,
            parts: list[Floats],
            row: int,
            *,
            names: npt.NDArray[np.object_] = living.names,
        ) -> None:
            value, *bounds = (part[row] for part in parts)
            low, high = bounds or (None, None)
            figures.add(
                indicator,
                names,
                value,
                kind=kind,
                definition=definition,
                low=low,
                high=high,
                unknown=unknown,
                unit=unit,
            )

        if level != "commune":  # a commune's own distances stand in snapshot.nearest
            add("nearest_distance", "nearest-1", "m", means, 0)
        for row, limit in enumerate(distances):
            definition = f"{limit / 1000:g}km"
            add("population_within_distance", definition, "share", means, 1 + row)
            add("structures_within_distance", definition, "structure", means, 1 + count + row)
            add("inhabitants_per_structure", definition, "inhabitant/structure", ratios, row)


def _ratio(people: Floats, structures: Floats) -> Floats:
    """Inhabitants for each structure; null without a structure."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _finite(np.where(structures > 0, people / structures, np.nan))


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
