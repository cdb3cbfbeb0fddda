"""From tables to the state of the territory at one date, as the indicators want it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..core.snapshot import Membership, Snapshot, Verdict
from ..core.tables import EVERYWHERE_LEVELS, LEVELS
from ..core.validity import openness
from .area import Area
from .classes import ClassAnswers
from .description import Study
from .distances import Measures
from .verdicts import ZoneAnswers, proxy_name

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass
class Prepared:
    """Everything that does not depend on the date, made once for a study."""

    study: Study
    area: Area
    structures: Any
    """Structures inside the study or within its margin, with ``settled``, ``inside`` and ``radius``
    (metres within which the true place lies, for distances)."""
    answers: ZoneAnswers
    qpv_members: list[tuple[int, ...]]
    measures: Measures
    demand: pd.DataFrame
    """Populated points inside the study: ``population`` and one column a level with positions."""
    vintage: dt.date | None
    """Millésime of the structures' source."""
    membership: Membership | None = None
    """The communes of the CPTS."""
    classes: ClassAnswers | None = None
    """The zonage médecin; None where no source gives it."""
    qpv_tables: dict[tuple[bytes, int], pd.DataFrame] = field(default_factory=dict)
    """QPV of each set in force, made once."""

    @cached_property
    def shown(self) -> dict[str, Any]:
        """What a snapshot tells of a structure whatever the date, all structures, by column."""
        table = self.structures
        columns = {name: table[name].array for name in ("structure_id", "kind", "speciality")}
        members = self.area.members(table["settled"])
        levels = {level: members[level].to_numpy() for level in EVERYWHERE_LEVELS}
        return {**columns, "precise": table["precision_m"].notna().to_numpy(), **levels}


def take_snapshot(prepared: Prepared, as_of: dt.date) -> Snapshot:
    """The territory at a date."""
    study, area = prepared.study, prepared.area
    everyone = prepared.structures
    state = openness(everyone, as_of, prepared.vintage)
    shown = np.flatnonzero((state != 0) & everyone["inside"].to_numpy())
    mask, verdicts, missing = prepared.answers.at(as_of)
    structures = pd.DataFrame(
        {
            **{name: values[shown] for name, values in prepared.shown.items()},
            "certain": state[shown] == 1,
            "known": _decidable(prepared, mask)[shown],
        },
        copy=False,
    )
    main = as_of == study.as_of
    levels = tuple(
        level for level in LEVELS if level != "commune" or main or study.commune_dates == "all"
    )
    # Communes stand last: where they are not shown the table has 200 rows, not thousands.
    places = area.places
    if "commune" not in levels:
        places = places.iloc[: int((places["level"] != "commune").sum())]
    qpv = None if mask is None else _qpv_table(prepared, mask, len(places))
    zone_rank = np.full(0 if mask is None else int(mask.sum()), -1, dtype=np.int64)
    if qpv is not None:
        zone_rank[qpv["zone"]] = np.arange(len(qpv))
    rows = None if qpv is None else qpv["row"].to_numpy(dtype=np.int64)
    return Snapshot(
        as_of=as_of,
        scope=study.scope,
        kinds=study.kinds,
        structures=structures,
        territories=places,
        qpv=qpv,
        verdicts={name: _take(verdict, shown, zone_rank) for name, verdict in verdicts.items()},
        definitions=("declared", *(proxy_name(metres) for metres in study.quartier_vecu)),
        missing=missing,
        levels=levels,
        nearest=prepared.measures.nearest(state == 1, rows, levels),
        demand=prepared.demand,
        reach=prepared.measures.reach(state == 1),
        distances=tuple(float(metres) for metres in study.distances),
        zoning=None if prepared.classes is None else prepared.classes.at(as_of, mask),
        membership=prepared.membership,
    )


def _decidable(prepared: Prepared, mask: Bools | None) -> Bools:
    """Whether the precision of the point *and* of the limits that it is compared with are known."""
    qpv = prepared.answers.qpv
    known: Bools = prepared.shown["precise"]
    if qpv is None or mask is None:
        return known
    codes = qpv["legal_crs"].to_numpy(dtype=float)
    vague = np.unique(codes[mask & np.isnan(qpv["precision_m"].to_numpy(dtype=float))])
    if not len(vague):
        return known
    measured = prepared.structures["legal_crs"].to_numpy(dtype=float, na_value=np.nan)
    return known & ~np.isin(measured, vague)


def _qpv_table(prepared: Prepared, mask: Bools, shown: int) -> pd.DataFrame:
    """QPV in force that touch the study, with the territories shown that hold them."""
    key = (mask.tobytes(), shown)
    if key in prepared.qpv_tables:
        return prepared.qpv_tables[key]
    zones = prepared.answers.qpv
    assert zones is not None
    chosen = np.flatnonzero(mask)
    members = [prepared.qpv_members[row] for row in chosen]
    held = np.asarray([bool(places) for places in members], dtype=bool)
    rows = chosen[held]
    prepared.qpv_tables[key] = pd.DataFrame(
        {
            "territory": ("qpv:" + zones["code"].iloc[rows]).to_numpy(dtype=object),
            "code": zones["code"].iloc[rows].to_numpy(dtype=object),
            "population": zones["population"].iloc[rows].to_numpy(dtype=float),
            "members": [tuple(p for p in places if p < shown) for places in members if places],
            "row": rows,
            "zone": np.flatnonzero(held),
        }
    )
    return prepared.qpv_tables[key]


def _take(verdict: Verdict, shown: npt.NDArray[np.int64], zone_rank: Any) -> Verdict:
    """The verdict for the structures shown, its zones numbered as in the table of QPV."""
    rank = np.full(len(verdict.given), -1, dtype=np.int64)
    rank[shown] = np.arange(len(shown))
    who = rank[verdict.pair_structure]
    zone = zone_rank[verdict.pair_zone] if len(verdict.pair_zone) else verdict.pair_zone
    kept = (who >= 0) & (zone >= 0)
    return Verdict(
        given=verdict.given[shown],
        sure=verdict.sure[shown],
        told=None if verdict.told is None else verdict.told[shown],
        pair_structure=who[kept],
        pair_zone=zone[kept],
        pair_given=verdict.pair_given[kept],
        pair_sure=verdict.pair_sure[kept],
    )
