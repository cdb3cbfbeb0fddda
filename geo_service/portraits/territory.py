"""The portrait of a territory: its figures, beside its parents, over time, and its lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable
from typing import Any

from ..atlas import measures
from ..core.i18n import say_number
from ..core.territory import FRANCE
from ..figures import say_definition
from .directory import LEVEL_PLURALS, Directory, Place
from .listings import (
    MOST,
    Listing,
    commune_figures,
    communes_without,
    definitions,
    nearest_proxy,
    quarter_figures,
    quarter_rows,
    quarters_of,
    quarters_without,
    structures_of,
)
from .ranking import rankings
from .saying import (
    Key,
    by_key,
    class_label,
    joined,
    kind_label,
    said,
    say_metres,
    say_note,
)
from .trend import breaks, trends

Keep = Callable[[Hashable, Callable[[], Any]], Any]
_PER_PLACE = ("MSP", "CDS")
# Figures that can be set side by side whatever the size of the territory.
_COMPARED: tuple[tuple[str, str | None], ...] = (
    ("per_10000_inhabitants", None),
    ("share_in_qpv", "qpv"),
    ("share_near_qpv", "near"),
    ("population_within_distance", "5km"),
    ("population_within_distance", "10km"),
    ("nearest_distance", "nearest-1"),
)


def territory_portrait(
    directory: Directory, place: Place, as_of: dt.date, keep: Keep
) -> dict[str, Any]:
    """Everything that the fiche of a territory says.

    Parameters
    ----------
    as_of
        A date that the result holds.
    keep
        Memory for tables of the whole result (:meth:`Served.keep`), by fixed keys.
    """
    atlas = directory.atlas
    table = atlas.stored.read_indicators(territory=place.territory, as_of=as_of)
    figures = by_key(table)
    communes = directory.communes_of(place)
    main = as_of == atlas.as_of
    quarters = quarters_of(
        directory, communes, as_of, whole=place.territory == atlas.facts["territory"]
    )
    of_quarters = keep(("quarter figures", as_of), lambda: quarter_figures(directory, as_of))
    none_in, none_near = quarters_without(directory, quarters, of_quarters)
    of_communes = keep("commune figures", lambda: commune_figures(directory))
    shown = trends(directory, place.territory)
    ranked = rankings(directory, place, as_of)
    return {
        "place": place,
        "main": main,
        "population": say_number(place.population, decimals=0),
        "kinds": [{"name": k, "label": kind_label(k, plural=True)} for k in _kinds(directory)],
        "cards": cards(directory, figures),
        "figures": figure_rows(directory, figures),
        "compared": compared(directory, place, as_of),
        "trends": shown,
        "breaks": breaks(directory, place),
        "rankings": ranked,
        "structures": structures_of(directory, communes, as_of),
        "definitions": [words for _, words in definitions(directory)] if main else [],
        "quarters": Listing(quarter_rows(directory, quarters[:MOST], of_quarters), len(quarters)),
        "none_in": none_in,
        "none_near": none_near,
        "without": communes_without(directory, communes, of_communes)
        if main and place.level != "commune"
        else Listing([], 0),
        "nearest": nearest(directory, place.territory) if main else [],
        "zoning": zoning(directory, place, communes),
        "children": directory.children(place),
        "children_level": _children_level(directory, place),
        "sources": _named(table, shown),
        "files": files_of(directory, communes, quarters),
        "notes": joined(say_note(record["note"]) for record in figures.values()),
        "unknown_precision": max(
            (record["unknown_precision"] for record in figures.values()), default=0
        ),
    }


def _kinds(directory: Directory) -> list[str]:
    return list(directory.atlas.facts["kinds"])


def _children_level(directory: Directory, place: Place) -> str:
    children = directory.children(place)
    return LEVEL_PLURALS[children[0].level].say() if children else ""


def cards(
    directory: Directory, figures: dict[Key, dict[str, Any]], *, opened: bool = True
) -> list[dict[str, Any]]:
    """The headline figures, with their bounds in words.

    Parameters
    ----------
    opened
        Whether to tell the structures open; in a QPV they are those that are in it.
    """
    found = []
    near = nearest_proxy(directory)
    known = measures()
    for name, definition in (
        ("structures_open", None),
        ("structures_in_qpv", "qpv"),
        ("structures_near_qpv", near),
    ):
        for kind in _PER_PLACE:
            record = figures.get((name, kind, definition))
            if record is None or (name == "structures_open" and not opened):
                continue
            words = "" if definition in (None, "qpv") else say_definition(definition)
            found.append(
                {
                    "kind": kind,
                    "kind_label": kind_label(kind, plural=True),
                    "label": known[name].label.say(),
                    "definition": words,
                    **said(record),
                }
            )
    return found


def figure_rows(directory: Directory, figures: dict[Key, dict[str, Any]]) -> list[dict[str, Any]]:
    """Every figure of a territory: a row a measure and definition, a cell a kind."""
    known = measures()
    kinds = _kinds(directory)
    pairs = dict.fromkeys((name, definition) for name, _, definition in figures)
    order = {name: rank for rank, name in enumerate(known)}
    rows = []
    for name, definition in sorted(pairs, key=lambda pair: order.get(pair[0], 99)):
        label = known[name].label.say() if name in known else name
        rows.append(
            {
                "name": name,
                "label": label,
                "definition": "" if definition in (None, "qpv") else say_definition(definition),
                "cells": [said(figures.get((name, kind, definition))) for kind in kinds],
            }
        )
    return rows


def compared(directory: Directory, place: Place, as_of: dt.date) -> dict[str, Any]:
    """The territory beside its parents and France, for figures that do not depend on size.

    Returns
    -------
    dict
        ``places`` (columns), ``rows`` and ``france``: whether the result holds France.
    """
    held = [
        directory.places[own]
        for own in reversed((FRANCE, *place.parents))
        if own in directory.places
    ]
    places = [place, *(other for other in held if other != place)]
    table = directory.atlas.stored.read_indicators(
        territory=[other.territory for other in places],
        indicator=tuple({name for name, _ in _COMPARED}),
        kind=_PER_PLACE,
        as_of=as_of,
    )
    parts = dict(tuple(table.groupby("territory")))
    by_place = [
        by_key(parts[other.territory]) if other.territory in parts else {} for other in places
    ]
    known = measures()
    near = nearest_proxy(directory)
    rows = []
    for name, given in _COMPARED:
        definition = near if given == "near" else given
        for kind in _PER_PLACE:
            cells = [said(figures.get((name, kind, definition))) for figures in by_place]
            if cells[0]["value"] and any(cell["known"] for cell in cells):
                rows.append(
                    {
                        "label": known[name].label.say(),
                        "definition": "" if definition == "qpv" else say_definition(definition),
                        "kind": kind,
                        "cells": cells,
                    }
                )
    return {"places": places, "rows": rows, "france": FRANCE in directory.places}


def nearest(directory: Directory, territory: str) -> list[dict[str, Any]]:
    """The nearest structures of a commune or QPV at the main date, by kind and rank."""
    if "nearest" not in directory.atlas.stored.table_names():
        return []
    table = directory.atlas.stored.read_table("nearest", where={"territory": territory})
    return [
        {
            "kind": record["kind"],
            "kind_label": kind_label(record["kind"]),
            "rank": int(record["rank"]),
            "finess": record["structure_id"],
            "name": record["name"] if record["name"] == record["name"] else record["structure_id"],
            "metres": say_metres(record["metres"]),
        }
        for record in table.to_dict("records")
    ]


def zoning(directory: Directory, place: Place, communes: set[str]) -> dict[str, Any] | None:
    """The zonage médecin: the class of a commune, or how many communes are in each class.

    None where the result holds no zonage.
    """
    if not directory.zoning:
        return None
    if place.level == "commune":
        listed = place.code in directory.zoning
        return {
            "listed": listed,
            "label": class_label(directory.zoning.get(place.code)),
            "classes": [],
        }
    counted: dict[str | None, list[float]] = {}
    for code in sorted(communes):  # of a set, in which no two processes agree
        held = counted.setdefault(directory.zoning.get(code), [0, 0.0])
        held[0] += 1
        held[1] += directory.communes[code].population or 0.0
    ordered = sorted(counted.items(), key=lambda item: -item[1][0])
    return {
        "listed": True,
        "label": "",
        "classes": [
            {
                "label": class_label(name),
                "communes": say_number(number, decimals=0),
                "population": say_number(people, decimals=0),
            }
            for name, (number, people) in ordered
        ],
    }


def files_of(directory: Directory, communes: set[str], quarters: list[tuple[str, int]]) -> set[str]:
    """The files that the rows of the lists come from."""
    held = directory.structure_rows_by_commune
    rows = [row for code in communes if code in held for row in held[code]]
    files = set(directory.structures["file"].iloc[rows].dropna().unique())
    for name, table in directory.quarters.items():
        own = [row for generation, row in quarters if generation == name]
        files |= set(table["file"].iloc[own].dropna().unique())
    return files


def _named(table: Any, shown: Any) -> list[str]:
    drawn = [" ".join(row["record"]["sources"]) for trend in shown for row in trend.rows]
    return list(dict.fromkeys([*table["sources"].dropna().unique(), *drawn]))
