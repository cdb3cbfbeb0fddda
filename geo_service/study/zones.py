"""The QPV of all sources as one table: restored where they can be, with their population."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from ..core.crs import departement_of
from ..sources.qpv import restore_unchanged
from ..sources.territories.filling import among
from .area import Area
from .material import Material

_MARGIN_DEGREES = 0.3
"""QPV are kept this far around the study's communes: more than any quartier vécu reaches."""


def gather_qpv(material: Material, area: Area) -> Any | None:
    """Every QPV in or near the study, of every generation among the sources.

    A QPV set aside for its shape is restored from the polygon of the generation before when the
    QPV is the same and unchanged. Population is that of the INSEE table where it is a source.

    Returns
    -------
    GeoDataFrame or None
        Typed table ``zones``; None when the study has no QPV source.
    """
    readings = [r for r in material.readings.get("qpv", []) if r.name == "zones"]
    if not readings:
        return None
    qpv = pd.concat([reading.table for reading in readings], ignore_index=True)
    aside = [r.extra["set_aside"] for r in readings if len(r.extra.get("set_aside", ()))]
    if aside:
        restored, anomalies = restore_unchanged(qpv, qpv, pd.concat(aside, ignore_index=True))
        material.anomalies.extend(anomalies)
        if len(restored):
            qpv = pd.concat([qpv, restored], ignore_index=True)
    population = material.table("population")
    if population is not None:
        by_code = population[population["support"] == "qpv"].set_index("unit_id")["population"]
        found = qpv["code"].map(by_code)
        qpv["population"] = found.where(found.notna(), qpv["population"])
    return qpv[_near(qpv, area)].sort_values("zone_id").reset_index(drop=True)


def _near(qpv: Any, area: Area) -> Any:
    inside = area.around[among(area.around["code"], area.communes)]
    near = np.zeros(len(qpv), dtype=bool)
    box = shapely.bounds(qpv.geometry.to_numpy())
    edges = shapely.bounds(inside.geometry.to_numpy())
    where = np.asarray([departement_of(code) for code in inside["code"].tolist()], dtype=object)
    # One box for each département: a study of France must not fill the ocean between its parts.
    for departement in set(where.tolist()):
        own = edges[where == departement]
        own = own[~np.isnan(own[:, 0])]
        if not len(own):
            near |= (qpv["departement"] == departement).to_numpy()
            continue
        low = own[:, :2].min(axis=0) - _MARGIN_DEGREES
        high = own[:, 2:].max(axis=0) + _MARGIN_DEGREES
        near |= (box[:, 2:] >= low).all(axis=1) & (box[:, :2] <= high).all(axis=1)
    return near
