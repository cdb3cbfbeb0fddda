from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from geo_service.core.errors import SourceError
from geo_service.sources import series

HEADER = (
    "maille,indicateur,id_indicateur,code_region,date,valeur,unite,maille_geographique,"
    "code_departement\n"
)


def etalab(path: Path, *lines: str) -> Path:
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def value(reading, territory: str, date: str, name: str = "msp") -> float:
    table = reading.table
    found = table[
        (table["territory"] == territory) & (table["date"] == date) & (table["series"] == name)
    ]
    assert len(found) == 1
    return float(found["value"].iloc[0])


def test_levels_names_and_units_are_told(tmp_path: Path) -> None:
    path = etalab(
        tmp_path / "b.csv",
        "pays,Nombre de MSP,nb-maisons-sante,,2022-12-31,3.0,maisons de santé,national,",
        "region,Nombre de MSP,nb-maisons-sante,1,2022-12-31,1.0,maisons de santé,,",
        "region,Nombre de MSP,nb-maisons-sante,84,2022-12-31,2.0,maisons de santé,,",
        "departement,Nombre de CDS,nb-centres-sante,,2022-12-31,2.0,centres,,2A",
    )
    reading = series.read(path)
    assert list(reading.table["territory"]) == [
        "france:FR",
        "region:01",
        "region:84",
        "departement:2A",
    ]
    assert set(reading.table["series"]) == {"msp", "cds_pluri"}
    assert reading.table["perimeter"].iloc[0] == "Nombre de MSP"
    assert len(reading.anomalies) == 0


def test_a_gap_of_one_is_listed_and_the_values_stay(tmp_path: Path) -> None:
    path = etalab(
        tmp_path / "b.csv",
        "pays,CDS,nb-centres-sante,,2017-12-31,375,centres,national,",
        "region,CDS,nb-centres-sante,11,2017-12-31,370,centres,,",
        "region,CDS,nb-centres-sante,84,2017-12-31,4,centres,,",
        "pays,CDS,nb-centres-sante,,2018-12-31,400,centres,national,",
        "region,CDS,nb-centres-sante,11,2018-12-31,399,centres,,",
    )
    reading = series.read(path)
    gaps = [a for a in reading.anomalies if a.code == "sum-gap"]
    # In 2018 one région is missing: that is no gap.
    assert [(gap.value, gap.outcome) for gap in gaps] == [("375 / 374", "kept")]
    assert "375" in gaps[0].reason.say("en")
    assert value(reading, "france:FR", "2017-12-31", "cds_pluri") == 375


def test_repeats_are_listed_and_never_counted_twice(tmp_path: Path) -> None:
    row = "departement,MSP,nb-maisons-sante,,2022-12-31,35,maisons,,01"
    path = etalab(tmp_path / "b.csv", row, row, row.replace("35", "36"))
    reading = series.read(path)
    assert value(reading, "departement:01", "2022-12-31") == 35
    assert [(a.row, a.code) for a in reading.anomalies] == [
        (3, "duplicate-row"),
        (4, "conflicting-value"),
    ]
    assert reading.provenance.rows_set_aside == 2


def test_generation_2_means_the_end_of_the_month(tmp_path: Path) -> None:
    path = tmp_path / "ind-311.csv"
    path.write_text(
        "indic_id,enforce_zone_id,metric_enforce_date,maille,indic_vi,indic_va,indic_vc,indic_ta\n"
        "IND-311,FRANCE,2023-12-01,NAT,2251,2501,4000,14.29\n"
        "IND-311,FRANCE,2026-12-01,NAT,2251,,4000,\n"
        "IND-311,R84,2023-12-01,REG,341,383,,\n"
        "IND-311,D2A,2023-12-01,DEPT,2,5,,\n"
        "IND-311,D02,2021-12-02,DEPT,31,33,,\n"
        "IND-311,X9,2023-12-01,DEPT,31,33,,\n",
        encoding="utf-8",
    )
    assert series.recognise(path) == "barometre-ditp"
    reading = series.read(path)
    assert value(reading, "france:FR", "2023-12-31") == 2501
    assert value(reading, "france:FR", "2026-12-31", "msp_target") == 4000
    assert value(reading, "departement:2A", "2023-12-31") == 5
    listed = reading.anomalies.count()
    assert (listed["autofilled-date"], listed["unreadable-territory"]) == (1, 1)
    assert not reading.provenance.tried_on_real_file


def test_unreadable_cells_are_listed_by_row(tmp_path: Path) -> None:
    path = etalab(
        tmp_path / "b.csv",
        "region,MSP,nb-maisons-sante,84,2022-12-31,beaucoup,maisons,,",
        "region,MSP,nb-maisons-sante,84,31 décembre,3,maisons,,",
        "region,MSP,nb-maisons-sante,,2022-12-31,3,maisons,,",
        "region,MSP,nb-maisons-sante,84,2022-12-31,nan,maisons,,",
        "region,MSP,nb-maisons-sante,84,2022-06-30,inf,maisons,,",
        "region,MSP,nb-maisons-sante,84,2021-12-31," + "9" * 200_000 + ",maisons,,",
        "region,MSP,nb-maisons-sante,84,2020-12-31,7,maisons,,",
    )
    reading = series.read(path)
    assert list(reading.table["value"]) == [7.0]
    assert sorted(a.row for a in reading.anomalies) == [2, 3, 4, 5, 6, 7]


BROKEN = {
    "empty": b"",
    "binary": bytes(range(256)) * 40,
    "truncated gz": gzip.compress(HEADER.encode() * 500)[:60],
    "missing column": b"maille,id_indicateur,date\nregion,nb-maisons-sante,2022-12-31\n",
    "not text": b"PAR1" + b"\0" * 400,
    "utf-16": HEADER.encode("utf-16"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_a_clear_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(BROKEN[name])
    assert series.recognise(path) is None or name == "truncated gz"
    with pytest.raises(SourceError) as caught:
        series.read(path)
    assert "broken.csv" in caught.value.say("en")


def test_another_separator_and_cp1252_are_read_the_same(tmp_path: Path) -> None:
    line = "region,Création,nb-maisons-sante,84,2022-12-31,341,maisons de santé,,\n"
    path = tmp_path / "b.csv"
    path.write_bytes((HEADER + line).replace(",", ";").encode("cp1252"))
    reading = series.read(path)
    assert value(reading, "region:84", "2022-12-31") == 341
    assert reading.table["unit"].iloc[0] == "maisons de santé"


def test_a_header_alone_gives_an_empty_table(tmp_path: Path) -> None:
    reading = series.read(etalab(tmp_path / "b.csv"))
    assert len(reading.table) == 0
    assert reading.provenance.vintage is None


def test_sample(sample: Path) -> None:
    reading = series.read(sample / "barometre" / "barometre_fictif.csv")
    assert reading.provenance.layout == "barometre-etalab"
    assert len(reading.table) == reading.provenance.rows_kept > 0


def test_real_series(real_data: Path) -> None:
    reading = series.read(real_data / "barometre" / "barometre_msp_cds_series.csv")
    assert len(reading.table) == 2081
    for date, expected in (("2017-06-30", 1034), ("2019-12-31", 1547), ("2022-12-31", 2251)):
        assert value(reading, "france:FR", date) == expected
    assert value(reading, "region:76", "2022-12-31") == 277
    assert value(reading, "departement:971", "2022-12-31") == 7
    assert value(reading, "france:FR", "2021-12-31", "cds_pluri") == 522
    gaps = {a.record for a in reading.anomalies if a.code == "sum-gap"}
    # domain.md names 2017 and 2019; the same unit is missing at every date but the last.
    assert gaps == {
        "cds_pluri 2017-12-31",
        "cds_pluri 2018-12-31",
        "cds_pluri 2019-12-31",
        "cds_pluri 2020-12-31",
        "cds_pluri 2021-06-30",
    }
    assert reading.provenance.vintage.isoformat() == "2022-12-31"
