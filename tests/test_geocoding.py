"""The geocoder's client against a server on 127.0.0.1 that speaks its protocol."""

from __future__ import annotations

import http.server
import json
import logging
import math
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from geo_service.core.errors import SchemaError
from geo_service.geocoding import Geocoder, GeocoderError, clean_question


def feature(
    label: str,
    kind: str = "housenumber",
    score: float = 0.97,
    lon: float = -3.05,
    lat: float = 46.0,
) -> dict[str, Any]:
    """One answer in the protocol's form."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": {
            "label": label,
            "score": score,
            "type": kind,
            "citycode": "96001",
            "_type": "address",
        },
    }


class Server:
    """A geocoder whose next answers are set by the test; it notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.answers: list[tuple[int, dict[str, str], bytes, float]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                outer.asked.append(parse_qs(parts.query) | {"path": [parts.path]})
                last = len(outer.answers) == 1
                status, headers, body, wait = outer.answers[0] if last else outer.answers.pop(0)
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    if wait:
                        time.sleep(wait)
                    self.wfile.write(body)
                except OSError:
                    pass  # the client has hung up, as it should

            def log_message(self, *words: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}/geocodage"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def will(self, *features: Any, status: int = 200, wait: float = 0.0, **headers: str) -> None:
        """The next answer: a collection of these features."""
        body = json.dumps({"type": "FeatureCollection", "features": list(features), "query": "…"})
        self.will_send(body.encode(), status=status, wait=wait, **headers)

    def will_send(
        self, body: bytes, *, status: int = 200, wait: float = 0.0, **headers: str
    ) -> None:
        """The next answer, byte for byte; the last one is given for ever."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, named, body, wait))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def test_it_asks_as_the_protocol_wants(server: Server) -> None:
    server.will(feature("8 Rue de l'Essai 99001 Exempleville"))
    found = Geocoder(server.base + "/").search(
        " 8/10 rue de l'Essai  BP 12 ", limit=3, citycode="96001", autocomplete=True
    )
    assert server.asked[0]["path"] == ["/geocodage/search"]
    assert server.asked[0]["q"] == ["8 rue de l'Essai"]
    assert server.asked[0]["limit"] == ["3"]
    assert server.asked[0]["citycode"] == ["96001"]
    assert server.asked[0]["autocomplete"] == ["1"]
    assert server.asked[0]["index"] == ["address"]
    assert (found[0].label, found[0].lon, found[0].lat) == (
        "8 Rue de l'Essai 99001 Exempleville",
        -3.05,
        46.0,
    )
    assert found[0].score == 97.0


def test_a_citycode_that_is_none_is_not_sent(server: Server) -> None:
    server.will()
    assert Geocoder(server.base).search("rue de l'Essai", citycode="x&limit=20") == []
    assert "citycode" not in server.asked[0]
    assert server.asked[0]["limit"] == ["5"]


@pytest.mark.parametrize(
    ("kind", "score", "name", "metres"),
    [
        ("housenumber", 0.97, "address", 10.0),
        ("housenumber", 0.85, "address-approximate", 50.0),
        ("housenumber", 0.5, "low-score", math.inf),
        ("street", 0.97, "unknown", math.nan),
        ("locality", 0.97, "unknown", math.nan),
        ("street", 0.5, "low-score", math.inf),
        ("municipality", 0.99, "commune-centre", math.inf),
        ("something new", 0.99, "unknown", math.nan),
    ],
)
def test_type_and_score_give_the_worth_of_a_position(
    server: Server, kind: str, score: float, name: str, metres: float
) -> None:
    server.will(feature("Exempleville", kind, score))
    position = Geocoder(server.base).search("Exempleville")[0].position
    assert position.name == name
    assert position.metres == metres or (math.isnan(metres) and math.isnan(position.metres))


@pytest.mark.parametrize("written", ["", "  ", "ab", "«»!?", "BP 12", "\u202e"])
def test_a_question_that_is_none_is_not_asked(server: Server, written: str) -> None:
    server.will()
    with pytest.raises(SchemaError, match="3 caractères"):
        Geocoder(server.base).search(written)
    assert server.asked == []


def test_a_long_question_is_cut_to_what_the_protocol_takes() -> None:
    assert len(clean_question("a" * 5000)) == 200
    assert clean_question("'s-Hertogenbosch") == "s-Hertogenbosch"


def test_a_server_error_is_tried_once_more(server: Server) -> None:
    server.will_send(b"no", status=500)
    server.will(feature("8 Rue de l'Essai"))
    assert len(Geocoder(server.base, sleep=lambda _: None).search("rue de l'Essai")) == 1
    assert len(server.asked) == 2


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_that_goes_on_failing_is_said(server: Server, status: int) -> None:
    server.will_send(b"no", status=status)
    with pytest.raises(GeocoderError, match="Donnez des coordonnées") as failed:
        Geocoder(server.base, sleep=lambda _: None).search("rue de l'Essai")
    assert failed.value.status == 503
    assert len(server.asked) == 2


@pytest.mark.parametrize("status", [301, 302, 403, 404])
def test_a_refusal_or_a_redirection_is_no_answer(server: Server, status: int) -> None:
    server.will_send(b"", status=status, Location="http://127.0.0.1:9/")
    with pytest.raises(GeocoderError):
        Geocoder(server.base).search("rue de l'Essai")
    assert len(server.asked) == 1


def test_an_address_that_is_not_understood(server: Server) -> None:
    server.will_send(b'{"code":400,"message":"Failed parsing query"}', status=400)
    with pytest.raises(GeocoderError, match="ne comprend pas") as failed:
        Geocoder(server.base).search("rue de l'Essai")
    assert failed.value.status == 422


def test_429_tells_how_long_to_wait_and_asks_nothing_meanwhile(server: Server) -> None:
    server.will_send(b"", status=429, Retry_After="5")
    server.will(feature("8 Rue de l'Essai"))
    now = [100.0]
    geocoder = Geocoder(server.base, clock=lambda: now[0])
    for _ in range(3):
        with pytest.raises(GeocoderError, match="attendre") as failed:
            geocoder.search("rue de l'Essai")
        assert failed.value.wait == pytest.approx(5, abs=0.1)
    assert len(server.asked) == 1
    now[0] += 6
    assert len(geocoder.search("rue de l'Essai")) == 1


def test_who_has_patience_waits_as_long_as_asked(server: Server) -> None:
    server.will_send(b"", status=429, Retry_After="2")
    server.will(feature("8 Rue de l'Essai"))
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    geocoder = Geocoder(server.base, sleep=sleep, clock=lambda: now[0])
    assert len(geocoder.search("rue de l'Essai", patience=5)) == 1
    assert slept == [pytest.approx(2)]


@pytest.mark.parametrize(
    "written", ["", "soon", "nan", "-3", "inf", "Wed, 21 Oct 2015 07:28:00 GMT"]
)
def test_a_retry_after_that_makes_no_sense_does_no_harm(server: Server, written: str) -> None:
    server.will_send(b"", status=429, **({"Retry_After": written} if written else {}))
    with pytest.raises(GeocoderError) as failed:
        Geocoder(server.base, sleep=lambda _: None).search("rue de l'Essai", patience=1)
    assert 0 <= (failed.value.wait or 0) <= 300
    assert len(server.asked) <= 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>maintenance</html>",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b"{}",
        b'{"type":"FeatureCollection"}',
        b'{"type":"FeatureCollection","features":{}}'.replace(b"{}}", b"3}"),
        b'{"type":"FeatureCollection","features":[null]}',
        b'{"type":"FeatureCollection","features":[{"geometry":null,"properties":{}}]}',
        json.dumps(
            {"type": "FeatureCollection", "features": [feature("x", score=math.nan)]}
        ).encode(),
        json.dumps({"type": "FeatureCollection", "features": [feature("x", lon=4e5)]}).encode(),
        json.dumps(
            {"type": "FeatureCollection", "features": [feature("x", lat=math.inf)]}
        ).encode(),
        json.dumps({"type": "FeatureCollection", "features": [feature({})]}).encode(),  # type: ignore[arg-type]
        b"[" * 100_000,
    ],
)
def test_an_answer_that_is_none_is_said(server: Server, body: bytes) -> None:
    server.will_send(body)
    with pytest.raises(GeocoderError, match="n'est pas comprise"):
        Geocoder(server.base).search("rue de l'Essai")


def test_a_huge_answer_is_not_swallowed(server: Server) -> None:
    server.will_send(b" " * (8 << 20))
    with pytest.raises(GeocoderError, match="n'est pas comprise"):
        Geocoder(server.base).search("rue de l'Essai")


def test_a_slow_server_is_left(server: Server) -> None:
    server.will(wait=5)
    begun = time.monotonic()
    with pytest.raises(GeocoderError, match="ne répond pas"):
        Geocoder(server.base, read_timeout=0.2).search("rue de l'Essai")
    assert time.monotonic() - begun < 2


def test_nobody_listening_is_said_without_the_address() -> None:
    with pytest.raises(GeocoderError, match="ne répond pas") as failed:
        Geocoder("http://127.0.0.1:9", connect_timeout=0.5).search("8 rue très secrète")
    error: BaseException | None = failed.value
    assert failed.value.__cause__ is None
    assert error is not None
    assert "secr" not in failed.value.say("fr") + failed.value.say("en")


def test_no_address_is_ever_logged(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.will_send(b"", status=429)
    server.will(feature("8 Rue Secrète"))
    geocoder = Geocoder(server.base, sleep=lambda _: None)
    with pytest.raises(GeocoderError):
        geocoder.search("8 rue Secrète")
    assert "ecr" not in caplog.text


@pytest.mark.parametrize(
    "base", ["", "data.geopf.fr", "ftp://x/", "file:///etc", "http://", "http://x/?q="]
)
def test_a_base_that_is_no_address_is_refused_at_once(base: str) -> None:
    with pytest.raises(SchemaError, match="GEO_SERVICE_GEOCODER"):
        Geocoder(base)
