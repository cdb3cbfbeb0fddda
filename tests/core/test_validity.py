"""What holds at a date: first and last days, and what is not said."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from geo_service.core.validity import in_force, openness


def days(*values: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(values))).astype("datetime64[s]")


@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        ("2014-12-31", [False, False, True, True]),
        ("2015-01-01", [True, False, True, True]),
        ("2023-12-31", [True, False, True, True]),
        ("2024-01-01", [False, True, False, True]),
    ],
)
def test_first_and_last_day_are_in_force_and_an_unsaid_end_is_open(day, wanted) -> None:
    zones = pd.DataFrame(
        {
            "valid_from": days("2015-01-01", "2024-01-01", None, None),
            "valid_to": days("2023-12-31", None, "2023-12-31", None),
        }
    )
    assert in_force(zones, dt.date.fromisoformat(day)).tolist() == wanted


def test_a_structure_is_open_from_its_opening_until_the_day_it_closes() -> None:
    structures = pd.DataFrame(
        {
            "opened": days("2020-01-01", "2020-01-02", None, "2019-01-01"),
            "closed": days(None, None, None, "2020-01-01"),
        }
    )
    day, register = dt.date(2020, 1, 1), dt.date(2020, 6, 1)
    assert openness(structures, day, register).tolist() == [1, 0, -1, 0]
    assert openness(structures, register, register).tolist() == [1, 1, 1, 0]
    assert openness(structures, register, None).tolist() == [1, 1, -1, 0]
