"""Rows 1 to 6 and 15 of the acceptance cases: mesure 9 planted, built, stored, computed back.

MSP and CDS open by dates that give 42 and 209 in QPV in March 2018, 59 and 221 a year later, with
68 and 342 declared in quartier vécu from 2019 on. Nothing below reads a constant back: counts,
shares and progression come from structures, QPV and a declared list.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo_service.core.crs import transform
from geo_service.core.result import Anomalies, Provenance, Reading
from geo_service.core.tables import DECLARED, STRUCTURES, TERRITORIES, ZONES, shape_table
from geo_service.mesure9 import (
    BOTH,
    MAP_SOURCE,
    Mesure9,
    definition_label,
    disagreements,
    mesure9,
    official_figures,
    scope_label,
    why_different,
)
from geo_service.progression import progression, state_at, states_of
from geo_service.store import StoredResult, save_result
from geo_service.study import Study, building
from geo_service.study.material import Material
from geo_service.study.places import Places

EARLY, LATE = dt.date(2018, 3, 31), dt.date(2019, 3, 31)
PLANTED = {
    # inside early, inside late, declared in quartier vécu, total early, total late
    "MSP": (42, 59, 68, 1_048, 1_251),
    "CDS": (209, 221, 342, 2_063, 2_188),
}
VINTAGE = dt.date(2019, 4, 5)


def _provenance(name: str) -> Provenance:
    return Provenance(name, name, "planted", f"{name}.csv", None, "0" * 64, 0, vintage=VINTAGE)


def _reading(kind: str, name: str, table: Any) -> Reading:
    return Reading(name, table, Anomalies(), _provenance(kind))


def _wgs84(shapes: Any) -> Any:
    return shapely.transform(
        shapes, lambda xy: np.column_stack(transform(xy[:, 0], xy[:, 1], 2154, 4326))
    )


_LEFTS = 600_000.0 + 4_000.0 * np.arange(20)


def _qpv() -> Any:
    squares = shapely.box(_LEFTS, 6_500_000.0, _LEFTS + 500.0, 6_500_500.0)
    codes = [f"QP0140{n:02d}" for n in range(20)]
    table = pd.DataFrame({"zone_id": codes, "code": codes}).assign(
        zone_kind="qpv",
        name="planté",
        communes="14001",
        departement="14",
        valid_from=pd.Timestamp("2015-01-01"),
        valid_to=pd.Timestamp("2023-12-31"),
        legal_crs=2154,
        precision_m=0.0,
        file="qpv.csv",
    )
    return shape_table(gpd.GeoDataFrame(table, geometry=_wgs84(squares), crs=4326), ZONES)


def _structures() -> tuple[Any, Any]:
    """Structures, and the list of those that the ARS declared: some of them 700 m away."""
    rng = np.random.default_rng(9)
    rows, declared = [], []
    for kind, (inside_early, inside_late, near, early, late) in PLANTED.items():
        x = _LEFTS[rng.integers(0, 20, late)]
        offset = np.concatenate(
            [
                rng.uniform(50, 450, inside_late),
                500 + rng.uniform(20, 250, near // 2),
                500 + rng.uniform(600, 2_500, late - inside_late - near // 2),
            ]
        )
        opened = np.full(late, np.datetime64("2010-01-01"))
        opened[inside_early:inside_late] = np.datetime64("2018-06-01")
        newer = late - early - (inside_late - inside_early)
        opened[late - newer :] = np.datetime64("2018-09-15")
        start = 0 if kind == "MSP" else 500_000
        numbers = [f"{140_000_000 + start + n}" for n in range(late)]
        rows.append(
            pd.DataFrame(
                {
                    "structure_id": numbers,
                    "finess": numbers,
                    "kind": kind,
                    "speciality": None,
                    "opened": opened.astype("datetime64[s]"),
                    "x": x + offset,
                    "y": 6_500_000.0 + rng.uniform(50, 450, late),
                }
            )
        )
        declared += numbers[inside_late : inside_late + near]
    table = pd.concat(rows, ignore_index=True)
    lon, lat = transform(table.pop("x"), table.pop("y"), 2154, 4326)
    table = table.assign(
        lon=lon,
        lat=lat,
        name="PLANTEE",
        commune="14001",
        departement="14",
        legal_crs=2154,
        position="surveyed",
        precision_m=1.0,
        file="finess.csv",
    )
    shaped = gpd.GeoDataFrame(table, geometry=shapely.points(lon, lat), crs=4326)
    listed = pd.DataFrame({"finess": declared}).assign(
        declared_from=pd.Timestamp("2019-03-01"), declarant="ARS", file="quartier_vecu.csv"
    )
    return shape_table(shaped, STRUCTURES), shape_table(listed, DECLARED)


def _territories() -> Any:
    contour = _wgs84(np.asarray([shapely.box(500_000, 6_400_000, 800_000, 6_600_000)]))
    table = pd.DataFrame(
        {
            "territory": ["france:FR", "region:28", "departement:14", "commune:14001"],
            "level": ["france", "region", "departement", "commune"],
            "code": ["FR", "28", "14", "14001"],
            "name": "planté",
            "departement": [None, None, "14", "14"],
            "region": [None, "28", "28", "28"],
            "population": 1_000_000.0,
            "legal_crs": 2154,
            "file": "territories.csv",
        }
    )
    return shape_table(gpd.GeoDataFrame(table, geometry=[contour[0]] * 4, crs=4326), TERRITORIES)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoredResult]:
    """The main job over planted tables, stored and opened again."""
    structures, declared = _structures()
    material = Material()
    for kind, name, table in (
        ("finess", "structures", structures),
        ("qpv", "zones", _qpv()),
        ("quartier_vecu", "declared", declared),
    ):
        material.readings[kind] = [_reading(kind, name, table)]
        material.provenance.append(_provenance(kind))
    study = Study("mesure 9", "france", LATE, (), also_at=(EARLY,), kinds=("MSP", "CDS"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "read_material", lambda *_: material)
        patch.setattr(building, "gather_places", lambda *_: Places(_territories(), {}))
        result = building.build(study)
    path = tmp_path_factory.mktemp("mesure9") / "mesure9.gpkg"
    save_result(result, path)
    with StoredResult(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def table(stored: StoredResult) -> Mesure9:
    return mesure9(stored)


def _value(table: Mesure9, kind: str, measure: str, date: dt.date, definition=None):
    return table.find(kind, measure, date, definition).value


def test_row_01_mesure_9_march_2018(table: Mesure9) -> None:
    """MSP in QPV 42 / 1 048 national; CDS 209 / 2 063; quartier vécu 2018 null, never 0."""
    for kind, (inside, *_, total, _) in PLANTED.items():
        assert _value(table, kind, "structures_in_qpv", EARLY) == inside
        assert _value(table, kind, "structures_open", EARLY) == total
        for measure in ("structures_in_quartier_vecu", "structures_near_qpv", "share_near_qpv"):
            unknown = table.find(kind, measure, EARLY, "declared")
            assert (unknown.value, unknown.low, unknown.high) == (None, None, None)
        assert _value(table, kind, "structures_in_quartier_vecu", EARLY, "proxy-300m") is not None


def test_row_02_mesure_9_march_2019(table: Mesure9) -> None:
    """MSP 59 + 68 = 127 / 1 251; CDS 221 + 342 = 563 / 2 188; QPV and QV disjoint (they sum)."""
    for kind, (_, inside, near, _, total) in PLANTED.items():
        assert _value(table, kind, "structures_in_qpv", LATE) == inside
        assert _value(table, kind, "structures_in_quartier_vecu", LATE, "declared") == near
        assert _value(table, kind, "structures_near_qpv", LATE, "declared") == inside + near
        assert _value(table, kind, "structures_open", LATE) == total
    assert _value(table, "MSP", "structures_near_qpv", LATE, "declared") == 127
    assert _value(table, "CDS", "structures_near_qpv", LATE, "declared") == 563


def test_row_03_progression_and_shares(table: Mesure9, stored: StoredResult) -> None:
    """+17, +12, +29 in QPV; +203 and +125; 4.0→4.7 %, 10.2 %; 10.1→10.1 %, 25.7 %."""
    changes = {
        (kind, measure): table.find(kind, measure, LATE).change
        for kind in ("MSP", "CDS", BOTH)
        for measure in ("structures_in_qpv", "structures_open")
        if (kind, measure) != (BOTH, "structures_open")
    }
    assert changes == {
        ("MSP", "structures_in_qpv"): 17,
        ("CDS", "structures_in_qpv"): 12,
        (BOTH, "structures_in_qpv"): 29,
        ("MSP", "structures_open"): 203,
        ("CDS", "structures_open"): 125,
    }

    def per_cent(kind: str, measure: str, date: dt.date, definition: str | None = None) -> float:
        value = _value(table, kind, measure, date, definition)
        assert value is not None
        return round(100 * value, 1)

    assert [per_cent("MSP", "share_in_qpv", day) for day in (EARLY, LATE)] == [4.0, 4.7]
    assert [per_cent("CDS", "share_in_qpv", day) for day in (EARLY, LATE)] == [10.1, 10.1]
    assert per_cent("MSP", "share_near_qpv", LATE, "declared") == 10.2
    assert per_cent("CDS", "share_near_qpv", LATE, "declared") == 25.7
    # « recensées » is not « créées »: here every one of the 17 and 12 did open in between.
    for kind, more in (("MSP", 17), ("CDS", 12)):
        taken = progression(stored, since=EARLY, until=LATE, kind=kind, within="qpv")
        assert taken.difference == taken.parts["opened"] == more
        assert taken.parts["closed"] is None
        everywhere = progression(stored, since=EARLY, until=LATE, kind=kind)
        assert everywhere.parts["opened"] == {"MSP": 203, "CDS": 125}[kind]


def test_row_04_scope_is_explicit(table: Mesure9, stored: StoredResult) -> None:
    """Mesure 9 counts mono-professional CDS; another scope is another count, never guessed."""
    assert table.scope == "all"
    assert "mono" in scope_label(table.scope).say("fr")
    pluri = mesure9(stored, scope="pluri")
    centres = pluri.find("CDS", "structures_in_qpv", LATE)
    assert (centres.value, centres.low, centres.high) == (None, 0, 221)
    assert _value(pluri, "MSP", "structures_in_qpv", LATE) == 59
    assert pluri.find(BOTH, "structures_in_qpv", LATE).change is None
    assert pluri.notes


def test_row_05_quartier_vecu_is_declared_and_no_buffer(
    table: Mesure9, stored: StoredResult
) -> None:
    """QV comes from « remontée d'informations des ARS » = declared, not a buffer."""
    assert "ARS" in definition_label("declared").say("fr")
    assert "pas une distance" in definition_label("declared").say("fr")
    assert "300 m" in definition_label("proxy-300m").say("fr")
    declared = _value(table, "MSP", "structures_in_quartier_vecu", LATE, "declared")
    buffer = _value(table, "MSP", "structures_in_quartier_vecu", LATE, "proxy-300m")
    assert declared == 68
    assert buffer == 34
    listed = disagreements(stored)
    assert listed.rows is not None
    far = [one for one in listed.rows if one.what == "declared-farther" and one.threshold == 300]
    assert len(far) == 68 - 34 + 342 - 171
    assert all(one.metres is not None and one.metres >= 300 for one in far)
    assert {one.state for one in far} == {"sure"}
    assert disagreements(stored, as_of=EARLY).rows is None
    assert any("ARS" in reason.say("fr") for reason in why_different(table))


def test_row_06_maps_of_structures_in_and_near_qpv(stored: StoredResult) -> None:
    """MSP in/near QPV; CDS in/near QPV; source line « DGOS mars 2019 »."""
    from geo_service.web import create_app

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_RATE", "off")
        client = create_app(stored.path).test_client()
    for kind, (_, inside, near, _, _) in PLANTED.items():
        answer = client.get(f"/mesure-9/{kind}.geojson")
        features = answer.get_json(force=True)["features"]
        told = [one["properties"]["place"] for one in features]
        assert (told.count("in"), told.count("declared")) == (inside, near)
        page = client.get(f"/mesure-9/carte/{kind}")
        assert page.status_code == 200
    text = client.get("/mesure-9").get_data(as_text=True)
    assert MAP_SOURCE.say("fr") in text
    published = {(one.kind, one.measure, one.date): one.value for one in official_figures()}
    for kind, (_, inside, near, _, _) in PLANTED.items():
        assert published[kind, "structures_in_qpv", LATE] == inside
        assert published[kind, "structures_in_quartier_vecu", LATE] == near


def test_row_15_open_and_under_construction_at_a_date(stored: StoredResult) -> None:
    """Open / under construction at a date: by dates, and by the millésime that announced them."""
    structures = stored.read_layer("structures")
    announced = state_at(structures, EARLY, EARLY)
    assert (announced == "open").sum() == 1_048 + 2_063
    assert (announced == "announced").sum() == 203 + 125
    layer = states_of(stored, EARLY, kind="MSP")  # a register of 2019 cannot say what was announced
    assert layer["state"].value_counts().to_dict() == {"open": 1_048, "later": 203}


def test_the_result_is_read_by_the_command(stored: StoredResult, capfd) -> None:
    import json

    from geo_service.cli import main

    main(["mesure9", str(Path(stored.path)), "--json"])
    told = json.loads(capfd.readouterr().out)
    found = [
        row["value"]
        for row in told["figures"]
        if (row["kind"], row["measure"], row["date"]) == ("MSP", "structures_in_qpv", "2019-03-31")
    ]
    assert found == [59]
    assert told["disagreements"]["declared"] == 68 + 342
