"""Ours in the published layouts: read back, checked, written whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from geo_service.barometre import (
    LAYOUTS,
    barometre_files,
    check_barometre,
    counts_of,
    write_barometre,
    zip_of,
)
from geo_service.barometre.indicators import BY_ID
from geo_service.core.errors import StoreError, UnknownNameError
from geo_service.sources import series
from geo_service.store import StoredResult


def planted(
    rows: list[tuple[str, str, str, float | None]],
    scope: str = "all",
    targets: list[tuple[str, str, str, float]] = (),  # type: ignore[assignment]
) -> Any:
    """A stand-in of a stored result: rows are territory, kind, date, value."""
    figures = pd.DataFrame(
        [
            {
                "territory": territory,
                "level": territory.split(":")[0],
                "kind": kind,
                "scope": scope,
                "as_of": pd.Timestamp(date),
                "value": value,
            }
            for territory, kind, date, value in rows
        ]
    ).astype({"value": "float64"})
    aims = pd.DataFrame(
        [
            {"series": name, "territory": territory, "date": pd.Timestamp(date), "value": value}
            for name, territory, date, value in targets
        ],
        columns=["series", "territory", "date", "value"],
    )

    def read_table(name: str, where: Any = None) -> pd.DataFrame:
        assert name == "series"
        table = aims
        for column, wanted in (where or {}).items():
            table = table[table[column].isin([wanted] if isinstance(wanted, str) else wanted)]
        return table

    return SimpleNamespace(
        facts={"name": "Plantée", "scope": scope, "territory": "france:FR", "code_version": "0"},
        provenance=[],
        read_indicators=lambda **_: figures,
        layer_names=list,
        table_names=lambda: ["series"],
        read_table=read_table,
    )


NATION = [
    ("france:FR", "MSP", "2017-06-30", 1034),
    ("france:FR", "MSP", "2020-06-30", 1617),
    ("france:FR", "MSP", "2021-06-30", 1889),
    ("region:04", "MSP", "2021-06-30", 16),
    ("departement:2A", "MSP", "2021-06-30", 3),
]


def cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def read_back(folder: Path) -> pd.DataFrame:
    tables = [
        series.read(file).table
        for file in sorted(folder.glob("*.csv"))
        if "synthese" not in file.name
    ]
    return pd.concat(tables)


def keyed(table: pd.DataFrame, names: dict[str, str]) -> dict[Any, float]:
    return {
        (names[row.indicator], row.territory, pd.Timestamp(row.date)): float(row.value)
        for row in table.itertuples()
    }


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_written_is_valid_and_reads_back_the_same(
    sample_file: Path, tmp_path: Path, layout: str
) -> None:
    stored = StoredResult(sample_file)
    written = write_barometre(stored, layout, tmp_path / "out")
    assert check_barometre(tmp_path / "out") == []
    back = read_back(tmp_path / "out")
    counts = counts_of(stored).table
    if layout == "ditp":  # no indicator of centres in this generation
        counts = counts[counts["indicator"] == "nb-maisons-sante"]
    names = {one.id: one.series for one in BY_ID.values()}
    assert len(back) == len(counts) > 20
    assert {(row.series, row.territory, row.date): row.value for row in back.itertuples()} == keyed(
        counts, names
    )
    assert written.rows > 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(written.files)


def test_the_synthesis_is_that_of_the_published_line() -> None:
    files = barometre_files(planted(NATION), "etalab").files
    (row,) = cells(files["barometre-synthese-national.csv"])
    assert row == {
        "mesure": "Doubler le nombre de maisons de santé et de centres de santé dans les "
        "territoires",
        "indicateur": "Nombre de maisons de santé pluri-professionnelles",
        "id_indicateur": "nb-maisons-sante",
        "maille_geographique": "national",
        "valeur_actuelle": "1889",
        "date_valeur_actuelle": "2021-06-30",
        "valeur_initiale": "1034",
        "date_valeur_initiale": "2017-06-30",
        "progression": "855",
        "pourcentage_progression": "83",
        "progression_derniere_maj": "1617",
        "pourcentage_progression_derniere_maj": "17",
        "progression_derniere_maj_date": "2020-06-30",
        "cible": "2000",
        "pourcentage_cible": "89",
        "date_cible": "2022-12-31",
        "unite": "maisons de santé",
    }


def test_columns_and_codes_stand_as_published() -> None:
    files = barometre_files(planted(NATION), "etalab").files
    assert files["barometre-detail-national.csv"].splitlines()[0] == (
        "mesure,indicateur,id_indicateur,maille_geographique,date,valeur,unite"
    )
    assert files["barometre-detail-regional.csv"].splitlines()[0] == (
        "mesure,indicateur,id_indicateur,code_region,libelle_region,date,valeur,unite"
    )
    (region,) = cells(files["barometre-detail-regional.csv"])
    assert (region["code_region"], region["valeur"]) == ("04", "16")
    (corse,) = cells(files["barometre-detail-departement-2A.csv"])
    assert corse["code_departement"] == "2A"
    (alone,) = cells(files["barometre-synthese-regional.csv"])
    assert alone["valeur_initiale"] == alone["cible"] == alone["pourcentage_progression"] == ""


def test_the_second_generation_says_the_first_of_the_month() -> None:
    rows = [
        ("france:FR", "MSP", "2022-12-31", 2251),
        ("france:FR", "MSP", "2023-12-31", 2501),
        ("region:84", "MSP", "2022-12-31", 341),
        ("region:84", "MSP", "2023-12-31", 383),
    ]
    read = [("msp_target", "region:84", "2026-12-31", 590.0)]
    text = barometre_files(planted(rows, targets=read), "ditp").files["ind-311.csv"]
    assert text.splitlines() == [
        "indic_id,enforce_zone_id,metric_enforce_date,maille,indic_vi,indic_va,indic_vc,indic_ta",
        "IND-311,FRANCE,2022-12-01,NAT,2251,2251,,",
        "IND-311,FRANCE,2023-12-01,NAT,,2501,,14.29",
        "IND-311,R84,2022-12-01,REG,341,341,,",
        "IND-311,R84,2023-12-01,REG,,383,,16.87",
        "IND-311,FRANCE,2026-12-01,NAT,,,4000,",
        "IND-311,R84,2026-12-01,REG,,,590,",
    ]


def test_centres_of_every_kind_never_stand_under_the_pluri_identifier() -> None:
    rows = [("region:76", "CDS", "2022-12-31", 212.0)]
    written = barometre_files(planted(rows, scope="all"), "etalab")
    (row,) = cells(written.files["barometre-detail-regional.csv"])
    assert row["id_indicateur"] == "nb-centres-sante-mono-pluri"
    (synthesis,) = cells(written.files["barometre-synthese-regional.csv"])
    assert synthesis["cible"] == ""
    assert any("FINESS" in reason.say("fr") for reason in written.left_out)
    rows = [("france:FR", "CDS", "2021-12-31", 522.0)]
    written = barometre_files(planted(rows, scope="pluri"), "etalab")
    (row,) = cells(written.files["barometre-detail-national.csv"])
    assert row["id_indicateur"] == "nb-centres-sante"


def test_an_unknown_count_is_left_out_and_said_never_0() -> None:
    rows = [
        ("region:76", "CDS", "2021-12-31", None),
        ("region:76", "MSP", "2021-12-31", 239.0),
        ("region:76", "MSP", "2021-09-15", 230.0),
    ]
    written = barometre_files(planted(rows, scope="pluri"), "etalab")
    text = written.files["barometre-detail-regional.csv"]
    assert [row["id_indicateur"] for row in cells(text)] == ["nb-maisons-sante"]
    said = " ".join(reason.say("en") for reason in written.left_out)
    assert "1 unknown values" in said
    assert "September 15, 2021 ends no period" in said
    assert "No national row" in said


def test_nothing_to_publish_is_said(tmp_path: Path) -> None:
    written = write_barometre(planted([("region:76", "CPTS", "2021-12-31", 1)]), "ditp", tmp_path)
    assert [name for name in written.files if name.endswith(".csv")] == []
    assert any("No row" in reason.say("en") for reason in written.left_out)


def test_the_notice_says_what_it_is_not_and_the_list_what_it_holds(sample_file: Path) -> None:
    files = barometre_files(StoredResult(sample_file), "etalab").files
    assert "Ce n'est pas une publication du baromètre" in files["LISEZMOI.txt"]
    assert "FICTITIOUS DATA" in files["LISEZMOI.txt"]
    held = json.loads(files["indicateurs.json"])["indicators"]
    assert [(one["id"], one["frequency"], one["trendType"]) for one in held] == [
        ("nb-maisons-sante", "semester", "increasing"),
        ("nb-centres-sante-mono-pluri", "year", "increasing"),
    ]


def test_an_unknown_layout_is_said(sample_file: Path) -> None:
    with pytest.raises(UnknownNameError) as caught:
        barometre_files(StoredResult(sample_file), "xlsx")
    assert caught.value.known == ("etalab", "ditp")


def test_a_folder_of_others_is_left_alone(sample_file: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    stored = StoredResult(sample_file)
    with pytest.raises(StoreError):
        write_barometre(stored, "ditp", tmp_path)
    with pytest.raises(StoreError):
        write_barometre(stored, "ditp", tmp_path / "mine.txt")
    with pytest.raises(StoreError):
        write_barometre(stored, "ditp", tmp_path / "absent" / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_of_ours_is_replaced_whole(sample_file: Path, tmp_path: Path) -> None:
    stored, out = StoredResult(sample_file), tmp_path / "out"
    write_barometre(stored, "etalab", out)
    write_barometre(stored, "ditp", out)
    assert sorted(path.name for path in out.glob("*.csv")) == ["ind-311.csv"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_write_that_fails_leaves_what_was_there(
    sample_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored, out = StoredResult(sample_file), tmp_path / "out"
    write_barometre(stored, "ditp", out)
    before = (out / "ind-311.csv").read_bytes()
    write = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if self.name == "indicateurs.json":
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StoreError):
        write_barometre(stored, "etalab", out)
    assert (out / "ind-311.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_same_files_give_the_same_archive(sample_file: Path) -> None:
    files = barometre_files(StoredResult(sample_file), "etalab").files
    data = zip_of(files)
    assert data == zip_of(dict(reversed(files.items())))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert set(archive.namelist()) == set(files)
        assert archive.read("LISEZMOI.txt").decode() == files["LISEZMOI.txt"]


def test_of_two_targets_that_were_read_the_latest_counts() -> None:
    read = [
        ("msp_target", "region:04", "2026-12-31", 40.0),
        ("msp_target", "region:04", "2022-12-31", 20.0),
    ]
    text = barometre_files(planted(NATION, targets=read), "etalab").files
    row = cells(text["barometre-synthese-regional.csv"])[0]
    assert (row["cible"], row["date_cible"]) == ("40", "2026-12-31")
