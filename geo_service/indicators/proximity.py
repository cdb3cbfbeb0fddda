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

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..core.contracts import Indicator, Measure
from ..core.i18n import T
from ..core.snapshot import Figures, Nearest, Reach, Snapshot
from ..core.tables import EVERYWHERE_LEVELS

Floats = npt.NDArray[np.float64]
EDGE = "edge"


def compute(snapshot: Snapshot) -> pd.DataFrame:
    """Proximity figures of every territory and kind at the snapshot's date.

    Returns
    -------
    DataFrame
        Rows of the ``indicators`` table; distances in metres. No structure of a kind at all gives
        null distances and a share of 0.
    """
    figures = Figures(snapshot)
    for (level, kind), nearest in snapshot.nearest.items():
        if level in snapshot.levels:
            _nearest(figures, snapshot, level, kind, nearest)
    if snapshot.demand is not None:
        for kind, reach in snapshot.reach.items():
            _reach(figures, snapshot, kind, reach)
    return figures.to_table()


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)


def _blind(snapshot: Snapshot, kind: str) -> int:
    """Structures of the kind whose precision is unknown."""
    of_kind = (snapshot.structures["kind"] == kind).to_numpy()
    return int((of_kind & ~snapshot.structures["precise"].to_numpy(dtype=bool)).sum())


def _nearest(figures: Figures, snapshot: Snapshot, level: str, kind: str, nearest: Nearest) -> None:
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
            unknown=_blind(snapshot, kind),
            unit="m",
            note=[EDGE if past else None for past in beyond[:, rank]],
        )


@dataclass(frozen=True, eq=False)
class _Inhabitants:
    """The populated points of one level: who lives in which of its territories."""

    names: npt.NDArray[np.object_]
    covered: npt.NDArray[np.bool_]
    inside: npt.NDArray[np.bool_]
    place: npt.NDArray[np.int64]
    people: Floats

    def mean(self, values: Floats) -> Floats:
        """Mean over the inhabitants of each territory; null without inhabitants."""
        kept = np.where(self.people > 0, values[self.inside], 0.0)
        total = np.bincount(self.place, weights=self.people, minlength=len(self.names))
        summed = np.bincount(self.place, weights=self.people * kept, minlength=len(self.names))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where((total > 0) & self.covered, summed / total, np.nan)


def _inhabitants(snapshot: Snapshot, level: str) -> _Inhabitants:
    assert snapshot.demand is not None
    places = snapshot.territories
    chosen = (places["level"] == level).to_numpy()
    rank = np.full(len(places) + 1, -1, dtype=np.int64)  # the last one answers for "nowhere"
    rank[:-1][chosen] = np.arange(chosen.sum())
    place = rank[snapshot.demand[level].to_numpy(dtype=np.int64)]
    people = snapshot.demand["population"].to_numpy(dtype=float)
    inside = (place >= 0) & ~np.isnan(people)
    return _Inhabitants(
        names=places["territory"].to_numpy(dtype=object)[chosen],
        covered=places["covered"].to_numpy(dtype=bool)[chosen],
        inside=inside,
        place=place[inside],
        people=people[inside],
    )


def _reach(figures: Figures, snapshot: Snapshot, kind: str, reach: Reach) -> None:
    unknown = _blind(snapshot, kind)
    metres, low, high = (
        values[:, 0] for values in (reach.nearest.metres, reach.nearest.low, reach.nearest.high)
    )
    low = np.minimum(low, np.where(reach.nearest.edge < metres, reach.nearest.edge, np.inf))
    blind = np.isnan(low) | np.isnan(high)
    for level in EVERYWHERE_LEVELS:
        if level not in snapshot.levels:
            continue
        living = _inhabitants(snapshot, level)

        def add(
            indicator: str,
            definition: str,
            unit: str,
            value: Floats,
            bounds: tuple[Floats, Floats] | None = None,
            *,
            names: npt.NDArray[np.object_] = living.names,
        ) -> None:
            figures.add(
                indicator,
                names,
                _finite(value),
                kind=kind,
                definition=definition,
                low=None if bounds is None else _finite(bounds[0]),
                high=None if bounds is None else _finite(bounds[1]),
                unknown=unknown,
                unit=unit,
            )

        if level != "commune":  # a commune's own distances stand in snapshot.nearest
            bounds = (living.mean(low), living.mean(high))
            add("nearest_distance", "nearest-1", "m", living.mean(metres), bounds)
        for column, limit in enumerate(snapshot.distances):
            definition = f"{limit / 1000:g}km"
            least = np.where(blind, np.nan, high <= limit)
            most = np.where(blind, np.nan, low <= limit)
            add(
                "population_within_distance",
                definition,
                "share",
                living.mean((metres <= limit).astype(float)),
                (living.mean(least), living.mean(most)),
            )
            structures = living.mean(reach.structures[:, column])
            add("structures_within_distance", definition, "structure", structures)
            with np.errstate(divide="ignore", invalid="ignore"):
                people = living.mean(reach.people[:, column])
                ratio = np.where(structures > 0, people / structures, np.nan)
            add("inhabitants_per_structure", definition, "inhabitant/structure", ratio)


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
