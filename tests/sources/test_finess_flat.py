"""The flat table with a header on made-up files."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from geo_service.core.errors import SourceError
from geo_service.core.result import Reading
from geo_service.core.tables import STRUCTURES, check_table
from geo_service.sources import finess

HEADER = (
    "numero_finess_etablissement;raison_sociale;code_commune;ligneacheminement;departement;"
    "categetab;siret;coordxet;coordyet;dateouv;longitude;latitude;code_insee"
)
GOOD = (
    "310000001;MSP D'ESSAI;555;31000 TOULOUSE;31;603;;"
    "574300.0;6279000.0;2018-04-05;1.443641;43.598906;31555"
)


def read(folder: Path, *rows: str, header: str = HEADER) -> Reading:
    path = folder / "f.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    assert finess.recognise(path) == "flat"
    reading = finess.read(path)
    check_table(reading.table, STRUCTURES)
    return reading


def row(number: str, x: str, y: str, lon: str, lat: str, where: str = "555;T;31") -> str:
    return f"{number};N;{where};603;;{x};{y};2018-04-05;{lon};{lat};"


def codes(reading: Reading) -> dict[str, int]:
    return {code: n for code, n in reading.anomalies.count().items() if code != "vintage-missing"}


def test_x_and_y_are_checked_against_longitude_and_latitude(tmp_path: Path) -> None:
    lon, lat = "1.443641", "43.598906"
    reading = read(
        tmp_path,
        row("310000001", "574300.0", "6279000.0", lon, lat),
        row("310000002", "574310.0", "6279000.0", lon, lat),
        row("310000003", "", "", lon, lat),
        row("310000004", "574300.0", "6279000.0", "", ""),
        row("310000005", "6279020.0", "574300.0", "", ""),
        row("310000006", "0", "0", lon, lat),
        row("310000007", "574300.0", "6279040.0", lat, lon),
    )
    table = reading.table.set_index("finess")
    there = (float(lon), float(lat))
    # The file does not name the CRS of x and y: longitude and latitude win when they disagree.
    for number in ("310000002", "310000003", "310000006"):
        assert tuple(table.loc[number, ["lon", "lat"]]) == there
        assert table.loc[number, "source_crs"] == 4326
    for number in ("310000001", "310000004", "310000005"):
        assert table.loc[number, "source_crs"] == 2154
        assert table.loc[number, "lon"] == pytest.approx(there[0], abs=1e-3)
    assert (table["position"] == "unknown").all()
    assert table["precision_m"].isna().all()
    found = {one.record: one for one in reading.anomalies if one.code == "coordinates-disagree"}
    assert set(found) == {"310000002", "310000007"}
    assert "10 m" in found["310000002"].reason.say("fr")
    swapped = [one.record for one in reading.anomalies if one.code == "swapped-coordinates"]
    assert swapped == ["310000005", "310000007"]


def test_the_legal_crs_is_taken_overseas_never_lambert(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        row("970100001", "657242.9", "1795384.4", "-61.52874", "16.234", "105;97110 P;9A"),
        row("310000001", "657242.9", "1795384.4", "", ""),  # same numbers, said to be in 31
        row("310000002", "657242.9", "1795384.4", "", "", "555;T;9Z"),
    )
    first = reading.table.iloc[0]
    assert (first["source_crs"], first["commune"], first["departement"]) == (5490, "97105", "971")
    assert first["lat"] == pytest.approx(16.234, abs=1e-4)
    assert list(reading.table["position"]) == ["unknown", "none", "none"]
    assert codes(reading)["outside-territory"] == 1
    assert codes(reading)["unknown-crs"] == 1


def test_a_table_with_sourcecoordet_is_read_by_it(tmp_path: Path) -> None:
    header = "nofinesset;rs;commune;departement;categetab;dateouv;coordxet;coordyet;sourcecoordet"
    reading = read(
        tmp_path,
        "310000001;A;555;31;603;2018-04-05;574300;6279000;1,ATLASANTE,97,BAN,EPSG:2154 RGF93",
        "310000002;A;555;31;603;2018-04-05;574300;6279020;",
        header=header,
    )
    assert list(reading.table["position"]) == ["address", "none"]
    assert codes(reading) == {"unknown-crs": 1}


def test_communes_that_contradict_each_other(tmp_path: Path) -> None:
    reading = read(tmp_path, GOOD.replace("31555", "31557"), GOOD.replace("31555", "99999"))
    assert list(reading.table["commune"]) == ["31557"]
    assert codes(reading) == {"commune-mismatch": 1, "duplicate-finess": 2}
    reading = read(tmp_path, GOOD.replace("31555", "99999"))  # no such département
    assert (list(reading.table["commune"]), codes(reading)) == (["31555"], {})


def test_bad_rows_are_listed_and_the_reading_goes_on(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        '"310000001;jamais refermé;555',
        GOOD + ";de;trop",
        "310000002;trop court",
        GOOD.replace("574300.0", "nan"),
        GOOD.replace("310000001", "310000003").replace("MSP D'ESSAI", "X" * 200_000),
    )
    assert len(reading.table) == 1
    found = codes(reading)
    assert found["bad-coordinates"] == 1
    aside = [one for one in reading.anomalies if one.outcome == "set aside"]
    assert sorted(one.row or 0 for one in aside) == [2, 3, 4, 6]
    assert (reading.provenance.rows_read, reading.provenance.rows_set_aside) == (5, 4)
    assert math.isnan(reading.table.iloc[0]["x"]) or reading.table.iloc[0]["source_crs"] == 4326


def test_a_table_of_which_nothing_can_be_kept(tmp_path: Path) -> None:
    assert len(read(tmp_path, GOOD.replace("603", "620")).table) == 0
    assert len(read(tmp_path, "310000001;trop court").table) == 0


def test_unusable_tables(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(HEADER + "\n", encoding="utf-8")
    with pytest.raises(SourceError, match="en-tête"):
        finess.read(path)
    path.write_text(HEADER.replace("dateouv", "ouverture_le") + "\n" + GOOD, encoding="utf-8")
    with pytest.raises(SourceError, match="dateouv"):
        finess.read(path)
    path.write_bytes(b"\x00\x01\x02" * 1000)
    with pytest.raises(SourceError):
        finess.read(path, layout="flat")
    assert finess.recognise(path) is None
