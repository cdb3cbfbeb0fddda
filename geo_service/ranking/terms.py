"""What a stored result knows of each QPV in force: APL, zoning, distance, population."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..core.crs import departement_of
from ..core.errors import UnknownNameError
from ..core.i18n import T
from ..indicators.proximity import EDGE
from ..rules import qpv_generations
from ..sources.territories import arrondissements_of
from ..store import StoredResult
from .zoning import zoning_of_qpv

Floats = npt.NDArray[np.float64]
KINDS = ("MSP", "CDS")


def gather_terms(stored: StoredResult, as_of: dt.date) -> pd.DataFrame:
    """One row a QPV in force at the date.

    Returns
    -------
    DataFrame
        ``code, name, communes, departement``; ``apl`` with ``apl_low`` and ``apl_high``;
        ``zone_classes`` (those possible, space-separated), ``zone_from``, ``zone_order``,
        ``zone_from_date``; ``distance`` with its bounds, ``distance_kind`` and
        ``distance_is_bound``; ``population``; and ``apl_why``, ``zonage_why``, ``distance_why``,
        ``population_why``: why a term is missing (a key of :data:`~.reasons.REASONS`).

    Raises
    ------
    UnknownNameError
        The result has no QPV in force at the date, or does not hold the date.
    """
    held = [dt.date.fromisoformat(date) for date in stored.facts["dates"]]
    if as_of not in held:
        raise UnknownNameError(
            T(
                "Le résultat n'a pas la date {date} ; il a : {held}.",
                "The result does not hold the date {date}; it holds: {held}.",
                date=as_of.isoformat(),
                held=", ".join(date.isoformat() for date in held),
            ),
            known=tuple(date.isoformat() for date in held),
        )
    zones = _in_force(stored, as_of)
    communes = [str(cell).split() if isinstance(cell, str) else [] for cell in zones["communes"]]
    table = zones[["code", "name", "communes", "departement"]].reset_index(drop=True)
    population = zones["population"].to_numpy(dtype=float)
    parts = (
        _apl(stored, communes),
        zoning_of_qpv(stored, as_of, table["code"].tolist(), communes),
        _distance(stored, as_of, table["code"].tolist(), table["departement"].tolist()),
        pd.DataFrame(
            {
                "population": population,
                "population_low": population,
                "population_high": population,
                "population_why": np.where(np.isnan(population), "no-population", ""),
            }
        ),
    )
    return pd.concat([table, *parts], axis=1)


def _in_force(stored: StoredResult, as_of: dt.date) -> Any:
    """QPV of any generation in force at the date, of the result's territory."""
    day = np.datetime64(as_of, "s")
    columns = ["code", "name", "communes", "departement", "population", "valid_from", "valid_to"]
    found = []
    for generation in qpv_generations().values():
        if generation.layer in stored.layer_names():
            zones = stored.read_layer(generation.layer, columns=columns).drop(columns="geometry")
            begun = zones["valid_from"].isna() | (zones["valid_from"] <= day)
            running = zones["valid_to"].isna() | (zones["valid_to"] >= day)
            found.append(zones[begun & running])
    if not found or not sum(map(len, found)):
        raise UnknownNameError(
            T(
                "Le résultat n'a aucun QPV en vigueur au {date}.",
                "The result has no QPV in force on {date}.",
                date=as_of.isoformat(),
            ),
            do=T(
                "Ajoutez un fichier de QPV à l'étude, ou choisissez une autre date.",
                "Add a file of QPV to the study, or choose another date.",
            ),
        )
    return pd.concat(found, ignore_index=True).sort_values("code").reset_index(drop=True)


def _apl(stored: StoredResult, communes: list[list[str]]) -> pd.DataFrame:
    """APL of the communes of each QPV: mean weighted by their population, and its extremes."""
    count = len(communes)
    found = np.full((count, 3), np.nan)
    why = np.full(count, "", dtype=object)
    if "apl" not in stored.table_names():
        why[:] = "no-apl-table"
        return _columns("apl", found, why)
    table = stored.read_table("apl")
    known = {
        code: (apl, people)
        for code, apl, people in zip(
            table["commune"],
            table["apl"].to_numpy(float),
            table["population"].to_numpy(float),
            strict=True,
        )
        if apl == apl
    }
    for row, codes in enumerate(communes):
        pairs = [pair for code in codes for pair in _of_commune(code, known)]
        if not pairs or len({code for code in codes if _of_commune(code, known)}) < len(codes):
            why[row] = "no-apl"
            continue
        values, people = np.array(pairs).T
        if len(values) > 1 and (np.isnan(people).any() or people.sum() <= 0):
            why[row] = "no-weights"
            continue
        mean = values[0] if len(values) == 1 else float(np.average(values, weights=people))
        found[row] = mean, values.min(), values.max()
    return _columns("apl", found, why)


def _of_commune(code: str, known: dict[str, tuple[float, float]]) -> list[tuple[float, float]]:
    """APL and population of a commune, or of its arrondissements where it is known by these."""
    if code in known:
        return [known[code]]
    parts = [known[part] for part in arrondissements_of(code) if part in known]
    return parts if len(parts) == len(arrondissements_of(code)) else []


def _distance(
    stored: StoredResult, as_of: dt.date, codes: list[str], departements: list[Any]
) -> pd.DataFrame:
    """Metres to the nearest MSP or CDS, whichever is nearer, where the register is loaded."""
    rows = stored.read_indicators(
        level="qpv",
        indicator="nearest_distance",
        definition="nearest-1",
        kind=KINDS,
        as_of=as_of,
    )
    count = len(codes)
    found = np.full((count, 3), np.nan)
    found[:, 1] = np.inf
    why = np.full(count, "no-distance", dtype=object)
    kind = np.full(count, None, dtype=object)
    bound = np.zeros(count, dtype=bool)
    ids = [f"qpv:{code}" for code in codes]
    edge = EDGE.say()
    for name, part in rows.groupby("kind"):
        part = part.drop_duplicates("territory").set_index("territory").reindex(ids)
        value, low, high = (part[it].to_numpy(dtype=float) for it in ("value", "low", "high"))
        noted = (part["note"] == edge).fillna(False).to_numpy(dtype=bool)
        # Beyond the edge an unread structure may be nearer: at the limit itself, if all is unknown.
        low = np.where(noted & np.isnan(low), 0.0, low)
        nearer = ~np.isnan(value) & ~(found[:, 0] <= value)
        # One bound that is not known leaves that of the nearer one unknown.
        found[:, 1] = np.where(np.isnan(value), found[:, 1], np.minimum(found[:, 1], low))
        found[:, 2] = np.where(np.isnan(value), found[:, 2], np.fmin(found[:, 2], high))
        found[nearer, 0] = value[nearer]
        kind[nearer] = name
        bound |= noted & ~np.isnan(value)
    found[:, 1] = np.where(np.isinf(found[:, 1]), np.nan, found[:, 1])
    covered = _covered(stored, as_of)
    outside = np.array([code not in covered for code in departements], dtype=bool)
    found[outside] = np.nan
    why[~np.isnan(found[:, 0])] = ""
    why[outside] = "not-covered"
    columns = _columns("distance", found, why)
    kind[outside] = None
    columns["distance_kind"] = kind
    columns["distance_is_bound"] = bound & ~outside
    return columns


def _covered(stored: StoredResult, as_of: dt.date) -> set[str]:
    """Départements whose structures are all read: their totals are known."""
    found: set[str] | None = None
    level = "departement"
    if str(stored.facts["territory"]).startswith(("epci:", "commune:")):
        level = "commune"  # a study below the département shows none
    rows = stored.read_indicators(level=level, indicator="structures_open", kind=KINDS, as_of=as_of)
    for _, part in rows.groupby("kind"):
        read = part["value"].notna() | part["low"].notna()
        codes = part.loc[read, "territory"].str.partition(":")[2]
        if level == "commune":
            codes = codes.map(departement_of)
        found = set(codes) if found is None else found & set(codes)
    return found or set()


def _columns(name: str, found: Floats, why: npt.NDArray[np.object_]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            name: found[:, 0],
            f"{name}_low": found[:, 1],
            f"{name}_high": found[:, 2],
            f"{name}_why": why,
        }
    )
