"""A result is saved whole or not at all, and reads back as it was."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import math
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import fiona
import geopandas as gpd
import geopandas.testing
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from geo_service.core.errors import StoreError, UnknownNameError
from geo_service.core.i18n import T
from geo_service.core.result import Anomalies, Anomaly, Provenance, Result
from geo_service.core.tables import INDICATORS, STRUCTURES, ZONES, shape_table
from geo_service.store import StoredResult, fingerprint, save_result

PLACES = {
    2154: (1.44, 43.6),
    5490: (-61.5, 16.2),
    2972: (-52.3, 4.9),
    2975: (55.5, -21.1),
    4471: (45.2, -12.8),
    4467: (-56.2, 46.8),
}
SOURCE = Provenance(
    "finess",
    "finess",
    "flat",
    "etab.csv.gz",
    None,
    "ab" * 32,
    123,
    publisher="ANS",
    title="FINESS",
    licence="Licence Ouverte 2.0",
    vintage=dt.date(2026, 1, 5),
    vintage_basis="file",
    rows_read=10,
    note=T("{n} lignes {{sic}}", "{n} rows {{sic}}", n=10),
)


def make_result(number: int = 0, rows: int = 40) -> Result:
    """A small result with every legal CRS, unknowns, infinite precision; ``number`` tells it."""
    codes = [list(PLACES)[i % len(PLACES)] for i in range(rows)]
    points = [shapely.Point(*PLACES[code]) for code in codes]
    structures = gpd.GeoDataFrame(
        {
            "structure_id": [f"S{i}" for i in range(rows)],
            "name": ["", None, 'L\'Élan ; "x"', "<b>"] * (rows // 4),
            "kind": ["MSP", "CDS"] * (rows // 2),
            "opened": pd.to_datetime(["1900-01-01", None, "2020-02-29", None] * (rows // 4)),
            "precision_m": [math.inf, math.nan, 15.0, 0.1 + 0.2] * (rows // 4),
            "legal_crs": codes,
            "row": [None, 2**40] * (rows // 2),
            "position": "exact",
            "file": "etab.csv.gz",
        },
        geometry=points,
        crs=4326,
    )
    structures.loc[3, "geometry"] = None
    zones = gpd.GeoDataFrame(
        {
            "zone_id": [f"Z{code}" for code in PLACES],
            "zone_kind": "qpv",
            "code": [f"QN{code}" for code in PLACES],
            "legal_crs": list(PLACES),
            "valid_from": pd.Timestamp("2024-01-01"),
            "file": "qpv.zip",
        },
        geometry=[
            shapely.box(x, y, x + 0.1, y + 0.1)
            if i % 2
            else shapely.MultiPolygon([shapely.box(x, y, x + 0.1, y + 0.1)])
            for i, (x, y) in enumerate(PLACES.values())
        ],
        crs=4326,
    )
    indicators = pd.DataFrame(
        {
            "territory": [f"commune:{i:05d}" for i in range(rows)],
            "level": "commune",
            "indicator": ["structures_open", "nearest_distance"] * (rows // 2),
            "kind": ["MSP", "CDS", None, "MSP"] * (rows // 4),
            "definition": [None, "proxy-300m"] * (rows // 2),
            "value": np.arange(rows) / 3,
            "unknown_precision": [None, 3] * (rows // 2),
            "as_of": pd.to_datetime(["2026-01-31", "2023-12-31"] * (rows // 2)),
            "sources": "finess",
        }
    )
    return Result(
        facts={
            "name": "essai",
            "number": number,
            "as_of": dt.date(2026, 1, 31),
            "fictitious": True,
        },
        layers={
            "structures": shape_table(structures, STRUCTURES),
            "qpv_2024": shape_table(zones, ZONES).assign(
                dense=pd.array([True, False, None] * 2, dtype="boolean")
            ),
        },
        indicators=shape_table(indicators, INDICATORS),
        anomalies=Anomalies(
            [Anomaly("finess", "etab.csv.gz", 12, "opened", "=1", "bad-date", T("r", "e"), "kept")]
        ),
        provenance=[SOURCE, dataclasses.replace(SOURCE, source_id="qpv", note=None, vintage=None)],
        tables={"nearest": pd.DataFrame({"code": ["a", None], "metres": [1.5, None]})},
    )


@pytest.fixture(scope="module")
def result() -> Result:
    return make_result()


@pytest.fixture
def stored(result: Result, tmp_path: Path) -> Any:
    save_result(result, tmp_path / "r.gpkg")
    with StoredResult(tmp_path / "r.gpkg") as opened:
        yield opened


def test_everything_reads_back_as_it_was(result: Result, stored: StoredResult) -> None:
    assert stored.facts == {**result.facts, "as_of": "2026-01-31"}
    assert stored.layer_names() == ["structures", "qpv_2024"]
    assert stored.table_names() == ["indicators", "anomalies", "provenance", "facts", "nearest"]
    for name, layer in result.layers.items():
        in_order = [*layer.columns.drop("geometry"), "geometry"]
        gpd.testing.assert_geodataframe_equal(stored.read_layer(name), layer[in_order])
    pd.testing.assert_frame_equal(
        stored.read_table("indicators"), result.indicators, check_exact=True
    )
    pd.testing.assert_frame_equal(stored.read_table("anomalies"), result.anomalies.to_table())
    assert list(stored.read_table("nearest")["code"].isna()) == [False, True]


def test_provenance_comes_back_with_its_notes(stored: StoredResult) -> None:
    first, second = stored.provenance
    assert first.note is not None
    assert (first.note.say("fr"), first.note.say("en")) == ("10 lignes {sic}", "10 rows {sic}")
    assert dataclasses.replace(first, note=None) == dataclasses.replace(SOURCE, note=None)
    assert (second.note, second.vintage, second.rows_read) == (None, None, 10)


def test_each_territory_stands_in_its_legal_crs(result: Result, stored: StoredResult) -> None:
    names = stored.layer_names(legal=True)
    assert names[:6] == [f"structures_{code}" for code in sorted(PLACES)]
    for code in PLACES:
        layer = stored.read_layer(f"qpv_2024_{code}")
        assert layer.crs.to_epsg() == code
        there = result.layers["qpv_2024"].query("legal_crs == @code").to_crs(code)
        assert layer.geometry.iloc[0].equals_exact(there.geometry.iloc[0], 1e-6)
    control = gpd.GeoDataFrame(
        {"legal_crs": [2154]}, geometry=[shapely.Point(5.20918, 46.22229)], crs=4326
    )
    again = make_result()
    again.layers["control"] = control
    save_result(again, stored.path)
    with StoredResult(stored.path) as opened:
        point = opened.read_layer("control_2154").geometry[0]
    assert (point.x, point.y) == pytest.approx((870262.2, 6571540.8), abs=1.0)


def test_a_shape_that_its_legal_crs_cannot_carry_is_null_there(tmp_path: Path) -> None:
    result = make_result()
    result.layers["structures"].loc[0, "geometry"] = shapely.Point(0, 90.5)
    save_result(result, tmp_path / "r.gpkg")
    with StoredResult(tmp_path / "r.gpkg") as stored:
        assert stored.read_layer("structures").geometry[0] == shapely.Point(0, 90.5)
        assert stored.read_layer("structures_2154").geometry[0] is None


def test_parts_of_a_layer(result: Result, stored: StoredResult) -> None:
    layer = result.layers["structures"]
    some = stored.read_layer("structures", where={"kind": "MSP", "legal_crs": [2154, 5490]})
    assert list(some["structure_id"]) == list(
        layer.query("kind == 'MSP' and legal_crs in (2154, 5490)")["structure_id"]
    )
    unknown = stored.read_layer("structures", where={"name": None}, columns=["name", "row"])
    assert list(unknown.columns) == ["name", "row", "geometry"]
    assert len(unknown) == 10
    either = stored.read_layer("structures", where={"name": [None, ""]})
    assert len(either) == 20
    near = stored.read_layer("structures", bbox=(1, 43, 2, 44))
    assert set(near["legal_crs"]) == {2154}
    x, y = PLACES[2154]
    corner = stored.read_layer("qpv_2024", bbox=(x - 1, y - 1, x, y))  # touches its corner
    assert list(corner["code"]) == ["QN2154"]
    beside = stored.read_layer("qpv_2024", bbox=(x - 1, y - 1, math.nextafter(x, -1), y))
    assert beside.empty
    day = stored.read_layer("structures", where={"opened": dt.date(2020, 2, 29)})
    assert len(day) == 10


def test_indicators_by_their_values(stored: StoredResult) -> None:
    assert len(stored.read_indicators()) == 40
    assert len(stored.read_indicators(territory="commune:00003")) == 1
    some = stored.read_indicators(
        indicator="structures_open", kind={"MSP", "CDS"}, as_of=dt.date(2026, 1, 31)
    )
    assert set(some["kind"]) == {"MSP"}
    assert some["as_of"].dtype == "datetime64[s]"
    assert stored.read_indicators(territory="' OR 1=1 --").empty


def test_unknown_names_are_answered_with_the_nearest(stored: StoredResult) -> None:
    with pytest.raises(UnknownNameError) as caught:
        stored.read_layer("qpv2024")
    assert caught.value.known[0] == "qpv_2024"
    with pytest.raises(UnknownNameError, match="indicators"):
        stored.read_table("indicator")
    with pytest.raises(UnknownNameError, match="la colonne « kin »"):
        stored.read_layer("structures", where={"kin": "MSP"})
    with pytest.raises(UnknownNameError):
        stored.read_layer("indicators")


def test_the_open_result_stays_when_the_file_is_replaced(stored: StoredResult) -> None:
    assert not stored.replaced
    save_result(make_result(number=7, rows=8), stored.path)
    assert stored.replaced
    assert fingerprint(stored.path) != stored.fingerprint
    assert len(stored.read_layer("structures")) == 40
    with StoredResult(stored.path) as new:
        assert new.facts["number"] == 7
        assert len(new.read_layer("structures")) == 8


def test_after_a_fork_only_the_same_file_is_opened_again(
    stored: StoredResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo_service.store.stored.os.getpid", lambda: -1)
    assert len(stored.read_layer("structures")) == 40
    monkeypatch.undo()
    save_result(make_result(number=7, rows=8), stored.path)
    with pytest.raises(StoreError, match="remplacé"):
        stored.read_layer("structures")


def test_threads_share_a_stored_result(stored: StoredResult, result: Result) -> None:
    wrong: list[object] = []

    def read(number: int) -> None:
        try:
            for _ in range(5):
                layer = stored.read_layer("structures", where={"structure_id": f"S{number}"})
                one = stored.read_indicators(territory=f"commune:{number:05d}")
                if list(layer["structure_id"]) != [f"S{number}"] or one["value"][0] != number / 3:
                    wrong.append(layer)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_what_is_no_result_is_said(stored: StoredResult, tmp_path: Path) -> None:
    whole = stored.path.read_bytes()
    bad = tmp_path / "bad.gpkg"
    for content, said in [
        (None, "n'existe pas"),
        (b"", "pas un résultat"),
        (b"junk" * 999, "pas un résultat"),
        (whole[: len(whole) // 2], "coupé"),
        (whole[:50], "pas un résultat|coupé"),
        (whole[:20_000] + b"\xff" * 90_000 + whole[110_000:], "abîmé|pas un résultat"),
    ]:
        if content is not None:
            bad.write_bytes(content)
        with pytest.raises(StoreError, match=said) as caught:
            StoredResult(bad)
        assert "bad.gpkg" in str(caught.value)
    other = tmp_path / "other.gpkg"
    pyogrio.write_dataframe(gpd.GeoDataFrame(geometry=[shapely.Point(1, 2)], crs=4326), other)
    with pytest.raises(StoreError, match="pas un résultat"):
        StoredResult(other)


def test_a_newer_format_is_refused(stored: StoredResult) -> None:
    with closing(sqlite3.connect(stored.path)) as db:
        db.execute("UPDATE facts SET value = '99' WHERE key = 'geo_service.store_format'")
        db.commit()
    with pytest.raises(StoreError, match="plus récente"):
        StoredResult(stored.path)


@pytest.mark.parametrize("name", ["facts", "gpkg_x", "structures"])
def test_a_reserved_or_repeated_name_is_refused(name: str, tmp_path: Path) -> None:
    result = make_result()
    result.tables[name] = pd.DataFrame({"a": [1]})
    with pytest.raises(StoreError, match=name):
        save_result(result, tmp_path / "r.gpkg")
    assert list(tmp_path.iterdir()) == []


def test_gis_programs_open_it_without_a_remark(
    stored: StoredResult, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    listed = dict(pyogrio.list_layers(stored.path).tolist())
    assert listed["structures"] == "Point"
    assert listed["indicators"] is None
    for name in [*stored.layer_names(), *stored.layer_names(legal=True)]:
        info = pyogrio.read_info(stored.path, layer=name, force_total_bounds=True)
        layer = stored.read_layer(name)
        assert info["features"] == len(layer)
        assert info["crs"] == f"EPSG:{layer.crs.to_epsg()}"
        assert info["total_bounds"] == pytest.approx(layer.total_bounds)
        assert info["layer_metadata"]["DESCRIPTION"].startswith("DONNÉES FICTIVES ; Source : ANS")
    seen = pyogrio.read_dataframe(stored.path, layer="structures")
    assert seen["precision_m"][0] == math.inf
    assert str(seen["opened"].dt.date[0]) == "1900-01-01"
    with fiona.open(stored.path, layer="qpv_2024_2975") as layer:
        assert layer.schema["properties"]["dense"] == "bool"
        assert layer.schema["properties"]["valid_from"] == "date"
        west, south, east, north = layer.bounds
        middle = (west + east) / 2, (south + north) / 2
        assert len(list(layer.filter(bbox=(*middle, *middle)))) == 1
        assert list(layer.filter(bbox=(east + 9, south, east + 99, north))) == []
    with closing(sqlite3.connect(stored.path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        kinds = dict(db.execute("SELECT table_name, data_type FROM gpkg_contents"))
        assert kinds["indicators"] == kinds["nearest"] == "attributes"
        (found,) = db.execute("SELECT rtreecheck('rtree_structures_geom')").fetchone()
        assert found == "ok"
    assert not caplog.records
    assert sorted(path.name for path in stored.path.parent.iterdir()) == ["r.gpkg"]


def test_gdal_can_edit_a_layer_and_its_index_follows(stored: StoredResult) -> None:
    more = gpd.GeoDataFrame({"structure_id": ["new"]}, geometry=[shapely.Point(100, 10)], crs=4326)
    pyogrio.write_dataframe(more, stored.path, layer="structures", append=True)
    with StoredResult(stored.path) as again:
        found = again.read_layer("structures", bbox=(99, 9, 101, 11))
    assert list(found["structure_id"]) == ["new"]


def test_a_file_open_for_editing_is_not_replaced(stored: StoredResult) -> None:
    with closing(sqlite3.connect(stored.path)) as editor:
        editor.execute("PRAGMA journal_mode=WAL")
        editor.execute("UPDATE nearest SET code = 'edited'")
        with pytest.raises(StoreError, match="autre logiciel"):
            save_result(make_result(), stored.path)
        editor.commit()
    save_result(make_result(number=3), stored.path)
    with StoredResult(stored.path) as new:
        assert new.facts["number"] == 3
