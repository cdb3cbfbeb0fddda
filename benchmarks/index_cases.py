"""What the index benchmarks ask, and the data they ask it of."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

MAINLAND = (-5.2, 41.3, 9.6, 51.1)
ROW_GROUP = 1 << 17


@dataclass(frozen=True)
class Case:
    """One question: which points, which zones, how near (0: intersects)."""

    name: str
    zones: str
    points: str
    rows: int
    metres: float = 0.0
    nearest: bool = False
    target: float | None = None
    peak_mb: int | None = None


# Points of "towns" stand where structures and people do; "even" ones mostly in fields and the sea,
# where a PostGIS that has indexed the points beforehand need not look at them: told, not aimed at.
CASES = (
    Case("1 M points in 1,609 QPV", "qpv", "towns", 1_000_000, target=8),
    Case("10 M points in 1,609 QPV", "qpv", "towns", 10_000_000, target=8, peak_mb=450),
    Case("1 M even points in 1,609 QPV", "qpv", "even", 1_000_000),
    Case("1 M points in 34,932 communes", "communes", "even", 1_000_000, target=10),
    Case("10 M points in 34,932 communes", "communes", "even", 10_000_000, target=10, peak_mb=900),
    Case("1 M points within 300 m of a QPV", "qpv_2154", "towns", 1_000_000, 300, target=6),
    Case("1 M points within 500 m of a QPV", "qpv_2154", "towns", 1_000_000, 500, target=6),
    Case("1 M even points within 300 m of a QPV", "qpv_2154", "even", 1_000_000, 300),
    Case("nearest of 4,500 for 2.3 M points", "structures", "towns", 2_300_000, nearest=True),
)


def write_data(real_data: Path, folder: Path, cases: list[Case]) -> None:
    """Zones and points of the cases as files, so that every engine reads the very same."""
    for name in {case.zones for case in cases}:
        target = folder / f"{name}.parquet"
        if not target.exists():
            ZONES[name](real_data).to_parquet(target)
    for case in cases:
        points_file(real_data, folder, case)


def points_file(real_data: Path, folder: Path, case: Case) -> Path:
    """Parquet of x and y in the CRS of the case's zones."""
    metric = case.zones in ("qpv_2154", "structures")
    target = folder / f"points_{case.points}_{case.rows}_{2154 if metric else 4326}.parquet"
    if target.exists():
        return target
    draw = np.random.default_rng(20240101)
    west, south, east, north = MAINLAND
    x, y = draw.uniform(west, east, case.rows), draw.uniform(south, north, case.rows)
    if case.points == "towns":
        # Half of them around the middle of a QPV, as people and structures are.
        near = case.rows // 2
        middles = shapely.get_coordinates(shapely.centroid(qpv_2154(real_data).geometry.array))
        chosen = middles[draw.integers(0, len(middles), near)]
        town = gpd.GeoSeries.from_xy(*(chosen + draw.normal(0, 1500, (near, 2))).T, crs=2154)
        town = town.to_crs(4326)
        x[:near], y[:near] = town.x, town.y
        order = draw.permutation(case.rows)
        x, y = x[order], y[order]
    if metric:
        moved = gpd.GeoSeries.from_xy(x, y, crs=4326).to_crs(2154)
        x, y = moved.x.to_numpy(), moved.y.to_numpy()
    pq.write_table(pa.table({"x": x, "y": y}), target, row_group_size=ROW_GROUP)
    return target


def qpv(real_data: Path) -> gpd.GeoDataFrame:
    """All QPV of 2024, made valid."""
    with gzip.open(real_data / "qpv" / "qpv2024_simplified.geojson.gz") as file:
        frame = gpd.read_file(file)
    valid = shapely.make_valid(frame.geometry.to_numpy())
    return gpd.GeoDataFrame({"zone": np.arange(len(valid))}, geometry=valid, crs=4326)


def qpv_2154(real_data: Path) -> gpd.GeoDataFrame:
    """QPV of the mainland in Lambert-93."""
    frame = qpv(real_data).cx[-6:11, 41:52].to_crs(2154)
    frame["geometry"] = shapely.make_valid(frame.geometry.to_numpy())
    frame["zone"] = np.arange(len(frame))
    return frame.reset_index(drop=True)


def communes(real_data: Path) -> gpd.GeoDataFrame:
    """Communes of COG 2024, made valid."""
    frame = gpd.read_parquet(real_data / "communes" / "communes_cog2024_simplifie.parquet")
    valid = shapely.make_valid(frame.geometry.to_numpy())
    return gpd.GeoDataFrame({"zone": np.arange(len(valid))}, geometry=valid, crs=4326)


def structures(real_data: Path) -> gpd.GeoDataFrame:
    """4,500 places around the middles of QPV, as many as there are MSP and CDS in France."""
    draw = np.random.default_rng(7)
    middles = shapely.get_coordinates(shapely.centroid(qpv_2154(real_data).geometry.array))
    at = middles[draw.integers(0, len(middles), 4500)] + draw.normal(0, 4000, (4500, 2))
    return gpd.GeoDataFrame({"zone": np.arange(4500)}, geometry=shapely.points(at), crs=2154)


ZONES = {"qpv": qpv, "qpv_2154": qpv_2154, "communes": communes, "structures": structures}
