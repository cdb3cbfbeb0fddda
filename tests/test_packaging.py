"""The wheel: it carries what it needs, nothing more, and works on its own."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "geo_service"
SAMPLE = ROOT / "data" / "sample"
# One build for the file, also where the tests run on several processes.
pytestmark = pytest.mark.xdist_group("wheel")


def run(*command: object, **more: str) -> str:
    """Standard output of a command that has to succeed, in an environment without this clone."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    cache = {"GEO_SERVICE_CACHE": os.environ["GEO_SERVICE_CACHE"]}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=more.pop("cwd"),
        env={**kept, **cache, **more},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this clone, built as a user would."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir"]
    done = subprocess.run(
        [*build, folder, ROOT], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def members(wheel: Path) -> dict[str, bytes]:
    """Content of the wheel by name."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_carries_the_whole_package_and_the_sample(members: dict[str, bytes]) -> None:
    def files(folder: Path) -> set[str]:
        made = {".nbi", ".nbc", ".pyc"}
        return {
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and path.suffix not in made
        }

    held = {name for name in members if ".dist-info/" not in name}
    package = {f"geo_service/{name}" for name in files(PACKAGE)}
    sample = {f"geo_service/data/sample/{name}" for name in files(SAMPLE)}
    assert held == package | sample | {"geo_service/data/sources.lock.toml"}
    assert {"geo_service/py.typed", "geo_service/vendor/leaflet/leaflet.js"} <= held


def test_files_of_others_come_with_their_licence(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["geo_service/vendor/manifest.json"])
    assert manifest["packages"]
    for package in manifest["packages"]:
        for file, digest in package["files"].items():
            content = members[f"geo_service/vendor/{package['name']}/{file}"]
            assert hashlib.sha256(content).hexdigest() == digest
        assert any(re.match(r"(MIT-)?LICEN[CS]E", file) for file in package["files"]), package


def test_no_path_of_this_machine(members: dict[str, bytes]) -> None:
    own = [str(ROOT), str(Path.home()) + "/", str(Path(tempfile.gettempdir())) + "/"]
    for name, content in members.items():
        path = PurePosixPath(name)
        assert not path.is_absolute(), name
        assert ".." not in path.parts, name
        for folder in own:
            assert folder.encode() not in content, f"{name} names {folder}"
    assert sum(map(len, members.values())) < 5_000_000


def test_no_official_file(members: dict[str, bytes], real_data: Path) -> None:
    sizes: dict[int, list[bytes]] = {}
    for content in members.values():
        if content:
            sizes.setdefault(len(content), []).append(content)
    for path in real_data.rglob("*"):
        if path.is_file() and path.stat().st_size in sizes:
            assert path.read_bytes() not in sizes[path.stat().st_size], path.name


def test_the_installed_wheel_goes_from_the_sample_to_figures_and_a_map(
    wheel: Path, tmp_path: Path
) -> None:
    target, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    at = {"cwd": str(elsewhere), "PYTHONPATH": str(target)}
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run(*pip, "--no-index", "--no-deps", "--target", target, wheel, **at)
    asked = (
        "import geo_service, geo_service.config as c; print(geo_service.__file__, c.data_folder())"
    )
    code, data = map(Path, run(sys.executable, "-c", asked, **at).split())
    assert code.is_relative_to(target)
    assert data.is_relative_to(target)

    command = (sys.executable, target / "bin" / "geo-service")
    run(*command, "build", data / "sample" / "study.toml", "--out", "x.gpkg", "--quiet", **at)
    figures = json.loads(run(*command, "figures", "x.gpkg", "--json", **at))
    expected = json.loads((SAMPLE / "expected.json").read_text(encoding="utf-8"))
    counted = {
        record["kind"]: [record[name] for name in ("low", "value", "high")]
        for record in figures
        if record["territory"] == "region:99"
        and record["indicator"] == "structures_in_qpv"
        and record["as_of"] == expected["as_of"]
    }
    known = expected["territories"]["region:99"]["in_qpv"]
    for kind in ("MSP", "CDS"):
        assert counted[kind] == [known[kind][name] for name in ("low", "value", "high")]
    run(*command, "map", "x.gpkg", "--out", "map.html", **at)
    page = (elsewhere / "map.html").read_text(encoding="utf-8")
    assert "L.markerClusterGroup" in page
    assert str(target) not in page


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, time; start = time.process_time(); import geo_service;"
        " print(time.process_time() - start, *sorted(sys.modules))"
    )
    seconds, *modules = run(sys.executable, "-c", code, cwd=str(ROOT)).split()
    assert not {"numpy", "pandas", "shapely", "flask", "click", "numba"} & set(modules)
    assert float(seconds) < 0.5  # of processor time; 0.02 on the machine where it was written


def test_the_public_names_are_there_and_others_are_not() -> None:
    import geo_service

    assert {"Study", "build", "Atlas", "SpatialIndex"} <= set(geo_service.__all__)
    for name in geo_service.__all__:
        assert getattr(geo_service, name) is not None
        assert name in dir(geo_service)
    with pytest.raises(AttributeError, match="no attribute 'Atlantis'"):
        geo_service.Atlantis  # noqa: B018
