"""The map of a ranking as SVG: a symbol a QPV, larger and darker with the need.

France is drawn in its legal CRS, each overseas territory in a panel and a CRS of its own: no
projection suits all. Symbols differ by size and by outline, not by colour alone; each has a title.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..core.crs import WGS84, carried, transform
from ..core.i18n import T, Text
from ..drawing.charts import opening, short, text_at
from ..drawing.escape import escaped
from ..drawing.palette import INK, LAND, ramp

CLASSES = 5
MAINLAND = 2154
_SIZES = (8.5, 7.0, 5.6, 4.4, 3.4)
"""Radius of each class, the greatest need first."""
_HOLLOW = 3.4
_PANEL = 132.0
_SIDE = 640.0
Floats = npt.NDArray[np.float64]
Point = tuple[float, float]


@dataclass(frozen=True)
class RankClass:
    """A fifth of the ranks: its ranks, how many QPV, its symbol."""

    first: int
    last: int
    count: int
    colour: str
    radius: float

    @property
    def label(self) -> Text:
        """The ranks in words."""
        return T("rangs {a} à {b}", "ranks {a} to {b}", a=self.first, b=self.last)

    @property
    def swatch(self) -> str:
        """The symbol as SVG, for the legend."""
        return _swatch(_symbol(12, 12, self.radius, self.colour))


UNRANKED_SWATCH = (
    '<svg class="swatch" viewBox="0 0 24 24" aria-hidden="true">'
    '<circle cx="12" cy="12" r="5" fill="#fff" stroke="#5D6973" stroke-width="1.6" '
    'stroke-dasharray="2.4 1.6"/></svg>'
)


def _swatch(inside: str) -> str:
    return f'<svg class="swatch" viewBox="0 0 24 24" aria-hidden="true">{inside}</svg>'


def _symbol(x: float, y: float, radius: float, colour: str) -> str:
    return (
        f'<circle cx="{short(x)}" cy="{short(y)}" r="{short(radius)}" fill="{colour}" '
        f'stroke="{INK}" stroke-width="0.7"/>'
    )


def rank_classes(ranks: pd.Series) -> list[RankClass]:
    """Fifths of the ranks, the greatest need first; few QPV give fewer classes."""
    known = np.sort(ranks.dropna().to_numpy(dtype=np.int64))
    count = min(CLASSES, len(np.unique(known)))
    if not count:
        return []
    colours = ramp(count)[::-1]
    cuts = np.unique(known[[round(len(known) * part / count) for part in range(count)]])
    ends = [*(cuts[1:] - 1).tolist(), int(known[-1])]
    found = []
    for place, (first, last) in enumerate(zip(cuts.tolist(), ends, strict=True)):
        inside = int(((known >= first) & (known <= last)).sum())
        held = known[(known >= first) & (known <= last)]
        found.append(RankClass(first, int(held[-1]), inside, colours[place], _SIZES[place]))
    return found


def class_of(rank: int, classes: list[RankClass]) -> int:
    """Position of the class of a rank."""
    return next(place for place, one in enumerate(classes) if rank <= one.last)


def ranking_map(
    table: pd.DataFrame,
    shapes: Any,
    ground: Any | None,
    *,
    classes: list[RankClass],
    title: str,
    description: str,
    identity: str,
) -> str:
    """The map.

    Parameters
    ----------
    table
        Rows of :attr:`~.qpv.Ranking.table` to draw.
    shapes
        GeoDataFrame of the QPV in WGS 84: ``code``, ``departement``, ``legal_crs``.
    ground
        GeoDataFrame of territories drawn beneath, with ``legal_crs``; None draws none.
    classes
        From :func:`rank_classes`, of the whole ranking: a part of it keeps its colours.
    title, description, identity
        As for :func:`~geo_service.drawing.charts.line_chart`.

    Returns
    -------
    str
        An ``svg`` element; empty where no QPV has a shape.
    """
    shaped = shapes[~(shapes.geometry.isna() | shapes.geometry.is_empty)]
    rows = table.merge(
        pd.DataFrame(
            {
                "code": shaped["code"].to_numpy(dtype=object),
                "crs": shaped["legal_crs"].to_numpy(dtype=np.int64),
                "place": shapely.centroid(shaped.geometry.to_numpy()),
            }
        ),
        on="code",
    )
    if rows.empty:
        return ""
    # One panel for the mainland, one a département elsewhere.
    rows["panel"] = np.where(rows["crs"] == MAINLAND, "", rows["departement"].fillna("?"))
    panels = sorted(set(rows["panel"]))
    side = _SIDE if panels[0] == "" or len(panels) == 1 else 0.0
    small = [name for name in panels if not side or name != panels[0]]
    columns = max(1, int(_SIDE // _PANEL))
    lines = -(-len(small) // columns)
    parts = [opening(identity, title, description, _SIDE, side + lines * (_PANEL + 18) + 4)]
    if side:
        inside = rows[rows["panel"] == panels[0]]
        parts.append(_panel(inside, ground, classes, 0.0, 0.0, side))
    for place, name in enumerate(small):
        x, y = (place % columns) * _PANEL, side + (place // columns) * (_PANEL + 18)
        inside = rows[rows["panel"] == name]
        parts.append(text_at(x + 4, y + 14, name, named=True))
        parts.append(_panel(inside, ground, classes, x, y + 18, _PANEL - 8))
    return "".join(parts) + "</svg>"


def _panel(
    rows: pd.DataFrame,
    ground: Any | None,
    classes: list[RankClass],
    left: float,
    top: float,
    side: float,
) -> str:
    code = int(rows["crs"].iloc[0])
    places = rows["place"].to_numpy()
    x, y = transform(shapely.get_x(places), shapely.get_y(places), WGS84, code)
    beneath = _ground(ground, code, (x.min(), y.min(), x.max(), y.max()))
    edges = np.array([x.min(), y.min(), x.max(), y.max()])
    if len(beneath):
        box = shapely.total_bounds(beneath)
        edges = np.array([*np.minimum(edges[:2], box[:2]), *np.maximum(edges[2:], box[2:])])
    wide = max(edges[2] - edges[0], edges[3] - edges[1], 2000.0)
    scale = (side - 24) / wide
    middle = ((edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2)

    def at(east: Floats, north: Floats) -> tuple[Floats, Floats]:
        return (
            side / 2 + (east - middle[0]) * scale,
            side / 2 - (north - middle[1]) * scale,
        )

    parts = [
        f'<svg x="{short(left)}" y="{short(top)}" width="{short(side)}" height="{short(side)}">'
    ]
    outlines = [_outline(shape, at) for shape in shapely.simplify(beneath, wide / side)]
    parts.append(
        f'<path d="{"".join(outlines)}" fill="{LAND}" stroke="#5D6973" stroke-width="0.7"/>'
    )
    px, py = at(x, y)
    ranks = rows["rank"]
    # The greatest need is drawn last, on top.
    order = np.argsort(-ranks.fillna(10**9).to_numpy(dtype=np.int64), kind="stable")
    for row in order:
        record = rows.iloc[row]
        parts.append(_drawn(record, float(px[row]), float(py[row]), classes))
    return "".join(parts) + "</svg>"


def _drawn(record: Any, x: float, y: float, classes: list[RankClass]) -> str:
    if pd.isna(record["rank"]):
        said = T("non classé", "not ranked").say()
        symbol = (
            f'<circle cx="{short(x)}" cy="{short(y)}" r="{short(_HOLLOW)}" fill="#fff" '
            'stroke="#5D6973" stroke-width="1.2" stroke-dasharray="2 1.4"'
        )
    else:
        one = classes[class_of(int(record["rank"]), classes)]
        said = T(
            "rang {rank} ({low} à {high})",
            "rank {rank} ({low} to {high})",
            rank=int(record["rank"]),
            low=int(record["rank_low"]),
            high=int(record["rank_high"]),
        ).say()
        symbol = (
            f'<circle cx="{short(x)}" cy="{short(y)}" r="{short(one.radius)}" '
            f'fill="{one.colour}" stroke="{INK}" stroke-width="0.7"'
        )
    name = f"{record['name'] or ''} ({record['code']})"
    return f"{symbol}><title>{escaped(name)} – {escaped(said)}</title></circle>"


def _ground(ground: Any | None, code: int, box: tuple[float, float, float, float]) -> Any:
    """The territories beneath a panel, carried to its CRS: those that hold or touch its QPV."""
    if ground is None:
        return np.empty(0, dtype=object)
    own = ground[(ground["legal_crs"] == code).to_numpy(dtype=bool, na_value=False)]
    shapes = own.geometry.to_numpy()
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    there = carried(shapes, WGS84, code)
    chosen: npt.NDArray[np.object_] = there[shapely.intersects(there, shapely.box(*box))]
    return chosen


def _outline(shape: Any, at: Any) -> str:
    drawn = []
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        points = shapely.get_coordinates(ring)
        x, y = at(points[:, 0], points[:, 1])
        line = "L".join(f"{short(a)} {short(b)}" for a, b in zip(x[:-1], y[:-1], strict=True))
        drawn.append(f"M{line}Z")
    return "".join(drawn)
