"""The cell table of a layer of polygons: where points are decided without asking GEOS.

Two levels: a directory of blocks of 64 x 64 cells, block 0 being the empty one. A cell's code is
0 (no zone), ``zone + 1`` (wholly inside that zone) or ``-(offset + 1)`` of a record in ``blob``,
which keeps for each zone whether it holds the cell's reference point, and the edges that touch the
cell. A point is then decided by the edges crossed on the way from the reference point.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import shapely

from .answers import Bools, Floats, Ints
from .layer import Geometries

Int32s = npt.NDArray[np.int32]

# Measured (benchmarks/README.md): smaller cells mean fewer mixed ones, but a table that no longer
# fits the processor's cache.
_CELLS_ACROSS_ZONE = 10.0
_EDGES_PER_CELL = 8.0
_MOST_CELLS = 1 << 24
_MOST_BLOCKS = 1 << 23
_MOST_COLUMNS = 1 << 20
_POLYGON, _MULTIPOLYGON = 3, 6
# Shares of work between threads at the last step, so that a slow one does not hold up the others.
_SHARES = 16


@dataclass(frozen=True, eq=False)
class CellTable:
    """Arrays of a built table; ``scale`` is cells per unit of the CRS."""

    west: float
    south: float
    scale: float
    columns: int
    rows: int
    blocks_wide: int
    paired: bool
    directory: Int32s
    cells: Int32s
    blob: Int32s

    @property
    def nbytes(self) -> int:
        """Memory of the arrays, in bytes."""
        return sum(
            value.nbytes
            for value in (getattr(self, field.name) for field in fields(self))
            if isinstance(value, np.ndarray)
        )


@dataclass(frozen=True, eq=False)
class Outline:
    """Vertices of a layer, in zone order, ring after ring."""

    xy: Floats
    ends: Bools
    """No edge goes from this vertex to the next."""
    zone: Ints
    piece_start: Ints
    piece_zone: Ints
    areal: Bools
    """Per piece: it is a polygon or multipolygon (else lines or points)."""
    soft: Bools
    """Per zone: a collection, whose edges do not decide; cells that they touch go to GEOS."""


def outline(geometries: Geometries) -> Outline:
    """Vertices, rings and pieces of a layer of valid geometries.

    A polygon or multipolygon is one piece: its rings never overlap, so that crossing parity says
    what is inside. Other geometries are taken apart; each polygon in them is a piece.
    """
    types = shapely.get_type_id(geometries)
    plain = (types == _POLYGON) | (types == _MULTIPOLYGON)
    soft = ~plain & (types >= 0) & ~shapely.is_empty(geometries)
    pieces: list[shapely.Geometry] = []
    owners: list[int] = []
    for zone in np.flatnonzero(soft):
        for part in _simple_parts(geometries[zone]):
            pieces.append(part)
            owners.append(int(zone))
    chosen = np.flatnonzero(plain)
    piece_zone = np.concatenate([chosen, np.array(owners, dtype=np.int64)])
    shapes = np.concatenate([geometries[chosen], np.array(pieces, dtype=object)])
    order = np.argsort(piece_zone, kind="stable")
    piece_zone, shapes = piece_zone[order], shapes[order]
    areal = np.isin(shapely.get_type_id(shapes), (_POLYGON, _MULTIPOLYGON))

    parts, part_piece = shapely.get_parts(shapes, return_index=True)
    polygons = shapely.get_type_id(parts) == _POLYGON
    rings, ring_part = shapely.get_rings(parts[polygons], return_index=True)
    lines = np.flatnonzero(~polygons)
    if lines.size:
        # A point becomes a line of two equal ends, so that it marks its cell too.
        strings = [
            shapely.LineString(np.resize(part_xy(p), (max(2, len(part_xy(p))), 2)))
            for p in parts[lines]
        ]
        rings = np.concatenate([rings, np.array(strings, dtype=object)])
        ring_part = np.concatenate([np.flatnonzero(polygons)[ring_part], lines])
        by_part = np.argsort(ring_part, kind="stable")
        rings, ring_part = rings[by_part], ring_part[by_part]
    ring_piece = part_piece[ring_part]
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    ends = np.ones(len(xy), dtype=bool)
    ends[:-1] = ring[1:] != ring[:-1]
    piece = ring_piece[ring]
    starts = np.searchsorted(piece, np.arange(len(shapes) + 1))
    return Outline(xy, ends, piece_zone[piece], starts, piece_zone, areal, soft)


def part_xy(part: shapely.Geometry) -> Floats:
    """Coordinates of one simple geometry."""
    coordinates: Floats = shapely.get_coordinates(part)
    return coordinates


def _simple_parts(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    """Polygons, lines and points of a collection, however nested; empty ones left out."""
    parts = list(shapely.get_parts(geometry))
    if len(parts) == 1 and shapely.get_type_id(parts[0]) <= _POLYGON:
        return [part for part in parts if not shapely.is_empty(part)]
    return [simple for part in parts for simple in _simple_parts(part)]


def cell_size(geometries: Geometries, vertices: int) -> float:
    """Side of a cell in units of the CRS, a power of two.

    About a tenth of the typical zone, and no more than a few edges a cell; then as much larger as
    the limits of the table ask.
    """
    bounds = shapely.bounds(geometries)
    bounds = bounds[~np.isnan(bounds[:, 0])]
    wide, high = bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]
    typical = float(np.median(np.sqrt(wide * high)))
    edge = float(shapely.length(geometries).sum()) / max(vertices, 1)
    extent = float(max(np.ptp(bounds[:, [0, 2]]), np.ptp(bounds[:, [1, 3]])))
    size = min(typical / _CELLS_ACROSS_ZONE, edge * _EDGES_PER_CELL)
    size = max(size, extent / (_MOST_COLUMNS / 4), float(np.abs(bounds).max()) * 2.0**-32)
    if size <= 0:
        size = 1.0
    size = float(2.0 ** np.round(np.log2(size)))
    area = float((wide * high).sum())
    width, height = float(np.ptp(bounds[:, [0, 2]])), float(np.ptp(bounds[:, [1, 3]]))
    while (
        area / size**2 > _MOST_CELLS
        or (width / size / 64 + 2) * (height / size / 64 + 2) > _MOST_BLOCKS
    ):
        size *= 2
    return size


def build_table(
    geometries: Geometries, threads: int, size: float | None = None, *, paired: bool = False
) -> CellTable:
    """Build the table of a layer of valid geometries.

    Parameters
    ----------
    size
        Side of a cell in units of the CRS, by default chosen by :func:`cell_size`.
    paired
        Zone ``2 z + 1`` lies within zone ``2 z``: answers name the inner one only.
    """
    from . import kernels_build as k

    lines = outline(geometries)
    size = size or cell_size(geometries, len(lines.xy))
    scale = 1.0 / size
    west, south = lines.xy.min(axis=0) - size
    u, v = (lines.xy[:, 0] - west) * scale, (lines.xy[:, 1] - south) * scale
    columns, rows = int(u.max()) + 2, int(v.max()) + 2
    wide, high = (columns >> 6) + 1, (rows >> 6) + 1
    directory = np.zeros(wide * high, dtype=np.int32)

    k.mark_blocks(u, v, lines.ends, wide, directory)
    spans = _spans(u, v, lines, threads)
    k.mark_span_blocks(spans, wide, directory)
    none = np.zeros(0, dtype=np.int64)
    blocks = k.number_blocks(directory, False, none)
    place = np.zeros(blocks + 1, dtype=np.int64)
    k.number_blocks(directory, True, place)

    cells = np.zeros((blocks + 1) << 12, dtype=np.int32)
    total = k.count_edges(u, v, lines.ends, wide, directory, cells)
    incident = np.empty(total, dtype=np.int32)
    touched = k.number_cells(cells, none, none)
    starts = np.zeros(touched + 1, dtype=np.int64)
    marked = np.zeros(touched, dtype=np.int64)
    k.number_cells(cells, starts, marked)
    k.fill_edges(u, v, lines.ends, wide, directory, cells, starts[:-1].copy(), incident)
    several = k.cover(spans, lines.piece_zone, wide, directory, cells, paired)
    starts = np.concatenate([starts, np.full(several, starts[-1])])
    marked = np.concatenate([marked, np.zeros(several, dtype=np.int64)])
    if several:
        k.number_several(cells, touched, starts, marked)
    holder_start, holders = _holders(spans, lines, wide, directory, cells, len(marked))

    def write(sizes: Ints, offsets: Ints, blob: Int32s) -> None:
        edges = np.linspace(0, len(marked), _SHARES + 1).astype(np.int64)

        def share(first: int, last: int) -> None:
            k.write_records(
                u, v, lines.zone, lines.soft, starts, incident, marked, place, wide,
                holder_start, holders, first, last, sizes, offsets, blob,
            )  # fmt: skip

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(share, edges[:-1], edges[1:]))

    sizes = np.zeros(len(marked), dtype=np.int64)
    write(sizes, none, np.zeros(0, dtype=np.int32))
    offsets = np.concatenate([none, np.cumsum(sizes)])
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), offsets])
    # A little longer than its records: they are read ahead.
    blob = np.zeros(int(offsets[-1]) + 32, dtype=np.int32)
    write(sizes, offsets, blob)
    k.point_at_records(cells, offsets)
    return CellTable(
        float(west), float(south), scale, columns, rows, wide, paired, directory, cells, blob
    )


def _spans(u: Floats, v: Floats, lines: Outline, threads: int) -> Int32s:
    from . import kernels_build as k

    pieces = len(lines.piece_zone)
    edges = np.linspace(0, pieces, min(_SHARES, max(pieces, 1)) + 1).astype(np.int64)

    def share(first: int, last: int) -> Int32s:
        arguments = (u, v, lines.ends, lines.piece_start, lines.areal, first, last)
        # Seldom more runs than vertices; where there are, once again with room for all.
        room = int(lines.piece_start[last] - lines.piece_start[first])
        spans = np.empty((room, 4), dtype=np.int32)
        found = k.find_spans(*arguments, spans)
        if found > room:
            spans = np.empty((found, 4), dtype=np.int32)
            k.find_spans(*arguments, spans)
        return spans[:found]

    with ThreadPoolExecutor(threads) as pool:
        return np.concatenate(list(pool.map(share, edges[:-1], edges[1:])))


def _holders(
    spans: Int32s, lines: Outline, wide: int, directory: Int32s, cells: Int32s, numbered: int
) -> tuple[Ints, Int32s]:
    from . import kernels_build as k

    count = np.zeros(numbered + 1, dtype=np.int64)
    arguments = (spans, lines.piece_zone, wide, directory, cells)
    k.list_holders(*arguments, count[1:], np.zeros(0, dtype=np.int32))
    np.cumsum(count, out=count)
    holders = np.empty(int(count[-1]), dtype=np.int32)
    k.list_holders(*arguments, count[:-1].copy(), holders)
    return count, holders
