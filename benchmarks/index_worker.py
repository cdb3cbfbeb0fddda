"""One measurement in a process of its own, printed as one line of JSON.

python -m benchmarks.index_worker join ENGINE CASE FOLDER
python -m benchmarks.index_worker stream CASE FOLDER
python -m benchmarks.index_worker whole ENGINE ZONES POINTS ROWS CACHE
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq

from .index_cases import CASES, Case, points_file

_ENOUGH_SECONDS = 5.0


def digest(points: np.ndarray, zones: np.ndarray) -> str:
    """Number of pairs and two sums of their mixed bits: equal for equal sets, in any order."""
    with np.errstate(over="ignore"):
        key = points.astype(np.uint64) * np.uint64(1 << 20) + zones.astype(np.uint64)
        key += np.uint64(0x9E3779B97F4A7C15)
        key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        key ^= key >> np.uint64(31)
        sums = int(key.sum(dtype=np.uint64)), int((key * key).sum(dtype=np.uint64))
    return f"{len(points)}-{sums[0]:016x}-{sums[1]:016x}"


def peak_mb() -> float:
    """Largest resident memory of this program so far, in MB (10^6 bytes).

    Linux hands ``ru_maxrss`` of the parent on to what it starts: the high-water mark does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(s for s in status.read_text().splitlines() if s.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def join(engine: str, case: Case, folder: Path) -> dict[str, Any]:
    """Warm time of one join, the best of up to five, and a digest of its answers."""
    from .index_engines import ENGINES

    zones = gpd.read_parquet(folder / f"{case.zones}.parquet")
    table = pq.read_table(points_file(Path(), folder, case))
    x, y = table["x"].to_numpy(), table["y"].to_numpy()
    try:
        ask, pairs = ENGINES[engine](case, zones, x, y)
    except (ImportError, NotImplementedError) as why:
        return {"missing": str(why) or type(why).__name__}
    seconds: list[float] = []
    found = None
    while len(seconds) < 5 and sum(seconds) < _ENOUGH_SECONDS:
        began = time.perf_counter()
        found = ask()
        seconds.append(time.perf_counter() - began)
    if len(seconds) > 1:
        seconds = seconds[1:]  # the first is the warm-up
    return {"seconds": min(seconds), "runs": len(seconds), "answers": digest(*pairs(found))}


def stream(case: Case, folder: Path) -> dict[str, Any]:
    """Points from Parquet, row group by row group, one label each: time and peak memory."""
    from geo_service.engine import SpatialIndex

    index = SpatialIndex(gpd.read_parquet(folder / f"{case.zones}.parquet"), method="table")
    index.locate([0.0], [0.0])
    before = peak_mb()
    began = time.perf_counter()
    inside = 0
    # Read ahead, pyarrow would keep the whole file in memory.
    file = pq.ParquetFile(points_file(Path(), folder, case), pre_buffer=False)
    for batch in file.iter_batches(1 << 17, columns=["x", "y"]):
        first, _ = index.locate(batch["x"].to_numpy(), batch["y"].to_numpy())
        inside += int((first >= 0).sum())
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "inside": inside, "peak_mb": peak_mb(), "before_mb": before}


def whole(engine: str, zones: str, points: str, rows: int) -> dict[str, Any]:
    """From arrays to pairs in a process that has done nothing yet, the index included."""
    from geo_service.engine import SpatialIndex

    frame = gpd.read_parquet(zones)
    table = pq.read_table(points).slice(0, rows)
    x, y = table["x"].to_numpy(), table["y"].to_numpy()
    # The first call of either imports modules: not what is measured. numba is not imported here.
    few = frame.iloc[:2]
    gpd.sjoin(gpd.GeoDataFrame(geometry=gpd.points_from_xy(x[:1], y[:1]), crs=frame.crs), few)
    SpatialIndex(few).query(x[:1], y[:1])
    began = time.perf_counter()
    if engine == "geo_service":
        found = SpatialIndex(frame).query(x, y)
        seconds = time.perf_counter() - began
    else:
        made = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=frame.crs)
        joined = gpd.sjoin(made, frame)
        seconds = time.perf_counter() - began
        found = joined.index.to_numpy(), joined["zone"].to_numpy()
    return {"seconds": seconds, "answers": digest(*found)}


def main(arguments: list[str]) -> None:
    """Run one measurement named on the command line."""
    kind, *rest = arguments
    named = {case.name: case for case in CASES}
    if kind == "join":
        answer = join(rest[0], named[rest[1]], Path(rest[2]))
    elif kind == "stream":
        answer = stream(named[rest[0]], Path(rest[1]))
    else:
        answer = whole(rest[0], rest[1], rest[2], int(rest[3]))
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
