"""The ANS feed on made-up files."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import random
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from geo_service.core.errors import SourceError
from geo_service.core.result import Reading
from geo_service.core.tables import STRUCTURES, check_table
from geo_service.sources import finess

DEGREES = ("1.443726", "43.598795")
METRES = ("574306.6", "6278987.6")


def coordinates(first: tuple[str, str], second: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {
        "coordonneeX": first[0],
        "coordonneeY": first[1],
        "directionLongitude": second[0],
        "directionLatitude": second[1],
        "cleInInteropBAN": "31555_1234_00012",
        "scoreBAN": "0.97",
        **more,
    }


def address(usage: str = "03", place: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "usageAdresse": usage,
        "numeroVoie": "12",
        "typeVoie": "R",
        "libelleVoie": "HAUTE",
        "cogCommune": "31555",
        "codePostal": "31000",
        "ligneAcheminement": "TOULOUSE",
        "coordonneesGeographique": place,
        **more,
    }


def site(number: str, *addresses: dict[str, Any], **more: Any) -> dict[str, Any]:
    facts = {
        "numFinessEge": number,
        "nomEgeLong": "MAISON DE SANTE D'ESSAI",
        "nomEgeCourt": "MSP",
        "dateOuverture": "2018-04-05",
        "dateFermeture": None,
        "siret": "",
    }
    known = {key: more.pop(key) for key in list(more) if key in facts}
    return {
        "informationsGeneralesEGE": facts | known,
        "categorieentiteGeographiqueExercice": "603",
        "etatObjet": "A",
        "adresse": list(addresses or [address(place=coordinates(DEGREES, METRES))]),
        **more,
    }


def write(folder: Path, *sites: dict[str, Any], name: str = "feed.json.gz") -> Path:
    person = {
        "informationsGeneralesPMEJ": {"numFinessPm": "310999999"},
        "etatObjet": "A",
        "ege": list(sites),
    }
    feed = {
        "schemaVersion": "1",
        "generatedAt": "2026-08-13T02:07:19Z",
        "pmej": [person],
        "gco": [],
        "gcc": [],
    }
    path = folder / name
    path.write_bytes(gzip.compress(json.dumps(feed).encode()))
    return path


def read(folder: Path, *sites: dict[str, Any], **options: Any) -> Reading:
    path = write(folder, *sites)
    assert finess.recognise(path) == "ans-json"
    reading = finess.read(path, **options)
    check_table(reading.table, STRUCTURES)
    return reading


def test_a_site(tmp_path: Path) -> None:
    reading = read(tmp_path, site("310000001"))
    row = reading.table.iloc[0]
    assert (row["finess"], row["finess_ej"], row["kind"]) == ("310000001", "310999999", "MSP")
    assert (row["commune"], row["departement"], row["postcode"]) == ("31555", "31", "31000")
    assert (row["x"], row["source_crs"]) == (574306.6, 2154)
    assert (row["lon"], row["lat"]) == pytest.approx((1.443726, 43.598795), abs=2e-5)
    assert (row["position"], row["score"], row["address"]) == (
        "address",
        97.0,
        "12 R HAUTE 31000 TOULOUSE",
    )
    assert len(reading.anomalies) == 0
    known = reading.provenance
    assert (known.vintage, known.vintage_basis) == (dt.date(2026, 8, 13), "file")
    assert not known.tried_on_real_file


@pytest.mark.parametrize(
    "pairs",
    [
        (DEGREES, METRES),
        (METRES, DEGREES),
        (METRES[::-1], DEGREES),
        (DEGREES[::-1], METRES),
        (DEGREES, ("", "")),
        ((None, None), METRES),
    ],
)
def test_pairs_are_told_by_their_values(tmp_path: Path, pairs: Any) -> None:
    place = coordinates(*pairs)
    reading = read(tmp_path, site("310000001", address(place=place)))
    row = reading.table.iloc[0]
    assert (row["lon"], row["lat"]) == pytest.approx((1.443726, 43.598795), abs=2e-5)
    assert row["position"] == "address"
    codes = set(reading.anomalies.count())
    assert ("exchanged-pairs" in codes) == (pairs[0] in (METRES, METRES[::-1]))
    swapped = pairs in ((METRES[::-1], DEGREES), (DEGREES[::-1], METRES))
    assert ("swapped-coordinates" in codes) == swapped


def test_the_place_of_practice_is_taken(tmp_path: Path) -> None:
    elsewhere = coordinates(("2.35", "48.85"), ("", ""))
    seat = address("06", elsewhere, cogCommune="75056", codePostal="75001")
    practice = address(place=coordinates(DEGREES, METRES))
    reading = read(
        tmp_path,
        site("310000001", seat, practice),
        site("310000002", seat),
        site("310000003", address(place=None), practice | {"numeroVoie": "13"}),
    )
    table = reading.table.set_index("finess")
    assert table.loc["310000001", ["commune", "position"]].tolist() == ["31555", "address"]
    assert table.loc["310000002", ["commune", "position"]].tolist() == ["75056", "none"]
    assert table.loc["310000003", "address"].startswith("13 ")
    refused = [one for one in reading.anomalies if one.code == "no-practice-address"]
    assert [(one.record, one.row, one.field) for one in refused] == [
        ("310000002", 2, "usageAdresse")
    ]


def test_a_ban_key_that_names_a_commune_is_a_commune_centre(tmp_path: Path) -> None:
    place = coordinates(DEGREES, METRES, cleInInteropBAN="31555", scoreBAN="1")
    reading = read(tmp_path, site("310000001", address(place=place)))
    assert list(reading.table["position"]) == ["commune-centre"]
    assert reading.anomalies.count() == {"commune-centre": 1}


@pytest.mark.parametrize("score", ["0.55", "55"])
def test_scores_of_one_and_of_a_hundred(tmp_path: Path, score: str) -> None:
    other = "0.99" if score.startswith("0") else "99"
    reading = read(
        tmp_path,
        site("310000001", address(place=coordinates(DEGREES, METRES, scoreBAN=score))),
        site("310000002", address(place=coordinates(DEGREES, ("", ""), scoreBAN=other))),
    )
    assert list(reading.table["score"]) == [55.0, 99.0]
    assert list(reading.table["position"]) == ["low-score", "address"]


def test_closed_and_inactive_sites(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        site("310000001", etatObjet="I", dateFermeture="2020-06-30"),
        site("310000002", etatObjet="I"),
        site("310000003", dateFermeture="2001-01-01"),
    )
    assert list(reading.table["finess"]) == ["310000001", "310000003"]
    assert reading.table.iloc[0]["closed"].date() == dt.date(2020, 6, 30)
    count = reading.anomalies.count()
    assert (count["inactive-without-date"], count["closed-before-opened"]) == (1, 1)
    assert reading.provenance.rows_set_aside == 1


def test_other_spellings_of_the_published_schema(tmp_path: Path) -> None:
    other = {
        "informations_generales_ege": {"NUMFINESSEGE": "310000001", "nomEgeLong": "X"},
        "categorieEntiteGeographiqueExercice": {"code": "124", "system": "…/tre-r397"},
        "etatObjet": {"code": "A"},
        "adresse": address(place=coordinates(DEGREES, METRES)),
    }
    path = tmp_path / "feed.json"
    path.write_text(json.dumps({"schemaVersion": "1", "PMEJ": [{"ege": [other]}], "gco": []}))
    reading = finess.read(path)
    assert (reading.table.iloc[0]["kind"], reading.table.iloc[0]["position"]) == ("CDS", "address")
    assert reading.anomalies.count()["missing-date"] == 1
    assert "vintage-placeholder" in reading.anomalies.count()


def test_every_site_is_counted_and_faults_are_listed(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        site("310000001", categorieentiteGeographiqueExercice="620"),
        site("310000002"),
        site("310000002"),
        site("", categorieentiteGeographiqueExercice="603"),
        {"ege": 3},
        site("310000003", address(place=coordinates(("NaN", "inf"), ("x", "y")))),
    )
    assert list(reading.table["finess"]) == ["310000002", "310000003"]
    known = reading.provenance
    assert (known.rows_read, known.rows_kept, known.rows_set_aside) == (6, 2, 3)
    count = reading.anomalies.count()
    assert (count["duplicate-finess"], count["bad-finess-number"]) == (1, 2)
    assert count["bad-coordinates"] == 1
    assert len(read(tmp_path, site("310000001"), categories="all").table) == 1


def test_broken_feeds(tmp_path: Path) -> None:
    sites = [site(f"31{n:07d}") for n in range(2000)]
    whole = gzip.decompress(write(tmp_path, *sites).read_bytes())
    path = tmp_path / "broken.json"
    for content in (
        whole[: len(whole) // 2],
        gzip.compress(whole)[:-2000],
        whole[:5000] + b"\x00\xff{{" + whole[5000:],
        b'{"schemaVersion": "1", "pmej": [], "gco": []}',
        b'{"schemaVersion": "1", "gco": []}',
        b"[]",
        b"",
    ):
        path.write_bytes(content)
        with pytest.raises(SourceError) as caught:
            finess.read(path, layout="ans-json")
        assert caught.value.do is not None


def test_memory_does_not_hold_the_feed(tmp_path: Path) -> None:
    chance = random.Random(5)
    other = [
        site(
            f"31{n:07d}",
            categorieentiteGeographiqueExercice="620",
            filler=chance.randbytes(1000).hex(),
        )
        for n in range(3000)
    ]
    path = write(tmp_path, *other[:1])
    people = [json.dumps({"ege": other[n : n + 10]}) for n in range(0, 3000, 10)]
    text = '{"generatedAt": "2026-08-13", "pmej": [' + ",".join(people) + "]}"
    path.write_bytes(gzip.compress(text.encode()))
    finess.read(write(tmp_path, site("310000001"), name="first.json.gz"))  # imports done
    del other, people
    tracemalloc.start()
    try:
        reading = finess.read(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert reading.provenance.rows_read == 3000
    assert len(text) > 7_500_000
    assert peak < 5_000_000


def test_a_departement_without_our_kinds_is_covered(tmp_path: Path) -> None:
    pharmacy = site(
        "2B0000001",
        address("01", cogCommune="75056"),
        address("03", cogCommune="2B033"),
        categorieentiteGeographiqueExercice="620",
    )
    reading = read(tmp_path, site("310000001"), pharmacy)
    assert list(reading.table["finess"]) == ["310000001"]
    assert list(reading.extra["departements"]["departement"]) == ["2B", "31"]


_OPENING = b'{"schemaVersion": "1", "gco": [], "pmej": ['


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"x": "' + b"a" * 10_000_000, "guillemet"),
        (b" " * 10_000_000, "guillemet"),
        (b'{"x": ' + b"1" * 10_000_000, "guillemet"),
        (b"{}," * 1_000_000, "guillemet"),
        (b'{"a":1},' * 600_000, "bombe"),
        (b'{"ege":[{"categorieEge":"1"}]},' * 150_000, "bombe"),
    ],
)
def test_a_bomb_is_refused_at_its_beginning(tmp_path: Path, body: bytes, says: str) -> None:
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(gzip.compress(_OPENING + body))
    told: list[int] = []
    with pytest.raises(SourceError, match=says):
        finess.read(path, progress=lambda _, done, __: told.append(done), layout="ans-json")
    assert max(told, default=0) < 250_000


def test_stray_characters(tmp_path: Path) -> None:
    path = write(tmp_path, site("310000001", nomEgeLong="UN\x00DEUX\nTROIS\u2028"))
    path.write_bytes(b"\xef\xbb\xbf" + gzip.decompress(path.read_bytes()))
    reading = finess.read(path)
    assert list(reading.table["name"]) == ["UN DEUX TROIS"]
