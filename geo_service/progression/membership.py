"""Which structures lie in, or near, the QPV of a date: the answers that the stored figures rest on.

Same rules as the main job: exact in each territory's legal CRS, the limit included; *near* is
strictly less than the metres; three-valued where precision is finite or decides nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.errors import UnknownNameError
from ..core.i18n import T
from ..engine import Answers, TerritorialIndex
from ..rules import quartier_vecu_bounds
from .register import Ground

Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]
EVERYWHERE, IN_QPV, DECLARED = "everywhere", "qpv", "declared"
CLASS = "class-"
"""``class-ZIP``, ``class-ZIP+ZAC``: where the zoning has one of these classes."""
_PROXY = re.compile(r"proxy-(\d{1,4})m", re.ASCII)
_OVERSEAS = ("97", "98")


@dataclass(frozen=True, eq=False)
class Membership:
    """Whether each structure is in; all (n,).

    ``given``: for the position as given. ``sure``: 1, 0, or -1 where precision does not decide.
    ``known``: whether the precision of the position and of the limits is known. ``told``: False
    where no list of QPV is in force in that part of the country. ``why``: reasons (or None) where
    ``sure`` is -1 for another cause than the precision of the position.
    """

    given: Bools
    sure: Codes
    known: Bools
    told: Bools
    why: npt.NDArray[np.object_] | None = None

    def among(self, held: Bools) -> Membership:
        """In, and held by a territory."""
        return Membership(
            self.given & held,
            np.where(held, self.sure, 0).astype(np.int8),
            self.known | ~held,
            self.told | ~held,
            self.why,
        )


def everywhere(size: int) -> Membership:
    """Every structure is somewhere."""
    yes = np.ones(size, dtype=bool)
    return Membership(yes, np.ones(size, dtype=np.int8), yes, yes)


def metres_of(within: str) -> int | None:
    """Metres of ``proxy-300m``; 0 of ``qpv`` and ``declared``; None of ``everywhere``.

    Raises
    ------
    UnknownNameError
        No such way of counting.
    """
    if within == EVERYWHERE:
        return None
    if within in (IN_QPV, DECLARED):
        return 0
    found = _PROXY.fullmatch(within)
    low, high = quartier_vecu_bounds()
    if found is not None and low <= int(found[1]) <= high:
        return int(found[1])
    raise UnknownNameError(
        T(
            "« {it} » ne dit pas où compter.",
            "“{it}” does not say where to count.",
            it=within,
        ),
        known=(EVERYWHERE, IN_QPV, "proxy-300m", "proxy-500m", DECLARED, f"{CLASS}ZIP"),
        do=T(
            "everywhere, qpv, declared, class-<classe>, ou proxy-<mètres>m de {low} à {high} m.",
            "everywhere, qpv, declared, class-<class>, or proxy-<metres>m from {low} to {high} m.",
            low=low,
            high=high,
        ),
    )


def membership(structures: Any, ground: Ground, within: str, qpv: str | None = None) -> Membership:
    """Which structures the perimeters of a date hold.

    Parameters
    ----------
    structures
        With ``lon``, ``lat``, ``precision_m``, ``legal_crs``, ``departement``, ``settled``.
    ground
        Perimeters of the date.
    within
        ``qpv``, ``proxy-<m>m`` (in or near) or ``declared`` (in a QPV, or declared).
    qpv
        Code of the only QPV that counts.
    """
    metres = metres_of(within)
    assert metres is not None
    zones = ground.zones
    if qpv is not None:
        zones = zones[zones["code"] == qpv].reset_index(drop=True)
    answers = classify(structures, zones, metres)
    given, sure = answers.given, answers.sure
    if qpv is not None:
        # A position that decides nothing may be in this QPV only if it is of its commune.
        own = set(" ".join(zones["communes"].dropna().astype(str)).split())
        elsewhere = np.isinf(_precision(structures)) | structures["lon"].isna().to_numpy()
        elsewhere &= ~structures["settled"].isin(own).to_numpy(dtype=bool) & ~given
        sure = np.where(elsewhere, 0, sure).astype(np.int8)
    if within == DECLARED:
        given, sure = _declared(structures, ground, given, sure)
    told = tells(structures, ground.zones)
    sure = np.where(told, sure, -1).astype(np.int8)
    return Membership(given, sure, knows(structures, zones), told)


def _precision(structures: Any) -> npt.NDArray[np.float64]:
    found: npt.NDArray[np.float64] = structures["precision_m"].to_numpy(dtype=float)
    return found


def classify(structures: Any, zones: Any, metres: int) -> Answers:
    """Whether each structure lies in a zone, or nearer than the metres to one."""
    return TerritorialIndex(zones).classify(
        structures["lon"],
        structures["lat"],
        structures["precision_m"],
        zone_precision=zones["precision_m"].fillna(0.0),
        metres=float(metres),
        strict=metres > 0,
        legal_crs=structures["legal_crs"].fillna(0),
    )


def _declared(structures: Any, ground: Ground, given: Bools, sure: Codes) -> tuple[Bools, Codes]:
    """In a QPV, or declared in quartier vécu, by structure or by polygon."""
    named = structures["finess"].isin(ground.declared or frozenset()).to_numpy(dtype=bool)
    told, own = named.copy(), named.astype(np.int8)
    if ground.declared_zones is not None:
        answers = classify(structures, ground.declared_zones, 0)
        own = np.where(own == 1, 1, answers.sure).astype(np.int8)
        told |= answers.given
    either = np.where((own == 1) | (sure == 1), 1, np.where((own == 0) & (sure == 0), 0, -1))
    return given | told, either.astype(np.int8)


def _overseas(departement: Any) -> Bools:
    found: Bools = departement.astype("object").fillna("").str[:2].isin(_OVERSEAS).to_numpy()
    return found


def tells(structures: Any, zones: Any) -> Bools:
    """Where the zones in force say something: the mainland list, or that of an overseas part."""
    overseas, zones_overseas = _overseas(structures["departement"]), _overseas(zones["departement"])
    mainland = bool((~zones_overseas).any())
    listed = set(zones["departement"][zones_overseas])
    named = structures["departement"].isin(listed).to_numpy(dtype=bool)
    return np.where(overseas, named, mainland).astype(bool)


def knows(structures: Any, zones: Any) -> Bools:
    """Whether the precision of each position, and of the limits around it, is known."""
    codes = zones["legal_crs"].to_numpy(dtype=float)
    vague = np.unique(codes[np.isnan(zones["precision_m"].to_numpy(dtype=float))])
    measured = structures["legal_crs"].to_numpy(dtype=float, na_value=np.nan)
    known: Bools = ~np.isnan(_precision(structures)) & ~np.isin(measured, vague)
    return known
