"""What cannot be known stays unknown: the scope, a date without perimeters, an opening date."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo_service.core.errors import RuleError, SourceError, UnknownNameError
from geo_service.core.validity import openness
from geo_service.study import Study, build


@pytest.fixture(scope="module")
def study(sample: Path) -> Study:
    """The sample's study at its main date, without the squares: quick to build."""
    loaded = Study.load(sample / "study.toml")
    sources = tuple(s for s in loaded.sources if "carreaux" not in s.path.name)
    return dataclasses.replace(loaded, also_at=(), sources=sources)


def rows(result, indicator: str, kind: str, territory: str = "region:99") -> pd.DataFrame:
    table = result.indicators
    chosen = table[
        (table["indicator"] == indicator)
        & (table["kind"] == kind)
        & (table["territory"] == territory)
    ]
    return chosen.set_index(chosen["definition"].fillna("-"))


def test_pluriprofessional_only_is_unknown_for_centres_and_bounded(study: Study) -> None:
    result = build(dataclasses.replace(study, scope="pluri"))
    centres = rows(result, "structures_open", "CDS").loc["-"]
    assert np.isnan(centres["value"])
    assert (centres["low"], centres["high"]) == (0, 26)
    in_qpv = rows(result, "structures_in_qpv", "CDS").loc["qpv"]
    assert np.isnan(in_qpv["value"])
    assert (in_qpv["low"], in_qpv["high"]) == (0, 13)
    # The scope asks of centres only: nothing changes for maisons de santé.
    assert rows(result, "structures_in_qpv", "MSP").loc["qpv", "value"] == 8
    assert set(result.indicators["scope"]) == {"pluri"}


def test_without_a_perimeter_in_force_the_figures_are_null_and_say_why(study: Study) -> None:
    sources = tuple(s for s in study.sources if "2015" not in s.path.name)
    result = build(dataclasses.replace(study, sources=sources, as_of=dt.date(2020, 12, 31)))
    row = rows(result, "structures_in_qpv", "MSP").loc["qpv"]
    assert np.isnan([row["value"], row["low"], row["high"]]).all()
    assert "2020-12-31" in row["note"]
    assert "qpv" not in set(result.indicators["level"])
    assert rows(result, "structures_open", "MSP").loc["-", "value"] > 0


def test_between_the_two_lists_overseas_keeps_the_old_one(study: Study) -> None:
    # In 2024 the mainland has the new list, overseas still that of 2015.
    result = build(dataclasses.replace(study, as_of=dt.date(2024, 6, 30)))
    qpv = result.indicators.loc[result.indicators["level"] == "qpv", "territory"].unique()
    mainland = {name[4:6] for name in qpv if "096" in name}
    overseas = {name[4:6] for name in qpv if "971" in name}
    assert (mainland, overseas) == ({"QN"}, {"QP"})


def test_the_proxy_leaves_out_equality_and_takes_any_distance(study: Study) -> None:
    result = build(dataclasses.replace(study, quartier_vecu=(1, 1000)))
    near = rows(result, "structures_near_qpv", "MSP")
    assert (
        near.loc["proxy-1m", "value"] == rows(result, "structures_in_qpv", "MSP")["value"].iloc[0]
    )
    assert near.loc["proxy-1000m", "value"] >= near.loc["proxy-1m", "value"]


def test_openness_worked_out_by_hand() -> None:
    dates = pd.DataFrame(
        {
            "opened": pd.to_datetime(
                ["2019-01-01", "2020-12-31", "2021-01-01", None, "2019-01-01"]
            ),
            "closed": pd.to_datetime([None, None, None, None, "2020-12-31"]),
        }
    )
    day = dt.date(2020, 12, 31)
    assert openness(dates, day, dt.date(2021, 1, 5)).tolist() == [1, 1, 0, -1, 0]
    assert openness(dates, day, day).tolist() == [1, 1, 0, 1, 0]
    assert openness(dates, day, None).tolist() == [1, 1, 0, -1, 0]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"quartier_vecu": (5000,)}, RuleError),
        ({"scope": "mono"}, SourceError),
        ({"kinds": ("MPS",)}, SourceError),
        ({"territory": "canton:1"}, UnknownNameError),
        ({"territory": "region:98"}, UnknownNameError),
        ({"sources": ()}, SourceError),
    ],
)
def test_a_study_that_cannot_be_is_refused(study: Study, change: dict, problem: type) -> None:
    with pytest.raises(problem):
        build(dataclasses.replace(study, **change))
