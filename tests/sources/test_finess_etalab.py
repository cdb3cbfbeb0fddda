"""The extractions cs1100507 and cs1100502 on made-up files: every trap, every broken file."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import math
from pathlib import Path

import pyarrow as pa
import pytest
from geopandas.testing import assert_geodataframe_equal

from geo_service.core.errors import SourceError
from geo_service.core.result import Anomaly, Reading
from geo_service.core.tables import STRUCTURES, check_table
from geo_service.intake import blocks
from geo_service.sources import finess

L93 = "1,ATLASANTE,96,BAN,EPSG:2154 RGF93 / Lambert-93 (Métropole)"
TOULOUSE = ("574300.0", "6279000.0")


FIELDS = (
    *("section", "nofinesset", "nofinessej", "rs", "rslongue", "complrs", "compldistrib"),
    *("numvoie", "typvoie", "voie", "compvoie", "lieuditbp", "commune", "departement"),
    *("libdepartement", "ligneacheminement", "telephone", "telecopie", "categetab"),
    *("libcategetab", "categagretab", "libcategagretab", "siret", "codeape", "codemft"),
    *("libmft", "codesph", "libsph", "dateouv", "dateautor", "maj", "numuai"),
)


def structure(number: str = "310000001", **more: str) -> str:
    """A line of section structureet; fields by their official names."""
    cells = dict.fromkeys(FIELDS, "") | {
        "section": "structureet",
        "nofinesset": number,
        "nofinessej": "310999999",
        "rs": "MSP D'ESSAI",
        "numvoie": "1",
        "typvoie": "R",
        "voie": "HAUTE",
        "commune": "555",
        "departement": "31",
        "libdepartement": "HAUTE GARONNE",
        "ligneacheminement": "31000 TOULOUSE",
        "categetab": "603",
        "libcategetab": "Maison de santé (L.6223-3)",
        "dateouv": "2018-04-05",
    }
    assert not set(more) - set(cells)
    return ";".join((cells | more).values())


def place(
    number: str = "310000001", x: str = TOULOUSE[0], y: str = TOULOUSE[1], source: str = L93
) -> str:
    return f"geolocalisation;{number};{x};{y};{source};2026-01-04"


MARKER = "finess;etalab;94;2026-01-05"


def write(folder: Path, *lines: str, encoding: str = "utf-8", name: str = "f.csv") -> Path:
    path = folder / name
    path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
    return path


def read(folder: Path, *lines: str, **options: object) -> Reading:
    reading = finess.read(write(folder, MARKER, *lines), **options)  # type: ignore[arg-type]
    check_table(reading.table, STRUCTURES)
    return reading


def only(reading: Reading, code: str) -> Anomaly:
    found = [one for one in reading.anomalies if one.code == code]
    assert len(found) == 1, reading.anomalies.count()
    return found[0]


def test_control_value(tmp_path: Path) -> None:
    """FINESS 010000024, CH Fleyriat: domain reference 1.2."""
    reading = read(
        tmp_path,
        structure("010000024", departement="01", commune="451", categetab="355"),
        place("010000024", "870262.2", "6571540.8"),
        categories="all",
    )
    row = reading.table.iloc[0]
    assert (row["lon"], row["lat"]) == pytest.approx((5.209181, 46.222286), abs=1e-6)
    assert (row["commune"], row["kind"]) == ("01451", "other")
    assert (row["position"], row["precision_m"], row["score"]) == ("address", 10.0, 96.0)
    assert (row["source_crs"], row["legal_crs"], row["geocoder"]) == (2154, 2154, "BAN")


GUADELOUPE = {"departement": "9A", "commune": "105", "libdepartement": "GUADELOUPE"}


@pytest.mark.parametrize(
    ("text", "x", "y", "where", "source_crs", "lon", "lat"),
    [
        # Control value of the domain reference, section 6, and the same place in the other CRS.
        ("EPSG:5490 RGAF09", "657242.9", "1795384.4", GUADELOUPE, 5490, -61.52874, 16.234),
        ("UTM_N20", "657242.9", "1795384.4", GUADELOUPE, 4559, -61.52874, 16.234),
        ("WGS84 / UTM zone 20N", "657242.9", "1795384.4", GUADELOUPE, 32620, -61.52874, 16.234),
        (
            "WGS84/UTM zone 21N (Saint-Pierre-et-Miquelon)",
            *("564300", "5180000"),
            {"departement": "9E", "commune": "502"},
            *(32621, -56.16, 46.77),
        ),
        (
            "WGS84/UTM zone 1S (Wallis-et-Futuna)",
            *("587700", "8532700"),
            {"departement": "9J", "commune": "613"},
            *(32701, -176.19, -13.27),
        ),
        (
            "UTM_S40",
            *("339000", "7690000"),
            {"departement": "9D", "commune": "411"},
            *(2975, 55.45, -20.88),
        ),
        (
            "UTM_S38",
            *("523000", "8587000"),
            {"departement": "9F", "commune": "611"},
            *(4471, 45.21, -12.78),
        ),
        (
            "UTM_N22",
            *("353000", "545000"),
            {"departement": "9C", "commune": "302"},
            *(2972, -52.32, 4.93),
        ),
    ],
)
def test_each_row_is_read_in_its_own_crs(
    tmp_path: Path,
    text: str,
    x: str,
    y: str,
    where: dict[str, str],
    source_crs: int,
    lon: float,
    lat: float,
) -> None:
    number = "970100001"
    reading = read(
        tmp_path,
        structure(),
        structure(number, **where),
        place(),
        place(number, x, y, f"1,ATLASANTE,85,BAN,{text}"),
    )
    mainland, overseas = (reading.table.iloc[at] for at in (0, 1))
    assert mainland["source_crs"] == 2154
    assert overseas["source_crs"] == source_crs
    assert (overseas["lon"], overseas["lat"]) == pytest.approx((lon, lat), abs=0.02)
    prefix = {"9J": "98"}.get(where["departement"], "97")
    assert overseas["commune"] == prefix + where["commune"]
    assert overseas["departement"] == overseas["commune"][:3]
    assert overseas["position"] == "address-approximate"
    assert len(reading.anomalies) == 0
    noted = reading.provenance.note
    assert (noted is not None and "4559" in noted.say("en")) == (text == "UTM_N20")


def test_older_generation_in_cp1252(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        MARKER,
        structure(rs="MAISON DE SANTÉ D'ŒUILLY"),
        place(source="1,ATLASANTE,100,IGN,BD_ADRESSE,V2.1,LAMBERT_93"),
        encoding="cp1252",
    )
    row = finess.read(path).table.iloc[0]
    assert row["name"] == "MAISON DE SANTÉ D'ŒUILLY"
    assert (row["source_crs"], row["score"], row["geocoder"]) == (2154, 100, "IGN,BD_ADRESSE,V2.1")


@pytest.mark.parametrize("source", ["1,ATLASANTE,96,BAN,PROJECTION INCONNUE", "", "EPSG:99999"])
def test_no_crs_is_ever_assumed(tmp_path: Path, source: str) -> None:
    reading = read(tmp_path, structure(), place(source=source))
    row = reading.table.iloc[0]
    assert (row["position"], row["precision_m"]) == ("none", math.inf)
    assert row.geometry is None
    assert (row["x"], row["legal_crs"]) == (574300.0, 2154)
    found = only(reading, "unknown-crs")
    assert (found.row, found.field, found.record, found.outcome) == (
        2,
        "sourcecoordet",
        "310000001",
        "kept",
    )


@pytest.mark.parametrize(
    ("source", "position", "metres"),
    [
        ("1,ATLASANTE,95,BAN,LAMBERT_93", "address", 10.0),
        ("1,ATLASANTE,80,BAN,LAMBERT_93", "address-approximate", 50.0),
        ("1,ATLASANTE,79,BAN,LAMBERT_93", "low-score", math.inf),
        ("1,ATLASANTE,.,ADMIN-EXPRESS-2023,LAMBERT_93", "commune-centre", math.inf),
        ("1,ATLASANTE,.,INCONNU,LAMBERT_93", "unknown", None),
        ("1,ATLASANTE,99,INCONNU,LAMBERT_93", "unknown", None),
        ("1,ATLASANTE,.,BAN,LAMBERT_93", "unknown", None),
        ("1,ATLASANTE,950,BAN,LAMBERT_93", "unknown", None),
    ],
)
def test_worth_of_a_position(
    tmp_path: Path, source: str, position: str, metres: float | None
) -> None:
    reading = read(tmp_path, structure(), place(source=source))
    row = reading.table.iloc[0]
    assert row["position"] == position
    assert math.isnan(row["precision_m"]) if metres is None else row["precision_m"] == metres
    assert not math.isnan(row["lon"])
    codes = {"low-score", "commune-centre"} & {position}
    codes |= {"bad-score"} if "950" in source else set()
    assert set(reading.anomalies.count()) == codes
    assert all(one.lon == row["lon"] for one in reading.anomalies)


def test_the_point_of_a_commune_centre_is_known_again_without_its_name(tmp_path: Path) -> None:
    centre = "1,ATLASANTE,.,ADMIN-EXPRESS-2023,LAMBERT_93"
    reading = read(
        tmp_path,
        structure("310000001", categetab="620"),  # not kept, but it names the centre
        structure("310000002"),
        structure("310000003"),
        place("310000001", source=centre),
        place("310000002", source="1,ATLASANTE,.,INCONNU,LAMBERT_93"),
        place("310000003", source="1,ATLASANTE,97,BAN,LAMBERT_93"),
    )
    assert list(reading.table["position"]) == ["commune-centre", "address"]


def test_swapped_and_misplaced_coordinates(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        structure("310000001"),
        structure("310000002"),
        structure("310000003", departement="9A", commune="105"),
        place("310000001", TOULOUSE[1], TOULOUSE[0]),
        place("310000002", "0", "0"),
        place("310000003"),  # in Toulouse, says Guadeloupe
    )
    swapped = only(reading, "swapped-coordinates")
    assert (swapped.record, swapped.outcome, swapped.row) == ("310000001", "repaired", 2)
    assert swapped.lon == pytest.approx(1.44, abs=0.02)
    first = reading.table.iloc[0]
    assert (first["x"], first["y"], first["position"]) == (574300.0, 6279000.0, "address")
    outside = [one for one in reading.anomalies if one.code == "outside-territory"]
    assert [one.record for one in outside] == ["310000002", "310000003"]
    assert list(reading.table["position"]) == ["address", "none", "none"]
    assert outside[1].lat == pytest.approx(43.6, abs=0.02)  # the map of anomalies shows it


def test_absent_and_bad_coordinates(tmp_path: Path) -> None:
    numbers = [f"31000000{n}" for n in range(1, 8)]
    reading = read(
        tmp_path,
        *(structure(number) for number in numbers),
        place(numbers[0], "", "", ""),
        place(numbers[1], "NaN", "NaN"),
        place(numbers[2], "inf", TOULOUSE[1]),
        place(numbers[3], "ici", "là"),
        place(numbers[4], TOULOUSE[0], ""),
        place(numbers[5], "574300,0", "6279000,0"),  # a French decimal comma is a number
        place("310009999"),
    )
    assert list(reading.table["position"]) == [*["none"] * 5, "address", "none"]
    assert reading.anomalies.count() == {
        "bad-coordinates": 4,
        "geolocation-without-structure": 1,
        "no-coordinates": 1,
        "structure-without-geolocation": 1,
    }
    assert only(reading, "no-coordinates").record == numbers[0]
    assert only(reading, "structure-without-geolocation").record == numbers[6]
    orphan = only(reading, "geolocation-without-structure")
    assert (orphan.row, orphan.record, orphan.outcome) == (15, "310009999", "set aside")


def test_dates(tmp_path: Path) -> None:
    dates = ["1900-01-01", "", "2026-02-16", "31/12/2020", "2020-13-45"]
    numbers = [f"31000000{n}" for n in range(len(dates))]
    reading = read(
        tmp_path,
        *(structure(n, dateouv=date) for n, date in zip(numbers, dates, strict=True)),
        *(place(n, x=str(570000 + at)) for at, n in enumerate(numbers)),
    )
    opened = [None if day != day else day.date() for day in reading.table["opened"]]
    assert opened == [None, None, dt.date(2026, 2, 16), dt.date(2020, 12, 31), None]
    assert reading.anomalies.count() == {"missing-date": 2, "bad-date": 1, "future-date": 1}


def test_duplicates_are_listed_and_the_first_is_kept(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        structure("310000001"),
        structure("310000001"),
        structure("310000002"),
        structure("310000002", rs="UN AUTRE NOM"),
        place("310000001"),
        place("310000002"),
        place("310000002"),
        place("310000001", x="600000"),
    )
    assert list(reading.table["finess"]) == ["310000001", "310000002"]
    assert set(reading.table["name"]) == {"MSP D'ESSAI"}
    found = [(one.code, one.row, one.outcome) for one in reading.anomalies]
    assert ("duplicate-finess", 3, "set aside") in found
    assert ("duplicate-finess", 4, "kept") in found
    assert ("duplicate-finess", 5, "set aside") in found
    assert ("duplicate-geolocation", 8, "set aside") in found
    assert ("duplicate-geolocation", 9, "set aside") in found
    conflict = next(one for one in reading.anomalies if one.row == 5)
    assert "name" in conflict.reason.say("en")
    assert "4" in conflict.reason.say("fr")
    assert reading.provenance.rows_read == 4
    assert reading.provenance.rows_set_aside == 2
    assert reading.anomalies.count()["duplicate-position"] == 2


def test_duplicates_of_what_is_not_kept_are_listed_too(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        structure("310000001", categetab="620"),
        structure("310000002"),
        structure("310000001", categetab="620", rs="UN AUTRE NOM"),
        structure("310000002", categetab="620"),
        structure("310000003", categetab="620"),
        structure("310000003", categetab="620"),
        place("310000002"),
    )
    assert list(reading.table["finess"]) == ["310000002"]
    found = [
        (one.row, one.outcome, one.reason.values.get("fields"))
        for one in reading.anomalies
        if one.code == "duplicate-finess"
    ]
    assert found == [
        (7, "set aside", None),
        (4, "set aside", "name"),
        (5, "set aside", "category"),
        (2, "kept", "name"),
        (3, "kept", "category"),
    ]
    assert reading.provenance.rows_set_aside == 3


@pytest.mark.parametrize("size", [300, 2_000, 2**20])
def test_blocks_change_nothing(
    tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Whatever the size of the blocks, the sample's extractions and their join read the same."""
    for name in ("2021", "2026"):
        path = next((sample / "finess").glob(f"etalab-cs1100507-stock-{name}*"))
        other = next((sample / "finess").glob("etalab-cs1100502*"))
        whole = finess.read(path, with_502=other)
        monkeypatch.setattr(blocks, "BLOCK_BYTES", size)
        monkeypatch.setattr(blocks, "HELD_BYTES", 0)
        parts = finess.read(path, with_502=other)
        monkeypatch.undo()
        assert_geodataframe_equal(whole.table, parts.table)
        assert list(whole.anomalies) == list(parts.anomalies)
        assert whole.provenance == parts.provenance


def test_memory_holds_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 2**16)
    monkeypatch.setattr(blocks, "HELD_BYTES", 2**16)
    numbers = [f"31{n:07d}" for n in range(20_000)]
    path = write(
        tmp_path,
        MARKER,
        *(structure(n, categetab="620", rslongue="X" * 400) for n in numbers),
        place(numbers[0]),
    )
    finess.read(write(tmp_path, MARKER, structure(), place(), name="first.csv"))  # imports done
    held: list[int] = []
    before = pa.total_allocated_bytes()  # by tests that ran in this process
    reading = finess.read(
        path, progress=lambda *_: held.append(pa.total_allocated_bytes() - before)
    )
    assert reading.provenance.rows_read == 20_000
    assert len(held) > 50
    assert max(held) < path.stat().st_size / 5


def test_numbers(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        structure("2a0000001", departement="2A", commune="004"),
        structure("10000024", departement="01", commune="451"),
        structure("PAS UN NO"),
        structure(""),
    )
    assert list(reading.table["finess"]) == ["2A0000001", "010000024"]
    assert reading.table["commune"].tolist() == ["2A004", "01451"]
    outcomes = [one.outcome for one in reading.anomalies if one.code == "bad-finess-number"]
    assert outcomes == ["repaired", "repaired", "set aside", "set aside"]
    assert reading.provenance.rows_set_aside == 2


def test_places(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        structure("310000001", ligneacheminement="31059 TOULOUSE CEDEX 9"),
        structure("310000002", departement="9Z", libdepartement="SAINT MARTIN", commune="801"),
        structure("310000003", departement="9Z", libdepartement="ATLANTIDE"),
        structure("310000004", departement="9A", commune="305"),
        structure("310000005", departement="1", commune="4"),
        structure("310000006", commune=""),
        structure("310000007", departement="9A", commune="123"),
    )
    table = reading.table.set_index("finess")
    assert table.loc["310000001", "postcode"] != table.loc["310000001", "postcode"]  # null
    assert table.loc["310000001", "address"] == "1 R HAUTE 31059 TOULOUSE CEDEX 9"
    assert table.loc["310000002", ["departement", "commune"]].tolist() == ["978", "97801"]
    assert table.loc["310000003", ["departement", "commune", "legal_crs"]].isna().all()
    assert table.loc["310000004", "departement"] == "971"
    assert table.loc[["310000004", "310000006"], "commune"].isna().all()
    assert table.loc["310000005", "commune"] == "01004"
    assert table.loc["310000007", "commune"] == "97123"
    count = reading.anomalies.count()
    assert count["unknown-departement"] == 3
    assert (count["cedex-address"], count["commune-mismatch"]) == (1, 1)
    assert (count["lost-leading-zero"], count["missing-commune"]) == (1, 1)


def test_categories(tmp_path: Path) -> None:
    lines = [
        structure("310000001", categetab="124"),
        structure("310000002", categetab="439"),  # older code of a health centre
        structure("310000003", categetab="122"),  # a hospital, whatever some lists say
        structure("310000004", categetab="604"),
        structure("310000005", categetab=""),
    ]
    kinds = read(tmp_path, *lines)
    assert list(kinds.table["kind"]) == ["CDS", "CDS", "CPTS"]
    assert (kinds.provenance.rows_read, kinds.provenance.rows_set_aside) == (5, 1)
    assert only(kinds, "missing-category").outcome == "set aside"
    everything = read(tmp_path, *lines, categories="all")
    assert list(everything.table["kind"]) == ["CDS", "CDS", "other", "CPTS", "other"]
    assert only(everything, "missing-category").outcome == "kept"
    assert everything.provenance.rows_set_aside == 0


def test_a_file_of_which_nothing_can_be_kept(tmp_path: Path) -> None:
    pharmacy = read(tmp_path, structure(categetab="620"), place())
    assert (len(pharmacy.table), len(pharmacy.anomalies)) == (0, 0)
    cut = read(tmp_path, structure()[:90], place())
    assert (len(cut.table), cut.provenance.rows_set_aside) == (0, 1)
    assert len(read(tmp_path, structure(categetab="620")).table) == 0


def test_a_separator_inside_a_text_is_mended(tmp_path: Path) -> None:
    cut = structure("310000001", compldistrib="ZONE NORD ; ZAE")
    short = structure("310000002").removesuffix(";;")
    half = structure("310000003")[:120]
    reading = read(tmp_path, cut, short, half, "n'importe quoi", place(), place("310000002")[:-11])
    table = reading.table.set_index("finess")
    assert list(table.index) == ["310000001", "310000002"]
    assert table.loc["310000001", "commune"] == "31555"
    assert "ZONE NORD , ZAE" in table.loc["310000001", "address"]
    found = [(one.code, one.row, one.outcome) for one in reading.anomalies]
    assert ("too-many-fields", 2, "repaired") in found
    assert ("too-few-fields", 3, "repaired") in found
    assert ("too-few-fields", 4, "set aside") in found
    assert ("unknown-section", 5, "set aside") in found
    assert (reading.provenance.rows_read, reading.provenance.rows_set_aside) == (3, 1)


def test_stray_characters(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    lines = [MARKER, structure(rs='LA "MAISON', rslongue="UN\rRETOUR"), "", place()]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    reading = finess.read(path)
    row = reading.table.iloc[0]
    assert (row["name"], row["row"], row["position"]) == ("UN RETOUR", 2, "address")
    assert len(reading.anomalies) == 0


def test_damaged_bytes_are_shown(tmp_path: Path) -> None:
    path = write(tmp_path, MARKER, *(structure(f"31000{n:04d}", voie="ÉÉÉÉ") for n in range(20)))
    data = path.read_bytes()
    path.write_bytes(data.replace("ÉÉÉÉ".encode(), b"\xc9" + "ÉÉÉ".encode(), 1))
    reading = finess.read(path, layout="cs1100502")
    found = only(reading, "unreadable-bytes")
    assert (found.row, found.outcome) == (2, "kept")
    assert len(reading.table) == 20


@pytest.mark.parametrize(
    ("marker", "name", "given", "vintage", "basis", "codes"),
    [
        (MARKER, "f.csv", None, dt.date(2026, 1, 5), "file", set()),
        (
            "finess;etalab;94;AAAA-MM-JJ",
            "etalab-cs1100507-stock-20260512-0339.csv",
            *(None, dt.date(2026, 5, 12), "file name"),
            {"vintage-placeholder"},
        ),
        (
            "finess;etalab;94;1900-01-01",
            *("f.csv", None, None, "unknown"),
            {"vintage-placeholder", "vintage-missing"},
        ),
        (None, "f.csv", None, None, "unknown", {"vintage-missing"}),
        (MARKER, "f.csv", dt.date(2026, 1, 1), dt.date(2026, 1, 1), "study", {"vintage-differs"}),
    ],
)
def test_vintage(
    tmp_path: Path,
    marker: str | None,
    name: str,
    given: dt.date | None,
    vintage: dt.date | None,
    basis: str,
    codes: set[str],
) -> None:
    lines = ([marker] if marker else []) + [structure(), place()]
    reading = finess.read(write(tmp_path, *lines, name=name), vintage=given)
    assert (reading.provenance.vintage, reading.provenance.vintage_basis) == (vintage, basis)
    assert set(reading.anomalies.count()) == codes


def test_rows_newer_than_the_vintage_contradict_it(tmp_path: Path) -> None:
    reading = read(tmp_path, structure(maj="2026-03-01"), place())
    assert "mars 2026" in only(reading, "vintage-contradicted").reason.say("fr")


def test_502_alone(tmp_path: Path) -> None:
    path = write(tmp_path, MARKER, structure(), structure("310000002"))
    assert finess.recognise(path) == "cs1100502"
    reading = finess.read(path)
    assert (reading.provenance.layout, reading.provenance.tried_on_real_file) == (
        "cs1100502",
        False,
    )
    assert list(reading.table["position"]) == ["none", "none"]
    assert only(reading, "no-coordinates").row is None


def test_outer_join_of_502_and_507(tmp_path: Path) -> None:
    located = write(
        tmp_path, MARKER, structure("310000001"), structure("310000002"), place(), name="507.csv"
    )
    other = write(
        tmp_path,
        MARKER,
        structure("310000002", categetab="124"),
        structure("310000003", categetab="124"),
        name="502.csv",
    )
    reading = finess.read(located, with_502=other)
    assert list(reading.table["finess"]) == ["310000001", "310000002", "310000003"]
    assert list(reading.table["kind"]) == ["MSP", "MSP", "CDS"]
    assert [Path(file).name for file in reading.table["file"]] == ["507.csv", "507.csv", "502.csv"]
    assert only(reading, "only-in-507").record == "310000001"
    assert Path(only(reading, "only-in-502").file).name == "502.csv"
    disagrees = only(reading, "extractions-disagree")
    assert (disagrees.field, disagrees.value) == ("category", "603")
    assert reading.provenance.rows_read == 3
    (also,) = reading.also
    assert (Path(also.file).name, also.layout) == ("502.csv", "cs1100502")
    assert also.source_id != reading.provenance.source_id
    assert also.sha256 == hashlib.sha256(other.read_bytes()).hexdigest()
    assert (also.rows_read, also.rows_kept) == (2, 2)
    assert reading.provenance.note is not None
    assert "502.csv" in reading.provenance.note.say("fr")
    with pytest.raises(SourceError):
        finess.read(other, with_502=located)


def test_a_507_that_was_cut_before_its_coordinates(tmp_path: Path) -> None:
    path = write(tmp_path, MARKER, structure(), name="etalab-cs1100507-stock-20260105-0337.csv")
    reading = finess.read(path)
    assert reading.provenance.layout == "cs1100507"
    assert only(reading, "no-geolocation-block").row is None
    assert list(reading.table["position"]) == ["none"]


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    read(tmp_path, structure(), place(), progress=lambda _, done, total: told.append((done, total)))
    assert told[-1] == (3, 3)


def test_a_huge_cell_is_set_aside(tmp_path: Path) -> None:
    reading = read(tmp_path, structure(rs="X" * 3_000_000), structure("310000002"))
    found = only(reading, "huge-cell")
    assert (found.row, found.outcome) == (2, "set aside")
    assert found.value is not None
    assert len(found.value) <= 200
    assert list(reading.table["finess"]) == ["310000002"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "vide"),
        (MARKER.encode() + b"\n", "aucun établissement"),
        (MARKER.replace(";", ",").encode() + b"\n" + b"structureet,310000001,x\n", "séparés"),
        (bytes(range(256)) * 40, "binaire"),
        (gzip.compress(("\n".join([MARKER, *[structure()] * 9000])).encode())[:-3000], "tronqué"),
        ("\n".join([MARKER, structure()]).encode("utf-16"), "UTF-16"),
        (b"a;b;c\n1;2;3\n", "aucun"),
    ],
)
def test_broken_files_say_what_to_do(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=says) as caught:
        finess.read(path, layout="cs1100507")
    assert caught.value.do is not None
    assert caught.value.file == str(path)
    finess.recognise(path)  # never raises


def test_unknown_files_and_layouts(tmp_path: Path) -> None:
    path = write(tmp_path, "a;b;c", "1;2;3")
    assert finess.recognise(path) is None
    assert finess.recognise(tmp_path) is None
    assert finess.recognise(tmp_path / "absent.csv") is None
    with pytest.raises(SourceError, match="cs1100507"):
        finess.read(path)
    with pytest.raises(SourceError, match="cs1100502"):
        finess.read(path, layout="xls")
