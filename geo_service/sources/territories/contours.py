"""Contours of communes, EPCI, départements and régions, in the spellings of their publishers.

GeoParquet is read by columns: codes first, then only the shapes that are wanted. A regional study
so pays for its own communes, not for the 34,932 of the country.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import CRS, Transformer

from geo_service.core.crs import read_crs
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text
from geo_service.core.result import Anomalies, Anomaly
from geo_service.intake import ahead
from geo_service.intake.archives import OfficialFile
from geo_service.intake.bounds import MAX_MEMBER_BYTES
from geo_service.intake.geometries import boxes_near, misplaced, refuse_misplaced_layer, repair
from geo_service.intake.values import match_columns, parse_floats
from geo_service.intake.vectors import begin_layer, read_layer

from .codes import DEPARTEMENT, REGION, as_territories, codes_among, sound_codes
from .spellings import ALIASES, LEVEL

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Wanted:
    """Which communes to keep: those of any of these. All null: every one."""

    departements: frozenset[str] | None = None
    codes: frozenset[str] | None = None
    bbox: tuple[float, float, float, float] | None = None
    """(west, south, east, north), degrees: communes whose own box meets it."""

    @property
    def everything(self) -> bool:
        """Whether no commune is left out."""
        return self.departements is None and self.codes is None and self.bbox is None


@dataclass(frozen=True)
class Near:
    """What a study needs sound contours of: a territory (``region:76``) and metres around it."""

    territory: str
    margin: int

    def tested(self, table: Any, box: Any) -> Any:
        """Which shapes of a ``territories`` table lie so near that they are tested, by their bounds
        in EPSG:4326.

        All of them where the table does not tell which communes the territory has.
        """
        level, _, code = self.territory.partition(":")
        own = np.zeros(len(table), dtype=bool)
        if level in table and level in LEVEL.values():
            own = (table["code" if level == "commune" else level] == code).to_numpy(dtype=bool)
        if not own.any():
            return np.ones(len(table), dtype=bool)
        # Twice the margin: other files of the study may count a few more communes in.
        where = table["departement"].to_numpy(dtype=object)
        return boxes_near(box, own, where, 2 * self.margin + _AROUND)


_AROUND = 10_000
"""Metres beyond the margin in which contours are tested all the same."""


@dataclass
class Contours:
    """What a file of contours holds: rows with their shapes, and what else it tells."""

    table: Any
    everywhere: Any
    """All rows of the file, also those that were not wanted, without shapes."""
    rows: int
    label: str
    untested: int = 0
    """Shapes far from the study, whose validity was not tested."""


def read_contours(
    file: OfficialFile,
    layout: str,
    anomalies: Anomalies,
    wanted: Wanted,
    *,
    layer: str | None = None,
    member: str | None = None,
    default_crs: Any = None,
    year: int | None = None,
    near: Near | None = None,
) -> Contours:
    """Contours of one level as rows of ``territories``, in EPSG:4326.

    They are valid; of communes, with ``near``, those near that territory are.
    """
    level = LEVEL[layout]
    if level != "commune":
        wanted = Wanted()
    rows, shapes, crs, label, placed = (
        _load_parquet(file, layout, default_crs)
        if _is_parquet(file)
        else _load_layer(file, layout, anomalies, layer, member, default_crs)
    )
    total = len(rows)
    year = year or rows.attrs.get("year")
    rows["at"] = np.arange(total)
    rows = sound_codes(_tidy(rows, level), level, label, anomalies)
    _refuse_negative(rows, label, anomalies)
    everywhere = as_territories(rows, level, label, year)
    keep = np.full(len(rows), wanted.everything)
    if wanted.departements is not None:
        keep |= everywhere["departement"].isin(wanted.departements).to_numpy()
    if wanted.codes is not None:
        keep |= everywhere["code"].isin(wanted.codes).to_numpy()
    if wanted.bbox is not None:
        keep |= _meets(shapes(rows["at"].to_numpy()), crs, wanted.bbox)
    kept = rows[keep]
    table = (everywhere[keep] if not keep.all() else everywhere).reset_index(drop=True)
    drawn = shapes(kept["at"].to_numpy())
    box = shapely.bounds(drawn)
    tested = None
    if near is not None and level == "commune" and crs.to_epsg() == 4326:
        tested = near.tested(table, box)
    table["geometry"] = _sound(drawn, None if placed else box, crs, kept, label, anomalies, tested)
    untested = 0 if tested is None else int((~tested).sum())
    return Contours(table, everywhere, total, label, untested)


Shapes = Callable[[Any], Any]
"""Positions in the file → an array of shapely geometries."""
Loaded = tuple["pd.DataFrame", Shapes, Any, str, bool]
"""The last: whether misplaced shapes were set aside already."""


def _is_parquet(file: OfficialFile) -> bool:
    return file.compression != "zip" and file.head(4) == b"PAR1"


def _load_layer(
    file: OfficialFile,
    layout: str,
    anomalies: Anomalies,
    layer: str | None,
    member: str | None,
    default_crs: Any,
) -> Loaded:
    frame = read_layer(
        file,
        layer,
        member=member,
        source="territories",
        anomalies=anomalies,
        aliases=ALIASES[layout],
        required=["code"],
        default_crs=default_crs,
    )
    inside = frame.attrs.get("member")
    label = f"{file.name}/{inside}" if inside and not file.member else file.label
    geometry = frame.geometry.to_numpy()
    return frame.drop(columns="geometry"), lambda at: geometry[at], frame.crs, label, True


@dataclass(frozen=True)
class _Columns:
    """The columns wanted of a GeoParquet file: ``found`` are theirs by our names."""

    table: Any
    found: dict[str, str]
    shapes: str
    crs: Any


def begin_contours(file: OfficialFile, layout: str, member: str | None = None) -> bool:
    """Have the file read ahead, beside other work; whether it was begun."""
    if _is_parquet(file):
        return ahead.begin(_read_columns, file, layout)
    return begin_layer(file, member)


def _read_columns(file: OfficialFile, layout: str) -> _Columns:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with file.extract_to_temp() as path, pq.ParquetFile(path) as held:
            about = json.loads((held.schema_arrow.metadata or {}).get(b"geo", b"{}"))
            main = about.get("primary_column", "geometry")
            names = [name for name in held.schema_arrow.names if name != main]
            found = match_columns(names, ALIASES[layout], required=["code"], file=file.label)
            size = sum(
                held.metadata.row_group(at).total_byte_size
                for at in range(held.metadata.num_row_groups)
            )
            if main not in held.schema_arrow.names or size > MAX_MEMBER_BYTES:
                raise ValueError(f"geometry {main!r}, {size} bytes")
            # One row group: several threads only fight for memory, and take five times as long.
            table = held.read(columns=[*found.values(), main], use_threads=False)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(
            T("GeoParquet illisible ({why}).", "Unreadable GeoParquet ({why}).", why=_first(error)),
            file=file.label,
            do=T("Téléchargez-le à nouveau.", "Download it again."),
        ) from error
    crs = about.get("columns", {}).get(main, {}).get("crs", 4326)
    return _Columns(table, found, main, crs)


def _load_parquet(file: OfficialFile, layout: str, default_crs: Any) -> Loaded:
    """One layer, and no archive; its faults are found in the shapes."""
    import pyarrow as pa

    held = ahead.result_of(_read_columns, file, layout)
    table, found, main = held.table, held.found, held.shapes
    if table.num_rows == 0:
        raise SourceError(
            T("La couche ne contient aucun objet.", "The layer holds no feature."),
            file=file.label,
            do=T("Téléchargez-le à nouveau.", "Download it again."),
        )
    rows = table.drop_columns([main]).to_pandas()
    rows = rows[list(found.values())].set_axis(list(found), axis=1)
    rows["row"] = np.arange(1, len(rows) + 1)
    if year := re.search(r"(20\d\d)", found.get("population", "")):
        rows.attrs["year"] = int(year.group(1))
    crs = held.crs or default_crs or 4326
    binary = table[main]

    def shapes(at: Any) -> Any:
        every = len(at) == len(binary) and bool((np.diff(at) == 1).all())
        wkb = (binary if every else binary.take(pa.array(at))).to_numpy(zero_copy_only=False)
        with np.errstate(invalid="ignore"):  # a NaN in a shape is an anomaly, told later
            return shapely.from_wkb(wkb, on_invalid="ignore")

    return rows, shapes, read_crs(crs), file.label, False


def _first(error: BaseException) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def _tidy(rows: pd.DataFrame, level: str) -> pd.DataFrame:
    """Text columns stripped; what is no code of its kind (``REUNION``, ``NR``) becomes null."""
    import pandas as pd

    rows = rows.copy()
    if "name" in rows:
        name = rows["name"].astype("str").str.strip()
        rows["name"] = name.mask(name == "")
    for column, pattern in (("departement", DEPARTEMENT), ("region", REGION)):
        if column in rows:
            rows[column] = codes_among(rows[column], pattern)
    if level == "commune" and "epci" in rows:
        # Métropole du Grand Paris: "200054781/200058519", the EPCI and then the EPT.
        places, known = pd.factorize(rows["epci"].astype("str"))
        siren = known.to_series().str.strip().str.slice(0, 9)
        siren = siren.where(siren.str.fullmatch(r"\d{9}"))
        rows["epci"] = siren.array.take(places, allow_fill=True)
    if "population" in rows and not pd.api.types.is_numeric_dtype(rows["population"]):
        rows["population"] = parse_floats(rows["population"].astype("str"))[0]
    return rows


def _refuse_negative(rows: pd.DataFrame, label: str, anomalies: Anomalies) -> None:
    if "population" not in rows:
        return
    wrong = (rows["population"] < 0) | np.isinf(rows["population"].astype("float64"))
    bad = rows[wrong]
    for row, value, code in zip(bad["row"], bad["population"], bad["code"], strict=True):
        anomalies.add(
            Anomaly(
                "territories",
                label,
                int(row),
                "population",
                str(value),
                "unreadable-number",
                T("Population impossible ; laissée vide.", "Impossible population; left empty."),
                "kept",
                record=str(code),
            )
        )
    rows["population"] = rows["population"].mask(wrong)


def _meets(shapes: Any, crs: CRS, bbox: tuple[float, float, float, float]) -> Any:
    west, south, east, north = bbox
    if crs.to_epsg() != 4326:
        box = Transformer.from_crs(4326, crs, always_xy=True).transform_bounds(*bbox)
        west, south, east, north = box
    x0, y0, x1, y1 = shapely.bounds(shapes).T
    return (x0 <= east) & (x1 >= west) & (y0 <= north) & (y1 >= south)


def _sound(
    shapes: Any,
    box: Any,
    crs: CRS,
    rows: pd.DataFrame,
    label: str,
    anomalies: Anomalies,
    tested: Any = None,
) -> Any:
    """The shapes as valid polygons in EPSG:4326, null where there is none; each repair listed.

    ``box`` are their bounds, null where they are known to lie where they should; ``tested``: see
    :func:`~geo_service.intake.geometries.repair`.
    """
    import geopandas as gpd

    faults = [None] * len(shapes) if box is None else misplaced(shapes, crs, box)
    refuse_misplaced_layer(faults, crs, label)
    bad = np.array([fault is not None for fault in faults], dtype=bool)
    shapes = np.where(bad, None, shapes)
    fixed, notes = repair(shapes, tested)
    for at in np.flatnonzero(bad | (notes["status"] != "valid").to_numpy()):
        fault = faults[at]
        code, reason = (
            fault if fault else _said(str(notes.at[at, "status"]), str(notes.at[at, "reason"]))
        )
        row = rows.iloc[at]
        point = None if fixed[at] is None else _lonlat(fixed[at], crs)
        anomalies.add(
            Anomaly(
                "territories",
                label,
                int(row["row"]),
                "geometry",
                None,
                code,
                reason,
                "repaired" if fixed[at] is not None else "kept",
                lon=point[0] if point else None,
                lat=point[1] if point else None,
                record=str(row["code"]),
            )
        )
    geometry = gpd.GeoSeries(fixed, crs=crs)
    if crs.to_epsg() == 4326:
        return geometry.set_crs(4326, allow_override=True)
    # A valid ring may cross itself by a rounding once it is carried to another CRS.
    return gpd.GeoSeries(repair(geometry.to_crs(4326).to_numpy())[0], crs=4326)


def _said(status: str, reason: str) -> tuple[str, Text]:
    if status == "repaired":
        return "invalid-geometry", T(
            "Géométrie invalide ({why}), réparée.",
            "Invalid geometry ({why}), repaired.",
            why=reason,
        )
    return "no-geometry", T(
        "Pas de contour utilisable ({why}) ; le territoire est gardé sans contour.",
        "No usable contour ({why}); the territory is kept without one.",
        why=reason,
    )


def _lonlat(shape: Any, crs: CRS) -> tuple[float, float]:
    point = shapely.point_on_surface(shape)
    lon, lat = Transformer.from_crs(crs, 4326, always_xy=True).transform(point.x, point.y)
    return float(lon), float(lat)
