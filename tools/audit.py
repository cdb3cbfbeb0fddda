#!/usr/bin/env python3
"""Known vulnerabilities of the locked dependencies, as far as the advisories can be asked.

Fails when one is known. Where no advisory service answers (a machine that reaches the package
registries alone) it says so and passes: the audit has then not been made.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("run.lock",)


def audit(lock: Path) -> list[dict[str, Any]] | None:
    """What is known of each package of a lock file; None where nothing could be asked."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "audit.json"
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--disable-pip"]
        command += ["--require-hashes", "--progress-spinner", "off", "--timeout", "15"]
        command += ["--format", "json", "--output", str(out)]
        try:
            subprocess.run(command, capture_output=True, check=False, timeout=300)  # noqa: S603
        except subprocess.TimeoutExpired:
            return None
        if not out.is_file() or not out.read_text(encoding="utf-8").strip():
            return None
        packages: list[dict[str, Any]] = json.loads(out.read_text(encoding="utf-8"))["dependencies"]
    return packages


def report(packages: list[dict[str, Any]] | None) -> tuple[int, str]:
    """Exit code and what to say."""
    if packages is None or all("skip_reason" in package for package in packages):
        return 0, "audit: no advisory service answers here; NOT audited"
    bad = [
        f"{package['name']} {package['version']}: {found['id']}, fixed in"
        f" {', '.join(found['fix_versions']) or 'no version yet'}"
        for package in packages
        for found in package.get("vulns", ())
    ]
    left = [package["name"] for package in packages if "skip_reason" in package]
    said = f"audit: {len(packages) - len(left)} packages audited, {len(bad)} vulnerabilities"
    if left:
        said += f"; not known to the service: {', '.join(left)}"
    return int(bool(bad)), "\n".join([said, *bad])


def main() -> int:
    """Run from the command line."""
    code = 0
    for name in LOCKS:
        status, said = report(audit(ROOT / "requirements" / name))
        print(said, file=sys.stderr)
        code = max(code, status)
    return code


if __name__ == "__main__":
    sys.exit(main())
