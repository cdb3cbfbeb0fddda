"""`build` of Occitanie from the raw files, against merely reading the same files.

The same files are read with pandas, geopandas and pyogrio, as one would in a notebook, nothing else
done with them. Each run is a process of its own; imports are part of neither figure.

    python -m benchmarks.bench_build [--runs 5] [--data FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

READ = """
import sys, time, tomllib, pathlib
import geopandas as gpd, pandas as pd, pyogrio, pyarrow.parquet as pq
from geo_service.study import Study
study = Study.load(sys.argv[1])
start = time.perf_counter()
rows = 0
for spec in study.sources:
    path = spec.path
    name = path.name
    if name.endswith(".parquet"):
        # A table without shapes (APL) is none for geopandas.
        shaped = b"geo" in (pq.read_schema(path).metadata or {})
        rows += len(gpd.read_parquet(path) if shaped else pd.read_parquet(path))
    elif name.endswith(".geojson.gz"):
        rows += len(pyogrio.read_dataframe(f"/vsigzip/{path}"))
    elif name.endswith(".zip"):
        rows += len(pyogrio.read_dataframe(f"/vsizip/{path}/QPV.shp"))
    elif "finess" in str(path):
        rows += len(pd.read_csv(path, sep=";", dtype=str))
    else:
        rows += len(pd.read_csv(path, dtype=str))
print(time.perf_counter() - start, rows)
"""

BUILD = """
import sys, time, resource
from geo_service.study import Study, build
from geo_service.store import save_result
import geo_service.study.material, pandera.pandas, geopandas, pyogrio, openpyxl, pyarrow.parquet
from geo_service.core.contracts import Indicator, discover
from geo_service.study.building import INDICATORS_PACKAGE
from geo_service.study.material import known_sources
# The readers and the indicators are modules that are found, and imported, when first asked for.
known_sources(), discover(INDICATORS_PACKAGE, "INDICATOR", Indicator)
study = Study.load(sys.argv[1])
start = time.perf_counter()
result = build(study)
built = time.perf_counter()
save_result(result, sys.argv[2])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(time.perf_counter() - start, built - start, peak, len(result.indicators))
"""


def run(script: str, *arguments: str, data: Path) -> list[float]:
    environment = os.environ | {"GEO_SERVICE_REAL_DATA": str(data)}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return [float(word) for word in done.stdout.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("GEO_SERVICE_REAL_DATA") or ROOT.parent / "shared" / "data"),
    )
    options = parser.parse_args()
    study = str(ROOT / "studies" / "occitanie.toml")
    reads, builds = [], []
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "occitanie.gpkg")
        for _ in range(options.runs + 1):  # one warm-up each, then A B A B …
            reads.append(run(READ, study, data=options.data))
            builds.append(run(BUILD, study, out, data=options.data))
        size = Path(out).stat().st_size / 1e6
    reads, builds = reads[1:], builds[1:]
    ratios = [build[0] / read[0] for read, build in zip(reads, builds, strict=True)]
    print("| work | median s | min | max |")
    print("|---|---|---|---|")
    for name, values in (
        ("merely reading the files", [read[0] for read in reads]),
        ("build and save", [build[0] for build in builds]),
        ("of which build", [build[1] for build in builds]),
    ):
        print(
            f"| {name} | {statistics.median(values):.2f} | {min(values):.2f} | {max(values):.2f} |"
        )
    print(
        json.dumps(
            {
                "ratio_median": round(statistics.median(ratios), 2),
                "peak_mb": round(statistics.median(build[2] for build in builds)),
                "figures": int(builds[0][3]),
                "result_mb": round(size, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
