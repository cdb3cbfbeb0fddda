"""Reading ``law/series/``: strict, every mistake named with its file and key.

A file is one perimeter of one producer, and holds the series counted on it. Its rows stand in the
file, or in a CSV beside it for the long tables. See docs/official.md.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_service.core.errors import RuleError
from geo_service.core.i18n import T

from .series import COLUMNS, KINDS, QUALIFIERS, UNITS, Increment, OfficialSeries, Perimeter
from .strict import STATUSES, Entry, files_of, name_taken, read_toml

if TYPE_CHECKING:
    import pandas as pd

_CSV = ("territory", "date", "value", "note_fr", "note_en")


def read_folder(folder: Path | Traversable) -> dict[str, OfficialSeries]:
    """Read and check every ``*.toml`` of a folder.

    Raises
    ------
    RuleError
        Unknown or missing key, wrong type or unit, a date or name that repeats, a CSV that does
        not fit, a perimeter that two files define.
    """
    found: dict[str, OfficialSeries] = {}
    perimeters: dict[str, str] = {}
    for file in files_of(folder):
        for series in _read_file(folder, file):
            before = perimeters.setdefault(series.perimeter.name, file.name)
            if before != file.name:
                raise RuleError(
                    T(
                        "Le périmètre « {p} » est déjà celui de {file}.",
                        "The perimeter “{p}” is that of {file} already.",
                        p=series.perimeter.name,
                        file=before,
                    ),
                    file=file.name,
                    field="perimeter.name",
                )
            if series.name in found:
                raise name_taken(series.name, found[series.name].file, file.name, "series.name")
            found[series.name] = series
    _check_increments(found)
    _check_overlaps(found)
    return found


def _check_overlaps(found: dict[str, OfficialSeries]) -> None:
    """Two series that count the same thing on one perimeter never say the same row twice."""
    held: dict[tuple[Any, ...], str] = {}
    for series in found.values():
        same = (series.perimeter.name, series.kind, series.measure)
        rows: Any = series.rows.itertuples()
        for row in rows:
            before = held.setdefault((*same, row.territory, row.date, row.item), series.name)
            if before != series.name:
                raise RuleError(
                    T(
                        "« {a} » et « {b} » se recouvrent au {date}.",
                        "“{a}” and “{b}” overlap on {date}.",
                        a=before,
                        b=series.name,
                        date=row.date.isoformat(),
                    ),
                    file=series.file,
                    field=f"{series.name}.measure",
                )


def _check_increments(found: dict[str, OfficialSeries]) -> None:
    for series in found.values():
        if series.increment is None:
            continue
        for key, name in (("of", series.increment.of), ("share_of", series.increment.share_of)):
            if name is not None and (
                name not in found or found[name].perimeter != series.perimeter
            ):
                raise RuleError(
                    T(
                        "« {name} » n'est pas une série de ce périmètre.",
                        "“{name}” is no series of this perimeter.",
                        name=name,
                    ),
                    file=series.file,
                    field=f"{series.name}.increment.{key}",
                )


def _read_file(folder: Path | Traversable, file: Path | Traversable) -> list[OfficialSeries]:
    head = read_toml(file)
    about = head.table("perimeter")
    perimeter = Perimeter(
        about.name(), about.text("label"), about.text("scope"), about.take("producer", str)
    )
    about.close()
    reference = head.take("reference", str)
    status = head.one_of("status", STATUSES)
    checked = head.take("checked", dt.date)
    tables = head.tables("series")
    head.close()
    found = []
    for number, table in enumerate(tables, start=1):
        name = table.get("name", number) if isinstance(table, dict) else number
        entry = Entry(table, file.name, f"series {name}")
        label, unit = entry.text("label"), entry.one_of("unit", UNITS)
        kind = entry.one_of("kind", KINDS) if entry.has("kind") else None
        own = entry.maybe("reference", str) or reference
        held, measure = entry.name(), entry.name("measure")
        increment = _increment(entry)
        rows = _rows(entry, folder, unit, own, entry.one_of("status", STATUSES, default=status))
        entry.close()
        found.append(
            OfficialSeries(
                held,
                label,
                unit,
                kind,
                measure,
                perimeter,
                own,
                checked,
                file.name,
                increment,
                rows,
            )
        )
    return found


def _increment(entry: Entry) -> Increment | None:
    if not entry.has("increment"):
        return None
    inner = entry.table("increment")
    since = inner.take("since", dt.date)
    found = Increment(inner.name("of"), since, inner.maybe("share_of", str))
    inner.close()
    return found


def _rows(
    entry: Entry, folder: Path | Traversable, unit: str, reference: str, status: str
) -> pd.DataFrame:
    import pandas as pd

    beside = entry.maybe("rows_in", str)
    tables = entry.tables("row") if beside is None else _csv_rows(entry, folder, beside)
    records: list[dict[str, Any]] = []
    seen: set[tuple[Any, ...]] = set()
    for number, table in enumerate(tables, start=1):
        row = Entry(table, entry.file, entry.key(f"row {number}"))
        record = _record(row, unit, reference, status)
        row.close()
        key = (record["territory"], record["date"], record["item"])
        if key in seen:
            raise row.refuse(
                "date",
                T(
                    "{territory} a déjà un chiffre au {date}.",
                    "{territory} has a figure on {date} already.",
                    territory=record["territory"],
                    date=record["date"].isoformat(),
                ),
            )
        seen.add(key)
        records.append(record)
    frame = pd.DataFrame(records, columns=list(COLUMNS))
    return frame.astype({"value": "float64"})


def _record(row: Entry, unit: str, reference: str, status: str) -> dict[str, Any]:
    date = row.take("date", dt.date)
    value: Any = row.take("value", (int, float, str))
    note = row.maybe_text("note")
    if isinstance(value, str):
        if value != "unknown":
            raise row.refuse("value", T("Un nombre ou « unknown ».", "A number, or “unknown”."))
        if note is None:
            raise row.refuse(
                "note", T("Un chiffre inconnu dit pourquoi.", "An unknown figure says why.")
            )
        value = None
    elif unit == "share" and not 0 <= value <= 1:
        raise row.refuse("value", T("Une part va de 0 à 1.", "A share is from 0 to 1."))
    elif not 0 <= value < 1e9:
        raise row.refuse("value", T("Hors des bornes.", "Out of bounds."))
    elif unit in ("structures", "quartiers", "persons") and value != int(value):
        raise row.refuse("value", T("Un entier est attendu.", "A whole number is expected."))
    return {
        "territory": row.territory(),
        "date": date,
        "value": value,
        "note": note,
        "item": row.maybe("item", str) or "",
        "qualifier": row.one_of("qualifier", QUALIFIERS, default="exact"),
        "status": row.one_of("status", STATUSES, default=status),
        "reference": row.maybe("reference", str) or reference,
        "said": row.maybe("said", str) or "",
    }


def _csv_rows(entry: Entry, folder: Path | Traversable, name: str) -> list[dict[str, Any]]:
    """Rows of the CSV beside a file, as the tables that the file could hold."""
    if "/" in name or "\\" in name or not name.endswith(".csv"):
        raise entry.refuse("rows_in", T("Un fichier .csv voisin.", "A .csv file beside it."))
    file = folder.joinpath(name)
    try:
        reader = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"), newline=""))
        lines = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise entry.refuse(
            "rows_in", T("{name} : {error}.", "{name}: {error}.", name=name, error=error)
        ) from error
    if tuple(reader.fieldnames or ()) != _CSV or not lines:
        raise RuleError(
            T("Colonnes attendues : {c}.", "Expected columns: {c}.", c=", ".join(_CSV)),
            file=name,
            row=1,
        )
    found: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=2):
        try:
            row: dict[str, Any] = {
                "territory": line["territory"],
                "date": dt.date.fromisoformat(line["date"]),
                "value": "unknown" if line["value"] == "unknown" else float(line["value"]),
            }
        except (ValueError, TypeError) as error:
            raise RuleError(
                T("Ligne illisible : {error}.", "Unreadable row: {error}.", error=error),
                file=name,
                row=number,
            ) from error
        if line["note_fr"] or line["note_en"]:
            row["note"] = {"fr": line["note_fr"], "en": line["note_en"]}
        found.append(row)
    return found
