from __future__ import annotations

import gzip
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely import box

from geo_service.core.crs import transform
from geo_service.core.errors import SourceError
from geo_service.sources import population

QPV = "COG,lib_com,codeQPV,popMuniQPV\n"


def qpv(path: Path, *lines: str) -> Path:
    path.write_text(QPV + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def squares(path: Path, **columns: list[object]) -> Path:
    """200 m squares in Lambert-93, in a row from (700000, 6600000)."""
    n = len(columns["id"])
    shapes = [box(x, 6_600_000, x + 200, 6_600_200) for x in 700_000 + 200 * np.arange(n)]
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=2154)
    if path.suffix == ".gpkg":
        frame.to_file(path, layer="carreaux_200m")
    else:
        frame.to_parquet(path)
    return path


def test_a_qpv_in_two_communes_counts_once(tmp_path: Path) -> None:
    path = qpv(
        tmp_path / "q.csv",
        "2571,Omissy,QN00201M,5822",
        "02691,Saint-Quentin,QN00201M,5822",
        "2A004,Ajaccio,QN02A01M,1000",
    )
    reading = population.read(path, year=2020)
    assert list(reading.table["unit_id"]) == ["QN00201M", "QN02A01M"]
    assert reading.table["population"].sum() == 6822
    assert set(reading.table["year"]) == {2020}
    assert [(a.row, a.code, a.outcome) for a in reading.anomalies] == [
        (2, "leading-zero", "repaired"),
        (3, "repeat", "set aside"),
    ]
    assert list(reading.extra["qpv_communes"]["commune"]) == ["02571", "02691", "2A004"]


def test_two_populations_for_one_qpv_are_no_population(tmp_path: Path) -> None:
    reading = population.read(
        qpv(tmp_path / "q.csv", "02571,Omissy,QN00201M,5822", "02691,Autre,QN00201M,12")
    )
    assert reading.table["population"].isna().all()
    assert reading.anomalies.count() == {"conflicting-population": 1}


def test_unreadable_cells_are_listed(tmp_path: Path) -> None:
    path = qpv(
        tmp_path / "q.csv",
        "02571,Omissy,QN00201M,secret",
        "02571,Omissy,QN00202M,inf",
        "02571,Omissy,QN00203M,-3",
        "02571,Omissy,Europe,5822",
        "02571,Omissy,QN00204M," + "9" * 200_000,
        "02571,Omissy,QN00205M,",
    )
    reading = population.read(path)
    assert reading.table["population"].isna().all()
    assert len(reading.table) == 4
    assert reading.anomalies.count() == {
        "unreadable-number": 3,
        "huge-cell": 1,
        "unreadable-code": 1,
    }


@pytest.mark.parametrize("suffix", [".parquet", ".gpkg"])
def test_squares_are_placed_by_their_centre(tmp_path: Path, suffix: str) -> None:
    path = squares(
        tmp_path / f"squares{suffix}",
        id=["a", "b"],
        imputed=[1, 0],
        num_people=[12.5, 30.0],
    )
    assert population.recognise(path) == "squares-200m"
    table = population.read(path).table
    lon, lat = transform([700_100, 700_300], [6_600_100] * 2, 2154, 4326)
    np.testing.assert_allclose(table["lon"], lon, atol=1e-9)
    np.testing.assert_allclose(table["lat"], lat, atol=1e-9)
    assert list(table["imputed"]) == [True, False]
    assert set(table["support"]) == {"square"}


def test_a_square_without_a_shape_is_placed_by_its_id(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {
            "idcar_200m": ["CRS3035RES200mN3067800E3817400", "nowhere", "a", "a"],
            "ind": [10.0, 5.0, 1.0, 2.0],
            "i_est_200": [0, 1, None, 1],
        },
        geometry=[None, None, *[box(700_000, 6_600_000, 700_200, 6_600_200)] * 2],
        crs=2154,
    )
    frame.to_parquet(tmp_path / "s.parquet")
    reading = population.read(tmp_path / "s.parquet")
    table = reading.table
    assert table["lon"].iloc[0] == pytest.approx(2.8905, abs=1e-3)
    assert np.isnan(table["lon"].iloc[1])
    assert table["imputed"].isna().sum() == 1
    assert reading.anomalies.count() == {"no-geometry": 2, "duplicate-id": 1}


def test_paris_is_the_sum_of_its_arrondissements(tmp_path: Path) -> None:
    path = tmp_path / "donnees_communes.csv"
    path.write_text(
        "REG;Région;DEP;CODARR;CODCAN;CODCOM;COM;Commune;PMUN;PCAP;PTOT\n"
        "11;IDF;75;;;101;75101;Paris 1er;100;;\n"
        "11;IDF;75;;;120;75120;Paris 20e;200;;\n"
        "84;ARA;69;;;381;69381;Lyon 1er;n.d.;;\n"
        "84;ARA;69;;;382;69382;Lyon 2e;5;;\n"
        "06;;976;;;601;;;5192;192;5384\n",
        encoding="utf-8",
    )
    # Recognised by the source of territories; read here when it is asked for.
    assert population.recognise(path) is None
    table = population.read(path).table.set_index("unit_id")["population"]
    assert table["75056"] == 300
    assert np.isnan(table["69123"])
    assert table["97601"] == 5192


BROKEN = {
    "empty.csv": b"",
    "binary.csv": bytes(range(256)) * 40,
    "truncated.csv": gzip.compress(QPV.encode() * 500)[:60],
    "columns.csv": b"COG,codeQPV\n02571,QN00201M\n",
    "junk.parquet": b"PAR1" + bytes(range(256)) * 4,
    "junk.gpkg": b"SQLite format 3\0" + bytes(400),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_a_clear_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BROKEN[name])
    assert population.recognise(path) is None
    for layout in (None, "qpv-insee" if name.endswith("csv") else "squares-200m"):
        with pytest.raises(SourceError) as caught:
            population.read(path, layout=layout)
        assert name in caught.value.say("en")


def test_a_layer_without_rows_is_an_error(tmp_path: Path) -> None:
    path = squares(tmp_path / "s.parquet", id=["a"], imputed=[1], num_people=[1.0])
    gpd.read_parquet(path).iloc[:0].to_parquet(path)
    with pytest.raises(SourceError):
        population.read(path)


def test_a_cp1252_file_with_semicolons_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_bytes((QPV + "01053,Bourgé,QN00101M,6399\n").replace(",", ";").encode("cp1252"))
    assert population.read(path).table["population"].sum() == 6399


def test_sample_claims_its_own_files_only(sample: Path) -> None:
    assert {path.name for path in sample.rglob("*.*") if population.recognise(path)} == {
        "carreaux200m_fictif.parquet",
        "qpv2024_indicateurs_insee_fictif.csv",
    }


def test_real_qpv_are_counted_once(real_data: Path) -> None:
    reading = population.read(real_data / "qpv" / "qpv2024_indicateurs_insee.csv")
    assert reading.provenance.rows_read == 1713
    assert len(reading.table) == 1518
    assert reading.anomalies.count()["repeat"] == 195
    mainland = ~reading.table["unit_id"].str.startswith("QN97")
    assert reading.table.loc[mainland, "population"].sum() == 5_307_455


def test_real_squares(real_data: Path) -> None:
    table = population.read(real_data / "population" / "filosofi200m_lille.parquet").table
    assert len(table) == 9096
    assert table["population"].sum() == 1_099_836.5
    assert 0.38 < table["imputed"].mean() < 0.41
    assert table["lat"].between(50, 51).all()


def test_real_communes(real_data: Path) -> None:
    folder = real_data / "admin" / "cog2024"
    table = population.read(folder / "donnees_communes.csv.gz").table.set_index("unit_id")
    assert table.at["75056", "population"] == 2_133_111
    assert table["population"].sum() == 67_408_052
    mayotte = population.read(folder / "donnees_communes_mayotte.csv").table
    assert mayotte["population"].sum() == 256_518
