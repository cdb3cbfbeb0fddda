"""The page of mesure 9 and its API over the sample: figures, official ones beside, maps, gaps."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
from pathlib import Path

import pytest

from geo_service.mesure9 import disagreements, mesure9
from geo_service.store import StoredResult, save_result
from geo_service.study import Study, build
from geo_service.web import create_app


@pytest.fixture(scope="module")
def client(sample_file: Path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_RATE", "off")
        return create_app(sample_file).test_client()


@pytest.fixture(scope="module")
def stored(sample_file: Path):
    with StoredResult(sample_file) as opened:
        yield opened


def test_the_page_shows_both_figures_and_never_mixes_them(client) -> None:
    text = client.get("/mesure-9").get_data(as_text=True)
    computed, official = text.split('id="official"')
    assert "1 251" not in computed.replace("\u202f", " ").replace("\xa0", " ")
    assert re.search(r"1[\u202f\xa0 ]251", official)
    assert "non publié" in official
    assert "remontée d&#39;informations" in text
    english = client.get("/mesure-9?lang=en").get_data(as_text=True)
    assert "not published" in english
    assert "declared by the ARS" in english


def test_the_api_and_the_csv_say_what_the_function_says(client, stored) -> None:
    table = mesure9(stored)
    told = client.get("/api/v1/mesure-9").get_json(force=True)
    assert told["figures"] == json.loads(json.dumps(table.records()))
    assert {one["name"] for one in told["definitions"]} == set(table.definitions)
    for address in ("/mesure-9.csv", "/api/v1/mesure-9?f=csv"):
        rows = list(csv.DictReader(io.StringIO(client.get(address).get_data(as_text=True))))
        assert len(rows) == len(table.figures)
        assert all("FICTIVES" in row["source"] for row in rows)
        before = [row for row in rows if row["definition"] == "declared" and row["date"] < "2025"]
        assert before
        assert all(row["value"] == "" for row in before)


def test_the_disagreements_are_those_of_the_function(client, stored) -> None:
    listed = disagreements(stored)
    assert listed.rows
    told = client.get("/api/v1/mesure-9/ecarts").get_json(force=True)
    assert told["declared"] == listed.declared
    assert [one["structure_id"] for one in told["items"]] == [
        one.structure_id for one in listed.rows
    ]
    rows = csv.DictReader(io.StringIO(client.get("/mesure-9/ecarts.csv").get_data(as_text=True)))
    assert len(list(rows)) == len(listed.rows)
    early = client.get("/api/v1/mesure-9/ecarts?date=2018-03-31").get_json(force=True)
    assert early["items"] is None
    assert early["declared"] is None


def test_a_table_of_several_dates_has_none_in_its_source_line(client) -> None:
    for address in ("/mesure-9.csv", "/progression.csv?since=2017-12-31&until=2025-12-31"):
        text = client.get(address).get_data(as_text=True)
        assert "situation au" not in text
        assert "geo_service" in text


def test_without_a_declaration_no_empty_file_says_that_nothing_disagrees(
    sample: Path, tmp_path: Path
) -> None:
    study = Study.load(sample / "study.toml")
    kept = tuple(source for source in study.sources if source.kind != "quartier_vecu")
    save_result(build(dataclasses.replace(study, sources=kept, also_at=())), tmp_path / "x.gpkg")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_RATE", "off")
        undeclared = create_app(tmp_path / "x.gpkg").test_client()
    told = undeclared.get("/mesure-9/ecarts.csv?lang=en")
    assert told.status_code == 404
    assert "the disagreements are unknown" in told.text
    assert "ecarts.csv" not in undeclared.get("/mesure-9").text


@pytest.mark.parametrize("kind", ["MSP", "CDS"])
def test_the_maps_hold_the_structures_in_and_near_and_no_other(client, stored, kind: str) -> None:
    features = client.get(f"/mesure-9/{kind}.geojson").get_json(force=True)["features"]
    table = stored.read_layer("structures").set_index("structure_id")
    assert features
    for one in features:
        row = table.loc[one["properties"]["structure_id"]]
        assert row["kind"] == kind
        near = [row["in_qpv"], row["near_declared"], row["near_proxy_500m"]]
        assert {"inside", "undetermined"} & set(near)
    page = client.get(f"/mesure-9/carte/{kind}")
    drawn = json.loads(
        re.search(r'<script type="application/json" id="data">(.*?)</script>', page.text, re.S)[1]
    )
    points = {one["id"]: one for one in drawn["layers"] if one["role"] == "points"}
    placed = [one for one in features if one["geometry"] is not None]
    assert set(points) == {kind}
    assert len(points[kind]["points"]) == len(placed)
    assert "sha256-" in page.headers["Content-Security-Policy"]


def test_the_link_to_the_service_map_shows_the_kind_and_the_qpv(client) -> None:
    text = client.get("/mesure-9").get_data(as_text=True)
    found = re.findall(r'href="(/carte#couches=[^"]*)"', text)
    assert len(found) == 2
    known = re.findall(r'"id": ?"([^"]+)"', client.get("/carte").get_data(as_text=True))
    for address, kind in zip(found, ("MSP", "CDS"), strict=True):
        layers = set(address.partition("=")[2].split(","))
        assert {kind, "qpv_2024"} <= layers <= {*known, "names"}
        assert not {"MSP", "CDS", "CPTS"} - {kind} & layers


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/mesure-9?territory=region:1", 404),
        ("/mesure-9?scope=mono", 400),
        ("/mesure-9/carte/CPTS", 404),
        ("/mesure-9/XXX.geojson", 404),
        ("/api/v1/mesure-9?territory=nowhere", 404),
        ("/api/v1/mesure-9?scope=mono", 400),
        ("/api/v1/mesure-9/ecarts?date=hier", 400),
    ],
)
def test_what_is_not_there_is_refused_in_words(client, address: str, status: int) -> None:
    assert client.get(address).status_code == status


def test_every_link_of_the_page_leads_somewhere(plain) -> None:
    answer = plain.ask("/mesure-9")
    for address in sorted(plain.check(answer, "/mesure-9")):
        if address.startswith("/"):
            assert plain.ask(address).status_code == 200, address


def test_a_hostile_result_runs_nothing(hostile) -> None:
    for address in ("/mesure-9", "/mesure-9.csv", "/mesure-9/MSP.geojson", "/mesure-9/carte/CDS"):
        answer = hostile.ask(address)
        assert answer.status_code == 200
        hostile.check(answer, address)
