"""Where people live: 200 m squares where given, else one point a commune."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from ..core.crs import WGS84, legal_crs_at, transform
from ..core.tables import EVERYWHERE_LEVELS
from ..engine import TerritorialIndex
from ..sources.territories.filling import among, index_in
from .area import Area
from .description import Study
from .edges import edge_of
from .material import Material


def _squares(material: Material) -> pd.DataFrame | None:
    tables = [
        table[table["support"] == "square"]
        for table in material.tables("population")
        if (table["support"] == "square").any()
    ]
    return pd.concat(tables, ignore_index=True) if tables else None


def commune_points(material: Material, area: Area) -> pd.DataFrame:
    """One point a commune: the mean of its populated squares, else a point on its surface.

    Returns
    -------
    DataFrame
        ``code``, ``lon``, ``lat``, ``population``, ``legal_crs``, ``inside``, ``edge`` (metres to
        territory that the data do not cover), in the order of the communes of ``places``.
    """
    around = area.around
    own = area.places.loc[area.places["level"] == "commune", "code"]
    others = np.flatnonzero(~among(around["code"], own))
    table = around.iloc[np.concatenate([index_in(around["code"], own), others])]
    shapes = table.geometry.to_numpy()
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    surface = np.full((len(shapes), 2), np.nan)
    surface[drawn] = shapely.get_coordinates(shapely.point_on_surface(shapes[drawn]))
    points = pd.DataFrame(
        {
            "code": table["code"].array,
            "lon": surface[:, 0],
            "lat": surface[:, 1],
            "population": table["population"].to_numpy(dtype=float),
            "legal_crs": table["legal_crs"].to_numpy(dtype=np.int64),
            "inside": np.arange(len(shapes)) < len(own),
        }
    )
    squares = _squares(material)
    if squares is not None:
        lived = squares.assign(code=_commune_of(squares, area)).dropna(subset=["code"])
        lived = lived[lived["population"] > 0]
        weight = lived["population"]
        means = (
            lived.assign(east=lived["lon"] * weight, north=lived["lat"] * weight)
            .groupby("code")[["east", "north", "population"]]
            .sum()
        )
        found = points["code"].isin(means.index)
        mean = means.loc[points.loc[found, "code"]]
        points.loc[found, "lon"] = (mean["east"] / mean["population"]).to_numpy()
        points.loc[found, "lat"] = (mean["north"] / mean["population"]).to_numpy()
    edge = np.full(len(points), np.inf)
    inside = np.flatnonzero(points["inside"] & points["lon"].notna())
    edge[inside] = edge_of(
        shapely.points(*points[["lon", "lat"]].to_numpy()[inside].T),
        points["legal_crs"].to_numpy()[inside],
        area,
    )
    return points.assign(edge=edge)


def _commune_of(squares: pd.DataFrame, area: Area) -> Any:
    """Commune whose contour holds the centre of each square; None outside all."""
    shaped = area.around[~(area.around.geometry.isna() | area.around.geometry.is_empty)]
    shaped = shaped.reset_index(drop=True)
    codes = shaped["code"].to_numpy(dtype=object)
    points, zones = TerritorialIndex(shaped).query(squares["lon"], squares["lat"])
    found = np.full(len(squares), None, dtype=object)
    found[points[::-1]] = codes[zones[::-1]]
    return found


def populated_points(
    study: Study, material: Material, area: Area, communes: pd.DataFrame
) -> pd.DataFrame:
    """Where the inhabitants of the study and of its margin are counted.

    Returns
    -------
    DataFrame
        ``lon``, ``lat``, ``population``, ``legal_crs``, ``inside``, ``edge`` and one column a level
        with positions in ``places`` (-1 outside the study). Communes that the squares cover are
        counted by their squares, the others at their point: nobody is counted twice.
    """
    points = communes
    squares = _squares(material)
    if squares is not None:
        cells = pd.DataFrame(
            {
                "code": _commune_of(squares, area),
                "lon": squares["lon"],
                "lat": squares["lat"],
                "population": squares["population"],
                "legal_crs": legal_crs_at(squares["lon"], squares["lat"]),
            }
        ).dropna(subset=["code"])
        cells["inside"] = among(cells["code"], area.communes)
        cells["edge"] = edge_of(
            shapely.points(cells["lon"], cells["lat"]), cells["legal_crs"], area
        )
        covered = set(cells["code"])
        points = pd.concat([cells, points[~among(points["code"], covered)]], ignore_index=True)
    points = points[points["lon"].notna()]
    near = points["inside"] | _near(points, study.margin)
    points = points[near].reset_index(drop=True)
    members = area.members(points["code"])
    for level in EVERYWHERE_LEVELS:
        points[level] = members[level].to_numpy()
    return points


def _near(points: pd.DataFrame, margin: int) -> Any:
    """Whether a point lies within the margin of the box of the points inside."""
    near = np.zeros(len(points), dtype=bool)
    codes = points["legal_crs"].to_numpy()
    inside = points["inside"].to_numpy()
    for code in np.unique(codes[inside]):
        chosen = np.flatnonzero(codes == code)
        x, y = transform(
            points["lon"].to_numpy()[chosen], points["lat"].to_numpy()[chosen], WGS84, int(code)
        )
        own = inside[chosen]
        near[chosen] = (
            (x >= x[own].min() - margin)
            & (x <= x[own].max() + margin)
            & (y >= y[own].min() - margin)
            & (y <= y[own].max() + margin)
        )
    return near
