"""A layer as features: the same as the GeoJSON download, one by one and by box."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geo_service.atlas import Atlas
from geo_service.core.errors import UnknownNameError
from geo_service.exporting import export_layer
from geo_service.features import Features


@pytest.fixture(scope="module")
def atlas(sample_file: Path) -> Atlas:
    return Atlas(sample_file)


@pytest.mark.parametrize("layer", ["structures", "qpv_2024", "zonage"])
def test_features_are_those_of_the_download(atlas: Atlas, layer: str, tmp_path: Path) -> None:
    features = Features(layer, atlas.layer(layer))
    export_layer(atlas, layer, "geojson", tmp_path / "a.geojson", None, "fr")
    written = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))["features"]
    held = json.loads(features.collection(members={"name": layer}))
    assert held["type"] == "FeatureCollection"
    assert held["name"] == layer
    assert len(held["features"]) == len(written) == len(features)
    for one, other in zip(held["features"], written, strict=True):
        assert one["properties"] == other["properties"]
        assert one["geometry"] == other["geometry"]


def test_a_feature_is_found_by_its_id(atlas: Atlas) -> None:
    features = Features("qpv_2024", atlas.layer("qpv_2024"))
    for identity in features.ids:
        feature = json.loads(features.texts[features.place(identity)])
        assert feature["id"] == identity == feature["properties"]["code"]
    with pytest.raises(UnknownNameError):
        features.place("QN00000X")


def test_ids_that_repeat_stay_apart() -> None:
    table = gpd.GeoDataFrame(
        {"code": ["a", "a", None]}, geometry=shapely.points([[0, 0], [1, 1], [2, 2]]), crs=4326
    )
    features = Features("zones", table)
    assert features.ids == ["a", "a~1", ""]
    assert features.place("a~1") == 1


def test_a_box_selects_what_it_meets() -> None:
    squares = shapely.box([0, 2, 4], [0, 0, 0], [1, 3, 5], [1, 1, 1])
    table = gpd.GeoDataFrame({"code": ["a", "b", "c"]}, geometry=squares, crs=4326)
    features = Features("zones", table)
    assert features.within((1, 1, 2.5, 3)).tolist() == [0, 1]  # touching counts
    assert features.within((3.2, 0, 3.8, 1)).tolist() == []
