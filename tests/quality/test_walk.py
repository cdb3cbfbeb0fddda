"""Which files a check looks at."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo_service.core.errors import SourceError
from geo_service.quality.walk import files_below


def _names(paths: list[Path], root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in paths]


def test_a_folder_is_walked_in_order_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b.csv", "a/z.csv", "a/.part", ".git/config", "c/d/e.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert _names(files_below([tmp_path]), tmp_path) == ["a/z.csv", "b.csv", "c/d/e.csv"]


def test_a_file_comes_once_whichever_way_leads_to_it(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    file = tmp_path / "a" / "x.csv"
    file.write_text("x")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "again.csv").symlink_to(file)
    assert files_below([file, tmp_path, tmp_path / "a", tmp_path / "again.csv"]) == [file]


def test_a_link_that_leads_nowhere_is_kept_for_the_reader_to_name(tmp_path: Path) -> None:
    broken, circular = tmp_path / "broken", tmp_path / "circular"
    broken.symlink_to(tmp_path / "nowhere")
    circular.symlink_to(circular)
    assert files_below([tmp_path]) == [broken, circular]


def test_a_hidden_file_that_is_named_is_taken(tmp_path: Path) -> None:
    file = tmp_path / ".x.csv"
    file.write_text("x")
    assert files_below([file]) == [file]


def test_a_path_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"rien\.csv"):
        files_below([tmp_path, tmp_path / "rien.csv"])
