"""A result whose every text attacks: nothing runs, nothing breaks, and all of it is told."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from geo_service.atlas import Atlas
from geo_service.exchange.cells import unguard_formula
from geo_service.exchange.read_back import read_back

HOST = "http://localhost"
START = (
    *("/", "/carte", "/carte?embed=1", "/localiser", "/telechargements", "/donnees", "/api"),
    *("/donnees/rapport", "/recherche?q=img", "/recherche/propositions?q=img", "/aide", "/ogc"),
    *("/glossaire", "/a-propos", "/accessibilite", "/ogc?f=html", "/api/v1", "/healthz", "/readyz"),
    *("/localiser?lon=-3.0527&lat=46.0098&precision=5", "/telechargements/catalogue.jsonld"),
    *("/carte/donnees/details.json", "/carte/donnees/formes/qpv_2024.json", "/favicon.ico"),
    *("/carte/donnees/zonage.json", "/api/v1/recherche?q=img"),
    "/carte/donnees/indicateur.json?niveau=communes&indicateur=share_in_qpv&nature=MSP&definition=qpv",
    "/api/v1/localiser?lon=-3.0527&lat=46.0098",
    *("/analyses", "/zonage", "/aides", "/aides?lon=-3.0527&lat=46.0098&structure=medical"),
    *("/mesure-9", "/progression", "/classement", "/officiel", "/barometre", "/cpts"),
    "/zonage?lon=-3.0527&lat=46.0098&date=2026-01-01",
    "/api/v1/zone?lon=-3.0527&lat=46.0098&date=2026-01-01",
    "/api/v1/aides/eligibilite?lon=-3.0527&lat=46.0098",
    "/api/v1/progression?since=2017-12-31&until=2026-01-01",
)
UNFILLED = {
    f"{HOST}/api/v1/{name}" for name in ("localiser", "zone", "aides/eligibilite", "progression")
}
"""Where the forms of /api lead before a point is written into them."""


def test_every_address_of_a_hostile_result(hostile: Any) -> None:
    waiting = [*START, *(f"{one}{'&' if '?' in one else '?'}lang=en" for one in START)]
    seen = set(waiting)
    taken: Counter[tuple[str, ...]] = Counter()
    while waiting:
        address = waiting.pop(0)
        where = urlsplit(address)
        endpoint = hostile.endpoint(address)
        kind = (endpoint, where.path.rpartition(".")[2][:8], str("lang=en" in where.query))
        taken[kind] += 1
        if taken[kind] > 3 and address not in START:
            continue
        answer = hostile.ask(address)
        if where.path.endswith(".fgb") and answer.status_code == 422:
            assert "octet nul" in answer.text or "zero byte" in answer.text
        elif answer.status_code == 302:
            assert answer.headers["Location"].startswith("/static/"), address
        else:
            assert answer.status_code == 200, address
        for link in sorted(hostile.check(answer, address)):
            whole = urljoin(f"{HOST}{address}", link).partition("#")[0]
            unfilled = "{" in link or whole in UNFILLED
            if whole.startswith(f"{HOST}/") and not unfilled and whole not in seen:
                seen.add(whole)
                waiting.append(whole.removeprefix(HOST))
    reached = {kind[0] for kind in taken}
    rules = hostile.app.url_map.iter_rules()
    wanted = {rule.endpoint for rule in rules if "GET" in (rule.methods or ())}
    # Asked by scripts, and tried below by example; addresses need a geocoder.
    asked_elsewhere = {"carte.lieu", "carte.proche", "localiser.adresses", "polices.police"}
    assert wanted - reached - asked_elsewhere == set()


def test_each_kind_of_hostile_code_has_its_pages(
    hostile: Any, hostile_result: Any, recode: Callable[[str], str]
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
            hostile.check(answer, address)
    sites = layers["structures"]["structure_id"].dropna()
    for code in {re.sub(r"^[0-9A-Z]+", "", one): one for one in sites}.values():
        for form in ("json", "html"):
            address = f"/ogc/collections/structures/items/{quote(code, safe='')}?f={form}"
            answer = hostile.ask(address)
            assert answer.status_code == 200, address
            hostile.check(answer, address)
    region = hostile_result.facts["territory"]
    assert region == recode("region:99") != "region:99"
    assert hostile.ask(hostile.address("territoire.territoire", territory=region)).text.count(
        "&lt;img src=x onerror=window.pwned=1&gt;"
    )


def test_a_text_is_told_whole(hostile: Any, hostile_result: Any) -> None:
    """Escaping that loses a text would be as wrong as none: the browser shows what was given."""
    for row in (0, 1, 2, 3, 5):
        site = hostile_result.layers["structures"].iloc[row]
        page = unescape(hostile.ask(f"/structure/{quote(site.finess, safe='')}").text)
        assert page.count(site["name"][:60].split("\x00")[0]) >= 1, row


def _long_cells(rows: Any) -> list[Any]:
    """All rows; a shape is one cell, longer than the reader of CSV takes by itself."""
    before = csv.field_size_limit(1 << 30)
    try:
        return list(rows)
    finally:
        csv.field_size_limit(before)


def _cells_of_csv(data: bytes) -> list[str]:
    rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
    return [cell for row in _long_cells(rows) for cell in row]


FORMULA = re.compile(r"[\s\"\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069]*[=+\-@]")
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
TABLES = ("structures", "qpv_2024", "communes", "nearest", "series", "anomalies", "provenance")


@pytest.mark.parametrize("layer", TABLES)
def test_hostile_downloads(hostile: Any, hostile_file: Path, layer: str, tmp_path: Path) -> None:
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
            rows = csv.DictReader(io.StringIO(answer.data.decode("utf-8"), newline=""))
            texts = [name for name in held if str(held[name].dtype) == "str"]
            told = [{name: row[name] for name in texts} for row in _long_cells(rows)]
            for name in texts:
                cells = [unguard_formula(row[name]) if row[name] else None for row in told]
                assert cells == [None if it != it else it for it in held[name]], name
            continue
        if ext == "xlsx":
            book = openpyxl.load_workbook(path)
            kinds = {cell.data_type for sheet in book for row in sheet.rows for cell in row}
            assert "f" not in kinds
        back = read_back(path)
        if shaped and ext in ("xlsx", "geojson"):
            right = pd.DataFrame(held.drop(columns="geometry"))
            left = pd.DataFrame(back)[list(right.columns)]
            pd.testing.assert_frame_equal(left, right, check_exact=True)
            if ext == "geojson":
                ours, theirs = back.geometry.to_numpy(), held.geometry.to_numpy()
                assert (shapely.is_missing(ours) == shapely.is_missing(theirs)).all()
                off = shapely.hausdorff_distance(ours, theirs)  # rings may begin elsewhere
                assert (off[~shapely.is_missing(ours)] < 1e-6).all()
        elif shaped:
            assert_geodataframe_equal(back, held)
        else:
            pd.testing.assert_frame_equal(back, held, check_exact=True)


def test_the_series_of_a_fiche_as_csv_holds_no_formula(hostile: Any, hostile_result: Any) -> None:
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


_browser = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


SAID = quote(
    '"><img src=x onerror=window.pwned=1></script><script>window.pwned=1</script>{{7331*1337}}'
)


def _in_browser(function: Any) -> Any:
    for mark in _browser:
        function = mark(function)
    return function


@_in_browser
def test_no_page_of_a_hostile_result_runs_anything(
    hostile: Any, hostile_result: Any, hostile_visit: Any
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
        page.evaluate("document.querySelectorAll('details').forEach((it) => { it.open = true; })")
        assert page.evaluate("window.pwned") is None, path
        assert page.locator("[onerror], [onload], [onfocus], [onmouseover], base").count() == 0
        assert hostile_visit.wrong == [], path


@_in_browser
def test_nothing_runs_on_the_map_of_a_hostile_result(hostile_visit: Any) -> None:
    page = hostile_visit.page
    hostile_visit.open("/carte?lang=fr")
    for box in page.locator("#panel input[data-layer]").all():
        box.set_checked(True)
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
    page.select_option("#indicator", "share_in_qpv")
    page.wait_for_selector("#classes li")
    page.locator("#classes li").first.hover()
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
    page.wait_for_url(lambda url: urlsplit(url).path != "/")
    assert page.locator("h1").count() == 1
    assert page.evaluate("window.pwned") is None
    assert hostile_visit.wrong == []
