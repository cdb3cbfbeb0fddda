"""The formats as other programs see them, and what happens when one cannot be written."""

from __future__ import annotations

import csv as plain_csv
import datetime as dt
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import fiona
import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from geo_service.core.contracts import OutputFormat, discover
from geo_service.core.errors import SchemaError, StoreError
from geo_service.core.result import Provenance
from geo_service.exchange.credit import Credit
from geo_service.outputs import csv, flatgeobuf, geojson, geopackage, parquet, xlsx

FORMATS = {m.FORMAT.name: m.FORMAT for m in (csv, flatgeobuf, geojson, geopackage, parquet, xlsx)}
CREDIT = Credit(
    (
        Provenance(
            "finess",
            "finess",
            "flat",
            "etab.csv",
            None,
            "0" * 64,
            10,
            publisher="ANS",
            title="FINESS",
            licence="Licence Ouverte 2.0",
            vintage=dt.date(2026, 1, 5),
        ),
    ),
    "couche",
    fictitious=True,
    version="0.1.0",
)


def _layer(n: int = 3) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "nom": pd.Series([f"=site {i}" for i in range(n)], dtype="str"),
            "jour": pd.Series([pd.Timestamp("2026-01-31")] * n).astype("datetime64[s]"),
            "n": pd.Series(range(n), dtype="Int64"),
            "vrai": pd.Series([True] * n, dtype="boolean"),
        },
        geometry=[shapely.box(i / 1000, 43, i / 1000 + 0.5, 44) for i in range(n)],
        crs=4326,
    )


def _write(name: str, table: Any, folder: Path, **more: Any) -> Path:
    path = folder / f"couche{FORMATS[name].suffix}"
    FORMATS[name].write(table, path, credit=CREDIT, **more)
    return path


def test_the_six_formats_are_discovered() -> None:
    found = discover("geo_service.outputs", "FORMAT", OutputFormat)
    assert set(FORMATS) <= set(found)
    for form in FORMATS.values():
        assert form.label.say("fr")
        assert form.suffix.startswith(".")


@pytest.mark.parametrize("name", ["gpkg", "geojson", "fgb"])
def test_gdal_reads_what_was_written(name: str, tmp_path: Path) -> None:
    path = _write(name, _layer(), tmp_path)
    assert path.is_file()
    seen = pyogrio.read_dataframe(path).sort_values("n", ignore_index=True)
    assert list(seen["nom"]) == ["=site 0", "=site 1", "=site 2"]
    assert seen.crs.to_epsg() == 4326
    assert str(seen["jour"].iloc[0])[:10] == "2026-01-31"
    with fiona.open(path) as layer:
        assert len(layer) == 3
        assert len(list(layer.filter(bbox=(0.5015, 43, 0.6, 44)))) == 1


def test_geopandas_reads_the_parquet_file(tmp_path: Path) -> None:
    seen = gpd.read_parquet(_write("parquet", _layer(), tmp_path))
    assert seen.crs.to_epsg() == 4326
    assert seen["n"].dtype == "Int64"
    assert seen["jour"].iloc[0] == dt.date(2026, 1, 31)
    assert seen.geometry.equals(_layer().geometry)


def test_each_format_carries_its_source_line(tmp_path: Path) -> None:
    line = CREDIT.line("fr")
    assert line.startswith("DONNÉES FICTIVES")
    for name in FORMATS:
        _write(name, _layer(), tmp_path, language="fr")
    assert json.loads((tmp_path / "couche.geojson").read_text("utf-8"))["source"] == line
    schema = json.loads((tmp_path / "couche.schema.json").read_text("utf-8"))
    assert (schema["source"], schema["path"]) == (line, "couche.csv")
    assert schema["sources"][0]["sha256"] == "0" * 64
    assert pyogrio.read_info(tmp_path / "couche.gpkg")["layer_metadata"]["DESCRIPTION"] == line
    assert pyogrio.read_info(tmp_path / "couche.fgb")["layer_metadata"]["DESCRIPTION"] == line
    import openpyxl
    import pyarrow.parquet as pq

    said = pq.read_schema(tmp_path / "couche.parquet").metadata[b"geo_service"]
    assert json.loads(said)["source"] == line
    book = openpyxl.load_workbook(tmp_path / "couche.xlsx")
    assert book.sheetnames == ["couche", "source", "schema"]
    assert book["source"]["B1"].value == line
    with sqlite3.connect(tmp_path / "couche.gpkg") as db:
        (kept,) = db.execute("SELECT metadata FROM gpkg_metadata").fetchone()
    db.close()
    assert json.loads(kept)["licenses"][0]["name"] == "etalab-2.0"


def test_the_csv_is_plain_and_no_cell_is_a_formula(tmp_path: Path) -> None:
    path = _write("csv", _layer(), tmp_path)
    raw = path.read_bytes()
    assert raw.startswith(b"nom,jour,n,vrai,geometry\r\n'=site 0,2026-01-31,0,true,")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(plain_csv.DictReader(stream))
    assert shapely.from_wkt(rows[0]["geometry"]).equals(_layer().geometry[0])


def test_points_have_longitude_and_latitude_in_csv(tmp_path: Path) -> None:
    layer = _layer().set_geometry(shapely.centroid(_layer().geometry.array), crs=4326)
    seen = pd.read_csv(_write("csv", layer, tmp_path))
    assert seen["lon"].tolist() == layer.geometry.x.tolist()
    assert list(seen.columns)[-3:] == ["lon", "lat", "geometry"]


def test_what_a_format_cannot_hold_is_refused_with_another(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Prenez parquet"):
        _write("fgb", pd.DataFrame(_layer().drop(columns="geometry")), tmp_path)
    with pytest.raises(SchemaError, match="octet nul"):
        _write("fgb", _layer().assign(nom="a\x00b"), tmp_path)
    long = pd.DataFrame({"texte": ["é" * 32_768]})
    with pytest.raises(StoreError, match="32767 caractères"):
        _write("xlsx", long, tmp_path)
    many = pd.DataFrame({"n": range(1_048_576)})
    with pytest.raises(StoreError, match="1048576"):
        _write("xlsx", many, tmp_path)
    assert list(tmp_path.iterdir()) == []


FULL_DISK = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from test_formats import CREDIT, FORMATS, _layer
from pathlib import Path
from geo_service.core.errors import StoreError
layer = _layer(4000)
import openpyxl, pyarrow.parquet, pyogrio
layer["nom"] = [str(hash(str(i)) * 7919 ** 5) for i in range(len(layer))]
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
for name, form in FORMATS.items():
    try:
        form.write(layer, Path(sys.argv[2]) / f"couche{form.suffix}", credit=CREDIT)
    except StoreError as error:
        print(name, "|", error)
"""


def test_a_full_disk_keeps_the_old_files(tmp_path: Path) -> None:
    for name in FORMATS:
        _write(name, _layer(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(here), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=here.parents[1],
    )
    said = dict(line.split(" | ") for line in done.stdout.splitlines())
    assert set(said) == set(FORMATS), done.stderr
    assert all("Rien n'a été remplacé" in line for line in said.values()), said
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
