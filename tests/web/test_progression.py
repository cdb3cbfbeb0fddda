"""The page of progression and its API over the sample."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from geo_service.web import create_app

ASKED = "since=2017-12-31&until=2025-12-31&kind=MSP&where=qpv"


@pytest.fixture(scope="module")
def client(sample_file: Path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_RATE", "off")
        patch.setenv("GEO_SERVICE_HEAVY_RATE", "off")
        return create_app(sample_file).test_client()


def test_the_parts_of_the_page_the_api_and_the_csv_are_the_same(client) -> None:
    told = client.get(f"/api/v1/progression?{ASKED}").get_json(force=True)
    assert sum(n or 0 for n in told["parts"].values()) == told["difference"]
    assert told["difference"] == told["stored"]["last"] - told["stored"]["first"]
    assert told["parts"]["closed"] is None
    text = client.get(f"/progression.csv?{ASKED}").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sum(int(row["sign"]) for row in rows) == told["difference"]
    assert [row["structure_id"] for row in rows] == [
        one["structure_id"] for one in told["structures"]
    ]
    page = client.get(f"/progression?{ASKED}").get_data(as_text=True)
    for one in told["structures"]:
        assert one["structure_id"] in page
    assert "survivantes" in page


def test_counts_by_class_on_the_page_in_the_api_and_the_csv(client) -> None:
    dates = "since=2022-12-31&until=2025-12-31&kind=MSP"
    asked = f"{dates}&where=class-ZIP%2BZAC"
    told = client.get(f"/api/v1/progression?{asked}").get_json(force=True)
    assert told["within"] == "class-ZIP+ZAC"
    assert sum(n or 0 for n in told["parts"].values()) == told["difference"]
    assert told["links"][0]["href"].endswith("where=class-ZIP%2BZAC")
    text = client.get(f"/progression.csv?{asked}").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sum(int(row["sign"]) for row in rows) == told["difference"]
    page = client.get(f"/progression?{asked}").get_data(as_text=True)
    offered = re.findall(r'<option value="(class-[^"]+)"( selected)?', page)
    assert [value for value, _ in offered[:3]] == ["class-ZIP", "class-ZAC", "class-ZAR"]
    assert ("class-ZIP+ZAC", " selected") in offered
    assert "autre arrêté" in page
    assert 'name="assume_undated"' not in page  # every order of the sample has its dates
    assumed = client.get(f"/progression?{asked}&assume_undated=true").get_data(as_text=True)
    assert "assume_undated=true" in assumed
    early = f"/api/v1/progression?{dates.replace('2022', '2012')}&where=class-ZIP"
    unknown = client.get(f"{early}&assume_undated=true").get_json(force=True)
    assert unknown["difference"] is None
    assert "arrêté de zonage" in unknown["notes"][0]


def test_the_order_of_the_dates_and_one_date_alone(client) -> None:
    ask = "/api/v1/progression?where=qpv&"
    one = client.get(f"{ask}since=2017-12-31&until=2025-12-31").get_json(force=True)
    other = client.get(f"{ask}since=2025-12-31&until=2017-12-31").get_json(force=True)
    assert {**one, "links": 0} == {**other, "links": 0}
    same = client.get(f"{ask}since=2025-12-31&until=2025-12-31").get_json(force=True)
    assert same["difference"] == 0
    assert same["structures"] == []


def test_the_chart_is_well_formed_and_says_its_figures(client) -> None:
    page = client.get(f"/progression?{ASKED}&lang=en").get_data(as_text=True)
    drawings = re.findall(r"<svg[^>]*role=\"img\".*?</svg>", page, re.S)
    assert len(drawings) == 2
    for drawing in drawings:
        ElementTree.fromstring(drawing)
        assert "perimeter changed" in drawing
        assert "style=" not in drawing


def test_an_unknown_difference_is_said_and_not_drawn(client) -> None:
    page = client.get("/progression?since=2017-12-31&until=2025-12-31&where=declared").text
    assert "La différence est inconnue" in page
    assert 'class="drawing wide"' not in page


def test_both_generations_of_quarters(client) -> None:
    told = client.get("/api/v1/qpv-2015-2024").get_json(force=True)
    assert {"new", "gone", "identical"} <= {name for name, n in told["counts"].items() if n}
    assert {check["letter"]: check["published"] for check in told["suffixes"]} == {
        "I": 291,
        "M": 960,
        "N": 111,
    }
    text = client.get("/progression/qpv-2015-2024.csv").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(told["items"])
    assert {row["people_basis"] for row in rows} <= {"area", "squares", ""}


def test_states_at_a_date_as_table_map_and_files(client) -> None:
    told = client.get("/api/v1/etats?date=2018-12-31&kind=MSP").get_json(force=True)
    assert told["states"]["announced"] == 0  # the register is of after the date
    assert told["states"]["open"] + told["states"]["later"] > 0
    address = "/progression/etats.geojson?date=2018-12-31&kind=MSP"
    features = client.get(address).get_json(force=True)["features"]
    said = [one["properties"]["state"] for one in features]
    assert {name: said.count(name) for name in told["states"]} == told["states"]
    table = client.get("/progression/etats.csv?date=2018-12-31").get_data(as_text=True)
    assert "state" in table.splitlines()[0]
    assert "situation au 2018-12-31" in client.get(address).get_data(as_text=True)
    page = client.get("/progression/carte?date=2018-12-31")
    assert "sha256-" in page.headers["Content-Security-Policy"]
    assert "ouverture postérieure" in page.get_data(as_text=True)
    assert "31 décembre 2018, et celles qui" in page.get_data(as_text=True)
    assert "situation au 2018-12-31" in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/progression?since=hier", 400),
        ("/progression?since=2025-01-01&until=2020-01-01", 422),
        ("/progression?where=partout", 404),
        ("/progression?where=class-XX", 404),
        ("/progression?kind=CPTS&where=class-ZIP", 404),
        ("/api/v1/progression?since=2017-12-31&until=2025-12-31&where=class-XX", 404),
        ("/api/v1/progression?since=2017-12-31&until=2025-12-31&assume_undated=oui", 400),
        ("/progression?kind=HOPITAL", 400),
        ("/progression?territory=region:1", 404),
        ("/progression?kind=CPTS&where=qpv", 404),
        ("/progression/etats.zip", 404),
        ("/progression/etats.xlsx", 404),
        ("/progression/carte?date=2018-13-31", 400),
        ("/api/v1/progression", 400),
        ("/api/v1/progression?since=2020-01-01", 400),
        ("/api/v1/progression?since=2017-12-31&until=2025-12-31&where=partout", 404),
        ("/api/v1/progression?since=2017-12-31&until=2025-12-31&territory=qpv:X", 404),
        ("/api/v1/etats?territory=qpv:X", 404),
    ],
)
def test_what_means_nothing_is_refused_in_words(client, address: str, status: int) -> None:
    assert client.get(address).status_code == status


def test_every_link_of_the_page_leads_somewhere(plain) -> None:
    answer = plain.ask(f"/progression?{ASKED}")
    for address in sorted(plain.check(answer, "/progression")):
        if address.startswith("/"):
            assert plain.ask(address).status_code == 200, address


def test_a_hostile_result_runs_nothing(hostile) -> None:
    for address in (
        "/progression",
        f"/progression?{ASKED}",
        "/progression?where=class-ZIP&assume_undated=true",
        f"/progression.csv?{ASKED}",
        "/progression/qpv-2015-2024.csv",
        "/progression/etats.geojson",
        "/progression/carte",
    ):
        answer = hostile.ask(address)
        assert answer.status_code == 200, address
        hostile.check(answer, address)
