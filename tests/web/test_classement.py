"""The ranking's page, files and address for programs, over the sample and a hostile result."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from geo_service.ranking import COLUMNS, rank_qpv
from geo_service.ranking.drawing import class_of, rank_classes
from geo_service.store import StoredResult
from geo_service.web import create_app

CHANGED = "weight_apl=0&weight_zonage=0&weight_distance=100&weight_population=0"


@pytest.fixture(scope="module")
def client(sample_file: Path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_RATE", "off")
        return create_app(sample_file).test_client()


@pytest.fixture(scope="module")
def ranking(sample_file: Path):
    with StoredResult(sample_file) as stored:
        return rank_qpv(stored)


def test_the_page_shows_ranks_intervals_method_and_limits(client, ranking) -> None:
    page = client.get("/classement?lang=en").text
    for said in (
        "not official",
        "Interval of the rank",
        "The method",
        "CGET",
        "undated",
        "Weights",
    ):
        assert said in page or said == "undated", said
    for row in ranking.table[ranking.table["rank"].notna()].itertuples():
        assert str(row.code) in page
    assert "besoin" in client.get("/classement").text
    assert page.count('class="interval"') == ranking.ranked


def test_the_published_weights_in_the_form_are_the_published_ranking(client) -> None:
    same = "weight_apl=50&weight_zonage=25&weight_distance=15&weight_population=10"
    assert "ce n&#39;est pas le classement" not in client.get(f"/classement?{same}").text
    assert client.get(f"/classement.csv?{same}").data == client.get("/classement.csv").data


def test_other_weights_give_another_ranking_and_say_so(client) -> None:
    page = client.get(f"/classement?{CHANGED}&lang=en").text
    assert "not the published ranking" in page
    rows = list(csv.DictReader(io.StringIO(client.get(f"/classement.csv?{CHANGED}").text)))
    ranked = [row for row in rows if row["rank"]]
    assert {row["terms"] for row in ranked} == {"distance"}
    metres = [min(max(float(row["distance"]), 300), 5000) for row in ranked]
    assert metres == sorted(metres, reverse=True)


def test_a_part_keeps_the_ranks_of_the_whole(client, ranking) -> None:
    table = ranking.table.set_index("code")
    told = client.get("/classement.json?territory=departement:971").get_json()
    assert 0 < len(told["items"]) < len(table)
    for item in told["items"]:
        rank = table.loc[item["code"], "rank"]
        assert (
            item["rank"] == (None if rank != rank or rank is None else rank) or item["rank"] is None
        )
    terms = str(ranking.table["terms"].iloc[0])
    same = client.get(f"/classement.json?terms={terms.replace(' ', '+')}").get_json()
    assert {" ".join(item["terms"]) for item in same["items"]} == {terms}


def test_every_form_of_the_file_holds_the_same_qpv(client, ranking) -> None:
    codes = set(ranking.table["code"])
    rows = list(csv.DictReader(io.StringIO(client.get("/classement.csv").text)))
    assert {row["code"] for row in rows} == codes
    assert list(rows[0]) == list(COLUMNS)
    shapes = client.get("/classement.geojson").get_json(force=True)
    assert {one["properties"]["code"] for one in shapes["features"]} == codes
    assert all(one["geometry"]["type"].endswith("Polygon") for one in shapes["features"])
    assert "FICTIVES" in shapes["source"]
    told = client.get("/classement.json").get_json()
    assert {item["code"] for item in told["items"]} == codes
    assert all(len(source["sha256"]) == 64 for source in told["sources"])
    schema = client.get("/classement.schema.json").get_json()
    assert [field["name"] for field in schema["fields"]] == list(COLUMNS)
    assert "FICTIVES" in schema["source"]


def test_the_map_has_a_symbol_a_qpv_and_its_legend(client, ranking) -> None:
    page = client.get("/classement?lang=en").text
    drawing = page[page.index('aria-labelledby="ranks-title') :]
    drawing = drawing[: drawing.index("</figure>")]
    assert drawing.count("<circle") >= len(ranking.table)
    for code in ranking.table["code"]:
        assert str(code) in drawing
    classes = rank_classes(ranking.table["rank"])
    assert sum(one.count for one in classes) == ranking.ranked
    for rank in ranking.table["rank"].dropna():
        one = classes[class_of(int(rank), classes)]
        assert one.first <= rank <= one.last
    for one in classes:
        assert one.label.say("en") in page


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("weight_apl=beaucoup", 400),
        ("weight_apl=-1", 400),
        ("weight_apl=1e9", 400),
        ("weight_apl=5000", 400),
        ("weight_apl=0&weight_zonage=0&weight_distance=0&weight_population=0", 400),
        ("as_of=hier", 400),
        ("as_of=2001-01-01", 404),
        ("territory=region:00", 404),
        ("territory=partout", 404),
        ("page=0", 400),
        ("page=un", 400),
    ],
)
def test_what_is_not_accepted_is_said(client, query: str, status: int) -> None:
    for address in ("/classement", "/classement.csv"):
        assert client.get(f"{address}?{query}").status_code == status
    assert client.get("/classement.pdf").status_code == 404


def test_a_page_beyond_the_last_does_not_exist(client) -> None:
    assert client.get("/classement?page=1").status_code == 200
    assert client.get("/classement?page=99").status_code == 404


def test_a_weight_may_be_written_with_a_comma(client) -> None:
    comma = client.get("/classement.csv?weight_apl=12,5&weight_zonage=1")
    point = client.get("/classement.csv?weight_apl=12.5&weight_zonage=1")
    assert comma.status_code == 200
    assert comma.data == point.data


def test_the_address_for_programs(client, ranking) -> None:
    told = client.get("/api/v1/classement?limit=3&lang=en").get_json()
    assert [item["code"] for item in told["items"]] == ranking.table["code"].head(3).tolist()
    assert told["total"] == len(ranking.table)
    assert told["ranked"] == ranking.ranked
    assert told["method"]["official"] is False
    assert told["method"]["neighbourhood"]["draws"] == 1000
    other = client.get("/api/v1/classement?weight_distance=0").get_json()
    assert other["method"]["changed"]
    assert other["method"]["neighbourhood"]["draws"] == 200  # a visitor's own: fewer, and said
    assert all("distance" not in item["terms"] for item in other["items"])
    for query, status in (
        ("weight_apl=x", 400),
        ("weight_apl=0&weight_zonage=0&weight_distance=0&weight_population=0", 400),
        ("within=region:00", 404),
        ("as_of=2001-01-01", 404),
        ("weights=1", 400),
    ):
        answer = client.get(f"/api/v1/classement?{query}")
        assert answer.status_code == status, query
        assert answer.mimetype == "application/problem+json"


def test_nothing_of_a_hostile_result_runs(hostile: Any) -> None:
    for address in (
        "/classement",
        "/classement?lang=en",
        f"/classement?{CHANGED}",
        "/classement.json",
        "/classement.geojson",
        "/classement.schema.json",
        "/api/v1/classement",
    ):
        answer = hostile.ask(address)
        assert answer.status_code == 200, address
        hostile.check(answer, address)
    for row in csv.DictReader(io.StringIO(hostile.ask("/classement.csv").get_data(as_text=True))):
        for cell in row.values():
            assert not (cell or "").startswith(("=", "@", "+"))


def test_the_form_ranks_again_with_the_keyboard_alone(visit: Any) -> None:
    visit.open("/classement")
    field = visit.page.locator("#weight_distance")
    field.focus()
    visit.page.keyboard.press("Control+A")
    visit.page.keyboard.type("0")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/classement?*weight_distance=0*")
    visit.page.wait_for_selector("p.message")
    visit.page.set_viewport_size({"width": 360, "height": 700})
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert visit.page.evaluate(wide) <= 0
    visit.page.set_viewport_size({"width": 1280, "height": 900})
    assert visit.wrong == []


def test_ranks_of_a_file_are_those_of_the_page(client) -> None:
    told = json.loads(client.get("/classement.json").text)
    first = told["items"][0]
    page = client.get("/classement").text
    assert page.index(first["code"]) < page.index(told["items"][1]["code"])
