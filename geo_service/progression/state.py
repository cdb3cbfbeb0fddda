"""Open, announced, closed: the state of each structure at a date; and rural or not, where it is.

A register written by the date lists structures that will open later: these are *announced*. A
register written after it cannot tell what was announced then, and says so (*later*).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.i18n import T, Text
from ..core.result import Anomalies
from ..core.validity import openness
from ..drawing.places import layers_of
from ..intake.archives import open_official
from ..intake.text import read_table
from ..rules import load_law
from ..sources.territories import commune_of
from ..store import StoredResult
from .membership import classify
from .register import read_register, require_territory

SUBJECT = T("État des structures de soins", "State of the care structures")
"""What the map of :func:`state_map_layers` is of."""
STATES: dict[str, Text] = {
    "open": T("ouverte", "open"),
    "announced": T("annoncée (en projet ou en travaux)", "announced (planned or being built)"),
    "later": T(
        "ouverte plus tard ; annoncée ou non, ce registre postérieur ne le dit pas",
        "opened later; whether announced then, this later register does not tell",
    ),
    "closed": T("fermée", "closed"),
    "undetermined": T("date d'ouverture inconnue", "opening date unknown"),
}
_COLUMNS = (
    "structure_id",
    "finess",
    "name",
    "kind",
    "state",
    "opened",
    "closed",
    "commune",
    "departement",
    "epci",
    "lon",
    "lat",
    "legal_crs",
    "position",
    "precision_m",
    "file",
    "geometry",
)
_ALIASES = {
    "commune": ["insee_com", "CODGEO", "code_commune"],
    "density": ["niveau_densite", "LIBDENS"],
}


def state_at(structures: Any, date: dt.date, vintage: dt.date | None) -> npt.NDArray[np.object_]:
    """State of each structure at a date, from its dates alone.

    Parameters
    ----------
    structures
        With ``opened`` and ``closed``.
    vintage
        Millésime of the register; None where it is not known: nothing is then *announced*.

    Returns
    -------
    array
        A name of :data:`STATES` for each: ``announced`` opens after the date and the register was
        already written; ``later`` opens after the date, but the register is of after it.
    """
    opened = openness(structures, date, vintage)
    closed = structures["closed"].to_numpy() <= np.datetime64(date, "s")
    written = vintage is not None and vintage <= date
    after = structures["opened"].to_numpy() > np.datetime64(date, "s")
    state = np.full(len(structures), "undetermined", dtype=object)
    state[opened == 1] = "open"
    state[after] = "announced" if written else "later"
    state[closed] = "closed"
    return state


def states_of(
    result: StoredResult,
    date: dt.date,
    *,
    territory: str | None = None,
    kind: str | None = None,
) -> Any:
    """The structures of a result with their ``state`` at any date: a layer to map or export.

    A territory holds those of its communes, a QPV those whose position, as given, lies in its
    perimeter, whatever the date.

    Raises
    ------
    UnknownNameError
        The result has no such territory.
    """
    register = read_register(result)
    place = register.territory if territory is None else require_territory(register, territory)
    table = register.structures.assign(state=state_at(register.structures, date, register.vintage))
    level, _, code = place.partition(":")
    if level == "qpv":
        assert register.qpv is not None  # its code is known
        quarter = register.qpv[register.qpv["code"] == code].reset_index(drop=True)
        kept = classify(register.structures, quarter, 0).given
    else:
        kept = register.members(place)
    if kind is not None:
        kept = kept & (table["kind"] == kind).to_numpy(dtype=bool)
    return table.loc[kept, [name for name in _COLUMNS if name in table]].reset_index(drop=True)


def state_map_layers(
    result: StoredResult, structures: Any, territory: str | None = None
) -> dict[str, Any]:
    """Layers of a map of what is open and what is announced, or comes later, at a date.

    Parameters
    ----------
    structures
        Table of :func:`states_of`; closed and undetermined ones are left out.
    territory
        An EPCI, commune or QPV has its outline drawn too.
    """
    shown = structures["state"].isin(("open", "announced", "later"))
    layers = {"structures": structures[shown].assign(open="yes").reset_index(drop=True)}
    for name in ("departements", "regions"):
        if name in result.layer_names():
            layers[name] = result.read_layer(name)
    level, _, code = (territory or "").partition(":")
    for name in layers_of(level):
        if name in result.layer_names() and name not in layers:
            layers[name] = result.read_layer(name, where={"code": code})
    return layers


@dataclass(frozen=True)
class DensityShare:
    """Structures of one class of the density grid: ``rural`` is None where the class is unknown."""

    density: str | None
    rural: bool | None
    count: int
    share: float | None


def read_density(path: str | Path) -> dict[str, str]:
    """Class of each commune in INSEE's density grid, from a CSV, plain or compressed.

    Raises
    ------
    SourceError
        The file has no column of communes or of classes.
    """
    anomalies = Anomalies()
    rows = read_table(
        open_official(path),
        source="densite",
        anomalies=anomalies,
        aliases=_ALIASES,
        required=tuple(_ALIASES),
    )
    return dict(zip(rows["commune"].str.strip(), rows["density"].str.strip(), strict=True))


def share_by_density(structures: Any, density: Mapping[str, str]) -> list[DensityShare]:
    """How many structures each class of the grid holds, rural or urban.

    ``share`` is of the structures whose commune has a known class; an unknown class is counted
    apart and has no share.
    """
    classes = {one["name"]: bool(one["rural"]) for one in load_law("zones/densite.toml")["class"]}
    codes = structures["commune"].astype("object").where(structures["commune"].notna(), "").tolist()
    # The grid has no arrondissements: theirs is the class of Paris, Lyon or Marseille.
    held = Counter(density.get(code) or density.get(commune_of(code)) for code in codes)
    known = sum(number for name, number in held.items() if name in classes)
    shares = [
        DensityShare(name, rural, held.get(name, 0), held.get(name, 0) / known if known else None)
        for name, rural in classes.items()
    ]
    unknown = sum(number for name, number in held.items() if name not in classes)
    return [*shares, DensityShare(None, None, unknown, None)] if unknown else shares
