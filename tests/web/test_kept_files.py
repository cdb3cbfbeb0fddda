"""Files of downloads are kept within bounds of number and size."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo_service.exporting import find_format
from geo_service.web import kept_files
from geo_service.web.kept_files import Files, Wanted
from geo_service.web.served import Served

LAYERS = ("structures", "communes", "qpv_2024", "departements", "regions")


def wanted(layer: str) -> Wanted:
    return Wanted(layer, None, None, None, "fr")


@pytest.fixture
def kept(sample_file: Path) -> Files:
    return Files(Served(sample_file))


def test_a_file_is_written_once(kept: Files) -> None:
    form = find_format("csv")
    first = kept.exported(wanted("structures"), form)
    assert first.stat().st_size > 0
    assert kept.exported(wanted("structures"), form) == first
    assert kept.exported(wanted("structures"), find_format("geojson")) != first


def test_the_oldest_make_room_for_the_number(kept: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_files, "KEPT_FILES", 3)
    paths = [kept.exported(wanted(layer), find_format("geojson")) for layer in LAYERS]
    assert [path.is_file() for path in paths] == [False, False, True, True, True]
    assert len(kept._locks) == len(kept._files) == len(kept._bytes) == 3
    again = kept.exported(wanted(LAYERS[0]), find_format("geojson"))
    assert again.is_file()


def test_the_oldest_make_room_for_the_bytes(kept: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    form = find_format("geojson")
    sizes = [kept.exported(wanted(layer), form).stat().st_size for layer in LAYERS[:2]]
    monkeypatch.setattr(kept_files, "KEPT_BYTES", sum(sizes))
    last = kept.exported(wanted(LAYERS[2]), form)
    assert last.is_file()
    assert sum(kept._bytes.values()) <= sum(sizes)
    monkeypatch.setattr(kept_files, "KEPT_BYTES", 1)
    alone = kept.exported(wanted(LAYERS[3]), form)
    assert alone.is_file()
    assert list(kept._files.values()) == [alone]
    with alone.open("rb") as read:
        kept.exported(wanted(LAYERS[4]), form)
        assert not alone.exists()
        assert read.read(1) == b"{"
