"""The numba kernels that answer: points in a cell table, nearest points in a bucket grid.

With ``kernels_build`` the only file that needs numba. Imported late, by the bulk paths only:
``import geo_service`` does not pay for it. Coordinates are in cell units throughout:
``u = (x - west) / cell``, ``v = (y - south) / cell``.
All kernels release the GIL and are compiled once, into numba's cache.
"""

# mypy: allow-untyped-defs
# (numba infers the types; annotations would say less than the docstrings do)
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

# Where in a cell its reference point stands. Off the middle, so that zones drawn on a round grid do
# not put their edges through every reference point.
REF_U = 0.48711
REF_V = 0.51847
# Edges are kept clipped to this far from the reference point, so that float32 is enough.
CLIP = 1.0
# Error bounds of orientation signs, from float32 operands of at most CLIP and float32 arithmetic:
# 45 * 2**-24 and 7 * 2**-24 by forward analysis, doubled and rounded up.
DOUBT_EDGE = np.float32(128 * 2.0**-24)
DOUBT_RAY = np.float32(16 * 2.0**-24)
# Labels: a zone, or one of these.
NONE, DOUBT, SEVERAL = -1, -2, -3
MAX_SLOTS = 32
PASS = 4096
OUT = np.uint32(0xFFFFFFFF)
SHIFT, MASK = 6, 63


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile without the GIL, kept in numba's cache folder where there is one."""
    try:
        compiled: Callable[..., Any] = njit(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder to cache in: compile in memory
        compiled = njit(nogil=True)(function)
    return compiled


@kernel
def label(x, y, west, south, scale, columns, rows, blocks_wide, directory, cells, blob,
          paired, labels, more):  # fmt: skip
    """Label each point: a zone, NONE, DOUBT or SEVERAL.

    In a ``paired`` table zone ``2 z + 1`` lies within zone ``2 z``, which it then stands for.
    The zones of points with SEVERAL follow each other in ``more``, as count then zones. Returns
    (points labelled, pairs, length used of ``more``, doubts); fewer points when ``more`` is full.
    The last value is there for the compiler: it must not drop the early reads.
    """
    real = blob.view(np.float32)
    cell = np.empty(PASS, np.uint32)
    block = np.empty(PASS, np.uint32)
    off_u = np.empty(PASS, np.float32)
    off_v = np.empty(PASS, np.float32)
    code = np.empty(PASS, np.int32)
    mixed = np.empty(PASS, np.int32)
    pairs, used, doubts, warmed = 0, 0, 0, 0
    n = len(x)
    wide = np.uint32(blocks_wide)
    for begin in range(0, n, PASS):
        m = min(PASS, n - begin)
        part_x, part_y, part = x[begin : begin + m], y[begin : begin + m], labels[begin : begin + m]
        # Three plain loops without branches, which the compiler turns into vector code and whose
        # memory reads the processor overlaps: this is where most points end.
        for k in range(m):
            u, v = (part_x[k] - west) * scale, (part_y[k] - south) * scale
            within = (u >= 0.0) & (v >= 0.0) & (u < columns) & (v < rows)
            u = u if within else 0.0
            v = v if within else 0.0
            column, row = np.int32(u), np.int32(v)
            off_u[k] = u - (column + REF_U)
            off_v[k] = v - (row + REF_V)
            block[k] = np.uint32((row >> SHIFT) * wide + (column >> SHIFT))
            local = np.uint32(((row & MASK) << SHIFT) | (column & MASK))
            cell[k] = local if within else OUT
        for k in range(m):
            local = cell[k]
            at_cell = (np.uint32(directory[block[k]]) << np.uint32(12)) | local
            code[k] = cells[at_cell if local != OUT else np.uint32(0)]
        waiting = 0
        for k in range(m):
            found = code[k]
            part[k] = found - 1
            mixed[waiting] = k
            waiting += found < 0
            pairs += found > 0
        # Reading a word of each record here lets their cache misses overlap.
        for w in range(waiting):
            at = -np.int64(code[mixed[w]]) - 1
            warmed += blob[at] ^ blob[at + 16]
        for w in range(waiting):
            k = mixed[w]
            at = -np.int64(code[k]) - 1
            head = blob[at]
            kept, slots = head & 0xFFFF, head >> 16
            inside = blob[at + 1]
            first = at + 2
            p_u, p_v = off_u[k], off_v[k]
            doubt = kept == 0xFFFF
            edge = first + slots
            if doubt:
                kept = 0
            for _ in range(kept):
                a_u, a_v = real[edge + 1], real[edge + 2]
                b_u, b_v = real[edge + 3], real[edge + 4]
                side_a = p_u * a_v - p_v * a_u
                side_b = p_u * b_v - p_v * b_u
                # Is (a, b) beside the way from the reference to the point, for certain?
                if max(side_a, side_b) >= -DOUBT_RAY and min(side_a, side_b) <= DOUBT_RAY:
                    of_ref = a_u * b_v - a_v * b_u
                    of_point = (b_u - a_u) * (p_v - a_v) - (b_v - a_v) * (p_u - a_u)
                    # Or are both ends of the way on one side of it, for certain?
                    if max(of_ref, of_point) >= -DOUBT_EDGE and min(of_ref, of_point) <= DOUBT_EDGE:
                        sure = (
                            min(abs(of_ref), abs(of_point)) > DOUBT_EDGE
                            and min(abs(side_a), abs(side_b)) > DOUBT_RAY
                        )
                        if not sure:
                            doubt = True
                            break
                        inside ^= blob[edge]
                edge += 5
            if doubt:
                part[k] = DOUBT
                doubts += 1
                continue
            if paired:
                for slot in range(1, slots):
                    if (inside >> slot) & 1 and blob[first + slot] & 1:
                        inside &= ~(1 << (slot - 1))
            if inside == 0:
                part[k] = NONE
            elif inside & (inside - 1) == 0:
                slot = 0
                while not (inside >> slot) & 1:
                    slot += 1
                part[k] = blob[first + slot]
                pairs += 1
            else:
                if used + MAX_SLOTS + 1 > len(more):
                    for later in range(k, m):
                        pairs -= code[later] > 0
                    return begin + k, pairs, used, doubts, warmed
                count = 0
                for slot in range(slots):
                    if (inside >> slot) & 1:
                        count += 1
                        more[used + count] = blob[first + slot]
                more[used] = count
                used += count + 1
                pairs += count
                part[k] = SEVERAL
    return n, pairs, used, doubts, warmed


@kernel
def expand(labels, start, more, doubt_starts, doubt_zones, points, zones):
    """Write the pairs of labelled points; those in doubt take theirs from ``doubt_zones``."""
    at, used, doubts = 0, 0, 0
    for i in range(len(labels)):
        found = labels[i]
        if found >= 0:
            points[at] = start + i
            zones[at] = found
            at += 1
        elif found == SEVERAL:
            for k in range(more[used]):
                points[at] = start + i
                zones[at] = more[used + 1 + k]
                at += 1
            used += more[used] + 1
        elif found == DOUBT:
            for k in range(doubt_starts[doubts], doubt_starts[doubts + 1]):
                points[at] = start + i
                zones[at] = doubt_zones[k]
                at += 1
            doubts += 1
    return at


@kernel
def first_of(labels, more, doubt_starts, doubt_zones, count):
    """Turn SEVERAL and DOUBT into the first zone; count the zones of each point."""
    used, doubts = 0, 0
    for i in range(len(labels)):
        found = labels[i]
        count[i] = found >= 0
        if found == SEVERAL:
            count[i], labels[i] = more[used], more[used + 1]
            used += more[used] + 1
        elif found == DOUBT:
            begin, end = doubt_starts[doubts], doubt_starts[doubts + 1]
            count[i] = end - begin
            labels[i] = doubt_zones[begin] if end > begin else NONE
            doubts += 1


@kernel
def bucket_points(x, y, west, south, scale, wide, high, starts, order):
    """Sort points into buckets: ``order[starts[b]:starts[b + 1]]`` stand in bucket ``b``."""
    n = len(x)
    bucket = np.empty(n, np.int64)
    for i in range(n):
        column = min(int((x[i] - west) * scale), wide - 1)
        row = min(int((y[i] - south) * scale), high - 1)
        bucket[i] = row * wide + column
        starts[bucket[i] + 1] += 1
    for b in range(wide * high):
        starts[b + 1] += starts[b]
    cursor = starts[:-1].copy()
    for i in range(n):
        order[cursor[bucket[i]]] = i
        cursor[bucket[i]] += 1


@kernel
def nearest_points(x, y, west, south, scale, wide, high, starts, px, py, position,
                   found, metres):  # fmt: skip
    """The k nearest points of each of (x, y), in rings of buckets; ties by lower position.

    ``px``, ``py``, ``position`` are in bucket order. Rings stop when whatever lies beyond them is
    surely farther than the k-th found.
    """
    k = found.shape[1]
    size = 1.0 / scale
    best = np.empty(k, np.float64)
    who = np.empty(k, np.int64)
    for i in range(len(x)):
        if not (np.isfinite(x[i]) and np.isfinite(y[i])):
            continue
        column = int(min(max(np.floor((x[i] - west) * scale), 0.0), wide - 1.0))
        row = int(min(max(np.floor((y[i] - south) * scale), 0.0), high - 1.0))
        have = 0
        for ring in range(max(wide, high)):
            left, right = column - ring, column + ring
            low, top = row - ring, row + ring
            for r in range(max(low, 0), min(top, high - 1) + 1):
                edge = r in (low, top)
                step = 1 if edge or ring == 0 else 2 * ring
                for c in range(left, right + 1, step):
                    if c < 0 or c >= wide:
                        continue
                    for at in range(starts[r * wide + c], starts[r * wide + c + 1]):
                        d_x, d_y = px[at] - x[i], py[at] - y[i]
                        square = d_x * d_x + d_y * d_y
                        if have == k and (
                            square > best[k - 1]
                            or (square == best[k - 1] and position[at] > who[k - 1])
                        ):
                            continue
                        if have < k:
                            have += 1
                        j = have - 1
                        while j > 0 and (
                            best[j - 1] > square
                            or (best[j - 1] == square and who[j - 1] > position[at])
                        ):
                            best[j], who[j] = best[j - 1], who[j - 1]
                            j -= 1
                        best[j], who[j] = square, position[at]
            beyond = np.inf
            if left > 0:
                beyond = min(beyond, x[i] - (west + left * size))
            if right < wide - 1:
                beyond = min(beyond, west + (right + 1) * size - x[i])
            if low > 0:
                beyond = min(beyond, y[i] - (south + low * size))
            if top < high - 1:
                beyond = min(beyond, south + (top + 1) * size - y[i])
            if beyond == np.inf:
                break
            # To spare for the rounding of the buckets' sides.
            beyond -= 1e-6 * size
            if have == k and beyond > 0.0 and best[k - 1] < beyond * beyond * (1.0 - 1e-12):
                break
        for j in range(have):
            found[i, j], metres[i, j] = who[j], np.sqrt(best[j])
