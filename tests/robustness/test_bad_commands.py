"""Command lines that cannot be obeyed: a documented exit code, the reason, nothing written."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geo_service.cli import EXIT_CODES
from geo_service.core.errors import CrsError, SchemaError, SourceError, StoreError, UnknownNameError

from .broken_files import broken, cases

WRONG_LINE = 2
SOURCE, SCHEMA, CRS, STORE, NAME = (
    EXIT_CODES[kind] for kind in (SourceError, SchemaError, CrsError, StoreError, UnknownNameError)
)
POINTS = "id,lon,lat\na,-61.5,16.2\nb,-61.4,16.1\n"


@pytest.fixture
def desk(small_result: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a good result and good and bad files of points; the user stands in it."""
    (tmp_path / "r.gpkg").write_bytes(small_result)
    (tmp_path / "cut.gpkg").write_bytes(small_result[: len(small_result) // 2])
    (tmp_path / "junk.gpkg").write_bytes(random.Random(1).randbytes(9_000))
    (tmp_path / "half.gpkg").write_bytes(
        small_result[:8192] + random.Random(2).randbytes(len(small_result) - 8192)
    )
    (tmp_path / "empty.gpkg").touch()
    (tmp_path / "folder").mkdir()
    for name, text in {
        "good": POINTS,
        "no-coordinates": "id,name\na,b\n",
        "words": POINTS.replace("-61.4", "ouest"),
        "ragged": POINTS + "c,1\n",
        "empty": "",
        "header": "id,lon,lat\n",
        "quote": 'id,lon,lat\na,"-61.5,16.2\n',
    }.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    (tmp_path / "latin.csv").write_bytes("id,lon,lat\né,1,2\n".encode("cp1252"))
    (tmp_path / "wide.csv").write_bytes(POINTS.encode("utf-16"))
    (tmp_path / "junk.csv").write_bytes(random.Random(3).randbytes(9_000))
    pq.write_table(pa.table({"lon": [[1.0]], "lat": [2.0]}), tmp_path / "lists.parquet")
    whole = tmp_path / "whole.parquet"
    pq.write_table(pa.table({"lon": [1.0] * 999, "lat": [2.0] * 999}), whole)
    (tmp_path / "cut.parquet").write_bytes(whole.read_bytes()[:-30])
    monkeypatch.chdir(tmp_path)
    return tmp_path


LINES: dict[str, tuple[int, str]] = {
    "conquer": (WRONG_LINE, "conquer"),
    "build": (WRONG_LINE, "STUDY.toml"),
    "build study.toml": (WRONG_LINE, "--out"),
    "build study.toml --out x.gpkg --as-of hier": (WRONG_LINE, "hier"),
    "build study.toml --out x.gpkg": (SOURCE, "study.toml"),
    "build folder --out x.gpkg": (SOURCE, "folder"),
    "figures absent.gpkg": (STORE, "absent.gpkg"),
    "figures good.csv": (STORE, "good.csv"),
    "figures cut.gpkg": (STORE, "cut.gpkg"),
    "figures junk.gpkg": (STORE, "junk.gpkg"),
    "figures half.gpkg": (STORE, "half.gpkg"),
    "figures empty.gpkg": (STORE, "empty.gpkg"),
    "figures folder": (STORE, "folder"),
    "figures r.gpkg --territory region:1": (NAME, "region:1"),
    "figures r.gpkg --territory 31": (NAME, "31"),
    "figures r.gpkg --indicator structures": (NAME, "structures_open"),
    "figures r.gpkg --as-of 2020-01-01": (NAME, "2026-01-01"),
    "figures r.gpkg --as-of 2026-13-01": (WRONG_LINE, "2026-13-01"),
    "figures r.gpkg --kind MPS": (NAME, "MSP"),
    "figures r.gpkg --definition proxy-999m": (NAME, "proxy-300m"),
    "export r.gpkg --layer structure --format csv --out x.csv": (NAME, "structures"),
    "export r.gpkg --layer structures --format xls --out x": (WRONG_LINE, "xlsx"),
    "export r.gpkg --layer structures --format csv --out x --territory epci:7": (NAME, "epci:7"),
    "export r.gpkg --layer structures --format csv --out no/x.csv": (STORE, "no/x.csv"),
    "export r.gpkg --layer structures --format gpkg --out folder": (STORE, "folder"),
    "export r.gpkg --layer structures --format fgb --out no/x.fgb": (STORE, "no/x.fgb"),
    "export r.gpkg --layer structures --format geojson --out folder": (STORE, "folder"),
    "export r.gpkg --layer structures --format parquet --out no/x": (STORE, "no/x"),
    "export r.gpkg --layer indicators --format xlsx --out no/x.xlsx": (STORE, "no/x.xlsx"),
    "map r.gpkg --out no/x.html": (STORE, "no/x.html"),
    "map r.gpkg --out folder": (STORE, "folder"),
    "map cut.gpkg --out x.html": (STORE, "cut.gpkg"),
    "locate good.csv x.csv": (WRONG_LINE, "--zones"),
    "locate absent.csv x.csv --zones r.gpkg --layer communes": (SOURCE, "absent.csv"),
    "locate folder x.csv --zones r.gpkg --layer communes": (SOURCE, "folder"),
    "locate no-coordinates.csv x.csv --zones r.gpkg --layer communes": (
        SCHEMA,
        "no-coordinates.csv",
    ),
    "locate words.csv x.csv --zones r.gpkg --layer communes": (SCHEMA, "words.csv"),
    "locate ragged.csv x.csv --zones r.gpkg --layer communes": (SOURCE, "ragged.csv"),
    "locate quote.csv x.csv --zones r.gpkg --layer communes": (SOURCE, "quote.csv"),
    "locate empty.csv x.csv --zones r.gpkg --layer communes": (SOURCE, "empty.csv"),
    "locate latin.csv x.csv --zones r.gpkg --layer communes": (SOURCE, "latin.csv"),
    "locate wide.csv x.csv --zones r.gpkg --layer communes": (SOURCE, "wide.csv"),
    "locate junk.csv x.csv --zones r.gpkg --layer communes": (SOURCE, "junk.csv"),
    "locate cut.parquet x.csv --zones r.gpkg --layer communes": (SOURCE, "cut.parquet"),
    "locate lists.parquet x.parquet --zones r.gpkg --layer communes": (SCHEMA, "lists.parquet"),
    "locate good.csv x.csv --zones r.gpkg --layer communes --x nord": (SCHEMA, "nord"),
    "locate good.csv x.csv --zones r.gpkg --layer nope": (NAME, "nope"),
    "locate good.csv x.csv --zones r.gpkg --layer communes --crs lambert": (NAME, "lambert"),
    "locate good.csv x.csv --zones r.gpkg --layer communes --crs 999999": (NAME, "999999"),
    "locate good.csv x.csv --zones r.gpkg --layer communes --precision loin": (SCHEMA, "loin"),
    "locate good.csv x.csv --zones absent.gpkg": (SOURCE, "absent.gpkg"),
    "locate good.csv x.csv --zones junk.gpkg": (SOURCE, "junk.gpkg"),
    "locate good.csv x.csv --zones r.gpkg": (NAME, "--layer"),
    "locate good.csv x.csv --zones cut.gpkg": (SOURCE, "cut.gpkg"),
    "locate good.csv x.csv --zones good.csv": (SOURCE, "good.csv"),
    "locate good.csv no/x.csv --zones r.gpkg --layer communes": (STORE, "no/x.csv"),
    "locate good.csv folder --zones r.gpkg --layer communes": (STORE, "folder"),
    "serve absent.gpkg": (STORE, "absent.gpkg"),
    "serve cut.gpkg": (STORE, "cut.gpkg"),
    "fetch nothing-of-the-kind": (NAME, "nothing-of-the-kind"),
    "check absent": (SOURCE, "absent"),
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_that_cannot_be_obeyed(line: str, desk: Path, run: Callable[..., Any]) -> None:
    code, word = LINES[line]
    before = {path: path.stat().st_mtime_ns for path in desk.rglob("*")}
    french, english = run(*line.split()), run(*line.split(), language="en")
    assert {path: path.stat().st_mtime_ns for path in desk.rglob("*")} == before
    assert (french.code, english.code) == (code, code), french
    assert word in french.out + french.err
    assert word in english.out + english.err
    if code != WRONG_LINE:
        assert french.err.startswith("Erreur : ") or not french.err
        assert french.out + french.err != english.out + english.err


def test_points_without_rows_or_places_are_no_error(desk: Path, run: Callable[..., Any]) -> None:
    (desk / "nan.csv").write_text("lon,lat\nNaN,1\n,\n1e999,2\n-61.5,16.2\n")
    for name, rows, located in (("header.csv", 0, 0), ("nan.csv", 4, 1)):
        said = run("locate", name, "x.csv", "--zones", "r.gpkg", "--layer", "communes", "--json")
        assert said.code == 0
        counted = json.loads(said.out)
        assert (counted["rows"], counted["located"]) == (rows, located)
        assert len((desk / "x.csv").read_text().splitlines()) == rows + 1


def test_check_reports_every_broken_file(
    sample: Path, run: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "bad"
    wanted = ("empty", "truncated", "binary junk", "zip bomb", "path traversal", "symlink loop")
    made = []
    for good, fault in cases():
        if fault in wanted and not good.text and good.source in ("finess", "qpv", "population"):
            made.append(broken(fault, good, sample / good.path, folder / str(len(made))))
    assert len(made) > 20
    said = run("check", folder, "--json", "--report", tmp_path / "report")
    assert said.code == SOURCE
    told = json.dumps(json.loads(said.out), ensure_ascii=False)
    missing = [path for path in made if str(path.relative_to(folder)) not in told]
    assert missing == []
    assert {path.suffix for path in (tmp_path / "report").iterdir()} >= {".html", ".json"}
