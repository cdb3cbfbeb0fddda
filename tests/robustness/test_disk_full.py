"""A full disk: an error that says so, the old file as it was, nothing beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from geo_service.cli import EXIT_CODES
from geo_service.core.errors import StoreError
from geo_service.store import StoredResult

from .small_study import TERRITORY

HERE = Path(__file__).resolve().parent
FORMATS = ("geojson", "gpkg", "parquet", "fgb", "csv", "xlsx")
SHARES = (0.6, 0.01, 0.97)


def _python(*words: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, words)],
        text=True,
        timeout=240,
        check=False,
        cwd=HERE.parents[1],
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
        **options,
    )


@pytest.fixture(scope="module")
def cramped(
    small: Path, small_result: bytes, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """What each command left where there was no room for its file."""
    folder = tmp_path_factory.mktemp("cramped")
    result = folder / "result.gpkg"
    result.write_bytes(small_result)
    points = folder / "points.csv"
    points.write_text("lon,lat\n" + "-61.5,16.2\n" * 20_000)
    lines: dict[str, tuple[list[object], Path]] = {}

    def add(name: str, out: str, *words: object) -> None:
        (folder / name).mkdir()
        lines[name] = ([*words, folder / name / out], folder / name / out)

    add("build", "r.gpkg", "build", small, "--quiet", "--out")
    for form in FORMATS:
        add(form, f"x.{form}", "export", result, "--layer", "communes", "--format", form, "--out")
    add("map", "m.html", "map", result, "--out")
    for suffix in ("csv", "parquet"):
        zones = ("--zones", result, "--layer", "communes", "--quiet")
        add(f"locate-{suffix}", f"x.{suffix}", "locate", *zones, points)
    asked = [
        {"words": [str(word) for word in words], "out": str(out), "share": share}
        for words, out in lines.values()
        for share in (SHARES if words[0] == "build" else SHARES[:1])
    ]
    done = _python(HERE / "fill_disk.py", input=json.dumps(asked), capture_output=True)
    assert done.returncode == 0, done.stderr[-3_000:]
    told = json.loads(done.stdout)
    return {
        f"{Path(one['out']).parent.name} {one['share']}": said
        for one, said in zip(asked, told, strict=True)
    } | {"folder": {"path": str(folder)}}


NAMES = [
    *(f"build {share}" for share in SHARES),
    *(
        f"{name} {share}"
        for name in (*FORMATS, "map", "locate-csv", "locate-parquet")
        for share in SHARES[:1]
    ),
]


@pytest.mark.parametrize("name", NAMES)
def test_no_room_for_a_file(name: str, cramped: dict[str, dict[str, Any]]) -> None:
    left = cramped[name]
    assert left["kept"]
    assert left["left"] == []
    assert left["code"] == EXIT_CODES[StoreError], left["said"]
    assert left["said"].startswith("Erreur : ")
    assert "sur le disque" in left["said"]


def test_the_old_result_can_be_read(cramped: dict[str, dict[str, Any]]) -> None:
    with StoredResult(Path(cramped["folder"]["path"]) / "build" / "r.gpkg") as stored:
        assert stored.facts["territory"] == TERRITORY
        assert len(stored.read_indicators())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_no_room_for_what_is_printed(small_result: bytes, tmp_path: Path) -> None:
    result = tmp_path / "r.gpkg"
    result.write_bytes(small_result)
    with Path("/dev/full").open("w") as full:
        done = _python(
            *("-c", "from geo_service.cli import main; main()", "figures", result, "--json"),
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == EXIT_CODES[StoreError]
    assert done.stderr.startswith("Erreur : ")
    assert "Traceback" not in done.stderr
