"""The tables that name their units by a code: communes, TVS, QPV, the DREES workbook."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_service.core.errors import SourceError
from geo_service.core.i18n import T
from geo_service.core.result import Anomalies
from geo_service.intake.archives import OfficialFile, open_official
from geo_service.intake.text import clean_code, parse_date, split_codes
from geo_service.rules import qpv_generation_of

from .at_date import TVS_OF_COMMUNE
from .found import Finds, listed
from .names import comparable
from .sheets import Row, open_workbook, sheet_rows, table_rows

if TYPE_CHECKING:
    import pandas as pd

_CLASS = [
    *("zonage", "zonage_medecin", "zonage_mg", "zmed_niveau", "zone_medecin", "zone_class"),
    *(
        "classe_zonage",
        "zonage médecin généraliste",
        "Qualification attribuée par l'arrêté régional",
    ),
    *("Qualification attribuée par l'arrêté*", "Qualification attribuée*", "Zonage*"),
]
COMMUNE_COLUMNS = {
    "code": [
        *("INSEE_COM", "code_insee", "codgeo", "insee", "depcom", "com_code", "code_commune"),
        *("Code commune INSEE", "Code de la commune", "Code INSEE de la commune", "codeinsee"),
        *("insee_commune", "code_com", "com", "Code"),
    ],
    "published": _CLASS,
    "name": ["Libellé de la commune", "nom_commune", "libelle_commune", "commune", "libgeo", "nom"],
    "order_date": ["zmed_date_arrete", "date_arrete", "arrete_date"],
}
TVS_COLUMNS = {
    "code": ["Code du territoire de vie-santé", "code_tvs", "tvs_code", "tvs", "agtvs"],
    "published": _CLASS,
    "name": ["Libellé du territoire de vie-santé", "nom_tvs", "tvs_lib", "libelle_tvs", "lib_tvs"],
    "order_date": ["zmed_date_arrete", "date_arrete", "arrete_date"],
}
TVS_OF_COMMUNE_COLUMNS = {
    "commune": ["insee", "INSEE_COM", "code_insee", "depcom", "codgeo", "code_commune"],
    "tvs": ["tvs", "code_tvs", "tvs_code", "agtvs"],
}
QPV_COLUMNS = {
    "code": [
        *("Code du quartier prioritaire", "code_qp", "code_qpv", "Code QPV", "qpv"),
        *("code_quartier", "Code du QPV", "Code quartier prioritaire"),
    ],
    "published": ["Qualification attribuée au QPV par l'arrêté régional", *_CLASS],
    "name": [
        *("Nom du quartier prioritaire", "Libellé du quartier prioritaire", "lib_qp", "nom_qp"),
        *("libelle_qpv", "Libellé QPV", "Nom du QPV", "Libellé du QPV", "libelle", "label", "nom"),
    ],
}

_COMMUNE = re.compile(r"(\d{2}|2[AB])\d{3}")
_BAD_CODE = T("Ce n'est pas un code commune INSEE.", "This is no INSEE commune code.")
_BAD_QPV = T("Ce n'est pas un code de QPV.", "This is no QPV code.")
_ZERO = T(
    "Le code a perdu son zéro initial : lu {code}.",
    "The code lost its leading zero: read as {code}.",
)
_MOVED = T("La commune a changé de code : {code} aujourd'hui.", "The commune is now {code}.")
_LEFT = T(
    "Le code n'est pas dans la table des communes, et aucun mouvement ne dit ce qu'il devient.",
    "The code is not in the table of communes, and no move says what it became.",
)
_REPEATED = T("La même ligne figure déjà plus haut.", "The same row already stands above.")
_NO_TVS_CLASS = T(
    "Le TVS {code} n'a pas de classe ; ses {n} communes n'en reçoivent pas : {communes}.",
    "TVS {code} has no class; its {n} communes receive none: {communes}.",
)
_NO_COMMUNE = T(
    "La table de correspondance ne donne aucune commune à ce TVS.",
    "The correspondence table gives this TVS no commune.",
)


def read_communes(
    file: OfficialFile, finds: Finds, communes: pd.DataFrame | None, moves: pd.DataFrame | None
) -> None:
    """A table with an INSEE code and a class, CartoSanté exports included."""
    rows = table_rows(file, COMMUNE_COLUMNS, ("code", "published"), finds.anomalies)
    _take_communes(rows, finds, communes, moves)


def read_tvs(
    file: OfficialFile, finds: Finds, correspondence: str | Path | pd.DataFrame | None
) -> None:
    """A class by TVS; with the communes of each TVS, the class of each commune too."""
    rows = table_rows(file, TVS_COLUMNS, ("code", "published"), finds.anomalies)
    _take_tvs(rows, finds)
    if correspondence is not None:
        _spread_to_communes(finds, _tvs_of_communes(correspondence, finds))


def read_qpv(file: OfficialFile, finds: Finds) -> None:
    """A class by QPV, in the way of the orders of the ARS PACA (sheet ``ZD_QPV``)."""
    rows = table_rows(file, QPV_COLUMNS, ("code", "published"), finds.anomalies)
    _take_qpv(rows, finds)


WORKBOOK_SHEETS = ("Zonage_communes", "Zonage_TVS", "Zonage_QPV")


def read_workbook(
    file: OfficialFile, finds: Finds, communes: pd.DataFrame | None, moves: pd.DataFrame | None
) -> None:
    """The national workbook of the DREES: a sheet by commune, one by TVS, one by QPV."""
    with open_workbook(file) as book:
        sheets = {comparable(sheet.title): sheet for sheet in book.worksheets}
        wanted = {name: sheets.get(comparable(name)) for name in WORKBOOK_SHEETS}
        if not any(wanted.values()):
            raise SourceError(
                T(
                    "Le classeur n'a aucune des feuilles {wanted}.",
                    "The workbook has none of the sheets {wanted}.",
                    wanted=", ".join(WORKBOOK_SHEETS),
                ),
                file=file.label,
            )
        for name, sheet in wanted.items():
            if sheet is None:
                reason = T("La feuille « {s} » est absente.", "There is no sheet “{s}”.", s=name)
                finds.note("sheet-absent", reason, "kept", value=name)
            elif name == "Zonage_communes":
                rows = list(sheet_rows(file, sheet, COMMUNE_COLUMNS, ("code", "published")))
                _take_communes(rows, finds, communes, moves)
            elif name == "Zonage_TVS":
                _take_tvs(list(sheet_rows(file, sheet, TVS_COLUMNS, ("code", "published"))), finds)
            else:
                _take_qpv(list(sheet_rows(file, sheet, QPV_COLUMNS, ("code", "published"))), finds)


def _once(rows: list[Row], finds: Finds) -> list[Row]:
    """The rows without those that repeat another one word for word, which are listed."""
    finds.rows_read += len(rows)
    seen: set[tuple[str, ...]] = set()
    kept = []
    for row, cells in rows:
        words = tuple(cells.values())
        if words in seen:
            value = ", ".join(word for word in words if word)
            finds.note("repeated-row", _REPEATED, "set aside", row=row, value=value)
            continue
        seen.add(words)
        kept.append((row, cells))
    return kept


def _take_communes(
    rows: list[Row], finds: Finds, communes: pd.DataFrame | None, moves: pd.DataFrame | None
) -> None:
    known = _known_codes(communes)
    steps = _steps(moves)
    for row, cells in _once(rows, finds):
        code = _code(cells["code"], row, finds)
        if code is None:
            finds.apart.append((None, cells.get("name", ""), cells["published"], row))
            continue
        if known and code not in known and not code.startswith(("751", "132", "6938")):
            today = _follow(code, steps)
            if today in known:
                reason = _MOVED.with_values(code=today)
                finds.note("commune-moved", reason, "repaired", row=row, value=code, record=today)
                code = str(today)
            else:
                finds.note("unknown-commune", _LEFT, "kept", row=row, value=code, record=code)
        finds.rows_kept += 1
        finds.add(
            "commune",
            code,
            cells.get("name") or None,
            cells["published"],
            row,
            field="zonage",
            order=_order(cells.get("order_date"), row, finds),
        )


def _code(text: str, row: int, finds: Finds) -> str | None:
    try:
        cleaned = clean_code(text, 5)
    except ValueError:
        cleaned = None
    if cleaned is None or not _COMMUNE.fullmatch(cleaned[0]):
        finds.note("bad-code", _BAD_CODE, "set aside", row=row, field="code", value=text[:60])
        return None
    code, restored = cleaned
    if restored:
        reason = _ZERO.with_values(code=code)
        finds.note("lost-zero", reason, "repaired", row=row, field="code", value=text, record=code)
    return code


def _order(date: str | None, row: int, finds: Finds) -> str | None:
    """The order's date names the order; the day of its entry into force is not that date."""
    try:
        day = parse_date(date)
    except ValueError:
        reason = T("La date de l'arrêté ne se lit pas.", "The order's date cannot be read.")
        finds.note("bad-date", reason, "kept", row=row, field="date_arrete", value=date)
        return None
    return f"arrêté du {day:%d/%m/%Y}" if day else None


def _known_codes(communes: pd.DataFrame | None) -> set[str]:
    if communes is None:
        return set()
    if "level" in communes.columns:
        communes = communes[communes["level"] == "commune"]
    return set(communes["code"].astype(str))


def _steps(moves: pd.DataFrame | None) -> dict[str, set[str]]:
    steps: dict[str, set[str]] = {}
    if moves is not None:
        for before, after in zip(moves["before"], moves["after"], strict=True):
            if before != after:
                steps.setdefault(str(before), set()).add(str(after))
    return steps


def _follow(code: str, steps: dict[str, set[str]]) -> str | None:
    """What a code that left the COG became; null where it was cut in several or goes round."""
    seen = {code}
    while code in steps:
        if len(steps[code]) != 1:
            return None
        code = next(iter(steps[code]))
        if code in seen:
            return None
        seen.add(code)
    return code


def _take_tvs(rows: list[Row], finds: Finds) -> None:
    for row, cells in _once(rows, finds):
        code = _tvs_code(cells["code"])
        if not code:
            reason = T("Le code du TVS manque.", "The TVS code is missing.")
            finds.note("bad-code", reason, "set aside", row=row, field="tvs")
            finds.apart.append((None, cells.get("name", ""), cells["published"], row))
            continue
        finds.rows_kept += 1
        order = _order(cells.get("order_date"), row, finds)
        name = cells.get("name") or None
        finds.add("tvs", code, name, cells["published"], row, field="zonage", order=order)


def _tvs_code(text: str) -> str:
    """A TVS code; the DREES fills codes shorter than five characters up with ``_``."""
    return re.sub(r"\.0$", "", text.strip()).rstrip("_").upper()


def _take_qpv(rows: list[Row], finds: Finds) -> None:
    for row, cells in _once(rows, finds):
        codes = [code.upper() for code in split_codes(cells["code"])]
        if not codes or not all(_is_qpv(code) for code in codes):
            finds.note(
                "bad-code", _BAD_QPV, "set aside", row=row, field="qpv", value=cells["code"][:60]
            )
            finds.apart.append((None, cells.get("name", ""), cells["published"], row))
            continue
        finds.rows_kept += 1
        name = cells.get("name") or None
        for code in codes:
            finds.add("qpv", code, name, cells["published"], row, field="zonage")


def _is_qpv(code: str) -> bool:
    try:
        qpv_generation_of(code)
    except LookupError:
        return False
    return True


def _tvs_of_communes(
    correspondence: str | Path | pd.DataFrame, finds: Finds
) -> list[tuple[str, str, int]]:
    """(commune, TVS, row) of each line of the correspondence."""
    found: Any
    if not isinstance(correspondence, str | Path):
        found = zip(correspondence["commune"], correspondence["tvs"], itertools.count(1))
    else:
        file = open_official(correspondence)
        anomalies = Anomalies()
        rows = table_rows(file, TVS_OF_COMMUNE_COLUMNS, ("commune", "tvs"), anomalies)
        finds.anomalies.extend(anomalies)
        found = ((cells["commune"], cells["tvs"], row) for row, cells in rows)
    pairs = []
    for commune, tvs, row in found:
        code = _code(str(commune), row, finds)
        if code is not None:
            pairs.append((code, _tvs_code(str(tvs)), row))
    return pairs


def _spread_to_communes(finds: Finds, pairs: list[tuple[str, str, int]]) -> None:
    """The TVS of each commune with its class: the order speaks of the TVS, not of the commune."""
    classes = {line[1]: line for line in finds.rows if line[0] == "tvs"}
    members: dict[str, list[str]] = {}
    for commune, tvs, _ in pairs:
        members.setdefault(tvs, []).append(commune)
    for tvs, inside in members.items():
        if tvs not in classes:
            reason = _NO_TVS_CLASS.with_values(code=tvs, n=len(inside), communes=listed(inside))
            finds.note("tvs-without-class", reason, "kept", value=tvs, record=tvs)
            continue
        _, _, _, zone_class, published, row, order = classes[tvs]
        finds.rows += [
            (TVS_OF_COMMUNE, commune, tvs, zone_class, published, row, order) for commune in inside
        ]
    for tvs in classes:
        if tvs not in members:
            finds.note("tvs-without-commune", _NO_COMMUNE, "kept", value=tvs, record=tvs)
