"""Rows 1 to 3, 8 to 10, 13 and 14 of the acceptance cases: the official figures, and what is
computed from them. Mesure 9 computed from structures is in ``test_mesure9.py``.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest

from geo_service.barometre import (
    barometre_files,
    check_control,
    check_sums,
    percent,
    target_trajectory,
    write_barometre,
)
from geo_service.barometre.indicators import BY_ID, is_period_end
from geo_service.core.errors import RuleError
from geo_service.official import (
    check_printed,
    compare,
    difference,
    official,
    target,
    value_at,
)
from geo_service.sources import series
from geo_service.store import StoredResult, save_result

FRANCE = "france:FR"
MARCH_2018, MARCH_2019 = dt.date(2018, 3, 31), dt.date(2019, 3, 31)
MARCH_2014, MARCH_2015 = dt.date(2014, 3, 31), dt.date(2015, 3, 31)
APRIL_2020 = dt.date(2020, 4, 30)
END_2023 = dt.date(2023, 12, 31)


def known(name: str, date: dt.date, territory: str = FRANCE) -> float:
    """A figure that has to be known."""
    value = value_at(name, territory, date).value
    assert value is not None
    return value


@pytest.fixture(scope="module")
def barometre(real_data: Path) -> pd.DataFrame:
    """The baromètre as published."""
    return series.read(real_data / "barometre" / "barometre_msp_cds_series.csv").table


def test_row_01_the_quartier_vecu_of_2018_is_null() -> None:
    """MSP in QPV 42 / 1 048 national; CDS 209 / 2 063. Quartier vécu 2018: null, never 0."""
    shares = [
        known(f"mesure9_{kind}_qpv", MARCH_2018) / known(f"mesure9_{kind}_national", MARCH_2018)
        for kind in ("msp", "cds")
    ]
    assert [percent(share, 1) for share in shares] == [4.0, 10.1]
    for kind in ("msp", "cds"):
        later = value_at(f"mesure9_{kind}_quartier_vecu", FRANCE, MARCH_2019)
        earlier = value_at(f"mesure9_{kind}_quartier_vecu", FRANCE, MARCH_2018)
        assert earlier.value is None
        assert difference(later, earlier).value is None  # not 68, not 342


def test_row_02_qpv_and_quartier_vecu_sum_to_the_printed_total() -> None:
    """59 + 68 = 127 of 1 251; 221 + 342 = 563 of 2 188. QPV and QV are disjoint."""
    for kind, share in (("msp", 10.2), ("cds", 25.7)):
        within = known(f"mesure9_{kind}_qpv", MARCH_2019)
        near = known(f"mesure9_{kind}_quartier_vecu", MARCH_2019)
        printed = known(f"mesure9_{kind}_qpv_et_quartier_vecu", MARCH_2019)
        assert within + near == printed
        assert percent(printed / known(f"mesure9_{kind}_national", MARCH_2019), 1) == share


def test_row_03_the_printed_progression_follows() -> None:
    """MSP +17, CDS +12, total +29; national +203 and +125; shares 4.0→4.7 %, 10.1→10.1 %."""
    gains = []
    for kind, national, shares in (("msp", 203, (4.0, 4.7)), ("cds", 125, (10.1, 10.1))):
        found = check_printed(f"mesure9_{kind}_progression")
        assert found.follows
        gains.append(found.printed)
        whole = [value_at(f"mesure9_{kind}_national", FRANCE, d) for d in (MARCH_2018, MARCH_2019)]
        assert difference(whole[1], whole[0]).value == national
        parts = [known(f"mesure9_{kind}_qpv", date) for date in (MARCH_2018, MARCH_2019)]
        of = [held.value or 0 for held in whole]
        assert tuple(percent(a / b, 1) for a, b in zip(parts, of, strict=True)) == shares
    assert gains == [17, 12]
    assert sum(gains) == known("mesure9_progression", MARCH_2019)
    with pytest.raises(RuleError):  # MSP and CDS are two perimeters
        difference(
            value_at("mesure9_msp_qpv", FRANCE, MARCH_2019),
            value_at("mesure9_cds_qpv", FRANCE, MARCH_2018),
        )


def test_row_03_the_point_of_april_2020_adds_up_and_says_what_it_is_not() -> None:
    """In QPV 86 MSP + 227 CDS = 313; « 223 of 450 » quartiers."""
    parts = known("mesure9_msp_qpv", APRIL_2020) + known("mesure9_cds_qpv", APRIL_2020)
    assert parts == known("anru_structures_qpv", APRIL_2020)
    assert value_at("anru_quartiers_total", FRANCE, APRIL_2020).status == "inferred"
    share = known("anru_quartiers_equipes", APRIL_2020) / known("anru_quartiers_total", APRIL_2020)
    assert percent(share, 1) == 49.6


def test_row_03_two_perimeters_are_shown_and_never_joined() -> None:
    """DGOS 1 251 in March 2019 is below the baromètre's 1 307 of December 2018."""
    found = compare("mesure9_msp_national", "barometre_msp")
    assert not found.joined
    said = " ".join(clash.say("fr") for clash in found.clashes)
    assert "1251 au 31 mars 2019" in said
    assert "1307 au 31 décembre 2018" in said
    with pytest.raises(RuleError):
        difference(
            value_at("mesure9_msp_national", FRANCE, MARCH_2019),
            value_at("barometre_msp", FRANCE, dt.date(2018, 12, 31)),
        )


def test_row_08_barometre_msp(barometre: pd.DataFrame, sample_file: Path, tmp_path: Path) -> None:
    """+1 000 in 5 years; semestrial; since 2017; nat/rég/dép; cumul."""
    own = barometre[barometre["series"] == "msp"]
    assert all(is_period_end(date.date(), (6, 12)) for date in own["date"])
    assert own["date"].min() == pd.Timestamp("2017-06-30")
    assert set(own["territory"].str.split(":").str[0]) == {"france", "region", "departement"}
    assert all(one.closes for one in check_sums(own))
    national = own[own["territory"] == FRANCE].sort_values("date")["value"]
    assert national.is_monotonic_increasing
    assert target("msp_plus_1000").value - 1000 == national.iloc[0]
    write_barometre(StoredResult(sample_file), "etalab", tmp_path / "out")
    written = series.read(tmp_path / "out" / "barometre-detail-regional.csv").table
    assert all(is_period_end(d.date(), BY_ID["nb-maisons-sante"].months) for d in written["date"])


def test_row_09_barometre_cds(barometre: pd.DataFrame, sample_file: Path) -> None:
    """+350 in 5 years; annual; integers, `trendType increasing`; baseline 2017, target 2022."""
    own = barometre[barometre["series"] == "cds_pluri"]
    assert (own["value"] % 1 == 0).all()
    gaps = [(one.date.year, one.gap_regions) for one in check_sums(own) if not one.closes]
    assert (2017, -1) in gaps
    assert (2019, -1) in gaps
    first = target_trajectory("cds_plus_350", at=dt.date(2017, 12, 31)).trajectory
    assert (first.gap, first.way) == (350, 0)
    level = target_trajectory("cds_cible_700", at=dt.date(2021, 12, 31)).trajectory
    assert percent(level.way) == 45
    assert target("msp_cible_2000").baseline_date == dt.date(2017, 6, 30)
    assert target("msp_cible_2000").date.year == target("cds_cible_700").date.year == 2022
    files = barometre_files(StoredResult(sample_file), "etalab").files
    held = json.loads(files["indicateurs.json"])["indicators"]
    assert {(one["trendType"], one["number"]) for one in held} == {("increasing", "integer")}


def test_row_10_stock_and_targets_of_2027() -> None:
    """2 501 MSP, 638 CDS pluripro on 31/12/2023; 4 000 / 700 in 2027: 62.5 % and 91.1 %."""
    msp = target_trajectory("msp_4000_2027", at=END_2023).trajectory
    cds = target_trajectory("cds_700_2027", at=END_2023).trajectory
    assert (msp.actual.value, cds.actual.value) == (2501, 638)
    assert [percent(run.level, 1) for run in (msp, cds)] == [62.5, 91.1]
    assert (msp.needed_per_year, cds.needed_per_year) == (374.75, 15.5)
    assert (msp.needed_per_semester, cds.needed_per_semester) == (187.375, 7.75)
    on_the_series = target_trajectory("msp_4000_2027", series="barometre_msp").trajectory
    assert on_the_series.actual == msp.actual
    assert on_the_series.earliest is not None
    assert on_the_series.projected is not None
    assert on_the_series.latest is not None
    assert msp.by < on_the_series.earliest < on_the_series.projected < on_the_series.latest


def test_row_10_the_control_table_is_the_published_file(barometre: pd.DataFrame) -> None:
    """Regional and départemental tables against the published ones, cell by cell."""
    assert check_control(barometre) == []
    reached = set(barometre["date"].dt.date)
    cells = official("barometre_msp").rows
    assert (cells["date"].isin(reached) & cells["territory"].str.startswith("region:")).sum() == 72


def test_row_10_the_msp_of_occitanie_are_one_more_than_the_official_count(
    occitanie: object, tmp_path: Path
) -> None:
    """306 in the baromètre on 31/12/2023, 307 in the register: two counts, side by side."""
    save_result(occitanie, tmp_path / "occitanie.gpkg")  # type: ignore[arg-type]
    with StoredResult(tmp_path / "occitanie.gpkg") as stored:
        (figure,) = stored.read_indicators(
            territory="region:76", indicator="structures_open", kind="MSP", as_of=END_2023
        ).itertuples()
        written = write_barometre(stored, "ditp", tmp_path / "out")
    assert (known("barometre_msp", END_2023, "region:76"), figure.value) == (306, 307)
    assert "IND-311,R76,2023-12-01,REG,,307,," in written.files["ind-311.csv"]


def test_row_13_history_and_its_orders_of_magnitude() -> None:
    """~10 (2006), >600 (2015); 929 → 1 023 pôles+MSP; +373 in 2 years; regions of before 2016."""
    first = value_at("s2_msp", FRANCE, dt.date(2006, 12, 31))
    last = value_at("s2_msp", FRANCE, dt.date(2015, 12, 31))
    assert (first.qualifier, last.qualifier) == ("about", "over")
    assert (difference(last, first).value or 0) > 0
    poles = [value_at("s2_poles_msp", FRANCE, date) for date in (MARCH_2014, MARCH_2015)]
    assert difference(poles[1], poles[0]).value == 1023 - 929
    found = check_printed("s2_poles_msp_nouveaux")
    assert (found.printed, found.follows) == (373, None)  # no figure of 2013
    with pytest.raises(RuleError):  # projects and pôles count in one, not in the other
        difference(poles[1], first)
    regions = official("s2_poles_msp").rows
    ranked = regions[regions["territory"] != FRANCE].sort_values("value", ascending=False)
    assert list(ranked["value"]) == [88, 84, 7, 7]
    assert all(code.startswith("ancienne-region:") for code in ranked["territory"])
    people = known("s2_medecins", MARCH_2015) + known("s2_paramedicaux", MARCH_2015)
    assert people == pytest.approx(14.3)
    assert known("s2_rural", MARCH_2015) > 0.5


def test_row_14_the_180_is_flagged() -> None:
    """Students 55→64 % and « 180 nouvelles », which is 616 − 436 and follows from neither share."""
    found = check_printed("s2_etudiants_nouvelles")
    assert found.flagged
    assert found.printed == 180
    assert found.low is not None
    assert found.high is not None
    assert found.low <= 0.64 * 1023 - 0.55 * 929 <= found.high < 180
    assert found.equals == ("s2_cooperation",)
    gain = difference(
        value_at("s2_cooperation", FRANCE, MARCH_2015),
        value_at("s2_cooperation", FRANCE, MARCH_2014),
    )
    assert gain.value == 616 - 436 == found.printed
    assert "180" in found.reason.say("en")


def test_row_14_rates_of_rates() -> None:
    """SISA ~45 %; labelled software 56 % of SISA; shared SI 460/1 023, 60 % labelled."""
    shared = known("s2_si_partage", MARCH_2015)
    assert percent(shared / known("s2_poles_msp", MARCH_2015)) == 45
    assert shared * known("s2_si_labellise", MARCH_2015) == pytest.approx(276)
    sisa = known("s2_poles_msp", MARCH_2015) * known("s2_sisa", MARCH_2015)
    assert round(sisa * known("s2_logiciel_labellise", MARCH_2015)) == 258
    assert value_at("s2_sisa", FRANCE, MARCH_2015).qualifier == "about"
