"""The spatial index against what a user would pick instead, in one run, on equal answers.

    python -m benchmarks.bench_index [--data FOLDER] [--only TEXT] [--skip-whole] [--json FILE]

Needs the ``bench`` extra and, for PostGIS, the binaries of PostgreSQL with PostGIS.
"""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

import click

from .index_cases import CASES, Case, points_file, write_data
from .index_engines import ENGINES, REQUIRED
from .postgis_server import postgis_server

ROOT = Path(__file__).resolve().parents[1]
SIZES = (1, 10, 100, 1000, 10_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
PACKAGES = ("numpy", "shapely", "geopandas", "numba", "sedonadb", "duckdb", "polars-st", "scipy")


def measure(*arguments: str, environment: dict[str, str], limit: float) -> dict[str, Any]:
    """Run one worker process; an engine that fails or takes too long is reported, not hidden."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.index_worker", *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"missing": f"more than {limit:.0f} s"}
    if done.returncode:
        return {"missing": (done.stderr.strip().splitlines() or ["failed"])[-1][:200]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def bench_joins(
    cases: list[Case], folder: Path, environment: dict[str, str], limit: float
) -> list[dict[str, Any]]:
    """Every case with every engine."""
    results = []
    for case in cases:
        engines = {}
        for engine in ENGINES:
            if engine == "scipy cKDTree" and not case.nearest:
                continue
            engines[engine] = measure(
                "join", engine, case.name, str(folder), environment=environment, limit=limit
            )
            click.echo(f"  {case.name}: {engine}: {engines[engine]}", err=True)
        result: dict[str, Any] = {"case": case.name, "target": case.target, "engines": engines}
        # Nearest has ties that engines break in their own ways: pairs are not compared there.
        answers = {e["answers"] for e in engines.values() if "answers" in e}
        result["equal_answers"] = None if case.nearest else len(answers) == 1
        result["lacking"] = [name for name in REQUIRED if "seconds" not in engines[name]]
        rivals = {
            n: e["seconds"] for n, e in engines.items() if n != "geo_service" and "seconds" in e
        }
        ours = engines["geo_service"].get("seconds")
        if ours and not result["lacking"] and result["equal_answers"] is not False:
            fastest = min(rivals, key=lambda name: rivals[name])
            result["fastest_rival"], result["times"] = fastest, rivals[fastest] / ours
        if case.peak_mb:
            result["stream"] = measure(
                "stream", case.name, str(folder), environment=environment, limit=limit
            )
            result["peak_limit_mb"] = case.peak_mb
        results.append(result)
    return results


def bench_whole(
    real_data: Path, folder: Path, environment: dict[str, str], limit: float
) -> list[dict[str, Any]]:
    """From zones and points to pairs, index included, in fresh processes."""
    results = []
    for layer, rows in (("qpv", 10_000_000), ("communes", 10_000_000)):
        case = next(c for c in CASES if c.zones == layer and c.rows == rows)
        points = points_file(real_data, folder, case)
        arguments = (str(folder / f"{layer}.parquet"), str(points))
        for size in SIZES:
            runs = 3 if size <= 1_000_000 else 1
            row: dict[str, Any] = {"layer": layer, "points": size}
            for name, engine in (
                ("sjoin", "geopandas.sjoin"),
                ("built", "geo_service"),
                ("loaded", "geo_service"),
            ):
                taken = []
                for run in range(runs):
                    # "built" starts from an empty cache, "loaded" from one that holds the table.
                    cache = folder / "cache" if name == "loaded" else folder / f"no_{size}_{run}"
                    answer = measure(
                        "whole", engine, *arguments, str(size),
                        environment={**environment, "GEO_SERVICE_CACHE": str(cache)}, limit=limit,
                    )  # fmt: skip
                    taken.append(answer.get("seconds", float("nan")))
                    row.setdefault("answers", set()).add(answer.get("answers"))
                row[name] = min(taken)
            row["equal_answers"] = len(row.pop("answers")) == 1
            results.append(row)
            click.echo(f"  {row}", err=True)
    return results


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        model = next((s.split(":")[1].strip() for s in lines if s.startswith("model name")), "")
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "absent"
    return {
        "processor": model or platform.processor(),
        "processors": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
        "packages": versions,
    }


def report(joins: list[dict[str, Any]], wholes: list[dict[str, Any]], where: dict[str, Any]) -> str:
    """The figures as Markdown."""
    engines = [name for name in ENGINES if name != "geo_service"]
    lines = [
        f"{where['processors']} × {where['processor']}, {where['memory_gb']} GB, "
        f"{where['system']}, Python {where['python']}; "
        + ", ".join(f"{name} {version}" for name, version in where["packages"].items())
        + f"; load {where['load']:.1f}.",
        "",
        "| work | geo_service | " + " | ".join(engines) + " | times the fastest | to reach |",
        "|---|" + "---|" * (len(engines) + 3),
    ]
    for row in joins:
        cells = [row["engines"].get(name, {}) for name in ("geo_service", *engines)]
        shown = [f"{cell['seconds']:.3f} s" if "seconds" in cell else "–" for cell in cells]
        if row["lacking"]:
            verdict = "no figure without " + ", ".join(row["lacking"])
        elif row["equal_answers"] is False:
            verdict = "no figure: answers differ"
        else:
            verdict = f"**{row['times']:.1f} ×** ({row['fastest_rival']})"
        target = f"≥ {row['target']:g} ×" if row["target"] else ""
        lines.append(f"| {row['case']} | " + " | ".join(shown) + f" | {verdict} | {target} |")
    streams = [row for row in joins if "stream" in row]
    if streams:
        lines += ["", "| streamed from Parquet | time | peak memory | limit |", "|---|---|---|---|"]
    for row in streams:
        s = row["stream"]
        if "seconds" in s:
            lines.append(
                f"| {row['case']} | {s['seconds']:.2f} s | {s['peak_mb']:.0f} MB "
                f"| {row['peak_limit_mb']} MB |"
            )
    if wholes:
        lines += [
            "",
            "From zones and points in memory to pairs, index included, each in a fresh process:",
            "",
            "| layer | points | sjoin | geo_service, table in cache | geo_service, empty cache |",
            "|---|---|---|---|---|",
        ]
    for row in wholes:
        times = [f"{row[name] * 1e3:,.1f} ms" for name in ("sjoin", "loaded", "built")]
        lines.append(f"| {row['layer']} | {row['points']:,} | " + " | ".join(times) + " |")
    return "\n".join(lines)


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=lambda: Path(os.environ.get("GEO_SERVICE_REAL_DATA") or ROOT.parent / "shared/data"),
    help="Folder of the real files [GEO_SERVICE_REAL_DATA].",
)
@click.option("--only", default="", help="Only the cases whose name contains this text.")
@click.option("--skip-whole", is_flag=True, help="Leave out the end-to-end comparison.")
@click.option("--skip-joins", is_flag=True, help="Leave out the comparison of joins.")
@click.option("--limit", default=900.0, help="Seconds after which an engine is given up.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write figures here.")
def main(
    data: Path, only: str, skip_whole: bool, skip_joins: bool, limit: float, json_file: Path | None
) -> None:
    """Compare the spatial index with other engines; print Markdown."""
    # Stopped from outside, it still stops the server and removes its files.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    cases = [case for case in CASES if only in case.name]
    where = machine()
    with tempfile.TemporaryDirectory(prefix="bench_index_") as name, postgis_server() as dsn:
        folder = Path(name)
        wanted = [] if skip_joins else cases
        wholes_need = [] if skip_whole else [c for c in CASES if c.peak_mb]
        write_data(data, folder, [*wanted, *wholes_need])
        environment = {
            "GEO_SERVICE_CACHE": str(folder / "cache"),
            **({"BENCH_POSTGIS": dsn} if dsn else {}),
        }
        joins = [] if skip_joins else bench_joins(cases, folder, environment, limit)
        wholes = [] if skip_whole else bench_whole(data, folder, environment, limit)
    click.echo(report(joins, wholes, where))
    if json_file:
        json_file.write_text(
            json.dumps({"machine": where, "joins": joins, "whole": wholes}, indent=1)
        )


if __name__ == "__main__":
    main()
