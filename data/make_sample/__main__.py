"""``python -m data.make_sample [FOLDER]``: write the sample (default: ``data/sample``)."""

from __future__ import annotations

import sys
from pathlib import Path

from . import admin, care, expected, finess, qpv, qpv_files, sites, territory


def make(folder: Path) -> None:
    mainland, overseas = territory.mainland(), territory.overseas()
    communes = [*mainland, *overseas]
    districts = qpv.quartiers(mainland, overseas)
    structures = sites.establishments(mainland, overseas, districts)
    admin.write(folder, communes, districts)
    qpv_files.write(folder / "qpv", districts)
    finess.write(folder / "finess", structures, admin.MERGED_CODE[-3:])
    care.write(folder, communes, districts, structures)
    expected.write(folder, districts, structures)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "sample")
