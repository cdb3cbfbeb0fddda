"""The fictitious communes: a seamless tessellation with natural limits, names and inhabitants."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPoint, Polygon

from .names import ISLAND_NAME, OVERSEAS_NAMES, RURAL_NAMES, SEASIDE_NAMES, SUBURB_NAMES

SEED = 960_001
REGION, REGION_NAME = "99", "Région fictive du Val-d'Exemple"
DEPARTEMENTS = {"96": "Exemple-Maritime (fictif)", "971": "Outre-mer fictif (code d'emprunt)"}
EPCI = {
    "999600011": ("CA Exempleville Métropole (fictive)", "CA"),
    "999600029": ("CC du Gabarit (fictive)", "CC"),
    "999600037": ("CC de la Côte des Chimères (fictive)", "CC"),
    "999719019": ("CC des Anses Fictives (fictive)", "CC"),
}
#: In the Bay of Biscay and in the Atlantic: nobody can take the place for a real one.
MAINLAND, MAINLAND_EPSG = (232_000.0, 6_562_000.0), 2154
OVERSEAS, OVERSEAS_EPSG = (728_000.0, 1_728_000.0), 5490
Pair = tuple[float, float]


@dataclass(frozen=True)
class Commune:
    code: str
    name: str
    departement: str
    epci: str
    arrondissement: str
    postal: str
    population: int
    epsg: int
    polygon: Polygon
    centre: Pair

    @property
    def total_population(self) -> int:
        return round(self.population * 1.021) + 3


def _wander(a: Pair, b: Pair, rng: np.random.Generator, reach: float) -> list[Pair]:
    """Midpoint displacement between two ends; the ends stay where they are."""
    length = math.dist(a, b)
    if length < 2 * reach:
        return [a, b]
    shift = float(rng.uniform(-0.17, 0.17)) * length
    normal = ((a[1] - b[1]) / length, (b[0] - a[0]) / length)
    middle = (
        round((a[0] + b[0]) / 2 + shift * normal[0], 1),
        round((a[1] + b[1]) / 2 + shift * normal[1], 1),
    )
    return _wander(a, middle, rng, reach)[:-1] + _wander(middle, b, rng, reach)


def tessellate(
    land: list[Pair], sea: list[Pair], rng: np.random.Generator, reach: float
) -> list[Polygon]:
    """Voronoi cells of the land sites; both neighbours of a limit hold the very same vertices."""
    cells = shapely.voronoi_polygons(MultiPoint(land + sea)).geoms
    rings: list[list[Pair]] = []
    for site in land:
        (cell,) = [c for c in cells if c.covers(shapely.Point(site))]
        ring = [(float(round(x)), float(round(y))) for x, y in cell.exterior.coords[:-1]]
        rings.append([p for i, p in enumerate(ring) if p != ring[i - 1]])
    edges = {tuple(sorted((ring[i - 1], ring[i]))) for ring in rings for i in range(len(ring))}
    lines = {edge: _wander(edge[0], edge[1], rng, reach) for edge in sorted(edges)}
    polygons = []
    for ring in rings:
        points: list[Pair] = []
        for i in range(len(ring)):
            a, b = ring[i - 1], ring[i]
            line = lines[tuple(sorted((a, b)))]
            points += line[:-1] if line[0] == a else line[:0:-1]
        polygons.append(shapely.orient_polygons(Polygon(points)))
    return polygons


def _hexagons(half: float, step: float, rng: np.random.Generator) -> list[Pair]:
    points = []
    for row, y in enumerate(np.arange(-half, half + 1, step * 0.866)):
        for x in np.arange(-half, half + 1, step):
            moved = rng.uniform(-0.24, 0.24, 2) * step
            points.append((float(x + moved[0] + (row % 2) * step / 2), float(y + moved[1])))
    return points


def _at(origin: Pair, points: list[Pair]) -> list[Pair]:
    return [(round(origin[0] + x, 1), round(origin[1] + y, 1)) for x, y in points]


def _blob(centre: Pair, radius: float, rng: np.random.Generator) -> Polygon:
    ring = []
    for k in range(9):
        angle, r = 2 * math.pi * k / 9, radius * float(rng.uniform(0.6, 1.25))
        x, y = r * math.cos(angle), r * math.sin(angle)
        ring.append((round(centre[0] + x), round(centre[1] + y)))
    line: list[Pair] = []
    for i in range(len(ring)):
        line += _wander(ring[i - 1], ring[i], rng, 90.0)[:-1]
    return shapely.orient_polygons(Polygon(line))


def _centre(polygon: Polygon) -> Pair:
    """Where a geocoder that knows the commune only puts everything."""
    point = polygon.centroid if polygon.covers(polygon.centroid) else polygon.point_on_surface()
    return round(point.x, 1), round(point.y, 1)


def _seaside_first(shapes: list[Polygon], land: Any) -> list[str]:
    """Names in the order of the shapes; those which speak of the sea go to the shore."""
    inland_names = [n for n in RURAL_NAMES if n not in SEASIDE_NAMES]
    seaside_names = [n for n in RURAL_NAMES if n in SEASIDE_NAMES]
    names = []
    for shape in shapes:
        shore = shape.boundary.intersection(land.boundary).length > 4_000
        names.append((seaside_names if shore and seaside_names else inland_names).pop(0))
    return names


def mainland() -> list[Commune]:
    rng = np.random.default_rng([SEED, 1])
    suburbs = []
    for k in range(8):
        angle, r = 2 * math.pi * (k + rng.uniform(-0.18, 0.18)) / 8, rng.uniform(6400, 7600)
        suburbs.append((float(r * math.cos(angle)), float(r * math.sin(angle))))
    grid = [p for p in _hexagons(42_000, 6_700, rng) if math.hypot(*p) > 10_300]

    def inland(p: Pair) -> float:
        """Smaller is farther from the sea: the town stands near the western shore."""
        angle = math.atan2(p[1], p[0] - 6_500)
        return math.hypot(p[0] - 6_500, p[1] * 1.12) * (1 + 0.16 * math.sin(3 * angle + 0.6))

    grid.sort(key=inland)
    rural, water = grid[: len(RURAL_NAMES)], grid[len(RURAL_NAMES) :]
    land = [(0.0, 0.0), *suburbs, *rural]
    shapes = tessellate(_at(MAINLAND, land), _at(MAINLAND, water), rng, 110.0)
    shapes.append(_blob((MAINLAND[0] - 21_500, MAINLAND[1] + 7_500), 2_300, rng))
    rural_names = _seaside_first(shapes[9:-1], shapely.coverage_union_all(shapes[:-1]))
    names = ["Exempleville", *SUBURB_NAMES, *rural_names, ISLAND_NAME]
    populations = [180_412, *(int(v) for v in rng.integers(6_200, 22_000, 8))]
    populations += [int(v) for v in np.round(np.exp(rng.uniform(5.6, 8.4, len(RURAL_NAMES))))]
    populations.append(1_130)
    populations[names.index("Étalon-le-Château")] = 14_265
    communes = []
    for k, (name, shape) in enumerate(zip(names, shapes, strict=True)):
        x = shape.centroid.x - MAINLAND[0]
        epci = "999600011" if k <= 10 else "999600029" if x > 9_000 else "999600037"
        communes.append(
            Commune(
                code=f"96{k + 1:03d}",
                name=name,
                departement="96",
                epci=epci,
                arrondissement="962" if epci == "999600029" else "961",
                postal="96000" if k == 0 else f"96{100 + 10 * (k // 3):03d}",
                population=populations[k],
                epsg=MAINLAND_EPSG,
                polygon=shape,
                centre=_centre(shape),
            )
        )
    return communes


def overseas() -> list[Commune]:
    rng = np.random.default_rng([SEED, 2])
    grid = sorted(_hexagons(26_000, 6_300, rng), key=lambda p: math.hypot(p[0], p[1] * 0.8))
    n = len(OVERSEAS_NAMES)
    shapes = tessellate(_at(OVERSEAS, grid[:n]), _at(OVERSEAS, grid[n:]), rng, 110.0)
    populations = [31_240, 12_905, 8_417, 5_322, 2_968]
    return [
        Commune(
            code=f"97{190 + k}",
            name=name,
            departement="971",
            epci="999719019",
            arrondissement="9719",
            postal="97196",
            population=populations[k],
            epsg=OVERSEAS_EPSG,
            polygon=shapes[k],
            centre=_centre(shapes[k]),
        )
        for k, name in enumerate(OVERSEAS_NAMES)
    ]


def union_of(communes: list[Commune]) -> Any:
    return shapely.coverage_union_all([c.polygon for c in communes])
