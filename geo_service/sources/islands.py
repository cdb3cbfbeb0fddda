"""Islands: the communes that lie on an island without a fixed link, as a list that says so.

No national open file of them was found; aids name islands as a territory of their own, whatever
their class. The layout is ours, a line a commune, and is given in docs/sources/islands.md.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from geo_service.core.contracts import Layout, Progress, Source, no_progress
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text
from geo_service.core.result import Anomalies, Anomaly, Outcome, Reading
from geo_service.core.tables import ISLANDS, check_table, shape_table
from geo_service.intake.archives import OfficialFile
from geo_service.intake.communes import clean_communes
from geo_service.intake.opening import heading_of, open_as, provenance_of, recognised, rows_lost
from geo_service.intake.text import match_columns, parse_dates, read_table

if TYPE_CHECKING:
    import pandas as pd

_ALIASES: dict[str, list[str]] = {
    "commune": ["code_insee", "code_commune", "insee_com", "codgeo", "COM"],
    "island": ["ile", "île", "nom_ile"],
    "valid_from": ["valid_from", "depuis", "date_debut"],
    "valid_to": ["valid_to", "jusqu_au", "date_fin"],
}
_REQUIRED = ["commune", "island"]
_AGAIN = T(
    "La commune figure déjà plus haut pour les mêmes jours.",
    "The commune stands above already for the same days.",
)
_BAD_DATE = T("Date illisible ; laissée vide.", "Unreadable date; left empty.")
_BACKWARDS = T(
    "La fin précède le début ; la ligne est mise de côté.",
    "The end is before the beginning; the row is set aside.",
)


def recognise(path: Path) -> str | None:
    """``islands-communes`` for a list of communes on islands, or null; never raises."""
    return recognised(path, _layout_of, suffixes=(".csv",))


def _layout_of(file: OfficialFile) -> str | None:
    try:
        match_columns(heading_of(file), _ALIASES, required=_REQUIRED)
    except SourceError:
        return None
    return "islands-communes"


def read(
    path: str | Path,
    *,
    layout: str | None = None,
    source_id: str | None = None,
    vintage: dt.date | None = None,
    progress: Progress = no_progress,
) -> Reading:
    """Read the communes on islands into the table ``islands``.

    Returns
    -------
    Reading
        One row a commune and period. A line without a readable commune is set aside, so is one
        whose dates run backwards or that shares a day with an earlier one of the same commune; an
        unreadable date is null and listed.

    Raises
    ------
    SourceError
        The file cannot be read, or a column is missing.
    """
    import pandas as pd

    # A layout that is named is tried, so that the error says which column is missing.
    layout = layout or "islands-communes"
    file, layout = open_as(path, SOURCE, layout, _layout_of, suffixes=(".csv",))
    progress("islands", 0, None)
    anomalies = Anomalies()
    rows = read_table(
        file, source="islands", anomalies=anomalies, aliases=_ALIASES, required=_REQUIRED
    )
    total = len(rows) + rows_lost(anomalies)
    for column in rows.columns.drop("row"):
        rows[column] = rows[column].str.strip()

    def note(
        row: pd.Series, field: str, code: str, reason: Text, outcome: Outcome = "set aside"
    ) -> None:
        record, value, line = str(row["commune"]), str(row[field]), int(row["row"])
        anomalies.add(
            Anomaly("islands", file.label, line, field, value, code, reason, outcome, record=record)
        )

    published = rows.copy()
    rows["commune"] = clean_communes(published, note)
    keep = rows["commune"].notna()
    for column in ("valid_from", "valid_to"):
        if column in rows:
            rows[column], wrong = parse_dates(rows[column])
            for _, row in published[keep & wrong].iterrows():
                note(row, column, "unreadable-date", _BAD_DATE, "kept")
    if {"valid_from", "valid_to"} <= set(rows):
        backwards = keep & (rows["valid_to"] < rows["valid_from"])
        for _, row in published[backwards].iterrows():
            note(row, "valid_to", "dates-backwards", _BACKWARDS)
        keep &= ~backwards
    again = pd.Series(_repeated(rows, keep), index=rows.index)
    for _, row in published[again].iterrows():
        note(row, "commune", "duplicate-row", _AGAIN)
    rows = rows[keep & ~again].copy()
    rows["file"], rows["name"] = file.label, rows["island"].replace("", None)
    table = check_table(shape_table(rows, ISLANDS), ISLANDS)
    progress("islands", total, total)
    provenance = provenance_of(
        file,
        SOURCE,
        layout,
        source_id=source_id,
        vintage=vintage,
        rows_read=total,
        rows_kept=len(table),
    )
    return Reading("islands", table, anomalies, provenance)


def _repeated(rows: pd.DataFrame, keep: pd.Series) -> list[bool]:
    """Rows of a commune that share a day with an earlier one: two periods apart are two facts."""

    def days(name: str, edge: dt.date) -> list[dt.date]:
        if name not in rows:
            return [edge] * len(rows)
        return [edge if day != day else day.date() for day in rows[name]]

    held: dict[str, list[tuple[dt.date, dt.date]]] = {}
    again = []
    periods = zip(days("valid_from", dt.date.min), days("valid_to", dt.date.max), strict=True)
    for commune, kept, (first, last) in zip(rows["commune"], keep, periods, strict=True):
        earlier = held.setdefault(commune, []) if kept else []
        again.append(any(since <= last and first <= until for since, until in earlier))
        if not again[-1]:
            earlier.append((first, last))
    return again


SOURCE = Source(
    name="islands",
    label=T("Communes sur une île", "Communes on an island"),
    gives="islands",
    publisher="ARS",
    licence="",
    layouts=(
        Layout("islands-communes", T("Une ligne par commune", "One line a commune"), tried=False),
    ),
    recognise=recognise,
    read=read,
)
