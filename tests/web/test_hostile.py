"""Texts of files and requests of visitors that attack: nothing runs, nothing breaks, all is told."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import brotli
import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from geo_service.atlas import Atlas
from geo_service.exchange.read_back import read_back
from geo_service.web import create_app
from geo_service.web.served import KEY, Served

HOST = "http://localhost"
START = (
    *("/", "/carte", "/carte?embed=1", "/localiser", "/telechargements", "/donnees", "/api"),
    *("/donnees/rapport", "/recherche?q=img", "/recherche/propositions?q=img", "/aide", "/ogc"),
    *("/glossaire", "/a-propos", "/accessibilite", "/ogc?f=html", "/api/v1", "/healthz", "/readyz"),
    *("/localiser?lon=-3.0527&lat=46.0098&precision=5", "/telechargements/catalogue.jsonld"),
    *("/carte/donnees/details.json", "/carte/donnees/formes/qpv_2024.json", "/favicon.ico"),
    *("/carte/donnees/zonage.json", "/api/v1/recherche?q=img"),
    "/carte/donnees/indicateur.json?niveau=commune&indicateur=share_in_qpv&nature=MSP&definition=qpv",
    "/api/v1/localiser?lon=-3.0527&lat=46.0098",
)
OUTSIDE = {"leafletjs.com", "spec.openapis.org", "www.opengis.net"}
"""Hosts that pages name by themselves."""
RUN = "9801547"  # what a template engine would make of the product that stands in the texts
_FORBIDDEN = {"base", "object", "embed", "applet", "meta-refresh", "img"}
_ADDRESSES = {"href", "src", "action", "formaction", "data", "xlink:href", "srcdoc", "ping"}


class Inspected(HTMLParser):
    """What a page holds that could run, and where it leads."""

    def __init__(self, page: str, styled: bool = False) -> None:
        super().__init__(convert_charrefs=True)
        self.bad: list[str] = []
        self.links: set[str] = set()
        self.outside: set[str] = set()
        self._styled = styled
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        told = f"<{tag} {str(given)[:200]}>"
        own = tag == "script" and ("src" in given or given.get("type") == "application/json")
        inline = tag in ("script", "style") and not own and not self._styled
        if inline or tag in _FORBIDDEN or "http-equiv" in given:
            self.bad.append(told)
        for name, value in given.items():
            if name.startswith("on") or (name == "style" and not self._styled):
                self.bad.append(told)
            if name in _ADDRESSES:
                scheme = urlsplit(value.strip().lower()).scheme
                if scheme not in ("", "http", "https", "mailto") or value.startswith("//"):
                    self.bad.append(told)
                elif scheme:
                    self.outside.add(urlsplit(value).netloc)
                elif tag != "form" and name in ("href", "src"):
                    self.links.add(value.partition("#")[0])


class Visitor:
    """A client from another address each time, so that no limit of requests stops the tests."""

    def __init__(self, path: Path) -> None:
        self.app = create_app(path)
        self._client = self.app.test_client()
        self._number = itertools.count(1)

    def ask(self, address: str, method: str = "GET", **more: Any) -> Any:
        number = next(self._number)
        environ = {
            "REMOTE_ADDR": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}",
            **more.pop("environ", {}),
        }
        return self._client.open(
            address, method=method, environ_overrides=environ, buffered=True, **more
        )

    def endpoint(self, address: str) -> str:
        """Endpoint of an address; empty where there is none."""
        adapter = self.app.url_map.bind("localhost")
        try:
            return str(adapter.match(urlsplit(urljoin(HOST, address)).path)[0])
        except Exception:  # a redirect, or nothing there
            return ""

    def address(self, endpoint: str, **values: Any) -> str:
        with self.app.test_request_context():
            from flask import url_for

            return url_for(endpoint, **values)


@pytest.fixture(scope="module")
def hostile(hostile_file: Path) -> Visitor:
    return Visitor(hostile_file)


@pytest.fixture(scope="module")
def plain(sample_file: Path) -> Visitor:
    return Visitor(sample_file)


def check(answer: Any, address: str) -> set[str]:
    """Fail if an answer could run anything; gives the addresses that it names."""
    assert answer.status_code < 500, address
    body = answer.get_data()
    if answer.headers.get("Content-Encoding") == "br":
        body = brotli.decompress(body)
    assert RUN.encode() not in body, address
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    for name, value in answer.headers.items():
        assert "\r" not in value, (address, name)
        assert "\n" not in value, (address, name)
        assert "pwned" not in name.lower(), address
    if answer.mimetype == "text/html":
        policy = answer.headers["Content-Security-Policy"]
        found = Inspected(body.decode(), styled="'sha256-" in policy)
        assert found.bad == [], address
        assert found.outside - OUTSIDE - {"localhost"} == set(), address
        return found.links
    if answer.mimetype.endswith("json"):
        return set(_named(json.loads(body)))
    return set()


def _named(value: Any) -> Iterator[str]:
    """Addresses in JSON, as programs would follow them."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name in ("href", "url", "@id", "link") and isinstance(member, str):
                if not member.startswith(("javascript:", "https://x.example")):  # a source's own
                    yield member
            else:
                yield from _named(member)
    elif isinstance(value, list):
        for member in value:
            yield from _named(member)


# Hostile data -------------------------------------------------------------------------------------


def test_every_address_of_a_hostile_result(hostile: Visitor) -> None:
    waiting = [*START, *(f"{one}{'&' if '?' in one else '?'}lang=en" for one in START)]
    seen = set(waiting)
    taken: Counter[tuple[str, ...]] = Counter()
    while waiting:
        address = waiting.pop(0)
        where = urlsplit(address)
        endpoint = hostile.endpoint(address)
        kind = (endpoint, where.path.rpartition(".")[2][:8], str("lang=en" in where.query))
        taken[kind] += 1
        if taken[kind] > 4 and address not in START:
            continue
        answer = hostile.ask(address)
        if where.path.endswith(".fgb") and answer.status_code == 422:
            assert "FlatGeobuf" in answer.text  # it cannot hold a null character, and says so
        else:
            assert answer.status_code == 200, address
        for link in sorted(check(answer, address)):
            whole = urljoin(f"{HOST}{address}", link).partition("#")[0]
            if whole.startswith(f"{HOST}/") and "{" not in link and whole not in seen:
                seen.add(whole)
                waiting.append(whole.removeprefix(HOST))
    reached = {kind[0] for kind in taken}
    rules = hostile.app.url_map.iter_rules()
    wanted = {rule.endpoint for rule in rules if "GET" in (rule.methods or ())}
    # Asked by scripts, and tried below by example; addresses need a geocoder.
    asked_elsewhere = {"carte.lieu", "carte.proche", "localiser.adresses", "polices.police"}
    assert wanted - reached - asked_elsewhere == set()


def test_each_kind_of_hostile_code_has_its_pages(
    hostile: Visitor, hostile_result: Any, recode: Callable[[str], str]
) -> None:
    layers = hostile_result.layers
    asked = {
        "structure.structure": ("finess", layers["structures"]["finess"].dropna()),
        "qpv.qpv": ("code", layers["qpv_2024"]["code"]),
        "territoire.territoire": ("territory", layers["communes"]["territory"]),
        "api_v1.structure": ("finess", layers["structures"]["finess"].dropna()),
        "api_v1.qpv": ("code", layers["qpv_2024"]["code"]),
        "api_v1.territoire": ("territory", layers["communes"]["territory"]),
        "api_v1.territoire_indicateurs": ("territory", layers["epci"]["territory"]),
        "territoire.evolution": ("territory", layers["departements"]["territory"]),
    }
    for endpoint, (name, codes) in asked.items():
        by_ending = {re.sub(r"^[a-z]*:?[0-9A-Z]+", "", code): code for code in codes}
        assert endpoint == "territoire.evolution" or len(by_ending) >= 3, endpoint
        for code in by_ending.values():
            address = hostile.address(endpoint, **{name: code}, lang="en")
            answer = hostile.ask(address)
            assert answer.status_code == 200, address
            check(answer, address)
    sites = layers["structures"]["structure_id"].dropna()
    for code in {re.sub(r"^[0-9A-Z]+", "", one): one for one in sites}.values():
        for form in ("json", "html"):
            address = f"/ogc/collections/structures/items/{quote(code, safe='')}?f={form}"
            answer = hostile.ask(address)
            assert answer.status_code == 200, address
            check(answer, address)
    region = hostile_result.facts["territory"]
    assert region == recode("region:99") != "region:99"
    assert hostile.ask(hostile.address("territoire.territoire", territory=region)).text.count(
        "&lt;img src=x onerror=window.pwned=1&gt;"
    )


def test_a_text_is_told_whole(hostile: Visitor, hostile_result: Any) -> None:
    """Escaping that loses a text would be as wrong as none: the browser shows what was given."""
    for row in (0, 1, 2, 3, 5):
        site = hostile_result.layers["structures"].iloc[row]
        page = unescape(hostile.ask(f"/structure/{quote(site.finess, safe='')}").text)
        assert page.count(site["name"][:60].split("\x00")[0]) >= 1, row


def _cells_of_csv(data: bytes) -> Iterator[str]:
    for row in csv.reader(io.StringIO(data.decode("utf-8"), newline="")):
        yield from row


FORMULA = re.compile(r"[\s\"\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069]*[=+\-@]")
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
TABLES = ("structures", "qpv_2024", "communes", "nearest", "series", "anomalies", "provenance")


@pytest.mark.parametrize("layer", TABLES)
def test_hostile_downloads(hostile: Visitor, hostile_file: Path, layer: str, tmp_path: Path) -> None:
    held = Atlas(hostile_file).layer(layer)
    shaped = isinstance(held, gpd.GeoDataFrame)
    for ext in ("csv", "xlsx", "gpkg", "parquet", *(("geojson", "fgb") if shaped else ())):
        answer = hostile.ask(f"/telechargements/{layer}.{ext}")
        if ext == "fgb":
            assert answer.status_code == 422
            continue
        assert answer.status_code == 200, ext
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{layer}.{ext}"'
        path = tmp_path / f"{layer}.{ext}"
        path.write_bytes(answer.data)
        if ext == "csv":
            for cell in _cells_of_csv(answer.data):
                assert not FORMULA.match(cell) or NUMBER.fullmatch(cell), cell[:80]
            schema = hostile.ask(f"/telechargements/{layer}.schema.json").data
            path.with_suffix(".schema.json").write_bytes(schema)
        if ext == "xlsx":
            book = openpyxl.load_workbook(path)
            kinds = {cell.data_type for sheet in book for row in sheet.rows for cell in row}
            assert "f" not in kinds
        back = read_back(path)
        if shaped and ext in ("xlsx", "geojson"):
            left, right = back.drop(columns="geometry"), held.drop(columns="geometry")
            if ext == "xlsx":
                left, right = pd.DataFrame(left), pd.DataFrame(right)
            pd.testing.assert_frame_equal(
                pd.DataFrame(left[list(right.columns)]), pd.DataFrame(right), check_exact=True
            )
            if ext == "geojson":
                ours, theirs = back.geometry.to_numpy(), held.geometry.to_numpy()
                assert shapely.equals_exact(ours, theirs, tolerance=1e-6).all()
        elif shaped:
            gpd.testing.assert_geodataframe_equal(back, held)
        else:
            pd.testing.assert_frame_equal(back, held, check_exact=True)


def test_the_series_of_a_fiche_as_csv_holds_no_formula(
    hostile: Visitor, hostile_result: Any
) -> None:
    region = hostile_result.facts["territory"]
    quarter = hostile_result.layers["qpv_2024"]["code"].iloc[1]
    for address in (
        hostile.address("territoire.evolution", territory=region),
        hostile.address("qpv.evolution", code=quarter),
    ):
        answer = hostile.ask(address)
        assert answer.mimetype == "text/csv"
        assert re.fullmatch(
            r'attachment; filename="[\w.-]+"', answer.headers["Content-Disposition"]
        )
        for cell in _cells_of_csv(answer.data):
            assert not FORMULA.match(cell) or NUMBER.fullmatch(cell), cell[:80]


# Hostile requests ---------------------------------------------------------------------------------

SAID = quote('"><img src=x onerror=window.pwned=1></script><script>window.pwned=1</script>{{7331*1337}}')
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
    "crlf": "x=%0d%0aSet-Cookie:%20pwned=1&lang=fr%0d%0aX-Pwned:1&territory=region:99%0d%0aX-Pwned:1"
    "&as_of=2026-01-01%0d%0aX-Pwned:1&f=html%0d%0aX-Pwned:1&kind=MSP%0d%0aX-Pwned:1",
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
}


def addresses(visitor: Visitor) -> list[str]:
    """One address of each rule."""
    return sorted(
        re.sub(r"<(?:\w+:)?(\w+)>", lambda found: EXAMPLE[found[1]], rule.rule)
        for rule in visitor.app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
    )


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_what_a_visitor_sends_is_told_as_text(plain: Visitor, path: str, language: str) -> None:
    address = f"{path}{'&' if '?' in path else '?'}lang={language}"
    answer = plain.ask(address)
    assert answer.status_code in (200, 400, 404, 422)
    links = check(answer, address)
    if answer.mimetype == "text/html":
        switches = [link for link in links if f"lang={'en' if language == 'fr' else 'fr'}" in link]
        assert path.startswith(("/ogc", "/carte?embed")) or switches
        assert all(link.startswith("/") for link in switches)


@pytest.mark.parametrize("name", QUERIES)
def test_odd_parameters_everywhere(plain: Visitor, name: str) -> None:
    for address in addresses(plain):
        check(plain.ask(f"{address}?{QUERIES[name]}"), address)


@pytest.mark.parametrize("name", HEADERS)
def test_odd_headers_everywhere(plain: Visitor, name: str) -> None:
    for address in addresses(plain):
        check(plain.ask(address, headers=HEADERS[name]), address)


def test_odd_methods_everywhere(plain: Visitor) -> None:
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


def test_a_host_that_lies_stays_in_its_own_answer(sample_file: Path) -> None:
    """A page kept in memory for one visitor may not tell another what the first one sent."""
    visitor = Visitor(sample_file)
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
    plain: Visitor, address: str, one: str, other: str
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


@pytest.mark.parametrize("written", ["zz", "", "EN", "en-GB", "e" * 3000, "fr\x00", "../en", "fr,en"])
def test_odd_languages_are_one_of_two(plain: Visitor, written: str) -> None:
    page = plain.ask("/aide", query_string={"lang": written}).text
    language = re.search(r'<html lang="([^"]*)">', page)
    assert language is not None
    assert language[1] in ("fr", "en")
    assert "lang=" + quote(written) not in page or written in ("", "zz", "EN", "en-GB")
    kept = set(re.findall(r'href="/[^"]*[?&;]lang=([^"&]*)"', page))
    assert kept <= {"fr", "en"}


def test_many_addresses_do_not_fill_the_memory(sample_file: Path) -> None:
    visitor = Visitor(sample_file)
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
        line.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: here.example\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] in (b"200", b"308", b"400", b"404"), head[:200]
    assert b"\r\nX-Pwned" not in head
    moved = re.search(rb"\r\nLocation: ([^\r]*)", head)
    assert moved is None or moved[1].startswith((b"/", b"http://here.example/"))
    assert moved is None or not moved[1].startswith(b"//")
    assert not re.search(rb'(?:href|src|action)="(?:/[/\\]|[a-z]+:)', body)


# In a browser -------------------------------------------------------------------------------------

_browser = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def _in_browser(function: Any) -> Any:
    for mark in _browser:
        function = mark(function)
    return function


@_in_browser
def test_no_page_of_a_hostile_result_runs_anything(
    hostile: Visitor, hostile_result: Any, hostile_visit: Any
) -> None:
    region = hostile_result.facts["territory"]
    commune = hostile_result.layers["communes"]["territory"].iloc[2]
    quarters = hostile_result.layers["qpv_2024"]["code"]
    sites = hostile_result.layers["structures"]["finess"].dropna()
    paths = [
        *("/", "/localiser", "/telechargements", "/donnees", "/donnees/rapport", "/api"),
        *("/aide?lang=en", "/recherche?q=img", f"/{SAID}", f"/recherche?q={SAID}"),
        *("/ogc?f=html", "/ogc/collections?f=html", "/carte?embed=1"),
        "/ogc/collections/structures/items?f=html&limit=40",
        "/localiser?lon=-3.0527&lat=46.0098&precision=5",
        hostile.address("territoire.territoire", territory=region),
        hostile.address("territoire.territoire", territory=commune, lang="en"),
        *(hostile.address("qpv.qpv", code=code) for code in quarters.iloc[:2]),
        *(hostile.address("structure.structure", finess=code) for code in sites.iloc[:3]),
    ]
    page = hostile_visit.page
    for path in paths:
        hostile_visit.open(path)
        for summary in page.locator("main details:not([open]) > summary").all()[:6]:
            summary.evaluate("(it) => it.click()")
        assert page.evaluate("window.pwned") is None, path
        assert page.locator("[onerror], [onload], [onfocus], [onmouseover], base").count() == 0
        assert hostile_visit.wrong == [], path


@_in_browser
def test_nothing_runs_on_the_map_of_a_hostile_result(hostile_visit: Any) -> None:
    page = hostile_visit.page
    hostile_visit.open("/carte?lang=fr")
    for box in page.locator("#panel input[data-layer]").all():
        box.set_checked(True)
    page.select_option("#indicator", "share_in_qpv")
    page.wait_for_selector("#classes li")
    page.locator("#classes li").first.hover()
    marks = page.locator("#map_first .cluster, #map_first .mark")
    marks.first.wait_for()
    for number in range(min(marks.count(), 3)):
        marks.nth(number).hover(force=True)
        marks.nth(number).dispatch_event("click")
        page.wait_for_timeout(150)
    page.click("#show-table")
    page.wait_for_selector("#table tbody tr")
    for button in page.locator("#table tbody th button").all()[:4]:
        button.click()
        page.wait_for_selector(".leaflet-popup")
        assert page.locator(".leaflet-popup :is(img, script, svg[onload])").count() == 0
    page.fill("#place", "img")
    page.wait_for_selector("#places li")
    assert page.locator("#places :is(img, script, base)").count() == 0
    assert page.evaluate("window.pwned") is None
    assert hostile_visit.wrong == []


@_in_browser
def test_nothing_runs_in_the_search_of_a_hostile_result(hostile_visit: Any) -> None:
    page = hostile_visit.page
    hostile_visit.open("/?lang=en")
    page.focus("#find-large")
    for words in ("img", "window pwned", "<img src=x onerror=window.pwned=1>", "cmd"):
        page.fill("#find-large", words)
        page.wait_for_selector("#find-large-found [role=option]")
        assert page.locator("#find-large-found :is(img, script)").count() == 0
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    assert "/?lang" not in page.url
    assert page.locator("h1").count() == 1
    assert page.evaluate("window.pwned") is None
    assert hostile_visit.wrong == []
