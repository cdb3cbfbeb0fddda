"""``geo-service ranking`` as a script and as a person use it, and its refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo_service import cli
from geo_service.ranking import COLUMNS


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    try:
        cli.main([str(word) for word in words])
        code = 0
    except SystemExit as left:
        code = int(left.code or 0)
    told = capsys.readouterr()
    return code, told.out, told.err


def test_json_alone_on_standard_output(capsys, sample_file: Path) -> None:
    code, out, err = run(capsys, "ranking", sample_file, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["total"] == len(told["items"])
    assert set(told["items"][0]) == set(COLUMNS) - {"why"} | {"reasons"}
    assert not told["method"]["official"]
    assert sum(term["weight"] for term in told["method"]["terms"]) == pytest.approx(1)
    ranks = [item["rank"] for item in told["items"] if item["rank"]]
    assert ranks == sorted(ranks)
    assert all(
        item["rank_low"] <= item["rank"] <= item["rank_high"]
        for item in told["items"]
        if item["rank"]
    )


def test_people_read_a_table_and_what_it_does_not_say(capsys, sample_file: Path) -> None:
    code, out, err = run(capsys, "ranking", sample_file, "--limit", 2)
    assert code == 0
    assert "rang" in out
    assert out.count("QN") == 2
    assert "non officielle" in err
    assert "--limit" in err


def test_weights_change_the_ranking_and_it_says_so(
    capsys, sample_file: Path, tmp_path: Path
) -> None:
    weights = tmp_path / "w.toml"
    weights.write_text(
        "[weights]\napl = 0\nzonage = 0\ndistance = 0\npopulation = 1\n", encoding="utf-8"
    )
    _, out, _ = run(capsys, "ranking", sample_file, "--weights", weights, "--json")
    told = json.loads(out)
    assert told["method"]["changed"]
    ranked = [item for item in told["items"] if item["rank"]]
    people = [min(max(item["population"], 1000), 10_000) for item in ranked]
    assert people == sorted(people, reverse=True)
    assert {tuple(item["terms"]) for item in ranked} == {("population",)}


def test_a_territory_shows_its_qpv_with_their_rank_among_all(capsys, sample_file: Path) -> None:
    _, every, _ = run(capsys, "ranking", sample_file, "--json")
    _, some, _ = run(capsys, "ranking", sample_file, "--territory", "departement:971", "--json")
    whole = {item["code"]: item for item in json.loads(every)["items"]}
    part = json.loads(some)["items"]
    assert 0 < len(part) < len(whole)
    assert all(item == whole[item["code"]] for item in part)


BAD = {
    "no such territory": (["--territory", "departement:98"], "departement:98"),
    "no such date": (["--as-of", "2001-01-01"], "2001-01-01"),
    "no date at all": (["--as-of", "demain"], "demain"),
    "no file of weights": (["--weights", "absent.toml"], "absent.toml"),
    "no rows": (["--limit", "0"], "limit"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_use_is_said_in_a_line(capsys, sample_file: Path, name: str) -> None:
    words, said = BAD[name]
    code, out, err = run(capsys, "ranking", sample_file, *words)
    assert code != 0
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_a_file_that_is_no_result(capsys, tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    path.write_text("rien", encoding="utf-8")
    code, _, err = run(capsys, "ranking", path)
    assert code != 0
    assert "Traceback" not in err
