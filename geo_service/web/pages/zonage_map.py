"""The communes with a QPV, drawn as SVG: one drawing for each legal CRS, in its metres."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from ...atlas import Atlas
from ...drawing.escape import escaped
from ...drawing.palette import stroke_of
from ...engine.territorial import project

_WIDTH, _HEIGHT = 640.0, 480.0
_FINE = 0.6
"""Pixels within which a drawn contour may be off."""


def drawings(atlas: Atlas, communes: Any, title: str) -> list[str]:
    """One SVG for each territory of measurement that the result has.

    Parameters
    ----------
    communes
        Rows of :func:`~geo_service.zoning.communes_with_qpv`.
    title
        What the drawing shows, for those who do not see it.
    """
    held = atlas.stored.layer_names()
    ground = atlas.layer("departements" if "departements" in held else "communes")
    frames = ground.geometry.to_numpy(), ground["legal_crs"].to_numpy(dtype=float)
    table = atlas.layer("communes")
    epsg = dict(zip(table["code"], table["legal_crs"], strict=True))
    own = np.array([epsg[code] for code in communes["commune"]], dtype=float)
    found = []
    for code in np.unique(frames[1][~np.isnan(frames[1])]):
        outline = frames[0][frames[1] == code]
        rows = np.flatnonzero(own == code)
        drawing = _drawing(outline, communes, rows, int(code), title)
        if drawing:
            found.append(drawing)
    return found


def _drawing(outline: Any, communes: Any, rows: Any, code: int, title: str) -> str:
    drawn = ~(shapely.is_missing(outline) | shapely.is_empty(outline))
    frames = project(outline[drawn], code)
    if not len(frames):
        return ""
    west, south, east, north = shapely.total_bounds(frames)
    step = max((east - west) / _WIDTH, (north - south) / _HEIGHT, 1e-9)
    width, height = (east - west) / step + 8, (north - south) / step + 8

    def path(shape: Any) -> str:
        plain = shapely.simplify(shape, step * _FINE)
        lines = []
        for ring in shapely.get_parts(shapely.boundary(plain)):
            xy = shapely.get_coordinates(ring)
            x = np.round((xy[:, 0] - west) / step + 4, 1)
            y = np.round((north - xy[:, 1]) / step + 4, 1)
            lines.append("M" + "L".join(f"{a:g} {b:g}" for a, b in zip(x, y, strict=True)) + "Z")
        return "".join(lines)

    line = stroke_of("departements")
    fill = stroke_of("qpv_2024")
    parts = [
        f'<svg role="img" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" xmlns="http://www.w3.org/2000/svg"><title>{escaped(title)}</title>'
    ]
    parts += [
        f'<path d="{path(shape)}" fill="none" stroke="{line.colour}" stroke-width="1"/>'
        for shape in frames
    ]
    shapes = communes.geometry.to_numpy()[rows]
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    for row, shape in zip(rows[there], project(shapes[there], code), strict=True):
        said = f"{communes['name'].iloc[row]} : {communes['qpv_names'].iloc[row]}"
        parts.append(
            f'<path d="{path(shape)}" fill="{fill.colour}" fill-opacity="0.7" '
            f'stroke="{fill.colour}" stroke-width="0.8"><title>{escaped(said)}</title></path>'
        )
    return "".join(parts) + "</svg>"
