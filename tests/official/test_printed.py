from __future__ import annotations

from pathlib import Path

import pytest

from geo_service.core.errors import RuleError
from geo_service.official import check_printed, printed_increments, read_folder
from geo_service.official.printed import check_increase

from .test_reading import HEAD, SERIES, write


def test_an_increase_that_follows_is_not_flagged() -> None:
    for name, printed in (("mesure9_msp_progression", 17), ("mesure9_cds_progression", 12)):
        found = check_printed(name)
        assert (found.printed, found.low, found.high) == (printed, printed, printed)
        assert found.follows
        assert not found.flagged


def test_an_increase_without_its_figures_cannot_be_checked() -> None:
    found = check_printed("s2_poles_msp_nouveaux")
    assert (found.follows, found.low, found.flagged) == (None, None, False)


def test_a_series_that_is_no_increase_is_refused() -> None:
    with pytest.raises(RuleError) as caught:
        check_printed("mesure9_msp_qpv")
    assert caught.value.file == "dgos_msp.toml"


def test_only_what_does_not_follow_is_flagged() -> None:
    assert [one.series for one in printed_increments() if one.flagged] == ["s2_etudiants_nouvelles"]


@pytest.mark.parametrize(
    ("printed", "follows"), [(40, True), (38, True), (42, True), (37, False), (43, False)]
)
def test_shares_printed_whole_give_bounds(tmp_path: Path, printed: int, follows: bool) -> None:
    """50 % of 200 to 56 % of 250: 40, and rounded shares allow from 37.75 to 42.25."""

    def rows(first: float, last: float) -> str:
        return (
            f"row = [{{ date = 2018-03-31, value = {first} }}, "
            f"{{ date = 2019-03-31, value = {last} }}]\n"
        )

    def named(name: str, unit: str) -> str:
        return (
            SERIES.replace('"stock"', f'"{name}"')
            .replace('"open"', f'"{name}"')
            .replace('"structures"', f'"{unit}"')
        )

    write(
        tmp_path,
        HEAD
        + named("whole", "structures")
        + rows(200, 250)
        + named("part", "share")
        + rows(0.5, 0.56)
        + named("new", "structures")
        + f"row = [{{ date = 2019-03-31, value = {printed} }}]\n"
        + 'increment = { of = "part", since = 2018-03-31, share_of = "whole" }\n',
    )
    held = read_folder(tmp_path)
    found = check_increase(held["new"], held)
    assert found.low == pytest.approx(37.75)
    assert found.high == pytest.approx(42.25)
    assert found.follows is follows
