"""How far a series is from a target, and when it would get there if it went on as it did.

The interval is no forecast: it is the date at the fastest and at the slowest pace of the last
steps, and it says so. A trajectory rests on one series, so on one perimeter.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from geo_service.core.errors import RuleError
from geo_service.core.i18n import T, Text

from .progress import level_share, progress_share, target_share

YEAR = 365.25
"""Days of a year: from one 31 December to the fourth next are 4 years exactly."""
STEPS = 4
"""Steps looked back on: two years of a half-yearly series."""
_LAST_YEAR = 2200
"""A date beyond it says nothing: it is given as none."""

METHOD = T(
    "Rythme moyen des {steps} derniers intervalles de la série ; les bornes prolongent le plus "
    "rapide et le plus lent de ces intervalles. Ce n'est pas une prévision.",
    "Mean pace of the last {steps} steps of the series; the bounds prolong the fastest and the "
    "slowest of these steps. It is no forecast.",
)


@dataclass(frozen=True)
class Observed:
    """A known figure at a date."""

    date: dt.date
    value: float


@dataclass(frozen=True)
class Expected:
    """The level at the target's date at the mean, the slowest and the fastest pace."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Trajectory:
    """Where a series stands before a target.

    ``reached_on`` is the first date of the series at or above the target, where its last figure
    is. Shares are from 0 to 1; paces are per year. ``progress`` and ``way`` need an initial value,
    the projected dates two figures and a pace above 0; ``expected`` is None where there is no pace
    or the date is past. ``latest`` is None where the slowest step did not grow: there is then no
    latest date. ``reasons`` say why a member is None.
    """

    actual: Observed
    initial: Observed | None
    target: float
    by: dt.date
    gap: float
    reached_on: dt.date | None
    level: float | None
    progress: float | None
    way: float | None
    needed_per_year: float | None
    needed_per_semester: float | None
    pace: float | None
    slowest: float | None
    fastest: float | None
    steps: int
    projected: dt.date | None
    earliest: dt.date | None
    latest: dt.date | None
    in_time: bool | None
    expected: Expected | None
    method: Text
    reasons: tuple[Text, ...]


def years_between(first: dt.date, last: dt.date) -> float:
    """Years of 365.25 days.

    >>> years_between(dt.date(2023, 12, 31), dt.date(2027, 12, 31))
    4.0
    """
    return (last - first).days / YEAR


def trajectory(
    points: Sequence[Observed],
    target: float,
    by: dt.date,
    *,
    since: dt.date | None = None,
    at: dt.date | None = None,
    steps: int = STEPS,
) -> Trajectory:
    """Progress, needed pace and projected date of one series.

    Parameters
    ----------
    points
        Known figures of one series, in any order, at least one.
    target, by
        Level aimed at and its date.
    since
        Date of the initial value; there is no percentage of the way without it.
    at
        Date from which it is looked at: a date of the series, by default the last.
    steps
        Steps looked back on for the pace, from 1.

    Raises
    ------
    RuleError
        No figure, a date that the series does not hold, less than one step.
    """
    held = sorted(points, key=lambda point: point.date)
    if not held:
        raise RuleError(T("La série n'a aucun chiffre.", "The series has no figure."))
    if steps < 1:
        raise RuleError(T("Au moins un intervalle.", "At least one step."), field="steps")
    actual = held[-1] if at is None else _point(held, at)
    held = [point for point in held if point.date <= actual.date]
    initial = None if since is None else _point(held, since)
    reasons: list[Text] = []
    gap = target - actual.value
    years = years_between(actual.date, by)
    needed = None
    if gap > 0 and years > 0:
        needed = gap / years
    elif gap > 0:
        reasons.append(
            T(
                "L'échéance est passée : pas de rythme nécessaire.",
                "The date is past: no needed pace.",
            )
        )
    if initial is None:
        reasons.append(
            T(
                "La source ne donne pas de point de départ : pas de pourcentage du chemin.",
                "The source gives no baseline: no percentage of the way.",
            )
        )
    elif initial.value >= target:
        reasons.append(
            T(
                "Le point de départ est déjà au niveau visé : pas de pourcentage du chemin.",
                "The baseline is at the level aimed at already: no percentage of the way.",
            )
        )
    reached_on = None
    if gap <= 0:
        reached_on = next(point.date for point in held if point.value >= target)
    paces, pace = paces_of(held, steps)
    projected = earliest = latest = None
    if gap > 0:
        projected, earliest, latest = _dates(actual, gap, pace, paces, reasons)
        if pace is not None and pace > 0 and projected is None:
            reasons.append(
                T(
                    "À ce rythme, après {year} : pas de date projetée.",
                    "At this pace after {year}: no projected date.",
                    year=_LAST_YEAR,
                )
            )
    expected = None
    if pace is not None and years > 0:
        expected = Expected(*(actual.value + one * years for one in (pace, min(paces), max(paces))))
    value = initial.value if initial else None
    return Trajectory(
        actual=actual,
        initial=initial,
        target=target,
        by=by,
        gap=gap,
        reached_on=reached_on,
        level=level_share(actual.value, target),
        progress=progress_share(actual.value, value),
        way=target_share(actual.value, value, target) if value is None or value < target else None,
        needed_per_year=needed,
        needed_per_semester=None if needed is None else needed / 2,
        pace=pace,
        slowest=min(paces, default=None),
        fastest=max(paces, default=None),
        steps=len(paces),
        projected=projected,
        earliest=earliest,
        latest=latest,
        in_time=None if (when := reached_on or projected) is None else when <= by,
        expected=expected,
        method=METHOD.with_values(steps=len(paces)),
        reasons=tuple(reasons),
    )


def _point(held: Sequence[Observed], date: dt.date) -> Observed:
    for point in held:
        if point.date == date:
            return point
    raise RuleError(
        T(
            "La série n'a pas de chiffre au {date} ; il y a : {known}.",
            "The series has no figure on {date}; there are: {known}.",
            date=date.isoformat(),
            known=", ".join(point.date.isoformat() for point in held),
        )
    )


def paces_of(held: Sequence[Observed], steps: int = STEPS) -> tuple[list[float], float | None]:
    """The pace a year of each of the last steps, and the mean pace over all of them.

    ``held`` is in the order of its dates; with one figure there is no pace.
    """
    last = held[-(steps + 1) :]
    paces = [
        (after.value - before.value) / years_between(before.date, after.date)
        for before, after in itertools.pairwise(last)
    ]
    if not paces:
        return [], None
    return paces, (last[-1].value - last[0].value) / years_between(last[0].date, last[-1].date)


def _dates(
    actual: Observed, gap: float, pace: float | None, paces: Sequence[float], reasons: list[Text]
) -> tuple[dt.date | None, dt.date | None, dt.date | None]:
    if pace is None:
        reasons.append(
            T(
                "Un seul chiffre sur ce périmètre : pas de rythme, pas de date projetée.",
                "One figure only on this perimeter: no pace, no projected date.",
            )
        )
        return None, None, None
    if pace <= 0:
        reasons.append(
            T(
                "La série ne croît pas : pas de date projetée.",
                "The series does not grow: no projected date.",
            )
        )
        return None, None, None
    slowest = min(paces)
    latest = _reach(actual, gap, slowest) if slowest > 0 else None
    if slowest <= 0:
        reasons.append(
            T(
                "L'intervalle le plus lent n'a pas crû : pas de date au plus tard.",
                "The slowest step did not grow: no latest date.",
            )
        )
    return _reach(actual, gap, pace), _reach(actual, gap, max(paces)), latest


def _reach(actual: Observed, gap: float, pace: float) -> dt.date | None:
    days = gap / pace * YEAR
    if days > (dt.date(_LAST_YEAR, 1, 1) - actual.date).days:
        return None
    return actual.date + dt.timedelta(days=round(days))
