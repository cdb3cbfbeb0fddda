"""A study that builds in about a second: one overseas commune of the sample, at one date."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

TERRITORY = "commune:97190"
STRUCTURES = "finess/etalab-cs1100507-stock-20260105-0337.csv"
HEAD = f"""
name = "Petite étude (données fictives)"
fictitious = true
territory = "{TERRITORY}"
as_of = 2026-01-01
quartier_vecu = [300]
distances = [1000]
kinds = ["MSP"]
margin = 1000
"""


def write_parts(sample: Path, folder: Path) -> dict[str, Path]:
    """The structures and communes of one département of the sample, in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (sample / STRUCTURES).read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(("str", "geo")) or ";97" in line[:30]]
    structures = folder / Path(STRUCTURES).name
    structures.write_text("".join(kept), encoding="utf-8")
    communes = pq.read_table(sample / "territories" / "communes_fictif.parquet")
    pq.write_table(communes.filter(pc.equal(communes["dep"], "971")), folder / "communes.parquet")
    return {"finess": structures, "territories": folder / "communes.parquet"}


def write_study(
    path: Path, sources: Sequence[tuple[str, Path] | tuple[str, Path, str]], head: str = HEAD
) -> Path:
    """A study of some files, each with its kind and, where it has to be said, its layout."""
    parts = [head]
    for kind, file, *layout in sources:
        parts.append(f"[[sources]]\nkind = \"{kind}\"\npath = '{file}'\n")
        parts += [f'layout = "{name}"\n' for name in layout]
    path.write_text("\n".join(parts), encoding="utf-8")
    return path
