"""The spatial index of a GeoPackage layer, packed at once.

SQLite fills an R*Tree row by row, which takes longer than writing the rows themselves. Here boxes
are packed sort-tile-recursive (Leutenegger, López and Edgington, 1997) and the nodes written as the
tables behind the index hold them: https://www.sqlite.org/rtree.html#shadow_tables.
"""

from __future__ import annotations

import sqlite3

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_CELL = np.dtype([("id", ">i8"), ("box", ">f4", (4,))])
"""A rowid or the number of a node, then minx, maxx, miny, maxy."""
_HEAD = np.dtype([("depth", ">i2"), ("cells", ">i2")])


def fill(db: sqlite3.Connection, tree: str, keys: Ints, bounds: Floats) -> None:
    """Fill an empty R*Tree.

    Parameters
    ----------
    tree
        Name of the virtual table, of two dimensions.
    keys : (n,)
        Row numbers.
    bounds : (n, 4)
        West, south, east, north of each, all finite.
    """
    if not len(keys):
        return
    try:
        _pack(db, tree, keys, bounds)
    except sqlite3.OperationalError:
        # An SQLite that guards the tables behind an index ("defensive") takes rows only.
        west, south, east, north = bounds.T.tolist()
        db.executemany(
            f"INSERT INTO {_quote(tree)} VALUES (?,?,?,?,?)",  # noqa: S608 - names of ours, quoted; values are bound
            zip(keys.tolist(), west, east, south, north, strict=True),
        )


def _pack(db: sqlite3.Connection, tree: str, keys: Ints, bounds: Floats) -> None:
    nodes, parents, rows = (_quote(f"{tree}_{part}") for part in ("node", "parent", "rowid"))
    size = db.execute(f"SELECT length(data) FROM {nodes} WHERE nodeno = 1").fetchone()[0]  # noqa: S608 - names of ours, quoted; values are bound
    room = (size - _HEAD.itemsize) // _CELL.itemsize
    ids, boxes, below, depth = keys, _rounded_out(bounds), rows, 0
    following = 2  # the root is node 1
    while True:
        order = _tiled(boxes, room)
        ids, boxes = ids[order], boxes[order]
        starts = np.arange(0, len(ids), room)
        top = len(starts) == 1
        numbers = np.array([1]) if top else following + np.arange(len(starts))
        following += len(starts)
        cells = np.diff(np.append(starts, len(ids)))
        children = zip(ids.tolist(), np.repeat(numbers, cells).tolist(), strict=True)
        db.executemany(f"INSERT INTO {below} VALUES (?,?)", children)  # noqa: S608 - names of ours, quoted; values are bound
        packed = _written(ids, boxes, cells, size, depth if top else 0)
        db.executemany(
            f"INSERT OR REPLACE INTO {nodes} VALUES (?,?)",  # noqa: S608 - names of ours, quoted; values are bound
            zip(numbers.tolist(), packed, strict=True),
        )
        if top:
            return
        low = np.minimum.reduceat(boxes[:, ::2], starts)
        high = np.maximum.reduceat(boxes[:, 1::2], starts)
        boxes = np.stack([low, high], axis=2).reshape(-1, 4)
        ids, below, depth = numbers, parents, depth + 1


def _rounded_out(bounds: Floats) -> npt.NDArray[np.float32]:
    """minx, maxx, miny, maxy in the 32 bits of the index, never smaller than the shape."""
    exact = bounds[:, [0, 2, 1, 3]]
    near = exact.astype(np.float32)
    low = np.where(near > exact, np.nextafter(near, np.float32(-np.inf)), near)
    high = np.where(near < exact, np.nextafter(near, np.float32(np.inf)), near)
    rounded = np.where([True, False, True, False], low, high)
    return np.asarray(rounded, dtype=np.float32)


def _tiled(boxes: npt.NDArray[np.float32], room: int) -> Ints:
    """Order in which neighbours stand together: slices from west to east, each northwards."""
    x, y = boxes[:, 0] + boxes[:, 1], boxes[:, 2] + boxes[:, 3]
    slices = int(np.ceil(np.sqrt(np.ceil(len(boxes) / room))))
    rank = np.empty(len(boxes), dtype=np.int64)
    rank[np.argsort(x, kind="stable")] = np.arange(len(boxes))
    return np.lexsort((y, rank // (slices * room)))


def _written(
    ids: Ints, boxes: npt.NDArray[np.float32], cells: Ints, size: int, depth: int
) -> list[bytes]:
    content = np.empty(len(ids), dtype=_CELL)
    content["id"], content["box"] = ids, boxes
    heads = np.zeros(len(cells), dtype=_HEAD)
    heads["cells"] = cells
    heads["depth"][0] = depth  # of the root, the only node of its level
    body, width = content.tobytes(), _CELL.itemsize
    ends = np.cumsum(cells) * width
    return [
        (head.tobytes() + body[end - count * width : end]).ljust(size, b"\0")
        for head, end, count in zip(heads, ends.tolist(), cells.tolist(), strict=True)
    ]


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
