"""The CSV list of QPV: codes, names and places, without perimeters."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from geo_service.core.contracts import Source
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T
from geo_service.core.result import Anomalies, Anomaly, Provenance, Reading
from geo_service.core.tables import ZONES, check_table, shape_table
from geo_service.intake.archives import OfficialFile, open_official
from geo_service.intake.text import read_table

from .columns import COLUMNS
from .recognition import date_of
from .rows import read_attributes

if TYPE_CHECKING:
    import pandas as pd

_NO_PERIMETERS = T(
    "La liste ne contient pas de périmètres : elle ne place aucune structure.",
    "The list holds no perimeters: it places no structure.",
)


def read_list(path: str | Path) -> tuple[pd.DataFrame, Anomalies]:
    """The attributes of the QPV in a CSV list.

    Returns
    -------
    (DataFrame, Anomalies)
        The columns of the zones table without geometry, and ``commune_names`` as published.

    Raises
    ------
    SourceError
        Not a text table, without a column of codes, or without one QPV.
    """
    table, anomalies, _ = _read(_choose(open_official(path)))
    return table, anomalies


def _choose(file: OfficialFile) -> OfficialFile:
    return file.choose(suffixes=(".csv", ".txt", ".tsv"))


def _read(file: OfficialFile) -> tuple[pd.DataFrame, Anomalies, int]:
    import pandas as pd

    anomalies = Anomalies()
    table = read_table(
        file, source="qpv", anomalies=anomalies, aliases=COLUMNS, required=("code_qp",)
    )
    lost = sum(anomaly.outcome == "set aside" for anomaly in anomalies)
    cells = {
        name: table[name].to_numpy(dtype=object).tolist() for name in table.columns if name != "row"
    }
    found = read_attributes(cells, table["row"].tolist(), file.label, anomalies, {})
    if not found.places:
        raise SourceError(
            T("Aucun QPV utilisable dans le fichier.", "No usable QPV in the file."),
            file=file.label,
            do=next(
                (anomaly.reason for anomaly in anomalies),
                T("Téléchargez-le à nouveau.", "Download it again."),
            ),
        )
    return pd.DataFrame(found.columns), anomalies, len(table) + lost


def read_list_file(
    file: OfficialFile, source: Source, source_id: str | None, vintage: dt.date | None
) -> Reading:
    """The list as a reading: zones without geometry, which the anomalies say."""
    file = _choose(file)
    table, anomalies, rows_read = _read(file)
    anomalies.add(
        Anomaly("qpv", file.label, None, "geometry", None, "no-perimeters", _NO_PERIMETERS, "kept")
    )
    return Reading(
        "zones",
        check_table(shape_table(table, ZONES), ZONES),
        anomalies,
        Provenance(
            source_id=source_id or "qpv_liste",
            source="qpv",
            layout="liste",
            file=file.name,
            member=file.member,
            sha256=file.sha256,
            bytes=file.size,
            publisher=source.publisher,
            licence=source.licence,
            rows_read=rows_read,
            rows_kept=len(table),
            rows_set_aside=rows_read - len(table),
            tried_on_real_file=source.layout("liste").tried,
            note=_NO_PERIMETERS,
            **date_of(file, vintage),
        ),
    )
