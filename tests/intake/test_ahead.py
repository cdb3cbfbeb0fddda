"""Reading ahead gives what reading gives, in another thread."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely
from pandas.testing import assert_frame_equal

from geo_service.core.errors import SourceError
from geo_service.core.i18n import T
from geo_service.intake import ahead, features
from geo_service.intake.archives import open_official
from geo_service.intake.vectors import begin_layer, read_layer
from geo_service.study import Study
from geo_service.study.material import read_material

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample" / "study.toml"


def _where(_: str) -> int:
    return threading.get_ident()


def test_work_that_was_begun_is_done_in_another_thread_once() -> None:
    here = threading.get_ident()
    with ahead.reading_ahead():
        assert ahead.begin(_where, "a")
        assert ahead.result_of(_where, "a") != here
        assert ahead.result_of(_where, "a") == here  # taken already
        assert ahead.result_of(_where, "b") == here  # never begun
    assert not ahead.begin(_where, "a")
    assert ahead.result_of(_where, "a") == here


def _fail(_: str) -> None:
    raise ValueError("told where it is asked for")


def test_what_fails_ahead_is_told_where_it_is_asked_for_and_nowhere_else() -> None:
    with ahead.reading_ahead():
        ahead.begin(_fail, "asked")
        ahead.begin(_fail, "never asked")
        with pytest.raises(ValueError, match="told where"):
            ahead.result_of(_fail, "asked")


def test_what_was_not_asked_for_is_given_up() -> None:
    done: list[str] = []
    go = threading.Event()

    def work(name: str) -> None:
        go.wait(10)
        done.append(name)

    def interrupted() -> None:
        with ahead.reading_ahead():
            ahead.begin(work, "running")
            ahead.begin(work, "waiting")
            threading.Timer(0.05, go.set).start()
            raise SourceError(T("illisible", "unreadable"))

    with pytest.raises(SourceError):
        interrupted()
    assert done == ["running"]


PLAIN: dict[str, list[Any]] = {
    "text": ["é", "", None],
    "whole": [1, 2, 3],
    "whole_or_none": [1, None, 3],
    "number": [0.1, 1e300, None],
    "day": ["2024-01-02", None, "1900-01-01"],
    "nothing": [None, None, None],
    "large": [2**40, 1, 2],
    "large_or_none": [2**40, None, 2],
    "moment": ["2024-01-02T10:00:00Z", None, "2024-07-02T10:00:00+02:00"],
}
OTHER: dict[str, list[Any]] = {
    "truth": [True, None, False],
    "list": [[1, 2], None, [3]],
    "thing": [{"a": 1}, None, {}],
    "mixed": [1, "a", None],
}


def _layer(folder: Path, columns: dict[str, list[Any]]) -> Path:
    shapes = [shapely.Point(1, 2), shapely.box(0, 0, 1, 1), shapely.box(0, 0, 2, 2).boundary]
    collection = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {name: column[at] for name, column in columns.items()},
                "geometry": shapely.geometry.mapping(shapes[at]),
            }
            for at in range(3)
        ],
    }
    path = folder / "layer.geojson"
    path.write_text(json.dumps(collection), encoding="utf-8")
    return path


@pytest.mark.filterwarnings("ignore:Could not parse column")
@pytest.mark.parametrize("name", [*PLAIN, *OTHER])
def test_geojson_comes_out_as_it_does_without_arrow(tmp_path: Path, name: str) -> None:
    path = _layer(tmp_path, {"code": ["a", "b", "c"], name: (PLAIN | OTHER)[name]})
    assert (features.read(open_official(path)) is not None) is (name in PLAIN)
    read = read_layer(open_official(path))
    plain = pyogrio.read_dataframe(path, datetime_as_string=True)
    assert_frame_equal(read.drop(columns="row"), plain[[*plain.columns]])
    assert read.crs == plain.crs


def test_a_layer_read_ahead_is_the_layer(tmp_path: Path) -> None:
    path = _layer(tmp_path, PLAIN)
    usual = read_layer(open_official(path))
    with ahead.reading_ahead():
        assert begin_layer(open_official(path))
        assert_frame_equal(read_layer(open_official(path)), usual)


def test_a_study_read_ahead_is_the_study(monkeypatch: pytest.MonkeyPatch) -> None:
    study = Study.load(SAMPLE)
    material = read_material(study)
    began: list[bool] = []
    monkeypatch.setattr(ahead, "begin", lambda *_: began.append(False) or False)
    other = read_material(study)
    assert began
    assert material.provenance == other.provenance
    assert list(map(repr, material.anomalies)) == list(map(repr, other.anomalies))
    assert list(material.readings) == list(other.readings)
    for kind, readings in material.readings.items():
        for one, two in zip(readings, other.readings[kind], strict=True):
            assert_frame_equal(one.table, two.table)
            assert list(one.extra) == list(two.extra)
