"""The sets of perimeters, and of zoning, through which a comparison goes, in their order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..core.i18n import T, Text, say_date
from .asking import NO_POLYGONS, NOT_THEN
from .classed import (
    ASSUMED,
    NO_ORDER,
    UNDATED,
    UNSURE,
    Zoning,
    class_ground,
    classes_of,
    order_changes,
)
from .histories import Side
from .membership import CLASS, DECLARED, EVERYWHERE
from .parts import Course
from .register import NOT_COVERED, Ground, Register, is_covered, missing_ground


@dataclass(frozen=True)
class Asked:
    """Two dates, where to count, in which territory."""

    since: dt.date
    until: dt.date
    within: str
    place: str
    assume_undated: bool


@dataclass(frozen=True, eq=False)
class Laid:
    """Sets of perimeters with the day that each begins, or why there are none.

    ``causes``: what each set has that the one before had not, where the question is of classes.
    """

    starts: tuple[dt.date, ...]
    grounds: list[Ground | None]
    missing: list[Text]
    causes: tuple[frozenset[str], ...] = ()


def lay_grounds(
    before: Register, after: Register, asked: Asked, zoning_of: Callable[[Register], Zoning]
) -> Laid:
    """Every set of perimeters in force from the first date to the second.

    Parameters
    ----------
    before, after
        The same object where there is one register.
    zoning_of
        The orders of a register; called only where the question is of classes.
    """
    since, until, within = asked.since, asked.until, asked.within
    missing = [
        NOT_COVERED
        for register in {id(r): r for r in (before, after)}.values()
        if not is_covered(register, asked.place)
    ]
    if within == DECLARED and any(r.polygons_missing for r in (before, after)):
        missing.append(NO_POLYGONS)
    level, _, code = asked.place.partition(":")
    if within == EVERYWHERE and level != "qpv":
        return Laid((since,), [None], missing)
    how = "qpv" if within == EVERYWHERE else within
    classed = within.startswith(CLASS)
    days = set(after.changes(since, until, how))
    wanted = frozenset[str]()
    if classed:
        wanted = classes_of(within, [*zoning_of(after).classes, *zoning_of(before).classes])
        days |= {day for day in order_changes(zoning_of(after).orders) if since < day <= until}

    def ground_at(register: Register, day: dt.date) -> Ground | None:
        if not classed:
            return register.ground_at(day, how)
        return class_ground(register, zoning_of(register), day, wanted, asked.assume_undated)

    listed = [(since, before)]
    if before is not after:
        listed.append((since, after))
    listed += [(day, after) for day in sorted(days)]
    starts: list[dt.date] = []
    grounds: list[Ground] = []
    for day, register in listed:
        ground = ground_at(register, day)
        if ground is None or (grounds and grounds[-1].key == ground.key):
            continue
        starts.append(day)
        grounds.append(ground)
    for day, register in ((since, before), (until, after)):
        ground = ground_at(register, day)
        if ground is not None and ground.orders is not None and ground.orders.nothing:
            missing.append(NO_ORDER.with_values(date=day.isoformat()))
            missing += [UNDATED] if zoning_of(register).undated else []
        elif ground is None:
            missing.append(missing_ground(register, day, how))
        elif level == "qpv" and (ground.zones is None or code not in set(ground.zones["code"])):
            missing.append(NOT_THEN.with_values(code=code, date=day.isoformat()))
    causes = _causes(starts, grounds) if classed else ()
    return Laid(tuple(starts), list(grounds), missing, causes)


def _causes(starts: Sequence[dt.date], grounds: Sequence[Ground]) -> tuple[frozenset[str], ...]:
    names = ("qpv", "orders")
    found = [frozenset[str]()]
    for number in range(1, len(grounds)):
        if starts[number] == starts[number - 1]:  # the second result, on the first date
            found.append(frozenset({"result"}))
            continue
        pairs = zip(names, grounds[number - 1].key, grounds[number].key, strict=True)
        found.append(frozenset(name for name, old, new in pairs if old != new))
    return tuple(found)


def class_notes(course: Course, laid: Laid, sides: Sequence[Side]) -> list[Text]:
    """What the orders leave unsure at each date, and the hypothesis on those without a date."""
    notes: list[Text] = []
    if any(ground and ground.orders and ground.orders.assumed for ground in laid.grounds):
        notes.append(ASSUMED)
    for day, first in ((course.since, True), (course.until, False)):
        epoch, side = (0, sides[0]) if first else (course.end, sides[-1])
        number = sum(
            (seen.first if first else seen.last) == 1
            and seen.counts_sure != 0
            and (seen.sure[epoch] < 0 or not seen.known)
            for seen in side.seen
            if seen is not None
        )
        if number:
            date = T(say_date(day, "fr"), say_date(day, "en"))
            notes.append(UNSURE.with_values(date=date, n=number))
    return notes
