"""Lists of a fiche: structures, QPV, communes; bounded, with the number that is not shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.i18n import T, say_number
from ..drawing.palette import kind_order
from ..figures import figure_records
from .directory import Directory, Place, date_of, number_of, text_of
from .saying import UNKNOWN, answer_badge, class_label, kind_label, said, say_value

MOST = 200
"""Rows of a list on a page at most; the downloads hold the rest."""
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Listing:
    """The rows shown of a list, and how many it has."""

    rows: list[dict[str, Any]]
    total: int

    @property
    def left(self) -> int:
        """How many are not shown."""
        return self.total - len(self.rows)


def definitions(directory: Directory) -> list[tuple[str, str]]:
    """The columns of the structures that say whether one is in or near a QPV, with their words."""
    facts = directory.atlas.facts
    found = [("in_qpv", T("En QPV", "In a QPV").say())]
    for metres in facts["quartier_vecu"]:
        words = T("QPV ou < {m} m", "QPV or < {m} m", m=metres)
        found.append((f"near_proxy_{metres}m", words.say()))
    found.append(("near_declared", T("Déclarée par l'ARS", "Declared by the ARS").say()))
    table = directory.structures
    return [(name, words) for name, words in found if name in table and table[name].notna().any()]


def openness(directory: Directory, as_of: dt.date) -> npt.NDArray[np.object_]:
    """``yes``, ``no`` or ``undetermined`` for each structure at a date.

    Without an opening date a structure is open from the millésime of its register on; before,
    nobody can tell.
    """
    table = directory.structures
    if as_of == directory.atlas.as_of:
        return np.asarray(table["open"], dtype=object)
    vintages = [s.vintage for s in directory.atlas.stored.provenance if s.source == "finess"]
    listed = any(vintage is not None and as_of >= vintage for vintage in vintages)
    day = np.datetime64(as_of, "s")
    opened, closed = table["opened"], table["closed"]
    state = np.where(opened <= day, "yes", "no").astype(object)
    state[opened.isna().to_numpy()] = "yes" if listed else "undetermined"
    state[(closed.notna() & (closed <= day)).to_numpy()] = "no"
    return state


def structures_of(directory: Directory, communes: set[str], as_of: dt.date) -> Listing:
    """The structures open, or perhaps open, in these communes at a date.

    What zones say of them is told at the main date of the result only.
    """
    held = directory.structure_rows_by_commune
    parts = [held[code] for code in communes if code in held]
    rows = np.concatenate(parts) if parts else np.zeros(0, dtype=np.intp)
    state = openness(directory, as_of)
    rows = rows[state[rows] != "no"]
    table = directory.structures
    kinds = table["kind"].astype(str).to_numpy()
    order = {kind: rank for rank, kind in enumerate(kind_order(set(kinds[rows])))}
    names = [directory.commune_names([text_of(code) or ""]) for code in table["commune"].iloc[rows]]
    titles = table["name"].astype("object").fillna("").astype(str).to_numpy()[rows]
    ranks = sorted(
        range(len(rows)), key=lambda i: (order[kinds[rows[i]]], names[i].casefold(), titles[i])
    )
    chosen = rows[ranks[:MOST]]
    return Listing(structure_rows(directory, chosen, state, as_of), len(rows))


def structure_rows(
    directory: Directory, rows: Sequence[int] | Rows, state: npt.NDArray[np.object_], as_of: dt.date
) -> list[dict[str, Any]]:
    """Structures as a list shows them."""
    columns = definitions(directory) if as_of == directory.atlas.as_of else []
    shown = []
    for row, record in zip(rows, directory.structures.iloc[rows].to_dict("records"), strict=True):
        commune = text_of(record["commune"])
        opened = date_of(record["opened"])
        shown.append(
            {
                "finess": text_of(record["finess"]) or str(record["structure_id"]),
                "name": text_of(record["name"]) or UNKNOWN.say(),
                "kind": str(record["kind"]),
                "kind_label": kind_label(str(record["kind"])),
                "commune": "" if commune is None else directory.commune_names([commune]),
                "territory": f"commune:{commune}" if commune in directory.communes else None,
                "opened": UNKNOWN.say() if opened is None else opened.isoformat(),
                "perhaps": state[row] == "undetermined",
                "answers": [answer_badge(text_of(record[name])) for name, _ in columns],
            }
        )
    return shown


def quarters_of(
    directory: Directory, communes: set[str], as_of: dt.date, *, whole: bool = False
) -> list[tuple[str, int]]:
    """(generation, row) of the QPV in force at a date in these communes."""
    found = dict.fromkeys(
        place for code in communes for place in directory.quarters_by_commune.get(code, ())
    )
    if whole:  # the study's territory: every QPV of the layer
        found = dict.fromkeys(
            (name, row) for name, table in directory.quarters.items() for row in range(len(table))
        )
    kept = []
    for name, row in found:
        record = directory.quarter_records[name][row]
        first, last = date_of(record["valid_from"]), date_of(record["valid_to"])
        if (first is None or first <= as_of) and (last is None or as_of <= last):
            kept.append((name, row))
    records = directory.quarter_records
    return sorted(kept, key=lambda place: str(records[place[0]][place[1]]["code"]))


Quarters = dict[tuple[str, str, str | None, str | None], dict[str, Any]]


def quarter_figures(directory: Directory, as_of: dt.date) -> Quarters:
    """Figures of every QPV at a date by (territory, indicator, kind, definition)."""
    table = directory.atlas.stored.read_indicators(
        level="qpv",
        indicator=("structures_in_qpv", "structures_near_qpv", "nearest_distance"),
        kind=("MSP", "CDS"),
        as_of=as_of,
    )
    return {
        (r["territory"], r["indicator"], r["kind"], r["definition"]): r
        for r in figure_records(table)
    }


def quarter_rows(
    directory: Directory, places: Sequence[tuple[str, int]], figures: Quarters
) -> list[dict[str, Any]]:
    """QPV as a list shows them: structures in and near by kind, distance to the nearest."""
    kinds = [kind for kind in ("MSP", "CDS") if kind in directory.atlas.facts["kinds"]]
    near = nearest_proxy(directory)
    shown = []
    for name, row in places:
        record = directory.quarter_records[name][row]
        code = str(record["code"])
        own = f"qpv:{code}"
        people = record["population"]
        counts = [
            {
                "kind": kind,
                "in": said(figures.get((own, "structures_in_qpv", kind, "qpv"))),
                "near": said(figures.get((own, "structures_near_qpv", kind, near))),
                "nearest": said(figures.get((own, "nearest_distance", kind, "nearest-1"))),
            }
            for kind in kinds
        ]
        shown.append(
            {
                "code": code,
                "name": text_of(record["name"]) or code,
                "communes": directory.commune_names((text_of(record["communes"]) or "").split()),
                "population": say_value(number_of(people), "structure"),
                "zoning": class_label(text_of(record["zone_class"])),
                "kinds": counts,
            }
        )
    return shown


def quarters_without(
    directory: Directory, places: Sequence[tuple[str, int]], figures: Quarters
) -> tuple[Listing, Listing]:
    """The QPV that are known to hold no structure, and those with none in them or beside them."""
    kinds = [kind for kind in ("MSP", "CDS") if kind in directory.atlas.facts["kinds"]]
    found: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
    asked = (("structures_in_qpv", "qpv"), ("structures_near_qpv", nearest_proxy(directory)))
    for name, row in places:
        record = directory.quarter_records[name][row]
        code = str(record["code"])
        for rows, (indicator, definition) in zip(found, asked, strict=True):
            if _none(figures, f"qpv:{code}", kinds, indicator, definition):
                rows.append({"code": code, "name": text_of(record["name"]) or code})
    none_in, none_near = (Listing(rows[:MOST], len(rows)) for rows in found)
    return none_in, none_near


def nearest_proxy(directory: Directory) -> str | None:
    """The proxy definition of the smallest distance that the result holds."""
    metres = min(directory.atlas.facts["quartier_vecu"], default=None)
    return None if metres is None else f"proxy-{metres}m"


def _none(
    figures: Quarters, own: str, kinds: list[str], indicator: str, definition: str | None
) -> bool:
    """Whether every figure is known to be 0; an unknown one is not 0."""
    held = [figures.get((own, indicator, kind, definition)) for kind in kinds]
    return bool(held) and all(record is not None and record["value"] == 0 for record in held)


Communes = dict[str, list[dict[str, Any]]]


def commune_figures(directory: Directory) -> Communes:
    """Structures open in each commune at the main date, a record a kind, by id of the commune."""
    table = directory.atlas.stored.read_indicators(
        level="commune",
        indicator="structures_open",
        kind=("MSP", "CDS"),
        as_of=directory.atlas.as_of,
    )
    held: dict[str, list[Any]] = {}
    for territory, value in zip(table["territory"], table["value"], strict=True):
        held.setdefault(territory, []).append(value)
    return held


def communes_without(directory: Directory, communes: set[str], figures: Communes) -> Listing:
    """The communes that have neither MSP nor CDS, the most populous first."""
    without: list[Place] = []
    for code in communes:
        place = directory.communes.get(code)
        values = figures.get(f"commune:{code}")
        if place is not None and values and all(value == 0 for value in values):
            without.append(place)
    without.sort(key=lambda place: (-(place.population or 0.0), place.name))
    rows = [
        {
            "place": place,
            "population": say_number(place.population, decimals=0),
            "zoning": class_label(directory.zoning[place.code])
            if place.code in directory.zoning
            else UNKNOWN.say(),
        }
        for place in without[:MOST]
    ]
    return Listing(rows, len(without))
