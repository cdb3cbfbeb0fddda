from __future__ import annotations

import datetime as dt
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo_service.core.errors import SchemaError, StoreError
from geo_service.core.tables import INDICATORS, STRUCTURES, shape_table
from geo_service.exchange.read_back import read_back
from geo_service.exchange.table_schema import describe, dtypes, typed


def test_loose_types_become_the_six_of_the_tables() -> None:
    table = typed(
        pd.DataFrame(
            {
                "text": pd.Series(["a", None], dtype=object),
                "category": pd.Categorical(["x", "y"]),
                "integer": pd.Series([1, 2], dtype="int32"),
                "number": pd.Series([1, 2], dtype="float32"),
                "date": [dt.date(2026, 1, 31), None],
                "boolean": [True, False],
            }
        ).set_axis([7, 7])
    )
    assert list(table.dtypes.astype(str)) == [
        "str", "str", "Int64", "float64", "datetime64[s]", "boolean",
    ]  # fmt: skip
    assert list(table.index) == [0, 1]
    assert list(dtypes(table).values()) == ["text", "text", "integer", "number", "date", "boolean"]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("mixed", ["a", 1]),
        ("hours", pd.to_datetime(["2026-01-01 12:00"] * 2)),
        ("lists", [[1], [2]]),
    ],
)
def test_what_cannot_be_said_is_refused_by_name(column: str, values: list[object]) -> None:
    with pytest.raises(SchemaError, match=column):
        typed(pd.DataFrame({column: values}))


def test_names_that_differ_by_case_only_are_refused() -> None:
    with pytest.raises(SchemaError, match="Deux colonnes"):
        typed(pd.DataFrame({"Nom": ["a"], "nom": ["b"]}))


def test_the_columns_of_the_house_bring_meaning_unit_and_bounds() -> None:
    rows = pd.DataFrame({"structure_id": ["1"]})
    layer = shape_table(
        gpd.GeoDataFrame(rows, geometry=[shapely.Point(1, 43)], crs=4326), STRUCTURES
    )
    said = describe(layer.assign(extra=1), name="structures", language="fr")
    fields = {field["name"]: field for field in said["fields"]}
    assert said["primaryKey"] == ["structure_id"]
    assert said["geometry"] == {"column": "geometry", "crs": "EPSG:4326", "types": ["Point"]}
    assert fields["opened"] == {"name": "opened", "type": "date", "title": "Date d'ouverture"}
    assert fields["precision_m"]["unit"] == "m"
    assert fields["precision_m"]["constraints"] == {"minimum": 0}
    assert fields["extra"] == {"name": "extra", "type": "integer"}
    some = describe(shape_table(pd.DataFrame(), INDICATORS)[["value", "as_of"]], language="en")
    assert some["title"] == "Indicators, one value a row"


def test_reading_back_something_else_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    (tmp_path / "b.csv").write_text("a\n1\n")
    (tmp_path / "c.gpkg").write_bytes(b"junk" * 100)
    for name in ("a.geojson", "b.csv", "c.gpkg", "absent.fgb", "absent.parquet", "d.txt"):
        with pytest.raises(StoreError, match=name.replace(".", r"\.")):
            read_back(tmp_path / name)
