"""The pages and the operations about aids."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from geo_service.aids import FACTS, load_aids
from geo_service.web import create_app

PLACE = "lon=-3.0527&lat=46.0098"
"""In a QPV of class ZIP of the fictitious region 99."""
PROJECT = (
    "structure=medical&opened=2025-10-01&gp_fte=1.5&pdsa=true&contracts=none&manager=epci"
    "&professionals=3"
)


@pytest.fixture(scope="module")
def app(sample_file: Path) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_RATE", "off")
        return create_app(sample_file)


@pytest.fixture
def client(app: Any) -> Any:
    return app.test_client()


# Pages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_form_asks_every_fact_and_lists_every_rule(client: Any, language: str) -> None:
    text = client.get(f"/aides?lang={language}").text
    for name in FACTS:
        assert f'name="{name}"' in text, name
    for aid in load_aids():
        assert f"/aides/{aid.id}" in text
    fields = re.findall(r'<(?:input|select)[^>]* id="([^"]+)"', text)
    for field in fields:
        assert f'for="{field}"' in text or field == "q" or "find" in field, field


def test_an_answer_says_status_amount_and_reasons(client: Any) -> None:
    answer = client.get(f"/aides?{PLACE}&{PROJECT}&as_region=53")
    assert answer.status_code == 200
    text = answer.text
    row = re.search(r'data-aid="cai".*?</tr>', text, re.DOTALL)
    assert row
    assert "éligible" in row[0]
    assert "42 500" in row[0].replace("\u202f", " ").replace("\xa0", " ")
    assert "Hypothèse" in text
    assert "classe du lieu : ZIP" in text
    assert 'href="#f-agreement"' in text  # what is still missing, and the field for it
    assert 'value="1.5"' in text  # the form keeps what was given
    assert "/api/v1/aides/eligibilite?" in text


def test_an_answer_is_kept_by_nobody(client: Any) -> None:
    for address in (f"/aides?{PLACE}", f"/aides.csv?{PLACE}", "/aides?lon=1"):
        assert "no-store" in client.get(address).headers["Cache-Control"]
    form = client.get("/aides")
    assert form.headers["ETag"]
    assert "no-store" not in form.headers["Cache-Control"]


def test_another_region_is_a_reason_without_the_hypothesis(client: Any) -> None:
    text = client.get(f"/aides?{PLACE}&{PROJECT}").text
    assert "aide de région Bretagne (53) ; le lieu : 99" in text
    assert "Hypothèse" not in text


def test_facts_without_a_place_are_answered_too(client: Any) -> None:
    text = client.get("/aides?structure=msp&lang=en").text
    assert "No place given." in text
    row = re.search(r'data-aid="cai".*?</tr>', text, re.DOTALL)
    assert row
    assert "not eligible" in row[0]


def test_no_aid_in_force_is_said(client: Any) -> None:
    assert (
        "Aucun fichier d&#39;aide n&#39;est en vigueur" in client.get("/aides?date=1999-01-01").text
    )


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("structure=zzz", "structure"),
        ("gp_fte=1_0", "gp_fte"),
        ("gp_fte=-1", "gp_fte"),
        ("gp_fte=nan", "gp_fte"),
        ("doctors=2.5", "doctors"),
        ("pdsa=oui", "pdsa"),
        ("opened=2021-02-30", "opened"),
        ("lon=1", "lat"),
        ("lon=abc&lat=1", "lon"),
        ("lon=1&lat=91", "lat"),
        ("date=hier", "date"),
        ("date=2021-13-01", "date"),
        ("as_region=76", "as_region"),
        ("structure=medical&state=new&opened=2001-01-01", "state"),
        ("town_share=0.5&hospital_share=0.6", "hospital_share"),
        (f"structure={'x' * 3000}", "structure"),
    ],
)
def test_what_is_not_accepted_is_said_above_the_form(client: Any, query: str, said: str) -> None:
    for path in ("/aides", "/aides.csv"):
        answer = client.get(f"{path}?{query}")
        assert answer.status_code == 422
        assert said in answer.text
    assert 'role="alert"' in client.get(f"/aides?{query}").text


def test_what_a_visitor_writes_is_told_as_text(client: Any) -> None:
    attack = "<script>alert(1)</script>"
    for name in ("lon", "date", "as_region", "structure", "gp_fte", "contracts"):
        text = client.get("/aides", query_string={name: attack, "pdsa": "true"}).text
        assert attack not in text


def test_several_contracts_are_one_list(client: Any) -> None:
    query = f"{PLACE}&{PROJECT.replace('contracts=none', 'contracts=cai&contracts=cosco')}"
    text = client.get(f"/aides?{query}&as_region=53").text
    row = re.search(r'data-aid="cai".*?</tr>', text, re.DOTALL)
    assert row
    assert "non éligible" in row[0]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("aid", load_aids(), ids=lambda aid: aid.id)
def test_each_aid_has_its_fiche(client: Any, aid: Any, language: str) -> None:
    answer = client.get(f"/aides/{aid.id}?lang={language}")
    assert answer.status_code == 200
    text = answer.text.replace("&#39;", "'")
    version = aid.versions[-1]
    for condition in version.conditions:
        assert condition.label.say(language) in text
    for reading in version.readings:
        assert reading.text.say(language).replace('"', "&#34;") in text
    assert version.references[0] in text


def test_an_unknown_fiche_is_a_404(client: Any) -> None:
    assert client.get("/aides/zzz").status_code == 404


def test_the_table_has_a_row_a_condition(client: Any) -> None:
    answer = client.get(f"/aides.csv?{PLACE}&{PROJECT}")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.mimetype == "text/csv"
    assert {row["aid"] for row in rows} >= {"cai", "cosco", "tva-accession"}
    (territory,) = [r for r in rows if r["aid"] == "cai" and r["condition"] == "En ZIP"]
    assert territory["answer"] == "yes"
    assert "DONNÉES FICTIVES" in territory["source"]


# Operations ---------------------------------------------------------------------------------------


def ask(client: Any, path: str) -> tuple[int, Any]:
    answer = client.get(f"/api/v1{path}")
    return answer.status_code, json.loads(answer.text)


def test_the_list_of_aids(client: Any) -> None:
    status, told = ask(client, "/aides")
    assert status == 200
    assert told["total"] == len(load_aids())
    assert told["items"][0]["versions"][0]["references"]
    _, dated = ask(client, "/aides?date=2008-06-01")
    assert [item["id"] for item in dated["items"]] == ["msp-2008"]


def test_eligibility_of_a_project(client: Any) -> None:
    status, told = ask(client, f"/aides/eligibilite?{PLACE}&{PROJECT}&as_region=53&aid=cai")
    assert status == 200
    (decision,) = told["aids"]
    assert decision["status"] == "eligible"
    assert decision["amounts"][0]["value"] == 42500
    assert told["place"]["zone_class"] == "ZIP"
    assert told["facts"]["contracts"] == []
    assert decision["hypothesis"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("structure=medical", 400),  # no place
        (f"{PLACE}&structure=zzz", 400),
        (f"{PLACE}&structrue=medical", 400),
        (f"{PLACE}&gp_fte=1,5", 400),
        (f"{PLACE}&contracts=,", 400),
        (f"{PLACE}&aid=zzz", 404),
    ],
)
def test_bad_questions(client: Any, query: str, status: int) -> None:
    found, told = ask(client, f"/aides/eligibilite?{query}")
    assert found == status
    assert told["status"] == status


def test_facts_that_contradict_decide_nothing_and_say_so(client: Any) -> None:
    status, told = ask(
        client, f"/aides/eligibilite?{PLACE}&structure=medical&state=new&opened=2001-01-01"
    )
    assert (status, told["total"]) == (200, 0)
    assert "state" in told["note"]


def test_a_date_without_rules_is_said(client: Any) -> None:
    _, told = ask(client, f"/aides/eligibilite?{PLACE}&date=1999-01-01")
    assert told["total"] == 0
    assert "en vigueur" in told["note"]


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
def test_the_form_works_without_script_and_prints_its_reasons(visit: Any) -> None:
    visit.open("/aides")
    page = visit.page
    page.fill("#lon", "-3.0527")
    page.fill("#lat", "46.0098")
    page.select_option("#as_region", "53")
    page.select_option("#f-structure", "medical")
    page.click("form.aids-form button[type=submit]")
    page.wait_for_selector("#aid-cai")
    page.emulate_media(media="print")
    assert page.is_visible("#aid-cai table.conditions")
    assert not page.is_visible("form.aids-form")
    assert visit.wrong == []
