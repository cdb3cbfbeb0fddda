"""Distance to the limit of a layer, and the three-valued answer that follows from it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from ..core.errors import SchemaError
from ..core.i18n import T
from .answers import INSIDE, OUTSIDE, UNDETERMINED, Answers, Bools, Floats, Ints
from .layer import Geometries, Layer
from .tree import ExactTree

_MANY_INSIDE = 16
"""Points inside beyond which the limit of all zones is drawn once, not that around each point."""
_HAIR = 1e-6
"""Metres under which a gap between two neighbours is rounding."""


def classify(
    layer: Layer,
    tree: ExactTree,
    x: Floats,
    y: Floats,
    precision: npt.ArrayLike,
    zone_precision: npt.ArrayLike,
    metres: float,
    strict: bool,
    pairs: tuple[Ints, Ints],
) -> Answers:
    """Answers for discs around points; ``pairs`` are those of the given positions.

    Definition: with ``s`` the signed distance to a zone (negative inside) and ``r`` the precision
    of point and zone together, a point is surely within ``metres`` when ``s + r`` is, surely not
    when ``s - r`` is not. Several zones that touch one disc count together, as their union.
    """
    n = len(x)
    p = _lengths(precision, n, "precision")
    q = _lengths(zone_precision, layer.size, "zone_precision")
    located = np.isfinite(x) & np.isfinite(y)
    known = ~np.isnan(p)
    given = np.zeros(n, dtype=bool)
    given[pairs[0]] = True

    sure = given.astype(np.int8)
    sure[~located | (known & np.isinf(p))] = UNDETERMINED
    farthest = float(q.max(initial=0.0))
    open_points = np.flatnonzero(located & known & np.isfinite(p) & (p + farthest > 0))
    radius = p[open_points]

    # Every zone that a disc might reach, then the exact signed distance of each.
    rows, zones = tree.within_each(
        x[open_points], y[open_points], (radius + farthest + metres) * (1 + 1e-12)
    )
    at = open_points[rows]
    outside = tree.distance(x[at], y[at], zones)
    signed = np.where(outside > 0, outside, -_depth(layer, x[at], y[at], zones, outside == 0))
    reach = radius[rows] + q[zones]
    touched = signed - reach < metres if strict else signed - reach <= metres
    whole = _below(signed + reach, metres, strict)
    rows, zones, at = rows[touched], zones[touched], at[touched]
    signed, reach, whole = signed[touched], reach[touched], whole[touched]

    state = np.full(len(open_points), OUTSIDE, dtype=np.int8)
    state[rows] = UNDETERMINED
    state[rows[whole]] = INSIDE
    _widen_by_union(layer, x, y, open_points, state, rows, zones, signed, reach, metres, strict)
    sure[open_points] = state

    pair = _merge_pairs(pairs, (at, zones, whole), layer.size, sure, open_points)
    return Answers(given, sure, known, *pair)


def signed_distance(layer: Layer, tree: ExactTree, x: Floats, y: Floats) -> Floats:
    """Distance to the limit of the union of the zones, negative inside; NaN without a position.

    What no zone holds is beyond the limit: a hole, and a gap between two neighbours however
    narrow, unless rounding alone made it (see :func:`joined`).
    """
    signed = np.full(len(x), np.nan)
    located = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    _, metres = tree.nearest(x[located], y[located], 1)
    signed[located] = metres[:, 0]
    inside = located[metres[:, 0] == 0]
    if len(inside) > _MANY_INSIDE:
        whole = _limit(joined(layer.geometries[layer.present]))
        shapely.prepare(whole)
        signed[inside] = -shapely.distance(whole, shapely.points(x[inside], y[inside]))
    else:
        for position in inside:
            signed[position] = -_union_depth(layer, tree, x[position], y[position])
    return signed


def _union_depth(layer: Layer, tree: ExactTree, x: float, y: float) -> float:
    """Depth below the limit of the union, from the zones that a circle round the point reaches.

    Inside the circle their union is that of all zones, so a limit found there is the true one. A
    limit farther away may have a neighbour behind it: the circle then grows beyond it, not just to
    it, where rounding would decide whether the neighbour is met.
    """
    px, py, point = np.array([x]), np.array([y]), shapely.Point(x, y)
    every = int(layer.present.sum())
    radius = 1.0
    while True:
        _, zones = tree.within_each(px, py, np.array([radius]))
        depth = float(shapely.distance(_limit(joined(layer.geometries[zones])), point))
        if depth < radius * (1 - 1e-9) or len(zones) == every:
            return depth
        radius = 2 * depth + 1


def joined(zones: Geometries) -> shapely.Geometry:
    """Union of zones in which no gap is left that is narrower than a micrometre.

    Neighbours whose contours match are joined as they are, many times faster than any polygons.
    Elsewhere GEOS leaves slivers: corners that only one neighbour has, sides cut by a third zone.
    A double holds a nanometre at such coordinates, so these are rounding; wider gaps stay. There
    the limit may move by a micrometre, in the tip of a wedge between two zones by a few.

    Parameters
    ----------
    zones
        (n,) geometries of one projected CRS in metres; None and empty ones count for nothing.
    """
    kinds = shapely.get_type_id(zones)
    areal = (kinds == shapely.GeometryType.POLYGON) | (kinds == shapely.GeometryType.MULTIPOLYGON)
    if len(zones) < 2 or not areal.all():
        return shapely.union_all(zones)
    if shapely.coverage_is_valid(zones, gap_width=_HAIR):
        return shapely.coverage_union_all(zones)
    # Out and back again. Mitred, so that corners come back sharp.
    whole = shapely.union_all(zones)
    for way in (_HAIR / 2, -_HAIR / 2):
        whole = shapely.buffer(whole, way, join_style="mitre", mitre_limit=1000.0)
    return whole


def _limit(zone: shapely.Geometry) -> shapely.Geometry:
    """Boundary of what has an area; lines and points are all limit."""
    parts = shapely.get_parts(zone)
    if shapely.get_type_id(zone) == shapely.GeometryType.GEOMETRYCOLLECTION:
        areal = shapely.get_dimensions(parts) == 2
        inside = shapely.boundary(shapely.union_all(parts[areal]))
        return shapely.GeometryCollection([inside, *parts[~areal]])
    return shapely.boundary(zone) if shapely.get_dimensions(zone) == 2 else zone


def _depth(layer: Layer, x: Floats, y: Floats, zones: Ints, inside: Bools) -> Floats:
    """Distance to the zone's own boundary where the point is inside, else 0."""
    depth = np.zeros(len(zones))
    chosen = zones[inside]
    asked, place = np.unique(chosen, return_inverse=True)
    limits = np.array([_limit(zone) for zone in layer.geometries[asked]], dtype=object)
    shapely.prepare(limits)
    depth[inside] = shapely.distance(limits[place], shapely.points(x[inside], y[inside]))
    return depth


def _widen_by_union(
    layer: Layer,
    x: Floats,
    y: Floats,
    open_points: Ints,
    state: npt.NDArray[np.int8],
    rows: Ints,
    zones: Ints,
    signed: Floats,
    reach: Floats,
    metres: float,
    strict: bool,
) -> None:
    """A disc that lies across two touching zones is inside their union."""
    holding = signed <= 0
    several = np.bincount(rows, minlength=len(state)) > 1
    held = np.bincount(rows[holding], minlength=len(state)) > 0
    unions: dict[bytes, shapely.Geometry] = {}
    for row in np.flatnonzero(several & held & (state == UNDETERMINED)):
        span = slice(*np.searchsorted(rows, [row, row + 1]))
        group = zones[span]
        key = group.tobytes()
        if key not in unions:
            unions[key] = _limit(shapely.union_all(layer.geometries[group]))
        point = shapely.Point(x[open_points[row]], y[open_points[row]])
        depth = float(shapely.distance(unions[key], point))
        if _below(np.array([float(reach[span].max()) - depth]), metres, strict)[0]:
            state[row] = INSIDE


def _below(value: Floats, metres: float, strict: bool) -> Bools:
    # With no distance the disc has to be in the open inside: to touch the limit is a doubt.
    below: Bools = value < metres if strict or metres == 0 else value <= metres
    return below


def _merge_pairs(
    given: tuple[Ints, Ints],
    possible: tuple[Ints, Ints, Bools],
    zones: int,
    sure: npt.NDArray[np.int8],
    open_points: Ints,
) -> tuple[Ints, Ints, Bools, Bools]:
    """One sorted list of pairs: those of the given positions and those that a disc touches."""
    point, zone, whole = possible
    width = max(zones, 1)
    mine, theirs = given[0] * width + given[1], point * width + zone
    keys = np.union1d(mine, theirs)
    pair_given = np.isin(keys, mine, assume_unique=True)
    pair_sure = np.zeros(len(keys), dtype=bool)
    pair_sure[np.searchsorted(keys, theirs)] = whole
    # Exact positions, and those of unknown precision, say of each zone what they say as given.
    points = keys // width
    settled = np.ones(len(sure), dtype=bool)
    settled[open_points] = False
    as_given = settled[points] & (sure[points] != UNDETERMINED)
    pair_sure[as_given] = pair_given[as_given]
    return points, keys % width, pair_given, pair_sure


def _lengths(values: npt.ArrayLike, size: int, name: str) -> Floats:
    lengths = np.broadcast_to(np.asarray(values, dtype=np.float64), (size,))
    if (lengths < 0).any():
        raise SchemaError(
            T("Une précision est négative.", "A precision is negative."),
            field=name,
            do=T(
                "Donnez des mètres : 0 pour exact, inf pour un centre de commune.",
                "Give metres: 0 for exact, inf for a commune's centre.",
            ),
        )
    return lengths
