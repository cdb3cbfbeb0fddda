"""The legal metric CRS of each French territory; measures in degrees are refused.

Source: EPSG registry through pyproj; the national reference systems are those of the decree on
geographic references. Lambert-93 stretches a kilometre by at most 2.2 m (Ajaccio, Dunkerque), so a
500 m distance is off by about 1 m at the worst; overseas UTM zones by less.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from .errors import CrsError
from .i18n import T, Text

WGS84 = 4326
LAMBERT_93 = 2154


@dataclass(frozen=True)
class LegalCrs:
    """A territory of measurement: its départements (INSEE), its CRS, and its lon/lat box."""

    name: Text
    epsg: int
    departements: tuple[str, ...]
    box: tuple[float, float, float, float]
    """(west, south, east, north) in degrees, WGS84: generous, boxes do not overlap."""


LEGAL: tuple[LegalCrs, ...] = (
    LegalCrs(T("Hexagone et Corse", "Mainland and Corsica"), 2154, (), (-6.0, 41.0, 10.5, 51.6)),
    LegalCrs(
        T("Antilles", "French Antilles"),
        5490,
        ("971", "972", "977", "978"),
        (-63.5, 14.0, -60.5, 18.5),
    ),
    LegalCrs(T("Guyane", "French Guiana"), 2972, ("973",), (-55.0, 2.0, -51.0, 6.5)),
    LegalCrs(T("La Réunion", "Réunion"), 2975, ("974",), (54.5, -22.0, 56.5, -20.0)),
    LegalCrs(
        T("Saint-Pierre-et-Miquelon", "Saint Pierre and Miquelon"),
        4467,
        ("975",),
        (-57.5, 46.0, -55.5, 48.0),
    ),
    LegalCrs(T("Mayotte", "Mayotte"), 4471, ("976",), (44.5, -13.5, 46.0, -12.0)),
    LegalCrs(
        T("Wallis-et-Futuna", "Wallis and Futuna"), 8903, ("986",), (-179.0, -15.0, -175.0, -12.5)
    ),
    # Society Islands and east of 150° W; the west of Polynesia has zone 5 South (EPSG:3296).
    LegalCrs(
        T("Polynésie française", "French Polynesia"), 3297, ("987",), (-155.0, -28.5, -134.0, -7.0)
    ),
    LegalCrs(
        T("Nouvelle-Calédonie", "New Caledonia"), 3163, ("988",), (156.0, -27.0, 174.5, -14.0)
    ),
)
_BY_DEPARTEMENT = {code: legal for legal in LEGAL for code in legal.departements}


def departement_of(commune: str) -> str:
    """Département of an INSEE commune code: three characters for 97x and 98x, else two.

    >>> departement_of("97411"), departement_of("2A004"), departement_of("31555")
    ('974', '2A', '31')
    """
    return commune[:3] if commune[:2] in ("97", "98") else commune[:2]


def legal_crs_of_departement(departement: str) -> int:
    """EPSG code in which a département is measured. Source: ``LEGAL``."""
    legal = _BY_DEPARTEMENT.get(departement)
    return legal.epsg if legal else LAMBERT_93


def legal_crs_at(lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """EPSG code of the territory that holds each point; 0 where no French territory does.

    Parameters
    ----------
    lon, lat
        Arrays of one shape, degrees, WGS84. NaN gives 0.
    """
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    found = np.zeros(np.broadcast(lon, lat).shape, dtype=np.int64)
    for legal in LEGAL:
        west, south, east, north = legal.box
        found[(lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)] = legal.epsg
    return found


@functools.lru_cache(maxsize=64)
def crs_of(epsg: int) -> CRS:
    """The CRS of an EPSG code: one object, which PROJ makes and describes once."""
    return CRS.from_epsg(epsg)


def read_crs(said: Any) -> CRS:
    """The CRS that a file says, in any form that pyproj understands.

    A PROJJSON that says nothing but what the registry says of its EPSG code is that CRS; to read
    it through would take PROJ 25 ms, a file.
    """
    if isinstance(said, CRS):
        return said
    if isinstance(said, int):
        return crs_of(said)
    if isinstance(said, dict):
        match said.get("id"):
            case {"authority": "EPSG", "code": int(code)}:
                try:
                    known = crs_of(code)
                except CRSError:
                    return CRS.from_user_input(said)
                if _said_by(said, known.to_json_dict()):
                    return known
    return CRS.from_user_input(said)


def _said_by(part: Any, whole: Any) -> bool:
    """Whether a description holds nothing that another one does not, its schema's version apart."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(
            key == "$schema" or (key in whole and _said_by(value, whole[key]))
            for key, value in part.items()
        )
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(map(_said_by, part, whole))
    return bool(part == whole)


@functools.lru_cache(maxsize=64)
def transformer(source: int, target: int) -> Transformer:
    """A cached transformer, always longitude (or easting) first."""
    return Transformer.from_crs(source, target, always_xy=True)


def transform(
    x: npt.ArrayLike, y: npt.ArrayLike, source: int, target: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Carry coordinates from one CRS to another; what cannot be carried becomes infinite."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if source == target or x.size == 0:
        return x.copy(), y.copy()
    moved_x, moved_y = transformer(source, target).transform(x, y)
    return np.asarray(moved_x, dtype=float), np.asarray(moved_y, dtype=float)


def carried(shapes: npt.NDArray[np.object_], source: int, target: int) -> npt.NDArray[np.object_]:
    """Geometries (n,) carried from one CRS (EPSG code) to another, vertex by vertex, without Z."""

    def move(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(transform(points[:, 0], points[:, 1], source, target))

    moved: npt.NDArray[np.object_] = shapely.transform(shapes, move)
    return moved


def require_metric(crs: Any) -> CRS:
    """Return the CRS when its axes are metres; raise :class:`CrsError` when they are not."""
    if crs is None:
        raise CrsError(
            T("La couche n'a pas de système de coordonnées.", "The layer has no CRS."),
            do=T(
                "Donnez-le, par exemple set_crs(2154).", "Give it one, for example set_crs(2154)."
            ),
        )
    known = CRS.from_user_input(crs)
    if known.is_geographic or any(axis.unit_name != "metre" for axis in known.axis_info[:2]):
        raise CrsError(
            T(
                "Une distance en mètres ne se mesure pas dans {crs}.",
                "A distance in metres cannot be measured in {crs}.",
                crs=known.name,
            ),
            do=T(
                "Projetez d'abord dans le système légal du territoire (2154 en métropole).",
                "Project to the territory's legal CRS first (2154 for the mainland).",
            ),
        )
    return known
