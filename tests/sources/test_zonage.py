"""The zonage médecin in every layout: the real national table, the sample, and broken files."""

from __future__ import annotations

import datetime as dt
import gzip
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_service.core.errors import SourceError
from geo_service.core.result import Reading
from geo_service.sources import zonage
from geo_service.sources.zonage.names import comparable, comparables
from geo_service.sources.zonage.neighbours import NEIGHBOURS, departements_of_postcode
from geo_service.sources.zonage.register import Register

COMMUNES = pd.DataFrame(
    [
        ("01001", "L'Abergement-Clémenciat", "01"),
        ("01344", "Saint-Étienne-du-Bois", "01"),
        ("04058", "Claret", "04"),
        ("05061", "Gap", "05"),
        ("17464", "Vergné", "17"),
        ("17465", "La Vergne", "17"),
        ("17000", "Œuilly-sur-Mer", "17"),
        ("2A004", "Ajaccio", "2A"),
        ("2B033", "Bastia", "2B"),
        ("34078", "Claret", "34"),
        ("75056", "Paris", "75"),
        ("97411", "Saint-Denis", "974"),
        ("93066", "Saint-Denis", "93"),
    ],
    columns=["code", "name", "departement"],
)


def table(path: Path, *rows: str, header: str = "Code_postal,Nom_commune,Zonage") -> Path:
    path.write_text("\n".join([header, *rows, ""]), "utf-8")
    return path


def classes(reading: Reading, unit: str = "commune") -> dict[str, str | None]:
    found = reading.table[reading.table["unit"] == unit]
    values = [value if isinstance(value, str) else None for value in found["zone_class"]]
    return dict(zip(found["code"], values, strict=True))


def rows_of(reading: Reading, code: str) -> list[int | None]:
    return [anomaly.row for anomaly in reading.anomalies if anomaly.code == code]


# --- the real national table ------------------------------------------------------------------


@pytest.fixture(scope="module")
def cog_2024(real_data: Path) -> pd.DataFrame:
    file = real_data / "communes" / "communes_cog2024_simplifie.parquet"
    names = {"code_insee": "code", "nom": "name", "dep": "departement"}
    return pd.read_parquet(file, columns=list(names)).rename(columns=names)


@pytest.fixture(scope="module")
def national(real_data: Path, cog_2024: pd.DataFrame) -> Reading:
    file = real_data / "zonage" / "zonage_medecin_communes_national.csv.gz"
    assert zonage.recognise(file) == "communes-postal"
    return zonage.read(file, communes=cog_2024)


def test_real_table_reaches_the_communes_of_cog_2024(
    national: Reading, cog_2024: pd.DataFrame
) -> None:
    communes = national.table[national.table["unit"] == "commune"]
    assert communes["code"].is_unique
    reached = set(communes["code"]) & set(cog_2024["code"])
    assert len(reached) >= 34_862
    arrondissements = set(communes["code"]) - set(cog_2024["code"])
    assert len(arrondissements) == 45
    assert {"75101", "75120", "69381", "69389", "13201", "13216"} <= arrondissements
    # Every commune of the COG is reached, or named as absent; Paris, Lyon, Marseille by parts.
    absent = {a.record for a in national.anomalies if a.code == "commune-absent"}
    assert reached | absent | {"75056", "69123", "13055"} == set(cog_2024["code"])


def test_real_table_loses_no_row(national: Reading) -> None:
    counted = national.anomalies.count()
    assert counted["repeated-row"] == 3555
    assert counted["lost-zero"] == 3432
    unmatched = national.extra["unmatched"]
    provenance = national.provenance
    assert provenance.rows_read == 38_907
    assert provenance.rows_kept + len(unmatched) + counted["repeated-row"] == 38_907
    assert counted["unmatched-commune"] == len(unmatched) <= 7
    said = {row["name"] for _, row in unmatched.iterrows()}
    assert {"Saint-Barthélemy", "Saint-Martin"} <= said


def test_real_table_postcodes_across_a_border(national: Reading) -> None:
    across = {a.record for a in national.anomalies if a.code == "postcode-across-border"}
    # 37160 Buxeuil is of the Vienne: the one of the Indre has a row of its own.
    assert {"04058", "26374", "86042", "74109"} <= across
    found = classes(national)
    assert found["17464"] is not None  # Vergné
    assert found["17465"] is not None  # La Vergne
    assert set(found.values()) == {"ZIP", "ZAC", "ZAR", "HZ", None}
    missing = national.table[national.table["zone_class"].isna()]
    assert set(missing["published"]) == {"N/A - résultat non disponible"}
    assert set(missing["code"].str[:3]) == {"974"}


def test_real_files_of_other_kinds_are_not_recognised(real_data: Path) -> None:
    files = [path for path in real_data.rglob("*") if path.is_file()]
    found = [path.name for path in files if zonage.recognise(path) is not None]
    assert found == ["zonage_medecin_communes_national.csv.gz"]


# --- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("postcode", "name", "code"),
    [
        ("1400", "ABERGEMENT CLEMENCIAT", "01001"),
        ("01370", "St Etienne du Bois", "01344"),
        ("17330", "Vergné", "17464"),
        ("17400", "La Vergne", "17465"),
        ("17700", "OEUILLY SUR MER", "17000"),
        ("20000", "Ajaccio", "2A004"),
        ("20200", "Bastia", "2B033"),
        ("97400", "Saint-Denis", "97411"),
        ("93200", "ST-DENIS CEDEX 02", "93066"),
        ("05110", "Claret", "04058"),
        ("75001", "Paris 1er Arrondissement", "75101"),
        ("69009", "LYON 09", "69389"),
        ("13016", "Marseille 16e", "13216"),
    ],
)
def test_names_are_found_as_people_write_them(
    tmp_path: Path, postcode: str, name: str, code: str
) -> None:
    path = table(tmp_path / "z.csv", f"{postcode},{name},1_ZIP")
    assert classes(zonage.read(path, communes=COMMUNES)) == {code: "ZIP"}


@given(
    st.lists(
        st.one_of(
            st.sampled_from(["St-St-Ste, Ôle", "L'Œil", "ß Ste", "", " ", "É\nst", "a\nb", "ﬀ ℡"]),
            st.text(alphabet="sStTeE -'’œÉé\n1ǅ", max_size=8),
            st.text(max_size=6),
        )
    )
)
def test_many_names_are_compared_as_one_is(names: list[str]) -> None:
    together = comparables(pa.array(names, pa.large_string()))
    assert together.to_pylist() == [comparable(name) for name in names]


SPELLINGS = [
    *("Claret", "CLARET", "La Vergne", "Vergne", "les Vergne", "Vergné", "Gap", "Gap Cedex 9"),
    *("St Etienne du Bois", "SAINT-ETIENNE-DU-BOIS", "Paris", "Paris 01", "Lyon 3e", "Ajaccio"),
    *("L'Abergement Clemenciat", "Œuilly sur Mer", "St-Denis", "Gap-la-Romaine", "", "?"),
]
POSTCODES = ["01370", "05000", "17400", "20000", "34000", "75001", "97400", "97100", "93200"]


@pytest.mark.parametrize(
    ("communes", "known"),
    [
        (COMMUNES, "01001 01344 05061 17000 17464 17465 34078 75056 93066 97411"),
        (
            pd.concat(
                [
                    COMMUNES.assign(departement=None),
                    COMMUNES[3:4].assign(name="Gap-la-Romaine"),
                    COMMUNES[4:5].assign(code="17999"),
                ]
            ),
            "01001 01344 05061 17000 17465 34078 75056 93066 97411",  # two are called Vergné now
        ),
        (COMMUNES[:1], "01001"),
        (COMMUNES[:0], ""),
    ],
    ids=["sound", "twins and other names", "one", "none"],
)
def test_rows_in_columns_are_found_as_one_by_one(communes: pd.DataFrame, known: str) -> None:
    register = Register.of(communes)
    asked = [(name, postcode) for name in SPELLINGS for postcode in POSTCODES]
    names, postcodes = (
        pa.array(column, pa.large_string()).dictionary_encode()
        for column in zip(*asked, strict=True)
    )
    plain = register.plain(names, postcodes).tolist()
    assert sorted({register.code_of(number) for number in plain if number >= 0}) == known.split()
    for number, (name, postcode) in zip(plain, asked, strict=True):
        assert number < 0 or register.find(name, postcode) == ({number}, "name")


def test_classes_stand_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = table(
        tmp_path / "z.csv",
        "97400,Saint-Denis,1_ZIP",
        "05000,Gap,3_QPV_ZIP",
        "20000,Ajaccio,2_ZAC",
        "05000,Claret,2_ZAC",  # across the border, known once the others are
        "17330,Vergné,",
        "05010,Gap,1_ZIP",
        "34270,Claret,9_ZXX",
        "93200,Saint-Denis,4_HZ",
    )
    found = zonage.read(path, communes=COMMUNES).table
    assert [*zip(found["unit"], found["code"], found["row"], strict=True)] == [
        ("commune", "97411", 2),
        ("commune-qpv", "05061", 3),
        ("commune", "05061", 3),
        ("commune", "2A004", 4),
        ("commune", "17464", 6),
        ("commune", "34078", 8),
        ("commune", "93066", 9),
        ("commune", "04058", 5),
    ]


def test_a_register_without_communes_finds_none(tmp_path: Path) -> None:
    reading = zonage.read(table(tmp_path / "z.csv", "05000,Gap,1_ZIP"), communes=COMMUNES[:0])
    assert classes(reading) == {}
    assert rows_of(reading, "unmatched-commune") == [2]


def test_a_register_of_several_files_knows_every_name(tmp_path: Path) -> None:
    other = COMMUNES[COMMUNES["code"] == "05061"].assign(name="Gap-la-Romaine")
    register = pd.concat([COMMUNES, COMMUNES, other])
    path = table(tmp_path / "z.csv", "05000,Gap,1_ZIP", "05010,Gap la Romaine,1_ZIP")
    reading = zonage.read(path, communes=register)
    assert classes(reading) == {"05061": "ZIP"}
    assert reading.table["name"].tolist() == ["Gap-la-Romaine"]  # the file read last says it
    back = zonage.read(path, communes=pd.concat([register, COMMUNES]))
    assert back.table["name"].tolist() == ["Gap"]


@pytest.mark.parametrize(
    ("postcode", "name", "near"),
    [
        ("01370", "St Etiene du Bois", "Saint-Étienne-du-Bois (01344)"),
        ("33000", "Claret", "aucun"),  # 33 touches neither 04 nor 34
        ("75021", "Paris 21e Arrondissement", "aucun"),
    ],
)
def test_a_name_that_fits_nothing_is_listed_not_guessed(
    tmp_path: Path, postcode: str, name: str, near: str
) -> None:
    path = table(tmp_path / "z.csv", f"{postcode},{name},1_ZIP", "05000,Gap,2_ZAC")
    reading = zonage.read(path, communes=COMMUNES)
    assert classes(reading) == {"05061": "ZAC"}
    (found,) = [a for a in reading.anomalies if a.code == "unmatched-commune"]
    assert near in found.reason.say("fr")
    assert list(reading.extra["unmatched"]["name"]) == [name]


def test_two_communes_of_one_name_are_not_told_apart(tmp_path: Path) -> None:
    twins = pd.concat([COMMUNES, COMMUNES[COMMUNES["name"] == "Gap"].assign(code="05999")])
    reading = zonage.read(table(tmp_path / "z.csv", "05000,Gap,1_ZIP"), communes=twins)
    assert classes(reading) == {}
    assert rows_of(reading, "ambiguous-commune") == [2]


def test_former_names_lead_to_the_commune_of_today(tmp_path: Path) -> None:
    moves = pd.DataFrame(
        {
            "effective": [dt.date(2016, 1, 1), dt.date(2019, 1, 1), dt.date(2019, 1, 1)],
            "before": ["05001", "05002", "05002"],
            "after": ["05061", "05061", "04058"],
            "name_before": ["Vieux-Gap", "Cut-en-Deux", "Cut-en-Deux"],
        }
    )
    path = table(tmp_path / "z.csv", "05000,Vieux Gap,1_ZIP", "05000,Cut en Deux,1_ZIP")
    reading = zonage.read(path, communes=COMMUNES, moves=moves)
    assert classes(reading) == {"05061": "ZIP"}
    assert rows_of(reading, "former-name") == [2]
    assert rows_of(reading, "unmatched-commune") == [3]


def test_a_merged_commune_follows_the_one_whose_code_is_kept(tmp_path: Path) -> None:
    moves = pd.DataFrame(
        {
            "effective": [dt.date(2016, 1, 1)],
            "before": ["05001"],
            "after": ["05061"],
            "name_before": ["Vieux-Gap"],
        }
    )
    path = table(tmp_path / "z.csv", "05000,Vieux Gap,1_ZIP", "05000,Gap,2_ZAC")
    assert classes(zonage.read(path, communes=COMMUNES, moves=moves)) == {"05061": "ZAC"}


def test_neighbours_are_mutual_and_complete() -> None:
    assert len(NEIGHBOURS) == 96
    assert all(one in NEIGHBOURS[other] for one, near in NEIGHBOURS.items() for other in near)
    assert departements_of_postcode("98600") == ("986",)


# --- classes ----------------------------------------------------------------------------------


def test_the_same_class_twice_is_one_row_and_two_classes_are_none(tmp_path: Path) -> None:
    path = table(
        tmp_path / "z.csv",
        "05000,Gap,1_ZIP",
        "05010,Gap,1_ZIP",
        "20000,Ajaccio,1_ZIP",
        "20090,Ajaccio,2_ZAC",
        "20200,Bastia,N/A",
        "20600,Bastia,2_ZAC",
    )
    reading = zonage.read(path, communes=COMMUNES)
    assert classes(reading) == {"05061": "ZIP", "2A004": None, "2B033": "ZAC"}
    assert rows_of(reading, "conflicting-classes") == [4, 5]
    published = reading.table.set_index("code")["published"]
    assert published["2A004"] == "1_ZIP / 2_ZAC"


def test_an_unknown_class_is_kept_as_published_and_listed(tmp_path: Path) -> None:
    reading = zonage.read(table(tmp_path / "z.csv", "05000,Gap,9_ZXX"), communes=COMMUNES)
    assert classes(reading) == {"05061": None}
    assert reading.table["published"].tolist() == ["9_ZXX"]
    assert rows_of(reading, "unknown-class") == [2]
    assert "9_ZXX" in str(reading.provenance.note)


def test_without_a_register_rows_are_kept_apart(tmp_path: Path) -> None:
    reading = zonage.read(table(tmp_path / "z.csv", "5000,Gap,1_ZIP"))
    assert len(reading.table) == 0
    unmatched = reading.extra["unmatched"].iloc[0]
    assert (unmatched["postcode"], unmatched["zone_class"]) == ("05000", "ZIP")
    assert rows_of(reading, "no-register") == [None]


def test_communes_that_the_file_leaves_out_are_listed_by_departement(tmp_path: Path) -> None:
    reading = zonage.read(table(tmp_path / "z.csv", "17400,La Vergne,1_ZIP"), communes=COMMUNES)
    absent = [a.record for a in reading.anomalies if a.code == "commune-absent"]
    assert sorted(map(str, absent)) == ["17000", "17464"]
    none = {a.value for a in reading.anomalies if a.code == "departement-absent"}
    assert {"01", "2A", "974"} <= none
    assert "17" not in none


def test_order_and_validity_come_from_the_study(tmp_path: Path) -> None:
    reading = zonage.read(
        table(tmp_path / "z.csv", "05000,Gap,1_ZIP"),
        communes=COMMUNES,
        order="ARS PACA",
        valid_from=dt.date(2022, 1, 1),
        valid_to=dt.date(2025, 12, 31),
    )
    row = reading.table.iloc[0]
    assert (row["order"], row["profession"]) == ("ARS PACA", "médecin généraliste")
    assert (row["valid_from"].year, row["valid_to"].year) == (2022, 2025)


# --- layouts with codes -----------------------------------------------------------------------


def test_communes_by_code_with_moves_and_lost_zeros(tmp_path: Path) -> None:
    path = table(
        tmp_path / "z.csv",
        "5061;Gap;Zone de vigilance;31/12/2021",
        "05001;Vieux-Gap;ZIP;",
        "97501;Miquelon;ZIP;pas une date",
        "xx;Nulle part;ZIP;",
        header="code_insee;commune;zmed_niveau;zmed_date_arrete",
    )
    moves = pd.DataFrame({"before": ["05001"], "after": ["2A004"]})
    reading = zonage.read(path, communes=COMMUNES, moves=moves)
    assert reading.provenance.layout == "communes-code"
    assert classes(reading) == {"05061": "ZV", "2A004": "ZIP", "97501": "ZIP"}
    assert reading.table.set_index("code").loc["05061", "order"] == "arrêté du 31/12/2021"
    assert rows_of(reading, "lost-zero") == [2]
    assert rows_of(reading, "commune-moved") == [3]
    assert rows_of(reading, "unknown-commune") == [4]
    assert rows_of(reading, "bad-date") == [4]
    assert rows_of(reading, "bad-code") == [5]
    assert reading.provenance.rows_set_aside == 1


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("code_insee,zonage", "05061,ZIP"),
        ("code_tvs,nom_tvs,zonage", "12345,TVS,ZIP"),
        ("code_qpv,nom_qpv,zonage", "QN01301M,Carré,ZIP"),
    ],
)
def test_a_row_that_repeats_another_is_listed(tmp_path: Path, header: str, line: str) -> None:
    reading = zonage.read(table(tmp_path / "z.csv", line, line, header=header))
    assert len(reading.table) == 1
    assert rows_of(reading, "repeated-row") == [3]
    told = reading.provenance
    assert (told.rows_read, told.rows_kept, told.rows_set_aside) == (2, 1, 1)


@pytest.mark.parametrize(
    "header",
    [
        "Département,Code INSEE,Commune,Libellé QPV,Zonage 2025",
        "Code INSEE,Commune,Nom du quartier prioritaire,zonage",
        "Code INSEE,Commune,Qualification attribuée au QPV par l'arrêté régional",
    ],
)
def test_qpv_without_their_codes_are_not_taken_for_communes(tmp_path: Path, header: str) -> None:
    cells = ",".join(["13"] + ["13055"] * header.count(","))
    path = table(tmp_path / "zd.csv", cells, header=header)
    assert zonage.recognise(path) == "zd-qpv"
    with pytest.raises(SourceError, match="Code du quartier prioritaire"):
        zonage.read(path)


def test_cartosante_values_of_a_part_are_not_of_the_whole_commune(sample: Path) -> None:
    path = sample / "zonage" / "cartosante_fictif.csv"
    assert zonage.recognise(path) == "cartosante"
    reading = zonage.read(path)
    found = classes(reading)
    assert found["96001"] is None
    assert classes(reading, "commune-qpv") == {"96001": "ZIP", "96005": "ZAC"}
    assert classes(reading, "commune-grand-quartier") == {"97191": "ZAC", "97192": "ZIP"}
    assert (found["96002"], found["96015"]) == ("HZ", "ZV")
    assert not reading.provenance.tried_on_real_file


def test_cartosante_workbook_with_titles_above_the_header(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Data"
    for line in (["CartoSanté"], [], ["Export"], ["Code", "Libellé", "Zonage MG"]):
        sheet.append(line)
    sheet.append([1053, "Bourg-en-Bresse", "3_QPV_ZIP"])
    book.save(tmp_path / "export.xlsx")
    assert zonage.recognise(tmp_path / "export.xlsx") == "cartosante"
    reading = zonage.read(tmp_path / "export.xlsx")
    assert classes(reading, "commune-qpv") == {"01053": "ZIP"}
    assert reading.table["row"].tolist() == [5, 5]


def test_tvs_with_and_without_the_communes(sample: Path, tmp_path: Path) -> None:
    path = table(
        tmp_path / "tvs.csv",
        "96001,ZIP",
        "9690_,Hors vivier",
        "99999,ZAC",
        header="code_tvs,zonage",
    )
    assert zonage.recognise(path) == "tvs"
    alone = zonage.read(path)
    assert classes(alone, "tvs") == {"96001": "ZIP", "9690": "HV", "99999": "ZAC"}
    assert classes(alone) == {}
    links = sample / "zonage" / "correspondance-tvs-communes-fictif.csv"
    reading = zonage.read(path, correspondence=links)
    assert classes(reading) == {}  # the order speaks of the TVS, not of the commune
    found = classes(reading, "commune-tvs")
    assert (found["96001"], found["96002"], found["96035"]) == ("ZIP", "ZIP", "HV")
    assert "96004" not in found  # its TVS has no class, which is said
    assert {a.record for a in reading.anomalies if a.code == "tvs-without-commune"} == {"99999"}
    assert "96005" in {a.record for a in reading.anomalies if a.code == "tvs-without-class"}


def test_dres_workbook_has_three_sheets(sample: Path) -> None:
    path = sample / "zonage" / "zonage_qpv_fictif.xlsx"
    assert zonage.recognise(path) == "dres-workbook"
    reading = zonage.read(path)
    assert set(reading.table["unit"]) == {"commune", "tvs", "qpv"}
    assert classes(reading, "tvs")["9690"] == "ZV"
    assert classes(reading)["96001"] == "HV"
    found = classes(reading, "qpv")
    assert found["QN09601M"] == "ZIP"
    assert found["QN09607I"] is None  # 0 means missing
    assert len(rows_of(reading, "no-class")) == 2


def test_zd_qpv_table_of_an_ars(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "ZD_QPV"
    sheet.append(["Département", "Code INSEE", "Commune", "Code QPV", "Libellé QPV", "Zonage 2025"])
    sheet.append(["13", "13055,13070", "Marseille,La Penne", "QN01301M", "Carré", "ZIP"])
    sheet.append(["13", "13055", "Marseille", "n'importe quoi", "Rond", "ZAC"])
    book.save(tmp_path / "zd.xlsx")
    assert zonage.recognise(tmp_path / "zd.xlsx") == "zd-qpv"
    reading = zonage.read(tmp_path / "zd.xlsx")
    assert classes(reading, "qpv") == {"QN01301M": "ZIP"}
    assert reading.table["name"].tolist() == ["Carré"]
    assert rows_of(reading, "bad-code") == [3]


def test_the_date_in_the_name_is_the_vintage(tmp_path: Path) -> None:
    path = table(tmp_path / "Zonage_medecin_20190703.csv", "05061,ZIP", header="insee,zonage")
    provenance = zonage.read(path).provenance
    assert (provenance.vintage, provenance.vintage_basis) == (dt.date(2019, 7, 3), "file name")


# --- broken files -----------------------------------------------------------------------------


def refuses(path: Path, **options: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        zonage.read(path, communes=COMMUNES, **options)
    assert caught.value.file is not None
    zonage.recognise(path)
    return caught.value


@pytest.mark.parametrize("name", ["z.csv", "z.xlsx", "z.zip", "z.csv.gz"])
def test_empty_and_junk(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"")
    refuses(path)
    junk = b"\x01" + np.random.default_rng(2).bytes(4000)
    path.write_bytes(junk)
    refuses(path)
    for layout in ("communes-postal", "communes-code", "tvs", "dres-workbook", "zd-qpv"):
        refuses(path, layout=layout)


def test_truncated_gz_and_workbook(tmp_path: Path, sample: Path) -> None:
    text = table(tmp_path / "z.csv", *["05000,Gap,1_ZIP"] * 2000).read_bytes()
    packed = gzip.compress(text)
    (tmp_path / "z.csv.gz").write_bytes(packed[: len(packed) // 2])
    refuses(tmp_path / "z.csv.gz", layout="communes-postal")
    book = (sample / "zonage" / "zonage_qpv_fictif.xlsx").read_bytes()
    (tmp_path / "z.xlsx").write_bytes(book[: len(book) // 2])
    refuses(tmp_path / "z.xlsx", layout="dres-workbook")


def test_a_workbook_without_its_parts(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/workbook.xml", "<broken")
    refuses(tmp_path / "z.xlsx")
    refuses(tmp_path / "z.xlsx", layout="dres-workbook")


def test_damaged_bytes_in_a_workbook(tmp_path: Path, sample: Path) -> None:
    book = (sample / "zonage" / "zonage_qpv_fictif.xlsx").read_bytes()
    refused = 0
    for seed in range(30):
        random = np.random.default_rng(seed)
        data = np.frombuffer(book, dtype=np.uint8).copy()
        data[random.integers(0, len(data), 20)] = random.integers(0, 256, 20)
        path = tmp_path / f"{seed}.xlsx"
        path.write_bytes(data.tobytes())
        zonage.recognise(path)
        try:
            zonage.read(path, layout="dres-workbook")
        except SourceError:
            refused += 1
    assert refused > 0


@pytest.mark.parametrize("layout", ["communes-code", "tvs", "zd-qpv", "communes-postal"])
def test_a_table_of_something_else(tmp_path: Path, layout: str) -> None:
    refuses(table(tmp_path / "z.csv", "1,2", header="code,autre"), layout=layout)


def test_wrong_encoding_is_read_all_the_same(tmp_path: Path) -> None:
    text = "Code_postal,Nom_commune,Zonage\n01370,Saint-Étienne-du-Bois,1_ZIP\n"
    (tmp_path / "z.csv").write_bytes(text.encode("cp1252"))
    assert classes(zonage.read(tmp_path / "z.csv", communes=COMMUNES)) == {"01344": "ZIP"}
    (tmp_path / "z.csv").write_bytes(text.encode("utf-16"))
    refuses(tmp_path / "z.csv", layout="communes-postal")


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "z.csv"
    path.write_text("Code_postal,Nom_commune,Zonage\n05000,Gap,1_ZIP\n".replace(",", separator))
    assert classes(zonage.read(path, communes=COMMUNES)) == {"05061": "ZIP"}


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = table(tmp_path / "z.csv", "05000,Gap", header="Code_postal,Nom_commune")
    assert "Zonage" in refuses(path, layout="communes-postal").say("fr")
    refuses(path)


def test_a_header_alone(tmp_path: Path) -> None:
    refuses(table(tmp_path / "z.csv"))


def test_rows_with_lost_fields_and_huge_cells_are_set_aside(tmp_path: Path) -> None:
    path = table(
        tmp_path / "z.csv",
        "05000,Gap,1_ZIP",
        "05000,Gap",
        f"20000,{'x' * 200_000},1_ZIP",
        "2000,Ajaccio,,,1_ZIP",
        "abc,Bastia,1_ZIP",
    )
    reading = zonage.read(path, communes=COMMUNES)
    assert classes(reading) == {"05061": "ZIP"}
    aside = sorted(a.row or 0 for a in reading.anomalies if a.outcome == "set aside")
    assert aside == [3, 4, 5, 6]
    assert reading.provenance.rows_read == 5


def test_zip_bomb_traversal_and_several_members(tmp_path: Path) -> None:
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("z.csv", b"a,b\n" * 20_000_000)
    refuses(path, layout="communes-postal")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../z.csv", "Code_postal,Nom_commune,Zonage\n")
    refuses(path, layout="communes-postal")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "Code_postal,Nom_commune,Zonage\n")
        archive.writestr("b.csv", "Code_postal,Nom_commune,Zonage\n")
    assert "a.csv" in refuses(path, layout="communes-postal").say("fr")


def test_symlinks(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(table(tmp_path / "z.csv", "05000,Gap,1_ZIP"))
    assert classes(zonage.read(tmp_path / "link.csv", communes=COMMUNES)) == {"05061": "ZIP"}
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    refuses(tmp_path / "loop.csv")
