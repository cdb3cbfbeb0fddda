"""The JSON API over the sample's result: each address, filters, pages, errors, languages."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from geo_service.atlas import Atlas
from geo_service.figures import figure_records
from geo_service.web import create_app

ROOT = "/api/v1"


@pytest.fixture(scope="module")
def atlas(sample_file: Path) -> Atlas:
    return Atlas(sample_file)


@pytest.fixture(scope="module")
def client(sample_file: Path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_RATE", "off")
        return create_app(sample_file).test_client()


@pytest.fixture(scope="module")
def get(client):
    def ask(path: str, status: int = 200):
        answer = client.get(path if path.startswith("/") else f"{ROOT}/{path}")
        assert answer.status_code == status, answer.text
        if status >= 400:
            assert answer.mimetype == "application/problem+json"
        return answer.get_json(force=True)

    return ask


def test_every_link_of_the_front_leads_somewhere(client, get) -> None:
    front = get(ROOT)
    for one in front["links"]:
        answer = client.get(one["href"])
        assert answer.status_code == 200, one
        assert answer.mimetype == one["type"], one


def test_the_result_says_its_dates_and_layers(get, atlas) -> None:
    told = get("resultat")
    assert told["dates"] == atlas.facts["dates"]
    assert told["layers"] == atlas.stored.layer_names()


def test_pages_join_to_the_whole(get, atlas) -> None:
    address, seen = f"{ROOT}/territoires?level=commune&limit=3", []
    while address:
        told = get(address)
        seen += [item["code"] for item in told["items"]]
        links = {link["rel"]: link["href"] for link in told["links"]}
        address = links.get("next")
    assert len(seen) == told["total"] == len(set(seen))
    assert seen == atlas.layer("communes")["code"].tolist()
    assert "page=1" in get(f"{ROOT}/territoires?level=commune&limit=3&page=2")["links"][-1]["href"]


def test_a_page_beyond_the_end_is_empty_and_leads_back(get) -> None:
    told = get("territoires?level=commune&limit=3&page=999")
    assert told["items"] == []
    last = next(link for link in told["links"] if link["rel"] == "prev")
    assert get(last["href"])["items"]


def test_territories_are_found_whatever_the_accents(get, atlas) -> None:
    name = atlas.layer("communes")["name"].iloc[0]
    found = get(f"territoires?level=commune&q={name.upper()}")["items"]
    assert name in [item["name"] for item in found]


def test_a_territory_leads_to_its_parents_and_figures(get, atlas) -> None:
    commune = atlas.layer("communes").iloc[0]
    told = get(f"territoires/{commune['territory']}")
    assert told["name"] == commune["name"]
    assert len(told["bbox"]) == 4
    up = [link["href"] for link in told["links"] if link["rel"] == "up"]
    assert f"{ROOT}/territoires/departement:{commune['departement']}" in up
    for link in told["links"]:
        if link["href"].startswith(ROOT):
            get(link["href"])


@pytest.mark.parametrize("filters", ["", "kind=MSP", "indicator=share_in_qpv&kind=CDS"])
def test_figures_are_those_of_the_command(get, atlas, filters: str) -> None:
    main = atlas.facts["territory"]
    asked = dict(part.split("=") for part in filters.split("&") if part)
    table = atlas.figures(main, asked.get("indicator"), kind=asked.get("kind"))
    told = get(f"territoires/{main}/indicateurs?{filters}")
    assert told["items"] == json.loads(json.dumps(figure_records(table)))
    assert told["total"] == len(table) > 0


def test_a_date_that_is_not_held_is_a_404_that_lists_those_that_are(get, atlas) -> None:
    held = [date.isoformat() for date in atlas.dates]
    for address in (
        f"territoires/{atlas.facts['territory']}/indicateurs?as_of=1999-12-31",
        "indicateurs/structures_open?as_of=1999-12-31",
        "structures?as_of=1999-12-31",
    ):
        assert get(address, 404)["known"] == held


def test_measures_say_what_they_are_in_both_languages(get, atlas) -> None:
    french, english = get("indicateurs")["items"], get("indicateurs?lang=en")["items"]
    names = set(atlas.figures()["indicator"])
    assert {one["name"] for one in french} == {one["name"] for one in english} == names
    assert [one["label"] for one in french] != [one["label"] for one in english]
    share = next(one for one in french if one["name"] == "share_in_qpv")
    assert share["unit"] == "share"
    assert "qpv" in [one["name"] for one in share["definitions"]]


def test_definitions_and_kinds_are_all_there(get, atlas) -> None:
    table = atlas.figures()
    for one in get("indicateurs")["items"]:
        own = table[table["indicator"] == one["name"]]
        assert {it["name"] for it in one["definitions"]} == set(own["definition"].dropna())
        assert set(one["kinds"]) == set(own["kind"].dropna())
        assert set(one["levels"]) == set(own["level"])


def test_one_measure_for_every_territory_of_a_level(get, atlas) -> None:
    told = get("indicateurs/structures_open?level=departement&kind=MSP&limit=5000")
    assert [one["territory"] for one in told["items"]] == [
        f"departement:{code}" for code in sorted(atlas.layer("departements")["code"])
    ]
    assert {one["as_of"] for one in told["items"]} == {atlas.as_of.isoformat()}
    own = told["items"][0]["territory"]
    inside = get(f"indicateurs/structures_open?level=commune&kind=MSP&within={own}&limit=5000")
    communes = atlas.layer("communes")
    held = communes[communes["departement"] == own.partition(":")[2]]
    assert {one["territory"] for one in inside["items"]} == set(held["territory"])


def test_a_measure_as_csv_is_whole_and_the_same(client, get) -> None:
    address = "indicateurs/structures_open?level=commune&kind=CDS"
    answer = client.get(f"{ROOT}/{address}&f=csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    told = get(f"{address}&limit=5000")
    assert len(rows) == told["total"]
    values = [None if row["value"] == "" else float(row["value"]) for row in rows]
    assert values == [one["value"] for one in told["items"]]


def test_structures_are_filtered(get, atlas) -> None:
    table = atlas.layer("structures")
    assert get("structures")["total"] == len(table)
    msp = get("structures?kind=MSP&limit=5000")["items"]
    assert len(msp) == (table["kind"] == "MSP").sum()
    inside = get("structures?in_qpv=inside&limit=5000")["items"]
    assert len(inside) == (table["in_qpv"] == "inside").sum() > 0
    part = get("structures?territory=departement:971&limit=5000")["items"]
    assert {one["departement"] for one in part} == {"971"}
    qpv = inside[0]["qpv"]
    assert inside[0]["finess"] in [
        one["finess"] for one in get(f"structures?territory=qpv:{qpv}")["items"]
    ]
    one = msp[0]
    lon, lat = one["lon"], one["lat"]
    box = f"{lon - 1e-4},{lat - 1e-4},{lon + 1e-4},{lat + 1e-4}"
    assert one["finess"] in [it["finess"] for it in get(f"structures?bbox={box}")["items"]]


def test_structures_at_a_date_are_those_that_the_figures_count(get, atlas) -> None:
    main = atlas.facts["territory"]
    for date in atlas.dates:
        figures = atlas.figures(main, "structures_open", as_of=date)
        for kind, value, high in zip(
            figures["kind"], figures["value"], figures["high"], strict=True
        ):
            items = get(f"structures?as_of={date}&kind={kind}&limit=5000")["items"]
            surely = [one for one in items if one["open"] == "yes"]
            assert len(surely) == value, (date, kind)
            assert len(items) >= high or high != high
            assert all(one["opened"] is None or one["opened"] <= str(date) for one in items)


def test_what_is_known_at_the_main_date_is_not_told_of_another(get, atlas) -> None:
    other = next(date for date in atlas.dates if date != atlas.as_of)
    assert "in_qpv" not in get(f"structures?as_of={other}&limit=1")["items"][0]
    refused = get(f"structures?as_of={other}&in_qpv=inside", 404)
    assert refused["known"] == [atlas.as_of.isoformat()]


@pytest.mark.parametrize("layer", ["structures", "qpv"])
def test_geojson_gives_all_or_a_page(client, get, layer: str) -> None:
    whole = get(f"{layer}?f=geojson")
    assert whole["type"] == "FeatureCollection"
    assert whole["numberMatched"] == whole["numberReturned"] == len(whole["features"]) > 1
    page = get(f"{layer}?f=geojson&limit=1&page=2")
    assert [one["id"] for one in page["features"]] == [whole["features"][1]["id"]]
    assert client.get(f"{ROOT}/{layer}?f=geojson").mimetype == "application/geo+json"


def test_one_feature_has_a_stable_address(client, get) -> None:
    for layer, listed in (("qpv", "code"), ("structures", "finess")):
        item = get(f"{layer}?limit=1")["items"][0]
        href = next(link["href"] for link in item["links"] if link["rel"] == "self")
        assert href == f"{ROOT}/{layer}/{item[listed]}"
        feature = get(href)
        assert feature["id"] == item[listed]
        assert feature["properties"] == {k: v for k, v in item.items() if k != "links"}
        assert get(href) == feature


def test_generations_of_qpv(get, atlas) -> None:
    for generation in ("2015", "2024"):
        layer = f"qpv_{generation}"
        told = get(f"qpv?generation={generation}", 200 if layer in atlas.layers else 404)
        if layer in atlas.layers:
            assert told["total"] == len(atlas.layer(layer))
        else:
            assert told["known"]


def test_search_gives_pages(get, atlas) -> None:
    qpv = atlas.layer("qpv_2024").iloc[0]
    found = get(f"recherche?q={qpv['code'].lower()}")["items"]
    assert (found[0]["kind"], found[0]["code"]) == ("qpv", qpv["code"])
    assert found[0]["url"] == f"/qpv/{qpv['code']}"
    assert get("recherche?q=")["items"] == []


def test_anomalies_and_sources(get, atlas) -> None:
    told = get("anomalies?limit=5000")
    assert told["total"] == len(atlas.layer("anomalies"))
    code = told["items"][0]["code"]
    assert {one["code"] for one in get(f"anomalies?code={code}")["items"]} == {code}
    french, english = get("anomalies?limit=1"), get("anomalies?limit=1&lang=en")
    assert french["items"][0]["reason"] != english["items"][0]["reason"]
    assert [one["sha256"] for one in get("sources")["items"]] == [
        one.sha256 for one in atlas.stored.provenance
    ]


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("structures?coleur=bleu", "coleur"),
        ("structures?limit=0", "limit"),
        ("structures?limit=1e3", "limit"),
        ("structures?limit=5&limit=6", "limit"),
        ("structures?bbox=1,2,3", "bbox"),
        ("structures?bbox=1,2,3,nan", "bbox"),
        ("structures?as_of=31/12/2024", "as_of"),
        ("structures?as_of=2024-02-30", "as_of"),
        ("structures?kind=msp", "kind"),
        ("structures?f=shp", "f"),
        ("territoires?lang=de", "lang"),
        ("localiser?lon=1", "lat"),
        ("localiser?lon=1,5&lat=43", "lon"),
        ("localiser?lon=inf&lat=43", "lon"),
        ("localiser?lon=1&lat=91", "lat"),
        ("localiser?lon=1&lat=43&precision=-1", "precision"),
    ],
)
def test_a_parameter_that_is_not_accepted_is_named(get, address: str, named: str) -> None:
    refused = get(address, 400)
    assert [one["parameter"] for one in refused["errors"]] == [named]
    assert named in refused["detail"]


@pytest.mark.parametrize(
    "address",
    [
        "territoires/region:00",
        "territoires/nulle-part",
        "territoires/region:00/indicateurs",
        "indicateurs/rien",
        "indicateurs/structures_open?within=region:00",
        "indicateurs/structures_open?definition=rien",
        "structures?territory=region:00",
        "structures/000000000",
        "qpv/QN99999X",
        "rien",
    ],
)
def test_what_is_not_there_is_a_404_in_both_languages(get, address: str) -> None:
    mark = "&" if "?" in address else "?"
    french, english = get(address, 404), get(f"{address}{mark}lang=en", 404)
    assert french["status"] == 404
    assert french["detail"] != english["detail"]


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", "'; DROP TABLE x;--", "\u202e\x00=1+1", "%", "a" * 200]
)
def test_hostile_words_are_only_words(client, words: str) -> None:
    for path in ("recherche", "territoires", "structures"):
        answer = client.get(f"{ROOT}/{path}", query_string={"q": words})
        assert answer.status_code == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        answer.get_json()
    assert client.get(f"{ROOT}/recherche", query_string={"q": "a" * 201}).status_code == 400


def test_any_site_may_read_and_the_same_is_not_sent_twice(client) -> None:
    for path in ("qpv?f=geojson", "structures", "openapi.json", "recherche?q=a"):
        first = client.get(f"{ROOT}/{path}")
        assert first.headers["Access-Control-Allow-Origin"] == "*"
        again = client.get(f"{ROOT}/{path}", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    asked = client.options(f"{ROOT}/qpv")
    assert "If-None-Match" in asked.headers["Access-Control-Allow-Headers"]
    assert client.post(f"{ROOT}/qpv").status_code == 405


def test_links_keep_the_language_and_the_path_of_a_proxy(client) -> None:
    told = client.get(
        f"{ROOT}/territoires?limit=1&lang=en", environ_overrides={"SCRIPT_NAME": "/soins"}
    ).get_json()
    following = next(link["href"] for link in told["links"] if link["rel"] == "next")
    assert following.startswith(f"/soins{ROOT}/territoires?")
    assert "lang=en" in following


def test_the_documentation_names_every_address_and_parameter(get) -> None:
    said = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    for path, item in get("openapi.json")["paths"].items():
        assert path in said, path
        for parameter in item["get"]["parameters"]:
            assert re.search(
                rf"`{parameter['name']}`|<{parameter['name']}>|{{{parameter['name']}}}", said
            )


def test_the_page_has_a_form_for_every_operation_and_its_example_works(client, get) -> None:
    for language in ("fr", "en"):
        page = client.get(f"/api?lang={language}")
        assert page.status_code == 200
        examples = re.findall(r'<a href="(/api/v1[^"]*)"><code>', page.text)
        assert len(examples) == len(get("openapi.json")["paths"])
        for example in examples:
            assert client.get(example.replace("&amp;", "&")).status_code == 200, example
        assert "<script>" not in page.text
        assert "style=" not in page.text
