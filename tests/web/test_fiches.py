"""Every fiche of the sample answers, in both languages; unknown ids do not; nothing executes."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from geo_service.atlas import Atlas
from geo_service.core.result import Result
from geo_service.store import save_result
from geo_service.web import create_app

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&\u202e=cmd|' /C calc'!A0{{7*7}}"
LEVELS = ("region:99", "departement:96", "departement:971", "epci:999600011", "commune:96001")
VOID = {"meta", "link", "input", "br", "img", "hr"}


class Page(HTMLParser):
    """What a page holds: elements with their attributes, and whether they are well nested."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.wrong: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.wrong.append(tag)
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.elements if name == tag)


@pytest.fixture(scope="module")
def client(sample_file: Path, unlimited: None) -> Any:
    return create_app(sample_file).test_client()


@pytest.fixture(scope="module")
def unlimited() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_RATE", "off")
        yield


@pytest.fixture(scope="module")
def atlas(sample_file: Path) -> Atlas:
    return Atlas(sample_file)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("level", ["region", "departement", "epci", "commune"])
def test_every_territory_has_its_fiche(
    client: Any, atlas: Atlas, level: str, language: str
) -> None:
    asked = [own for own in atlas.territories if own.startswith(f"{level}:")]
    assert asked
    for territory in asked:
        got = client.get(f"/territoire/{territory}?lang={language}")
        assert got.status_code == 200, territory
        assert f'<html lang="{language}">' in got.text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_qpv_has_its_fiche(client: Any, atlas: Atlas, language: str) -> None:
    asked = [own.partition(":")[2] for own in atlas.territories if own.startswith("qpv:")]
    assert len(asked) == 27
    for code in asked:
        assert client.get(f"/qpv/{code}?lang={language}").status_code == 200, code


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_structure_has_its_fiche(client: Any, atlas: Atlas, language: str) -> None:
    numbers = atlas.layer("structures")["finess"]
    assert len(numbers) == 64
    for finess in numbers:
        assert client.get(f"/structure/{finess}?lang={language}").status_code == 200, finess


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("/territoire/region:98", "region:99"),
        ("/territoire/region:99?as_of=2019-12-30", "2019-12-31"),
        ("/territoire/region:99?as_of=demain", "2026-01-01"),
        ("/territoire/nowhere", "region:76"),
        ("/territoire/qpv:QN09601", "QN09601M"),
        ("/qpv/QN09601", "QN09601M"),
        ("/qpv/QN09601M?as_of=1999-01-01", "2026-01-01"),
        ("/structure/96000001", "960000016"),
        ("/territoire/region:98/evolution.csv", "region:99"),
        ("/qpv/QN09601/evolution.csv", "QN09601M"),
    ],
)
def test_an_unknown_name_or_date_is_404_with_the_nearest(
    client: Any, address: str, near: str
) -> None:
    got = client.get(address)
    assert got.status_code == 404
    assert near in got.text


def test_a_qpv_asked_for_as_a_territory_is_sent_to_its_fiche(client: Any) -> None:
    got = client.get("/territoire/qpv:QN09601M?lang=en")
    assert got.status_code == 308
    assert got.headers["Location"] == "/qpv/QN09601M?lang=en"
    got = client.get("/territoire/france?as_of=2025-12-31")
    assert got.headers["Location"] == "/territoire/france:FR?as_of=2025-12-31"


def test_bounds_are_said_in_words(client: Any) -> None:
    french = client.get("/territoire/region:99?lang=fr").text
    assert "entre 7 et 13" in french
    assert "entre 9 et 13" in french
    english = client.get("/territoire/region:99?lang=en").text
    assert "between 7 and 13" in english
    assert "entre 7 et 13" not in english


def test_what_the_result_does_not_hold_is_said(client: Any) -> None:
    assert "pas de colonne France" in client.get("/territoire/departement:96?lang=fr").text
    commune = client.get("/territoire/commune:96001?lang=fr&as_of=2019-12-31").text
    assert "Le résultat n&#39;a de chiffres par commune qu&#39;à sa date principale." in commune
    old = client.get("/qpv/QP096001?lang=fr").text
    assert "n&#39;est plus en vigueur" in old
    assert "31 décembre 2023" in old


def test_the_page_is_made_once_and_named_by_its_etag(client: Any) -> None:
    first = client.get("/territoire/region:99")
    again = client.get("/territoire/region:99", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "address",
    [
        *(f"/territoire/{own}" for own in LEVELS),
        "/qpv/QN09601M",
        "/qpv/QP096001",
        "/structure/960000016",
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_pages_are_well_formed_and_can_be_read_without_eyes(
    client: Any, address: str, language: str
) -> None:
    text = client.get(f"{address}?lang={language}").text
    page = Page(text)
    assert (page.wrong, page.open) == ([], [])
    names = [own["id"] for _, own in page.elements if own.get("id")]
    assert len(names) == len(set(names))
    for _, own in page.elements:
        for reference in ("aria-labelledby", "for"):
            for name in (own.get(reference) or "").split():
                assert name in names, name
        assert "style" not in own
        assert not [name for name in own if name.startswith("on")]
    assert len(list(page.of("h1"))) == 1
    # A section named by its heading and the box of its table are two landmarks: two names.
    boxes = [own["aria-label"] for own in page.of("div") if own.get("role") == "region"]
    assert len(boxes) == len(set(boxes))
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", text)
    assert not set(boxes) & set(headings)
    assert all(own.get("title") for own in page.of("iframe"))
    assert all(own.get("scope") for own in page.of("th"))
    inside = [own.get("href") or "" for own in page.of("a")]
    for target in (href for href in inside if href.startswith("#")):
        assert target[1:] in names, target
    assert "built-in method" not in text
    for svg in re.findall(r"<svg xmlns.*?</svg>", text, re.DOTALL):
        root = ET.fromstring(svg)
        assert root.get("role") == "img"
        assert len((root.get("aria-labelledby") or "").split()) == 2


@pytest.mark.parametrize("address", ["/territoire/departement:96", "/qpv/QN09601M"])
def test_links_of_a_fiche_lead_somewhere(client: Any, address: str) -> None:
    page = Page(client.get(address).text)
    own = [
        href
        for href in dict.fromkeys(link.get("href") or "" for link in page.of("a"))
        if re.match(r"/(territoire|qpv|structure)/", href)
    ]
    assert len(own) > 3
    for href in own[:: max(1, len(own) // 12)]:
        assert client.get(href).status_code == 200, href


def test_downloads_of_a_fiche_are_of_just_that_territory(client: Any) -> None:
    page = Page(client.get("/territoire/departement:971").text)
    links = [
        link.get("href") or ""
        for link in page.of("a")
        if "/telechargements/" in (link.get("href") or "")
    ]
    assert links
    assert all("territory=departement:971" in href.replace("%3A", ":") for href in links)
    got = client.get(next(href for href in links if "structures.csv" in href))
    rows = list(csv.DictReader(io.StringIO(got.text)))
    assert {row["departement"] for row in rows} == {"971"}


def test_the_chart_is_also_csv(client: Any) -> None:
    got = client.get("/territoire/region:99/evolution.csv")
    assert got.mimetype == "text/csv"
    assert "evolution-region-99.csv" in got.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(got.text)))
    assert {row["territory"] for row in rows} == {"region:99"}


def test_a_structure_says_why(client: Any, atlas: Atlas) -> None:
    table = atlas.layer("structures")
    vague = table[(table["position"] == "commune-centre") & (table["open"] == "yes")]["finess"]
    text = client.get(f"/structure/{vague.iloc[0]}?lang=fr").text
    assert "badge unsure" in text
    assert "ne décide de rien" in text


@pytest.fixture(scope="module")
def hostile(
    sample_result: Result, tmp_path_factory: pytest.TempPathFactory, unlimited: None
) -> Any:
    """The sample with names, addresses and files that nobody would wish for."""
    layers = {}
    for name, table in sample_result.layers.items():
        table = table.copy()
        for column in ("name", "address", "geocoder", "siret", "finess_ej", "class_label"):
            if column in table:
                table[column] = HOSTILE
        layers[name] = table
    tables = {name: table.copy() for name, table in (sample_result.tables or {}).items()}
    tables["nearest"]["name"] = HOSTILE
    made = Result(
        sample_result.facts,
        layers,
        sample_result.figures,
        sample_result.anomalies,
        sample_result.provenance,
        tables,
    )
    path = tmp_path_factory.mktemp("hostile") / "hostile.gpkg"
    save_result(made, path)
    return create_app(path).test_client()


@pytest.mark.parametrize(
    "address",
    [
        *(f"/territoire/{own}" for own in LEVELS),
        "/qpv/QN09601M",
        "/qpv/QP096001",
        "/structure/960000016",
    ],
)
def test_hostile_names_do_no_harm(hostile: Any, client: Any, address: str) -> None:
    got = hostile.get(address)
    assert got.status_code == 200
    assert "<img src=x" not in got.text
    assert "{{7*7}}" in got.text  # a template is text
    page, plain = Page(got.text), Page(client.get(address).text)
    assert (page.wrong, page.open) == ([], [])
    assert len(list(page.of("script"))) == len(list(plain.of("script")))
    assert not list(page.of("img"))
    # Marks that turn the writing stay inside an element or an isolate of their own.
    for place in re.finditer("\u202e", got.text):
        before = got.text[max(0, place.start() - 400) : place.start()]
        isolated = before.rfind("<bdi>") > before.rfind("</bdi>")
        inside_svg = before.rfind("\u2068") > before.rfind("\u2069")
        in_words = before.rfind("<title") > before.rfind("</title")
        in_attribute = before.rfind('="') > before.rfind('">')
        assert isolated or inside_svg or in_words or in_attribute, before[-120:]


def test_hostile_names_in_csv_are_no_formula(hostile: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(hostile.get("/qpv/QN09601M/evolution.csv").text)))
    assert rows
    assert not any(row["name"].startswith(("=", "+", "-", "@")) for row in rows)
