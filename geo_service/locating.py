"""Locates millions of points: a CSV or Parquet file in, the same rows with their zones out.

Rows are read, answered and written in passes, so memory does not grow with their number. Every
column of the input is kept as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from .core.contracts import Progress, no_progress
from .core.crs import WGS84, transform
from .core.errors import SchemaError, SourceError
from .core.i18n import T
from .engine import SpatialIndex, TerritorialIndex
from .exchange.atomic import replacing

_PASS = 262_144
_ANSWERS = pa.array(["outside", "inside", "undetermined"])
_X_NAMES = ("lon", "longitude", "lng", "x", "coordx", "coordxet")
_Y_NAMES = ("lat", "latitude", "y", "coordy", "coordyet")
_NULLS = ("", "NA", "NaN", "nan", "null")


def locate_file(
    points: str | Path,
    out: str | Path,
    zones: Mapping[str, Any],
    *,
    x: str | None = None,
    y: str | None = None,
    crs: int = WGS84,
    precision: float | str | None = None,
    progress: Progress = no_progress,
) -> dict[str, int]:
    """Write every row of a file of points with the zones that hold it.

    Parameters
    ----------
    points
        CSV (UTF-8, comma or semicolon) or Parquet.
    out
        CSV or Parquet, by its suffix; written aside and renamed at the end.
    zones
        Layers by name: GeoDataFrames in any CRS with a column ``code`` (and ``zone_class`` for a
        zoning). Column ``<layer>`` gets the code of the first zone that holds the point (its
        class for a zoning), null outside; ``<layer>_zones`` how many zones hold it.
    x, y
        Columns of the coordinates; guessed from usual names.
    crs
        EPSG code of the coordinates.
    precision
        Metres within which the true place lies: a number or a column. Adds ``<layer>_answer``:
        inside, outside, undetermined (null where the precision is unknown).

    Returns
    -------
    dict
        ``rows``, ``located`` (rows with usable coordinates) and, by layer, ``in_<layer>``.

    Raises
    ------
    SourceError
        The file cannot be read as CSV or Parquet.
    SchemaError
        A column is missing, or is not a number.
    """
    points, out = Path(points), Path(out)
    batches, schema, total = _read(points)
    x, y = _coordinate(schema, x, _X_NAMES, points), _coordinate(schema, y, _Y_NAMES, points)
    if isinstance(precision, str) and precision not in schema.names:
        raise _missing(points, precision, schema.names)
    indexes = {
        name: _Layer(name, layer, crs, precision is not None) for name, layer in zones.items()
    }
    counted = {"rows": 0, "located": 0} | {f"in_{name}": 0 for name in indexes}
    with replacing(out) as aside, _Writer(aside, out.suffix) as writer:
        # One empty pass first, so that a file without rows still gets its columns.
        for batch in chain([_no_rows(schema)], batches):
            px, py = _numbers(batch, x, points), _numbers(batch, y, points)
            doubt = _doubt(batch, precision, points)
            columns = list(batch.columns)
            names = list(batch.schema.names)
            for name, layer in indexes.items():
                for column, values in layer.answer(px, py, doubt).items():
                    names.append(column)
                    columns.append(values)
                counted[f"in_{name}"] += layer.inside
            writer.write(pa.table(columns, names=_unique(names)))
            counted["rows"] += batch.num_rows
            counted["located"] += int((np.isfinite(px) & np.isfinite(py)).sum())
            progress("locate", counted["rows"], total)
    return counted


def _no_rows(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], type=f.type) for f in schema], schema=schema)


class _Layer:
    """One layer of zones, indexed in the CRS in which the points can be compared with it."""

    def __init__(self, name: str, zones: Any, crs: int, answers: bool) -> None:
        shaped = zones[~(zones.geometry.isna() | zones.geometry.is_empty)].reset_index(drop=True)
        self.name = name
        self.crs = crs
        if shaped.crs is None:
            raise SchemaError(
                T("La couche n'a pas de système de coordonnées.", "The layer has no CRS."),
                field=name,
            )
        self.zone_crs = int(shaped.crs.to_epsg() or 0)
        label: Any = "zone_class" if name == "zonage" and "zone_class" in shaped else "code"
        if label not in shaped:
            label = next((c for c in shaped.columns if c != shaped.geometry.name), None)
        values = [str(number) for number in range(len(shaped))] if label is None else shaped[label]
        self.labels = pa.array(
            [None if value is None or value != value else str(value) for value in values],
            pa.string(),
        )
        self.index = SpatialIndex(shaped)
        self.territorial = None
        if answers:
            if "legal_crs" not in shaped or self.zone_crs != WGS84:
                raise SchemaError(
                    T(
                        "La précision se mesure avec les couches d'un résultat (legal_crs).",
                        "Precision is measured with the layers of a result (legal_crs).",
                    ),
                    field=name,
                )
            self.territorial = TerritorialIndex(shaped)
        self.inside = 0

    def answer(
        self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], doubt: Any
    ) -> dict[str, pa.Array]:
        """The columns that this layer adds to a pass of points."""
        own_x, own_y = transform(x, y, self.crs, self.zone_crs)
        first, held = self.index.locate(own_x, own_y)
        self.inside = int((first >= 0).sum())
        taken = pa.array(first, mask=first < 0)
        found = {
            self.name: self.labels.take(taken),
            f"{self.name}_zones": pa.array(held.astype(np.int32)),
        }
        if self.territorial is not None:
            lon, lat = transform(x, y, self.crs, WGS84)
            said = self.territorial.classify(lon, lat, doubt)
            code = np.where(said.sure < 0, 2, said.sure).astype(np.int64)
            found[f"{self.name}_answer"] = _ANSWERS.take(pa.array(code, mask=~said.known))
        return found


def _read(points: Path) -> tuple[Iterator[pa.RecordBatch], pa.Schema, int | None]:
    if not points.is_file():
        raise SourceError(T("Ce fichier n'existe pas.", "This file does not exist."), file=points)
    try:
        if points.suffix.lower() in (".parquet", ".pq", ".geoparquet"):
            # Arrow reads ahead by default, and then keeps the whole file in memory.
            file = pq.ParquetFile(points, pre_buffer=False)
            return file.iter_batches(_PASS), file.schema_arrow, file.metadata.num_rows
        return _read_csv(points)
    except pa.ArrowInvalid as error:
        raise _unreadable(points, error) from error


def _read_csv(points: Path) -> tuple[Iterator[pa.RecordBatch], pa.Schema, None]:
    with points.open("rb") as file:
        head = file.readline(1_000_000)
    try:
        header = head.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError as error:
        raise _unreadable(points, error) from error
    separator = max(",;\t|", key=header.count)
    names = [name.strip().strip('"') for name in header.split(separator)]
    typed = {name: pa.string() for name in names}
    reader = pa_csv.open_csv(
        points,
        read_options=pa_csv.ReadOptions(block_size=16 << 20),
        parse_options=pa_csv.ParseOptions(delimiter=separator, newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(column_types=typed, strings_can_be_null=False),
    )
    return _batches(reader, points), reader.schema, None


def _batches(reader: Any, points: Path) -> Iterator[pa.RecordBatch]:
    try:
        yield from reader
    except pa.ArrowInvalid as error:
        raise _unreadable(points, error) from error


def _unreadable(points: Path, error: Exception) -> SourceError:
    return SourceError(
        T(
            "Ce fichier ne se lit pas comme un CSV (UTF-8) ou un Parquet : {error}.",
            "This file cannot be read as CSV (UTF-8) or Parquet: {error}.",
            error=str(error).splitlines()[0] if str(error) else type(error).__name__,
        ),
        file=points,
        do=T(
            "Vérifiez le séparateur, l'encodage et le suffixe.",
            "Check the separator, the encoding and the suffix.",
        ),
    )


def _coordinate(schema: pa.Schema, named: str | None, usual: Sequence[str], points: Path) -> str:
    if named is not None:
        if named not in schema.names:
            raise _missing(points, named, schema.names)
        return named
    lowered = {name.lower(): name for name in reversed(schema.names)}
    for name in usual:
        if name in lowered:
            return lowered[name]
    raise _missing(points, usual[0], schema.names)


def _missing(points: Path, column: str, there: Sequence[str]) -> SchemaError:
    return SchemaError(
        T(
            "Cette colonne manque ; il y a : {there}.",
            "This column is missing; there are: {there}.",
            there=", ".join(there[:20]),
        ),
        file=points,
        field=column,
        do=T("Nommez les coordonnées par --x et --y.", "Name the coordinates with --x and --y."),
    )


def _numbers(batch: pa.RecordBatch, name: str, points: Path) -> npt.NDArray[np.float64]:
    """A column as numbers; an empty cell is NaN, anything else that is no number is an error."""
    column = batch.column(name)
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        return column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    try:
        empty = pa.compute.is_in(
            pa.compute.utf8_trim_whitespace(column), value_set=pa.array(_NULLS)
        )
        return (
            pa.compute.if_else(empty, None, pa.compute.replace_substring(column, ",", "."))
            .cast(pa.float64())
            .to_numpy(zero_copy_only=False)
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise SchemaError(
            T(
                "La colonne n'est pas faite de nombres ({error}).",
                "The column is not made of numbers ({error}).",
                error=str(error).splitlines()[0],
            ),
            file=points,
            field=name,
        ) from error


def _doubt(batch: pa.RecordBatch, precision: float | str | None, points: Path) -> Any:
    if isinstance(precision, str):
        return _numbers(batch, precision, points)
    return np.full(batch.num_rows, math.nan if precision is None else precision)


def _unique(names: Sequence[str]) -> list[str]:
    """Column names, each once: an input column of the same name keeps it."""
    taken: list[str] = []
    for name in names:
        free, number = name, 2
        while free in taken:
            free, number = f"{name}_{number}", number + 1
        taken.append(free)
    return taken


class _Writer:
    """Writes passes to CSV or Parquet."""

    def __init__(self, path: Path, suffix: str) -> None:
        self._path = path
        self._parquet = suffix.lower() in (".parquet", ".pq", ".geoparquet")
        self._writer: Any = None

    def write(self, table: pa.Table) -> None:
        if self._writer is None:
            self._writer = (
                pq.ParquetWriter(self._path, table.schema)
                if self._parquet
                else pa_csv.CSVWriter(self._path, table.schema)
            )
        self._writer.write_table(table)

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *problem: object) -> None:
        if self._writer is not None:
            self._writer.close()
        elif problem[0] is None:
            self._path.touch()
