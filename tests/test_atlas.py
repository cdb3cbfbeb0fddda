"""What may be asked of a stored result: where a point lies, what a territory holds."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from geo_service.atlas import Atlas
from geo_service.core.errors import UnknownNameError
from geo_service.engine import TerritorialIndex


@pytest.fixture(scope="module")
def atlas(sample_file: Path) -> Atlas:
    return Atlas(sample_file)


@pytest.mark.parametrize("precision", [0.0, 40.0, math.inf, math.nan])
def test_a_point_is_located_as_the_bulk_index_does(atlas, precision: float) -> None:
    words = {1: "inside", 0: "outside", -1: "undetermined"}
    points = atlas.layer("qpv_2024").geometry.representative_point()
    lon, lat = points.x.to_numpy() + 0.002, points.y.to_numpy()
    found = [atlas.locate(x, y, precision) for x, y in zip(lon, lat, strict=True)]
    for layer in ("qpv_2024", "quartier_vecu_300", "zonage", "communes"):
        zones = atlas.layer(layer)
        bulk = TerritorialIndex(zones, method="tree").classify(
            lon, lat, np.full(len(lon), precision)
        )
        assert [one[layer]["answer"] for one in found] == [words[s] for s in bulk.sure.tolist()]
        codes = [None if zone < 0 else zones["code"].iloc[zone] for zone in bulk.zone]
        assert [one[layer]["code"] for one in found] == codes


def test_the_nearest_structures_are_open_and_of_the_same_territory(atlas) -> None:
    table = atlas.layer("structures")
    one = table[(table["kind"] == "MSP") & (table["open"] == "yes")].iloc[0]
    near = atlas.nearest(one["lon"], one["lat"])
    assert near["MSP"]["metres"] == 0
    assert atlas.nearest(20.0, 50.0)["MSP"] is None


def test_a_territory_holds_its_communes_and_its_qpv(atlas) -> None:
    held = atlas.inside("departement:971")
    communes = atlas.layer("communes")
    assert set(communes.loc[communes["departement"] == "971", "territory"]) <= held
    qpv = atlas.layer("qpv_2024")
    own = {f"qpv:{code}" for code in qpv.loc[qpv["departement"] == "971", "code"]}
    assert own
    assert own == {one for one in held if one.startswith("qpv:QN")}
    assert atlas.inside(atlas.facts["territory"]) == set(atlas.territories)


def test_a_layer_is_cut_by_a_qpv(atlas) -> None:
    table = atlas.layer("structures")
    code = table["qpv"].dropna().iloc[0]
    assert set(atlas.layer("structures", f"qpv:{code}")["qpv"]) == {code}
    assert atlas.layer("qpv_2024", f"qpv:{code}")["code"].tolist() == [code]
    with pytest.raises(UnknownNameError):
        atlas.layer("anomalies", f"qpv:{code}")
