"""The page of the baromètre: choices, trajectories, sums, downloads, and its answers in the API."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from geo_service.barometre import barometre_files, check_barometre
from geo_service.store import StoredResult


@pytest.fixture(scope="module")
def client(plain: Any) -> Any:
    return plain


def text(client: Any, address: str) -> str:
    found = client.ask(address)
    assert found.status_code == 200, address
    client.check(found, address)
    return found.get_data(as_text=True)


def test_the_result_own_territory_shows_both_counts_apart(client: Any) -> None:
    page = text(client, "/barometre?lang=en")
    assert "never joined" in page
    assert page.count('class="badge in">official') == 1
    assert page.count('class="badge out">computed') == 1
    assert "No target is published for this territory" in page


def test_the_country_stands_before_a_named_target(client: Any) -> None:
    page = text(client, "/barometre?territory=france:FR&target=msp_4000_2027&lang=en")
    assert "62.5%" in page
    assert "4,000 MSP by 2027 (S4)" in page
    assert "+374.8" in page
    centres = text(client, "/barometre?territory=france:FR&indicator=cds&lang=en")
    assert "91.1%" in centres


def test_a_target_of_another_indicator_is_put_aside_and_said(client: Any) -> None:
    page = text(client, "/barometre?territory=france:FR&indicator=cds&target=msp_4000_2027&lang=en")
    assert "put aside" in page
    assert "700 CDS by 2027" in page


def test_an_objective_of_ones_own(client: Any) -> None:
    page = text(client, "/barometre?goal=60&year=2030&lang=en")
    assert "Objective of one&#39;s own" in page
    assert "at the earliest" in page


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("goal=60", 400),
        ("year=2030", 400),
        ("goal=0&year=2030", 400),
        ("goal=-5&year=2030", 400),
        ("goal=1e9&year=2030", 400),
        ("goal=60&year=1900", 400),
        ("indicator=esp", 404),
        ("territory=region:00", 404),
        ("territory=%3Cscript%3E", 404),
        ("target=nope", 404),
    ],
)
def test_what_cannot_be_is_refused(client: Any, query: str, status: int) -> None:
    for address in (f"/barometre?{query}", f"/barometre.csv?{query}"):
        assert client.ask(address).status_code == status, address


def test_the_figures_come_as_csv(client: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(text(client, "/barometre.csv?territory=region:99"))))
    assert {row["origin"] for row in rows} == {"official", "computed"}
    assert len({row["perimeter"] for row in rows}) == 2
    assert {row["territory"] for row in rows} == {"region:99"}


@pytest.mark.parametrize("layout", ["etalab", "ditp"])
def test_both_layouts_come_as_zip_and_as_files(
    client: Any, sample_file: Path, tmp_path: Path, layout: str
) -> None:
    files = barometre_files(StoredResult(sample_file), layout).files
    data = client.ask(f"/barometre/{layout}.zip").get_data()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert set(archive.namelist()) == set(files)
        archive.extractall(tmp_path)
    assert check_barometre(tmp_path) == []
    page = text(client, "/barometre")
    for name, content in files.items():
        found = client.ask(f"/barometre/{layout}/{name}")
        assert found.get_data(as_text=True) == content
        assert name in found.headers["Content-Disposition"]
        assert not name.endswith(".csv") or f"/barometre/{layout}/{name}" in page


@pytest.mark.parametrize(
    "address",
    ["/barometre/xlsx.zip", "/barometre/etalab/nope.csv", "/barometre/xlsx/ind-311.csv"],
)
def test_unknown_files_are_404(client: Any, address: str) -> None:
    assert client.ask(address).status_code == 404


def test_the_gaps_of_one_are_explained_on_the_page(client: Any) -> None:
    page = text(client, "/barometre?indicator=cds&lang=en")
    assert "Do the sums close?" in page
    assert page.count("structure of the national total") == 2  # 2017 and 2019, control table


def test_the_api_says_the_same(client: Any) -> None:
    found = client.ask("/api/v1/barometre?territory=france:FR&target=msp_4000_2027").get_json()
    runs = {line["name"]: line["trajectory"] for line in found["lines"]}
    assert runs["objectif4_msp"]["level_share"] == pytest.approx(0.62525)
    assert runs["objectif4_msp"]["projected"] is None  # one figure on that perimeter
    assert runs["barometre_msp"]["earliest"] < runs["barometre_msp"]["projected"]
    assert {one["target"]["name"] for one in found["targets"]} >= {
        "msp_plus_1000",
        "msp_cible_2000",
    }
    own = client.ask("/api/v1/barometre?target=60@2030").get_json()
    assert (own["target"], own["goal"], own["by"]) == (None, 60, "2030-12-31")
    assert client.ask("/api/v1/barometre?kind=CPTS").status_code == 404
    assert client.ask("/api/v1/barometre?target=60@1900").status_code == 404
    centres = client.ask("/api/v1/barometre?kind=CDS").get_json()
    assert [one["date"] for one in centres["sums"] if not one["closes"]] == [
        "2017-12-31",
        "2019-12-31",
    ]


def test_texts_that_attack_stay_text(hostile: Any) -> None:
    for address in (
        "/barometre?territory=france:FR",
        "/barometre?territory=france:FR&indicator=cds",
        "/barometre.csv?territory=france:FR",
        "/barometre/etalab.zip",
        "/officiel",
    ):
        found = hostile.ask(address)
        assert found.status_code == 200, address
        hostile.check(found, address)
