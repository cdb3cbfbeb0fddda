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

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

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
_BATCH = 2_000  # statements whose values are held at a time
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
    """Values of ``FIGURES`` and ``note_id``, each with what may be null or 0 in it."""


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
            _Column(table.unknown, table.unknown == 0, "0"),
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
            _Column(uncertain.to_numpy(dtype=object, na_value=None), uncertain.isna().to_numpy()),
            _numbered(note),
        ],
    )


@dataclass(frozen=True)
class _Column:
    """Values to write; those marked ``plain`` are the same literal, null or 0."""

    values: npt.NDArray[Any]
    plain: npt.NDArray[np.bool_]
    literal: str = "NULL"


def _number(values: npt.NDArray[np.float64]) -> _Column:
    return _Column(values, np.isnan(values))  # SQLite keeps NaN as NULL


def _numbered(codes: _Integers) -> _Column:
    values = codes.astype(object)
    values[codes < 0] = None
    return _Column(values, codes < 0)


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
        marks = ",".join("?" * (1 + len(rows[0])))
        numbered = ((number, *row) for number, row in enumerate(rows, start=first))
        db.executemany(f"INSERT INTO {name} VALUES ({marks})", numbered)  # noqa: S608


def _add_cells(db: sqlite3.Connection, cells: _Integers, columns: Sequence[_Column]) -> None:
    """Fifty rows a statement take half the time of one; where a column is null (or 0) in all fifty
    the statement says so, and nothing is bound for it: most columns are, in most places. Nor for
    cells that follow one another: SQLite gives a row without a number the one after the last."""
    whole = len(cells) // _ROWS_AT_ONCE
    fifties = cells[: whole * _ROWS_AT_ONCE].reshape(-1, _ROWS_AT_ONCE)
    following = 1 << len(columns)
    plain = (fifties[:, -1] - fifties[:, 0] == _ROWS_AT_ONCE - 1) * following
    for number, column in enumerate(columns):
        alike = column.plain[: fifties.size].reshape(fifties.shape).all(axis=1)
        plain |= alike.astype(np.int64) << number
    changes = np.flatnonzero(np.diff(plain, prepend=-1))
    edges = np.unique(np.concatenate([changes, np.arange(0, whole, _BATCH), [whole]]))
    for first, last in pairwise(edges.tolist()):
        bound = [not plain[first] >> number & 1 for number in range(len(columns))]
        rows = slice(first * _ROWS_AT_ONCE, last * _ROWS_AT_ONCE)
        _add_alike(db, cells[rows], columns, rows, bound, bool(plain[first] & following))
    rest = slice(fifties.size, len(cells))
    values = [cells[rest].tolist(), *(column.values[rest].tolist() for column in columns)]
    marks = ",".join("?" * len(values))
    db.executemany(f"INSERT INTO {DATA} VALUES ({marks})", zip(*values, strict=True))  # noqa: S608


def _add_alike(
    db: sqlite3.Connection,
    cells: _Integers,
    columns: Sequence[_Column],
    rows: slice,
    bound: Sequence[bool],
    following: bool,
) -> None:
    """Whole fifties of rows that have the same columns bound."""
    asked = [c.values[rows] for c, ask in zip(columns, bound, strict=True) if ask]
    if not following:
        asked.insert(0, cells)
    values = np.empty((len(cells), len(asked)), dtype=object)
    for number, part in enumerate(asked):
        values[:, number] = part
    lines = values.reshape(len(cells) // _ROWS_AT_ONCE, _ROWS_AT_ONCE * len(asked)).tolist()
    if following:
        for line, cell in zip(lines, cells[::_ROWS_AT_ONCE].tolist(), strict=True):
            line.insert(0, cell)
    marks = ",".join("?" if ask else c.literal for c, ask in zip(columns, bound, strict=True))
    other = f"(NULL,{marks})" if following else f"(?,{marks})"
    all_of_them = ",".join([f"(?,{marks})", *[other] * (_ROWS_AT_ONCE - 1)])
    db.executemany(f"INSERT INTO {DATA} VALUES {all_of_them}", lines)  # noqa: S608


def _add_view(db: sqlite3.Connection, places: int) -> None:
    """GDAL takes an integer first column named OGC_FID as the row number of a view.

    CROSS JOIN keeps SQLite to one order, cells first: every word is then found by its number.
    """
    owner = {"note": "n", **dict.fromkeys(PLACE, "t"), **dict.fromkeys(WORDS, "s")}
    columns = ", ".join(f"{owner.get(name, 'd')}.{name} AS {name}" for name in INDICATORS.names)
    columns += f", n.{ENGLISH} AS {ENGLISH}"
    db.execute(
        f"CREATE VIEW {NAME} AS SELECT d.cell AS OGC_FID, {columns} FROM {DATA} d"  # noqa: S608
        f" CROSS JOIN {SERIES} s ON s.id = d.cell / {places}"
        f" CROSS JOIN {PLACES} t ON t.id = d.cell % {places}"
        f" LEFT JOIN {NOTES} n ON n.id = d.note_id"
    )
    gpkg.register(db, NAME)
