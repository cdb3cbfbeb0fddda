"""The indicators of a result: numbers by cell, each word once, and a view that reads as one table.

Half a million rows repeat the same sources, definitions and notes: written out they are 140 MB.
So ``indicators_data`` holds numbers only, under one integer, the *cell*::

    cell = series × territories + territory

A *territory* is a row of ``indicators_territories`` (counted from 0). A *series* (from 1) is a run
of rows that share all the words of ``indicators_series`` and whose territories go up; reading by
cell therefore gives the order that was saved, and a table in any order comes back as it was. The
cell is also the index: a series is one range of it, a territory one place in each series.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from geo_service.core.errors import SchemaError
from geo_service.core.figures import FigureTable
from geo_service.core.i18n import T
from geo_service.core.tables import INDICATORS, LEVELS, shape_table
from geo_service.exchange import gpkg
from geo_service.exchange.table_schema import to_python, typed

NAME = INDICATORS.name
DATA, SERIES, PLACES, NOTES = (
    f"{NAME}_{part}" for part in ("data", "series", "territories", "notes")
)
PARTS = (DATA, SERIES, PLACES, NOTES)
"""The tables behind the view. A GIS does not show them: ``gpkg_contents`` lists the view only."""

FIGURES = ("value", "low", "high", "unknown_precision")
PLACE = ("territory", "level")
# A note goes with a value (why it is unknown), so that it changes within a series.
NOTE = ("note",)
ENGLISH = "note_en"
WORDS = tuple(name for name in INDICATORS.names if name not in (*FIGURES, *PLACE, *NOTE))
COLUMNS = ("cell", *FIGURES, "note_id")
_ROWS_AT_ONCE = 50  # 300 values a statement: SQLite before 3.32 takes 999
_BATCH = 1_000  # statements whose values are held at a time
_BOUNDS = ("low", "high")  # often the value itself
_EACH, _ONCE, _ABSENT, _VALUE = range(4)  # how a column of fifty rows is written
_Integers = npt.NDArray[np.int64]


def add(db: sqlite3.Connection, given: Any) -> None:
    """Write the indicators, and the view that shows them.

    Parameters
    ----------
    given
        The :class:`~geo_service.core.figures.FigureTable` of a build, or a DataFrame with columns
        of :data:`~geo_service.core.tables.INDICATORS`; absent ones are null.

    Raises
    ------
    SchemaError
        A column has another type, or a column is not one of an indicator.
    """
    coded = _spelt_apart(given) if isinstance(given, FigureTable) else _code(given)
    _create(db)
    for name, first, rows in (
        (PLACES, 0, coded.places),
        (SERIES, 1, coded.series),
        (NOTES, 0, coded.notes),
    ):
        _add_words(db, name, first, rows)
    cells = np.cumsum(coded.starts) * len(coded.places) + coded.place
    _add_cells(db, cells, coded.figures)
    _add_view(db, max(len(coded.places), 1))


@dataclass(frozen=True)
class _Coded:
    """What is written: words as rows, and for each figure where its series begins and its place."""

    places: list[tuple[Any, ...]]
    series: list[tuple[Any, ...]]
    notes: list[tuple[Any, ...]]
    starts: npt.NDArray[np.bool_]
    place: _Integers
    figures: list[_Column]
    """Values of ``FIGURES`` and ``note_id``."""


def _spelt_apart(table: FigureTable) -> _Coded:
    """The figures of a build, which come coded and in the order of the file."""
    starts = np.ones(len(table), dtype=bool)
    starts[1:] = (table.place[1:] <= table.place[:-1]) | (
        table.row_series[1:] != table.row_series[:-1]
    )
    words = [(*row[:5], row.as_of.isoformat(), row.sources) for row in table.series]
    return _Coded(
        places=[(name, name.partition(":")[0]) for name in table.places],
        series=[words[number] for number in table.row_series[starts].tolist()],
        notes=[(note.say("fr"), note.say("en")) for note in table.notes],
        starts=starts,
        place=table.place,
        figures=[
            *(_number(values) for values in (table.value, table.low, table.high)),
            _Column(table.unknown, table.unknown),
            _numbered(table.note),
        ],
    )


def _code(table: Any) -> _Coded:
    """Any table of indicators, in any order."""
    unknown = [str(name) for name in table.columns if name not in INDICATORS.names]
    if unknown:
        raise SchemaError(
            T("Un indicateur n'a pas cette colonne.", "An indicator has no such column."),
            field=unknown[0],
        )
    table = typed(shape_table(table, INDICATORS))
    place, places = _places(table)
    starts = _starts(table, place)
    note, notes = _coded(table["note"])
    uncertain = table["unknown_precision"]
    return _Coded(
        places=_rows(places),
        series=_rows(table.loc[starts, list(WORDS)]),
        notes=[(text, None) for text in to_python(notes)],
        starts=starts,
        place=place,
        figures=[
            *(_number(table[name].to_numpy()) for name in FIGURES[:3]),
            _Column(uncertain.to_numpy(dtype=object, na_value=None), _coded(uncertain)[0]),
            _numbered(note),
        ],
    )


@dataclass(frozen=True)
class _Column:
    """Values to write, NaN for null, and numbers that are equal where the values are."""

    values: npt.NDArray[Any]
    same: _Integers


def _number(values: npt.NDArray[np.float64]) -> _Column:
    values = np.ascontiguousarray(values, dtype=np.float64)
    return _Column(values, values.view(np.int64))


def _numbered(codes: _Integers) -> _Column:
    return _Column(np.where(codes < 0, np.nan, codes), codes)


def _create(db: sqlite3.Connection) -> None:
    cells = ["cell INTEGER PRIMARY KEY NOT NULL", *map(_declared, FIGURES), "note_id INTEGER"]
    db.execute(f"CREATE TABLE {DATA} ({', '.join(cells)})")
    for name, words in ((SERIES, WORDS), (PLACES, PLACE), (NOTES, NOTE)):
        columns = ["id INTEGER PRIMARY KEY NOT NULL", *map(_declared, words)]
        if name == NOTES:
            columns.append(f"{ENGLISH} TEXT")
        db.execute(f"CREATE TABLE {name} ({', '.join(columns)})")


def _declared(column: str) -> str:
    return f"{column} {gpkg.SQL_TYPES[INDICATORS.column(column).dtype]}"


def _coded(values: Any) -> tuple[_Integers, Any]:
    """Number of the value of each row (-1 for null), and the values in that order."""
    import pandas as pd

    codes, words = pd.factorize(values)
    return codes.astype(np.int64), pd.Series(words)


def _places(table: Any) -> tuple[_Integers, Any]:
    """Number of the territory of each row, and the territories from the largest level down.

    Tables list them in that order: each of their series is then one run.
    """
    territory, _ = _coded(table["territory"])
    level, levels = _coded(table["level"])
    both, _ = _coded((territory + 1) * (len(levels) + 1) + level + 1)
    first = np.empty(int(both.max(initial=-1)) + 1, dtype=np.int64)
    first[both[::-1]] = np.arange(len(both))[::-1]  # the last one written is the first row
    places = table[list(PLACE)].iloc[first]
    ranks = places["level"].map({name: rank for rank, name in enumerate(LEVELS)})
    order = np.lexsort((_sortable(places["territory"]), ranks.fillna(len(LEVELS)).to_numpy()))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    return number[both], places.iloc[order]


def _sortable(texts: Any) -> npt.NDArray[np.str_]:
    return texts.fillna("").to_numpy(dtype=np.str_)


def _starts(table: Any, place: _Integers) -> npt.NDArray[np.bool_]:
    """Rows where a series begins: another word than above, or a territory that does not go up."""
    starts = np.ones(len(table), dtype=bool)
    starts[1:] = place[1:] <= place[:-1]
    for column in WORDS:
        codes, _ = _coded(table[column])
        starts[1:] |= codes[1:] != codes[:-1]
    return starts


def _rows(words: Any) -> list[tuple[Any, ...]]:
    return list(zip(*(to_python(words[column]) for column in words.columns), strict=True))


def _add_words(
    db: sqlite3.Connection, name: str, first: int, rows: Sequence[tuple[Any, ...]]
) -> None:
    if rows:
        gpkg.insert(db, name, [range(first, first + len(rows)), *zip(*rows, strict=True)])


def _add_cells(db: sqlite3.Connection, cells: _Integers, columns: Sequence[_Column]) -> None:
    """Fifty rows a statement take half the time of one, and most columns are alike in most places:
    what all fifty share is bound once, nulls are left out, and bounds that are the figure itself
    are read from it. Nor are cells bound that follow one another: SQLite gives a row without a
    number the one after the last."""
    whole = len(cells) // _ROWS_AT_ONCE
    fifties = [_by_fifty(values) for values in (cells, *(column.values for column in columns))]
    plans = _plans(fifties, [_by_fifty(column.same) for column in columns])
    for start in range(0, whole, _BATCH):
        batch = plans[start : start + _BATCH]
        lines: list[Any] = [None] * len(batch)
        for code in np.unique(batch).tolist():
            at = np.flatnonzero(batch == code)
            made = _lines(_plan(code), fifties, start + at)
            for number, line in zip(at.tolist(), made, strict=True):
                lines[number] = line
        changes = (np.flatnonzero(np.diff(batch)) + 1).tolist()
        for first, last in pairwise([0, *changes, len(batch)]):
            db.executemany(_plan(int(batch[first])).statement, lines[first:last])
    rest = slice(whole * _ROWS_AT_ONCE, None)
    values = [cells[rest].tolist(), *(column.values[rest].tolist() for column in columns)]
    marks = ",".join("?" * len(values))
    db.executemany(f"INSERT INTO {DATA} VALUES ({marks})", zip(*values, strict=True))  # noqa: S608 - names of ours, quoted; values are bound


def _by_fifty(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return values[: len(values) // _ROWS_AT_ONCE * _ROWS_AT_ONCE].reshape(-1, _ROWS_AT_ONCE)


def _plans(fifties: Sequence[npt.NDArray[Any]], same: Sequence[_Integers]) -> _Integers:
    """Code of the plan of each fifty: two bits a column, which :func:`_plan` reads."""
    cells, *columns = fifties
    following = cells[:, -1] - cells[:, 0] == _ROWS_AT_ONCE - 1
    following[:1] = False
    following[1:] &= cells[1:, 0] == cells[:-1, -1] + 1
    codes = np.where(following, _ABSENT, _EACH)
    for at, (values, numbers) in enumerate(zip(columns, same, strict=True), start=1):
        once = (numbers == numbers[:, :1]).all(axis=1)
        absent = once & (values[:, 0] != values[:, 0])  # NaN
        plan = np.where(absent, _ABSENT, np.where(once, _ONCE, _EACH))
        if COLUMNS[at] in _BOUNDS:
            plan[~once & (numbers == same[0]).all(axis=1)] = _VALUE
        codes |= plan << 2 * at
    return codes


class _Plan(NamedTuple):
    """The statement for fifty rows, and the columns that it binds once and row by row."""

    statement: str
    once: list[int]
    each: list[int]


@functools.cache
def _plan(code: int) -> _Plan:
    ways = {at: code >> 2 * at & 3 for at in range(len(COLUMNS))}
    each = [at for at, way in ways.items() if way == _EACH]
    once = [at for at, way in ways.items() if way == _ONCE]
    number = {at: f"column{place}" for place, at in enumerate(each, start=1)}
    written = [at for at, way in ways.items() if way != _ABSENT] or [1]
    read = [
        "?" if ways[at] == _ONCE else number.get(1 if ways[at] == _VALUE else at, "NULL")
        for at in written
    ]
    names = ",".join(COLUMNS[at] for at in written)
    row = f"({','.join('?' * len(each)) or 'NULL'})"
    rows = f"VALUES {','.join([row] * _ROWS_AT_ONCE)}"
    source = rows if each == written else f"SELECT {','.join(read)} FROM ({rows})"  # noqa: S608 - names of ours, quoted; values are bound
    return _Plan(f"INSERT INTO {DATA} ({names}) {source}", once, each)


def _lines(plan: _Plan, fifties: Sequence[npt.NDArray[Any]], chosen: _Integers) -> list[list[Any]]:
    """The values of some fifties, a line each: what is bound once, then row after row.

    All become floats, and SQLite makes integers of them in its integer columns: they count
    positions, far below 2**53. A table from elsewhere gives its integers as objects.
    """
    lead, width = len(plan.once), len(plan.each)
    kind = np.result_type(np.float64, *fifties)
    lines = np.empty((len(chosen), lead + _ROWS_AT_ONCE * width), dtype=kind)
    for number, at in enumerate(plan.once):
        lines[:, number] = fifties[at][chosen, 0]
    rows = lines[:, lead:].reshape(len(lines), _ROWS_AT_ONCE, width)
    for number, at in enumerate(plan.each):
        rows[:, :, number] = fifties[at][chosen]
    made: list[list[Any]] = lines.tolist()
    return made


def _add_view(db: sqlite3.Connection, places: int) -> None:
    """GDAL takes an integer first column named OGC_FID as the row number of a view.

    CROSS JOIN keeps SQLite to one order, cells first: every word is then found by its number.
    """
    owner = {"note": "n", **dict.fromkeys(PLACE, "t"), **dict.fromkeys(WORDS, "s")}
    columns = ", ".join(f"{owner.get(name, 'd')}.{name} AS {name}" for name in INDICATORS.names)
    columns += f", n.{ENGLISH} AS {ENGLISH}"
    db.execute(
        f"CREATE VIEW {NAME} AS SELECT d.cell AS OGC_FID, {columns} FROM {DATA} d"  # noqa: S608 - names of ours, quoted; values are bound
        f" CROSS JOIN {SERIES} s ON s.id = d.cell / {places}"
        f" CROSS JOIN {PLACES} t ON t.id = d.cell % {places}"
        f" LEFT JOIN {NOTES} n ON n.id = d.note_id"
    )
    gpkg.register(db, NAME)
