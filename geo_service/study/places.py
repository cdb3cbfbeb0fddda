"""The territories of all sources as one table, and the communes that changed their code."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..sources.territories import assemble_territories, commune_of, follow_codes
from ..sources.territories.filling import among
from .material import Material


@dataclass(frozen=True, eq=False)
class Places:
    """Territories of every level, and what else the files on them say.

    ``renamed``: a commune code of another file (old, or of an arrondissement) → the code now.
    ``partial``: territories of which not every commune was read: no total can be made for them.
    """

    territories: Any
    renamed: dict[str, str]
    partial: frozenset[str] = frozenset()


def gather_places(material: Material, as_of: dt.date) -> Places:
    """Join the files on territories and settle the commune codes that the other files use."""
    readings = material.readings.get("territories", [])
    if not readings:
        return Places(None, {})
    assembled = assemble_territories(readings)
    material.anomalies.extend(assembled.anomalies)
    table = assembled.table
    known = table.loc[table["level"] == "commune", "code"]
    communes = set(known.tolist())
    strange: set[str] = set()
    for name, column in (
        ("structures", "commune"),
        ("classes", "code"),
        ("apl", "commune"),
        ("cpts", "commune"),
        ("islands", "commune"),
        ("zones", "communes"),
    ):
        for frame in material.tables(name):
            cells = frame[column].dropna()
            if name == "zones":  # only a zone names several communes
                cells = pd.Series(" ".join(cells.tolist()).split(), dtype="str")
            strange.update(cells[~among(cells, known)].tolist())
    lost = {code: commune_of(code) for code in strange}
    renamed = {code: whole for code, whole in lost.items() if whole in communes}
    followed = follow_codes(set(lost) - set(renamed), as_of, assembled.commune_moves)
    for code, now in followed.items():
        if len(now) == 1 and now[0] in communes:
            renamed[code] = now[0]
    return Places(table, renamed, assembled.partial)
