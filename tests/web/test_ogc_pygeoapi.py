"""The same questions to pygeoapi, over the same features: the answers are equal where both answer.

pygeoapi is the yardstick here, not what serves: docs/ogc.md says why.
"""

from __future__ import annotations

import json
import logging
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import shapely
from werkzeug.datastructures import Headers, MultiDict

from geo_service.store import StoredResult
from geo_service.web import create_app
from geo_service.web.ogc.crs import CRS84, WGS84

pytest.importorskip("pygeoapi")
LAYER = "qpv_2024"
HELD: dict[str, Any] = {}


@pytest.fixture(scope="module")
def reference(sample_file: Path):
    """pygeoapi's own functions over a provider that holds the layer in memory."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries below pygeoapi
        from pygeoapi.api import API, APIRequest, itemtypes
        from pygeoapi.provider.base import BaseProvider

    with StoredResult(sample_file) as stored:
        HELD["table"] = stored.read_layer(LAYER)
    box = HELD["table"].total_bounds.tolist()

    class Held(BaseProvider):
        def __init__(self, definition: dict[str, Any]) -> None:
            super().__init__(definition)
            self._fields = {"code": {"type": "string"}, "departement": {"type": "string"}}

        def get_fields(self):
            return self._fields

        def query(self, offset=0, limit=10, bbox=(), properties=(), **_: Any):
            table = HELD["table"]
            if bbox:
                table = table[table.intersects(shapely.box(*bbox))]
            for name, value in properties:
                table = table[table[name] == value]
            features = [
                {
                    "type": "Feature",
                    "id": row.code,
                    "properties": {"code": row.code, "departement": row.departement},
                    "geometry": shapely.geometry.mapping(row.geometry),
                }
                for row in table.iloc[offset : offset + limit].itertuples()
            ]
            return {
                "type": "FeatureCollection",
                "features": features,
                "numberMatched": len(table),
                "numberReturned": len(features),
            }

    import sys

    sys.modules["held_provider"] = SimpleNamespace(Held=Held)
    config = {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 1},
            "url": "http://localhost/ogc",
            "mimetype": "application/json",
            "encoding": "utf-8",
            "languages": ["fr"],
            "limits": {"default_items": 10, "max_items": 10000, "on_exceed": "throttle"},
            "map": {"url": "", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {"identification": {"title": "t", "description": "d", "url": ""}},
        "resources": {
            LAYER: {
                "type": "collection",
                "title": "t",
                "description": "d",
                "keywords": ["k"],
                "links": [],
                "extents": {"spatial": {"bbox": box, "crs": CRS84}},
                "providers": [
                    {
                        "type": "feature",
                        "name": "held_provider.Held",
                        "data": "",
                        "id_field": "code",
                        "crs": [CRS84, WGS84],
                        "storage_crs": CRS84,
                    }
                ],
            }
        },
    }
    level = logging.getLogger().level
    api = API(config, {})
    logging.getLogger().setLevel(level)

    def ask(**query: Any) -> tuple[int, Any]:
        request = SimpleNamespace(
            args=MultiDict({name: str(value) for name, value in query.items()}),
            headers=Headers(),
            data=b"",
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            asked = APIRequest.from_flask(request, api.locales)
            _, status, body = itemtypes.get_collection_items(api, asked, LAYER)
        return status, json.loads(body)

    yield ask
    del sys.modules["held_provider"]


@pytest.fixture(scope="module")
def client(sample_file: Path):
    return create_app(sample_file).test_client()


def _box(share: float) -> str:
    west, south, east, north = HELD["table"].total_bounds
    return f"{west},{south},{west + (east - west) * share},{south + (north - south) * share}"


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"limit": 1},
        {"limit": 2, "offset": 1},
        {"limit": 100, "offset": 100},
        {"limit": 100000},
        {"bbox": 0.5},
        {"bbox": 0.2, "limit": 1},
        {"bbox": 0.5, "bbox-crs": WGS84},
        {"departement": "971"},
        {"departement": "none"},
        {"crs": CRS84},
        {"limit": 0},
        {"limit": "x"},
        {"offset": -1},
        {"bbox": "1,2"},
        {"bbox-crs": WGS84},
        {"crs": "EPSG:4326"},
        {"sortby": "none"},
        {"properties": "none"},
    ],
)
def test_pages_are_those_of_pygeoapi(client, reference, query: dict[str, Any]) -> None:
    query = dict(query)
    if isinstance(query.get("bbox"), float):
        sides = _box(query["bbox"]).split(",")
        turned = "bbox-crs" in query
        query["bbox"] = ",".join(sides[i] for i in ((1, 0, 3, 2) if turned else (0, 1, 2, 3)))
    status, expected = reference(**query)
    answer = client.get(f"/ogc/collections/{LAYER}/items", query_string=query)
    assert answer.status_code == status
    if status != 200:
        return
    found = json.loads(answer.data)
    for member in ("type", "numberMatched", "numberReturned"):
        assert found[member] == expected[member]
    assert [f["id"] for f in found["features"]] == [f["id"] for f in expected["features"]]
    for ours, theirs in zip(found["features"], expected["features"], strict=True):
        assert theirs["properties"].items() <= ours["properties"].items()
        shapes = [shapely.from_geojson(json.dumps(f["geometry"])) for f in (ours, theirs)]
        assert shapes[0].symmetric_difference(shapes[1]).area < 1e-9
    relations = {"next", "prev", "collection", "self"}
    assert {link["rel"] for link in found["links"]} & relations == {
        link["rel"] for link in expected["links"]
    } & relations


def test_where_pygeoapi_falls_short_of_the_standard(client, reference) -> None:
    """If one of these changes, docs/ogc.md has to be read again."""
    status, _ = reference(nope="1")
    assert status == 200  # /req/core/query-param-unknown asks for 400
    status, _ = reference(datetime="x")
    assert status == 200  # /req/core/query-param-invalid asks for 400
    status, _ = reference(**{"filter": "code IS NOT NULL", "filter-lang": "cql2-text"})
    assert status == 400  # the name that the standard gives to the language
    address = f"/ogc/collections/{LAYER}/items"
    assert client.get(f"{address}?nope=1").status_code == 400
    asked = {"filter": "code IS NOT NULL", "filter-lang": "cql2-text"}
    assert client.get(address, query_string=asked).status_code == 200
