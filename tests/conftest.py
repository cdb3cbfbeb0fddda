"""What every test stands on: the network is blocked, the real data are found or named as absent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--allowed-skips",
        type=Path,
        help="file of the tests that may skip, a name a line; any other skip fails the run",
    )


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a case after its argument where its value would not give the same name twice.

    Bytes may hold a time of compression, sets have no order; workers have to agree on the names.
    """
    return argname if isinstance(val, bytes | set | frozenset) else None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that skipped what nobody allowed it to skip."""
    listed = session.config.getoption("--allowed-skips")
    if listed is None or hasattr(session.config, "workerinput"):
        return
    lines = (line.strip() for line in listed.read_text(encoding="utf-8").splitlines())
    allowed = {line for line in lines if line and not line.startswith("#")}
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = {report.nodeid for report in reporter.stats.get("skipped", [])}
    for name in sorted(skipped - allowed):
        reporter.write_line(f"NOT ALLOWED TO SKIP: {name}", red=True)
    if skipped - allowed:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


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


@pytest.fixture(scope="session")
def sample_result(sample: Path):
    """The result of the sample study, built once a session; tests do not change it."""
    from geo_service.study import Study, build

    return build(Study.load(sample / "study.toml"))


@pytest.fixture(scope="session")
def sample_file(sample_result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's result as a stored file."""
    from geo_service.store import save_result

    path = tmp_path_factory.mktemp("result") / "exemple.gpkg"
    save_result(sample_result, path)
    return path


@pytest.fixture(scope="session")
def occitanie(real_data: Path):
    """The result of the Occitanie study on the real files, built once a session."""
    from geo_service.study import Study, build

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_REAL_DATA", str(real_data))
        return build(Study.load(ROOT / "studies" / "occitanie.toml"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A Chromium; the test is skipped, by name, where there is none."""
    if not CHROMIUM.exists():
        pytest.skip("no Chromium at /usr/bin/chromium (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _no_cache_outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Spatial indexes cached by tests stay in the tests' own folder."""
    folder = tmp_path_factory.getbasetemp() / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_CACHE", str(folder))
        yield
