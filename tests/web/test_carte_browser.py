"""The map page in a real browser, without a network: every control, by mouse and by keyboard."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from werkzeug.serving import make_server

from geo_service.store import save_result
from geo_service.web import create_app

pytestmark = pytest.mark.browser
HOSTILE = (
    "<img src=x onerror=window.__pwned=1></script><script>window.__pwned=2</script>"
    "\"'><svg onload=window.__pwned=3> {{ 7*7 }} ${window.__pwned=4} \u202eabc\u2028"
    "<!--<script> ' onmouseover='window.__pwned=5 =cmd|' /C calc'!A0"
)


@dataclass
class Opened:
    """A page of the service with all that it asked for and complained of."""

    page: Any
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def settled(self, act: Callable[[], Any]) -> None:
        """Do something that changes the map, and wait until it is drawn."""
        before = self.page.evaluate("Number(document.getElementById('stage').dataset.shown)")
        act()
        self.page.wait_for_function(
            "(n) => Number(document.getElementById('stage').dataset.shown) > n", arg=before
        )

    def structures(self, maps: int = 1) -> int:
        """Structures in view, alone or counted in a ring."""
        own = self.page.locator("#map_first" if maps == 1 else "#map_second")
        rings = own.locator(".cluster").all_inner_texts()
        return own.locator(".mark").count() + sum(int(text) for text in rings)

    def count(self, layer: str) -> str:
        return str(self.page.locator(f'li[data-of="{layer}"] .count').inner_text())

    def barriers(self) -> list[str]:
        """What axe-core finds against WCAG and good practice."""
        return [f"{v['id']}: {v['nodes']}" for v in Axe().run(self.page).response["violations"]]

    def hash(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.page.url).fragment)


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[Path], str]]:
    """Runs a service over a result; gives its address."""
    servers = []

    def run(path: Path) -> str:
        server = make_server("127.0.0.1", 0, create_app(path), threaded=True)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield run
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def address(serve: Callable[[Path], str], sample_file: Path) -> str:
    return serve(sample_file)


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Opened]]:
    contexts = []

    def opened(url: str, width: int = 1280, height: int = 800, **more: Any) -> Opened:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            locale="fr-FR",
            **more,
        )
        contexts.append(context)
        result = Opened(context.new_page())
        page = result.page
        page.set_default_timeout(15_000)
        page.on("request", lambda request: result.asked.append(request.url))
        page.on("console", lambda message: result.said.append(message.text))
        page.on("pageerror", lambda error: result.said.append(str(error)))
        page.on("dialog", lambda dialog: result.said.append(f"dialog {dialog.message}"))
        page.goto(url)
        page.wait_for_selector("#stage[data-ready]")
        return result

    yield opened
    for context in contexts:
        context.close()


def test_layers_dates_table_and_link(open_page: Callable[..., Opened], address: str) -> None:
    opened = open_page(f"{address}/carte")
    page = opened.page
    assert opened.structures() > 0
    before = opened.structures()
    msp = int(opened.count("MSP"))
    opened.settled(lambda: page.locator('input[data-layer="MSP"]').uncheck())
    assert opened.structures() < before
    opened.settled(lambda: page.locator('input[data-layer="zonage"]').check())
    assert opened.hash()["couches"] == [
        "CDS,communes,departements,names,qpv_2015,qpv_2024,quartier_vecu_300,"
        "quartier_vecu_500,regions,zonage"
    ]
    # Another date: fewer structures open, the other generation of QPV in force.
    assert opened.count("qpv_2015") == "0"
    opened.settled(lambda: page.locator("#date").select_option("2019-12-31"))
    assert int(opened.count("MSP")) < msp
    assert opened.count("qpv_2024") == "0"
    assert int(opened.count("qpv_2015")) > 0
    assert page.locator("#map_first").get_attribute("aria-label").endswith("31 décembre 2019")
    # The table holds what the map shows; a column sorts both ways.
    opened.settled(lambda: page.locator("#show-table").click())
    names = page.locator("#table tbody th").all_inner_texts()
    assert names[0].casefold() < names[-1].casefold()
    page.locator("#table thead th").nth(4).locator("button").click()
    assert page.locator("#table thead th").nth(4).get_attribute("aria-sort") == "ascending"
    page.locator("#table thead th").nth(4).locator("button").click()
    assert page.locator("#table thead th").nth(4).get_attribute("aria-sort") == "descending"
    years = [
        int(text.split()[-1])
        for text in page.locator("#table td:nth-child(5)").all_inner_texts()
        if text[-1].isdigit()
    ]
    assert years == sorted(years, reverse=True)
    # A row leads to the map, whose popup leads to the page of the structure.
    page.locator("#table tbody th button").first.click()
    page.wait_for_selector(".leaflet-popup .sheet")
    assert "/structure/" in page.locator(".leaflet-popup .sheet").get_attribute("href")
    assert page.locator("#table tr[aria-current]").count() == 1
    # The address holds all of it: another window shows the same.
    again = open_page(page.url)
    assert again.hash() == opened.hash()
    assert again.count("CDS") == opened.count("CDS")
    assert again.page.locator("#date").input_value() == "2019-12-31"
    assert not again.page.locator('input[data-layer="MSP"]').is_checked()
    assert again.page.locator("#table tbody tr").count() > 0
    again.settled(lambda: again.page.locator("#date").select_option("2026-01-01"))
    again.settled(lambda: again.page.go_back())
    assert again.page.locator("#date").input_value() == "2019-12-31"
    for one in (opened, again):
        assert one.said == []
        assert [url for url in one.asked if not url.startswith(address)] == []


def test_indicator_two_dates_and_territory(
    open_page: Callable[..., Opened], address: str, sample_result: Any
) -> None:
    opened = open_page(f"{address}/carte?lang=en")
    page = opened.page
    opened.settled(lambda: page.locator("#indicator").select_option("share_in_qpv"))
    opened.settled(lambda: page.locator("#level").select_option("communes"))
    legend = page.locator("#classes li").all_inner_texts()
    assert legend[-1].startswith("unknown")
    hatched = page.evaluate(
        """() => { let n = 0; map_first.eachLayer((one) => {
            if (one.options.fillColor instanceof CanvasPattern) n += 1; }); return n; }"""
    )
    assert 0 < hatched <= int(legend[-1].split()[-1])  # those overseas are out of view
    # Two dates beside one another, in the same classes, moved together.
    opened.settled(lambda: page.locator("#level").select_option("epci"))
    opened.settled(lambda: page.locator("#beside").select_option("2017-12-31"))
    assert page.locator(".date-of-map").all_inner_texts() == [
        "January 1, 2026",
        "December 31, 2017",
    ]
    page.evaluate("void map_second.setView([45.9, -3.1], 12, { animate: false })")
    assert page.evaluate("map_first.getCenter().distanceTo(map_second.getCenter())") < 20
    assert "·" in page.locator("#classes li").first.inner_text()
    opened.settled(lambda: page.locator("#beside").select_option(""))
    # A count is drawn as circles, never as a filled area.
    opened.settled(lambda: page.locator("#indicator").select_option("structures_open"))
    circles = page.evaluate(
        """() => { let n = 0; map_first.eachLayer((one) => {
            n += one instanceof L.CircleMarker && !(one instanceof Square); }); return n; }"""
    )
    assert 0 < circles <= 4
    # The figures as a table, then the territory alone, found by name.
    opened.settled(lambda: page.locator("#show-table").click())
    opened.settled(lambda: page.locator("#table-what").select_option("territories"))
    assert page.locator("#table tbody tr").count() == 4
    assert opened.barriers() == []
    opened.settled(lambda: page.locator("#indicator").select_option(""))
    whole = int(opened.count("MSP"))
    overseas = sample_result.layers["departements"].set_index("code")["name"]["971"]
    page.locator("#place").fill(overseas[:12])
    page.wait_for_selector("#places li[role=option]")
    page.keyboard.press("ArrowDown")
    opened.settled(lambda: page.keyboard.press("Enter"))
    assert int(opened.count("MSP")) < whole
    assert "territoire" in opened.hash()
    opened.settled(lambda: page.locator("#chip button").click())
    assert int(opened.count("MSP")) == whole
    assert opened.said == []


def test_keyboard_alone_measures_shares_and_opens(
    open_page: Callable[..., Opened], address: str
) -> None:
    opened = open_page(f"{address}/carte?lang=fr")
    page = opened.page
    page.locator("#measure").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "map_first"
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    page.keyboard.press("Enter")
    length = page.locator("#measured").inner_text()
    metres = page.evaluate(
        "map_first.distance(map_first.getCenter(), map_first.containerPointToLatLng("
        "map_first.getSize().divideBy(2).subtract([80, 0])))"
    )
    shown = float(length.split(":")[1].split()[0].replace(",", ".").replace("\u202f", ""))
    assert shown * (1000 if "km" in length else 1) == pytest.approx(metres, rel=0.02)
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(100)
    page.keyboard.press("Enter")
    assert "Aire" in page.locator("#measured").inner_text()
    page.keyboard.press("Backspace")
    assert "Aire" not in page.locator("#measured").inner_text()
    page.keyboard.press("Escape")
    assert page.locator("#measured").is_hidden()
    assert page.evaluate("document.activeElement.id") == "measure"
    # Share: a link, and a frame of the embed address.
    page.locator("#share").focus()
    page.keyboard.press("Enter")
    code = page.locator("#share-code").input_value()
    assert code.startswith("<iframe ")
    assert "embed=1" in code
    assert "embed" not in page.locator("#share-link").input_value()
    page.keyboard.press("Escape")
    # The table opens an object, Escape closes it and leads back.
    page.locator("#show-table").focus()
    opened.settled(lambda: page.keyboard.press("Enter"))
    page.locator("#table tbody th button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".leaflet-popup[role=dialog]")
    assert page.evaluate("document.activeElement.classList.contains('leaflet-popup')")
    page.keyboard.press("Escape")
    page.wait_for_selector(".leaflet-popup", state="detached")
    assert page.evaluate("document.activeElement.className") == "row"
    assert opened.said == []


def test_embedded_on_a_telephone(open_page: Callable[..., Opened], address: str) -> None:
    opened = open_page(f"{address}/carte?embed=1&territory=departement:971", 360, 640)
    page = opened.page
    assert page.locator("header.top").count() == 0
    assert opened.structures() > 0
    box = page.evaluate("document.documentElement.scrollWidth")
    assert box <= 360
    page.locator("#settings summary").click()
    assert page.locator('input[data-layer="MSP"]').is_visible()
    assert opened.barriers() == []
    assert opened.said == []


def test_nothing_of_a_file_is_ever_run(
    open_page: Callable[..., Opened],
    serve: Callable[[Path], str],
    sample_result: Any,
    tmp_path: Path,
) -> None:
    hostile = copy.copy(sample_result)
    hostile.layers = {name: table.copy() for name, table in sample_result.layers.items()}
    for table in hostile.layers.values():
        for column in ("name", "address", "zone_class", "speciality"):
            if column in table:
                table[column] = HOSTILE
    first = hostile.layers["structures"].index[0]
    hostile.layers["structures"].loc[first, "kind"] = HOSTILE[:60]
    hostile.facts = {**sample_result.facts, "territory_name": HOSTILE, "name": HOSTILE}
    path = tmp_path / "hostile.gpkg"
    save_result(hostile, path)
    opened = open_page(f"{serve(path)}/carte?lang=fr")
    page = opened.page
    page.locator(".cluster").first.hover(force=True)
    page.wait_for_selector(".leaflet-tooltip.hint")
    for box in page.locator("#panel input[data-layer]").all():
        box.set_checked(True)
    opened.settled(lambda: page.locator("#indicator").select_option("per_10000_inhabitants"))
    opened.settled(lambda: page.locator("#level").select_option("communes"))
    opened.settled(lambda: page.locator('input[data-layer="MSP"]').check())
    opened.settled(lambda: page.locator("#show-table").click())
    # Names are told in rows, popups, hints and the list of what is found.
    for source in page.locator("#table-what option").all():
        value = source.get_attribute("value")
        if page.locator("#table-what").input_value() != value:
            opened.settled(lambda value=value: page.locator("#table-what").select_option(value))
        assert "onerror" in page.locator("#table tbody th").first.inner_text()
        page.locator("#table tbody th button").first.click()
        page.wait_for_selector(".leaflet-popup .name")
        assert "<img" in page.locator(".leaflet-popup .name").last.inner_text()
    page.locator("#map_first").hover(position={"x": 300, "y": 120})
    page.locator("#place").fill("img")
    page.wait_for_selector("#places li")
    assert "onerror" in page.locator("#places").inner_text()
    assert page.evaluate("window.__pwned") is None
    assert page.locator("main img, main script:not([type]), main iframe").count() == 0
    assert page.locator("main [onerror], main [onload], main [onmouseover]").count() == 0
    assert opened.said == []
