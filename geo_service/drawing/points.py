"""Care structures on a map: one layer of symbols a kind, and what is said of each structure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ..core.i18n import T, Text, say_date
from ..rules import positions, quartier_vecu_label, structure_kinds, zoning_classes
from .escape import clean, is_null
from .layer import DrawnLayer, described, said_commune
from .palette import Mark, kind_order, mark_of

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

_POINT_DECIMALS = 6  # a decimetre


def open_structures(structures: pd.DataFrame, as_of: dt.date | None) -> pd.DataFrame:
    """The structures open at a date; an unknown opening or closing date excludes nobody.

    A table of a study says it itself (column ``open``: ``yes``, ``no`` or ``undetermined``).
    """
    if "open" in structures:
        return structures[(structures["open"] != "no").to_numpy(dtype=bool, na_value=True)]
    if as_of is None:
        return structures
    day = np.datetime64(as_of)
    kept = np.ones(len(structures), dtype=bool)
    if "opened" in structures:
        kept &= ~(structures["opened"] > day).to_numpy(dtype=bool, na_value=False)
    if "closed" in structures:
        kept &= ~(structures["closed"] <= day).to_numpy(dtype=bool, na_value=False)
    return structures[kept]


def decides_nothing(structures: pd.DataFrame) -> np.ndarray:
    """(n,) whether the class of the position says that it decides nothing (law/positions.toml)."""
    nothing = {name for name, kind in positions().items() if kind.metres == np.inf}
    if "position" not in structures:
        return np.zeros(len(structures), dtype=bool)
    return structures["position"].isin(nothing).to_numpy(dtype=bool)


def structure_fields(
    structures: pd.DataFrame, communes: Mapping[str, str]
) -> list[tuple[Text, list[str]]]:
    """What a popup and a table say of each structure: label, then one text a row.

    Columns that the table has not are left out; an unknown value is "".
    """
    fields: list[tuple[Text, list[str]]] = []

    def put(label: Text, column: str, say: Any = clean) -> None:
        if column in structures:
            fields.append((label, [say(value) for value in structures[column]]))

    put(T("État", "State"), "state", lambda state: _STATES[state].say() if state in _STATES else "")
    put(T("Commune", "Commune"), "commune", lambda code: said_commune(code, communes))
    put(T("Adresse", "Address"), "address")
    if "opened" in structures:
        fields.append((T("Ouverture", "Opened"), _opened(structures)))
    put(T("Exercice", "Practice"), "speciality")
    for column in structures.columns:
        label = _membership_label(str(column))
        if label is not None:
            put(label, column, _membership)
    classes = {name: known.label.say() for name, known in zoning_classes().items()}
    put(T("QPV", "QPV"), "qpv")
    put(T("Zonage médecin", "Doctor zoning"), "zonage", lambda n: classes.get(n, clean(n)))
    labels = {name: kind.label.say() for name, kind in positions().items()}
    put(T("Position", "Position"), "position", lambda name: labels.get(name, clean(name)))
    put(T("N° FINESS", "FINESS no."), "finess")
    return fields


def _membership_label(column: str) -> Text | None:
    """Label of a column that the study may add, or None when it is not one of those."""
    if near := re.fullmatch(r"near_(?:proxy_)?(\d+)m?", column):
        return quartier_vecu_label(f"proxy-{near[1]}m")
    if column == "near_declared":
        return T("Quartier vécu déclaré", "Declared quartier vécu")
    if generation := re.fullmatch(r"in_qpv(?:_(\d{4}))?", column):
        return T("Dans un QPV{year}", "In a QPV{year}", year=_year(generation[1]))
    return None


def _year(year: str | None) -> str:
    return f" ({year})" if year else ""


_ANSWERS = {
    True: T("oui", "yes"),
    "inside": T("oui", "yes"),
    False: T("non", "no"),
    "outside": T("non", "no"),
    "undetermined": T("indéterminé", "undetermined"),
}


def _membership(value: Any) -> str:
    answer = _ANSWERS.get("undetermined" if is_null(value) else value)
    return clean(value) if answer is None else answer.say()


def _opened(structures: pd.DataFrame) -> list[str]:
    """Opening dates in words; "unknown date" where that leaves open whether it is open at all."""
    state = structures["open"] if "open" in structures else [None] * len(structures)
    unknown = T("date inconnue", "unknown date").say()
    return [
        unknown if told == "undetermined" and is_null(day) else _date(day)
        for day, told in zip(structures["opened"], state, strict=True)
    ]


def _date(value: Any) -> str:
    return "" if is_null(value) else say_date(value)


def structure_layers(structures: gpd.GeoDataFrame, communes: Mapping[str, str]) -> list[DrawnLayer]:
    """One layer of symbols a kind, in the order of the law file.

    With a column ``state`` (``open``, ``announced``, ``later``) one a state and kind: what is not
    open yet follows, with the outline of the same symbol.
    """
    layers = []
    kinds = structure_kinds()
    by_state = {"open": structures}
    if "state" in structures:
        by_state = {name: structures[structures["state"] == name] for name in _STATES}
    for name, of_state in by_state.items():
        for kind in kind_order(set(of_state["kind"])):
            known = kinds.get(kind)
            own = T("{k}", "{k}", k=clean(kind))
            title = own if known is None else known.plural
            label = (own if known is None else known.label).say()
            mark = mark_of(kind)
            if name in _COMING:
                title = _COMING[name].with_values(kind=title)
                label = f"{label}, {_STATES[name].say()}"
                mark = replace(mark, outlined=True)
            layer = _layer(of_state[of_state["kind"] == kind], title, label, mark, communes)
            layer.name = kind if name == "open" else f"{kind} {name}"
            layers.append(layer)
    return layers


_COMING = {
    "announced": T("{kind} – en projet ou en travaux", "{kind} – planned or being built"),
    "later": T("{kind} – ouverture postérieure", "{kind} – opened later"),
}
_STATES = {
    "open": T("ouverte", "open"),
    "announced": T("en projet ou en travaux", "planned or being built"),
    "later": T("ouverture postérieure", "opened later"),
}


def _layer(
    table: gpd.GeoDataFrame, title: Text, label: str, mark: Mark, communes: Mapping[str, str]
) -> DrawnLayer:
    geometry = table.geometry.to_numpy()
    placed = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    drawn = table[placed]
    nothing = decides_nothing(drawn)
    return DrawnLayer(
        name="",
        role="points",
        title=title,
        count=len(drawn),
        missing=int((~placed).sum()),
        undetermined=int(nothing.sum()),
        mark=mark,
        content={
            **described(drawn, structure_fields(drawn, communes)),
            "label": label,
            "points": np.round(shapely.get_coordinates(geometry[placed]), _POINT_DECIMALS).tolist(),
            "hollow": nothing.astype(int).tolist(),
            "mark": {"colour": mark.colour, "path": mark.path, "outlined": mark.outlined},
        },
    )
