"""Judges a test on a case with three answers, and says why.

What is not known never decides: a test is undetermined unless every value that the unknown may have
gives the same answer (Kleene). Where several classes of the zoning are possible the whole test is
judged for each of them, so that "ZIP, or a QPV in ZAC" is met by a QPV of class ZIP or ZAC.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..core.errors import SchemaError
from ..core.i18n import T, Text, say_date, say_number
from ..core.place import Place
from .facts import FACTS, ProjectFacts
from .model import (
    AllOf,
    AnyOf,
    InQpv,
    Is,
    Not,
    NotBefore,
    NotStated,
    OneOf,
    OnIsland,
    Range,
    Stage,
    Test,
    Without,
    Years,
    ZoneIn,
)

PLACE_LABELS: dict[str, Text] = {
    "place.zone_class": T("Classe du zonage médecin", "Class of the doctor zoning"),
    "place.in_qpv": T("Dans un QPV", "In a QPV"),
    "place.island": T("Sur une île", "On an island"),
    "place.metres_to_qpv": T("Mètres à la limite du QPV", "Metres to the QPV limit"),
    "place.region": T("Région du lieu", "Region of the place"),
}
NOT_CLASSED = T("non classé", "not classed")


@dataclass(frozen=True)
class Case:
    """A project at a place and a date."""

    facts: ProjectFacts
    place: Place
    as_of: dt.date


@dataclass(frozen=True)
class Verdict:
    """Yes, no or undetermined (None), why, and which facts would decide."""

    answer: bool | None
    reason: Text
    missing: tuple[str, ...] = ()
    reasons: tuple[Text, ...] = ()
    """What the reason is made of, so that a part of several parts is said once."""

    @property
    def parts(self) -> tuple[Text, ...]:
        """The reasons one by one."""
        return self.reasons or (self.reason,)


def _verdict(
    answer: bool | None, found: Iterable[Verdict], missing: tuple[str, ...] = ()
) -> Verdict:
    parts = tuple(part for verdict in found for part in verdict.parts)
    return Verdict(answer, join_texts(parts), missing, parts)


def join_texts(texts: Iterable[Text], between: tuple[str, str] = (" ; ", "; ")) -> Text:
    """Several texts as one; each is said once."""
    kept = list({(text.say("fr"), text.say("en")): None for text in texts})
    return Text(between[0].join(fr for fr, _ in kept), between[1].join(en for _, en in kept))


def anniversary(day: dt.date, years: int) -> dt.date:
    """The same day some years on; the last of February where there is no 29th.

    >>> anniversary(dt.date(2020, 2, 29), 1)
    datetime.date(2021, 2, 28)
    """
    year = day.year + years
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))


def judge(test: Test, case: Case) -> Verdict:
    """The verdict of a test, for every class that the place may have.

    Raises
    ------
    SchemaError
        Two facts contradict one another.
    """
    classes = possible_classes(case.place)
    if classes is None or len(classes) < 2:
        return _judge(test, case)
    found = [
        _judge(test, replace(case, place=replace(case.place, zone_class=name, possible_classes=())))
        for name in classes
    ]
    answers = {verdict.answer for verdict in found}
    named = say_classes(classes)
    if len(answers) == 1 and None not in answers:
        same = {verdict.reason.say("fr") for verdict in found}
        if len(same) == 1:
            return found[0]
        reason = T(
            "quelle que soit la classe possible ({classes})",
            "whichever the possible class ({classes})",
            classes=named,
        )
        return Verdict(found[0].answer, reason)
    missing = [name for verdict in found for name in verdict.missing]
    if len(answers) > 1:
        missing.insert(0, "place.zone_class")
    reason = _class_reason(case.place, named)
    others = [part for verdict in found if verdict.answer is None for part in verdict.parts]
    return Verdict(None, join_texts([reason, *others]), tuple(dict.fromkeys(missing)))


def possible_classes(place: Place) -> tuple[str, ...] | None:
    """The classes that a place may have, None where nothing can be said."""
    if place.zone_class is not None:
        return (place.zone_class,)
    return place.possible_classes or None


def say_classes(classes: Iterable[str]) -> Text:
    """Names of classes in words."""
    return join_texts((Text(name, name) if name else NOT_CLASSED for name in classes), (", ", ", "))


def _class_reason(place: Place, named: Text) -> Text:
    told = T("classe indéterminée : {it}", "class undetermined: {it}", it=named)
    return told if place.zone_reason is None else join_texts([told, place.zone_reason])


def _judge(test: Test, case: Case) -> Verdict:
    match test:
        case AllOf(parts) | AnyOf(parts):
            return _combined([_judge(part, case) for part in parts], isinstance(test, AnyOf))
        case Not(part):
            inner = _judge(part, case)
            answer = None if inner.answer is None else not inner.answer
            return Verdict(answer, inner.reason, inner.missing, inner.reasons)
        case NotStated(why):
            return Verdict(None, why)
        case ZoneIn():
            return _zone(test, case.place)
        case InQpv(value):
            return _place_flag("in_qpv", case.place.in_qpv, value)
        case OnIsland(value):
            return _place_flag("island", case.place.island, value)
        case Stage():
            return _stage(test, case)
        case Range():
            return _range(test, case)
        case Years():
            return _years(test, case)
        case OneOf() | Is() | NotBefore() | Without():
            return _plain(test, case.facts)


def _combined(found: list[Verdict], either: bool) -> Verdict:
    """All of the parts, or either of them; what decides is what is said."""
    decisive = [verdict for verdict in found if verdict.answer is either]
    if decisive:
        told = decisive[:1] if either else decisive
        return _verdict(either, told)
    unknown = [verdict for verdict in found if verdict.answer is None]
    if unknown:
        missing = dict.fromkeys(name for verdict in unknown for name in verdict.missing)
        return _verdict(None, unknown, tuple(missing))
    return _verdict(not either, found)


def _unknown(name: str) -> Verdict:
    label = PLACE_LABELS[name] if name in PLACE_LABELS else FACTS[name].label
    said = T("«\u00a0{label}\u00a0» : non renseigné", "“{label}”: not given", label=label)
    return Verdict(None, said, (name,))


def _told(name: str, value: object) -> Text:
    return T("{label} : {value}", "{label}: {value}", label=FACTS[name].label, value=value)


def _plain(test: OneOf | Is | NotBefore | Without, facts: ProjectFacts) -> Verdict:
    value = getattr(facts, test.fact)
    if value is None:
        return _unknown(test.fact)
    said = _told(test.fact, FACTS[test.fact].say(value))
    match test:
        case OneOf(_, values):
            return Verdict(value in values, said)
        case Is(_, wanted):
            return Verdict(value is wanted, said)
        case NotBefore(_, day):
            return Verdict(value >= day, said)
        case Without(_, names):
            return Verdict(not set(names) & set(value), said)


def _zone(test: ZoneIn, place: Place) -> Verdict:
    classes = possible_classes(place)
    if classes is None:
        told = T("classe du zonage médecin indéterminée", "class of the doctor zoning undetermined")
        if place.zone_reason is not None:
            told = join_texts([told, place.zone_reason])
        return Verdict(None, told, ("place.zone_class",))
    (name,) = classes  # several are judged one by one
    inside = name in test.classes
    said = T("classe du lieu : {it}", "class of the place: {it}", it=say_classes([name]))
    return Verdict(inside is test.wanted, said)


def _place_flag(name: str, known: bool | None, wanted: bool) -> Verdict:
    if known is None:
        return _unknown(f"place.{name}")
    said = {
        ("in_qpv", True): T("dans un QPV", "in a QPV"),
        ("in_qpv", False): T("hors de tout QPV", "in no QPV"),
        ("island", True): T("sur une île", "on an island"),
        ("island", False): T("pas sur une île de la liste", "on no island of the list"),
    }
    return Verdict(known is wanted, said[name, known])


def _stage(test: Stage, case: Case) -> Verdict:
    opened, state = case.facts.opened, case.facts.state
    implied = None
    if opened is not None:
        if opened > case.as_of:
            implied = "new"
        elif anniversary(opened, test.existing_from_years) <= case.as_of:
            implied = "existing"
    if implied and state and implied != state:
        raise SchemaError(
            T(
                "La situation du centre contredit sa date d'ouverture ({day}) au {as_of}.",
                "The state of the centre contradicts its opening ({day}) on {as_of}.",
                day=opened,
                as_of=case.as_of,
            ),
            field="state",
            do=T("Corrigez l'une, ou n'en donnez qu'une.", "Correct one, or give one alone."),
        )
    if implied:
        return Verdict(implied == test.stage, _told("opened", FACTS["opened"].say(opened)))
    if state is None:
        return _unknown("state")
    return Verdict(state == test.stage, _told("state", FACTS["state"].say(state)))


def _years(test: Years, case: Case) -> Verdict:
    day: dt.date | None = getattr(case.facts, test.fact)
    if day is None:
        return _unknown(test.fact)
    good = (
        (test.at_least is None or case.as_of >= anniversary(day, test.at_least))
        and (test.less_than is None or case.as_of < anniversary(day, test.less_than))
        and (test.at_most is None or case.as_of <= anniversary(day, test.at_most))
    )
    said = _told(test.fact, FACTS[test.fact].say(day))
    at = Text(say_date(case.as_of, "fr"), say_date(case.as_of, "en"))
    return Verdict(good, T("{said} (au {at})", "{said} (on {at})", said=said, at=at))


def metres_bounds(place: Place) -> tuple[float, float]:
    """Least and most metres from the place to the QPV limit; 0 inside, open without bounds."""
    if place.in_qpv:
        return 0.0, 0.0
    low = 0.0 if place.metres_low is None else place.metres_low
    return low, math.inf if place.metres_high is None else place.metres_high


def _range(test: Range, case: Case) -> Verdict:
    value = getattr(case.facts, test.fact)
    low, high = (
        (value, value) if value is not None else (FACTS[test.fact].low, FACTS[test.fact].high)
    )
    if test.beyond:
        near, far = metres_bounds(case.place)
        clash = value is not None and (value < near if test.beyond == "farthest" else value > far)
        if clash:
            raise SchemaError(
                T(
                    "Cette distance contredit celle du lieu à la limite du QPV ({low} à {high} m).",
                    "This distance contradicts that of the place to the QPV limit ({low} to "
                    "{high} m).",
                    low=f"{near:.0f}",
                    high=f"{far:.0f}",
                ),
                field=test.fact,
                do=T("Corrigez-la ou retirez-la.", "Correct it or leave it out."),
            )
        if value is None:
            low, high = (near, math.inf) if test.beyond == "farthest" else (0.0, far)
    answer = _between(test, low, high)
    if answer is None:
        return _unknown(test.fact)
    if value is None:
        way = Text(say_number(low, "fr", decimals=0), say_number(low, "en", decimals=0))
        if test.beyond == "nearest":
            way = Text(say_number(high, "fr", decimals=0), say_number(high, "en", decimals=0))
        return Verdict(
            answer,
            T(
                "le lieu est déjà à {way} m de la limite du QPV",
                "the place itself is {way} m from the QPV limit",
                way=way,
            ),
        )
    return Verdict(answer, _told(test.fact, FACTS[test.fact].say(value)))


def _between(test: Range, low: float, high: float) -> bool | None:
    """Whether every value from low to high keeps the bounds, none does, or some."""
    above = below = True
    never = False
    if test.low is not None:
        above = low > test.low if test.strict_low else low >= test.low
        never |= high <= test.low if test.strict_low else high < test.low
    if test.high is not None:
        below = high < test.high if test.strict_high else high <= test.high
        never |= low >= test.high if test.strict_high else low > test.high
    if never:
        return False
    return True if above and below else None
