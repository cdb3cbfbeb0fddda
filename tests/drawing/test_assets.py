"""Files of others: as pinned, without an address left in them, and how they are fetched."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from geo_service.core.errors import SourceError
from geo_service.drawing.assets import asset_text, vendored

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "geo_service" / "vendor"


@pytest.fixture(scope="module")
def fetch_assets() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fetch_assets", ROOT / "tools/fetch_assets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_styles_and_scripts_lead_nowhere() -> None:
    for package in vendored():
        for file in (VENDOR / package.name).iterdir():
            if file.suffix == ".woff2":
                continue
            text = asset_text(f"{package.name}/{file.name}")
            if file.suffix == ".css":
                assert [u for u in re.findall(r"url\(['\"]?([^)]*)", text) if "." in u[:40]] == []
            assert "sourceMappingURL" not in text
            assert "</script" not in text.lower()
            assert "*/" not in text or file.suffix in (".js", ".css")  # it stands in a comment


def test_an_absent_file_says_what_to_run() -> None:
    with pytest.raises(SourceError, match="make setup"):
        asset_text("leaflet/absent.js")


def test_every_package_carries_its_licence() -> None:
    for package in vendored():
        assert package.licence in ("MIT", "BSD-2-Clause", "OFL-1.1")
        assert [f for f in (VENDOR / package.name).iterdir() if "LICEN" in f.name.upper()]


def test_the_lock_has_hashes_and_no_addresses() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert {name.removeprefix("node_modules/") for name in packages} == set(wanted)
    for entry in packages.values():
        assert entry["integrity"].startswith("sha512-")
        assert "resolved" not in entry


def test_an_up_to_date_folder_is_left_alone(fetch_assets: ModuleType, tmp_path: Path) -> None:
    held = shutil.copytree(VENDOR, tmp_path / "vendor")
    lock = ROOT / "package-lock.json"
    assert fetch_assets.up_to_date(lock, held)
    assert fetch_assets.fetch(ROOT, held) is False
    changed = held / "leaflet" / "leaflet.css"
    changed.write_text(changed.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert not fetch_assets.up_to_date(lock, held)


def test_without_a_registry_the_old_folder_stays(
    fetch_assets: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, held = tmp_path / "root", tmp_path / "vendor"
    root.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, root / name)
    (root / ".npmrc").write_text("fetch-retries=0\ncache=${HOME}/empty\n", encoding="utf-8")
    held.mkdir()
    (held / "old").touch()
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(fetch_assets.FetchError, match="make setup"):
        fetch_assets.fetch(root, held)
    assert [path.name for path in held.iterdir()] == ["old"]
