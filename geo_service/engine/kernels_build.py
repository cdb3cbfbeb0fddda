"""The numba kernels that build a cell table; see ``cells`` for the order in which they run.

Coordinates are in cell units, as in ``kernels``.
"""

# mypy: allow-untyped-defs
# (numba infers the types; annotations would say less than the docstrings do)
from __future__ import annotations

import numpy as np

from .kernels import CLIP, MASK, MAX_SLOTS, REF_U, REF_V, SHIFT, kernel

# A point is given a cell by one rounded multiplication, off by at most 2**-32 of a cell in a grid
# of up to 2**20 columns; marking with this much to spare covers it many times over.
MARGIN = 1e-6
MAX_EDGES = 4096
# A cell that several zones cover, until it has its number.
MULTI = -(2**31) + 1


@kernel
def _columns(u0, v0, u1, v1, row):
    """First and last column that an edge touches in a row of cells, margin included."""
    low, high = row - MARGIN, row + 1 + MARGIN
    if v0 > v1:
        u0, v0, u1, v1 = u1, v1, u0, v0
    if v1 - v0 > MARGIN:
        slope = (u1 - u0) / (v1 - v0)
        from_u, to_u = u0, u1
        if v0 < low:
            from_u = u0 + (low - v0) * slope
        if v1 > high:
            to_u = u0 + (high - v0) * slope
    else:
        from_u, to_u = u0, u1
    if from_u > to_u:
        from_u, to_u = to_u, from_u
    least, most = min(u0, u1), max(u0, u1)
    from_u, to_u = max(from_u, least), min(to_u, most)
    return int(np.floor(from_u - MARGIN)), int(np.floor(to_u + MARGIN))


@kernel
def _rows(v0, v1):
    return int(np.floor(min(v0, v1) - MARGIN)), int(np.floor(max(v0, v1) + MARGIN))


@kernel
def mark_blocks(u, v, ends, blocks_wide, directory):
    """Set ``directory`` to 1 wherever an edge passes. ``ends[i]``: no edge from i to i + 1."""
    for i in range(len(u) - 1):
        if ends[i]:
            continue
        low, high = _rows(v[i], v[i + 1])
        for row in range(low, high + 1):
            first, last = _columns(u[i], v[i], u[i + 1], v[i + 1], row)
            at = (row >> SHIFT) * blocks_wide
            for block in range(first >> SHIFT, (last >> SHIFT) + 1):
                directory[at + block] = 1


@kernel
def find_spans(u, v, ends, piece_start, areal, first_piece, last_piece, spans):
    """Runs of reference points inside each piece: rows (piece, row, first, last) of ``spans``.

    Returns how many there are; those beyond the length of ``spans`` are counted only.
    Scan line with the half-open rule, so that a vertex on the line counts once.
    """
    found = 0
    for piece in range(first_piece, last_piece):
        begin, end = piece_start[piece], piece_start[piece + 1]
        if not areal[piece]:
            continue
        least, most = v[begin], v[begin]
        for i in range(begin, end):
            least, most = min(least, v[i]), max(most, v[i])
        base = int(np.floor(least - REF_V))
        height = int(np.floor(most - REF_V)) - base + 2
        count = np.zeros(height + 1, np.int64)
        for i in range(begin, end - 1):
            if ends[i]:
                continue
            low, high = min(v[i], v[i + 1]), max(v[i], v[i + 1])
            row = int(np.floor(low - REF_V))
            while row + REF_V <= high:
                if (v[i] <= row + REF_V) != (v[i + 1] <= row + REF_V):
                    count[row - base + 1] += 1
                row += 1
        for row in range(height):
            count[row + 1] += count[row]
        crossings = np.empty(count[height], np.float64)
        cursor = count[:height].copy()
        for i in range(begin, end - 1):
            if ends[i]:
                continue
            low, high = min(v[i], v[i + 1]), max(v[i], v[i + 1])
            row = int(np.floor(low - REF_V))
            while row + REF_V <= high:
                line = row + REF_V
                if (v[i] <= line) != (v[i + 1] <= line):
                    share = (line - v[i]) / (v[i + 1] - v[i])
                    crossings[cursor[row - base]] = u[i] + share * (u[i + 1] - u[i])
                    cursor[row - base] += 1
                row += 1
        for row in range(height):
            sides = np.sort(crossings[count[row] : count[row + 1]])
            for k in range(0, len(sides) - 1, 2):
                first = int(np.ceil(sides[k] - REF_U))
                last = int(np.ceil(sides[k + 1] - REF_U)) - 1
                if last < first:
                    continue
                if found < len(spans):
                    spans[found, 0] = piece
                    spans[found, 1] = row + base
                    spans[found, 2] = first
                    spans[found, 3] = last
                found += 1
    return found


@kernel
def mark_span_blocks(spans, blocks_wide, directory):
    """Set ``directory`` to 1 wherever a span passes."""
    for k in range(len(spans)):
        at = (spans[k, 1] >> SHIFT) * blocks_wide
        for block in range(spans[k, 2] >> SHIFT, (spans[k, 3] >> SHIFT) + 1):
            directory[at + block] = 1


@kernel
def number_blocks(directory, wanted, place):
    """Number the marked blocks from 1; ``place`` keeps where each stands."""
    number = 0
    for at in range(len(directory)):
        if directory[at]:
            number += 1
            if wanted:
                directory[at] = number
                place[number] = at
    return number


@kernel
def count_edges(u, v, ends, blocks_wide, directory, cells):
    """Count into ``cells`` the edges that touch each; returns their sum."""
    total = 0
    for i in range(len(u) - 1):
        if ends[i]:
            continue
        low, high = _rows(v[i], v[i + 1])
        for row in range(low, high + 1):
            first, last = _columns(u[i], v[i], u[i + 1], v[i + 1], row)
            for column in range(first, last + 1):
                block = directory[(row >> SHIFT) * blocks_wide + (column >> SHIFT)]
                cells[(block << 12) | ((row & MASK) << SHIFT) | (column & MASK)] += 1
                total += 1
    return total


@kernel
def number_cells(cells, starts, marked):
    """Turn counts into ``-(m + 1)``; fill ``starts`` and ``marked``; returns how many cells."""
    number, total = 0, 0
    for cell in range(len(cells)):
        if cells[cell] > 0:
            if len(marked):
                starts[number] = total
                marked[number] = cell
                total += cells[cell]
                cells[cell] = -(number + 1)
            number += 1
    if len(marked):
        starts[number] = total
    return number


@kernel
def fill_edges(u, v, ends, blocks_wide, directory, cells, cursor, incident):
    """List in ``incident`` the edges of each marked cell, in edge order."""
    for i in range(len(u) - 1):
        if ends[i]:
            continue
        low, high = _rows(v[i], v[i + 1])
        for row in range(low, high + 1):
            first, last = _columns(u[i], v[i], u[i + 1], v[i + 1], row)
            for column in range(first, last + 1):
                block = directory[(row >> SHIFT) * blocks_wide + (column >> SHIFT)]
                cell = (block << 12) | ((row & MASK) << SHIFT) | (column & MASK)
                m = -cells[cell] - 1
                incident[cursor[m]] = i
                cursor[m] += 1


@kernel
def cover(spans, piece_zone, blocks_wide, directory, cells, paired):
    """Give unmarked cells the zone that covers them; returns how many have several."""
    several = 0
    for k in range(len(spans)):
        code = piece_zone[spans[k, 0]] + 1
        row = spans[k, 1]
        for column in range(spans[k, 2], spans[k, 3] + 1):
            block = directory[(row >> SHIFT) * blocks_wide + (column >> SHIFT)]
            cell = (block << 12) | ((row & MASK) << SHIFT) | (column & MASK)
            if cells[cell] == 0:
                cells[cell] = code
            elif paired and code & 1 == 0 and cells[cell] == code - 1:
                cells[cell] = code  # the inner zone of the pair stands for both
            elif cells[cell] > 0 and cells[cell] != code:
                cells[cell] = MULTI
                several += 1
    return several


@kernel
def number_several(cells, number, starts, marked):
    """Number the cells with several covering zones after those with edges."""
    for cell in range(len(cells)):
        if cells[cell] == MULTI:
            marked[number] = cell
            starts[number + 1] = starts[number]
            number += 1
            cells[cell] = -number


@kernel
def list_holders(spans, piece_zone, blocks_wide, directory, cells, cursor, holders):
    """Count (empty ``holders``) or list the zones that hold each numbered cell's reference."""
    for k in range(len(spans)):
        zone = piece_zone[spans[k, 0]]
        row = spans[k, 1]
        for column in range(spans[k, 2], spans[k, 3] + 1):
            block = directory[(row >> SHIFT) * blocks_wide + (column >> SHIFT)]
            m = -cells[(block << 12) | ((row & MASK) << SHIFT) | (column & MASK)] - 1
            if m >= 0:
                if len(holders):
                    holders[cursor[m]] = zone
                cursor[m] += 1


@kernel
def _clip(a_u, a_v, b_u, b_v):
    """The part of an edge within CLIP of the reference point (Liang and Barsky 1984)."""
    enter, leave = 0.0, 1.0
    for axis in range(2):
        start, step = (a_u, b_u - a_u) if axis == 0 else (a_v, b_v - a_v)
        if step == 0.0:
            continue
        first, last = (-CLIP - start) / step, (CLIP - start) / step
        if first > last:
            first, last = last, first
        enter, leave = max(enter, first), min(leave, last)
    d_u, d_v = b_u - a_u, b_v - a_v
    end_u, end_v = b_u, b_v
    if leave < 1.0:
        end_u, end_v = a_u + leave * d_u, a_v + leave * d_v
    if enter > 0.0:
        a_u, a_v = a_u + enter * d_u, a_v + enter * d_v
    return a_u, a_v, end_u, end_v


@kernel
def write_records(
    u, v, vertex_zone, soft, starts, incident, marked, place, blocks_wide,
    holder_start, holders, first, last, sizes, offsets, blob,
):  # fmt: skip
    """Size (empty ``blob``) or write the records of the mixed cells ``first`` to ``last``.

    A record is: number of edges | number of zones << 16; bits of the zones that hold the reference
    point; the zones, ascending; per edge the bits of its zones, then its ends as float32.
    An edge that two zones share is kept once. 0xFFFF edges means: always ask GEOS.
    """
    real = blob.view(np.float32)
    zones = np.empty(MAX_SLOTS, np.int64)
    edges = np.empty(MAX_EDGES, np.int64)
    bits = np.empty(MAX_EDGES, np.uint32)
    for m in range(first, last):
        slots, kept, exact = 0, 0, False
        # The zones, from edges and from holders, each list ascending.
        e, h = starts[m], holder_start[m]
        while (e < starts[m + 1] or h < holder_start[m + 1]) and not exact:
            zone = np.int64(2**62)
            if e < starts[m + 1]:
                zone = vertex_zone[incident[e]]
            if h < holder_start[m + 1]:
                zone = min(zone, holders[h])
            if slots == MAX_SLOTS:
                exact = True
                break
            zones[slots] = zone
            slots += 1
            while e < starts[m + 1] and vertex_zone[incident[e]] == zone:
                if soft[zone]:
                    exact = True
                e += 1
            while h < holder_start[m + 1] and holders[h] == zone:
                h += 1
        if not exact:
            slot = 0
            for e in range(starts[m], starts[m + 1]):
                i = incident[e]
                while zones[slot] != vertex_zone[i]:
                    slot += 1
                same = -1
                for k in range(max(0, kept - 64), kept):
                    j = edges[k]
                    if (
                        u[j] == u[i + 1] and v[j] == v[i + 1]
                        and u[j + 1] == u[i] and v[j + 1] == v[i]
                    ) or (
                        u[j] == u[i] and v[j] == v[i]
                        and u[j + 1] == u[i + 1] and v[j + 1] == v[i + 1]
                    ):  # fmt: skip
                        same = k
                        break
                if same >= 0:
                    bits[same] ^= np.uint32(1) << np.uint32(slot)
                elif kept == MAX_EDGES:
                    exact = True
                    break
                else:
                    edges[kept] = i
                    bits[kept] = np.uint32(1) << np.uint32(slot)
                    kept += 1
        if exact:
            slots, kept = 0, 0
        if len(blob) == 0:
            sizes[m] = 2 + slots + 5 * kept
            continue
        at = offsets[m]
        cell = marked[m]
        block = place[cell >> 12]
        ref_u = ((block % blocks_wide) << SHIFT) + (cell & MASK) + REF_U
        ref_v = ((block // blocks_wide) << SHIFT) + ((cell >> SHIFT) & MASK) + REF_V
        inside = np.uint32(0)
        slot = 0
        if not exact:
            for h in range(holder_start[m], holder_start[m + 1]):
                while zones[slot] != holders[h]:
                    slot += 1
                inside |= np.uint32(1) << np.uint32(slot)
        blob[at] = (0xFFFF if exact else kept) | (slots << 16)
        blob[at + 1] = np.int32(inside)
        for slot in range(slots):
            blob[at + 2 + slot] = zones[slot]
        at += 2 + slots
        for k in range(kept):
            i = edges[k]
            a_u, a_v, b_u, b_v = _clip(
                u[i] - ref_u, v[i] - ref_v, u[i + 1] - ref_u, v[i + 1] - ref_v
            )
            blob[at] = np.int32(bits[k])
            real[at + 1], real[at + 2] = a_u, a_v
            real[at + 3], real[at + 4] = b_u, b_v
            at += 5


@kernel
def point_at_records(cells, offsets):
    """Replace the number of each mixed cell by where its record stands, as ``-(offset + 1)``."""
    for cell in range(len(cells)):
        if cells[cell] < 0:
            cells[cell] = -offsets[-cells[cell] - 1] - 1
