"""Killed, or out of room, at any moment: the previous result is still there, whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

KILLS = """
import os, random, signal, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_geopackage import make_result
from geo_service.store import StoredResult, save_result

path, wanted = Path(sys.argv[2]), int(sys.argv[3])
save_result(make_result(), path)
started = time.perf_counter()
save_result(make_result(), path)
once = time.perf_counter() - started
draw = random.Random(20260131)
last, kills, midway = 0, 0, 0
while kills < wanted:
    child = os.fork()
    if child == 0:
        number = last
        while True:
            number += 1
            save_result(make_result(number), path)
    time.sleep(draw.uniform(0.2, 2.5) * once)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    kills += 1
    midway += any(entry.name.endswith(".part.gpkg") for entry in path.parent.iterdir())
    with StoredResult(path) as stored:
        number = stored.facts["number"]
        assert number >= last, (number, last)
        last = number
        assert len(stored.read_layer("structures")) == 40
        assert len(stored.read_indicators()) == 40
save_result(make_result(-1), path)
assert [entry.name for entry in path.parent.iterdir()] == [path.name]
print(kills, midway, last)
"""


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, str(HERE), *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        cwd=HERE.parents[1],
    )


def test_kill_9_at_any_moment_leaves_the_previous_result(tmp_path: Path) -> None:
    done = _run(KILLS, str(tmp_path / "r.gpkg"), "25")
    assert done.returncode == 0, done.stderr
    kills, midway, replaced = map(int, done.stdout.split())
    assert kills == 25
    assert midway >= 5  # killed while writing, or this would prove nothing
    assert replaced >= 1


FULL_DISK = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_geopackage import make_result
from geo_service.core.errors import StoreError
from geo_service.store import StoredResult, save_result
path = Path(sys.argv[2])
save_result(make_result(1), path)
size = path.stat().st_size
for share in (0.01, 0.3, 0.6, 0.99):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size * share), resource.RLIM_INFINITY))
    try:
        save_result(make_result(2), path)
    except StoreError as error:
        print(error)
    with StoredResult(path) as stored:
        assert stored.facts["number"] == 1
        assert len(stored.read_layer("structures")) == 40
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
"""


def test_a_full_disk_keeps_the_old_result(tmp_path: Path) -> None:
    done = _run(FULL_DISK, str(tmp_path / "r.gpkg"))
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert len(said) == 4
    assert all("Plus de place sur le disque" in line and "r.gpkg" in line for line in said)
