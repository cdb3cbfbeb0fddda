"""Official figures as pages, downloads and answers of the API."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from geo_service.official import official_series, targets


@pytest.fixture(scope="module")
def client(plain: Any) -> Any:
    return plain


def text(client: Any, address: str) -> str:
    found = client.ask(address)
    assert found.status_code == 200, address
    client.check(found, address)
    return found.get_data(as_text=True)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_series_and_target_stands_on_the_page(client: Any, language: str) -> None:
    page = text(client, f"/officiel?lang={language}")
    for name, series in official_series().items():
        assert f'id="{name}"' in page
        assert str(series.perimeter.label.say(language)).replace("'", "&#39;") in page
    for name in targets():
        assert f'id="cible-{name}"' in page


def test_why_two_figures_differ_is_said(client: Any) -> None:
    page = text(client, "/officiel?lang=en")
    assert "1251 on March 31, 2019" in page
    assert "1307 on December 31, 2018" in page


def test_a_line_is_one_perimeter(client: Any) -> None:
    page = text(client, "/officiel")
    for name in ("barometre_msp", "mesure9_msp_national", "objectif4_msp"):
        assert page.count(f'href="/officiel/{name}"') >= 2  # in the legend and in the tables
    assert page.count("<svg") >= 6  # wide and narrow, three kinds


def test_the_flagged_increase_is_marked_in_words(client: Any) -> None:
    page = text(client, "/officiel?lang=en")
    assert "does not follow" in page
    assert "180 is exactly the increase" in page
    assert "180 est exactement" in text(client, "/officiel/s2_etudiants_nouvelles")


def test_what_was_not_given_is_no_0(client: Any) -> None:
    page = text(client, "/officiel/mesure9_msp_quartier_vecu?lang=en")
    assert "n/a" in page
    assert "unknown, not zero" in page
    rows = list(
        csv.DictReader(io.StringIO(text(client, "/officiel/mesure9_msp_quartier_vecu.csv")))
    )
    assert [row["value"] for row in rows] == ["", "68.0", ""]


def test_a_series_has_every_row(client: Any) -> None:
    page = text(client, "/officiel/barometre_msp")
    assert "departement:2A" in page
    assert page.count("<tr>") == 307
    rows = list(csv.DictReader(io.StringIO(text(client, "/officiel/barometre_msp.csv"))))
    assert len(rows) == 306
    assert {row["perimeter"] for row in rows} == {"barometre-msp"}


def test_all_rows_come_as_one_csv(client: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(text(client, "/officiel.csv"))))
    assert len(rows) == sum(len(series.rows) for series in official_series().values())
    assert {row["status"] for row in rows} <= {"seen", "measured", "inferred", "memory"}


@pytest.mark.parametrize("address", ["/officiel/nope", "/officiel/nope.csv", "/officiel/%3Cx%3E"])
def test_an_unknown_series_is_a_404(client: Any, address: str) -> None:
    assert client.ask(address).status_code == 404


def test_the_api_says_the_same(client: Any) -> None:
    held = client.ask("/api/v1/officiel?kind=MSP&limit=5000").get_json()
    assert {one["kind"] for one in held["items"]} == {"MSP"}
    assert {one["name"] for one in held["targets"]} >= {"msp_plus_1000", "msp_cible_2000"}
    one = client.ask("/api/v1/officiel/mesure9_msp_national?lang=en").get_json()
    assert [row["value"] for row in one["values"]] == [1048, 1251]
    apart = {other["name"]: other["clashes"] for other in one["apart"]}
    assert any("1307" in clash for clash in apart["barometre_msp"])
    null = client.ask("/api/v1/officiel/mesure9_cds_quartier_vecu").get_json()["values"][0]
    assert null["value"] is None
    unknown = client.ask("/api/v1/officiel/nope")
    assert (unknown.status_code, unknown.mimetype) == (404, "application/problem+json")
