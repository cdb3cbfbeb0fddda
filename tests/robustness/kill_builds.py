"""Kills builds with signal 9, one after the other, and looks at what they leave.

Run as a program: study A, study B, result, number of kills, seed. The parent imports all that a
build imports and builds nothing itself, so that each child is forked warm, and no lock is held by a
thread that the fork leaves behind.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import importlib
import json
import math
import os
import random
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

from geo_service.store import StoredResult, save_result
from geo_service.study import Study, build

NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def build_once(study: Path, out: Path, told: int) -> None:
    """What ``geo-service build`` does; a byte says that saving begins, another that it is done."""
    built = build(Study.load(study), built_at=NOON)
    os.write(told, b"s")
    save_result(built, out)
    os.write(told, b"e")


def import_all(study: Path, out: Path) -> None:
    """Import here what a build imports, found by building in a child."""
    names = study.with_suffix(".modules")
    child = os.fork()
    if child == 0:
        status = 1
        try:
            build_once(study, out, os.open(os.devnull, os.O_WRONLY))
            names.write_text("\n".join(sys.modules), encoding="utf-8")
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    for name in names.read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(ImportError):  # names that are no modules of their own
            importlib.import_module(name)


def start(study: Path, out: Path) -> tuple[int, int]:
    """A child that builds: its number, and where it tells how far it is."""
    hears, tells = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            build_once(study, out, tells)
            status = 0
        finally:
            os._exit(status)
    os.close(tells)
    return child, hears


def wait_for(hears: int, seconds: float) -> bytes:
    """The next byte of the child within some seconds, or nothing."""
    ready, _, _ = select.select([hears], [], [], max(0.0, seconds))
    return os.read(hears, 1) if ready else b""


def look(out: Path) -> tuple[str, str]:
    """Name of the study that a result comes from, and checksum of all that it holds."""
    with StoredResult(out) as stored:
        held = [stored.read_indicators().to_csv(index=False), json.dumps(stored.facts)]
        held += [stored.read_layer(name).to_csv(index=False) for name in stored.layer_names()]
        held += [stored.read_table(name).to_csv(index=False) for name in ("anomalies",)]
        return stored.facts["name"], hashlib.sha256("\n".join(held).encode()).hexdigest()


def time_one(study: Path, out: Path) -> tuple[float, float]:
    """Seconds of a whole build, and of saving alone."""
    begun = time.perf_counter()
    child, hears = start(study, out)
    wait_for(hears, 120)
    saving = time.perf_counter()
    assert wait_for(hears, 120) == b"e"
    done = time.perf_counter()
    os.close(hears)
    assert os.waitpid(child, 0)[1] == 0
    return done - begun, done - saving


def kill_one(study: Path, out: Path, draw: random.Random, whole: float, saves: float) -> str:
    """Kill one build at a random moment, one in two not before it saves; say where it was."""
    child, hears = start(study, out)
    said = b""
    if draw.random() < 0.5:
        said = wait_for(hears, 120)
        time.sleep(draw.uniform(0.0, saves * 2.5))
    else:
        time.sleep(draw.uniform(0.0, whole * 1.1))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while byte := wait_for(hears, 0):
        said += byte
    os.close(hears)
    return {b"": "before", b"s": "saving", b"se": "after"}[said]


def main(first: Path, second: Path, out: Path, kills: int, seed: int) -> dict[str, Any]:
    """Kill builds of two studies in turn; at each the result is wholly of one or of the other."""
    import_all(first, out)
    known: dict[str, str] = {}
    whole = saves = math.inf
    for study in (first, second, first):
        took = time_one(study, out)
        whole, saves = min(whole, took[0]), min(saves, took[1])
        name, content = look(out)
        assert known.setdefault(name, content) == content
    assert len(set(known.values())) == 2
    draw = random.Random(seed)
    where = dict.fromkeys(("before", "saving", "after"), 0)
    left, replaced, previous = 0, 0, name
    number = 0
    # A busy machine may send all of them to one part of the build: then a few more.
    while number < kills or (number < 4 * kills and (min(where.values()) < 3 or not replaced)):
        where[kill_one((first, second)[number % 2], out, draw, whole, saves)] += 1
        name, content = look(out)
        assert known[name] == content, f"kill {number}: half a result"
        number += 1
        replaced += name != previous
        previous = name
        beside = [path for path in out.parent.iterdir() if path != out]
        assert len(beside) <= 1, beside
        left += bool(beside)
    time_one(first, out)
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    return {"whole": whole, "saves": saves, "left": left, "replaced": replaced, **where}


if __name__ == "__main__":
    print(json.dumps(main(*map(Path, sys.argv[1:4]), *map(int, sys.argv[4:]))))
