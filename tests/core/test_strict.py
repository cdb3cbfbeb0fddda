"""A table of TOML is read strictly, and who reads it words its faults."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from geo_service.core.errors import RuleError
from geo_service.core.i18n import T
from geo_service.core.strict import Kinds, Table, fits, is_number, parse_toml


class Plain(Table):
    """A table that says the least."""

    def missing(self, name: str, kinds: Kinds) -> RuleError:
        said = T("{kind} manque", "{kind} is missing", kind=kinds[0].__name__)
        return self.refuse(name, said)

    def unfit(self, name: str, value: Any, kinds: Kinds) -> RuleError:
        return self.refuse(name, T("{v} refusé", "{v} refused", v=value, k=kinds))

    def unknown(self, name: str) -> RuleError:
        return self.refuse(name, T("il y a {it}", "there are {it}", it=", ".join(self.asked)))


def table(text: str) -> Plain:
    return Plain(parse_toml(text), "x.toml")


GOOD = [
    (3, (int,)),
    (3, (float,)),
    (0.5, (float,)),
    (True, (bool,)),
    ("x", (str,)),
    (dt.date(2026, 1, 1), (dt.date,)),
    (dt.datetime(2026, 1, 1), (dt.datetime,)),
    ([], (list,)),
    ({}, (dict,)),
    (3, (float, int, str)),
    (float("nan"), (float, str)),
]
BAD = [
    (True, (int,)),
    (True, (float,)),
    (1, (bool,)),
    (0.5, (int,)),
    (float("nan"), (float,)),
    (float("inf"), (float,)),
    (10**400, (float,)),
    (" \n", (str,)),
    ("3", (float, int)),
    (dt.datetime(2026, 1, 1), (dt.date,)),
    (dt.time(1), (dt.date,)),
    ((), (list,)),
    (None, (str,)),
]


@pytest.mark.parametrize(("value", "kinds"), GOOD)
def test_what_is_of_a_type(value: object, kinds: Kinds) -> None:
    assert fits(value, kinds)


@pytest.mark.parametrize(("value", "kinds"), BAD)
def test_what_python_or_a_hurried_reader_would_take(value: object, kinds: Kinds) -> None:
    assert not fits(value, kinds)


def test_a_number_beyond_any_float_is_none() -> None:
    assert is_number(10**300)
    assert not is_number(10**400)


def test_a_whole_number_is_given_as_a_float_where_a_float_is_asked() -> None:
    entry = table("a = 5000\nb = 5000")
    assert repr(entry.take("a", float)) == "5000.0"
    assert repr(entry.take("b", (int, float))) == "5000"


def test_a_key_that_is_not_there() -> None:
    entry = table("[a.b]")
    assert entry.maybe("c", str) is None
    assert entry.maybe_text("d") is None
    with pytest.raises(RuleError) as refused:
        entry.table("a").table("b").take("c", int)
    assert (refused.value.file, refused.value.field) == ("x.toml", "a.b.c")
    assert refused.value.say("en").endswith("int is missing")


def test_a_value_of_another_type_is_refused_also_where_it_may_be_left_out() -> None:
    with pytest.raises(RuleError, match="champ « a »"):
        table("a = 3").maybe("a", str)


def test_a_text_is_in_both_languages_and_no_third() -> None:
    assert table('a = { fr = "oui", en = "yes" }').text("a").say("en") == "yes"
    for text, field in (
        ('a = { fr = "oui" }', "a.en"),
        ('a = { fr = "oui", en = "yes", de = "ja" }', "a.de"),
        ('a = "oui"', "a"),
    ):
        with pytest.raises(RuleError) as refused:
            table(text).text("a")
        assert refused.value.field == field


def test_a_key_that_nobody_asked_for_is_refused() -> None:
    entry = table("a = 1\nb = 2\nc = 3")
    entry.take("a", int)
    assert entry.left == ("b", "c")
    with pytest.raises(RuleError, match="il y a a, c") as refused:
        entry.close("c")
    assert refused.value.field == "b"
    entry.has("b")
    entry.close()


def test_a_table_itself_is_named_by_its_place_or_not_at_all() -> None:
    assert table("").refuse("", T("non", "no")).field is None
    assert Plain({}, None, "a.b").refuse("", T("non", "no")).field == "a.b"
    assert Plain({}, None).refuse("c", T("non", "no")).say("fr") == "champ « c » : non"
