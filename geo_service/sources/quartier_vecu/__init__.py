"""Quartiers vécus as the ARS declare them: by structure (table) or by perimeter (polygons)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path

from geo_service.core.contracts import Layout, Progress, Source, no_progress
from geo_service.core.i18n import T
from geo_service.core.result import Reading
from geo_service.intake.archives import OfficialFile
from geo_service.intake.opening import open_as, provenance_of, recognised
from geo_service.intake.values import normalise
from geo_service.intake.vectors import SUFFIXES, list_layers

from .finds import POLYGON_COLUMNS, STRUCTURE_COLUMNS, Finds
from .polygons import read_polygons
from .structures import read_structures

__all__ = ["SOURCE", "read", "recognise"]

_TEXT = (".csv", ".txt", ".tsv")
_KEYS = {ours: frozenset(map(normalise, names)) for ours, names in POLYGON_COLUMNS.items()}
_FINESS_KEYS = frozenset(map(normalise, STRUCTURE_COLUMNS["finess"]))
_DECLARED = frozenset(
    map(normalise, ("date_declaration", "declarant", "declared_from", "declare_le", "declare_par"))
)
_MOST_COLUMNS = 12

_EXPECTED = T(
    "attendu : les colonnes finess et code_qp, ou des polygones avec date_declaration",
    "expected: the columns finess and code_qp, or polygons with date_declaration",
)


def recognise(path: Path) -> str | None:
    """``by-structure``, ``by-polygon`` or None, from the first bytes; never raises."""
    return recognised(path, _layout_of)


def _layout_of(file: OfficialFile) -> str | None:
    if file.compression == "zip":
        file = file.choose(suffixes=(*_TEXT, *SUFFIXES))
    if file.suffix in _TEXT:
        return _recognise_table(file)
    return _recognise_layer(file) if file.suffix in SUFFIXES else None


def _recognise_table(file: OfficialFile) -> str | None:
    line = file.head().decode("utf-8", "replace").lstrip("\ufeff").split("\n", 1)[0].strip()
    separator = max(";,\t|", key=line.count)
    names = {normalise(cell) for cell in next(csv.reader(io.StringIO(line), delimiter=separator))}
    declared = names & _DECLARED or names & _KEYS["code_qp"]
    if not names & _FINESS_KEYS or len(names) > _MOST_COLUMNS:
        return None  # the register itself has many more columns
    return "by-structure" if declared else None


def _recognise_layer(file: OfficialFile) -> str | None:
    if file.suffix in (".geojson", ".json"):
        head = file.head()
        if b'"FeatureCollection"' not in head:
            return None
        found = re.findall(rb'"([^"\\]{1,60})"\s*:', head)
        names = {normalise(name.decode("utf-8", "replace")) for name in found}
    else:
        names = {normalise(name) for layer in list_layers(file) for name in layer.fields}
    named = names & (_KEYS["code_qp"] | _KEYS["label"])
    return "by-polygon" if names & _KEYS["ident"] or (names & _DECLARED and named) else None


def read(
    path: str | Path,
    *,
    layout: str | None = None,
    source_id: str | None = None,
    vintage: dt.date | None = None,
    progress: Progress = no_progress,
) -> Reading:
    """Read declared quartiers vécus.

    Parameters
    ----------
    path
        A text table (a structure a row: FINESS number, QPV served, date, declarant) or a vector
        layer (a perimeter a feature), plain, gzipped or in a ZIP.
    layout
        ``by-structure`` or ``by-polygon``; null: recognised.
    source_id, vintage, progress
        As for every source.

    Returns
    -------
    Reading
        Table ``declared``, or table ``zones`` with ``zone_kind`` ``quartier_vecu`` and
        ``zone_class`` ``declared``. A declaration without a date is kept with a null date.

    Raises
    ------
    SourceError
        Neither of the two, damaged, or without one usable row.
    """
    file, known = open_as(path, SOURCE, layout, _layout_of, expected=_EXPECTED)
    progress("quartier_vecu", 0, None)
    if known == "by-structure":
        file = file.choose(suffixes=_TEXT)
        finds = Finds(file.label)
        name, (table, rows_read, kept) = "declared", read_structures(file, finds)
    else:
        file = file.choose(suffixes=SUFFIXES)
        finds = Finds(file.label)
        name, (table, rows_read, kept) = "zones", read_polygons(file, finds)
    progress("quartier_vecu", rows_read, rows_read)
    provenance = provenance_of(
        file,
        SOURCE,
        known,
        source_id=source_id or "quartier_vecu",
        vintage=vintage,
        rows_read=rows_read,
        rows_kept=kept,
    )
    return Reading(name, table, finds.anomalies, provenance)


SOURCE = Source(
    name="quartier_vecu",
    label=T("Quartiers vécus déclarés", "Declared quartiers vécus"),
    gives="declared",
    publisher="ARS",
    licence="Licence Ouverte 2.0",
    layouts=(
        Layout("by-structure", T("Déclarations par structure", "By structure"), tried=False),
        Layout("by-polygon", T("Périmètres déclarés", "By perimeter"), tried=False),
    ),
    recognise=recognise,
    read=read,
)
