"""Which territories a study shows, and to which of them a structure, a QPV or a person belongs."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..core.crs import departement_of
from ..core.errors import SourceError, UnknownNameError
from ..core.i18n import T
from ..core.tables import EVERYWHERE_LEVELS
from ..core.territory import FRANCE
from ..engine import TerritorialIndex
from ..intake.geometries import boxes_near
from ..sources.territories.filling import among, index_in
from .description import Study
from .places import Places

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_QPV_SHARE = 0.05
"""A QPV without a list of communes belongs to those that hold at least this share of its area:
simplified contours overlap their neighbours by slivers."""


@dataclass(frozen=True, eq=False)
class Area:
    """The territories of a study, from the largest to the communes.

    ``places`` has the columns of the territories table and ``covered``: whether the sources cover
    it whole. ``links`` gives for each commune code the positions of its territories in ``places``,
    one a level (-1: none). ``around`` are the communes inside and within the margin of their box;
    ``codes`` those of all communes known.
    """

    places: Any
    links: pd.DataFrame
    around: Any
    codes: frozenset[str]
    uncovered: Any
    """Contours of French territory that the structures' sources do not cover."""
    sides: dict[int, shapely.STRtree] = field(default_factory=dict)
    """The sides of those contours by legal CRS, each put into a tree once."""

    @cached_property
    def communes(self) -> frozenset[str]:
        """Codes of the communes inside."""
        return frozenset(self.links.index.tolist())

    def members(self, communes: pd.Series) -> pd.DataFrame:
        """Positions in ``places`` by level, for a series of commune codes; -1 outside."""
        at = self.links.index.get_indexer(pd.Index(communes, dtype=object))
        found = self.links.to_numpy()[at]
        found[at < 0] = -1
        return pd.DataFrame(found, index=communes.index, columns=self.links.columns)


def select_area(study: Study, gathered: Places, covered: set[str] | None) -> Area:
    """The part of the territories table that a study shows.

    Parameters
    ----------
    gathered
        The territories of all sources.
    covered
        Départements that the structures' sources hold; None when that cannot be told.

    Raises
    ------
    UnknownNameError
        The study's territory is not among the territories read.
    """
    territories = gathered.territories
    if territories is None:
        raise SourceError(
            T(
                "L'étude n'a pas de source « territories » : sans communes, pas de territoire.",
                "The study has no source “territories”: without communes there is no territory.",
            ),
            file=study.file,
            field="sources",
        )
    communes = _stretch(territories, (territories["level"] == "commune").to_numpy())
    level, _, code = study.territory.partition(":")
    own = np.ones(len(communes), dtype=bool)
    if study.territory != FRANCE:
        column = communes["code" if level == "commune" else level]
        own = (column == code).to_numpy(dtype=bool, na_value=False)
    # Without their contours: copying those takes longer than all the rest.
    inside = pd.DataFrame(communes.drop(columns="geometry"))[own]
    if inside.empty:
        known = territories["territory"].tolist()
        raise UnknownNameError(
            T(
                "Aucune commune de « {territory} » dans les sources de l'étude.",
                "No commune of “{territory}” in the sources of the study.",
                territory=study.territory,
            ),
            known=tuple(difflib.get_close_matches(study.territory, known, n=3)),
        )
    wanted = _wanted(study, inside)
    rows = np.flatnonzero(among(territories["territory"], wanted))
    order = {name: rank for rank, name in enumerate(EVERYWHERE_LEVELS)}
    levels = territories["level"].array[rows].map(order.get)
    rows = rows[np.lexsort((territories["code"].array[rows].to_numpy(dtype=object), levels))]
    places = territories.iloc[rows].reset_index(drop=True)
    places["covered"] = _covered(places, communes, own, covered) & ~(
        places["territory"].isin(gathered.partial)
    )
    around = communes[_near(communes, own, study.margin)].reset_index(drop=True)
    codes = frozenset(communes["code"].tolist())
    return Area(places, _links(places, inside), around, codes, _uncovered(territories, covered))


def _stretch(table: Any, mask: Bools) -> Any:
    """The rows marked; without copying 35,000 contours where they follow one another."""
    rows = np.flatnonzero(mask)
    if len(rows) and rows[-1] - rows[0] + 1 == len(rows):
        return table.iloc[rows[0] : rows[-1] + 1]
    return table[mask]


def _links(places: Any, inside: pd.DataFrame) -> pd.DataFrame:
    """Positions in ``places`` of the territories of each commune inside, one a level; -1: none."""
    links = {}
    for level in EVERYWHERE_LEVELS:
        rows = np.flatnonzero((places["level"] == level).to_numpy())
        if level == "france":
            links[level] = np.full(len(inside), rows[0] if len(rows) else -1, dtype=np.int64)
            continue
        at = index_in(places["code"].iloc[rows], inside["code" if level == "commune" else level])
        links[level] = np.where(at >= 0, np.append(rows, -1)[at], -1)
    return pd.DataFrame(links, index=pd.Index(inside["code"].to_numpy(dtype=object)))


def _near(communes: Any, own: Bools, margin: int) -> Any:
    """Communes within the margin of the boxes of those inside, one box a département."""
    where = communes["departement"].to_numpy(dtype=object)
    return boxes_near(shapely.bounds(communes.geometry.to_numpy()), own, where, margin)


def _wanted(study: Study, inside: Any) -> set[str]:
    levels = EVERYWHERE_LEVELS[EVERYWHERE_LEVELS.index(study.level) :]
    wanted = {FRANCE} if "france" in levels else set()
    for level in levels:
        if level == "commune":
            wanted |= {f"commune:{code}" for code in inside["code"].tolist()}
        elif level == study.level and level != "france":
            wanted.add(study.territory)
        elif level != "france":
            wanted |= {f"{level}:{code}" for code in inside[level].dropna().unique()}
    return wanted


def _covered(places: Any, communes: Any, own: Bools, covered: set[str] | None) -> Bools:
    """Whether every commune of a territory is in the study and in a département of the sources."""
    held = own if covered is None else own & among(communes["departement"], covered)
    whole = np.ones(len(places), dtype=bool)
    for level in EVERYWHERE_LEVELS:
        rows = np.flatnonzero((places["level"] == level).to_numpy())
        if level == "france":
            whole[rows] = held.all()
        else:
            gaps = communes["code" if level == "commune" else level][~held]
            whole[rows] = ~among(places["code"].iloc[rows], gaps)
    return whole


def _uncovered(territories: Any, covered: set[str] | None) -> Any:
    if covered is None:
        return territories.iloc[:0]
    levels, shapes = territories["level"], territories.geometry.to_numpy()
    for level, column in (("departement", "code"), ("commune", "departement")):
        rows = np.flatnonzero((levels == level).to_numpy())
        rows = rows[~(shapely.is_missing(shapes[rows]) | shapely.is_empty(shapes[rows]))]
        if len(rows):
            held = among(territories[column].iloc[rows], covered)
            return territories.iloc[rows[~held]]
    return territories.iloc[:0]


def settle_communes(structures: Any, area: Area, renamed: dict[str, str]) -> pd.Series:
    """Commune of each structure in the communes of the study's COG.

    The declared code decides; a code that left the COG follows its moves (``renamed``); where that
    fails the contour that holds the point decides.
    """
    declared = structures["commune"].astype("object")
    known, communes = area.codes, area.around
    settled = declared.map(lambda code: renamed.get(code, code) if isinstance(code, str) else None)
    lost = ~among(settled, known) & structures["lon"].notna()
    if lost.any():
        shaped = communes[~(communes.geometry.isna() | communes.geometry.is_empty)]
        shaped = shaped.reset_index(drop=True)
        index = TerritorialIndex(shaped)
        points, zones = index.query(structures.loc[lost, "lon"], structures.loc[lost, "lat"])
        rows = structures.index[lost][points]
        settled.loc[rows[::-1]] = shaped["code"].to_numpy(dtype=object)[zones[::-1]]
    return settled.where(among(settled, known), None)


def communes_of_qpv(qpv: Any, communes: Any, renamed: dict[str, str]) -> list[list[str]]:
    """Communes of each QPV: those its file names, else those that hold a share of its area."""
    known = set(communes["code"].tolist())
    named = [
        [renamed.get(code, code) for code in str(cell).split()] if isinstance(cell, str) else []
        for cell in qpv["communes"].tolist()
    ]
    found = [[code for code in codes if code in known] for codes in named]
    lost = [row for row, codes in enumerate(found) if not codes]
    if not lost:
        return found
    shaped = communes[~(communes.geometry.isna() | communes.geometry.is_empty)]
    shapes = shaped.geometry.to_numpy()
    codes = shaped["code"].to_numpy(dtype=object)
    zones = qpv.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    rows, near = tree.query(zones[lost], predicate="intersects")
    # Shares of one small polygon: degrees distort both areas alike.
    shared = shapely.area(shapely.intersection(zones[lost][rows], shapes[near]))
    for row, commune, area in zip(rows, near, shared, strict=True):
        if area >= _QPV_SHARE * shapely.area(zones[lost[row]]):
            found[lost[row]].append(codes[commune])
    return found


def qpv_members(area: Area, communes: list[list[str]]) -> list[tuple[int, ...]]:
    """Positions in ``places`` of every territory that holds each QPV, each once."""
    links = area.links.to_numpy().tolist()
    rows = {code: row for row, code in enumerate(area.links.index.tolist())}
    members = []
    for codes in communes:
        held = {place for code in codes if code in rows for place in links[rows[code]]}
        members.append(tuple(sorted(held - {-1})))
    return members


def departements_of(communes: list[list[str]]) -> list[str | None]:
    """Département of the first commune of each list."""
    return [departement_of(codes[0]) if codes else None for codes in communes]
