"""Population by class: planted communes and QPV whose shares are known by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_service.core.i18n import T
from geo_service.core.snapshot import Snapshot, Zoning
from geo_service.core.tables import LEVELS
from geo_service.indicators import zoning
from geo_service.official import official_series

AS_OF = dt.date(2021, 6, 1)
COLUMNS = ["commune", "qpv", "zone_class", "share", "population"]


def planted(
    communes: list[tuple[str | None, float]],
    moved: list[tuple[int, str, str, float, float]] = [],  # noqa: B006 - never changed
    *,
    undetermined: tuple[int, ...] = (),
    note: Any = None,
    in_force: bool = True,
    covered: bool = True,
    departement: list[int] | None = None,
) -> Snapshot:
    """A région (position 0) of these communes: class and inhabitants; QPV as in ``Zoning.moved``.

    ``departement`` gives 0 or 1 for each commune; the two départements are positions 1 and 2.
    """
    count = len(communes)
    where = departement or [0] * count
    territories = pd.DataFrame(
        {
            "territory": [
                *("region:53", "departement:22", "departement:35"),
                *(f"commune:{number}" for number in range(count)),
            ],
            "level": ["region", "departement", "departement", *["commune"] * count],
            "population": np.nan,
            "covered": covered,
        }
    )
    absent = np.full(count, -1)
    found = Zoning(
        zone_class=np.array([one for one, _ in communes], dtype=object),
        undetermined=np.isin(np.arange(count), undetermined),
        population=np.array([people for _, people in communes], dtype=float),
        levels={
            "france": absent,
            "region": np.zeros(count, dtype=np.int64),
            "departement": np.array(where) + 1,
            "epci": absent,
            "commune": np.arange(3, 3 + count),
        },
        classes=("ZIP", "ZAC", "ZAR", "ZV"),
        moved=pd.DataFrame(moved, columns=COLUMNS),
        in_force=in_force,
        note=note,
    )
    return Snapshot(
        as_of=AS_OF,
        scope="all",
        kinds=("MSP",),
        structures=pd.DataFrame(),
        territories=territories,
        qpv=None,
        verdicts={},
        definitions=(),
        levels=LEVELS,
        zoning=found,
    )


def figures(snapshot: Snapshot, territory: str = "region:53") -> pd.DataFrame:
    table = zoning.compute(snapshot).to_table("fr")
    own = table[table["territory"] == territory]
    return own.pivot(index="definition", columns="indicator", values=["value", "low", "high"])


def people(snapshot: Snapshot, territory: str = "region:53", what: str = "value") -> dict[str, Any]:
    return dict(figures(snapshot, territory)[what, "population_in_class"])


def test_bretagne_2021_comes_out_of_planted_people() -> None:
    """ZIP 10.9, ZAC 23.7, ZAR 10.6, ZV 54.8 %: only if each QPV leaves its commune's class."""
    communes = [("ZIP", 100_000.0), ("ZAC", 200_000.0), ("ZAR", 106_000.0), ("ZV", 594_000.0)]
    moved = [
        (3, "QP035001", "ZAC", 1.0, 37_000.0),
        (3, "QP035002", "ZIP", 1.0, 9_000.0),
    ]
    found = figures(planted(communes, moved))["value", "share_of_population_in_class"]
    official = official_series()["zonage_bretagne_2021"]
    told = dict(zip(official.rows["item"], official.rows["value"], strict=True))
    assert set(told) == {"ZIP", "ZAC", "ZAR", "ZV"}
    for name, share in told.items():
        assert found[name] == pytest.approx(share, abs=1e-12), name
    assert found.sum() == pytest.approx(1.0)
    plain = figures(planted(communes))["value", "share_of_population_in_class"]
    assert plain["ZV"] == pytest.approx(0.594)  # without the rule it would be another figure


def test_what_has_no_class_is_counted_apart() -> None:
    snapshot = planted([("ZIP", 10.0), (None, 20.0), (None, 30.0)], undetermined=(2,))
    told = people(snapshot)
    assert (told["ZIP"], told["unclassed"], told["undetermined"]) == (10.0, 20.0, 30.0)
    assert sum(told.values()) == 60.0


def test_a_qpv_of_two_communes_is_spread_by_its_ground_between_bounds() -> None:
    communes = [("ZV", 100.0), ("ZAC", 50.0)]
    moved = [(0, "Q", "ZIP", 0.75, 40.0), (1, "Q", "ZIP", 0.25, 40.0)]
    snapshot = planted(communes, moved, departement=[0, 1])
    told, low, high = (people(snapshot, what=what) for what in ("value", "low", "high"))
    assert (told["ZIP"], low["ZIP"], high["ZIP"]) == (40.0, 40.0, 40.0)  # all of it, whichever way
    assert (told["ZV"], low["ZV"], high["ZV"]) == (70.0, 60.0, 100.0)
    assert (told["ZAC"], low["ZAC"], high["ZAC"]) == (40.0, 10.0, 50.0)
    part = people(snapshot, "departement:22", "high")
    assert part["ZIP"] == 40.0
    assert people(snapshot, "departement:22", "low")["ZIP"] == 0.0
    notes = zoning.compute(snapshot).to_table("fr").set_index("territory")["note"]
    assert "répartie" in notes["region:53"].iloc[0]


def test_a_qpv_of_two_communes_of_one_class_is_exact_above_them() -> None:
    communes = [("ZV", 100.0), ("ZV", 50.0)]
    moved = [(0, "Q", "ZIP", 0.5, 40.0), (1, "Q", "ZIP", 0.5, 40.0)]
    snapshot = planted(communes, moved)
    for what in ("value", "low", "high"):
        told = people(snapshot, what=what)
        assert (told["ZIP"], told["ZV"]) == (40.0, 110.0)


def test_a_qpv_without_people_leaves_nulls_between_bounds() -> None:
    snapshot = planted([("ZV", 100.0), ("ZIP", 7.0)], [(0, "Q", "ZIP", 1.0, np.nan)])
    told, low, high = (people(snapshot, what=what) for what in ("value", "low", "high"))
    assert np.isnan(told["ZIP"])
    assert np.isnan(told["ZV"])
    assert (low["ZIP"], high["ZIP"]) == (7.0, 107.0)
    assert (low["ZV"], high["ZV"]) == (0.0, 100.0)
    table = zoning.compute(snapshot).to_table("en")
    assert table["note"].dropna().str.contains("not known").all()


def test_an_undated_order_is_noted_and_none_in_force_is_null() -> None:
    note = T("non daté", "undated")
    table = zoning.compute(planted([("ZIP", 5.0)], note=note)).to_table("fr")
    assert (table["note"] == "non daté").all()
    none = zoning.compute(planted([(None, 5.0)], in_force=False, note=note)).to_table("en")
    assert set(none["territory"]) == {"region:53"}
    assert none["value"].isna().all()
    assert (none["note"] == "undated").all()


def test_a_territory_not_held_whole_and_unknown_people_are_null() -> None:
    assert np.isnan(list(people(planted([("ZIP", 5.0)], covered=False)).values())).all()
    told = figures(planted([("ZIP", np.nan), ("ZV", 5.0)]))
    assert np.isnan(told["value", "population_in_class"]["ZIP"])
    assert told["value", "population_in_class"]["ZV"] == 5.0
    assert told["value", "share_of_population_in_class"].isna().all()


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_parts_are_disjoint_and_add_up(data: st.DataObject) -> None:
    classes = st.sampled_from(["ZIP", "ZAC", "ZAR", "ZV", None])
    communes = data.draw(
        st.lists(st.tuples(classes, st.integers(200, 5_000).map(float)), min_size=2, max_size=6)
    )
    moved = []
    for number in range(data.draw(st.integers(0, 3))):
        first, second = data.draw(
            st.permutations(range(len(communes))).map(lambda order: order[:2])
        )
        own, share = data.draw(classes.filter(bool)), data.draw(st.sampled_from([0.3, 0.5, 1.0]))
        spans = [(first, share)] + ([(second, 1 - share)] if share < 1 else [])
        moved += [
            (commune, f"Q{number}", own, part, 60.0)
            for commune, part in spans
            if communes[commune][0] != own
        ]
    snapshot = planted(communes, moved)
    total = sum(count for _, count in communes)
    for territory in ("region:53", *(f"commune:{n}" for n in range(len(communes)))):
        told, low, high = (people(snapshot, territory, what) for what in ("value", "low", "high"))
        own = total if territory == "region:53" else communes[int(territory.split(":")[1])][1]
        assert sum(told.values()) == pytest.approx(own)
        for name, value in told.items():
            assert low[name] - 1e-9 <= value <= high[name] + 1e-9


def test_the_sample_is_counted_as_by_hand(sample_result: Any) -> None:
    """Its orders of 2024, commune by commune, QPV by QPV."""
    communes = sample_result.layers["communes"]
    people_of = dict(zip(communes["code"], communes["population"], strict=True))
    rows = sample_result.tables["classes"]
    rows = rows[rows["valid_from"] == "2024-01-01"]
    own = rows[(rows["unit"] == "commune") & rows["zone_class"].notna()]
    class_of = dict(zip(own["code"], own["zone_class"], strict=True))
    count: dict[str, float] = {}
    for code, number in people_of.items():
        name = class_of.get(code, "unclassed")
        count[name] = count.get(name, 0.0) + number
    apart = rows[(rows["unit"] == "qpv") & rows["zone_class"].notna()]
    quarters = sample_result.layers["qpv_2024"].set_index("code")
    for code, name in zip(apart["code"], apart["zone_class"], strict=True):
        if code in quarters.index:
            held = {class_of[one] for one in quarters.loc[code, "communes"].split()}
            assert len(held) == 1
            (was,) = held
            count[was] -= quarters.loc[code, "population"]
            count[name] = count.get(name, 0.0) + quarters.loc[code, "population"]
    table = sample_result.indicators
    told = table[
        (table["territory"] == "region:99")
        & (table["indicator"] == "population_in_class")
        & (table["as_of"] == "2026-01-01")
    ].set_index("definition")["value"]
    for name, number in count.items():
        assert told[name] == pytest.approx(number), name
    assert told.sum() == pytest.approx(sum(people_of.values()))


def test_qpv_with_more_people_than_their_commune_leave_it_unknown() -> None:
    """Counts of other years: nobody is negative, and the bounds hold whatever is true."""
    moved = [(0, "QP1", "ZIP", 1.0, 700.0), (0, "QP2", "ZIP", 1.0, 600.0)]
    snapshot = planted([("ZAC", 1000.0), ("ZV", 500.0)], moved)
    value, low, high = (people(snapshot, what=what) for what in ("value", "low", "high"))
    assert np.isnan([value["ZAC"], value["ZIP"]]).all()
    assert value["ZV"] == 500
    assert (low["ZAC"], high["ZAC"], low["ZIP"]) == (0, 1000, 0)
    assert high["ZIP"] >= 1000
