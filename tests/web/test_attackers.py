"""Requests that attack: odd paths, parameters, headers, methods; what is kept stays its own."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from geo_service.web import create_app
from geo_service.web.served import KEY, Served

SAID = quote(
    '"><img src=x onerror=window.pwned=1></script><script>window.pwned=1</script>{{7331*1337}}'
)
PATHS = (
    *(f"/{SAID}", f"/territoire/{SAID}", f"/territoire/region:{SAID}", f"/qpv/{SAID}"),
    *(f"/structure/{SAID}", f"/telechargements/{SAID}.csv", f"/telechargements/structures.{SAID}"),
    *(f"/recherche?q={SAID}", f"/recherche/propositions?q={SAID}", f"/aide?{SAID}={SAID}"),
    *(f"/carte?territory={SAID}", f"/carte?embed={SAID}", f"/localiser?lon={SAID}&lat={SAID}"),
    *(f"/localiser?point={SAID}", f"/telechargements?territory={SAID}&kind={SAID}&as_of={SAID}"),
    *(f"/territoire/region:99?as_of={SAID}", f"/api/v1/territoires/{SAID}", f"/api?{SAID}"),
    *(f"/api/v1/structures?q={SAID}", f"/api/v1/indicateurs/{SAID}", f"/ogc/collections/{SAID}"),
    *(f"/ogc/collections/structures/items?f=html&name={SAID}", f"/ogc?f={SAID}"),
    f"/ogc/collections/structures/items?f=html&filter=name%20LIKE%20%27{SAID}%27",
    f"/ogc/collections/structures/items/{SAID}?f=html",
    f"/carte/donnees/lieu.json?territoire={SAID}",
    f"/carte/donnees/indicateur.json?niveau={SAID}&indicateur={SAID}",
    f"/carte/donnees/{SAID}.json",
)
QUERIES = {
    "crlf": "x=%0d%0aSet-Cookie:%20pwned=1&lang=fr%0d%0aX-Pwned:1"
    "&territory=region:99%0d%0aX-Pwned:1&as_of=2026-01-01%0d%0aX-Pwned:1&f=html%0d%0aX-Pwned:1&kind=MSP%0d%0aX-Pwned:1",
    "long": f"q={'A' * 4096}&territory={'B' * 4096}&filter={'(' * 2000}",
    "many": "&".join(f"p{n}={n}" for n in range(1000)),
    "repeated": "&".join(["lang=en", "lang=fr", "q=a", "limit=1", "bbox=1,2,3,4"] * 40),
    "not utf-8": "q=%ff%fe&territory=%ff&lang=%ff&as_of=%ff&kind=%ff&filter=%ff&lon=%ff&f=%ff",
    "surrogate": "q=%ed%a0%80&territory=region:%ed%a0%80&lang=%ed%a0%80",
    "null": "q=%00&territory=region:%00&kind=%00&name=%00&lang=%00&filter=%00",
    "numbers": "lon=nan&lat=inf&precision=-1&limit=-1&offset=99999999999999999999&page=1e309",
    "digits": "lon=%C2%B2&lat=%E2%91%A0&limit=%D9%A3&offset=%C2%B2&page=%C2%B2",
    "boxes": "bbox=1e308,1e308,-1e308,-1e308&crs=http://evil.example&bbox-crs=x&datetime=../..",
    "dates": "as_of=0000-00-00&date=9999-99-99&datetime=2026-13-45T99:99:99Z/..",
    "sql": "territory=region:99' OR 1=1--&kind=' UNION SELECT 1--&filter=1=1&sortby=-1;--",
    "prototype": "__proto__[x]=1&constructor=1&lang[]=en&__class__=1",
}
HEADERS: dict[str, dict[str, str]] = {
    "tag": {"If-None-Match": '"' + "x" * 5000},
    "tags": {"If-None-Match": ", ".join(f'W/"{n}"' for n in range(500))},
    "range": {"Range": "bytes=0-9"},
    "no range": {"Range": "bytes=99999999-"},
    "ranges": {"Range": "bytes=" + ",".join(f"{n}-{n}" for n in range(500))},
    "accept": {"Accept": "application/x-evil;q=abc, */*;q=-1"},
    "accepts": {"Accept": "," * 3000, "Accept-Encoding": "BR;Q=1,,,;;;", "Accept-Charset": "x"},
    "language": {"Accept-Language": "<script>window.pwned=1</script>, *;q=foo, en;q=1e309"},
    "no coding": {"Accept-Encoding": "br;q=0, gzip;q=0, identity;q=0"},
    "since": {"If-Modified-Since": "nonsense", "If-Range": "x"},
    "body": {"Content-Type": "multipart/form-data; boundary=", "Transfer-Encoding": "chunked"},
    "override": {"X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/admin"},
}
FORWARDED = {
    "X-Forwarded-For": "192.0.2.7",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Prefix": "/evil.example",
    "X-Forwarded-Port": "99",
    "Forwarded": "host=evil.example;proto=gopher",
}
EXAMPLE = {
    "territory": "region:99",
    "code": "QN09601M",
    "finess": "960000016",
    "layer": "structures",
    "ext": "csv",
    "name": "structures",
    "part": "96",
    "filename": "find.js",
    "collection": "structures",
    "feature": "960000016",
    "layout": "etalab",
    "kind": "MSP",
}


def addresses(visitor: Any) -> list[str]:
    """One address of each rule."""
    return sorted(
        re.sub(r"<(?:\w+:)?(\w+)>", lambda found: EXAMPLE[found[1]], rule.rule)
        for rule in visitor.app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
    )


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_what_a_visitor_sends_is_told_as_text(plain: Any, path: str, language: str) -> None:
    address = f"{path}{'&' if '?' in path else '?'}lang={language}"
    answer = plain.ask(address)
    assert answer.status_code in (200, 400, 404, 422)
    links = plain.check(answer, address)
    if answer.mimetype == "text/html":
        switches = [link for link in links if f"lang={'en' if language == 'fr' else 'fr'}" in link]
        assert path.startswith(("/ogc", "/carte?embed")) or switches
        assert all(link.startswith("/") for link in switches)


@pytest.mark.parametrize("name", QUERIES)
def test_odd_parameters_everywhere(plain: Any, name: str) -> None:
    for address in addresses(plain):
        plain.check(plain.ask(f"{address}?{QUERIES[name]}"), address)


@pytest.mark.parametrize("name", HEADERS)
def test_odd_headers_everywhere(plain: Any, name: str) -> None:
    for address in addresses(plain):
        plain.check(plain.ask(address, headers=HEADERS[name]), address)


def test_odd_methods_everywhere(plain: Any) -> None:
    for address in addresses(plain):
        asked = plain.ask(address)
        head = plain.ask(address, "HEAD")
        assert (head.status_code, head.data) == (asked.status_code, b""), address
        options = plain.ask(address, "OPTIONS")
        assert options.status_code in (200, 204), address
        assert set(options.headers["Allow"].split(", ")) <= {"GET", "HEAD", "OPTIONS", "POST"}
        for method in ("TRACE", "PUT", "DELETE", "PATCH", "CONNECT", "PROPFIND", "X" * 50):
            answer = plain.ask(address, method)
            assert answer.status_code == 405, (address, method)
            assert b"pwned" not in answer.data
        posted = plain.ask(address, "POST", data={"x": SAID})
        assert posted.status_code in (400, 405, 422), address


def test_a_host_that_lies_stays_in_its_own_answer(visitor_of: Any, sample_file: Path) -> None:
    """A page kept in memory for one visitor may not tell another what the first one sent."""
    visitor = visitor_of(sample_file)
    for address in addresses(visitor):
        for asked in (address, f"{address}?lang=en", f"{address}?f=html"):
            for headers in ({"Host": "evil.example"}, {"Host": '"><img src=x>'}, FORWARDED):
                answer = visitor.ask(asked, headers=headers)
                assert answer.status_code < 500
                assert b"<img" not in answer.data
            again = visitor.ask(asked)
            for trace in ("evil.example", "gopher", "192.0.2.7"):
                assert trace.encode() not in again.data, (asked, trace)
                assert trace not in str(again.headers), (asked, trace)


def test_without_proxies_what_they_say_counts_nothing(
    sample_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEO_SERVICE_RATE", "3/hour")
    client = create_app(sample_file).test_client()
    statuses = [
        client.get("/aide", headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code
        for n in range(5)
    ]
    assert statuses == [200, 200, 200, 429, 429]


@pytest.mark.parametrize(
    ("address", "one", "other"),
    [
        ("/territoire/region:99", "as_of=2025-12-31", "as_of=2026-01-01"),
        ("/qpv/QN09601M", "as_of=2025-12-31", "as_of=2026-01-01"),
        ("/telechargements", "territory=departement:96", "territory=region:99"),
        ("/telechargements", "kind=MSP", "kind=CDS"),
        ("/aide", "lang=fr", "lang=en"),
        ("/telechargements/structures.csv", "kind=MSP", "kind=CDS"),
        ("/telechargements/structures.schema.json", "lang=fr", "lang=en"),
        ("/api/v1/structures", "kind=MSP", "kind=CDS"),
        ("/ogc/collections/structures/items", "limit=1", "limit=2"),
    ],
)
def test_a_kept_answer_is_of_its_own_parameters(
    plain: Any, address: str, one: str, other: str
) -> None:
    alone = {asked: plain.ask(f"{address}?{asked}").data for asked in (one, other)}
    assert alone[one] != alone[other]
    for first, second in ((one, other), (other, one)):
        answer = plain.ask(f"{address}?{first}&{second}")
        if answer.status_code == 200 and answer.mimetype == "text/html":
            # The first counts; only the links that keep the parameters differ.
            told = _without_links(answer.text)
            assert told == _without_links(alone[first].decode())
    for asked in (one, other):
        assert plain.ask(f"{address}?{asked}").data == alone[asked]
        assert plain.ask(f"{address}?x=1&{asked}").status_code in (200, 400)


def _without_links(page: str) -> str:
    return re.sub(r'(?:href|src|data-source)="[^"]*"|<input type="hidden"[^>]*>', "", page)


@pytest.mark.parametrize(
    "written", ["zz", "", "EN", "en-GB", "e" * 3000, "fr\x00", "../en", "fr,en"]
)
def test_odd_languages_are_one_of_two(plain: Any, written: str) -> None:
    page = plain.ask("/aide", query_string={"lang": written}).text
    language = re.search(r'<html lang="([^"]*)">', page)
    assert language is not None
    assert language[1] in ("fr", "en")
    assert "lang=" + quote(written) not in page or written in ("", "zz", "EN", "en-GB")
    kept = set(re.findall(r'href="/[^"]*[?&;]lang=([^"&]*)"', page))
    assert kept <= {"fr", "en"}


def test_many_addresses_do_not_fill_the_memory(visitor_of: Any, sample_file: Path) -> None:
    visitor = visitor_of(sample_file)
    held = Served(sample_file, most_bytes=400_000)
    visitor.app.extensions[KEY]._served = held
    for number in range(120):
        for address in ("/aide", "/glossaire", "/api/v1/structures"):
            visitor.ask(f"{address}?p{number}={'x' * 50}")
            visitor.ask(f"{address}?limit=5&q=m{number}")
    assert 0 < len(held._bodies) < 100
    assert sum(body.size for body in held._bodies.values()) == held._held <= 400_000
    # Names that do not exist leave nothing behind.
    known = len(held._kept), len(held._locks)
    for number in range(60):
        for address in (
            *(f"/telechargements/x{number}.csv", f"/telechargements/structures.csv?kind=k{number}"),
            *(f"/telechargements/structures.csv?territory=commune:{number}", f"/qpv/x{number}"),
            *(f"/carte/donnees/x{number}.json", f"/carte/donnees/lieu.json?territoire=x{number}"),
            *(f"/territoire/commune:x{number}", f"/api/v1/qpv/x{number}", f"/structure/x{number}"),
            *(f"/api/v1/structures?as_of=19{number:02}-01-01", f"/ogc/collections/x{number}/items"),
        ):
            assert visitor.ask(address).status_code in (400, 404, 422), address
    files = held._kept.get("files")
    assert files is None or len(files._locks) == len(files._files) == 0
    assert len(held._kept) <= known[0] + 20
    assert len(held._locks) <= known[1] + 20


RAW = (
    *(b"//evil.example/x", b"///evil.example/", b"/\\evil.example", b"/%5cevil.example"),
    *(b"/%09/evil.example", b"/%2f%2fevil.example", b"/\xff\xfe", b"/%ff%fe?x=\xff", b"*"),
    *(b"http://evil.example/aide", b"/..//evil.example/", b"/aide?" + b"&" * 3000),
    *(b"/territoire/qpv:QN09601M%0d%0aX-Pwned:1", b"/territoire/qpv://evil.example"),
    b"/" + b"a/" * 3000,
)


@pytest.mark.parametrize("path", RAW)
def test_addresses_as_no_browser_writes_them(service: str, path: bytes) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(service).port or 80), timeout=20) as line:
        line.sendall(
            b"GET " + path + b" HTTP/1.1\r\nHost: here.example\r\nConnection: close\r\n\r\n"
        )
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] in (b"200", b"308", b"400", b"404"), head[:200]
    assert b"\r\nX-Pwned" not in head
    moved = re.search(rb"\r\nLocation: ([^\r]*)", head)
    assert moved is None or moved[1].startswith((b"/", b"http://here.example/"))
    assert moved is None or not moved[1].startswith(b"//")
    assert not re.search(rb'(?:href|src|action)="(?:/[/\\]|[a-z]+:)', body)
