"""``geo-service official`` and ``geo-service barometre``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo_service import cli
from geo_service.barometre import check_barometre
from geo_service.official import official_series


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    try:
        cli.main([str(word) for word in words])
        code = 0
    except SystemExit as left:
        code = int(left.code or 0)
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.parametrize("command", ["official", "barometre"])
def test_help_teaches_with_an_example_in_both_languages(capsys, command: str) -> None:
    code, french, _ = run(capsys, command, "--help")
    assert code == 0
    assert "Exemple :" in french
    assert f"geo-service {command}" in french
    code, english, _ = run(capsys, "--lang", "en", command, "--help")
    assert code == 0
    assert "Example:" in english


def test_official_lists_every_series(capsys) -> None:
    code, told, _ = run(capsys, "official", "--json")
    assert code == 0
    assert {one["name"] for one in json.loads(told)} == set(official_series())
    _, said, _ = run(capsys, "official")
    assert said.count("\n") == len(official_series())


def test_one_series_says_its_perimeter_its_source_and_what_clashes(capsys) -> None:
    code, told, _ = run(capsys, "official", "--series", "mesure9_msp_national", "--json")
    assert code == 0
    found = json.loads(told)
    assert [row["value"] for row in found["values"]] == [1048, 1251]
    assert found["producer"].startswith("DGOS")
    _, said, _ = run(capsys, "--lang", "en", "official", "--series", "mesure9_msp_national")
    assert "1251 on March 31, 2019" in said
    assert "not to be joined: " in said
    _, said, _ = run(capsys, "official", "--series", "mesure9_msp_quartier_vecu")
    assert "n. c." in said
    _, said, _ = run(capsys, "official", "--series", "s2_etudiants_nouvelles")
    assert "180 est exactement" in said


def test_barometre_writes_a_folder_and_says_what_is_not_in_it(
    capsys, sample_file: Path, tmp_path: Path
) -> None:
    for layout in ("etalab", "ditp"):
        out = tmp_path / layout
        words = ("barometre", sample_file, "--layout", layout, "--out", out)
        code, told, _ = run(capsys, *words, "--json")
        assert code == 0
        made = json.loads(told)
        assert sorted(path.name for path in out.iterdir()) == made["files"]
        assert made["left_out"]
        assert check_barometre(out) == []
        code, told, said = run(capsys, *words)
        assert (code, told) == (0, "")
        assert "étude ne couvre pas le pays entier" in said


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("official", "--series", "nope"), 8),
        (("barometre", "absent.gpkg", "--layout", "ditp", "--out", "out"), 7),
        (("barometre", "RESULT", "--layout", "xlsx", "--out", "out"), 2),
        (("barometre", "RESULT", "--layout", "ditp"), 2),
        (("barometre", "RESULT", "--layout", "ditp", "--out", "RESULT"), 7),
    ],
)
def test_bad_use_is_said_without_a_traceback(
    capsys,
    sample_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    expected: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    given = [str(sample_file) if word == "RESULT" else word for word in words]
    code, told, said = run(capsys, *given)
    assert code == expected
    assert told == ""
    assert "Traceback" not in said
    assert said
    assert list(tmp_path.iterdir()) == []
