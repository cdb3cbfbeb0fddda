"""Where each of many places may lie, by arrays: the same answers as one at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.crs import legal_crs_at
from ..core.errors import SchemaError
from ..core.i18n import T
from ..engine import TerritorialIndex
from .deciding import Spot
from .ground import Ground


def spots_of(
    ground: Ground,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    precision: npt.ArrayLike,
    as_of: dt.date,
) -> Iterator[tuple[Spot, bool]]:
    """Where each place may lie, and whether the QPV in force there are known.

    Raises
    ------
    SchemaError
        A precision is negative.
    """
    x, y = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
    metres = np.broadcast_to(np.asarray(precision, dtype=float), x.shape)
    if (metres < 0).any():
        raise SchemaError(
            T("Une précision est négative.", "A precision is negative."),
            field="precision",
            do=T("Donnez des mètres : 0 pour exact.", "Give metres: 0 for exact."),
        )
    vague = ~np.isfinite(metres)
    near = np.where(vague, 0.0, metres)
    table, index = ground.drawn_communes
    codes = table["code"].to_numpy(dtype=object)
    found = index.classify(x, y, near)
    towns = _grouped(found, codes, len(x))
    beyond = (found.sure != 1) & (near > 0) & (not ground.whole_country)
    perimeters = ground.perimeters(as_of)
    quarters: list[list[str]] = [[] for _ in x]
    sure, given = np.zeros(len(x), np.int8), np.zeros(len(x), bool)
    limits = np.zeros(len(x))
    if perimeters.table is not None and len(perimeters.table):
        zones = perimeters.table
        epsg = legal_crs_at(x, y)
        blur = {code: 0.0 if width != width else width for code, width in perimeters.blur.items()}
        limits = np.array([blur.get(int(code), 0.0) for code in epsg])
        said = TerritorialIndex(zones).classify(x, y, near + np.where(vague, 0.0, limits))
        quarters = _grouped(said, zones["code"].to_numpy(dtype=object), len(x))
        sure, given = said.sure, said.given
    told = {code: ground.knows_qpv(home.departement, as_of) for code, home in ground.homes.items()}
    for row, communes in enumerate(towns):
        width = float(metres[row])
        if not communes:
            yield Spot((), precision=_plain(width)), False
            continue
        inside = {1: True, 0: False, -1: None}[int(sure[row])]
        possible = quarters[row]
        if vague[row]:
            own = perimeters.of_commune.get(communes[0], [])
            held = possible if given[row] else []
            possible = [*held, *(code for code in own if code not in held)]
            inside, communes = None if possible else False, communes[:1]
        yield (
            Spot(
                communes=tuple(communes),
                qpv=tuple(possible),
                in_qpv=inside,
                held=bool(given[row]),
                beyond=bool(beyond[row]),
                precision=_plain(width),
                reach=float(near[row] + limits[row]) if not vague[row] else 0.0,
            ),
            told[communes[0]],
        )


_UNKNOWN = float("nan")


def _plain(width: float) -> float:
    """One and the same NaN, so that equal places are found equal."""
    return _UNKNOWN if width != width else width


def _grouped(found: Any, codes: npt.NDArray[np.object_], size: int) -> list[list[str]]:
    """Codes of the zones that may hold each point, those that hold it as given first."""
    grouped: list[list[str]] = [[] for _ in range(size)]
    order = np.lexsort((found.pair_zone, ~found.pair_given, found.pair_point))
    for point, zone in zip(
        found.pair_point[order].tolist(), found.pair_zone[order].tolist(), strict=True
    ):
        grouped[point].append(codes[zone])
    return grouped
