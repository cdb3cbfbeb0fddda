"""The quick look at a table and the library that names the breaches agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_service.core import schema
from geo_service.core.errors import SchemaError
from geo_service.core.i18n import T
from geo_service.core.schema import Column, TableSchema, check_table, shape_table

LABEL = T("x", "x")
EVERY_RULE = TableSchema(
    "every_rule",
    LABEL,
    (
        Column("id", "text", LABEL, nullable=False, unique=True),
        Column("kind", "text", LABEL, values=("a", "b")),
        Column("size", "number", LABEL, minimum=0),
        Column("count", "integer", LABEL, nullable=False, minimum=1),
        Column("day", "date", LABEL),
        Column("sure", "boolean", LABEL, nullable=False),
    ),
)
SOUND = {
    "id": ["x", "y"],
    "kind": ["a", None],
    "size": [0.0, None],
    "count": [1, 2],
    "day": ["2024-01-31", None],
    "sure": [True, False],
}


@settings(deadline=None, max_examples=60)
@given(
    st.fixed_dictionaries(
        {
            "id": st.lists(st.sampled_from(["x", "y", "", None]), min_size=2, max_size=2),
            "kind": st.lists(st.sampled_from(["a", "b", "c", None]), min_size=2, max_size=2),
            "size": st.lists(
                st.sampled_from([0.0, 1.5, -0.1, None, np.inf, -np.inf]), min_size=2, max_size=2
            ),
            "count": st.lists(st.sampled_from([1, 2, 0, None]), min_size=2, max_size=2),
            "day": st.lists(
                st.sampled_from(["2024-01-31", "2024-02-01", None]), min_size=2, max_size=2
            ),
            "sure": st.lists(st.sampled_from([True, False, None]), min_size=2, max_size=2),
        }
    )
)
def test_the_quick_look_finds_what_the_library_finds(values: dict[str, list[Any]]) -> None:
    table = shape_table(pd.DataFrame(values), EVERY_RULE)
    try:
        schema._name_breaches(table, EVERY_RULE)
        refused = False
    except SchemaError:
        refused = True
    assert schema._plainly_sound(table, EVERY_RULE) is not refused


def test_a_sound_table_does_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_name_breaches", lambda *_: pytest.fail("asked"))
    table = shape_table(pd.DataFrame(SOUND), EVERY_RULE)
    assert check_table(table, EVERY_RULE) is table
    check_table(table.iloc[:0], EVERY_RULE)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda table: table.drop(columns="size"),
        lambda table: table.astype({"count": "float64"}),
        lambda table: table.astype({"day": "str"}),
    ],
)
def test_a_missing_column_or_another_type_is_refused(spoil: Any) -> None:
    with pytest.raises(SchemaError):
        check_table(spoil(shape_table(pd.DataFrame(SOUND), EVERY_RULE)), EVERY_RULE)


def test_absent_columns_are_null_and_of_their_type() -> None:
    table = shape_table(pd.DataFrame(index=range(3)), EVERY_RULE)
    assert table.isna().all(axis=None)
    assert [str(dtype) for dtype in table.dtypes] == [
        *("str", "str", "float64", "Int64", "datetime64[s]", "boolean"),
    ]
