"""Official series: the baromètre des résultats de l'action publique, both generations.

Generation 1 (Etalab, 2021 to January 2023) and generation 2 (DITP, one file an indicator). The
values are kept as published; where national and local figures do not add up, that is listed.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_service.core.contracts import Layout, Progress, Source, no_progress
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text
from geo_service.core.result import Anomalies, Anomaly, Outcome, Reading
from geo_service.core.tables import SERIES, check_table, shape_table
from geo_service.intake.archives import OfficialFile
from geo_service.intake.opening import heading_of, open_as, provenance_of, recognised, rows_lost
from geo_service.intake.text import match_columns, parse_dates, parse_floats, read_table

if TYPE_CHECKING:
    import pandas as pd

NAMES = {
    "nb-maisons-sante": "msp",
    "nb-centres-sante": "cds_pluri",
    "nb-centres-sante-mono-pluri": "cds_mono_pluri",
    "IND-311": "msp",
}
"""Identifier in the baromètre → our name; any other indicator keeps its identifier.

``cds_pluri``: the baromètre counts pluriprofessional centres only; our own files name the centres
of every kind ``nb-centres-sante-mono-pluri``.
"""

_ALIASES: dict[str, dict[str, list[str]]] = {
    "barometre-etalab": {
        "indicator": ["id_indicateur"],
        "date": ["date"],
        "value": ["valeur"],
        "region": ["code_region"],
        "departement": ["code_departement"],
        "maille": ["maille"],
        "maille_geographique": ["maille_geographique"],
        "unit": ["unite"],
        "perimeter": ["indicateur"],
    },
    "barometre-ditp": {
        "indicator": ["indic_id"],
        "zone": ["enforce_zone_id"],
        "date": ["metric_enforce_date"],
        "value": ["indic_va"],
        "target": ["indic_vc"],
    },
}
_REQUIRED = {
    "barometre-etalab": ["indicator", "date", "value"],
    "barometre-ditp": ["indicator", "zone", "date", "value"],
}
_COUNTRY = {"pays", "national", "nat", "france"}

_EXPECTED = T(
    "attendu : un fichier de détail, id_indicateur, date, valeur",
    "expected: a detail file, id_indicateur, date, valeur",
)


def recognise(path: Path) -> str | None:
    """The layout of a baromètre file, or null; never raises."""
    return recognised(path, _layout_of, suffixes=(".csv",))


def _layout_of(file: OfficialFile) -> str | None:
    columns = heading_of(file)
    for layout, aliases in _ALIASES.items():
        try:
            match_columns(columns, aliases, required=_REQUIRED[layout])
        except SourceError:
            continue
        return layout
    return None


def read(
    path: str | Path,
    *,
    layout: str | None = None,
    source_id: str | None = None,
    vintage: dt.date | None = None,
    progress: Progress = no_progress,
) -> Reading:
    """Read official series into the table ``series``.

    Returns
    -------
    Reading
        One row a series, territory and date. A repeated row is listed and left out. Of
        generation 2, rows with a target and no value give the series ``…_target``; dates, written
        there as the first of the month, become its last day, which they mean.

    Raises
    ------
    SourceError
        The file cannot be read as a baromètre file.
    """
    file, layout = open_as(path, SOURCE, layout, _layout_of, suffixes=(".csv",), expected=_EXPECTED)
    progress("series", 0, None)
    anomalies = Anomalies()
    rows = read_table(
        file,
        source="series",
        anomalies=anomalies,
        aliases=_ALIASES[layout],
        required=_REQUIRED[layout],
    )
    total = len(rows) + rows_lost(anomalies)
    for column in rows.columns.drop("row"):
        rows[column] = rows[column].str.strip()
    note = _Notes(file, anomalies)
    if layout == "barometre-ditp":
        rows = _ditp_rows(rows, note)
    else:
        rows["territory"] = _etalab_territories(rows)
        rows["date"], _ = parse_dates(rows["date"])
    rows["value_text"] = rows["value"]
    rows["value"], _ = parse_floats(rows["value"])
    rows["series"] = rows["indicator"].map(lambda name: NAMES.get(name, name))
    if "target" in rows:
        rows = _targets(rows)
    rows = _complete(rows, note)
    rows = _distinct(rows, note)
    rows["producer"] = SOURCE.publisher
    rows["file"] = file.label
    table = check_table(shape_table(rows, SERIES), SERIES)
    _check_sums(table, note)
    progress("series", total, total)
    last = None if table.empty else table["date"].max().date()
    return Reading(
        "series",
        table,
        anomalies,
        provenance_of(
            file,
            SOURCE,
            layout,
            source_id=source_id,
            vintage=vintage or last,
            vintage_basis="study" if vintage else "file" if last else "unknown",
            rows_read=total,
            rows_kept=len(table),
        ),
    )


class _Notes:
    """Where the anomalies of one file go."""

    def __init__(self, file: OfficialFile, anomalies: Anomalies) -> None:
        self._file, self._anomalies = file, anomalies

    def add(
        self,
        row: int,
        field: str,
        value: str,
        code: str,
        reason: Text,
        outcome: Outcome,
        record: str | None = None,
    ) -> None:
        self._anomalies.add(
            Anomaly(
                "series", self._file.label, row, field, value, code, reason, outcome, record=record
            )
        )


def _etalab_territories(rows: pd.DataFrame) -> pd.Series:
    import pandas as pd

    found = pd.Series(None, index=rows.index, dtype="str")
    for column in ("maille", "maille_geographique"):
        if column in rows:
            found = found.mask(rows[column].str.lower().isin(_COUNTRY), "france:FR")
    for level, pattern in (("region", r"\d{1,2}"), ("departement", r"\d[AB]?|\d[0-9AB]|97\d")):
        if level in rows:
            code = rows[level].str.upper()
            good = code.str.fullmatch(pattern)
            found = found.mask(good, level + ":" + code.str.zfill(2))
    return found


def _ditp_rows(rows: pd.DataFrame, note: _Notes) -> pd.DataFrame:
    import pandas as pd

    zone = rows["zone"].str.upper()
    rows["territory"] = None
    rows["territory"] = (
        rows["territory"]
        .astype("str")
        .mask(zone == "FRANCE", "france:FR")
        .mask(zone.str.fullmatch(r"R\d{2}"), "region:" + zone.str.slice(1))
        .mask(zone.str.fullmatch(r"D(\d[0-9AB]|97\d)"), "departement:" + zone.str.slice(1))
    )
    rows["indicator"] = rows["indicator"].str.upper()
    dates, _ = parse_dates(rows["date"])
    # A spreadsheet's autofill made the days of one file run on down the départements: such a date
    # is no date of the series.
    filled = dates.notna() & (dates.dt.day != 1)
    for row in rows[filled].itertuples():
        note.add(
            int(row.row),
            "metric_enforce_date",
            str(row.date),
            "autofilled-date",
            T(
                "La date n'est pas un premier du mois : recopie de tableur probable.",
                "The date is not a first of the month: probably filled down by a spreadsheet.",
            ),
            "set aside",
            str(row.zone),
        )
    rows["date"] = (dates + pd.offsets.MonthEnd(0)).astype("datetime64[s]")
    return rows[~filled].reset_index(drop=True)


def _targets(rows: pd.DataFrame) -> pd.DataFrame:
    targets, _ = parse_floats(rows["target"])
    aimed = rows["value"].isna() & targets.notna()
    rows["value"] = rows["value"].mask(aimed, targets)
    rows["series"] = rows["series"].mask(aimed, rows["series"] + "_target")
    return rows


def _complete(rows: pd.DataFrame, note: _Notes) -> pd.DataFrame:
    """Rows with an indicator, a territory, a date and a value of their own; the rest is listed."""
    checks: tuple[tuple[str, pd.Series, Text], ...] = (
        (
            "territory",
            rows["territory"].isna(),
            T("Le territoire ne se lit pas.", "The territory cannot be read."),
        ),
        ("date", rows["date"].isna(), T("La date ne se lit pas.", "The date cannot be read.")),
        ("value", rows["value"].isna(), T("La valeur ne se lit pas.", "The value cannot be read.")),
        ("indicator", rows["indicator"] == "", T("Sans indicateur.", "Without an indicator.")),
    )
    bad = rows["indicator"] == "\0"
    for field, wrong, reason in checks:
        lost = rows[wrong & ~bad]
        for row, value in zip(lost["row"], lost["value_text"], strict=True):
            note.add(int(row), field, str(value), f"unreadable-{field}", reason, "set aside")
        bad |= wrong
    return rows[~bad].reset_index(drop=True)


def _distinct(rows: pd.DataFrame, note: _Notes) -> pd.DataFrame:
    """One row a series, territory and date: the first; the repeats are listed."""
    key = ["series", "territory", "date"]
    again = rows.duplicated(key)
    first: Any = rows[~again].set_index(key)["value"]
    repeated: Any = rows[again]
    for row in repeated.itertuples():
        same = first[(row.series, row.territory, row.date)] == row.value
        note.add(
            int(row.row),
            "valeur",
            str(row.value_text),
            "duplicate-row" if same else "conflicting-value",
            T("La ligne figure déjà plus haut.", "The row stands above already.")
            if same
            else T(
                "Une autre valeur figure plus haut pour ce territoire et cette date.",
                "Another value stands above for this territory and date.",
            ),
            "set aside",
            str(row.territory),
        )
    return rows[~again].reset_index(drop=True)


def _check_sums(table: Any, note: _Notes) -> None:
    """List the dates at which régions or départements do not add up to the national value.

    A level is compared at a date only where it is as complete as at its best date.
    """
    level = table["territory"].str.split(":").str[0]
    country = table[level == "france"]
    for part, fr, en in (
        ("region", "régions", "régions"),
        ("departement", "départements", "départements"),
    ):
        sums = table[level == part].groupby(["series", "date"])["value"].agg(["sum", "size"])
        fullest = sums["size"].groupby(level="series").max().to_dict()
        held = dict(zip(sums.index, zip(sums["sum"], sums["size"], strict=True), strict=True))
        for row in country.itertuples():
            total, count = held.get((row.series, row.date), (row.value, 0))
            if count == fullest.get(row.series) and total != row.value:
                note.add(
                    int(row.row),
                    "valeur",
                    f"{row.value:g} / {total:g}",
                    "sum-gap",
                    T(
                        "{series} au {date} : {nation:g} pour le pays, {total:g} pour la somme "
                        "des {n} {level}.",
                        "{series} on {date}: {nation:g} for the country, {total:g} for the sum "
                        "of the {n} {level}.",
                        series=row.series,
                        date=row.date.date().isoformat(),
                        nation=row.value,
                        total=total,
                        n=int(count),
                        level=Text(fr, en),
                    ),
                    "kept",
                    f"{row.series} {row.date.date().isoformat()}",
                )


SOURCE = Source(
    name="series",
    label=T("Séries officielles du baromètre", "Official series of the baromètre"),
    gives="series",
    publisher="DITP / Etalab, baromètre des résultats de l'action publique",
    licence="Licence Ouverte 2.0",
    layouts=(
        Layout(
            "barometre-etalab",
            T("Baromètre, 1re génération (Etalab)", "Baromètre, generation 1 (Etalab)"),
            tried=True,
        ),
        Layout(
            "barometre-ditp",
            T("Baromètre, 2e génération (DITP)", "Baromètre, generation 2 (DITP)"),
            tried=False,
        ),
    ),
    recognise=recognise,
    read=read,
)
