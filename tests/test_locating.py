"""Points by the million: same rows out, whatever the file, and the answers of GEOS."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geo_service.core.errors import SchemaError, SourceError
from geo_service.locating import locate_file


@pytest.fixture
def squares() -> gpd.GeoDataFrame:
    """Two squares of 100 m that share a side, one overlapping a third, in EPSG:2154."""
    return gpd.GeoDataFrame(
        {"code": ["A", "B", "C"]},
        geometry=shapely.box([0, 100, 50], [0, 0, 0], [100, 200, 150], [100, 100, 100]),
        crs=2154,
    )


def test_parquet_in_and_out_keeps_columns_and_types(squares, tmp_path: Path) -> None:
    table = pa.table(
        {"id": [1, 2, 3, 4], "x": [10.0, 100.0, 500.0, None], "y": [10.0, 50.0, 50.0, 5.0]}
    )
    points, out = tmp_path / "p.parquet", tmp_path / "o.parquet"
    pq.write_table(table, points)
    counted = locate_file(points, out, {"zones": squares}, crs=2154)
    found = pq.read_table(out)
    assert counted == {"rows": 4, "located": 3, "in_zones": 2}
    assert found.column("id").type == pa.int64()
    assert found.column("zones").to_pylist() == ["A", "A", None, None]
    # The shared side belongs to both squares, and the third one holds it too.
    assert found.column("zones_zones").to_pylist() == [1, 3, 0, 0]


def test_many_points_equal_geos(squares, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.integers(-20, 220, 50_000) * 1.0, rng.integers(-20, 120, 50_000) * 1.0
    points, out = tmp_path / "p.parquet", tmp_path / "o.parquet"
    pq.write_table(pa.table({"x": x, "y": y}), points)
    locate_file(points, out, {"zones": squares}, crs=2154)
    held = np.zeros(len(x), dtype=int)
    for square in squares.geometry:
        held += shapely.intersects_xy(square, x, y)
    assert (pq.read_table(out).column("zones_zones").to_numpy() == held).all()


def test_points_in_another_crs_are_carried(squares, tmp_path: Path) -> None:
    from geo_service.core.crs import transform

    shifted = squares.translate(650_000, 6_860_000)
    zones = gpd.GeoDataFrame({"code": squares["code"]}, geometry=shifted, crs=2154)
    lon, lat = transform([650_010.0], [6_860_010.0], 2154, 4326)
    points, out = tmp_path / "p.csv", tmp_path / "o.csv"
    points.write_text(
        f"longitude,latitude\n{float(lon[0])!r},{float(lat[0])!r}\n", encoding="utf-8"
    )
    locate_file(points, out, {"zones": zones})
    assert ',"A",' in out.read_text(encoding="utf-8").splitlines()[1] + ","


def test_a_file_without_rows_gets_its_columns(squares, tmp_path: Path) -> None:
    points, out = tmp_path / "p.csv", tmp_path / "o.csv"
    points.write_text("x,y\n", encoding="utf-8")
    assert locate_file(points, out, {"zones": squares}, crs=2154)["rows"] == 0
    assert out.read_text(encoding="utf-8").splitlines() == ['"x","y","zones","zones_zones"']


def test_precision_gives_three_answers(sample_file: Path, tmp_path: Path) -> None:
    from geo_service.store import StoredResult

    qpv = StoredResult(sample_file).read_layer("qpv_2024")
    point = qpv.geometry.representative_point().iloc[0]
    points, out = tmp_path / "p.csv", tmp_path / "o.parquet"
    rows = [(0.5, "inside"), (50_000.0, "undetermined")]
    lines = [f"{point.x!r},{point.y!r},{metres}" for metres, _ in rows]
    points.write_text("\n".join(["lon,lat,m", *lines, "0,0,1", f"{point.x!r},{point.y!r},"]))
    locate_file(points, out, {"qpv_2024": qpv}, precision="m")
    answers = pq.read_table(out).column("qpv_2024_answer").to_pylist()
    assert answers == [*(answer for _, answer in rows), "outside", None]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a,b\n1,2\n", SchemaError),
        ("x,y\n1,abc\n", SchemaError),
        ("x,y\n1,2,3\n", SourceError),
    ],
)
def test_bad_files_are_refused_and_nothing_is_left(
    squares, tmp_path: Path, text: str, problem: type[Exception]
) -> None:
    points, out = tmp_path / "p.csv", tmp_path / "o.csv"
    points.write_text(text, encoding="utf-8")
    with pytest.raises(problem):
        locate_file(points, out, {"zones": squares}, crs=2154)
    assert [path.name for path in tmp_path.iterdir()] == ["p.csv"]
