"""Downloads: each layer in each format, whole or filtered, with catalogue and schemas."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from geo_service.atlas import Atlas
from geo_service.exchange.read_back import read_back
from geo_service.web import create_app


@pytest.fixture(scope="module")
def client(sample_file: Path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_HEAVY_RATE", "off")
        return create_app(sample_file).test_client()


@pytest.fixture(scope="module")
def atlas(sample_file: Path) -> Atlas:
    return Atlas(sample_file)


def test_every_download_answers(client) -> None:
    links = re.findall(r'href="(/telechargements/[^"]+)"', client.get("/telechargements").text)
    assert len(links) > 60
    for link in links:
        answer = client.get(link.replace("&amp;", "&"), buffered=True)
        assert answer.status_code == 200, link
        assert len(answer.data) > 0


def test_a_download_can_be_cut_by_territory(client) -> None:
    address = "/telechargements/structures.geojson"
    whole = json.loads(client.get(address, buffered=True).data)
    part = json.loads(client.get(f"{address}?territory=departement:971", buffered=True).data)
    assert 0 < len(part["features"]) < len(whole["features"])
    assert whole["source"]
    assert whole["fictitious"] is True


def test_a_download_can_be_cut_by_kind_and_date(client, atlas: Atlas) -> None:
    held = atlas.layer("structures")
    for kind in ("MSP", "CDS"):
        text = client.get(f"/telechargements/structures.csv?kind={kind}").text
        table = pd.read_csv(io.StringIO(text), sep=None, engine="python", dtype=str, comment="#")
        assert set(table["kind"]) == {kind}
        assert len(table) == (held["kind"] == kind).sum()
    earliest = min(atlas.dates).isoformat()
    data = client.get(f"/telechargements/structures.geojson?as_of={earliest}").data
    opened = [f["properties"]["opened"] for f in json.loads(data)["features"]]
    assert 0 < len(opened) < len(held)
    assert all(day is None or day <= earliest for day in opened)
    assert f"situation au {earliest}" in data.decode()
    text = client.get(f"/telechargements/indicators.csv?as_of={earliest}&kind=MSP").text
    assert earliest in text
    assert max(atlas.dates).isoformat() not in text.split("\n", 5)[-1]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/telechargements/structures.csv?as_of=2001-01-01", 404),
        ("/telechargements/structures.csv?as_of=hier", 400),
        ("/telechargements/structures.csv?kind=EHPAD", 404),
        ("/telechargements/communes.csv?kind=MSP", 404),
        ("/telechargements/provenance.csv?territory=departement:971", 404),
        ("/telechargements?territory=region:1", 404),
        ("/telechargements/rien.schema.json", 404),
    ],
)
def test_a_filter_that_cannot_be_is_said(client, address: str, status: int) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    if "2001" in address:
        assert "2026" in answer.text  # the dates that there are


def test_the_links_follow_the_filters(client) -> None:
    page = client.get("/telechargements?territory=departement:971&kind=MSP").text
    links = re.findall(r'href="(/telechargements/structures\.csv[^"]*)"', page)
    assert links == ["/telechargements/structures.csv?territory=departement:971&amp;kind=MSP"]
    plain = re.findall(r'href="(/telechargements/provenance\.csv[^"]*)"', page)
    assert plain == ["/telechargements/provenance.csv"]


def test_a_csv_reads_back_by_its_schema(client, atlas: Atlas, tmp_path: Path) -> None:
    for layer in ("structures", "indicators", "qpv_2024"):
        said = client.get(f"/telechargements/{layer}.schema.json")
        assert said.json["source"]
        (tmp_path / f"{layer}.csv").write_bytes(client.get(f"/telechargements/{layer}.csv").data)
        (tmp_path / f"{layer}.schema.json").write_bytes(said.data)
        held = atlas.layer(layer)
        back = read_back(tmp_path / f"{layer}.csv")
        assert list(back.columns) == list(held.columns)
        pd.testing.assert_frame_equal(
            pd.DataFrame(back).drop(columns="geometry", errors="ignore"),
            pd.DataFrame(held).drop(columns="geometry", errors="ignore"),
            check_dtype=False,
        )


def test_the_catalogue_leads_to_every_file(client, atlas: Atlas) -> None:
    said = json.loads(client.get("/telechargements/catalogue.jsonld").data)
    assert said["@type"] == "dcat:Catalog"
    assert {one["dct:identifier"] for one in said["dcat:dataset"]} == set(atlas.layers)
    for dataset in said["dcat:dataset"]:
        assert dataset["dcat:distribution"]
        for one in dataset["dcat:distribution"]:
            assert one["dcat:downloadURL"].startswith("http://localhost/telechargements/")


def test_filtered_downloads_are_limited(sample_file: Path, monkeypatch) -> None:
    monkeypatch.setenv("GEO_SERVICE_RATE", "5/hour")
    client = create_app(sample_file).test_client()
    answers = [client.get("/telechargements/facts.csv") for _ in range(7)]
    assert [a.status_code for a in answers] == [200] * 5 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert client.get("/healthz").status_code == 200


def test_costly_downloads_have_a_limit_of_their_own(sample_file: Path, monkeypatch) -> None:
    monkeypatch.setenv("GEO_SERVICE_HEAVY_RATE", "2/hour")
    client = create_app(sample_file).test_client()
    address = "/telechargements/structures.csv?kind="
    assert [client.get(address + kind).status_code for kind in ("MSP", "CDS", "CPTS")] == [
        200,
        200,
        429,
    ]
    assert client.get("/telechargements/structures.csv").status_code == 200
