"""Declared lists held against distances: declared but far, near but not declared.

Metres are measured in the legal CRS, from the limit of the QPV in force at the date. Nothing says
that a distance is right and a declaration wrong: the list is for those who check either.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..core.errors import UnknownNameError
from ..core.i18n import T, Text
from ..core.territory import read_territory
from ..core.validity import in_force
from ..engine import TerritorialIndex
from ..store import StoredResult

WHAT: dict[str, Text] = {
    "declared-farther": T(
        "déclarée, mais à {metres} m ou plus d'un QPV",
        "declared, but {metres} m or more from a QPV",
    ),
    "near-not-declared": T(
        "à moins de {metres} m d'un QPV, mais pas déclarée",
        "less than {metres} m from a QPV, but not declared",
    ),
    "declared-in-qpv": T(
        "déclarée en quartier vécu, mais dans un QPV : la mesure 9 les compte à part",
        "declared in quartier vécu, but inside a QPV: mesure 9 counts them apart",
    ),
    "not-in-register": T(
        "déclarée, mais absente du registre lu", "declared, but absent from the register read"
    ),
    "not-open": T("déclarée, mais pas ouverte à cette date", "declared, but not open at that date"),
}
STATES: dict[str, Text] = {
    "sure": T("certain", "certain"),
    "undetermined": T(
        "indéterminé : la précision de la position ne tranche pas",
        "undetermined: the precision of the position does not decide",
    ),
    "unknown-precision": T(
        "position telle que donnée, de précision inconnue", "position as given, precision unknown"
    ),
}
_DEFAULT_METRES = (300, 500)
_KINDS = ("MSP", "CDS")


@dataclass(frozen=True)
class Disagreement:
    """One structure on which declaration and distance differ, or may.

    ``metres`` from the position as given to the nearest limit of a QPV (0 inside one), ``low`` and
    ``high`` its bounds; ``high`` is None where nothing bounds it, all three without a position.
    ``threshold`` is the distance held against, None where none matters.
    """

    what: str
    state: str
    threshold: int | None
    structure_id: str
    name: str | None
    kind: str | None
    commune: str | None
    metres: float | None
    low: float | None
    high: float | None
    qpv: str | None
    """Nearest QPV in force."""
    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class Disagreements:
    """The list at a date; ``rows`` is None where nothing was declared by then: unknown, not empty.

    ``declared`` counts the structures declared and open; ``polygons`` says whether declared
    perimeters count beside the list.
    """

    as_of: dt.date
    territory: str
    metres: tuple[int, ...]
    declared: int | None
    polygons: bool
    rows: tuple[Disagreement, ...] | None


def disagreements(
    result: StoredResult,
    *,
    as_of: dt.date | None = None,
    territory: str | None = None,
    metres: Sequence[int] = _DEFAULT_METRES,
) -> Disagreements:
    """Hold the declared list of a result against distances.

    Parameters
    ----------
    result
        A stored result.
    as_of
        Any date; by default the main one. Declared polygons are known at the main date only.
    territory
        By default the main one.
    metres
        Distances to hold against.

    Raises
    ------
    UnknownNameError
        The result has no such territory.
    """
    main = dt.date.fromisoformat(result.facts["as_of"])
    day = as_of or main
    place = str(result.facts["territory"]) if territory is None else read_territory(territory)
    structures = result.read_layer("structures")
    everyone = structures
    structures = structures[structures["kind"].isin(_KINDS)]
    structures = structures[_inside(result, structures, place)].reset_index(drop=True)
    listed = _listed(result, day)
    polygons = day == main and "near_declared" in structures
    zones = _qpv(result, day)
    by_polygon = _by_polygon(structures) if polygons else np.zeros(len(structures), dtype=bool)
    asked = tuple(sorted(set(metres)))
    if zones is None or (listed is None and not by_polygon.any()):
        return Disagreements(day, place, asked, None, polygons, None)
    named = structures["finess"].isin(listed or frozenset()).to_numpy(dtype=bool)
    declared = named | by_polygon
    open_ = _open(structures, day)
    rows = _missing(listed or frozenset(), everyone, structures[named & ~open_], place, result)
    kept = structures[open_].reset_index(drop=True)
    rows += _held_against(kept, declared[open_], zones, asked)
    return Disagreements(
        day,
        place,
        asked,
        int((declared & open_).sum()),
        polygons and bool(by_polygon.any()),
        tuple(rows),
    )


def _held_against(
    structures: Any, declared: npt.NDArray[np.bool_], zones: Any, thresholds: tuple[int, ...]
) -> list[Disagreement]:
    index = TerritorialIndex(zones)
    lon, lat = structures["lon"].to_numpy(dtype=float), structures["lat"].to_numpy(dtype=float)
    legal = structures["legal_crs"].fillna(0)
    signed = index.distance_to_limit(lon, lat, legal)
    nearest, _ = index.nearest(lon, lat, 1, legal)
    codes = zones["code"].to_numpy(dtype=object)
    limits = zones["precision_m"].fillna(0.0).to_numpy(dtype=float)
    found: list[Disagreement] = []
    for row in range(len(structures)):
        zone = int(nearest[row, 0])
        blur = float(structures["precision_m"].iloc[row]) + (limits[zone] if zone >= 0 else 0.0)
        given = float(signed[row])
        for what, threshold, state in _judged(given, blur, bool(declared[row]), thresholds):
            one = structures.iloc[row]
            bounded = not np.isnan(blur) and not np.isnan(given)
            low = max(given - blur, 0.0) if bounded else None
            high = max(given + blur, 0.0) if bounded else None
            found.append(
                Disagreement(
                    what,
                    state,
                    threshold,
                    str(one["structure_id"]),
                    _text(one["name"]),
                    str(one["kind"]),
                    _text(one["commune"]),
                    _metres(max(given, 0.0)),
                    _metres(low),
                    _metres(high),
                    str(codes[zone]) if zone >= 0 else None,
                    None if np.isnan(lon[row]) else float(lon[row]),
                    None if np.isnan(lat[row]) else float(lat[row]),
                )
            )
    return sorted(
        found, key=lambda one: (one.what, one.threshold or 0, one.state, one.structure_id)
    )


def _judged(
    given: float, blur: float, declared: bool, thresholds: tuple[int, ...]
) -> list[tuple[str, int | None, str]]:
    """What may be said of one structure: what, at which distance, how surely.

    ``given`` is negative inside a QPV; ``blur`` is NaN where it is unknown.
    """
    unknown = np.isnan(blur)
    nowhere = np.isnan(given)
    low, high = (0.0, np.inf) if nowhere else (given - blur, given + blur)
    judged: list[tuple[str, int | None, str]] = []
    if declared and not nowhere and given <= 0:
        state = "unknown-precision" if unknown else "sure" if high <= 0 else "undetermined"
        judged.append(("declared-in-qpv", None, state))
    for threshold in thresholds:
        what = "declared-farther" if declared else "near-not-declared"
        if unknown and not nowhere:
            holds = given >= threshold if declared else 0 < given < threshold
            if holds:
                judged.append((what, threshold, "unknown-precision"))
            continue
        sure = low >= threshold if declared else low > 0 and high < threshold
        possible = high >= threshold if declared else low < threshold and high > 0
        if sure or possible:
            judged.append((what, threshold, "sure" if sure else "undetermined"))
    return judged


def _metres(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(value, 1)


def _text(value: Any) -> str | None:
    return None if value is None or value != value else str(value)


def _listed(result: StoredResult, day: dt.date) -> frozenset[str] | None:
    if "declared" not in result.table_names():
        return None
    table = result.read_table("declared")
    stamp = np.datetime64(day, "s")
    since, until = table["declared_from"], table["declared_to"]
    rows = table[(since.isna() | (since <= stamp)) & (until.isna() | (until >= stamp))]
    return frozenset(rows["finess"]) if len(rows) else None


def _by_polygon(structures: Any) -> npt.NDArray[np.bool_]:
    """Declared by a perimeter: near by declaration, and in no QPV, at the main date."""
    found: npt.NDArray[np.bool_] = (
        (structures["near_declared"] == "inside") & (structures["in_qpv"] == "outside")
    ).to_numpy(dtype=bool)
    return found


def _open(structures: Any, day: dt.date) -> npt.NDArray[np.bool_]:
    """Surely or perhaps open: an unknown opening date does not hide a structure."""
    stamp = np.datetime64(day, "s")
    begun = structures["opened"].isna() | (structures["opened"] <= stamp)
    over = structures["closed"].notna() & (structures["closed"] <= stamp)
    open_: npt.NDArray[np.bool_] = (begun & ~over).to_numpy(dtype=bool)
    return open_


def _qpv(result: StoredResult, day: dt.date) -> Any | None:
    parts = []
    for name in sorted(result.layer_names()):
        if name.startswith("qpv_"):
            zones = result.read_layer(name)
            held = in_force(zones, day) & ~(zones.geometry.isna() | zones.geometry.is_empty)
            parts.append(zones[held])
    if not parts or not sum(map(len, parts)):
        return None
    return pd.concat(parts, ignore_index=True)


def _inside(result: StoredResult, structures: Any, place: str) -> npt.NDArray[np.bool_]:
    level, _, code = place.partition(":")
    if place == result.facts["territory"] or level == "france":
        return np.ones(len(structures), dtype=bool)
    layer = {"commune": "communes", "departement": "departements", "region": "regions"}.get(
        level, level
    )
    held = layer in result.layer_names()
    known = result.read_layer(layer, columns=["code"])["code"].tolist() if held else []
    if code not in known:
        raise UnknownNameError(
            T(
                "Le résultat n'a pas le territoire « {it} ».",
                "The result does not hold the territory “{it}”.",
                it=place,
            ),
            known=(str(result.facts["territory"]),),
        )
    communes = result.read_layer("communes", columns=["code", "epci", "departement", "region"])
    codes = {code} if level == "commune" else set(communes.loc[communes[level] == code, "code"])
    found: npt.NDArray[np.bool_] = structures["commune"].isin(codes).to_numpy(dtype=bool)
    return found


def _missing(
    listed: frozenset[str], everyone: Any, closed: Any, place: str, result: StoredResult
) -> list[Disagreement]:
    """Declared numbers that no open structure bears; those of no register belong to the whole."""
    found = [
        Disagreement(
            "not-open", "sure", None, str(one.structure_id), _text(one.name), str(one.kind),
            _text(one.commune), None, None, None, None, None, None,
        )
        for one in closed.itertuples()
    ]  # fmt: skip
    if place == result.facts["territory"]:
        for number in sorted(listed - set(everyone["finess"])):
            found.append(
                Disagreement(
                    "not-in-register", "sure", None, number, None, None, None, None, None, None,
                    None, None, None,
                )
            )  # fmt: skip
    return found
