"""Every format reads back equal: values, types, unknowns, hostile texts."""

from __future__ import annotations

import datetime as dt
import json
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import geopandas.testing
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_service.core.contracts import OutputFormat
from geo_service.core.result import Provenance
from geo_service.exchange.cells import guard_formula, unguard_formula
from geo_service.exchange.credit import Credit
from geo_service.exchange.read_back import read_back
from geo_service.exchange.table_schema import typed
from geo_service.outputs import csv, flatgeobuf, geojson, geopackage, parquet, xlsx

FORMATS = {m.FORMAT.name: m.FORMAT for m in (csv, flatgeobuf, geojson, geopackage, parquet, xlsx)}
CREDIT = Credit(
    (
        Provenance(
            "finess",
            "finess",
            "flat",
            "etablissements.csv",
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
    version="0.1.0",
)
HOSTILE = [
    "",
    "'",
    "''=1",
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+33 5 61 00 00 00",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "a;=cmd|' /C calc'!A0",
    'a;"=1',
    "a\n=1\r\n-2",
    "a\t@x",
    " =1",
    "\u200e=1",
    "＝1",
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    'guillemets " et « »',
    "ligne 1\nligne 2\r\nligne 3\rligne 4",
    "\u202egauche à droite\u202c",
    "a\x0bb\x01",
    "_x000B_",
    "_x005F_x000B_",
    "#N/A",
    "TRUE",
    "007",
    "1e5",
    "2026-01-31",
    "NaN",
    "null",
    "INF",
    " espaces ",
    "𝒳\U0001f3e5",
    "\ufeffBOM",
    "\x85\u2028\u2029",
    "\ufffe",
    "é" * 300,
    "\\N",
    "a,b",
]


def _attributes() -> pd.DataFrame:
    n = len(HOSTILE)
    numbers = [0.1 + 0.2, -0.0, math.inf, -math.inf, math.nan, 1 / 3, 5e-324, 1.7e308, 123456789.0]
    days = [
        "1889-05-06",
        "1900-01-01",
        "1900-02-28",
        "1900-03-01",
        None,
        "2026-01-31",
        "9999-12-31",
    ]
    return pd.DataFrame(
        {
            "id": pd.Series([f"n{i}" for i in range(n)], dtype="str"),
            "texte": pd.Series(HOSTILE, dtype="str"),
            "vide": pd.Series([None] * n, dtype="str"),
            "texte_ou_rien": pd.Series(
                [t if i % 2 else None for i, t in enumerate(HOSTILE)], dtype="str"
            ),
            "nombre": pd.Series([numbers[i % len(numbers)] for i in range(n)], dtype="float64"),
            "entier": pd.Series([(0, None, -1, 2**62)[i % 4] for i in range(n)], dtype="Int64"),
            "jour": pd.to_datetime(
                pd.Series([days[i % len(days)] for i in range(n)], dtype="str")
            ).astype("datetime64[s]"),
            "vrai": pd.Series([(True, False, None)[i % 3] for i in range(n)], dtype="boolean"),
        }
    )


def _layer(shapes: list[Any]) -> gpd.GeoDataFrame:
    attributes = _attributes()
    return gpd.GeoDataFrame(
        attributes,
        geometry=[shapes[i % len(shapes)] for i in range(len(attributes))],
        crs=4326,
    )


SQUARE = shapely.box(1.1, 43.2, 1.3 + 1e-16, 43.4)
HOLED = shapely.Polygon(
    [(1, 43), (1, 44), (2, 44), (2, 43)], [[(1.2, 43.2), (1.8, 43.2), (1.8, 43.8), (1.2, 43.8)]]
)
POINTS = [shapely.Point(1.4442469 + 1e-13, 43.6045), shapely.Point(-61.5, 1 / 3), None]
SURFACES = [SQUARE, shapely.MultiPolygon([SQUARE, shapely.box(5, 45, 6, 46)]), HOLED]


def _round_trip(form: OutputFormat, table: Any, folder: Path) -> Any:
    path = folder / f"couche{form.suffix}"
    form.write(table, path, credit=CREDIT, language="fr", name="couche")
    return read_back(path)


def _assert_equal(left: Any, right: Any) -> None:
    if isinstance(right, gpd.GeoDataFrame):
        gpd.testing.assert_geodataframe_equal(left, right)
        same = shapely.to_wkb(left.geometry.array) == shapely.to_wkb(right.geometry.array)
        assert same.all()
    else:
        pd.testing.assert_frame_equal(left, right, check_exact=True)


@pytest.mark.parametrize("name", ["csv", "gpkg", "parquet", "xlsx", "geojson"])
def test_a_table_without_shapes_reads_back_equal(name: str, tmp_path: Path) -> None:
    table = _attributes()
    _assert_equal(_round_trip(FORMATS[name], table, tmp_path), table)


@pytest.mark.parametrize("name", ["csv", "gpkg", "parquet", "xlsx"])
def test_points_read_back_to_the_last_bit(name: str, tmp_path: Path) -> None:
    layer = _layer(POINTS)
    _assert_equal(_round_trip(FORMATS[name], layer, tmp_path), layer)


@pytest.mark.parametrize("name", ["csv", "gpkg", "parquet"])
def test_surfaces_read_back_to_the_last_bit(name: str, tmp_path: Path) -> None:
    layer = _layer(SURFACES)
    _assert_equal(_round_trip(FORMATS[name], layer, tmp_path), layer)


@pytest.mark.parametrize("shapes", [POINTS, SURFACES], ids=["points", "surfaces"])
def test_geojson_reads_back_to_seven_decimals(shapes: list[Any], tmp_path: Path) -> None:
    layer = _layer(shapes)
    back = _round_trip(geojson.FORMAT, layer, tmp_path)
    _assert_equal(back.drop(columns="geometry"), pd.DataFrame(layer.drop(columns="geometry")))
    assert list(back.geometry.isna()) == list(layer.geometry.isna())
    left = back.geometry.dropna().normalize().array
    right = layer.geometry.dropna().normalize().array
    assert shapely.equals_exact(np.asarray(left), np.asarray(right), tolerance=1e-7).all()
    assert (back.geom_type.dropna() == layer.geom_type.dropna()).all()


@pytest.mark.parametrize("shapes", [POINTS[:2], SURFACES], ids=["points", "surfaces"])
def test_flatgeobuf_reads_back_equal_in_the_order_of_its_index(
    shapes: list[Any], tmp_path: Path
) -> None:
    layer = _layer(shapes)
    back = _round_trip(flatgeobuf.FORMAT, layer, tmp_path)
    order = dict(zip(layer["id"], range(len(layer)), strict=True))
    back = back.iloc[np.argsort([order[i] for i in back["id"]])].reset_index(drop=True)
    _assert_equal(back, layer)


def test_flatgeobuf_with_a_null_shape_keeps_its_order(tmp_path: Path) -> None:
    layer = _layer(POINTS)
    _assert_equal(_round_trip(flatgeobuf.FORMAT, layer, tmp_path), layer)


def test_xlsx_leaves_surfaces_out_and_says_so(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    layer = _layer(SURFACES)
    back = _round_trip(xlsx.FORMAT, layer, tmp_path)
    _assert_equal(back, pd.DataFrame(layer.drop(columns="geometry")))
    source = load_workbook(tmp_path / "couche.xlsx")["source"]
    assert "contours" in dict(source.iter_rows(values_only=True))["note"]


@pytest.mark.parametrize("name", list(FORMATS))
def test_an_empty_layer_keeps_its_types(name: str, tmp_path: Path) -> None:
    layer = _layer(POINTS).iloc[:0]
    back = _round_trip(FORMATS[name], layer, tmp_path)
    _assert_equal(back, typed(layer))


@pytest.mark.parametrize("name", ["gpkg", "parquet", "fgb", "csv"])
def test_a_layer_in_a_legal_crs_keeps_it(name: str, tmp_path: Path) -> None:
    layer = _layer(POINTS[:1]).to_crs(2154)
    back = _round_trip(FORMATS[name], layer, tmp_path)
    assert back.crs.to_epsg() == 2154
    assert shapely.equals(back.geometry.iloc[0], layer.geometry.iloc[0])


def test_geojson_is_always_in_wgs_84(tmp_path: Path) -> None:
    back = _round_trip(geojson.FORMAT, _layer(POINTS[:1]).to_crs(2154), tmp_path)
    assert back.crs.to_epsg() == 4326
    assert back.geometry.iloc[0].distance(POINTS[0]) < 1e-7


# --- any text at all -------------------------------------------------------------------------

PIECES = st.sampled_from([*"=+-@';\"\t\r\n,<>&_\x00\x0b ", "_x000B_", "\u202e", "＝", "x"])
TEXTS = st.one_of(
    st.none(),
    st.lists(PIECES, max_size=8).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("name", ["csv", "xlsx", "geojson", "gpkg", "parquet"])
@QUICK
@given(texts=st.lists(TEXTS, max_size=5), numbers=st.lists(st.floats(), min_size=5, max_size=5))
def test_any_text_and_number_reads_back_equal(
    name: str, tmp_path: Path, texts: list[str | None], numbers: list[float]
) -> None:
    table = pd.DataFrame(
        {
            "texte": pd.Series(texts, dtype="str"),
            "nombre": pd.Series(numbers[: len(texts)], dtype="float64"),
        }
    )
    _assert_equal(_round_trip(FORMATS[name], table, tmp_path), table)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_a_guarded_text_never_begins_as_a_formula_where_a_spreadsheet_may_cut(text: str) -> None:
    cell = guard_formula(text)
    assert unguard_formula(cell) == text
    for mark in ";\t\r\n":
        for piece in [cell, *cell.split(mark)[1:]]:
            seen = piece.lstrip('\x00\x0b "\t\r\n\u202e')
            assert not seen.startswith(tuple("=+-@＝"))


@pytest.mark.parametrize("name", ["csv", "geojson", "gpkg", "xlsx"])
def test_hostile_column_names_read_back(name: str, tmp_path: Path) -> None:
    table = pd.DataFrame({"=1": [1], 'a"b': [2], "ligne\n2": [3], "fid": [4], "geom": [5]})
    table = table.astype("Int64")
    _assert_equal(_round_trip(FORMATS[name], table, tmp_path), table)


def test_the_sheets_hold_no_formula(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    _round_trip(xlsx.FORMAT, _layer(POINTS), tmp_path)
    book = load_workbook(tmp_path / "couche.xlsx")
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds == {"s", "n", "d", "b"}
    assert book.worksheets[0]["B5"].value == "=1+1"


def test_geojson_follows_the_rfc(tmp_path: Path) -> None:
    layer = _layer(SURFACES).rename(columns={"id": "zone_id"})
    layer = layer.assign(zone_kind="qpv", code="QN1", name="x", file="f")
    from geo_service.core.tables import ZONES, shape_table

    path = tmp_path / "zones.geojson"
    geojson.FORMAT.write(shape_table(layer, ZONES), path, credit=CREDIT, language="en")
    said = json.loads(path.read_text(encoding="utf-8"))
    assert "crs" not in said
    assert said["source"].startswith("Source: ANS — FINESS (vintage 2026-01-05)")
    assert said["licenses"][0]["title"] == "Licence Ouverte 2.0"
    first = said["features"][0]
    assert first["id"] == first["properties"]["zone_id"] == "n0"
    for feature in said["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        for part in shapely.get_parts(shape):
            assert part.exterior.is_ccw
            assert not any(ring.is_ccw for ring in part.interiors)
        assert shape.is_valid
    numbers = shapely.get_coordinates(shape)
    assert (np.round(numbers, 7) == numbers).all()
