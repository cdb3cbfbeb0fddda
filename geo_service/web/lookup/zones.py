"""What holds each point of a list, with three answers, and why.

The same code answers one point and ten thousand. Distances are those of the true limits: the drawn
quartiers vécus of the result are never measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...atlas import Atlas
from ...core.crs import WGS84, departement_of, legal_crs_at, transform
from ...core.snapshot import Verdict
from ...core.territory import LAYER_OF_LEVEL
from ...core.validity import in_force
from ...engine.proximity import nearest_to_points
from ...rules import quartier_vecu_label
from ...study.verdicts import proxy_name
from ...zoning import Settled, Spot, ground_of, settle
from .limits import Outline, ZoneLimits

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]

NEAREST = 3
"""Structures of each kind that are named."""
OUTSIDE_TERRITORY = 1_000.0
"""Metres beyond the result's territory up to which a point is still spoken of: contours are
simplified, and a quay may stand outside."""


@dataclass(frozen=True, eq=False)
class Held:
    """Which zones of one layer hold each of n points.

    ``given``: for the position as it stands. ``sure``: 1, 0 or -1, -1 being undetermined. ``zone``:
    position in ``table`` of the zone that holds it, or else of the one that may, or -1. ``metres``:
    way to the limit, negative inside. ``why``: a word for the reason (see :data:`WHY`).
    ``current``: whether zones of that layer are in force at the point's place.
    """

    table: Any
    given: Bools
    sure: npt.NDArray[np.int8]
    zone: Ints
    metres: Floats
    why: Words
    current: Bools
    nearest: Ints | None = None
    """Position in ``table`` of the zone that ``metres`` speaks of."""

    @property
    def answer(self) -> list[str]:
        """``inside``, ``outside`` or ``undetermined``."""
        return [_ANSWERS[int(code)] for code in self.sure]


_ANSWERS = {1: "inside", 0: "outside", -1: "undetermined"}
WHY = ("clear", "close", "vague", "unknown", "edge", "untold")
"""Reasons: the limit is farther than the precision; nearer; the position decides nothing; its
precision is unknown, so the answer is for the point as given; the limit of the result's territory
is nearer than the distance asked; no zone in force is known for that territory."""


@dataclass(frozen=True, eq=False)
class Located:
    """Everything that is known of n points; arrays of n, or tables of n rows."""

    lon: Floats
    lat: Floats
    precision: Floats
    inside: Bools
    """In the territory of the result."""
    edge: Floats
    """Metres to the limit of that territory, negative inside."""
    commune: Held
    layers: Mapping[str, Held]
    """QPV by generation, then the quartiers vécus."""
    zone_class: Words
    """Class of the zonage for the point as given; null where unknown."""
    zone_class_sure: Bools
    nearest: Mapping[str, tuple[Ints, Floats]]
    """By kind: positions in ``structures`` and metres, (n, NEAREST)."""
    structures: Any


@dataclass(eq=False)
class Lookup:
    """The zones and structures of a result, indexed once.

    Parameters
    ----------
    atlas
        The stored result.
    """

    atlas: Atlas
    _zones: dict[str, ZoneLimits] = field(default_factory=dict)
    _near: ZoneLimits | None = None

    def __post_init__(self) -> None:
        atlas = self.atlas
        held = atlas.stored.layer_names()
        self._communes = ZoneLimits(atlas.layer("communes"))
        self._outline = Outline(self._communes.table)
        current = []
        for name in held:
            if name.startswith("qpv_"):
                self._zones[name] = ZoneLimits(atlas.layer(name))
                zones = self._zones[name].table
                current.append(zones[in_force(zones, atlas.as_of)])
        for name in held:
            # Those by distance are drawings; the true limits of the QPV answer for them.
            if name.startswith("quartier_vecu_") and not name[14:].isdigit():
                self._zones[name] = ZoneLimits(atlas.layer(name))
        if any(len(zones) for zones in current):
            self._near = ZoneLimits(pd.concat(current, ignore_index=True))
        self._names = _territory_names(atlas, held)
        ground = ground_of(atlas.stored)
        # As the layers show it: at the main date, undated orders included.
        self._orders = ground.at(atlas.as_of, assume_undated=True)
        self._known = ground.names(atlas.as_of)
        self.has_zonage = "zonage" in held
        self.whole_country = atlas.facts["territory"].startswith("france")
        self.metres: list[int] = list(atlas.facts.get("quartier_vecu", ()))
        structures = atlas.layer("structures") if "structures" in held else pd.DataFrame()
        if len(structures):
            there = structures["lon"].notna() & (structures["open"] != "no")
            structures = structures[there].reset_index(drop=True)
        self.structures = structures
        self.kinds = [kind for kind in ("MSP", "CDS") if kind in atlas.facts["kinds"]]
        table = self._communes.table
        self._parents = table.drop(columns="geometry")
        # The first question builds the trees: better now than while a visitor waits.
        middle = table.geometry.iloc[:1].representative_point()
        self.locate(middle.x.to_numpy(), middle.y.to_numpy(), np.zeros(1))

    def locate(
        self, lon: Floats, lat: Floats, precision: Floats, *, at_centre: Bools | None = None
    ) -> Located:
        """Everything that is known of these points.

        Parameters
        ----------
        lon, lat : (n,)
            Degrees, WGS84, finite.
        precision : (n,)
            Metres; NaN unknown, infinite where the position decides nothing.
        at_centre : (n,), optional
            Positions on the centre of their commune: the commune itself is sure.
        """
        commune, several = self._in_commune(lon, lat, precision, at_centre)
        edge = self._outline.way(lon, lat)
        edge = np.where(commune.given & (edge > 0), -0.0, edge)
        layers: dict[str, Held] = {}
        for name, zones in self._zones.items():
            if name.startswith("qpv_"):
                layers[name] = self._in_zones(zones, lon, lat, precision, edge, commune)
        layers |= self._near_qpv(lon, lat, precision, edge, commune)
        for name, zones in self._zones.items():
            if name not in layers:
                layers[name] = self._in_zones(zones, lon, lat, precision, edge, commune)
        zone_class, sure = self._zoning(layers, commune, several)
        return Located(
            lon=lon,
            lat=lat,
            precision=precision,
            inside=edge <= 0,
            edge=edge,
            commune=commune,
            layers=layers,
            zone_class=zone_class,
            zone_class_sure=sure,
            nearest={kind: self._nearest(kind, lon, lat) for kind in self.kinds},
            structures=self.structures,
        )

    def _in_commune(
        self, lon: Floats, lat: Floats, precision: Floats, at_centre: Bools | None
    ) -> tuple[Held, list[set[int]]]:
        said = self._communes.index.classify(lon, lat, precision)
        possible: list[set[int]] = [set() for _ in lon]
        for point, zone in zip(said.pair_point.tolist(), said.pair_zone.tolist(), strict=True):
            possible[point].add(zone)
        zone = said.zone
        sure = said.sure.copy()
        sure[(sure == 1) & (np.array([len(some) for some in possible], dtype=int) > 1)] = -1
        why = _reasons(sure, precision)
        if at_centre is not None:
            known = at_centre & said.given
            sure[known], why[known] = 1, "clear"
            for point in np.flatnonzero(known):
                possible[point] = {int(zone[point])}
        nearest, metres = self._communes.way(lon, lat, zone)
        table = self._communes.table
        return Held(table, said.given, sure, zone, metres, why, said.given, nearest), possible

    def _in_zones(
        self,
        zones: ZoneLimits,
        lon: Floats,
        lat: Floats,
        precision: Floats,
        edge: Floats,
        commune: Held,
    ) -> Held:
        limits = zones.table["precision_m"].fillna(0.0).to_numpy()
        said = zones.index.classify(lon, lat, precision, zone_precision=limits)
        sure = said.sure.copy()
        zone = np.where(said.zone < 0, _maybe(said, len(lon)), said.zone)
        why = _reasons(sure, precision)
        current, told = self._told(zones.table, commune)
        beyond = (sure == 0) & (edge > 0) & (not self.whole_country)
        sure[beyond], why[beyond] = -1, "edge"
        sure[~told], why[~told] = -1, "untold"
        nearest, metres = zones.way(lon, lat, said.zone)
        return Held(zones.table, said.given, sure, zone, metres, why, current, nearest)

    def _near_qpv(
        self, lon: Floats, lat: Floats, precision: Floats, edge: Floats, commune: Held
    ) -> dict[str, Held]:
        """The proxy quartiers vécus: nearer than so many metres to a QPV in force, and in none."""
        if self._near is None:
            return {}
        zones, index = self._near, self._near.index
        limits = zones.table["precision_m"].fillna(0.0).to_numpy()
        within = index.classify(lon, lat, precision, zone_precision=limits)
        there = Verdict(within.given, within.sure)
        nearest, way = zones.way(lon, lat, within.zone)
        current, told = self._told(zones.table, commune)
        found = {}
        for metres in self.metres:
            near = index.classify(
                lon, lat, precision, zone_precision=limits, metres=float(metres), strict=True
            )
            verdict = Verdict(near.given, near.sure).minus(there)
            sure, why = verdict.sure.copy(), _reasons(verdict.sure, precision)
            reach = metres + np.where(np.isfinite(precision), precision, 0.0)
            beyond = (sure == 0) & (within.sure == 0) & (edge > -reach) & (not self.whole_country)
            sure[beyond], why[beyond] = -1, "edge"
            sure[~told], why[~told] = -1, "untold"
            zone = np.where(verdict.given | (sure < 0) & (way < reach), nearest, -1)
            found[f"quartier_vecu_{metres}"] = Held(
                zones.table, verdict.given, sure, zone, way, why, current, nearest
            )
        return found

    def _told(self, zones: Any, commune: Held) -> tuple[Bools, Bools]:
        """Where zones of the layer are in force at the main date; where the layer says anything.

        The mainland has one list, each overseas département its own.
        """
        force = in_force(zones, self.atlas.as_of)
        departement = zones["departement"].astype("object").fillna("").to_numpy()
        near = commune.zone if commune.nearest is None else commune.nearest
        code = np.where(near >= 0, self._parents["departement"].to_numpy(dtype=object)[near], "")
        overseas = np.array([str(it)[:2] in ("97", "98") for it in code], dtype=bool)
        listed, running = set(departement), set(departement[force])
        mainland = any(it[:2] not in ("97", "98") for it in running)
        current = np.where(overseas, np.isin(code, list(running)), mainland)
        named = np.array([it in listed for it in code], dtype=bool)
        return current.astype(bool), ~overseas | named

    def _zoning(
        self, layers: Mapping[str, Held], commune: Held, several: list[set[int]]
    ) -> tuple[Words, Bools]:
        """Class of the QPV in force that holds the point if it has its own, else of the commune.

        For the point as given, and whether every possibility has that class.
        """
        codes = commune.table["code"].to_numpy(dtype=object)
        size = len(several)
        found = np.full(size, None, dtype=object)
        sure = np.zeros(size, dtype=bool)
        if not self.has_zonage:
            return found, sure
        kept: dict[Spot, Settled] = {}
        for point in range(size):
            place = int(commune.zone[point])
            if place < 0:
                continue
            spot = self._spot(point, place, codes, layers, several[point])
            if spot not in kept:
                kept[spot] = settle(spot, self._orders, self._known)
            vague = commune.sure[point] < 0 and commune.why[point] != "close"
            found[point], sure[point] = kept[spot].given, kept[spot].settled and not vague
        return found, sure

    def _spot(
        self,
        point: int,
        place: int,
        codes: Words,
        layers: Mapping[str, Held],
        several: set[int],
    ) -> Spot:
        """Where one point may lie; one of unknown precision lies where it is given."""
        qpv: list[str] = []
        inside: bool | None = False
        held = False
        for name, layer in layers.items():
            if not name.startswith("qpv_") or not layer.current[point]:
                continue
            zone = int(layer.zone[point])
            if zone >= 0:
                qpv.append(layer.table["code"].iloc[zone])
                held |= bool(layer.given[point])
            if layer.sure[point] != 0:
                inside = True if layer.sure[point] == 1 else None
            if layer.why[point] == "vague":
                own = self._known.qpv_of_commune.get(codes[place], ())
                qpv += [code for code in own if code not in qpv]
        return Spot(
            communes=(codes[place], *(codes[at] for at in sorted(several - {place}))),
            qpv=tuple(qpv),
            in_qpv=inside if qpv else False,
            held=held,
        )

    def _nearest(self, kind: str, lon: Floats, lat: Floats) -> tuple[Ints, Floats]:
        found = np.full((len(lon), NEAREST), -1, dtype=np.int64)
        metres = np.full((len(lon), NEAREST), np.inf)
        if not len(self.structures):
            return found, metres
        own = legal_crs_at(lon, lat)
        theirs = self.structures["legal_crs"].fillna(0).to_numpy(dtype=np.int64)
        of_kind = (self.structures["kind"] == kind).to_numpy()
        for code in np.unique(own[own > 0]):
            rows = np.flatnonzero(own == code)
            those = np.flatnonzero(of_kind & (theirs == code))
            if not those.size:
                continue
            x, y = transform(lon[rows], lat[rows], WGS84, int(code))
            there = self.structures.iloc[those]
            to_x, to_y = transform(there["lon"], there["lat"], WGS84, int(code))
            near = nearest_to_points(x, y, to_x, to_y, np.zeros(len(those)), NEAREST)
            found[rows] = np.where(near.structure < 0, -1, those[near.structure])
            metres[rows] = near.metres
        return found, metres

    def territory_name(self, level: str, code: str) -> str:
        """Name of a territory, its code where the result does not name it."""
        return self._names.get(f"{level}:{code}", code)

    def parents(self, place: int) -> dict[str, Any]:
        """Row of the commune at a position: code, name, epci, departement, region."""
        row: dict[str, Any] = self._parents.iloc[place].to_dict()
        if not row.get("departement"):
            row["departement"] = departement_of(row["code"])
        return row


def layer_definition(name: str) -> str:
    """Name of the definition of a layer of quartier vécu: ``proxy-300m``, ``declared``."""
    rest = name.removeprefix("quartier_vecu_")
    return proxy_name(int(rest)) if rest.isdigit() else rest


def describe_definition(name: str, language: Any = None) -> str:
    """What a layer of quartier vécu means, in words."""
    return quartier_vecu_label(layer_definition(name)).say(language)


def _maybe(said: Any, size: int) -> Ints:
    """First zone that may hold each point, -1 where none may."""
    first = np.full(size, -1, dtype=np.int64)
    first[said.pair_point[::-1]] = said.pair_zone[::-1]
    return first


def _reasons(sure: npt.NDArray[np.int8], precision: Floats) -> Words:
    why = np.where(sure < 0, "close", "clear").astype(object)
    why[np.isinf(precision)] = "vague"
    why[np.isnan(precision)] = "unknown"
    return why


def _territory_names(atlas: Atlas, held: list[str]) -> dict[str, str]:
    names = {}
    for layer in LAYER_OF_LEVEL.values():
        if layer in held:
            table = atlas.stored.read_layer(layer, columns=["territory", "name"])
            for territory, name in zip(table["territory"], table["name"], strict=True):
                if name is not None and name == name:
                    names[territory] = str(name)
    return names
