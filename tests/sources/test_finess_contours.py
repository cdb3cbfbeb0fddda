"""Structures outside their declared commune."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo_service.core.tables import STRUCTURES, shape_table
from geo_service.sources import finess

# Two squares of 10 km, in Lambert-93, side by side; the third commune is a Paris of 10 km.
SQUARES = {
    "31001": shapely.box(570_000, 6_270_000, 580_000, 6_280_000),
    "31002": shapely.box(580_000, 6_270_000, 590_000, 6_280_000),
    "75056": shapely.box(650_000, 6_860_000, 660_000, 6_870_000),
}


def communes() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"code": list(SQUARES), "level": "commune"}, geometry=list(SQUARES.values()), crs=2154
    ).to_crs(4326)


def structures(*rows: tuple[str, float, float]) -> gpd.GeoDataFrame:
    points = gpd.GeoSeries([shapely.Point(x, y) for _, x, y in rows], crs=2154).to_crs(4326)
    data = gpd.GeoDataFrame(
        {
            "structure_id": [f"31000000{at}" for at in range(len(rows))],
            "finess": [f"31000000{at}" for at in range(len(rows))],
            "kind": "MSP",
            "commune": [code for code, _, _ in rows],
            "lon": points.x,
            "lat": points.y,
            "legal_crs": 2154,
            "position": "address",
            "file": "f.csv",
            "row": range(2, len(rows) + 2),
        },
        geometry=points,
        crs=4326,
    )
    return shape_table(data, STRUCTURES)


def test_points_outside_are_listed_with_their_distance() -> None:
    table = structures(
        ("31001", 575_000, 6_275_000),
        ("31001", 583_000, 6_275_000),  # 3 km into its neighbour
        ("31002", 595_000, 6_275_000),  # 5 km into nothing
        ("31099", 575_000, 6_275_000),  # no such commune
        ("09001", 575_000, 6_275_000),  # a département that the contours do not cover
        ("75101", 655_000, 6_865_000),  # an arrondissement inside Paris
        ("75102", 665_000, 6_865_000),
    )
    found = finess.points_outside_commune(table, communes())
    said = [(one.record, one.code, one.value) for one in found]
    assert said == [
        ("310000003", "unknown-commune", "31099"),
        ("310000001", "outside-commune", "31001"),
        ("310000002", "outside-commune", "31002"),
        ("310000006", "outside-commune", "75102"),
    ]
    assert "3000 m" in found[1].reason.say("en")
    assert "31002" in found[1].reason.say("fr")
    assert (found[1].file, found[1].row, found[1].field) == ("f.csv", 3, "commune")
    nearer = finess.points_outside_commune(table, communes(), tolerance_m=4_000)
    assert [one.record for one in nearer] == ["310000003", "310000002", "310000006"]


def test_rows_without_position_or_commune_are_left_alone() -> None:
    table = structures(("31001", 583_000, 6_275_000), ("31001", 575_000, 6_275_000))
    table.loc[0, ["lon", "lat"]] = None
    table["commune"] = pd.Series(["31001", None], dtype="str")
    assert finess.points_outside_commune(table, communes()) == []
    assert finess.points_outside_commune(table.iloc[:0], communes()) == []


@pytest.mark.parametrize("with_levels", [True, False])
def test_the_sample_has_one(sample: Path, with_levels: bool) -> None:
    table = finess.read(sample / "finess/etalab-cs1100507-stock-20260105-0337.csv").table
    file = next((sample / "territories").glob("*commune*.parquet"))
    shapes = gpd.read_parquet(file).to_crs(4326).rename(columns={"code_insee": "code"})
    if with_levels:
        shapes["level"] = "commune"
    found = finess.points_outside_commune(table, shapes)
    assert [one.record for one in found] == ["960000412"]


def test_occitanie_has_one(real_data: Path) -> None:
    table = finess.read(real_data / "finess/etablissements_occitanie_2026.csv.gz").table
    file = real_data / "communes/communes_cog2024_simplifie.parquet"
    shapes = gpd.read_parquet(file).to_crs(4326).rename(columns={"code_insee": "code"})
    found = finess.points_outside_commune(table, shapes)
    assert [(one.record, one.code) for one in found] == [("340012988", "outside-commune")]
