"""What every test stands on: the network is blocked, the real data are found or named as absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real official files; the test is skipped, by name, where it is absent."""
    folder = Path(os.environ.get("GEO_SERVICE_REAL_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "finess").is_dir():
        pytest.skip("real official files absent (set GEO_SERVICE_REAL_DATA)")
    return folder


@pytest.fixture(scope="session")
def sample() -> Path:
    """Folder of the embedded fictitious sample."""
    return ROOT / "data" / "sample"
