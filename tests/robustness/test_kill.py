"""``kill -9`` at any moment of a build leaves a result that can be read, old or new."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .small_study import HEAD, write_study

KILLS = 25
SEEDS = (20260131, 20260201)
"""Two times 25 kills, so that two processes share them."""
HERE = Path(__file__).resolve().parent


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_build_leaves_a_whole_result(
    seed: int, parts: dict[str, Path], tmp_path: Path
) -> None:
    sources = list(parts.items())
    first = write_study(tmp_path / "first.toml", sources)
    other = HEAD.replace("Petite étude", "Autre étude").replace('"MSP"', '"CDS"')
    second = write_study(tmp_path / "second.toml", sources, other)
    (tmp_path / "out").mkdir()
    # One thread: a fork copies the thread that forks, and no lock that another one holds.
    alone = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    done = subprocess.run(
        [
            *(sys.executable, HERE / "kill_builds.py", first, second),
            *(tmp_path / "out" / "result.gpkg", str(KILLS), str(seed)),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=HERE.parents[1],
        env={**os.environ, **alone, "PYTHONPATH": str(HERE.parents[1])},
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    told = json.loads(done.stdout)
    print(told)
    assert told["before"] + told["saving"] + told["after"] >= KILLS
    # Otherwise the kills would prove nothing.
    assert told["before"] >= 3
    assert told["saving"] >= 3
    assert told["left"] >= 1
    assert told["replaced"] >= 1
