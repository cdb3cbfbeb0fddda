"""CPTS: planted communes whose coverage is known by hand, at dates and with gaps in the table."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_service.core.errors import SourceError, UnknownNameError
from geo_service.core.snapshot import Membership, Snapshot
from geo_service.core.tables import LEVELS
from geo_service.indicators import cpts
from geo_service.sources import cpts as cpts_source
from geo_service.study import Study, build

AS_OF = dt.date(2024, 1, 31)
VINTAGE = dt.date(2024, 1, 1)
SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"


def planted(
    rows: list[tuple[str, str, str | None, str | None]],
    people: dict[str, float],
    *,
    complete: bool = True,
    units: dict[str, int] | None = None,
    vintage: dt.date | None = VINTAGE,
    as_of: dt.date = AS_OF,
    whole: bool = True,
) -> Snapshot:
    """One région with these communes and these rows: unit, CPTS, maturity, since."""
    codes = list(people)
    count = len(codes)
    territories = pd.DataFrame(
        {
            "territory": ["region:99", *(f"commune:{code}" for code in codes)],
            "level": ["region"] + ["commune"] * count,
            "population": np.nan,
            "covered": True,
        }
    )
    communes = pd.DataFrame(
        {
            "code": np.array(codes, dtype=object),
            "population": np.array(list(people.values()), dtype=float),
            "year": 2021.0,
            "complete": complete,
            "france": -1,
            "region": 0,
            "departement": -1,
            "epci": -1,
            "commune": np.arange(1, count + 1),
        }
    )
    home = {"A1": "A", "A2": "A"}
    members = pd.DataFrame(
        {
            "commune": [codes.index(home.get(row[0], row[0])) for row in rows],
            "unit": [row[0] for row in rows],
            "cpts": [row[1] for row in rows],
            "maturity": pd.Series([row[2] for row in rows], dtype=object),
            "since": pd.to_datetime(pd.Series([row[3] for row in rows])).astype("datetime64[s]"),
        }
    )
    held = Membership(
        communes,
        members,
        np.array([(units or {}).get(code, 1) for code in codes]),
        vintage or AS_OF,
        vintage,
        np.full(len(territories), whole),
    )
    return Snapshot(
        as_of=as_of,
        scope="all",
        kinds=("CPTS",),
        structures=pd.DataFrame(),
        territories=territories,
        qpv=None,
        verdicts={},
        definitions=(),
        levels=LEVELS,
        membership=held,
    )


def figure(snapshot: Snapshot, definition: str, measure: str = "share_of_population_in_cpts"):
    """Value, low and high of the région."""
    table = cpts.compute(snapshot).to_table("en")
    rows = table[
        (table["territory"] == "region:99")
        & (table["indicator"] == measure)
        & (table["definition"] == definition)
    ]
    return tuple(rows[["value", "low", "high"]].iloc[0])


def note(snapshot: Snapshot, territory: str = "region:99") -> str:
    table = cpts.compute(snapshot).to_table("en")
    return str(table.loc[table["territory"] == territory, "note"].iloc[0])


PEOPLE = {"A": 500.0, "B": 300.0, "C": 150.0, "D": 50.0}
ROWS: list[tuple[str, str, str | None, str | None]] = [
    ("A", "one", "aci", None),
    ("A", "two", "letter", None),
    ("B", "two", "letter", None),
    ("C", "three", "project", None),
]


@pytest.mark.parametrize(
    ("definition", "share", "number"),
    [
        ("any", 0.95, 3),
        ("project", 0.65, 2),
        ("aci", 0.5, 1),
        ("letter-only", 0.3, 1),
        ("project-only", 0.15, 1),
    ],
)
def test_the_most_mature_counts_and_nobody_twice(definition, share, number) -> None:
    snapshot = planted(ROWS, PEOPLE)
    assert figure(snapshot, definition) == (share, share, share)
    assert figure(snapshot, definition, "population_in_cpts")[0] == share * 1000
    assert figure(snapshot, definition, "cpts_count") == (number, number, number)


def test_of_a_commune_all_or_nobody_is_covered() -> None:
    table = cpts.compute(planted(ROWS, PEOPLE)).to_table()
    shares = table[
        (table["level"] == "commune")
        & (table["definition"] == "any")
        & (table["indicator"] == "share_of_population_in_cpts")
    ].set_index("territory")["value"]
    assert shares.to_dict() == {"commune:A": 1, "commune:B": 1, "commune:C": 1, "commune:D": 0}


def test_an_unknown_maturity_counts_as_any_only() -> None:
    snapshot = planted([("A", "one", None, None)], PEOPLE)
    assert figure(snapshot, "any") == (0.5, 0.5, 0.5)
    assert figure(snapshot, "aci") == (0.0, 0.0, 0.5)
    assert figure(snapshot, "letter-only") == (0.0, 0.0, 0.5)
    assert figure(snapshot, "unknown-only") == (0.5, 0.5, 0.5)


def test_a_cpts_counts_from_its_date() -> None:
    rows: list[tuple[str, str, str | None, str | None]] = [("A", "one", "aci", "2024-01-31")]
    assert figure(planted(rows, PEOPLE), "aci") == (0.5, 0.5, 0.5)
    before = planted(rows, PEOPLE, as_of=dt.date(2024, 1, 30))
    assert figure(before, "aci") == (0.0, 0.0, 0.0)
    # It may have had its letter or its project by then: unknown, not zero.
    for definition in ("any", "project", "letter-only", "project-only"):
        value, low, high = figure(before, definition)
        assert np.isnan(value)
        assert (low, high) == (0.0, 0.5)
    letter = planted([("A", "one", "letter", "2024-01-31")], PEOPLE, as_of=dt.date(2024, 1, 30))
    assert figure(letter, "any") == (0.0, 0.0, 0.0)  # there is nothing before a letter


def test_before_the_table_an_undated_row_tells_nothing() -> None:
    early = planted(ROWS, PEOPLE, as_of=dt.date(2023, 12, 31))
    value, low, high = figure(early, "aci")
    assert np.isnan(value)
    assert (low, high) == (0.0, 0.5)
    assert "Before the table" in note(early)
    assert "without a date count" in note(planted(ROWS, PEOPLE))


def test_a_dated_row_decides_whatever_an_undated_one_adds() -> None:
    rows: list[tuple[str, str, str | None, str | None]] = [
        ("A", "one", "aci", "2020-01-01"),
        ("A", "two", "letter", None),
        ("B", "two", "aci", "2020-01-01"),
    ]
    early = planted(rows, {"A": 500.0, "B": 500.0}, as_of=dt.date(2021, 1, 1))
    assert figure(early, "aci") == (1.0, 1.0, 1.0)


def test_what_an_incomplete_table_does_not_list_is_unknown() -> None:
    value, low, high = figure(planted(ROWS, PEOPLE, complete=False), "any")
    assert np.isnan(value)
    assert (low, high) == (0.95, 1.0)
    number = figure(planted(ROWS, PEOPLE, complete=False), "any", "cpts_count")
    assert np.isnan(number[0])
    assert number[1] == 3
    assert np.isnan(number[2])
    assert "not said to be complete" in note(planted(ROWS, PEOPLE, complete=False))


def test_an_unknown_population_is_not_zero() -> None:
    snapshot = planted(ROWS, PEOPLE | {"B": np.nan})
    value, low, high = figure(snapshot, "any", "population_in_cpts")
    assert np.isnan(value)
    assert low == 650
    assert np.isnan(high)
    assert figure(snapshot, "aci", "population_in_cpts") == (500, 500, 500)
    share, least, most = figure(snapshot, "any")
    assert np.isnan(share)
    assert least == pytest.approx(650 / 700)  # those of B are covered, however many they are
    assert most == 1.0
    assert figure(snapshot, "aci")[1:] == (0.0, pytest.approx(500 / 700))
    assert "no known population" in note(snapshot)


def test_arrondissements_decide_where_they_agree() -> None:
    one: list[tuple[str, str, str | None, str | None]] = [("A1", "one", "aci", None)]
    both = [*one, ("A2", "two", "aci", None)]
    divided = {"A": 2}
    assert figure(planted(both, PEOPLE, units=divided), "aci") == (0.5, 0.5, 0.5)
    value, low, high = figure(planted(one, PEOPLE, units=divided), "aci")
    assert np.isnan(value)
    assert (low, high) == (0.0, 0.5)
    assert "Arrondissements" in note(planted(one, PEOPLE, units=divided))
    # The commune as a whole, with one arrondissement more mature than the rest.
    mixed: list[tuple[str, str, str | None, str | None]] = [("A", "zero", "letter", None), *one]
    assert figure(planted(mixed, PEOPLE, units=divided), "any") == (0.5, 0.5, 0.5)
    assert np.isnan(figure(planted(mixed, PEOPLE, units=divided), "aci")[0])


def test_the_note_says_the_year_and_the_table() -> None:
    said = note(planted(ROWS, PEOPLE))
    assert "Population of 2021." in said
    assert "January 1, 2024" in said
    assert "without a millésime" in note(planted(ROWS, PEOPLE, vintage=None))


def test_a_territory_partly_outside_has_no_figures() -> None:
    outside = planted(ROWS, PEOPLE, whole=False)
    assert all(np.isnan(part) for part in figure(outside, "any", "population_in_cpts"))
    assert "outside the study" in note(outside)


def test_without_a_table_there_are_no_figures() -> None:
    snapshot = dataclasses.replace(planted(ROWS, PEOPLE), membership=None)
    assert cpts.compute(snapshot).to_table().empty


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from("ABCD"),
            st.sampled_from(["one", "two", "three"]),
            st.sampled_from(["letter", "project", "aci", None]),
            st.sampled_from([None, "2023-06-01", "2025-01-01"]),
        ),
        unique_by=lambda row: row[:2],
        min_size=1,
    ),
    complete=st.booleans(),
    as_of=st.sampled_from([dt.date(2023, 1, 1), dt.date(2023, 12, 1), AS_OF]),
)
def test_bounds_hold_and_levels_nest(rows, complete, as_of) -> None:
    snapshot = planted(rows, PEOPLE, complete=complete, as_of=as_of)
    table = cpts.compute(snapshot).to_table()
    known = table.dropna(subset=["value", "low", "high"])
    assert (known["low"] <= known["value"]).all()
    assert (known["value"] <= known["high"]).all()
    wide = table.pivot_table(
        index=["territory", "indicator"], columns="definition", values="value", dropna=False
    )
    for more, less in (("any", "project"), ("project", "aci")):
        pair = wide[[more, less]].dropna()
        assert (pair[more] >= pair[less]).all()
    exact = [name for name in ("letter-only", "project-only", "unknown-only") if name in wide]
    counted = wide[["any", "aci", *exact]].dropna()
    summed = counted[["aci", *exact]].sum(axis=1)
    assert np.allclose(summed, counted["any"])


def test_a_study_says_of_what_the_table_is_complete(tmp_path: Path) -> None:
    file = tmp_path / "cpts.csv"
    file.write_text(
        "code_insee;code_cpts;maturite;depuis\n96001;1;aci;2020-01-01\n96010;2;letter;\n",
        encoding="utf-8",
    )
    text = (SAMPLE / "study.toml").read_text(encoding="utf-8")
    text = text.replace('path = "cpts/cpts_communes_fictif.csv"', f'path = "{file}"')
    study = tmp_path / "study.toml"
    study.write_text(f'folder = "{SAMPLE}"\n{text}', encoding="utf-8")
    for complete, known in (('["departement:96"]', True), ("[]", False)):
        study.write_text(
            f'folder = "{SAMPLE}"\n' + text.replace('["region:99"]', complete), encoding="utf-8"
        )
        table = build(dataclasses.replace(Study.load(study), also_at=())).indicators
        shares = table[
            (table["indicator"] == "share_of_population_in_cpts") & (table["definition"] == "aci")
        ].set_index("territory")
        assert shares.loc["commune:96001", "value"] == 1.0
        unlisted = shares.loc["commune:96002"]
        assert (unlisted["low"], unlisted["high"]) == (0.0, 0.0 if known else 1.0)
        assert bool(np.isnan(unlisted["value"])) is not known
        assert np.isnan(shares.loc["region:99", "value"])  # 971 is never said to be complete
        assert bool(0 < shares.loc["departement:96", "value"] < 1) is known


def test_completeness_is_of_territories_made_of_communes(tmp_path: Path) -> None:
    file = tmp_path / "cpts.csv"
    file.write_text("code_insee;code_cpts;maturite\n31555;1;aci\n", encoding="utf-8")
    for wrong in ("qpv:QP031001", "Occitanie"):
        with pytest.raises(UnknownNameError):
            cpts_source.read(file, complete=[wrong])
    assert list(
        cpts_source.read(file, complete=["france"]).extra["cpts_complete"]["territory"]
    ) == ["france:FR"]
    study = tmp_path / "study.toml"
    study.write_text(
        f'name = "x"\nterritory = "region:99"\nas_of = 2026-01-01\n[[sources]]\nkind = "cpts"\n'
        f'path = "{file}"\ncomplete = true\n',
        encoding="utf-8",
    )
    with pytest.raises(SourceError, match="complete"):
        build(Study.load(study))
