"""OGC API – Features: `items?limit=100` against pygeoapi with its own GeoPackage provider.

Both serve one layer of one result from gunicorn with 2 workers, one after the other, 16 connections
by `wrk`; pygeoapi reads a copy of the layer, since its provider writes tables of its own into the
file that it reads. That provider needs SpatiaLite and a Python whose sqlite3 loads extensions,
which that of pyenv does not: make it one of Debian's.

    apt-get install wrk libsqlite3-mod-spatialite python3-venv
    /usr/bin/python3 -m venv var/pygeoapi && var/pygeoapi/bin/pip install pygeoapi==0.21.* gunicorn
    python -m benchmarks.bench_ogc RESULT.gpkg --python var/pygeoapi/bin/python
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from geo_service.atlas import Atlas
from geo_service.exporting import export_layer

IDS = {"structures": "finess"}
ANEW = """
request = function()
  local north = string.format("%.9f", 60 + 30 * math.random())
  return wrk.format("GET", PATH .. "&bbox=-180,-90,180," .. north)
end
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(command: list[str], url: str, environment: dict[str, str]) -> Iterator[None]:
    server = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(url, timeout=5).read()
                break
            except (urllib.error.URLError, OSError):
                if server.poll() is not None:
                    raise SystemExit(f"{command[0]} ended: {server.returncode}") from None
                time.sleep(0.25)
        else:
            raise SystemExit(f"no answer from {url}")
        yield
    finally:
        server.terminate()
        server.wait(20)


def measured(url: str, seconds: int, script: Path | None = None) -> tuple[float, str, int]:
    command = ["wrk", "-t", "2", "-c", "16", "-d", f"{seconds}s", "--latency"]
    if script is not None:
        path = url.split("/", 3)[3]
        script.write_text(f'local PATH = "/{path}"\n{ANEW}')
        command += ["-s", str(script)]
    done = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    tail = re.search(r"99%\s+(\S+)", done.stdout)
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    assert rate is not None, done.stdout
    return float(rate[1]), tail[1] if tail else "", int(failed[1]) if failed else 0


def configuration(result: Path, layer: str, port: int) -> dict[str, Any]:
    provider = {
        "type": "feature",
        "name": "SQLiteGPKG",
        "data": str(result.resolve()),
        "id_field": IDS.get(layer, "code"),
        "table": layer,
    }
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["fr"],
            "limits": {"default_items": 10, "max_items": 10000},
            "map": {"url": "", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": "t",
                "description": "d",
                "keywords": ["k"],
                "keywords_type": "theme",
                "terms_of_service": "",
                "url": "http://127.0.0.1",
            },
            "license": {"name": "", "url": ""},
            "provider": {"name": "", "url": ""},
            "contact": {"name": "", "url": ""},
        },
        "resources": {
            layer: {
                "type": "collection",
                "title": "t",
                "description": "d",
                "keywords": ["k"],
                "links": [],
                "extents": {"spatial": {"bbox": [-180, -90, 180, 90]}},
                "providers": [provider],
            }
        },
    }


def returned(url: str) -> set[str]:
    """Ids of one answer: both have to give the same features."""
    document = json.loads(urllib.request.urlopen(url, timeout=60).read())
    return {feature["id"] for feature in document["features"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path)
    parser.add_argument("--layer", default="structures")
    parser.add_argument("--python", type=Path, help="Python with pygeoapi and SQLite extensions")
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed: apt-get install wrk")
    print("| server | request | requests/s | p99 | errors |")
    print("|---|---|---|---|---|")
    rates: dict[tuple[str, str], float] = {}
    given = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        targets = [("geo_service", *ours(options.result))]
        if options.python is not None:
            targets += theirs(options, folder)
        for server, command, root, environment in targets:
            url = f"{root}/collections/{options.layer}/items?limit=100"
            with serving(command, url, environment):
                given.append(returned(url))
                for asked, script in (("same", None), ("new each time", folder / "anew.lua")):
                    rate, tail, failed = measured(url, options.seconds, script)
                    rates[server, asked] = rate  # failed answers too, in favour of pygeoapi
                    said = f"items?limit=100, {asked}"
                    print(f"| {server} | {said} | {rate:,.0f} | {tail} | {failed} |", flush=True)
    assert all(ids == given[0] for ids in given), [len(ids) for ids in given]
    for asked in ("same", "new each time"):
        others = [rate for (server, a), rate in rates.items() if a == asked and server[0] == "p"]
        if others and max(others):
            ratio = rates["geo_service", asked] / max(others)
            print(f"\n{asked}: {ratio:.0f} × pygeoapi with its GeoPackage provider")


def ours(result: Path) -> tuple[list[str], str, dict[str, str]]:
    port = free_port()
    program = str(Path(sys.executable).with_name("geo-service"))
    command = [program, "serve", str(result), "--port", str(port)]
    environment = {"GEO_SERVICE_RATE": "off", "GEO_SERVICE_WORKERS": "2"}
    return command, f"http://127.0.0.1:{port}/ogc", environment


def theirs(
    options: argparse.Namespace, folder: Path
) -> Iterator[tuple[str, list[str], str, dict[str, str]]]:
    for kind, more in (("sync", []), ("gthread", ["--threads", "8"])):
        port = free_port()
        config = folder / f"{kind}.yml"  # JSON is YAML
        # Never the result itself: SpatiaLite's AutoGPKGStart writes into the file.
        own = folder / f"{kind}.gpkg"
        export_layer(Atlas(options.result), options.layer, "gpkg", own, None, "fr")
        config.write_text(json.dumps(configuration(own, options.layer, port)))
        description = folder / f"{kind}-openapi.json"
        environment = {
            "PYGEOAPI_CONFIG": str(config),
            "PYGEOAPI_OPENAPI": str(description),
            "SPATIALITE_LIBRARY_PATH": "mod_spatialite.so",
        }
        generate = (
            "import pathlib, sys; from pygeoapi.openapi import generate_openapi_document as make; "
            "print(make(pathlib.Path(sys.argv[1]), 'json'))"
        )
        made = subprocess.run(
            [str(options.python), "-c", generate, str(config)],
            env={**os.environ, **environment},
            check=True,
            capture_output=True,
            text=True,
        )
        description.write_text(made.stdout)
        command = [str(options.python), "-m", "gunicorn", "pygeoapi.flask_app:APP"]
        command += ["-w", "2", "-k", kind, *more, "-b", f"127.0.0.1:{port}"]
        yield f"pygeoapi 0.21, {kind}", command, f"http://127.0.0.1:{port}", environment


if __name__ == "__main__":
    main()
