"""The communes of the CPTS as a study sees them, made once for all its dates."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..core.snapshot import Membership
from ..core.tables import EVERYWHERE_LEVELS
from ..core.territory import FRANCE
from ..sources.territories import arrondissements_of, commune_of
from ..sources.territories.filling import among
from .area import Area
from .description import Study
from .material import Material
from .places import Places


def gather_membership(
    study: Study, material: Material, places: Places, area: Area
) -> Membership | None:
    """Which commune of the study belongs to which CPTS; None without such a source.

    Codes that left the COG follow their moves. Rows without a date hold from the millésime of the
    table, or from the study's main date where it states none.
    """
    table = material.table("cpts")
    if table is None:
        return None
    communes = _communes(material, places, area)
    position = {code: row for row, code in enumerate(communes["code"].tolist())}
    listed = table["commune"].tolist()
    units = [
        code if commune_of(code) != code else places.renamed.get(code, code) for code in listed
    ]
    rows = np.fromiter((position.get(commune_of(code), -1) for code in units), np.int64, len(units))
    members = pd.DataFrame(
        {
            "commune": rows,
            "unit": units,
            "cpts": table["cpts"].to_numpy(dtype=object),
            "maturity": table["maturity"].to_numpy(dtype=object),
            "since": table["since"].to_numpy(),
        }
    )
    stated = [reading.provenance.vintage for reading in material.readings.get("cpts", [])]
    known = [vintage for vintage in stated if vintage is not None]
    vintage = max(known) if known and len(known) == len(stated) else None
    return Membership(
        communes=communes,
        members=members[rows >= 0].reset_index(drop=True),
        units=np.asarray(
            [max(1, len(arrondissements_of(code))) for code in communes["code"]], dtype=np.int64
        ),
        told_from=vintage or study.as_of,
        vintage=vintage,
        whole=_whole(places, area),
    )


def _communes(material: Material, places: Places, area: Area) -> pd.DataFrame:
    """The communes of the study with their population, its year and their territories."""
    own = area.places[(area.places["level"] == "commune").to_numpy()]
    codes = own["code"].reset_index(drop=True)
    found = area.members(codes)
    table = pd.DataFrame(
        {
            "code": codes.to_numpy(dtype=object),
            "population": own["population"].to_numpy(dtype=float),
            "year": own["population_year"].to_numpy(dtype=float, na_value=np.nan),
            **{level: found[level].to_numpy() for level in EVERYWHERE_LEVELS},
        }
    )
    complete = [list(part["territory"]) for part in material.tables("cpts_complete")]
    table["complete"] = _complete(places, table["code"], [it for part in complete for it in part])
    return table


def _complete(places: Places, codes: pd.Series, stated: Iterable[str]) -> np.ndarray:
    """Which communes lie in a territory that the table is said to list whole."""
    known = places.territories
    own = known[(known["level"] == "commune").to_numpy()].set_index("code").loc[codes]
    complete = np.zeros(len(codes), dtype=bool)
    for territory in stated:
        level, _, code = territory.partition(":")
        if territory == FRANCE:
            complete[:] = True
        elif level == "commune":
            complete |= (codes == code).to_numpy()
        else:
            complete |= (own[level] == code).fillna(False).to_numpy(dtype=bool)
    return complete


def _whole(places: Places, area: Area) -> np.ndarray:
    """By territory of the area: whether every commune of it was read and is in the study."""
    known = places.territories
    communes = known[(known["level"] == "commune").to_numpy()]
    outside = communes[~among(communes["code"], area.communes)]
    gaps = {f"commune:{code}" for code in outside["code"].tolist()} | set(places.partial)
    for level in ("epci", "departement", "region"):
        gaps |= {f"{level}:{code}" for code in outside[level].dropna().unique().tolist()}
    if len(outside):
        gaps.add(FRANCE)
    return ~among(area.places["territory"], gaps)
