"""Every worked example of every file of aids gives what it says."""

from __future__ import annotations

import pytest

from geo_service.aids import Aid, eligibility, load_aids
from geo_service.aids.examples import differences
from geo_service.aids.model import Example

CASES = [
    pytest.param(aid, example, id=f"{aid.file.split('/')[-1]}: {example.label}")
    for aid in load_aids()
    for version in aid.versions
    for example in version.examples
]


@pytest.mark.parametrize(("aid", "example"), CASES)
def test_a_worked_example_gives_what_it_says(aid: Aid, example: Example) -> None:
    (decision,) = eligibility(
        example.facts,
        example.as_of,
        place=example.place,
        aids=[aid],
        as_region=example.as_region,
    )
    assert differences(dict(example.expect), decision) == []


def test_every_version_has_examples() -> None:
    for aid in load_aids():
        for version in aid.versions:
            assert len(version.examples) >= 4, aid.id


def test_every_condition_is_seen_met_and_where_it_can_be_not_met() -> None:
    """A condition that no example moves might be written anyhow."""
    for aid in load_aids():
        seen: dict[str, set[str]] = {}
        for version in aid.versions:
            for example in version.examples:
                (decision,) = eligibility(
                    example.facts,
                    example.as_of,
                    place=example.place,
                    aids=[aid],
                    as_region=example.as_region,
                )
                for judged in decision.conditions:
                    seen.setdefault(judged.id, set()).add(judged.said)
            for condition in version.conditions:
                answers = seen[condition.id]
                if condition.id in ("others", "selection"):
                    assert answers == {"undetermined"}, (aid.id, condition.id)
                elif condition.id == "region-manager":
                    assert "yes" in answers
                else:
                    assert {"yes", "no"} <= answers, (aid.id, condition.id, answers)


def test_an_example_that_expects_something_else_is_told(  # a check that cannot fail checks nothing
) -> None:
    aid = next(aid for aid in load_aids() if aid.id == "cai")
    example = aid.versions[0].examples[1]
    (decision,) = eligibility(example.facts, example.as_of, place=example.place, aids=[aid])
    wrong = {
        "status": "not-eligible",
        "answers": {"territory": "no"},
        "amounts": {"lump-sum": 1},
        "rank": 1,
        "ranks": [1],
        "missing": ["pdsa"],
        "reason": "jamais dit",
    }
    assert len(differences(wrong, decision)) == 7
