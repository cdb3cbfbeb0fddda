"""Values of files inside a page: none can become markup, script or template."""

from __future__ import annotations

import datetime as dt
import json

import pandas as pd
import pytest

from geo_service.drawing.escape import clean, escaped, is_null, isolated, script_json


@pytest.mark.parametrize("value", [None, float("nan"), pd.NA, pd.NaT])
def test_a_null_of_any_kind_is_no_text(value: object) -> None:
    assert is_null(value)
    assert clean(value) == ""


@pytest.mark.parametrize("value", ["", 0, False, "NaN", dt.date(2026, 1, 31)])
def test_what_is_known_is_no_null(value: object) -> None:
    assert not is_null(value)


def test_what_a_page_cannot_hold_is_replaced() -> None:
    assert clean("a\x00b\x1bc\ud800d\n") == "a�b�c�d\n"
    clean("\ud800\x85").encode("utf-8")


def test_a_moment_is_told_as_its_day() -> None:
    assert clean(pd.Timestamp(2026, 1, 31)) == "2026-01-31"


def test_markup_is_text_in_elements_and_attributes() -> None:
    assert escaped("<b title='\"&'>") == "&lt;b title=&#x27;&quot;&amp;&#x27;&gt;"


def test_marks_of_direction_stay_in_their_element() -> None:
    assert isolated("\u202eabc") == "<bdi>\u202eabc</bdi>"


@pytest.mark.parametrize("hostile", ["</script>", "<!--<script>", "]]>", "&amp;", "\u2028'"])
def test_json_neither_ends_nor_opens_a_script(hostile: str) -> None:
    text = script_json({"name": hostile})
    assert not set("<>&'\u2028\u2029") & set(text)
    assert json.loads(text) == {"name": hostile}


def test_a_number_that_json_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        script_json([float("inf")])
