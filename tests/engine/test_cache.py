"""Tables on disk: read again, never trusted blindly, never needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from geo_service.engine import SpatialIndex
from geo_service.engine import shelf as shelf_module
from geo_service.engine.cache import cache_folder, load_table

SQUARES = shapely.box([0, 1000], [0, 0], [1000, 2000], [1000, 1000])
X, Y = np.random.default_rng(1).uniform(-200, 2200, (2, 500))


def ask(folder: Path | None = None, zones: np.ndarray = SQUARES) -> list[list[int]]:
    index = SpatialIndex(zones, crs=2154, method="table", cache_dir=folder)
    return [column.tolist() for column in index.query(X, Y)]


def test_a_table_is_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = ask(tmp_path)
    (table,) = tmp_path.glob("*.cells")
    monkeypatch.setattr(shelf_module, "build_table", None)
    assert ask(tmp_path) == expected
    assert [file.name for file in tmp_path.iterdir()] == [table.name]


def test_other_polygons_have_another_table(tmp_path: Path) -> None:
    ask(tmp_path)
    moved = shapely.box([0, 1000], [0, 0], [1000, 2000], [1000, np.nextafter(1000, 2000)])
    ask(tmp_path, moved)
    assert len(list(tmp_path.glob("*.cells"))) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:0],
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
        lambda raw: raw.replace(b'"west"', b'"wast"'),
        lambda raw: b"something else\n" + raw,
        lambda raw: raw + b"x",
        lambda raw: raw[:30] + b"\xff\xfe" + raw[32:],
    ],
    ids=["empty", "half", "bit", "key", "head", "longer", "binary"],
)
def test_a_damaged_table_is_ignored_and_written_again(tmp_path: Path, damage) -> None:
    expected = ask(tmp_path)
    (file,) = tmp_path.glob("*.cells")
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert load_table(tmp_path, file.name) is None
    assert ask(tmp_path) == expected
    assert file.read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_gone_without(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    assert ask(in_the_way) == ask(tmp_path / "cache")
    assert in_the_way.read_text() == "not a folder"


def test_the_folder_is_chosen_named_or_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_folder(tmp_path) == tmp_path
    monkeypatch.setenv("GEO_SERVICE_CACHE", str(tmp_path / "named"))
    assert cache_folder(None) == tmp_path / "named"
    monkeypatch.delenv("GEO_SERVICE_CACHE")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder(None) == tmp_path / "xdg" / "geo_service"


def test_old_tables_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo_service.engine.cache._KEPT_BYTES", 100_000)
    for shift in range(12):
        ask(tmp_path, shapely.transform(SQUARES, lambda xy, by=shift: xy + by))
    kept = list(tmp_path.glob("*.cells"))
    assert 1 <= len(kept) < 12


def test_a_wide_layer_is_small_on_disk(tmp_path: Path) -> None:
    zones = shapely.box([0, 1e7], [0, 1e7], [100, 1e7 + 100], [100, 1e7 + 100])
    index = SpatialIndex(zones, crs=2154, method="table", cache_dir=tmp_path)
    assert index.query([50, 1e7 + 50, 5e6], [50, 1e7 + 50, 5e6])[1].tolist() == [0, 1]
    (file,) = tmp_path.glob("*.cells")
    assert file.stat().st_size < 1_000_000
