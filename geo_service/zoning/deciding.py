"""From where a place may lie to its class: every possibility is asked, and they have to agree.

The rule (domain of the zonage médecin): the QPV's own class if the place is in a QPV in force that
has one, else the commune's (or its arrondissements'), else its TVS's.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ..core.i18n import T, Text
from ..rules import zoning_classes
from ..sources.zonage.at_date import InForce, Saying
from . import reasons
from .answer import DETERMINED, UNDETERMINED, ZoneAnswer


@dataclass(frozen=True)
class Spot:
    """Where a place may lie.

    Parameters
    ----------
    communes
        Codes of the communes that may hold it, the one as given first; none: outside the result.
    qpv
        Codes of the QPV in force that may hold it, the one as given first.
    in_qpv
        Whether one of them does for sure; False: none does; None: that is open.
    held
        Whether a QPV holds the position as given.
    beyond
        Whether it may lie outside the result's communes.
    precision
        Metres; NaN unknown, infinite where the position gives the commune only.
    reach
        Metres of the position and of the limits together.
    unknown_qpv
        Codes of QPV with a class of their own whose perimeter in force is not at hand, and that
        may hold the place.
    """

    communes: tuple[str, ...]
    qpv: tuple[str, ...] = ()
    in_qpv: bool | None = False
    held: bool = False
    beyond: bool = False
    precision: float = 0.0
    reach: float = 0.0
    unknown_qpv: tuple[str, ...] = ()


@dataclass(frozen=True)
class Names:
    """What communes and QPV are called, and which QPV in force each commune has."""

    communes: Mapping[str, str]
    qpv: Mapping[str, str]
    qpv_of_commune: Mapping[str, Sequence[str]]

    def of(self, saying: Saying) -> str | None:
        """Name of the unit that a saying speaks of."""
        return self.qpv.get(saying.code) or self.communes.get(saying.code)


def by_rank(classes: Iterable[str]) -> tuple[str, ...]:
    """Classes once each, the most under-served first; unknown ones last."""
    found = tuple(classes)
    if len(found) < 2:
        return found
    known = zoning_classes()
    return tuple(sorted(set(found), key=lambda c: (known[c].rank if c in known else 99, c)))


class Settled(NamedTuple):
    """What the orders say of each possibility, the position as given first."""

    sayings: list[Saying]
    possible: tuple[str, ...]
    """Classes that remain, the most under-served first."""
    exhaustive: bool
    """Whether it is one of them for sure."""

    @property
    def settled(self) -> bool:
        """Whether one class is sure."""
        return self.exhaustive and len(self.possible) == 1

    @property
    def given(self) -> str | None:
        """The class for the position as given."""
        first = self.sayings[0]
        return first.classes[0] if first.state == "class" else None


def settle(spot: Spot, orders: InForce, names: Names) -> Settled:
    """Ask the orders about every possibility that a position leaves; without the words.

    Parameters
    ----------
    spot
        With at least one commune.
    """
    sayings = [
        orders.of_place(commune, qpv, names.qpv_of_commune.get(commune, ()))
        for commune, qpv in _possibilities(spot)
    ]
    sayings += [orders.of_qpv(code) for code in spot.unknown_qpv]
    possible: set[str] = set()
    exhaustive = not spot.beyond
    for saying in sayings:
        classes, sure = _classes(saying, orders)
        possible |= set(classes)
        exhaustive &= sure
    return Settled(sayings, by_rank(possible), exhaustive)


def decide(
    spot: Spot, orders: InForce, names: Names, as_of: dt.date, *, asked: ZoneAnswer | None = None
) -> ZoneAnswer:
    """The class of a place from every possibility that its position leaves.

    Parameters
    ----------
    spot
        Where it may lie.
    orders
        The orders at the date.
    names
        For the reasons in words.
    as_of
        The date.
    asked
        An answer whose other members (position, territory…) are kept.

    Returns
    -------
    ZoneAnswer
        Determined where all possibilities have one class.
    """
    answer = asked or blank(as_of, spot.precision, orders)
    answer = replace(answer, vintages=orders.orders.vintages)
    if not spot.communes:
        return replace(answer, reason=reasons.OUTSIDE)
    if not len(orders.orders):
        none = reasons.NO_PROFESSION.with_values(profession=orders.orders.profession)
        return replace(answer, reason=none if orders.orders.elsewhere else reasons.NO_ZONING)
    found = settle(spot, orders, names)
    sayings, possible, exhaustive, settled = *found, found.settled
    deciding = sayings[0]  # what the position as given says
    assumed = any(saying.assumed for saying in sayings)
    undated = next((saying for saying in sayings if saying.state == "undated"), None)
    return replace(
        answer,
        answer=DETERMINED if settled else UNDETERMINED,
        zone_class=possible[0] if settled else None,
        possible_classes=possible,
        exhaustive=exhaustive,
        unit=deciding.unit if settled else None,
        unit_code=deciding.code if settled else None,
        unit_name=_unit_name(deciding, names) if settled else None,
        undated_class=_undated_class(undated),
        ruling=deciding.rulings[0] if deciding.rulings else None,
        assumption=reasons.ASSUMED.with_values(date=reasons.in_words(as_of)) if assumed else None,
        reason=_reason(spot, sayings, names, as_of, settled=settled, possible=possible),
    )


def blank(as_of: dt.date, precision: float, orders: InForce) -> ZoneAnswer:
    """An answer of which nothing is known yet."""
    return ZoneAnswer(
        as_of=as_of,
        lon=None,
        lat=None,
        precision=precision,
        profession=orders.orders.profession,
        answer=UNDETERMINED,
        zone_class=None,
        possible_classes=(),
        exhaustive=False,
        reason=reasons.NO_ZONING,
    )


def _possibilities(spot: Spot) -> list[tuple[str, str | None]]:
    """(commune, QPV or none), the position as given first."""
    if not spot.qpv:
        return [(commune, None) for commune in spot.communes]
    inside: list[str | None] = list(spot.qpv) if spot.in_qpv is not False else []
    if spot.in_qpv is None or not inside:
        inside.insert(len(inside) if spot.held else 0, None)
        if spot.held and spot.qpv:  # as given it is in the first
            inside = [spot.qpv[0], *(code for code in inside if code != spot.qpv[0])]
    return [(commune, code) for commune in spot.communes for code in inside]


def _classes(saying: Saying, orders: InForce) -> tuple[tuple[str, ...], bool]:
    """Classes that a saying leaves, and whether it is one of them for sure."""
    if saying.state == "class":
        return saying.classes, True
    if saying.state == "several":
        return saying.classes, len(saying.classes) > 1
    if saying.state == "part" and saying.unit == "qpv":
        return saying.classes, False
    if saying.state == "part":
        quarter = orders.part_of(saying.code, "grand quartier")
        return (quarter.classes if quarter.state == "class" else ()), False
    return (), False


def _undated_class(saying: Saying | None) -> str | None:
    if saying is None or len(saying.classes) != 1:
        return None
    return saying.classes[0]


def _unit_name(saying: Saying, names: Names) -> str | None:
    # A row of the TVS bears the TVS's name; it is the unit that decided.
    own = saying.rulings[0].name if saying.unit in ("tvs", "qpv") and saying.rulings else None
    return own or names.of(saying)


def _reason(
    spot: Spot,
    sayings: Sequence[Saying],
    names: Names,
    as_of: dt.date,
    *,
    settled: bool,
    possible: tuple[str, ...],
) -> Text:
    said: list[Text] = []
    several = len(sayings) > 1
    spoken = sayings[0].state in ("class", "several", "silent", "part")
    if spot.held and spot.in_qpv and spoken and sayings[0].unit != "qpv":
        code = spot.qpv[0]
        name = names.qpv.get(code, code)
        said.append(reasons.NOT_CLASSED_APART.with_values(name=name, code=code))
    if spot.unknown_qpv:
        codes = reasons.listed(spot.unknown_qpv[:5])
        date = reasons.in_words(as_of)
        said.append(reasons.NO_PERIMETER.with_values(date=date, codes=codes))
    if several and not (settled and len({saying.code for saying in sayings}) == 1):
        where = _where(spot, names)
        if where is not None:
            said.append(where)
    if spot.beyond:
        said.append(reasons.EDGE)
    told: dict[tuple[str, str], Text] = {}
    for saying in sayings[:4]:
        key = (saying.unit, saying.code)
        if saying.state == "class":
            told.setdefault(key, reasons.decided(saying, names.of(saying)))
        else:
            told.setdefault(key, reasons.unsettled(saying, as_of))
    said += told.values()
    if settled and len(told) > 1:
        said.append(reasons.AGREE)
    elif not settled and possible:
        said.append(reasons.REMAIN.with_values(classes=", ".join(possible)))
    return reasons.sentences(said)


def _where(spot: Spot, names: Names) -> Text | None:
    """Between which communes and QPV the position does not choose."""
    qpv = [T("QPV {n}", "QPV {n}", n=names.qpv.get(code, code)) for code in spot.qpv[:5]]
    if len(spot.qpv) > 5:
        qpv.append(T("+ {n}", "+ {n}", n=len(spot.qpv) - 5))
    if math.isnan(spot.precision) or math.isinf(spot.precision):
        if not qpv:
            return None
        kind = reasons.UNKNOWN if math.isnan(spot.precision) else reasons.VAGUE
        return kind.with_values(where=reasons.listed(qpv))
    towns = [
        T("{n} ({c})", "{n} ({c})", n=names.communes.get(code, code), c=code)
        for code in spot.communes[:5]
    ]
    if not qpv and len(towns) < 2:
        return None
    if spot.in_qpv is None:
        qpv.append(T("hors QPV", "in no QPV"))
    where = reasons.listed([*(towns if len(towns) > 1 else []), *qpv])
    return reasons.CLOSE.with_values(metres=round(max(spot.reach, spot.precision)), where=where)
