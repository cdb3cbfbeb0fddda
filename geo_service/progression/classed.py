"""Which structures lie where the zoning has a class, at a date: the QPV's own, else the commune's.

The rule is that of the orders (``sources/zonage/at_date.py``). A vintage that does not cover the
date says nothing, nor do undated rows unless the question assumes them in force.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from ..core.errors import UnknownNameError
from ..core.i18n import T, Text
from ..core.validity import in_force
from ..rules import qpv_generations, zoning_classes
from ..sources.zonage.at_date import GENERAL_PRACTICE, InForce, Orders, Saying, classes_told
from ..store import StoredResult
from .membership import (
    CLASS,
    IN_QPV,
    Bools,
    Codes,
    Membership,
    classify,
    knows,
    membership,
    tells,
)
from .register import Ground, Register


class Zoning(NamedTuple):
    """Every order of a result on general practice, and the classes that its rows name."""

    orders: Orders
    classes: tuple[str, ...]
    """The most under-served first; those that the law file does not name last."""

    @property
    def undated(self) -> bool:
        """Whether some rows have no date."""
        return bool(self.orders.undated.any())


def read_zoning(result: StoredResult) -> Zoning:
    """The orders of a stored result; without any where it keeps none."""
    table = result.read_table("classes") if "classes" in result.table_names() else None
    if table is None:
        return Zoning(Orders(None), ())
    own = table.loc[table["profession"] == GENERAL_PRACTICE, ["zone_class", "published"]]
    pairs = own.drop_duplicates().astype("object")
    pairs = pairs.where(pairs.notna(), None)
    known = zoning_classes()
    found = {name for pair in pairs.itertuples(index=False) for name in classes_told(*pair)}
    ranked = sorted(found, key=lambda name: (known[name].rank if name in known else 99, name))
    return Zoning(Orders(table), tuple(ranked))


def classes_of(within: str, known: Iterable[str]) -> frozenset[str]:
    """Classes that ``class-ZIP`` or ``class-ZIP+ZAC`` asks for.

    Raises
    ------
    UnknownNameError
        The result names no such class.
    """
    known = tuple(known)
    written = within.removeprefix(CLASS)
    asked = (written,) if written in known else tuple(written.split("+"))
    unknown = next((name for name in asked if name not in known), None)
    if unknown is None:
        return frozenset(asked)
    raise UnknownNameError(
        T(
            "Aucun zonage du résultat n'a la classe « {it} » ; il y a : {known}.",
            "No zoning of the result has the class “{it}”; there are: {known}.",
            it=unknown,
            known=", ".join(known) or "–",
        ),
        known=tuple(CLASS + name for name in known),
    )


def class_ground(
    register: Register,
    zoning: Zoning,
    as_of: dt.date,
    classes: frozenset[str],
    assume_undated: bool,
) -> Ground:
    """QPV and orders in force at a date, for some classes: perhaps none.

    The two halves of its key are those of the QPV and of the orders.
    """
    orders = zoning.orders.at(as_of, assume_undated=assume_undated)
    before_any = as_of < min(one.valid(None)[0] for one in qpv_generations().values())
    zones, shapes = None, ()
    if register.qpv is not None:
        mask = in_force(register.qpv, as_of)
        zones, shapes = register.qpv[mask].reset_index(drop=True), register.shapes_key(mask)
    said = (zoning.orders, orders.covered.tobytes(), assume_undated)
    return Ground(zones, None, None, ((shapes, before_any), said), orders, classes, before_any)


def order_changes(orders: Orders) -> set[dt.date]:
    """Days from which other orders are in force."""
    begins = {one.valid_from for one in orders.vintages if one.valid_from is not None}
    ends = {one.valid_to for one in orders.vintages if one.valid_to is not None}
    return begins | {day + dt.timedelta(days=1) for day in ends if day < dt.date.max}


class Verdict(NamedTuple):
    """Whether a place has one of the classes: as given; 1, 0 or -1; why it is not sure."""

    given: bool
    sure: int
    why: Text | None


def class_membership(structures: Any, ground: Ground, qpv: str | None = None) -> Membership:
    """Which structures have one of the classes at a date.

    Parameters
    ----------
    structures
        With ``lon``, ``lat``, ``precision_m``, ``legal_crs``, ``departement``, ``settled``.
    ground
        QPV, orders and classes, by :func:`class_ground`.
    qpv
        Code of the only QPV that counts.

    Notes
    -----
    The commune is the one that counts for territories: the declared one, else that of the position.
    """
    size = len(structures)
    court = _Court(ground)
    near, held, inside = _around(structures, ground)
    metres = structures["precision_m"].to_numpy(dtype=float)
    located = structures["lon"].notna().to_numpy(dtype=bool)
    vague = ~located | np.isinf(metres)
    zoned = ground.zones is not None and len(ground.zones) > 0
    told = np.full(size, ground.before_qpv)
    precise = ~np.isnan(metres)
    if zoned:
        told |= tells(structures, ground.zones)
        precise = knows(structures, ground.zones)
    towns = structures["settled"].tolist()
    departements = structures["departement"].tolist()
    given, sure = np.zeros(size, dtype=bool), np.zeros(size, dtype=np.int8)
    known, why = np.ones(size, dtype=bool), np.full(size, None, dtype=object)
    for row, town in enumerate(towns):
        if not isinstance(town, str):
            sure[row], why[row] = -1, NO_COMMUNE
            continue
        close = near[row]
        own = tuple(code for code in court.of_commune.get(town, ()) if code not in close)
        anywhere = (*close, None, *own) if held[row] else (None, *close, *own)
        options: tuple[str | None, ...] = close or (None,)
        if vague[row]:
            options = anywhere
        elif inside[row] < 0:
            options = (*close, None) if held[row] else (None, *close)
        apart = () if told[row] else court.apart(departements[row])
        given[row], sure[row], why[row] = court.judge(town, options, apart)
        if not precise[row] and not vague[row]:
            # Nobody knows how far it may be: sure only where the whole commune says the same.
            known[row] = court.judge(town, anywhere, apart).sure >= 0
    found = Membership(given, sure, known, np.ones(size, dtype=bool), why)
    return found if qpv is None else _both(found, membership(structures, ground, IN_QPV, qpv))


def _around(structures: Any, ground: Ground) -> tuple[list[tuple[str, ...]], Bools, Codes]:
    """QPV that may hold each structure, those that do as given first; whether one does as given;
    whether one does for sure."""
    size = len(structures)
    if ground.zones is None or not len(ground.zones):
        return [()] * size, np.zeros(size, dtype=bool), np.zeros(size, dtype=np.int8)
    answers = classify(structures, ground.zones, 0)
    codes = ground.zones["code"].to_numpy(dtype=object)
    near: list[list[str]] = [[] for _ in range(size)]
    for row in np.lexsort((answers.pair_zone, ~answers.pair_given, answers.pair_point)).tolist():
        near[answers.pair_point[row]].append(codes[answers.pair_zone[row]])
    return [tuple(found) for found in near], answers.given, answers.sure


def _both(one: Membership, other: Membership) -> Membership:
    """In both; sure that it is not where one of the two is sure of that."""
    out = (one.sure == 0) | (other.sure == 0)
    sure = np.where(out, 0, np.where((one.sure == 1) & (other.sure == 1), 1, -1))
    return Membership(
        one.given & other.given,
        sure.astype(np.int8),
        one.known & other.known,
        one.told & other.told,
        one.why,
    )


class _Court:
    """Judges each set of possibilities once: many structures share their commune and QPV."""

    def __init__(self, ground: Ground) -> None:
        assert ground.orders is not None
        self.orders: InForce = ground.orders
        self.wanted = ground.classes
        self.of_commune: dict[str, list[str]] = {}
        if ground.zones is not None:
            for code, towns in zip(ground.zones["code"], ground.zones["communes"], strict=True):
                for town in str(towns).split() if isinstance(towns, str) else ():
                    self.of_commune.setdefault(town, []).append(code)
        self._apart: dict[str, tuple[str, ...]] = {}
        self._judged: dict[Any, Verdict] = {}

    def apart(self, departement: Any) -> tuple[str, ...]:
        """QPV of a département that orders class apart: one of them may hold the place, where the
        perimeters in force are not at hand."""
        place = (departement if isinstance(departement, str) else "").zfill(3)
        if place not in self._apart:
            self._apart[place] = tuple(
                code
                for code in self.orders.orders.units("qpv")
                if code[2:5] == place and self.orders.of_qpv(code).state in ("class", "several")
            )
        return self._apart[place]

    def judge(self, town: str, options: tuple[str | None, ...], apart: tuple[str, ...]) -> Verdict:
        """What a commune and its possible QPV (or none) leave; the first is as given."""
        key = (town, options, apart)
        if key not in self._judged:
            own = self.of_commune.get(town, ())
            sayings = [self.orders.of_place(town, code, own) for code in options]
            sayings += [self.orders.of_qpv(code) for code in apart]
            self._judged[key] = self._decide(sayings)
        return self._judged[key]

    def _decide(self, sayings: list[Saying]) -> Verdict:
        votes = [self._vote(saying) for saying in sayings]
        if len(set(votes)) == 1 and votes[0] >= 0:
            return Verdict(votes[0] == 1, votes[0], None)
        doubt = next((s for s, vote in zip(sayings, votes, strict=True) if vote < 0), None)
        return Verdict(votes[0] == 1, -1, SEVERAL_PLACES if doubt is None else _why(doubt))

    def _vote(self, saying: Saying) -> int:
        """1: one of the classes; 0: another one; -1: the orders do not tell."""
        told = saying.state == "class" or (saying.state == "several" and len(saying.classes) > 1)
        if not told:
            return -1
        held = self.wanted.intersection(saying.classes)
        return 0 if not held else 1 if len(held) == len(saying.classes) else -1


def _why(saying: Saying) -> Text:
    reason = _REASONS[saying.state]
    return reason.with_values(classes=", ".join(saying.classes), code=saying.code)


NO_COMMUNE = T("commune inconnue : classe inconnue", "commune unknown: class unknown")
SEVERAL_PLACES = T(
    "la précision de la position ne choisit pas entre des lieux de classes différentes",
    "the precision of the position does not choose between places of different classes",
)
_REASONS: dict[str, Text] = {
    "several": T(
        "des lignes en vigueur se contredisent ({classes})", "rows in force differ ({classes})"
    ),
    "silent": T(
        "l'arrêté en vigueur ne publie pas de classe pour {code}",
        "the order in force publishes no class for {code}",
    ),
    "part": T(
        "la valeur publiée ne parle que d'une partie de la commune {code}",
        "the published value speaks of a part of the commune {code} only",
    ),
    "undated": T(
        "classe publiée sans date ({classes}) : en vigueur à aucune date connue",
        "class published without a date ({classes}): in force at no known date",
    ),
    "not in force": T(
        "aucun arrêté en vigueur à cette date ne classe {code}",
        "no order in force at that date classes {code}",
    ),
    "absent": T("aucun arrêté ne nomme {code}", "no order names {code}"),
}
NO_ORDER = T(
    "aucun arrêté de zonage en vigueur au {date} parmi les sources : inconnu, et non zéro",
    "no zoning order in force on {date} among the sources: unknown, not zero",
)
UNDATED = T(
    "le zonage du résultat (ou une partie) n'a pas de date : il ne compte que supposé en vigueur "
    "(assume_undated)",
    "the zoning of the result (or a part) has no date: it counts only if assumed in force "
    "(assume_undated)",
)
ASSUMED = T(
    "Hypothèse : un zonage non daté est pris comme en vigueur aux deux dates.",
    "Assumption: an undated zoning is taken as in force at both dates.",
)
UNSURE = T(
    "Structures ouvertes dont la classe n'est pas sûre au {date} : {n}.",
    "Open structures whose class is not sure on {date}: {n}.",
)


__all__ = [
    "ASSUMED",
    "NO_ORDER",
    "UNDATED",
    "UNSURE",
    "Zoning",
    "class_ground",
    "class_membership",
    "classes_of",
    "order_changes",
    "read_zoning",
]
