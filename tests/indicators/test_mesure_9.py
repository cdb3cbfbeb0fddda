"""Mesure 9 of March 2019, planted: the function that counts Occitanie gives back the table.

1,251 MSP and 2,188 CDS are placed inside, near and away from planted QPV; what comes back has to be
59 + 68 and 221 + 342, with the shares of the note.
"""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo_service.core.crs import transform
from geo_service.core.result import Anomalies, Provenance, Reading
from geo_service.core.tables import STRUCTURES, TERRITORIES, ZONES, shape_table
from geo_service.indicators import coverage
from geo_service.study import Study
from geo_service.study.area import select_area
from geo_service.study.building import prepare
from geo_service.study.material import Material
from geo_service.study.places import Places
from geo_service.study.snapshots import take_snapshot

AS_OF = dt.date(2019, 3, 31)
PLANTED = {"MSP": (59, 68, 1251), "CDS": (221, 342, 2188)}


def _provenance(name: str) -> Provenance:
    return Provenance(name, name, "planted", "planted", None, "0" * 64, 0, vintage=AS_OF)


def _reading(name: str, table) -> Reading:
    return Reading(name, table, Anomalies(), _provenance(name))


def _wgs84(shapes):
    return shapely.transform(
        shapes, lambda xy: np.column_stack(transform(xy[:, 0], xy[:, 1], 2154, 4326))
    )


def _squares(left: np.ndarray, side: float) -> np.ndarray:
    return shapely.box(left, 6_500_000.0, left + side, 6_500_000.0 + side)


def planted(limit_precision: float = 0.0):
    """The snapshot of March 2019, with QPV whose limits have this precision in metres."""
    lefts = 600_000.0 + 4_000.0 * np.arange(20)
    qpv = shape_table(
        gpd.GeoDataFrame(
            {
                "zone_id": [f"QP0990{n:02d}" for n in range(20)],
                "zone_kind": "qpv",
                "code": [f"QP0990{n:02d}" for n in range(20)],
                "name": "planté",
                "communes": "99001",
                "departement": "99",
                "valid_from": pd.Timestamp("2015-01-01"),
                "valid_to": pd.Timestamp("2023-12-31"),
                "legal_crs": 2154,
                "precision_m": limit_precision,
                "file": "planted",
            },
            geometry=_wgs84(_squares(lefts, 500.0)),
            crs=4326,
        ),
        ZONES,
    )
    rng = np.random.default_rng(9)
    rows = []
    for kind, (inside, near, total) in PLANTED.items():
        zone = rng.integers(0, 20, total)
        x = lefts[zone] + rng.uniform(50, 450, total)
        y = 6_500_000.0 + rng.uniform(50, 450, total)
        # East of the square by 20 to 280 m, or by 600 to 3,000 m: near, or away.
        x[inside:] = lefts[zone[inside:]] + 500 + rng.uniform(20, 280, total - inside)
        far = inside + near
        x[far:] = lefts[zone[far:]] + 500 + rng.uniform(600, 2_800, total - far)
        rows.append(pd.DataFrame({"kind": kind, "x": x, "y": y}))
    table = pd.concat(rows, ignore_index=True)
    lon, lat = transform(table["x"], table["y"], 2154, 4326)
    structures = shape_table(
        gpd.GeoDataFrame(
            {
                "structure_id": [f"{n:09d}" for n in range(len(table))],
                "finess": [f"{n:09d}" for n in range(len(table))],
                "kind": table["kind"],
                "opened": pd.Timestamp("2010-01-01"),
                "commune": "99001",
                "departement": "99",
                "lon": lon,
                "lat": lat,
                "legal_crs": 2154,
                "position": "surveyed",
                "precision_m": 1.0,
                "file": "planted",
            },
            geometry=shapely.points(lon, lat),
            crs=4326,
        ),
        STRUCTURES,
    )
    contour = _wgs84(np.asarray([shapely.box(500_000, 6_400_000, 800_000, 6_600_000)]))
    territories = shape_table(
        gpd.GeoDataFrame(
            {
                "territory": ["france:FR", "region:99", "departement:99", "commune:99001"],
                "level": ["france", "region", "departement", "commune"],
                "code": ["FR", "99", "99", "99001"],
                "name": "planté",
                "departement": [None, None, "99", "99"],
                "region": [None, "99", "99", "99"],
                "population": 1_000_000.0,
                "legal_crs": 2154,
                "file": "planted",
            },
            geometry=[contour[0]] * 4,
            crs=4326,
        ),
        TERRITORIES,
    )
    material = Material()
    for kind, reading in (
        ("finess", _reading("structures", structures)),
        ("qpv", _reading("zones", qpv)),
    ):
        material.readings[kind] = [reading]
    study = Study("mesure 9", "france", AS_OF, (), kinds=("MSP", "CDS"))
    places = Places(territories, {})
    prepared = prepare(study, material, places, select_area(study, places, {"99"}))
    return take_snapshot(prepared, AS_OF)


@pytest.fixture(scope="module")
def snapshot():
    return planted()


@pytest.mark.parametrize("kind", ["MSP", "CDS"])
def test_row_2_of_the_acceptance_cases(snapshot, kind: str) -> None:
    inside, near, total = PLANTED[kind]
    table = coverage.compute(snapshot).to_table()
    france = table[(table["territory"] == "france:FR") & (table["kind"] == kind)]

    def value(indicator: str, definition: str | None = "proxy-300m") -> float:
        chosen = france[france["indicator"] == indicator]
        chosen = chosen[
            chosen["definition"].isna()
            if definition is None
            else chosen["definition"] == definition
        ]
        return float(chosen["value"].iloc[0])

    assert value("structures_open", None) == total
    assert value("structures_in_qpv", "qpv") == inside
    assert value("structures_in_quartier_vecu") == near
    assert value("structures_near_qpv") == inside + near
    assert value("structures_elsewhere") == total - inside - near
    shares = {"MSP": (4.7, 10.2), "CDS": (10.1, 25.7)}[kind]
    assert round(100 * value("share_in_qpv", "qpv"), 1) == shares[0]
    assert round(100 * value("share_near_qpv"), 1) == shares[1]


def test_the_declared_definition_is_null_and_not_zero(snapshot) -> None:
    table = coverage.compute(snapshot).to_table()
    declared = table[(table["definition"] == "declared") & (table["territory"] == "france:FR")]
    assert len(declared)
    assert declared["value"].isna().all()


def test_limits_of_unknown_precision_leave_no_bounds() -> None:
    table = coverage.compute(planted(limit_precision=np.nan)).to_table()
    msp = table[(table["territory"] == "france:FR") & (table["kind"] == "MSP")]
    in_qpv = msp[msp["indicator"] == "structures_in_qpv"].iloc[0]
    assert in_qpv["value"] == PLANTED["MSP"][0]
    assert np.isnan(in_qpv["low"])
    assert np.isnan(in_qpv["high"])
    assert in_qpv["unknown_precision"] == PLANTED["MSP"][2]
    # Whether it is open does not depend on where the limit runs.
    opened = msp[msp["indicator"] == "structures_open"].iloc[0]
    assert opened["low"] == opened["high"] == PLANTED["MSP"][2]
