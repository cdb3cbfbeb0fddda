"""QPV 2015 ↔ QPV 2024: shares, relations, letters; the shared file against the published counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo_service.core.crs import transform
from geo_service.progression import against_suffixes, correspondence, correspondence_of
from geo_service.progression.perimeters import COLUMNS
from geo_service.progression.records import correspondence_records
from geo_service.sources import qpv as qpv_source
from geo_service.store import StoredResult

from .planted import NEW, OLD, X0, Y0, qpv, zones_table

OLDER = (
    qpv("QP014001", 0, 0, 500, *OLD),  # stays, drawn 10 m aside
    qpv("QP014002", 2_000, 0, 500, *OLD),  # grows
    qpv("QP014003", 4_000, 0, 1_000, *OLD),  # is split
    qpv("QP014004", 6_000, 0, 500, *OLD),  # merged
    qpv("QP014005", 6_500, 0, 500, *OLD),  # merged
    qpv("QP014006", 9_000, 0, 500, *OLD),  # goes
)
NEWER = (
    qpv("QN01401I", 10, 0, 500, *NEW),
    qpv("QN01402M", 2_000, 0, 1_000, *NEW),
    qpv("QN01403M", 4_000, 0, 500, *NEW),
    qpv("QN01404M", 4_500, 500, 500, *NEW),
    qpv("QN01405M", 6_000, -250, 1_000, *NEW),
    qpv("QN01406N", 12_000, 0, 500, *NEW),
)


def test_what_became_of_each_quarter() -> None:
    found = correspondence(zones_table(OLDER), zones_table(NEWER))
    relation = found.rows.dropna(subset="code_2024").drop_duplicates("code_2024")
    assert dict(zip(relation["code_2024"], relation["relation"], strict=True)) == {
        "QN01401I": "identical",
        "QN01402M": "modified",
        "QN01403M": "split",
        "QN01404M": "split",
        "QN01405M": "merged",
        "QN01406N": "new",
    }
    assert found.counts["gone"] == 1
    assert list(found.rows.columns) == list(COLUMNS)
    rows = found.rows.set_index(["code_2015", "code_2024"])
    grown = rows.loc[("QP014002", "QN01402M")]
    assert (grown["share_of_2015"], grown["share_of_2024"]) == pytest.approx((1.0, 0.25))
    assert grown["shared_area_m2"] == pytest.approx(250_000)
    assert rows.loc[("QP014001", "QN01401I"), "farthest_m"] == pytest.approx(10)


def test_shares_of_population_come_from_the_squares_or_from_the_area() -> None:
    old, new = zones_table(OLDER[1:2]), zones_table(NEWER[1:2])
    new["population"] = 1_000.0
    by_area = correspondence(old, new).rows.iloc[0]
    assert (by_area["people_basis"], by_area["people_shared"]) == ("area", pytest.approx(250))
    assert np.isnan(by_area["people_share_of_2015"])
    lon, lat = transform(
        X0 + np.asarray([2_250.0, 2_750.0]), Y0 + np.asarray([250.0, 750.0]), 2154, 4326
    )
    squares = pd.DataFrame({"lon": lon, "lat": lat, "population": [90.0, 10.0]})
    counted = correspondence(old, new, squares=squares).rows.iloc[0]
    assert counted["people_basis"] == "squares"
    assert (counted["people_share_of_2015"], counted["people_share_of_2024"]) == (1.0, 0.9)


def test_letters_are_held_against_the_overlap() -> None:
    found = correspondence(zones_table(OLDER), zones_table(NEWER))
    checks = {check.letter: check for check in against_suffixes(found)}
    assert {letter: check.counted for letter, check in checks.items()} == {"I": 1, "M": 4, "N": 1}
    assert not any(check.disagreeing for check in checks.values())
    wrong = (qpv("QN01401N", 10, 0, 500, *NEW), *NEWER[1:])
    checks_wrong = against_suffixes(correspondence(zones_table(OLDER), zones_table(wrong)))
    assert [check.disagreeing for check in checks_wrong] == [(), (), ("QN01401N",)]


def test_a_part_of_the_country_without_a_list_of_2015_is_unknown_and_not_new() -> None:
    new = zones_table(NEWER)
    new["departement"] = "974"
    found = correspondence(zones_table(OLDER[:1]), new)
    assert found.counts["new"] == 0
    assert found.counts["unknown"] == len(NEWER) - 1


def test_the_sample_has_both_generations(sample_file: Path) -> None:
    with StoredResult(sample_file) as stored:
        found = correspondence_of(stored)
    assert found.counts["new"] > 0
    assert found.counts["gone"] > 0
    for row in correspondence_records(found):
        for name in ("share_of_2015", "share_of_2024"):
            assert row[name] is None or 0 <= row[name] <= 1


def test_the_shared_files_against_the_published_counts(real_data: Path) -> None:
    """I 294, M 957, N 111 in the file; 291, 960 and 111 published: both are reported."""
    new = qpv_source.read(real_data / "qpv" / "qpv2024_simplified.geojson.gz")
    old = qpv_source.read(real_data / "qpv" / "qpv2015_metropole_shp.zip")
    found = correspondence(old.table, new.table)
    columns = ["code", "legal_crs"]
    codes = pd.concat([new.table[columns], new.extra["set_aside"][columns]])
    checks = {check.letter: check for check in against_suffixes(found, codes)}
    assert {k: (c.counted, c.published) for k, c in checks.items()} == {
        "I": (294, 291),
        "M": (957, 960),
        "N": (111, 111),
    }
    # The tolerance of 50 m: nearly all that is said unchanged is, and nearly all new ones are new.
    assert len(checks["I"].disagreeing) <= 15
    assert len(checks["N"].disagreeing) <= 2
    # A modification of less than 50 m cannot be told from another way of drawing the same limit.
    assert 0 < len(checks["M"].disagreeing) < 100
    assert found.counts["gone"] == 42
    assert set(found.rows["code_2015"].dropna()) == set(old.table["code"])
