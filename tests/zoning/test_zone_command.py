"""``geo-service zone``: what people read, JSON alone for scripts, bad use said in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo_service import cli

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
