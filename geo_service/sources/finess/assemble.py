"""From an extract of any layout to the typed table ``structures``."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo_service.core.result import Anomalies
from geo_service.core.tables import STRUCTURES, check_table, shape_table

from .extract import Extract
from .identity import check_duplicates, check_numbers, choose_kinds, read_dates
from .places import place_rows
from .positions import locate_rows


def assemble(extract: Extract, vintage: dt.date | None) -> Any:
    """The typed table ``structures`` of an extract, in the order of its file.

    Numbers and duplicates are looked at over all establishments of the file; dates, places and
    positions over those kept.

    Returns
    -------
    GeoDataFrame
        :data:`geo_service.core.tables.STRUCTURES`, geometry null where the position is refused.
    """
    check_numbers(extract)
    check_duplicates(extract)
    centres = frozenset(extract.census["centre"].unique()) - {""}
    choose_kinds(extract)
    read_dates(extract, vintage)
    place_rows(extract)
    locate_rows(extract, centres)
    return check_table(_table(extract.frame), STRUCTURES)


def located(anomalies: Anomalies, structures: Any) -> Anomalies:
    """The anomalies of structures that have a position, placed on it."""
    wanted = {one.record for one in anomalies if one.lon is None}
    columns = (structures[name].tolist() for name in ("finess", "lon", "lat"))
    place = {
        number: (lon, lat)
        for number, lon, lat in zip(*columns, strict=True)
        if number in wanted and not math.isnan(lon)
    }
    found = Anomalies()
    for one in anomalies:
        lon, lat = place.get(one.record or "", (None, None))
        found.add(replace(one, lon=lon, lat=lat) if one.lon is None and lon is not None else one)
    return found


def _table(frame: pd.DataFrame) -> Any:
    def or_null(name: str) -> pd.Series:
        return frame[name].mask(frame[name] == "")

    lon, lat = frame["lon"].to_numpy(), frame["lat"].to_numpy()
    geometry = np.full(len(frame), None, dtype=object)
    located = np.isfinite(lon)
    geometry[located] = shapely.points(lon[located], lat[located])
    import geopandas as gpd

    data = gpd.GeoDataFrame(
        {
            "structure_id": frame["finess"],
            "finess": frame["finess"],
            "finess_ej": or_null("finess_ej"),
            "siret": or_null("siret"),
            "name": or_null("long_name").fillna(or_null("name")),
            "kind": frame["kind"],
            "category": or_null("category"),
            "opened": frame["opened_on"],
            "closed": frame["closed_on"],
            "address": or_null("address"),
            "postcode": frame["postcode"],
            "commune": frame["insee_com"],
            "departement": frame["insee_dep"],
            "x": frame["x_m"],
            "y": frame["y_m"],
            "source_crs": frame["source_crs"],
            "lon": frame["lon"],
            "lat": frame["lat"],
            "legal_crs": frame["legal_crs"],
            "position": frame["position"],
            "geocoder": frame["geocoder_name"],
            "score": frame["score_100"],
            "precision_m": frame["precision_m"],
            "file": frame["file"],
            "row": frame["row"],
        },
        geometry=geometry,
        crs=4326,
    )
    return shape_table(data, STRUCTURES)
