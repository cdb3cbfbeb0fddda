"""What the reader of a layout hands over: one row an establishment, its cells as published.

Every layout is brought to the same columns of text; all decisions come after, in one place, so
that the same establishment read from two layouts gives the same structure. Of an establishment
that is not to be kept, only the few cells are held that say something of the file or of others.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo_service.core.i18n import Text
from geo_service.core.result import Anomalies, Anomaly, Outcome
from geo_service.intake.values import parse_dates, parse_floats
from geo_service.rules import classify_position

COLUMNS = (
    "finess",
    "finess_ej",
    "siret",
    "name",
    "long_name",
    "category",
    "opened",
    "closed",
    "updated",
    "state",
    "number",
    "repeat",
    "way_kind",
    "way",
    "complement",
    "place",
    "delivery_line",
    "departement",
    "departement_name",
    "commune_part",
    "commune_code",
    "x",
    "y",
    "crs_text",
    "base",
    "geocoder",
    "score",
    "lon_text",
    "lat_text",
    "refusal",
)
"""Text columns; an empty cell is ``""``. ``refusal`` holds a position class that the layout itself
imposes (``commune-centre``, ``none``), whatever the coordinates say."""

CENSUS = (
    "finess",
    "category",
    "opened",
    "departement",
    "departement_name",
    "commune_part",
    "commune_code",
)
"""What is held of every establishment of the file: enough to find repeats and places."""

NO_CRS = "-"
"""``crs_text`` of a layout that has no column for it, unlike a cell that was left empty."""


@dataclass
class Extract:
    """One file on its way to the typed table.

    ``wanted`` are the FINESS categories to keep, null for all of them. ``frame`` has
    :data:`COLUMNS`, and ``row`` and ``file``: the establishments of these categories, and of none.
    ``census`` has every establishment the layout looks at: :data:`CENSUS`, ``row``, ``file`` and
    ``centre`` (see :func:`centre_keys`). Its index is the rank in the file, and that of ``frame``
    a part of it.
    """

    source_id: str
    file: str
    wanted: frozenset[str] | None
    anomalies: Anomalies = field(default_factory=Anomalies)
    layout: str = ""
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    census: pd.DataFrame = field(default_factory=pd.DataFrame)
    read_again: Callable[[pd.Index], pd.DataFrame] | None = None
    """Gives the whole rows of establishments that are in ``census`` only."""
    places_elsewhere: set[tuple[str, str, str]] = field(default_factory=set)
    """Département, its name and commune code of establishments that are not in ``census``."""
    rows_read: int = 0
    rows_set_aside: int = 0
    stated_vintage: str | None = None
    """The date that the file gives for itself, as written; null when it has no place for one."""
    has_coordinates: bool = True
    free_order: bool = False
    """The layout does not hold to one order of the two coordinates: exchanged pairs are counted
    for the file, not noted row by row."""
    field_names: Mapping[str, str] = field(default_factory=dict)
    """What the layout calls the fields, where it is not what the CSV extractions call them."""
    notes: list[Text] = field(default_factory=list)

    def note(
        self,
        where: pd.Series | npt.NDArray[np.bool_],
        code: str,
        reason: Text,
        outcome: Outcome,
        *,
        field: str | None = None,
        value: str | None = None,
        says: Collection[str] = (),
        frame: pd.DataFrame | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """Note one anomaly for each row where a condition holds.

        Parameters
        ----------
        where
            One flag a row of ``frame``, by default that of the extract.
        field, value
            The field as the publisher calls it, and the column that holds the wrong value.
        says
            Columns whose content goes into the reason.
        extra
            Further columns, as long as the frame; ``lon`` and ``lat`` place the anomaly.
        """
        flags = np.asarray(where, dtype=bool)
        if not flags.any():
            return
        rows = (self.frame if frame is None else frame)[flags]
        columns: dict[str, list[Any]] = {
            name: np.asarray(content, dtype=object)[flags].tolist()
            for name, content in (extra or {}).items()
        }
        for name in {"row", "file", "finess", *says, *([value] if value else [])} - set(columns):
            columns[name] = rows[name].tolist() if name in rows else [self.file] * len(rows)
        named = self.field_names.get(field, field) if field else None
        for at in range(len(rows)):
            lon, lat = (columns[name][at] if name in columns else None for name in ("lon", "lat"))
            shown = columns[value][at] if value else None
            self.anomalies.add(
                Anomaly(
                    source=self.source_id,
                    file=columns["file"][at],
                    row=int(columns["row"][at]),
                    field=named,
                    value=None if shown is None else str(shown)[:200],
                    code=code,
                    reason=reason.with_values(**{name: columns[name][at] for name in says})
                    if says
                    else reason,
                    outcome=outcome,
                    lon=_degrees(lon),
                    lat=_degrees(lat),
                    record=columns["finess"][at] or None,
                )
            )

    def whole(self, index: pd.Index) -> pd.DataFrame:
        """Rows of ``census`` with all their cells: those not in ``frame`` are read once more."""
        missing = index.difference(self.frame.index)
        if not len(missing) or self.read_again is None:
            return self.frame.loc[index]
        return pd.concat([self.frame[self.frame.index.isin(index)], self.read_again(missing)]).loc[
            index
        ]

    def drop(self, index: pd.Index) -> None:
        """Set rows aside."""
        self.census = self.census[~self.census.index.isin(index)]
        self.frame = self.frame[~self.frame.index.isin(index)]
        self.rows_set_aside += len(index)

    def note_line(
        self, row: int, line: str, code: str, reason: Text, outcome: Outcome, **more: str | None
    ) -> None:
        """Note an anomaly of one line which is no establishment (yet)."""
        self.anomalies.add(
            Anomaly(
                source=self.source_id,
                file=self.file,
                row=row,
                field=more.get("field"),
                value=line[:200],
                code=code,
                reason=reason,
                outcome=outcome,
                record=more.get("record") or None,
            )
        )

    def note_file(
        self, code: str, reason: Text, outcome: Outcome = "kept", *, value: str | None = None
    ) -> None:
        """Note an anomaly of the file as a whole."""
        self.anomalies.add(
            Anomaly(self.source_id, self.file, None, None, value, code, reason, outcome)
        )


def complete(frame: pd.DataFrame, file: str) -> pd.DataFrame:
    """Give a frame all of :data:`COLUMNS`, empty where its layout has none, and its file."""
    empty = pd.Series("", index=frame.index, dtype="str")
    columns = {name: frame.get(name, empty) for name in COLUMNS}
    return pd.DataFrame({**columns, "row": frame["row"].astype("int64"), "file": file})


def census_of(rows: pd.DataFrame, file: str) -> pd.DataFrame:
    """The census of whole rows."""
    census = rows[[*CENSUS, "row"]].copy()
    census["centre"] = centre_keys(rows)
    return in_file(census, file)


def in_file(census: pd.DataFrame, file: str) -> pd.DataFrame:
    """Rows with the name of their file, held once."""
    codes = np.zeros(len(census), dtype=np.int8)
    names = pd.CategoricalDtype([file])
    return census.assign(file=pd.Categorical.from_codes(codes, dtype=names))


def point_keys(rows: pd.DataFrame) -> pd.Series:
    """What tells the same point of the same commune again, as text."""
    commune = rows["departement"] + rows["commune_part"] + rows["commune_code"]
    return commune + "|" + rows["x"] + "|" + rows["y"]


def centre_keys(rows: pd.DataFrame) -> pd.Series:
    """:func:`point_keys` of rows that the file itself puts on a commune's centre, else ``""``."""
    keys = pd.Series("", index=rows.index, dtype="str")
    located = (rows["base"] != "") & (rows["x"] != "")
    centres = [base for base in rows.loc[located, "base"].unique() if names_centre(base)]
    found = located & rows["base"].isin(centres)
    if found.any():
        keys[found] = point_keys(rows[found])
    return keys


@functools.lru_cache(maxsize=1024)
def names_centre(base: str) -> bool:
    """Whether a reference base (``sourcecoordet``) is one of communes' centres."""
    return classify_position(located=True, base=base, score=None).name == "commune-centre"


def read_numbers(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    """:func:`~geo_service.intake.values.parse_floats`, quick where most cells are blank."""
    filled = values != ""
    if filled.all():
        return parse_floats(values)
    numbers = pd.Series(np.nan, index=values.index)
    wrong = pd.Series(False, index=values.index)
    numbers[filled], wrong[filled] = parse_floats(values[filled])
    return numbers, wrong


def read_days(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    """:func:`~geo_service.intake.values.parse_dates`, each distinct text once."""
    codes, distinct = pd.factorize(values)
    dates, wrong = parse_dates(pd.Series(distinct, dtype="str"))
    days = pd.Series(dates.to_numpy()[codes], index=values.index)
    return days, pd.Series(wrong.to_numpy()[codes], index=values.index)


def _degrees(value: float | None) -> float | None:
    return value if value is not None and abs(value) <= 180 else None
