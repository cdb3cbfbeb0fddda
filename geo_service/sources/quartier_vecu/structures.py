"""Declarations by structure: FINESS number, QPV served, dates, declarant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from geo_service.core.i18n import T
from geo_service.core.tables import DECLARED, check_table, shape_table
from geo_service.intake.archives import OfficialFile
from geo_service.intake.text import read_table
from geo_service.intake.values import clean_code

from .finds import STRUCTURE_COLUMNS, Finds

if TYPE_CHECKING:
    import pandas as pd

_FINESS = re.compile(r"[0-9][0-9A-Z][0-9]{7}")
_BAD_FINESS = T("Ce n'est pas un numéro FINESS.", "This is no FINESS number.")
_ZERO = T(
    "Le numéro a perdu son zéro initial : lu {code}.",
    "The number lost its leading zero: read as {code}.",
)
_TWICE = T("La même déclaration figure déjà plus haut.", "The same declaration stands above.")


def read_structures(file: OfficialFile, finds: Finds) -> tuple[pd.DataFrame, int, int]:
    """Table ``declared``, rows read and rows kept."""
    import pandas as pd

    table = read_table(
        file,
        source="quartier_vecu",
        anomalies=finds.anomalies,
        aliases=STRUCTURE_COLUMNS,
        required=("finess",),
    )
    rows_read = len(table) + finds.lost
    lines: list[dict[str, Any]] = []
    seen: set[tuple[Any, ...]] = set()
    kept = 0
    for values in table.to_dict("records"):
        row = int(values.pop("row"))
        cells = {str(name): str(value) for name, value in values.items()}
        finess = _finess(cells["finess"], row, finds)
        if finess is None:
            continue
        since, until = finds.span(cells, row, finess)
        declarant = cells.get("declarant", "").strip() or None
        served = finds.qpv(cells.get("code_qp", ""), row, finess)
        codes: list[str | None] = [*served] or [None]
        new = [code for code in codes if (finess, code, since, until) not in seen]
        if not new:
            finds.note("repeated-row", _TWICE, "set aside", row, record=finess)
            continue
        kept += 1
        for code in new:
            seen.add((finess, code, since, until))
            lines.append(
                {
                    "finess": finess,
                    "qpv": code,
                    "declared_from": since,
                    "declared_to": until,
                    "declarant": declarant,
                    "file": finds.file,
                    "row": row,
                }
            )
    if not lines:
        raise finds.refuse_empty()
    return check_table(shape_table(pd.DataFrame(lines), DECLARED), DECLARED), rows_read, kept


def _finess(text: str, row: int, finds: Finds) -> str | None:
    try:
        cleaned = clean_code(re.sub(r"\s", "", text), 9)
    except ValueError:
        cleaned = None
    if cleaned is None or not _FINESS.fullmatch(cleaned[0]):
        finds.note("bad-finess", _BAD_FINESS, "set aside", row, "finess", text[:40])
        return None
    code, restored = cleaned
    if restored:
        reason = _ZERO.with_values(code=code)
        finds.note("lost-zero", reason, "repaired", row, "finess", text, code)
    return code
