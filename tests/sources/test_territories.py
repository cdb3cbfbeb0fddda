from __future__ import annotations

import datetime as dt
import gzip
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, MultiPolygon, Point, Polygon, box

from geo_service.core.errors import SourceError
from geo_service.core.tables import TERRITORIES
from geo_service.sources import territories
from geo_service.sources.territories import assemble_territories, follow_code

# Four communes in two départements of one région: unit squares of a tenth of a degree.
CODES = ["31001", "31002", "32001", "32002"]
SHAPES = [box(1 + i / 10, 43, 1.1 + i / 10, 43.1) for i in range(4)]


def contours(path: Path, **columns: object) -> Path:
    content = {
        "code_insee": CODES,
        "nom": ["A", "B", "C", "D"],
        "dep": ["31", "31", "32", "32"],
        "reg": ["76"] * 4,
        "pop_municipale_2021": [10.0, 20.0, 30.0, 40.0],
        "siren_epci": ["200000001", "200000001", "200000001", None],
        "geometry": SHAPES,
    }
    content.update(columns)
    shapes = content.pop("geometry")
    frame = gpd.GeoDataFrame(content, geometry=shapes, crs=4326)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path)
    return path


def cog(path: Path, codes: list[str]) -> Path:
    lines = [f"COM,{code},76,{code[:2]},Nom de {code}," for code in codes]
    lines += ["COMD,31099,,,Ancienne,31001", "ARM,75101,11,75,Paris 1er,75056"]
    path.write_text("TYPECOM,COM,REG,DEP,LIBELLE,COMPARENT\n" + "\n".join(lines), "utf-8")
    return path


def composition(path: Path, members: dict[str, float | str]) -> Path:
    lines = [f"200000001,CC Une,{code},M,{people}" for code, people in members.items()]
    path.write_text("siren,raison_sociale,insee,nom_membre,pmun_2024\n" + "\n".join(lines), "utf-8")
    return path


def moves(path: Path, *lines: str) -> Path:
    header = "MOD,DATE_EFF,TYPECOM_AV,COM_AV,TYPECOM_AP,COM_AP\n"
    path.write_text(header + "\n".join(lines), "utf-8")
    return path


def legal(path: Path, populations: dict[str, str]) -> Path:
    header = "REG;Région;DEP;CODARR;CODCAN;CODCOM;COM;Commune;PMUN;PCAP;PTOT\n"
    lines = [f"76;O;{c[:2]};1;1;{c[2:]};{c};N;{p};0;0" for c, p in populations.items()]
    path.write_text(header + "\n".join(lines), "utf-8")
    return path


def row(table: pd.DataFrame, territory: str) -> pd.Series:
    found = table[table["territory"] == territory]
    assert len(found) == 1, territory
    return found.iloc[0]


# --- contours


@pytest.mark.parametrize("name", ["communes.parquet", "communes.geojson", "communes.gpkg"])
def test_contours_read_the_same_in_every_format(tmp_path: Path, name: str) -> None:
    path = contours(tmp_path / name)
    assert territories.recognise(path) == "communes-contours"
    table = territories.read(path).table
    assert list(table["territory"]) == [f"commune:{code}" for code in CODES]
    assert list(table["population"]) == [10, 20, 30, 40]
    assert list(table["departement"]) == ["31", "31", "32", "32"]
    assert table["epci"].isna().sum() == 1
    assert set(table["legal_crs"]) == {2154}
    for found, expected in zip(table.geometry, SHAPES, strict=True):
        assert found.symmetric_difference(expected).area < 1e-12


def test_a_zipped_shapefile_in_another_crs_is_carried_to_degrees(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"INSEE_COM": ["97411"], "NOM": ["Saint-Denis"], "INSEE_DEP": ["974"], "SIREN_EPCI": "NR"},
        geometry=[box(338_000, 7_680_000, 340_000, 7_682_000)],
        crs=2975,
    )
    frame.to_file(tmp_path / "COMMUNE.shp")
    path = tmp_path / "admin.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in tmp_path.glob("COMMUNE.*"):
            archive.write(part, f"ADMIN/{part.name}")
    assert territories.recognise(path) == "communes-contours"
    reading = territories.read(path)
    place = reading.table.geometry.iloc[0].centroid
    assert (round(place.x, 1), round(place.y, 1)) == (55.5, -21.0)
    assert reading.table["legal_crs"].iloc[0] == 2975
    assert pd.isna(reading.table["epci"].iloc[0])
    assert reading.provenance.member == "ADMIN/COMMUNE.shp"


@pytest.mark.parametrize(
    ("columns", "layout"),
    [
        ({"INSEE_DEP": ["31"], "NOM": ["Haute-Garonne"]}, "departements-contours"),
        ({"INSEE_REG": ["76"], "NOM": ["Occitanie"]}, "regions-contours"),
        ({"CODE_SIREN": ["200000001"], "NOM": ["CC"]}, "epci-contours"),
        ({"code": ["76"], "nom": ["Occitanie"]}, "regions-contours"),
        ({"code": ["76"], "nom": ["Seine-Maritime"]}, "departements-contours"),
        ({"code_qp": ["QN03101M"], "lib_qp": ["X"], "insee_com": ["31555"]}, None),
        ({"code_qp": ["QN03101M"], "nom": ["X"]}, None),
        ({"nom": ["X"], "zonage": ["ZIP"], "code_insee": ["31555"]}, None),
    ],
)
def test_the_level_is_told_by_the_columns(
    tmp_path: Path, columns: dict[str, list[str]], layout: str | None
) -> None:
    path = tmp_path / "layer.geojson"
    gpd.GeoDataFrame(columns, geometry=[SHAPES[0]], crs=4326).to_file(path)
    assert territories.recognise(path) == layout


def test_only_the_wanted_communes_are_kept_and_the_others_are_remembered(tmp_path: Path) -> None:
    path = contours(tmp_path / "communes.parquet")
    kept = {
        "departement": territories.read(path, departements=["31"]),
        "code": territories.read(path, codes={"32002"}),
        "box": territories.read(path, bbox=(1.15, 43.05, 1.16, 43.06)),
        "either": territories.read(path, departements=["31"], bbox=(1.25, 43.0, 1.26, 43.1)),
    }
    assert {name: list(reading.table["code"]) for name, reading in kept.items()} == {
        "departement": ["31001", "31002"],
        "code": ["32002"],
        "box": ["31002"],
        "either": ["31001", "31002", "32001"],
    }
    assert list(kept["code"].extra["everywhere"]["code"]) == CODES
    assert kept["code"].table.geometry.iloc[0].equals(SHAPES[3])


def test_shapes_are_repaired_or_said_to_be_missing(tmp_path: Path) -> None:
    bow = Polygon([(1.1, 43), (1.2, 43.1), (1.2, 43), (1.1, 43.1)])
    path = contours(
        tmp_path / "communes.parquet",
        geometry=[Point(1, 43), bow, None, LineString([(1, 43), (1.1, 43)])],
    )
    reading = territories.read(path)
    assert reading.anomalies.count() == {"no-geometry": 3, "invalid-geometry": 1}
    assert list(reading.table.geometry.isna()) == [True, False, True, True]
    assert isinstance(reading.table.geometry.iloc[1], MultiPolygon | Polygon)
    assert reading.table.geometry.iloc[1].area == pytest.approx(0.005)
    repaired = next(a for a in reading.anomalies if a.outcome == "repaired")
    assert (repaired.record, repaired.row) == ("31002", 2)
    assert 1.1 < repaired.lon < 1.2


@pytest.mark.parametrize("suffix", [".parquet", ".gpkg"])
@pytest.mark.parametrize("wild", [np.nan, np.inf])
def test_a_coordinate_that_is_no_number_loses_its_shape_only(
    tmp_path: Path, suffix: str, wild: float
) -> None:
    shapes = list(SHAPES)
    with np.errstate(invalid="ignore"):
        shapes[2] = Polygon([(1, 43), (wild, 43), (1.1, 43.1), (1, 43)])
        path = contours(tmp_path / f"communes{suffix}", geometry=shapes)
    reading = territories.read(path)
    listed = list(reading.anomalies)
    assert [anomaly.row for anomaly in listed] == [3]
    assert reading.table.geometry.notna().sum() == 3


def test_far_from_the_study_a_shape_is_kept_untested_and_said_to_be(tmp_path: Path) -> None:
    bow = Polygon([(5, 48), (5.1, 48.1), (5.1, 48), (5, 48.1)])
    path = contours(
        tmp_path / "communes.parquet", geometry=[*SHAPES[:3], bow], dep=["31", "31", "32", "52"]
    )
    whole = territories.read(path)
    near = territories.read(path, near="departement:31", margin=20_000)
    assert whole.anomalies.count() == {"invalid-geometry": 1}
    assert len(near.anomalies) == 0
    assert "1 contours" in str(near.provenance.note)
    assert near.table.geometry.iloc[3].equals_exact(bow)
    columns = TERRITORIES.names
    pd.testing.assert_frame_equal(pd.DataFrame(whole.table)[columns], near.table[columns])
    assert near.provenance.rows_kept == whole.provenance.rows_kept == 4


@pytest.mark.parametrize(
    "near", ["departement:52", "commune:32004", "epci:999999999", "region:76", "france"]
)
def test_near_the_study_or_in_doubt_every_shape_is_tested(tmp_path: Path, near: str) -> None:
    bow = Polygon([(5, 48), (5.1, 48.1), (5.1, 48), (5, 48.1)])
    path = contours(
        tmp_path / "communes.parquet", geometry=[*SHAPES[:3], bow], dep=["31", "31", "32", "52"]
    )
    reading = territories.read(path, near=near, margin=0)
    assert reading.anomalies.count() == {"invalid-geometry": 1}


def test_swapped_axes_are_refused(tmp_path: Path) -> None:
    swapped = [box(43, 1 + i / 10, 43.1, 1.1 + i / 10) for i in range(4)]
    with pytest.raises(SourceError, match="inversés"):
        territories.read(contours(tmp_path / "communes.parquet", geometry=swapped))


def test_codes_are_restored_refused_or_kept_once(tmp_path: Path) -> None:
    path = contours(
        tmp_path / "communes.parquet",
        code_insee=["1001", "31002", "31002", "Foix"],
        dep=["1", "31", "31", "HAUTE-GARONNE"],
        pop_municipale_2021=[10.0, -20.0, 30.0, 40.0],
    )
    reading = territories.read(path)
    assert list(reading.table["code"]) == ["01001", "31002"]
    assert list(reading.table["departement"]) == ["01", "31"]
    assert reading.table["population"].isna().sum() == 1
    assert reading.anomalies.count() == {
        "duplicate-id": 1,
        "leading-zero": 1,
        "unreadable-code": 1,
        "unreadable-number": 1,
    }
    assert reading.provenance.rows_set_aside == 2


# --- the COG and what goes with it


def test_the_parts_of_communes_stay_apart(tmp_path: Path) -> None:
    reading = territories.read(cog(tmp_path / "communes.csv", CODES))
    assert list(reading.table["code"]) == CODES
    assert list(reading.extra["parts"]["parent"]) == ["31001"]
    assert list(reading.extra["municipal_arrondissements"]["code"]) == ["75101"]
    assert reading.table.geometry.isna().all()


def test_the_composition_dates_its_population(tmp_path: Path) -> None:
    reading = territories.read(composition(tmp_path / "epci.csv", {"31001": 12, "31002": "?"}))
    assert row(reading.table, "epci:200000001")["name"] == "CC Une"
    commune = row(reading.table, "commune:31001")
    assert (commune["epci"], commune["population"]) == ("200000001", 12)
    assert commune["population_year"] == 2021  # in force in 2024
    assert pd.isna(row(reading.table, "commune:31002")["population"])
    assert reading.anomalies.count() == {"unreadable-number": 1}


def test_names_of_regions_are_not_taken_for_their_codes(tmp_path: Path) -> None:
    path = tmp_path / "legal.csv"
    path.write_text(
        "Région;DEP;CODARR;CODCAN;CODCOM;COM;Commune;PMUN;PCAP;PTOT\n"
        "Occitanie;31;1;1;001;31001;A;12;0;12\n",
        "utf-8",
    )
    commune = row(territories.read(path).table, "commune:31001")
    assert (commune["name"], commune["departement"], commune["population"]) == ("A", "31", 12)
    assert pd.isna(commune["region"])


def test_rows_that_repeat_another_are_listed(tmp_path: Path) -> None:
    line = "32,2016-01-01,COM,31002,COM,31001"
    moved = territories.read(moves(tmp_path / "moves.csv", line, line))
    assert [(a.code, a.row) for a in moved.anomalies] == [("repeated-row", 3)]
    assert len(moved.extra["commune_moves"]) == moved.provenance.rows_kept == 1
    path = tmp_path / "arrondissements.csv"
    path.write_text("ARR,DEP,REG,CHEFLIEU,LIBELLE\n" + "091,09,76,09122,Foix\n" * 2, "utf-8")
    reading = territories.read(path)
    assert [(a.code, a.row) for a in reading.anomalies] == [("repeated-row", 3)]
    assert reading.extra["arrondissements"]["code"].tolist() == ["091"]
    parts = cog(tmp_path / "communes.csv", CODES)
    parts.write_text(parts.read_text("utf-8") + "\nCOMD,31099,,,Ancienne,31001\n", "utf-8")
    reading = territories.read(parts)
    assert reading.anomalies.count() == {"repeated-row": 1}
    assert len(reading.extra["parts"]) == 1


MOVES = (
    "32,2016-01-01,COM,31002,COM,31001",  # B joins A
    "32,2016-01-01,COM,31001,COM,31001",
    "32,2016-01-01,COM,31002,COMD,31002",
    "21,2020-01-01,COM,31001,COM,31001",  # and leaves it again
    "21,2020-01-01,COM,31001,COM,31002",
    "41,2018-01-01,COM,32003,COM,31003",  # changes département and merges on one day
    "32,2018-01-01,COM,31003,COM,31004",
    "xx,?,COM,31001,COM,31001",
)


def test_codes_are_followed_through_merges_splits_and_changes(tmp_path: Path) -> None:
    reading = territories.read(moves(tmp_path / "moves.csv", *MOVES))
    table = reading.extra["commune_moves"]
    assert reading.anomalies.count() == {"unreadable-move": 1}
    assert reading.provenance.vintage == dt.date(2020, 1, 1)

    def follow(code: str, year: int) -> list[str]:
        return follow_code(code, dt.date(year, 6, 1), table)

    assert follow("31001", 2015) == ["31001", "31002"]
    assert follow("31001", 2020) == ["31001"]
    assert follow("31002", 2015) == ["31001", "31002"]
    assert follow("31002", 2017) == ["31001", "31002"]  # gone by then: from its disappearance
    assert follow("31002", 2021) == ["31002"]
    assert follow("32003", 2010) == ["31004"]
    assert follow("32003", 2024) == ["31004"]
    assert follow("99999", 2010) == ["99999"]
    assert territories.cog_date(["31001", "32003"], table) == dt.date(2017, 12, 31)
    assert territories.cog_date(["31001"], table) is None


def test_the_three_cities_and_their_arrondissements() -> None:
    assert territories.commune_of("69389") == "69123"
    assert len(territories.COMMUNE_OF_ARRONDISSEMENT) == 45
    assert territories.arrondissements_of("13055")[-1] == "13216"


# --- together


def test_every_level_is_made_and_summed(tmp_path: Path) -> None:
    reading = territories.read(contours(tmp_path / "communes.parquet"))
    table = assemble_territories([reading], dissolve=True).table
    assert list(table["territory"]) == [
        "region:76",
        "departement:31",
        "departement:32",
        "epci:200000001",
        *(f"commune:{code}" for code in CODES),
    ]
    assert row(table, "region:76")["population"] == 100
    assert row(table, "departement:31")["population"] == 30
    assert row(table, "epci:200000001")["population"] == 60
    assert pd.isna(row(table, "epci:200000001")["departement"])  # it straddles two
    assert row(table, "epci:200000001")["region"] == "76"
    assert row(table, "departement:32")["region"] == "76"
    assert row(table, "region:76")["geometry"].area == pytest.approx(0.04)


def test_an_unknown_population_makes_the_total_unknown(tmp_path: Path) -> None:
    path = contours(tmp_path / "communes.parquet", pop_municipale_2021=[10.0, None, 30.0, 40.0])
    made = assemble_territories([territories.read(path)])
    assert pd.isna(row(made.table, "departement:31")["population"])
    assert row(made.table, "departement:32")["population"] == 70
    listed = {a.record for a in made.anomalies if a.code == "population-incomplete"}
    assert listed == {"region:76", "departement:31", "epci:200000001"}
    assert any("31002" in a.reason.say("en") for a in made.anomalies)


def test_the_composition_fills_and_corrects_the_contours(tmp_path: Path) -> None:
    made = assemble_territories(
        [
            territories.read(
                contours(tmp_path / "c.parquet", pop_municipale_2021=[10.0, None, 30.0, 40.0])
            ),
            territories.read(composition(tmp_path / "epci.csv", {"31001": 8, "31002": 2})),
        ]
    )
    assert row(made.table, "commune:31001")["population"] == 8
    assert row(made.table, "departement:31")["population"] == 10
    differ = [a for a in made.anomalies if a.code == "population-differs"]
    assert [(a.record, a.value) for a in differ] == [("31001", "10")]


def test_the_cog_says_which_communes_there_are(tmp_path: Path) -> None:
    readings = [
        territories.read(contours(tmp_path / "c.parquet", nom=[None, "B", "C", "D"])),
        territories.read(cog(tmp_path / "communes.csv", ["31001", "31002", "31003", "32001"])),
        territories.read(
            moves(
                tmp_path / "m.csv",
                "32,2020-01-01,COM,32002,COM,32001",
                "32,2020-01-01,COM,32001,COM,32001",
                "21,2020-01-01,COM,31002,COM,31003",
                "21,2020-01-01,COM,31002,COM,31002",
            )
        ),
    ]
    made = assemble_territories(readings)
    assert "commune:32002" not in set(made.table["territory"])
    assert row(made.table, "commune:31001")["name"] == "Nom de 31001"
    assert row(made.table, "commune:31003")["geometry"] is None
    reasons = {a.record: a.reason.say("en") for a in made.anomalies}
    assert "32001" in reasons["32002"]
    assert "31002" in reasons["31003"]
    assert pd.isna(row(made.table, "departement:31")["population"])
    assert len(made.commune_moves) == 4


def test_legal_populations_are_carried_to_the_cog_of_the_study(tmp_path: Path) -> None:
    made = assemble_territories(
        [
            territories.read(cog(tmp_path / "communes.csv", CODES)),
            territories.read(
                legal(tmp_path / "p.csv", {"31001": "100", "31005": "7", "32001": "50"})
            ),
            territories.read(
                moves(
                    tmp_path / "m.csv",
                    "32,2022-01-01,COM,31005,COM,31001",
                    "32,2022-01-01,COM,31001,COM,31001",
                    "21,2022-01-01,COM,32001,COM,32001",
                    "21,2022-01-01,COM,32001,COM,32002",
                )
            ),
        ]
    )
    assert row(made.table, "commune:31001")["population"] == 107
    assert pd.isna(row(made.table, "commune:32001")["population"])
    before = {a.record for a in made.anomalies if a.code == "population-before-split"}
    assert before == {"32001", "32002"}


def test_a_regional_reading_knows_what_it_does_not_cover(tmp_path: Path) -> None:
    reading = territories.read(contours(tmp_path / "c.parquet"), departements=["31"])
    made = assemble_territories([reading])
    assert made.partial == {"region:76", "epci:200000001"}
    assert row(made.table, "region:76")["population"] == 100  # of all its communes all the same
    assert set(made.table["level"]) == {"region", "departement", "epci", "commune"}
    assert "departement:32" not in set(made.table["territory"])


# --- bad files

COG_HEADER = b"TYPECOM,COM,REG,DEP,LIBELLE,COMPARENT\n"
BROKEN = {
    "empty.csv": b"",
    "binary.csv": bytes(range(256)) * 40,
    "truncated.csv": gzip.compress(COG_HEADER * 500)[:60],
    "columns.csv": b"TYPECOM,COM\nCOM,31001\n",
    "junk.parquet": b"PAR1" + bytes(range(256)) * 4,
    "junk.gpkg": b"SQLite format 3\0" + bytes(400),
    "junk.geojson": b'{"type": "FeatureCollection", "features": [{"type": "Fea',
    "junk.zip": b"PK\x03\x04" + bytes(100),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_a_clear_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BROKEN[name])
    assert territories.recognise(path) is None
    for layout in (None, "cog-communes" if name.endswith("csv") else "communes-contours"):
        with pytest.raises(SourceError) as caught:
            territories.read(path, layout=layout)
        assert name in caught.value.say("en")


def test_a_truncated_geoparquet_is_a_clear_error(tmp_path: Path) -> None:
    path = contours(tmp_path / "communes.parquet")
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(SourceError):
        territories.read(path)


@pytest.mark.parametrize("suffix", [".parquet", ".geojson"])
def test_a_layer_without_rows_is_an_error(tmp_path: Path, suffix: str) -> None:
    path = contours(tmp_path / f"communes{suffix}")
    frame = gpd.read_parquet(path) if suffix == ".parquet" else gpd.read_file(path)
    empty = frame.iloc[:0]
    if suffix == ".parquet":
        empty.to_parquet(path)
    else:
        empty.to_file(path)
    with pytest.raises(SourceError):
        territories.read(path, layout="communes-contours")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "communes.parquet"
    gpd.GeoDataFrame({"nom": ["A"]}, geometry=[SHAPES[0]], crs=4326).to_parquet(path)
    with pytest.raises(SourceError, match="code_insee"):
        territories.read(path, layout="communes-contours")


def test_encoding_separator_and_huge_cell(tmp_path: Path) -> None:
    path = tmp_path / "regions.csv"
    text = "REG,CHEFLIEU,LIBELLE\n76,31555,Région\n84,69123," + "x" * 200_000 + "\n"
    path.write_bytes(text.replace(",", ";").encode("cp1252"))
    reading = territories.read(path)
    assert list(reading.table["name"]) == ["Région"]
    assert reading.anomalies.count() == {"huge-cell": 1}
    assert (reading.provenance.rows_read, reading.provenance.rows_kept) == (2, 1)


# --- the sample and the real files


def test_sample(sample: Path) -> None:
    folders = {"territories", "cog"}
    claimed = {p for p in sample.rglob("*.*") if territories.recognise(p)}
    assert claimed == {p for p in sample.rglob("*.*") if p.parent.name in folders}
    readings = [territories.read(path) for path in sorted(claimed)]
    made = assemble_territories(readings)
    region = row(made.table, "region:99")
    assert region["geometry"] is not None
    communes = made.table[made.table["level"] == "commune"]
    assert region["population"] == communes["population"].sum() > 0
    assert made.partial == frozenset()


@pytest.fixture(scope="module")
def cog2024(real_data: Path) -> list[object]:
    folder = real_data / "admin"
    names = (
        "geo/epci_2024.parquet",
        "geo/departements-avec-outre-mer.geojson.gz",
        "geo/regions-avec-outre-mer.geojson.gz",
        "cog2024/communes.csv.gz",
        "cog2024/departements.csv",
        "cog2024/regions.csv",
        "cog2024/epcicom2024.csv.gz",
        "cog2024/mouvements-communes.csv.gz",
    )
    return [territories.read(folder / name) for name in names]


def test_real_france(real_data: Path, cog2024: list[object]) -> None:
    communes = territories.read(real_data / "communes" / "communes_cog2024_simplifie.parquet")
    assert len(communes.table) == 34_932
    assert communes.table["population"].sum() == 67_646_421
    assert communes.table.geometry.is_valid.all()
    mayotte = communes.table["departement"] == "976"
    assert set(communes.table.loc[mayotte, "population_year"]) == {2017}
    assert communes.anomalies.count() == {"population-of-another-year": 1}

    made = assemble_territories([communes, *cog2024])
    levels = made.table["level"].value_counts().to_dict()
    assert levels == {
        "commune": 34_935,
        "epci": 1_255,
        "departement": 101,
        "region": 18,
        "france": 1,
    }
    missing = {a.record for a in made.anomalies if a.code == "commune-without-contour"}
    assert missing == {"14666", "85165", "85212"}
    # The contours carry the figures of the communes as they were before 2024-01-01.
    differ = {a.record for a in made.anomalies if a.code == "population-differs"}
    assert len(differ) == 13
    assert {"08053", "60054", "69149", "85084"} <= differ
    assert row(made.table, "commune:60694")["population"] == 543
    assert row(made.table, "france:FR")["population"] == 67_664_570
    alone = assemble_territories([communes])
    assert pd.isna(row(alone.table, "france:FR")["population"])  # for want of 60694


def test_real_occitanie(real_data: Path, cog2024: list[object]) -> None:
    reading = territories.read(
        real_data / "communes" / "communes_cog2024_simplifie.parquet",
        departements=["09", "11", "12", "30", "31", "32", "34", "46", "48", "65", "66", "81", "82"],
    )
    made = assemble_territories([reading, *cog2024])
    assert row(made.table, "region:76")["population"] == 6_022_176
    assert (made.table["level"] == "departement").sum() == 13
    assert "region:76" not in made.partial
    assert row(made.table, "epci:243100518")["name"].endswith("Toulouse Métropole")
    assert row(made.table, "commune:31555")["epci"] == "243100518"
    assert "france:FR" not in set(made.table["territory"])


def test_real_moves_all_lead_to_the_cog(cog2024: list[object]) -> None:
    table = next(r.extra["commune_moves"] for r in cog2024 if "commune_moves" in r.extra)
    today = next(r.table for r in cog2024 if r.provenance.layout == "cog-communes")
    known = set(today["code"])
    codes = known | set(table["before"])
    for date in (dt.date(1943, 1, 1), dt.date(2015, 12, 31), dt.date(2024, 6, 1)):
        followed = territories.follow_codes(codes, date, table)
        assert {code for heirs in followed.values() for code in heirs} <= known
    assert follow_code("85084", dt.date(2023, 1, 1), table) == ["85084", "85165", "85212"]


def test_real_exact_contours(real_data: Path) -> None:
    lille = territories.read(real_data / "communes" / "admin_express_lille.parquet").table
    assert len(lille) == 121
    assert lille.geometry.bounds["maxy"].max() < 51
    reunion = territories.read(real_data / "communes" / "communes_la_reunion_rgr92_shp.zip").table
    assert len(reunion) == 24
    assert set(reunion["departement"]) == {"974"}
    assert row(reunion, "commune:97411")["name"] == "Saint-Denis"
    assert reunion.geometry.bounds["minx"].between(55, 56).all()
