"""`locate` on many points from Parquet, all zones in one pass, against reading the same file.

Points are drawn at random over the mainland's box; zones are the QPV of 2024 and the communes.

    python -m benchmarks.bench_locate [--points 26000000] [--data FOLDER]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]

READ = """
import sys, time, resource
import pyarrow.parquet as pq
start = time.perf_counter()
rows = sum(batch.num_rows for batch in pq.ParquetFile(sys.argv[1]).iter_batches(262144))
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, rows)
"""

LOCATE = """
import sys, time, resource
from pathlib import Path
import geopandas as gpd
from geo_service.locating import locate_file
zones = {name: gpd.read_parquet(path) for name, path in
         (("qpv_2024", sys.argv[3]), ("communes", sys.argv[4]))}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
start = time.perf_counter()
counted = locate_file(sys.argv[1], sys.argv[2], zones)
print(time.perf_counter() - start,
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, counted["in_communes"], before)
"""


def write_points(path: Path, count: int) -> None:
    rng = np.random.default_rng(26)
    with pq.ParquetWriter(path, pa.schema([("lon", pa.float64()), ("lat", pa.float64())])) as out:
        for start in range(0, count, 1_000_000):
            size = min(1_000_000, count - start)
            lon, lat = rng.uniform(-5.2, 9.6, size), rng.uniform(41.3, 51.2, size)
            out.write_table(pa.table({"lon": lon, "lat": lat}))


def run(script: str, *arguments: object) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
    )
    return [float(word) for word in done.stdout.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=26_000_000)
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("GEO_SERVICE_REAL_DATA") or ROOT.parent / "shared" / "data"),
    )
    options = parser.parse_args()
    from geo_service.sources import qpv, territories

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["GEO_SERVICE_CACHE"] = str(folder / "cache")
        zones = qpv.read(options.data / "qpv" / "qpv2024_simplified.geojson.gz").table
        communes = territories.read(
            options.data / "communes" / "communes_cog2024_simplifie.parquet"
        ).table
        zones.to_parquet(folder / "qpv.parquet")
        communes.to_parquet(folder / "communes.parquet")
        print("| points | reading s | locate s | points/s | peak MB | MB before |")
        print("|---|---|---|---|---|---|")
        # The first run builds the tables of the index; the others load them.
        for count in (100_000, options.points // 10, options.points):
            points = folder / "points.parquet"
            write_points(points, count)
            read = run(READ, points)
            located = run(
                LOCATE,
                points,
                folder / "out.parquet",
                folder / "qpv.parquet",
                folder / "communes.parquet",
            )
            print(
                f"| {count:,} | {read[0]:.2f} | {located[0]:.2f} | {count / located[0]:,.0f} "
                f"| {located[1]:.0f} | {located[3]:.0f} |"
            )


if __name__ == "__main__":
    main()
