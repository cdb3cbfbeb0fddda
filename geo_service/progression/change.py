"""Between two dates of one result, or of two: the change in a count, exactly, by its causes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.errors import SchemaError
from ..core.i18n import T, Text
from ..core.snapshot import ALL_STRUCTURES, PLURIPROFESSIONAL
from ..store import StoredResult
from .asking import (
    NO_CLOSURES,
    NO_LIST,
    NO_SPECIALITY,
    ONLY_OWN_QPV,
    OTHER_STUDY,
    SOME_CLOSURES,
    check_asked,
)
from .classed import Zoning, read_zoning
from .grounds import Asked, class_notes, lay_grounds
from .histories import Side, build_histories, look
from .matching import DEFAULT_METRES, Matching, match_structures
from .membership import CLASS, EVERYWHERE, Membership
from .outcome import Ambiguous, Change, Progression
from .parts import (
    PARTS,
    Course,
    History,
    Part,
    Step,
    difference_bounds,
    first_value,
    last_value,
    take_apart,
    totals,
)
from .register import Register, read_register, require_territory


def progression(
    result: StoredResult,
    second: StoredResult | None = None,
    *,
    since: dt.date,
    until: dt.date,
    territory: str | None = None,
    kind: str = "MSP",
    within: str = EVERYWHERE,
    scope: str | None = None,
    assume_undated: bool = False,
    match_metres: float = DEFAULT_METRES,
) -> Progression:
    """Take the change in a count apart.

    Parameters
    ----------
    result, second
        One result: both dates are read from its register. Two: the first date is read from the
        first, the second from the second, and structures are matched.
    since, until
        Any two dates, the first not later (one date tells what two registers say of it);
        perimeters in force at each are used, never others.
    territory
        ``region:76``, ``epci:…``, ``commune:…``, ``qpv:…``; by default the main territory.
    kind
        MSP, CDS or CPTS.
    within
        ``everywhere``, ``qpv``, ``proxy-300m`` (in a QPV or nearer than that to its limit),
        ``declared`` (in a QPV or declared by the ARS), ``class-ZIP`` or ``class-ZIP+ZAC`` (where
        the zonage médecin has one of these classes: the QPV's own, else the commune's).
    scope
        ``all`` or ``pluri`` (pluriprofessional centres only); by default that of the result.
    assume_undated
        Take an undated zoning as in force at both dates, for ``class-…``; the notes say so.
    match_metres
        See :func:`~geo_service.progression.matching.match_structures`.

    Returns
    -------
    Progression
        Null where a date has no perimeter, no declaration, or data that do not cover the territory.

    Raises
    ------
    UnknownNameError
        The territory, kind, scope or way of counting does not exist.
    SchemaError
        The first date is after the second.
    """
    return Comparison(result, second, match_metres=match_metres).progression(
        since=since,
        until=until,
        territory=territory,
        kind=kind,
        within=within,
        scope=scope,
        assume_undated=assume_undated,
    )


class Comparison:
    """One or two results, read and matched once, for any number of questions.

    Parameters
    ----------
    result, second, match_metres
        As for :func:`progression`.
    """

    def __init__(
        self,
        result: StoredResult,
        second: StoredResult | None = None,
        *,
        match_metres: float = DEFAULT_METRES,
    ) -> None:
        self.before = read_register(result)
        self.after = self.before if second is None else read_register(second)
        self._results = (result, result if second is None else second)
        self._known: dict[Any, Membership] = {}
        self._zonings: dict[int, Zoning] = {}
        self.matching: Matching | None = None
        if second is not None:
            self.matching = match_structures(
                self.before.structures, self.after.structures, metres=match_metres
            )

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes that the zonings at hand name, the most under-served first."""
        named = [self._zoning(one).classes for one in (self.after, self.before)]
        return tuple(dict.fromkeys(name for each in named for name in each))

    @property
    def undated(self) -> bool:
        """Whether some rows of a zoning at hand have no date."""
        return any(self._zoning(one).undated for one in (self.before, self.after))

    def _zoning(self, register: Register) -> Zoning:
        """The orders of a register's result, read when they are first asked for."""
        if id(register) not in self._zonings:
            result = self._results[0 if register is self.before else 1]
            self._zonings[id(register)] = read_zoning(result)
        return self._zonings[id(register)]

    def progression(
        self,
        *,
        since: dt.date,
        until: dt.date,
        territory: str | None = None,
        kind: str = "MSP",
        within: str = EVERYWHERE,
        scope: str | None = None,
        assume_undated: bool = False,
    ) -> Progression:
        """See :func:`progression`."""
        before, after = self.before, self.after
        if since > until:
            raise SchemaError(
                T(
                    "La première date ({a}) est après la seconde ({b}).",
                    "The first date ({a}) is after the second ({b}).",
                    a=since.isoformat(),
                    b=until.isoformat(),
                ),
                field="from",
                do=T("Échangez-les.", "Swap them."),
            )
        place = after.territory if territory is None else require_territory(after, territory)
        if before is not after and place != before.territory and not place.startswith("qpv:"):
            require_territory(before, place)
        classed = within.startswith(CLASS)
        check_asked(after, kind, within, scope, place, self.classes if classed else ())
        scope = scope or str(after.facts.get("scope", ALL_STRUCTURES))
        asked: dict[str, Any] = {
            "territory": place,
            "kind": kind,
            "scope": scope,
            "within": within,
            "since": since,
            "until": until,
            "registers": 1 if self.matching is None else 2,
        }
        route = Asked(since, until, within, place, assume_undated)
        laid = lay_grounds(before, after, route, self._zoning)
        if laid.missing:
            return self._unknown(asked, laid.missing)
        vintage = None if self.matching is None else before.vintage
        course = Course(since, until, laid.starts, vintage, laid.causes)
        sides = [
            look(
                register,
                course,
                laid.grounds,
                kind=kind,
                pluri=scope == PLURIPROFESSIONAL,
                within=within,
                territory=place,
                communes=after.communes,
                known=self._known,
            )
            for register in ([before] if self.matching is None else [before, after])
        ]
        notes = self._notes(within)
        if classed:
            notes += class_notes(course, laid, sides)
        if blurred := _blurred(sides):
            return self._unknown(asked, [*blurred, *notes])
        return self._taken(asked, course, sides, notes)

    def _notes(self, within: str) -> list[Text]:
        notes: list[Text] = []
        if self.matching is None:
            notes.append(SOME_CLOSURES if self.before.knows_closures else NO_CLOSURES)
        elif self.before.territory != self.after.territory:
            notes.append(OTHER_STUDY)
        if within.startswith("proxy-"):
            notes.append(ONLY_OWN_QPV)
        return notes

    def _taken(
        self, asked: dict[str, Any], course: Course, sides: list[Side], notes: list[Text]
    ) -> Progression:
        histories = build_histories(sides, self.matching)
        changes: list[Change] = []
        steps: list[Step] = []
        first = last = low = high = 0
        unknown = 0
        for rows, history in histories:
            first += first_value(history)
            last += last_value(history, course)
            least, most = difference_bounds(history, course)
            low, high = low + least, high + most
            unknown += _is_blind(history)
            for step in take_apart(history, course):
                steps.append(step)
                changes.append(self._change(rows, step))
        parts: dict[Part, int | None] = dict(totals(steps))
        if self.matching is None and not self.before.knows_closures:
            parts["closed"] = None
        return Progression(
            **asked,
            first=first,
            last=last,
            low=None if unknown else low,
            high=None if unknown else high,
            unknown_precision=unknown,
            parts=parts,
            changes=tuple(changes),
            ambiguous=tuple(self._doubts()),
            notes=tuple(notes),
            stored=self._stored(asked),
        )

    def _unknown(self, asked: dict[str, Any], notes: list[Text]) -> Progression:
        """No difference, but the count of a date that has one: what the result stores."""
        stored = self._stored(asked)
        first, last = (None if value is None else int(value) for value in stored)
        return Progression(
            **asked,
            first=first,
            last=last,
            low=None,
            high=None,
            unknown_precision=0,
            parts=dict.fromkeys(PARTS, None),
            notes=tuple(dict.fromkeys(notes)),
            stored=stored,
        )

    def _change(self, rows: tuple[int | None, int | None], step: Step) -> Change:
        second = rows[1] is not None
        table = (self.after if second else self.before).structures
        row = table.iloc[rows[1] if second else rows[0]]
        located = bool(np.isfinite(row["lon"]))
        return Change(
            part=step.part,
            sign=step.sign,
            reason=step.reason,
            structure_id=str(row["structure_id"]),
            name=None if row["name"] != row["name"] else row["name"],
            kind=str(row["kind"]),
            commune=None if row["settled"] != row["settled"] else row["settled"],
            opened=_day(row["opened"]),
            closed=_day(row["closed"]),
            lon=float(row["lon"]) if located else None,
            lat=float(row["lat"]) if located else None,
            register="second" if second and self.matching is not None else "first",
        )

    def _doubts(self) -> list[Ambiguous]:
        if self.matching is None:
            return []
        old = self.before.structures["structure_id"].tolist()
        new = self.after.structures["structure_id"].tolist()
        return [
            Ambiguous(
                tuple(old[row] for row in doubt.before),
                tuple(new[row] for row in doubt.after),
                doubt.reason,
            )
            for doubt in self.matching.ambiguous
        ]

    def _stored(self, asked: dict[str, Any]) -> tuple[float | None, float | None]:
        """The stored figures of the same counts; they need not exist."""
        within = asked["within"]
        if within.startswith(CLASS):
            return None, None
        indicator = {EVERYWHERE: "structures_open", "qpv": "structures_in_qpv"}.get(
            within, "structures_near_qpv"
        )
        found: list[float | None] = []
        for result, day in zip(self._results, (asked["since"], asked["until"]), strict=True):
            rows = result.read_indicators(
                territory=asked["territory"], indicator=indicator, kind=asked["kind"], as_of=day
            )
            if within != EVERYWHERE:
                rows = rows[rows["definition"] == within]
            rows = rows[rows["scope"] == asked["scope"]]
            value = float(rows["value"].iloc[0]) if len(rows) else np.nan
            found.append(None if np.isnan(value) else value)
        return found[0], found[1]


def _day(value: Any) -> dt.date | None:
    return None if value != value else value.date()


def _is_blind(history: History) -> bool:
    """Whether it may count at one of the dates and its precision is unknown."""
    before, after = history.before, history.after
    return any(
        seen is not None and not seen.known and seen.counts_sure != 0 and state != 0
        for seen, state in (
            (before, before.first if before else 0),
            (after, after.last if after else 0),
        )
    )


def _blurred(sides: Sequence[Side]) -> list[Text]:
    """Why the count of one of the dates is unknown as a whole."""
    reasons: list[Text] = []
    if any(side.untold for side in sides):
        reasons.append(NO_LIST)
    if any(side.unclassed for side in sides):
        reasons.append(NO_SPECIALITY)
    return reasons
