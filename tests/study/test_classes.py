"""Classes of the study's communes: which rows are kept, and what merged communes follow."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from geo_service.core.tables import CLASSES, shape_table
from geo_service.sources.zonage.at_date import Orders
from geo_service.study.classes import kept_classes


def kept(rows: list[tuple[str, str, str, str]], renamed: dict[str, str]) -> list[tuple[Any, ...]]:
    """Rows (unit, code, name, class) that a study of communes 35001 and 75056 keeps."""
    table = pd.DataFrame(rows, columns=["unit", "code", "name", "zone_class"])
    table = table.assign(profession="médecin généraliste", file="a.csv")
    material: Any = SimpleNamespace(table=lambda _: shape_table(table, CLASSES))
    places: Any = SimpleNamespace(renamed=renamed)
    area: Any = SimpleNamespace(
        communes=frozenset({"35001", "75056"}),
        places=pd.DataFrame({"departement": ["35", "75"]}),
    )
    found: Any = kept_classes(material, places, area, None)
    return list(found[["unit", "code", "zone_class"]].itertuples(index=False, name=None))


def test_a_merged_commune_follows_the_tvs_of_the_code_that_it_keeps() -> None:
    rows = [
        ("commune-tvs", "35001", "35111", "ZIP"),
        ("commune-tvs", "35999", "35222", "ZAC"),
    ]
    assert kept(rows, {"35999": "35001"}) == [("commune-tvs", "35001", "ZIP")]
    assert kept(rows[1:], {"35999": "35001"}) == [("commune-tvs", "35001", "ZAC")]


def test_parts_of_a_merged_commune_stay_both() -> None:
    rows = [("commune", "35001", "", "ZIP"), ("commune", "35999", "", "ZAC")]
    assert kept(rows, {"35999": "35001"}) == [
        ("commune", "35001", "ZIP"),
        ("commune", "35001", "ZAC"),
    ]


def test_arrondissements_tvs_and_the_qpv_of_the_study_are_kept() -> None:
    rows = [
        ("commune", "75116", "", "ZAC"),
        ("commune", "13055", "", "ZAC"),
        ("tvs", "99999", "", "ZV"),
        ("qpv", "QP035001", "", "ZIP"),
        ("qpv", "QN01301M", "", "ZIP"),
    ]
    assert [code for _, code, _ in kept(rows, {})] == ["75116", "99999", "QP035001"]


def test_what_is_plain_is_what_every_row_read_says() -> None:
    draw = np.random.default_rng(3)
    days = [None, "2020-01-01", "2023-06-30"]
    states = set()
    for _ in range(60):
        rows = [
            (
                draw.choice(["commune", "commune-tvs", "commune-qpv", "qpv"]),
                str(draw.choice(["31555", "31556", "75056", "75101", "09001"])),
                draw.choice(np.array(["ZIP", "ZAC", None], dtype=object)),
                draw.choice(np.array(["1_ZIP", "N/A", "3_QPV_ZIP", None], dtype=object)),
                draw.choice(np.array(days, dtype=object)),
                draw.choice(np.array(days, dtype=object)),
            )
            for _ in range(draw.integers(0, 7))
        ]
        names = ["unit", "code", "zone_class", "published", "valid_from", "valid_to"]
        table = pd.DataFrame(rows, columns=names, dtype=object)
        table = table.assign(profession="médecin généraliste", file="a.csv")
        orders = Orders(shape_table(table, CLASSES))
        for assume in (False, True):
            at = orders.at(dt.date(2022, 1, 1), assume_undated=assume)
            for code in {row[1] for row in rows}:
                said = at.of_commune(code)
                states.add(said.state)
                if code in at.plain:
                    assert (*said.classes, said.assumed) == at.plain[code]
                    assert said.state == "class"
            alone = [row for row in rows if [r[:2] for r in rows].count(row[:2]) == 1]
            sure = {row[1] for row in alone if row[0] == "commune" and row[2] is not None}
            assert set(at.plain) == {c for c in sure if at.of_unit("commune", c).state == "class"}
    assert {"class", "several", "undated", "not in force"} <= states
    assert Orders(None).at(dt.date(2022, 1, 1)).plain == {}
