"""Figures as codes: spelt out they are the table that was added, each word held once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from geo_service.core.figures import Figures, FigureTable
from geo_service.core.i18n import T
from geo_service.core.result import Anomalies, Result
from geo_service.core.tables import INDICATORS, shape_table

UNKNOWN = T("Inconnu, et non zéro.", "Unknown, not zero.")


@dataclass
class Taken:
    """What figures ask of a snapshot."""

    as_of: dt.date
    scope: str = "all"


def figures(date: dt.date) -> Figures:
    added = Figures(Taken(date))  # type: ignore[arg-type]
    names = ["region:76", "commune:31555", "epci:243100518"]
    added.add("opened", names, [1, 2, np.nan], unit="structure", kind="MSP", unknown=[0, 1, 2])
    added.add(
        "share",
        np.array(names[:2], dtype=object),
        [np.nan, 0.5],
        unit="share",
        definition="declared",
        low=[0.0, 0.25],
    )
    added.add("nothing", [], [], unit="share")
    return added


@pytest.fixture
def joined() -> FigureTable:
    parts = []
    for year in (2025, 2026):
        part = figures(dt.date(year, 1, 31))
        part.explain({"declared": UNKNOWN})
        parts.append((part, "finess qpv"))
    return FigureTable.join(parts)


def test_spelt_out_it_is_a_table_of_indicators(joined: FigureTable) -> None:
    table = joined.to_table()
    assert list(table.columns) == INDICATORS.names
    pd.testing.assert_frame_equal(table, shape_table(table, INDICATORS))
    assert len(table) == len(joined) == 10
    first = table.iloc[0]
    assert (first["territory"], first["level"], first["indicator"]) == (
        "region:76",
        "region",
        "opened",
    )
    assert (first["value"], first["kind"], first["sources"]) == (1, "MSP", "finess qpv")
    assert table["as_of"].dt.year.tolist() == [2025] * 5 + [2026] * 5
    assert table["value"].isna().tolist() == [False, False, True, True, False] * 2
    assert table["low"].isna().tolist() == [True, True, True, False, False] * 2
    assert table["unknown_precision"].tolist() == [0, 1, 2, 0, 0] * 2
    assert table["definition"].isna().tolist() == [True, True, True, False, False] * 2


def test_territories_stand_from_the_largest_down(joined: FigureTable) -> None:
    assert joined.places == ["region:76", "epci:243100518", "commune:31555"]
    assert len(joined.series) == 4


def test_only_the_null_figures_of_a_missing_definition_are_explained(joined: FigureTable) -> None:
    for language, said in (("fr", UNKNOWN.fr), ("en", UNKNOWN.en)):
        table = joined.to_table(language)  # type: ignore[arg-type]
        assert table["note"].dropna().unique().tolist() == [said]
        noted = table[table["note"].notna()]
        assert (noted["definition"] == "declared").all()
        assert noted["value"].isna().all()
        assert len(noted) == 2


def test_a_note_on_some_figures_stays_on_these() -> None:
    added = Figures(Taken(dt.date(2026, 1, 1)))  # type: ignore[arg-type]
    names = ["commune:1", "commune:2"]
    added.add("far", names, [1, 2], unit="m", note=UNKNOWN, noted=[False, True])
    added.add("near", names, [1, 2], unit="m", note=UNKNOWN, noted=[False, False])
    joined = FigureTable.join([(added, None)])
    assert joined.note.tolist() == [-1, 0, -1, -1]
    assert joined.to_table()["sources"].isna().all()


def test_no_figure_at_all() -> None:
    table = FigureTable.join([]).to_table()
    assert list(table.columns) == INDICATORS.names
    assert table.empty


def test_a_result_spells_its_figures_out_once_and_takes_others(joined: FigureTable) -> None:
    result = Result({}, {}, joined, Anomalies(), [])
    assert result.figures is joined
    assert result.indicators is result.indicators
    some = result.indicators.iloc[:2]
    result.indicators = some
    assert result.figures is some
    assert result.indicators is some
