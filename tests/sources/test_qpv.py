"""QPV files of both generations: real ones, the fictitious sample, and broken ones."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import MultiPolygon, Polygon, box

from geo_service.core.errors import SourceError
from geo_service.core.result import Reading
from geo_service.sources import qpv

SQUARE = box(600_000, 6_600_000, 600_300, 6_600_300)  # Lambert-93, 300 m wide
COLUMNS = {"code_qp": "QN07501N", "lib_qp": "Carré", "insee_reg": "11", "insee_com": "75056"}


def layer(*rows: dict[str, Any], crs: int = 2154) -> gpd.GeoDataFrame:
    """A layer of QPV; each row changes what it wants of the usual square."""
    full = [{**COLUMNS, "geometry": SQUARE, **row} for row in rows]
    return gpd.GeoDataFrame(full, geometry="geometry", crs=crs)


def neighbours(count: int, **more: Any) -> list[dict[str, Any]]:
    """Squares one kilometre apart, with codes of their own."""
    return [
        {
            "code_qp": f"QN075{at:02d}N",
            "geometry": shapely.affinity.translate(SQUARE, 1000 * at),
            **more,
        }
        for at in range(1, count + 1)
    ]


def write(frame: gpd.GeoDataFrame, path: Path, **options: Any) -> Path:
    frame.to_file(path, **options)
    return path


def pack(target: Path, folder: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, str(file.relative_to(folder)))
    return target


def codes_of(reading: Reading, code: str) -> list[str | None]:
    return [anomaly.record for anomaly in reading.anomalies if anomaly.code == code]


# --- real files -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real_2024(real_data: Path) -> Reading:
    return qpv.read(real_data / "qpv" / "qpv2024_simplified.geojson.gz")


@pytest.fixture(scope="module")
def real_2015(real_data: Path) -> Reading:
    return qpv.read(real_data / "qpv" / "qpv2015_metropole_shp.zip")


LOST = ["QN09105I", "QN09113I", "QN09503I"]


def test_real_2024_every_row_is_kept_or_named(real_2024: Reading) -> None:
    zones, aside = real_2024.table, real_2024.extra["set_aside"]
    assert len(zones) + len(aside) == 1609
    assert codes_of(real_2024, "zero-area") == LOST == list(aside["code"])
    # 85 invalid in all: the three without area, and those repaired.
    assert len(codes_of(real_2024, "invalid-geometry")) == 82
    assert zones.geometry.is_valid.all()
    repaired = zones[zones["repair"].notna()]
    assert sorted(repaired["code"]) == sorted(codes_of(real_2024, "invalid-geometry"))
    assert zones["communes"].str.contains(" ").sum() == 149
    assert zones["region"].isna().sum() == 91
    assert codes_of(real_2024, "no-region") == []  # overseas collectivities have none


def test_real_2024_suffixes_and_validity(real_2024: Reading) -> None:
    every = [*real_2024.table["code"], *LOST]
    mainland = [code for code in every if code[2:4] not in ("97", "98")]
    counted = {letter: sum(code.endswith(letter) for code in mainland) for letter in "IMN"}
    assert counted == {"I": 294, "M": 957, "N": 111}
    assert "I 294, M 957, N 111" in str(real_2024.provenance.note)
    zones = real_2024.table.set_index("code")
    assert zones.loc["QN00101M", "valid_from"].date() == dt.date(2024, 1, 1)
    reunion = zones[zones["departement"] == "974"]
    assert (reunion["valid_from"].dt.date == dt.date(2025, 1, 1)).all()
    assert (reunion["legal_crs"] == 2975).all()


def test_real_2015_takes_the_layer_at_the_right_place(
    real_2015: Reading, real_2024: Reading, real_data: Path
) -> None:
    assert len(real_2015.table) == 1296
    assert real_2015.provenance.member == "QPV.shp"
    assert [a.value for a in real_2015.anomalies if a.code == "shifted-layer"] == ["QPV_WGS84"]
    assert "QPV_WGS84.shp" in str(real_2015.provenance.note)
    assert (real_2015.table["precision_m"] == 2.0).all()  # NTF to WGS 84, as PROJ announces
    # Unchanged QPV keep number and name: QN09501I is QP095001.
    now = real_2024.table[real_2024.table["code"].str.fullmatch(r"QN[0-9]{5}I")]
    old = real_2015.table.set_index("code").to_crs(2154)
    wrong = gpd.read_file(
        f"zip://{real_data}/qpv/qpv2015_metropole_shp.zip!QPV_WGS84.shp", engine="pyogrio"
    ).set_index("CODE_QP")
    pairs = [
        (was, shape)
        for code, name, shape in zip(
            now["code"], now["name"], now.to_crs(2154).geometry, strict=True
        )
        if (was := f"QP{code[2:5]}0{code[5:7]}") in old.index and old.loc[was, "name"] == name
    ]
    assert len(pairs) > 100
    shapes = np.array([shape for _, shape in pairs])
    right = old.loc[[code for code, _ in pairs]].geometry.to_numpy()
    shifted = wrong.loc[[code for code, _ in pairs]].to_crs(2154).geometry.make_valid().to_numpy()
    # The 2024 copy is simplified: 12 m of that is its own.
    assert np.median(shapely.hausdorff_distance(right, shapes)) < 15
    assert np.median(shapely.hausdorff_distance(shifted, shapes)) > 40


def test_real_reunion_2015_has_its_own_column_names(real_data: Path) -> None:
    reading = qpv.read(real_data / "qpv" / "qpv2015_la_reunion_shp.zip")
    assert len(reading.table) == 49
    first = reading.table.iloc[0]
    assert (first["code"], first["communes"], first["departement"]) == ("QP974026", "97411", "974")
    assert first["name"] == "Le Bas De La Rivière"
    assert first["valid_to"].date() == dt.date(2024, 12, 31)


def test_real_lost_polygons_are_restored_from_2015(real_2024: Reading, real_2015: Reading) -> None:
    aside = real_2024.extra["set_aside"]
    restored, anomalies = qpv.restore_unchanged(real_2024.table, real_2015.table, aside)
    assert list(restored["code"]) == LOST
    assert list(restored["repair"]) == [
        "restored from QP091005",
        "restored from QP091013",
        "restored from QP095003",
    ]
    assert {anomaly.outcome for anomaly in anomalies} == {"restored"}
    assert (restored["valid_from"].dt.date == dt.date(2024, 1, 1)).all()
    assert (restored.to_crs(2154).area > 30_000).all()


def test_only_qpv_files_are_recognised(real_data: Path, sample: Path) -> None:
    files = [path for path in real_data.rglob("*") if path.is_file()]
    found = {path.name: layout for path in files if (layout := qpv.recognise(path))}
    assert found == {
        "qpv2015_metropole_shp.zip": "perimetres-2015",
        "qpv2015_la_reunion_shp.zip": "perimetres-2015",
        "qpv2024_simplified.geojson.gz": "perimetres-2024",
    }


# --- the fictitious sample --------------------------------------------------------------------


def test_sample_zip_of_territories(sample: Path) -> None:
    path = sample / "qpv" / "QP2024_fictif.zip"
    assert qpv.recognise(path) == "perimetres-2024"
    reading = qpv.read(path)
    known = json.loads((sample / "expected.json").read_text("utf-8"))["qpv"]
    aside = reading.extra["set_aside"]
    assert len(reading.table) + len(aside) == known["generation_2024"]
    assert list(aside["code"]) == known["zero_area_2024"]
    assert codes_of(reading, "invalid-geometry") == known["invalid_2024"]
    # The projected layers are read, territory by territory; the WGS 84 one adds nothing.
    assert "LB93" in str(reading.provenance.member)
    assert "UTM20N" in str(reading.provenance.member)
    assert "WGS84" not in str(reading.provenance.member)
    assert set(reading.table["legal_crs"]) == {2154, 5490}
    old = qpv.read(sample / "qpv" / "qp2015_fictif.zip")
    restored, _ = qpv.restore_unchanged(reading.table, old.table, aside)
    found = dict(zip(restored["code"], restored["repair"], strict=True))
    expected = known["restored_from_2015"]
    assert found == {new: f"restored from {old}" for new, old in expected.items()}


def test_sample_list_has_attributes_and_no_perimeter(sample: Path) -> None:
    path = sample / "qpv" / "qpv2024_liste_fictif.csv"
    assert qpv.recognise(path) == "liste"
    table, anomalies = qpv.read_list(path)
    assert len(table) == 14
    assert len(anomalies) == 0
    assert sum(qpv.count_suffixes(table).values()) == 14
    reading = qpv.read(path)
    assert reading.table.geometry.isna().all()
    assert [anomaly.code for anomaly in reading.anomalies] == ["no-perimeters"]


def test_a_declared_quartier_vecu_is_no_qpv_although_it_bears_its_code(sample: Path) -> None:
    path = sample / "quartier_vecu" / "perimetres_fictif.geojson"
    assert qpv.recognise(path) is None
    with pytest.raises(SourceError, match="quartiers vécus"):
        qpv.read(path)


# --- formats ----------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".fgb", ".geojson", ".parquet"])
@pytest.mark.parametrize("packed", [False, True])
def test_every_format_gives_the_same_zones(tmp_path: Path, suffix: str, packed: bool) -> None:
    frame = layer(*neighbours(3)).to_crs(4326)
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / f"qp{suffix}"
    if suffix == ".parquet":
        frame.to_parquet(path)
    else:
        write(frame, path)
    if packed:
        path = pack(tmp_path / "qp.zip", folder)
    reading = qpv.read(path)
    assert qpv.recognise(path) == "perimetres-2024"
    assert sorted(reading.table["code"]) == ["QN07501N", "QN07502N", "QN07503N"]
    area = reading.table.to_crs(2154).area
    assert area.tolist() == pytest.approx([90_000] * 3, rel=1e-4)
    assert reading.provenance.rows_kept == 3


@pytest.mark.parametrize(
    ("header", "cell", "communes"),
    [
        ("insee_com", "02571, 02691", "02571 02691"),
        ("INSEE_COM", '="02571;02691"', "02571 02691"),
        ("Code_INSEE", "2571", "02571"),
        ("insee_com", "2A004,2B033", "2A004 2B033"),
    ],
)
def test_several_communes_in_one_cell(
    tmp_path: Path, header: str, cell: str, communes: str
) -> None:
    frame = layer({}).rename(columns={"insee_com": header}).assign(**{header: [cell]})
    reading = qpv.read(write(frame, tmp_path / "q.gpkg"))
    assert reading.table["communes"].iloc[0] == communes


def test_codes_kept_as_numbers_stay_codes(tmp_path: Path) -> None:
    frame = layer({}).assign(insee_com=[1053.0], insee_reg=[4.0])
    zone = qpv.read(write(frame, tmp_path / "q.gpkg")).table.iloc[0]
    assert (zone["communes"], zone["region"]) == ("01053", "04")


@pytest.mark.parametrize(
    ("code", "departement", "crs", "since", "until"),
    [
        ("QP075001", "75", 2154, dt.date(2015, 1, 1), dt.date(2023, 12, 31)),
        ("QP974001", "974", 2975, dt.date(2015, 1, 1), dt.date(2024, 12, 31)),
        ("QN02A01M", "2A", 2154, dt.date(2024, 1, 1), None),
        ("QN97414I", "974", 2975, dt.date(2025, 1, 1), None),
    ],
)
def test_the_code_tells_departement_and_validity(
    tmp_path: Path, code: str, departement: str, crs: int, since: dt.date, until: dt.date | None
) -> None:
    zone = qpv.read(write(layer({"code_qp": code}), tmp_path / "q.gpkg")).table.iloc[0]
    assert (zone["departement"], zone["legal_crs"]) == (departement, crs)
    assert zone["valid_from"].date() == since
    assert (None if zone["valid_to"] != zone["valid_to"] else zone["valid_to"].date()) == until


# --- geometry ---------------------------------------------------------------------------------


def test_invalid_polygons_are_repaired_and_named(tmp_path: Path) -> None:
    x, y = 600_000, 6_600_000
    bow_tie = Polygon([(x, y), (x + 100, y + 100), (x + 100, y), (x, y + 100)])
    reading = qpv.read(write(layer({"geometry": bow_tie}), tmp_path / "q.gpkg"))
    assert codes_of(reading, "invalid-geometry") == ["QN07501N"]
    said = str(next(a.reason for a in reading.anomalies if a.code == "invalid-geometry"))
    assert "0 m² avant" in said
    assert "5000 m² après" in said
    assert "Self-intersection" in reading.table["repair"].iloc[0]


def test_overlaps_are_listed_with_their_area(tmp_path: Path) -> None:
    moved = shapely.affinity.translate(SQUARE, 290)
    touching = shapely.affinity.translate(SQUARE, 0, 300)
    frame = layer(
        {},
        {"code_qp": "QN07502N", "geometry": moved},
        {"code_qp": "QN07503N", "geometry": touching},
    )
    reading = qpv.read(write(frame, tmp_path / "q.gpkg"))
    found = [a for a in reading.anomalies if a.code == "overlap"]
    assert [(a.record, a.value) for a in found] == [("QN07501N", "QN07502N")]
    assert "3000 m²" in str(found[0].reason)


def test_a_polygon_outside_the_territory_of_its_code_is_listed(tmp_path: Path) -> None:
    reading = qpv.read(write(layer({"code_qp": "QN97414I"}), tmp_path / "q.gpkg"))
    assert codes_of(reading, "outside-territory") == ["QN97414I"]


# --- several layers in one ZIP ----------------------------------------------------------------


def test_a_shifted_geographic_layer_gives_way_to_the_projected_one(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    right = layer(*neighbours(4))
    shifted = right.assign(geometry=right.translate(50, 5)).to_crs(4326)
    write(right, folder / "QPV.shp")
    write(shifted, folder / "A_QPV_WGS84.shp")
    reading = qpv.read(pack(tmp_path / "q.zip", folder))
    assert reading.provenance.member == "QPV.shp"
    assert reading.table.to_crs(2154).total_bounds[0] == pytest.approx(601_000, abs=0.01)
    (found,) = [a for a in reading.anomalies if a.code == "shifted-layer"]
    assert "+50 m" in str(found.reason)


def test_a_layer_with_the_same_drawing_is_no_anomaly_and_fills_gaps(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    every = layer(*neighbours(5))
    write(every.iloc[:4], folder / "metropole_LB93.shp")
    write(every.to_crs(4326), folder / "tout_WGS84.geojson")
    reading = qpv.read(pack(tmp_path / "q.zip", folder))
    assert len(reading.table) == 5
    assert len(reading.anomalies) == 0
    assert reading.provenance.rows_read == 5
    assert list(reading.table["file"].str.rsplit("/").str[-1]) == [
        *["metropole_LB93.shp"] * 4,
        "tout_WGS84.geojson",
    ]


def test_what_a_shifted_layer_alone_holds_is_as_imprecise_as_its_shift(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    every = layer(*neighbours(5))
    write(every.iloc[:4], folder / "LB93.shp")
    write(every.assign(geometry=every.translate(50)).to_crs(4326), folder / "WGS84.geojson")
    zones = qpv.read(pack(tmp_path / "q.zip", folder)).table.set_index("code")
    assert zones.loc["QN07501N", "precision_m"] == 0
    assert zones.loc["QN07505N", "precision_m"] == pytest.approx(50, abs=0.5)


def test_a_damaged_layer_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write(layer(*neighbours(2)), folder / "good.gpkg")
    write(layer(*neighbours(2)), folder / "bad.shp")
    (folder / "bad.dbf").unlink()
    path = pack(tmp_path / "q.zip", folder)
    with pytest.raises(SourceError, match=r"bad\.dbf"):
        qpv.read(path)


# --- restoring --------------------------------------------------------------------------------


def lost_and_old(tmp_path: Path, old: list[dict[str, Any]], **lost: Any) -> tuple[Any, Any]:
    """Reading of a 2024 layer with one lost polygon, and zones of 2015."""
    x, y = 600_010, 6_600_010
    flat = Polygon([(x, y), (x, y), (x, y), (x, y)])
    row = {"code_qp": "QN07509I", "lib_qp": "Rive Droite", "geometry": flat, **lost}
    new = qpv.read(write(layer(*neighbours(1), row), tmp_path / "new.gpkg"))
    return new, qpv.read(write(layer(*old), tmp_path / "old.gpkg")).table


def restore(new: Reading, old: Any) -> tuple[list[str], list[str]]:
    zones, anomalies = qpv.restore_unchanged(new.table, old, new.extra["set_aside"])
    return list(zones["repair"]), [anomaly.code for anomaly in anomalies]


HERE = {"code_qp": "QP075009", "lib_qp": "RIVE-DROITE"}


def test_a_lost_polygon_is_restored_by_name_and_place(tmp_path: Path) -> None:
    assert restore(*lost_and_old(tmp_path, [HERE])) == (
        ["restored from QP075009"],
        ["restored-from-2015"],
    )


@pytest.mark.parametrize(
    ("old", "lost"),
    [
        ([{**HERE, "lib_qp": "Rive Gauche"}], {}),
        ([{**HERE, "code_qp": "QP092009"}], {}),
        ([{**HERE, "geometry": shapely.affinity.translate(SQUARE, 5000)}], {}),
        ([HERE, {**HERE, "code_qp": "QP075010"}], {}),
        ([HERE], {"code_qp": "QN07509M"}),
        ([HERE], {"lib_qp": ""}),
    ],
    ids=["other name", "other departement", "other place", "two fit", "modified", "no name"],
)
def test_a_doubtful_polygon_is_not_restored(
    tmp_path: Path, old: list[dict[str, Any]], lost: dict[str, Any]
) -> None:
    assert restore(*lost_and_old(tmp_path, old, **lost)) == ([], ["not-restored"])


def test_where_nothing_is_left_the_commune_decides(tmp_path: Path) -> None:
    new, old = lost_and_old(tmp_path, [HERE])
    new.extra["set_aside"]["geometry"] = None
    assert restore(new, old)[1] == ["restored-from-2015"]
    old["communes"] = "75101"
    assert restore(new, old)[1] == ["not-restored"]


# --- broken files -----------------------------------------------------------------------------


def good(tmp_path: Path) -> Path:
    return write(layer(*neighbours(3)).to_crs(4326), tmp_path / "good.geojson")


def refuses(path: Path) -> SourceError:
    with pytest.raises(SourceError) as caught:
        qpv.read(path)
    assert caught.value.file is not None
    assert qpv.recognise(path) in (None, "perimetres-2015", "perimetres-2024", "liste")
    return caught.value


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "q.geojson").write_bytes(b"")
    refuses(tmp_path / "q.geojson")


def test_missing_file(tmp_path: Path) -> None:
    refuses(tmp_path / "nowhere.geojson")


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_truncated_geojson(tmp_path: Path, share: float) -> None:
    data = good(tmp_path).read_bytes()
    (tmp_path / "q.geojson").write_bytes(data[: int(len(data) * share)])
    refuses(tmp_path / "q.geojson")


def test_truncated_gz(tmp_path: Path) -> None:
    data = gzip.compress(good(tmp_path).read_bytes())
    (tmp_path / "q.geojson.gz").write_bytes(data[: len(data) // 2])
    refuses(tmp_path / "q.geojson.gz")


@pytest.mark.parametrize("name", ["q.geojson", "q.gpkg", "q.zip", "q.shp", "q.fgb", "q.csv"])
def test_binary_junk(tmp_path: Path, name: str) -> None:
    junk = np.random.default_rng(1).bytes(5000)
    (tmp_path / name).write_bytes(b"\x01" + junk)
    refuses(tmp_path / name)


def test_missing_column_is_named(tmp_path: Path) -> None:
    path = write(layer({}).drop(columns="code_qp"), tmp_path / "q.gpkg")
    assert "code_qp" in refuses(path).say("fr")


def test_no_row(tmp_path: Path) -> None:
    refuses(write(layer({}).iloc[:0], tmp_path / "q.gpkg"))


def test_no_usable_code(tmp_path: Path) -> None:
    error = refuses(write(layer({"code_qp": "75056"}), tmp_path / "q.gpkg"))
    assert "QP075001" in error.say("fr")


def test_no_crs(tmp_path: Path) -> None:
    write(layer({}), tmp_path / "q.shp")
    (tmp_path / "q.prj").unlink()
    refuses(tmp_path / "q.shp")


def test_swapped_axes(tmp_path: Path) -> None:
    frame = layer(*neighbours(3)).to_crs(4326)
    swapped = frame.assign(geometry=shapely.transform(frame.geometry, lambda p: p[:, ::-1]))
    assert "axes" in refuses(write(swapped, tmp_path / "q.geojson")).say("fr")


def test_one_wild_coordinate_costs_one_row(tmp_path: Path) -> None:
    rows = neighbours(3)
    points = np.array(SQUARE.exterior.coords)
    points[1, 0] = np.inf
    rows[1]["geometry"] = shapely.polygons(points)
    reading = qpv.read(write(layer(*rows), tmp_path / "q.gpkg"))
    assert list(reading.table["code"]) == ["QN07501N", "QN07503N"]
    assert [a.row for a in reading.anomalies if a.outcome == "set aside"] == [2]
    assert reading.provenance.rows_read == 3


def test_duplicate_ids_keep_the_first(tmp_path: Path) -> None:
    rows = neighbours(3)
    rows[2]["code_qp"] = rows[0]["code_qp"]
    reading = qpv.read(write(layer(*rows), tmp_path / "q.gpkg"))
    assert list(reading.table["code"]) == ["QN07501N", "QN07502N"]
    (found,) = [a for a in reading.anomalies if a.code == "duplicate-id"]
    assert (found.row, found.outcome) == (3, "set aside")
    assert reading.provenance.rows_set_aside == 1


def test_mixed_crs_each_layer_by_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    rows = neighbours(2)
    write(layer(rows[0]), folder / "a.shp")
    write(layer(rows[1]).to_crs(27572), folder / "b.shp")
    reading = qpv.read(pack(tmp_path / "q.zip", folder))
    centres = reading.table.to_crs(2154).geometry.centroid
    assert centres.x.tolist() == pytest.approx([601_150, 602_150], abs=5)
    assert reading.table["precision_m"].tolist() == [0.0, 2.0]


def test_metres_announced_as_degrees(tmp_path: Path) -> None:
    wrong = layer(*neighbours(3)).set_crs(4326, allow_override=True)
    refuses(write(wrong, tmp_path / "q.gpkg"))


def test_huge_cell_and_wrong_communes_are_listed(tmp_path: Path) -> None:
    frame = layer({"insee_com": "x" * 200_000}, *neighbours(2)[1:])
    reading = qpv.read(write(frame, tmp_path / "q.gpkg"))
    assert codes_of(reading, "bad-commune") == ["QN07501N"]
    assert len(str(next(a.reason for a in reading.anomalies))) < 1000


def test_latin_1_attributes(tmp_path: Path) -> None:
    write(layer({"lib_qp": "Évry"}), tmp_path / "q.shp", encoding="ISO-8859-1")
    (tmp_path / "q.cpg").unlink()
    assert qpv.read(tmp_path / "q.shp").table["name"].iloc[0] == "Évry"


def test_list_with_a_wrong_separator_or_encoding(tmp_path: Path) -> None:
    text = "code_qp|lib_qp|insee_com\nQN07501N|Évry|75056\n"
    (tmp_path / "l.csv").write_bytes(text.encode("cp1252"))
    table, _ = qpv.read_list(tmp_path / "l.csv")
    assert table["name"].iloc[0] == "Évry"
    (tmp_path / "l.csv").write_text("a;b\n1;2\n")
    with pytest.raises(SourceError):
        qpv.read_list(tmp_path / "l.csv")


def test_zip_bomb(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "q.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("q.geojson", b" " * 60_000_000)
    refuses(tmp_path / "q.zip")


def test_path_traversal(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "q.zip", "w") as archive:
        archive.write(good(tmp_path), "../../q.geojson")
    refuses(tmp_path / "q.zip")
    assert not (tmp_path.parent.parent / "q.geojson").exists()


def test_symlinks(tmp_path: Path) -> None:
    (tmp_path / "link.geojson").symlink_to(good(tmp_path))
    assert len(qpv.read(tmp_path / "link.geojson").table) == 3
    (tmp_path / "loop.geojson").symlink_to(tmp_path / "loop.geojson")
    refuses(tmp_path / "loop.geojson")


def test_lines_are_no_zones(tmp_path: Path) -> None:
    frame = layer(*neighbours(2))
    frame.loc[1, "geometry"] = frame.geometry.iloc[1].exterior
    reading = qpv.read(write(frame, tmp_path / "q.gpkg"))
    assert list(reading.table["code"]) == ["QN07501N"]
    assert list(reading.extra["set_aside"]["code"]) == ["QN07502N"]


def test_multipolygons_stay_whole(tmp_path: Path) -> None:
    two = MultiPolygon([SQUARE, shapely.affinity.translate(SQUARE, 1000)])
    zones = qpv.read(write(layer({"geometry": two}), tmp_path / "q.gpkg")).table
    assert zones.to_crs(2154).area.iloc[0] == pytest.approx(180_000, rel=1e-6)
