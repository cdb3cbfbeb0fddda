"""Structures in or near QPV at the main date: what the two maps of the progress note show."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from ..core.i18n import T, Text
from ..core.validity import in_force
from ..rules import quartier_vecu_label
from ..store import StoredResult

_COLUMNS = (
    "structure_id",
    "finess",
    "name",
    "kind",
    "place",
    "qpv",
    "opened",
    "closed",
    "address",
    "commune",
    "departement",
    "epci",
    "lon",
    "lat",
    "legal_crs",
    "position",
    "precision_m",
    "open",
    "in_qpv",
    "zonage",
    "file",
)


def in_or_near(result: StoredResult, kind: str) -> Any:
    """Open structures of a kind that lie in a QPV or near one, at the main date.

    Returns
    -------
    GeoDataFrame
        With ``place``: ``in``, ``declared``, ``proxy-300m``… (the first that holds, in that
        order), or ``undetermined`` where the position does not decide. Each structure once.
    """
    table = result.read_layer("structures")
    table = table[(table["kind"] == kind) & (table["open"] == "yes")].reset_index(drop=True)
    place = np.full(len(table), None, dtype=object)
    near = sorted((name for name in table if name.startswith("near_proxy_")), key=_metres)
    answers = [("in_qpv", "in")]
    answers += [("near_declared", "declared")] if "near_declared" in table else []
    answers += [(name, f"proxy-{_metres(name)}m") for name in near]
    answers = [(column, said) for column, said in answers if column in table]
    for column, said in reversed(answers):
        place[(table[column] == "inside").to_numpy(dtype=bool)] = said
    for column, _ in answers:
        unsure = (table[column] == "undetermined").to_numpy(dtype=bool)
        place[unsure & pd.isna(place)] = "undetermined"
    kept = ~pd.isna(place)
    shown = table.assign(place=place)[kept].reset_index(drop=True)
    return shown[[name for name in _COLUMNS if name in shown] + ["geometry"]]


def map_layers(result: StoredResult, kind: str) -> dict[str, Any]:
    """The layers of one map: the structures, the QPV in force, their surroundings, the ground."""
    held = result.layer_names()
    as_of = dt.date.fromisoformat(result.facts["as_of"])
    layers = {"structures": in_or_near(result, kind)}
    for name in sorted(held):
        if name.startswith("qpv_"):
            zones = result.read_layer(name)
            current = in_force(zones, as_of)
            if current.any():
                layers[name] = zones[current].reset_index(drop=True)
        elif name.startswith("quartier_vecu_"):
            layers[name] = result.read_layer(name)
    for name in ("departements", "regions"):
        if name in held:
            layers[name] = result.read_layer(name)
    return layers


def place_label(place: str) -> Text:
    """Where a structure of the map lies, in words."""
    known = {
        "in": T("en QPV", "in a QPV"),
        "undetermined": T("indéterminé", "undetermined"),
    }
    return known.get(place) or quartier_vecu_label(place)


def _metres(column: str) -> int:
    return int("".join(sign for sign in column if sign.isdecimal()) or 0)
