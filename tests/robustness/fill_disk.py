"""Runs command lines in a process that may not write long files, as on a full disk.

Run as a program, with a JSON list of ``{"words", "out", "share"}`` on standard input: each command
is run once freely, so that ``out`` is there, and once more with room for ``share`` of its size.
Prints what the second run left.
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import sys
from pathlib import Path
from typing import Any

from geo_service.cli import main


def run(words: list[str]) -> tuple[int, str]:
    """Exit code and messages of a command."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        try:
            main(words)
        except SystemExit as left:
            return int(left.code or 0), said.getvalue()
    return 0, said.getvalue()


def run_cramped(words: list[str], out: Path, share: float) -> dict[str, Any]:
    """Run a command with room for a part of the file that it wrote before."""
    if not out.exists():
        code, said = run(words)
        assert code == 0, said
    before = out.read_bytes()
    beside = sorted(path.name for path in out.parent.iterdir())
    # Python ignores the signal, so a write beyond the limit is an error like that of a full disk.
    room = (max(1, int(len(before) * share)), resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_FSIZE, room)
    try:
        code, said = run(words)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    return {
        "code": code,
        "said": said,
        "kept": out.read_bytes() == before,
        "left": sorted({path.name for path in out.parent.iterdir()} - set(beside)),
    }


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    done = [run_cramped(one["words"], Path(one["out"]), one["share"]) for one in asked]
    json.dump(done, sys.stdout)
