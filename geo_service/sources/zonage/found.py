"""What every layout hands over: rows of the ``classes`` table, and classes as published."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_service import rules
from geo_service.core.i18n import T, Text
from geo_service.core.result import Anomalies, Anomaly, Outcome
from geo_service.core.tables import CLASSES, shape_table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

UNKNOWN_CLASS = T(
    "La classe « {value} » n'est pas dans la liste connue ; elle est gardée telle que publiée.",
    "The class “{value}” is not in the known list; it is kept as published.",
)
NO_CLASS = T(
    "Aucune classe n'est publiée ici : elle reste inconnue.",
    "No class is published here: it stays unknown.",
)
PART_CLASS = T(
    "« {value} » parle d'une partie de la commune ({part}), non de la commune entière.",
    "“{value}” speaks of a part of the commune ({part}), not of the whole commune.",
)
CONFLICT = T(
    "Deux classes pour {unit} {code} : {classes} ; la classe est indéterminée.",
    "Two classes for {unit} {code}: {classes}; the class is undetermined.",
)
_UNIT_LABELS = {
    "commune": T("la commune", "commune"),
    "tvs": T("le TVS", "TVS"),
    "qpv": T("le QPV", "QPV"),
}


@functools.lru_cache(maxsize=4096)
def read_class(published: str) -> str | None:
    """:func:`geo_service.rules.read_zone_class`, kept: a national file has five values."""
    return rules.read_zone_class(published)


def says_nothing(published: str) -> bool:
    """Whether a cell is a publisher's way to leave the class out.

    >>> [says_nothing(cell) for cell in ("", "0", "N/A - résultat non disponible", "ZIP")]
    [True, True, True, False]
    """
    text = published.strip().casefold()
    return text in ("", "0", "-", "na", "nd") or text.startswith(("n/a", "#n/a"))


Line = tuple[str, str, str | None, str | None, str | None, int, str | None]
"""(unit, code, name, class, published, row, order of the row)."""
COLUMNS = ("unit", "code", "name", "zone_class", "published", "row", "order")
"""Names of the parts of a :data:`Line` where many are held in columns."""


@dataclass
class Finds:
    """Rows and anomalies of one file, gathered by the layouts."""

    file: str
    profession: str
    order: str | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    anomalies: Anomalies = field(default_factory=Anomalies)
    rows: list[Line] = field(default_factory=list)
    columns: list[pa.Table] = field(default_factory=list)
    """Rows that were given in columns; they stand before ``rows``."""
    apart: list[tuple[str | None, str, str, int]] = field(default_factory=list)
    """(postcode, name, published, row) of what could not be given a code."""
    rows_read: int = 0
    rows_kept: int = 0

    def note(
        self,
        code: str,
        reason: Text,
        outcome: Outcome,
        *,
        row: int | None = None,
        field: str | None = None,
        value: str | None = None,
        record: str | None = None,
    ) -> None:
        """Add an anomaly of this file."""
        self.anomalies.add(
            Anomaly("zonage", self.file, row, field, value, code, reason, outcome, record=record)
        )

    def add(
        self,
        unit: str,
        code: str,
        name: str | None,
        published: str,
        row: int,
        *,
        field: str | None = None,
        order: str | None = None,
    ) -> None:
        """Add the class of one unit as published; a class of a part also gives the part's row."""
        text = published.strip()
        zone_class = read_class(text)
        if zone_class is None:
            part = rules.read_part_class(text)
            if part is not None:
                # Which QPV is meant is not said: the row bears the code of its commune.
                inner = f"commune-{part[0].replace(' ', '-')}"
                self.rows.append((inner, code, name, part[1], text, row, order))
                reason = PART_CLASS.with_values(value=text, part=part[0])
                self.note("class-of-a-part", reason, "kept", row=row, field=field, record=code)
            elif says_nothing(text):
                self.note(
                    "no-class", NO_CLASS, "kept", row=row, field=field, value=text, record=code
                )
            else:
                reason = UNKNOWN_CLASS.with_values(value=text[:60])
                self.note(
                    "unknown-class", reason, "kept", row=row, field=field, value=text, record=code
                )
        self.rows.append((unit, code, name, zone_class, text or None, row, order))

    def add_columns(self, many: pa.Table) -> None:
        """Add many rows at once (``COLUMNS``), put by ``row`` among those that are there."""
        import pyarrow as pa

        rows = pa.concat_tables([*self.columns, _in_columns(self.rows), many])
        order = np.argsort(rows["row"].to_numpy(), kind="stable")
        self.columns, self.rows = [rows.take(order)], []

    @property
    def empty(self) -> bool:
        """Whether nothing was found at all."""
        return not (self.rows or self.apart or any(len(rows) for rows in self.columns))

    def table(self) -> pd.DataFrame:
        """The ``classes`` table: one row a unit, conflicting classes made undetermined."""
        import pandas as pd
        import pyarrow as pa

        text = pd.StringDtype("pyarrow", na_value=np.nan)
        frame = self._settled().to_pandas(types_mapper={pa.large_string(): text}.get)
        frame["order"] = frame["order"].fillna(self.order) if self.order else frame["order"]
        frame["profession"] = self.profession
        for name, day in (("valid_from", self.valid_from), ("valid_to", self.valid_to)):
            frame[name] = pd.Series(day, index=frame.index, dtype="datetime64[s]")
        frame["file"] = self.file
        return shape_table(frame, CLASSES)

    def _settled(self) -> pa.Table:
        """One row a unit: the first that says a class, unless they disagree."""
        import pandas as pd
        import pyarrow as pa

        rows = pa.concat_tables([*self.columns, _in_columns(self.rows)]).combine_chunks()
        units, codes = (
            rows[name].combine_chunks().dictionary_encode() for name in ("unit", "code")
        )
        places = pd.Series(
            units.indices.to_numpy() * np.int64(len(codes.dictionary)) + codes.indices.to_numpy()
        )
        again = places.duplicated(keep=False).to_numpy()
        at = np.flatnonzero(again)
        several: dict[int, list[Line]] = {}
        for place, line in zip(places[at].tolist(), in_lines(rows.take(at)), strict=True):
            several.setdefault(place, []).append(line)
        settled = _in_columns([self._one_of(lines) for lines in several.values()])
        # What was settled stands in the place of the first of its rows.
        first = at[~places[at].duplicated().to_numpy()]
        taken = np.arange(len(rows))
        taken[first] = len(rows) + np.arange(len(first))
        stays = ~again
        stays[first] = True
        return pa.concat_tables([rows, settled]).combine_chunks().take(taken[stays])

    def _one_of(self, lines: list[Line]) -> Line:
        said = [line for line in lines if line[3] or not says_nothing(line[4] or "")]
        classes = list(dict.fromkeys(line[3] or line[4] for line in said))
        if len(classes) < 2:  # the same class again, or a blank beside a class
            return said[0] if said else lines[0]
        unit, code, name, *_ = said[0]
        reason = CONFLICT.with_values(
            unit=_UNIT_LABELS.get(unit, unit), code=code, classes=" / ".join(map(str, classes))
        )
        for line in said:
            self.note(
                "conflicting-classes",
                reason,
                "kept",
                row=line[5],
                field="zone_class",
                value=line[4],
                record=code,
            )
        published = " / ".join(dict.fromkeys(line[4] or "" for line in said))
        return unit, code, name, None, published, said[0][5], said[0][6]

    def unmatched(self) -> pd.DataFrame:
        """Rows without a code: postcode, name, class as read and as published, row."""
        import pandas as pd

        frame = pd.DataFrame(self.apart, columns=["postcode", "name", "published", "row"])
        frame["zone_class"] = [read_class(value) for value in frame["published"]]
        frame["file"] = self.file
        return frame.astype({"row": "Int64"})


def _in_columns(lines: Sequence[Line]) -> pa.Table:
    import pyarrow as pa

    columns = zip(*lines, strict=True) if lines else [()] * len(COLUMNS)
    kinds = (pa.int64() if name == "row" else pa.large_string() for name in COLUMNS)
    return pa.table(list(map(pa.array, columns, kinds)), COLUMNS)


def in_lines(rows: pa.Table | pa.RecordBatch) -> Iterable[Any]:
    """The rows of a table in columns one by one."""
    columns = (column.to_numpy(zero_copy_only=False).tolist() for column in rows.columns)
    return zip(*columns, strict=True)


def listed(values: Iterable[str], most: int = 10) -> str:
    """A few values for a message, and how many more there are."""
    known = list(values)
    return ", ".join(known[:most]) + (f" … (+{len(known) - most})" if len(known) > most else "")
