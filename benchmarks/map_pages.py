"""The two pages that bench_map compares, over one national result, and the server of both."""

from __future__ import annotations

import contextlib
import datetime as dt
import mimetypes
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_service.core.result import Anomalies, Result
from geo_service.core.schema import shape_table
from geo_service.core.tables import INDICATORS, STRUCTURES
from geo_service.sources import qpv, territories
from geo_service.store import save_result
from geo_service.web import create_app

STRUCTURES_WANTED = 5_000
SEED = 20260131
_DAY = dt.date(2026, 1, 31)


def national_result(data: Path, out: Path) -> None:
    """A result with every QPV 2024, the départements, the regions, and made-up structures."""
    zones = qpv.read(data / "qpv" / "qpv2024_simplified.geojson.gz").table
    levels = {
        "departements": data / "admin" / "geo" / "departements-avec-outre-mer.geojson.gz",
        "regions": data / "admin" / "geo" / "regions-avec-outre-mer.geojson.gz",
    }
    read = {name: territories.read(path) for name, path in levels.items()}
    facts = {
        "name": "Banc d'essai national (structures fictives)",
        "territory": "france:FR",
        "territory_name": "France",
        "as_of": _DAY.isoformat(),
        "dates": [_DAY.isoformat()],
        "quartier_vecu": [],
        "scope": "all",
        "kinds": ["MSP", "CDS", "CPTS"],
        "fictitious": True,
        "code_version": "bench",
    }
    layers = {"qpv_2024": zones, **{name: reading.table for name, reading in read.items()}}
    layers["structures"] = made_up(zones)
    provenance = [reading.provenance for reading in read.values()]
    result = Result(facts, layers, shape_table(pd.DataFrame(), INDICATORS), Anomalies(), provenance)
    save_result(result, out)


def made_up(zones: Any) -> Any:
    """Structures scattered around the QPV, half of them within 2 km: towns are where they are."""
    rng = np.random.default_rng(SEED)
    centres = shapely.centroid(zones.geometry.to_numpy())
    centres = centres[~(shapely.is_missing(centres) | shapely.is_empty(centres))]
    near = centres[rng.integers(0, len(centres), STRUCTURES_WANTED)]
    spread = np.where(rng.random(STRUCTURES_WANTED) < 0.5, 0.02, 0.4)
    lon = shapely.get_x(near) + rng.normal(0, spread)
    lat = shapely.get_y(near) + rng.normal(0, spread * 0.7)
    number = np.arange(STRUCTURES_WANTED)
    kinds = np.array(["MSP", "CDS", "CPTS"])[rng.choice(3, STRUCTURES_WANTED, p=[0.5, 0.4, 0.1])]
    days = pd.to_datetime("2006-01-01") + pd.to_timedelta(
        rng.integers(0, 7000, STRUCTURES_WANTED), "D"
    )
    table = gpd.GeoDataFrame(
        {
            "structure_id": [f"F{n:08d}" for n in number],
            "finess": [f"99{n:07d}" for n in number],
            "name": [f"MAISON DE SANTE FICTIVE DU QUARTIER {n}" for n in number],
            "kind": kinds,
            "position": "address",
            "opened": days,
            "address": [f"{n % 90 + 1} RUE DES LILAS" for n in number],
            "lon": lon,
            "lat": lat,
            "file": "made up",
        },
        geometry=shapely.points(lon, lat),
        crs=4326,
    )
    return shape_table(table, STRUCTURES)


def default_page(result: Path, assets: Path | None) -> bytes:
    """Folium as its documentation shows it: everything inline, a marker for each structure.

    Ours draws more (limits, kinds by shape); the default is spared that.
    """
    import folium

    from geo_service.atlas import Atlas
    from geo_service.drawing.escape import escaped

    atlas = Atlas(result)
    zones = atlas.layer("qpv_2024")[["code", "name", "geometry"]]
    zones = zones[~(zones.geometry.isna() | zones.geometry.is_empty)]
    page = folium.Map(location=[46.6, 2.4], zoom_start=6, tiles=None, max_zoom=18)
    folium.GeoJson(zones, tooltip=folium.GeoJsonTooltip(["code", "name"]), name="QPV 2024").add_to(
        page
    )
    for row in atlas.layer("structures").itertuples():
        folium.Marker(
            [row.lat, row.lon],
            tooltip=escaped(row.name),
            popup=f"{escaped(row.name)}<br>{escaped(row.kind)}<br>{escaped(row.address)}",
        ).add_to(page)
    folium.LayerControl().add_to(page)
    text = page.get_root().render()
    return (text if assets is None else local(text)).encode()


# The CDN path of each file that Folium names → the package and file in a folder of packages.
_PACKAGES = (
    (r"leaflet@[\d.]+/dist/", "leaflet/dist/"),
    (r"jquery-[\d.]+(?=\.min\.js)", "jquery/dist/jquery"),
    (r"bootstrap@[\d.]+/dist/", "bootstrap/dist/"),
    (r"fontawesome-free@[\d.]+/", "@fortawesome/fontawesome-free/"),
    (r"Leaflet\.awesome-markers/[\d.]+/", "leaflet.awesome-markers/dist/"),
)


def local(text: str) -> str:
    """The page with every file asked from our own server; what no package holds is left out."""

    def replaced(found: re.Match[str]) -> str:
        address = found[2]
        for pattern, own in _PACKAGES:
            if hit := re.search(pattern, address):
                return f'{found[1]}"/assets/{own}{address[hit.end() :]}"{found[3]}'
        return ""

    text = re.sub(r'(<script src=)"(https://[^"]+)"(></script>)', replaced, text)
    return re.sub(r'(<link rel="stylesheet" href=)"(https://[^"]+)"(\s*/?>)', replaced, text)


@contextlib.contextmanager
def serving(result: Path, page: bytes, assets: Path | None) -> Iterator[str]:
    """The service, with the other page and its files beside it, on a port of 127.0.0.1."""
    from flask import Response, abort, request
    from werkzeug.serving import make_server

    app = create_app(result)
    packed: dict[str, bytes] = {}

    def sent(key: str, content: bytes, kind: str) -> Response:
        response = Response(content, mimetype=kind)
        response.headers["Content-Security-Policy"] = ""
        text = kind.startswith("text/") or "javascript" in kind or "json" in kind
        if text and "br" in request.headers.get("Accept-Encoding", ""):
            if key not in packed:
                packed[key] = brotli.compress(content, quality=6)  # as the service does
            response.set_data(packed[key])
            response.headers["Content-Encoding"] = "br"
        return response

    @app.get("/default")
    def default() -> Response:
        return sent("default", page, "text/html")

    @app.get("/assets/<path:name>")
    def asset(name: str) -> Response:
        path = (assets / name).resolve() if assets else Path("absent")
        if assets is None or not path.is_file() or assets.resolve() not in path.parents:
            abort(404)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return sent(name, path.read_bytes(), kind)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
