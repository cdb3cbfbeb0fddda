"""Hatch build hook: what a wheel carries besides the package itself.

The sample and the lock file go to ``geo_service/data/``; a wheel without the browser files is
refused, since its maps would open empty. An editable install takes both from the clone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CARRIED = {
    "data/sample": "geo_service/data/sample",
    "data/sources.lock.toml": "geo_service/data/sources.lock.toml",
}
MANIFEST = "geo_service/vendor/manifest.json"


class CarriedFiles(BuildHookInterface[Any]):
    """Adds the data folder to a wheel and checks that the browser files are there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling; ``version`` is ``standard`` or ``editable``."""
        if version == "editable":
            return
        root = Path(self.root)
        missing = [name for name in (*CARRIED, MANIFEST) if not (root / name).exists()]
        if missing:
            raise FileNotFoundError(
                f"the wheel would lack {', '.join(missing)}: run `python tools/fetch_assets.py`"
                " for the browser files, then build again"
            )
        for source, target in CARRIED.items():
            build_data["force_include"][str(root / source)] = target
