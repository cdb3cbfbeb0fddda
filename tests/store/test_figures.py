"""The indicators of a result: written once a word, read back and seen by a GIS as one table."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fiona
import numpy as np
import pandas as pd
import pyogrio
import pytest

from geo_service.core.errors import SchemaError, StoreError, UnknownNameError
from geo_service.core.figures import Figures, FigureTable
from geo_service.core.i18n import LANGUAGES, T, use_language
from geo_service.core.result import Anomalies, Result
from geo_service.core.tables import INDICATORS, shape_table
from geo_service.exchange import gpkg
from geo_service.store import StoredResult, figures, save_result

SOURCES = "finess communes epci departements regions cog-communes epci-composition cog-moves qpv"


def study_figures(communes: int = 60) -> pd.DataFrame:
    """A table as a study makes it: one indicator after the other, territories in order."""
    places = ["region:76", "departement:31", "epci:243100518"]
    places += [f"commune:{31000 + number}" for number in range(communes)]
    parts = []
    draw = np.random.default_rng(20260131)
    for date in ("2024-12-31", "2026-01-31"):
        for kind in ("MSP", "CDS", None):
            for definition in (None, "proxy-300m"):
                value = np.where(draw.random(len(places)) < 0.3, np.nan, draw.random(len(places)))
                low = np.where(draw.random(len(places)) < 0.5, np.nan, draw.integers(0, 99))
                parts.append(
                    pd.DataFrame(
                        {
                            "territory": places,
                            "level": [place.split(":")[0] for place in places],
                            "indicator": "share_in_qpv" if definition else "structures_open",
                            "kind": kind,
                            "scope": "all",
                            "definition": definition,
                            "value": value,
                            "low": low,
                            "high": np.where(value < 0.1, np.inf, value),
                            "unknown_precision": pd.array(
                                [None, 0, 2**60] * (len(places) // 3), dtype="Int64"
                            ),
                            "unit": "share",
                            "as_of": pd.Timestamp(date),
                            "sources": SOURCES,
                            "note": np.where(np.isnan(value), "Inconnu, et non zéro.", None),
                        }
                    )
                )
    return shape_table(pd.concat(parts, ignore_index=True), INDICATORS)


def save(indicators: Any, path: Path) -> None:
    save_result(Result({"name": "essai"}, {}, indicators, Anomalies(), []), path)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return study_figures()


@pytest.fixture(scope="module")
def path(table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("figures") / "r.gpkg"
    save(table, path)
    return path


@pytest.fixture
def stored(path: Path) -> Iterator[StoredResult]:
    with StoredResult(path) as opened:
        yield opened


def same(found: Any, expected: Any) -> None:
    pd.testing.assert_frame_equal(found, expected.reset_index(drop=True), check_exact=True)


def counts(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as db:
        return {
            name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in figures.PARTS
        }


def test_each_word_is_written_once(table: pd.DataFrame, stored: StoredResult, path: Path) -> None:
    same(stored.read_indicators(), table)
    same(stored.read_table("indicators"), table)
    assert stored.table_names() == ["indicators", "anomalies", "provenance", "facts"]
    assert counts(path) == {
        "indicators_data": len(table),
        "indicators_series": 12,
        "indicators_territories": 63,
        "indicators_notes": 1,
    }


@pytest.mark.parametrize("case", ["shuffled", "by territory", "repeated", "empty", "one", "null"])
def test_a_table_in_any_order_comes_back_as_it_was(
    case: str, table: pd.DataFrame, tmp_path: Path
) -> None:
    given = {
        "shuffled": table.sample(frac=1.0, random_state=7),
        "by territory": table.sort_values("territory", kind="stable"),
        "repeated": pd.concat([table, table.iloc[:70], table.iloc[:1], table.iloc[:1]]),
        "empty": table.iloc[:0],
        "one": table.iloc[5:6],
        "null": shape_table(
            pd.DataFrame({"territory": [None, "a:1", None], "value": 1}), INDICATORS
        ),
    }[case].reset_index(drop=True)
    save(given, tmp_path / "r.gpkg")
    with StoredResult(tmp_path / "r.gpkg") as stored:
        same(stored.read_indicators(), given)
        some = stored.read_indicators(territory="commune:31007")
        same(some, given[given["territory"] == "commune:31007"])


@pytest.mark.parametrize(
    "where",
    [
        {"territory": "region:76"},
        {"territory": ["region:76", "commune:31059"]},
        {"territory": {"commune:31003", "nowhere:1"}},
        {"territory": "nowhere:1"},
        {"territory": []},
        {"level": "commune"},
        {"level": ["region", "commune"], "kind": "MSP"},
        {"level": "region", "territory": "commune:31003"},
        {"indicator": "share_in_qpv", "as_of": dt.date(2024, 12, 31)},
        {"kind": None},
        {"kind": [None, "CDS"], "definition": "proxy-300m"},
        {"note": None},
        {"note": "Inconnu, et non zéro.", "territory": ["region:76", "commune:31003"]},
        {"value": None, "unknown_precision": [0, 2**60]},
        {"high": float("inf"), "level": "commune"},
    ],
    ids=",".join,
)
def test_filters(where: dict[str, Any], table: pd.DataFrame, stored: StoredResult) -> None:
    keep = pd.Series(True, index=table.index)
    for column, wanted in where.items():
        values = wanted if isinstance(wanted, list | set) else [wanted]
        present = [
            pd.Timestamp(v) if isinstance(v, dt.date) else v for v in values if v is not None
        ]
        hit = table[column].isin(present)
        keep &= hit | table[column].isna() if None in values else hit
    same(stored.read_table("indicators", where=where), table[keep])


def test_an_unknown_column_is_told(stored: StoredResult) -> None:
    with pytest.raises(UnknownNameError, match="territory"):
        stored.read_table("indicators", where={"teritory": "region:76"})
    with pytest.raises(UnknownNameError):
        stored.read_table("indicators", where={"OGC_FID": 1})
    with pytest.raises(UnknownNameError):
        stored.read_table("indicators_data")


def test_one_territory_touches_few_rows(stored: StoredResult, table: pd.DataFrame) -> None:
    def steps(**asked: Any) -> int:
        counted = 0

        def step() -> int:
            nonlocal counted
            counted += 1
            return 0

        stored.read_indicators(**asked)  # the words are read once
        stored._db.set_progress_handler(step, 10)
        stored.read_indicators(**asked)
        stored._db.set_progress_handler(None, 0)
        return counted

    whole = steps()
    assert steps(territory="commune:31030") < whole / 5
    assert steps(indicator="share_in_qpv", kind="MSP", as_of=dt.date(2026, 1, 31)) < whole / 5


def test_a_gis_sees_one_table(table: pd.DataFrame, path: Path) -> None:
    assert [name for name, _ in pyogrio.list_layers(path)] == [
        "indicators",
        "anomalies",
        "provenance",
        "facts",
    ]
    info = pyogrio.read_info(path, layer="indicators")
    assert info["fid_column"] == "OGC_FID"
    assert list(info["fields"]) == [*INDICATORS.names, "note_en"]
    assert info["features"] == len(table)
    seen = pyogrio.read_dataframe(path, layer="indicators", fid_as_index=True)
    assert seen.index.is_unique
    assert seen.index.min() > 0
    for column in ("territory", "kind", "note", "sources"):
        assert seen[column].fillna("").tolist() == table[column].fillna("").tolist()
    assert np.array_equal(seen["value"], table["value"], equal_nan=True)
    assert (seen["as_of"].to_numpy().astype("M8[s]") == table["as_of"].to_numpy()).all()
    some = pyogrio.read_dataframe(
        path, layer="indicators", where="territory = 'commune:31003' AND kind IS NULL"
    )
    assert len(some) == 4
    row = pyogrio.read_dataframe(path, layer="indicators", fids=[seen.index[100]])
    assert row["territory"].tolist() == [table["territory"][100]]
    with fiona.open(path, layer="indicators") as layer:
        assert layer.schema["properties"]["as_of"] == "date"
        assert layer.schema["properties"]["value"] == "float"
        assert next(iter(layer)).properties["territory"] == "region:76"
        assert len(layer) == len(table)
    with closing(sqlite3.connect(path)) as db:
        listed = dict(db.execute("SELECT table_name, data_type FROM gpkg_contents"))
    assert listed["indicators"] == "attributes"
    assert not set(listed) & set(figures.PARTS)


def test_the_words_do_not_weigh(tmp_path: Path) -> None:
    table = study_figures(communes=2997)  # 36,000 rows
    save(table, tmp_path / "full.gpkg")
    save(table.iloc[:0], tmp_path / "bare.gpkg")
    sizes = [(tmp_path / name).stat().st_size for name in ("full.gpkg", "bare.gpkg")]
    # Two numbers in three are of eight bytes here; written out, a row takes 200 bytes and more.
    assert (sizes[0] - sizes[1]) / len(table) < 45


def test_a_result_of_the_first_format_is_still_read(
    table: pd.DataFrame, path: Path, tmp_path: Path
) -> None:
    old = tmp_path / "old.gpkg"
    old.write_bytes(path.read_bytes())
    with closing(sqlite3.connect(old)) as db:
        db.execute("DROP VIEW indicators")
        for name in figures.PARTS:
            db.execute(f"DROP TABLE {name}")
        db.execute("DELETE FROM gpkg_contents WHERE table_name = 'indicators'")
        gpkg.add(db, "indicators", gpkg.unpack(table, "indicators"))
        db.execute("UPDATE facts SET value = '1' WHERE key = 'geo_service.store_format'")
        db.commit()
    with StoredResult(old) as stored:
        same(stored.read_indicators(), table)
        same(stored.read_indicators(kind="MSP"), table[table["kind"] == "MSP"])


NOTE = T("Inconnu, et non zéro.", "Unknown, not zero.")


@pytest.fixture
def coded() -> FigureTable:
    """Figures as a build leaves them: the territories of a block in any order."""
    draw = np.random.default_rng(8)
    parts = []
    for year in range(2017, 2027):
        snapshot = SimpleNamespace(scope="all", as_of=dt.date(year, 12, 31))
        figures_ = Figures(snapshot)  # type: ignore[arg-type]
        for count in (0, 1, 49, 50, 51, 500):
            names = [f"commune:{31000 + number}" for number in range(count)]
            if count == 51:
                names = names[::-1]
            blank = np.full(count, np.nan)
            value = np.where(draw.random(count) < 0.1, np.nan, draw.random(count))
            figures_.add("a", names, value, unit="share", low=value, note=NOTE)
            figures_.add("b", names, blank, unit="m", unknown=draw.integers(0, 2, count))
            figures_.add("b", names, value, unit="m", note=NOTE, noted=draw.random(count) < 0.01)
            figures_.add("c", names, value, unit="m", low=value, high=value, unknown=3)
            figures_.add("d", names, blank + 1, unit="m", low=value * 0, high=value, note=NOTE)
        parts.append((figures_, SOURCES))
    return FigureTable.join(parts)


def test_the_figures_of_a_build_come_back_as_they_are(coded: FigureTable, tmp_path: Path) -> None:
    save(coded, tmp_path / "coded.gpkg")
    save(coded.to_table(), tmp_path / "spelt.gpkg")
    for name in ("coded", "spelt"):
        with StoredResult(tmp_path / f"{name}.gpkg") as stored:
            same(stored.read_indicators(), coded.to_table())
    assert counts(tmp_path / "coded.gpkg") == counts(tmp_path / "spelt.gpkg")


def test_integers_stay_integers_and_figures_real(coded: FigureTable, tmp_path: Path) -> None:
    """Also those that a floating number cannot hold, of a table from elsewhere."""
    table = coded.to_table()
    large = table.assign(
        unknown_precision=pd.array([2**53 + 1, None] * (len(table) // 2), dtype="Int64")
    )
    for name, given in (("coded", coded), ("large", large)):
        save(given, tmp_path / f"{name}.gpkg")
        with closing(sqlite3.connect(tmp_path / f"{name}.gpkg")) as db:
            kinds = [
                {row[0] for row in db.execute(f"SELECT DISTINCT typeof({column}) FROM {part}")}
                for column, part in (
                    ("cell", figures.DATA),
                    ("unknown_precision", figures.DATA),
                    ("note_id", figures.DATA),
                    ("value", figures.DATA),
                )
            ]
        assert kinds[0] == {"integer"}
        assert kinds[1] == ({"integer"} if name == "coded" else {"integer", "null"})
        assert kinds[2] == {"integer", "null"}
        assert kinds[3] == {"real", "null"}
    with StoredResult(tmp_path / "large.gpkg") as stored:
        same(stored.read_indicators(), large)


def test_notes_are_read_in_the_language_of_the_reader(coded: FigureTable, tmp_path: Path) -> None:
    path = tmp_path / "r.gpkg"
    save(coded, path)
    with StoredResult(path) as stored:
        for language in LANGUAGES:
            with use_language(language):
                same(stored.read_indicators(indicator="a"), _only(coded.to_table(language), "a"))
    seen = pyogrio.read_dataframe(path, layer="indicators")
    assert set(seen["note"].dropna()) == {NOTE.fr}
    assert set(seen["note_en"].dropna()) == {NOTE.en}


def _only(table: pd.DataFrame, indicator: str) -> pd.DataFrame:
    return table[table["indicator"] == indicator]


def test_a_note_without_a_translation_is_read_as_it_is(
    table: pd.DataFrame, path: Path, tmp_path: Path
) -> None:
    old = tmp_path / "old.gpkg"
    old.write_bytes(path.read_bytes())
    with closing(sqlite3.connect(old)) as db:
        # As written before notes had a translation.
        db.execute("DROP VIEW indicators")
        db.execute(f"CREATE TABLE kept AS SELECT id, note FROM {figures.NOTES}")
        db.execute(f"DROP TABLE {figures.NOTES}")
        db.execute(f"ALTER TABLE kept RENAME TO {figures.NOTES}")
        db.execute("CREATE VIEW indicators AS SELECT cell AS OGC_FID FROM indicators_data")
        db.commit()
    for written in (path, old):
        with StoredResult(written) as stored, use_language("en"):
            same(stored.read_indicators(), table)


def test_another_column_is_refused(table: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="colour"):
        save(table.assign(colour="red"), tmp_path / "r.gpkg")
    with pytest.raises(SchemaError, match="value"):
        save(table.assign(value="many"), tmp_path / "r.gpkg")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", figures.PARTS)
def test_the_names_behind_the_view_are_reserved(name: str, tmp_path: Path) -> None:
    result = Result({}, {}, study_figures(3), Anomalies(), [], {name: pd.DataFrame({"a": [1]})})
    with pytest.raises(StoreError, match=name):
        save_result(result, tmp_path / "r.gpkg")
