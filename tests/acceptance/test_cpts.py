"""Rows 11 and 12 of the acceptance cases: CPTS coverage, and the three maps of S4."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from geo_service.core.snapshot import Membership, Snapshot
from geo_service.core.tables import LEVELS
from geo_service.indicators import cpts
from geo_service.official import value_at
from geo_service.web import create_app

AS_OF = dt.date(2024, 1, 31)
CENTRE = "24"
REGIONS = ("11", CENTRE, "27", "28", "32", "44", "52", "53", "75", "76", "84", "93", "94")
COMMUNES = 1500
"""Communes of each région, a thousand inhabitants each."""


def planted(total: int, signed: int, covered: float, centre_aci: float) -> Snapshot:
    """France with so many CPTS, so many with an ACI, and these shares of people covered."""
    codes = [f"{region}{number:04d}" for region in REGIONS for number in range(COMMUNES)]
    region = np.repeat(np.arange(len(REGIONS)), COMMUNES)
    territories = pd.DataFrame(
        {
            "territory": [
                "france:FR",
                *(f"region:{code}" for code in REGIONS),
                *(f"commune:{code}" for code in codes),
            ],
            "level": ["france"] + ["region"] * len(REGIONS) + ["commune"] * len(codes),
            "population": np.nan,
            "covered": True,
        }
    )
    communes = pd.DataFrame(
        {
            "code": np.array(codes, dtype=object),
            "population": 1000.0,
            "year": 2021.0,
            "complete": True,
            "france": 0,
            "region": 1 + region,
            "departement": -1,
            "epci": -1,
            "commune": np.arange(len(codes)) + 1 + len(REGIONS),
        }
    )
    place = np.arange(len(codes)) % COMMUNES
    of_centre = region == REGIONS.index(CENTRE)
    aci = np.where(of_centre, place < centre_aci * COMMUNES, place < 0.5 * COMMUNES)
    others = np.flatnonzero(~aci)
    # Letters and projects fill up to the share wanted.
    more = others[: round(covered * len(codes)) - int(aci.sum())]
    with_aci = np.flatnonzero(aci)
    number = np.empty(len(codes), dtype=np.int64)
    number[with_aci] = np.arange(len(with_aci)) % signed
    number[more] = signed + np.arange(len(more)) % (total - signed)
    listed = np.concatenate([with_aci, more])
    maturity = np.where(
        number[listed] < signed, "aci", np.where(number[listed] % 2, "project", "letter")
    )
    members = pd.DataFrame(
        {
            "commune": listed,
            "unit": communes["code"].to_numpy(dtype=object)[listed],
            "cpts": [f"CPTS{one:04d}" for one in number[listed]],
            "maturity": pd.Series(maturity, dtype=object),
            "since": np.full(len(listed), np.datetime64("NaT"), dtype="datetime64[s]"),
        }
    )
    held = Membership(
        communes,
        members,
        np.ones(len(codes), dtype=np.int64),
        dt.date(2024, 1, 1),
        dt.date(2024, 1, 1),
        np.ones(len(territories), dtype=bool),
    )
    return Snapshot(
        as_of=AS_OF,
        scope="all",
        kinds=("CPTS",),
        structures=pd.DataFrame(),
        territories=territories,
        qpv=None,
        verdicts={},
        definitions=(),
        levels=LEVELS,
        membership=held,
    )


def test_row_11_cpts_january_2024() -> None:
    """Row 11: 754 all levels, 85 % of population; 546 ACI signed; Centre-Val de Loire 98 %.

    Rule: person covered if commune ∈ CPTS. Planted communes, counted by the indicator, and held
    against the official figures, which stand apart.
    """
    table = cpts.compute(planted(754, 546, 0.85, 0.98)).to_table()
    table = table.set_index(["territory", "indicator", "definition"])["value"]
    for territory, measure, definition, series in (
        ("france:FR", "cpts_count", "any", "cpts_total"),
        ("france:FR", "cpts_count", "aci", "cpts_aci"),
        ("france:FR", "share_of_population_in_cpts", "any", "cpts_couverture"),
        ("region:24", "share_of_population_in_cpts", "aci", "cpts_couverture_aci"),
    ):
        official = value_at(series, territory, AS_OF)
        assert table[territory, measure, definition] == pytest.approx(official.value), series
    assert table["france:FR", "population_in_cpts", "any"] == 0.85 * 1000 * len(REGIONS) * COMMUNES
    # A person in two CPTS counts once: a second one for every commune changes nothing.
    snapshot = planted(754, 546, 0.85, 0.98)
    assert snapshot.membership is not None
    rows = snapshot.membership.members
    again = pd.concat([rows, rows.assign(cpts=rows["cpts"].iloc[0])], ignore_index=True)
    object.__setattr__(snapshot.membership, "members", again)
    twice = cpts.compute(snapshot).to_table().set_index(["territory", "indicator", "definition"])
    assert twice["value"]["france:FR", "share_of_population_in_cpts", "any"] == pytest.approx(0.85)


def test_row_12_maps_of_s4_on_screen(sample_file) -> None:
    """Row 12: S4 maps 1–3, MSP points, CDS points, choropleth of the share in ACI CPTS."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEO_SERVICE_RATE", "off")
        client = create_app(sample_file).test_client()
    points = client.get("/carte/donnees/structures.json").get_json()
    assert points
    settings = client.get("/carte").text
    assert '"MSP"' in settings or 'data-layer="MSP"' in settings
    page = client.get("/cpts").text
    for link in ("couches=MSP", "couches=CDS", "indicateur=share_of_population_in_cpts"):
        assert link in page, link
    mapped = client.get(
        "/carte/donnees/indicateur.json?niveau=departements&nature=CPTS&definition=aci"
        "&indicateur=share_of_population_in_cpts"
    ).get_json()
    assert not mapped["count"]  # an area is filled, since it is a share
    assert mapped["unit"] == "share"
    known = [value for value in mapped["dates"][0]["value"] if value is not None]
    assert known
    assert all(0 <= value <= 1 for value in known)
    assert sum(mapped["dates"][0]["counted"]) == len(known)
