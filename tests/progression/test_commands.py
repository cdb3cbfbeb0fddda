"""The commands: their JSON alone on standard output, their text, and bad use refused in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo_service.atlas import Atlas
from geo_service.cli import main

from .planted import order, store, structure


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]):
    def command(*words: object, language: str = "fr") -> tuple[int, str, str]:
        try:
            main(["--lang", language, *map(str, words)])
        except SystemExit as left:
            code = int(left.code or 0)
        else:
            code = 0
        said = capfd.readouterr()
        assert "Traceback" not in said.out + said.err
        return code, said.out, said.err

    return command


DATES = ("--from", "2017-12-31", "--to", "2025-12-31")


def test_progression_in_json_and_in_words(run, sample_file: Path) -> None:
    code, out, _ = run("progression", sample_file, *DATES, "--within", "qpv", "--json")
    told = json.loads(out)
    assert code == 0
    assert [one["kind"] for one in told] == ["MSP", "CDS"]
    for one in told:
        assert sum(n or 0 for n in one["parts"].values()) == one["difference"]
    code, out, _ = run("progression", sample_file, *DATES, "--kind", "MSP", language="en")
    assert code == 0
    assert "opened" in out
    assert "survivors" in out


def test_progression_by_class(run, sample_file: Path) -> None:
    asked = ("progression", sample_file, "--from", "2022-12-31", "--to", "2025-12-31")
    code, out, _ = run(*asked, "--within", "class-ZIP+ZAC", "--json")
    assert code == 0
    for one in json.loads(out):
        assert one["within"] == "class-ZIP+ZAC"
        assert sum(n or 0 for n in one["parts"].values()) == one["difference"]
        assert one["parts"]["perimeter"] > 0
        assert any("zonage" in change["reason"] for change in one["structures"])
    code, out, err = run(*asked, "--within", "class-XX")
    assert (code != 0, out) == (True, "")
    assert "ZIP, ZAC" in err


def test_an_undated_zoning_counts_only_if_assumed(run, tmp_path: Path) -> None:
    path = tmp_path / "r.gpkg"
    rows = [structure("140000001", 3_000, 3_000)]
    store(path, rows, orders=[order("commune", "14001", "ZIP")]).close()
    asked = ("progression", path, *DATES, "--kind", "MSP", "--within", "class-ZIP")
    code, out, _ = run(*asked, "--json")
    (told,) = json.loads(out)
    assert (code, told["first"], told["difference"]) == (0, None, None)
    code, out, _ = run(*asked, "--assume-undated")
    assert code == 0
    assert "1 au 31 décembre 2017, 1 au 31 décembre 2025" in out
    assert "Hypothèse" in out


def test_two_results(run, sample_file: Path) -> None:
    code, out, _ = run("progression", sample_file, sample_file, *DATES, "--json", "--kind", "CDS")
    (told,) = json.loads(out)
    assert code == 0
    assert told["registers"] == 2
    assert told["parts"]["moved"] == told["parts"]["reclassified"] == 0


def test_quarters(run, sample: Path, sample_file: Path) -> None:
    squares = sample / "population" / "carreaux200m_fictif.parquet"
    code, out, _ = run("qpv-2015-2024", sample_file, "--squares", squares, "--json")
    told = json.loads(out)
    assert code == 0
    assert {one["people_basis"] for one in told["items"]} == {"squares", None}
    code, out, _ = run("qpv-2015-2024", sample_file)
    assert code == 0
    assert "960" in out


@pytest.mark.parametrize("suffix", [".csv", ".geojson", ".gpkg", ".html"])
def test_states_are_written(run, sample_file: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"etats{suffix}"
    code, said, _ = run("states", sample_file, "--date", "2026-01-05", "--out", out, "--json")
    assert code == 0
    assert json.loads(said)["states"]["announced"] == 1
    assert out.stat().st_size > 1000


@pytest.mark.parametrize("territory", ["departement", "epci", "commune", "qpv"])
def test_the_map_of_states_is_that_of_its_date_and_territory(
    run, sample_file: Path, tmp_path: Path, territory: str
) -> None:
    atlas = Atlas(sample_file)
    layer = {"qpv": "qpv_2024", "commune": "communes", "departement": "departements"}
    held = atlas.layer(layer.get(territory, territory))
    inside = atlas.layer("structures")
    column = {"qpv": "qpv"}.get(territory, territory)
    code = inside[column].dropna().str.split().str[0].value_counts().index[0]
    out = tmp_path / "states.html"
    place = f"{territory}:{code}"
    asked = ("states", sample_file, "--date", "2026-01-05", "--territory", place)
    exit_code, said, _ = run(*asked, "--out", out, "--json")
    assert exit_code == 0
    assert 0 < sum(json.loads(said)["states"].values()) < len(inside)
    page = out.read_text(encoding="utf-8")
    name = held.loc[held["code"] == code, "name"].iloc[0]
    assert "5 janvier 2026" in page
    assert "31 janvier 2026" not in page
    assert "situation au 2026-01-05" in page
    assert f"{code if territory == 'qpv' else name} – " in page
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    shown = {one["id"] for one in data["layers"] if one["shown"]}
    assert {"departements", layer.get(territory, territory)} <= shown


def test_a_map_of_a_qpv_of_2015_opens_on_it(run, sample_file: Path, tmp_path: Path) -> None:
    own = Atlas(sample_file).layer("qpv_2015").iloc[0]
    out = tmp_path / "quarter.html"
    run(
        "states",
        sample_file,
        "--date",
        "2020-12-31",
        "--territory",
        f"qpv:{own.code}",
        "--out",
        out,
    )
    page = out.read_text(encoding="utf-8")
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    west, south, east, north = own.geometry.bounds
    assert data["places"][0] == [[south, west], [north, east]]
    assert {one["id"]: one["shown"] for one in data["layers"]}["qpv_2015"]


def test_a_map_of_seats_alone_shows_them(run, sample_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "seats.html"
    run("states", sample_file, "--date", "2026-01-31", "--kind", "CPTS", "--out", out)
    page = out.read_text(encoding="utf-8")
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    assert {one["id"]: one["shown"] for one in data["layers"] if one["role"] == "points"} == {
        "CPTS": True
    }


def test_what_is_not_open_yet_has_the_outline_of_its_symbol(
    run, sample_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "states.html"
    run("states", sample_file, "--date", "2018-12-31", "--out", out)
    page = out.read_text(encoding="utf-8")
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    points = {one["id"]: one for one in data["layers"] if one["role"] == "points"}
    assert points["MSP"]["mark"]["outlined"] is False
    later = points["MSP later"]
    assert later["mark"] == {**points["MSP"]["mark"], "outlined": True}
    assert later["title"] == "Maisons de santé – ouverture postérieure"
    assert "État" in later["fields"]


@pytest.mark.parametrize(
    "words",
    [
        ("progression", "{r}", "--from", "hier", "--to", "2025-12-31"),
        ("progression", "{r}", "--from", "2025-12-31", "--to", "2017-12-31"),
        ("progression", "{r}", *DATES, "--kind", "XXX"),
        ("progression", "{r}", *DATES, "--within", "loin"),
        ("progression", "{r}", *DATES, "--territory", "region:1"),
        ("progression", "absent.gpkg", *DATES),
        ("progression", "{r}", "absent.gpkg", *DATES),
        ("qpv-2015-2024", "{r}", "--squares", "absent.parquet"),
        ("states", "{r}", "--date", "2026-01-05", "--out", "etats.xyz"),
        ("states", "{r}", "--date", "2026-01-05", "--density", "absent.csv"),
        ("mesure9", "{r}", "--territory", "region:1"),
        ("mesure9", "{r}", "--scope", "mono"),
    ],
)
def test_bad_use_is_refused_in_words(run, sample_file: Path, words: tuple[str, ...]) -> None:
    code, out, err = run(*(word.replace("{r}", str(sample_file)) for word in words))
    assert code != 0
    assert out == ""
    assert err.strip()
