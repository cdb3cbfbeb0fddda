"""Geographic layers: every format gives the same rows, and no damage passes for data."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import Polygon, box

from geo_service.core.errors import SourceError
from geo_service.core.result import Anomalies
from geo_service.intake.archives import open_official
from geo_service.intake.vectors import list_layers, read_layer, repair

LILLE = box(700_000, 7_050_000, 701_000, 7_051_000)
FORMATS = {"a.geojson": "GeoJSON", "a.gpkg": "GPKG", "a.shp": "ESRI Shapefile"}
FORMATS |= {"a.fgb": "FlatGeobuf", "a.parquet": "Parquet"}


def squares(n: int = 3, crs: int = 2154) -> gpd.GeoDataFrame:
    shapes = [box(700_000 + k * 2_000, 7_050_000, 701_000 + k * 2_000, 7_051_000) for k in range(n)]
    codes = [f"0{k}" for k in range(n)]
    names = ["Étang", "Cœur", "Près"][:n]
    return gpd.GeoDataFrame({"code": codes, "nom": names}, geometry=shapes, crs=2154).to_crs(crs)


def save(frame: gpd.GeoDataFrame, path: Path, **options: Any) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path, **options)
    return path


def collection(path: Path, *features: tuple[Any, dict[str, Any]], **more: Any) -> Path:
    listed = [{"type": "Feature", "geometry": g, "properties": p} for g, p in features]
    path.write_text(json.dumps({"type": "FeatureCollection", **more, "features": listed}))
    return path


def polygon(*ring: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring]}


def around(x: float, y: float) -> dict[str, Any]:
    return polygon((x, y), (x, y + 0.1), (x + 0.1, y + 0.1), (x + 0.1, y), (x, y))


def refused(path: Path, *layer: str, **options: Any) -> str:
    with pytest.raises(SourceError) as caught:
        read_layer(open_official(path), *layer, **options)
    assert caught.value.say("en") != caught.value.say("fr")
    assert path.name in caught.value.say()
    return caught.value.say("fr")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("packing", ["plain", "gz", "zip"])
def test_formats_and_packings_give_the_same(tmp_path: Path, name: str, packing: str) -> None:
    path = save(squares(), tmp_path / name)
    if packing == "gz":
        if name.endswith("shp"):
            return
        path = tmp_path / (name + ".gz")
        path.write_bytes(gzip.compress((tmp_path / name).read_bytes()))
    elif packing == "zip":
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for part in tmp_path.glob("a.*"):
                if part != path:
                    archive.write(part, f"SHP/{part.name}")
    file = open_official(path)
    (layer,) = list_layers(file)
    assert (layer.driver, layer.crs, layer.fields) == (FORMATS[name], "EPSG:2154", ("code", "nom"))
    frame = read_layer(file)
    if name == "a.fgb":  # this format orders its rows along a curve
        frame = frame.sort_values("code").assign(row=sorted(frame["row"]))
    assert frame["code"].tolist() == ["00", "01", "02"]
    assert frame["nom"].tolist() == ["Étang", "Cœur", "Près"]
    assert frame["row"].tolist() == [1, 2, 3]
    assert frame.crs.to_epsg() == 2154
    assert shapely.equals(frame.geometry.array, squares().geometry.array).all()
    assert frame.attrs["driver"] == FORMATS[name]


def test_the_layer_is_chosen(tmp_path: Path) -> None:
    path = save(squares(), tmp_path / "a.gpkg", layer="QPV")
    save(squares(1), path, layer="QPV_2")
    assert [layer.name for layer in list_layers(open_official(path))] == ["QPV", "QPV_2"]
    assert len(read_layer(open_official(path), "qpv_2")) == 1
    assert "Plusieurs couches : QPV, QPV_2" in refused(path)
    assert "Couche absente introuvable ; il y a : QPV, QPV_2" in refused(path, "absente")
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        for name in ("QPV", "QPV_WGS84"):
            for part in save(squares(), tmp_path / f"{name}.shp").parent.glob(f"{name}.*"):
                archive.write(part, part.name)
    file = open_official(tmp_path / "two.zip")
    assert [layer.member for layer in list_layers(file)] == ["QPV.shp", "QPV_WGS84.shp"]
    assert read_layer(file, "QPV").attrs["member"] == "QPV.shp"
    assert read_layer(file, member="*wgs84.shp").attrs["member"] == "QPV_WGS84.shp"
    assert "QPV.shp, QPV_WGS84.shp" in refused(tmp_path / "two.zip")


def test_columns_are_found_under_any_spelling(tmp_path: Path) -> None:
    shapes = squares().rename(columns={"code": "Code_QP", "nom": "row"})
    path = save(shapes, tmp_path / "a.gpkg")
    assert list(read_layer(open_official(path)).columns) == ["Code_QP", "row_", "geometry", "row"]
    frame = read_layer(open_official(path), aliases={"qpv": ("code_qp",)})
    assert list(frame.columns) == ["qpv", "geometry", "row"]
    assert "Colonnes absentes : code_zz" in refused(path, aliases={"qpv": ("code_zz",)})


@pytest.mark.parametrize(
    ("written", "page"),
    [("cp1252", None), ("cp1252", "UTF-8"), ("utf-8", None), ("utf-8", "UTF-8")],
)
def test_attributes_of_a_shapefile_keep_their_accents(
    tmp_path: Path, written: str, page: str | None
) -> None:
    path = save(squares(), tmp_path / "a.shp", encoding=written)
    (tmp_path / "a.cpg").unlink()
    if page:
        (tmp_path / "a.cpg").write_text(page)
    frame = read_layer(open_official(path))
    assert frame["nom"].tolist() == ["Étang", "Cœur", "Près"]
    assert frame.attrs["encoding"] == written


def test_incomplete_shapefiles(tmp_path: Path) -> None:
    path = save(squares(), tmp_path / "a.shp")
    (tmp_path / "a.prj").rename(tmp_path / "a.kept")
    assert "système de coordonnées" in refused(path)
    assert read_layer(open_official(path), default_crs=2154).crs.to_epsg() == 2154
    (tmp_path / "a.kept").rename(tmp_path / "a.prj")
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    assert ".shp est tronqué" in refused(path)
    path.write_bytes(whole)
    (tmp_path / "a.dbf").write_bytes((tmp_path / "a.dbf").read_bytes()[:-200])
    assert "illisible" in refused(path)
    (tmp_path / "a.dbf").unlink()
    assert "a.dbf du shapefile manque" in refused(path)
    (tmp_path / "a.shx").unlink()
    assert "a.shx du shapefile manque" in refused(path)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "a.shp"])
def test_truncated_layers(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = save(
        gpd.GeoDataFrame({"a": range(3_000)}, geometry=[LILLE] * 3_000, crs=2154), tmp_path / name
    )
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "illisible" in refused(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", FORMATS)
def test_a_layer_without_rows(tmp_path: Path, name: str) -> None:
    assert "aucun objet" in refused(save(squares()[:0], tmp_path / name))


@pytest.mark.parametrize(
    "content",
    [
        b"<OGRVRTDataSource/>",
        b'{"type": "gdal_streamed_alg", "command_line": "x", "features": []}',
        b"a;b\n1;2\n",
        b"\x7fELF" + bytes(200),
        b'{"type": "Feature"}',
    ],
)
def test_what_is_not_a_layer(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.geojson").write_bytes(content)
    assert "pas une couche géographique" in refused(tmp_path / "a.geojson")


def test_parquet_without_geometry(tmp_path: Path) -> None:
    squares().drop(columns="geometry").to_parquet(tmp_path / "a.parquet")
    assert "illisible" in refused(tmp_path / "a.parquet")


def test_swapped_axes_and_wrong_crs(tmp_path: Path) -> None:
    swapped: list[Any] = [(around(43.6 + k / 10, 1.4), {}) for k in range(4)]
    assert "axes sont inversés" in refused(collection(tmp_path / "a.geojson", *swapped))
    metres = squares()
    assert "hors du domaine" in refused(
        collection(
            tmp_path / "b.geojson", *((shapely.geometry.mapping(g), {}) for g in metres.geometry)
        )
    )
    degrees = squares(crs=4326).set_crs(2154, allow_override=True)
    assert "hors du domaine" in refused(save(degrees, tmp_path / "c.gpkg"))
    metres.geometry = shapely.transform(metres.geometry.array, lambda xy: xy[:, ::-1])
    assert "axes sont inversés" in refused(save(metres, tmp_path / "d.gpkg"))


def test_single_bad_shapes_are_noted_and_set_aside(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    good = [(around(1.4 + k / 10, 43.6), {"code": f"0{k}"}) for k in range(8)]
    bad = [
        (around(float("nan"), 43.6), {"code": "nan"}),
        (around(1.4, float("inf")), {"code": "inf"}),
        (polygon((1.4, 43.6), (1.5, 43.7)), {"code": "two"}),
        (around(43.6, 1.4), {"code": "swapped"}),
        (around(1.4, 143.6), {"code": "beyond"}),
        (None, {"code": "none"}),
    ]
    path = collection(tmp_path / "a.geojson", *good[:4], *bad, *good[4:])
    noted = Anomalies()
    frame = read_layer(open_official(path), source="qpv", anomalies=noted)
    assert [(a.row, a.code, a.outcome) for a in noted] == [
        (5, "not-finite", "set aside"),
        (6, "not-finite", "set aside"),
        (7, "unreadable-geometry", "set aside"),
        (8, "swapped-axes", "set aside"),
        (9, "out-of-range", "set aside"),
    ]
    assert frame["row"].tolist() == [1, 2, 3, 4, 10, 11, 12, 13, 14]
    assert frame.loc[frame["code"] == "none", "geometry"].isna().all()
    assert "ligne 5" in refused(path)
    assert capfd.readouterr() == ("", "")


def test_only_the_polygons_named_are_tested() -> None:
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    shapes, notes = repair([bow, bow, shapely.Point(0, 0)], np.array([True, False, False]))
    assert notes["status"].tolist() == ["repaired", "valid", "zero area"]
    assert shapes[1].equals_exact(bow)


def test_repair() -> None:
    bowtie = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    overlapping = shapely.MultiPolygon([box(0, 0, 2, 2), box(1, 0, 3, 2)])
    flat = Polygon([(0, 0), (1, 1), (2, 2), (0, 0)])
    spike = Polygon([(0, 0), (0, 1), (1, 1), (1, 0), (2, 0), (1, 0)])
    mixed = shapely.GeometryCollection([box(0, 0, 1, 1), shapely.Point(5, 5)])
    shapes, notes = repair(
        [box(0, 0, 1, 1), bowtie, overlapping, flat, spike, mixed, None, Polygon()]
    )
    assert notes["status"].tolist() == [
        "valid", "repaired", "repaired", "zero area", "repaired", "repaired", "empty", "empty",
    ]  # fmt: skip
    kept = [shape is not None for shape in shapes]
    assert kept == [True, True, True, False, True, True, False, False]
    # Two triangles of 1 each; two squares of 4 sharing 2; the spike has no surface.
    assert shapely.area(shapes[kept]) == pytest.approx([1, 2, 6, 1, 1])
    assert shapely.is_valid(shapes[kept]).all()
    assert np.isin(shapely.get_type_id(shapes[kept]), (3, 6)).all()
    assert notes["reason"][1].startswith("Self-intersection")
    assert notes["reason"].isna().tolist() == [True] + [False] * 7


def test_real_layers(real_data: Path) -> None:
    frame = read_layer(open_official(real_data / "qpv" / "qpv2024_simplified.geojson.gz"))
    shapes, notes = repair(frame.geometry)
    assert notes["status"].value_counts().to_dict() == {
        "valid": 1_524, "repaired": 82, "zero area": 3,
    }  # fmt: skip
    gone = frame.loc[notes["status"] == "zero area", "code_qp"].tolist()
    assert sorted(gone) == ["QN09105I", "QN09113I", "QN09503I"]
    assert shapely.is_valid(shapes[notes["status"] != "zero area"]).all()
    old = open_official(real_data / "qpv" / "qpv2015_metropole_shp.zip")
    assert [layer.crs for layer in list_layers(old)] == ["EPSG:27572", "EPSG:4326"]
    frame = read_layer(old, "QPV")
    assert len(frame) == 1_296
    assert "Cité Des Brebis" in set(frame["NOM_QP"])
    assert repair(frame.geometry)[1]["status"].value_counts()["repaired"] == 27
