"""The national map page against Folium's default page of the same content, in Chromium.

1,609 real QPV and 5,000 made-up structures (seeded), without a network: both pages and every file
they ask for are served from 127.0.0.1 by the same kind of server, with brotli where the browser
takes it. Each run starts a new browser context: nothing is cached.

    python -m benchmarks.bench_map [--runs 5] [--data FOLDER] [--assets FOLDER] [--keep FOLDER]

Folium's default page loads its files from CDNs; ``--assets`` is a folder of the same packages (npm
names, as ``npm install`` leaves them), so that they come from the same server and cost no network.
Without it the default page gets none of them and cannot run: then only bytes are compared.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.map_pages import default_page, national_result, serving

ROOT = Path(__file__).resolve().parents[1]
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# Usable: drawn, and a turn of the loop free for a click. The default page adds its switch of layers
# last.
_OURS = "() => performance.getEntriesByName('carte-ready').length > 0"
_DEFAULT = "() => document.querySelectorAll('.leaflet-control-layers').length > 0"
_FREE = """() => new Promise((done) => requestAnimationFrame(() => setTimeout(
    () => done(performance.now()), 0)))"""


def measure(browser: Any, address: str, ready: str) -> dict[str, float]:
    """Load a page with an empty cache: bytes over the wire, milliseconds until it is usable."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Performance.enable")
    sizes = {"wire": 0, "requests": 0}
    plain: dict[str, int] = {}

    def finished(event: dict[str, Any]) -> None:
        sizes["wire"] += int(event["encodedDataLength"])
        sizes["requests"] += 1

    def received(event: dict[str, Any]) -> None:
        plain[event["requestId"]] = plain.get(event["requestId"], 0) + int(event["dataLength"])

    session.on("Network.loadingFinished", finished)
    session.on("Network.dataReceived", received)
    page.goto(address, wait_until="commit")
    page.wait_for_function(ready, timeout=120_000)
    usable = float(page.evaluate(_FREE))
    at_ready = dict(sizes)
    page.wait_for_load_state("load", timeout=120_000)
    page.wait_for_timeout(2500)  # what comes after, when the browser has time
    loaded = dict(sizes)
    page.mouse.move(700, 500)  # ours then fetches the names and texts of popups
    page.wait_for_timeout(1500)
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    context.close()
    return {
        "usable_ms": usable,
        "cpu_ms": 1000 * metrics["TaskDuration"],
        "wire_usable_kb": at_ready["wire"] / 1000,
        "wire_loaded_kb": loaded["wire"] / 1000,
        "wire_touched_kb": sizes["wire"] / 1000,
        "plain_kb": sum(plain.values()) / 1000,
        "requests": float(sizes["requests"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("GEO_SERVICE_REAL_DATA") or ROOT.parent / "shared" / "data"),
    )
    parser.add_argument("--assets", type=Path)
    parser.add_argument("--keep", type=Path, help="folder in which result and page are kept")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        work = options.keep or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        result = work / "national.gpkg"
        if not result.exists():
            national_result(options.data, result)
        with (
            serving(result, default_page(result, options.assets), options.assets) as address,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=_ARGUMENTS
            )
            pages = {"geo_service": (f"{address}/carte?lang=fr", _OURS)}
            if options.assets:
                pages["folium default"] = (f"{address}/default", _DEFAULT)
            runs: dict[str, list[dict[str, float]]] = {name: [] for name in pages}
            for page, ready in pages.values():
                measure(browser, page, ready)  # the server has made its answers
            for _ in range(options.runs):  # in turns: load of the machine meets both alike
                for name, (page, ready) in pages.items():
                    runs[name].append(measure(browser, page, ready))
            browser.close()
    report(runs)


def report(runs: dict[str, list[dict[str, float]]]) -> None:
    """Print medians and ratios as a Markdown table."""
    names = list(next(iter(runs.values()))[0])
    middle = {
        page: {name: statistics.median(run[name] for run in every) for name in names}
        for page, every in runs.items()
    }
    print("| median | " + " | ".join(middle) + (" | ratio |" if len(middle) > 1 else " |"))
    print("|---|" + "---|" * (len(middle) + (len(middle) > 1)))
    for name in names:
        values = [found[name] for found in middle.values()]
        cells = [f"{value:,.0f}" for value in values]
        if len(values) > 1:
            cells.append(f"1/{values[1] / values[0]:.1f}")
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
