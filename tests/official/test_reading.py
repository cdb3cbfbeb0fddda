"""Bad files are refused with file and key."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from geo_service.core.errors import RuleError
from geo_service.official import read_folder

HEAD = """
reference = "Note"
status = "seen"
checked = 2026-11-22
[perimeter]
name = "one"
label = { fr = "un", en = "one" }
scope = { fr = "tout", en = "all" }
producer = "Producteur"
"""
SERIES = """
[[series]]
name = "stock"
label = { fr = "Stock", en = "Stock" }
kind = "MSP"
measure = "open"
unit = "structures"
"""
ROW = "row = [{ date = 2019-03-31, value = 12 }]\n"


def write(folder: Path, text: str, name: str = "one.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_good_file_is_read(tmp_path: Path) -> None:
    found = read_folder(write(tmp_path, HEAD + SERIES + ROW))
    row = next(found["stock"].rows.itertuples())
    assert (row.territory, row.date, row.value) == ("france:FR", dt.date(2019, 3, 31), 12)
    assert (row.note, row.item, row.status, row.reference) == (None, "", "seen", "Note")


def test_rows_may_stand_in_a_csv_beside(tmp_path: Path) -> None:
    write(tmp_path, HEAD + SERIES + 'rows_in = "long.csv"\n')
    (tmp_path / "long.csv").write_text(
        "territory,date,value,note_fr,note_en\n"
        "region:01,2019-03-31,3,,\nregion:02,2019-03-31,unknown,non donné,not given\n",
        encoding="utf-8",
    )
    rows = read_folder(tmp_path)["stock"].rows
    assert list(rows["territory"]) == ["region:01", "region:02"]
    assert rows["value"].isna().tolist() == [False, True]
    assert rows["note"].iloc[1].say("en") == "not given"


WRONG = {
    "unknown key": (HEAD + SERIES + ROW + "colour = 1\n", "series stock.colour"),
    "unknown key in a row": (
        HEAD + SERIES + "row = [{ date = 2019-03-31, value = 1, year = 2 }]\n",
        "series stock.row 1.year",
    ),
    "unknown key of the file": ("colour = 1\n" + HEAD + SERIES + ROW, "colour"),
    "unknown key of the perimeter": (HEAD + "size = 1\n" + SERIES + ROW, "perimeter.size"),
    "missing reference": (HEAD.replace('reference = "Note"', "") + SERIES + ROW, "reference"),
    "empty reference": (HEAD.replace('"Note"', '" "') + SERIES + ROW, "reference"),
    "missing producer": (
        HEAD.replace('producer = "Producteur"', "") + SERIES + ROW,
        "perimeter.producer",
    ),
    "one language": (
        HEAD + SERIES.replace(', en = "Stock"', "") + ROW,
        "series stock.label.en",
    ),
    "wrong unit": (HEAD + SERIES.replace("structures", "étages") + ROW, "series stock.unit"),
    "wrong kind": (HEAD + SERIES.replace('"MSP"', '"ESP"') + ROW, "series stock.kind"),
    "wrong status": (HEAD.replace('"seen"', '"sure"') + SERIES + ROW, "status"),
    "wrong name": (HEAD + SERIES.replace('"stock"', '"Stock 1"') + ROW, "series Stock 1.name"),
    "no rows": (HEAD + SERIES, "series stock.row"),
    "empty rows": (HEAD + SERIES + "row = []\n", "series stock.row"),
    "repeated date": (
        HEAD + SERIES + "row = [{ date = 2019-03-31, value = 1 }, "
        "{ date = 2019-03-31, value = 1 }]\n",
        "series stock.row 2.date",
    ),
    "a time": (
        HEAD + SERIES + "row = [{ date = 2019-03-31T10:00:00, value = 1 }]\n",
        "series stock.row 1.date",
    ),
    "a text for a date": (
        HEAD + SERIES + 'row = [{ date = "2019-03-31", value = 1 }]\n',
        "series stock.row 1.date",
    ),
    "a fraction of a structure": (
        HEAD + SERIES + "row = [{ date = 2019-03-31, value = 1.5 }]\n",
        "series stock.row 1.value",
    ),
    "negative": (
        HEAD + SERIES + "row = [{ date = 2019-03-31, value = -1 }]\n",
        "series stock.row 1.value",
    ),
    "not a number": (
        HEAD + SERIES + "row = [{ date = 2019-03-31, value = nan }]\n",
        "series stock.row 1.value",
    ),
    "a boolean": (
        HEAD + SERIES + "row = [{ date = 2019-03-31, value = true }]\n",
        "series stock.row 1.value",
    ),
    "a share above 1": (
        HEAD
        + SERIES.replace('"structures"', '"share"')
        + "row = [{ date = 2019-03-31, value = 85 }]\n",
        "series stock.row 1.value",
    ),
    "unknown without a reason": (
        HEAD + SERIES + 'row = [{ date = 2019-03-31, value = "unknown" }]\n',
        "series stock.row 1.note",
    ),
    "another word for unknown": (
        HEAD + SERIES + 'row = [{ date = 2019-03-31, value = "n/a" }]\n',
        "series stock.row 1.value",
    ),
    "no territory": (
        HEAD + SERIES + 'row = [{ territory = "Bretagne", date = 2019-03-31, value = 1 }]\n',
        "series stock.row 1.territory",
    ),
    "an increase of nothing": (
        HEAD + SERIES + ROW + 'increment = { of = "other", since = 2018-03-31 }\n',
        "stock.increment.of",
    ),
    "a csv elsewhere": (HEAD + SERIES + 'rows_in = "../x.csv"\n', "series stock.rows_in"),
    "a csv that is not there": (HEAD + SERIES + 'rows_in = "x.csv"\n', "series stock.rows_in"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_with_file_and_key(tmp_path: Path, case: str) -> None:
    text, key = WRONG[case]
    with pytest.raises(RuleError) as caught:
        read_folder(write(tmp_path, text))
    assert caught.value.file == "one.toml"
    assert caught.value.field == key
    assert caught.value.say("en") != caught.value.say("fr")


BROKEN_CSV = {
    "columns": ("territory,date,value\nregion:01,2019-03-31,3\n", 1),
    "value": ("territory,date,value,note_fr,note_en\nregion:01,2019-03-31,x,,\n", 2),
    "date": ("territory,date,value,note_fr,note_en\nregion:01,31/03/2019,3,,\n", 2),
    "short row": ("territory,date,value,note_fr,note_en\nregion:01\n", 2),
    "empty": ("territory,date,value,note_fr,note_en\n", 1),
}


@pytest.mark.parametrize("case", BROKEN_CSV)
def test_a_wrong_csv_is_refused_with_its_row(tmp_path: Path, case: str) -> None:
    text, row = BROKEN_CSV[case]
    write(tmp_path, HEAD + SERIES + 'rows_in = "long.csv"\n')
    (tmp_path / "long.csv").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        read_folder(tmp_path)
    assert (caught.value.file, caught.value.row) == ("long.csv", row)


def test_not_toml_and_not_utf_8_are_refused(tmp_path: Path) -> None:
    for content in (b"name = ", b"\xff\xfe\x00", b"\x00"):
        (tmp_path / "one.toml").write_bytes(content)
        with pytest.raises(RuleError) as caught:
            read_folder(tmp_path)
        assert caught.value.file == "one.toml"


def test_a_perimeter_belongs_to_one_file(tmp_path: Path) -> None:
    write(tmp_path, HEAD + SERIES + ROW)
    write(tmp_path, HEAD + SERIES.replace('"stock"', '"other"') + ROW, "two.toml")
    with pytest.raises(RuleError) as caught:
        read_folder(tmp_path)
    assert (caught.value.file, caught.value.field) == ("two.toml", "perimeter.name")
    assert "one.toml" in caught.value.say()


def test_a_name_belongs_to_one_series(tmp_path: Path) -> None:
    write(tmp_path, HEAD + SERIES + ROW)
    write(tmp_path, HEAD.replace('"one"', '"two"', 1) + SERIES + ROW, "two.toml")
    with pytest.raises(RuleError) as caught:
        read_folder(tmp_path)
    assert (caught.value.file, caught.value.field) == ("two.toml", "series.name")


def test_two_series_never_count_the_same_thing_on_one_date(tmp_path: Path) -> None:
    write(tmp_path, HEAD + SERIES + ROW + SERIES.replace('"stock"', '"again"') + ROW)
    with pytest.raises(RuleError) as caught:
        read_folder(tmp_path)
    assert caught.value.field == "again.measure"
    assert "2019-03-31" in caught.value.say()
