"""What the benchmarks of the web service share: a national result, servers, the machine's facts."""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import os
import platform
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
_PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024
_VERSIONS = ("flask", "werkzeug", "gunicorn", "brotli", "shapely", "pyproj", "numpy")
STUDY = """\
name = "Banc d'essai : France"
territory = "france"
as_of = 2026-01-31
quartier_vecu = [300]
"""
SOURCES = (
    ("finess", "", "finess/etablissements_occitanie_2026.csv.gz"),
    ("qpv", "qpv-2024", "qpv/qpv2024_simplified.geojson.gz"),
    ("territories", "communes", "communes/communes_cog2024_simplifie.parquet"),
    ("territories", "departements", "admin/geo/departements-avec-outre-mer.geojson.gz"),
    ("territories", "regions", "admin/geo/regions-avec-outre-mer.geojson.gz"),
    ("territories", "cog-communes", "admin/cog2024/communes.csv.gz"),
    ("population", "qpv-population", "qpv/qpv2024_indicateurs_insee.csv"),
)
"""Every QPV and commune of France, and the structures of the one region whose file is there."""


def settings(description: str | None, seconds: int) -> argparse.ArgumentParser:
    """The options that every benchmark of the service takes."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--result", type=Path, help="national result; made there if absent")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("GEO_SERVICE_REAL_DATA") or ROOT.parent / "shared" / "data"),
    )
    parser.add_argument("--seconds", type=int, default=seconds)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--json", type=Path, help="file for the figures")
    return parser


def national(options: argparse.Namespace, folder: Path) -> Path:
    """The result to serve: the one that is given, or a new one (under a minute)."""
    path: Path = options.result or folder / "national.gpkg"
    if not path.exists():
        study = folder / "national.toml"
        lines = [STUDY, f"folder = {json.dumps(str(options.data.resolve()))}\n"]
        for kind, name, file in SOURCES:
            lines.append(f'\n[[sources]]\nkind = "{kind}"\npath = "{file}"\n')
            lines.append(f'id = "{name}"\n' if name else "")
        study.write_text("".join(lines), encoding="utf-8")
        print(f"building {path} ...", file=sys.stderr, flush=True)
        program = str(Path(sys.executable).with_name("geo-service"))
        subprocess.run([program, "build", str(study), "--out", str(path)], check=True)
    return path


class Server(NamedTuple):
    """A running gunicorn."""

    address: str
    process: subprocess.Popen[bytes]

    def workers(self) -> list[int]:
        """Its worker processes."""
        told = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(one) for one in told.read_text().split()]

    def memory(self) -> dict[int, float]:
        """Resident megabytes of each worker."""
        return {
            pid: int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_KB / 1024
            for pid in self.workers()
        }

    def spent(self) -> float:
        """Seconds of CPU of all workers so far."""
        ticks = 0
        for pid in self.workers():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def settle(self) -> None:
        """Wait until the workers have made what they make beside the first requests."""
        before = self.spent()
        while True:
            time.sleep(2)
            now = self.spent()
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended: {self.process.returncode}")
            if now - before < 0.04:
                return
            before = now


@contextlib.contextmanager
def service(result: Path, options: argparse.Namespace, log: Path) -> Iterator[Server]:
    """``geo-service serve`` without limits of rate."""
    port = _free_port()
    program = str(Path(sys.executable).with_name("geo-service"))
    command = [program, "serve", str(result), "--port", str(port)]
    environment = {
        "GEO_SERVICE_RATE": "off",
        "GEO_SERVICE_HEAVY_RATE": "off",
        "GEO_SERVICE_WORKERS": str(options.workers),
        "GEO_SERVICE_THREADS": str(options.threads),
    }
    with _running(command, port, "/healthz", environment, log) as server:
        yield server


@contextlib.contextmanager
def baseline(application: str, options: argparse.Namespace, log: Path) -> Iterator[Server]:
    """Another application under gunicorn with the settings of the service."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", application]
    command += ["-w", str(options.workers), "--threads", str(options.threads), "-k", "gthread"]
    command += ["--keep-alive", "5", "--timeout", "60", "--log-level", "warning"]
    with _running(command, port, "/ready", {}, log) as server:
        yield server


@contextlib.contextmanager
def _running(
    command: list[str], port: int, ready: str, environment: dict[str, str], log: Path
) -> Iterator[Server]:
    with log.open("ab") as written:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=written,
            stderr=written,
        )
    server = Server(f"http://127.0.0.1:{port}", process)
    try:
        end = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(server.address + ready, timeout=5).read()
                break
            except (urllib.error.URLError, OSError):
                if process.poll() is not None or time.monotonic() > end:
                    raise SystemExit(f"{command}: no answer\n{log.read_text()}") from None
                time.sleep(0.2)
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def circumstances(result: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Where and with what it is measured."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return {
        "date": time.strftime("%Y-%m-%d"),
        "processor": f"{len(os.sched_getaffinity(0))} × {cpu}",
        "load": round(os.getloadavg()[0], 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in _VERSIONS},
        "server": f"gunicorn, gthread, {options.workers} workers × {options.threads} threads",
        "connections": options.connections,
        "rate limits": "off",
        "result": f"{result.name}, {result.stat().st_size / 1e6:.0f} MB",
    }


def told(facts: dict[str, Any]) -> str:
    """The circumstances as one paragraph."""
    return "; ".join(f"{name} {value}" for name, value in facts.items())


__all__ = ["ROOT", "Server", "baseline", "circumstances", "national", "service", "settings", "told"]
