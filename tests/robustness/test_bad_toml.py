"""Whoever reads TOML explains what is none: a study, facts, weights, a lock, a rule, a series."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from geo_service.aids.giving import read_project
from geo_service.aids.reading import load_aids
from geo_service.core.errors import GeoServiceError
from geo_service.intake.lockfile import read_lock
from geo_service.official.strict import read_toml
from geo_service.ranking.method import read_method
from geo_service.study import Study

FAULTS = {
    "no TOML": b"[[a\n",
    "nested": b"a = " + b"[" * 100_000,
    "endless number": b"a = " + b"9" * 5_000,
    "no UTF-8": b"a = '\xff'",
}


def _of_a_folder(path: Path) -> Any:
    return load_aids(path.parent)


READERS = (Study.load, read_project, read_method, read_lock, read_toml, _of_a_folder)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_no_toml_is_explained(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(FAULTS[fault])
    for read in READERS:
        with pytest.raises(GeoServiceError) as refused:
            read(path)
        assert str(refused.value.file).endswith("x.toml")
        assert len(refused.value.say("fr")) < 1_000
