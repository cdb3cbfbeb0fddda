"""A result, where it comes from, and what was wrong with the files it comes from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from .figures import FigureTable
from .i18n import Text

if TYPE_CHECKING:
    import pandas as pd

Outcome = Literal["kept", "repaired", "restored", "set aside"]
"""What became of the row: kept as it is, repaired, restored from another source, or set aside."""


@dataclass(frozen=True)
class Anomaly:
    """One thing wrong in one file: where, what, and what became of the row.

    ``code`` is a stable English slug (``commune-centre``, ``invalid-geometry``); ``reason`` says it
    in both languages. ``lon``/``lat`` place it on a map where that can be told.
    """

    source: str
    file: str
    row: int | None
    field: str | None
    value: str | None
    code: str
    reason: Text
    outcome: Outcome
    lon: float | None = None
    lat: float | None = None
    record: str | None = None
    """Id of the record concerned (FINESS number, QPV code, INSEE code)."""


class Anomalies:
    """The anomalies of one or several files, in the order in which they were met."""

    def __init__(self, found: Iterable[Anomaly] = ()) -> None:
        self._found = list(found)

    def add(self, anomaly: Anomaly) -> None:
        """Note one more."""
        self._found.append(anomaly)

    def extend(self, others: Iterable[Anomaly]) -> None:
        """Note several more."""
        self._found.extend(others)

    def __iter__(self) -> Iterator[Anomaly]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def rename_files(self, shown: Callable[[str], str]) -> None:
        """Say the files under other names (those of the study, not those of one machine)."""
        for anomaly in self._found:
            # The anomalies are ours: making thousands of new ones would only cost time.
            object.__setattr__(anomaly, "file", shown(anomaly.file))

    def count(self) -> dict[str, int]:
        """Number by code, the most frequent first."""
        counted: dict[str, int] = {}
        for anomaly in self._found:
            counted[anomaly.code] = counted.get(anomaly.code, 0) + 1
        return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))

    def to_table(self) -> pd.DataFrame:
        """One row an anomaly, with the reason in both languages (``reason_fr``, ``reason_en``)."""
        import pandas as pd

        found = self._found
        # Thousands of anomalies share their reason: each is said once.
        reasons = {id(a.reason): a.reason for a in found}
        said = {key: (reason.say("fr"), reason.say("en")) for key, reason in reasons.items()}
        columns: dict[str, list[Any]] = {
            "source": [a.source for a in found],
            "file": [a.file for a in found],
            "row": [a.row for a in found],
            "field": [a.field for a in found],
            "value": [None if a.value is None else a.value[:200] for a in found],
            "record": [a.record for a in found],
            "code": [a.code for a in found],
            "outcome": [a.outcome for a in found],
            "reason_fr": [said[id(a.reason)][0] for a in found],
            "reason_en": [said[id(a.reason)][1] for a in found],
            "lon": [a.lon for a in found],
            "lat": [a.lat for a in found],
        }
        types: dict[str, Any] = {"row": "Int64", "lon": "float64", "lat": "float64"}
        return pd.DataFrame(
            {name: pd.array(cells, dtype=types.get(name, "str")) for name, cells in columns.items()}
        )


@dataclass(frozen=True)
class Provenance:
    """Where a table comes from: enough to find the same bytes again and to credit them."""

    source_id: str
    """Unique in a result; figures name it."""
    source: str
    layout: str
    file: str
    member: str | None
    sha256: str
    bytes: int
    publisher: str | None = None
    title: str | None = None
    licence: str | None = None
    url: str | None = None
    vintage: dt.date | None = None
    """Millésime, read from the file or given by the study; null when neither says it."""
    vintage_basis: Literal["file", "file name", "study", "unknown"] = "unknown"
    rows_read: int = 0
    rows_kept: int = 0
    rows_set_aside: int = 0
    tried_on_real_file: bool = True
    note: Text | None = None


@dataclass
class Reading:
    """What one source made of one file: a typed table, its anomalies and its provenance.

    ``extra`` holds further typed tables that the same file gives (communes moves, QPV population).
    """

    name: str
    """Name of the typed table (a key of :data:`geo_service.core.tables.TABLES`)."""
    table: Any
    anomalies: Anomalies
    provenance: Provenance
    extra: dict[str, Any] = field(default_factory=dict)
    also: tuple[Provenance, ...] = ()
    """Further files that were read with the first, each with its own hash."""


class Result:
    """What a build leaves: layers by name, indicators, anomalies and provenance.

    Parameters
    ----------
    facts
        The study as it was run: name, territory, dates, distances, scope, code version, moment of
        the build.
    layers
        GeoDataFrames in EPSG:4326, by name.
    indicators
        The figures, coded or as a DataFrame.
    anomalies, provenance
        What was wrong with the files, and where they come from.
    tables
        Further tables, without geometry.
    """

    def __init__(
        self,
        facts: dict[str, Any],
        layers: dict[str, Any],
        indicators: FigureTable | pd.DataFrame,
        anomalies: Anomalies,
        provenance: list[Provenance],
        tables: dict[str, Any] | None = None,
    ) -> None:
        self.facts = facts
        self.layers = layers
        self.figures: FigureTable | pd.DataFrame = indicators
        """The indicators as they were given: coded by a build, which is what the store writes."""
        self.anomalies = anomalies
        self.provenance = provenance
        self.tables = {} if tables is None else tables
        self._spelt: tuple[Any, pd.DataFrame] | None = None

    @property
    def indicators(self) -> pd.DataFrame:
        """The ``indicators`` table, spelt out when it is first asked for; assign to change it."""
        if not isinstance(self.figures, FigureTable):
            return self.figures
        if self._spelt is None or self._spelt[0] is not self.figures:
            self._spelt = (self.figures, self.figures.to_table())
        return self._spelt[1]

    @indicators.setter
    def indicators(self, table: FigureTable | pd.DataFrame) -> None:
        self.figures = table
