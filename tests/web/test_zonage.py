"""The page on zoning, its downloads and its operations, over the sample's result."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from geo_service.web import create_app

PLACE = "lon=-3.137&lat=46.032"


@pytest.fixture(scope="module")
def client(sample_file: Path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_RATE", "off")
        return create_app(sample_file).test_client()


def test_the_page_stands_in_both_languages_with_its_tables(client) -> None:
    for language, title in (("fr", "Zonage médecin"), ("en", "Doctor zoning")):
        page = client.get(f"/zonage?lang={language}")
        assert page.status_code == 200
        assert f'<html lang="{language}">' in page.text
        assert title in page.text
        assert page.text.count('class="scroll"') >= 4  # each chart and map has its table
        assert "style=" not in page.text
        assert "100" in page.text


def test_a_place_gets_its_class_its_reason_and_its_order(client) -> None:
    page = client.get(f"/zonage?{PLACE}&date=2026-01-01")
    assert "Zone d&#39;intervention prioritaire (ZIP)" in page.text
    assert "Arrêté fictif du 15 décembre 2023" in page.text
    assert "QN09610I" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    early = client.get(f"/zonage?{PLACE}&date=2010-01-01&lang=en").text
    assert "No zoning at hand" in early
    assert "any: nothing rules one out" in early


def test_a_commune_is_asked_by_name_or_code(client) -> None:
    by_code = client.get("/zonage?commune=96005&date=2026-01-01")
    assert "La position ne donne que la commune" in by_code.text
    by_name = client.get("/zonage?commune=Port-Fictif&date=2026-01-01")
    assert "La position ne donne que la commune" in by_name.text
    several = client.get("/zonage?commune=e&date=2026-01-01")
    assert "Plusieurs communes" in several.text
    assert "Aucune commune" in client.get("/zonage?commune=zzzz").text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/zonage?lon=1", 422),
        ("/zonage?lon=x&lat=y", 422),
        ("/zonage?date=hier", 422),
        ("/zonage?lon=1&lat=46&date=hier", 422),
        ("/zonage?territory=region:1", 404),
        ("/zonage?as_of=2011-01-01", 404),
        ("/zonage/communes-avec-qpv.xls", 404),
        ("/zonage/population.geojson", 404),
        ("/zonage/population.csv?as_of=1999-01-01", 404),
        ("/zonage/communes-avec-qpv.csv?date=20150501x", 422),
    ],
)
def test_bad_use_is_said(client, address: str, status: int) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert "Traceback" not in answer.text


def test_communes_with_qpv_come_as_csv_geojson_and_json(client) -> None:
    answer = client.get("/zonage/communes-avec-qpv.csv?date=2015-05-01")
    assert "attachment" in answer.headers["Content-Disposition"]
    lines = [line for line in answer.get_data().decode("utf-8-sig").splitlines() if line[0] != "#"]
    rows = list(csv.DictReader(io.StringIO("\n".join(lines)), delimiter=_separator(lines[0])))
    assert {row["commune"] for row in rows} == {"96001", "96002", "96005", "97190"}
    told = json.loads(client.get("/zonage/communes-avec-qpv.geojson?date=2015-05-01").data)
    assert len(told["features"]) == len(rows)
    listed = client.get("/api/v1/communes-avec-qpv?date=2015-05-01").get_json()
    assert (listed["total"], listed["known"]) == (4, True)
    assert sum(item["qpv_count"] for item in listed["items"]) == 14
    assert all(len(item["qpv"]) == item["qpv_count"] for item in listed["items"])


def _separator(head: str) -> str:
    return max(";,\t", key=head.count)


def test_population_by_class_adds_up_on_the_page_and_in_its_file(client) -> None:
    answer = client.get("/zonage/population.csv?territory=region:99&as_of=2026-01-01")
    lines = [line for line in answer.get_data().decode("utf-8-sig").splitlines() if line[0] != "#"]
    rows = list(csv.DictReader(io.StringIO("\n".join(lines)), delimiter=_separator(lines[0])))
    shares = [
        float(row["value"]) for row in rows if row["indicator"] == "share_of_population_in_class"
    ]
    assert sum(shares) == pytest.approx(1.0)
    page = client.get("/zonage?territory=departement:96&as_of=2023-12-31").text
    assert "Hors zonage (HZ)" in page
    empty = client.get("/zonage?as_of=2017-12-31").text
    assert "Aucun zonage parmi les sources" in empty


def test_the_operation_says_what_the_page_says(client) -> None:
    told = client.get(f"/api/v1/zone?{PLACE}&date=2026-01-01").get_json()
    assert (told["class"], told["unit"], told["unit_code"]) == ("ZIP", "qpv", "QN09610I")
    assert told["vintage"]["order"] == "Arrêté fictif du 15 décembre 2023"
    main = client.get(f"/api/v1/zone?{PLACE}").get_json()
    assert main["as_of"] == "2026-01-01"
    unsure = client.get(f"/api/v1/zone?{PLACE}&precision=unknown&lang=en").get_json()
    assert (unsure["answer"], unsure["precision"]) == ("undetermined", None)
    assert client.get("/api/v1/zone?lon=1&lat=91").status_code == 400
    assert client.get(f"/api/v1/zone?{PLACE}&date=2026").status_code == 400


def test_names_are_escaped(client) -> None:
    page = client.get("/zonage?date=2015-05-01").text
    assert "Quartier <b>Bidon</b>" not in page
    assert re.search(r"Quartier &lt;b&gt;Bidon", page)


def test_hostile_names_stay_text(hostile) -> None:
    for address in (
        "/zonage",
        "/zonage?lang=en",
        "/zonage?lon=-3.0527&lat=46.0098&precision=50&date=2026-01-01",
        "/zonage?date=2015-05-01",
        "/zonage?commune=%3Cimg%3E",
        "/zonage/communes-avec-qpv.csv?date=2015-05-01",
        "/zonage/communes-avec-qpv.geojson?date=2015-05-01",
        "/zonage/population.csv",
        "/api/v1/zone?lon=-3.0527&lat=46.0098",
        "/api/v1/communes-avec-qpv?date=2015-05-01",
    ):
        answer = hostile.ask(address)
        assert answer.status_code == 200, address
        hostile.check(answer, address)
