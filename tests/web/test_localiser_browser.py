"""The look-up in a real browser: with and without a script, both languages, a narrow screen."""

from __future__ import annotations

import http.server
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.serving import make_server

from geo_service.web import create_app

LON, LAT = -3.0527, 46.0098
pytestmark = pytest.mark.browser


class Answers(http.server.BaseHTTPRequestHandler):
    """A geocoder that finds every address at one place."""

    def do_GET(self) -> None:
        question = parse_qs(urlsplit(self.path).query)["q"][0]
        feature = {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [LON, LAT]},
            "properties": {"label": f"{question} <i>99</i>", "score": 0.97, "type": "housenumber"},
        }
        body = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(sample_file: Path) -> Iterator[str]:
    """Address of a running service whose operator allows a geocoder."""
    geocoder = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=geocoder.serve_forever, args=(0.02,), daemon=True).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_GEOCODER", f"http://127.0.0.1:{geocoder.server_address[1]}/g")
        patch.setenv("GEO_SERVICE_HEAVY_RATE", "off")
        app = create_app(sample_file)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    geocoder.shutdown()
    geocoder.server_close()


@pytest.fixture
def page(chromium: Any, address: str) -> Iterator[Any]:
    """A page that may speak with the service alone, and whose console has to stay silent."""
    context = chromium.new_context(
        locale="fr-FR",
        viewport={"width": 1280, "height": 900},
        permissions=["geolocation"],
        geolocation={"longitude": LON, "latitude": LAT, "accuracy": 5},
        base_url=address,
    )
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((address, "data:", "about:")) else wrong.append(asked.url)
        ),
    )
    opened.wrong = wrong
    yield opened
    context.close()


def shot(page: Any, name: str) -> None:
    """Keep a picture where somebody asked for them."""
    folder = os.environ.get("GEO_SERVICE_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def no_scroll(page: Any) -> None:
    """Nothing is wider than the screen."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_by_the_fields_the_position_and_an_address(page: Any) -> None:
    page.goto("/localiser")
    shot(page, "localiser-form-1280-fr")
    page.fill("#point", f"{LAT} {LON}".replace(".", ","))
    page.fill("#precision", "5")
    page.press("#precision", "Enter")
    assert page.locator("tr[data-layer=qpv_2024] .badge.in").count() == 1
    shot(page, "localiser-inside-1280-fr")
    page.click("a[rel=bookmark]")
    assert page.locator("tr[data-layer=qpv_2024] .badge.in").count() == 1
    page.goto("/localiser")
    page.click("button.here")
    page.wait_for_url("**precision=5**")
    assert page.locator("tr[data-layer=qpv_2024]").get_attribute("data-answer") == "inside"
    page.goto("/localiser")
    page.type("#adresse", "8 rue de l'Essai")
    page.wait_for_selector("#adresse-found [role=option]")
    shot(page, "localiser-addresses-1280-fr")
    assert page.locator("#adresse-found i").count() == 0
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("tr[data-layer=qpv_2024]")
    assert "8 rue de l'Essai <i>99</i>" in page.text_content("h1")
    assert "rue" not in page.url
    assert page.wrong == []


def test_undetermined_in_english_on_a_narrow_screen(page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/localiser?lon={LON}&lat={LAT}&precision=100&lang=en")
    assert page.locator("tr[data-layer=qpv_2024] .badge.unsure").inner_text() == "Undetermined"
    no_scroll(page)
    shot(page, "localiser-undetermined-360-en")
    page.goto("/localiser?lang=en")
    no_scroll(page)
    shot(page, "localiser-form-360-en")
    page.goto("/localiser?lon=2.35&lat=48.85&lang=en")
    assert "outside the territory" in page.locator("[role=alert]").inner_text()
    no_scroll(page)
    shot(page, "localiser-error-360-en")


def test_a_file_goes_in_and_comes_back(page: Any, tmp_path: Path) -> None:
    table = tmp_path / "points.csv"
    rows = "".join(f"lieu {n};{LON + n * 0.001:.4f};{LAT}\n" for n in range(20))
    table.write_text(f"nom;lon;lat\n{rows}=1+1;abc;46\n<b>x</b>;;\n", encoding="utf-8")
    page.goto("/localiser")
    page.set_input_files("#fichier", str(table))
    page.fill("#file-precision", "20")
    page.click("#fichier-forme button[value=page]")
    page.wait_for_selector("#located")
    assert page.inner_text("#located") == "20"
    assert page.inner_text("#aside") == "2"
    shot(page, "localiser-file-1280-fr")
    with page.expect_download() as held:
        page.click("a[download='localisation.csv']")
    assert held.value.path().read_text(encoding="utf-8").count("lieu ") == 20
    page.set_viewport_size({"width": 360, "height": 740})
    no_scroll(page)
    shot(page, "localiser-file-360-fr")
    page.set_input_files("#fichier", str(table))
    with page.expect_download() as held:
        page.click("#fichier-forme button[value=xlsx]")
    assert held.value.suggested_filename == "localisation.xlsx"
    page.set_viewport_size({"width": 1280, "height": 900})
    table.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    page.set_input_files("#fichier", str(table))
    page.click("#fichier-forme button[value=page]")
    page.wait_for_selector("[role=alert]")
    shot(page, "localiser-error-1280-fr")
    table.write_bytes(b"x" * (6 << 20))
    page.set_input_files("#fichier", str(table))
    page.click("#fichier-forme button[value=page]")
    assert "5 Mo" in page.inner_text(".file-said")
    assert [said for said in page.wrong if "415" not in said] == []


def test_everything_works_without_a_script(chromium: Any, address: str, tmp_path: Path) -> None:
    context = chromium.new_context(java_script_enabled=False, base_url=address, locale="fr-FR")
    opened = context.new_page()
    opened.goto("/localiser")
    assert not opened.locator("button.here").is_visible()
    opened.fill("#adresse", "8 rue de l'Essai")
    opened.press("#adresse", "Enter")
    opened.wait_for_selector("tr[data-layer=qpv_2024]")
    opened.goto("/localiser")
    table = tmp_path / "points.csv"
    table.write_text(f"lon;lat\n{LON};{LAT}\n", encoding="utf-8")
    opened.set_input_files("#fichier", str(table))
    opened.click("#fichier-forme button[value=page]")
    opened.wait_for_selector("#located")
    table.write_bytes(b"x" * (8 << 20))
    opened.goto("/localiser")
    opened.set_input_files("#fichier", str(table))
    opened.click("#fichier-forme button[value=page]")
    opened.wait_for_selector("[role=alert]")
    assert "5 Mo" in opened.inner_text("[role=alert]")
    context.close()
