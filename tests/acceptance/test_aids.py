"""Aids: rows 7 and 16 of the acceptance cases, and each aid of ARS Bretagne, computed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from geo_service.aids import Decision, ProjectFacts, eligibility, find_aid, load_aids, sheet
from geo_service.core.place import Place

DAY = dt.date(2021, 6, 1)
ZIP = Place(DAY, zone_class="ZIP", in_qpv=False, island=False, region="53")
ZAC = dataclasses.replace(ZIP, zone_class="ZAC")
ZAR = dataclasses.replace(ZIP, zone_class="ZAR")
ZV = dataclasses.replace(ZIP, zone_class="ZV")
QPV_IN_ZAC = dataclasses.replace(ZAC, in_qpv=True)
QPV_IN_ZV = dataclasses.replace(ZV, in_qpv=True)
ISLAND_IN_ZV = dataclasses.replace(ZV, island=True)
CENTRE: dict[str, Any] = {"structure": "medical", "manager": "non-profit", "professionals": 3}
REGION: dict[str, Any] = {
    "doctors": 2,
    "non_profit": True,
    "sustainable_budget": True,
    "prior_incentives": True,
    "consulted_liberals": True,
    "sufficient_catchment": True,
}


def decide(name: str, place: Place = ZIP, day: dt.date = DAY, **facts: Any) -> Decision:
    """The decision of one aid for a health centre of these facts."""
    here = dataclasses.replace(place, as_of=day)
    (decision,) = eligibility(
        ProjectFacts(**{**CENTRE, **facts}), day, place=here, aids=[find_aid(name)]
    )
    return decision


def status(name: str, place: Place = ZIP, day: dt.date = DAY, **facts: Any) -> str:
    return decide(name, place, day, **facts).status


def amount(name: str, which: str, place: Place = ZIP, **facts: Any) -> Any:
    (found,) = [it for it in decide(name, place, **facts).amounts if it.id == which]
    return found


def by_place(name: str, **facts: Any) -> dict[str, str]:
    """Status by territory, the rest of the facts being the same."""
    places = {
        "ZIP": ZIP,
        "ZAC": ZAC,
        "ZAR": ZAR,
        "ZV": ZV,
        "QPV in ZAC": QPV_IN_ZAC,
        "QPV in ZV": QPV_IN_ZV,
        "island in ZV": ISLAND_IN_ZV,
    }
    return {label: status(name, place, **facts) for label, place in places.items()}


def opened_to(*names: str) -> dict[str, str]:
    every = ("ZIP", "ZAC", "ZAR", "ZV", "QPV in ZAC", "QPV in ZV", "island in ZV")
    return {name: "eligible" if name in names else "not-eligible" for name in every}


def test_row_07_fiche_of_aids(sample_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Promised (S1): fiche of aids.

    Each of the 11 aids has a fiche with its conditions, amounts, duration, references and readings,
    worked out from its file, as a page and for a project at a place.
    """
    from geo_service.web import create_app

    monkeypatch.setenv("GEO_SERVICE_RATE", "off")
    client = create_app(sample_file).test_client()
    regional = [aid for aid in load_aids() if aid.scope == "region:53"]
    assert len(regional) == 11
    for aid in regional:
        told = sheet(aid)["versions"][-1]
        page = client.get(f"/aides/{aid.id}").text.replace("&#39;", "'").replace("&#34;", '"')
        for condition in told["conditions"]:
            assert condition["label"] in page
        for rule in told["amounts"]:
            assert rule["rule"] in page
        assert told["duration"] in page
        assert told["references"][0] in page
    answer = client.get("/aides?lon=-3.0527&lat=46.0098&as_region=53&structure=medical").text
    assert all(f'id="aid-{aid.id}"' in answer for aid in regional)


def test_row_16_aid_of_2008() -> None:
    """S2 aid 2008: 100 MSP/year, ≤ 50 k€; ≤ 100 k€ in one of 215 DEB quartiers."""
    day = dt.date(2008, 7, 1)

    def most(**facts: Any) -> dict[str, Any]:
        (decision,) = eligibility(ProjectFacts(structure="msp", **facts), day)
        assert decision.aid.id == "msp-2008"
        return {it.id: it.high for it in decision.amounts if it.applies is not False}

    assert most(deb_quarter=False) == {"general": 50_000}
    assert most(deb_quarter=True) == {"deb": 100_000}
    assert most() == {"general": 50_000, "deb": 100_000}
    (centre,) = eligibility(ProjectFacts(structure="medical"), day)
    assert centre.status == "not-eligible"
    note = find_aid("msp-2008").versions[0].notes[0].say("fr")
    assert "100 maisons de santé par an" in note
    assert "215 quartiers" in note


def test_aid_cai() -> None:
    """CAI: ZIP; 30 000 €/ETP 1st, 25 000 2nd and 3rd, max 80 000; PDSA unless waived; 5 years."""
    facts: dict[str, Any] = {"opened": dt.date(2021, 1, 15), "pdsa": True, "contracts": ()}
    assert by_place("cai", **facts) == opened_to("ZIP")
    for fte, euros in ((0.5, 15_000), (1, 30_000), (2, 55_000), (3, 80_000), (4, 80_000)):
        assert amount("cai", "lump-sum", gp_fte=fte, **facts).value == euros
    assert status("cai", day=dt.date(2022, 1, 14), **facts) == "eligible"
    assert status("cai", day=dt.date(2022, 1, 15), **facts) == "not-eligible"
    assert status("cai", **{**facts, "pdsa": False}) == "undetermined"
    assert status("cai", **{**facts, "pdsa": False, "pdsa_waiver": True}) == "eligible"
    nursing = {**facts, "structure": "nursing", "opened": dt.date(2001, 1, 1)}
    assert status("cai", **nursing, recruits_gp=True) == "eligible"
    assert decide("cai", **facts).version.renewal == "none"


def test_aid_cosco() -> None:
    """COSCO: ZIP; 5 000 €/y/ETP; from the 2nd year; D/I within 2 years; CPTS or ESP."""
    facts: dict[str, Any] = {"opened": dt.date(2020, 6, 1), "cpts_member": True}
    assert by_place("cosco", **facts) == opened_to("ZIP")
    assert amount("cosco", "yearly", doctor_fte=1.5, **facts).value == 7_500
    assert status("cosco", **{**facts, "opened": dt.date(2020, 6, 2)}) == "not-eligible"
    dental = {"structure": "dental", "cpts_member": True}
    assert status("cosco", **dental, polyvalence_requested=dt.date(2019, 6, 1)) == "eligible"
    assert status("cosco", **dental, polyvalence_requested=dt.date(2019, 5, 31)) == "not-eligible"
    assert status("cosco", opened=dt.date(2015, 1, 1), recognised_esp_member=True) == "eligible"
    every = eligibility(ProjectFacts(), DAY, place=ZIP)
    (cosco,) = [it for it in every if it.aid.id == "cosco"]
    said = {it.other: it.relation for it in cosco.cumulation}
    assert said["cai"] == "not-stated"
    assert said["cst"] == "exclusive"


def test_aid_cst() -> None:
    """CST: outside the ZIP; +10 % of fees, cap 20 000 €/y/ETP; ≥ 10 days a year in a ZIP centre."""
    facts: dict[str, Any] = {"seconded_days": 10, "seconded_to_zip": True, "doctor_fte": 1}
    assert by_place("cst", **facts) == opened_to(
        "ZAC", "ZAR", "ZV", "QPV in ZAC", "QPV in ZV", "island in ZV"
    )
    assert amount("cst", "fees", ZV, seconded_fees=80_000, **facts).value == 8_000
    assert amount("cst", "fees", ZV, seconded_fees=300_000, **facts).value == 20_000
    assert status("cst", ZV, **{**facts, "seconded_days": 9.5}) == "not-eligible"
    assert status("cst", ZV, **{**facts, "seconded_to_zip": False}) == "not-eligible"


def test_aid_400_postes_salarie() -> None:
    """400 postes: max(0, min(cost, 9 070 · q) − income) a month; ZIP, ZAC, QPV; constat."""
    facts: dict[str, Any] = {"shortage_statement": True}
    assert by_place("p400-salarie", **facts) == opened_to(
        "ZIP", "ZAC", "ZAR", "QPV in ZAC", "QPV in ZV"
    )

    def guarantee(cost: float, income: float, q: float) -> float:
        post = {"monthly_cost": cost, "monthly_income": income, "working_time": q}
        value: float = amount("p400-salarie", "guarantee", **post, **facts).value
        return value

    for cost, income, q in ((8000, 5000, 1), (12000, 5000, 1), (6000, 3000, 0.5), (5000, 9000, 1)):
        assert guarantee(cost, income, q) == max(0, min(cost, 9070 * q) - income)
    leave = {"full_pay_leave": True, "leave_salary": 20_000, "leave_allowances": 8_000}
    assert amount("p400-salarie", "leave", **leave, **facts).value == 12_000
    half = [it.say("fr") for it in decide("p400-salarie", working_time=0.5).counterparts]
    assert "50 consultations/mois" in half[0]
    assert "82,5 consultations/mois" in half[1]
    assert status("p400-salarie", shortage_statement=False) == "not-eligible"


def test_aid_400_postes_partage() -> None:
    """400 postes, shared: hospital share of time; 40/50/60 % in town; DES and thesis."""
    facts: dict[str, Any] = {"gp_diploma": True, "gp_thesis": True, "town_share": 0.4}
    assert by_place("p400-partage", **facts) == opened_to(
        "ZIP", "ZAC", "ZAR", "QPV in ZAC", "QPV in ZV"
    )
    assert amount("p400-partage", "hospital-time", **facts).value == pytest.approx(0.6)
    for share, wanted in ((0.39, False), (0.4, True), (0.5, True), (0.6, True), (0.7, False)):
        told = status("p400-partage", **{**facts, "town_share": share})
        assert told == ("eligible" if wanted else "not-eligible")
    assert status("p400-partage", **{**facts, "structure": "msp"}) == "eligible"


PRIORITY = opened_to("ZIP", "ZAC", "ZAR", "QPV in ZAC", "QPV in ZV", "island in ZV")
RANKS = ((ZIP, 1), (QPV_IN_ZAC, 1), (QPV_IN_ZV, 1), (ISLAND_IN_ZV, 1), (ZAC, 2), (ZAR, 2))


def test_aid_elaboration() -> None:
    """Élaboration (volet 1): ZIP, QPV, îles first, then ZAC; volet 1 ⇒ volet 2; accord XOR ACI."""
    facts: dict[str, Any] = {"state": "new", "agreement": "aci", "commits_coordination": True}
    assert by_place("elaboration", **facts) == PRIORITY
    assert [decide("elaboration", place, **facts).rank for place, _ in RANKS] == [
        rank for _, rank in RANKS
    ]
    assert status("elaboration", **{**facts, "agreement": "both"}) == "not-eligible"
    assert status("elaboration", **{**facts, "commits_coordination": False}) == "not-eligible"
    existing = {**facts, "state": "existing"}
    assert status("elaboration", **existing, becomes_polyvalent=True) == "eligible"
    assert status("elaboration", **existing, becomes_polyvalent=False) == "not-eligible"


def test_aid_coordination() -> None:
    """Coordination (volet 2): as volet 1; an existing centre may take it alone."""
    facts: dict[str, Any] = {"state": "new", "agreement": "accord-national"}
    assert by_place("coordination", **facts) == PRIORITY
    alone = {**facts, "state": "existing", "becomes_polyvalent": True}
    assert status("coordination", **alone, commits_coordination=False) == "eligible"
    assert [decide("coordination", place, **facts).rank for place, _ in RANKS] == [
        rank for _, rank in RANKS
    ]


def test_aid_audit() -> None:
    """Audit: existing centres and branches; deliverable: plan of return to balance."""
    assert by_place("audit", state="existing") == PRIORITY
    assert status("audit", state="new") == "not-eligible"
    told = [it.say("fr") for it in decide("audit", state="existing").counterparts]
    assert told == ["Présenter un plan de retour à l'équilibre."]


def test_aid_immobilier() -> None:
    """Immobilier: ZIP, QPV en ZAC, îles; the Région's conditions; FNADT for communes and EPCI."""
    assert by_place("immobilier", **REGION) == opened_to("ZIP", "QPV in ZAC", "island in ZV")
    assert status("immobilier", **{**REGION, "doctors": 1}) == "not-eligible"
    for manager, wanted in (("commune", True), ("epci", True), ("non-profit", False)):
        assert amount("immobilier", "fnadt", **{**REGION, "manager": manager}).applies is wanted


def test_aid_demarrage() -> None:
    """Démarrage: ZIP, QPV en ZAC, îles; ≤ forecast deficit; first 2 years; plan at balance."""
    facts = {**REGION, "opened": dt.date(2021, 3, 1), "balanced_plan": True}
    assert by_place("demarrage", **facts) == opened_to("ZIP", "QPV in ZAC", "island in ZV")
    grant = amount("demarrage", "operating", forecast_deficit=42_000, **facts)
    assert (grant.value, grant.low, grant.high) == (None, 0, 42_000)
    assert status("demarrage", day=dt.date(2023, 2, 28), **facts) == "eligible"
    late = {**facts, "becomes_polyvalent": False}
    assert status("demarrage", day=dt.date(2023, 3, 1), **late) == "not-eligible"
    assert status("demarrage", **{**facts, "balanced_plan": False}) == "not-eligible"
    assert status("demarrage", **{**facts, "doctors": 1}) == "not-eligible"


def test_aid_si_partage() -> None:
    """SI partagé: territory as élaboration; compatible with local libéraux, labelled."""
    facts: dict[str, Any] = {"compatible_system": True, "labelled_system": True}
    assert by_place("si-partage", **facts) == PRIORITY
    assert status("si-partage", **{**facts, "labelled_system": False}) == "not-eligible"
    assert decide("si-partage", ZAC, **facts).rank == 2


def test_aid_tva_band_of_300_m() -> None:
    """Domain 5: inside a QPV with a city contract, or entirely < 300 m from its limit."""
    home: dict[str, Any] = {"structure": "housing", "home_ownership": True, "city_contract": True}

    def territory(metres: float, **facts: Any) -> str:
        place = Place(DAY, in_qpv=False, metres_low=metres, metres_high=metres)
        told = {it.id: it.said for it in decide("tva-accession", place, **home, **facts).conditions}
        return told["territory"]

    assert territory(120, farthest_m=299) == "yes"
    assert territory(120, farthest_m=300, npnru=False) == "no"
    assert territory(120) == "undetermined"  # the farthest point is not known
    assert territory(300, npnru=False) == "no"  # strictly less than 300 m
    assert territory(500) == "no"
    npnru: dict[str, Any] = {"npnru": True, "permit_filed": dt.date(2017, 1, 1)}
    assert territory(290, farthest_m=480, **npnru) == "yes"
    assert territory(120, farthest_m=480, npnru=False) == "no"
