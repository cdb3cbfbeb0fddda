"""The engines compared: each prepares its own tables, then answers the same question.

``prepare(case, zones, x, y)`` returns ``ask`` (timed) and ``pairs`` (for the comparison of answers,
given what ``ask`` returned). Points and zones are in memory, as each engine likes them best, with
its index where it keeps one: only the join is timed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from .index_cases import Case

Pairs = tuple[np.ndarray, np.ndarray]
Prepared = tuple[Callable[[], Any], Callable[[Any], Pairs]]


def same(found: Any) -> Pairs:
    return found


def geo_service(case: Case, zones: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> Prepared:
    from geo_service.engine import SpatialIndex

    index = SpatialIndex(zones, method="table")
    if case.nearest:
        index.nearest(x[:1], y[:1])  # builds the buckets
        return lambda: index.nearest(x, y)[0][:, 0], lambda found: (np.arange(len(x)), found)
    if case.metres:
        index.within_distance(x[:1], y[:1], case.metres)  # loads or builds the table
        return lambda: index.within_distance(x, y, case.metres), same
    index.query(x[:1], y[:1])
    return lambda: index.query(x, y), same


def sjoin(case: Case, zones: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> Prepared:
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=zones.crs)

    def ask() -> gpd.GeoDataFrame:
        if case.nearest:
            return gpd.sjoin_nearest(points, zones)
        if case.metres:
            return gpd.sjoin(points, zones, predicate="dwithin", distance=case.metres)
        return gpd.sjoin(points, zones)

    return ask, lambda joined: (joined.index.to_numpy(), joined["zone"].to_numpy())


def strtree(case: Case, zones: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> Prepared:
    points = shapely.points(x, y)
    tree = shapely.STRtree(zones.geometry.to_numpy())
    if case.nearest:
        return lambda: tree.query_nearest(points), same
    if case.metres:
        return lambda: tree.query(points, predicate="dwithin", distance=case.metres), same
    return lambda: tree.query(points, predicate="intersects"), same


def ckdtree(case: Case, zones: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> Prepared:
    from scipy.spatial import cKDTree

    if not case.nearest:
        raise NotImplementedError("points only")
    tree = cKDTree(shapely.get_coordinates(zones.geometry.to_numpy()))
    at = np.column_stack([x, y])
    return (
        lambda: tree.query(at, workers=-1)[1],
        lambda found: (np.arange(len(x)), found.astype(np.int64)),
    )


def sedonadb(case: Case, zones: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> Prepared:
    import pyarrow as pa
    import sedonadb as sedona

    db = sedona.connect()
    db.create_data_frame(zones).to_memtable().to_view("zones")
    rows = pa.table({"point": np.arange(len(x)), "x": x, "y": y})
    db.create_data_frame(rows).to_view("bare")
    crs = zones.crs.to_epsg()
    db.sql(
        f"SELECT point, ST_SetSRID(ST_Point(x, y), {crs}) AS geom FROM bare"
    ).to_memtable().to_view("points")
    if case.nearest:
        on = "ST_KNN(p.geom, z.geometry, 1, FALSE)"
    elif case.metres:
        on = f"ST_DWithin(p.geom, z.geometry, {case.metres})"
    else:
        on = "ST_Intersects(p.geom, z.geometry)"
    join = db.sql(f"SELECT p.point, z.zone FROM points p JOIN zones z ON {on}")
    return join.to_arrow_table, lambda t: (t["point"].to_numpy(), t["zone"].to_numpy())


def duckdb(case: Case, zones: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> Prepared:
    import duckdb as duck
    import duckdb_extension_spatial
    import pyarrow as pa

    if case.nearest:
        raise NotImplementedError("no nearest join")
    folder = Path(duckdb_extension_spatial.__file__).parent / "extensions"
    extension = folder / f"v{duck.__version__}" / "spatial.duckdb_extension"
    db = duck.connect(config={"allow_unsigned_extensions": True})
    db.execute(f"LOAD '{extension}'")
    bare_zones = pa.table({"zone": zones["zone"], "wkb": shapely.to_wkb(zones.geometry.array)})
    bare = pa.table({"point": np.arange(len(x)), "x": x, "y": y})
    db.register("bare_zones", bare_zones)
    db.register("bare", bare)
    db.execute("CREATE TABLE zones AS SELECT zone, ST_GeomFromWKB(wkb) AS geom FROM bare_zones")
    db.execute("CREATE TABLE points AS SELECT point, ST_Point(x, y) AS geom FROM bare")
    on = (
        f"ST_DWithin(z.geom, p.geom, {case.metres})"
        if case.metres
        else "ST_Intersects(z.geom, p.geom)"
    )
    question = f"SELECT p.point, z.zone FROM points p JOIN zones z ON {on}"
    return (
        lambda: db.execute(question).fetchnumpy(),
        lambda found: (np.asarray(found["point"]), np.asarray(found["zone"])),
    )


def polars_st(case: Case, zones: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> Prepared:
    import polars as pl
    import polars_st as st

    if case.nearest:
        raise NotImplementedError("no nearest join")
    points = pl.DataFrame({"point": np.arange(len(x)), "x": x, "y": y}).select(
        "point", geometry=st.point(pl.concat_arr("x", "y"))
    )
    polygons = pl.DataFrame(
        {"zone": zones["zone"].to_numpy(), "geometry": shapely.to_wkb(zones.geometry.array)}
    )
    how: dict[str, Any] = {"predicate": "intersects"}
    if case.metres:
        how = {"predicate": "dwithin", "distance": case.metres}
    return (
        lambda: points.st.sjoin(polygons, on="geometry", **how),
        lambda joined: (joined["point"].to_numpy(), joined["zone"].to_numpy()),
    )


def postgis(case: Case, zones: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> Prepared:
    import psycopg

    dsn = os.environ.get("BENCH_POSTGIS")
    if not dsn:
        raise ImportError("no PostGIS server")
    db = psycopg.connect(dsn, autocommit=True)
    srid = zones.crs.to_epsg()
    db.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    db.execute("DROP TABLE IF EXISTS zones, bare, points")
    db.execute(f"CREATE UNLOGGED TABLE zones (zone int, geom geometry(Geometry, {srid}))")
    with db.cursor() as cursor, cursor.copy("COPY zones FROM STDIN") as copy:
        shapes = shapely.set_srid(zones.geometry.to_numpy(), srid)
        texts = shapely.to_wkb(shapes, hex=True, include_srid=True)
        for row in zip(zones["zone"].tolist(), texts, strict=True):
            copy.write_row(row)
    db.execute("CREATE UNLOGGED TABLE bare (point bigint, x float8, y float8)")
    kind = [("n", ">i2"), ("a", ">i4"), ("point", ">i8"), ("b", ">i4"), ("x", ">f8"),
            ("c", ">i4"), ("y", ">f8")]  # fmt: skip
    rows = np.zeros(len(x), dtype=kind)
    rows["n"], rows["a"], rows["b"], rows["c"] = 3, 8, 8, 8
    rows["point"], rows["x"], rows["y"] = np.arange(len(x)), x, y
    with db.cursor() as cursor, cursor.copy("COPY bare FROM STDIN (FORMAT binary)") as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        for start in range(0, len(rows), 100_000):
            copy.write(rows[start : start + 100_000].tobytes())
        copy.write(b"\xff\xff")
    db.execute(
        "CREATE UNLOGGED TABLE points AS "
        f"SELECT point, ST_SetSRID(ST_MakePoint(x, y), {srid}) AS geom FROM bare"
    )
    # An index on either side: the planner takes the better one.
    db.execute("CREATE INDEX ON zones USING gist (geom)")
    db.execute("CREATE INDEX ON points USING gist (geom)")
    db.execute("ALTER TABLE points SET (parallel_workers = 2)")
    db.execute("ANALYZE zones")
    db.execute("ANALYZE points")
    if case.nearest:
        source = (
            "points p CROSS JOIN LATERAL "
            "(SELECT zone FROM zones ORDER BY zones.geom <-> p.geom LIMIT 1) z"
        )
        counted = f"SELECT count(*), sum(zone) FROM (SELECT z.zone FROM {source}) AS found"
    else:
        on = (
            f"ST_DWithin(z.geom, p.geom, {case.metres})"
            if case.metres
            else "ST_Intersects(z.geom, p.geom)"
        )
        source = f"points p JOIN zones z ON {on}"
        counted = f"SELECT count(*) FROM {source}"

    def pairs(_: Any) -> Pairs:
        with db.cursor(binary=True) as cursor:
            cursor.execute(f"SELECT p.point, z.zone FROM {source}")
            found = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    # Counted on the server: sending the pairs to the client is not held against it.
    return lambda: db.execute(counted).fetchone(), pairs


ENGINES: dict[str, Callable[..., Prepared]] = {
    "geo_service": geo_service,
    "geopandas.sjoin": sjoin,
    "STRtree": strtree,
    "SedonaDB": sedonadb,
    "PostGIS": postgis,
    "DuckDB spatial": duckdb,
    "polars-st": polars_st,
    "scipy cKDTree": ckdtree,
}
REQUIRED = ("geopandas.sjoin", "STRtree", "SedonaDB", "PostGIS")
