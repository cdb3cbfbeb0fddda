"""The parts add up to the difference whatever the history; planted histories come back."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from geo_service.core.i18n import T
from geo_service.progression.parts import (
    PARTS,
    Course,
    History,
    Seen,
    difference_bounds,
    first_value,
    last_value,
    take_apart,
    totals,
)

SINCE, UNTIL = dt.date(2018, 1, 1), dt.date(2025, 1, 1)
_days = st.none() | st.dates(dt.date(2010, 1, 1), dt.date(2030, 1, 1))
_VINTAGE = dt.date(2021, 1, 7)
_ORDER = T("aucun arrêté", "no order")


def _state(opened: dt.date | None, closed: dt.date | None, day: dt.date) -> int:
    if closed is not None and closed <= day:
        return 0
    if opened is None:
        return 1 if day >= _VINTAGE else -1
    return int(opened <= day)


@st.composite
def _seen(draw, epochs: int) -> Seen:
    opened, closed = draw(_days), draw(_days)
    inside = tuple(draw(st.booleans()) for _ in range(epochs))
    known = draw(st.booleans())
    doubt = [draw(st.booleans()) for _ in range(epochs)]
    sure = tuple(
        -1 if vague and known else int(held) for held, vague in zip(inside, doubt, strict=True)
    )
    why = tuple(draw(st.none() | st.just(_ORDER)) for _ in range(epochs))
    counts = draw(st.booleans())
    counts_sure = int(counts) if draw(st.booleans()) else -1
    return Seen(
        _state(opened, closed, SINCE),
        _state(opened, closed, UNTIL),
        opened,
        closed,
        counts and counts_sure == 1,
        counts_sure,
        inside,
        sure,
        known,
        why if draw(st.booleans()) else (),
    )


@st.composite
def _case(draw) -> tuple[Course, History]:
    between = draw(st.lists(st.dates(SINCE + dt.timedelta(1), UNTIL), max_size=3, unique=True))
    epochs = len(between) + 1
    what = st.frozensets(st.sampled_from(["qpv", "orders", "result"]))
    causes = tuple(draw(what) for _ in range(epochs)) if draw(st.booleans()) else ()
    course = Course(SINCE, UNTIL, (SINCE, *sorted(between)), _VINTAGE, causes)
    shape = draw(st.sampled_from(["same", "both", "before", "after", "doubt"]))
    one, two = draw(_seen(epochs)), draw(_seen(epochs))
    reason = T("doute", "doubt")
    if shape == "doubt":
        only = History(one, None, reason) if draw(st.booleans()) else History(None, two, reason)
        return course, only
    return course, {
        "same": History(one, one),
        "both": History(one, two),
        "before": History(one, None),
        "after": History(None, two),
    }[shape]


@given(st.lists(_case(), max_size=6))
@settings(max_examples=400, deadline=None)
def test_the_parts_of_any_histories_add_up_to_the_difference(cases) -> None:
    steps = [step for course, history in cases for step in take_apart(history, course)]
    difference = sum(last_value(h, c) - first_value(h) for c, h in cases)
    assert sum(totals(steps).values()) == difference
    assert all(step.sign and step.part in PARTS for step in steps)
    assert all(step.reason.say("fr") and "{" not in step.reason.say("en") for step in steps)


@given(_case())
@settings(max_examples=400, deadline=None)
def test_the_difference_lies_within_its_bounds(case) -> None:
    course, history = case
    low, high = difference_bounds(history, course)
    assert low <= high
    seen = [one for one in (history.before, history.after) if one is not None]
    if all(one.counts_sure >= 0 for one in seen):
        assert low <= last_value(history, course) - first_value(history) <= high


@given(_case())
@settings(max_examples=400, deadline=None)
def test_nothing_that_the_data_decide_is_swept_into_undetermined(case) -> None:
    """Sure positions, known kinds, known and consistent dates, no doubt: no undetermined part."""
    course, history = case
    seen = [one for one in (history.before, history.after) if one is not None]
    decided = history.ambiguous is None and all(
        one.opened is not None and one.counts_sure >= 0 and -1 not in one.sure for one in seen
    )
    one_register = history.before is history.after
    if decided and one_register:
        assert all(step.part != "undetermined" for step in take_apart(history, course))


def _course(*starts: str) -> Course:
    return Course(SINCE, UNTIL, (SINCE, *(dt.date.fromisoformat(day) for day in starts)))


def _parts(history: History, course: Course) -> dict[str, int]:
    return {step.part: step.sign for step in take_apart(history, course)}


CHANGED = _course("2024-01-01")


def _one(**values) -> Seen:
    return Seen(
        **{
            "first": 1,
            "last": 1,
            "opened": dt.date(2010, 1, 1),
            "inside": (True, True),
            "sure": (1, 1),
            **values,
        }
    )


def test_a_structure_that_stays_is_no_part() -> None:
    same = _one()
    assert _parts(History(same, same), CHANGED) == {}


def test_opened_in_a_qpv_that_goes_away_is_shown_as_both() -> None:
    one = _one(first=0, opened=dt.date(2020, 1, 1), inside=(True, False), sure=(1, 0))
    assert _parts(History(one, one), CHANGED) == {"opened": 1, "perimeter": -1}


def test_opened_after_the_change_belongs_to_the_opening_alone() -> None:
    one = _one(first=0, opened=dt.date(2024, 6, 1), inside=(False, True), sure=(0, 1))
    assert _parts(History(one, one), CHANGED) == {"opened": 1}


def test_opened_and_closed_between_the_dates_are_both_shown() -> None:
    one = _one(
        first=0,
        last=0,
        opened=dt.date(2019, 1, 1),
        closed=dt.date(2022, 1, 1),
    )
    assert _parts(History(one, one), CHANGED) == {"opened": 1, "closed": -1}


def test_a_doubt_between_two_sure_answers_does_not_touch_what_both_tell() -> None:
    course = Course(
        SINCE,
        UNTIL,
        (SINCE, dt.date(2020, 1, 1), dt.date(2022, 1, 1), dt.date(2024, 1, 1)),
        causes=(frozenset(), frozenset({"orders"}), frozenset({"orders"}), frozenset({"qpv"})),
    )
    one = _one(inside=(True, False, False, False), sure=(1, -1, 0, 0))
    (step,) = take_apart(History(one, one), course)
    assert (step.part, step.sign) == ("perimeter", -1)
    assert step.reason.say("fr") == "zonage : autre arrêté en vigueur depuis le 1er janvier 2022"
    end = _one(
        inside=(True, True, True, False), sure=(1, 1, 1, -1), why=(None, None, None, T("x", "y"))
    )
    (step,) = take_apart(History(end, end), course)
    assert (step.part, step.sign, step.reason.say("fr")) == ("undetermined", -1, "x")


def test_moved_and_reclassified_are_told_apart() -> None:
    before, elsewhere = _one(), _one(inside=(False, False), sure=(0, 0))
    assert _parts(History(before, elsewhere), CHANGED) == {"moved": -1}
    other = _one(counts=False, counts_sure=0)
    assert _parts(History(before, other), CHANGED) == {"reclassified": -1}
    assert _parts(History(other, before), CHANGED) == {"reclassified": 1}


def test_left_late_unknown_and_undetermined() -> None:
    course = Course(SINCE, UNTIL, (SINCE,), dt.date(2018, 1, 5))
    one = _one(inside=(True,), sure=(1,))
    assert _parts(History(one, None), course) == {"closed": -1}
    assert _parts(History(None, one), course) == {"undetermined": 1}
    opened = _one(first=0, opened=dt.date(2020, 1, 1), inside=(True,), sure=(1,))
    assert _parts(History(None, opened), course) == {"opened": 1}
    undated = _one(first=-1, opened=None, inside=(True,), sure=(1,))
    assert _parts(History(undated, undated), course) == {"undetermined": 1}
    vague = _one(first=0, opened=dt.date(2020, 1, 1), inside=(True,), sure=(-1,))
    assert _parts(History(vague, vague), course) == {"undetermined": 1}
    steady = _one(inside=(True,), sure=(-1,))
    assert _parts(History(steady, steady), course) == {}
    doubt = History(one, None, T("doute", "doubt"))
    assert _parts(doubt, course) == {"undetermined": -1}
