"""Row 17 and the zone of a place: every branch of the rule, on a planted territory.

Six square communes of 10 km in Lambert-93, QPV of 1 km in them; every answer is plain to see.
"""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from geo_service.core.place import Place
from geo_service.core.result import Anomalies, Provenance, Result
from geo_service.core.snapshot import Snapshot
from geo_service.core.tables import CLASSES, INDICATORS, ISLANDS, ZONES, shape_table
from geo_service.indicators.zoning import compute
from geo_service.official import official_series
from geo_service.store import StoredResult, save_result
from geo_service.study.classes import ClassAnswers
from geo_service.zoning import ZoneAnswer, communes_with_qpv, place_of, zone, zones_of

TO_DEGREES = Transformer.from_crs(2154, 4326, always_xy=True)
GP = "médecin généraliste"
D = dt.date
NOW = D(2021, 6, 1)
X0, Y0 = 300_000.0, 6_800_000.0
COMMUNES = {
    "35001": "Ville",
    "35002": "Bourg",
    "35003": "Plaine",
    "35004": "Île-de-Test",
    "35005": "Sans-Rien",
    "75056": "Paris",
}
QPV_2015 = {
    "QP035001": ("35001", 2_000),
    "QP035002": ("35001", 6_000),
    "QP035003": ("35003", 4_000),
}
"""Code → commune and metres from the west of its square; 1 km wide, from 4 to 5 km north."""


def at(commune: str, east: float, north: float) -> tuple[float, float]:
    """Degrees of a position by its metres in the square of a commune."""
    number = list(COMMUNES).index(commune)
    return TO_DEGREES.transform(X0 + 10_000 * number + east, Y0 + north)


def _degrees(shape: Any) -> Any:
    return shapely.transform(shape, lambda xy: list(zip(*TO_DEGREES.transform(*xy.T), strict=True)))


def _box(commune: str, west: float, south: float, east: float, north: float) -> Any:
    left = X0 + 10_000 * list(COMMUNES).index(commune)
    return _degrees(shapely.box(left + west, Y0 + south, left + east, Y0 + north))


def row(unit: str, code: str, zone_class: str | None, **more: Any) -> dict[str, Any]:
    """A row of an order in force since 1 January 2021."""
    told = {
        "unit": unit,
        "code": code,
        "zone_class": zone_class,
        "published": zone_class,
        "profession": GP,
        "valid_from": D(2021, 1, 1),
        "order": "Arrêté planté",
        "file": "planted.csv",
    }
    return told | more


def world(folder: Path, rows: list[dict[str, Any]], islands: list[str] | None = None) -> Any:
    """A stored result with these classes."""
    communes = gpd.GeoDataFrame(
        {
            "territory": [f"commune:{code}" for code in COMMUNES],
            "level": "commune",
            "code": list(COMMUNES),
            "name": list(COMMUNES.values()),
            "departement": [code[:2] for code in COMMUNES],
            "region": ["53", "53", "53", "53", "53", "11"],
            "population": 10_000.0,
            "legal_crs": 2154,
        },
        geometry=[_box(code, 0, 0, 10_000, 10_000) for code in COMMUNES],
        crs=4326,
    )
    zones = []
    for first, last, pattern in (
        (D(2015, 1, 1), D(2023, 12, 31), "{}"),
        (D(2024, 1, 1), None, "QN{}"),
    ):
        for code, (commune, west) in QPV_2015.items():
            name = code if pattern == "{}" else f"QN0{code[3:5]}{code[6:8]}M"
            zones.append(
                {
                    "zone_id": name,
                    "zone_kind": "qpv",
                    "code": name,
                    "name": f"Quartier {name[-2:]}",
                    "communes": commune,
                    "departement": "35",
                    "valid_from": first,
                    "valid_to": last,
                    "population": 1_000.0,
                    "legal_crs": 2154,
                    "precision_m": 0.0,
                    "file": "qpv.shp",
                    "geometry": _box(commune, west, 4_000, west + 1_000, 5_000),
                }
            )
    every = gpd.GeoDataFrame(shape_table(pd.DataFrame(zones), ZONES), geometry="geometry", crs=4326)
    tables = {}
    if rows:
        table = pd.DataFrame(rows)
        for name in ("valid_from", "valid_to"):
            column = table[name] if name in table else pd.Series(None, index=table.index)
            table[name] = pd.to_datetime(column).astype("datetime64[s]")
        tables["classes"] = shape_table(table, CLASSES)
    if islands is not None:
        listed = pd.DataFrame({"commune": islands, "name": "Île", "file": "iles.csv"})
        tables["islands"] = shape_table(listed, ISLANDS)
    old = every["code"].str.startswith("QP")
    source = Provenance("qpv", "qpv", "perimetres-2015", "qpv.shp", None, "ab" * 32, 1)
    newer = Provenance("qpv-2", "qpv", "perimetres-2024", "qpv.gpkg", None, "cd" * 32, 1)
    result = Result(
        facts={"territory": "france:FR", "as_of": "2021-06-01", "dates": ["2021-06-01"]},
        layers={
            "communes": communes,
            "qpv_2015": every[old].reset_index(drop=True),
            "qpv_2024": every[~old].reset_index(drop=True),
        },
        indicators=shape_table(pd.DataFrame(), INDICATORS),
        anomalies=Anomalies(),
        provenance=[source, newer],
        tables=tables,
    )
    path = folder / "planted.gpkg"
    save_result(result, path)
    return StoredResult(path)


@pytest.fixture
def ask(tmp_path: Path):
    """Build a world with these classes and ask one question of it."""

    def asked(
        rows: list[dict[str, Any]],
        place: tuple[float, float],
        as_of: dt.date = NOW,
        *,
        islands: list[str] | None = None,
        **more: Any,
    ) -> ZoneAnswer:
        with world(tmp_path, rows, islands) as stored:
            return zone(stored, *place, as_of, **more)

    return asked


IN_QPV_1 = at("35001", 2_500, 4_500)
IN_QPV_2 = at("35001", 6_500, 4_500)
IN_QPV_3 = at("35003", 4_500, 4_500)
IN_TOWN = at("35001", 500, 500)
BASE = [
    row("commune", "35001", "ZV"),
    row("commune", "35002", "ZAC"),
    row("commune", "35003", "ZIP"),
    row("commune", "35004", "ZV"),
    row("qpv", "QP035001", "ZAC"),
]


def test_row_17_zoning_of_january_2021_the_qpv_goes_before_its_commune(ask) -> None:
    """Row 17: « Zonage médecin Jan 2021 »; the QPV's own class, else the commune's."""
    own = ask(BASE, IN_QPV_1)
    assert (own.zone_class, own.unit, own.unit_code) == ("ZAC", "qpv", "QP035001")
    assert own.ruling is not None
    assert (own.ruling.valid_from, own.ruling.order) == (D(2021, 1, 1), "Arrêté planté")
    assert "QP035001" in own.reason.say("fr")
    assert "class of its own" in own.reason.say("en")
    other = ask(BASE, IN_QPV_2)  # a QPV that the order does not class apart
    assert (other.zone_class, other.unit, other.qpv) == ("ZV", "commune", "QP035002")
    town = ask(BASE, IN_TOWN)
    assert (town.zone_class, town.unit, town.in_qpv, town.region) == ("ZV", "commune", False, "53")
    assert town.metres_to_qpv == pytest.approx(math.hypot(1_500, 3_500), rel=1e-3)


def test_row_17_communes_with_qpv_on_1_may_2015(tmp_path: Path) -> None:
    """Row 17: « Communes avec QPV 01 mai 2015 »: at least one QPV in force that day."""
    with world(tmp_path, BASE) as stored:
        then = communes_with_qpv(stored, D(2015, 5, 1))
        assert then["commune"].tolist() == ["35001", "35003"]
        assert then["qpv_count"].tolist() == [2, 1]
        assert then["qpv_codes"].iloc[0] == "QP035001; QP035002"
        assert then.attrs["known"]
        before = communes_with_qpv(stored, D(2014, 12, 31))
        assert len(before) == 0
        assert before.attrs["known"]  # there were none yet
        now = communes_with_qpv(stored, D(2026, 1, 1))
        assert now["qpv_codes"].iloc[0].startswith("QN")


def test_row_17_population_by_class_of_bretagne_in_january_2021() -> None:
    """ZIP 10.9, ZAC 23.7, ZAR 10.6, ZV 54.8 %: planted people, orders and QPV, counted whole.

    The town in ZV holds a QPV in ZAC and one in ZIP; only when their people leave the town's class
    do the official shares come out.
    """
    rows = [
        row("commune", "35001", "ZV"),
        row("commune", "35002", "ZIP"),
        row("commune", "35003", "ZAC"),
        row("commune", "35004", "ZAR"),
        row("qpv", "QP035001", "ZAC"),
        row("qpv", "QP035002", "ZIP"),
        row("qpv", "QP035003", "ZAC"),
    ]
    people = [594_000.0, 100_000.0, 200_000.0, 106_000.0]
    classes = pd.DataFrame(rows)
    classes["valid_from"] = pd.to_datetime(classes["valid_from"]).astype("datetime64[s]")
    codes = [f"3500{number}" for number in range(1, 5)]
    places = pd.DataFrame(
        {
            "territory": ["region:53", *(f"commune:{code}" for code in codes)],
            "level": ["region", *["commune"] * 4],
            "population": [sum(people), *people],
            "covered": True,
        }
    )
    positions = {"france": -1, "region": 0, "departement": -1, "epci": -1}
    links = pd.DataFrame({**positions, "commune": range(1, 5)}, index=codes)
    area: Any = SimpleNamespace(links=links, places=places)
    qpv = pd.DataFrame({"code": list(QPV_2015), "population": [37_000.0, 9_000.0, 5_000.0]})
    communes = [[commune] for commune, _ in QPV_2015.values()]
    answers = ClassAnswers(shape_table(classes, CLASSES), area, qpv, communes, NOW)
    found: dict[bool, dict[str, float]] = {}
    for with_qpv in (True, False):
        snapshot = Snapshot(
            as_of=NOW,
            scope="all",
            kinds=(),
            structures=pd.DataFrame(),
            territories=places,
            qpv=None,
            verdicts={},
            definitions=(),
            zoning=answers.at(NOW, np.full(3, with_qpv)),
        )
        table = compute(snapshot).to_table()
        table = table[table["indicator"] == "share_of_population_in_class"]
        own = table[table["territory"] == "region:53"]
        found[with_qpv] = dict(zip(own["definition"], own["value"], strict=True))
    official = official_series()["zonage_bretagne_2021"].rows
    for name, share in zip(official["item"], official["value"], strict=True):
        assert found[True][name] == pytest.approx(share, abs=1e-12), name
    assert sum(found[True].values()) == pytest.approx(1.0)
    assert found[False]["ZV"] == pytest.approx(0.594)


def test_a_vintage_that_does_not_cover_the_date_is_never_used(ask) -> None:
    for as_of in (D(2020, 12, 31), D(2015, 5, 1)):
        early = ask(BASE, IN_TOWN, as_of)
        assert (early.answer, early.zone_class, early.possible_classes) == (
            "undetermined",
            None,
            (),
        )
        assert "depuis le 1er janvier 2021" in early.reason.say("fr")
        assert "since January 1, 2021" in early.reason.say("en")
    ended = [row("commune", "35001", "ZV", valid_to=D(2021, 5, 31))]
    assert ask(ended, IN_TOWN).answer == "undetermined"
    assert ask(ended, IN_TOWN, D(2021, 5, 31)).zone_class == "ZV"


def test_several_vintages_each_hold_their_time(ask) -> None:
    rows = [
        row("commune", "35001", "ZV", valid_to=D(2022, 12, 31), file="a.csv"),
        row("commune", "35001", "ZAC", valid_from=D(2023, 1, 1), file="b.csv"),
    ]
    told = [ask(rows, IN_TOWN, day) for day in (D(2022, 12, 31), D(2023, 1, 1), D(2020, 1, 1))]
    assert [one.zone_class for one in told] == ["ZV", "ZAC", None]
    assert [one.ruling and one.ruling.file for one in told] == ["a.csv", "b.csv", None]
    assert len(told[0].vintages) == 2


def test_undated_is_undetermined_unless_assumed_and_then_says_so(ask) -> None:
    rows = [row("commune", "35001", "ZIP", valid_from=None)]
    told = ask(rows, IN_TOWN)
    assert (told.answer, told.undated_class, told.possible_classes) == ("undetermined", "ZIP", ())
    assert "n'est pas daté" in told.reason.say("fr")
    assumed = ask(rows, IN_TOWN, assume_undated=True)
    assert (assumed.zone_class, assumed.answer) == ("ZIP", "determined")
    assert assumed.assumption is not None
    assert assumed.assumption.say("fr").startswith("Hypothèse")
    both = [*rows, row("commune", "35001", "ZAC")]
    dated = ask(both, IN_TOWN, assume_undated=True)  # a dated order goes before
    assert (dated.zone_class, dated.assumption) == ("ZAC", None)


def test_contradictory_rows_are_undetermined_with_both(ask) -> None:
    rows = [row("commune", "35001", "ZIP", file="a.csv"), row("commune", "35001", "ZAC", file="b")]
    told = ask(rows, IN_TOWN)
    assert (told.answer, told.possible_classes) == ("undetermined", ("ZIP", "ZAC"))
    assert "a.csv" in told.reason.say("fr")
    one_file = [row("commune", "35001", None, published="1_ZIP / 2_ZAC")]
    assert ask(one_file, IN_TOWN).possible_classes == ("ZIP", "ZAC")


def test_a_tvs_decides_where_neither_qpv_nor_commune_has_a_class(ask) -> None:
    rows = [
        row("tvs", "35111", "ZAC"),
        row("commune-tvs", "35001", "ZAC", name="35111"),
        row("commune", "35001", None, published="N/A - résultat non disponible"),
    ]
    told = ask(rows, IN_TOWN)
    assert (told.zone_class, told.unit, told.unit_name) == ("ZAC", "tvs", "35111")
    first = ask([*rows, row("qpv", "QP035001", "ZIP")], IN_QPV_1)
    assert (first.zone_class, first.unit) == ("ZIP", "qpv")
    own = ask([*rows[:2], row("commune", "35001", "ZV")], IN_TOWN)
    assert (own.zone_class, own.unit) == ("ZV", "commune")


def test_arrondissements_have_to_agree_where_their_contours_are_not_there(ask) -> None:
    place = at("75056", 5_000, 5_000)
    codes = [f"751{number:02d}" for number in range(1, 21)]
    alike = ask([row("commune", code, "ZIP") for code in codes], place)
    assert (alike.zone_class, alike.unit, alike.unit_code) == ("ZIP", "arrondissement", "75056")
    mixed = [row("commune", code, "ZAC" if code == "75116" else "ZIP") for code in codes]
    told = ask(mixed, place)
    assert (told.answer, told.possible_classes) == ("undetermined", ("ZIP", "ZAC"))
    missing = ask([row("commune", code, "ZIP") for code in codes[:-1]], place)
    assert (missing.answer, missing.exhaustive) == ("undetermined", False)


def test_a_position_that_does_not_decide_leaves_all_its_classes(ask) -> None:
    near = at("35001", 1_990, 4_500)  # 10 m outside a QPV in ZAC, its commune in ZV
    assert ask(BASE, near, precision=5).zone_class == "ZV"
    doubt = ask(BASE, near, precision=50)
    assert (doubt.answer, doubt.possible_classes) == ("undetermined", ("ZAC", "ZV"))
    assert (doubt.in_qpv, doubt.qpv) == (None, None)
    assert doubt.metres_low == 0
    assert doubt.metres_high == pytest.approx(60, abs=0.5)
    limit = at("35001", 9_990, 500)  # 10 m from the next commune, in ZAC
    between = ask(BASE, limit, precision=50)
    assert (between.answer, between.possible_classes) == ("undetermined", ("ZAC", "ZV"))
    same = [row("commune", "35001", "ZIP"), row("commune", "35002", "ZIP")]
    agreed = ask(same, limit, precision=50)  # what remains agrees
    assert (agreed.zone_class, agreed.answer) == ("ZIP", "determined")
    open_end = ask([row("commune", "35001", "ZIP")], limit, precision=50)
    assert (open_end.answer, open_end.exhaustive) == ("undetermined", False)


@pytest.mark.parametrize("precision", [math.inf, math.nan])
def test_a_commune_centre_may_be_in_any_of_its_qpv(ask, precision: float) -> None:
    told = ask(BASE, IN_TOWN, precision=precision)
    assert (told.answer, told.possible_classes) == ("undetermined", ("ZAC", "ZV"))
    assert (told.in_qpv, told.metres_low, told.metres_high) == (None, None, None)
    without = ask(BASE, at("35002", 500, 500), precision=precision)  # a commune without QPV
    assert (without.zone_class, without.in_qpv) == ("ZAC", False)


def test_a_value_that_speaks_of_the_qpv_part_is_that_of_the_one_qpv(ask) -> None:
    part = [
        row("commune", "35003", None, published="3_QPV_ZIP"),
        row("commune-qpv", "35003", "ZIP", published="3_QPV_ZIP"),
    ]
    inside = ask(part, IN_QPV_3)
    assert (inside.zone_class, inside.unit, inside.unit_code) == ("ZIP", "qpv", "QP035003")
    assert "3_QPV_ZIP" in inside.reason.say("fr")
    outside = ask(part, at("35003", 500, 500))  # of the rest nothing is said
    assert (outside.answer, outside.exhaustive) == ("undetermined", False)
    two = [
        row("commune", "35001", None, published="3_QPV_ZIP"),
        row("commune-qpv", "35001", "ZIP", published="3_QPV_ZIP"),
    ]
    unsure = ask(two, IN_QPV_1)  # which of the two is not said
    assert (unsure.answer, unsure.possible_classes, unsure.exhaustive) == (
        *("undetermined", ("ZIP",)),
        False,
    )
    left = ask([*two, row("qpv", "QP035002", "ZAC")], IN_QPV_1)  # the other one is classed
    assert (left.zone_class, left.unit) == ("ZIP", "qpv")
    explained = ask([*two, row("qpv", "QP035002", "ZIP")], IN_QPV_1)
    assert explained.answer == "undetermined"


def test_a_grand_quartier_without_contour_stays_open(ask) -> None:
    rows = [
        row("commune", "35002", None, published="8_GQ_ZIP"),
        row("commune-grand-quartier", "35002", "ZIP", published="8_GQ_ZIP"),
    ]
    told = ask(rows, at("35002", 500, 500))
    assert (told.answer, told.possible_classes, told.exhaustive) == (
        *("undetermined", ("ZIP",)),
        False,
    )


def test_a_grand_quartier_is_not_settled_by_the_tvs_of_its_commune(ask) -> None:
    rows = [
        row("commune", "35002", None, published="8_GQ_ZIP"),
        row("commune-grand-quartier", "35002", "ZIP", published="8_GQ_ZIP"),
        row("commune-tvs", "35002", "ZAC"),
    ]
    place = at("35002", 500, 500)
    told = ask(rows, place)
    assert (told.answer, told.possible_classes, told.exhaustive) == (
        *("undetermined", ("ZIP", "ZAC")),
        True,
    )
    alike = ask([*rows[:2], row("commune-tvs", "35002", "ZIP")], place)
    assert (alike.zone_class, alike.unit) == ("ZIP", "tvs")


def test_a_class_that_the_law_does_not_name_passes_as_published(ask) -> None:
    told = ask([row("commune", "35001", None, published="ZX régionale")], IN_TOWN)
    assert (told.zone_class, told.label("fr")) == ("ZX régionale", "ZX régionale")


def test_the_island_is_a_flag_of_its_own(ask) -> None:
    """A synthetic island in ZV: the flag stands beside the class; without a list it is unknown."""
    place = at("35004", 5_000, 5_000)
    island = ask(BASE, place, islands=["35004"])
    assert (island.zone_class, island.island, island.island_name) == ("ZV", True, "Île")
    assert ask(BASE, IN_TOWN, islands=["35004"]).island is False
    assert ask(BASE, place).island is None
    edge = at("35004", 10, 5_000)
    assert ask(BASE, edge, islands=["35004"], precision=50).island is None


def test_a_synthetic_qpv_in_zv_gives_a_place_for_the_aids(tmp_path: Path) -> None:
    rows = [row("commune", "35003", "ZAC"), row("qpv", "QP035003", "ZV")]
    with world(tmp_path, rows, ["35004"]) as stored:
        place = place_of(stored, *IN_QPV_3, NOW)
        assert isinstance(place, Place)
        assert (place.zone_class, place.zone_basis, place.in_qpv) == ("ZV", "qpv", True)
        assert (place.qpv, place.metres_to_qpv, place.metres_high) == ("QP035003", 0.0, 0.0)
        assert (place.commune, place.departement, place.region) == ("35003", "35", "53")
        assert (place.island, place.possible_classes) == (False, ("ZV",))
        vague = place_of(stored, *at("35005", 5_000, 5_000), NOW)
        assert (vague.zone_class, vague.possible_classes) == (None, ())


def test_without_perimeters_in_force_a_qpv_classed_apart_leaves_a_doubt(tmp_path: Path) -> None:
    rows = [row("commune", "35001", "ZV", valid_from=D(2014, 1, 1)), row("qpv", "QP035001", "ZAC")]
    with world(tmp_path, rows) as stored:
        stored.provenance = [one for one in stored.provenance if "2015" not in one.layout]
        told = zone(stored, *IN_TOWN, NOW)
        assert (told.answer, told.in_qpv, told.possible_classes) == (
            *("undetermined", None),
            ("ZAC", "ZV"),
        )


def test_another_profession_is_another_zoning(ask) -> None:
    rows = [*BASE, row("commune", "35001", "ZIP", profession="infirmier")]
    assert ask(rows, IN_TOWN).zone_class == "ZV"
    assert ask(rows, IN_TOWN, profession="infirmier").zone_class == "ZIP"
    none = ask(rows, IN_TOWN, profession="sage-femme")
    assert none.answer == "undetermined"
    assert "sage-femme" in none.reason.say("fr")


def test_nothing_at_hand_says_why(ask) -> None:
    assert "pas de zonage" in ask([], IN_TOWN).reason.say("fr")
    assert "35005" in ask(BASE, at("35005", 5_000, 5_000)).reason.say("fr")
    outside = ask(BASE, at("35001", -50_000, 0))
    assert (outside.commune, outside.in_qpv, outside.answer) == (None, None, "undetermined")


def test_thousands_of_places_get_the_same_answers(tmp_path: Path) -> None:
    places = [IN_QPV_1, IN_QPV_2, IN_TOWN, at("35001", 1_990, 4_500), at("35001", -9, 5), IN_QPV_3]
    precisions = [0.0, 20.0, math.inf, 50.0, math.nan, 5.0]
    with world(tmp_path, BASE, ["35004"]) as stored:
        one = [
            zone(stored, *place, NOW, precision=precision)
            for place, precision in zip(places, precisions, strict=True)
        ]
        lon, lat = zip(*places, strict=True)
        many = zones_of(stored, lon, lat, NOW, precision=precisions)
    assert many["zone_class"].tolist() == [told.zone_class for told in one]
    assert many["possible_classes"].str.split().map(tuple).tolist() == [
        told.possible_classes for told in one
    ]
    assert many["in_qpv"].tolist() == [told.in_qpv for told in one]
    assert many["island"].tolist() == [told.island for told in one]
