"""Zonage médecin: which class an order gives to a commune, a TVS or a QPV (table ``classes``)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_service.core.contracts import Layout, Progress, Source, no_progress
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T
from geo_service.core.result import Provenance, Reading
from geo_service.core.tables import CLASSES, check_table
from geo_service.intake.archives import OfficialFile, open_official
from geo_service.intake.values import normalise

from .found import Finds, listed
from .layouts import (
    COMMUNE_COLUMNS,
    QPV_COLUMNS,
    TVS_COLUMNS,
    read_communes,
    read_qpv,
    read_tvs,
    read_workbook,
)
from .postal import POSTAL_COLUMNS, read_postal
from .sheets import WORKBOOKS, open_workbook

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SOURCE", "read", "recognise"]

_TEXT = (".csv", ".txt", ".tsv")
_CODES = frozenset(map(normalise, COMMUNE_COLUMNS["code"]))
_TVS = frozenset(map(normalise, TVS_COLUMNS["code"]))
_QPV = frozenset(map(normalise, QPV_COLUMNS["code"]))
_QPV_NAMES = frozenset(
    name for name in map(normalise, QPV_COLUMNS["name"]) if "qp" in name or "quartier" in name
)
_POSTAL = frozenset(map(normalise, POSTAL_COLUMNS["postcode"]))
_SHEET = re.compile(r'<(?:\w+:)?sheet [^>]*?name="([^"]*)"')
_VALUE = re.compile(r"\b[1-8]_(?:QPV|GQ)_Z[IA][PC]\b")


def recognise(path: Path) -> str | None:
    """The layout of a zonage file from its first bytes, or None; never raises."""
    try:
        file = open_official(path)
        if file.compression == "zip":
            file = file.choose(suffixes=(*_TEXT, *WORKBOOKS))
        if file.suffix in WORKBOOKS:
            return _recognise_workbook(file)
        if file.suffix not in _TEXT:
            return None
        head = file.head().decode("utf-8", "replace")
        return _recognise_header(_header_of(head), head)
    except Exception:  # whatever a broken file provokes, it is not recognised
        return None


def _header_of(head: str) -> list[str]:
    line = head.lstrip("\ufeff").split("\n", 1)[0]
    separator = max(";,\t|", key=line.count)
    return next(csv.reader(io.StringIO(line.strip()), delimiter=separator), [])


def _recognise_header(header: list[str], head: str) -> str | None:
    names = {normalise(cell) for cell in header}
    zoned = any(
        name.startswith(("zonage", "zmedniveau", "qualificationattribuee")) for name in names
    ) or bool(names & {"zonemedecin", "zoneclass", "classezonage"})
    if not zoned:
        return None
    # A table of QPV that lacks their codes says so when it is read: its rows are no communes.
    if names & (_QPV | _QPV_NAMES) or any("attribueeauqpv" in name for name in names):
        return "zd-qpv"
    if names & _CODES:
        return "cartosante" if _VALUE.search(head) else "communes-code"
    if names & _TVS:
        return "tvs"
    return "communes-postal" if names & _POSTAL else None


def _recognise_workbook(file: OfficialFile) -> str | None:
    with file.extract_to_temp() as path, zipfile.ZipFile(path) as book:
        listing = book.read("xl/workbook.xml")[:1_000_000].decode("utf-8", "replace")
    sheets = {normalise(name) for name in _SHEET.findall(listing)}
    if sheets & {"zonagecommunes", "zonagetvs", "zonageqpv"}:
        return "dres-workbook"
    if "zdqpv" in sheets:
        return "zd-qpv"
    with open_workbook(file) as opened:
        for sheet in opened.worksheets[:5]:
            tops = list(sheet.iter_rows(values_only=True, max_row=30, max_col=100))
            said = " ".join(str(cell) for cells in tops for cell in cells if cell is not None)
            for cells in tops:
                header = [str(cell) for cell in cells if cell is not None]
                layout = _recognise_header(header, said)
                if layout is not None:
                    return layout
    return None


def read(
    path: str | Path,
    *,
    layout: str | None = None,
    source_id: str | None = None,
    vintage: dt.date | None = None,
    progress: Progress = no_progress,
    communes: pd.DataFrame | None = None,
    moves: pd.DataFrame | None = None,
    correspondence: str | Path | pd.DataFrame | None = None,
    profession: str = "médecin généraliste",
    order: str | None = None,
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
) -> Reading:
    """Read a zonage file.

    Parameters
    ----------
    path
        Text (plain, gz or in a ZIP) or XLSX.
    layout
        A name of ``SOURCE.layouts``; null: recognised.
    source_id, vintage, progress
        As for every source. Without ``vintage`` a date in the file's name is taken.
    communes
        Communes of one COG: ``code``, ``name``, ``departement`` (the territories table fits).
        Needed by ``communes-postal``, whose rows without it go to ``extra["unmatched"]``; with it,
        codes that left the COG are found out in the other layouts.
    moves
        Commune moves; with a column ``name_before`` former names are understood too.
    correspondence
        TVS of each commune, for ``tvs``: a file, or a table ``commune``, ``tvs``.
    profession, order, valid_from, valid_to
        What the file does not say: profession zoned, order (arrêté) and its days of validity,
        both included. Null dates stay null: the zoning then is in force at no known date.

    Returns
    -------
    Reading
        Table ``classes``. ``unit`` is ``commune``, ``tvs``, ``qpv``, or, for a published value
        that speaks of a part of a commune, ``commune-qpv`` or ``commune-grand-quartier`` with the
        code of that commune. ``extra["unmatched"]``: rows that could not be given a code.

    Raises
    ------
    SourceError
        Not a file of a known layout, or none of its rows can be used.
    """
    known = layout or recognise(Path(path))
    if known not in _LAYOUTS:
        open_official(path)  # a missing or damaged file has a better message
        raise SourceError(
            T(
                "Ce n'est pas un fichier de zonage médecin connu.",
                "This is no known file of the zonage médecin.",
            ),
            file=str(path),
            do=T(
                "Nommez sa disposition (layout) : {known}.",
                "Name its layout: {known}.",
                known=", ".join(_LAYOUTS),
            ),
        )
    progress("zonage", 0, None)
    file = open_official(path)
    if file.compression == "zip":
        file = file.choose(suffixes=(*_TEXT, *WORKBOOKS))
    finds = Finds(file.label, profession, order=order, valid_from=valid_from, valid_to=valid_to)
    if known == "communes-postal":
        read_postal(file, finds, communes, moves)
    elif known in ("communes-code", "cartosante"):
        read_communes(file, finds, communes, moves)
    elif known == "tvs":
        read_tvs(file, finds, correspondence)
    elif known == "zd-qpv":
        read_qpv(file, finds)
    else:
        read_workbook(file, finds, communes, moves)
    if finds.empty:
        raise SourceError(
            T("Aucune ligne du fichier n'est utilisable.", "No row of the file can be used."),
            file=file.label,
            do=_first_reason(finds),
        )
    table = check_table(finds.table(), CLASSES)
    unmatched = finds.unmatched()
    progress("zonage", finds.rows_read, finds.rows_read)
    return Reading(
        "classes",
        table,
        finds.anomalies,
        _provenance(file, known, finds, source_id, vintage, len(unmatched)),
        {"unmatched": unmatched},
    )


def _first_reason(finds: Finds) -> Any:
    again = T("Téléchargez-le à nouveau.", "Download it again.")
    return next((anomaly.reason for anomaly in finds.anomalies), again)


def _provenance(
    file: OfficialFile,
    layout: str,
    finds: Finds,
    source_id: str | None,
    vintage: dt.date | None,
    apart: int,
) -> Provenance:
    named = re.search(r"(20\d{2})(\d{2})(\d{2})", Path(file.name).name)
    basis: Any = "study" if vintage else "unknown"
    if vintage is None and named:
        try:
            vintage, basis = dt.date(*map(int, named.groups())), "file name"
        except ValueError:
            vintage = None
    odd = sorted({a.value or "" for a in finds.anomalies if a.code == "unknown-class"})
    note = T(
        "{kept} lignes rattachées, {apart} sans code ; classes hors liste : {odd}.",
        "{kept} rows given a code, {apart} without; classes not in the list: {odd}.",
        kept=finds.rows_kept,
        apart=apart,
        odd=listed(odd) or T("aucune", "none"),
    )
    return Provenance(
        source_id=source_id or "zonage",
        source="zonage",
        layout=layout,
        file=file.name,
        member=file.member,
        sha256=file.sha256,
        bytes=file.size,
        publisher=SOURCE.publisher,
        licence=SOURCE.licence,
        vintage=vintage,
        vintage_basis=basis,
        rows_read=finds.rows_read,
        rows_kept=finds.rows_kept,
        rows_set_aside=finds.rows_read - finds.rows_kept,
        tried_on_real_file=SOURCE.layout(layout).tried,
        note=note,
    )


SOURCE = Source(
    name="zonage",
    label=T("Zonage médecin", "Doctor zoning (zonage médecin)"),
    gives="classes",
    publisher="ARS, DREES, CartoSanté",
    licence="Licence Ouverte 2.0",
    layouts=(
        Layout(
            "communes-postal",
            T("Code postal, nom de commune, classe", "Postcode, commune name, class"),
            tried=True,
        ),
        Layout("communes-code", T("Code commune et classe", "Commune code and class"), tried=False),
        Layout("tvs", T("Classe par territoire de vie-santé", "Class by TVS"), tried=False),
        Layout("dres-workbook", T("Classeur national de la DREES", "DREES workbook"), tried=False),
        Layout("zd-qpv", T("Classe par QPV (ARS)", "Class by QPV (ARS)"), tried=False),
        Layout("cartosante", T("Export CartoSanté", "CartoSanté export"), tried=False),
    ),
    recognise=recognise,
    read=read,
    options={
        "communes": T("Table des communes d'un COG", "Table of the communes of one COG"),
        "moves": T("Mouvements de communes", "Commune moves"),
        "correspondence": T("TVS de chaque commune", "TVS of each commune"),
        "profession": T("Profession zonée", "Profession zoned"),
        "order": T("Arrêté", "Order (arrêté)"),
        "valid_from": T("En vigueur depuis", "In force since"),
        "valid_to": T("En vigueur jusqu'au", "In force until"),
    },
)
_LAYOUTS = tuple(layout.name for layout in SOURCE.layouts)
