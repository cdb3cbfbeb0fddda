"""Declarations by perimeter: polygons with the QPV served, dates, declarant."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from pyproj import CRS

from geo_service import rules
from geo_service.core.crs import LEGAL, legal_crs_at, transformer
from geo_service.core.i18n import T
from geo_service.core.tables import ZONES, check_table, shape_table
from geo_service.intake.archives import OfficialFile
from geo_service.intake.geometries import repair
from geo_service.intake.values import split_codes
from geo_service.intake.vectors import read_layer

from .finds import POLYGON_COLUMNS, Finds

_COMMUNE = re.compile(r"(\d{2}|2[AB])\d{3}")
_REPAIRED = T("Polygone invalide ({why}), réparé.", "Invalid polygon ({why}), repaired.")
_NO_AREA = T("Le polygone n'a pas de surface ({why}).", "The polygon has no area ({why}).")
_ABROAD = T(
    "Le polygone n'est dans aucun territoire français.", "The polygon is in no French territory."
)
_SAME_ID = T("Cet identifiant figure déjà plus haut.", "This id already stands above.")


def read_polygons(file: OfficialFile, finds: Finds) -> tuple[Any, int, int]:
    """Table ``zones`` of the perimeters, rows read and rows kept."""
    import geopandas as gpd

    frame = read_layer(
        file,
        source="quartier_vecu",
        anomalies=finds.anomalies,
        aliases=POLYGON_COLUMNS,
        required=(),
    )
    rows_read = len(frame) + finds.lost
    metres = _precision(CRS.from_user_input(frame.crs))
    mended, notes = repair(frame.geometry)
    settled, _ = repair(gpd.GeoSeries(mended, crs=frame.crs).to_crs(4326))
    box = gpd.GeoSeries(settled, crs=4326).bounds.to_numpy()
    legal = legal_crs_at(box[:, [0, 2]].mean(axis=1), box[:, [1, 3]].mean(axis=1))
    names = [name for name in frame.columns if name != "geometry"]
    lines: list[dict[str, Any]] = []
    seen: set[str] = set()
    for at, values in enumerate(frame[names].to_dict("records")):
        row = int(values.pop("row"))
        cells = {name: _text(value) for name, value in values.items()}
        status, why = notes["status"].iloc[at], notes["reason"].iloc[at]
        record = cells.get("ident") or cells.get("code_qp") or None
        if settled[at] is None:
            reason = _NO_AREA.with_values(why=why)
            finds.note("zero-area", reason, "set aside", row, "geometry", None, record)
            continue
        if legal[at] == 0:
            finds.note("outside-territory", _ABROAD, "set aside", row, "geometry", None, record)
            continue
        if cells.get("ident") and cells["ident"] in seen:
            finds.note("duplicate-id", _SAME_ID, "set aside", row, "id_qv", cells["ident"], record)
            continue
        if status == "repaired":
            reason = _REPAIRED.with_values(why=why)
            finds.note("invalid-geometry", reason, "repaired", row, "geometry", None, record)
        line = _zone(cells, row, seen, finds)
        line.update(
            legal_crs=int(legal[at]),
            precision_m=metres,
            repair=f"{status}: {why}" if status != "valid" else None,
            geometry=settled[at],
        )
        lines.append(line)
    if not lines:
        raise finds.refuse_empty()
    zones = gpd.GeoDataFrame(lines, geometry="geometry", crs=4326)
    return check_table(shape_table(zones, ZONES), ZONES), rows_read, len(lines)


def _zone(cells: dict[str, str], row: int, seen: set[str], finds: Finds) -> dict[str, Any]:
    served = finds.qpv(cells.get("code_qp", ""), row, cells.get("ident"))
    code = cells.get("ident") or (f"QV-{served[0]}" if served else f"QV-{row}")
    ident, number = code, 2
    while ident in seen:  # several perimeters may serve one QPV
        ident, number = f"{code}-{number}", number + 1
    seen.add(ident)
    since, until = finds.span(cells, row, ident)
    communes = [part for part in split_codes(cells.get("insee_com")) if _COMMUNE.fullmatch(part)]
    return {
        "zone_id": ident,
        "zone_kind": "quartier_vecu",
        "code": served[0] if served else ident,
        "name": cells.get("label") or None,
        "zone_class": "declared",
        "communes": " ".join(communes) or None,
        "departement": served[0][2:5].removeprefix("0") if served else None,
        "valid_from": since,
        "valid_to": until,
        "file": finds.file,
        "row": row,
    }


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _precision(crs: CRS) -> float:
    """Metres lost on the way to the legal CRS: none from WGS 84 or from a legal CRS."""
    own = rules.zone_file_precision("quartier-vecu-by-polygon")
    epsg = crs.to_epsg(min_confidence=25)
    geodetic = crs.geodetic_crs
    if epsg in {legal.epsg for legal in LEGAL} or (geodetic and geodetic.to_epsg() == 4326):
        return own
    accuracy = transformer(epsg, 4326).accuracy if epsg else -1.0
    return float(np.nan) if accuracy < 0 else max(own, float(accuracy))
