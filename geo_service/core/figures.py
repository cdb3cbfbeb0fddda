"""Figures as numbers and codes: half a million rows share a few hundred words.

An indicator adds its figures block by block (:class:`Figures`); a study joins them into one
:class:`FigureTable`, which the store writes as it is. The words are spelt out row by row only for
those who ask for a DataFrame.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .i18n import Language, Text
from .tables import INDICATORS, LEVELS

if TYPE_CHECKING:
    import pandas as pd

    from .snapshot import Snapshot

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Series(NamedTuple):
    """The words that the figures of one series share, in the order of the ``indicators`` table."""

    indicator: str
    kind: str | None
    scope: str | None
    definition: str | None
    unit: str | None
    as_of: dt.date
    sources: str | None = None


@dataclass(eq=False)
class _Block:
    """One figure of a series for each of these territories."""

    series: Series
    territories: npt.NDArray[np.object_]
    value: Floats
    low: Floats | None
    high: Floats | None
    unknown: Ints
    """One for each, or () for all."""
    note: Text | None
    noted: Bools | None
    """Which of them the note is about; None: all."""


class Figures:
    """Collects the figures of one indicator at one date, block by block."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._scope, self._as_of = snapshot.scope, snapshot.as_of
        self._blocks: list[_Block] = []

    def add(
        self,
        indicator: str,
        territories: npt.NDArray[np.object_] | list[str],
        value: npt.ArrayLike,
        *,
        unit: str,
        kind: str | None = None,
        definition: str | None = None,
        low: npt.ArrayLike | None = None,
        high: npt.ArrayLike | None = None,
        unknown: npt.ArrayLike = 0,
        note: Text | None = None,
        noted: npt.ArrayLike | None = None,
    ) -> None:
        """One figure for each of these territories; NaN is null.

        Parameters
        ----------
        territories
            Ids ``level:code``, (n,).
        value, low, high
            (n,) figures and their bounds.
        unknown
            Positions of unknown precision behind each figure, (n,) or one for all.
        note, noted
            A reservation, and which of the figures it is about, (n,) bool; by default all.
        """
        if not len(territories):
            return
        about = None if noted is None else np.asarray(noted, dtype=bool)
        if about is not None and not about.any():
            note = None
        self._blocks.append(
            _Block(
                Series(indicator, kind, self._scope, definition, unit, self._as_of),
                np.asarray(territories, dtype=object),
                np.asarray(value, dtype=float),
                None if low is None else np.asarray(low, dtype=float),
                None if high is None else np.asarray(high, dtype=float),
                np.asarray(unknown, dtype=np.int64),
                note,
                about,
            )
        )

    def explain(self, missing: Mapping[str, Text]) -> None:
        """Note why the null figures of a definition are unknown, by definition."""
        for block in self._blocks:
            why = missing.get(block.series.definition or "")
            if why is not None and block.note is None:
                unknown = np.isnan(block.value)
                if unknown.any():
                    block.note, block.noted = why, unknown

    def to_table(self, language: Language | None = None) -> pd.DataFrame:
        """The figures as rows of the ``indicators`` table, without ``sources``."""
        return FigureTable.join([(self, None)]).to_table(language)


@dataclass(frozen=True, eq=False)
class FigureTable:
    """The ``indicators`` table of a study as numbers and codes, each word once.

    Parameters
    ----------
    places
        Ids of territories, from the largest level down, then by id.
    series
        The words of each series.
    notes
        Reservations.
    place, row_series, note : (n,) int64
        Positions in the three lists above, row by row; ``note`` is -1 where there is none.
    value, low, high : (n,) float64
        Figures and their bounds; NaN is null.
    unknown : (n,) int64
        Positions of unknown precision.
    """

    places: list[str]
    series: list[Series]
    notes: list[Text]
    place: Ints
    row_series: Ints
    note: Ints
    value: Floats
    low: Floats
    high: Floats
    unknown: Ints

    def __len__(self) -> int:
        return len(self.value)

    @classmethod
    def join(cls, parts: Iterable[tuple[Figures, str | None]]) -> FigureTable:
        """The figures of several indicators and dates, each with its ``sources``."""
        blocks = [
            (block, Series(*block.series[:-1], sources))
            for figures, sources in parts
            for block in figures._blocks
        ]
        # Blocks share their lists of territories: each is looked up once.
        shared = {id(block.territories): block.territories for block, _ in blocks}
        lists = {key: names.tolist() for key, names in shared.items()}
        rank = {level: number for number, level in enumerate(LEVELS)}
        places = sorted(set(chain.from_iterable(lists.values())))
        places.sort(key=lambda name: rank.get(name.partition(":")[0], len(rank)))
        number = {name: position for position, name in enumerate(places)}
        numbered = {
            key: np.fromiter(map(number.__getitem__, names), np.int64, len(names))
            for key, names in lists.items()
        }
        series: dict[Series, int] = {}
        notes: dict[tuple[str, str], int] = {}
        kept: list[Text] = []
        sizes = [len(block.territories) for block, _ in blocks]
        count = sum(sizes)
        place, row_series, unknown = (np.empty(count, dtype=np.int64) for _ in range(3))
        value, low, high = (np.empty(count) for _ in range(3))
        note = np.full(count, -1, dtype=np.int64)
        start = 0
        for (block, words), size in zip(blocks, sizes, strict=True):
            rows = slice(start, start + size)
            start += size
            place[rows] = numbered[id(block.territories)]
            row_series[rows] = series.setdefault(words, len(series))
            value[rows] = block.value
            low[rows] = np.nan if block.low is None else block.low
            high[rows] = np.nan if block.high is None else block.high
            unknown[rows] = block.unknown
            if block.note is not None:
                said = (block.note.say("fr"), block.note.say("en"))
                if said not in notes:
                    notes[said] = len(kept)
                    kept.append(block.note)
                about = True if block.noted is None else block.noted
                note[rows] = np.where(about, notes[said], -1)
        return cls(places, list(series), kept, place, row_series, note, value, low, high, unknown)

    def to_table(self, language: Language | None = None) -> pd.DataFrame:
        """Spelt out: the ``indicators`` table, its notes in a language (by default the current)."""
        import pandas as pd

        def texts(words: list[Any], codes: Ints) -> Any:
            return pd.array([*words, None], dtype="str").take(codes)

        columns: dict[str, Any] = {
            "territory": texts(self.places, self.place),
            "level": texts([name.partition(":")[0] for name in self.places], self.place),
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "unknown_precision": pd.array(self.unknown, dtype="Int64"),
            "note": texts([note.say(language) for note in self.notes], self.note),
        }
        for number, name in enumerate(Series._fields):
            words = [series[number] for series in self.series]
            if name == "as_of":
                days = np.asarray(words, dtype="datetime64[D]").astype("datetime64[s]")
                columns[name] = days[self.row_series]
            else:
                columns[name] = texts(words, self.row_series)
        return pd.DataFrame({name: columns[name] for name in INDICATORS.names}, copy=False)
