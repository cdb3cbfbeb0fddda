"""GDAL, OWSLib and QGIS connect with the address alone, open each collection, filter and count."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from werkzeug.serving import make_server

from geo_service.store import StoredResult
from geo_service.web import create_app

OGRINFO = shutil.which("ogrinfo")
SYSTEM_PYTHON = "/usr/bin/python3"


@pytest.fixture(scope="module")
def address(sample_file: Path) -> Iterator[str]:
    """A real server on this machine."""
    server = make_server("127.0.0.1", 0, create_app(sample_file), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/ogc"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture(scope="module")
def asked(sample_file: Path) -> dict[str, Any]:
    """For each layer: a box, a column with a value, and how many rows each takes."""
    held = {}
    with StoredResult(sample_file) as stored:
        for name in stored.layer_names():
            table = stored.read_layer(name)
            west, south, east, north = map(float, table.total_bounds)
            box = (west - 0.01, south - 0.01, (west + east) / 2, north + 0.01)
            column = "kind" if name == "structures" else "code"
            value = str(table[column].iloc[0])
            held[name] = {
                "ask": [box, column, value],
                "all": len(table),
                "box": int(table.intersects(shapely.box(*box)).sum()),
                "equal": int((table[column] == value).sum()),
                "columns": [c for c in table.columns if c != "geometry"],
                "types": set(table.geom_type.dropna()),
            }
    return held


def _environment() -> dict[str, str]:
    return {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


@pytest.fixture(scope="module")
def ogrinfo(address: str):
    if OGRINFO is None:
        pytest.skip("no ogrinfo (apt-get install gdal-bin)")

    def run(*arguments: str, **more: str) -> tuple[str, str]:
        done = subprocess.run(
            [OGRINFO, "-ro", "-oo", "PAGE_SIZE=7", f"OAPIF:{address}", *arguments],
            capture_output=True,
            timeout=120,
            env={**_environment(), "CPL_DEBUG": "HTTP", **more},
        )
        return done.stdout.decode(), done.stderr.decode()

    return run


def _count(said: str) -> int:
    found = re.search(r"Feature Count: (\d+)", said)
    assert found is not None, said
    return int(found[1])


def test_gdal_lists_and_reads_every_collection(ogrinfo, asked) -> None:
    listed, _ = ogrinfo("-so")
    assert re.findall(r"^\d+: (\w+)", listed, re.MULTILINE) == list(asked)
    for name, expected in asked.items():
        box, column, value = expected["ask"]
        said, errors = ogrinfo("-al", "-geom=SUMMARY", name)
        assert "ERROR" not in errors, errors
        assert said.count("OGRFeature(") == expected["all"]  # through all the pages
        assert all(f"{c}: " in said for c in expected["columns"])
        cut, _ = ogrinfo("-so", name, "-spat", *map(str, box))
        assert _count(cut) == expected["box"]
        equal, sent = ogrinfo("-so", name, "-where", f"{column} = '{value}'")
        assert _count(equal) == expected["equal"]
        assert f"{column}={value}" in sent  # the server filtered, not the client


def test_gdal_sends_cql_where_it_is_let(ogrinfo, asked) -> None:
    said, sent = ogrinfo(
        "-so",
        "structures",
        "-where",
        "kind = 'MSP' OR name LIKE '%L''%'",
        OGR_OAPIF_ALLOW_CQL_TEXT="YES",
    )
    assert "filter=" in sent
    assert "ERROR" not in sent
    local, unsent = ogrinfo("-so", "structures", "-where", "kind = 'MSP' OR name LIKE '%L''%'")
    assert "filter=" not in unsent
    assert _count(said) == _count(local) > 0


def test_owslib_reads_every_collection(address: str, asked) -> None:
    features = pytest.importorskip("owslib.ogcapi.features")
    service = features.Features(address)
    assert service.feature_collections() == list(asked)
    assert service.api()["openapi"].startswith("3.0")
    for name, expected in asked.items():
        box, column, value = expected["ask"]
        assert set(service.collection_queryables(name)["properties"]) == {
            "geometry",
            *expected["columns"],
        }
        page = service.collection_items(name, limit=1000)
        assert page["numberMatched"] == len(page["features"]) == expected["all"]
        cut = service.collection_items(name, bbox=list(box), limit=1000)["features"]
        # A feature without a shape answers every box.
        assert sum(f["geometry"] is not None for f in cut) == expected["box"]
        equal = service.collection_items(name, **{column: value})
        assert equal["numberMatched"] == expected["equal"]
        same = service.collection_items(name, filter=f"{column} = '{value}'")
        assert same["numberMatched"] == expected["equal"]
        first = page["features"][0]
        assert service.collection_item(name, first["id"])["properties"] == first["properties"]


def _has_qgis() -> bool:
    if not Path(SYSTEM_PYTHON).exists():
        return False
    tried = subprocess.run([SYSTEM_PYTHON, "-c", "import qgis.core"], capture_output=True)
    return tried.returncode == 0


def test_qgis_reads_every_collection(address: str, asked, tmp_path: Path) -> None:
    if not _has_qgis():
        pytest.skip("no QGIS in the system's Python (apt-get install python3-qgis)")
    script = Path(__file__).with_name("ogc_qgis.py")
    done = subprocess.run(
        [SYSTEM_PYTHON, str(script), address, json.dumps({n: e["ask"] for n, e in asked.items()})],
        capture_output=True,
        timeout=300,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "XDG_RUNTIME_DIR": str(tmp_path),
            "QT_QPA_PLATFORM": "offscreen",
            "NO_PROXY": "127.0.0.1",
        },
    )
    assert done.returncode == 0, done.stderr.decode()
    said = json.loads(done.stdout.decode().strip().splitlines()[-1])
    assert list(said) == list(asked)
    for name, expected in asked.items():
        seen = said[name]
        assert seen["valid"], (name, seen["error"])
        assert seen["crs"] in ("EPSG:4326", "OGC:CRS84")
        assert (seen["all"], seen["box"], seen["equal"]) == (
            expected["all"],
            expected["box"],
            expected["equal"],
        ), name
        assert set(expected["columns"]) <= set(seen["fields"])
        multiple = any(kind.startswith("Multi") for kind in expected["types"])
        assert seen["type"].startswith("Multi") == multiple
