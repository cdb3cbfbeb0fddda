"""Declared against distance: judged one by one, and over the sample's declared list."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import pytest

from geo_service.core.errors import UnknownNameError
from geo_service.mesure9 import disagreements
from geo_service.mesure9.disagreements import _judged
from geo_service.store import StoredResult

NAN = math.nan


@pytest.mark.parametrize(
    ("given", "blur", "declared", "expected"),
    [
        (299.0, 0.0, True, []),
        (300.0, 0.0, True, [("declared-farther", 300, "sure")]),
        (305.0, 10.0, True, [("declared-farther", 300, "undetermined")]),
        (295.0, 10.0, True, [("declared-farther", 300, "undetermined")]),
        (299.0, 0.0, False, [("near-not-declared", 300, "sure")]),
        (300.0, 0.0, False, []),
        (305.0, 10.0, False, [("near-not-declared", 300, "undetermined")]),
        (-50.0, 10.0, False, []),
        (-5.0, 10.0, False, [("near-not-declared", 300, "undetermined")]),
        (-50.0, 10.0, True, [("declared-in-qpv", None, "sure")]),
        (9_000.0, math.inf, False, [("near-not-declared", 300, "undetermined")]),
        (NAN, NAN, False, [("near-not-declared", 300, "undetermined")]),
        (200.0, NAN, False, [("near-not-declared", 300, "unknown-precision")]),
        (400.0, NAN, True, [("declared-farther", 300, "unknown-precision")]),
        (400.0, NAN, False, []),
    ],
)
def test_one_structure(given: float, blur: float, declared: bool, expected) -> None:
    assert _judged(given, blur, declared, (300,)) == expected


def test_the_list_of_the_sample(sample_file: Path) -> None:
    with StoredResult(sample_file) as stored:
        listed = disagreements(stored)
        early = disagreements(stored, as_of=dt.date(2018, 12, 31))
        part = disagreements(stored, territory="departement:971")
        with pytest.raises(UnknownNameError):
            disagreements(stored, territory="region:1")
    assert early.rows is None
    assert early.declared is None
    assert listed.rows is not None
    far = {one.structure_id: one for one in listed.rows if one.what == "declared-farther"}
    assert far["960000214"].threshold == 300
    assert far["960000214"].metres == pytest.approx(468, abs=1)
    assert far["960000214"].low == pytest.approx(458, abs=1)
    assert {one.structure_id for one in listed.rows if one.what == "not-in-register"} == {
        "960999994"
    }
    assert part.rows is not None
    assert {one.structure_id[:3] for one in part.rows} <= {"970"}
    assert all(one.state == "sure" for one in listed.rows if one.what == "not-in-register")
