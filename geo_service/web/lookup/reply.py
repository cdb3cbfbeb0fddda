"""The table that goes back to a visitor: every row, with what was found, in CSV or XLSX."""

from __future__ import annotations

import csv
import io
import math
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...core.schema import Dtype
from ...exchange.cells import guard_formula, to_cells
from ...exchange.credit import Credit
from ...outputs.xlsx import write as write_xlsx
from ..uploads import Cell
from .batch import Batch
from .zones import Lookup

Floats = npt.NDArray[np.float64]

_PLAIN_NUMBER = re.compile(r"[+-]?\d{1,18}(?:[.,]\d{1,18})?(?:[eE][+-]?\d{1,3})?")
_DTYPES: dict[str, Dtype] = {"float64": "number", "Int64": "integer"}


def result_table(batch: Batch) -> pd.DataFrame:
    """Every row of the file, its own columns first, then what was found; bad rows say why.

    Columns that are added: ``row`` (line of the file), ``problem``, ``lon``, ``lat``,
    ``precision_m`` (INF where the position decides nothing), for addresses ``found_address``,
    ``score`` and ``position``; ``commune``, ``epci``, ``departement``, ``region``; for each layer
    its name (code of the zone), ``…_answer`` and ``…_metres`` (to the limit of the QPV, negative
    inside); ``zonage`` and ``zonage_answer``; ``nearest_msp``, ``…_name``, ``…_metres``, the same
    for CDS. A name that the file has already gets a number.
    """
    upload, found, size = batch.upload, batch.found, len(batch.upload.rows)
    extra = list(upload.bad)
    total = size + len(extra)
    table: dict[str, Any] = {}
    for place, name in enumerate(upload.columns):
        cells = [row[place] for row in upload.rows]
        table[_free(table, name)] = _own_column(cells, len(extra))

    def put(name: str, values: Any, dtype: Any) -> None:
        spread = np.full(total, None, dtype=object)
        spread[batch.used] = np.array(values, dtype=object)
        table[_free(table, name)] = pd.Series(spread).astype(dtype)

    numbers = [*upload.numbers, *(bad.row for bad in extra)]
    table[_free(table, "row")] = pd.Series(numbers, dtype="Int64")
    problems: dict[int, str] = {}
    for bad in batch.bad:
        said = bad.reason.say()
        said = f"{bad.field} : {said}" if bad.field else said
        problems[bad.row] = f"{problems[bad.row]} {said}" if bad.row in problems else said
    table[_free(table, "problem")] = pd.Series([problems.get(n) for n in numbers]).astype("str")
    put("lon", np.round(found.lon, 7), "float64")
    put("lat", np.round(found.lat, 7), "float64")
    put("precision_m", found.precision, "float64")
    if batch.places:
        there = [batch.places[row] for row in batch.used]
        put("found_address", [place.label for place in there], "str")
        put("score", [place.score for place in there], "float64")
        put("position", [place.position.name for place in there], "str")
    parents = [_parents(batch.lookup, int(place)) for place in found.commune.zone]
    for level in ("commune", "epci", "departement", "region"):
        put(level, [row.get(level) for row in parents], "str")
    for name, held in found.layers.items():
        codes = held.table["code"].to_numpy(dtype=object)
        put(
            name,
            [
                codes[zone] if sure == 1 and zone >= 0 else None
                for zone, sure in zip(held.zone, held.sure, strict=True)
            ],
            "str",
        )
        put(f"{name}_answer", held.answer, "str")
        if name.startswith("qpv_"):
            put(f"{name}_metres", _finite(held.metres), "float64")
    if batch.lookup.has_zonage:
        sure = found.zone_class_sure
        shown = [it if told else None for it, told in zip(found.zone_class, sure, strict=True)]
        put("zonage", shown, "str")
        put("zonage_answer", ["inside" if told else "undetermined" for told in sure], "str")
    for kind, (places, metres) in found.nearest.items():
        rows = places[:, 0]
        low = kind.lower()
        for column, name in (("finess", f"nearest_{low}"), ("name", f"nearest_{low}_name")):
            values = batch.lookup.structures[column].to_numpy(dtype=object)
            put(name, [values[at] if at >= 0 else None for at in rows], "str")
        put(f"nearest_{low}_metres", _finite(metres[:, 0]), "float64")
    return pd.DataFrame(table)


def _finite(metres: Floats) -> list[float | None]:
    return [round(float(way), 1) if math.isfinite(way) else None for way in metres]


def _parents(lookup: Lookup, place: int) -> dict[str, Any]:
    if place < 0:
        return {}
    row = lookup.parents(place)
    row["commune"] = row["code"]
    return {k: None if v != v else v for k, v in row.items()}


def _free(taken: dict[str, Any], name: str) -> str:
    """A name that no column has, whatever its case."""
    folded = {known.casefold() for known in taken}
    free, number = name, 2
    while free.casefold() in folded:
        free, number = f"{name}_{number}", number + 1
    return free


def _own_column(cells: list[Cell], more: int) -> Any:
    """A column of the visitor's: numbers where a workbook holds nothing but numbers, else text."""
    there = [cell for cell in cells if cell is not None and cell != ""]
    numbers = [cell for cell in there if isinstance(cell, int | float)]
    if there and len(numbers) == len(there) and not any(isinstance(c, bool) for c in numbers):
        values = [float(cell) if isinstance(cell, int | float) else None for cell in cells]
        return pd.Series([*values, *[None] * more], dtype="float64")
    words = [None if cell is None else str(cell) for cell in cells]
    return pd.Series([*words, *[None] * more]).astype("str")


def as_csv(table: pd.DataFrame) -> bytes:
    """The table as CSV (UTF-8, comma) that no spreadsheet runs: names of columns included."""
    columns = []
    for name in table.columns:
        values = table[name]
        dtype = _DTYPES.get(str(values.dtype), "text")
        plain = [None if value is pd.NA or value != value else value for value in values]
        if dtype == "text":
            columns.append([_guarded(value) for value in plain])
        else:
            columns.append(to_cells(plain, dtype))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_guarded(str(name)) for name in table.columns])
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue().encode("utf-8", "replace")


def _guarded(value: str | None) -> str:
    """A cell as it was, with an apostrophe before what would run; a number runs nothing."""
    if value is None or value == "":
        return ""
    return value if _PLAIN_NUMBER.fullmatch(value) else guard_formula(value)


def as_xlsx(table: pd.DataFrame, credit: Credit) -> bytes:
    """The table as a workbook of text and number cells, with its source on the second sheet."""
    with tempfile.TemporaryDirectory(prefix="geo_service-") as folder:
        path = Path(folder) / "result.xlsx"
        write_xlsx(table, path, credit=credit, name="result")
        return path.read_bytes()
