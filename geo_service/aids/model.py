"""An aid as its file says it: dated versions of conditions, amounts, duration, cumulation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..core.i18n import Text
from ..core.place import Place
from .facts import ProjectFacts

Relation = Literal["compatible", "exclusive", "not-stated"]
Renewal = Literal["none", "tacit", "not-stated"]


# Tests --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OneOf:
    """A chosen fact is one of these values (or none of them)."""

    fact: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Is:
    """A yes-or-no fact has this value."""

    fact: str
    value: bool


@dataclass(frozen=True)
class Range:
    """A number lies between these bounds; ``strict_*``: the bound itself does not count.

    ``beyond`` ``metres_to_qpv``: where the number is not given, it is at least (``farthest``) or at
    most (``nearest``) the metres of the place to the QPV limit.
    """

    fact: str
    low: float | None = None
    high: float | None = None
    strict_low: bool = False
    strict_high: bool = False
    beyond: Literal["", "farthest", "nearest"] = ""


@dataclass(frozen=True)
class Years:
    """Completed years since a date: at least, less than, or at most to the anniversary itself."""

    fact: str
    at_least: int | None = None
    less_than: int | None = None
    at_most: int | None = None


@dataclass(frozen=True)
class NotBefore:
    """A date is this one or later."""

    fact: str
    day: dt.date


@dataclass(frozen=True)
class Without:
    """A list of names holds none of these."""

    fact: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Stage:
    """The centre is newly created, or already running.

    From the fact ``state``; else a centre that is not yet open is new, and one that has been open
    for ``existing_from_years`` is existing.
    """

    stage: Literal["new", "existing"]
    existing_from_years: int


@dataclass(frozen=True)
class ZoneIn:
    """The class of the place is one of these; ``wanted`` False: none of them."""

    classes: tuple[str, ...]
    wanted: bool = True


@dataclass(frozen=True)
class InQpv:
    """The place lies in a QPV in force, or not."""

    value: bool


@dataclass(frozen=True)
class OnIsland:
    """The place lies on an island, or not."""

    value: bool


@dataclass(frozen=True)
class NotStated:
    """What the text or the source at hand does not say: never decided."""

    why: Text


@dataclass(frozen=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Test, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Test, ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: Test


Test = (
    OneOf
    | Is
    | Range
    | Years
    | NotBefore
    | Without
    | Stage
    | ZoneIn
    | InQpv
    | OnIsland
    | NotStated
    | AllOf
    | AnyOf
    | Not
)


# Amounts ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bracket:
    """Up to this quantity, this rate a unit."""

    up_to: float
    rate: float


@dataclass(frozen=True)
class Brackets:
    """Piecewise linear: each bracket's rate times the part of the quantity inside it."""

    of: str
    brackets: tuple[Bracket, ...]
    rate_unit: str


@dataclass(frozen=True)
class PerUnit:
    """A rate times a quantity."""

    of: str
    rate: float
    rate_unit: str


@dataclass(frozen=True)
class Percent:
    """A percentage of a sum."""

    of: str
    percent: float


@dataclass(frozen=True)
class Gap:
    """``max(0, min(cost, ceiling · q) − income)``."""

    cost: str
    less: str
    ceiling: float
    per: str
    ceiling_unit: str


@dataclass(frozen=True)
class Difference:
    """``max(0, of − less)``."""

    of: str
    less: str


@dataclass(frozen=True)
class ShareOf:
    """A share that is a fact itself, or what its complement leaves of one."""

    of: str
    complement: str


@dataclass(frozen=True)
class AtMostFact:
    """Anything up to a sum that is a fact."""

    of: str


@dataclass(frozen=True)
class AtMost:
    """Anything up to a fixed sum."""

    value: float


@dataclass(frozen=True)
class Unstated:
    """Given in kind, or an amount that the text does not state."""

    why: Text


Formula = Brackets | PerUnit | Percent | Gap | Difference | ShareOf | AtMostFact | AtMost | Unstated


@dataclass(frozen=True)
class Cap:
    """The most that may be given; ``per``: for each unit of that fact."""

    value: float
    unit: str
    per: str | None = None


@dataclass(frozen=True)
class AmountRule:
    """One amount of an aid; ``cap`` None: the text states none."""

    id: str
    label: Text
    unit: str
    formula: Formula
    cap: Cap | None
    reference: str
    when: Test | None = None
    note: Text | None = None


# The aid ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Condition:
    """One condition, or one counterpart that the beneficiary takes on."""

    id: str
    label: Text
    test: Test
    reference: str
    counterpart: bool = False
    readings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counterpart:
    """What the beneficiary owes, in words; with a figure where it follows the facts."""

    text: Text
    reference: str
    formula: PerUnit | None = None
    unit: str = ""


@dataclass(frozen=True)
class Rank:
    """A rank of priority and whom it is for."""

    rank: int
    label: Text
    test: Test


@dataclass(frozen=True)
class Cumulation:
    """What the text says of this aid with another aid or contract."""

    other: str
    relation: Relation
    reason: Text
    reference: str


@dataclass(frozen=True)
class Reading:
    """A choice where the text leaves one, said as such."""

    id: str
    text: Text


@dataclass(frozen=True)
class Example:
    """A worked case: facts, place and date, and what has to come out."""

    label: str
    as_of: dt.date
    facts: ProjectFacts
    place: Place
    expect: Mapping[str, Any]
    as_region: str | None = None


@dataclass(frozen=True)
class Gate:
    """Conditions shared by the aids of one kind of structure; ``applies``: to which projects."""

    id: str
    label: Text
    applies: Test
    conditions: tuple[Condition, ...]
    information: tuple[Text, ...]
    contracts: Mapping[str, Text]
    cumulation: tuple[tuple[str, Cumulation], ...]


@dataclass(frozen=True)
class Version:
    """An aid over one span of dates; both days included, ``valid_to`` None: end not stated."""

    valid_from: dt.date
    valid_to: dt.date | None
    dates_note: Text
    references: tuple[str, ...]
    beneficiary: Text
    conditions: tuple[Condition, ...]
    amounts: tuple[AmountRule, ...]
    duration: Text
    renewal: Renewal
    counterparts: tuple[Counterpart, ...]
    procedure: tuple[Text, ...]
    ranks: tuple[Rank, ...]
    cumulation: tuple[Cumulation, ...]
    readings: tuple[Reading, ...]
    notes: tuple[Text, ...]
    gate: Gate | None
    examples: tuple[Example, ...] = field(repr=False, default=())

    def covers(self, as_of: dt.date) -> bool:
        """Whether the version is in force at the date."""
        return self.valid_from <= as_of and (self.valid_to is None or as_of <= self.valid_to)


@dataclass(frozen=True)
class Aid:
    """One aid: one file."""

    id: str
    label: Text
    summary: Text
    scope: str
    """``france`` or ``region:53``."""
    order: int
    checked: dt.date
    versions: tuple[Version, ...]
    file: str

    def version(self, as_of: dt.date) -> Version | None:
        """The version in force at the date."""
        return next((version for version in self.versions if version.covers(as_of)), None)
