"""Counts by class of the zonage médecin, taken apart: planted orders come back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from geo_service.core.errors import UnknownNameError
from geo_service.progression import Comparison, Progression, progression
from geo_service.progression.classed import read_zoning
from geo_service.store import StoredResult, save_result
from geo_service.zoning import zones_of

from .planted import QPV, order, store, structure

A, B = dt.date(2019, 12, 31), dt.date(2025, 12, 31)
FIRST = ("2018-01-01", "2021-12-31")
SECOND = ("2022-01-01", None)
ZAC_THEN_ZIP = [
    order("commune", "14001", "ZAC", *FIRST),
    order("commune", "14002", "HZ", *FIRST),
    order("commune", "14001", "ZIP", *SECOND),
    order("commune", "14002", "HZ", *SECOND),
]
OUT = (3_000, 3_000)
"""A place of commune 14001 in no QPV."""


def _ask(stored: StoredResult, within: str = "class-ZIP", **more) -> Progression:
    return progression(stored, **{"since": A, "until": B, "within": within, **more})


def _parts(one: Progression) -> dict[str, int]:
    return {part: number for part, number in one.parts.items() if number}


def _reason(one: Progression) -> str:
    (change,) = one.changes
    return change.reason.say("fr")


def test_a_new_order_is_a_change_of_perimeter_that_says_so(tmp_path: Path) -> None:
    rows = [structure("140000001", *OUT), structure("140000002", 26_000, 0, commune="14002")]
    with store(tmp_path / "r.gpkg", rows, orders=ZAC_THEN_ZIP) as stored:
        more, less = _ask(stored), _ask(stored, "class-ZAC")
        either, other = _ask(stored, "class-ZIP+ZAC"), _ask(stored, "class-HZ")
    assert (more.first, more.last, _parts(more)) == (0, 1, {"perimeter": 1})
    assert _reason(more) == "zonage : autre arrêté en vigueur depuis le 1er janvier 2022"
    assert (more.low, more.high) == (1, 1)
    assert (less.first, less.last, _parts(less)) == (1, 0, {"perimeter": -1})
    assert (either.first, either.last, either.changes) == (1, 1, ())
    assert (other.first, other.last, other.changes) == (1, 1, ())
    assert more.stored == (None, None)


def test_opened_before_and_after_the_order(tmp_path: Path) -> None:
    rows = [
        structure("140000001", *OUT, opened="2021-05-01"),  # opens in ZAC, that becomes ZIP
        structure("140000002", *OUT, opened="2023-05-01"),  # opens in ZIP
        structure("140000003", *OUT, closed="2021-05-01"),  # closes in ZAC
        structure("140000004", *OUT, closed="2023-05-01"),  # becomes ZIP, then closes
    ]
    with store(tmp_path / "r.gpkg", rows, orders=ZAC_THEN_ZIP) as stored:
        one, other = _ask(stored), _ask(stored, "class-ZAC")
    assert (one.first, one.last) == (0, 2)
    assert _parts(one) == {"opened": 1, "closed": -1, "perimeter": 2}
    assert (other.first, other.last) == (2, 0)
    assert _parts(other) == {"opened": 1, "closed": -1, "perimeter": -2}


def test_the_class_of_a_qpv_comes_before_that_of_its_commune(tmp_path: Path) -> None:
    orders = [
        order("commune", "14001", "ZAC", "2018-01-01"),
        order("qpv", "QP014002", "ZIP", "2018-01-01"),
        order("qpv", "QN01403N", "ZIP", "2018-01-01"),
    ]
    rows = [
        structure("140000001", 5_100, 100),  # its QPV goes on 1 January 2024
        structure("140000002", 9_100, 100),  # one comes
        structure("140000003", 100, 100),  # in a QPV without a class of its own
        structure("140000004", *OUT),
    ]
    with store(tmp_path / "r.gpkg", rows, orders=orders) as stored:
        one, other = _ask(stored), _ask(stored, "class-ZAC")
        here = _ask(stored, "class-ZAC", territory="qpv:QN01401I", since=dt.date(2024, 1, 1))
        there = _ask(stored, territory="qpv:QN01403N", since=dt.date(2024, 1, 1))
    assert (one.first, one.last, one.difference) == (1, 1, 0)
    assert {(c.structure_id[-1], c.part, c.sign) for c in one.changes} == {
        ("1", "perimeter", -1),
        ("2", "perimeter", 1),
    }
    assert one.changes[0].reason.say("en") == ("zoning: other QPV perimeters since January 1, 2024")
    assert (other.first, other.last) == (3, 3)
    assert (here.first, here.last) == (1, 1)
    assert (there.first, there.last) == (1, 1)


def test_an_undated_zoning_never_counts_unless_it_is_assumed(tmp_path: Path) -> None:
    orders = [order("commune", "14001", "ZIP"), order("qpv", "QP014002", "ZAC")]
    rows = [structure("140000001", *OUT, opened="2021-01-01"), structure("140000002", 5_100, 100)]
    with store(tmp_path / "r.gpkg", rows, orders=orders) as stored:
        one, assumed = _ask(stored), _ask(stored, assume_undated=True)
    assert (one.first, one.last, one.difference) == (None, None, None)
    assert set(one.parts.values()) == {None}
    said = " ".join(note.say("fr") for note in one.notes)
    assert "non zéro" in said
    assert "assume_undated" in said
    assert (assumed.first, assumed.last) == (0, 2)
    assert _parts(assumed) == {"opened": 1, "perimeter": 1}
    assert any(note.say("fr").startswith("Hypothèse") for note in assumed.notes)
    assert not any("Hypothèse" in note.say("fr") for note in one.notes)


def test_undated_rows_beside_dated_ones_are_undetermined(tmp_path: Path) -> None:
    orders = [order("commune", "14001", "ZIP"), order("commune", "14002", "ZAC", "2018-01-01")]
    rows = [structure("140000001", *OUT), structure("140000002", 26_000, 0, commune="14002")]
    with store(tmp_path / "r.gpkg", rows, orders=orders) as stored:
        one, zac = _ask(stored), _ask(stored, "class-ZAC")
    assert (one.first, one.last, one.changes) == (0, 0, ())
    assert (one.low, one.high) == (-1, 1)
    assert any("pas sûre" in note.say("fr") and ": 1" in note.say("fr") for note in one.notes)
    assert (zac.first, zac.last) == (1, 1)


def test_what_the_orders_do_not_tell_is_undetermined_and_says_why(tmp_path: Path) -> None:
    rows = [structure("140000001", *OUT)]
    base = order("commune", "14002", "HZ", "2010-01-01")
    late = order("commune", "14001", "ZIP", *SECOND)
    told = {
        "classe 14001": [base, late],
        "se contredisent": [
            base,
            late,
            order("commune", "14001", "ZIP", *FIRST),
            order("commune", "14001", "ZAC", *FIRST),
        ],
        "ne publie pas": [base, late, order("commune", "14001", None, *FIRST, published="N/A")],
        "partie de la commune": [
            base,
            late,
            order("commune", "14001", None, *FIRST, published="3_QPV_ZIP"),
        ],
    }
    for number, (words, orders) in enumerate(told.items()):
        with store(tmp_path / f"{number}.gpkg", rows, orders=orders) as stored:
            one = _ask(stored)
        assert (one.first, one.last, _parts(one)) == (0, 1, {"undetermined": 1}), words
        assert words in _reason(one)
        assert (one.low, one.high) == (0, 1)


def test_rows_that_differ_decide_where_every_one_of_them_counts(tmp_path: Path) -> None:
    orders = [order("commune", "14001", name, *SECOND) for name in ("ZIP", "ZAC")]
    orders.append(order("commune", "14001", "HZ", *FIRST))
    with store(tmp_path / "r.gpkg", [structure("140000001", *OUT)], orders=orders) as stored:
        assert _parts(_ask(stored, "class-ZIP+ZAC")) == {"perimeter": 1}
        assert _parts(_ask(stored, "class-HZ")) == {"perimeter": -1}
        assert _parts(_ask(stored, "class-ZIP")) == {}


def test_a_position_that_does_not_choose_a_class_is_undetermined(tmp_path: Path) -> None:
    orders = [
        order("commune", "14001", "ZAC", "2018-01-01"),
        order("qpv", "QP014001", "ZIP", "2018-01-01"),
        order("qpv", "QN01401I", "ZIP", "2018-01-01"),
    ]
    rows = [
        structure("140000001", 480, 100, opened="2021-01-01", precision=50.0),  # near the limit
        structure("140000002", 100, 100, opened="2021-01-01", precision=50.0),
        structure("140000003", 100, 100, opened="2021-01-01", precision=np.inf),  # commune alone
        structure("140000004", 26_000, 0, opened="2021-01-01", precision=np.inf, commune="14002"),
    ]
    orders.append(order("commune", "14002", "ZIP", "2018-01-01"))
    with store(tmp_path / "r.gpkg", rows, orders=orders) as stored:
        one, either = _ask(stored), _ask(stored, "class-ZIP+ZAC")
        unknown = [structure("140000005", 100, 100, opened="2021-01-01", precision=np.nan)]
    by_id = {c.structure_id[-1]: (c.part, c.sign) for c in one.changes}
    assert by_id == {
        "1": ("undetermined", 1),
        "2": ("opened", 1),
        "3": ("undetermined", 1),
        "4": ("opened", 1),
    }
    assert {c.reason.say("fr")[:12] for c in one.changes if c.part == "undetermined"} == {
        "la précision"
    }
    assert _parts(either) == {"opened": 4}
    with store(tmp_path / "s.gpkg", unknown, orders=orders) as stored:
        one, either = _ask(stored), _ask(stored, "class-ZIP+ZAC")
    assert (one.unknown_precision, one.low, one.high) == (1, None, None)
    assert (either.unknown_precision, either.low, either.high) == (0, 1, 1)


def test_a_gap_between_two_orders_belongs_to_neither(tmp_path: Path) -> None:
    orders = [
        order("commune", "14001", "ZIP", "2018-01-01", "2020-12-31"),
        order("commune", "14001", "HZ", "2022-01-01", None),
    ]
    rows = [
        structure("140000001", *OUT),
        structure("140000002", *OUT, opened="2021-06-01"),
        structure("140000003", *OUT, closed="2021-06-01"),
    ]
    with store(tmp_path / "r.gpkg", rows, orders=orders) as stored:
        one = _ask(stored)
    assert {(c.structure_id[-1], c.part, c.sign) for c in one.changes} == {
        ("1", "perimeter", -1),  # both dates are told: the gap does not put it in doubt
        ("3", "undetermined", -1),
    }


def test_unknown_perimeters_leave_a_doubt_where_a_qpv_is_classed_apart(tmp_path: Path) -> None:
    orders = [
        order("commune", "14001", "ZAC", "2012-01-01"),
        order("qpv", "QN01403N", "ZIP", "2012-01-01"),
    ]
    only_new = tuple(one for one in QPV if one["code"].startswith("QN"))
    rows = [structure("140000001", *OUT, opened="2020-06-01")]
    with store(tmp_path / "r.gpkg", rows, orders=orders, zones=only_new) as stored:
        one = _ask(stored, "class-ZAC")
        before = _ask(stored, "class-ZAC", since=dt.date(2013, 1, 1), until=dt.date(2014, 1, 1))
    assert _parts(one) == {"undetermined": 1}
    assert before.low == before.high == 0


def test_two_results_move_and_reclassify_by_class(tmp_path: Path) -> None:
    first = [
        structure("140000001", *OUT),
        structure("140000002", *OUT, kind="CDS"),
        structure("140000003", 26_000, 0, commune="14002"),
    ]
    second = [
        structure("140000001", 26_000, 0, commune="14002"),
        structure("140000002", *OUT),
        structure("140000003", 26_000, 0, commune="14002"),
    ]
    later = [*ZAC_THEN_ZIP[:3], order("commune", "14002", "ZAC", *SECOND)]
    with (
        store(
            tmp_path / "a.gpkg",
            first,
            vintage="2020-01-05",
            as_of="2020-01-01",
            orders=ZAC_THEN_ZIP,
        ) as one,
        store(tmp_path / "b.gpkg", second, orders=later) as two,
    ):
        found = progression(one, two, since=dt.date(2020, 1, 1), until=B, within="class-ZAC")
    assert (found.first, found.last) == (1, 2)
    assert _parts(found) == {"moved": -1, "reclassified": 1, "perimeter": 1}
    assert {(c.structure_id[-1], c.part) for c in found.changes} == {
        ("1", "moved"),
        ("1", "perimeter"),
        ("2", "reclassified"),
        ("2", "perimeter"),
        ("3", "perimeter"),
    }


def test_two_results_with_different_orders_for_one_day_say_so(tmp_path: Path) -> None:
    rows = [structure("140000001", *OUT)]
    old, new = ([order("commune", "14001", name, "2018-01-01")] for name in ("ZAC", "ZIP"))
    asked = {"since": dt.date(2020, 1, 1), "until": B}
    with (
        store(tmp_path / "a.gpkg", rows, vintage="2020-01-05", orders=old) as one,
        store(tmp_path / "b.gpkg", rows, orders=new) as two,
    ):
        found = progression(one, two, within="class-ZIP", **asked)
        same = progression(two, two, within="class-ZIP", **asked)
    assert (found.first, found.last, _parts(found)) == (0, 1, {"perimeter": 1})
    assert "le second résultat a un autre zonage" in _reason(found)
    assert (same.first, same.last, same.changes) == (1, 1, ())


@pytest.mark.parametrize("within", ["class-XX", "class-", "class-ZIP+XX", "class-ZIP+"])
def test_a_class_that_no_order_names_is_refused_with_those_that_are(
    tmp_path: Path, within: str
) -> None:
    with (
        store(tmp_path / "r.gpkg", [structure("140000001", *OUT)], orders=ZAC_THEN_ZIP) as stored,
        pytest.raises(UnknownNameError) as refused,
    ):
        _ask(stored, within)
    assert "ZIP, ZAC" in refused.value.say("fr")


def test_the_classes_are_those_of_the_orders_as_published(tmp_path: Path) -> None:
    orders = [
        *ZAC_THEN_ZIP,
        order("commune", "14003", None, "2018-01-01", published="ZX <b>+1"),
        {**order("commune", "14001", "ZV", "2018-01-01"), "profession": "sage-femme"},
    ]
    with store(tmp_path / "r.gpkg", [structure("140000001", *OUT)], orders=orders) as stored:
        comparison = Comparison(stored)
        assert comparison.classes == ("ZIP", "ZAC", "HZ", "ZX <b>+1")
        assert _ask(stored, "class-ZX <b>+1").last == 0
        with pytest.raises(UnknownNameError):
            _ask(stored, "class-ZIP", kind="CPTS")
    with store(tmp_path / "s.gpkg", [structure("140000001", *OUT)]) as stored:
        assert read_zoning(stored).classes == ()
        with pytest.raises(UnknownNameError):
            _ask(stored)


def test_the_counts_of_the_sample_are_those_of_the_zoning(sample_file: Path) -> None:
    """Wherever the commune that is declared holds the position, both rooms give one answer."""
    compared = 0
    with StoredResult(sample_file) as stored:
        comparison = Comparison(stored)
        table = comparison.before.structures
        for day in (dt.date(2022, 12, 31), dt.date(2024, 6, 30), dt.date(2026, 1, 1)):
            told = zones_of(stored, table["lon"], table["lat"], day, precision=table["precision_m"])
            sure = (told["answer"] == "determined") & (told["commune"] == table["settled"])
            for name in comparison.classes:
                for kind in ("MSP", "CDS"):
                    one = comparison.progression(
                        since=day, until=day, kind=kind, within=f"class-{name}"
                    )
                    own = (table["kind"] == kind) & (table["opened"] <= np.datetime64(day))
                    own &= ~(table["closed"] <= np.datetime64(day))
                    at_least = int((own & sure & (told["zone_class"] == name)).sum())
                    unsure = int((own & ~sure).sum())
                    assert one.first is not None
                    assert at_least <= one.first <= at_least + unsure
                    compared += at_least
    assert compared > 40


def _as_drawn(stored: StoredResult) -> int:
    """At the main date the counts are those of the column ``zonage`` of the structures."""
    comparison = Comparison(stored)
    day = dt.date.fromisoformat(stored.facts["as_of"])
    table = stored.read_layer("structures")
    compared = 0
    for name in comparison.classes:
        for kind in ("MSP", "CDS"):
            one = comparison.progression(
                since=day, until=day, kind=kind, within=f"class-{name}", assume_undated=True
            )
            own = (table["kind"] == kind) & (table["open"] == "yes") & (table["zonage"] == name)
            assert one.first == int(own.sum()), (name, kind)
            compared += one.first
    return compared


def test_the_counts_of_the_sample_are_those_of_its_layer(sample_file: Path) -> None:
    with StoredResult(sample_file) as stored:
        assert _as_drawn(stored) > 15


@pytest.mark.slow
def test_the_counts_of_occitanie_are_those_of_its_layer(occitanie, tmp_path: Path) -> None:
    path = tmp_path / "occitanie.gpkg"
    save_result(occitanie, path)
    with StoredResult(path) as stored:
        assert _as_drawn(stored) > 400
        one = _ask(stored)
        assert one.difference is None  # the national file has no date
        assumed = _ask(stored, assume_undated=True)
    assert assumed.parts["opened"] == assumed.difference
