"""Every page as a visitor meets it: a real browser, both languages, two widths, the keyboard."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
QUARTER, SITE, LON, LAT = "QN09601M", "960000016", -3.0527, 46.0098
PAGES = {
    "home": "/",
    "map": "/carte",
    "map-embedded": "/carte?embed=1",
    "region": "/territoire/region:99",
    "epci": "/territoire/epci:999600011",
    "commune": "/territoire/commune:96001",
    "qpv": f"/qpv/{QUARTER}",
    "structure": f"/structure/{SITE}",
    "locate-form": "/localiser",
    "locate-answer": f"/localiser?lon={LON}&lat={LAT}&precision=50",
    "locate-error": "/localiser?lon=abc&lat=46",
    "downloads": "/telechargements",
    "data": "/donnees",
    "report": "/donnees/rapport",
    "search": "/recherche?q=exemple",
    "search-nothing": "/recherche?q=zzzz",
    "analyses": "/analyses",
    "zone": f"/zonage?lon={LON}&lat={LAT}&date=2026-01-01",
    "aids-form": "/aides",
    "aids-answer": f"/aides?lon={LON}&lat={LAT}&date=2026-01-01&as_region=53&structure=medical",
    "aid": "/aides/cai",
    "mesure-9": "/mesure-9",
    "progression": "/progression",
    "ranking": "/classement",
    "official": "/officiel",
    "barometre": "/barometre",
    "cpts": "/cpts",
    "help": "/aide",
    "glossary": "/glossaire",
    "about": "/a-propos",
    "accessibility": "/accessibilite",
    "api": "/api",
    "ogc": "/ogc?f=html",
    "ogc-items": "/ogc/collections/structures/items?f=html&limit=5",
    "error": "/territoire/commune:00000",
}
STATUS = {"locate-error": 422, "error": 404}
Shot = Callable[[Any, str], None]


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    """Keeps a picture of a page, in the folder that was named for them."""
    named = os.environ.get("GEO_SERVICE_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)

    def keep(page: Any, name: str) -> None:
        page.screenshot(path=folder / f"{name}.png", full_page=bool(named), animations="disabled")

    return keep


def violations(page: Any) -> list[str]:
    """What axe-core finds wrong, a line a rule and element."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE_SCRIPT)
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    found = page.evaluate("async (options) => (await axe.run(options)).violations", options)
    return [
        f"{rule['id']}: {node['target']} {node['html'][:200]}"
        for rule in found
        for node in rule["nodes"]
    ]


def too_wide(page: Any) -> list[str]:
    """Elements that make the page wider than the screen."""
    wide: list[str] = page.evaluate(
        """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
            [`${document.documentElement.scrollWidth} px`, ...document.body.querySelectorAll("*")]
              .filter((one) => one.getBoundingClientRect === undefined
                || one.getBoundingClientRect().right > window.innerWidth + 1)
              .filter((one) => {
                for (let it = one.parentElement; it; it = it.parentElement) {
                  if (getComputedStyle(it).overflowX !== "visible") return false;
                }
                return true;
              }).map((one) => one.outerHTML?.slice(0, 200) ?? one).slice(0, 6)"""
    )
    return wide


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_each_page(visit: Any, shot: Shot, name: str, language: str) -> None:
    path = PAGES[name]
    visit.page.set_viewport_size({"width": 1280, "height": 900})
    answer = visit.open(f"{path}{'&' if '?' in path else '?'}lang={language}")
    assert answer.status == STATUS.get(name, 200)
    assert visit.page.locator("html").get_attribute("lang") == language
    assert visit.page.locator("h1").count() == 1
    for width in (1280, 360):
        if width == 360:
            visit.page.set_viewport_size({"width": 360, "height": 740})
        assert too_wide(visit.page) == []
        assert violations(visit.page) == []
        shot(visit.page, f"{name}-{width}-{language}")
    assert visit.wrong == []


FOCUSED = """() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const style = getComputedStyle(it), box = it.getBoundingClientRect();
  return {
    key: [...document.querySelectorAll("*")].indexOf(it),
    what: it.outerHTML.slice(0, 120),
    shown: it.matches(":focus-visible") && (style.outlineStyle !== "none"
      && parseFloat(style.outlineWidth) >= 1 || style.boxShadow !== "none"),
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0
      && box.left < innerWidth,
  };
}"""
"""What has the focus, and whether one sees it."""
CONTROLS = """() => [...document.querySelectorAll(
  "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0'], iframe"
)].filter((it) => !it.disabled && it.checkVisibility({ visibilityProperty: true }))
  .map((it) => [[...document.querySelectorAll("*")].indexOf(it), it.outerHTML.slice(0, 120)])"""


@pytest.mark.parametrize("path", ["/", "/telechargements", "/localiser"])
def test_tab_reaches_every_control_and_shows_it(visit: Any, path: str) -> None:
    visit.open(f"{path}?lang=fr")
    page = visit.page
    wanted = {key: what for key, what in page.evaluate(CONTROLS) if "<iframe" not in what}
    reached: dict[int, str] = {}
    unseen = []
    for _ in range(len(wanted) + 60):  # the map in a frame has controls of its own
        page.keyboard.press("Tab")
        held = page.evaluate(FOCUSED)
        if held is None or held["what"].startswith("<iframe"):
            continue
        if held["key"] in reached and wanted.keys() <= reached.keys():
            break
        reached[held["key"]] = held["what"]
        if not (held["shown"] and held["seen"]):
            unseen.append(held)
    assert [what for key, what in wanted.items() if key not in reached] == []
    assert unseen == []
    assert visit.wrong == []


def test_the_first_tab_skips_to_the_content(visit: Any) -> None:
    for path in ("/", "/telechargements", "/aide"):
        visit.open(path)
        visit.page.keyboard.press("Tab")
        skip = visit.page.locator("a.skip")
        assert skip.evaluate("(it) => it === document.activeElement")
        box = skip.bounding_box()
        assert box["x"] >= 0
        assert box["y"] >= 0
        visit.page.keyboard.press("Enter")
        assert visit.page.evaluate("document.activeElement.id") == "content"
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate(
            "document.getElementById('content').contains(document.activeElement)"
        )


@pytest.mark.parametrize(
    ("path", "box"), [("/?lang=en", "#find-large"), ("/aide?lang=fr", "#find-small")]
)
def test_search_by_the_keyboard(visit: Any, path: str, box: str) -> None:
    visit.open(path)
    page = visit.page
    options = page.locator(f"{box}-found [role=option]")
    page.focus(box)
    page.keyboard.type("exemple")
    options.first.wait_for()
    assert page.get_attribute(box, "aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert page.get_attribute(box, "aria-expanded") == "false"
    assert not options.first.is_visible()
    page.keyboard.type("v")
    options.first.wait_for()
    page.keyboard.press("ArrowDown")
    active = page.get_attribute(box, "aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    name = page.locator(f"{box}-found [aria-selected=true] bdi").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/territoire/**")
    assert name in page.locator("h1").inner_text()
    assert parse_qs(urlsplit(page.url).query)["lang"] == parse_qs(urlsplit(path).query)["lang"]
    # Without a choice among the options Enter asks for the page of all that is found.
    page.focus("#find-small")
    page.keyboard.type("maquettes")
    page.keyboard.press("Enter")
    page.wait_for_url("**/recherche?**")
    page.locator("main a").first.click()
    page.wait_for_url("**/qpv/**")
    assert visit.wrong == []


@pytest.mark.parametrize(
    "path",
    [
        "/telechargements?territory=departement:96&kind=MSP",
        "/territoire/commune:96001?as_of=2026-01-01",
        f"/localiser?lon={LON}&lat={LAT}&precision=50",
        "/recherche?q=l%27essai+%26+fils",
    ],
)
def test_another_language_is_the_same_page(visit: Any, path: str) -> None:
    visit.open(path)
    page = visit.page
    asked = parse_qs(urlsplit(path).query)
    for language in ("en", "fr"):
        page.click("a.language")
        page.wait_for_url(f"**lang={language}*")
        assert page.locator("html").get_attribute("lang") == language
        now = urlsplit(page.url)
        assert now.path == urlsplit(path).path
        assert parse_qs(now.query) == {**asked, "lang": [language]}
    assert visit.wrong == []


def test_a_filter_is_in_the_address_and_in_the_file(visit: Any) -> None:
    visit.open("/telechargements?lang=fr")
    page = visit.page
    page.fill("#territory", "departement:96")
    page.select_option("#kind", "MSP")
    page.press("#territory", "Enter")
    page.wait_for_url("**kind=MSP**")
    with page.expect_download() as held:
        page.click("a[download][href*='structures.geojson']")
    features = json.loads(held.value.path().read_text(encoding="utf-8"))["features"]
    assert {one["properties"]["kind"] for one in features} == {"MSP"}
    assert {one["properties"]["departement"] for one in features} == {"96"}
    page.fill("#territory", "departement:00")
    page.press("#territory", "Enter")
    page.wait_for_selector("h1:text-is('404')")
    assert visit.wrong == []


def test_a_file_with_hostile_cells_is_looked_up(visit: Any, tmp_path: Path) -> None:
    attack = "<img src=x onerror=window.pwned=1></script><script>window.pwned=1</script>"
    table = tmp_path / f"x{'<b onclick=1>'}.csv"
    table.write_text(
        f"{attack};lon;lat\n{attack};{LON};{LAT}\n=cmd|'/c calc'!A1;{LON};{LAT}\n{attack};?;46\n",
        encoding="utf-8",
    )
    visit.open("/localiser?lang=fr")
    page = visit.page
    page.set_input_files("#fichier", str(table))
    page.click("#fichier-forme button[value=page]")
    page.wait_for_selector("#located")
    assert page.inner_text("#located") == "2"
    assert "onerror=window.pwned" in page.inner_text("main")
    assert page.locator("main img, main b[onclick]").count() == 0
    with page.expect_download() as held:
        page.click("a[download='localisation.csv']")
    cells = held.value.path().read_text(encoding="utf-8-sig")
    assert "\n'=cmd" in cells or "\r\n'=cmd" in cells
    assert page.evaluate("window.pwned") is None
    table.write_bytes(b"PK\x03\x04" + b"\0" * 200)
    page.set_input_files("#fichier", str(table))
    page.click("#fichier-forme button[value=page]")
    page.wait_for_selector("[role=alert]")
    assert page.locator("main b[onclick]").count() == 0
    assert [said for said in visit.wrong if "status of 4" not in said] == []


@pytest.mark.parametrize("path", ["/territoire/region:99", f"/qpv/{QUARTER}", f"/structure/{SITE}"])
def test_a_fiche_is_printed(visit: Any, path: str) -> None:
    visit.open(path)
    printed = visit.page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert 1 <= printed.count(b"/Type /Page\n") <= 30
    assert visit.wrong == []


def test_the_checks_themselves_find_faults(visit: Any) -> None:
    visit.open("/aide")
    page = visit.page
    assert violations(page) == []
    page.evaluate(
        """() => {
          const image = document.createElement("img"), wide = document.createElement("p");
          image.src = "https://elsewhere.example/x.png";
          wide.textContent = "W".repeat(4000);
          wide.style.whiteSpace = "nowrap";
          document.querySelector("main").append(image, wide);
        }"""
    )
    assert [line.partition(":")[0] for line in violations(page)] == ["image-alt"]
    assert too_wide(page) != []
    assert any("elsewhere.example" in said for said in visit.wrong)
