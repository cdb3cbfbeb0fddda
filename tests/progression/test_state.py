"""Open, announced, closed at a date; rural or urban by the density grid."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from geo_service.core.errors import SourceError
from geo_service.progression import read_density, share_by_density, state_at, states_of

from .planted import store, structure, structures_table

ROWS = [
    structure("140000001", 0, 0, opened="2010-01-01"),
    structure("140000002", 0, 0, opened="2015-06-01"),
    structure("140000003", 0, 0, opened="2008-01-01", closed="2013-01-01"),
    structure("140000004", 0, 0, opened=None),
]
DAY = dt.date(2014, 12, 31)


def test_announced_is_said_only_by_a_register_that_was_written_by_then() -> None:
    table = structures_table(ROWS)
    then = state_at(table, DAY, dt.date(2014, 12, 31)).tolist()
    assert then == ["open", "announced", "closed", "open"]
    today = state_at(table, DAY, dt.date(2026, 1, 5)).tolist()
    assert today == ["open", "later", "closed", "undetermined"]
    assert state_at(table, DAY, None).tolist() == ["open", "later", "closed", "undetermined"]


def test_the_layer_has_the_state_of_the_territory_asked_for(tmp_path: Path) -> None:
    rows = [*ROWS, structure("140000005", 26_000, 0, commune="14002")]
    with store(tmp_path / "r.gpkg", rows, vintage="2014-12-31") as stored:
        here = states_of(stored, DAY, territory="commune:14001")
        there = states_of(stored, DAY, territory="commune:14002", kind="MSP")
        none = states_of(stored, DAY, kind="CDS")
    assert here["state"].value_counts().to_dict() == {"open": 2, "announced": 1, "closed": 1}
    assert there["structure_id"].tolist() == ["140000005"]
    assert here.crs.to_epsg() == 4326
    assert len(none) == 0


def test_rural_and_urban_by_the_density_grid(tmp_path: Path) -> None:
    grid = tmp_path / "grille.csv"
    grid.write_text("insee_com,lib_com,niveau_densite\n14001,Ici,Bourgs ruraux\n", encoding="utf-8")
    table = structures_table([*ROWS[:1], structure("140000005", 0, 0, commune="14002")])
    shares = {one.density: one for one in share_by_density(table, read_density(grid))}
    assert (shares["Bourgs ruraux"].count, shares["Bourgs ruraux"].share) == (1, 1.0)
    assert shares["Bourgs ruraux"].rural is True
    assert (shares[None].count, shares[None].share) == (1, None)
    grid.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SourceError):
        read_density(grid)


def test_the_real_grid(real_data: Path) -> None:
    held = read_density(real_data / "admin" / "grille_densite_communes.csv.gz")
    assert held["01004"] == "Centres urbains intermédiaires"
    assert len(held) > 34_000
