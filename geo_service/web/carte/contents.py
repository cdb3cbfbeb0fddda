"""The data of the map, as columns: points, zones, limits; heavy shapes apart, near ones in parts.

Values are text in the language of the request or plain numbers; the browser writes them as text.
Coordinates are rounded, and shapes simplified, for drawing only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ...core.errors import UnknownNameError
from ...core.i18n import T
from ...drawing.areas import (
    TERRITORIES,
    class_by_code,
    qpv_fields,
    quartier_vecu_fields,
    zoning_layer,
)
from ...drawing.escape import clean, is_null
from ...drawing.layer import described
from ...drawing.places import Bounds, places_of
from ...drawing.points import decides_nothing, structure_fields
from ...drawing.scales import NEAR_VERTICES, far, far_tolerance, far_units
from ...drawing.shapes import UNITS_PER_DEGREE, inner_points, packed, simplified

if TYPE_CHECKING:
    import pandas as pd

    from ..served import Served

_EPOCH = np.datetime64("1970-01-01", "D")
_ZONE_TOLERANCE = 0.00003  # degrees, about 3 m: under a pixel until zoom 14
NO_CHUNK = "_"
"""Name of the part that holds territories of no known département."""


def names(result: Served) -> list[str]:
    """Layers with shapes that the result holds."""
    return [name for name in result.atlas.stored.layer_names() if name != "anomalies"]


def table(result: Served, layer: str) -> Any:
    """A layer in EPSG:4326.

    Raises
    ------
    UnknownNameError
        No such layer on the map.
    """
    if layer not in names(result):
        raise UnknownNameError(
            T("La carte n'a pas la couche « {n} ».", "The map has no layer “{n}”.", n=layer),
            known=tuple(names(result)),
        )
    return result.features(layer).table


def is_zone(layer: str) -> bool:
    """Whether a layer holds zones with a validity of their own: QPV or quartiers vécus."""
    return layer.startswith(("qpv_", "quartier_vecu_"))


def commune_names(result: Served) -> dict[str, str]:
    """INSEE code → name."""

    def make() -> dict[str, str]:
        if "communes" not in names(result):
            return {}
        communes = table(result, "communes")
        return dict(zip(communes["code"], map(clean, communes["name"]), strict=True))

    return result.keep(("carte", "commune names"), make)


def zoning(result: Served) -> dict[str, str]:
    """Code of a commune or QPV → label of its class in the zonage médecin."""
    return class_by_code(table(result, "zonage") if "zonage" in names(result) else None)


def places(result: Served) -> list[tuple[str, Bounds]]:
    """The study's territory, then the other parts of the world that the result has anything of."""
    held = {name: table(result, name) for name in names(result)}
    return places_of(held, result.atlas.facts)


def structures_table(result: Served) -> tuple[Any, list[str]]:
    """The structures in the order of the map, and the id that names each in addresses.

    Neighbours follow one another: their positions then differ by little, which takes half the
    bytes.
    """

    def make() -> tuple[Any, list[str]]:
        rows = table(result, "structures")
        shapes = rows.geometry.to_numpy()
        order = np.argsort(_along_a_curve(shapely.get_x(shapes), shapely.get_y(shapes)))
        ids = result.features("structures").ids
        return rows.iloc[order].reset_index(drop=True), [ids[row] for row in order]

    return result.keep(("carte", "structures"), make)


def structures(result: Served) -> dict[str, Any]:
    """Positions, kinds and dates of the structures; those without a position have none.

    ``from`` and ``to`` are places in the dates of the result: the first at which a structure is
    open, the first at which it is closed; null is unknown.
    """
    rows, _ = structures_table(result)
    shapes = rows.geometry.to_numpy()
    placed = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    kinds = list(dict.fromkeys(rows["kind"].astype(str)))
    return {
        "kinds": kinds,
        "kind": [kinds.index(kind) for kind in rows["kind"].astype(str)],
        "placed": np.flatnonzero(placed).tolist() if not placed.all() else None,
        "points": _steps(shapely.get_coordinates(shapes[placed])),
        "hollow": np.flatnonzero(decides_nothing(rows)).tolist(),
        "from": _among(result, rows["opened"]),
        "to": _among(result, rows["closed"]),
    }


def structure_details(result: Served) -> dict[str, Any]:
    """What is said of each structure, in the order of :func:`structures`.

    ``dated``: place of the column of opening dates, which are days since 1970 (null is unknown).
    """
    rows, ids = structures_table(result)
    opened = T("Ouverture", "Opened").say()
    told = described(rows, structure_fields(rows, commune_names(result)))
    place = told["fields"].index(opened) if opened in told["fields"] else -1
    if place >= 0:
        told["values"][place] = _days(rows["opened"])
    return {**told, "dated": place, "codes": ids}


def zones(result: Served, layer: str) -> dict[str, Any]:
    """Zones as symbols: a point, the size, when in force, and what is said of each.

    ``from`` is the place of the first date of the result in force, ``to`` of the first one after.
    """
    rows = table(result, layer)
    fields = (
        qpv_fields(rows, zoning(result), commune_names(result))
        if layer.startswith("qpv_")
        else quartier_vecu_fields(rows)
    )
    shapes = rows.geometry.to_numpy()
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    box = shapely.bounds(shapes[drawn])
    return {
        "codes": [clean(code) for code in rows["code"]],
        "placed": np.flatnonzero(drawn).tolist() if not drawn.all() else None,
        "points": _steps((box[:, :2] + box[:, 2:]) / 2),
        "across": _whole(np.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])),
        "from": _among(result, rows["valid_from"]),
        "to": _among(result, rows["valid_to"], after=True),
        **described(rows, fields),
    }


def zone_shapes(result: Served, layer: str) -> dict[str, Any]:
    """The shapes of :func:`zones`, in its order; overlapping ones are each made light alone."""
    shapes = shapely.simplify(table(result, layer).geometry.to_numpy(), _ZONE_TOLERANCE)
    return {"units": UNITS_PER_DEGREE, "shapes": packed(shapes)}


def limits(result: Served, layer: str) -> dict[str, Any]:
    """Territories of a level for a small scale, with where their names stand."""
    rows = table(result, layer)
    shapes = rows.geometry.to_numpy()
    light = result.keep(("carte", "far", layer), lambda: far(shapes, tolerance(result)))
    units = far_units(tolerance(result))
    return {
        **_described_limits(result, layer, rows),
        "units": units,
        "shapes": packed(light, units),
    }


def near_limits(result: Served, layer: str, part: str) -> dict[str, Any]:
    """Territories of one département for a large scale.

    Raises
    ------
    UnknownNameError
        No such level, or no such département in it.
    """
    rows, shapes = near_shapes(result, layer, part)
    return {
        **_described_limits(result, layer, rows),
        "units": UNITS_PER_DEGREE,
        "shapes": packed(shapes),
    }


def near_shapes(result: Served, layer: str, part: str) -> tuple[Any, Any]:
    """The rows of one département and their shapes for drawing."""
    rows = table(result, layer)
    chosen = np.asarray([name == part for name in _parts(rows, layer)])
    if layer not in TERRITORIES or not chosen.any():
        raise UnknownNameError(
            T("La carte n'a pas « {n} ».", "The map has no “{n}”.", n=f"{layer}-{part}"),
            known=tuple(TERRITORIES),
        )
    rows = rows[chosen]
    return rows, simplified(rows.geometry.to_numpy(), NEAR_VERTICES)


def zoning_far(result: Served) -> dict[str, Any]:
    """The zonage médecin melted by class for a small scale, where an exception in a QPV is a speck.

    Raises
    ------
    UnknownNameError
        The result has no zonage.
    """
    rows = table(result, "zonage")
    carried: dict[str, Any] = {}
    if "communes" in names(result):
        communes = table(result, "communes")
        true = communes.geometry.to_numpy()
        light = result.keep(("carte", "far", "communes"), lambda: far(true, tolerance(result)))
        carried = dict(zip(communes["code"], zip(true, light, strict=True), strict=True))
    rows = rows[~rows["code"].isin(_qpv_codes(result))]
    units = far_units(tolerance(result))
    return {"units": units, **zoning_layer(rows, set(), carried, units).content}


def zoning_near(result: Served, part: str) -> dict[str, Any]:
    """The zonage médecin of one département, with its exceptions in QPV.

    Raises
    ------
    UnknownNameError
        The result has no zonage, or not of that département.
    """
    rows = table(result, "zonage")
    chosen = np.asarray([name == part for name in _parts(rows, "zonage")])
    if not chosen.any():
        raise UnknownNameError(
            T("La carte n'a pas « {n} ».", "The map has no “{n}”.", n=f"zonage-{part}")
        )
    carried: dict[str, Any] = {}
    if "communes" in names(result):
        own, light = near_shapes(result, "communes", part)
        pairs = zip(own.geometry.to_numpy(), light, strict=True)
        carried = dict(zip(own["code"], pairs, strict=True))
    drawn = zoning_layer(rows[chosen], _qpv_codes(result), carried)
    return {"units": UNITS_PER_DEGREE, **drawn.content}


def _qpv_codes(result: Served) -> set[str]:
    layers = [name for name in names(result) if name.startswith("qpv_")]
    return {str(code) for layer in layers for code in table(result, layer)["code"]}


def chunks(result: Served) -> list[tuple[str, Bounds]]:
    """The parts in which near limits are asked for, each with its box."""
    level = next((name for name in TERRITORIES if name in names(result)), None)
    if level is None:
        return []
    rows = table(result, level)
    boxes = rows.geometry.bounds.to_numpy()
    parts = np.asarray(_parts(rows, level))
    found = []
    for part in dict.fromkeys(parts.tolist()):
        own = boxes[(parts == part) & np.isfinite(boxes).all(axis=1)]
        if len(own):
            low, high = own[:, :2].min(axis=0), own[:, 2:].max(axis=0)
            box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
            found.append((part, box))
    return found


def tolerance(result: Served) -> float:
    """Metres of the Web Mercator plane that shapes may be off at a small scale."""
    return result.keep(
        ("carte", "tolerance"), lambda: far_tolerance([box for _, box in places(result)])
    )


def _described_limits(result: Served, layer: str, rows: Any) -> dict[str, Any]:
    weights = rows["population"].to_numpy(dtype=float, na_value=np.nan)
    zone = zoning(result) if layer == "communes" else {}
    return {
        "codes": [clean(code) for code in rows["code"]],
        "names": [clean(name) for name in rows["name"]],
        "weights": [None if np.isnan(value) else int(value) for value in weights],
        "classes": [zone.get(code, "") for code in rows["code"]] if zone else [],
        "places": [
            None if np.isnan(x) else [round(x, 3), round(y, 3)]
            for x, y in inner_points(rows.geometry.to_numpy()).tolist()
        ],
    }


def _parts(rows: pd.DataFrame, layer: str) -> list[str]:
    column = "code" if layer == "departements" else "departement"
    return [NO_CHUNK if is_null(value) else str(value) for value in rows[column]]


def _days(dates: pd.Series[Any]) -> list[int | None]:
    """Days since 1970; an unknown date is null."""
    days = dates.to_numpy(dtype="datetime64[D]")
    return [None if np.isnat(day) else int((day - _EPOCH).astype(int)) for day in days]


def _among(result: Served, dates: pd.Series[Any], *, after: bool = False) -> list[int | None]:
    """Place of each date among those of the result: the first on or after it; null is unknown.

    ``after``: the first after it (the last day of a validity is still in force).
    """
    held = np.asarray(sorted(result.atlas.dates), dtype="datetime64[D]")
    days = dates.to_numpy(dtype="datetime64[D]")
    found = np.searchsorted(held, days, side="right" if after else "left")
    return [None if np.isnat(day) else int(place) for day, place in zip(days, found, strict=True)]


def _along_a_curve(x: Any, y: Any) -> Any:
    """Keys that sort points along a Z-order curve; what has no position comes last."""
    cells = np.column_stack([(x + 180.0) * 2**14, (y + 90.0) * 2**14])
    known = np.isfinite(cells).all(axis=1)
    whole = np.where(known[:, None], np.nan_to_num(cells), 0).astype(np.uint64)
    key = np.zeros(len(whole), dtype=np.uint64)
    for bit in range(23):
        for axis in (0, 1):
            place = np.uint64(2 * bit + axis)
            key |= ((whole[:, axis] >> np.uint64(bit)) & np.uint64(1)) << place
    return np.where(known, key, np.iinfo(np.uint64).max)


def _whole(values: Any) -> list[int]:
    whole: list[int] = np.rint(np.asarray(values) * UNITS_PER_DEGREE).astype(np.int64).tolist()
    return whole


def _steps(xy: Any) -> list[int]:
    """Points as differences from the point before, in units of 10⁻⁵ degree."""
    whole = np.rint(np.asarray(xy).reshape(-1, 2) * UNITS_PER_DEGREE).astype(np.int64)
    steps: list[int] = np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int64)).ravel().tolist()
    return steps
