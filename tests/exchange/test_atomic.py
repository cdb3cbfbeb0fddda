from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from geo_service.core.errors import StoreError
from geo_service.core.i18n import use_language
from geo_service.exchange.atomic import replacing


def _write(path: Path, text: str) -> None:
    with replacing(path) as aside:
        aside.write_text(text)


def test_the_new_file_takes_the_place_of_the_old(tmp_path: Path) -> None:
    target = tmp_path / "x.csv"
    target.write_text("old")
    target.chmod(0o640)
    with target.open() as reader:
        _write(target, "new")
        assert reader.read() == "old"
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [target]


def test_an_error_keeps_the_old_file_and_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "x.csv"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(target) as aside:
        aside.write_text(f"half {1 / 0}")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    target = tmp_path / "data" / "x.csv"
    link = tmp_path / "link.csv"
    link.symlink_to(target)
    _write(link, "through")
    assert link.is_symlink()
    assert target.read_text() == "through"


@pytest.mark.parametrize(
    ("name", "fr", "en"),
    [
        ("absent/x.csv", "Le dossier n'existe pas", "folder does not exist"),
        ("folder", "C'est un dossier", "This is a folder"),
        ("pipe", "pas un fichier ordinaire", "no regular file"),
        ("file/x.csv", "Le dossier n'existe pas", "folder does not exist"),
    ],
)
def test_a_place_that_cannot_be_written_is_named(
    name: str, fr: str, en: str, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StoreError, match=fr) as caught:
        _write(tmp_path / name, "x")
    with use_language("en"):
        assert en in str(caught.value)
    assert str(tmp_path / name) in str(caught.value)


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Plus de place"), replacing(tmp_path / "x.csv"):
        Path("/dev/full").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    # Root may write anywhere but where the system itself refuses.
    closed = Path("/proc/self") if os.geteuid() == 0 else tmp_path
    if closed is tmp_path:
        tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match=r"Écriture refusée|ne s'écrit pas"):
        _write(closed / "x.csv", "x")
    tmp_path.chmod(0o700)


def test_what_a_killed_process_left_is_removed_by_the_next_write(tmp_path: Path) -> None:
    target = tmp_path / "x.csv"
    program = (
        "import os, signal, sys\n"
        "from geo_service.exchange.atomic import replacing\n"
        "with replacing(sys.argv[1]) as aside:\n"
        "    aside.write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(target)], check=False, timeout=60)
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".x.csv-")
    neighbour = tmp_path / left.name.replace(".x.csv", ".y.csv")
    neighbour.write_text("another target's")
    with replacing(target) as aside:
        assert sorted(tmp_path.iterdir()) == sorted([aside, neighbour])
        with replacing(target) as second:  # a second writer is not taken for a dead one
            second.write_text("second")
        aside.write_text("first")
    assert target.read_text() == "first"
    assert not left.exists()
