"""APL to general practitioners by commune: DREES workbook, or a table ``codgeo, apl_mg``.

The default is the APL to practitioners of all ages; the workbook also has those of at most 65, 62
and 60 years, which are other indicators: the choice is explicit and is told in the provenance.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from geo_service.core.contracts import Layout, Progress, Source, no_progress
from geo_service.core.errors import SourceError, UnknownNameError
from geo_service.core.i18n import T, Text
from geo_service.core.result import Anomalies, Anomaly, Outcome, Reading
from geo_service.core.tables import APL, check_table, shape_table
from geo_service.intake.archives import OfficialFile
from geo_service.intake.opening import open_as, provenance_of, recognised
from geo_service.intake.values import clean_code, match_columns, parse_float

from .workbook import find_sheet, read_workbook

if TYPE_CHECKING:
    import pandas as pd

AGES = ("all", "65", "62", "60")
"""Practitioners counted: all, or those of at most that age."""

_COMMUNE = re.compile(r"\d[0-9AB]\d{3}")
_COPY = {"commune": ["codgeo", "code_insee"], "apl": ["apl_mg", "apl"], "population": []}

_EXPECTED = T(
    "attendu : le classeur de la DREES, ou un Parquet avec codgeo et apl_mg",
    "expected: the DREES workbook, or a Parquet file with codgeo and apl_mg",
)


def recognise(path: Path) -> str | None:
    """The layout of an APL file, or null; never raises."""
    return recognised(path, _layout_of)


def _layout_of(file: OfficialFile) -> str | None:
    if file.compression == "none" and file.head(4) == b"PAR1":
        match_columns(_parquet_names(file), _COPY, required=["commune", "apl"], file=file.label)
        return "parquet"
    if file.suffix in (".xlsx", ".xlsm"):
        return "drees-xlsx" if find_sheet(file) else None
    return None


def read(
    path: str | Path,
    *,
    layout: str | None = None,
    source_id: str | None = None,
    vintage: dt.date | None = None,
    progress: Progress = no_progress,
    age: str = "all",
    year: int | None = None,
    communes: Collection[str] | None = None,
) -> Reading:
    """Read the APL of communes into the table ``apl``.

    Parameters
    ----------
    age
        Of the workbook: ``all`` (the headline figure), ``65``, ``62`` or ``60``.
    year
        Of the workbook: the sheet to read (by default the latest). Of the copy: the year to
        write down, since the file does not tell it.
    communes
        Codes of the communes of the study: codes of the file that are not among them, and
        communes without APL, are listed. Paris, Lyon and Marseille stand by arrondissement.

    Returns
    -------
    Reading
        ``apl`` in consultations a year and standardised inhabitant (null where unknown);
        ``population`` is the standardised one of the workbook, or that of the copy.

    Raises
    ------
    SourceError
        The file cannot be read, a column is missing, or the unit row says another unit.
    UnknownNameError
        No such age, or no sheet of that year.
    """
    if age not in AGES:
        raise UnknownNameError(
            T("Âge inconnu : {age}.", "Unknown age: {age}.", age=age), known=AGES
        )
    file, layout = open_as(path, SOURCE, layout, _layout_of, expected=_EXPECTED)
    progress("apl", 0, None)
    anomalies = Anomalies()
    title: str | None = None
    if layout == "parquet":
        rows = _read_parquet(file)
    else:
        rows, year, title = read_workbook(file, age, year)
    total = len(rows)
    rows = _clean(rows, file, anomalies, frozenset(communes or ()))
    rows["year"] = year
    rows["file"] = file.label
    table = check_table(shape_table(rows, APL), APL)
    if communes is not None:
        _compare(table, set(communes), file, anomalies)
    progress("apl", total, total)
    return Reading(
        "apl",
        table,
        anomalies,
        provenance_of(
            file,
            SOURCE,
            layout,
            source_id=source_id,
            title=title,
            vintage=vintage,
            rows_read=total,
            rows_kept=len(table),
        ),
    )


def _parquet_names(file: OfficialFile) -> list[str]:
    import pyarrow.parquet as pq

    return list(pq.read_schema(file.path).names)


def _read_parquet(file: OfficialFile) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with file.extract_to_temp() as path:
            names = list(pq.read_schema(path).names)
            found = match_columns(names, _COPY, required=["commune", "apl"], file=file.label)
            rows = pq.read_table(path, columns=list(found.values())).to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            T(
                "Parquet illisible ({why}).",
                "Unreadable Parquet ({why}).",
                why=" ".join(str(error).split())[:200],
            ),
            file=file.label,
            do=T("Téléchargez-le à nouveau.", "Download it again."),
        ) from error
    rows = rows.rename(columns={theirs: ours for ours, theirs in found.items()})
    rows["row"] = range(1, len(rows) + 1)
    return rows if rows["commune"].dtype == "str" else rows.astype({"commune": "object"})


def _clean(
    rows: pd.DataFrame, file: OfficialFile, anomalies: Anomalies, known: frozenset[str]
) -> pd.DataFrame:
    import pandas as pd

    kept: list[int] = []
    codes: list[str] = []
    seen: set[str] = set()

    def note(
        row: int, field: str, value: Any, code: str, reason: Text, outcome: Outcome, who: str
    ) -> None:
        anomalies.add(
            Anomaly(
                "apl", file.label, row, field, str(value), code, reason, outcome, record=who or None
            )
        )

    numbers = {
        name: _numbers(rows[name]) if name in rows else None for name in ("apl", "population")
    }
    if _are_plain(rows["commune"]) and not any(
        found is not None and found[1].any() for found in numbers.values()
    ):
        plain = {name: None if found is None else found[0] for name, found in numbers.items()}
        return pd.DataFrame({"commune": rows["commune"], **plain, "row": rows["row"]})
    number_of = rows["row"].tolist()
    for place, code in enumerate(rows["commune"].tolist()):
        row = number_of[place]
        text = "" if code is None or code != code else str(code)
        cleaned: tuple[str, bool] | None
        try:
            cleaned = (text, False) if text in known else clean_code(text, 5)
        except ValueError:
            cleaned = None
        if cleaned is None or (cleaned[0] is not text and not _COMMUNE.fullmatch(cleaned[0])):
            reason = T("Code commune illisible.", "Unreadable commune code.")
            note(row, "commune", text, "unreadable-code", reason, "set aside", text)
            continue
        if cleaned[1]:
            reason = T("Zéro initial perdu, rétabli.", "Leading zero lost, restored.")
            note(row, "commune", text, "leading-zero", reason, "repaired", cleaned[0])
        if cleaned[0] in seen:
            reason = T("La commune figure déjà plus haut.", "The commune stands above already.")
            note(row, "commune", text, "duplicate-id", reason, "set aside", cleaned[0])
            continue
        seen.add(cleaned[0])
        for name, found in numbers.items():
            if found is not None and found[1][place]:
                value = rows[name].iloc[place]
                note(row, name, value, "unreadable-number", _UNREADABLE[name], "kept", cleaned[0])
        kept.append(place)
        codes.append(cleaned[0])
    columns = {
        name: [None] * len(kept) if found is None else found[0][kept]
        for name, found in numbers.items()
    }
    return pd.DataFrame({"commune": codes, **columns, "row": rows["row"].to_numpy()[kept]})


def _are_plain(codes: Any) -> bool:
    """Whether all are codes of communes and none is repeated: nearly always, in 35,000 rows."""
    return bool(
        codes.dtype == "str"
        and codes.str.fullmatch(_COMMUNE.pattern).all()
        and not codes.duplicated().any()
    )


_UNREADABLE = {
    "apl": T("APL illisible ; laissée vide.", "Unreadable APL; left empty."),
    "population": T("Population illisible ; laissée vide.", "Unreadable population; left empty."),
}


def _numbers(cells: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Numbers that are at least zero (NaN: none), and which cells held something else."""
    import pandas as pd

    if pd.api.types.is_float_dtype(cells.dtype):
        values = cells.to_numpy(dtype=float, na_value=np.nan).copy()
        wrong = (values < 0) | np.isinf(values)
    else:
        read = [_number(cell) for cell in cells.tolist()]
        values = np.array([np.nan if value is None else value for value, _ in read], dtype=float)
        wrong = np.array([odd for _, odd in read], dtype=bool)
    values[wrong] = np.nan
    return values, wrong


def _number(value: Any) -> tuple[float | None, bool]:
    """A number that is at least zero, and whether the cell held something else."""
    if value is None or value != value:
        return None, False
    try:
        number = parse_float(str(value))
    except ValueError:
        return None, True
    return (number, False) if number is None or number >= 0 else (None, True)


def _compare(table: Any, communes: set[str], file: OfficialFile, anomalies: Anomalies) -> None:
    listed = table["commune"].tolist()
    known = set(listed)

    def note(row: int | None, code: str, slug: str, reason: Text) -> None:
        value = None if row is None else code
        field = "commune"
        anomalies.add(
            Anomaly("apl", file.label, row, field, value, slug, reason, "kept", record=code)
        )

    if foreign := known - communes:
        for row, code in zip(table["row"].tolist(), listed, strict=True):
            if code in foreign:
                note(int(row), code, "commune-not-in-study", _FOREIGN)
    for code in sorted(communes - known):
        note(None, code, "commune-without-apl", _WITHOUT)


_FOREIGN = T(
    "Le code n'est pas une commune du COG de l'étude.",
    "The code is not a commune of the study's COG.",
)
_WITHOUT = T("La commune n'a pas d'APL.", "The commune has no APL.")


SOURCE = Source(
    name="apl",
    label=T("APL aux médecins généralistes", "APL to general practitioners"),
    gives="apl",
    publisher="DREES",
    licence="Licence Ouverte 2.0",
    layouts=(
        Layout("parquet", T("Table codgeo, apl_mg", "Table codgeo, apl_mg"), tried=True),
        Layout("drees-xlsx", T("Classeur de la DREES", "DREES workbook"), tried=False),
    ),
    recognise=recognise,
    read=read,
    options={
        "age": T("Âge des médecins : all, 65, 62, 60", "Age of the doctors: all, 65, 62, 60"),
        "year": T("Année (feuille du classeur)", "Year (sheet of the workbook)"),
        "communes": T("Codes des communes de l'étude", "Codes of the communes of the study"),
    },
)
