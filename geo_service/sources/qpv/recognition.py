"""Is this a file of QPV? Told from the first bytes and the names of the columns."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from geo_service.intake.archives import OfficialFile, open_official
from geo_service.intake.values import normalise
from geo_service.intake.vectors import SUFFIXES, list_layers

from .columns import COLUMNS, DECLARED_MARKS

_CODE = re.compile(rb"\bQ(?:P[0-9A-Z]{3}\d{3}|N[0-9A-Z]{3}\d{2}[IMN])\b")
_CODES = frozenset(map(normalise, COLUMNS["code_qp"]))
_NAMES = frozenset(map(normalise, COLUMNS["lib_qp"]))
_MARKS = frozenset(map(normalise, DECLARED_MARKS))
_LIST = frozenset(
    normalise(name)
    for name in (
        *(spelling for spellings in COLUMNS.values() for spelling in spellings),
        *("lib_reg", "lib_dep", "siren_epci", "lib_epci", "siren_ept", "lib_ept", "epci"),
    )
)
_TEXT = (".csv", ".txt", ".tsv")


def recognise(path: Path) -> str | None:
    """The layout of a QPV file, or None for any other file; never raises."""
    try:
        file = open_official(path)
        if file.compression == "zip":
            return _first(_recognise_part(part) for part in _parts(file))
        return _recognise_part(file)
    except Exception:  # whatever a broken file provokes, it is not recognised
        return None


def _parts(file: OfficialFile) -> list[OfficialFile]:
    wanted = (*SUFFIXES, *_TEXT)
    names = [name for name in file.members if PurePosixPath(name).suffix.lower() in wanted]
    # Shapefiles tell their columns fastest; the layers of one ZIP are of one kind.
    names.sort(key=lambda name: (not name.lower().endswith(".shp"), name))
    return [replace(file, member=name) for name in names[:8]]


def _first(layouts: Iterable[str | None]) -> str | None:
    return next((layout for layout in layouts if layout is not None), None)


def _recognise_part(file: OfficialFile) -> str | None:
    if file.suffix in _TEXT:
        return _recognise_list(file)
    if file.suffix not in SUFFIXES:
        return None
    if file.suffix in (".geojson", ".json"):
        head = file.head()
        fields = {normalise(name.decode("utf-8", "replace")) for name in _keys(head)}
        if b'"FeatureCollection"' not in head and b'"features"' not in head:
            return None
    elif file.suffix == ".shp":
        head = _table_of_shapefile(file)
        fields = {normalise(name) for name in _dbf_fields(head)}
    else:
        layers = list_layers(file)
        fields = {normalise(name) for layer in layers for name in layer.fields}
        head = None
    if not fields & _CODES or fields & _MARKS:
        return None
    code = _CODE.search(head) if head is not None else None
    if head is None:
        return "perimetres-2024"
    if code is None:
        return None
    return "perimetres-2015" if code.group().startswith(b"QP") else "perimetres-2024"


def _keys(head: bytes) -> list[bytes]:
    return re.findall(rb'"([^"\\]{1,60})"\s*:', head)


def _table_of_shapefile(file: OfficialFile) -> bytes:
    """The first bytes of the attribute table that goes with a shapefile."""
    if file.member is None:
        stem = file.path.stem.lower()
        near = (other for other in file.path.parent.iterdir() if other.stem.lower() == stem)
        table = next((other for other in near if other.suffix.lower() == ".dbf"), None)
        return b"" if table is None else open_official(table).head()
    wanted = str(PurePosixPath(file.member).with_suffix(".dbf")).lower()
    member = next((name for name in file.members if name.lower() == wanted), None)
    return b"" if member is None else replace(file, member=member).head()


def fields_of_shapefile(file: OfficialFile) -> list[str]:
    """Names of the columns of a shapefile, from the head of its table; none where it has none."""
    return _dbf_fields(_table_of_shapefile(file))


def _dbf_fields(head: bytes) -> list[str]:
    """Names of the columns of a dBASE table: 32 bytes a column from byte 32 on."""
    names = []
    for start in range(32, min(len(head), 32 + 32 * 255), 32):
        if head[start] == 0x0D:
            break
        names.append(head[start : start + 11].split(b"\0")[0].decode("latin-1"))
    return names


def _recognise_list(file: OfficialFile) -> str | None:
    """The list has a code, a name and places, and nothing else: figures make it another file."""
    head = file.head().decode("utf-8", "replace").lstrip("\ufeff")
    line = head.split("\n", 1)[0].strip()
    separator = max(";,\t|", key=line.count)
    cells = next(csv.reader(io.StringIO(line), delimiter=separator), [])
    names = {normalise(cell) for cell in cells}
    if names & _CODES and names & _NAMES and names <= _LIST:
        return "liste"
    return None


def date_of(file: OfficialFile, vintage: dt.date | None) -> dict[str, Any]:
    """Vintage and its basis: as given, else a date in the name of the file or of a member."""
    if vintage is not None:
        return {"vintage": vintage, "vintage_basis": "study"}
    for name in (Path(file.name).name, *file.members):
        for digits in re.findall(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)", name):
            try:
                found = dt.date(*map(int, digits))
            except ValueError:
                continue
            return {"vintage": found, "vintage_basis": "file name"}
    return {"vintage": None, "vintage_basis": "unknown"}
