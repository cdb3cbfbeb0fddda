"""Which aids a project may have at a place and a date, and why.

Floor 1: pure functions of facts, place, date and rules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..core.errors import SchemaError
from ..core.i18n import T, Text, say_date
from ..core.place import Place
from ..official.names import named_region, region_names
from .amounts import Amount, evaluate, say_amount, work_out
from .cumulation import Pair, pairs_of
from .facts import FACTS, ProjectFacts
from .judging import PLACE_LABELS, Case, Verdict, judge, possible_classes
from .model import Aid, AnyOf, Condition, Counterpart, Gate, Not, Version
from .reading import RENEWALS, load_aids

Status = Literal["eligible", "not-eligible", "undetermined"]
STATUS_LABELS: dict[str, Text] = {
    "eligible": T("éligible", "eligible"),
    "not-eligible": T("non éligible", "not eligible"),
    "undetermined": T("indéterminé", "undetermined"),
}
ANSWER_LABELS: dict[str, Text] = {
    "yes": T("oui", "yes"),
    "no": T("non", "no"),
    "undetermined": T("indéterminé", "undetermined"),
}
_SAID = {True: "yes", False: "no", None: "undetermined"}


@dataclass(frozen=True)
class Judged:
    """One condition of a decision: yes (True), no (False) or undetermined (None), and why."""

    id: str
    label: Text
    answer: bool | None
    reason: Text
    reference: str
    counterpart: bool
    readings: tuple[str, ...]

    @property
    def said(self) -> str:
        """``yes``, ``no`` or ``undetermined``."""
        return _SAID[self.answer]


@dataclass(frozen=True)
class Question:
    """A fact that is missing, as a question; ``decides``: for the status, else for an amount."""

    name: str
    question: Text
    decides: bool


@dataclass(frozen=True)
class Decision:
    """What one aid is for one project, at a place and a date."""

    aid: Aid
    version: Version
    as_of: dt.date
    status: Status
    conditions: tuple[Judged, ...]
    rank: int | None
    possible_ranks: tuple[int, ...]
    amounts: tuple[Amount, ...]
    missing: tuple[Question, ...]
    counterparts: tuple[Text, ...]
    cumulation: tuple[Pair, ...]
    notes: tuple[Text, ...]
    hypothesis: Text | None

    @property
    def duration(self) -> Text:
        """Duration and renewal in words."""
        return T(
            "{duration} ; {renewal}",
            "{duration}; {renewal}",
            duration=self.version.duration,
            renewal=RENEWALS[self.version.renewal],
        )


def aids_in_force(as_of: dt.date, aids: Iterable[Aid] | None = None) -> list[Aid]:
    """The aids that have a version in force at the date."""
    known = load_aids() if aids is None else aids
    return [aid for aid in known if aid.version(as_of) is not None]


def say_none_in_force(as_of: dt.date) -> Text:
    """What is said where no aid has a version at the date."""
    at = Text(say_date(as_of, "fr"), say_date(as_of, "en"))
    return T(
        "Aucun fichier d'aide n'est en vigueur au {at} : rien ne peut être dit.",
        "No file of an aid is in force on {at}: nothing can be said.",
        at=at,
    )


def eligibility(
    facts: ProjectFacts,
    as_of: dt.date,
    *,
    place: Place | None = None,
    aids: Iterable[Aid] | None = None,
    as_region: str | None = None,
) -> list[Decision]:
    """What each aid in force at the date is for this project: one decision an aid.

    Parameters
    ----------
    facts
        What is known of the project; an unknown fact never decides.
    place
        What is known of the place at the same date, as ``zoning.place_of`` gives it; by default
        nothing.
    aids
        By default those of ``law/aids``; see :func:`~geo_service.aids.reading.load_aids`.
    as_region
        Code of a region whose rules are tried on this place, as a hypothesis that each decision
        says.

    Returns
    -------
    list of Decision
        In the order of the files; empty where no aid is in force at the date.

    Raises
    ------
    SchemaError
        The place is of another date, two facts contradict one another, or ``as_region`` is no
        code of a region.
    """
    here = Place(as_of) if place is None else place
    if here.as_of != as_of:
        raise SchemaError(
            T(
                "Le lieu est décrit au {a}, l'aide demandée au {b}.",
                "The place is described on {a}, the aid asked for on {b}.",
                a=here.as_of,
                b=as_of,
            ),
            field="as_of",
            do=T("Prenez la même date.", "Take the same date."),
        )
    known = tuple(load_aids() if aids is None else aids)
    hypothesis = None
    if as_region is not None and as_region != here.region:
        _require_region(as_region, known)
        hypothesis = T(
            "Hypothèse : règles de la région {a} appliquées à un lieu {b}.",
            "Hypothesis: rules of region {a} applied to a place {b}.",
            a=named_region(as_region),
            b=T("de la région {it}", "of region {it}", it=named_region(here.region))
            if here.region
            else T("de région inconnue", "of an unknown region"),
        )
        here = replace(here, region=as_region, departement=None)
    case = Case(facts, here, as_of)
    in_force = aids_in_force(as_of, known)
    return [_decide(aid, case, in_force, hypothesis) for aid in in_force]


def _require_region(code: str, aids: tuple[Aid, ...]) -> None:
    """A name, or a code that nobody knows, would pass for a region without rules."""
    scopes = {aid.scope for aid in (*load_aids(), *aids)}
    ruled = sorted(it.partition(":")[2] for it in scopes if it.startswith("region:"))
    if code in ruled or f"region:{code}" in region_names():
        return
    raise SchemaError(
        T("Code de région inconnu : « {it} ».", "Unknown code of a region: “{it}”.", it=code[:60]),
        field="as_region",
        do=T(
            "Des règles sont connues pour : {it}.",
            "Rules are known for: {it}.",
            it=", ".join(named_region(it) for it in ruled),
        ),
    )


def _decide(aid: Aid, case: Case, others: list[Aid], hypothesis: Text | None) -> Decision:
    version = aid.version(case.as_of)
    assert version is not None
    judged, missing = [_judge_scope(aid, case.place, hypothesis)], []
    if judged[0].answer is None:
        missing.append("place.region")
    gate = version.gate
    for condition in (*version.conditions, *_shared(gate, case)):
        verdict = judge(condition.test, case)
        judged.append(_judged(condition, verdict))
        missing.extend(verdict.missing)
    status = _status(judged)
    amounts: tuple[Amount, ...] = ()
    questions: dict[str, bool] = {}
    if status != "not-eligible":
        amounts = tuple(work_out(rule, case) for rule in version.amounts)
        if status == "undetermined":
            questions = dict.fromkeys(missing, True)
        for amount in amounts:
            for name in amount.missing:
                questions.setdefault(name, False)
    rank, ranks = _rank(version, case) if status != "not-eligible" else (None, ())
    return Decision(
        aid=aid,
        version=version,
        as_of=case.as_of,
        status=status,
        conditions=tuple(judged),
        rank=rank,
        possible_ranks=ranks,
        amounts=amounts,
        missing=tuple(_question(name, decides) for name, decides in questions.items()),
        counterparts=tuple(say_counterpart(it, case.facts) for it in version.counterparts),
        cumulation=tuple(pairs_of(aid, others, case.as_of)),
        notes=version.notes if gate is None else (*version.notes, *gate.information),
        hypothesis=hypothesis,
    )


def _shared(gate: Gate | None, case: Case) -> list[Condition]:
    """Conditions of the gate; they bind only the projects that it is for."""
    if gate is None or judge(gate.applies, case).answer is False:
        return []
    return [replace(it, test=AnyOf((Not(gate.applies), it.test))) for it in gate.conditions]


def _judged(condition: Condition, verdict: Verdict) -> Judged:
    return Judged(
        condition.id,
        condition.label,
        verdict.answer,
        verdict.reason,
        condition.reference,
        condition.counterpart,
        condition.readings,
    )


def _status(judged: list[Judged]) -> Status:
    answers = [it.answer for it in judged]
    if False in answers:
        return "not-eligible"
    return "undetermined" if None in answers else "eligible"


def _judge_scope(aid: Aid, place: Place, hypothesis: Text | None) -> Judged:
    level, _, code = aid.scope.partition(":")
    label = T("Territoire de l'aide", "Territory of the aid")
    answer: bool | None
    if level == "france":
        answer, reason = True, T("aide nationale", "national aid")
    else:
        here = place.region if level == "region" else place.departement
        answer = None if here is None else here == code
        what = {"region": T("région", "region"), "departement": T("département", "département")}
        name = named_region if level == "region" else str
        said = T("non renseigné", "not given") if here is None else T("{it}", "{it}", it=name(here))
        if hypothesis is not None and here is not None:
            said = T("{it} par hypothèse", "{it} by hypothesis", it=name(here))
        reason = T(
            "aide de {what} {code} ; le lieu : {here}",
            "aid of {what} {code}; the place: {here}",
            what=what[level],
            code=name(code),
            here=said,
        )
    return Judged("scope", label, answer, reason, aid.file, False, ())


def _rank(version: Version, case: Case) -> tuple[int | None, tuple[int, ...]]:
    """The rank of priority, and the ranks that are possible: the first that holds counts."""
    classes = possible_classes(case.place) or (None,)
    possible: set[int] = set()
    for name in classes:
        place = case.place if name is None else replace(case.place, zone_class=name)
        for rank in version.ranks:
            answer = judge(rank.test, replace(case, place=place)).answer
            if answer is not False:
                possible.add(rank.rank)
            if answer:
                break
    ranks = tuple(sorted(possible))
    return (ranks[0] if len(ranks) == 1 else None), ranks


def _question(name: str, decides: bool) -> Question:
    if name in FACTS:
        return Question(name, FACTS[name].question, decides)
    label = PLACE_LABELS[name]
    return Question(name, T("{label} ?", "{label}?", label=label), decides)


def say_counterpart(counterpart: Counterpart, facts: ProjectFacts) -> Text:
    """What the beneficiary owes, with the figure for this project where it follows the facts."""
    if counterpart.formula is None:
        return counterpart.text
    value = getattr(facts, counterpart.formula.of)
    low, _ = evaluate(counterpart.formula, facts)
    return counterpart.text.with_values(
        quantity=say_amount(counterpart.formula.rate, counterpart.formula.rate_unit)
        if value is None
        else say_amount(low, counterpart.unit)
    )


def to_json(decision: Decision) -> dict[str, Any]:
    """A decision as plain values, texts in the current language."""
    version, aid = decision.version, decision.aid
    return {
        "aid": aid.id,
        "label": aid.label.say(),
        "scope": aid.scope,
        "as_of": decision.as_of.isoformat(),
        "valid_from": version.valid_from.isoformat(),
        "valid_to": version.valid_to and version.valid_to.isoformat(),
        "status": decision.status,
        "status_label": STATUS_LABELS[decision.status].say(),
        "conditions": [
            {
                "id": it.id,
                "label": it.label.say(),
                "answer": it.said,
                "reason": it.reason.say(),
                "reference": it.reference,
                "counterpart": it.counterpart,
                "readings": list(it.readings),
            }
            for it in decision.conditions
        ],
        "rank": decision.rank,
        "possible_ranks": list(decision.possible_ranks),
        "amounts": [
            {
                "id": it.id,
                "label": it.label.say(),
                "applies": _SAID[it.applies],
                "value": it.value,
                "low": it.low,
                "high": it.high,
                "unit": it.unit,
                "calculation": it.calculation.say(),
                "cap": it.cap.say(),
                "reference": it.reference,
                "note": it.note and it.note.say(),
            }
            for it in decision.amounts
        ],
        "missing": [
            {"fact": it.name, "question": it.question.say(), "decides": it.decides}
            for it in decision.missing
        ],
        "beneficiary": version.beneficiary.say(),
        "duration": version.duration.say(),
        "renewal": version.renewal,
        "counterparts": [it.say() for it in decision.counterparts],
        "procedure": [it.say() for it in version.procedure],
        "cumulation": [
            {
                "with": it.other,
                "label": it.label.say(),
                "relation": it.relation,
                "relation_label": it.relation_label.say(),
                "reason": it.reason.say(),
                "reference": it.reference,
            }
            for it in decision.cumulation
        ],
        "readings": [{"id": it.id, "text": it.text.say()} for it in version.readings],
        "notes": [it.say() for it in decision.notes],
        "references": list(version.references),
        "hypothesis": decision.hypothesis and decision.hypothesis.say(),
    }
