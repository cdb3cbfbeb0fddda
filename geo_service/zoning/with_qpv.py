"""« Communes avec QPV »: the communes with at least one QPV in force at a date."""

from __future__ import annotations

import datetime as dt
from typing import Any

import geopandas as gpd
import numpy as np

from ..core.crs import WGS84
from ..store import StoredResult
from .ground import ground_of


def communes_with_qpv(stored: StoredResult, as_of: dt.date) -> Any:
    """The communes of a result that had at least one QPV in force at a date.

    Parameters
    ----------
    as_of
        Any date; before the first generation of QPV there are none.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, a row a commune in the order of its code: ``commune``, ``name``,
        ``departement``, ``region``, ``population``, ``qpv_count``, ``qpv_codes`` and ``qpv_names``
        (``; `` between them), ``as_of``. ``attrs["known"]``: whether the perimeters in force at
        the date were among the sources for every commune of the result; where False, a commune
        that is absent is not known to have none.

    Notes
    -----
    A QPV belongs to the communes that its file names; where it names none, to those that hold at
    least 5 % of its area.
    """
    ground = ground_of(stored)
    perimeters = ground.perimeters(as_of)
    columns = ["code", "name", "departement", "region", "population"]
    table = stored.read_layer("communes", columns=columns)
    held = table["code"].map(lambda code: perimeters.of_commune.get(code, ()))
    rows = table[held.map(len) > 0].sort_values("code").reset_index(drop=True)
    lists = [perimeters.of_commune[code] for code in rows["code"]]
    found = gpd.GeoDataFrame(
        {
            "commune": rows["code"],
            **{name: rows[name] for name in columns[1:]},
            "qpv_count": np.array([len(codes) for codes in lists], dtype=np.int64),
            "qpv_codes": ["; ".join(codes) for codes in lists],
            "qpv_names": ["; ".join(perimeters.names[code] for code in codes) for codes in lists],
            "as_of": np.full(len(rows), np.datetime64(as_of, "s")),
        },
        geometry=rows.geometry.to_numpy(),
        crs=WGS84,
    )
    found.attrs["known"] = all_known(stored, as_of)
    return found


def all_known(stored: StoredResult, as_of: dt.date) -> bool:
    """Whether the QPV in force at a date were among the sources for every commune of a result."""
    ground = ground_of(stored)
    departements = {home.departement for home in ground.homes.values()}
    return all(ground.knows_qpv(one, as_of) for one in departements)
