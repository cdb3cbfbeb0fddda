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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geo_service.core.errors import SchemaError
from geo_service.core.i18n import T
from geo_service.core.tables import INDICATORS, LEVELS, shape_table
from geo_service.exchange import gpkg
from geo_service.exchange.gpkg_read import gather
from geo_service.exchange.table_schema import from_python, to_python, typed

from .filters import conditions

NAME = INDICATORS.name
DATA, SERIES, PLACES, NOTES = (
    f"{NAME}_{part}" for part in ("data", "series", "territories", "notes")
)
PARTS = (DATA, SERIES, PLACES, NOTES)
"""The tables behind the view. A GIS does not show them: ``gpkg_contents`` lists the view only."""

_FIGURES = ("value", "low", "high", "unknown_precision")
_PLACE = ("territory", "level")
# A note goes with a value (why it is unknown), so that it changes within a series.
_NOTE = ("note",)
_WORDS = tuple(name for name in INDICATORS.names if name not in (*_FIGURES, *_PLACE, *_NOTE))
_COLUMNS = ("cell", *_FIGURES, "note_id")
_ROWS_AT_ONCE = 50  # 300 values a statement: SQLite before 3.32 takes 999
_BATCH = 2_000 * _ROWS_AT_ONCE
_Integers = npt.NDArray[np.int64]


def add(db: sqlite3.Connection, table: Any) -> None:
    """Write the indicators, and the view that shows them.

    Parameters
    ----------
    table
        Columns of :data:`~geo_service.core.tables.INDICATORS`; absent ones are null.

    Raises
    ------
    SchemaError
        A column has another type, or a column is not one of an indicator.
    """
    unknown = [str(name) for name in table.columns if name not in INDICATORS.names]
    if unknown:
        raise SchemaError(
            T("Un indicateur n'a pas cette colonne.", "An indicator has no such column."),
            field=unknown[0],
        )
    table = typed(shape_table(table, INDICATORS))
    _create(db)
    place, places = _places(table)
    starts = _starts(table, place)
    note, notes = _coded(table["note"])
    _add_words(db, PLACES, 0, places)
    _add_words(db, SERIES, 1, table.loc[starts, list(_WORDS)])
    _add_words(db, NOTES, 0, notes.to_frame("note"))
    noted = note.astype(object)
    noted[note < 0] = None
    cells = np.cumsum(starts) * len(places) + place
    _add_cells(
        db,
        [
            cells,
            *(table[name].to_numpy() for name in _FIGURES[:3]),  # SQLite keeps NaN as NULL
            table["unknown_precision"].to_numpy(dtype=object, na_value=None),
            noted,
        ],
    )
    _add_view(db, max(len(places), 1))


def _create(db: sqlite3.Connection) -> None:
    cells = ["cell INTEGER PRIMARY KEY NOT NULL", *map(_declared, _FIGURES), "note_id INTEGER"]
    db.execute(f"CREATE TABLE {DATA} ({', '.join(cells)})")
    for name, words in ((SERIES, _WORDS), (PLACES, _PLACE), (NOTES, _NOTE)):
        columns = ["id INTEGER PRIMARY KEY NOT NULL", *map(_declared, words)]
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
    places = table[list(_PLACE)].iloc[first]
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
    for column in _WORDS:
        codes, _ = _coded(table[column])
        starts[1:] |= codes[1:] != codes[:-1]
    return starts


def _add_words(db: sqlite3.Connection, name: str, first: int, words: Any) -> None:
    columns = [to_python(words[column]) for column in words.columns]
    rows = zip(range(first, first + len(words)), *columns, strict=True)
    marks = ",".join("?" * (1 + words.shape[1]))
    db.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608


def _add_cells(db: sqlite3.Connection, columns: Sequence[npt.NDArray[Any]]) -> None:
    # Fifty rows a statement take half the time of one; batches bound the memory.
    one = f"({','.join('?' * len(columns))})"
    insert = f"INSERT INTO {DATA} VALUES "  # noqa: S608
    for start in range(0, len(columns[0]), _BATCH):
        parts = [column[start : start + _BATCH] for column in columns]
        rows = np.empty((len(parts[0]), len(parts)), dtype=object)
        for number, part in enumerate(parts):
            rows[:, number] = part
        whole = len(rows) // _ROWS_AT_ONCE * _ROWS_AT_ONCE
        together = rows[:whole].reshape(-1, _ROWS_AT_ONCE * len(parts)).tolist()
        db.executemany(insert + ",".join([one] * _ROWS_AT_ONCE), together)
        db.executemany(insert + one, rows[whole:].tolist())


def _add_view(db: sqlite3.Connection, places: int) -> None:
    """GDAL takes an integer first column named OGC_FID as the row number of a view.

    CROSS JOIN keeps SQLite to one order, cells first: every word is then found by its number.
    """
    owner = {"note": "n", **dict.fromkeys(_PLACE, "t"), **dict.fromkeys(_WORDS, "s")}
    columns = ", ".join(f"{owner.get(name, 'd')}.{name} AS {name}" for name in INDICATORS.names)
    db.execute(
        f"CREATE VIEW {NAME} AS SELECT d.cell AS OGC_FID, {columns} FROM {DATA} d"  # noqa: S608
        f" CROSS JOIN {SERIES} s ON s.id = d.cell / {places}"
        f" CROSS JOIN {PLACES} t ON t.id = d.cell % {places}"
        f" LEFT JOIN {NOTES} n ON n.id = d.note_id"
    )
    gpkg.register(db, NAME)


@dataclass(frozen=True)
class Words:
    """The words of a result, in the order of their numbers; ``notes`` ends with a null."""

    series: Any
    places: Any
    notes: Any


def read_words(db: sqlite3.Connection) -> Words:
    """The words behind the view: a few thousand rows, which a reader keeps."""
    return Words(
        _read_words(db, SERIES, _WORDS),
        _read_words(db, PLACES, _PLACE),
        _read_words(db, NOTES, _NOTE, ((None,),)),
    )


def _read_words(
    db: sqlite3.Connection, name: str, columns: Sequence[str], more: Sequence[Any] = ()
) -> Any:
    import pandas as pd

    asked = f"SELECT {', '.join(columns)} FROM {name} ORDER BY id"  # noqa: S608
    rows = [*db.execute(asked).fetchall(), *more]
    lists = zip(*rows, strict=True) if rows else [[] for _ in columns]
    return pd.DataFrame(
        {
            column: from_python(list(values), INDICATORS.column(column).dtype)
            for column, values in zip(columns, lists, strict=True)
        }
    )


def read(db: sqlite3.Connection, words: Words, where: Mapping[str, Any]) -> Any:
    """The indicators that have these values, with their exact types, in the order saved.

    Parameters
    ----------
    words
        What :func:`read_words` gave for this file.
    where
        Column → the value wanted, a collection of values, or None for null.
    """
    import pandas as pd

    count = max(len(words.places), 1)
    statement, values = _asked(db, count, where)
    cells, *figures, note = gather(db.execute(statement, values), len(_COLUMNS))
    series, place = np.divmod(np.array(cells, dtype=np.int64), count)
    noted = np.array(note, dtype=np.float64)
    noted[np.isnan(noted)] = len(words.notes) - 1
    found = {
        name: from_python(listed, INDICATORS.column(name).dtype)
        for name, listed in zip(_FIGURES, figures, strict=True)
    }
    for table, rows in (
        (words.series, series - 1),
        (words.places, place),
        (words.notes, noted.astype(np.int64)),
    ):
        found |= {name: table[name].array.take(rows) for name in table.columns}
    return pd.DataFrame(
        {name: found[name] for name in INDICATORS.names}, index=pd.RangeIndex(len(cells))
    )


def _asked(db: sqlite3.Connection, count: int, where: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """One range of cells in each series: from the first territory wanted to the last."""
    tests, values = conditions({k: v for k, v in where.items() if k not in _PLACE})
    there, named = conditions({k: v for k, v in where.items() if k in _PLACE})
    first, last = 0, count - 1
    if there:
        numbers = f"SELECT id FROM {PLACES} WHERE {' AND '.join(there)}"  # noqa: S608
        low, high, held = db.execute(
            f"SELECT min(id), max(id), count(*) FROM ({numbers})",  # noqa: S608
            named,
        ).fetchone()
        first, last = (0, -1) if low is None else (low, high)
        if held < last - first + 1:
            tests.append(f"d.cell % {count} IN ({numbers})")
            values += named
    notes = f" LEFT JOIN {NOTES} n ON n.id = d.note_id" if "note" in where else ""
    statement = (
        f"SELECT {', '.join(f'd.{name}' for name in _COLUMNS)} FROM {SERIES} s"  # noqa: S608
        f" CROSS JOIN {DATA} d"
        f" ON d.cell BETWEEN s.id * {count} + {first} AND s.id * {count} + {last}{notes}"
        f"{' WHERE ' if tests else ''}{' AND '.join(tests)} ORDER BY s.id, d.cell"
    )
    return statement, values
