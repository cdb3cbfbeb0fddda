from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from geo_service.core.errors import RuleError, UnknownNameError
from geo_service.official import official_series, read_targets, target, targets

GOOD = """
name = "aim"
label = { fr = "Cible", en = "Target" }
kind = "MSP"
unit = "structures"
value = 2000
date = 2022-12-31
said = "2022"
baseline_date = 2017-06-30
measured_by = ["barometre_msp"]
producer = "Producteur"
reference = "Note"
status = "seen"
checked = 2026-11-22
"""


def read(folder: Path, text: str):
    (folder / "aim.toml").write_text(text, encoding="utf-8")
    return read_targets(folder, official_series())


def test_an_increase_and_a_published_level_are_two_targets() -> None:
    plus, level = target("msp_plus_1000"), target("msp_cible_2000")
    assert (plus.value, plus.additional) == (2034, 1000)
    assert (level.value, level.additional) == (2000, None)
    assert plus.reference.startswith("S0")
    plus, level = target("cds_plus_350"), target("cds_cible_700")
    assert (plus.value, level.value) == (725, 700)


def test_every_target_names_its_source_and_what_measures_it() -> None:
    for one in targets().values():
        assert one.reference
        assert one.label.fr != one.label.en
        for name in one.measured_by:
            assert official_series()[name].kind == one.kind
            assert official_series()[name].unit == one.unit


def test_the_same_level_announced_twice_has_two_dates() -> None:
    assert target("msp_4000_2026").date == dt.date(2026, 12, 31)
    assert target("msp_4000_2027").date == dt.date(2027, 12, 31)
    assert target("msp_4000_2027").baseline_value is None


def test_an_unknown_target_lists_those_there_are() -> None:
    with pytest.raises(UnknownNameError) as caught:
        target("msp_5000")
    assert "msp_4000_2027" in caught.value.known


def test_a_good_file_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)["aim"]
    assert (found.value, found.baseline_value, found.note) == (2000, 1034, None)


WRONG = {
    "unknown key": (GOOD + "colour = 1\n", "colour"),
    "missing reference": (GOOD.replace('reference = "Note"', ""), "reference"),
    "wrong unit": (GOOD.replace('"structures"', '"maisons"'), "unit"),
    "no level": (GOOD.replace("value = 2000\n", ""), "value"),
    "two levels": (GOOD + "additional = 10\n", "value"),
    "an increase without a baseline": (
        GOOD.replace("value = 2000", "additional = 10").replace("baseline_date = 2017-06-30\n", ""),
        "baseline_date",
    ),
    "a baseline that nobody knows": (GOOD.replace("2017-06-30", "2016-06-30"), "baseline_date"),
    "a baseline after the date": (GOOD.replace("2022-12-31", "2017-06-30"), "date"),
    "a target below its baseline": (GOOD.replace("2000", "1000"), "value"),
    "a series of another kind": (
        GOOD.replace("barometre_msp", "barometre_cds_pluri"),
        "measured_by",
    ),
    "no series": (GOOD.replace('["barometre_msp"]', "[]"), "measured_by"),
    "no name of a series": (GOOD.replace('["barometre_msp"]', "[1]"), "measured_by"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_with_file_and_key(tmp_path: Path, case: str) -> None:
    text, key = WRONG[case]
    with pytest.raises(RuleError) as caught:
        read(tmp_path, text)
    assert (caught.value.file, caught.value.field) == ("aim.toml", key)


def test_a_name_belongs_to_one_target(tmp_path: Path) -> None:
    (tmp_path / "again.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        read(tmp_path, GOOD)
    assert caught.value.field == "name"
