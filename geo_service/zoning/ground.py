"""Where a place may lie: communes, QPV in force and islands, read from a stored result."""

from __future__ import annotations

import datetime as dt
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..core.crs import WGS84, transformer
from ..core.tables import CLASSES, shape_table
from ..core.territory import LAYER_OF_LEVEL
from ..core.validity import in_force
from ..engine import TerritorialIndex
from ..engine.distance import joined
from ..engine.pinpoint import legal_crs_of
from ..engine.territorial import project
from ..rules import qpv_generations
from ..sources.zonage.at_date import GENERAL_PRACTICE, InForce, Orders
from ..store import StoredResult
from .deciding import Names, Spot

_SLIVER = 1e-4
"""Degrees around a position within which communes are read besides its precision: about 10 m."""


class Standing(NamedTuple):
    """A position among communes and QPV."""

    spot: Spot
    told: bool
    """Whether the perimeters in force there are known."""
    metres: float | None
    low: float | None
    high: float | None


class Home(NamedTuple):
    """A commune of the result."""

    name: str | None
    departement: str | None
    region: str | None


@dataclass(frozen=True, eq=False)
class Perimeters:
    """The QPV in force at a date, by legal CRS."""

    table: Any
    """Rows in force: ``code``, ``name``, ``communes``, ``departement``, ``legal_crs``…"""
    boards: dict[int, tuple[npt.NDArray[np.object_], shapely.STRtree, npt.NDArray[np.int64]]]
    """Projected shapes, their tree, and their rows."""
    blur: dict[int, float]
    """Largest precision of the limits; NaN: one of them is not known."""
    of_commune: dict[str, list[str]]
    """Codes of the QPV of each commune."""
    names: dict[str, str]


@dataclass(eq=False)
class Ground:
    """What a stored result knows of zoning, read once.

    Parameters
    ----------
    stored
        The result.
    """

    stored: StoredResult
    _perimeters: dict[bytes, Perimeters] = field(default_factory=dict)
    _orders: dict[str, Orders] = field(default_factory=dict)
    _in_force: dict[tuple[Any, ...], InForce] = field(default_factory=dict)

    @cached_property
    def homes(self) -> dict[str, Home]:
        """The communes of the result by code."""
        columns = ["code", "name", "departement", "region"]
        table = pd.DataFrame(self.stored.read_layer("communes", columns=columns))[columns]
        plain = table.astype("object").where(table.notna(), None)
        return {row[0]: Home(*row[1:]) for row in plain.itertuples(index=False)}

    @cached_property
    def communes(self) -> dict[str, str]:
        """Names of the communes."""
        return {code: home.name or code for code, home in self.homes.items()}

    @cached_property
    def qpv(self) -> Any:
        """Every QPV of every generation; no rows where the result has none."""
        layers = [name for name in self.stored.layer_names() if name.startswith("qpv_")]
        tables = [self.stored.read_layer(name) for name in layers]
        return pd.concat(tables, ignore_index=True) if tables else None

    @cached_property
    def drawn_communes(self) -> tuple[Any, TerritorialIndex]:
        """The communes that have a contour, and their index for many places."""
        table = self.stored.read_layer("communes", columns=["code", "legal_crs"])
        table = table[~(table.geometry.isna() | table.geometry.is_empty)].reset_index(drop=True)
        return table, TerritorialIndex(table)

    @cached_property
    def whole_country(self) -> bool:
        """Whether nothing of France lies outside the result."""
        return str(self.stored.facts["territory"]).startswith("france")

    @cached_property
    def islands(self) -> pd.DataFrame | None:
        """Communes on islands; None where the study has no such list."""
        if "islands" not in self.stored.table_names():
            return None
        return pd.DataFrame(self.stored.read_table("islands"))

    def orders(self, profession: str = GENERAL_PRACTICE) -> Orders:
        """Every order at hand on a profession."""
        if profession not in self._orders:
            held = "classes" in self.stored.table_names()
            table = self.stored.read_table("classes") if held else self._drawn_classes()
            self._orders[profession] = Orders(table, profession)
        return self._orders[profession]

    def _drawn_classes(self) -> Any | None:
        """The classes that the layers show, where a result keeps no rows of the orders: undated."""
        layers = self.stored.layer_names()
        parts = [("commune", "zonage")] if "zonage" in layers else []
        parts += [("qpv", name) for name in layers if name.startswith("qpv_")]
        rows = []
        for unit, name in parts:
            table = self.stored.read_layer(name, columns=["code", "name", "zone_class"])
            drawn = pd.DataFrame(table[table["zone_class"].notna()]).drop(columns="geometry")
            rows.append(drawn.assign(unit=unit, file=name, profession=GENERAL_PRACTICE))
        found = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()
        return shape_table(found, CLASSES) if len(found) else None

    def at(
        self, as_of: dt.date, *, profession: str = GENERAL_PRACTICE, assume_undated: bool = False
    ) -> InForce:
        """The orders at a date."""
        orders = self.orders(profession)
        key = (profession, orders.covers(as_of).tobytes(), assume_undated)
        if key not in self._in_force:
            self._in_force[key] = orders.at(as_of, assume_undated=assume_undated)
        return self._in_force[key]

    def perimeters(self, as_of: dt.date) -> Perimeters:
        """The QPV in force at a date."""
        mask = np.zeros(0, dtype=bool) if self.qpv is None else in_force(self.qpv, as_of)
        key = mask.tobytes()
        if key not in self._perimeters:
            self._perimeters[key] = _perimeters(None if self.qpv is None else self.qpv[mask])
        return self._perimeters[key]

    def names(self, as_of: dt.date) -> Names:
        """What things are called at a date."""
        perimeters = self.perimeters(as_of)
        return Names(self.communes, perimeters.names, perimeters.of_commune)

    def knows_qpv(self, departement: str | None, as_of: dt.date) -> bool:
        """Whether the perimeters in force at a date in a département were among the sources.

        The mainland has one list; an overseas département is known by the QPV listed in it.
        """
        generations = [one.valid(departement) for one in qpv_generations().values()]
        if as_of < min(first for first, _ in generations):
            return True  # there were no QPV yet
        overseas = str(departement or "")[:2] in ("97", "98")
        listed = self.perimeters(as_of).table
        if overseas or not self._read_generations:
            if listed is None or not len(listed):
                return False
            there = listed["departement"].astype("object").fillna("").astype(str)
            far = there.str[:2].isin(("97", "98"))
            return bool((there == departement).any() if overseas else (~far).any())
        for name in self._read_generations:
            first, last = qpv_generations()[name].valid(departement)
            if first <= as_of and (last is None or as_of <= last):
                return True
        return False

    @cached_property
    def _read_generations(self) -> tuple[str, ...]:
        layouts = {one.layout for one in self.stored.provenance if one.source == "qpv"}
        return tuple(name for name in qpv_generations() if f"perimetres-{name}" in layouts)

    def stand(self, lon: float, lat: float, precision: float, as_of: dt.date) -> Standing:
        """Where one position may lie, and how far the nearest QPV in force is.

        Parameters
        ----------
        lon, lat
            Degrees, WGS84.
        precision
            Metres, NaN unknown, infinite where the position decides nothing.
        """
        code = legal_crs_of(lon, lat)
        if not code:
            return Standing(Spot((), precision=precision), False, None, None, None)
        x, y = transformer(WGS84, code).transform(lon, lat)
        point = shapely.Point(x, y)
        near = precision if math.isfinite(precision) else 0.0
        communes, beyond = self._communes_at(lon, lat, point, near, code)
        return self._among_qpv(communes, beyond, point, precision, code, as_of)

    def _communes_at(
        self, lon: float, lat: float, point: shapely.Point, near: float, code: int
    ) -> tuple[tuple[str, ...], bool]:
        """Communes that may hold a position, the one as given first; whether none may."""
        high = near / 110_000 + _SLIVER
        wide = near / (111_000 * max(0.05, math.cos(math.radians(lat)))) + _SLIVER
        box = (lon - wide, lat - high, lon + wide, lat + high)
        table = self.stored.read_layer("communes", bbox=box, columns=["code", "legal_crs"])
        table = table[(table["legal_crs"] == code).to_numpy(dtype=bool)]
        shapes = project(np.asarray(table.geometry.array, dtype=object), code)
        codes = table["code"].tolist()
        held = shapely.intersects(shapes, point)
        touched = shapely.distance(shapes, point) <= near if near > 0 else held
        order = [*np.flatnonzero(held), *np.flatnonzero(touched & ~held)]
        beyond = False
        if near > 0 and not self.whole_country and order:
            # The limit of the union, as for many points: it has to be farther than the precision.
            limit = shapely.boundary(joined(shapes[touched]))
            beyond = not held.any() or bool(shapely.distance(limit, point) <= near)
        if not held.any() and not beyond:
            beyond = bool(order) and not self.whole_country
        return tuple(codes[row] for row in order), beyond

    def _among_qpv(
        self,
        communes: tuple[str, ...],
        beyond: bool,
        point: shapely.Point,
        precision: float,
        code: int,
        as_of: dt.date,
    ) -> Standing:
        perimeters = self.perimeters(as_of)
        home = self.homes.get(communes[0]) if communes else None
        if home is None:
            return Standing(Spot((), precision=precision), False, None, None, None)
        told = self.knows_qpv(home.departement, as_of)
        blur = perimeters.blur.get(code, 0.0)
        limits_known = not math.isnan(blur)
        vague = not math.isfinite(precision)
        reach = (0.0 if vague else precision) + (blur if limits_known else 0.0)
        held, close, way, depth = _nearest(perimeters, code, point, reach)
        inside: bool | None = bool(held)
        if vague:
            own = perimeters.of_commune.get(communes[0], [])
            possible = [*held, *(one for one in own if one not in held)]
            inside, communes = None if possible else False, communes[:1]
        elif reach > 0:
            possible = [*held, *(one for one in close if one not in held)]
            inside = False if way > reach else (True if held and depth > reach else None)
        else:
            possible = held
        spot = Spot(
            communes=communes,
            qpv=tuple(possible),
            in_qpv=inside,
            held=bool(held),
            beyond=beyond,
            precision=precision,
            reach=reach,
        )
        if not told or math.isinf(way):
            return Standing(spot, told, None, None, None)
        if vague or not limits_known:
            return Standing(spot, told, way, None, None)
        low = max(0.0, way - reach)
        high = max(0.0, reach - depth) if held else way + reach
        edge = self._edge(point, code)
        if way > edge:  # a QPV outside the result may be nearer
            low = max(0.0, edge - reach)
        return Standing(spot, told, way, low, high)

    def _edge(self, point: shapely.Point, code: int) -> float:
        """Metres from a position to the limit of the result's territory."""
        if self.whole_country:
            return math.inf
        limit = self._limits.get(code)
        if limit is None:
            return 0.0
        return float(shapely.distance(limit, point))

    @cached_property
    def _limits(self) -> dict[int, Any]:
        level = str(self.stored.facts["territory"]).partition(":")[0]
        name = LAYER_OF_LEVEL.get(level, "communes")
        held = self.stored.layer_names()
        table = self.stored.read_layer(name if name in held else "communes")
        table = table[~(table.geometry.isna() | table.geometry.is_empty)]
        limits = {}
        shapes = np.asarray(table.geometry.array, dtype=object)
        if level == "region" and len(table):  # one row for territories of several legal CRS
            communes = self.stored.read_layer("communes", columns=["legal_crs"])
            codes = communes["legal_crs"].dropna().unique()
            if len(codes) > 1:
                table, shapes = communes, np.asarray(communes.geometry.array, dtype=object)
        for code in table["legal_crs"].dropna().unique():
            own = shapes[(table["legal_crs"] == code).to_numpy(dtype=bool)]
            own = own[~(shapely.is_missing(own) | shapely.is_empty(own))]
            if len(own):
                limits[int(code)] = shapely.boundary(joined(project(own, int(code))))
        return limits

    def island(
        self, communes: Sequence[str], as_of: dt.date, *, beyond: bool = False
    ) -> tuple[bool | None, str | None]:
        """Whether all (or none) of these communes lie on an island, and its name."""
        if self.islands is None or not communes:
            return None, None
        rows = self.islands[in_force(self.islands, as_of)]
        known = dict(zip(rows["commune"], rows["name"], strict=True))
        on = [code in known for code in communes]
        if beyond or any(on) != all(on):
            return None, None
        name = known.get(communes[0]) if on[0] else None
        return on[0], None if name is None or name != name else str(name)


def _perimeters(table: Any) -> Perimeters:
    if table is None or not len(table):
        return Perimeters(table, {}, {}, {}, {})
    table = table.reset_index(drop=True)
    boards, blur = {}, {}
    shapes = np.asarray(table.geometry.array, dtype=object)
    epsg = table["legal_crs"].to_numpy(dtype=np.int64)
    metres = table["precision_m"].to_numpy(dtype=float)
    for code in np.unique(epsg):
        rows = np.flatnonzero(epsg == code)
        rows = rows[~(shapely.is_missing(shapes[rows]) | shapely.is_empty(shapes[rows]))]
        own = project(shapes[rows], int(code))
        tree = shapely.STRtree(own)
        tree.query(shapely.Point(0, 0))  # builds it, before threads ask at once
        boards[int(code)] = (own, tree, rows)
        blur[int(code)] = float(np.max(metres[rows], initial=0.0))
    held: dict[str, list[str]] = {}
    for code, communes in zip(table["code"], table["communes"], strict=True):
        for commune in str(communes).split() if isinstance(communes, str) else ():
            held.setdefault(commune, []).append(code)
    said = [name if isinstance(name, str) else None for name in table["name"]]
    names = {code: name or code for code, name in zip(table["code"], said, strict=True)}
    return Perimeters(table, boards, blur, held, names)


def _nearest(
    perimeters: Perimeters, code: int, point: shapely.Point, reach: float
) -> tuple[list[str], list[str], float, float]:
    """Codes of the QPV that hold a point and of those within reach, the nearest first; metres to
    the nearest; from inside, metres to the limit of the union (NaN outside)."""
    board = perimeters.boards.get(code)
    if board is None or not len(board[0]):
        return [], [], math.inf, math.nan
    shapes, tree, rows = board
    codes = perimeters.table["code"].to_numpy(dtype=object)
    at, way = tree.query_nearest(point, return_distance=True)
    first = float(way[0])
    around = tree.query(point, predicate="dwithin", distance=reach)
    around = around[np.argsort(shapely.distance(shapes[around], point), kind="stable")]
    held = np.sort(at) if first == 0 else at[:0]
    depth = math.nan
    if len(held):
        union = joined(shapes[np.union1d(around, held)])
        depth = float(shapely.distance(shapely.boundary(union), point))
    return codes[rows[held]].tolist(), codes[rows[around]].tolist(), first, depth


_LOCK = threading.Lock()
_KEY = "geo_service.zoning.ground"


def ground_of(stored: StoredResult) -> Ground:
    """The ground of a stored result, read once for as long as the result is in use."""
    with _LOCK:
        # Kept by the result itself: a register of its own would hold every result for ever.
        kept: Ground = vars(stored).setdefault(_KEY, None) or Ground(stored)
        vars(stored)[_KEY] = kept
        return kept
