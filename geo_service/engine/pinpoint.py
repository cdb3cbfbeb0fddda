"""One point at a time, in microseconds: what a look-up on the web asks of all the layers at once.

A bulk index is paid for by arrays; a single point pays for each call. Here one tree for each legal
CRS holds the zones of every layer, and the limit of each layer's union is drawn once and cut into
short pieces, of which a circle round each tells the few that matter. The answers are those of
:class:`~geo_service.engine.territorial.TerritorialIndex`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from ..core.crs import LEGAL, WGS84, transformer
from ..core.errors import SchemaError
from ..core.i18n import T
from .answers import INSIDE, OUTSIDE, UNDETERMINED
from .distance import joined
from .territorial import project

Floats = npt.NDArray[np.float64]
Shapes = npt.NDArray[np.object_]
_PIECE = 64
"""Edges of a piece of limit: few enough to compare one by one, enough to keep the pieces few."""


class Standing(NamedTuple):
    """How one point stands towards one layer; positions are those of the layer's rows."""

    sure: int
    """``INSIDE``, ``OUTSIDE`` or ``UNDETERMINED``; the answer as given where precision is NaN."""
    held: list[int]
    """Zones that hold the position as it is given, in order."""
    possible: list[int]
    """Zones that may hold the true place: those that the disc of the precision touches."""
    metres: float
    """To the limit of the union of the zones, negative inside; inf where the territory has none."""
    own_metres: float
    """From the position to the limit of the first zone that holds it; NaN where none does."""


class Near(NamedTuple):
    """The nearest point of a group: its position in it, and metres in the legal CRS."""

    position: int
    metres: float


class Pinpoint:
    """Layers of zones and groups of points, asked for one position at a time.

    Parameters
    ----------
    zones
        Layers by name: GeoDataFrames of polygons in EPSG:4326 with an integer column ``legal_crs``.
    points
        Groups by name: GeoDataFrames of points in EPSG:4326 with ``legal_crs``.
    """

    def __init__(self, zones: Mapping[str, Any], points: Mapping[str, Any]) -> None:
        self._names = list(zones)
        self._groups = list(points)
        known = [_columns(table) for table in zones.values()]
        dots = [_columns(table) for table in points.values()]
        codes = {int(code) for _, epsg in (*known, *dots) for code in np.unique(epsg)}
        self._boards = {code: _Board(code, known, dots) for code in codes}

    def stand(self, lon: float, lat: float, precision: float = 0.0) -> dict[str, Standing]:
        """How a position stands towards each layer.

        Parameters
        ----------
        lon, lat
            Degrees, WGS84.
        precision
            Metres within which the true place lies: 0 exact, inf anywhere, NaN unknown.

        Raises
        ------
        SchemaError
            The precision is negative.
        """
        if precision < 0:
            raise SchemaError(
                T("Une précision est négative.", "A precision is negative."),
                field="precision",
                do=T("Donnez des mètres : 0 pour exact.", "Give metres: 0 for exact."),
            )
        if not (math.isfinite(lon) and math.isfinite(lat)):
            nowhere = Standing(UNDETERMINED, [], [], math.nan, math.nan)
            return dict.fromkeys(self._names, nowhere)
        code = legal_crs_of(lon, lat)
        board = self._boards.get(code)
        if board is None:
            sure = UNDETERMINED if math.isinf(precision) else OUTSIDE
            return dict.fromkeys(self._names, Standing(sure, [], [], math.inf, math.nan))
        x, y = transformer(WGS84, code).transform(lon, lat)
        return dict(zip(self._names, board.stand(x, y, precision), strict=True))

    def nearest(self, lon: float, lat: float) -> dict[str, Near | None]:
        """The nearest point of each group in the territory of a position; None where it has none.

        Of several at one distance, the first.
        """
        finite = math.isfinite(lon) and math.isfinite(lat)
        code = legal_crs_of(lon, lat) if finite else 0
        board = self._boards.get(code)
        if board is None:
            return dict.fromkeys(self._groups)
        x, y = transformer(WGS84, code).transform(lon, lat)
        return dict(zip(self._groups, board.nearest(x, y), strict=True))

    def within(self, layer: str, lon: float, lat: float, metres: float) -> list[int]:
        """Zones of one layer at ``metres`` or less of a position, the nearest first."""
        code = legal_crs_of(lon, lat)
        board = self._boards.get(code)
        if board is None:
            return []
        x, y = transformer(WGS84, code).transform(lon, lat)
        return board.within(self._names.index(layer), x, y, metres)


def legal_crs_of(lon: float, lat: float) -> int:
    """EPSG code in which one position is measured, 0 outside every French territory.

    As :func:`~geo_service.core.crs.legal_crs_at`, which takes arrays.
    """
    for legal in LEGAL:
        west, south, east, north = legal.box
        if west <= lon <= east and south <= lat <= north:
            return legal.epsg
    return 0


class _Board:
    """Everything of one legal CRS, projected."""

    def __init__(
        self, code: int, zones: list[tuple[Shapes, Any]], points: list[tuple[Shapes, Any]]
    ) -> None:
        shapes, layers, rows, limits = [], [], [], []
        drawn: list[list[bytes]] = []
        self._edges: list[int] = []
        """Number of the limit of each layer, -1 where it has no zone here."""
        for number, (geometries, epsg) in enumerate(zones):
            chosen = np.flatnonzero(epsg == code)
            chosen = chosen[~shapely.is_empty(geometries[chosen])]
            own = project(geometries[chosen], code)
            shapes.append(own)
            layers.append(np.full(len(own), number))
            rows.append(chosen)
            # Communes and their zoning are the same shapes: their limit is drawn once.
            drawing = shapely.to_wkb(own).tolist()
            if drawing and drawing not in drawn:
                drawn.append(drawing)
                limits.append(_pieces(shapely.boundary(joined(own))))
            self._edges.append(drawn.index(drawing) if drawing else -1)
        self._shapes: Shapes = np.concatenate(shapes) if shapes else np.zeros(0, dtype=object)
        self._layers = np.concatenate(layers).tolist() if layers else []
        self._rows = np.concatenate(rows).tolist() if rows else []
        self._boundaries: Shapes = np.asarray(shapely.boundary(self._shapes), dtype=object)
        self._tree = shapely.STRtree(self._shapes)
        self._tree.query(shapely.Point(0, 0))  # builds it, before threads ask at once
        self._limits = _Limits(limits) if limits else None
        self._groups: list[tuple[Floats, Floats, list[int]]] = []
        for geometries, epsg in points:
            chosen = np.flatnonzero(epsg == code)
            chosen = chosen[~shapely.is_empty(geometries[chosen])]
            own = project(geometries[chosen], code)
            self._groups.append((shapely.get_x(own), shapely.get_y(own), chosen.tolist()))

    def stand(self, x: float, y: float, precision: float) -> list[Standing]:
        """How a projected position stands towards each layer, in order."""
        point = shapely.Point(x, y)
        boxes = self._tree.query(point)
        inside = boxes[shapely.intersects_xy(self._shapes[boxes], x, y)]
        inside.sort()
        held: list[list[int]] = [[] for _ in self._edges]
        own: list[float] = [math.nan] * len(self._edges)
        depths = shapely.distance(self._boundaries[inside], point).tolist()
        for place, depth in zip(inside.tolist(), depths, strict=True):
            layer = self._layers[place]
            if not held[layer]:
                own[layer] = depth
            held[layer].append(self._rows[place])
        possible = held
        if precision > 0 and math.isfinite(precision):
            touched = self._tree.query(point, predicate="dwithin", distance=precision)
            touched.sort()
            possible = [[] for _ in self._edges]
            for place in touched.tolist():
                possible[self._layers[place]].append(self._rows[place])
        apart = self._limits.distances(x, y, point) if self._limits else []
        standings = []
        for layer, edge in enumerate(self._edges):
            metres = math.inf if edge < 0 else apart[edge]
            if held[layer] and metres:
                metres = -metres
            sure = _sure(metres, bool(held[layer]), precision)
            standings.append(Standing(sure, held[layer], possible[layer], metres, own[layer]))
        return standings

    def within(self, layer: int, x: float, y: float, metres: float) -> list[int]:
        """Zones of one layer at ``metres`` or less, the nearest first."""
        point = shapely.Point(x, y)
        near = self._tree.query(point, predicate="dwithin", distance=metres)
        near = np.sort(near[[self._layers[place] == layer for place in near.tolist()]])
        order = np.argsort(shapely.distance(self._shapes[near], point), kind="stable")
        return [self._rows[place] for place in near[order].tolist()]

    def nearest(self, x: float, y: float) -> list[Near | None]:
        """The nearest point of each group to a projected position."""
        found: list[Near | None] = []
        for px, py, rows in self._groups:
            if not rows:
                found.append(None)
                continue
            squared = (px - x) ** 2 + (py - y) ** 2
            first = int(squared.argmin())
            found.append(Near(rows[first], math.sqrt(squared[first])))
        return found


class _Limits:
    """Several limits in pieces. A circle round each piece says which few have to be measured."""

    def __init__(self, limits: list[Shapes]) -> None:
        self._pieces: Shapes = np.concatenate(limits)
        sizes = np.array([len(pieces) for pieces in limits])
        self._starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        self._owner = np.repeat(np.arange(len(limits)), sizes)
        self._owners = self._owner.tolist()
        self._count = len(limits)
        west, south, east, north = shapely.bounds(self._pieces).T
        self._x, self._y = (west + east) / 2, (south + north) / 2
        self._radius = np.hypot(east - west, north - south) / 2

    def distances(self, x: float, y: float, point: shapely.Point) -> list[float]:
        """Distance from a position to each limit."""
        centre = np.sqrt((self._x - x) ** 2 + (self._y - y) ** 2)
        # No limit is farther than the far side of its nearest circle.
        farthest = np.minimum.reduceat(centre + self._radius, self._starts)
        near = np.flatnonzero(centre - self._radius <= farthest[self._owner])
        found = [math.inf] * self._count
        lengths = shapely.distance(self._pieces[near], point).tolist()
        for piece, length in zip(near.tolist(), lengths, strict=True):
            owner = self._owners[piece]
            if length < found[owner]:
                found[owner] = length
        return found


def _sure(metres: float, held: bool, precision: float) -> int:
    """The three-valued answer from the signed distance to the limit of the union.

    The disc of the precision lies in the open inside, outside, or across the limit: to touch it
    is a doubt.
    """
    if math.isinf(precision):
        return UNDETERMINED
    if precision > 0:
        if metres > precision:
            return OUTSIDE
        return INSIDE if -metres > precision else UNDETERMINED
    return INSIDE if held else OUTSIDE  # exact, or of unknown precision: as given


def _columns(table: Any) -> tuple[Shapes, Any]:
    return np.asarray(table.geometry.array, dtype=object), np.asarray(
        table["legal_crs"], dtype=np.int64
    )


def _pieces(limit: shapely.Geometry) -> Shapes:
    """A limit in short lines."""
    pieces = []
    for line in shapely.get_parts(limit):
        xy = shapely.get_coordinates(line)
        pieces += [
            shapely.linestrings(xy[start : start + _PIECE + 1])
            for start in range(0, len(xy) - 1, _PIECE)
        ]
    return np.array(pieces, dtype=object)
