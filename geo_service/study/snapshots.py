"""From tables to the state of the territory at one date, as the indicators want it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..core.crs import WGS84, transform
from ..core.snapshot import Nearest, Reach, Snapshot, Verdict
from ..core.tables import EVERYWHERE_LEVELS, LEVELS
from ..engine.proximity import (
    Distances,
    nearest_to_points,
    nearest_to_polygons,
    sum_within,
)
from ..engine.territorial import project
from .area import Area
from .description import Study
from .verdicts import ZoneAnswers, proxy_name

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

RANKS = 2
"""Nearest structures told for each commune and QPV: the nearest and the second nearest."""


@dataclass
class Prepared:
    """Everything that does not depend on the date, made once for a study."""

    study: Study
    area: Area
    structures: Any
    """Structures inside the study or within its margin, with ``settled``, ``inside`` and ``radius``
    (metres within which the true place lies, for distances)."""
    answers: ZoneAnswers
    qpv_members: list[tuple[int, ...]]
    qpv_edge: Floats
    """Metres from each QPV to territory that the data do not cover."""
    demand: pd.DataFrame
    """Populated points inside and around: ``lon``, ``lat``, ``population``, ``legal_crs`` and one
    column a level (-1 outside the study)."""
    commune_points: pd.DataFrame
    vintage: dt.date | None
    """Millésime of the structures' source."""
    _xy: dict[tuple[str, int], tuple[Any, Any]] = field(default_factory=dict)


def openness(structures: Any, as_of: dt.date, vintage: dt.date | None) -> npt.NDArray[np.int8]:
    """1 open at the date, 0 not open, -1 undetermined.

    A structure without an opening date is open from the millésime of the register that lists it;
    before, nobody can tell.
    """
    day = np.datetime64(as_of, "s")
    opened, closed = structures["opened"], structures["closed"]
    begun = np.where(
        opened.isna(),
        1 if vintage is not None and as_of >= vintage else -1,
        (opened <= day).to_numpy().astype(np.int8),
    ).astype(np.int8)
    ended = (closed.notna() & (closed <= day)).to_numpy()
    return np.where(ended, 0, begun).astype(np.int8)


def take_snapshot(prepared: Prepared, as_of: dt.date) -> Snapshot:
    """The territory at a date."""
    study, area = prepared.study, prepared.area
    everyone = prepared.structures
    state = openness(everyone, as_of, prepared.vintage)
    of_kind = everyone["kind"].isin(study.kinds).to_numpy()
    shown = np.flatnonzero((state != 0) & of_kind & everyone["inside"].to_numpy())
    mask, verdicts, missing = prepared.answers.at(as_of)
    structures = pd.DataFrame(
        {
            "structure_id": everyone["structure_id"].to_numpy()[shown],
            "kind": everyone["kind"].to_numpy()[shown],
            "speciality": everyone["speciality"].to_numpy(dtype=object)[shown],
            "certain": state[shown] == 1,
            "precise": everyone["precision_m"].notna().to_numpy()[shown],
            "known": _decidable(everyone, prepared.answers.qpv, mask)[shown],
        }
    )
    members = area.members(everyone["settled"].iloc[shown])
    for level in EVERYWHERE_LEVELS:
        structures[level] = members[level].to_numpy()
    main = as_of == study.as_of
    levels = tuple(
        level for level in LEVELS if level != "commune" or main or study.commune_dates == "all"
    )
    # Communes stand last: where they are not shown the table has 200 rows, not thousands.
    places = area.places
    if "commune" not in levels:
        places = places.iloc[: int((places["level"] != "commune").sum())]
    qpv = None if mask is None else _qpv_table(prepared, mask, len(places))
    zone_rank = np.full(0 if mask is None else int(mask.sum()), -1, dtype=np.int64)
    if qpv is not None:
        zone_rank[qpv["zone"]] = np.arange(len(qpv))
    near = np.flatnonzero((state == 1) & of_kind & everyone["lon"].notna().to_numpy())
    return Snapshot(
        as_of=as_of,
        scope=study.scope,
        kinds=study.kinds,
        structures=structures,
        territories=places,
        qpv=qpv,
        verdicts={name: _take(verdict, shown, zone_rank) for name, verdict in verdicts.items()},
        definitions=("declared", *(proxy_name(metres) for metres in study.quartier_vecu)),
        missing=missing,
        levels=levels,
        nearest=_nearest(prepared, near, qpv, levels),
        demand=prepared.demand[prepared.demand["inside"]],
        reach=_reach(prepared, near),
        distances=tuple(float(metres) for metres in study.distances),
    )


def _decidable(structures: Any, qpv: Any | None, mask: Bools | None) -> Bools:
    """Whether the precision of the point *and* of the limits that it is compared with are known."""
    known = structures["precision_m"].notna().to_numpy()
    if qpv is None or mask is None:
        return known
    vague = qpv.loc[mask & qpv["precision_m"].isna().to_numpy(), "legal_crs"].unique()
    return known & ~structures["legal_crs"].isin(vague).to_numpy()


def _qpv_table(prepared: Prepared, mask: Bools, shown: int) -> pd.DataFrame:
    """QPV in force that touch the study, with the territories shown that hold them."""
    zones = prepared.answers.qpv
    assert zones is not None
    chosen = np.flatnonzero(mask)
    members = [prepared.qpv_members[row] for row in chosen]
    held = np.asarray([bool(places) for places in members], dtype=bool)
    rows = chosen[held]
    return pd.DataFrame(
        {
            "territory": ("qpv:" + zones["code"].iloc[rows]).to_numpy(dtype=object),
            "code": zones["code"].iloc[rows].to_numpy(dtype=object),
            "population": zones["population"].iloc[rows].to_numpy(dtype=float),
            "members": [tuple(p for p in places if p < shown) for places in members if places],
            "row": rows,
            "zone": np.flatnonzero(held),
        }
    )


def _take(verdict: Verdict, shown: npt.NDArray[np.int64], zone_rank: Any) -> Verdict:
    """The verdict for the structures shown, its zones numbered as in the table of QPV."""
    rank = np.full(len(verdict.given), -1, dtype=np.int64)
    rank[shown] = np.arange(len(shown))
    who = rank[verdict.pair_structure]
    zone = zone_rank[verdict.pair_zone] if len(verdict.pair_zone) else verdict.pair_zone
    kept = (who >= 0) & (zone >= 0)
    return Verdict(
        given=verdict.given[shown],
        sure=verdict.sure[shown],
        told=None if verdict.told is None else verdict.told[shown],
        pair_structure=who[kept],
        pair_zone=zone[kept],
        pair_given=verdict.pair_given[kept],
        pair_sure=verdict.pair_sure[kept],
    )


def _by_crs(codes: Any) -> list[tuple[int, npt.NDArray[np.int64]]]:
    values = np.asarray(codes, dtype=np.int64)
    return [(int(code), np.flatnonzero(values == code)) for code in np.unique(values)]


def _targets(prepared: Prepared, near: Any, kind: str, code: int) -> tuple[Any, ...]:
    """Rows and metric coordinates of the open structures of a kind in one territory."""
    everyone = prepared.structures
    chosen = near[
        (everyone["kind"].to_numpy()[near] == kind)
        & (everyone["legal_crs"].to_numpy(dtype=float, na_value=np.nan)[near] == code)
    ]
    x, y = transform(
        everyone["lon"].to_numpy(dtype=float)[chosen],
        everyone["lat"].to_numpy(dtype=float)[chosen],
        WGS84,
        code,
    )
    return chosen, x, y, everyone["radius"].to_numpy(dtype=float)[chosen]


def _renumber(found: Distances, chosen: npt.NDArray[np.int64]) -> Distances:
    known = found.structure >= 0
    found.structure[known] = chosen[found.structure[known]]
    return found


def _nearest(
    prepared: Prepared, near: Any, qpv: pd.DataFrame | None, levels: tuple[str, ...]
) -> dict[tuple[str, str], Nearest]:
    measured: dict[tuple[str, str], Nearest] = {}
    points = prepared.commune_points
    kinds = [kind for kind in prepared.study.kinds if kind != "CPTS"]
    for kind in kinds:
        if "commune" in levels:
            found = Distances.empty(len(points), RANKS)
            for code, rows in _by_crs(points["legal_crs"]):
                chosen, x, y, radius = _targets(prepared, near, kind, code)
                px, py = _projected(prepared, "commune", points.iloc[rows], code)
                part = nearest_to_points(px, py, x, y, radius, RANKS)
                found.put(rows, _renumber(part, chosen))
            measured["commune", kind] = _told(found, points["edge"].to_numpy(dtype=float))
        if qpv is not None and len(qpv):
            zones = prepared.answers.qpv
            assert zones is not None
            shapes = zones.geometry.to_numpy()[qpv["row"]]
            codes = zones["legal_crs"].to_numpy(dtype=np.int64)[qpv["row"]]
            found = Distances.empty(len(qpv), RANKS)
            for code, rows in _by_crs(codes):
                chosen, x, y, radius = _targets(prepared, near, kind, code)
                part = nearest_to_polygons(project(shapes[rows], code), x, y, radius, RANKS)
                found.put(rows, _renumber(part, chosen))
            measured["qpv", kind] = _told(found, prepared.qpv_edge[qpv["row"]])
    return measured


def _told(found: Distances, edge: Floats) -> Nearest:
    return Nearest(found.structure, found.metres, found.low, found.high, edge)


def _projected(prepared: Prepared, name: str, points: pd.DataFrame, code: int) -> Any:
    """Metric coordinates of fixed points, projected once for all dates."""
    key = (name, code)
    if key not in prepared._xy:
        prepared._xy[key] = transform(points["lon"], points["lat"], WGS84, code)
    return prepared._xy[key]


def _reach(prepared: Prepared, near: Any) -> dict[str, Reach]:
    """What each populated point inside the study reaches, by kind."""
    demand = prepared.demand
    inside = demand[demand["inside"]].reset_index(drop=True)
    distances = tuple(float(metres) for metres in prepared.study.distances)
    people = _people_within(prepared, inside, distances)
    reached = {}
    for kind in prepared.study.kinds:
        if kind == "CPTS":
            continue
        found = Distances.empty(len(inside), 1)
        structures = np.zeros((len(inside), len(distances)))
        for code, rows in _by_crs(inside["legal_crs"]):
            chosen, x, y, radius = _targets(prepared, near, kind, code)
            px, py = _projected(prepared, "demand", inside.iloc[rows], code)
            found.put(rows, _renumber(nearest_to_points(px, py, x, y, radius), chosen))
            structures[rows] = sum_within(px, py, x, y, np.ones(len(x)), distances)
        edge = inside["edge"].to_numpy(dtype=float)
        reached[kind] = Reach(_told(found, edge), structures, people)
    return reached


def _people_within(prepared: Prepared, inside: Any, distances: tuple[float, ...]) -> Floats:
    key = ("people", 0)
    if key not in prepared._xy:
        everyone = prepared.demand
        found = np.zeros((len(inside), len(distances)))
        codes = everyone["legal_crs"].to_numpy(dtype=np.int64)
        weight = np.nan_to_num(everyone["population"].to_numpy(dtype=float))
        for code, rows in _by_crs(inside["legal_crs"]):
            px, py = _projected(prepared, "demand", inside.iloc[rows], code)
            of = codes == code
            x, y = transform(everyone["lon"][of], everyone["lat"][of], WGS84, code)
            found[rows] = sum_within(px, py, x, y, weight[of], distances)
        prepared._xy[key] = (found, None)
    return prepared._xy[key][0]


def edge_of(shapes: Any, codes: Any, uncovered: Any) -> Floats:
    """Metres from each shape to French territory that the data do not cover; infinite if none."""
    edge = np.full(len(shapes), np.inf)
    if not len(uncovered):
        return edge
    outside = uncovered["legal_crs"].to_numpy(dtype=float, na_value=np.nan)
    for code, rows in _by_crs(codes):
        beyond = uncovered.geometry.to_numpy()[outside == code]
        if not len(beyond):
            continue
        tree = shapely.STRtree(_segments(project(beyond, code)))
        pairs, metres = tree.query_nearest(
            project(np.asarray(shapes)[rows], code), return_distance=True, all_matches=False
        )
        edge[rows[pairs[0]]] = metres
    return edge


def _segments(polygons: Any) -> Any:
    """The sides of polygons, one line each: a tree of small boxes answers a hundred times faster.

    What is asked lies outside all of them, so the nearest side is the nearest point.
    """
    coordinates, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(polygons)), return_index=True
    )
    joined = ring[1:] == ring[:-1]
    return shapely.linestrings(np.stack([coordinates[:-1][joined], coordinates[1:][joined]], 1))
