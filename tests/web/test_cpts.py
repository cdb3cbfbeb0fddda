"""The page and the address of the CPTS, over the sample and over a result without a table."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import pytest

from geo_service.atlas import Atlas
from geo_service.store import save_result
from geo_service.study import Study, build
from geo_service.web import create_app

AS_OF = "2026-01-01"


@pytest.fixture(scope="module")
def client(sample_file: Path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_RATE", "off")
        return create_app(sample_file).test_client()


@pytest.fixture(scope="module")
def without(sample: Path, tmp_path_factory: pytest.TempPathFactory):
    """A client over the sample built without its table of CPTS, at one date."""
    study = Study.load(sample / "study.toml")
    kept = tuple(source for source in study.sources if source.kind != "cpts")
    path = tmp_path_factory.mktemp("without") / "x.gpkg"
    save_result(build(dataclasses.replace(study, sources=kept, also_at=())), path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_RATE", "off")
        return create_app(path).test_client()


def test_the_page_shows_the_figures_of_the_result(client, sample_file: Path) -> None:
    page = client.get("/cpts?lang=en").text
    figures = Atlas(sample_file).figures(
        "region:99", "population_in_cpts", definition="any", as_of=Atlas(sample_file).as_of
    )
    assert f"{int(figures['value'].iloc[0]):,}" in page
    assert "Coverage by the CPTS" in page
    assert "ACI signed" in page
    assert "<svg" in page
    assert "Couverture par les CPTS" in client.get("/cpts").text


def test_official_figures_stand_beside(client) -> None:
    page = client.get("/cpts?lang=en").text
    assert page.index('id="departement"') < page.index('id="official"')
    for said in ("754", "546", "85.0%", "98.0%", "DGOS"):
        assert said in page[page.index('id="official"') :], said
    assert "Centre-Val de Loire</td>" in page
    assert "france:FR" not in page[page.index('id="official"') :]


def test_an_unknown_figure_is_said_with_its_bounds(client) -> None:
    page = client.get("/cpts?as_of=2023-12-31&lang=en").text
    assert "not known" in page
    assert "between 0" in page
    assert "Before the table" in page


def test_the_csv_has_every_figure_and_its_description(client) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get("/cpts.csv").text)))
    assert {row["level"] for row in rows} == {"region", "departement"}
    one = next(
        row for row in rows if (row["territory"], row["maturity"]) == ("region:99", "letter-only")
    )
    assert float(one["cpts"]) == 1
    assert float(one["share_low"]) <= float(one["share"]) <= float(one["share_high"])
    schema = json.loads(client.get("/cpts.schema.json").text)
    assert {field["name"] for field in schema["fields"]} == set(rows[0])
    assert "FICTIVES" in schema["source"]


def test_the_json_keeps_official_figures_apart(client) -> None:
    told = client.get("/cpts.json?lang=en").get_json()
    assert set(told) == {"as_of", "source", "levels", "official"}
    assert any(one["value"] == 754 for one in told["official"])
    assert "754" not in json.dumps(told["levels"])


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/cpts?as_of=demain", 400),
        ("/cpts?as_of=2001-01-01", 404),
        ("/cpts.csv?as_of=2001-01-01", 404),
        ("/cpts.xlsx", 404),
        ("/api/v1/cpts?cpts_level=qpv", 400),
        ("/api/v1/cpts?as_of=2001-01-01", 404),
        ("/api/v1/cpts?level=region", 400),
    ],
)
def test_what_is_not_accepted_is_said(client, address: str, status: int) -> None:
    assert client.get(address).status_code == status


def test_the_address_for_programs(client) -> None:
    told = client.get("/api/v1/cpts?cpts_level=commune&limit=5&lang=en").get_json()
    assert (told["as_of"], told["level"], len(told["items"])) == (AS_OF, "commune", 5)
    assert told["total"] > 5
    maturities = {one["maturity"]: one for one in told["items"][0]["maturities"]}
    assert set(maturities) >= {"any", "project", "aci", "letter-only", "project-only"}
    assert maturities["any"]["share"]["value"] in (0.0, 1.0)
    following = next(link["href"] for link in told["links"] if link["rel"] == "next")
    assert client.get(following).get_json()["items"][0] != told["items"][0]


def test_without_a_table_it_says_so_and_still_gives_what_is_published(without) -> None:
    page = without.get("/cpts?lang=en").text
    assert "has no table of the CPTS" in page
    assert "754" in page
    assert "couches=MSP" in page
    assert without.get("/cpts.csv").status_code == 200
    told = without.get("/api/v1/cpts").get_json()
    assert (told["total"], told["items"]) == (0, [])


def test_nothing_of_a_hostile_result_runs(hostile: Any) -> None:
    for address in ("/cpts", "/cpts?lang=en", "/cpts.json", "/api/v1/cpts?cpts_level=commune"):
        answer = hostile.ask(address)
        assert answer.status_code == 200, address
        hostile.check(answer, address)


def test_the_three_maps_of_the_dgos_open_as_said(visit: Any) -> None:
    visit.open("/cpts")
    links = visit.page.locator("#points ~ p.links a, #choropleth ~ p.links a")
    found = [link.get_attribute("href") for link in links.all()]
    assert len(found) == 3
    for href in found:
        visit.open(href)
        on = visit.page.evaluate(
            "[...document.querySelectorAll('input[data-layer]:checked')].map(i => i.dataset.layer)"
        )
        if "indicateur=" in href:
            assert {"MSP", "CDS", "CPTS"}.isdisjoint(on)
            assert visit.page.locator("#indicator").input_value() == "share_of_population_in_cpts"
        else:
            wanted = "MSP" if "MSP" in href else "CDS"
            assert {"MSP", "CDS", "CPTS"} & set(on) == {wanted}
    assert [one for one in visit.wrong if "preload" not in one] == []
