"""The standalone map, opened from disk in a real browser that has no network."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo_service.core.errors import StoreError
from geo_service.core.i18n import T
from geo_service.core.tables import STRUCTURES, TERRITORIES, ZONES, shape_table
from geo_service.outputs.folium_map import map_html, write_map

DAY = dt.date(2026, 1, 31)
FACTS = {
    "name": "essai",
    "territory": "departement:31",
    "territory_name": "Haute-Garonne",
    "as_of": DAY,
    "scope": "all",
    "fictitious": False,
}
CREDIT = T("Source : essai, Licence Ouverte 2.0", "Source: trial, Licence Ouverte 2.0")
HOSTILE = (
    "<img src=x onerror=window.__pwned=1></script><script>window.__pwned=2</script>"
    "\"'><svg onload=window.__pwned=3> {{ 7*7 }} {% raw %} ${window.__pwned=4} \u202eabc\u2028"
    "<!--<script> \x00 ' onmouseover='window.__pwned=5"
)


def square(west: float, south: float, side: float) -> shapely.Polygon:
    return shapely.box(west, south, west + side, south + side)


def structures(**columns: Any) -> gpd.GeoDataFrame:
    """Six structures near Toulouse: two MSP, two CDS, one CPTS, and one MSP without a position."""
    points = [(1.41, 43.61), (1.45, 43.60), (1.43, 43.63), (1.47, 43.58), (1.44, 43.57), None]
    table = {
        "structure_id": [f"S{n}" for n in range(6)],
        "finess": [f"31000000{n}" for n in range(6)],
        "name": [f"Structure {n}" for n in range(6)],
        "kind": ["MSP", "MSP", "CDS", "CDS", "CPTS", "MSP"],
        "position": ["address", "commune-centre", "address", "low-score", "address", "none"],
        "opened": pd.to_datetime(["2019-05-01"] * 6),
        "address": ["1 rue des Lilas"] * 6,
        "commune": ["31555"] * 6,
        "departement": ["31"] * 6,
        "file": ["essai.csv"] * 6,
        **columns,
    }
    geometry = [None if point is None else shapely.Point(point) for point in points]
    return shape_table(gpd.GeoDataFrame(table, geometry=geometry, crs=4326), STRUCTURES)


def zones(name: str, codes: list[str], shapes: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    table = {
        "zone_id": [f"{name}:{code}" for code in codes],
        "zone_kind": name,
        "code": codes,
        "name": [f"{name} {code}" for code in codes],
        "legal_crs": 2154,
        "file": "essai",
        **columns,
    }
    return shape_table(gpd.GeoDataFrame(table, geometry=shapes, crs=4326), ZONES)


def territories(level: str, codes: list[str], shapes: list[Any]) -> gpd.GeoDataFrame:
    table = {
        "territory": [f"{level}:{code}" for code in codes],
        "level": level,
        "code": codes,
        "name": [f"{level.capitalize()} {code}" for code in codes],
        "population": [1000.0 * (n + 1) for n in range(len(codes))],
        "file": "essai",
    }
    return shape_table(gpd.GeoDataFrame(table, geometry=shapes, crs=4326), TERRITORIES)


def a_result() -> dict[str, Any]:
    """Three communes in a row, two with a class, and a QPV of each generation."""
    communes = [square(1.35 + 0.06 * n, 43.55, 0.06) for n in range(3)]
    codes = ["31555", "31044", "31149"]
    qpv = square(1.42, 43.60, 0.01)
    return {
        "structures": structures(),
        "qpv_2024": zones(
            "qpv", ["QN03101M"], [qpv], valid_from=pd.Timestamp(2024, 1, 1), communes="31555"
        ),
        "qpv_2015": zones(
            "qpv",
            ["QP031001"],
            [qpv],
            valid_from=pd.Timestamp(2015, 1, 1),
            valid_to=pd.Timestamp(2023, 12, 31),
        ),
        "quartier_vecu_300": zones("quartier_vecu", ["QN03101M"], [qpv.buffer(0.003)]),
        "quartier_vecu_500": zones("quartier_vecu", ["QN03101M"], [qpv.buffer(0.005)]),
        "zonage": zones("zonage", codes[:2], communes[:2], zone_class=["ZIP", "ZAC"]),
        "communes": territories("commune", codes, communes),
        "departements": territories("departement", ["31"], [shapely.box(1.35, 43.55, 1.53, 43.61)]),
    }


@dataclass
class Opened:
    """A page on disk, open in the browser, with all that it asked for and complained of."""

    page: Any
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def count(self, script: str) -> int:
        return int(self.page.evaluate(script))

    def markers(self) -> int:
        """Structures on the map, alone or counted in a cluster."""
        alone = self.page.locator(".mark").count()
        return alone + sum(int(text) for text in self.page.locator(".cluster").all_inner_texts())


@pytest.fixture
def open_page(chromium: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    contexts = []

    def opened(layers: dict[str, Any], width: int = 1280, height: int = 800, **more: Any) -> Opened:
        path = tmp_path / "map.html"
        write_map(layers, path, **{"facts": FACTS, "credit_line": CREDIT, **more})
        context = chromium.new_context(
            viewport={"width": width, "height": height}, offline=True, reduced_motion="reduce"
        )
        contexts.append(context)
        result = Opened(context.new_page())
        result.page.on("request", lambda request: result.asked.append(request.url))
        result.page.on("console", lambda message: result.said.append(message.text))
        result.page.on("pageerror", lambda error: result.said.append(str(error)))
        result.page.on("dialog", lambda dialog: result.said.append(f"dialog {dialog.message}"))
        result.page.goto(path.as_uri())
        return result

    yield opened
    for context in contexts:
        context.close()


_POLYGONS = """(() => { let n = 0;
    map_result.eachLayer((one) => { if (one instanceof L.Polygon) n += 1; }); return n; })()"""


@pytest.mark.browser
def test_opens_from_disk_without_a_network(open_page: Callable[..., Opened]) -> None:
    opened = open_page(a_result())
    assert [url for url in opened.asked if not url.startswith("file:")] == []
    assert len(opened.asked) == 1
    assert opened.said == []
    assert opened.markers() == 4  # the CPTS is off at first, one MSP has no position
    assert opened.page.locator(".leaflet-control-scale-line").inner_text().endswith("m")
    assert opened.page.locator("h1").inner_text().startswith("Haute-Garonne")
    assert "31 janvier 2026" in opened.page.locator("header").inner_text()
    assert opened.page.locator(".credit").inner_text() == CREDIT.say("fr")


_DRAWN = """() => [...document.querySelectorAll("canvas")].some((canvas) => {
    const { width, height } = canvas;
    const points = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    return points.some((value, at) => at % 4 === 3 && value > 0);
})"""


@pytest.mark.browser
@pytest.mark.parametrize("name", ["qpv_2024", "quartier_vecu_300", "zonage", "departements"])
def test_shapes_are_drawn_and_not_only_held(open_page: Callable[..., Opened], name: str) -> None:
    layers = a_result()
    opened = open_page({"structures": layers["structures"], name: layers[name]})
    opened.page.wait_for_function(_DRAWN)
    land = "map_result.eachLayer((one) => one instanceof L.Polygon && void corners.push("
    land += "...one.getLatLngs().flat(3).flatMap(({ lat, lng }) => [lat, lng])))"
    corners = opened.page.evaluate(f"(() => {{ const corners = []; {land}; return corners; }})()")
    assert corners
    assert all(isinstance(corner, int | float) and abs(corner) < 180 for corner in corners)
    assert opened.said == []


@pytest.mark.browser
def test_the_legend_switches_every_layer(open_page: Callable[..., Opened]) -> None:
    opened = open_page(a_result())
    switch = '#panel input[data-layer="{}"]'
    opened.page.locator(switch.format("CPTS")).check()
    assert opened.markers() == 5
    opened.page.locator(switch.format("MSP")).uncheck()
    assert opened.markers() == 3
    for name in ("zonage", "communes", "qpv_2024", "quartier_vecu_300", "departements"):
        before = opened.count(_POLYGONS)
        opened.page.locator(switch.format(name)).uncheck()
        assert opened.count(_POLYGONS) < before, name
        opened.page.locator(switch.format(name)).check()
        assert opened.count(_POLYGONS) == before, name
    opened.page.locator(switch.format("names")).uncheck()
    assert opened.page.locator(".place").count() == 0
    assert opened.said == []


@pytest.mark.browser
def test_a_vintage_out_of_force_is_off_and_says_so(open_page: Callable[..., Opened]) -> None:
    opened = open_page(a_result())
    assert not opened.page.locator('input[data-layer="qpv_2015"]').is_checked()
    assert "pas en vigueur à cette date" in opened.page.locator("#panel").inner_text()


@pytest.mark.browser
def test_small_zones_are_symbols_and_large_ones_polygons(open_page: Callable[..., Opened]) -> None:
    opened = open_page({"qpv_2024": a_result()["qpv_2024"]})
    squares = _POLYGONS.replace("L.Polygon", "L.CircleMarker")
    assert (opened.count(squares), opened.count(_POLYGONS)) == (0, 1)
    opened.page.evaluate("void map_result.setZoom(7, {animate: false})")
    assert (opened.count(squares), opened.count(_POLYGONS)) == (1, 0)


@pytest.mark.browser
def test_kinds_differ_by_shape_and_vague_positions_are_hollow(
    open_page: Callable[..., Opened],
) -> None:
    page = open_page(a_result()).page
    shapes = page.locator(".mark svg path:last-child").evaluate_all(
        "paths => paths.map(path => [path.getAttribute('d'), path.getAttribute('fill')])"
    )
    assert len({shape for shape, _ in shapes}) == 2
    assert sorted(fill == "#fff" for _, fill in shapes) == [False, False, True, True]
    assert "trop imprécise pour décider (2)" in page.locator("#panel").inner_text()


@pytest.mark.browser
def test_no_name_of_a_file_is_ever_run(open_page: Callable[..., Opened]) -> None:
    layers = a_result()
    for name, table in layers.items():
        for column in ("name", "address", "finess", "commune", "communes", "zone_class"):
            if column in table:
                table[column] = HOSTILE
        if name in ("qpv_2015", "zonage", "departements"):
            table["code"] = HOSTILE
    layers["structures"].loc[5, "kind"] = HOSTILE
    layers["structures"]["in_qpv"] = HOSTILE
    facts = {**FACTS, "name": HOSTILE, "territory_name": HOSTILE, "scope": HOSTILE}
    opened = open_page(layers, facts=facts, credit_line=HOSTILE)
    page = opened.page
    for box in page.locator("#panel input[data-layer]").all():
        box.set_checked(True)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    told = page.evaluate(
        """() => { const all = [], told = [], latlng = map_result.getCenter();
            map_result.eachLayer((one) => { if (one.options.of) all.push(one); });
            for (const one of all) {
                for (const name of ["mouseover", "click"]) one.fire(name, { latlng }, true);
                told.push(document.querySelector(".leaflet-popup-content").textContent);
            }
            return told; }"""
    )
    assert len(told) >= 10
    assert all("<img src=x onerror=window.__pwned=1>" in text for text in told)
    assert all("{{ 7*7 }}" in text for text in told)
    page.fill("#search", "img src")
    assert page.locator("#found li").count() > 3
    page.locator("#found li").first.dispatch_event("mousedown")
    page.wait_for_timeout(100)
    assert page.evaluate("window.__pwned") is None
    assert page.locator("img").count() == 0
    assert page.locator("[onerror], [onload], [onmouseover]").count() == 0
    assert opened.said == []
    assert len(opened.asked) == 1


@pytest.mark.browser
def test_search_finds_without_accents_and_shows(open_page: Callable[..., Opened]) -> None:
    layers = a_result()
    layers["structures"].loc[0, "name"] = "Maison de santé des Érables"
    page = open_page(layers).page
    page.fill("#search", "sante des erables")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".leaflet-popup-content").wait_for()
    assert "Maison de santé des Érables" in page.locator(".leaflet-popup-content").inner_text()


@pytest.mark.browser
def test_reads_at_360_pixels(open_page: Callable[..., Opened]) -> None:
    page = open_page(a_result(), width=360, height=700).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert not page.locator("#panel .inside").is_visible()
    page.locator("#panel summary").click()
    box = page.locator("#panel").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert page.locator('input[data-layer="MSP"]').is_visible()


@pytest.mark.browser
def test_nobody_is_kept_out(open_page: Callable[..., Opened]) -> None:
    """No breach of WCAG 2.2 AA that axe can find, with everything unfolded."""
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(a_result()).page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
    assert [rule["id"] for rule in found.response["violations"]] == []


@pytest.mark.parametrize(
    ("language", "expected", "unexpected"),
    [
        ("fr", ("Maisons de santé", "Légende", "Structures ouvertes au 31 janvier 2026"), "Legend"),
        ("en", ("Health houses", "Legend", "January 31, 2026", "left blank"), "Légende"),
    ],
)
def test_speaks_one_language(language: Any, expected: tuple[str, ...], unexpected: str) -> None:
    page = map_html(a_result(), facts=FACTS, credit_line=CREDIT, language=language)
    body = page[page.index("<body>") :]
    assert f'<html lang="{language}">' in page
    assert [text for text in expected if text not in body] == []
    assert unexpected not in body
    assert CREDIT.say(language) in body


def test_only_structures_open_at_the_date_are_shown() -> None:
    table = structures(
        opened=pd.to_datetime(["2019-01-01", "2026-02-01", "2019-01-01", None, None, None]),
        closed=pd.to_datetime([None, None, "2026-01-31", "2026-02-01", None, None]),
    )
    data = _data(map_html({"structures": table}, facts=FACTS, credit_line=""))
    names = {name for layer in data["layers"] for name in layer["names"]}
    assert names == {"Structure 0", "Structure 3", "Structure 4"}  # the last has no position


def test_a_structure_without_a_position_stands_in_the_table() -> None:
    page = map_html(a_result(), facts=FACTS, credit_line="")
    assert "Structure 5" not in json.dumps(_data(page))
    assert "<bdi>Structure 5</bdi>" in page
    assert "Sans position, absentes de la carte et présentes dans le tableau\u00a0: 1." in page


def test_a_proxy_is_called_a_proxy() -> None:
    page = map_html(a_result(), facts=FACTS, credit_line="", language="en")
    assert "less than 300 m from a QPV (proxy)" in page
    assert "not the perimeter that the ARS declares" in page


def test_says_what_is_fictitious() -> None:
    said = "Données fictives"
    assert said not in map_html(a_result(), facts=FACTS, credit_line="")
    assert said in map_html(a_result(), facts={**FACTS, "fictitious": True}, credit_line="")


def test_layers_shown_decides_what_is_on() -> None:
    page = map_html(a_result(), facts=FACTS, credit_line="", layers_shown=["CDS", "qpv_2015"])
    on = {layer["id"] for layer in _data(page)["layers"] if layer["shown"]}
    assert on == {"CDS", "qpv_2015"}


def test_the_same_result_gives_the_same_page() -> None:
    pages = {map_html(a_result(), facts=FACTS, credit_line=CREDIT) for _ in range(2)}
    assert len(pages) == 1


def test_tiles_are_an_option_with_their_credit() -> None:
    assert "data.geopf.fr" not in map_html(a_result(), facts=FACTS, credit_line="")
    page = map_html(a_result(), facts=FACTS, credit_line="", tiles="ign")
    assert "data.geopf.fr/wmts" in page
    assert "Plan IGN v2" in page


def test_an_empty_result_gives_a_page() -> None:
    layers = {name: table.iloc[:0] for name, table in a_result().items()}
    data = _data(map_html(layers, facts={}, credit_line=""))
    assert data["layers"] == []
    assert len(data["places"]) == 1


def test_each_territory_of_the_result_can_be_reached() -> None:
    layers = a_result()
    reunion = structures(structure_id=[f"R{n}" for n in range(6)])
    reunion = reunion.set_geometry(reunion.geometry.translate(55.45 - 1.43, -20.9 - 43.6))
    layers["structures"] = pd.concat([layers["structures"], reunion], ignore_index=True)
    page = map_html(layers, facts=FACTS, credit_line="")
    assert len(_data(page)["places"]) == 3
    assert re.findall(r'<option value="\d">([^<]*)', page) == [
        "Haute-Garonne",
        "Hexagone et Corse",
        "La Réunion",
    ]


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    occupied = tmp_path / "map.html"
    occupied.mkdir()
    with pytest.raises(StoreError):
        write_map(a_result(), occupied, facts=FACTS, credit_line="")
    assert list(tmp_path.iterdir()) == [occupied]


@pytest.mark.browser
def test_a_region_opens_in_time_and_stays_light(
    open_page: Callable[..., Opened], real_data: Path, tmp_path: Path
) -> None:
    """The 4,453 communes of Occitanie with a zonage on each: less than 4 MB."""
    path = real_data / "communes" / "communes_cog2024_simplifie.parquet"
    region = gpd.read_parquet(path, filters=[("reg", "==", "76")])
    communes = territories("commune", list(region["code_insee"]), list(region.geometry))
    rank = communes.index % 2
    zonage = zones(
        "zonage",
        list(communes["code"]),
        list(communes.geometry),
        zone_class=["ZIP" if odd else "ZAC" for odd in rank],  # alternate: the worst case
    )
    layers = {**a_result(), "communes": communes, "zonage": zonage}
    layers.pop("departements")
    opened = open_page(layers)
    assert (tmp_path / "map.html").stat().st_size < 4_000_000
    assert opened.said == []
    assert opened.page.locator(".place").count() > 5


def _data(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data
