from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from geo_service.barometre import check_barometre
from geo_service.barometre.etalab import PLACES, detail_columns
from geo_service.core.errors import SourceError

MEASURE = "Doubler le nombre de maisons de santé et de centres de santé dans les territoires"
LABEL = "Nombre de maisons de santé pluri-professionnelles"
DETAIL = "mesure,indicateur,id_indicateur,code_region,libelle_region,date,valeur,unite\n"
SYNTHESIS = (
    "mesure,indicateur,id_indicateur,maille_geographique,valeur_actuelle,date_valeur_actuelle,"
    "valeur_initiale,date_valeur_initiale,progression,pourcentage_progression,"
    "progression_derniere_maj,pourcentage_progression_derniere_maj,progression_derniere_maj_date,"
    "cible,pourcentage_cible,date_cible,unite\n"
)
HEAD = f"{MEASURE},{LABEL},nb-maisons-sante"
GOOD_LINE = f"{HEAD},04,La Réunion,2021-12-31,18.0,maisons de santé\n"
PUBLISHED = (
    f"{HEAD},national,1889.0,2021-06-30,1034.0,2017-06-30,855.0,83.0,1617.0,17.0,2020-06-30,"
    "2000.0,89.0,2022-12-31,maisons de santé\n"
)
CENTRES = (
    f"{MEASURE},Nombre de centres de santé,nb-centres-sante,national,499.0,2021-06-30,,,,,,,,"
    "700.0,,2022-12-31,centres de santé\n"
)
"""As published: no value on the date of the baseline, so no percentage."""
DITP = "indic_id,enforce_zone_id,metric_enforce_date,maille,indic_vi,indic_va,indic_vc,indic_ta\n"
GENERATION_2 = (
    "IND-311,D01,2022-12-01,DEPT,35.0,35.0,,\nIND-311,D01,2023-12-01,DEPT,,40.0,,23.81\n"
    "IND-311,D01,2026-12-01,DEPT,,,56.0,\n"
)


def codes(folder: Path, text: str | bytes, name: str = "file.csv") -> list[tuple[str, str | None]]:
    data = text.encode() if isinstance(text, str) else text
    (folder / name).write_bytes(data)
    return [(found.code, found.field) for found in check_barometre(folder)]


@pytest.mark.parametrize(
    "text",
    [DETAIL + GOOD_LINE, SYNTHESIS + PUBLISHED + CENTRES, DITP + GENERATION_2, DETAIL],
    ids=["detail", "synthesis", "ditp", "heading alone"],
)
def test_the_published_lines_are_valid(tmp_path: Path, text: str) -> None:
    assert codes(tmp_path, text) == []


WRONG = {
    "a number for a code": (
        DETAIL + GOOD_LINE.replace(",04,", ",4,"),
        ("bad-code", "code_region"),
    ),
    "a half structure": (
        DETAIL + GOOD_LINE.replace("18.0", "18.5"),
        ("no-whole-number", "valeur"),
    ),
    "no value": (DETAIL + GOOD_LINE.replace("18.0", ""), ("no-whole-number", "valeur")),
    "a negative": (DETAIL + GOOD_LINE.replace("18.0", "-1"), ("no-whole-number", "valeur")),
    "a French date": (
        DETAIL + GOOD_LINE.replace("2021-12-31", "31/12/2021"),
        ("bad-date", "date"),
    ),
    "a date within a half-year": (
        DETAIL + GOOD_LINE.replace("2021-12-31", "2021-11-30"),
        ("date-ends-no-period", "date"),
    ),
    "an identifier of nobody": (
        DETAIL + GOOD_LINE.replace("nb-maisons-sante", "nb-maisons"),
        ("unknown-indicator", "id_indicateur"),
    ),
    "another unit": (
        DETAIL + GOOD_LINE.replace(",maisons de santé", ",maisons"),
        ("unexpected-words", "unite"),
    ),
    "a row twice": (DETAIL + GOOD_LINE * 2, ("repeated-row", "date")),
    "the columns in another order": (
        DETAIL.replace("date,valeur", "valeur,date") + GOOD_LINE,
        ("unknown-columns", None),
    ),
    "a semicolon": ((DETAIL + GOOD_LINE).replace(",", ";"), ("unknown-columns", None)),
    "a missing cell": (DETAIL + GOOD_LINE.replace(",04,", ","), ("ragged", None)),
    "latin-1": ((DETAIL + GOOD_LINE).encode("latin-1"), ("not-utf-8", None)),
    "nothing": ("", ("empty", None)),
    "an open quote": (DETAIL + '"', ("not-csv", None)),
    "a wrong gain": (
        SYNTHESIS + PUBLISHED.replace("855.0", "856.0"),
        ("wrong-progress", "progression"),
    ),
    "a wrong percentage": (
        SYNTHESIS + PUBLISHED.replace("83.0", "82.0"),
        ("wrong-progress", "pourcentage_progression"),
    ),
    "a share of the level, not of the way": (
        SYNTHESIS + PUBLISHED.replace("89.0", "94.0"),
        ("wrong-target-percentage", "pourcentage_cible"),
    ),
    "a target without a date": (
        SYNTHESIS + PUBLISHED.replace(",2022-12-31", ","),
        ("bad-date", "date_cible"),
    ),
    "not the country": (
        SYNTHESIS + PUBLISHED.replace(",national,", ",nationale,"),
        ("bad-code", "maille_geographique"),
    ),
    "autofilled dates": (
        DITP + GENERATION_2.replace("2022-12-01", "2022-12-02"),
        ("bad-date", "metric_enforce_date"),
    ),
    "a zone of another level": (
        DITP + GENERATION_2.replace("2023-12-01,DEPT", "2023-12-01,REG"),
        ("bad-code", "enforce_zone_id"),
    ),
    "another progress": (
        DITP + GENERATION_2.replace("23.81", "23.00"),
        ("wrong-target-percentage", "indic_ta"),
    ),
    "progress above the whole": (
        DITP + GENERATION_2.replace("23.81", "123.81"),
        ("bad-percentage", "indic_ta"),
    ),
    "an initial value of another date": (
        DITP + GENERATION_2.replace("35.0,35.0", "35.0,36.0"),
        ("initial-value-differs", "indic_vi"),
    ),
    "another indicator": (
        DITP + GENERATION_2.replace("IND-311", "IND-999"),
        ("unknown-indicator", "indic_id"),
    ),
    "neither value nor target": (
        DITP + "IND-311,D01,2022-12-01,DEPT,,,,\n",
        ("no-value", "indic_va"),
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_breaks_a_rule_is_named_by_field(tmp_path: Path, case: str) -> None:
    text, expected = WRONG[case]
    assert expected in codes(tmp_path, text)


def test_the_half_year_of_the_centres_is_odd_and_no_error(tmp_path: Path) -> None:
    line = (
        f"{MEASURE},Nombre de centres de santé,nb-centres-sante,04,La Réunion,2021-06-30,2,"
        "centres de santé\n"
    )
    (tmp_path / "file.csv").write_text(DETAIL + line, encoding="utf-8")
    (found,) = check_barometre(tmp_path)
    assert (found.level, found.code, found.row) == ("warning", "date-ends-no-period", 2)


def test_a_synthesis_is_held_against_the_detail_files(tmp_path: Path) -> None:
    national = "mesure,indicateur,id_indicateur,maille_geographique,date,valeur,unite\n"
    (tmp_path / "detail.csv").write_text(
        national
        + f"{HEAD},national,2021-06-30,1890,maisons de santé\n"
        + f"{HEAD},national,2021-12-31,2018,maisons de santé\n",
        encoding="utf-8",
    )
    found = codes(tmp_path, SYNTHESIS + PUBLISHED)
    assert ("not-in-detail", "valeur_actuelle") in found
    assert ("not-the-last", "date_valeur_actuelle") in found


def test_what_is_no_file_and_dates_at_the_edge_are_findings(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    found = codes(tmp_path, DETAIL + GOOD_LINE.replace("2021", "9999") + "x" * 300_000)
    assert ("unreadable", None) in found
    assert ("not-csv", None) in found
    found = codes(tmp_path, DETAIL + GOOD_LINE.replace("2021", "9999"))
    assert found == [("unreadable", None)]  # the last day that there is ends a half-year


def test_no_folder_and_no_csv_are_errors(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        check_barometre(tmp_path / "absent")
    with pytest.raises(SourceError):
        check_barometre(tmp_path)


def test_the_published_rows_are_valid_in_their_own_layout(real_data: Path, tmp_path: Path) -> None:
    """The rows of the three levels, put back under the columns of their files."""
    source = real_data / "barometre" / "barometre_msp_cds_series.csv"
    published = pd.read_csv(source, dtype=str, keep_default_na=False)
    for level, maille in (("france", "pays"), ("region", "region"), ("departement", "departement")):
        rows = published[published["maille"] == maille]
        rows = rows.drop_duplicates(["id_indicateur", "date", *PLACES[level]])
        rows[list(detail_columns(level))].to_csv(tmp_path / f"{maille}.csv", index=False)
    found = check_barometre(tmp_path)
    assert {one.code for one in found} == {"date-ends-no-period"}
    assert {one.level for one in found} == {"warning"}
    assert len(found) == 1 + 18 + 101  # the half-year of the centres, in 2021
