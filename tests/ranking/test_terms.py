"""What a stored result gives to rank by: the sample, and the real QPV of Occitanie."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo_service.core.errors import UnknownNameError
from geo_service.core.i18n import use_language
from geo_service.core.tables import CLASSES, shape_table
from geo_service.ranking import gather_terms, rank_qpv
from geo_service.store import StoredResult, save_result

AS_OF = dt.date(2026, 1, 1)


@pytest.fixture(scope="module")
def stored(sample_file: Path):
    with StoredResult(sample_file) as held:
        yield held


@pytest.fixture(scope="module")
def real(occitanie, tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("ranking") / "occitanie.gpkg"
    save_result(occitanie, path)
    with StoredResult(path) as held:
        yield held


def test_every_qpv_in_force_has_a_row(stored) -> None:
    table = gather_terms(stored, AS_OF)
    assert set(table["code"]) == set(stored.read_layer("qpv_2024")["code"])
    earlier = gather_terms(stored, dt.date(2020, 12, 31))
    assert set(earlier["code"]) <= set(stored.read_layer("qpv_2015")["code"])


def test_apl_is_that_of_the_commune(stored) -> None:
    apl = stored.read_table("apl").set_index("commune")["apl"]
    for row in gather_terms(stored, AS_OF).itertuples():
        codes = str(row.communes).split()
        if len(codes) == 1 and codes[0] in apl.index and not np.isnan(apl[codes[0]]):
            assert row.apl == row.apl_low == row.apl_high == apl[codes[0]]


def test_the_qpvs_own_class_goes_first(stored) -> None:
    classes = stored.read_table("classes")
    own = classes[(classes["unit"] == "qpv") & classes["zone_class"].notna()]
    own = own[own["valid_to"].isna()].set_index("code")["zone_class"]
    table = gather_terms(stored, AS_OF).set_index("code")
    shared = sorted(set(own.index) & set(table.index))
    assert shared
    assert table.loc[shared, "zone_classes"].tolist() == own[shared].tolist()
    assert set(table.loc[shared, "zone_from"]) == {"qpv"}


def test_distance_is_that_of_the_nearer_kind(stored) -> None:
    figures = stored.read_indicators(
        level="qpv", indicator="nearest_distance", definition="nearest-1", as_of=AS_OF
    )
    nearest = figures[figures["kind"].isin(["MSP", "CDS"])].groupby("territory")["value"].min()
    for row in gather_terms(stored, AS_OF).itertuples():
        assert row.distance == pytest.approx(nearest[f"qpv:{row.code}"], nan_ok=True)
        assert not row.distance_low > row.distance


def test_bounds_of_the_edge_are_found_in_either_language(stored) -> None:
    with use_language("en"):
        english = gather_terms(stored, AS_OF)["distance_is_bound"]
    assert english.tolist() == gather_terms(stored, AS_OF)["distance_is_bound"].tolist()


def test_a_date_that_the_result_does_not_hold_is_refused(stored) -> None:
    with pytest.raises(UnknownNameError, match="2026-01-02"):
        rank_qpv(stored, dt.date(2026, 1, 2))


def classes(*rows: tuple[str, str, str | None, str | None, str | None]) -> pd.DataFrame:
    """Rows unit, code, class, valid_from, valid_to."""
    table = pd.DataFrame(rows, columns=["unit", "code", "zone_class", "valid_from", "valid_to"])
    table["valid_from"] = pd.to_datetime(table["valid_from"]).astype("datetime64[s]")
    table["valid_to"] = pd.to_datetime(table["valid_to"]).astype("datetime64[s]")
    table["order"] = "planté"
    table["profession"] = "médecin généraliste"
    table["file"] = "planté.csv"
    return shape_table(table, CLASSES)


class Planted:
    """A result of which only the table of classes is read."""

    def __init__(self, table: pd.DataFrame | None) -> None:
        self._table = table

    def table_names(self) -> list[str]:
        return [] if self._table is None else ["classes"]

    def read_table(self, name: str) -> pd.DataFrame:
        assert name == "classes"
        assert self._table is not None
        return self._table


ZONINGS = {
    "the commune's": ([("commune", "31555", "ZIP", None, None)], ["31555"], "ZIP", ""),
    "the QPV's own first": (
        [("commune", "31555", "ZIP", None, None), ("qpv", "QN1", "ZAC", None, None)],
        ["31555"],
        "ZAC",
        "",
    ),
    "a QPV without a class has its commune's": (
        [("commune", "31555", "ZIP", None, None), ("qpv", "QN1", None, None, None)],
        ["31555"],
        "ZIP",
        "",
    ),
    "a dated order before an undated one": (
        [("commune", "31555", "ZAC", "2022-01-01", None), ("commune", "31555", "HZ", None, None)],
        ["31555"],
        "ZAC",
        "",
    ),
    "two orders in force that differ": (
        [
            ("commune", "31555", "ZIP", "2018-01-01", None),
            ("commune", "31555", "ZAC", "2022-01-01", None),
        ],
        ["31555"],
        "ZAC ZIP",
        "several-classes",
    ),
    "an order that ended": (
        [("commune", "31555", "ZIP", "2018-01-01", "2021-12-31")],
        ["31555"],
        "",
        "order-of-another-date",
    ),
    "an order to come": (
        [("commune", "31555", "ZIP", "2027-01-01", None)],
        ["31555"],
        "",
        "order-of-another-date",
    ),
    "two communes alike": (
        [("commune", "31555", "ZIP", None, None), ("commune", "31069", "ZIP", None, None)],
        ["31555", "31069"],
        "ZIP",
        "",
    ),
    "two communes apart": (
        [("commune", "31555", "ZIP", None, None), ("commune", "31069", "ZAC", None, None)],
        ["31555", "31069"],
        "ZAC ZIP",
        "several-classes",
    ),
    "a table that contradicts itself": (
        [("commune", "31555", "ZIP", None, None), ("commune", "31555", "ZAC", None, None)],
        ["31555"],
        "ZAC ZIP",
        "several-classes",
    ),
    "one commune of two is classed": (
        [("commune", "31555", "ZIP", None, None)],
        ["31555", "31069"],
        "",
        "no-class",
    ),
    "all arrondissements alike": (
        [("commune", f"693{n}", "ZIP", None, None) for n in range(81, 90)],
        ["69123"],
        "ZIP",
        "",
    ),
    "some arrondissements only": (
        [("commune", f"693{n}", "ZIP", None, None) for n in range(81, 89)],
        ["69123"],
        "",
        "no-class",
    ),
    "no class but that of the territoire de vie-santé": (
        [("commune-tvs", "31555", "ZAC", None, None), ("commune", "31555", None, None, None)],
        ["31555"],
        "ZAC",
        "",
    ),
    "the commune's before that of its territoire de vie-santé": (
        [("commune-tvs", "31555", "ZAC", None, None), ("commune", "31555", "ZIP", None, None)],
        ["31555"],
        "ZIP",
        "",
    ),
    "a grand quartier beside the territoire de vie-santé": (
        [
            ("commune-tvs", "31555", "ZAC", None, None),
            ("commune-grand-quartier", "31555", "ZIP", None, None),
        ],
        ["31555"],
        "ZAC ZIP",
        "several-classes",
    ),
    "the only QPV of its commune": (
        [("commune-qpv", "31555", "ZIP", None, None)],
        ["31555"],
        "ZIP",
        "",
    ),
}


@pytest.mark.parametrize("name", ZONINGS)
def test_class_of_a_qpv(name: str) -> None:
    from geo_service.ranking.zoning import zoning_of_qpv

    rows, communes, wanted, why = ZONINGS[name]
    found = zoning_of_qpv(Planted(classes(*rows)), AS_OF, ["QN1"], [communes]).iloc[0]
    assert (found["zone_classes"], found["zonage_why"]) == (wanted, why)


def test_a_part_without_a_date_leaves_the_class_without() -> None:
    from geo_service.ranking.zoning import zoning_of_qpv

    table = classes(
        ("commune", "31555", "ZIP", "2022-01-01", None), ("commune", "31069", "ZIP", None, None)
    )
    found = zoning_of_qpv(Planted(table), AS_OF, ["QN1"], [["31555", "31069"]]).iloc[0]
    assert found["zone_classes"] == "ZIP"
    assert pd.isna(found["zone_from_date"])


def test_one_qpv_of_two_cannot_be_told_from_the_commune_value() -> None:
    from geo_service.ranking.zoning import zoning_of_qpv

    table = classes(("commune-qpv", "31555", "ZIP", None, None))
    found = zoning_of_qpv(Planted(table), AS_OF, ["QN1", "QN2"], [["31555"], ["31555"]])
    assert found["zonage_why"].tolist() == ["part-of-commune", "part-of-commune"]
    none = zoning_of_qpv(Planted(None), AS_OF, ["QN1"], [["31555"]])
    assert none["zonage_why"].tolist() == ["no-classes"]


class PlantedDistances:
    """A result of which only the figures of distance and of structures are read."""

    facts = {"territory": "departement:31"}  # noqa: RUF012 - a stand-in, never changed

    def __init__(self, *rows: tuple[str, float, float, float]) -> None:
        self._rows = rows

    def read_indicators(self, *, indicator: str, **_asked: object) -> pd.DataFrame:
        if indicator == "structures_open":
            rows = [("departement:31", kind, 1.0, 1.0, 1.0, None) for kind in ("MSP", "CDS")]
        else:
            rows = [("qpv:QN1", *row, None) for row in self._rows]
        return pd.DataFrame(rows, columns=["territory", "kind", "value", "low", "high", "note"])


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        # Positions of unknown precision: no bound, and never the distance as given for one.
        ([("MSP", 900.0, np.nan, np.nan), ("CDS", 950.0, np.nan, np.nan)], (900, np.nan, np.nan)),
        # The farther kind may be the nearer one as soon as its lower bound is not known.
        ([("MSP", 900.0, np.nan, np.nan), ("CDS", 950.0, 940.0, 960.0)], (900, np.nan, 960)),
        ([("MSP", 900.0, 890.0, 910.0), ("CDS", 950.0, 850.0, 1050.0)], (900, 850, 910)),
        ([("MSP", 900.0, 890.0, 910.0), ("CDS", np.nan, np.nan, np.nan)], (900, 890, 910)),
    ],
)
def test_bounds_of_the_nearer_of_two_kinds(rows, wanted) -> None:
    from geo_service.ranking.terms import _distance

    found = _distance(PlantedDistances(*rows), AS_OF, ["QN1"], ["31"]).iloc[0]
    told = (found["distance"], found["distance_low"], found["distance_high"])
    assert told == pytest.approx(wanted, nan_ok=True)


@pytest.mark.xdist_group("occitanie")
def test_the_real_qpv_of_occitanie_rest_on_all_four_terms(real) -> None:
    found = rank_qpv(real)
    table = found.table
    assert found.ranked == len(table) == 108
    assert set(table["departement"]) <= {
        "09", "11", "12", "30", "31", "32", "34", "46", "48", "65", "66", "81", "82",
    }  # fmt: skip
    assert table["distance"].notna().all()
    assert table["apl"].notna().all()
    four = table["terms"] == "apl zonage distance population"
    assert four.sum() >= 80
    assert (table.loc[~four, "why"] != "").all()
    said = " ".join(note.say("en") for note in found.notes)
    assert "not official" in said
    assert "Zoning without the date" in said
    assert {held.source for held in found.sources} == {
        "apl", "finess", "population", "qpv", "zonage",
    }  # fmt: skip
    # The commune of Toulouse: one APL for all its QPV, and the rank follows what differs.
    toulouse = table[table["communes"] == "31555"]
    assert len(toulouse) > 5
    assert toulouse["apl"].nunique() == 1
