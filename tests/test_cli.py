"""The command line as a script uses it: names that stay, JSON on stdout, messages on stderr."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from geo_service import cli
from geo_service.core.errors import GeoServiceError
from geo_service.store import StoredResult

COMMANDS = ("fetch", "check", "build", "figures", "export", "map", "locate", "serve")
RECORD = {
    "territory",
    "level",
    "indicator",
    "kind",
    "definition",
    "value",
    "low",
    "high",
    "unit",
    "as_of",
    "sources",
}


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    try:
        cli.main([str(word) for word in words])
        code = 0
    except SystemExit as left:
        code = int(left.code or 0)
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches_with_an_example_in_both_languages(capsys, command: str) -> None:
    code, french, _ = run(capsys, command, "--help")
    assert code == 0
    assert "Exemple :" in french
    assert f"geo-service {command}" in french
    code, english, _ = run(capsys, "--lang", "en", command, "--help")
    assert code == 0
    assert "Example:" in english


def test_build_says_what_it_made_as_json_and_nothing_else(capsys, sample, tmp_path: Path) -> None:
    out = tmp_path / "resultat.gpkg"
    code, told, _ = run(capsys, "build", sample / "study.toml", "--out", out, "--json")
    assert code == 0
    made = json.loads(told)
    assert made["as_of"] == "2026-01-01"
    assert made["fictitious"] is True
    assert made["anomalies"]["commune-centre"] == 4
    assert StoredResult(out).facts["territory"] == "region:99"


def test_build_at_another_date(capsys, sample, tmp_path: Path) -> None:
    out = tmp_path / "resultat.gpkg"
    code, told, _ = run(
        capsys, "build", sample / "study.toml", "--out", out, "--as-of", "2020-06-30", "--json"
    )
    assert code == 0
    assert json.loads(told)["as_of"] == "2020-06-30"
    assert "2020-06-30" in json.loads(told)["dates"]


def test_figures_give_the_promised_record(capsys, sample_file: Path) -> None:
    code, told, err = run(
        capsys,
        "figures",
        sample_file,
        "--territory",
        "region:99",
        "--indicator",
        "structures_in_qpv",
        "--json",
    )
    assert (code, err) == (0, "")
    records = json.loads(told)
    assert len(records) == 20  # two kinds at ten dates
    assert all(set(record) >= RECORD for record in records)
    main = next(r for r in records if r["kind"] == "MSP" and r["as_of"] == "2026-01-01")
    assert (main["value"], main["low"], main["high"]) == (8, 7, 13)
    assert "finess" in main["sources"]


def test_figures_for_people_show_bounds(capsys, sample_file: Path) -> None:
    code, told, _ = run(capsys, "figures", sample_file, "--indicator", "structures_in_qpv")
    assert code == 0
    assert "7 – 13" in told


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--territory", "region:98"], "region:99"),
        (["--indicator", "structures_in_qvp"], "structures_in_qpv"),
        (["--as-of", "2016-01-01"], "2017-12-31"),
        (["--territory", "canton:12"], "niveau:code"),
    ],
)
def test_an_unknown_name_is_an_error_that_helps(
    capsys, sample_file: Path, words: list[str], hint: str
) -> None:
    code, told, err = run(capsys, "figures", sample_file, *words)
    assert code == 8
    assert told == ""
    assert hint in err
    assert "Traceback" not in err


@pytest.mark.parametrize("form", ["geojson", "gpkg", "parquet", "fgb", "csv", "xlsx"])
def test_export_every_format_and_one_territory(
    capsys, sample_file: Path, tmp_path: Path, form: str
) -> None:
    out = tmp_path / f"structures.{form}"
    code, _, err = run(
        capsys, "export", sample_file, "--layer", "structures", "--format", form, "--out", out,
        "--territory", "departement:971",
    )  # fmt: skip
    assert code == 0
    assert out.stat().st_size > 0
    whole = StoredResult(sample_file).read_layer("structures")
    expected = int((whole["departement"] == "971").sum())
    assert 0 < expected < len(whole)
    assert f" {expected} " in err


def test_export_of_the_figures_of_a_territory_holds_what_lies_in_it(
    capsys, sample_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "indicateurs.csv"
    code, _, _ = run(
        capsys, "export", sample_file, "--layer", "indicators", "--format", "csv", "--out", out,
        "--territory", "departement:971",
    )  # fmt: skip
    assert code == 0
    with out.open(encoding="utf-8", newline="") as file:
        held = {row["territory"] for row in csv.DictReader(file)}
    assert "departement:971" in held
    assert {t for t in held if t.startswith("commune:")} == {f"commune:9719{n}" for n in range(5)}
    assert "region:99" not in held


def test_locate_finds_the_zones_of_a_csv(capsys, sample_file: Path, tmp_path: Path) -> None:
    qpv = StoredResult(sample_file).read_layer("qpv_2024")
    inner = qpv.geometry.representative_point()
    points, out = tmp_path / "points.csv", tmp_path / "zones.csv"
    lines = ["nom;lon;lat", *(f"n°{n};{p.x!r};{p.y!r}" for n, p in enumerate(inner))]
    points.write_text("\n".join([*lines, "loin;0;0", "vide;;"]) + "\n", encoding="utf-8")
    code, told, _ = run(
        capsys, "locate", points, out, "--zones", sample_file, "--layer", "qpv_2024", "--json"
    )
    assert code == 0
    counted = json.loads(told)
    assert counted == {"rows": len(qpv) + 2, "located": len(qpv) + 1, "in_qpv_2024": len(qpv)}
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["qpv_2024"] for row in rows] == [*qpv["code"], "", ""]
    assert rows[0]["nom"] == "n°0"


def test_every_error_has_an_exit_code() -> None:
    def tree(kind: type[GeoServiceError]) -> list[type[GeoServiceError]]:
        return [kind, *(deeper for child in kind.__subclasses__() for deeper in tree(child))]

    for kind in tree(GeoServiceError):
        assert any(issubclass(kind, known) for known in cli.EXIT_CODES)
    assert len(set(cli.EXIT_CODES.values())) == len(cli.EXIT_CODES)


def test_fetch_says_where_to_get_what_has_no_address(capsys, tmp_path: Path) -> None:
    from geo_service.config import data_folder
    from geo_service.intake.lockfile import read_lock

    entries = read_lock(data_folder() / "sources.lock.toml")
    by_hand = next(entry for entry in entries if not entry.url)
    code, told, err = run(capsys, "fetch", by_hand.id, "--into", tmp_path, "--json")
    assert code == 0
    (record,) = json.loads(told)
    assert (record["id"], record["status"]) == (by_hand.id, "by hand")
    assert by_hand.page in err


def test_fetch_of_an_unknown_source_names_the_known_ones(capsys, tmp_path: Path) -> None:
    code, _, err = run(capsys, "fetch", "fines", "--into", tmp_path)
    assert code == 8
    assert "finess" in err


def test_check_writes_its_report_and_fails_on_what_cannot_be_read(
    capsys, sample: Path, tmp_path: Path
) -> None:
    code, told, _ = run(
        capsys, "check", sample / "quartier_vecu", "--report", tmp_path / "r", "--json"
    )
    assert code == 0
    assert json.loads(told)["files"]
    assert {path.name for path in (tmp_path / "r").iterdir()} == {
        "rapport.html",
        "rapport.json",
        "anomalies.csv",
    }
    code, _, _ = run(capsys, "check", tmp_path / "absent")
    assert code == 3
