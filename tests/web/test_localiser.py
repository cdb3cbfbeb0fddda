"""The look-up page: one coordinate, one address."""

from __future__ import annotations

import csv
import http.server
import io
import json
import math
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import shapely

from geo_service.atlas import Atlas
from geo_service.core.crs import WGS84, transform
from geo_service.core.errors import GeoServiceError
from geo_service.web import create_app
from geo_service.web.lookup.points import read_pair, read_point
from geo_service.web.lookup.zones import Lookup

IN_QPV = (-3.0527, 46.0098)
"""In QN09601M of the sample, about 20 m from its limit."""


@pytest.fixture(scope="module")
def client(sample_file: Path):
    return create_app(sample_file).test_client()


@pytest.fixture(scope="module")
def atlas(sample_file: Path) -> Atlas:
    return Atlas(sample_file)


@pytest.fixture(scope="module")
def lookup(atlas: Atlas) -> Lookup:
    return Lookup(atlas)


def answers(page: str) -> dict[str, str]:
    """Answer by layer, as the page says it."""
    return dict(re.findall(r'data-layer="([^"]+)" data-answer="([^"]+)"', page))


def find(lookup: Lookup, lon: float, lat: float, precision: float, **more: Any) -> Any:
    return lookup.locate(np.array([lon]), np.array([lat]), np.array([precision]), **more)


# Reading a coordinate -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "pair"),
    [
        ("48,8566 2,3522", (48.8566, 2.3522)),
        ("48.8566, 2.3522", (48.8566, 2.3522)),
        ("48.8566,2.3522", (48.8566, 2.3522)),
        ("48,8566,2,3522", (48.8566, 2.3522)),
        ("(48.8566; 2.3522)", (48.8566, 2.3522)),
        ("48.8566°N 2.3522°E", (48.8566, 2.3522)),
        ("16.2 N, 61.5 W", (16.2, -61.5)),
        ("16,2 -61,5", (16.2, -61.5)),
        ("16,2 61,5 O", (16.2, -61.5)),
    ],
)
def test_two_numbers_in_one_text(written: str, pair: tuple[float, float]) -> None:
    assert read_pair(written) == pytest.approx(pair)


@pytest.mark.parametrize(
    "written", ["", "48", "Paris", "1 2 3", "=1+1", "nan nan", "9" * 5000, "1e999 2"]
)
def test_what_is_no_pair_is_refused(written: str) -> None:
    with pytest.raises(GeoServiceError):
        read_pair(written)


def test_both_orders_give_the_same_point() -> None:
    first, second = read_point({"point": "46.0 -3.05"}), read_point({"point": "-3.05, 46.0"})
    assert first is not None
    assert second is not None
    assert (first.lon, first.lat) == (second.lon, second.lat) == (-3.05, 46.0)
    assert first.notes == ()


def test_swapped_fields_are_noticed_and_said() -> None:
    point = read_point({"lon": "46.0", "lat": "-3.05"})
    assert point is not None
    assert (point.lon, point.lat) == (-3.05, 46.0)
    assert "échangées" in point.notes[0].say("fr")


@pytest.mark.parametrize(
    ("crs", "lon", "lat"),
    [(2154, 5.209181, 46.222286), (5490, -61.52874, 16.234), (2975, 55.45, -20.9)],
)
def test_metres_of_a_legal_crs(crs: int, lon: float, lat: float) -> None:
    x, y = transform([lon], [lat], WGS84, crs)
    point = read_point({"x": f"{x[0]:.2f}", "y": f"{y[0]:.2f}", "crs": str(crs)})
    assert point is not None
    assert (point.lon, point.lat) == pytest.approx((lon, lat), abs=1e-6)
    assert point.notes == ()
    other = read_point({"x": f"{y[0]:.2f}", "y": f"{x[0]:.2f}", "crs": str(crs)})
    assert other is not None
    assert (other.lon, other.lat) == pytest.approx((lon, lat), abs=1e-6)
    assert other.notes


@pytest.mark.parametrize(
    "given",
    [
        {"lon": "2.3"},
        {"lon": "x", "lat": "48"},
        {"lon": "nan", "lat": "inf"},
        {"lon": "500000", "lat": "6200000"},
        {"lon": "-74", "lat": "40.7"},
        {"x": "700000", "y": "6600000", "crs": "5490"},
        {"x": "700000", "y": "6600000", "crs": "27572"},
        {"x": "700000", "y": "6600000", "crs": "https://x"},
        {"x": "1e300", "y": "1e300", "crs": "2154"},
        {"lon": "2.3", "lat": "48.8", "precision": "-1"},
        {"lon": "2.3", "lat": "48.8", "precision": "1e9"},
        {"lon": "2.3", "lat": "48.8", "precision": "près"},
        {"point": "1" * 100_000},
    ],
)
def test_what_is_no_point_in_france_is_refused_in_words(client, given: dict[str, str]) -> None:
    if len(str(given)) < 4000:
        answer = client.get("/localiser", query_string=given)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert 'id="coordonnees"' in answer.text
    with pytest.raises(GeoServiceError):
        read_point(given)


# What holds a point -------------------------------------------------------------------------------


def test_the_bulk_answers_are_those_of_one_point(lookup: Lookup) -> None:
    rng = np.random.default_rng(7)
    there = lookup.structures
    pick = rng.integers(0, len(there), 400)
    lon = there["lon"].to_numpy()[pick] + rng.normal(0, 0.006, 400)
    lat = there["lat"].to_numpy()[pick] + rng.normal(0, 0.006, 400)
    precision = rng.choice([0.0, 10.0, 50.0, 500.0, math.nan, math.inf], 400)
    many = lookup.locate(lon, lat, precision)
    seen = set()
    for row in range(0, 400, 8):
        one = find(lookup, lon[row], lat[row], precision[row])
        for name, held in many.layers.items():
            assert held.answer[row] == one.layers[name].answer[0]
            assert held.why[row] == one.layers[name].why[0]
            seen.add(held.answer[row])
        assert many.commune.answer[row] == one.commune.answer[0]
        assert many.zone_class[row] == one.zone_class[0]
        assert many.zone_class_sure[row] == one.zone_class_sure[0]
    assert seen == {"inside", "outside", "undetermined"}


def test_membership_is_that_of_the_atlas(lookup: Lookup, atlas: Atlas) -> None:
    for row in range(0, len(lookup.structures), 3):
        at = lookup.structures.iloc[row]
        for precision in (0.0, 60.0):
            mine = find(lookup, at["lon"], at["lat"], precision)
            theirs = atlas.locate(at["lon"], at["lat"], precision)
            for name, held in mine.layers.items():
                if name.startswith("qpv_") and held.why[0] not in ("edge", "untold"):
                    assert held.answer[0] == theirs[name]["answer"]


def test_the_quartier_vecu_is_measured_on_the_true_limit(lookup: Lookup) -> None:
    """A drawn buffer is up to 0.12 % short: 30 cm at 300 m, 50 cm at 500 m."""
    near = lookup._near
    assert near is not None
    table = near.table
    place = int(np.flatnonzero(table["code"] == "QN09611N")[0])
    shape = table.to_crs(2154).geometry.iloc[place]
    ring = shape.convex_hull.exterior
    for metres in (300, 500):
        for share in np.linspace(0, 1, 40, endpoint=False):
            # Just inside the distance, around a corner, where a drawing is short of it.
            edge = ring.interpolate(share, normalized=True)
            away = edge.x - shape.centroid.x, edge.y - shape.centroid.y
            size = math.hypot(*away)
            x, y = edge.x + away[0] / size * metres, edge.y + away[1] / size * metres
            lon, lat = transform([x], [y], 2154, WGS84)
            found = find(lookup, lon[0], lat[0], 0.0)
            held = found.layers[f"quartier_vecu_{metres}"]
            true = float(shape.distance(shapely.Point(x, y)))
            if abs(true - metres) > 0.001 and held.why[0] == "clear":
                assert (held.answer[0] == "inside") == (0 < true < metres), (true, metres)


def test_the_qpv_itself_is_not_its_quartier_vecu(lookup: Lookup) -> None:
    found = find(lookup, *IN_QPV, 5.0)
    assert found.layers["qpv_2024"].answer == ["inside"]
    assert found.layers["quartier_vecu_300"].answer == ["outside"]


def test_each_precision_has_its_answer(lookup: Lookup) -> None:
    expected = {0.0: "inside", 5.0: "inside", 100.0: "undetermined", math.inf: "undetermined"}
    for precision, answer in expected.items():
        assert find(lookup, *IN_QPV, precision).layers["qpv_2024"].answer == [answer]
    unknown = find(lookup, *IN_QPV, math.nan).layers["qpv_2024"]
    assert (unknown.answer, unknown.why[0]) == (["inside"], "unknown")


def test_a_communes_centre_knows_its_commune_and_no_qpv(lookup: Lookup) -> None:
    centre = np.array([True])
    found = find(lookup, *IN_QPV, math.inf, at_centre=centre)
    assert found.commune.answer == ["inside"]
    assert found.layers["qpv_2024"].answer == ["undetermined"]
    vague = find(lookup, *IN_QPV, math.inf)
    assert vague.commune.answer == ["undetermined"]
    assert not vague.zone_class_sure[0]


def test_the_class_of_a_commune_without_exceptions_is_sure_at_its_centre(lookup: Lookup) -> None:
    at = lookup._communes.table.set_index("code").geometry["96007"].representative_point()
    found = find(lookup, at.x, at.y, math.inf, at_centre=np.array([True]))
    assert (found.zone_class[0], bool(found.zone_class_sure[0])) == ("ZIP", True)
    assert not find(lookup, at.x, at.y, math.inf).zone_class_sure[0]


def test_two_communes_of_one_class_leave_the_class_sure(lookup: Lookup) -> None:
    """Between two communes the commune is undetermined; the class only where it differs."""
    table = lookup._communes.table.to_crs(2154)
    seen = set()
    for one in range(len(table)):
        for other in range(one + 1, len(table)):
            line = table.geometry.iloc[one].intersection(table.geometry.iloc[other])
            if line.length < 500 or table["legal_crs"].iloc[one] != 2154:
                continue
            middle = (
                line.interpolate(0.5, normalized=True) if hasattr(line, "interpolate") else None
            )
            if middle is None or middle.is_empty:
                continue
            lon, lat = transform([middle.x], [middle.y], 2154, WGS84)
            found = find(lookup, lon[0], lat[0], 30.0)
            codes = [table["code"].iloc[at] for at in (one, other)]
            said = [lookup._orders.of_commune(code) for code in codes]
            classes = {saying.classes[0] if saying.classes else None for saying in said}
            assert found.commune.answer == ["undetermined"]
            if len(found.commune.table) and None not in classes:
                assert bool(found.zone_class_sure[0]) is (len(classes) == 1)
                seen.add(len(classes))
    assert seen == {1, 2}


def test_beyond_the_territory_nothing_reads_outside(lookup: Lookup) -> None:
    parts = lookup._outline._parts[2154][0]
    west = parts.bounds[0]
    edge = max((point for point in parts.envelope.exterior.coords), key=lambda point: -point[0])
    y = next(y for x, y in shapely.get_coordinates(parts.boundary) if abs(x - west) < 1e-6)
    lon, lat = transform([edge[0] - 200], [y], 2154, WGS84)
    found = find(lookup, lon[0], lat[0], 10.0)
    assert 0 < found.edge[0] < 400
    assert found.layers["qpv_2024"].answer == ["undetermined"]
    assert found.layers["qpv_2024"].why[0] == "edge"


def test_overseas_has_dates_of_its_own(lookup: Lookup) -> None:
    there = lookup.structures[lookup.structures["legal_crs"] == 5490].iloc[0]
    found = find(lookup, there["lon"], there["lat"], 10.0)
    assert found.layers["qpv_2024"].current[0]
    assert not found.layers["qpv_2015"].current[0]
    assert np.isfinite(found.nearest["MSP"][1][0, 0])


def test_the_nearest_structure_of_a_structure_is_itself(lookup: Lookup) -> None:
    rows = lookup.structures[lookup.structures["kind"] == "MSP"].head(10)
    found = lookup.locate(rows["lon"].to_numpy(), rows["lat"].to_numpy(), np.zeros(len(rows)))
    places, metres = found.nearest["MSP"]
    assert (metres[:, 0] < 0.01).all()
    assert (np.diff(metres[:, :2], axis=1) >= 0).all()
    shown = lookup.structures["open"].to_numpy()[places[places >= 0]]
    assert "no" not in set(shown)


# The page -----------------------------------------------------------------------------------------


def test_the_form_offers_what_is_allowed(client) -> None:
    page = client.get("/localiser?lang=fr").text
    assert 'name="adresse"' not in page
    assert "n'est pas ouverte ici" in page.replace("&#39;", "'")
    assert 'name="fichier"' in page
    assert "Lambert-93" in page
    assert "UTM zone 40S" in page
    english = client.get("/localiser?lang=en").text
    assert "Addresses cannot be looked up here" in english


def test_one_point_inside(client) -> None:
    lon, lat = IN_QPV
    answer = client.get(f"/localiser?lon={lon}&lat={lat}&precision=5&lang=fr")
    assert answer.status_code == 200
    said = answers(answer.text)
    assert said["qpv_2024"] == "inside"
    assert said["quartier_vecu_300"] == "outside"
    assert "plus loin que la précision du point" in answer.text
    assert "QN09601M" in answer.text
    assert "n&#39;est plus" in answer.text
    assert f"/api/v1/localiser?lon={lon:.6f}&amp;lat={lat:.6f}&amp;precision=5" in answer.text
    assert "/carte?lon=" in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    english = client.get(f"/localiser?lon={lon}&lat={lat}&precision=100&lang=en").text
    assert answers(english)["qpv_2024"] == "undetermined"
    assert "on either side" in english.replace("\n", " ")


def test_the_permalink_gives_the_same_answer(client) -> None:
    lon, lat = IN_QPV
    for asked in (
        f"lon={lat}&lat={lon}&precision=25",
        f"point={lat} {lon}",
        f"lon={lon}&lat={lat}&precision=vague",
    ):
        first = client.get(f"/localiser?{asked}").text
        link = re.search(r'href="([^"]+)" rel="bookmark"', first)
        assert link
        again = client.get(link[1].replace("&amp;", "&")).text
        assert answers(again) == answers(first)


def test_a_point_elsewhere_is_refused_and_none_is_answered(client) -> None:
    answer = client.get("/localiser?lon=2.35&lat=48.85&lang=fr")
    assert answer.status_code == 422
    assert "hors du territoire de ce résultat" in answer.text
    assert not answers(answer.text)


def test_nothing_of_a_visitor_stays_in_memory(sample_file: Path) -> None:
    app = create_app(sample_file)
    client = app.test_client()
    client.get("/localiser?lon=-3.0501&lat=46.0011")
    served = app.extensions["geo_service"].current()
    assert "46.0011" not in repr(list(served._bodies)) + repr(list(served._kept))


@pytest.mark.parametrize(
    "hostile",
    [
        '"><script>alert(1)</script>',
        "{{7*7}}",
        "\u202etxt",
        "=cmd|' /C calc'!A0",
        "%00",
        "</script>",
    ],
)
def test_hostile_parameters_are_only_text(client, hostile: str) -> None:
    for name in ("lon", "point", "precision", "x", "crs", "position"):
        asked = {"lon": "-3.05", "lat": "46.0", name: hostile}
        if name in ("x", "crs", "point"):
            asked = {"x": "1", "y": "1", "crs": "2154", name: hostile}
        answer = client.get("/localiser", query_string=asked)
        assert answer.status_code in (200, 422)
        assert "<script>alert" not in answer.text
        assert ">49<" not in answer.text


def test_names_of_the_data_are_escaped(client) -> None:
    page = client.get("/localiser?lon=-3.05275&lat=46.009771&precision=5").text
    assert "<b>FICTIVE</b>" not in page
    assert "&lt;b&gt;FICTIVE&lt;/b&gt;" in page


# An address ---------------------------------------------------------------------------------------


class Geocoders:
    """A geocoder on 127.0.0.1: answers by the words that it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status = 200
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                question = parse_qs(urlsplit(self.path).query)["q"][0]
                outer.asked.append(question)
                body = json.dumps(
                    {"type": "FeatureCollection", "features": outer.features(question)}
                ).encode()
                self.send_response(outer.status)
                if outer.status == 429:
                    self.send_header("Retry-After", "5")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}/geocodage"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def features(self, question: str) -> list[dict[str, Any]]:
        kinds = {"numero": "housenumber", "rue": "street", "ville": "municipality"}
        kind = next((kinds[word] for word in kinds if word in question), None)
        if kind is None:
            return []
        return [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": list(IN_QPV)},
                "properties": {"label": label, "score": score, "type": kind, "citycode": "96001"},
            }
            for label, score in ((f"{question} <b>trouvé</b>", 0.97), ("Autre réponse", 0.6))
        ]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def geocoder() -> Iterator[Geocoders]:
    made = Geocoders()
    yield made
    made.close()


@pytest.fixture
def allowed(sample_file: Path, geocoder: Geocoders, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GEO_SERVICE_GEOCODER", geocoder.base)
    return create_app(sample_file).test_client()


def test_an_address_is_answered_by_what_it_was_found_as(allowed) -> None:
    assert 'name="adresse"' in allowed.get("/localiser").text
    number = allowed.post("/localiser?lang=fr", data={"adresse": "numero 8"})
    assert number.status_code == 200
    assert answers(number.text)["qpv_2024"] == "inside"
    assert "numero 8 &lt;b&gt;trouvé&lt;/b&gt;" in number.text
    assert "Autre réponse" in number.text
    assert "position=address" in number.text
    street = allowed.post("/localiser?lang=fr", data={"adresse": "rue de l'Essai"})
    assert "précision n&#39;est pas connue" in street.text
    town = allowed.post("/localiser?lang=fr", data={"adresse": "ville"})
    assert answers(town.text)["qpv_2024"] == "undetermined"
    assert "centre de la commune" in town.text
    assert "api/v1/localiser" not in town.text
    assert "Exempleville" in town.text


def test_the_permalink_of_an_address_holds_no_address(allowed) -> None:
    first = allowed.post("/localiser", data={"adresse": "ville secrete"}).text
    link = re.search(r'href="([^"]+)" rel="bookmark"', first)
    assert link
    assert "secrete" not in link[1]
    again = allowed.get(link[1].replace("&amp;", "&")).text
    assert answers(again) == answers(first)


def test_an_address_that_is_not_found(allowed) -> None:
    answer = allowed.post("/localiser?lang=en", data={"adresse": "nowhere at all"})
    assert answer.status_code == 422
    assert "not found" in answer.text


def test_a_geocoder_that_fails_is_said(allowed, geocoder: Geocoders) -> None:
    geocoder.status = 429
    busy = allowed.post("/localiser?lang=fr", data={"adresse": "numero 8"})
    assert busy.status_code == 503
    assert int(busy.headers["Retry-After"]) <= 5
    assert "Donnez des coordonnées" in busy.text
    assert allowed.get("/localiser?lon=-3.05&lat=46.0").status_code == 200


def test_an_address_where_none_is_allowed(client) -> None:
    answer = client.post("/localiser?lang=fr", data={"adresse": "8 rue de l'Essai"})
    assert answer.status_code == 422
    assert "pas ouverte ici" in answer.text
    assert client.get("/localiser/adresses?q=rue").status_code == 404


def test_addresses_as_one_types(allowed, geocoder: Geocoders) -> None:
    found = allowed.get("/localiser/adresses?q=rue de l'Es").json["found"]
    assert found[0]["label"].startswith("rue de l'Es")
    assert found[0]["url"].startswith("/localiser?lon=")
    assert allowed.get("/localiser/adresses?q=ru").json == {"found": []}
    geocoder.status = 500
    assert allowed.get("/localiser/adresses?q=rue de l'Essai").json == {"found": []}


def test_addresses_of_a_file(allowed, geocoder: Geocoders) -> None:
    text = "adresse,citycode\nnumero 8,96001\nville,96001\nnowhere,\n,\nxx,\n"
    sent = {"fichier": (io.BytesIO(text.encode()), "a.csv"), "download": "csv"}
    answer = allowed.post("/localiser?lang=fr", data=sent)
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.data.decode())))
    assert [row["qpv_2024_answer"] for row in rows] == ["inside", "undetermined", "", ""]
    assert [row["position"] for row in rows] == ["address", "commune-centre", "", ""]
    assert [row["precision_m"] for row in rows] == ["10.0", "INF", "", ""]
    assert rows[0]["found_address"] == "numero 8 <b>trouvé</b>"
    assert rows[1]["commune"] == "96001"
    assert "introuvable" in rows[2]["problem"]
    assert "3 caractères" in rows[3]["problem"]
    assert sorted(geocoder.asked) == ["nowhere", "numero 8", "ville"]


def test_too_many_addresses_ask_nothing(allowed, geocoder: Geocoders) -> None:
    text = "adresse\n" + "numero 8\n" * 101
    answer = allowed.post("/localiser", data={"fichier": (io.BytesIO(text.encode()), "a.csv")})
    assert answer.status_code == 413
    assert geocoder.asked == []


def test_a_geocoder_that_fails_is_not_asked_for_each_row(allowed, geocoder: Geocoders) -> None:
    geocoder.status = 500
    text = "adresse\n" + "numero 8\n" * 50
    answer = allowed.post("/localiser", data={"fichier": (io.BytesIO(text.encode()), "a.csv")})
    assert answer.status_code == 503
    assert len(geocoder.asked) == 2
    assert "Donnez des coordonnées" in answer.text


def test_what_is_costly_is_limited(sample_file: Path, geocoder, monkeypatch) -> None:
    monkeypatch.setenv("GEO_SERVICE_GEOCODER", geocoder.base)
    monkeypatch.setenv("GEO_SERVICE_HEAVY_RATE", "3/minute")
    client = create_app(sample_file).test_client()
    said = [client.post("/localiser", data={"adresse": "numero 8"}).status_code for _ in range(5)]
    assert said == [200] * 3 + [429] * 2
    said = [client.get("/localiser/adresses?q=numero").status_code for _ in range(5)]
    assert said == [200] * 3 + [429] * 2
    assert client.get("/localiser?lon=-3.05&lat=46.0").status_code == 200
