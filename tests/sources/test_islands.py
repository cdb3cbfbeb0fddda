"""The list of communes on islands: our own layout, every doubtful line listed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from geo_service.core.errors import SourceError
from geo_service.core.result import Reading
from geo_service.core.validity import in_force
from geo_service.sources import islands

HEADER = "code_insee,ile,valid_from,valid_to\n"


def written(path: Path, *lines: str, header: str = HEADER) -> Path:
    path.write_text(header + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_a_line_is_a_commune_with_its_island_and_its_days(tmp_path: Path) -> None:
    path = written(tmp_path / "i.csv", "22016,Bréhat,,", "29155,Ouessant,2015-01-01,2020-12-31")
    assert islands.recognise(path) == "islands-communes"
    reading = islands.read(path)
    assert reading.table["commune"].tolist() == ["22016", "29155"]
    assert reading.table["name"].tolist() == ["Bréhat", "Ouessant"]
    assert reading.table["valid_from"].isna().tolist() == [True, False]
    assert str(reading.table["valid_to"].iloc[1])[:10] == "2020-12-31"
    assert not len(reading.anomalies)
    assert reading.provenance.rows_kept == 2


def test_every_doubtful_line_is_listed(tmp_path: Path) -> None:
    reading = islands.read(
        written(
            tmp_path / "i.csv",
            "1001,Île A,,",
            "Bréhat,Bréhat,,",
            "29155,Ouessant,31/13/2020,",
            "29155,Ouessant,,",
            "29083,Sein,2020-01-01,2019-01-01",
        )
    )
    assert reading.table["commune"].tolist() == ["01001", "29155"]
    assert [(one.row, one.code) for one in reading.anomalies] == [
        (2, "leading-zero"),
        (3, "unreadable-code"),
        (4, "unreadable-date"),
        (6, "dates-backwards"),
        (5, "duplicate-row"),
    ]
    assert reading.provenance.rows_set_aside == 3


def test_a_commune_may_have_several_periods(tmp_path: Path) -> None:
    reading = islands.read(
        written(
            tmp_path / "i.csv",
            "29155,Ouessant,,2012-12-31",
            "29155,Ouessant,2015-01-01,2020-12-31",
            "29155,Ouessant,2020-12-31,",  # that last day is in the line above
            "29155,Ouessant,2021-01-01,",
            "29083,Sein,2015-01-01,",
        )
    )
    assert reading.table["row"].tolist() == [2, 3, 5, 6]
    assert [(one.row, one.code) for one in reading.anomalies] == [(4, "duplicate-row")]
    told = {
        year: bool((in_force(reading.table, dt.date(year, 6, 1)) & ouessant(reading)).any())
        for year in (2010, 2014, 2018, 2022)
    }
    assert told == {2010: True, 2014: False, 2018: True, 2022: True}


def ouessant(reading: Reading) -> Any:
    return reading.table["commune"] == "29155"


def test_another_file_is_refused(tmp_path: Path) -> None:
    other = written(tmp_path / "c.csv", "22016,Bréhat", header="code_insee,nom\n")
    assert islands.recognise(other) is None
    with pytest.raises(SourceError) as refused:
        islands.read(other)
    assert "c.csv" in refused.value.say("fr")


def test_the_sample_has_one_island_of_its_own(sample: Path, sample_result) -> None:
    assert islands.recognise(sample / "islands" / "iles_fictif.csv") == "islands-communes"
    kept = sample_result.tables["islands"]
    assert kept["commune"].tolist() == ["96036"]  # the other is in no commune of the study
    assert kept["name"].tolist() == ["L'Île-d'Essai"]
