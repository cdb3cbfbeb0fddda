"""What a decision says, and that what is not known never decides."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_service.aids import (
    FACTS,
    Aid,
    Decision,
    ProjectFacts,
    aids_in_force,
    contract_pairs,
    cumulation_table,
    eligibility,
    find_aid,
    load_aids,
    say_none_in_force,
    to_json,
)
from geo_service.core.errors import SchemaError
from geo_service.core.i18n import T, use_language
from geo_service.core.place import Place

DAY = dt.date(2021, 6, 1)
ZIP = Place(DAY, zone_class="ZIP", in_qpv=False, island=False, region="53")


def decide(name: str, place: Place = ZIP, **facts: Any) -> Decision:
    (decision,) = eligibility(
        ProjectFacts(**facts), place.as_of, place=place, aids=[find_aid(name)]
    )
    return decision


def test_nothing_known_decides_nothing_but_asks() -> None:
    for decision in eligibility(ProjectFacts(), DAY):
        assert decision.status == "undetermined", decision.aid.id
        assert decision.missing or decision.version.conditions[-1].id in ("others", "selection")
        assert all(it.question.say("en").endswith("?") for it in decision.missing)


def test_every_condition_has_a_reason_in_both_languages() -> None:
    for decision in eligibility(ProjectFacts(structure="medical"), DAY, place=ZIP):
        for judged in decision.conditions:
            assert judged.reason.say("fr").strip()
            assert judged.reason.say("en").strip()
            assert judged.label.say("fr") != ""
            assert "{" not in judged.reason.say("fr")


def test_what_is_decided_asks_for_nothing() -> None:
    decision = decide("cai", dataclasses.replace(ZIP, zone_class="ZV"))
    assert decision.status == "not-eligible"
    assert decision.missing == ()
    assert decision.amounts == ()


def test_a_fact_that_only_an_amount_needs_is_asked_apart() -> None:
    decision = decide(
        "cosco", structure="medical", manager="commune", professionals=2,
        opened=dt.date(2015, 1, 1), cpts_member=True,
    )  # fmt: skip
    assert decision.status == "eligible"
    assert [(it.name, it.decides) for it in decision.missing] == [("doctor_fte", False)]
    assert decision.amounts[0].value is None
    assert (decision.amounts[0].low, decision.amounts[0].high) == (0, None)


def test_thresholds_follow_the_working_time() -> None:
    told = [it.say("en") for it in decide("p400-salarie", working_time=0.5).counterparts]
    assert "50 consultations/month" in told[0]
    assert "82.5 consultations/month" in told[1]
    open_ended = [it.say("fr") for it in decide("p400-salarie").counterparts]
    assert "100 consultations/mois/ETP" in open_ended[0]


def test_the_reason_of_an_undetermined_class_is_the_place_s_own() -> None:
    why = T("le millésime ne couvre pas la date", "the vintage does not cover the date")
    decision = decide("cai", Place(DAY, region="53", zone_reason=why), structure="medical")
    (territory,) = [it for it in decision.conditions if it.id == "territory"]
    assert territory.said == "undetermined"
    assert "le millésime ne couvre pas la date" in territory.reason.say("fr")


def test_no_aid_in_force_is_said() -> None:
    day = dt.date(1999, 1, 1)
    assert eligibility(ProjectFacts(), day) == []
    assert aids_in_force(day) == []
    assert "1999" in say_none_in_force(day).say("en")


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("cai", dt.date(2018, 10, 20)),
        ("cosco", dt.date(2018, 10, 20)),
        ("cst", dt.date(2018, 10, 20)),
        ("p400-salarie", dt.date(2019, 2, 6)),
        ("p400-partage", dt.date(2019, 2, 6)),
        ("elaboration", dt.date(2021, 1, 1)),
        ("msp-2008", dt.date(2008, 1, 1)),
    ],
)
def test_a_rule_begins_on_its_day(name: str, first: dt.date) -> None:
    aid = find_aid(name)
    assert aid.version(first - dt.timedelta(1)) is None
    assert aid.version(first) is not None


def test_an_aid_of_a_past_year_is_over() -> None:
    aid = find_aid("msp-2008")
    assert aid.version(dt.date(2008, 12, 31)) is not None
    assert aid.version(dt.date(2009, 1, 1)) is None


def test_a_place_of_another_date_is_refused() -> None:
    with pytest.raises(SchemaError, match="2020"):
        eligibility(ProjectFacts(), dt.date(2020, 1, 1), place=ZIP)


def test_facts_that_contradict_one_another_are_refused() -> None:
    with pytest.raises(SchemaError) as refused:
        decide("elaboration", structure="medical", state="new", opened=dt.date(2015, 1, 1))
    assert refused.value.field == "state"
    with pytest.raises(SchemaError) as refused:
        decide("audit", structure="medical", state="existing", opened=dt.date(2022, 1, 1))
    assert refused.value.field == "state"
    near = Place(dt.date(2021, 6, 1), in_qpv=False, metres_low=200, metres_high=220)
    with pytest.raises(SchemaError) as refused:
        decide("tva-accession", near, structure="housing", farthest_m=100)
    assert refused.value.field == "farthest_m"


def test_trying_another_region_says_that_it_is_a_hypothesis() -> None:
    place = dataclasses.replace(ZIP, region="76")
    plain = eligibility(ProjectFacts(), DAY, place=place)
    assert {it.status for it in plain if it.aid.scope == "region:53"} == {"not-eligible"}
    tried = eligibility(ProjectFacts(), DAY, place=place, as_region="53")
    assert all("76" in str(it.hypothesis) for it in tried)
    assert all(it.hypothesis is None for it in plain)
    same = eligibility(ProjectFacts(), DAY, place=ZIP, as_region="53")
    assert all(it.hypothesis is None for it in same)


def test_a_region_that_nobody_knows_is_refused() -> None:
    for wrong in ("Bretagne", "88", ""):
        with pytest.raises(SchemaError, match="53") as refused:
            eligibility(ProjectFacts(), DAY, place=ZIP, as_region=wrong)
        assert refused.value.field == "as_region"


def test_the_class_is_asked_where_it_would_decide() -> None:
    vague = Place(DAY, possible_classes=("ZIP", "ZAC"), island=False, region="53")
    asked = [it.name for it in decide("immobilier", vague, structure="medical").missing]
    assert {"place.zone_class", "place.in_qpv"} <= set(asked)


def test_the_share_in_hospital_says_the_share_in_town() -> None:
    post: dict[str, Any] = {"structure": "msp", "gp_diploma": True, "gp_thesis": True}
    decision = decide("p400-partage", **post, hospital_share=0.6)
    assert (decision.status, decision.amounts[0].value) == ("eligible", 0.6)
    assert decide("p400-partage", **post, hospital_share=0.45).status == "not-eligible"


def relation(first: str, second: str) -> str:
    decisions = eligibility(ProjectFacts(), DAY, place=ZIP)
    (found,) = [it for it in decisions if it.aid.id == first]
    return {it.other: it.relation for it in found.cumulation}.get(second, "absent")


def test_cumulation() -> None:
    assert relation("cai", "cosco") == relation("cosco", "cai") == "not-stated"
    assert relation("cst", "cai") == relation("cai", "cst") == "exclusive"
    assert relation("cst", "cosco") == "exclusive"
    assert relation("p400-salarie", "cai") == relation("cosco", "p400-salarie") == "compatible"
    assert relation("p400-salarie", "cst") == relation("cst", "p400-salarie") == "compatible"
    assert relation("p400-partage", "cst") == "not-stated"
    assert relation("p400-salarie", "collaboration-salariee") == "compatible"
    assert relation("elaboration", "coordination") == "compatible"
    assert relation("cai", "tva-accession") == "absent"
    table = cumulation_table(load_aids(), DAY)
    pairs = [frozenset((a.id, b.id)) for a, b, _ in table]
    assert len(set(pairs)) == len(pairs)
    assert len([1 for a, _, _ in table if a.scope == "region:53"]) == 11 * 10 // 2
    ((name, _, pair),) = contract_pairs()
    assert (name, pair.other, pair.relation) == ("accord-national", "aci", "exclusive")


def test_a_decision_as_plain_values_speaks_the_language_asked() -> None:
    decision = decide("cai", structure="medical", opened=dt.date(2021, 1, 1), gp_fte=1.5)
    french = to_json(decision)
    with use_language("en"):
        english = to_json(decision)
    assert french["status_label"] == "indéterminé"
    assert english["status_label"] == "undetermined"
    assert french["amounts"][0]["value"] == english["amounts"][0]["value"] == 42500
    assert french["valid_to"] is None


# What is not known never decides ------------------------------------------------------------------


def _value(name: str) -> st.SearchStrategy[Any]:
    fact = FACTS[name]
    if fact.kind == "choice":
        return st.sampled_from(list(fact.choices))
    if fact.kind == "yes-no":
        return st.booleans()
    if fact.kind == "date":
        return st.dates(dt.date(2016, 1, 1), dt.date(2022, 6, 1))
    if fact.kind == "names":
        return st.sampled_from([(), ("cai",), ("cosco", "aci")])
    if fact.kind == "count":
        return st.integers(0, 4)
    if name in ("town_share", "hospital_share"):
        return st.sampled_from([0.4, 0.5, 0.6])
    if fact.high <= 1:
        return st.sampled_from([0.25, 0.5, 1.0])
    if fact.unit == "m":
        return st.sampled_from([0.0, 150.0, 299.0, 300.0, 480.0, 600.0])
    return st.sampled_from([0.0, 0.5, 1.0, 2.5, 9.0, 10.0, 4000.0, 9070.0, 250000.0])


LIKELY = [
    {name: value for name, value in example.facts.known.items() if name != "hospital_share"}
    for aid in load_aids()
    for version in aid.versions
    for example in version.examples
    if example.expect["status"] == "eligible" or aid.scope == "france"
]


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any], list[str], Place, Place]:
    """Every fact of a project, the same with some unknown, and the order of filling in."""
    likely = draw(st.sampled_from(LIKELY))  # by chance alone hardly any project is eligible
    whole = {name: draw(_value(name)) for name in FACTS} | likely
    if whole["opened"] > DAY or whole["opened"] <= DAY.replace(year=DAY.year - 1):
        whole["state"] = "new" if whole["opened"] > DAY else "existing"
    whole["hospital_share"] = round(1 - whole["town_share"], 6)
    asked = ["structure", *likely, *draw(st.lists(st.sampled_from(list(FACTS)), max_size=12))]
    hidden = draw(st.lists(st.sampled_from(asked), unique=True, max_size=8))
    classes = draw(st.sampled_from(["ZIP", "ZAC", "ZAR", "ZV", ""]))
    in_qpv = draw(st.booleans())
    metres = 0.0 if in_qpv else draw(st.sampled_from([10.0, 150.0, 299.0, 300.0, 480.0, 600.0]))
    whole["farthest_m"] = metres + draw(st.sampled_from([0.0, 50.0, 200.0]))
    whole["nearest_m"] = max(0.0, metres - draw(st.sampled_from([0.0, 50.0, 200.0])))
    place = Place(
        DAY,
        zone_class=classes or None,
        possible_classes=(classes,),
        in_qpv=in_qpv,
        metres_to_qpv=metres,
        metres_low=metres,
        metres_high=metres,
        island=draw(st.booleans()),
        region=draw(st.sampled_from(["53", "53", "53", "76"])),
    )
    possible = draw(
        st.sampled_from([(), (classes,), tuple(dict.fromkeys((classes, "ZIP", "ZV", "ZAC")))])
    )
    vague = dataclasses.replace(
        place,
        zone_class=None if possible != (classes,) else place.zone_class,
        possible_classes=possible,
        in_qpv=draw(st.sampled_from([None, in_qpv])),
        metres_low=draw(st.sampled_from([None, metres])),
        metres_high=draw(st.sampled_from([None, metres])),
        island=draw(st.sampled_from([None, place.island])),
        region=draw(st.sampled_from([None, place.region])),
    )
    known = {name: value for name, value in whole.items() if name not in hidden}
    return whole, known, hidden, place, vague


AIDS = load_aids()
SEEN: set[tuple[str, str]] = set()


def _decisions(facts: dict[str, Any], place: Place, aids: tuple[Aid, ...]) -> list[Decision] | None:
    try:
        return eligibility(ProjectFacts(**facts), DAY, place=place, aids=aids)
    except SchemaError:
        return None  # facts that contradict one another


@settings(
    max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(histories())
def _fill_in(history) -> None:
    """Yes stays yes and no stays no, condition by condition; amounts stay within their bounds."""
    whole, known, hidden, place, vague = history
    steps = [(dict(known), vague), (dict(known), place)]
    for name in hidden:
        steps.append(({**steps[-1][0], name: whole[name]}, place))
    assert steps[-1][0] == whole
    last = _decisions(whole, place, AIDS)
    if last is None:
        return
    SEEN.update((it.aid.id, it.status) for it in last)
    before = [_decisions(facts, where, AIDS) for facts, where in steps]
    for early, late in zip(before, [*before[1:], last], strict=True):
        assert early is not None
        assert late is not None
        for old, new in zip(early, late, strict=True):
            _refines(old, new)


def test_filling_in_an_unknown_only_refines() -> None:
    """Over many projects, of which enough are eligible for the test to mean something."""
    SEEN.clear()
    _fill_in()
    assert {status for _, status in SEEN} == {"eligible", "not-eligible", "undetermined"}
    assert len({name for name, status in SEEN if status == "eligible"}) >= 4


def _refines(old: Decision, new: Decision) -> None:
    assert old.status in (new.status, "undetermined"), old.aid.id
    answers = {it.id: it.answer for it in new.conditions}
    for judged in old.conditions:
        if judged.id in answers:  # what is for health centres leaves once it is known to be none
            assert judged.answer in (None, answers[judged.id]), (old.aid.id, judged.id)
    if new.status == "not-eligible":
        return
    assert set(new.possible_ranks) <= set(old.possible_ranks)
    amounts = {it.id: it for it in old.amounts}
    for amount in new.amounts:
        earlier = amounts[amount.id]
        assert earlier.applies in (None, amount.applies)
        if amount.applies is False or amount.low is None:
            continue
        assert earlier.low is not None
        assert earlier.low <= amount.low + 1e-9
        assert earlier.high is None or (
            amount.high is not None and amount.high <= earlier.high + 1e-9
        )


def test_what_binds_health_centres_alone_does_not_refuse_who_may_be_none() -> None:
    post: dict[str, Any] = {"gp_diploma": True, "gp_thesis": True, "town_share": 0.5}
    assert decide("p400-partage", manager="other", **post).status == "undetermined"
    assert decide("p400-partage", manager="other", structure="msp", **post).status == "eligible"
    centre = decide("p400-partage", manager="other", structure="medical", **post)
    assert centre.status == "not-eligible"


def test_an_amount_that_may_not_apply_is_bounded_by_nothing_and_itself() -> None:
    leave = {"leave_salary": 20_000, "leave_allowances": 8_000}
    (amount,) = [it for it in decide("p400-salarie", **leave).amounts if it.id == "leave"]
    assert (amount.applies, amount.value, amount.low, amount.high) == (None, None, 0, 12_000)
    assert "full_pay_leave" in amount.missing
