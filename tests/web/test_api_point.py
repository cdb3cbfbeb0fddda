"""One point through the API says what the look-up of lists says, with distances and reasons."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from geo_service.atlas import Atlas
from geo_service.core.i18n import LANGUAGES
from geo_service.web import create_app
from geo_service.web.api.point import Places
from geo_service.web.lookup.zones import Lookup

ROOT = "/api/v1/localiser"


@pytest.fixture(scope="module")
def atlas(sample_file: Path) -> Atlas:
    return Atlas(sample_file)


@pytest.fixture(scope="module")
def client(sample_file: Path):
    return create_app(sample_file).test_client()


@pytest.fixture(scope="module")
def around(atlas: Atlas) -> tuple[np.ndarray, np.ndarray]:
    """Points near the QPV and the communes of the sample, some beyond its territory."""
    random = np.random.default_rng(11)
    lon, lat = [], []
    for layer in ("qpv_2024", "communes"):
        for west, south, east, north in atlas.layer(layer).geometry.bounds.to_numpy():
            wide, high = 0.6 * (east - west), 0.6 * (north - south)
            lon.append(random.uniform(west - wide, east + wide, 6))
            lat.append(random.uniform(south - high, north + high, 6))
    return np.concatenate(lon), np.concatenate(lat)


@pytest.mark.parametrize("precision", [0.0, 25.0, 250.0, math.nan])
def test_the_answers_are_those_of_the_look_up_of_lists(atlas, around, precision: float) -> None:
    lon, lat = around
    bulk = Lookup(atlas).locate(lon, lat, np.full(len(lon), precision))
    places = Places(atlas)
    seen = set()
    for point, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
        told = {one["layer"]: one for one in places.tell(x, y, precision, "fr")["layers"]}
        assert told["communes"]["answer"] == bulk.commune.answer[point]
        for name, held in bulk.layers.items():
            assert told[name]["answer"] == held.answer[point], (name, x, y, told[name])
            seen.add((name[:4], told[name]["answer"]))
        assert (told["zonage"]["class"] or None) == (bulk.zone_class[point] or None)
        assert (told["zonage"]["answer"] == "inside") == bool(bulk.zone_class_sure[point])
    if precision == 25.0:
        assert {("qpv_", "inside"), ("qpv_", "undetermined"), ("quar", "inside")} <= seen


def test_the_nearest_are_those_of_the_look_up_of_lists(atlas, around) -> None:
    lon, lat = around
    bulk = Lookup(atlas).locate(lon, lat, np.zeros(len(lon)))
    places = Places(atlas)
    for point, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
        near = {one["kind"]: one["metres"] for one in places.tell(x, y, 0.0, "fr")["nearest"]}
        for kind, (_, metres) in bulk.nearest.items():
            if math.isfinite(metres[point, 0]):
                assert near[kind] == pytest.approx(metres[point, 0], abs=0.06)


def test_every_answer_has_its_reason_in_both_languages(atlas, around) -> None:
    places = Places(atlas)
    for x, y in zip(*(column.tolist() for column in around), strict=True):
        for precision in (0.0, 80.0, math.nan):
            said = [
                [one["said"] for one in places.tell(x, y, precision, language)["layers"]]
                for language in LANGUAGES
            ]
            assert all(text and "{" not in text for texts in said for text in texts)
            assert all(french != english for french, english in zip(*said, strict=True))


def test_a_point_in_a_qpv_says_how_far_the_limit_is(client, atlas) -> None:
    qpv = atlas.layer("qpv_2024").iloc[0]
    point = qpv.geometry.representative_point()
    told = client.get(f"{ROOT}?lon={point.x}&lat={point.y}&lang=fr").get_json()
    layer = next(one for one in told["layers"] if one["layer"] == "qpv_2024")
    assert (layer["answer"], layer["code"]) == ("inside", qpv["code"])
    assert layer["metres_to_limit"] < 0
    assert "la limite est à" in layer["said"]
    assert told["in_result"] is True
    wide = client.get(f"{ROOT}?lon={point.x}&lat={point.y}&precision=90000&lang=en").get_json()
    layer = next(one for one in wide["layers"] if one["layer"] == "qpv_2024")
    assert layer["answer"] == "undetermined"
    assert "nearer than the precision (90.0 km)" in layer["said"]


def test_out_of_the_result_is_said(client) -> None:
    told = client.get(f"{ROOT}?lon=20&lat=50&lang=en").get_json()
    assert told["in_result"] is False
    assert told["said"] == "Outside every commune of the result."
    assert told["nearest"] == []


def test_what_is_asked_is_not_kept(client, caplog) -> None:
    answer = client.get(f"{ROOT}?lon=1.23456&lat=43.65432&precision=unknown")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.get_json()["precision"] is None
    assert "1.23456" not in caplog.text
