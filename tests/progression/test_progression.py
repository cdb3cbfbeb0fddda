"""Counts are those that the result stores; planted histories come back; two millésimes compare."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

import pytest

from geo_service.core.errors import SchemaError, UnknownNameError
from geo_service.progression import Comparison, progression
from geo_service.progression.records import progression_record
from geo_service.store import StoredResult, save_result
from geo_service.study import Study, build

from .planted import NEW, QPV, qpv, store, structure

A, B = dt.date(2019, 12, 31), dt.date(2025, 12, 31)
WITHIN = ("everywhere", "qpv", "proxy-300m", "proxy-500m", "declared")


def _agree(stored: StoredResult, places: list[str], step: int = 1) -> int:
    """Every count at every stored date is the stored figure; how many were compared."""
    comparison = Comparison(stored)
    dates = [dt.date.fromisoformat(day) for day in stored.facts["dates"]][::step]
    compared = 0
    for place, kind, within in itertools.product(places, ("MSP", "CDS"), WITHIN):
        if within == "declared" and place.startswith("qpv:"):
            continue
        for since, until in itertools.pairwise(dates):
            one = comparison.progression(
                since=since, until=until, territory=place, kind=kind, within=within
            )
            assert (one.first, one.last) == one.stored, (place, kind, within, since)
            if one.difference is not None and one.parts["opened"] is not None:
                assert sum(n or 0 for n in one.parts.values()) == one.difference
                assert sum(change.sign for change in one.changes) == one.difference
                compared += 1
                if one.low is not None:
                    assert one.low <= one.high
    return compared


def test_counts_of_the_sample_are_the_stored_figures(sample_file: Path) -> None:
    with StoredResult(sample_file) as stored:
        held = stored.read_layer("qpv_2024", columns=["code"])["code"].tolist()
        departements = stored.read_layer("departements", columns=["territory"])["territory"]
        epci = stored.read_layer("epci", columns=["territory"])["territory"].tolist()
        places = [stored.facts["territory"], *departements, *epci[:3], f"qpv:{held[0]}"]
        assert _agree(stored, places, step=2) > 100


@pytest.mark.slow
def test_counts_of_occitanie_are_the_stored_figures(occitanie, tmp_path: Path) -> None:
    path = tmp_path / "occitanie.gpkg"
    save_result(occitanie, path)
    with StoredResult(path) as stored:
        places = ["region:76", "departement:31", "epci:243100518", "qpv:QN03102M"]
        assert _agree(stored, places, step=3) > 50
        one = progression(stored, since=A, until=B, kind="MSP", within="qpv")
        assert one.parts["closed"] is None
        assert one.low is one.high is None
        assert one.unknown_precision > 0


def test_a_planted_history_comes_back(tmp_path: Path) -> None:
    with store(
        tmp_path / "r.gpkg",
        [
            structure("140000001", 100, 100),  # stays in
            structure("140000002", 5_100, 100),  # its QPV goes
            structure("140000003", 9_100, 100),  # a QPV comes
            structure("140000004", 200, 200, opened="2021-05-01"),
            structure("140000005", 5_200, 200, opened="2021-05-01"),  # opened, then its QPV goes
            structure("140000006", 300, 300, closed="2022-06-01"),
            structure("140000007", 3_000, 3_000, opened="2021-05-01"),  # in no QPV
            structure("140000008", 400, 400, opened="2026-06-01"),
            structure("140000009", 250, 250, opened="2021-01-01", precision=float("inf")),
            structure("140000010", 250, 250, opened="2021-01-01", kind="CDS"),
        ],
    ) as stored:
        one = progression(stored, since=A, until=B, kind="MSP", within="qpv")
        everywhere = progression(stored, since=A, until=B, kind="MSP")
    assert (one.first, one.last, one.difference) == (3, 4, 1)
    assert one.parts == {
        "opened": 2,
        "closed": -1,
        "moved": 0,
        "reclassified": 0,
        "perimeter": -1,
        "undetermined": 1,
    }
    listed = {(c.structure_id[-2:], c.part, c.sign) for c in one.changes}
    assert listed == {
        ("02", "perimeter", -1),
        ("03", "perimeter", 1),
        ("04", "opened", 1),
        ("05", "opened", 1),
        ("05", "perimeter", -1),
        ("06", "closed", -1),
        ("09", "undetermined", 1),
    }
    assert (one.low, one.high) == (0, 1)
    assert everywhere.parts["opened"] == 4
    assert everywhere.parts["closed"] == -1
    assert everywhere.parts["undetermined"] == 0


def test_survivors_alone_leave_closures_null_and_say_so(tmp_path: Path) -> None:
    with store(tmp_path / "r.gpkg", [structure("140000001", 0, 0, opened="2020-05-01")]) as stored:
        one = progression(stored, since=A, until=B)
    assert one.parts["closed"] is None
    assert any("survivantes" in note.say("fr") for note in one.notes)
    assert progression_record(one)["parts"]["closed"] is None


def test_an_unknown_opening_date_is_undetermined(tmp_path: Path) -> None:
    rows = [structure("140000001", 0, 0, opened=None)]
    with store(tmp_path / "r.gpkg", rows, vintage="2021-01-05") as stored:
        one = progression(stored, since=A, until=B)
        later = progression(stored, since=dt.date(2021, 6, 1), until=B)
    assert (one.first, one.last, one.parts["undetermined"]) == (0, 1, 1)
    assert (one.low, one.high) == (0, 1)
    assert later.difference == 0
    assert later.changes == ()


def test_a_date_without_perimeter_is_null_and_not_zero(tmp_path: Path) -> None:
    with store(tmp_path / "r.gpkg", [structure("140000001", 100, 100)]) as stored:
        one = progression(stored, since=dt.date(2012, 1, 1), until=B, within="qpv")
        declared = progression(stored, since=A, until=B, within="declared")
    assert one.difference is None
    assert set(one.parts.values()) == {None}
    assert "2012-01-01" in one.notes[0].say("fr")
    assert "non zéro" in declared.notes[0].say("fr")


def test_a_declaration_that_begins_changes_the_perimeter(tmp_path: Path) -> None:
    rows = [structure("140000001", 100, 100), structure("140000002", 2_000, 0)]
    declared = [("140000099", "2019-01-01"), ("140000002", "2021-01-01")]
    with store(tmp_path / "r.gpkg", rows, declared=declared) as stored:
        one = progression(stored, since=A, until=B, within="declared")
    assert (one.first, one.last, one.parts["perimeter"]) == (1, 2, 1)


def test_declared_perimeters_count_where_the_result_keeps_them(tmp_path: Path) -> None:
    rows = [structure("140000002", 2_100, 100), structure("140000003", 2_900, 100)]
    zones = (qpv("QV1", 2_000, 0, 500, "2018-01-01", None), qpv("QV2", 2_800, 0, 300, *NEW))
    with store(tmp_path / "r.gpkg", rows, declared_zones=zones) as stored:
        one = progression(stored, since=A, until=B, within="declared")
    assert (one.first, one.last, one.parts["perimeter"]) == (1, 2, 1)


def test_declared_perimeters_that_are_not_kept_leave_the_parts_null(sample_file: Path) -> None:
    with StoredResult(sample_file) as stored:
        one = progression(
            stored, since=dt.date(2025, 12, 31), until=dt.date(2026, 1, 1), within="declared"
        )
    assert (one.first, one.last) == one.stored
    if "declared_zones" not in stored.layer_names():
        assert set(one.parts.values()) == {None}
        assert "périmètres déclarés" in one.notes[0].say("fr")


def test_one_qpv_and_one_commune_are_territories_too(tmp_path: Path) -> None:
    rows = [
        structure("140000001", 100, 100, opened="2024-05-01"),
        structure("140000002", 26_000, 0, commune="14002", opened="2024-05-01"),
    ]
    ask = {"since": dt.date(2024, 1, 31), "until": B}
    with store(tmp_path / "r.gpkg", rows) as stored:
        assert progression(stored, territory="qpv:QN01401I", **ask).parts["opened"] == 1
        assert progression(stored, territory="commune:14002", **ask).parts["opened"] == 1
        assert progression(stored, territory="epci:200000001", **ask).parts["opened"] == 2
        gone = progression(stored, territory="qpv:QN01401I", since=A, until=B, within="qpv")
    assert gone.difference is None
    assert "QN01401I" in gone.notes[0].say("en")


def test_two_millesimes_tell_every_cause(tmp_path: Path) -> None:
    first = [
        structure("140000001", 100, 100),
        structure("140000002", 100, 200),  # moves out of the QPV
        structure("140000003", 3_000, 0),  # moves into it
        structure("140000004", 100, 300),  # closes
        structure("140000005", 100, 400, kind="CDS"),  # becomes an MSP
        structure("140000006", 200, 100, name="JUMELLE"),
    ]
    second = [
        structure("140000001", 100, 100),
        structure("140000002", 3_000, 500),
        structure("140000003", 200, 200),
        structure("140000005", 100, 400),
        structure("140000007", 300, 100, opened="2022-01-01"),
        structure("140000008", 300, 200, opened="2012-01-01"),  # late
        structure("140000016", 200, 100, name="JUMELLE"),
        structure("140000026", 200, 100, name="JUMELLE"),
    ]
    with (
        store(tmp_path / "a.gpkg", first, vintage="2020-01-05", as_of="2020-01-01") as one,
        store(tmp_path / "b.gpkg", second) as two,
    ):
        found = progression(one, two, since=dt.date(2020, 1, 1), until=B, within="qpv")
        none = progression(one, two, since=dt.date(2020, 1, 1), until=B, kind="CDS", within="qpv")
    assert (found.first, found.last) == (4, 7)
    assert found.parts == {
        "opened": 1,
        "closed": -1,
        "moved": 0,
        "reclassified": 1,
        "perimeter": 0,
        "undetermined": 2,
    }
    by_part = {
        part: sorted((c.structure_id[-2:], c.sign) for c in found.changes if c.part == part)
        for part in ("moved", "undetermined")
    }
    assert by_part["moved"] == [("02", -1), ("03", 1)]
    assert by_part["undetermined"] == [("06", -1), ("08", 1), ("16", 1), ("26", 1)]
    late = next(c for c in found.changes if c.structure_id.endswith("08"))
    assert "inscription tardive" in late.reason.say("fr")
    (doubt,) = found.ambiguous
    assert doubt.before == ("140000006",)
    assert set(doubt.after) == {"140000016", "140000026"}
    assert none.parts["reclassified"] == -1


def test_the_two_registers_of_the_sample(sample: Path, sample_file: Path, tmp_path: Path) -> None:
    text = (sample / "study.toml").read_text(encoding="utf-8")
    newer = '20260105-0337.csv"\nvintage = 2026-01-05'
    assert newer in text
    text = text.replace(newer, '20210107-0341.csv"\nvintage = 2021-01-07')
    text = text.replace('path = "', f'path = "{sample}/')
    study = tmp_path / "study.toml"
    study.write_text(text, encoding="utf-8")
    path = tmp_path / "2021.gpkg"
    save_result(build(Study.load(study).at(dt.date(2021, 1, 7))), path)
    with StoredResult(path) as old, StoredResult(sample_file) as new:
        comparison = Comparison(old, new)
        assert comparison.matching is not None
        assert any(how == "finess" for *_, how in comparison.matching.pairs)
        for kind, within in itertools.product(("MSP", "CDS"), ("everywhere", "qpv", "proxy-300m")):
            one = comparison.progression(
                since=dt.date(2021, 1, 7), until=dt.date(2026, 1, 1), kind=kind, within=within
            )
            assert one.registers == 2
            assert (one.first, one.last) == one.stored
            assert sum(n or 0 for n in one.parts.values()) == one.difference
            assert one.parts["closed"] is not None


def test_a_scope_that_the_register_does_not_tell_is_null(tmp_path: Path) -> None:
    rows = [
        structure("140000001", 100, 100, kind="CDS", speciality="pluri", opened="2021-01-01"),
        structure("140000002", 100, 200, kind="CDS", speciality="mono", opened="2021-01-01"),
    ]
    asked = {"since": A, "until": B, "kind": "CDS"}
    with store(tmp_path / "r.gpkg", rows) as stored:
        assert progression(stored, scope="pluri", **asked).parts["opened"] == 1
        assert progression(stored, scope="all", **asked).parts["opened"] == 2
    rows.append(structure("140000003", 100, 300, kind="CDS"))
    with store(tmp_path / "s.gpkg", rows) as stored:
        unknown = progression(stored, scope="pluri", **asked)
    assert unknown.difference is None
    assert "spécialité" in unknown.notes[0].say("fr")


def test_another_drawing_of_the_same_quarter_is_a_change_of_perimeter(tmp_path: Path) -> None:
    wider = tuple(
        qpv("QN01401I", 0, 0, 900, "2024-01-01", None) if z["code"] == "QN01401I" else z
        for z in QPV
    )
    rows = [structure("140000001", 700, 700)]
    with store(tmp_path / "r.gpkg", rows, zones=wider) as stored:
        one = progression(stored, since=A, until=B, within="qpv")
    assert one.parts["perimeter"] == 1
    assert "1er janvier 2024" in one.changes[0].reason.say("fr")


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"kind": "XXX"}, UnknownNameError),
        ({"within": "proxy-99999m"}, UnknownNameError),
        ({"within": "loin"}, UnknownNameError),
        ({"territory": "region:99"}, UnknownNameError),
        ({"scope": "mono"}, UnknownNameError),
        ({"kind": "CPTS", "within": "qpv"}, UnknownNameError),
        ({"within": "declared", "territory": "qpv:QN01401I"}, UnknownNameError),
        ({"since": B, "until": A}, SchemaError),
    ],
)
def test_what_means_nothing_is_refused_in_words(tmp_path: Path, asked, error) -> None:
    rows = [structure("140000001", 0, 0)]
    with store(tmp_path / "r.gpkg", rows) as stored, pytest.raises(error) as refused:
        progression(stored, **{"since": A, "until": B, **asked})
    assert refused.value.say("fr") != refused.value.say("en")
