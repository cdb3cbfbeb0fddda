"""The attributes of QPV, row by row: codes checked, communes cut apart, validity added."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from geo_service.core.crs import legal_crs_of_departement
from geo_service.core.i18n import T, Text
from geo_service.core.result import Anomalies, Anomaly, Outcome

from .columns import (
    WITHOUT_REGION,
    departement_of_qpv,
    generation_of,
    read_communes,
    read_qpv_code,
    read_region,
)

_BAD_CODE = T(
    "Ce n'est pas un code de QPV (2015 : QP075001 ; 2024 : QN04901M).",
    "This is no QPV code (2015: QP075001; 2024: QN04901M).",
)
_TWICE = T(
    "Le QPV figure déjà à la ligne {first} ; seule celle-ci est gardée.",
    "The QPV already stands in row {first}; only that one is kept.",
)
_BAD_COMMUNE = T(
    "Une partie de la cellule n'est pas un code commune : {wrong}.",
    "A part of the cell is no commune code: {wrong}.",
)
_ZERO = T("Un code commune a perdu son zéro initial.", "A commune code lost its leading zero.")
_OTHER_DEPARTEMENT = T(
    "Le fichier dit le département {told}, le code du QPV {code}.",
    "The file says département {told}, the QPV code {code}.",
)
_NO_REGION = T("La région manque.", "The région is missing.")


@dataclass
class Rows:
    """Attributes of the QPV kept, column by column, and where each stood in its layer."""

    file: str
    anomalies: Anomalies
    columns: dict[str, list[Any]] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)
    """Positions in the layer of the rows kept."""

    @property
    def codes(self) -> list[str]:
        """Codes of the rows kept."""
        return self.columns.get("code", [])

    def note(
        self,
        code: str,
        reason: Text,
        outcome: Outcome,
        row: int,
        column: str,
        value: str | None,
        record: str | None,
    ) -> None:
        """Add an anomaly of this layer."""
        self.anomalies.add(
            Anomaly("qpv", self.file, row, column, value, code, reason, outcome, record=record)
        )


def read_attributes(
    cells: Mapping[str, Sequence[str]],
    rows: Sequence[int],
    file: str,
    anomalies: Anomalies,
    seen: dict[str, int],
    wanted: Sequence[bool] | None = None,
) -> Rows:
    """Read the attributes of a layer or of a list.

    Parameters
    ----------
    cells
        Columns under our names (``code_qp`` at least), as text.
    rows
        1-based row of each line.
    file, anomalies
        Name for the anomalies, and where they go.
    seen
        Code → row, of the QPV already kept; what is kept here is added.
    wanted
        Whether each line is to be looked at; null: all.
    """
    found = Rows(file, anomalies)
    lines: list[dict[str, Any]] = []
    for at, text in enumerate(cells["code_qp"]):
        if wanted is not None and not wanted[at]:
            continue
        row = int(rows[at])
        code = read_qpv_code(text)
        if code is None:
            found.note("bad-code", _BAD_CODE, "set aside", row, "code_qp", text[:80], None)
            continue
        if code in seen:
            reason = _TWICE.with_values(first=seen[code])
            found.note("duplicate-id", reason, "set aside", row, "code_qp", code, code)
            continue
        seen[code] = row
        lines.append(_line(code, {name: column[at] for name, column in cells.items()}, row, found))
        found.places.append(at)
    names = list(lines[0]) if lines else []
    found.columns = {name: [line[name] for line in lines] for name in names}
    return found


def _line(code: str, cells: dict[str, str], row: int, found: Rows) -> dict[str, Any]:
    departement = departement_of_qpv(code)
    told = cells.get("insee_dep", "").strip().removesuffix(".0").zfill(2)
    if told.strip("0") and told != departement:
        reason = _OTHER_DEPARTEMENT.with_values(told=told, code=departement)
        found.note("departement-differs", reason, "kept", row, "insee_dep", told, code)
    codes, wrong, restored = read_communes(cells.get("insee_com", ""))
    if wrong:
        reason = _BAD_COMMUNE.with_values(wrong=" ".join(wrong)[:120])
        found.note("bad-commune", reason, "kept", row, "insee_com", cells["insee_com"][:200], code)
    if restored:
        found.note("lost-zero", _ZERO, "repaired", row, "insee_com", cells["insee_com"], code)
    region = read_region(cells.get("insee_reg", ""))
    if "insee_reg" in cells and region is None and departement not in WITHOUT_REGION:
        found.note("no-region", _NO_REGION, "kept", row, "insee_reg", cells["insee_reg"], code)
    first, last = _validity(code, departement)
    return {
        "zone_id": code,
        "zone_kind": "qpv",
        "code": code,
        "name": cells.get("lib_qp", "").strip() or None,
        "communes": " ".join(codes) or None,
        "departement": departement,
        "region": region,
        "valid_from": first,
        "valid_to": last,
        "legal_crs": legal_crs_of_departement(departement),
        "file": found.file,
        "row": row,
        "commune_names": cells.get("lib_com", "").strip() or None,
    }


def _validity(code: str, departement: str) -> tuple[dt.date, dt.date | None]:
    return generation_of(code).valid(departement)
