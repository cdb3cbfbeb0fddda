"""``geo-service zone``: what people read, JSON alone for scripts, bad use said in words."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import pytest

from geo_service import cli
from geo_service.store import StoredResult
from geo_service.zoning import communes_with_qpv

PLACE = ("--lon", "-3.137", "--lat", "46.032")


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    try:
        cli.main([str(word) for word in words])
        code = 0
    except SystemExit as left:
        code = int(left.code or 0)
    told = capsys.readouterr()
    return code, told.out, told.err


def test_people_read_the_class_its_reason_and_its_order(capsys, sample_file: Path) -> None:
    asked = ("zone", *PLACE, "--as-of", "2026-01-01", "--result", sample_file)
    code, out, _ = run(capsys, *asked)
    assert code == 0
    assert "Zone d'intervention prioritaire (ZIP)" in out
    assert "QN09610I" in out
    assert "Arrêté fictif du 15 décembre 2023" in out
    assert "1er janvier 2024" in out
    _, english, _ = run(capsys, "--lang", "en", *asked)
    assert "class of its own" in english


def test_json_stands_alone_on_standard_output(capsys, sample_file: Path) -> None:
    asked = ("zone", *PLACE, "--as-of", "2010-01-01", "--result", sample_file, "--json")
    code, out, _ = run(capsys, *asked)
    told = json.loads(out)
    assert (code, told["answer"], told["class"]) == (0, "undetermined", None)
    assert len(told["vintages_at_hand"]) == 2
    commune = json.loads(run(capsys, *asked, "--precision", "commune")[1])
    assert commune["precision"] == "any"


@pytest.mark.parametrize(
    "bad",
    [
        ("--lon", "200", "--lat", "46", "--as-of", "2026-01-01"),
        ("--lon", "2", "--lat", "46", "--as-of", "2026-13-01"),
        ("--lon", "2", "--lat", "46", "--as-of", "2026-01-01", "--precision", "x"),
        ("--lon", "2", "--lat", "46", "--as-of", "2026-01-01", "--precision", "-3"),
        ("--lon", "2", "--lat", "46"),
    ],
)
def test_bad_use_is_said_without_a_traceback(capsys, sample_file: Path, bad) -> None:
    code, out, err = run(capsys, "zone", *bad, "--result", sample_file)
    assert code not in (0, 1)
    assert not out
    assert "Traceback" not in err


def test_a_missing_result_is_named(capsys, tmp_path: Path) -> None:
    asked = ("zone", *PLACE, "--as-of", "2026-01-01", "--result", tmp_path / "none.gpkg")
    code, _, err = run(capsys, *asked)
    assert code != 0
    assert "none.gpkg" in err


LIST = ("communes-avec-qpv", "--date", "2015-05-01")


def test_communes_with_a_qpv_are_those_of_the_function(capsys, sample_file: Path) -> None:
    with StoredResult(sample_file) as stored:
        table = communes_with_qpv(stored, dt.date(2015, 5, 1))
    code, out, _ = run(capsys, *LIST, sample_file, "--json")
    told = json.loads(out)
    assert (code, told["date"], told["known"]) == (0, "2015-05-01", True)
    assert told["total"] == len(told["items"]) == len(table) > 0
    assert [one["commune"] for one in told["items"]] == table["commune"].tolist()
    assert [len(one["qpv"]) for one in told["items"]] == table["qpv_count"].tolist()
    code, out, _ = run(capsys, *LIST, sample_file)
    assert code == 0
    assert f": {len(table)} communes" in out.replace("\u00a0", " ").replace("\u202f", " ")
    assert all(name in out for name in table["name"])
    early = run(capsys, "--lang", "en", "communes-avec-qpv", sample_file, "--date", "2010-01-01")
    assert early[:2] == (0, "January 1, 2010: 0 communes with at least one QPV in force\n")


@pytest.mark.parametrize("suffix", [".csv", ".geojson", ".xlsx", ".gpkg"])
def test_communes_with_a_qpv_are_written_with_their_source(
    capsys, sample_file: Path, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"communes{suffix}"
    code, out, _ = run(capsys, *LIST, sample_file, "--out", path, "--json")
    total = json.loads(out)["total"]
    assert code == 0
    if suffix == ".csv":
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
        assert len(rows) == total
        assert "geometry" not in rows[0]
        assert "fictif" in path.with_suffix(".schema.json").read_text(encoding="utf-8")
    elif suffix == ".geojson":
        told = json.loads(path.read_text(encoding="utf-8"))
        assert len(told["features"]) == total
        assert told["features"][0]["geometry"]["type"] in ("Polygon", "MultiPolygon")
    else:
        assert path.stat().st_size > 1000


def test_a_list_that_the_sources_do_not_hold_is_said(capsys, sample_file: Path) -> None:
    with StoredResult(sample_file) as stored:
        known = communes_with_qpv(stored, dt.date(2024, 6, 30)).attrs["known"]
    out = run(capsys, "communes-avec-qpv", sample_file, "--date", "2024-06-30")[1]
    assert ("n'est pas sûrement sans QPV" in out) is not known


@pytest.mark.parametrize(
    "bad",
    [
        ("--date", "2015-13-01"),
        (),
        ("--date", "2015-05-01", "--out", "communes.xyz"),
        ("--date", "2015-05-01", "--out", "no/such/folder/communes.csv"),
    ],
)
def test_bad_use_of_the_list_is_said_without_a_traceback(capsys, sample_file: Path, bad) -> None:
    code, out, err = run(capsys, "communes-avec-qpv", sample_file, *bad)
    assert code != 0
    assert not out
    assert err.strip()
    assert "Traceback" not in err
