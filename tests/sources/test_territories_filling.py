"""Tables by code laid over one another."""

from __future__ import annotations

import pandas as pd

from geo_service.sources.territories.filling import among, filled, index_in


def _table(**columns: list[str | None]) -> pd.DataFrame:
    table = pd.DataFrame(columns, dtype="str")
    return table.set_axis(pd.Index(table["code"].to_numpy(object), dtype=object))


def test_each_value_comes_from_the_first_table_that_has_it() -> None:
    first = _table(code=["31001", "31002"], name=["Agassac", None], epci=[None, None])
    second = _table(code=["31003", "31002"], name=["C", "Aignes"], epci=["3", None])
    third = _table(code=["31002", "31001", "31004"], name=["x", "y", "D"], epci=["2", "1", None])

    one = filled([first, second, third], ["code", "name", "epci"])

    assert one.index.tolist() == ["31001", "31002", "31003", "31004"]
    assert one["name"].tolist() == ["Agassac", "Aignes", "C", "D"]
    assert one["epci"].fillna("–").tolist() == ["1", "2", "3", "–"]
    assert first["name"].isna().tolist() == [False, True]  # the tables themselves stay as they are


def test_codes_are_found_in_columns_and_in_indexes() -> None:
    known = _table(code=["a", "b", "c"])["code"]
    codes = pd.concat([pd.Series(["c", None], dtype="str"), pd.Series(["x", "a"], dtype="str")])

    assert index_in(known, codes).tolist() == [2, -1, -1, 0]
    assert index_in(known.index, codes).tolist() == [2, -1, -1, 0]
    assert among(codes, known).tolist() == [True, False, False, True]
