"""Portraits tell what the sample is known to hold, with the bounds it is known to have."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from geo_service.atlas import Atlas
from geo_service.core.errors import UnknownNameError
from geo_service.core.i18n import use_language
from geo_service.figures import figure_records
from geo_service.portraits import (
    Directory,
    quarter_portrait,
    read_date,
    site_portrait,
    territory_portrait,
)
from geo_service.portraits.listings import structures_of
from geo_service.portraits.ranking import rankings
from geo_service.portraits.saying import answer_badge, said, say_metres, say_value
from geo_service.portraits.traces import limits, used_sources
from geo_service.portraits.trend import COLUMNS, to_csv, trends

MAIN = dt.date(2026, 1, 1)
KNOWN = {
    "structures_open": "structures_open",
    "structures_in_qpv": "in_qpv",
    "structures_near_qpv": "near-300m",
}


_KEPT: dict[Any, Any] = {}


def once(key: Any, make: Any) -> Any:
    """The memory of the one result that these tests read."""
    if key not in _KEPT:
        _KEPT[key] = make()
    return _KEPT[key]


@pytest.fixture(scope="module")
def directory(sample_file: Path) -> Directory:
    return Directory(Atlas(sample_file))


@pytest.fixture(scope="module")
def expected(sample: Path) -> dict[str, Any]:
    return json.loads((sample / "expected.json").read_text(encoding="utf-8"))


def _told(value: int | dict[str, int], unknown: int) -> tuple[str, str]:
    """Value and bounds in words; openings that nobody knows widen a plain count."""
    if isinstance(value, int):
        return str(value), f"entre {value} et {value + unknown}" if unknown else ""
    same = value["low"] == value["high"] == value["value"]
    bounds = "" if same else f"entre {value['low']} et {value['high']}"
    return str(value["value"]), bounds


@pytest.mark.parametrize("territory", ["region:99", "departement:96", "departement:971"])
def test_headlines_are_the_known_answers_with_their_bounds(
    directory: Directory, expected: dict[str, Any], territory: str
) -> None:
    portrait = territory_portrait(directory, directory.places[territory], MAIN, once)
    known = expected["territories"][territory]
    labels = {
        "Structures ouvertes": "structures_open",
        "Structures en QPV": "in_qpv",
        "Structures en QPV ou en quartier vécu": "near-300m",
    }
    assert len(portrait["cards"]) == 6
    for card in portrait["cards"]:
        value = known[labels[card["label"]]][card["kind"]]
        assert (card["value"], card["bounds"]) == _told(
            value, known["opening_unknown"][card["kind"]]
        ), card


def test_every_date_of_the_charts_is_known(directory: Directory, expected: dict[str, Any]) -> None:
    shown = trends(directory, "region:99")
    assert [trend.name for trend in shown] == ["opened", "within"]
    checked = 0
    for trend in shown:
        for row in trend.rows:
            record = row["record"]
            day = expected["by_date"].get(record["as_of"], {}).get("region:99")
            name = KNOWN[record["indicator"]]
            if day is None or name not in day:
                continue
            known = day[name][row["kind"]]
            known = known if isinstance(known, int) else known["value"]
            assert record["value"] == known, (trend.name, record)
            checked += 1
    assert checked >= 30


def test_a_chart_is_drawn_twice_and_has_its_table(directory: Directory) -> None:
    trend = trends(directory, "region:99")[1]
    wide, narrow = trend.drawings([(dt.date(2024, 1, 1), "QPV 2024")])
    assert 'viewBox="0 0 720 320"' in wide
    assert 'viewBox="0 0 350 280"' in narrow
    table = trend.table()
    assert table["columns"] == ["MSP en QPV", "CDS en QPV", "MSP < 300 m", "CDS < 300 m"] or (
        sorted(table["columns"]) == ["CDS < 300 m", "CDS en QPV", "MSP < 300 m", "MSP en QPV"]
    )
    last = table["rows"][-1]
    assert last["date"] == "1er janvier 2026"
    assert last["cells"][0]["value"] == "8"
    assert last["cells"][0]["bounds"] == "entre 7 et 13"


def test_the_csv_holds_the_figures_of_the_charts(directory: Directory) -> None:
    shown = trends(directory, "region:99")
    rows = list(csv.DictReader(io.StringIO(to_csv("region:99", "=1+1", shown))))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == sum(len(trend.rows) for trend in shown)
    assert {row["name"] for row in rows} == {"'=1+1"}
    own = [r for r in rows if r["indicator"] == "structures_in_qpv" and r["as_of"] == "2026-01-01"]
    bounds = {r["kind"]: (r["value"], r["low"], r["high"]) for r in own}
    assert bounds == {"MSP": ("8.0", "7.0", "13.0"), "CDS": ("10.0", "9.0", "13.0")}


def test_a_commune_stands_beside_its_parents_and_no_france_is_made_up(
    directory: Directory,
) -> None:
    portrait = territory_portrait(directory, directory.places["commune:96001"], MAIN, once)
    places = [place.territory for place in portrait["compared"]["places"]]
    assert places == ["commune:96001", "epci:999600011", "departement:96", "region:99"]
    assert portrait["compared"]["france"] is False
    region = directory.atlas.stored.read_indicators(
        territory="region:99", indicator="per_10000_inhabitants", kind="MSP", as_of=MAIN
    )["value"].iloc[0]
    assert portrait["compared"]["rows"][0]["cells"][-1]["value"] == say_value(
        region, "structure/10000 inhabitants"
    )


def test_lists_agree_with_the_figures(directory: Directory) -> None:
    for place in directory.places.values():
        portrait = territory_portrait(directory, place, MAIN, once)
        listed = portrait["structures"]
        sure = [row for row in listed.rows if not row["perhaps"]]
        told = {card["kind"]: card["value"] for card in portrait["cards"][:2]}
        for kind, value in told.items():
            held = sum(row["kind"] == kind for row in listed.rows)
            certain = sum(row["kind"] == kind for row in sure)
            # Positions decide nothing here: only a commune that nobody knows could part them.
            assert certain <= held
            assert value in (str(held), str(certain)), place.territory


def test_at_another_date_the_list_says_nothing_of_zones(directory: Directory) -> None:
    place = directory.places["region:99"]
    portrait = territory_portrait(directory, place, dt.date(2017, 12, 31), once)
    assert portrait["definitions"] == []
    assert all(row["answers"] == [] for row in portrait["structures"].rows)
    kinds = [row["kind"] for row in portrait["structures"].rows if not row["perhaps"]]
    assert kinds.count("MSP") == 11
    assert portrait["nearest"] == []


def test_communes_without_any_structure_are_known_to_have_none(directory: Directory) -> None:
    portrait = territory_portrait(directory, directory.places["departement:96"], MAIN, once)
    for row in portrait["without"].rows:
        own = structures_of(directory, {row["place"].code}, MAIN)
        assert not [held for held in own.rows if held["kind"] in ("MSP", "CDS")]
    assert portrait["without"].total == len(portrait["without"].rows) > 0


def test_ranks_go_from_the_best_and_equals_share_theirs(directory: Directory) -> None:
    for ranking in rankings(directory, directory.places["commune:96001"], MAIN):
        values = [row["record"]["value"] for row in ranking.rows if row["rank"] is not None]
        assert values == sorted(values, reverse=True)
        for row in ranking.rows:
            if row["rank"] is not None:
                assert row["rank"] == 1 + sum(v > row["record"]["value"] for v in values)
        own = ranking.own
        assert own is not None
        assert own["place"].territory == "commune:96001"
        assert str(own["rank"]) in ranking.sentence()


def test_a_region_alone_shows_what_it_is_made_of(directory: Directory) -> None:
    ranked = rankings(directory, directory.places["region:99"], MAIN)
    assert ranked[0].own is None
    assert {row["place"].level for row in ranked[0].rows} == {"departement"}


def test_structures_round_a_qpv_are_those_of_its_figures(directory: Directory) -> None:
    """Surely in: the low bound; surely or perhaps: the high one, for each QPV, kind, distance."""
    stored = directory.atlas.stored
    seen = 0
    for code in directory.quarters["2024"]["code"]:
        portrait = quarter_portrait(directory, str(code), MAIN)
        if not portrait["in_force"]:
            continue
        table = stored.read_indicators(territory=f"qpv:{code}", as_of=MAIN)
        for number, (name, definition) in enumerate(
            [
                ("structures_in_qpv", "qpv"),
                ("structures_near_qpv", "proxy-300m"),
                ("structures_near_qpv", "proxy-500m"),
            ]
        ):
            own = table[(table["indicator"] == name) & (table["definition"] == definition)]
            for record in own.to_dict("records"):
                rows = [r for r in portrait["structures"].rows if r["kind"] == record["kind"]]
                lost = [r for r in portrait["unsure"].rows if r["kind"] == record["kind"]]
                sure = [r for r in rows if r["answers"][number]["badge"] == "in"]
                unsure = [r for r in rows if r["answers"][number]["badge"] == "unsure"]
                certain = [row for row in sure if not row["perhaps"]]
                assert len(certain) == record["low"], (code, record["kind"], definition)
                assert len(sure) + len(unsure) + len(lost) == record["high"], (code, definition)
                seen += 1
    assert seen >= 60


def test_planted_structures_get_their_known_answers(
    directory: Directory, expected: dict[str, Any]
) -> None:
    words = {"inside": "in", "outside": "out", "undetermined": "unsure"}
    checked = 0
    for planted in expected["planted"]:
        known = planted.get("in_qpv")
        try:
            portrait = site_portrait(directory, planted["finess"], once)
        except UnknownNameError:
            continue
        if known is None or portrait["open"] == "no":
            continue
        member = portrait["memberships"][0]
        assert member["badge"] == words[known], planted
        assert member["why"]
        checked += 1
    assert checked >= 10


def test_distances_to_the_limit_are_the_planted_ones(
    directory: Directory, expected: dict[str, Any]
) -> None:
    for planted in expected["planted"]:
        if planted.get("in_qpv") != "inside" or planted.get("precision_m") != 10.0:
            continue
        why = site_portrait(directory, planted["finess"], once)["memberships"][0]["why"]
        found = re.search(r"À ([\d\s\u202f]+) m à l'intérieur", why)
        assert found, why
        assert float(found[1]) == pytest.approx(-planted["signed_distance_m"], abs=1.5)


def test_a_position_that_decides_nothing_is_undetermined_and_says_why(
    directory: Directory,
) -> None:
    table = directory.structures
    centre = table[(table["position"] == "commune-centre") & (table["open"] == "yes")]
    portrait = site_portrait(directory, str(centre["finess"].iloc[0]), once)
    for member in portrait["memberships"][:3]:
        assert member["badge"] == "unsure"
        assert "centre de la commune" in member["why"]
    assert "ne décide de rien" in portrait["precision"]


def test_the_nearest_others_are_nearest_and_not_itself(directory: Directory) -> None:
    portrait = site_portrait(directory, "960000016", once)
    assert [row["kind"] for row in portrait["nearest"]] == ["MSP"] * 3 + ["CDS"] * 3
    assert "960000016" not in [row["finess"] for row in portrait["nearest"]]


def test_a_qpv_finds_itself_in_the_other_generation(directory: Directory) -> None:
    old = quarter_portrait(directory, "QP096001", None)
    new = quarter_portrait(directory, "QN09601M", None)
    assert "QN09601M" in [row["code"] for row in old["others"]]
    assert "QP096001" in [row["code"] for row in new["others"]]
    assert old["in_force_now"] is False
    assert old["shown_at"] == dt.date(2023, 12, 31)
    assert new["shown_at"] == MAIN


@pytest.mark.parametrize("ask", ["2019-12-30", "hier", "2019-13-01", "<b>"])
def test_a_date_that_is_not_held_is_an_error_with_those_held(
    directory: Directory, ask: str
) -> None:
    with pytest.raises(UnknownNameError) as error:
        read_date(directory.atlas, ask)
    assert "2026-01-01" in error.value.known
    assert read_date(directory.atlas, "") is None
    assert read_date(directory.atlas, "2026-01-01") == MAIN


def test_unknown_names_come_with_the_nearest(directory: Directory) -> None:
    for find, asked, near in (
        (directory.place, "region:98", "region:99"),
        (directory.quarter, "QN09601", "QN09601M"),
        (directory.structure, "96000001", "960000016"),
    ):
        with pytest.raises(UnknownNameError) as error:
            find(asked)
        assert near in error.value.known


def test_notes_are_said_in_the_language_of_the_reader(directory: Directory) -> None:
    told = {}
    for language in ("fr", "en"):
        with use_language(language):
            table = directory.atlas.figures(directory.atlas.facts["territory"])
            told[language] = {said(record)["note"] for record in figure_records(table)}
    assert told["fr"] != told["en"]
    assert len(told["fr"]) == len(told["en"]) > 1
    assert "" in told["fr"]


def test_an_unknown_is_never_zero() -> None:
    assert say_value(None, "structure") == "n. c."
    assert say_value(float("nan"), "share") == "n. c."
    assert say_metres(None) == "n. c."
    assert answer_badge(None) == {"badge": "unsure", "text": "n. c."}
    with use_language("en"):
        assert say_value(None, "m") == "n/a"


def test_sources_are_exactly_those_named(directory: Directory) -> None:
    rows = used_sources(directory.atlas, ["finess qpv-3"])
    assert {row["source"].source_id for row in rows} == {"finess", "qpv-3"}
    assert all(len(row["sha256"]) == 64 for row in rows)
    assert used_sources(directory.atlas, []) == []


def test_limits_are_said(directory: Directory) -> None:
    said = " ".join(limits(directory))
    assert "124" in said
    assert "fermetures" in said
    with use_language("en"):
        assert "proxy" in " ".join(limits(directory))
