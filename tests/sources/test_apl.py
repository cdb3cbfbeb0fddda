from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from geo_service.core.errors import SourceError, UnknownNameError
from geo_service.sources import apl

HEADER = [
    "Code commune INSEE",
    "Commune",
    "APL aux médecins généralistes",
    "APL aux médecins généralistes de 65 ans et moins ",
    "APL aux médecins généralistes de 62 ans ou moins",
    "Population standardisée 2021 pour la médecine générale",
    "Population totale 2021",
]
UNIT = "en nombre de consultations/visites accessibles par habitant standardisé"


def workbook(path: Path, *rows: list[object], unit: str = UNIT, sheet: str = "APL 2023") -> Path:
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for number in range(8):
        page.append([f"titre {number}"])
    page.append(HEADER)
    page.append([None, None, unit, unit, unit, "en nombre d'habitants", "en nombre d'habitants"])
    for row in rows:
        page.append(row)
    page.append(["Lecture : à Foix, 3,5 consultations sont accessibles."])
    page.append(["Source : DREES"])
    book.save(path)
    book.close()
    return path


def test_workbook_columns_are_found_by_prefix(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "apl.xlsx",
        ["09122", "Foix", 3.5, 3.1, 3.0, 9_000.5, 9_900],
        ["2A004", "Ajaccio", 4.5, None, "n.d.", 70_000, 72_000],
    )
    assert apl.recognise(path) == "drees-xlsx"
    reading = apl.read(path)
    assert list(reading.table["commune"]) == ["09122", "2A004"]
    assert list(reading.table["apl"]) == [3.5, 4.5]
    assert list(reading.table["population"]) == [9_000.5, 70_000]
    assert set(reading.table["year"]) == {2023}
    assert list(reading.table["row"]) == [11, 12]
    assert len(reading.anomalies) == 0
    young = apl.read(path, age="65")
    assert young.table["apl"].iloc[0] == 3.1
    assert pd.isna(young.table["apl"].iloc[1])
    assert young.provenance.title.startswith("APL aux médecins généralistes de 65")
    bad = apl.read(path, age="62")
    assert bad.anomalies.count() == {"unreadable-number": 1}


def test_another_unit_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "apl.xlsx", ["09122", "Foix", 60.0], unit="ETP pour 100 000")
    with pytest.raises(SourceError, match="consultation"):
        apl.read(path)


def test_an_age_or_a_year_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    path = workbook(tmp_path / "apl.xlsx", ["09122", "Foix", 3.5, 3.1, 3.0, 9_000])
    with pytest.raises(UnknownNameError):
        apl.read(path, age="70")
    with pytest.raises(UnknownNameError):
        apl.read(path, year=2015)
    with pytest.raises(SourceError):
        apl.read(path, age="60")


def parquet(path: Path, codes: list[object], values: list[object]) -> Path:
    pd.DataFrame({"codgeo": codes, "apl_mg": values}).to_parquet(path)
    return path


def test_copy_lists_what_is_wrong(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "apl.parquet",
        ["9122", "31555", "31555", "trop long", None, "31069", "31070"],
        [3.5, 4.0, 4.1, 1.0, 1.0, float("inf"), -1.0],
    )
    reading = apl.read(path, communes=["09122", "31555", "31999"])
    assert list(reading.table["commune"]) == ["09122", "31555", "31069", "31070"]
    assert list(reading.table["apl"].dropna()) == [3.5, 4.0]
    assert reading.anomalies.count() == {
        "commune-not-in-study": 2,
        "unreadable-code": 2,
        "unreadable-number": 2,
        "commune-without-apl": 1,
        "duplicate-id": 1,
        "leading-zero": 1,
    }
    assert reading.provenance.rows_set_aside == 3


def test_numbers_as_codes_are_understood(tmp_path: Path) -> None:
    reading = apl.read(parquet(tmp_path / "apl.parquet", [1001, 31555], [1.5, 2.5]))
    assert list(reading.table["commune"]) == ["01001", "31555"]


@pytest.mark.parametrize("name", ["apl.parquet", "apl.xlsx"])
@pytest.mark.parametrize("content", ["empty", "binary", "truncated", "other columns"])
def test_a_broken_file_is_a_clear_error(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    if name == "apl.parquet":
        sound = parquet(path, ["09122"], [3.5]).read_bytes()
    else:
        sound = workbook(path, ["09122", "Foix", 3.5]).read_bytes()
    if content == "empty":
        path.write_bytes(b"")
    elif content == "binary":
        path.write_bytes(bytes(range(256)) * 40)
    elif content == "truncated":
        path.write_bytes(sound[: len(sound) // 2])
    elif name == "apl.parquet":
        pd.DataFrame({"codgeo": ["09122"]}).to_parquet(path)
    else:
        openpyxl.Workbook().save(path)
    assert apl.recognise(path) is None
    for layout in (None, "parquet" if name == "apl.parquet" else "drees-xlsx"):
        with pytest.raises(SourceError) as caught:
            apl.read(path, layout=layout)
        assert name in caught.value.say("en")


def test_a_table_without_rows_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "apl.parquet"
    empty = pd.DataFrame({"codgeo": ["x"], "apl_mg": [1.0]}).iloc[:0]
    empty.to_parquet(path)
    assert len(apl.read(path).table) == 0


def test_sample_has_the_same_values_in_both_layouts(sample: Path) -> None:
    book = apl.read(sample / "apl" / "apl_drees_fictif.xlsx")
    copy = apl.read(sample / "apl" / "apl_communes_fictif.parquet")
    pd.testing.assert_frame_equal(book.table[["commune", "apl"]], copy.table[["commune", "apl"]])
    assert {path.name for path in sample.rglob("*.*") if apl.recognise(path)} == {
        "apl_drees_fictif.xlsx",
        "apl_communes_fictif.parquet",
    }


def test_real_copy(real_data: Path) -> None:
    codes = pd.read_parquet(
        real_data / "communes" / "communes_cog2024_simplifie.parquet", columns=["code_insee"]
    )["code_insee"]
    reading = apl.read(real_data / "apl" / "apl_communes_enriched.parquet", communes=set(codes))
    assert len(reading.table) == 34_954
    # 45 arrondissements of Paris, Lyon, Marseille and three communes that the contours lack; and
    # without APL: Mayotte, the three cities, the six communes without an inhabitant.
    assert reading.anomalies.count() == {"commune-not-in-study": 48, "commune-without-apl": 26}
    assert reading.table["year"].isna().all()
