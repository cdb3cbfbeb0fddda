"""Every reader on broken files: refused with the reason, or read with the fault listed."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geo_service.core.errors import GeoServiceError
from geo_service.core.result import Reading
from geo_service.intake.ahead import reading_ahead
from geo_service.study.description import SourceSpec
from geo_service.study.material import Material, begin_one, known_sources, read_one

from . import broken_places  # noqa: F401  (registers its faults)
from .broken_files import AT_THE_DOOR, GOOD, Good, broken, cases, good_path

REFUSED = (*(set(AT_THE_DOOR) - {"symlink"}), "deep nesting")
"""Faults that no reader may read through."""

HARMLESS = {
    ("quartier_vecu/by-polygon", "duplicate ids"): "several perimeters may serve one QPV",
    ("quartier_vecu/by-polygon", "missing column"): "a perimeter need not name the QPV it serves",
    ("zonage/zd-qpv", "missing column"): "without the QPV it is a table of classes by commune",
    ("territories/cog-moves", "duplicate ids"): "a move told twice leads to the same commune",
    ("territories/cog-arrondissements", "duplicate ids"): "a name told twice is the same name",
}
"""What changes a table without being a fault of the file."""


def _id(value: Any) -> str:
    return str(value).replace(" ", "-")


@pytest.fixture(scope="module")
def communes(sample: Path) -> Material:
    """What a study has read before: the communes, which the zoning by name needs."""
    path = sample / "territories" / "communes_fictif.parquet"
    return Material({"territories": [read_one(SourceSpec("territories", path, "communes"))]})


@pytest.fixture(scope="module")
def as_published(sample: Path, communes: Material, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Path and reading of each good file, read once."""
    made = tmp_path_factory.mktemp("made")
    held: dict[Good, tuple[Path, Reading]] = {}

    def get(good: Good) -> tuple[Path, Reading]:
        if good not in held:
            path = good_path(good, sample, made)
            held[good] = (path, _read(good, path, communes))
        return held[good]

    return get


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of temporary files of its own, which has to be empty at the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def _read(good: Good, path: Path, communes: Material) -> Reading:
    spec = SourceSpec(good.source, path, "s", layout=good.stated_layout, written=path.name)
    with reading_ahead():  # as a build reads
        begin_one(spec)
        return read_one(spec, communes)


def _content(reading: Reading) -> str:
    """All the cells of a reading but where they stand in the file."""
    tables = [reading.table, *reading.extra.values()]
    kept = [
        pd.DataFrame(table).drop(columns=["row", "file"], errors="ignore").astype("str")
        for table in tables
        if hasattr(table, "columns")
    ]
    return "\n".join(table.to_csv(index=False) for table in kept)


def test_every_layout_of_every_source_is_broken() -> None:
    layouts = {
        (source.name, layout.name)
        for source in known_sources().values()
        for layout in source.layouts
    }
    assert {(good.source, good.layout) for good in GOOD} == layouts


@pytest.mark.parametrize("good", GOOD, ids=_id)
def test_good_files_are_of_the_layout_said(good: Good, as_published: Any) -> None:
    path, reading = as_published(good)
    assert reading.provenance.layout == good.layout
    recognised = known_sources()[good.source].recognise(path)
    assert recognised == (None if good.stated_layout else good.layout)


@pytest.mark.parametrize(("good", "fault"), list(cases()), ids=_id)
def test_a_broken_file_is_refused_or_its_fault_is_listed(
    good: Good,
    fault: str,
    as_published: Callable[[Good], tuple[Path, Reading]],
    communes: Material,
    tmp_path: Path,
    temporary: Path,
) -> None:
    path, published = as_published(good)
    bad = broken(fault, good, path, tmp_path / "broken")
    try:
        reading = _read(good, bad, communes)
    except GeoServiceError as error:
        _explains(error, bad)
        assert fault != "symlink"
        return
    assert fault not in REFUSED
    added = Counter(a.code for a in reading.anomalies)
    added.subtract(Counter(a.code for a in published.anomalies))
    assert all(anomaly.file.startswith(bad.name) for anomaly in reading.anomalies)
    if (f"{good.source}/{good.layout}", fault) not in HARMLESS:
        assert +added or _content(reading) == _content(published)


def _explains(error: GeoServiceError, path: Path) -> None:
    """The message names the file, says what to do, in two languages without a hole in it."""
    assert error.file is not None
    assert error.file.startswith(str(path))
    assert error.do is not None
    french, english = error.say("fr"), error.say("en")
    assert french != english
    assert error.message.say("fr") != error.message.say("en")
    assert error.do.say("fr") != error.do.say("en")
    assert "\n" not in french + english
    assert len(french) < 1_000


def test_nothing_is_written_where_an_archive_asks(
    as_published: Any, communes: Material, tmp_path: Path
) -> None:
    good = GOOD[2]
    path, _ = as_published(good)
    bad = broken("path traversal", good, path, tmp_path / "broken")
    with pytest.raises(GeoServiceError):
        _read(good, bad, communes)
    assert not (Path("/tmp") / path.name).exists()
