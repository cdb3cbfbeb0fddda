"""The embedded sample: made again it is the same, it says it is fictitious, its answers hold."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal

ROOT = Path(__file__).resolve().parents[2]
WRITTEN_BY_HAND = {"README.md", "study.toml"}
KINDS = {"603": "MSP", "124": "CDS", "604": "CPTS"}
EPSG = {"96": 2154, "9A": 5490}


def _files(folder: Path) -> dict[str, Path]:
    return {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}


def _content(path: Path) -> Any:
    """What a file says: compression and the versions of libraries aside."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(data)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path, read_only=True)
        return {sheet.title: list(sheet.values) for sheet in book}
    return data


def _same_table(one: Path, other: Path) -> None:
    if "apl_" in one.name:
        assert_frame_equal(pd.read_parquet(one), pd.read_parquet(other))
        return
    left, right = gpd.read_parquet(one), gpd.read_parquet(other)
    assert left.crs == right.crs
    assert left.geometry.geom_equals_exact(right.geometry, 1e-6).all()
    assert_frame_equal(left.drop(columns="geometry"), right.drop(columns="geometry"))


def test_made_again_it_is_the_same(sample: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-W", "error", "-m", "data.make_sample", str(tmp_path)],
        cwd=ROOT,
        check=True,
    )
    made, held = _files(tmp_path), _files(sample)
    assert set(made) == set(held) - WRITTEN_BY_HAND
    for name in made:
        if name.endswith(".parquet"):
            _same_table(made[name], held[name])
        else:
            assert _content(made[name]) == _content(held[name]), name
    assert sum(path.stat().st_size for path in held.values()) < 1_500_000


def test_every_file_says_that_it_is_fictitious(sample: Path) -> None:
    for name, path in _files(sample).items():
        said = path.read_bytes() if path.suffix != ".gz" else gzip.decompress(path.read_bytes())
        assert "fictif" in name or b"FICTI" in said.upper(), name


def test_no_code_exists(sample: Path, real_data: Path) -> None:
    cog = real_data / "admin" / "cog2024"
    real = pd.read_csv(cog / "communes.csv.gz", dtype=str)
    here = pd.read_csv(sample / "cog" / "communes_fictif.csv", dtype=str)
    assert not set(here.COM) & set(real.COM)
    assert not {"99"} & set(real.REG)
    assert not {"96"} & set(real.DEP)
    epci = pd.read_csv(cog / "epcicom2024.csv.gz", dtype=str)
    ours = pd.read_csv(sample / "cog" / "epcicom2024_fictif.csv", dtype=str)
    assert not set(ours.siren) & set(epci.siren)
    with gzip.open(real_data / "qpv" / "qpv2024_simplified.geojson.gz") as stream:
        official = {f["properties"]["code_qp"] for f in json.load(stream)["features"]}
    listed = pd.read_csv(sample / "qpv" / "qpv2024_liste_fictif.csv", sep=";", dtype=str)
    assert not set(listed.code_qp) & official


def test_the_communes_are_a_seamless_tessellation(sample: Path) -> None:
    communes = gpd.read_parquet(sample / "territories" / "communes_fictif.parquet")
    assert communes.code_insee.is_unique
    assert len(communes) == 41
    assert communes.is_valid.all()
    for _, part in communes.groupby("dep"):
        assert shapely.coverage_is_valid(part.geometry.to_numpy())


def test_the_squares_hold_the_people_of_their_communes(sample: Path) -> None:
    squares = gpd.read_parquet(sample / "population" / "carreaux200m_fictif.parquet")
    communes = gpd.read_parquet(sample / "territories" / "communes_fictif.parquet")
    town = communes[communes.siren_epci == "999600011"].to_crs(2154)
    assert squares.crs == town.crs
    assert squares.num_people.sum() == town.pop_municipale_2021.sum()
    # Sides of 200 m on the European equal-area grid, seen in Lambert-93.
    assert squares.area.between(39_700, 40_300).all()


# --- the known answers, recounted from the files alone --------------------------------------


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    text = (ROOT / "data" / "sample" / "expected.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@pytest.fixture(scope="module")
def zones() -> dict[tuple[int, int], Any]:
    """Union of the QPV by (EPSG, generation), read from the archives."""
    folder = ROOT / "data" / "sample" / "qpv"
    inside = "GEOJSON/QP2024_France_Hexagonale_Outre_Mer_WGS84.geojson"
    with zipfile.ZipFile(folder / "QP2024_fictif.zip") as archive:
        features = json.loads(archive.read(inside))["features"]
    old = gpd.read_file(f"zip://{folder / 'qp2015_fictif.zip'}!QPV.shp").to_crs(2154)
    far = gpd.read_file(f"zip://{folder / 'qp2015_outremer_fictif.zip'}").to_crs(5490)
    held: dict[int, list[Any]] = {2154: [], 5490: []}
    for feature in features:
        code, shape = feature["properties"]["code_qp"], feature["geometry"]
        epsg = 5490 if code.startswith("QN971") else 2154
        if code == "QN09605I":  # without area: the unchanged polygon of 2015 stands in
            held[epsg].append(old.set_index("CODE_QP").geometry["QP096005"])
            continue
        whole = gpd.GeoSeries([shapely.geometry.shape(shape)], crs=4326).to_crs(epsg)
        held[epsg].append(shapely.make_valid(whole.iloc[0]))
    return {
        (2154, 2024): shapely.union_all(held[2154]),
        (5490, 2024): shapely.union_all(held[5490]),
        (2154, 2015): shapely.union_all(old.geometry.to_list()),
        (5490, 2015): shapely.union_all(far.geometry.to_list()),
    }


@pytest.fixture(scope="module")
def sites() -> list[dict[str, Any]]:
    """MSP, CDS and CPTS of the geolocated extraction, each number once."""
    path = ROOT / "data" / "sample" / "finess" / "etalab-cs1100507-stock-20260105-0337.csv"
    lines = [line.split(";") for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines[0] == ["finess", "etalab", "94", "2026-01-05"]
    assert {len(line) for line in lines[1:]} == {32, 6}
    places = {line[1]: line for line in lines if line[0] == "geolocalisation"}
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        if line[0] != "structureet" or line[18] not in KINDS or line[1] in found:
            continue
        site = {"kind": KINDS[line[18]], "departement": line[13], "opened": line[28]}
        site |= {"point": None, "precision": float("inf")}
        source = places.get(line[1], [""] * 6)[4].split(",")
        if len(source) == 5 and source[4].startswith("EPSG"):
            site["point"] = shapely.Point(*map(float, places[line[1]][2:4]))
            score = float(source[2]) if source[3] == "BAN" else 0.0
            site["precision"] = 10.0 if score >= 95 else 50.0 if score >= 80 else float("inf")
        found[line[1]] = site
    return list(found.values())


def _signed(site: dict[str, Any], zones: dict[tuple[int, int], Any], day: str) -> float | None:
    epsg = EPSG[site["departement"]]
    year = 2024 if day >= {2154: "2024-01-01", 5490: "2025-01-01"}[epsg] else 2015
    if site["point"] is None:
        return None
    zone = zones[epsg, year]
    if zone.intersects(site["point"]):
        return -float(zone.boundary.distance(site["point"]))
    return float(zone.distance(site["point"]))


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("in_qpv", float("-inf"), 0.0),
        ("proxy-300m", 0.0, 300.0),
        ("proxy-500m", 0.0, 500.0),
        ("near-300m", float("-inf"), 300.0),
        ("near-500m", float("-inf"), 500.0),
    ],
)
def test_expected_counts_hold(
    expected: dict[str, Any],
    zones: dict[tuple[int, int], Any],
    sites: list[dict[str, Any]],
    name: str,
    low: float,
    high: float,
) -> None:
    for day, areas in expected["by_date"].items():
        for area, codes in (
            ("region:99", ("96", "9A")),
            ("departement:96", ("96",)),
            ("departement:971", ("9A",)),
        ):
            here = [s for s in sites if s["departement"] in codes]
            opened = [s for s in here if "1900-01-01" < s["opened"] <= day]
            for kind in ("MSP", "CDS", "CPTS"):
                count = sum(s["kind"] == kind for s in opened)
                assert areas[area]["structures_open"][kind] == count
            for kind in ("MSP", "CDS"):
                value = sure = maybe = 0
                for site in opened:
                    if site["kind"] != kind:
                        continue
                    d, p = _signed(site, zones, day), site["precision"]
                    value += d is not None and low < d < high
                    sure += d is not None and low < d - p and d + p < high
                    maybe += d is None or (low < d + p and d - p < high)
                answer = {"value": value, "low": sure, "high": maybe}
                assert areas[area][name][kind] == answer, (day, area, kind)
    assert expected["territories"] == expected["by_date"][expected["as_of"]]


def test_every_planted_case_is_there(expected: dict[str, Any]) -> None:
    answers = {(p["fault"], p["in_qpv"]) for p in expected["planted"]}
    assert answers >= {
        ("commune_centre", "undetermined"),
        ("low_score_inside", "undetermined"),
        ("low_score_outside", "undetermined"),
        ("inside_by_12_m", "inside"),
        ("outside_by_12_m", "outside"),
        ("inside_within_precision", "undetermined"),
        ("outside_within_precision", "undetermined"),
        ("no_coordinates", "undetermined"),
        ("unknown_crs", "undetermined"),
        ("bow_tie_lobe", "inside"),
        ("in_hole_of_qpv", "outside"),
        ("in_restored_zero_area_qpv", "inside"),
        ("in_qpv_2015_only", "outside"),
        ("on_island", "outside"),
    }


def test_the_layer_in_degrees_of_2015_is_fifty_metres_off(sample: Path) -> None:
    archive = f"zip://{sample / 'qpv' / 'qp2015_fictif.zip'}"
    right = gpd.read_file(f"{archive}!QPV.shp").set_index("CODE_QP")
    wrong = gpd.read_file(f"{archive}!QPV_WGS84.shp").set_index("CODE_QP").to_crs(2154)
    metres = right.centroid.distance(wrong.centroid)
    assert metres.between(49, 51).all()
    assert len(right) == 11
