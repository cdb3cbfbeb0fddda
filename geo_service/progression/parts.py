"""The change in a count taken apart, structure by structure: pure functions, no geometry.

One structure goes along a path from what it counted at the first date to what it counts at the
second: it is reclassified, moves, opens, sees its perimeters change in their order, closes. What a
step adds or takes away is that step's part, so the parts add up to the difference whatever the
history; only the part to which a step is put can be in doubt.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from ..core.i18n import T, Text, say_date

Part = Literal["opened", "closed", "moved", "reclassified", "perimeter", "undetermined"]
PARTS: tuple[Part, ...] = (
    "opened",
    "closed",
    "moved",
    "reclassified",
    "perimeter",
    "undetermined",
)


@dataclass(frozen=True)
class Seen:
    """One structure as one register has it.

    Parameters
    ----------
    first, last
        Openness at the first and at the second date: 1 open, 0 not open, -1 unknown.
    opened, closed
        Its dates, None where the register has none.
    counts, counts_sure
        Whether it is of the kind that is counted, as given; 1, 0 or -1 (not told).
    inside, sure
        At each set of perimeters (and in the territory): as the position is given; 1, 0 or -1.
    known
        Whether the precision that ``sure`` rests on is known.
    why
        At each set of perimeters, why ``sure`` is -1; None (or nothing): the position's precision.
    """

    first: int
    last: int
    opened: dt.date | None = None
    closed: dt.date | None = None
    counts: bool = True
    counts_sure: int = 1
    inside: tuple[bool, ...] = (True,)
    sure: tuple[int, ...] = (1,)
    known: bool = True
    why: tuple[Text | None, ...] = ()

    def value(self, epoch: int) -> int:
        """1 if it would count with these perimeters, were it open."""
        return int(self.counts and self.inside[epoch])

    def doubtful(self, epoch: int) -> bool:
        """Whether that value rests on something undetermined."""
        return self.counts_sure < 0 or self.sure[epoch] < 0

    def doubt(self, *epochs: int) -> Text | None:
        """Why the value with one of these perimeters is in doubt; None: it is not."""
        if self.counts_sure < 0:
            return NO_KIND
        for epoch in epochs:
            if self.sure[epoch] < 0:
                return (self.why[epoch] if self.why else None) or NO_POSITION
        return None

    def bounds(self, epoch: int, state: int) -> tuple[int, int]:
        """At least and at most what it counts, open or not as ``state`` says."""
        low = int(state == 1 and self.counts_sure == 1 and self.sure[epoch] == 1)
        return low, int(state != 0 and self.counts_sure != 0 and self.sure[epoch] != 0)


@dataclass(frozen=True)
class History:
    """One structure at both dates; ``ambiguous`` says why its match is in doubt.

    With one register ``before`` and ``after`` are the same object.
    """

    before: Seen | None
    after: Seen | None
    ambiguous: Text | None = None


@dataclass(frozen=True)
class Step:
    """What one step of a history adds to the count."""

    part: Part
    sign: int
    reason: Text


@dataclass(frozen=True)
class Course:
    """The dates of the comparison and those from which other perimeters hold.

    ``starts`` has one date a set of perimeters, rising; the first one is that of the first date.
    ``vintage``: millésime of the first register where there are two. ``causes``: what is another
    since each of these dates, ``qpv`` or ``orders`` (zoning), ``result`` (the second result begins,
    on the same date); nothing: perimeters in general.
    """

    since: dt.date
    until: dt.date
    starts: tuple[dt.date, ...]
    vintage: dt.date | None = None
    causes: tuple[frozenset[str], ...] = ()

    def epoch(self, date: dt.date) -> int:
        """The perimeters in force at a date between the two."""
        return max((n for n, start in enumerate(self.starts) if start <= date), default=0)

    @property
    def end(self) -> int:
        """The perimeters of the second date."""
        return len(self.starts) - 1

    def reason(self, first: int, last: int) -> Text:
        """What changed from one set of perimeters to a later one."""
        causes = frozenset[str]().union(*self.causes[first + 1 : last + 1])
        return PERIMETERS[causes - {"result"} or causes].with_values(date=_said(self.starts[last]))

    def between(self, date: dt.date | None) -> bool:
        """After the first date, up to the second."""
        return date is not None and self.since < date <= self.until


def first_value(history: History) -> int:
    """What the structure counts at the first date: open for sure, as its position is given."""
    seen = history.before
    return 0 if seen is None or seen.first != 1 else seen.value(0)


def last_value(history: History, course: Course) -> int:
    """What the structure counts at the second date."""
    seen = history.after
    return 0 if seen is None or seen.last != 1 else seen.value(course.end)


def difference_bounds(history: History, course: Course) -> tuple[int, int]:
    """At least and at most what the structure adds to the difference.

    One register, the same perimeters: whatever the position is, it is the same at both dates.
    """
    before, after = history.before, history.after
    low_b, high_b = (0, 0) if before is None else before.bounds(0, before.first)
    low_a, high_a = (0, 0) if after is None else after.bounds(course.end, after.last)
    if before is not None and before is after and len(course.starts) == 1:
        if after.last == 0:
            return -high_b, -low_b
        return max(0, low_a - high_b), high_a - (high_b if before.first == 1 else low_b)
    return low_a - high_b, high_a - low_b


def take_apart(history: History, course: Course) -> list[Step]:
    """The steps of one structure, a part at most once each, none of them zero.

    Their signs add up to ``last_value - first_value``.
    """
    total: dict[Part, int] = {}
    reason: dict[Part, Text] = {}
    for step in _path(history, course):
        if step.sign:
            total[step.part] = total.get(step.part, 0) + step.sign
            reason.setdefault(step.part, step.reason)
    return [Step(part, total[part], reason[part]) for part in PARTS if total.get(part)]


def _path(history: History, course: Course) -> Iterator[Step]:
    before, after = history.before, history.after
    gap = last_value(history, course) - first_value(history)
    if history.ambiguous is not None:
        yield Step("undetermined", gap, history.ambiguous)
    elif before is None:
        assert after is not None
        yield from _newcomer(after, course, gap)
    elif after is None:
        yield from _leaver(before, course)
    else:
        yield from _both(before, after, course, gap)


def _newcomer(seen: Seen, course: Course, gap: int) -> Iterator[Step]:
    """Only the second register has it."""
    if seen.last != 1:
        return
    if seen.opened is None:
        yield Step("undetermined", gap, NO_OPENING)
    elif course.between(seen.opened):
        yield from _opens(seen, course, course.end)
    else:
        older = course.vintage is not None and seen.opened > course.vintage
        reason = AFTER_VINTAGE if older else LATE
        yield Step("undetermined", gap, reason.with_values(date=_said(seen.opened)))


def _leaver(seen: Seen, course: Course) -> Iterator[Step]:
    """Only the first register has it: it closed, at a date that only its own row may tell."""
    if seen.first != 1:
        return
    known = course.between(seen.closed)
    last = course.epoch(seen.closed) if known and seen.closed is not None else 0
    yield from _perimeters(seen, course, 0, last)
    reason = CLOSED.with_values(date=_said(seen.closed)) if known and seen.closed else LEFT
    yield _doubted("closed", -seen.value(last), reason, seen.doubt(last))


def _both(before: Seen, after: Seen, course: Course, gap: int) -> Iterator[Step]:
    first, last = before.first, after.last
    if first == 1 and last == 1:
        yield from _changes(before, after)
        yield from _perimeters(after, course, 0, course.end)
    elif first == 1 and last == 0 and course.between(after.closed):
        assert after.closed is not None
        epoch = course.epoch(after.closed)
        yield from _changes(before, after)
        yield from _perimeters(after, course, 0, epoch)
        yield _closing(after, epoch)
    elif first == 0 and last == 1 and course.between(after.opened):
        yield from _opens(after, course, course.end)
    elif first == 0 and last == 0:
        if course.between(after.opened) and course.between(after.closed):
            assert after.closed is not None
            epoch = course.epoch(after.closed)
            yield from _opens(after, course, epoch)
            yield _closing(after, epoch)
    else:
        unknown = -1 in (first, last) or (last == 1 and after.opened is None)
        yield Step("undetermined", gap, NO_OPENING if unknown else CONTRADICTION)


def _opens(seen: Seen, course: Course, last: int) -> Iterator[Step]:
    """It opens in the perimeters of its day, and lives through those that follow."""
    assert seen.opened is not None
    epoch = course.epoch(seen.opened)
    reason = OPENED.with_values(date=_said(seen.opened))
    yield _doubted("opened", seen.value(epoch), reason, seen.doubt(epoch))
    yield from _perimeters(seen, course, epoch, last)


def _closing(seen: Seen, epoch: int) -> Step:
    assert seen.closed is not None
    reason = CLOSED.with_values(date=_said(seen.closed))
    return _doubted("closed", -seen.value(epoch), reason, seen.doubt(epoch))


def _changes(before: Seen, after: Seen) -> Iterator[Step]:
    """Reclassified, then moved, with the perimeters of the first date.

    A move is decided even where a position decides nothing: that the position changed in the
    register is why the count did.
    """
    if before is after:
        return
    reclassified = int(after.counts and before.inside[0]) - before.value(0)
    kinds = NO_KIND if -1 in (before.counts_sure, after.counts_sure) else None
    yield _doubted("reclassified", reclassified, RECLASSIFIED, kinds or before.doubt(0))
    moved = after.value(0) - int(after.counts and before.inside[0])
    yield _doubted("moved", moved, MOVED, NO_KIND if after.counts_sure < 0 else None)


def _perimeters(seen: Seen, course: Course, first: int, last: int) -> Iterator[Step]:
    """From one sure answer to the next: a doubt in between does not touch what both tell."""
    sure = [epoch for epoch in range(first + 1, last) if not seen.doubtful(epoch)]
    for one, other in pairwise([first, *sure, last] if last > first else []):
        change = seen.value(other) - seen.value(one)
        yield _doubted("perimeter", change, course.reason(one, other), seen.doubt(one, other))


def _doubted(part: Part, sign: int, reason: Text, doubt: Text | None) -> Step:
    return Step(part, sign, reason) if doubt is None else Step("undetermined", sign, doubt)


def totals(steps: Sequence[Step]) -> dict[Part, int]:
    """Sum of the steps of each part."""
    return {part: sum(step.sign for step in steps if step.part == part) for part in PARTS}


def _said(date: dt.date) -> Text:
    """A date said in the language of the text that holds it."""
    return T(say_date(date, "fr"), say_date(date, "en"))


OPENED = T("ouverte le {date}", "opened on {date}")
CLOSED = T("fermée le {date}", "closed on {date}")
LEFT = T(
    "absente du second registre : fermée à une date inconnue (ou sortie du champ lu)",
    "absent from the second register: closed at an unknown date (or out of what was read)",
)
MOVED = T("position ou commune changée d'un registre à l'autre", "position or commune changed")
RECLASSIFIED = T(
    "nature ou spécialité changée d'un registre à l'autre", "kind or speciality changed"
)
PERIMETERS = {
    frozenset[str](): T("autres périmètres depuis le {date}", "other perimeters since {date}"),
    frozenset({"orders"}): T(
        "zonage : autre arrêté en vigueur depuis le {date}",
        "zoning: another order in force since {date}",
    ),
    frozenset({"result"}): T(
        "le second résultat a un autre zonage, ou d'autres QPV, au {date}",
        "the second result has another zoning, or other QPV, on {date}",
    ),
    frozenset({"qpv"}): T(
        "zonage : autres périmètres de QPV depuis le {date}",
        "zoning: other QPV perimeters since {date}",
    ),
    frozenset({"qpv", "orders"}): T(
        "zonage : autre arrêté et autres périmètres de QPV depuis le {date}",
        "zoning: another order and other QPV perimeters since {date}",
    ),
}
NO_OPENING = T("date d'ouverture inconnue", "opening date unknown")
NO_POSITION = T(
    "la précision de la position ne dit pas si elle est dedans",
    "the precision of the position does not tell whether it is inside",
)
NO_KIND = T("mono- ou pluriprofessionnel : non précisé", "mono- or pluriprofessional: not told")
LATE = T(
    "inscription tardive : ouverte le {date}, absente du premier registre",
    "late registration: opened on {date}, absent from the first register",
)
AFTER_VINTAGE = T(
    "ouverte le {date}, après le millésime du premier registre, qui ne pouvait la connaître",
    "opened on {date}, after the vintage of the first register, which could not know it",
)
CONTRADICTION = T(
    "dates contradictoires d'un registre à l'autre", "dates that contradict between registers"
)
