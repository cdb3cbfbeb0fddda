"""Structures of the study and its margin, each in a commune, with the radius of its doubt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from ..core.crs import WGS84, transform
from ..core.errors import SourceError
from ..core.i18n import T
from ..core.result import Anomaly
from ..engine.territorial import project
from ..sources.finess import points_outside_commune
from ..sources.territories.filling import among
from .area import Area, settle_communes
from .description import Study
from .material import Material
from .places import Places


def prepare_structures(study: Study, material: Material, places: Places, area: Area) -> Any:
    """The structures that count in the study, or near it for proximity.

    Returns
    -------
    GeoDataFrame
        The typed table with ``settled`` (commune of the study's COG), ``inside`` (bool) and
        ``radius`` (metres; NaN when the precision is unknown).
    """
    readings = material.readings["finess"]
    if len(readings) > 1:
        raise SourceError(
            T(
                "Une étude lit un seul fichier FINESS ; celle-ci en nomme {n}.",
                "A study reads one FINESS file; this one names {n}.",
                n=len(readings),
            ),
            file=study.file,
            do=T(
                "Gardez le bon millésime (cs1100502 se joint par « with_502 »).",
                "Keep the right vintage (cs1100502 is joined with “with_502”).",
            ),
        )
    structures = readings[0].table
    structures = structures[structures["kind"].isin(study.kinds)].reset_index(drop=True)
    structures["settled"] = settle_communes(structures, area, places.renamed)
    inside = among(structures["settled"], area.communes)
    structures["inside"] = inside
    material.anomalies.extend(
        points_outside_commune(
            structures[inside],
            area.around,
            source_id=readings[0].provenance.source_id,
        )
    )
    kept = inside | _in_margin(structures, area, study.margin)
    _report_unplaced(structures[~kept & structures["settled"].isna()], material, readings[0])
    structures = structures[kept].reset_index(drop=True)
    structures["radius"] = _radius(structures, area)
    return structures


def _in_margin(structures: Any, area: Area, margin: int) -> Any:
    """Whether a structure lies within the margin of the box of the study's communes."""
    inside = area.around[among(area.around["code"], area.communes)]
    near = np.zeros(len(structures), dtype=bool)
    codes = structures["legal_crs"].to_numpy(dtype=float, na_value=np.nan)
    for code in inside["legal_crs"].dropna().unique():
        shapes = inside[(inside["legal_crs"] == code)].geometry.dropna().to_numpy()
        if not len(shapes):
            continue
        west, south, east, north = _box(shapes, int(code))
        chosen = np.flatnonzero(codes == code)
        x, y = transform(
            structures["lon"].to_numpy(dtype=float)[chosen],
            structures["lat"].to_numpy(dtype=float)[chosen],
            WGS84,
            int(code),
        )
        near[chosen] = (
            (x >= west - margin)
            & (x <= east + margin)
            & (y >= south - margin)
            & (y <= north + margin)
        )
    return near


_BULGE = 1_000.0
"""Metres by which a side of a commune's box in degrees may curve in a metric system: a side of
100 km curves by 200 m at most."""


def _box(shapes: Any, code: int) -> Any:
    """West, south, east and north of WGS84 shapes in a legal CRS, from the few that can touch it.

    A shape touches every side of its box in degrees, so its true extent lies between the corners of
    that box, but for the curve of its sides.
    """
    shapes = shapes[~shapely.is_empty(shapes)]
    if not len(shapes):
        return np.full(4, np.nan)
    west, south, east, north = shapely.bounds(shapes).T
    x, y = transform(
        np.concatenate([west, west, east, east]),
        np.concatenate([south, north, south, north]),
        WGS84,
        code,
    )
    sw, nw, se, ne = np.stack([x, y], axis=1).reshape(4, -1, 2)
    touching = np.zeros(len(shapes), dtype=bool)
    for axis, (first, second, outward) in (
        (0, (sw, nw, -1)),
        (1, (sw, se, -1)),
        (0, (se, ne, 1)),
        (1, (nw, ne, 1)),
    ):
        reach = outward * np.stack([first[:, axis], second[:, axis]])
        surely = np.nanmax(reach.min(axis=0)) - _BULGE
        touching |= reach.max(axis=0) + _BULGE >= surely
    return shapely.total_bounds(project(shapes[touching], code))


def _radius(structures: Any, area: Area) -> Any:
    """Metres around the position within which the true place lies.

    A position that decides nothing still lies in its commune: the radius then reaches the farthest
    vertex of the commune's contour.
    """
    radius = structures["precision_m"].to_numpy(dtype=float).copy()
    lon, lat = structures["lon"].to_numpy(dtype=float), structures["lat"].to_numpy(dtype=float)
    vague = np.flatnonzero(np.isinf(radius) & ~np.isnan(lon))
    wanted = area.around[area.around["code"].isin(structures["settled"].iloc[vague].dropna())]
    shapes = dict(zip(wanted["code"].tolist(), wanted.geometry, strict=True))
    for row in vague:
        shape = shapes.get(structures["settled"].iloc[row])
        code = structures["legal_crs"].iloc[row]
        if shape is None or shape.is_empty or code is None:
            continue
        x, y = transform(lon[row], lat[row], WGS84, int(code))
        corners = shapely.get_coordinates(project(np.asarray([shape]), int(code)))
        radius[row] = np.hypot(corners[:, 0] - x, corners[:, 1] - y).max()
    return radius


def _report_unplaced(lost: Any, material: Material, reading: Any) -> None:
    """List the structures that no territory could be found for: counted nowhere, lost nowhere."""
    columns = [lost[name].tolist() for name in ("file", "row", "commune", "structure_id")]
    for file, row, commune, structure_id in zip(*columns, strict=True):
        material.anomalies.add(
            Anomaly(
                source=reading.provenance.source_id,
                file=str(file),
                row=None if pd.isna(row) else int(row),
                field="commune",
                value=None if pd.isna(commune) else str(commune),
                code="no-territory",
                reason=T(
                    "Ni la commune ni la position ne placent la structure dans un territoire.",
                    "Neither the commune nor the position places the structure in a territory.",
                ),
                outcome="set aside",
                record=str(structure_id),
            )
        )
