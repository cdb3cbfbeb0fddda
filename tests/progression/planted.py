"""Small stored results drawn by hand: squares as QPV, structures where one wants them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_service.core.crs import transform
from geo_service.core.figures import FigureTable
from geo_service.core.result import Anomalies, Provenance, Result
from geo_service.core.tables import CLASSES, DECLARED, STRUCTURES, TERRITORIES, ZONES, shape_table
from geo_service.store import StoredResult, save_result

X0, Y0 = 650_000.0, 6_700_000.0
"""Origin of the drawing, EPSG:2154; places are given in metres from it."""


def wgs84(shapes: Any) -> Any:
    return shapely.transform(
        shapes, lambda xy: np.column_stack(transform(xy[:, 0], xy[:, 1], 2154, 4326))
    )


def square(left: float, bottom: float, side: float) -> Any:
    return shapely.box(X0 + left, Y0 + bottom, X0 + left + side, Y0 + bottom + side)


def structure(
    number: str,
    x: float,
    y: float,
    *,
    opened: str | None = "2010-01-01",
    closed: str | None = None,
    kind: str = "MSP",
    commune: str = "14001",
    precision: float = 0.0,
    siret: str | None = None,
    name: str | None = None,
    speciality: str | None = None,
) -> dict[str, Any]:
    return {
        "structure_id": number,
        "finess": number,
        "siret": siret,
        "name": name or f"SITE {number}",
        "kind": kind,
        "speciality": speciality,
        "opened": pd.Timestamp(opened),
        "closed": pd.Timestamp(closed),
        "commune": commune,
        "departement": commune[:2],
        "x": x,
        "y": y,
        "precision_m": precision,
    }


def qpv(code: str, left: float, bottom: float, side: float, since: str, until: str | None) -> Any:
    return {
        "zone_id": code,
        "code": code,
        "name": code,
        "communes": "14001",
        "departement": "14",
        "valid_from": pd.Timestamp(since),
        "valid_to": pd.Timestamp(until),
        "shape": square(left, bottom, side),
    }


OLD = ("2015-01-01", "2023-12-31")
NEW = ("2024-01-01", None)
QPV = (
    qpv("QP014001", 0, 0, 500, *OLD),
    qpv("QP014002", 5_000, 0, 500, *OLD),
    qpv("QN01401I", 0, 0, 500, *NEW),
    qpv("QN01403N", 9_000, 0, 500, *NEW),
)
"""One stays, one goes, one comes on 1 January 2024."""


def structures_table(rows: list[dict[str, Any]]) -> Any:
    table = pd.DataFrame(rows)
    lon, lat = transform(table.pop("x") + X0, table.pop("y") + Y0, 2154, 4326)
    table = table.assign(
        lon=lon, lat=lat, legal_crs=2154, position="surveyed", file="planted", row=1
    )
    shapes = shapely.points(lon, lat)
    return shape_table(gpd.GeoDataFrame(table, geometry=shapes, crs=4326), STRUCTURES)


def zones_table(zones: tuple[Any, ...]) -> Any:
    table = pd.DataFrame([{k: v for k, v in zone.items() if k != "shape"} for zone in zones])
    table = table.assign(zone_kind="qpv", legal_crs=2154, precision_m=0.0, file="planted", row=1)
    shapes = wgs84(np.asarray([zone["shape"] for zone in zones]))
    return shape_table(gpd.GeoDataFrame(table, geometry=shapes, crs=4326), ZONES)


def _communes() -> Any:
    table = pd.DataFrame(
        {
            "territory": ["commune:14001", "commune:14002"],
            "level": "commune",
            "code": ["14001", "14002"],
            "name": ["Ici", "Là"],
            "epci": "200000001",
            "departement": "14",
            "region": "28",
            "population": 1000.0,
            "legal_crs": 2154,
            "file": "planted",
        }
    )
    shapes = wgs84(np.asarray([square(-20_000, -20_000, 40_000), square(25_000, -20_000, 40_000)]))
    shaped = shape_table(gpd.GeoDataFrame(table, geometry=shapes, crs=4326), TERRITORIES)
    shaped["covered"] = True
    return shaped


def store(
    path: Path,
    structures: list[dict[str, Any]],
    *,
    zones: tuple[Any, ...] = QPV,
    vintage: str | None = "2026-01-05",
    declared: list[tuple[str, str]] = (),  # type: ignore[assignment]
    declared_zones: tuple[Any, ...] = (),
    as_of: str = "2026-01-01",
    orders: list[dict[str, Any]] | None = None,
) -> StoredResult:
    """A stored result with these structures; ``declared``: FINESS number and day."""
    layers = {"structures": structures_table(structures), "communes": _communes()}
    held = zones_table(zones)
    for name, prefix in (("qpv_2015", "QP"), ("qpv_2024", "QN")):
        own = held[held["code"].str.startswith(prefix)]
        if len(own):
            layers[name] = own.reset_index(drop=True)
    if declared_zones:
        layers["declared_zones"] = zones_table(declared_zones)
    tables = {}
    if declared:
        table = pd.DataFrame(declared, columns=["finess", "declared_from"])
        table["declared_from"] = pd.to_datetime(table["declared_from"])
        tables["declared"] = shape_table(table.assign(file="planted"), DECLARED)
    if orders is not None:
        tables["classes"] = classes_table(orders)
    result = Result(
        facts={
            "name": "planté",
            "territory": "region:28",
            "territory_name": "Plantation",
            "as_of": as_of,
            "dates": [as_of],
            "scope": "all",
            "kinds": ["MSP", "CDS", "CPTS"],
            "structures_vintage": vintage,
            "fictitious": True,
            "code_version": "0",
        },
        layers=layers,
        indicators=FigureTable.join([]),
        anomalies=Anomalies(),
        provenance=[Provenance("planted", "finess", "planted", "planted", None, "0" * 64, 0)],
        tables=tables,
    )
    save_result(result, path)
    return StoredResult(path)


def order(
    unit: str,
    code: str,
    zone_class: str | None,
    since: str | None = None,
    until: str | None = None,
    *,
    published: str | None = None,
) -> dict[str, Any]:
    """One row of a zoning order."""
    return {
        "unit": unit,
        "code": code,
        "zone_class": zone_class,
        "published": published or zone_class,
        "profession": "médecin généraliste",
        "valid_from": pd.Timestamp(since),
        "valid_to": pd.Timestamp(until),
        "order": f"Arrêté planté {since}",
        "file": f"zonage-{since}.csv",
        "row": 1,
    }


def classes_table(rows: list[dict[str, Any]]) -> Any:
    return shape_table(pd.DataFrame(rows), CLASSES)
