"""Facts of a project: typed, bounded, each with its words; and in the manual."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any

import pytest

from geo_service.aids import FACTS, SECTIONS, ProjectFacts, facts_from_texts, make_facts
from geo_service.aids.units import UnitError, product_is, read_unit
from geo_service.core.errors import SchemaError

ROOT = Path(__file__).resolve().parents[2]


def test_every_fact_is_unknown_unless_it_is_given() -> None:
    assert ProjectFacts().known == {}
    assert ProjectFacts(pdsa=False, gp_fte=0).known == {"pdsa": False, "gp_fte": 0.0}


def test_every_fact_has_words_a_section_and_a_line_in_the_manual() -> None:
    manual = (ROOT / "docs" / "aids.md").read_text(encoding="utf-8")
    for name, fact in FACTS.items():
        assert fact.section in SECTIONS
        for language in ("fr", "en"):
            assert fact.label.say(language)
            assert fact.question.say(language).endswith("?")
            assert fact.wanted.say(language)
            assert fact.say(None).say(language)
        assert f"| `{name}` |" in manual, name
        for choice in fact.choices:
            assert f"`{choice}`" in manual, choice


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("structure", "Medical"),
        ("structure", 3),
        ("pdsa", 1),
        ("pdsa", "true"),
        ("opened", "2021-01-01"),
        ("opened", dt.datetime(2021, 1, 1)),  # a time is not a day
        ("gp_fte", -0.1),
        ("gp_fte", math.nan),
        ("gp_fte", math.inf),
        ("gp_fte", True),
        ("working_time", 1.01),
        ("doctors", 1.5),
        ("doctors", -1),
        ("contracts", "cai"),
        ("contracts", [""]),
        ("contracts", ["x"] * 31),
    ],
)
def test_a_value_of_another_kind_is_refused(name: str, value: Any) -> None:
    with pytest.raises(SchemaError) as refused:
        ProjectFacts(**{name: value})
    assert refused.value.field == name
    assert refused.value.do is not None


def test_texts_mean_values() -> None:
    facts = facts_from_texts(
        {
            "structure": "medical", "gp_fte": " 1,5 ", "doctors": "2", "pdsa": "true",
            "opened": "2021-03-01", "contracts": "cai, cosco", "manager": "",
        }
    )  # fmt: skip
    assert facts.known == {
        "structure": "medical",
        "opened": dt.date(2021, 3, 1),
        "doctors": 2,
        "gp_fte": 1.5,
        "pdsa": True,
        "contracts": ("cai", "cosco"),
    }
    assert facts_from_texts({"contracts": "none"}).contracts == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("gp_fte", "1_0"), ("gp_fte", "1e3"), ("gp_fte", "inf"), ("gp_fte", "٣"), ("gp_fte", "x"),
        ("doctors", "2.0"), ("doctors", "٣"), ("pdsa", "True"), ("opened", "20210301"),
        ("opened", "2021-02-30"), ("structure", "medical;"), ("contracts", ",,"),
    ],
)  # fmt: skip
def test_other_texts_are_refused(name: str, text: str) -> None:
    with pytest.raises(SchemaError) as refused:
        facts_from_texts({name: text})
    assert refused.value.field == name


def test_an_unknown_fact_names_the_nearest() -> None:
    with pytest.raises(SchemaError, match="structure"):
        make_facts({"structrue": "medical"})
    with pytest.raises(SchemaError, match="working_time"):
        make_facts({"zzzzzzzzz": 1})


def test_units() -> None:
    assert read_unit("share") == {}
    assert product_is("EUR/year/FTE", "FTE", "EUR/year")
    assert not product_is("EUR", "FTE", "EUR/year")
    with pytest.raises(UnitError):
        read_unit("euro")
