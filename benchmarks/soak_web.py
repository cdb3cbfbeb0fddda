"""Mixed load on the web service for ten minutes: no error, memory flat, no long tail.

16 connections ask without a pause for what visitors ask for: pages, fiches, data of the map,
figures of the API, look-ups (each another point), OGC items (each another box), static files,
downloads. The resident memory of every worker is read each second. The clock starts when the
workers have made what they make by themselves; the first fifth of the time fills the memory for
answers and is left out of the table.

    python -m benchmarks.soak_web [--result R.gpkg] [--seconds 600] [--json F]

The tail is judged for each kind of request (p99 ≤ 10 × p50), since a download of megabytes beside a
look-up of a kilobyte says nothing about either; over everything it is printed as well.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from benchmarks.bench_web import get, points
from benchmarks.web_servers import Server, circumstances, national, service, settings, told

WARM_UP = 0.2
"""Part of the time that fills the memory."""
FLAT = 1.05
"""Memory at the end at most, as a multiple of that after the warm-up."""
TAIL = 10
STAY = 100
"""Requests on one connection, on average: visitors come and go, so all workers get some."""
_SEED = 20260131
Ask = Callable[[], str]


def found(server: Server, path: str, pattern: str) -> list[str]:
    """What a page or an answer names, in order, once each."""
    text = get(server.address + path).body.decode()
    names = list(dict.fromkeys(name.replace("&amp;", "&") for name in re.findall(pattern, text)))
    assert names, path
    return names


def mix(server: Server) -> list[tuple[str, int, Ask]]:
    """Kinds of request with their weight, from what the pages themselves link to."""
    rng = random.Random(_SEED)
    linked = r'(?:href|src)="(/(?:static|polices|carte/fichiers)/[^"]+)"'
    static = found(server, "/", linked) + found(server, "/carte", linked)
    shapes = found(server, "/carte", r'"(/carte/donnees/[^"]+\.json[^"]*)"')
    territories = found(server, "/", r'"(/territoire/[^"?]+)"')
    qpv = found(server, "/api/v1/qpv?limit=300", r'"code": "(\w+)"')
    structures = found(server, "/api/v1/structures?limit=300", r'"finess": "(\w+)"')
    fiches = territories + [f"/qpv/{code}" for code in qpv[::5]]
    fiches += [f"/structure/{number}" for number in structures[::5]]
    figures = [
        f"/api/v1{path}/indicateurs".replace("/territoire/", "/territoires/")
        for path in territories
    ]
    figures += [f"/api/v1/territoires/qpv:{code}/indicateurs" for code in qpv[::5]]
    files = [
        "/telechargements/qpv_2024.geojson",
        "/telechargements/structures.csv",
        "/telechargements/structures.xlsx",
        "/telechargements/departements.fgb",
    ]
    asked = points(50_000)

    def boxed() -> str:
        west, south = rng.uniform(-2, 6), rng.uniform(43, 49)
        box = f"{west:.3f},{south:.3f},{west + 1:.3f},{south + 1:.3f}"
        return f"/ogc/collections/qpv_2024/items?limit=50&bbox={box}"

    return [
        ("home", 10, lambda: rng.choice(["/", "/?lang=en"])),
        ("fiche", 12, lambda: rng.choice(fiches)),
        ("map page", 5, lambda: "/carte"),
        ("map data", 10, lambda: rng.choice(shapes)),
        ("API figures", 12, lambda: rng.choice(figures)),
        ("one feature", 10, lambda: f"/api/v1/qpv/{rng.choice(qpv)}"),
        ("look-up", 15, lambda: f"/api/v1/localiser{rng.choice(asked)}"),
        ("OGC items", 10, boxed),
        ("static", 12, lambda: rng.choice(static)),
        ("download", 4, lambda: rng.choice(files)),
    ]


class Tally:
    """Seconds since the start and milliseconds of each answer by kind; what went wrong."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.took: dict[str, list[tuple[float, float]]] = {}
        self.bytes = 0
        self.errors: list[str] = []


async def visit(
    server: Server, kinds: list[tuple[str, int, Ask]], end: float, tally: Tally
) -> None:
    """One connection, asking again as soon as it is answered."""
    where = urlsplit(server.address)
    weights = [weight for _, weight, _ in kinds]
    rng = random.Random(id(asyncio.current_task()))
    reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=1 << 20)
    head = f"Host: {where.netloc}\r\nAccept-Encoding: br, gzip\r\nAccept-Language: fr\r\n\r\n"
    while time.monotonic() < end:
        kind, _, ask = rng.choices(kinds, weights)[0]
        path = ask()
        start = time.monotonic()
        try:
            writer.write(f"GET {path} HTTP/1.1\r\n{head}".encode())
            answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            size = re.search(r"content-length: (\d+)", answer)
            status = int(answer[9:12])
            if size is None:
                raise ValueError("no length")
            await reader.readexactly(int(size[1]))
        except (OSError, EOFError, ValueError) as error:
            tally.errors.append(f"{path}: {error!r}")
            writer.close()
            reader, writer = await asyncio.open_connection(
                where.hostname, where.port, limit=1 << 20
            )
            continue
        now = time.monotonic()
        if status != 200:
            tally.errors.append(f"{path}: {status}")
        tally.bytes += int(size[1])
        tally.took.setdefault(kind, []).append((start - tally.begun, 1000 * (now - start)))
        if "connection: close" in answer or rng.random() < 1 / STAY:
            writer.close()
            reader, writer = await asyncio.open_connection(
                where.hostname, where.port, limit=1 << 20
            )
    writer.close()


async def watch(server: Server, end: float, seen: list[tuple[float, dict[int, float]]]) -> None:
    """Memory of the workers each second."""
    begun = time.monotonic()
    while time.monotonic() < end:
        seen.append((time.monotonic() - begun, server.memory()))
        await asyncio.sleep(1)


async def soak(server: Server, options: Any) -> tuple[Tally, list[tuple[float, dict[int, float]]]]:
    """Everything at once, for as long as is asked."""
    kinds = mix(server)
    tally = Tally()
    seen: list[tuple[float, dict[int, float]]] = []
    end = tally.begun + options.seconds
    visits = [visit(server, kinds, end, tally) for _ in range(options.connections)]
    await asyncio.gather(watch(server, end, seen), *visits)
    return tally, seen


def tails(tally: Tally, since: float) -> dict[str, dict[str, float]]:
    """Count and percentiles, milliseconds, of each kind and of all, from a moment on."""
    by_kind = {
        kind: np.array([ms for begun, ms in took if begun >= since])
        for kind, took in tally.took.items()
    }
    by_kind["all"] = np.concatenate(list(by_kind.values()))
    return {
        kind: {
            "requests": len(took),
            "p50": float(np.percentile(took, 50)),
            "p99": float(np.percentile(took, 99)),
            "most": float(took.max()),
        }
        for kind, took in by_kind.items()
        if len(took)
    }


def report(
    facts: dict[str, Any],
    tally: Tally,
    seen: list[tuple[float, dict[int, float]]],
    options: Any,
) -> bool:
    """Print what happened, and write the figures; whether the aims are reached."""
    since = WARM_UP * options.seconds
    after = tails(tally, since)
    total = sum(len(took) for took in tally.took.values())
    print(told(facts) + f"; {options.seconds} s\n")
    print("| request | number | p50 ms | p99 ms | longest ms | p99 / p50 |")
    print("|---|---|---|---|---|---|")
    for kind, one in sorted(after.items(), key=lambda it: it[0] == "all"):
        print(
            f"| {kind} | {one['requests']:,} | {one['p50']:.1f} | {one['p99']:.1f} "
            f"| {one['most']:.0f} | {one['p99'] / one['p50']:.1f} |"
        )
    warm = next(memory for moment, memory in seen if moment >= since)
    last = seen[-1][1]
    most = {pid: max(memory.get(pid, 0.0) for _, memory in seen) for pid in warm}
    print(f"\n{total:,} answers, {tally.bytes / 1e9:.1f} GB, {len(tally.errors)} errors")
    for line in tally.errors[:10]:
        print(f"  {line}")
    for pid in warm:
        print(
            f"worker {pid}: {warm[pid]:.0f} MB after the warm-up, {last.get(pid, 0):.0f} MB at the "
            f"end, {most[pid]:.0f} MB at most"
        )
    flat = warm.keys() == last.keys() and all(last[pid] <= FLAT * warm[pid] for pid in warm)
    short = all(one["p99"] <= TAIL * one["p50"] for kind, one in after.items() if kind != "all")
    whole = after["all"]["p99"] <= TAIL * after["all"]["p50"]
    print(f"memory flat: {flat}; p99 ≤ {TAIL} × p50 for each kind: {short}, for all: {whole}")
    if options.json is not None:
        content = {
            "circumstances": {**facts, "seconds": options.seconds},
            "errors": tally.errors,
            "after_warm_up": after,
            "memory_mb": [{"second": round(s, 1), "workers": memory} for s, memory in seen],
            "flat": flat,
            "tail_of_each": short,
            "tail_of_all": whole,
        }
        options.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return flat and short and not tally.errors


def main() -> None:
    options = settings(__doc__, 600).parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        result = national(options, folder)
        facts = circumstances(result, options)
        with service(result, options, folder / "log") as server:
            server.settle()
            tally, seen = asyncio.run(soak(server, options))
            reached = report(facts, tally, seen, options)
        print((folder / "log").read_text()[-2000:], file=sys.stderr)
    sys.exit(0 if reached else 1)


if __name__ == "__main__":
    main()
