"""Text tables: what they hold is found as written, and no bad line takes others with it."""

from __future__ import annotations

import datetime as dt
import gzip
import random
import tracemalloc
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from geo_service.core.errors import SourceError
from geo_service.core.result import Anomalies
from geo_service.intake import blocks, text
from geo_service.intake.archives import OfficialFile, open_official
from geo_service.intake.text import (
    clean_code,
    match_columns,
    parse_dates,
    parse_float,
    parse_floats,
    read_blocks,
    read_rows,
    read_table,
    sniff,
)

HEADER = "code;nom;population\n"


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write_file(content: str | bytes, name: str = "t.csv") -> OfficialFile:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return open_official(path)

    return write_file


def both(file: OfficialFile, **options: Any) -> tuple[list[tuple[int, dict[str, str]]], Anomalies]:
    """Rows by the row reader, once the table reader is found to give the same, faults included."""
    noted, again = Anomalies(), Anomalies()
    rows = list(read_rows(file, header=True, source="s", anomalies=noted, **options))
    table = read_table(file, source="s", anomalies=again, **options)
    assert list(noted) == list(again)
    assert table["row"].tolist() == [row for row, _ in rows]
    assert table["row"].dtype == "int64"
    found = table.drop(columns="row")
    assert [tuple(cells.values()) for _, cells in rows] == list(
        found.itertuples(index=False, name=None)
    )
    return rows, noted


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("cp1252", "cp1252")],
)
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encoding_and_separator_are_found(
    write: Any, encoding: str, found: str, separator: str, end: str
) -> None:
    lines = ["code", "nom", "texte"], ["01053", "Évry – œuvre", "a"], ["2A004", "", "été"]
    content = end.join(separator.join(line) for line in lines) + end
    file = write(gzip.compress(content.encode(encoding)), "t.csv.gz")
    rows, noted = both(file)
    assert rows == [
        (2, {"code": "01053", "nom": "Évry – œuvre", "texte": "a"}),
        (3, {"code": "2A004", "nom": "", "texte": "été"}),
    ]
    assert not len(noted)
    shape = sniff(file, header=True)
    assert (shape.encoding.name, shape.separator) == (found, separator)
    assert read_table(file).attrs == {"encoding": found, "separator": separator}


def test_a_damaged_utf8_text_is_not_windows_1252(write: Any) -> None:
    content = bytearray((HEADER + "1;Évry;é\n" * 40).encode())
    content[content.index("É".encode(), 200) + 1] = ord("x")
    rows, noted = both(write(bytes(content)))
    assert len(rows) == 40
    assert rows[0][1]["nom"] == "Évry"
    assert [(a.code, a.outcome) for a in noted] == [("unreadable-bytes", "kept")]
    assert "�" in (next(iter(noted)).value or "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a;b\n1;\0\n", "binaire"),
        (random.Random(3).randbytes(5_000), "binaire"),
        (bytes(range(1, 9)) * 100, "binaire"),
        ("a;b\n1;2\n".encode("utf-16"), "UTF-16"),
        (b"a;b\n\x81\xe9;2\n\x8d;\xe9\n", "ni en UTF-8 ni en Windows-1252"),
        (b"\n\n \n", "aucune ligne"),
        (b"a;A ;b\n1;2;3\n", "deux fois"),
    ],
)
def test_what_is_not_a_text_table(write: Any, content: bytes, said: str) -> None:
    for read in (lambda f: list(read_rows(f, header=True)), read_table):
        with pytest.raises(SourceError, match=said):
            read(write(content))


def test_an_encoding_that_is_held_to(write: Any) -> None:
    assert both(write("a;b\né;1\n"), encoding="latin-1")[0] == [(2, {"a": "Ã©", "b": "1"})]
    with pytest.raises(SourceError, match="pas en utf-8"):
        read_table(write("a;b\né;1\n".encode("cp1252")), encoding="utf-8")


def test_another_separator_is_named(write: Any) -> None:
    file = write("finess,etalab,94\nstructureet,1,2\n" * 3)
    with pytest.raises(SourceError, match="Le séparateur est « , » ; « ; » est attendu"):
        list(read_rows(file, header=False, separators=(";",), quoting=False))
    # Commas inside the cells of a table cut by semicolons do not mislead.
    assert sniff(write("x;y\n1,5;2,5\n3,5;4,5\n"), header=True).separator == ";"
    decimals = write("1,5;2,5\n3,5;4,5\n")
    assert sniff(decimals, header=False, separators=(";", "\t")).separator == ";"


def test_bad_rows_are_noted_and_cost_only_themselves(write: Any) -> None:
    huge = "x" * 100_001
    file = write(
        HEADER
        + "1;a;1\n"  # 2
        + "2;b\n"  # 3 too few
        + "3;c;3;4\n"  # 4 too many
        + "4;d;4;;\n"  # 5 trailing separators carry nothing
        + "\n"
        + f"5;{huge};5\n"  # 7
        + '6;"deux\nlignes";6\n'  # 8 and 9: one row
        + '7;"jamais refermé;7\n'  # 10
        + "8;h;8\n"
    )
    rows, noted = both(file)
    assert [(row, cells["code"]) for row, cells in rows] == [
        (2, "1"),
        (5, "4"),
        (8, "6"),
        (11, "8"),
    ]
    assert rows[2][1]["nom"] == "deux\nlignes"
    assert [(a.row, a.code, a.outcome, a.source) for a in noted] == [
        (3, "too-few-fields", "set aside", "s"),
        (4, "too-many-fields", "set aside", "s"),
        (7, "huge-cell", "set aside", "s"),
        (10, "unbalanced-quote", "set aside", "s"),
    ]
    assert next(iter(noted)).reason.say("en") == "The row has 2 fields instead of 3."
    assert next(iter(noted)).value == "2;b"
    with pytest.raises(SourceError, match="ligne 3 : La ligne a 2 champs"):
        read_table(file)


def test_a_lost_quote_does_not_swallow_the_file(write: Any) -> None:
    lines = [f"{n};nom {n};{n}\n" for n in range(300)]
    lines[10] = '10;"nom 10;10\n'
    lines[20] = '20;nom "20";20\n'  # inside a cell a quote is a character like another
    lines[30] = '30;"nom 30;30\n'
    rows, noted = both(write(HEADER + "".join(lines)))
    assert len(rows) == 298
    assert [a.row for a in noted] == [12, 32]


def test_a_line_without_end_is_set_aside(write: Any) -> None:
    file = write(gzip.compress((HEADER + "1;a;1\n" + "x;" * 2_000_000 + "\n2;b;2\n").encode()))
    rows, noted = both(file)
    assert [row for row, _ in rows] == [2, 4]
    assert [(a.row, a.code) for a in noted] == [(3, "huge-cell")]


def test_files_without_header_or_quotes(write: Any) -> None:
    file = write('finess;etalab;94\nstructureet;1;"LE" CENTRE\n\nstructureet;2;L"AUTRE;x\n')
    rows = list(read_rows(file, header=False, quoting=False))
    assert rows[1:] == [
        (2, ["structureet", "1", '"LE" CENTRE']),
        (4, ["structureet", "2", 'L"AUTRE', "x"]),
    ]
    noted = Anomalies()
    rows = list(read_rows(file, header=False, quoting=False, fields=3, anomalies=noted))
    assert [row for row, _ in rows] == [1, 2]
    assert [(a.row, a.value) for a in noted] == [(4, 'structureet;2;L"AUTRE;x')]


def test_columns_are_found_under_any_spelling(write: Any) -> None:
    aliases = {"name": ("lib_qp", "nom_qp"), "code": ("code_qp",), "extra": ("absent",)}
    file = write("titre\n\nCODE QP;Nom_QP;autre;\nQN01;Les Prés;1;\nQN02;Centre;2\n")
    rows, noted = both(file, aliases=aliases, required=("code", "name"), skip=2)
    assert rows == [
        (4, {"name": "Les Prés", "code": "QN01"}),
        (5, {"name": "Centre", "code": "QN02"}),
    ]
    assert not len(noted)
    with pytest.raises(SourceError) as caught:
        match_columns(["Code QPP", "Nom"], {"code": ("code_qp",)}, file="f.csv")
    assert caught.value.say("fr").startswith(
        "f.csv : Colonnes absentes : code_qp (≈ Code QPP). Colonnes du fichier : Code QPP, Nom."
    )
    # The best alias wins when several are there.
    assert match_columns(["rs", "rslongue"], {"name": ("rslongue", "rs")}) == {"name": "rslongue"}


def test_a_column_called_row_and_a_table_without_rows(write: Any) -> None:
    table = read_table(write("row;b\n7;x\n"))
    assert table.to_dict("list") == {"row_": ["7"], "b": ["x"], "row": [2]}
    empty = read_table(write(HEADER))
    assert list(empty.columns) == ["code", "nom", "population", "row"]
    assert len(empty) == 0
    assert str(empty["code"].dtype) == str(table["b"].dtype)


def test_one_column(write: Any) -> None:
    rows, _ = both(write("code\n01053\n\n2A004\n"))
    assert rows == [(2, {"code": "01053"}), (4, {"code": "2A004"})]


def test_blocks_and_rows_are_the_same(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 30)
    rows, _ = both(write(HEADER + "1;a;1\n" * 10))
    assert len(rows) == 10


def test_a_table_comes_in_blocks(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 40)
    lines = [f"{n:05d};é;{n}" for n in range(30)]
    lines[20] = "00020;too few"
    told: list[tuple[int, int | None]] = []
    noted = Anomalies()
    parts = list(
        read_blocks(
            write(HEADER + "\n".join(lines)),
            anomalies=noted,
            aliases={"code": (), "population": ()},
            progress=lambda _, done, total: told.append((done, total)),
        )
    )
    assert len(parts) > 5
    assert max(len(part) for part in parts[:4]) < 5
    assert [list(part.columns) for part in parts] == [["code", "population", "row"]] * len(parts)
    assert [row for part in parts for row in part["row"]] == [n for n in range(2, 32) if n != 22]
    assert [(one.code, one.row) for one in noted] == [("too-few-fields", 22)]
    assert told == sorted(told)
    assert told[-1] == (31, 31)
    assert [len(part) for part in read_blocks(write(HEADER))] == [0]


def test_blocks_hold_no_more_than_themselves(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 2**16)
    monkeypatch.setattr(blocks, "HELD_BYTES", 2**16)
    line = b"01234;" + b"x" * 90 + b";1\n"
    chance = random.Random(1)
    body = b"".join(
        line.replace(b"01234", b"%05d" % chance.randrange(99_999)) for _ in range(60_000)
    )
    file = write(HEADER.encode() + body)
    sum(len(part) for part in read_blocks(write(HEADER + "1;2;3\n", name="first.csv")))
    held: list[int] = []
    before = pa.total_allocated_bytes()  # by tests that ran in this process
    tracemalloc.start()
    try:
        for _ in read_blocks(file):
            held.append(pa.total_allocated_bytes() - before)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(held) > 80
    assert max(held) < len(body) / 10
    assert peak < len(body) / 2  # the pass that finds the encoding reads 1 MiB at once


def test_any_text_gives_the_same_by_both_ways(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random lines of the characters that matter: the fast way never differs from the slow one."""
    chance = random.Random(4)
    for _ in range(200):
        monkeypatch.setattr(blocks, "BLOCK_BYTES", chance.choice([5, 20, 2**20]))
        monkeypatch.setattr(blocks, "HELD_BYTES", chance.choice([0, 2**20]))
        body = "".join(chance.choices(['"', ";", "a", "é", "\n", "\r\n", "\r", " ", "1;2\n"], k=30))
        quoting = chance.random() < 0.7
        both(write("a;b\n" + body), separators=(";",), quoting=quoting)


@pytest.mark.parametrize(
    ("content", "rows", "codes"),
    [
        ('a;b\n1;2\n3;"', [2], ["unbalanced-quote"]),
        ('a;b\n1;2\n3"x;"', [2], ["unbalanced-quote"]),
        ("a;b;\n1;2;\n3;4;x\n", [2], ["too-many-fields"]),
        ("a;b;\n1;2;\n3;4;\n", [2, 3], []),
    ],
)
def test_ends_of_lines_and_of_files(
    write: Any, content: str, rows: list[int], codes: list[str]
) -> None:
    found, noted = both(write(content))
    assert ([row for row, _ in found], [a.code for a in noted]) == (rows, codes)


def test_columns_of_values() -> None:
    dates, wrong = parse_dates(
        pd.Series(["2024-01-31", "31/01/2024", "1900-01-01", "", "31/02/2024"])
    )
    assert dates[:2].tolist() == [pd.Timestamp(2024, 1, 31)] * 2
    assert dates[2:].isna().all()
    assert wrong.tolist() == [False] * 4 + [True]
    assert dates.dtype == "datetime64[s]"
    numbers, wrong = parse_floats(pd.Series(["1", "2,5", "", "nan", "inf", "x", None]))
    assert numbers[:2].tolist() == [1.0, 2.5]
    assert numbers[2:].isna().all()
    assert wrong.tolist() == [False, False, False, True, True, True, False]


@pytest.mark.parametrize("bad", ["2024-13-01", "0001-01-01", "45321", "hier", "2024-1-1"])
def test_what_is_not_a_date(bad: str) -> None:
    with pytest.raises(ValueError, match=bad if bad != "2024-13-01" else "month"):
        text.parse_date(bad)


def test_values() -> None:
    assert text.parse_date("2024-01-31T08:30:00") == dt.date(2024, 1, 31)
    assert parse_float("1\u202f234,5") == 1234.5
    assert parse_float("1,234.5") == 1234.5
    assert parse_float("1e3") == 1000
    for bad in ("1e999", "12 m", "--1", "NaN"):
        with pytest.raises(ValueError, match="number"):
            parse_float(bad)
    for bad in ("130550", "01-53", "é1", "Foix", "A004", "²1"):
        with pytest.raises(ValueError, match="5 characters"):
            clean_code(bad, 5)
    assert clean_code("9A", 3) == ("09A", True)
    assert clean_code("2a004", 5) == ("2A004", False)


def test_real_tables(real_data: Path) -> None:
    file = open_official(real_data / "finess" / "etablissements_occitanie_2026.csv.gz")
    rows, noted = both(file)
    assert (len(rows), len(noted)) == (10_007, 0)
    old = open_official(real_data / "finess" / "cs1100507_occitanie_cp1252_relaid.csv.gz")
    assert sniff(old, header=False, quoting=False).encoding.name == "cp1252"
    lengths = [len(cells) for _, cells in read_rows(old, header=False, quoting=False)]
    assert (len(lengths), set(lengths)) == (20_015, {4, 32, 6})
