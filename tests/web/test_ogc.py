"""OGC API – Features: documents, pages of features, CRS, times, refusals."""

from __future__ import annotations

import copy
import html
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import shapely

from geo_service.core.crs import transform
from geo_service.store import StoredResult, save_result
from geo_service.web import create_app
from geo_service.web.ogc.crs import CRS84, WGS84

LAMBERT = "http://www.opengis.net/def/crs/EPSG/0/2154"


@pytest.fixture(scope="module")
def client(sample_file: Path):
    return create_app(sample_file).test_client()


@pytest.fixture(scope="module")
def stored(sample_file: Path):
    with StoredResult(sample_file) as result:
        yield result


def with_layers(result: Any, layers: dict[str, Any]) -> Any:
    changed = copy.copy(result)
    changed.layers = layers
    return changed


def get(client, address: str, **query: Any):
    answer = client.get(f"/ogc{address}", query_string=query)
    assert answer.status_code == 200, answer.text
    return answer


def items(client, layer: str, **query: Any) -> dict[str, Any]:
    return json.loads(get(client, f"/collections/{layer}/items", **query).data)


def layers(client) -> list[str]:
    return [one["id"] for one in get(client, "/collections").json["collections"]]


def test_every_link_of_the_service_leads_somewhere_of_its_type(client) -> None:
    seen, waiting = set(), ["http://localhost/ogc"]
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code == 200, address
        if answer.mimetype == "text/html":
            continue
        document = json.loads(answer.data)
        for one in (document, *document.get("collections", ())):
            for link in one.get("links", ()):
                waiting.append(link["href"])
                if link["rel"] in ("self", "alternate", "items"):
                    wanted = link["type"].partition(";")[0]
                    assert client.get(link["href"]).mimetype == wanted, link
    assert len(seen) > 50


def test_collections_hold_every_layer_in_degrees(client, stored) -> None:
    assert layers(client) == stored.layer_names()
    for name in layers(client):
        said = get(client, f"/collections/{name}").json
        table = stored.read_layer(name)
        np.testing.assert_allclose(said["extent"]["spatial"]["bbox"][0], table.total_bounds, 1e-5)
        assert said["crs"][:2] == [CRS84, WGS84]
        assert said["storageCrs"] == CRS84
        assert said["itemType"] == "feature"
        for code in table["legal_crs"].dropna().unique():
            assert f"http://www.opengis.net/def/crs/EPSG/0/{code}" in said["crs"]
    assert "temporal" in get(client, "/collections/qpv_2024").json["extent"]
    assert "temporal" not in get(client, "/collections/communes").json["extent"]


def test_titles_are_in_both_languages(client) -> None:
    french = get(client, "/collections/qpv_2024", lang="fr").json
    english = get(client, "/collections/qpv_2024", lang="en").json
    assert french["title"] == "Quartiers prioritaires (QPV) 2024"
    assert english["title"] == "Priority neighbourhoods (QPV) 2024"
    assert all("lang=en" in link["href"] for link in english["links"])


def test_pages_follow_one_another_until_all_is_seen(client, stored) -> None:
    table = stored.read_layer("structures")
    document = items(client, "structures", limit=4, lang="en")
    seen = []
    while True:
        assert document["numberMatched"] == len(table)
        assert document["numberReturned"] == len(document["features"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["timeStamp"])
        seen += [feature["id"] for feature in document["features"]]
        links = {link["rel"]: link["href"] for link in document["links"]}
        if "next" not in links:
            break
        query = parse_qs(urlsplit(links["next"]).query)
        assert query["limit"] == ["4"]
        assert query["lang"] == ["en"]
        document = json.loads(client.get(links["next"]).data)
    assert len(seen) == len(set(seen)) == len(table)
    assert "prev" in links


def test_a_limit_beyond_the_most_gives_the_most(client, monkeypatch) -> None:
    monkeypatch.setattr("geo_service.web.ogc.asking.MOST_FEATURES", 3)
    assert items(client, "structures", limit=9000)["numberReturned"] == 3


def test_a_box_takes_what_it_meets_and_what_has_no_shape(client, stored) -> None:
    table = stored.read_layer("structures")
    west, south, east, north = table.total_bounds
    box = (west, south, (west + east) / 2, north)
    met = table.geometry.isna() | table.intersects(shapely.box(*box))
    found = items(client, "structures", limit=1000, bbox=",".join(map(str, box)))
    assert {f["id"] for f in found["features"]} == set(table.loc[met, "finess"])
    turned = ",".join(str(box[side]) for side in (1, 0, 3, 2))
    again = items(client, "structures", limit=1000, bbox=turned, **{"bbox-crs": WGS84})
    assert again["features"] == found["features"]


def test_a_box_across_the_antimeridian_is_two_boxes(client, stored) -> None:
    table = stored.read_layer("structures")
    _, _, east, _ = table.total_bounds
    found = items(client, "structures", limit=1000, bbox=f"{east - 0.01},-90,-179,90")
    expected = table.geometry.isna() | (table.geometry.x >= east - 0.01)
    assert found["numberMatched"] == expected.sum()


def test_coordinates_come_in_every_crs_offered(client, stored) -> None:
    table = stored.read_layer("qpv_2024")
    said = get(client, "/collections/qpv_2024").json["crs"]
    point = table.geometry.iloc[0].representative_point()
    for uri in said:
        answer = get(client, "/collections/qpv_2024/items", crs=uri, limit=1)
        assert answer.headers["Content-Crs"] == f"<{uri}>"
        shape = shapely.from_geojson(json.dumps(json.loads(answer.data)["features"][0]["geometry"]))
        if uri in (CRS84, WGS84):
            x, y = (point.x, point.y) if uri == CRS84 else (point.y, point.x)
        else:
            moved = transform(point.x, point.y, 4326, int(uri.rpartition("/")[2]))
            x, y = (float(axis) for axis in moved)
        assert shape.intersects(shapely.Point(x, y)), uri


def test_times_meet_the_period_of_a_feature(client, stored) -> None:
    table = stored.read_layer("qpv_2015")
    assert table["valid_to"].notna().all()
    last = table["valid_to"].max()
    day = last.date().isoformat()
    whole = items(client, "qpv_2015", datetime=f"{day}T12:00:00Z")["numberMatched"]
    assert whole == (table["valid_to"] == last).sum()
    assert items(client, "qpv_2015", datetime="../2000-01-01")["numberMatched"] == 0
    assert items(client, "qpv_2015", datetime="2000-01-01/..")["numberMatched"] == len(table)
    communes = len(stored.read_layer("communes"))
    assert items(client, "communes", datetime="1900-01-01")["numberMatched"] == communes


def test_properties_filter_sort_and_narrow(client, stored) -> None:
    table = stored.read_layer("structures")
    found = items(client, "structures", kind="MSP", limit=1000, properties="kind,name")
    assert found["numberMatched"] == (table["kind"] == "MSP").sum()
    assert {tuple(f["properties"]) for f in found["features"]} == {("kind", "name")}
    row = int(table["row"].iloc[3])
    assert items(client, "structures", row=row)["features"][0]["properties"]["row"] == row
    names = [
        f["properties"]["opened"]
        for f in items(client, "structures", sortby="-opened,name", limit=1000)["features"]
    ]
    dated = [name for name in names if name is not None]
    assert dated == sorted(dated, reverse=True)
    assert names[len(dated) :] == [None] * (len(names) - len(dated))


def test_one_feature_has_an_etag_and_is_the_same_as_in_its_page(client) -> None:
    first = items(client, "qpv_2024", limit=1)["features"][0]
    answer = get(client, f"/collections/qpv_2024/items/{first['id']}")
    assert {key: answer.json[key] for key in first} == first
    again = client.get(answer.request.path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_two_processes_name_one_page_alike(sample_file: Path, monkeypatch) -> None:
    address = "/ogc/collections/structures/items"
    tags = []
    for second in (1, 2):
        monkeypatch.setattr(
            "geo_service.web.ogc.items.now", lambda second=second: f"2026-01-01T00:00:0{second}Z"
        )
        answer = create_app(sample_file).test_client().get(address)
        assert f"00:0{second}Z" in answer.text
        tags.append(answer.headers["ETag"])
    assert tags[0] == tags[1]
    assert tags[0].startswith('W/"')


def test_layers_that_mix_single_and_multiple_shapes_are_all_multiple(client, stored) -> None:
    for name in layers(client):
        found = items(client, name, limit=1000)["features"]
        kinds = {f["geometry"]["type"] for f in found if f["geometry"]}
        assert len(kinds) <= 1, name
    mixed = next(n for n in layers(client) if stored.read_layer(n).geom_type.nunique() > 1)
    table = stored.read_layer(mixed)
    for uri in (CRS84, WGS84):
        found = items(client, mixed, limit=1000, crs=uri)["features"]
        shapes = [shapely.from_geojson(json.dumps(f["geometry"])) for f in found]
        if uri == WGS84:
            shapes = [shapely.transform(s, lambda points: points[:, ::-1]) for s in shapes]
        np.testing.assert_allclose(
            shapely.area(shapes), shapely.area(np.asarray(table.geometry)), rtol=1e-3
        )


@pytest.mark.parametrize(
    "query",
    [
        "nope=1",
        "limit=0",
        "limit=-1",
        "limit=ten",
        "limit=1&limit=2",
        "offset=-1",
        "offset=99999999999",
        "bbox=1,2,3",
        "bbox=1,2,3,x",
        "bbox=1,4,3,2",
        "bbox=nan,1,2,3",
        "bbox-crs=" + CRS84,
        "bbox=1,2,3,4&bbox-crs=EPSG:4326",
        "crs=EPSG:2154",
        "crs=http://www.opengis.net/def/crs/EPSG/0/27700",
        "datetime=yesterday",
        "datetime=2026-13-01",
        "datetime=2026-01-02/2026-01-01",
        "datetime=../..",
        "datetime=2026-01-01T/..",
        "properties=nope",
        "sortby=nope",
        "row=first",
        "opened=2020",
        "f=xml",
        "lang=de",
        "filter-lang=sql",
        "filter-crs=EPSG:4326",
        "filter=nope = 1",
    ],
)
def test_what_is_not_understood_is_a_400_in_words(client, query: str) -> None:
    answer = client.get(f"/ogc/collections/structures/items?{query}")
    assert answer.status_code == 400, query
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == 400
    assert len(answer.json["detail"]) > 15


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/collections",
        "/collections/structures",
        "/conformance",
        "/openapi",
        "/collections/structures/queryables",
        "/collections/structures/items/1",
    ],
)
def test_no_document_takes_an_unknown_parameter(client, address: str) -> None:
    assert client.get(f"/ogc{address}?nope=1").status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "/collections/none",
        "/collections/none/items",
        "/collections/none/queryables",
        "/collections/structures/items/none",
        "/collections/structures/items/../../x",
        "/none",
    ],
)
def test_what_does_not_exist_is_a_404_problem(client, address: str) -> None:
    answer = client.get(f"/ogc{address}")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_queryables_are_json_schema_with_meanings(client, stored) -> None:
    for name in layers(client):
        answer = get(client, f"/collections/{name}/queryables", lang="en")
        assert answer.mimetype == "application/schema+json"
        said = answer.json
        assert said["$id"] == f"http://localhost/ogc/collections/{name}/queryables"
        columns = [c for c in stored.read_layer(name).columns if c != "geometry"]
        assert list(said["properties"]) == ["geometry", *columns]
    asked = get(client, "/collections/structures/queryables", lang="en").json["properties"]
    assert asked["opened"] == {
        "title": "Opening date",
        "type": "string",
        "format": "date",
        "x-ogc-role": "primary-interval-start",
    }
    assert asked["geometry"]["format"] == "geometry-point"
    assert asked["finess"]["x-ogc-role"] == "id"


def test_every_parameter_of_the_description_is_taken(client) -> None:
    """The description and what is accepted do not drift apart."""
    described = get(client, "/openapi").json
    shared = described["components"]["parameters"]
    for path, operations in described["paths"].items():
        if path.endswith("{featureId}"):
            continue
        for parameter in operations["get"]["parameters"]:
            said = (
                shared[parameter["$ref"].rpartition("/")[2]] if "$ref" in parameter else parameter
            )
            name, schema = said["name"], said["schema"]
            value = (
                {
                    "bbox": "0,0,1,1",
                    "datetime": "2026-01-01",
                    "filter": "TRUE",
                    "sortby": "name",
                    "properties": "name",
                }.get(name)
                or schema.get("default")
                or next(iter(schema.get("enum", ())), None)
            )
            value = value or {"integer": "1", "number": "1.5", "boolean": "true"}.get(
                schema.get("type"), "2026-01-01"
            )
            more = {"bbox": "0,0,1,1"} if name == "bbox-crs" else {}
            answer = client.get(f"/ogc{path}", query_string={name: value, **more})
            assert answer.status_code == 200, (path, name, answer.text)


def test_pages_are_html_in_both_languages_and_say_the_same(client) -> None:
    for address in (
        "",
        "/collections",
        "/collections/structures",
        "/conformance",
        "/openapi",
        "/collections/structures/items",
        "/collections/structures/queryables",
    ):
        for language in ("fr", "en"):
            answer = get(client, address, f="html", lang=language)
            assert answer.mimetype == "text/html"
            assert f'<html lang="{language}">' in answer.text
            assert " style=" not in answer.text
            assert not re.search(r"<script(?! src=)", answer.text)
    accepting = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    assert client.get("/ogc", headers=accepting).mimetype == "text/html"
    assert client.get("/ogc", headers={"Accept": "*/*"}).mimetype == "application/json"
    assert "Accept" in client.get("/ogc").headers["Vary"]


def test_names_of_the_data_are_shown_and_never_run(sample_result, tmp_path: Path) -> None:
    hostile = "</script><img src=x onerror=alert(1)>\u202e{{ 7*7 }}"
    layers = {name: table.copy() for name, table in sample_result.layers.items()}
    layers["structures"]["name"] = hostile
    layers["structures"].loc[0, "finess"] = "<b>/&\"'?#"
    path = tmp_path / "hostile.gpkg"
    save_result(with_layers(sample_result, layers), path)
    client = create_app(path).test_client()
    page = get(client, "/collections/structures/items", f="html", limit=100).text
    assert "<img" not in page
    assert "&lt;img src=x" in page
    assert "{{ 7*7 }}" in page
    link = re.search(r'href="([^"]*/items/%3Cb[^"]*)"', page)
    assert link is not None
    one = client.get(html.unescape(link[1]))
    assert one.status_code == 200
    assert "<img" not in one.text
    found = items(client, "structures", name=hostile)
    assert found["numberMatched"] == len(layers["structures"])
    assert found["features"][0]["properties"]["name"] == hostile


def test_a_new_result_is_taken_up(sample_result, tmp_path: Path) -> None:
    import time

    path = tmp_path / "result.gpkg"
    save_result(sample_result, path)
    client = create_app(path).test_client()
    before = items(client, "structures")["numberMatched"]
    layers = dict(sample_result.layers)
    layers["structures"] = layers["structures"].head(before - 1)
    save_result(with_layers(sample_result, layers), path)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if items(client, "structures")["numberMatched"] == before - 1:
            break
        time.sleep(0.05)
    assert items(client, "structures")["numberMatched"] == before - 1


def test_where_a_visitor_looks_is_not_kept(client) -> None:
    served = client.application.extensions["geo_service"].current()
    items(client, "communes", limit=1)
    held = len(served._bodies)
    for step in range(5):
        items(client, "communes", bbox=f"-10,40,{10 + step},60", limit=1)
        items(client, "communes", filter=f"code <> '{step}'", limit=1)
    assert len(served._bodies) == held
    items(client, "communes", limit=2)
    assert len(served._bodies) == held + 1
