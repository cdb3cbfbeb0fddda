"""The layers of a result as collections: what each is called, holds, and can be asked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from ...core.crs import legal_crs_at
from ...core.errors import UnknownNameError
from ...core.i18n import T, Text
from ...core.schema import Column, Dtype
from ...core.tables import TABLES
from ...exchange.table_schema import dtypes, typed
from ...exporting import credit_of
from ...features import Features
from ...rules import quartier_vecu_label
from ..served import Served
from . import crs

_TITLES = {
    "structures": T("Structures de soins coordonnés", "Coordinated care structures"),
    "zonage": T("Zonage médecin", "Doctor zoning"),
    "communes": T("Communes", "Communes"),
    "epci": T("Intercommunalités (EPCI)", "Intercommunalities (EPCI)"),
    "departements": T("Départements", "Départements"),
    "regions": T("Régions", "Régions"),
    "anomalies": T("Anomalies des fichiers", "Anomalies of the files"),
}
_SCHEMAS = {
    "structures": "structures",
    **dict.fromkeys(("communes", "epci", "departements", "regions"), "territories"),
}
_PERIODS = (("opened", "closed"), ("valid_from", "valid_to"))
"""Columns of begin and end; in OGC API – Features both ends belong to a period."""
SHAPE = b', "geometry": '
"""What stands before the shape in the text of a feature."""
_FIRST, _LAST = np.datetime64("0001-01-01", "D"), np.datetime64("9999-12-31", "D")


@dataclass(frozen=True)
class Values:
    """One column ready for comparison: ``held`` says where ``values`` means something."""

    dtype: Dtype
    values: npt.NDArray[Any]
    held: npt.NDArray[np.bool_]


class Collection:
    """One layer, described; what filters need of it is made once, when first asked for.

    Parameters
    ----------
    features
        The layer in EPSG:4326.
    credit
        Source line and licence.
    """

    def __init__(self, features: Features, credit: Text) -> None:
        self.name = features.name
        self.features = features
        self.title = _title(features.name)
        self.credit = credit
        self._table = typed(features.table)
        self.columns: dict[str, Dtype] = dtypes(self._table)
        self.crs = crs.offered(_legal_crs(features.table))
        self.period = next((p for p in _PERIODS if set(p) <= set(self.columns)), None)
        self._columns: dict[str, Values] = {}

    @cached_property
    def bbox(self) -> list[float] | None:
        """West, south, east, north in degrees; None where no row has a shape."""
        box = shapely.total_bounds(self.features.shapes)
        return [round(float(side), 6) for side in box] if np.isfinite(box).all() else None

    @cached_property
    def shapes_held(self) -> npt.NDArray[np.bool_]:
        """Where a row has a shape."""
        shapes = self.features.shapes
        return np.asarray(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)), dtype=np.bool_)

    @cached_property
    def shape_types(self) -> list[str]:
        """The kinds of shapes there are."""
        held = self.features.table.geometry[self.shapes_held]
        return sorted(set(held.geom_type))

    @cached_property
    def mixed(self) -> bool:
        """Whether single and multiple shapes are mixed: then all are given as multiple ones.

        GDAL and QGIS take the type of a layer from its first features.
        """
        multiple = {kind for kind in self.shape_types if kind.startswith("Multi")}
        return bool(multiple) and multiple != set(self.shape_types)

    @cached_property
    def cuts(self) -> npt.NDArray[np.int64]:
        """Where the shape begins in the text of each feature; it comes last."""
        return np.array([text.rindex(SHAPE) for text in self.features.texts], dtype=np.int64)

    @cached_property
    def interval(self) -> tuple[str | None, str | None] | None:
        """First and last day (RFC 3339); None at an open end; None where there are no dates."""
        if self.period is None:
            return None
        begins, ends, dated = self.days
        if not dated.any():
            return None
        first, last = begins[dated].min(), ends[dated].max()
        return (_moment(first, _FIRST), _moment(last, _LAST))

    @cached_property
    def days(
        self,
    ) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.datetime64], npt.NDArray[np.bool_]]:
        """First and last day of each row, and whether it has any date."""
        if self.period is None:
            raise LookupError(self.name)
        opened, closed = (self.values(column) for column in self.period)
        return (
            np.where(opened.held, opened.values.astype("datetime64[D]"), _FIRST),
            np.where(closed.held, closed.values.astype("datetime64[D]"), _LAST),
            opened.held | closed.held,
        )

    def values(self, column: str) -> Values:
        """A column ready for comparison.

        Texts are an object array, numbers float64, booleans bool, dates datetime64[s].
        """
        if column not in self._columns:
            self._columns[column] = _ready(self._table[column], self.columns[column])
        return self._columns[column]

    def described(self, column: str) -> Column | None:
        """Meaning, unit and bounds of a column, where the tables of the core have it."""
        schema = TABLES[_SCHEMAS.get(self.name, "zones")]
        return schema.column(column) if column in schema.names else None


def _legal_crs(table: Any) -> set[int]:
    """EPSG codes in which the rows are measured; where no column says it, by their place."""
    said = table["legal_crs"].dropna().tolist() if "legal_crs" in table else []
    if said:
        return {int(code) for code in said}
    middles = shapely.centroid(np.asarray(table.geometry.array, dtype=object))
    return {int(code) for code in legal_crs_at(shapely.get_x(middles), shapely.get_y(middles))} - {
        0
    }


def _ready(column: Any, dtype: Dtype) -> Values:
    held = column.notna().to_numpy(dtype=np.bool_)
    if dtype == "text":
        values: npt.NDArray[Any] = column.astype("object").where(held, "").to_numpy(dtype=object)
    elif dtype == "date":
        values = column.to_numpy().astype("datetime64[s]")
    elif dtype == "boolean":
        values = column.to_numpy(dtype=np.bool_, na_value=False)
    else:
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return Values(dtype, values, held)


def _moment(day: np.datetime64, beyond: np.datetime64) -> str | None:
    if day == beyond:
        return None
    return f"{dt.date.fromisoformat(str(day)).isoformat()}T00:00:00Z"


def _title(name: str) -> Text:
    if name in _TITLES:
        return _TITLES[name]
    if name.startswith("qpv_"):
        return T(
            "Quartiers prioritaires (QPV) {year}",
            "Priority neighbourhoods (QPV) {year}",
            year=name.removeprefix("qpv_"),
        )
    if name.startswith("quartier_vecu_"):
        measure = name.removeprefix("quartier_vecu_")
        definition = f"proxy-{measure}m" if measure.isdigit() else measure
        try:
            label = quartier_vecu_label(definition)
        except UnknownNameError:
            label = T("{it}", "{it}", it=measure)
        return T("Quartier vécu : {label}", "Quartier vécu: {label}", label=label)
    return T("{name}", "{name}", name=name)


def collections_of(result: Served) -> dict[str, Collection]:
    """The collections of a result by their ids, made once for it."""

    def make() -> dict[str, Collection]:
        atlas = result.atlas
        held = {}
        for name in atlas.stored.layer_names():
            features = result.features(name)
            credit = credit_of(atlas, features.table, name)
            held[name] = Collection(features, Text(credit.line("fr"), credit.line("en")))
        return held

    return result.keep("ogc", make)


def require_collection(result: Served, name: str) -> Collection:
    """A collection by its id.

    Raises
    ------
    UnknownNameError
        With the ids there are.
    """
    known = collections_of(result)
    if name in known:
        return known[name]
    raise UnknownNameError(
        T(
            "Il n'y a pas de collection « {name} » ; il y a : {known}.",
            "There is no collection “{name}”; there are: {known}.",
            name=name[:100],
            known=", ".join(known),
        ),
        known=tuple(known),
    )
