"""What the map is told of the structures."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
import shapely

from geo_service.core.i18n import use_language
from geo_service.drawing.points import (
    decides_nothing,
    open_structures,
    structure_fields,
    structure_layers,
)

DAY = dt.date(2026, 1, 31)


def test_openness_counts_the_day_itself_and_unknown_dates() -> None:
    table = pd.DataFrame(
        {
            "opened": pd.to_datetime(["2026-01-31", "2026-02-01", None, None]),
            "closed": pd.to_datetime([None, None, "2026-01-31", "2026-02-01"]),
        }
    )
    assert list(open_structures(table, DAY).index) == [0, 3]
    assert len(open_structures(table, None)) == 4


def test_a_study_says_itself_what_is_open() -> None:
    table = pd.DataFrame(
        {
            "open": ["yes", "no", "undetermined"],
            "opened": pd.to_datetime([None, "2030-01-01", None]),
        }
    )
    kept = open_structures(table, DAY)
    assert list(kept["open"]) == ["yes", "undetermined"]
    assert [values for _, values in structure_fields(kept, {})] == [["", "date inconnue"]]


def test_answers_of_a_study_are_said_in_words() -> None:
    table = pd.DataFrame(
        {
            "in_qpv": ["inside", "outside", "undetermined"],
            "near_proxy_300m": ["outside", "inside", None],
            "zonage": ["ZIP", "XX", None],
        }
    )
    told = [values for _, values in structure_fields(table, {})]
    assert told[:2] == [["oui", "non", "indéterminé"], ["non", "oui", "indéterminé"]]
    assert told[2] == ["Zone d'intervention prioritaire (ZIP)", "XX", ""]


def test_a_position_that_decides_nothing_is_told_by_the_law_file() -> None:
    table = pd.DataFrame({"position": ["address", "commune-centre", "unknown", "low-score"]})
    assert decides_nothing(table).tolist() == [False, True, False, True]


def test_membership_has_three_answers_and_absent_columns_are_not_told() -> None:
    table = pd.DataFrame(
        {
            "in_qpv": pd.array([True, False, None], dtype="boolean"),
            "near_300": pd.array([None, True, False], dtype="boolean"),
        }
    )
    told = {label.say("en"): values for label, values in structure_fields(table, {})}
    assert told["In a QPV"] == ["oui", "non", "indéterminé"]  # the language of now is French
    assert told["less than 300 m from a QPV (proxy)"] == ["indéterminé", "oui", "non"]
    assert set(told) == {"In a QPV", "less than 300 m from a QPV (proxy)"}
    with use_language("en"):
        assert dict(structure_fields(table, {}))  # says itself in English too
        told = {label.say(): values for label, values in structure_fields(table, {})}
    assert told["In a QPV"] == ["yes", "no", "undetermined"]


def test_one_layer_a_kind_with_those_that_have_a_position() -> None:
    table = gpd.GeoDataFrame(
        {"name": ["A", "B", "C"], "kind": ["CDS", "MSP", "MSP"], "position": ["address"] * 3},
        geometry=[shapely.Point(1.4, 43.6), shapely.Point(), None],
        crs=4326,
    )
    msp, cds = structure_layers(table, {})
    assert (msp.name, msp.count, msp.missing) == ("MSP", 0, 2)
    assert (cds.name, cds.count, cds.content["points"]) == ("CDS", 1, [[1.4, 43.6]])
