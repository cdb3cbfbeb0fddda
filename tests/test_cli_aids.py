"""``geo-service aids``: JSON alone on stdout, reasons in words, faults with file and field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo_service import cli

ROOT = Path(__file__).resolve().parents[1]
PLACE = ("--lon", "-3.0527", "--lat", "46.0098", "--as-of", "2026-01-01")


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    try:
        cli.main([str(word) for word in words])
        code = 0
    except SystemExit as left:
        code = int(left.code or 0)
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("centre-*.toml")))
def test_the_ready_examples(capsys, sample_file: Path, example: Path) -> None:
    code, out, _ = run(
        capsys, "aids", *PLACE, "--project", example, "--result", sample_file, "--as-region", "53",
        "--json",
    )  # fmt: skip
    assert code == 0
    told = json.loads(out)
    statuses = {aid["aid"]: aid["status"] for aid in told["aids"]}
    wanted = {"centre-nouveau": "eligible", "centre-existant": "undetermined"}[example.stem]
    assert statuses["cai"] == wanted
    assert told["place"]["zone_class"] == "ZIP"


def test_text_says_each_condition_in_the_language_asked(capsys, sample_file: Path) -> None:
    code, out, _ = run(capsys, "aids", *PLACE, "--result", sample_file)
    assert code == 0
    assert "Classe du zonage : ZIP" in out
    assert "○ Territoire de l'aide — aide de région Bretagne (53) ; le lieu : 99" in out
    _, out, _ = run(capsys, "--lang", "en", "aids", *PLACE, "--result", sample_file)
    assert "Settlement aid contract (CAI): not eligible" in out


def test_text_says_what_is_owed_and_what_goes_together(capsys, sample_file: Path) -> None:
    words = ("--project", ROOT / "examples" / "centre-nouveau.toml", "--as-region", "53")
    _, out, _ = run(capsys, "aids", *PLACE, *words, "--result", sample_file)
    cai, _, rest = out.partition("Contrat de stabilisation et de coordination (COSCO) : ")
    assert "Contrepartie : Participer à la PDSA" in cai
    assert "Cumul, compatible : 400 postes : médecin généraliste salarié" in cai
    assert "Cumul, non précisé : Contrat de stabilisation et de coordination (COSCO)," in out
    assert "165 consultations/mois" in rest


def test_a_region_that_nobody_knows_is_refused(capsys, sample_file: Path) -> None:
    code, out, err = run(capsys, "aids", *PLACE, "--as-region", "Bretagne", "--result", sample_file)
    assert (code, out) == (4, "")
    assert "Bretagne (53)" in err


def test_the_list_needs_no_result(capsys) -> None:
    code, out, _ = run(capsys, "aids", "--list", "--json")
    assert code == 0
    assert {"cai", "msp-2008", "tva-accession"} <= {aid["id"] for aid in json.loads(out)}
    _, out, _ = run(capsys, "aids", "--list", "--as-of", "2008-05-05")
    assert out.splitlines()[0].startswith("msp-2008")
    _, out, _ = run(capsys, "aids", "--list", "--as-of", "1950-01-01")
    assert "Aucune aide" in out


def test_a_date_without_rules_is_said(capsys, sample_file: Path) -> None:
    place = (*PLACE[:4], "--as-of", "1999-01-01")
    code, out, _ = run(capsys, "aids", *place, "--result", sample_file)
    assert code == 0
    assert "Aucun fichier d'aide n'est en vigueur" in out


def test_files_of_ones_own(capsys, sample_file: Path, tmp_path: Path) -> None:
    own = ROOT / "examples" / "aides" / "aide-fictive.toml"
    code, out, _ = run(
        capsys, "aids", *PLACE, "--result", sample_file, "--aids", own.parent, "--json"
    )
    assert code == 0
    (told,) = [aid for aid in json.loads(out)["aids"] if aid["aid"] == "aide-fictive"]
    assert told["status"] == "undetermined"
    broken = tmp_path / "x.toml"
    broken.write_text(own.read_text(encoding="utf-8").replace("cap =", "cpa ="), encoding="utf-8")
    code, _, err = run(capsys, "aids", "--list", "--aids", tmp_path)
    assert code == 6
    assert "x.toml" in err
    assert "amount[0].cap" in err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('structrue = "medical"', ["structrue", "structure"]),
        ('structure = "medicale"', ["structure", "medical, polyvalent"]),
        ('gp_fte = "1"', ["gp_fte"]),
        ("gp_fte = -1", ["gp_fte"]),
        ("gp_fte = inf", ["gp_fte"]),
        ("doctors = 1.5", ["doctors"]),
        ("pdsa = 1", ["pdsa", "true"]),
        ('opened = "2021-01-01"', ["opened", "AAAA-MM-JJ"]),
        ("opened = 2021-01-01T00:00:00", ["opened"]),
        ('contracts = "cai"', ["contracts"]),
        ("structure = ", ["FACTS.toml"]),
        ("town_share = 0.5\nhospital_share = 0.7", ["hospital_share"]),
    ],
)
def test_bad_facts_name_file_and_field(
    capsys, sample_file: Path, tmp_path: Path, content: str, words: list[str]
) -> None:
    path = tmp_path / "FACTS.toml"
    path.write_text(content, encoding="utf-8")
    code, out, err = run(
        capsys, "aids", *PLACE, "--project", path, "--result", sample_file, "--json"
    )
    assert (code, out) == (4, "")
    assert str(path) in err
    assert all(word in err for word in words), err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("aids",), 2),
        (("aids", "--lon", "1", "--lat", "2"), 2),
        (("aids", *PLACE[:4], "--as-of", "hier"), 2),
        (("aids", *PLACE, "--result", "absent.gpkg"), 7),
        (("aids", *PLACE, "--project", "absent.toml"), 4),
        (("aids", "--list", "--aids", "absent"), 6),
    ],
)
def test_bad_use(capsys, words: tuple[str, ...], code: int) -> None:
    found, out, err = run(capsys, *words)
    assert (found, out) == (code, "")
    assert err
    assert "Traceback" not in err
