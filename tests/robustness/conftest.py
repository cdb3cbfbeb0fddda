from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from geo_service.cli import main

from .small_study import write_parts, write_study


class Said(NamedTuple):
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]):
    """Run the real command line in this process; anything but its own exit is a failure."""

    def command(*words: object, language: str = "fr") -> Said:
        try:
            main(["--lang", language, *map(str, words)])
        except SystemExit as left:
            code = int(left.code or 0)
        else:
            code = 0
        said = capfd.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(code, said.out, said.err)

    return command


@pytest.fixture(scope="session")
def parts(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files of a small study, by kind of source."""
    return write_parts(sample, tmp_path_factory.mktemp("parts"))


@pytest.fixture(scope="session")
def small(parts: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small study whose files are all good."""
    return write_study(tmp_path_factory.mktemp("small") / "study.toml", list(parts.items()))


@pytest.fixture(scope="session")
def small_result(small: Path) -> bytes:
    """The result of the small study, as a file."""
    out = small.parent / "small.gpkg"
    main(["build", str(small), "--out", str(out), "--quiet"])
    return out.read_bytes()
