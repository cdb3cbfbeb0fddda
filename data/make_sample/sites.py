"""The fictitious establishments, with the planted positions whose answers are known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from .names import STREETS
from .qpv import Quartier
from .territory import SEED, Commune, Pair

LABELS = {
    "603": "Maison de santé (L.6223-3)",
    "124": "Centre de Santé",
    "604": "Communautés professionnelles territoriales de santé (CPTS)",
    "620": "Pharmacie d'Officine",
    "611": "Laboratoire de Biologie Médicale",
    "500": "Etablissement d'hébergement pour personnes âgées dépendantes",
    "460": "Service autonomie aide (SAA)",
    "354": "Service de Soins Infirmiers A Domicile (S.S.I.A.D)",
    "355": "Centre Hospitalier (C.H.)",
    "101": "Centre Hospitalier Régional (C.H.R.)",
}
KINDS = {"603": "MSP", "124": "CDS", "604": "CPTS"}
SHORT = {
    "603": "MSP",
    "124": "CDS",
    "604": "CPTS",
    "620": "PHARMACIE",
    "611": "LABORATOIRE",
    "500": "EHPAD",
    "460": "SAA",
    "354": "SSIAD",
    "355": "CH",
    "101": "CHR",
}
#: Distances to a limit that a position keeps away from, so that rounding decides nothing.
EDGES = [t + p for t in (0, 300, 500) for p in (-50, -10, 0, 10, 50)]
UNKNOWN = math.inf


@dataclass
class Site:
    category: str
    commune: Commune
    opened: str
    place: Pair
    """True place, in the legal CRS of the commune."""
    base: str = "BAN"
    score: int | None = 97
    number: str = ""
    legal: str = ""
    name: str = ""
    street: str = ""
    street_number: int = 1
    cedex: bool = False
    fault: str = ""
    positioned: bool = True
    """False where no reader can place it: no coordinates, or a CRS that nobody knows."""
    closed: str = ""
    """Gone from the register of 2026; met in that of 2021 only."""

    @property
    def kind(self) -> str | None:
        return KINDS.get(self.category)

    @property
    def precision(self) -> float:
        """Metres within which the true place lies; infinite where the position tells nothing."""
        if not self.positioned or self.base != "BAN" or self.score is None or self.score < 80:
            return UNKNOWN
        return 10.0 if self.score >= 95 else 50.0


def luhn(digits: str) -> str:
    total = 0
    for k, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if k % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


class Ground:
    """Draws places that answer a wish, clear of every distance that could decide otherwise."""

    def __init__(self, made: list[Quartier], rng: np.random.Generator) -> None:
        self.rng, self.taken = rng, set[Pair]()
        self.limits: dict[int, list[Any]] = {2154: [], 5490: []}
        self.zones: dict[tuple[int, int], Any] = {}
        for epsg in self.limits:
            for year in (2024, 2015):
                shapes = [getattr(q, f"shape_{year}") for q in made if q.epsg == epsg]
                shapes = [s for s in shapes if s is not None]
                self.limits[epsg] += [s.boundary for s in shapes]
                self.zones[epsg, year] = shapely.union_all(shapes)

    def signed(self, epsg: int, year: int, x: float, y: float) -> float:
        """Metres to the nearest limit of a QPV, negative inside."""
        zone, point = self.zones[epsg, year], shapely.Point(x, y)
        d = float(zone.boundary.distance(point))
        return -d if zone.intersects(point) else d

    def clear(self, epsg: int, x: float, y: float) -> bool:
        point = shapely.Point(x, y)
        near = [float(limit.distance(point)) for limit in self.limits[epsg]]
        return all(abs(d - abs(edge)) > 3 for d in near for edge in EDGES)

    def draw(
        self,
        commune: Commune,
        within: Any = None,
        depth: tuple[float, float] = (60, 1e9),
        spread: float | None = None,
        year: int = 2024,
    ) -> Pair:
        """A place in the commune (and in ``within``), its signed distance between the bounds."""
        area = commune.polygon if within is None else within
        west, south, east, north = area.bounds
        for _ in range(200_000):
            if spread is None:
                x, y = self.rng.uniform(west, east), self.rng.uniform(south, north)
            else:
                x, y = self.rng.normal(commune.centre, spread)
            spot = (round(float(x), 1), round(float(y), 1))
            point = shapely.Point(spot)
            if not (area.covers(point) and commune.polygon.covers(point)) or spot in self.taken:
                continue
            low, high = depth
            wanted = low < self.signed(commune.epsg, year, *spot) < high
            if wanted and self.clear(commune.epsg, *spot):
                self.taken.add(spot)
                return spot
        raise RuntimeError(f"no place left in {commune.name}")

    def beside(self, shape: Any, metres: float, epsg: int) -> Pair:
        """A place that many metres outside the middle of a long side (inside, if negative)."""
        ring = np.asarray(shape.exterior.coords)
        sides = sorted(range(len(ring) - 1), key=lambda i: (-math.dist(ring[i], ring[i + 1]), i))
        for i in sides:
            (ax, ay), (bx, by) = ring[i], ring[i + 1]
            length = math.dist((ax, ay), (bx, by))
            for sign in (1, -1):
                x = (ax + bx) / 2 + sign * metres * (by - ay) / length
                y = (ay + by) / 2 - sign * metres * (bx - ax) / length
                spot = (round(float(x), 1), round(float(y), 1))
                if abs(self.signed(epsg, 2024, *spot) - metres) < 0.3 and spot not in self.taken:
                    self.taken.add(spot)
                    return spot
        raise RuntimeError("no side is long enough")


def _date(rng: np.random.Generator, first: int, last: int) -> str:
    day = np.datetime64(f"{first}-01-01") + int(rng.integers(0, 365 * (last - first + 1)))
    return str(day)


def establishments(
    mainland: list[Commune], overseas: list[Commune], made: list[Quartier]
) -> list[Site]:
    rng = np.random.default_rng([SEED, 5])
    ground = Ground(made, rng)
    town = mainland[0]
    named = {c.name: c for c in [*mainland, *overseas]}
    zone = {q.name: q for q in made}
    sites: list[Site] = []

    def add(
        category: str, commune: Commune, place: Pair, years: tuple[int, int], **more: Any
    ) -> Site:
        score = more.pop("score", int(rng.choice([95, 96, 97, 98, 99])))
        site = Site(category, commune, _date(rng, *years), place, score=score, **more)
        sites.append(site)
        return site

    def inside(category: str, name: str, years: tuple[int, int], **more: Any) -> Site:
        q = zone[name]
        shape = q.shape_2024 if q.code_2024 else q.shape_2015
        year = 2024 if q.code_2024 else 2015
        home = q.communes[0]
        place = ground.draw(home, shape, (-1e9, -13.5), year=year)
        return add(category, home, place, years, **more)

    def near(category: str, name: str, low: float, high: float, years: tuple[int, int]) -> Site:
        home = zone[name].communes[0]
        around = zone[name].shape_2024.buffer(high)
        return add(category, home, ground.draw(home, around, (low, high)), years)

    # In a QPV, each case once: plain, hole, both lobes of the bow-tie, restored, two communes.
    inside("603", "Les Maquettes", (2015, 2017))
    inside("603", "Cité des Prototypes", (2018, 2020))
    inside("603", "Pont-Témoin", (2021, 2022))
    inside("603", "Le Donjon", (2016, 2018))
    inside("603", "Bourg de l'Anse", (2019, 2021))
    for category, part in (("603", 0), ("124", 1)):
        lobe = zone["Le Nœud"].shape_2024.geoms[part]
        place = ground.draw(town, lobe, (-1e9, -13.5))
        add(category, town, place, (2014, 2019), fault="bow_tie_lobe")
    inside("124", "Champ-Gabarit", (2009, 2012), fault="in_restored_zero_area_qpv")
    hole = shapely.Polygon(zone["Le Brouillon"].shape_2024.interiors[0])
    add("124", town, ground.draw(town, hole, (13.5, 1e9)), (2012, 2014), fault="in_hole_of_qpv")
    inside("124", "Les Maquettes", (1996, 2003))
    inside("124", "L'Essai & Cie", (2004, 2009))
    inside("124", "Les Deux Spécimens", (2017, 2019))
    inside("124", "Prototypes-Est", (2020, 2022))
    inside("124", "Vieux Port Fictif", (1998, 2006))
    inside("124", "Quartier <b>Bidon</b>", (2022, 2024))
    inside("124", "Ancien Croquis", (2010, 2014), fault="in_qpv_2015_only")
    inside("603", "Rivière Ancienne", (2013, 2016), fault="in_qpv_2015_only")
    inside("124", "Morne Neuf", (2011, 2016))
    # In the band of 300 m, then of 500 m.
    near("603", "Les Maquettes", 70, 280, (2019, 2020))
    near("603", "Quartier <b>Bidon</b>", 70, 280, (2023, 2025))
    near("603", "L'Essai & Cie", 320, 480, (2017, 2019))
    near("124", "Le Brouillon", 70, 280, (2005, 2011))
    near("124", "Cité des Prototypes", 70, 280, (2016, 2018))
    near("124", "Vieux Port Fictif", 320, 480, (2021, 2023))
    near("124", "Bourg de l'Anse", 70, 280, (2014, 2016))
    # Planted, with known answers.
    maquettes, donjon = zone["Les Maquettes"].shape_2024, zone["Le Donjon"]
    for metres, fault in ((-12.0, "inside_by_12_m"), (12.0, "outside_by_12_m")):
        spot = ground.beside(maquettes, metres, 2154)
        add("603", town, spot, (2016, 2018), score=96, fault=fault)
    spot = ground.beside(zone["Pont-Témoin"].shape_2024, -30.0, 2154)
    add("124", town, spot, (2013, 2015), score=88, fault="inside_within_precision")
    spot = ground.beside(donjon.shape_2024, 30.0, 2154)
    add("603", donjon.communes[0], spot, (2018, 2020), score=85, fault="outside_within_precision")
    inside("603", "L'Essai & Cie", (2020, 2021), score=62, fault="low_score_inside")
    low = named["Canevas"]
    add("124", low, ground.draw(low), (2008, 2012), score=55, fault="low_score_outside")
    village, far = named["Saint-Placebo"], named["Trois-Exemples"]
    centre = {"base": "ADMIN-EXPRESS-2023", "score": None, "fault": "commune_centre"}
    for category in ("603", "603", "124", "620"):
        add(category, village, village.centre, (2016, 2021), **centre)
    add("603", far, far.centre, (2018, 2019), **centre)
    isle = named["L'Île-d'Essai"]
    add("603", isle, ground.draw(isle), (2018, 2018), fault="on_island")
    add("124", town, ground.draw(town, depth=(600, 1e9)), (2010, 2010), fault="opening_unknown")
    sites[-1].opened = "1900-01-01"
    gone = named["Gabarit"]
    add("603", gone, ground.draw(gone), (2022, 2022), fault="no_coordinates", positioned=False)
    twice = named["La Feinte"]
    add("603", twice, ground.draw(twice), (2019, 2019), fault="duplicate_number")
    stray, other = named["Variante"], named["Conte-le-Bas"]
    add("603", stray, ground.draw(other), (2017, 2017), fault="outside_declared_commune")
    add("620", town, ground.draw(town), (1999, 1999), fault="swapped_coordinates")
    add("124", town, ground.draw(town), (2015, 2015), fault="unknown_crs", positioned=False)
    add("124", town, ground.draw(town), (2006, 2006), fault="cedex", cedex=True)
    add("603", named["Croquis-en-Plaine"], ground.draw(named["Croquis-en-Plaine"]), (2026, 2026))
    sites[-1].opened, sites[-1].fault = "2026-02-16", "opens_after_as_of"
    add("620", town, ground.draw(town), (2001, 2001), fault="empty_coordinates", positioned=False)
    # The others, where people live.
    plain = [c for c in mainland[1:] if c not in (village, isle, low)]
    for category, wanted in (("603", 34), ("124", 26)):
        while sum(s.category == category for s in sites) < wanted:
            home = plain[int(rng.integers(0, len(plain)))] if category == "603" else town
            span = (2008, 2025) if category == "603" else (1995, 2025)
            add(category, home, ground.draw(home, depth=(560, 1e9), spread=1_600), span)
    for home in (town, named["Étalon-le-Château"], mainland[9], overseas[0]):
        add("604", home, ground.draw(home, depth=(60, 1e9), spread=900), (2019, 2023))
    _others(sites, mainland, overseas, ground, rng)
    _gone(sites, mainland, ground, rng)
    _christen(sites, rng)
    return sites


def _others(
    sites: list[Site],
    mainland: list[Commune],
    overseas: list[Commune],
    ground: Ground,
    rng: np.random.Generator,
) -> None:
    homes = [*mainland, *overseas]
    weight = np.array([c.population for c in homes], dtype=float) ** 0.72
    wanted = {"620": 78, "611": 14, "500": 26, "460": 18, "354": 10, "355": 4, "101": 1}
    for category, count in wanted.items():
        for _ in range(count):
            home = homes[int(rng.choice(len(homes), p=weight / weight.sum()))]
            home = mainland[0] if category == "101" else home
            spread = 1_900 if home is mainland[0] else 900
            place = ground.draw(home, depth=(-1e9, 1e9), spread=spread)
            score = int(np.clip(rng.normal(94, 8), 41, 99))
            site = Site(category, home, _date(rng, 1975, 2024), place, score=score)
            if rng.uniform() < 0.05:
                site.place, site.base, site.score = home.centre, "ADMIN-EXPRESS-2023", None
            site.cedex = category in ("101", "355") and home is mainland[0]
            sites.append(site)


def _gone(
    sites: list[Site], mainland: list[Commune], ground: Ground, rng: np.random.Generator
) -> None:
    """Closed between the two registers."""
    for k, category in enumerate(("603", "124", "124")):
        home = mainland[(0, 0, 12)[k]]
        place = ground.draw(home, depth=(60, 1e9), spread=1_500)
        opened, closed = _date(rng, 2005, 2016), f"202{2 + k}-06-30"
        sites.append(Site(category, home, opened, place, closed=closed))


def _christen(sites: list[Site], rng: np.random.Generator) -> None:
    """Numbers with a valid key, names and addresses that say they are invented."""
    odd = {0: "MSP L'ESSAI & FILS <b>FICTIVE</b>", 9: 'CDS "D\'EXEMPLE" & CO (FICTIF)'}
    for k, site in enumerate(sites, 1):
        body = f"9701{9000 + k:04d}" if site.commune.departement == "971" else f"96{k:06d}"
        site.number = body + luhn(body)
        owner = f"96{900_000 + (k + 1) // 2:06d}"
        site.legal = owner + luhn(owner)
        street = STREETS[int(rng.integers(0, len(STREETS)))]
        site.street, site.street_number = street, int(rng.integers(1, 120))
        site.name = odd.get(k - 1, f"{SHORT[site.category]} {street} {k} (FICTIF)")[:38]
