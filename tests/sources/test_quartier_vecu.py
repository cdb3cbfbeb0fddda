"""Quartiers vécus declared by structure and by perimeter."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import Point, Polygon, box

from geo_service.core.errors import SourceError
from geo_service.core.result import Reading
from geo_service.sources import quartier_vecu

SQUARE = box(600_000, 6_600_000, 600_300, 6_600_300)
HEADER = "finess;code_qp;date_declaration;declarant"


def table(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *rows, ""]), "utf-8")
    return path


def perimeters(path: Path, *rows: dict[str, Any], crs: int = 2154) -> Path:
    usual = {"code_qp": "QN07501N", "nom": "Carré", "date_declaration": "2025-03-31"}
    full = [{**usual, "geometry": SQUARE, **row} for row in rows]
    gpd.GeoDataFrame(full, geometry="geometry", crs=crs).to_file(path)
    return path


def codes(reading: Reading) -> list[str]:
    return [anomaly.code for anomaly in reading.anomalies]


# --- by structure -----------------------------------------------------------------------------


def test_sample_declarations(sample: Path) -> None:
    path = sample / "quartier_vecu" / "declares_fictif.csv"
    assert quartier_vecu.recognise(path) == "by-structure"
    reading = quartier_vecu.read(path)
    assert reading.name == "declared"
    assert len(reading.table) == 11
    assert codes(reading) == ["repeated-row"]
    first = reading.table.iloc[0]
    assert (first["finess"], first["qpv"], first["row"]) == ("960000016", "QN09601M", 2)
    assert first["declared_from"].date() == dt.date(2025, 3, 31)
    assert not reading.provenance.tried_on_real_file


def test_every_fault_of_a_row_is_named(tmp_path: Path) -> None:
    path = table(
        tmp_path / "d.csv",
        "10000024;QN07501N, QN07502N;31/03/2025;ARS",
        "2A0000014;QN07501N;;ARS",
        "310000001;QN075;hier;ARS",
        "not a number;QN07501N;2025-01-01;ARS",
        "310000002;;2025-01-01;",
    )
    reading = quartier_vecu.read(path)
    found = list(zip(reading.table["finess"], reading.table["qpv"].fillna("-"), strict=True))
    assert found == [
        ("010000024", "QN07501N"),
        ("010000024", "QN07502N"),
        ("2A0000014", "QN07501N"),
        ("310000001", "-"),
        ("310000002", "-"),
    ]
    assert sorted(codes(reading)) == [
        *["bad-date", "bad-finess", "bad-qpv", "lost-zero", "no-date", "no-date"],
    ]
    assert reading.provenance.rows_kept == 4
    assert reading.provenance.rows_set_aside == 1


def test_other_column_names_and_a_last_day(tmp_path: Path) -> None:
    path = table(
        tmp_path / "d.csv",
        "310000001,QN07501N,2024-01-01,2023-01-01",
        header="Numéro FINESS,Code QPV,declared_from,declared_to",
    )
    assert quartier_vecu.recognise(path) == "by-structure"
    reading = quartier_vecu.read(path)
    assert reading.table["declared_to"].iloc[0].year == 2023
    assert codes(reading) == ["dates-reversed"]


# --- by perimeter -----------------------------------------------------------------------------


def test_sample_perimeters(sample: Path) -> None:
    path = sample / "quartier_vecu" / "perimetres_fictif.geojson"
    assert quartier_vecu.recognise(path) == "by-polygon"
    reading = quartier_vecu.read(path)
    zones = reading.table
    assert reading.name == "zones"
    assert set(zones["zone_kind"]) == {"quartier_vecu"}
    assert set(zones["zone_class"]) == {"declared"}
    assert list(zones["code"]) == ["QN09601M", "QN09604M", "QN09612M", "QN97191M"]
    assert zones["zone_id"].is_unique
    assert list(zones["legal_crs"]) == [2154, 2154, 2154, 5490]
    assert len(reading.anomalies) == 0


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson", ".fgb"])
def test_every_format(tmp_path: Path, suffix: str) -> None:
    crs = 2154 if suffix != ".geojson" else 4326
    square = SQUARE if crs == 2154 else gpd.GeoSeries([SQUARE], crs=2154).to_crs(4326).iloc[0]
    path = tmp_path / f"quartiers{suffix}"
    # A shapefile cuts names to ten characters: it needs the short ones.
    names = {"nom_qv": "Carré", "declarant": "ARS", "code_qp": "QN07501N"}
    gpd.GeoDataFrame([{**names, "geometry": square}], geometry="geometry", crs=crs).to_file(path)
    assert quartier_vecu.recognise(path) == "by-polygon"
    reading = quartier_vecu.read(path)
    assert reading.table.to_crs(2154).area.iloc[0] == pytest.approx(90_000, rel=1e-4)
    assert codes(reading) == ["no-date"]


def test_several_perimeters_may_serve_one_qpv(tmp_path: Path) -> None:
    moved = shapely.affinity.translate(SQUARE, 1000)
    path = perimeters(tmp_path / "q.gpkg", {}, {"geometry": moved})
    zones = quartier_vecu.read(path).table
    assert list(zones["zone_id"]) == ["QV-QN07501N", "QV-QN07501N-2"]
    assert list(zones["code"]) == ["QN07501N", "QN07501N"]


def test_faults_of_perimeters_are_named(tmp_path: Path) -> None:
    x, y = 600_000, 6_600_000
    bow_tie = Polygon([(x, y), (x + 100, y + 100), (x + 100, y), (x, y + 100)])
    flat = Polygon([(x, y), (x + 100, y), (x, y), (x, y)])
    path = perimeters(
        tmp_path / "q.gpkg",
        {"id_qv": "A"},
        {"id_qv": "B", "geometry": bow_tie},
        {"id_qv": "C", "geometry": flat},
        {"id_qv": "A"},
        {"id_qv": "D", "geometry": None},
    )
    reading = quartier_vecu.read(path)
    assert list(reading.table["zone_id"]) == ["A", "B"]
    assert codes(reading) == ["invalid-geometry", "zero-area", "duplicate-id", "zero-area"]
    assert reading.table.geometry.is_valid.all()
    assert reading.provenance.rows_read == 5


def test_the_way_from_an_old_crs_costs_precision(tmp_path: Path) -> None:
    square = gpd.GeoSeries([SQUARE], crs=2154).to_crs(4326).to_crs(27572).iloc[0]
    path = perimeters(tmp_path / "q.gpkg", {"geometry": square}, crs=27572)
    assert quartier_vecu.read(path).table["precision_m"].tolist() == [2.0]


# --- what it is not, and broken files ---------------------------------------------------------


def test_other_files_are_not_recognised(real_data: Path) -> None:
    files = [path for path in real_data.rglob("*") if path.is_file()]
    assert [path.name for path in files if quartier_vecu.recognise(path)] == []


def test_only_its_own_files_of_the_sample_are_recognised(sample: Path) -> None:
    files = [path for path in sample.rglob("*") if path.is_file()]
    found = sorted(path.name for path in files if quartier_vecu.recognise(path))
    assert found == ["declares_fictif.csv", "perimetres_fictif.geojson"]


def refuses(path: Path, **options: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        quartier_vecu.read(path, **options)
    assert caught.value.file is not None
    quartier_vecu.recognise(path)
    return caught.value


@pytest.mark.parametrize("layout", ["by-structure", "by-polygon", None])
@pytest.mark.parametrize("name", ["q.csv", "q.geojson", "q.gpkg", "q.zip"])
def test_empty_and_junk(tmp_path: Path, name: str, layout: str | None) -> None:
    path = tmp_path / name
    path.write_bytes(b"")
    refuses(path, layout=layout)
    path.write_bytes(b"\x01" + np.random.default_rng(3).bytes(4000))
    refuses(path, layout=layout)


def test_truncated_geojson(tmp_path: Path, sample: Path) -> None:
    data = (sample / "quartier_vecu" / "perimetres_fictif.geojson").read_bytes()
    (tmp_path / "q.geojson").write_bytes(data[:-200])
    refuses(tmp_path / "q.geojson", layout="by-polygon")


def test_missing_column_no_row_and_no_usable_row(tmp_path: Path) -> None:
    wrong = table(tmp_path / "a.csv", "1;2", header="code_qp;date_declaration")
    assert "finess" in refuses(wrong, layout="by-structure").say("fr")
    refuses(table(tmp_path / "b.csv"))
    error = refuses(table(tmp_path / "c.csv", "zzz;QN07501N;2025-01-01;ARS"))
    assert "FINESS" in error.say("fr")


def test_encoding_separator_and_huge_cell(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    rows = f"{HEADER}\n310000001;QN07501N;2025-01-01;ARS Île\n310000002;{'x' * 200_000};;\n"
    path.write_bytes(rows.replace(";", "|").encode("cp1252"))
    reading = quartier_vecu.read(path)
    assert reading.table["declarant"].tolist() == ["ARS Île"]
    assert codes(reading) == ["huge-cell"]


def test_swapped_axes_and_places_abroad(tmp_path: Path) -> None:
    here = gpd.GeoSeries([SQUARE], crs=2154).to_crs(4326).iloc[0]
    swapped = shapely.transform(here, lambda points: points[:, ::-1])
    refuses(perimeters(tmp_path / "s.gpkg", {"geometry": swapped}, crs=4326))
    rome = Point(12.5, 41.9).buffer(0.01)
    frame = gpd.GeoDataFrame(
        {"code_qp": ["QN07501N"] * 3, "declarant": ["ARS"] * 3},
        geometry=[here, here, rome],
        crs=4326,
    )
    frame.to_file(tmp_path / "t.gpkg")
    reading = quartier_vecu.read(tmp_path / "t.gpkg")
    assert len(reading.table) == 2
    assert [a.row for a in reading.anomalies if a.outcome == "set aside"] == [3]


def test_infinite_coordinate(tmp_path: Path) -> None:
    points = np.array(SQUARE.exterior.coords)
    points[1, 0] = np.inf
    moved = shapely.affinity.translate(SQUARE, 1000)
    path = perimeters(
        tmp_path / "q.gpkg", {}, {"geometry": shapely.polygons(points)}, {"geometry": moved}
    )
    reading = quartier_vecu.read(path)
    assert len(reading.table) == 2
    assert "not-finite" in codes(reading)


def test_zip_bomb_and_traversal(tmp_path: Path, sample: Path) -> None:
    path = tmp_path / "q.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("d.csv", b"finess;code_qp\n" * 6_000_000)
    refuses(path, layout="by-structure")
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(sample / "quartier_vecu" / "declares_fictif.csv", "../d.csv")
    refuses(path, layout="by-structure")
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(sample / "quartier_vecu" / "declares_fictif.csv", "d.csv")
    assert quartier_vecu.recognise(path) == "by-structure"
    assert len(quartier_vecu.read(path).table) == 11


def test_symlinks(tmp_path: Path, sample: Path) -> None:
    (tmp_path / "link.csv").symlink_to(sample / "quartier_vecu" / "declares_fictif.csv")
    assert len(quartier_vecu.read(tmp_path / "link.csv").table) == 11
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    refuses(tmp_path / "loop.csv")
