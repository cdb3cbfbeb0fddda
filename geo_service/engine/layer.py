"""The door of the engine: a layer of zones as plain shapely geometries with a CRS."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from ..core.errors import CrsError, SchemaError
from ..core.i18n import T
from .answers import Bools, Floats, Ints

Geometries = npt.NDArray[np.object_]

_POINT = 0
_SHOWN = 10


@dataclass(frozen=True, eq=False)
class Layer:
    """Geometries in position order (None and empty ones are kept and never match)."""

    geometries: Geometries
    crs: CRS | None
    is_points: bool

    @property
    def size(self) -> int:
        """Number of positions, those without a geometry included."""
        return len(self.geometries)

    @cached_property
    def present(self) -> Bools:
        """Which positions hold a geometry that is not empty."""
        missing = shapely.is_missing(self.geometries) | shapely.is_empty(self.geometries)
        return np.logical_not(missing)

    @cached_property
    def vertices(self) -> int:
        """Number of coordinates of all geometries."""
        return int(shapely.get_num_coordinates(self.geometries).sum())


def read_layer(zones: Any, crs: Any = None) -> Layer:
    """Take zones as a GeoDataFrame, a GeoSeries or an array of shapely geometries.

    Raises
    ------
    SchemaError
        When something is not a geometry.
    CrsError
        When ``crs`` is given beside a frame that has another one.
    """
    column = getattr(zones, "geometry", zones)
    own = getattr(column, "crs", None)
    if own is not None and crs is not None and CRS.from_user_input(crs) != CRS.from_user_input(own):
        raise CrsError(
            T(
                "La couche est en {own}, et non en {crs}.",
                "The layer is in {own}, not in {crs}.",
                own=CRS.from_user_input(own).name,
                crs=CRS.from_user_input(crs).name,
            ),
            do=T("Projetez-la d'abord (to_crs).", "Project it first (to_crs)."),
        )
    chosen = own if own is not None else crs
    geometries = np.array(getattr(column, "values", column), dtype=object).reshape(-1)
    try:
        types = shapely.get_type_id(geometries)
    except TypeError as error:
        raise SchemaError(
            T("Les zones ne sont pas des géométries.", "The zones are not geometries."),
            do=T(
                "Donnez un GeoDataFrame, une GeoSeries ou un tableau de géométries shapely.",
                "Give a GeoDataFrame, a GeoSeries or an array of shapely geometries.",
            ),
        ) from error
    return Layer(
        geometries=geometries,
        crs=None if chosen is None else CRS.from_user_input(chosen),
        is_points=bool((types <= _POINT).all() and (types == _POINT).any()),
    )


def require_valid(geometries: Geometries, positions: Ints) -> None:
    """Raise :class:`SchemaError` naming the positions of invalid geometries.

    Invalid polygons have no inside that everybody agrees on, so no answer about them is exact.
    """
    chosen = geometries[positions]
    wrong = positions[~(shapely.is_valid(chosen) | shapely.is_missing(chosen))]
    if wrong.size == 0:
        return
    shown = ", ".join(str(position) for position in wrong[:_SHOWN])
    raise SchemaError(
        T(
            "{n} géométrie(s) invalide(s), aux positions {shown}{more} : {reason}.",
            "{n} invalid geometry(ies), at positions {shown}{more}: {reason}.",
            n=len(wrong),
            shown=shown,
            more="…" if len(wrong) > _SHOWN else "",
            reason=shapely.is_valid_reason(geometries[wrong[0]]),
        ),
        field="geometry",
        do=T(
            "Réparez-les d'abord (shapely.make_valid) et gardez-en la liste.",
            "Repair them first (shapely.make_valid) and keep a list of them.",
        ),
    )


def read_points(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Two flat float64 arrays of one length.

    Raises
    ------
    SchemaError
        When the two do not have the same length.
    """
    flat_x = np.ascontiguousarray(x, dtype=np.float64).reshape(-1)
    flat_y = np.ascontiguousarray(y, dtype=np.float64).reshape(-1)
    if flat_x.shape != flat_y.shape:
        raise SchemaError(
            T(
                "{nx} abscisses pour {ny} ordonnées.",
                "{nx} x coordinates for {ny} y coordinates.",
                nx=flat_x.size,
                ny=flat_y.size,
            )
        )
    return flat_x, flat_y


def require_distance(metres: float) -> float:
    """A finite distance of at least 0 metres, or :class:`SchemaError`."""
    value = float(metres)
    if not np.isfinite(value) or value < 0:
        raise SchemaError(
            T(
                "La distance {metres} n'est pas un nombre de mètres.",
                "The distance {metres} is not a number of metres.",
                metres=metres,
            ),
            field="metres",
        )
    return value
