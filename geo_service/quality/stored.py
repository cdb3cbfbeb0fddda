"""The quality of the files of a stored result, as the check of the files themselves shows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..core.contracts import Source, discover
from ..core.i18n import Text
from ..core.result import Anomaly, Provenance
from .checked import Checked, CheckedFile
from .checking import MAX_AGE_DAYS, SOURCES_PACKAGE


def checked_from_result(
    provenance: Sequence[Provenance], anomalies: Any, *, today: dt.date, land: Any | None = None
) -> Checked:
    """What a build noted of its files, in the form of a check.

    Parameters
    ----------
    provenance
        The files of the result.
    anomalies : DataFrame
        Table ``anomalies`` of the result.
    today
        Day from which the age of the millésimes is counted.
    land
        Limits to draw under the map: columns ``level``, ``code``, ``name``, EPSG:4326.

    Returns
    -------
    Checked
        A file a source of the result, in its order.
    """
    sources = discover(SOURCES_PACKAGE, "SOURCE", Source)
    found: dict[str, list[Anomaly]] = {}
    for row in anomalies.astype("object").where(anomalies.notna(), None).to_dict("records"):
        found.setdefault(row["file"], []).append(
            Anomaly(
                row["source"],
                row["file"],
                row["row"],
                row["field"],
                row["value"],
                row["code"],
                Text(row["reason_fr"], row["reason_en"]),
                row["outcome"],
                row["lon"],
                row["lat"],
                row["record"],
            )
        )
    files = []
    for held in provenance:
        source = sources.get(held.source)
        layouts = {layout.name: layout for layout in source.layouts} if source else {}
        files.append(
            CheckedFile(
                held.file,
                "read",
                bytes=held.bytes,
                source=source,
                layout=layouts.get(held.layout),
                provenance=held,
                anomalies=tuple(_of(held, found)),
                age_days=None if held.vintage is None else (today - held.vintage).days,
            )
        )
    # What names no file of the provenance is not lost: it stands with the first file of its source.
    for number, file in enumerate(files):
        left = [name for name, those in found.items() if those[0].source == _source_of(file)]
        more = [anomaly for name in left for anomaly in found.pop(name)]
        files[number] = replace(file, anomalies=(*file.anomalies, *more))
    return Checked(tuple(files), today, MAX_AGE_DAYS, built=True, land=land)


def _of(held: Provenance, found: dict[str, list[Anomaly]]) -> list[Anomaly]:
    """The anomalies of one file, whether they name it or its member."""
    names = [held.file]
    if held.member is not None:
        names += [held.member, f"{held.file}/{held.member}"]
    return [anomaly for name in names for anomaly in found.pop(name, ())]


def _source_of(file: CheckedFile) -> str | None:
    return None if file.provenance is None else file.provenance.source
