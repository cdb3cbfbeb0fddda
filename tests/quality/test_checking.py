"""What a check finds in official files: the faults planted in the sample, and damaged copies."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest

from geo_service.core.contracts import Layout, Source
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T
from geo_service.quality import MAX_AGE_DAYS, Checked, CheckedFile, check_files
from geo_service.quality.checking import claims_of

TODAY = dt.date(2026, 11, 22)
REGISTER = "finess/etalab-cs1100507-stock-20260105-0337.csv"


@pytest.fixture(scope="module")
def checked(sample: Path) -> Checked:
    return check_files([sample], today=TODAY)


def _file(checked: Checked, name: str) -> CheckedFile:
    return next(file for file in checked.files if file.path.endswith(name))


def test_every_file_of_the_sample_is_read_by_its_source(checked: Checked, sample: Path) -> None:
    reader = {
        Path(file.path).name: file.source.name for file in checked.having("read") if file.source
    }
    assert reader["QP2024_fictif.zip"] == "qpv"
    assert reader["qpv2024_indicateurs_insee_fictif.csv"] == "population"
    assert reader["zonage_qpv_fictif.xlsx"] == "zonage"
    assert reader["apl_drees_fictif.xlsx"] == "apl"
    assert reader["finess-structures-mensuel-202608.json.gz"] == "finess"
    assert {Path(file.path).name for file in checked.having("unrecognised")} == {
        *("README.md", "expected.json", "study.toml"),
        "correspondance-tvs-communes-fictif.csv",
    }
    assert not checked.unreadable
    assert len(checked.files) == sum(path.is_file() for path in sample.rglob("*"))


def test_the_planted_faults_are_listed_by_code(checked: Checked) -> None:
    assert {
        code: sum(became.values()) for code, became in _file(checked, REGISTER).count().items()
    } == {
        "cedex-address": 1,
        "commune-centre": 4,
        "duplicate-finess": 2,
        "future-date": 1,
        "geolocation-without-structure": 1,
        "low-score": 2,
        "missing-date": 1,
        "outside-commune": 1,
        "structure-without-geolocation": 1,
        "unknown-crs": 1,
    }
    zones = _file(checked, "QP2024_fictif.zip").count()
    assert zones == {"invalid-geometry": {"repaired": 1}, "zero-area": {"set aside": 1}}
    assert _file(checked, "qp2015_fictif.zip").count() == {"shifted-layer": {"set aside": 1}}
    assert _file(checked, "finess-structures-mensuel-202608.json.gz").count()[
        "swapped-coordinates"
    ] == {"repaired": 1}


def test_rows_add_up(checked: Checked) -> None:
    assert _file(checked, REGISTER).rows == {"read": 219, "kept": 64, "set_aside": 1, "other": 154}


def test_names_of_communes_are_read_with_the_territories_checked(
    checked: Checked, sample: Path
) -> None:
    name = "zonage/zonage_communes_fictif.csv"
    alone = check_files([sample / name], today=TODAY)
    assert "no-register" in alone.files[0].count()
    assert alone.register is None
    assert alone.files[0].rows["kept"] == 0
    assert "nothing-kept" in {notice.code for notice in alone.files[0].notices}
    together = _file(checked, name)
    assert "no-register" not in together.count()
    assert together.count()["unmatched-commune"] == {"set aside": 1}  # the misspelt one
    assert together.rows["kept"] == 42
    assert checked.register is not None


def test_age_is_counted_from_the_day_given(sample: Path) -> None:
    vintage = dt.date(2026, 1, 5)

    def notices(days: int) -> set[str]:
        day = vintage + dt.timedelta(days=days)
        (file,) = check_files([sample / REGISTER], today=day).files
        assert file.age_days == days
        return {notice.code for notice in file.notices}

    assert notices(MAX_AGE_DAYS) == set()
    assert notices(MAX_AGE_DAYS + 1) == {"vintage-old"}
    assert notices(-1) == {"vintage-future"}


def test_an_unknown_vintage_is_said(checked: Checked) -> None:
    file = _file(checked, "QP2024_fictif.zip")
    assert file.age_days is None
    assert "vintage-unknown" in {notice.code for notice in file.notices}


def test_json_is_plain_and_complete(checked: Checked) -> None:
    told = json.loads(json.dumps(checked.to_json(), allow_nan=False))
    assert told["totals"]["files"] == len(told["files"]) == len(checked.files)
    assert len(told["anomalies"]) == told["totals"]["anomalies"]
    counted = Counter(one["code"] for one in told["anomalies"])
    from_files: Counter[str] = Counter()
    for file in told["files"]:
        for code, these in file["anomalies"].items():
            assert sum(these["outcomes"].values()) == these["count"]
            from_files[code] += these["count"]
    assert counted == from_files
    file = next(one for one in told["files"] if one["file"].endswith(REGISTER))
    assert (file["source"], file["layout"], file["vintage"]) == (
        *("finess", "cs1100507"),
        "2026-01-05",
    )
    assert len(file["sha256"]) == 64
    outside = next(one for one in told["anomalies"] if one["code"] == "outside-commune")
    assert isinstance(outside["row"], int)
    assert isinstance(outside["lon"], float)
    assert set(outside["reason"]) == {"fr", "en"}


def test_text_is_short_and_in_one_language(checked: Checked) -> None:
    from geo_service.core.i18n import use_language

    with use_language("en"):
        text = checked.to_text()
    assert "Files read: 32, not recognised: 4, unreadable: 0" in text
    assert "zero-area" in text
    assert "set aside 1" in text
    assert "illisible" not in text.lower()
    assert "Fichiers lus : 32" in checked.to_text()


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("qpv/QP2024_fictif.zip", 3000),
        ("finess/etablissements_fictif_2026.csv.gz", 6000),
        ("zonage/zonage_qpv_fictif.xlsx", 5000),
        ("cog/regions_fictif.csv", 0),
    ],
)
def test_a_damaged_file_is_unreadable_and_stops_nothing(
    sample: Path, tmp_path: Path, source: str, kept: int
) -> None:
    damaged = tmp_path / ("1-" + Path(source).name)
    damaged.write_bytes((sample / source).read_bytes()[:kept])
    sound = tmp_path / "2-regions.csv"
    sound.write_bytes((sample / "cog/regions_fictif.csv").read_bytes())
    checked = check_files([tmp_path], today=TODAY)
    assert [file.status for file in checked.files] == ["unreadable", "read"]
    assert checked.unreadable
    error = checked.files[0].error
    assert isinstance(error, SourceError)
    assert str(damaged) in error.say("fr")
    assert str(damaged) in checked.to_text()
    assert checked.to_json()["files"][0]["error"]["en"] == error.say("en")


def test_a_recognised_file_that_cannot_be_read_names_its_source(tmp_path: Path) -> None:
    file = tmp_path / "zonage.csv"
    file.write_text("Code,Libellé,Zonage_MG\n", encoding="utf-8")
    (checked,) = check_files([file], today=TODAY).files
    assert checked.status == "unreadable"
    assert checked.source is not None
    assert checked.source.name == "zonage"


def test_terminal_codes_and_lost_surrogates_in_a_name_do_no_harm(
    sample: Path, tmp_path: Path
) -> None:
    content = (sample / "cog/regions_fictif.csv").read_bytes()
    (tmp_path / "\x1b[31m\nrouge\u202e.csv").write_bytes(content)
    (tmp_path / "\udcff.csv").write_bytes(content)
    checked = check_files([tmp_path], today=TODAY)
    assert "\x1b" not in checked.to_text()
    json.dumps(checked.to_json(), ensure_ascii=False).encode("utf-8")
    checked.to_text().encode("utf-8")
    assert {file.status for file in checked.files} == {"read", "unreadable"}


def _source(name: str, layouts: int, *, tried: bool = True) -> Source:
    return Source(
        name=name,
        label=T("x", "x"),
        gives="apl",
        publisher="x",
        licence="x",
        layouts=tuple(Layout(f"l{n}", T("x", "x"), tried) for n in range(layouts)),
        recognise=lambda _path: "l0",
        read=lambda _path: None,  # type: ignore[arg-type, return-value]
    )


def test_of_two_sources_the_most_specific_reads() -> None:
    sources = [_source("a", 9), _source("b", 1, tried=False), _source("c", 2), _source("d", 2)]
    claims = claims_of(Path("x"), {source.name: source for source in sources})
    assert [source.name for source, _ in claims] == ["c", "d", "a", "b"]


_UNKNOWN = {
    *("README.md", "schema-structures-v1.json", "ept.xlsx", "collectivites-outremer.csv"),
    *("monaco_osrm.osm.pbf", "paris_bss_valhalla.osm.pbf", "grille_densite_communes.csv.gz"),
}
_OF_FOLDER = {
    "admin": "territories",
    "communes": "territories",
    "apl": "apl",
    "zonage": "zonage",
    "barometre": "series",
    "population": "population",
    "finess": "finess",
    "qpv": "qpv",
}


@pytest.mark.slow
def test_the_real_files_are_read_whole(real_data: Path) -> None:
    checked = check_files([real_data], today=TODAY)
    assert not checked.unreadable, checked.to_text()
    for file in checked.files:
        path = Path(file.path)
        if path.name in _UNKNOWN:
            assert file.status == "unrecognised", path
            continue
        expected = _OF_FOLDER[path.relative_to(real_data).parts[0]]
        if path.name == "qpv2024_indicateurs_insee.csv":
            expected = "population"
        assert file.source is not None, path
        assert file.source.name == expected, path
        assert file.others == (), path
    assert _file(checked, "qpv2024_simplified.geojson.gz").count()["zero-area"] == {"set aside": 3}
    assert _file(checked, "qpv2024_indicateurs_insee.csv").count()["repeat"] == {"set aside": 195}
    flat = _file(checked, "etablissements_occitanie_2026.csv.gz")
    assert flat.count()["outside-commune"] == {"kept": 1}
    zonage = _file(checked, "zonage_medecin_communes_national.csv.gz")
    assert zonage.count()["repeated-row"] == {"set aside": 3555}
    assert zonage.rows["kept"] > 35_000
    json.dumps(checked.to_json(), allow_nan=False)
