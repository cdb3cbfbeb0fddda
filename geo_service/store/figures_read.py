"""The indicators of a result read again, with the types that :mod:`.figures` was given."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo_service.core.i18n import Language, current_language
from geo_service.core.tables import INDICATORS
from geo_service.exchange.gpkg_read import gather
from geo_service.exchange.table_schema import from_python

from .figures import COLUMNS, DATA, ENGLISH, FIGURES, NOTE, NOTES, PLACE, PLACES, SERIES, WORDS
from .filters import conditions


@dataclass(frozen=True)
class Words:
    """The words of a result, in the order of their numbers.

    ``notes``: the ``note`` column by language; each ends with a null.
    """

    series: Any
    places: Any
    notes: Mapping[Language, Any]


def read_words(db: sqlite3.Connection) -> Words:
    """The words behind the view: a few thousand rows, which a reader keeps."""
    told = {row[1] for row in db.execute(f"PRAGMA table_info({NOTES})")}
    # Written by an earlier version, or given as a plain table: the note as it is.
    english = f"coalesce({ENGLISH}, note)" if ENGLISH in told else "note"
    return Words(
        _read_words(db, SERIES, WORDS),
        _read_words(db, PLACES, PLACE),
        {
            "fr": _read_words(db, NOTES, NOTE, more=((None,),)),
            "en": _read_words(db, NOTES, NOTE, (english,), more=((None,),)),
        },
    )


def _read_words(
    db: sqlite3.Connection,
    name: str,
    columns: Sequence[str],
    said: Sequence[str] = (),
    *,
    more: Sequence[Any] = (),
) -> Any:
    import pandas as pd

    asked = f"SELECT {', '.join(said or columns)} FROM {name} ORDER BY id"  # noqa: S608 - names of ours, quoted; values are bound
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

    Notes are in the current language.

    Parameters
    ----------
    words
        What :func:`read_words` gave for this file.
    where
        Column → the value wanted, a collection of values, or None for null.
    """
    import pandas as pd

    count = max(len(words.places), 1)
    notes = words.notes[current_language()]
    statement, values = _asked(db, count, where)
    cells, *figures, note = gather(db.execute(statement, values), len(COLUMNS))
    series, place = np.divmod(np.array(cells, dtype=np.int64), count)
    noted = np.array(note, dtype=np.float64)
    noted[np.isnan(noted)] = len(notes) - 1
    found = {
        name: from_python(listed, INDICATORS.column(name).dtype)
        for name, listed in zip(FIGURES, figures, strict=True)
    }
    for table, rows in (
        (words.series, series - 1),
        (words.places, place),
        (notes, noted.astype(np.int64)),
    ):
        found |= {name: table[name].array.take(rows) for name in table.columns}
    return pd.DataFrame(
        {name: found[name] for name in INDICATORS.names}, index=pd.RangeIndex(len(cells))
    )


def _asked(db: sqlite3.Connection, count: int, where: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """One range of cells in each series: from the first territory wanted to the last."""
    tests, values = conditions({k: v for k, v in where.items() if k not in PLACE})
    there, named = conditions({k: v for k, v in where.items() if k in PLACE})
    first, last = 0, count - 1
    if there:
        numbers = f"SELECT id FROM {PLACES} WHERE {' AND '.join(there)}"  # noqa: S608 - names of ours, quoted; values are bound
        low, high, held = db.execute(
            f"SELECT min(id), max(id), count(*) FROM ({numbers})",  # noqa: S608 - names of ours, quoted; values are bound
            named,
        ).fetchone()
        first, last = (0, -1) if low is None else (low, high)
        if held < last - first + 1:
            tests.append(f"d.cell % {count} IN ({numbers})")
            values += named
    notes = f" LEFT JOIN {NOTES} n ON n.id = d.note_id" if "note" in where else ""
    statement = (
        f"SELECT {', '.join(f'd.{name}' for name in COLUMNS)} FROM {SERIES} s"  # noqa: S608 - names of ours, quoted; values are bound
        f" CROSS JOIN {DATA} d"
        f" ON d.cell BETWEEN s.id * {count} + {first} AND s.id * {count} + {last}{notes}"
        f"{' WHERE ' if tests else ''}{' AND '.join(tests)} ORDER BY s.id, d.cell"
    )
    return statement, values
