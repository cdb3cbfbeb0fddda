"""The map page's address, headers and data; the browser part is in test_carte_browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from geo_service.web import create_app


@pytest.fixture(scope="module")
def client(sample_file: Path):
    return create_app(sample_file).test_client()


def told(client: Any, address: str = "/carte") -> dict[str, Any]:
    """What the page tells its script."""
    text = client.get(address).text
    return json.loads(re.search(r'id="told">(.*?)</script>', text, re.S)[1])


def test_nothing_stands_inline(client) -> None:
    for address in ("/carte", "/carte?embed=1", "/carte?lang=en&territory=region:99"):
        page = client.get(address).text
        scripts = re.findall(r"<script([^>]*)>", page)
        assert all("src=" in one or 'type="application/json"' in one for one in scripts)
        assert "<style" not in page
        assert "built-in method" not in page
        assert not re.search(r"\sstyle=", page)
        assert not re.search(r"\son[a-z]+=", page)
        assert not re.findall(r'(?:src|href)="https?://', page)


def test_only_the_embed_address_may_be_framed(client) -> None:
    for address in ("/carte", "/carte?embed=0", "/carte?embed=yes", "/carte?territory=region:99"):
        headers = client.get(address).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], address
        assert headers["X-Frame-Options"] == "DENY"
    headers = client.get("/carte?embed=1&territory=region:99").headers
    assert "frame-ancestors *" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers


def test_the_policy_lets_in_no_script_but_our_own(client) -> None:
    policy = client.get("/carte").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_tiles_are_let_in_only_when_the_operator_says_so(
    sample_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEO_SERVICE_TILES", "ign")
    own = create_app(sample_file).test_client()
    answer = own.get("/carte")
    assert "https://data.geopf.fr" in answer.headers["Content-Security-Policy"]
    script = re.search(r'src="(/carte/fichiers/[^"]+)"', answer.text)[1]
    assert "GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2" in own.get(script).text


def test_a_territory_that_is_not_there_is_a_404(client) -> None:
    assert client.get("/carte?territory=region:76").status_code == 404
    assert client.get("/carte?territory=%3Cimg%3E").status_code == 404


def test_files_are_kept_for_ever_under_a_name_of_their_bytes(client) -> None:
    page = client.get("/carte").text
    for address in re.findall(r'"(/carte/fichiers/[^"]+)"', page):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
    assert client.get("/carte/fichiers/carte-0000.js").status_code == 404


def test_data_named_by_their_result_are_kept_and_others_asked_again(client) -> None:
    version = told(client)["version"]
    kept = client.get(f"/carte/donnees/structures.json?v={version}&lang=fr")
    assert "immutable" in kept.headers["Cache-Control"]
    stale = client.get("/carte/donnees/structures.json?v=old&lang=fr")
    assert stale.headers["Cache-Control"] == "no-cache"
    tag = {"If-None-Match": stale.headers["ETag"]}
    assert client.get("/carte/donnees/structures.json", headers=tag).status_code == 304


def test_the_page_announces_the_very_addresses_its_script_asks_for(client) -> None:
    text = client.get("/carte?lang=fr").text
    early = re.findall(r'rel="preload" as="fetch" crossorigin="anonymous" href="([^"]+)"', text)
    assert len(early) == 3
    for address in early:
        assert client.get(address.replace("&amp;", "&")).status_code == 200


def test_every_layer_of_the_legend_has_its_data(client) -> None:
    settings = told(client)
    for layer in settings["layers"]:
        name = "structures" if layer["role"] == "points" else layer["id"]
        assert client.get(f"/carte/donnees/{name}.json").status_code == 200, name
        if layer["role"] in ("qpv", "vecu"):
            shapes = client.get(f"/carte/donnees/formes/{name}.json").json
            zones = client.get(f"/carte/donnees/{name}.json").json
            assert len(shapes["shapes"]) == len(zones["codes"]) == len(zones["from"])
    part = settings["parts"][0][0]
    for name in ("communes", "epci", "departements", "zonage"):
        near = client.get(f"/carte/donnees/proche/{name}/{part}.json").json
        assert near["shapes"], name


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/carte/donnees/rien.json", 404),
        ("/carte/donnees/anomalies.json", 404),
        ("/carte/donnees/qpv_1999.json", 404),
        ("/carte/donnees/formes/communes.json", 404),
        ("/carte/donnees/proche/communes/75.json", 404),
        ("/carte/donnees/proche/structures/31.json", 404),
        ("/carte/donnees/lieu.json", 404),
        ("/carte/donnees/lieu.json?territoire=commune:00000", 404),
        ("/carte/donnees/indicateur.json?niveau=communes&indicateur=rien", 404),
        ("/carte/donnees/indicateur.json?niveau=qpv&indicateur=structures_open", 404),
        (
            "/carte/donnees/indicateur.json?niveau=epci&indicateur=structures_open&date=2001-01-01",
            404,
        ),
        ("/carte/donnees/indicateur.json?niveau=epci&indicateur=structures_open&date=x", 400),
        ("/carte/donnees/indicateur.json?niveau=epci&indicateur=structures_open&classes=x", 400),
    ],
)
def test_what_is_not_there_is_said(client, address: str, status: int) -> None:
    assert client.get(address).status_code == status


def test_structures_and_their_details_are_in_the_same_order(client, sample_result) -> None:
    points = client.get("/carte/donnees/structures.json").json
    details = client.get("/carte/donnees/details.json").json
    table = sample_result.layers["structures"]
    assert sorted(details["codes"]) == sorted(table["finess"])
    missing = len(points["kind"]) - len(points["points"]) // 2
    assert missing == int((table.geometry.isna() | table.geometry.is_empty).sum())
    by_code = table.set_index("finess")
    placed = points["placed"] or range(len(points["kind"]))
    x = y = 0
    for place, row in enumerate(placed):
        x += points["points"][2 * place]
        y += points["points"][2 * place + 1]
        own = by_code.loc[details["codes"][row]]
        assert abs(x / 1e5 - own.geometry.x) < 1e-5
        assert abs(y / 1e5 - own.geometry.y) < 1e-5
        assert points["kinds"][points["kind"][row]] == own["kind"]
        assert details["names"][row] == own["name"]


def test_open_at_a_date_is_what_the_figures_count(client, sample_result) -> None:
    points = client.get("/carte/donnees/structures.json").json
    dates = [one["iso"] for one in told(client)["dates"]]
    figures = sample_result.indicators
    for place, date in enumerate(dates):
        sure = [
            points["kinds"][kind]
            for kind, begun, ended in zip(points["kind"], points["from"], points["to"], strict=True)
            if begun is not None and begun <= place and (ended is None or ended > place)
        ]
        own = figures[
            (figures["indicator"] == "structures_open")
            & (figures["territory"] == "region:99")
            & (figures["kind"] == "MSP")
            & (figures["as_of"] == date)
        ]
        assert own["low"].iloc[0] <= sure.count("MSP")


def test_a_place_names_what_belongs_to_it(client, sample_result) -> None:
    place = client.get("/carte/donnees/lieu.json?territoire=departement:971").json
    structures = sample_result.layers["structures"]
    assert len(place["rows"]["structures"]) == int((structures["departement"] == "971").sum())
    (south, west), (north, east) = place["bounds"]
    assert south < north
    assert west < east
    assert place["outline"]["shapes"][0]
    zone = sample_result.layers["qpv_2024"]["code"].iloc[0]
    assert client.get(f"/carte/donnees/lieu.json?territoire=qpv:{zone}").json["rows"] == {}


def indicator(client: Any, **asked: str) -> Any:
    return client.get("/carte/donnees/indicateur.json", query_string=asked).json


def test_an_indicator_keeps_unknown_apart_from_zero(client, sample_result) -> None:
    answer = indicator(
        client, niveau="communes", indicateur="share_in_qpv", nature="MSP", definition="qpv"
    )
    figures = sample_result.indicators
    own = figures[
        (figures["level"] == "commune")
        & (figures["indicator"] == "share_in_qpv")
        & (figures["kind"] == "MSP")
        & (figures["as_of"] == figures["as_of"].max())
    ].set_index("territory")
    ids = sample_result.layers["communes"]["territory"]
    (shown,) = answer["dates"]
    for territory, value, place in zip(ids, shown["value"], shown["class"], strict=True):
        expected = own["value"].get(territory)
        if expected is None or expected != expected:
            assert (value, place) == (None, -1)
        else:
            assert value == pytest.approx(expected, rel=1e-5)
            assert place >= 0
    assert shown["unknown"] == shown["value"].count(None) > 0
    assert sum(shown["counted"]) + shown["unknown"] == len(ids)


def test_two_dates_share_their_classes_and_counts_have_none(client) -> None:
    both = indicator(
        client,
        niveau="epci",
        indicateur="per_10000_inhabitants",
        nature="MSP",
        date=["2017-12-31", "2026-01-01"],
    )
    assert [one["date"] for one in both["dates"]] == ["2017-12-31", "2026-01-01"]
    assert len(both["dates"][0]["counted"]) == len(both["classes"])
    counted = indicator(client, niveau="epci", indicateur="structures_open", nature="MSP")
    assert counted["count"] is True
    assert "classes" not in counted
    assert counted["circles"]


def test_a_mean_of_structures_within_reach_is_no_count(client) -> None:
    entries = {one["indicator"]: one for one in told(client)["indicators"]}
    assert entries["structures_open"]["count"]
    assert entries["qpv_without_structure"]["count"]
    assert not entries["structures_within_distance"]["count"]
    assert not entries["share_in_qpv"]["count"]


def test_the_catalogue_holds_every_series_of_the_result(client, sample_result) -> None:
    """It is told from a few territories of each level: they must tell all."""
    figures = sample_result.indicators
    names = {"region": "regions", "departement": "departements"}
    names |= {"epci": "epci", "commune": "communes"}
    held = {
        (row.indicator, row.kind, row.definition, names[row.level], row.as_of.date().isoformat())
        for row in figures[figures["level"].isin(names)]
        .astype({"kind": object, "definition": object})
        .where(lambda table: table.notna(), None)
        .itertuples()
    }
    listed = {
        (entry["indicator"], kind, definition, level, date)
        for entry in told(client)["indicators"]
        for kind, definition, _, levels in entry["series"]
        for level, dates in levels.items()
        for date in dates
    }
    assert listed == held
