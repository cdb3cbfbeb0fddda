"""Bounds, limits, headers, errors and logs."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import pytest

from geo_service.web import create_app, logs


@pytest.fixture(scope="module")
def client(sample_file: Path):
    return create_app(sample_file).test_client()


def test_one_address_cannot_take_all(sample_file: Path, monkeypatch) -> None:
    monkeypatch.setenv("GEO_SERVICE_RATE", "10/hour")
    monkeypatch.setenv("GEO_SERVICE_PROXIES", "1")
    client = create_app(sample_file).test_client()
    one, other = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "192.0.2.2"}
    statuses = [client.get("/aide", headers=one).status_code for _ in range(12)]
    assert statuses == [200] * 10 + [429] * 2
    assert client.get("/aide", headers=other).status_code == 200
    assert client.get("/api/v1/resultat", headers=one).mimetype == "application/problem+json"


def test_limits_can_be_switched_off(sample_file: Path, monkeypatch) -> None:
    monkeypatch.setenv("GEO_SERVICE_RATE", "off")
    client = create_app(sample_file).test_client()
    assert {client.get("/healthz").status_code for _ in range(50)} == {200}
    assert {client.get("/aide").status_code for _ in range(50)} == {200}


def test_only_hosts_that_were_named(sample_file: Path, monkeypatch) -> None:
    monkeypatch.setenv("GEO_SERVICE_HOSTS", "cartes.example localhost")
    client = create_app(sample_file).test_client()
    assert client.get("/aide", headers={"Host": "cartes.example"}).status_code == 200
    answer = client.get("/aide", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "/static/../__init__.py",
        "/static/..%2f__init__.py",
        "/static/%2e%2e/%2e%2e/config.py",
        "/polices/..%2f..%2f..%2fconfig.py",
        "/telechargements/..%2f..%2fetc%2fpasswd.csv",
        "/%00",
        "/telechargements/%00.csv",
    ],
)
def test_no_file_outside_is_read(client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code in (400, 404)
    assert b"import" not in answer.data


@pytest.mark.parametrize("path", ["/api/v1/rien", "/ogc/rien"])
def test_programs_get_a_problem(client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    said = answer.json
    assert said["status"] == 404
    assert said["title"] == "Not Found"
    assert said["detail"]


def test_what_was_not_foreseen_tells_nothing(sample_file: Path) -> None:
    app = create_app(sample_file)

    @app.get("/casse")
    def broken() -> str:
        raise RuntimeError("secret of the house")

    client = app.test_client()
    app.testing = False
    answer = client.get("/casse")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert client.get("/aide").status_code == 200


@pytest.fixture
def lines(monkeypatch) -> io.StringIO:
    """The log as it is written."""
    stream = io.StringIO()
    log = logging.getLogger("geo_service.web")
    before = log.handlers[:], log.level, log.propagate
    monkeypatch.setenv("GEO_SERVICE_LOG", "requests")
    monkeypatch.setattr("sys.stderr", stream)
    logs.start()
    yield stream
    log.handlers[:], log.propagate = before[0], before[2]
    log.setLevel(before[1])


def test_the_log_tells_nothing_of_the_visitor(sample_file: Path, lines: io.StringIO) -> None:
    client = create_app(sample_file).test_client()
    client.get(
        "/recherche?q=MotTresPersonnel",
        headers={"User-Agent": "Navigateur/1", "X-Forwarded-For": "203.0.113.9"},
    )
    client.get("/localiser?lon=2.123456&lat=48.654321")
    client.get("/inconnu-MotTresPersonnel")
    written = lines.getvalue()
    for told in ("MotTresPersonnel", "2.123456", "48.654321", "Navigateur", "203.0.113.9", "127."):
        assert told not in written
    entries = [json.loads(line) for line in written.splitlines()]
    assert [entry["route"] for entry in entries] == ["/recherche", "/localiser", None]
    assert [entry["status"] for entry in entries] == [200, 422, 404]
    assert all(entry["ms"] >= 0 for entry in entries)


def test_no_cookie_is_set(client) -> None:
    for address in ("/", "/carte", "/localiser", "/api/v1/resultat"):
        assert "Set-Cookie" not in client.get(address).headers


@pytest.mark.parametrize("address", ["/aide", "/inconnu", "/api/v1/rien", "/static/icon.svg"])
def test_every_answer_is_bounded_once_by_each_header(client, address: str) -> None:
    with client.get(address) as answer:
        for name in ("Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options"):
            assert len(answer.headers.getlist(name)) == 1, name
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_what_may_be_framed_says_so(client) -> None:
    headers = client.get("/carte?embed=1").headers
    assert len(headers.getlist("Content-Security-Policy")) == 1
    assert "frame-ancestors *" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_any_site_may_read_the_api_and_nothing_else(client) -> None:
    read = client.get("/api/v1/rien").headers
    assert read["Access-Control-Allow-Origin"] == "*"
    assert read["Access-Control-Expose-Headers"] == "ETag"
    assert "GET" in client.options("/api/v1/qpv").headers["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Origin" not in client.get("/aide").headers
