"""Territories of the CPTS: which commune belongs to which CPTS, and how mature that CPTS is.

FINESS knows the seat of a CPTS, not its territory; no national open file of the territories was
found. The layout is ours, a line a commune, and is given in docs/sources/cpts.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from geo_service.core.contracts import Layout, Progress, Source, no_progress
from geo_service.core.errors import SourceError, UnknownNameError
from geo_service.core.i18n import T, Text
from geo_service.core.result import Anomalies, Anomaly, Outcome, Reading
from geo_service.core.tables import CPTS, check_table, shape_table
from geo_service.core.territory import read_territory
from geo_service.intake.archives import OfficialFile
from geo_service.intake.communes import clean_communes
from geo_service.intake.opening import heading_of, open_as, provenance_of, recognised, rows_lost
from geo_service.intake.text import match_columns, parse_dates, read_table

if TYPE_CHECKING:
    import pandas as pd

_ALIASES: dict[str, list[str]] = {
    "commune": ["code_insee", "code_commune", "insee_com", "codgeo", "COM"],
    "cpts": ["code_cpts", "id_cpts", "finess_cpts", "finess"],
    "maturity": ["maturite", "maturity", "niveau_maturite"],
    "name": ["nom_cpts", "lib_cpts"],
    "since": ["depuis", "date_maturite", "date"],
}
_REQUIRED = ["commune", "cpts", "maturity"]

MATURITY = {
    "lettre d'intention": "letter",
    "projet validé": "project",
    "projet de santé validé": "project",
    "aci signé": "aci",
    "aci": "aci",
    "letter": "letter",
    "project": "project",
}
"""Maturity as DGOS words it (S4: letter of intent, project approved, ACI signed) → ours."""


def recognise(path: Path) -> str | None:
    """``cpts-communes`` for a table of communes by CPTS, or null; never raises."""
    return recognised(path, _layout_of, suffixes=(".csv",))


def _layout_of(file: OfficialFile) -> str | None:
    try:
        match_columns(heading_of(file), _ALIASES, required=_REQUIRED)
    except SourceError:
        return None
    return "cpts-communes"


def read(
    path: str | Path,
    *,
    layout: str | None = None,
    source_id: str | None = None,
    vintage: dt.date | None = None,
    progress: Progress = no_progress,
    complete: Collection[str] = (),
) -> Reading:
    """Read the communes of the CPTS into the table ``cpts``.

    Parameters
    ----------
    complete
        Territories (``france``, ``region:76``, ``departement:31``…) of which the table lists every
        commune that belongs to a CPTS: there, a commune that it does not list belongs to none.
        Elsewhere nothing can be told of a commune that it does not list.

    Returns
    -------
    Reading
        One row a commune and CPTS; a commune may belong to several. A maturity that is not
        known is null and listed; a line without a commune or a CPTS is set aside.
        ``extra["cpts_complete"]``: the territories listed whole.

    Raises
    ------
    SourceError
        The file cannot be read, or a column is missing.
    UnknownNameError
        ``complete`` names what is no territory.
    """
    whole = sorted({_territory(written) for written in complete})
    import pandas as pd

    # A layout that is named is tried, so that the error says which column is missing.
    layout = layout or "cpts-communes"
    file, layout = open_as(path, SOURCE, layout, _layout_of, suffixes=(".csv",))
    progress("cpts", 0, None)
    anomalies = Anomalies()
    rows = read_table(
        file, source="cpts", anomalies=anomalies, aliases=_ALIASES, required=_REQUIRED
    )
    total = len(rows) + rows_lost(anomalies)
    for column in rows.columns.drop("row"):
        rows[column] = rows[column].str.strip()

    def note(
        row: pd.Series, field: str, code: str, reason: Text, outcome: Outcome = "set aside"
    ) -> None:
        anomalies.add(
            Anomaly(
                "cpts",
                file.label,
                int(row["row"]),
                field,
                str(row[field]),
                code,
                reason,
                outcome,
                record=str(row["commune"]),
            )
        )

    published = rows.copy()
    rows["commune"] = clean_communes(published, note)
    keep = rows["commune"].notna()
    for _, row in published[keep & (rows["cpts"] == "")].iterrows():
        note(row, "cpts", "no-cpts", T("La ligne ne nomme pas de CPTS.", "The row names no CPTS."))
    keep &= rows["cpts"] != ""
    again = keep & rows.duplicated(["commune", "cpts"])
    for _, row in published[again].iterrows():
        note(
            row,
            "cpts",
            "duplicate-row",
            T("La commune figure déjà pour cette CPTS.", "Commune given already for this CPTS."),
        )
    keep &= ~again
    rows, published = rows[keep].copy(), published[keep]
    worded = rows["maturity"].str.casefold().str.replace("’", "'").str.replace(r"\s+", " ")
    rows["maturity"] = worded.map(lambda value: MATURITY.get(value))
    for _, row in published[rows["maturity"].isna()].iterrows():
        note(
            row,
            "maturity",
            "unknown-maturity",
            T(
                "Maturité inconnue ; laissée vide. Attendu : lettre d'intention, projet validé, "
                "ACI signé.",
                "Unknown maturity; left empty. Expected: lettre d'intention, projet validé, "
                "ACI signé.",
            ),
            "kept",
        )
    if "since" in rows:
        rows["since"], wrong = parse_dates(rows["since"])
        for _, row in published[wrong].iterrows():
            note(
                row,
                "since",
                "unreadable-date",
                T("Date illisible ; laissée vide.", "Unreadable date; left empty."),
                "kept",
            )
    rows["file"] = file.label
    table = check_table(shape_table(rows, CPTS), CPTS)
    progress("cpts", total, total)
    return Reading(
        "cpts",
        table,
        anomalies,
        provenance_of(
            file,
            SOURCE,
            layout,
            source_id=source_id,
            vintage=vintage,
            rows_read=total,
            rows_kept=len(table),
        ),
        extra={"cpts_complete": pd.DataFrame({"territory": whole}, dtype="str")},
    )


def _territory(written: str) -> str:
    territory = read_territory(written)
    if territory.startswith("qpv:"):
        raise UnknownNameError(
            T(
                "« {it} » : une CPTS se compose de communes, pas de QPV.",
                "“{it}”: a CPTS is made of communes, not of QPV.",
                it=written,
            ),
            known=("france", "region:76", "departement:31"),
        )
    return territory


SOURCE = Source(
    name="cpts",
    label=T("Communes des CPTS", "Communes of the CPTS"),
    gives="cpts",
    publisher="ARS",
    licence="",
    layouts=(
        Layout("cpts-communes", T("Une ligne par commune", "One line a commune"), tried=False),
    ),
    recognise=recognise,
    read=read,
    options={
        "complete": T(
            "liste des territoires dont la table dit toutes les communes (france, region:76…)",
            "list of the territories of which the table lists every commune (france, region:76…)",
        )
    },
)
