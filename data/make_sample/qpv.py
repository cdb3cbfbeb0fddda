"""The fictitious QPV of both generations: blocks of a crooked street grid, grown from one block."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon, mapping

from .files import to_wgs84
from .territory import SEED, Commune, Pair

Cell = tuple[int, int]


@dataclass
class Quartier:
    name: str
    code_2024: str | None
    code_2015: str | None
    epsg: int
    shape_2024: Any = None
    shape_2015: Any = None
    written_2024: Any = None
    """As the 2024 file has it, where it is faulty there."""
    communes: list[Commune] = field(default_factory=list)
    population: int = 0


class Streets:
    """A grid of blocks whose corners are shared: blocks side by side have no gap."""

    def __init__(self, centre: Pair, rng: np.random.Generator, size: int = 15) -> None:
        self.size, angle = size, float(rng.uniform(0, math.pi / 2))
        wide, deep = float(rng.uniform(88, 118)), float(rng.uniform(78, 108))
        steps = np.arange(size + 1) - size / 2
        x, y = np.meshgrid(steps * wide, steps * deep, indexing="ij")
        # A boulevard bends the grid; each crossing is a little off.
        y = y + 26 * np.sin(x / 310)
        x = x + rng.normal(0, 9, x.shape)
        y = y + rng.normal(0, 9, y.shape)
        self.x = np.round(centre[0] + x * math.cos(angle) - y * math.sin(angle), 1)
        self.y = np.round(centre[1] + x * math.sin(angle) + y * math.cos(angle), 1)

    def block(self, cell: Cell) -> Polygon:
        i, j = cell
        corners = ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1))
        return Polygon([(float(self.x[c]), float(self.y[c])) for c in corners])

    def shape(self, cells: set[Cell], *, holes: bool = False) -> Any:
        """The blocks as one geometry; a courtyard that nobody asked for is filled."""
        joined: Any = shapely.union_all([self.block(c) for c in sorted(cells)])
        parts = joined.geoms if isinstance(joined, MultiPolygon) else [joined]
        kept = [p if holes else Polygon(p.exterior) for p in parts]
        kept = [p.simplify(0) for p in kept]
        return shapely.orient_polygons(kept[0] if len(kept) == 1 else MultiPolygon(kept))

    def grow(
        self,
        rng: np.random.Generator,
        start: Cell,
        count: int,
        barred: set[Cell] | None = None,
    ) -> set[Cell]:
        """Take blocks side by side, those with more taken neighbours first, by weighted chance."""
        taken, barred = {start}, barred or set()
        while len(taken) < count:
            edge: dict[Cell, int] = {}
            for i, j in sorted(taken):
                for cell in ((i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)):
                    inside = 0 <= cell[0] < self.size and 0 <= cell[1] < self.size
                    if inside and cell not in taken and cell not in barred:
                        edge[cell] = edge.get(cell, 0) + 1
            cells = sorted(edge)
            weight = np.array([edge[c] ** 2.2 for c in cells], dtype=float)
            taken.add(cells[int(rng.choice(len(cells), p=weight / weight.sum()))])
        return taken


def _away(commune: Commune, degrees: float, metres: float) -> Pair:
    angle = math.radians(degrees)
    x, y = commune.centre
    return round(x + metres * math.cos(angle), 1), round(y + metres * math.sin(angle), 1)


def _changed(streets: Streets, cells: set[Cell], rng: np.random.Generator, n: int) -> set[Cell]:
    """The perimeter of 2015: some blocks of today missing, some others on top."""
    middle = np.mean(sorted(cells), axis=0)
    by_distance = sorted(cells, key=lambda c: (-math.dist(c, middle), c))
    core = set(by_distance[n:])
    return streets.grow(rng, by_distance[-1], len(core) + n, set(by_distance[:n])) | core


def quartiers(mainland: list[Commune], overseas: list[Commune]) -> list[Quartier]:
    rng = np.random.default_rng([SEED, 3])
    named = {c.name: c for c in [*mainland, *overseas]}
    town = mainland[0]
    made: list[Quartier] = []

    def simple(
        name: str, codes: tuple[str | None, str | None], at: Pair, count: int, epsg: int, moved: int
    ) -> tuple[Streets, set[Cell], Quartier]:
        streets = Streets(at, rng)
        cells = streets.grow(rng, (7, 7), count)
        quartier = Quartier(name, *codes, epsg)
        if codes[0]:
            quartier.shape_2024 = streets.shape(cells)
        if codes[1]:
            old = _changed(streets, cells, rng, moved) if moved else cells
            quartier.shape_2015 = streets.shape(old)
        made.append(quartier)
        return streets, cells, quartier

    simple("Les Maquettes", ("QN09601M", "QP096001"), _away(town, 75, 1_750), 44, 2154, 6)
    streets, cells, _ = simple(
        "Cité des Prototypes", ("QN09602M", "QP096002"), _away(town, 200, 1_900), 26, 2154, 3
    )
    # The next district starts across one of its streets and shares that limit.
    edge = max(sorted(cells), key=lambda c: (c[0], -abs(c[1] - 7)))
    east = Quartier("Prototypes-Est", "QN09603N", None, 2154)
    east.shape_2024 = streets.shape(streets.grow(rng, (edge[0] + 1, edge[1]), 15, cells))
    made.append(east)

    park = Streets(_away(town, 318, 2_050), rng)
    around = {(i, j) for i in range(4, 9) for j in range(5, 10)}
    green = {(6, 7), (6, 8), (7, 7)}
    brouillon = Quartier("Le Brouillon", "QN09604M", "QP096004", 2154)
    brouillon.shape_2024 = park.shape(around - green, holes=True)
    brouillon.shape_2015 = park.shape(around - {(4, 5), (8, 9), (4, 6)})
    made.append(brouillon)

    at = _away(town, 130, 2_300)
    _, _, lost = simple("Champ-Gabarit", ("QN09605I", "QP096005"), at, 13, 2154, 0)
    corner = to_wgs84(lost.shape_2024, 2154).exterior.coords[0]
    lost.written_2024 = {"type": "MultiPolygon", "coordinates": [[[list(corner)] * 3]]}

    limit = town.polygon.boundary.intersection(mainland[1].polygon.boundary)
    middle = limit.centroid
    at = (round(middle.x, 1), round(middle.y, 1))
    simple("Pont-Témoin", ("QN09606M", "QP096006"), at, 30, 2154, 4)
    simple("L'Essai & Cie", ("QN09607I", "QP096007"), _away(town, 18, 900), 17, 2154, 0)

    apart = Streets(_away(town, 255, 2_650), rng)
    first = apart.grow(rng, (4, 5), 11, {(i, j) for i in range(7, 15) for j in range(15)})
    second = apart.grow(rng, (10, 9), 9, {(i, j) for i in range(9) for j in range(15)})
    twins = Quartier("Les Deux Spécimens", "QN09608M", "QP096008", 2154)
    twins.shape_2024 = apart.shape(first | second)
    twins.shape_2015 = apart.shape(first)
    made.append(twins)

    x, y = _away(town, 160, 1_050)
    lobes = [(0, 0), (-85, 150), (15, 315), (610, -15), (705, 165), (590, 345)]
    knot = Quartier("Le Nœud", "QN09609M", "QP096009", 2154)
    crossed = Polygon([(round(x + a, 1), round(y + b, 1)) for a, b in lobes])
    knot.shape_2024 = shapely.orient_polygons(shapely.make_valid(crossed))
    knot.written_2024 = mapping(to_wgs84(crossed, 2154))
    old = [(0, 0), (-85, 150), (15, 315), (590, 345), (705, 165), (610, -15)]
    knot.shape_2015 = Polygon([(round(x + a, 1), round(y + b, 1)) for a, b in old])
    made.append(knot)

    port, modele = named["Port-Fictif"], named["Saint-Modèle"]
    chateau = named["Étalon-le-Château"]
    simple("Vieux Port Fictif", ("QN09610I", "QP096010"), _away(port, 200, 600), 14, 2154, 0)
    simple("Le Donjon", ("QN09611N", None), _away(chateau, 60, 300), 12, 2154, 0)
    simple("Quartier <b>Bidon</b>", ("QN09612M", "QP096012"), _away(modele, 95, 500), 16, 2154, 3)
    simple("Ancien Croquis", (None, "QP096013"), _away(town, 100, 3_000), 15, 2154, 0)
    anse, morne = named["Anse-Fictive"], named["Morne-Modèle"]
    simple("Bourg de l'Anse", ("QN97191M", "QP971901"), _away(anse, 240, 900), 22, 5490, 4)
    simple("Morne Neuf", ("QN97192N", None), _away(morne, 45, 700), 13, 5490, 0)
    simple("Rivière Ancienne", (None, "QP971903"), _away(anse, 30, 1_200), 12, 5490, 0)

    for quartier in made:
        shape = quartier.shape_2024 if quartier.code_2024 else quartier.shape_2015
        homes = mainland if quartier.epsg == 2154 else overseas
        parts = [(c.polygon.intersection(shape).area, c) for c in homes]
        quartier.communes = [c for area, c in parts if area > 0.02 * shape.area]
        quartier.population = int(shape.area / 10_000 * rng.uniform(70, 130))
    return made
