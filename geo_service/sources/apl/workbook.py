"""The APL workbook of DREES: title rows, a header, a row of units, communes, notes below."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from geo_service.core.errors import GeoServiceError, SourceError, UnknownNameError
from geo_service.core.i18n import T
from geo_service.intake.archives import OfficialFile
from geo_service.intake.bounds import explained
from geo_service.intake.values import normalise

if TYPE_CHECKING:
    import pandas as pd

_UNIT = normalise("consultations/visites accessibles par habitant standardisé")
_HEADER_WITHIN = 40
_MAX_ROWS = 200_000


def find_sheet(file: OfficialFile) -> str | None:
    """The first sheet that has the header of an APL table, if any."""
    with _workbook(file) as book:
        for name in book.sheetnames:
            if _header_row(book[name]) is not None:
                return str(name)
    return None


@contextmanager
def _workbook(file: OfficialFile) -> Iterator[Any]:
    """An open workbook. Its sheets are unpacked while they are read, so that may fail late."""
    import openpyxl

    with explained(file.label), file.path.open("rb") as stream:
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            try:
                yield book
            finally:
                book.close()
        except GeoServiceError:
            raise
        except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError, SyntaxError) as error:
            why = " ".join(str(error).split())[:200]
            raise SourceError(
                T("Classeur illisible ({why}).", "Unreadable workbook ({why}).", why=why),
                file=file.label,
                do=T("Téléchargez-le à nouveau.", "Download it again."),
            ) from error


def _header_row(sheet: Any) -> tuple[int, list[str]] | None:
    """Row number and names of the header: the first row that starts with the commune code."""
    for number, cells in enumerate(
        sheet.iter_rows(max_row=_HEADER_WITHIN, values_only=True), start=1
    ):
        names = ["" if cell is None else str(cell).strip() for cell in cells]
        if names and normalise(names[0]) == "codecommuneinsee":
            wanted = [name for name in names if normalise(name).startswith(_GP)]
            return (number, names) if wanted else None
    return None


_GP = normalise("APL aux médecins généralistes")


def _column(names: list[str], age: str) -> int | None:
    """Where the APL of an age stands: ``… de 65 ans ou moins`` is also written ``et moins``."""
    for at, name in enumerate(names):
        key = normalise(name)
        if not key.startswith(_GP):
            continue
        limit = re.search(r"(\d\d)ans", key[len(_GP) :])
        if (limit.group(1) if limit else "all") == age:
            return at
    return None


def read_workbook(
    file: OfficialFile, age: str, year: int | None
) -> tuple[pd.DataFrame, int | None, str]:
    """Rows of the sheet of a year (the latest when null), that year, and the column read."""
    import pandas as pd

    with _workbook(file) as book:
        sheets: dict[int | None, Any] = {}
        for name in book.sheetnames:
            told = re.search(r"(20\d\d)", name)
            if _header_row(book[name]) is not None:
                sheets[int(told.group(1)) if told else None] = book[name]
        if not sheets:
            raise SourceError(
                T(
                    "Aucune feuille n'a l'en-tête « Code commune INSEE ».",
                    "No sheet has the header “Code commune INSEE”.",
                ),
                file=file.label,
                do=T("Prenez le classeur de la DREES.", "Take the DREES workbook."),
            )
        if year is not None and year not in sheets:
            raise UnknownNameError(
                T("{file} : pas de feuille {year}.", "{file}: no sheet {year}.").with_values(
                    file=file.label, year=year
                ),
                known=tuple(str(known) for known in sheets if known),
            )
        chosen = year if year is not None else max(sheets, key=lambda known: known or 0)
        sheet = sheets[chosen]
        header = _header_row(sheet)
        assert header is not None
        start, names = header
        value = _column(names, age)
        if value is None:
            raise SourceError(
                T("Colonne absente : APL, {age} ans.", "Missing column: APL, {age}.", age=age),
                file=file.label,
                row=start,
            )
        weights = [
            at for at, name in enumerate(names) if normalise(name).startswith("populationstandard")
        ]
        rows: list[tuple[int, Any, Any, Any]] = []
        unit: str | None = None
        for number, cells in enumerate(
            sheet.iter_rows(min_row=start + 1, max_row=_MAX_ROWS, values_only=True), start + 1
        ):
            cell = [*cells, *[None] * (len(names) - len(cells))]
            code = "" if cell[0] is None else str(cell[0]).strip()
            if not code and unit is None and cell[value] is not None:
                unit = str(cell[value])
            elif re.fullmatch(r"(?i)[0-9][0-9AB]?\d{2,3}", code):
                rows.append((number, code, cell[value], cell[weights[0]] if weights else None))
            # What remains are blank rows and the notes below the table (Lecture, Champ, Source).
            elif code and cell[value] is not None:
                rows.append((number, code, cell[value], None))
        if unit is None or _UNIT not in normalise(unit):
            raise SourceError(
                T(
                    "L'unité de l'APL n'est pas dite, ou n'est pas la consultation : {unit}.",
                    "The unit of the APL is missing, or is not the consultation: {unit}.",
                    unit=unit,
                ),
                file=file.label,
                row=start + 1,
                do=T(
                    "Les autres professions se comptent en ETP : prenez le classeur des médecins.",
                    "Other professions count in FTE: take the workbook of doctors.",
                ),
            )
    table = pd.DataFrame(rows, columns=["row", "commune", "apl", "population"], dtype="object")
    return table, chosen, names[value].strip()
