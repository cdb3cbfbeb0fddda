from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from geo_service.core.errors import SourceError
from geo_service.sources import cpts

HEADER = "code_insee;nom_commune;code_cpts;nom_cpts;maturite;depuis\n"


def written(path: Path, *lines: str) -> Path:
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_maturity_is_one_of_three_words(tmp_path: Path) -> None:
    reading = cpts.read(
        written(
            tmp_path / "c.csv",
            "31555;Toulouse;310000001;CPTS A;ACI signé;2023-05-01",
            "31069;Blagnac;310000001;CPTS A;Projet de santé validé;",
            "09122;Foix;090000001;CPTS B;Lettre d’intention;",
            "31555;Toulouse;310000002;CPTS C;aci;",
        )
    )
    assert list(reading.table["maturity"]) == ["aci", "project", "letter", "aci"]
    assert reading.table["since"].iloc[0].isoformat().startswith("2023-05-01")
    assert reading.table["since"].isna().sum() == 3
    assert len(reading.anomalies) == 0


def test_every_doubtful_line_is_listed(tmp_path: Path) -> None:
    reading = cpts.read(
        written(
            tmp_path / "c.csv",
            "9122;Foix;090000001;CPTS B;ACI signé;",
            "Foix;Foix;090000001;CPTS B;ACI signé;",
            "31555;Toulouse;;CPTS A;ACI signé;",
            "31069;Blagnac;310000001;CPTS A;en bonne voie;31/13/2020",
            "31069;Blagnac;310000001;CPTS A;ACI signé;",
        )
    )
    assert list(reading.table["commune"]) == ["09122", "31069"]
    assert reading.table["maturity"].isna().sum() == 1
    assert [(a.row, a.code) for a in sorted(reading.anomalies, key=lambda a: (a.row, a.code))] == [
        (2, "leading-zero"),
        (3, "unreadable-code"),
        (4, "no-cpts"),
        (5, "unknown-maturity"),
        (5, "unreadable-date"),
        (6, "duplicate-row"),
    ]
    assert reading.provenance.rows_set_aside == 3


BROKEN = {
    "empty": b"",
    "binary": bytes(range(256)) * 40,
    "truncated gz": gzip.compress(HEADER.encode() * 500)[:60],
    "missing column": b"code_insee;code_cpts\n31555;310000001\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_a_clear_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(BROKEN[name])
    with pytest.raises(SourceError) as caught:
        cpts.read(path)
    assert "broken.csv" in caught.value.say("en")


def test_encoding_separator_and_huge_cell(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    text = HEADER + "31555;Toulouse;310000001;CPTS été;ACI signé;\n" + "x" * 200_000 + ";;;;;\n"
    path.write_bytes(text.replace(";", ",").encode("cp1252"))
    reading = cpts.read(path)
    assert reading.table["name"].iloc[0] == "CPTS été"
    assert reading.anomalies.count() == {"huge-cell": 1}


def test_a_header_alone_gives_an_empty_table(tmp_path: Path) -> None:
    assert len(cpts.read(written(tmp_path / "c.csv")).table) == 0


def test_sample_and_no_other_file_of_it(sample: Path) -> None:
    claimed = [path.name for path in sample.rglob("*.*") if cpts.recognise(path)]
    assert claimed == ["cpts_communes_fictif.csv"]
    reading = cpts.read(sample / "cpts" / "cpts_communes_fictif.csv")
    assert set(reading.table["maturity"]) == {"letter", "project", "aci"}
