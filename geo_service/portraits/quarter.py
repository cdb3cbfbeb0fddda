"""The portrait of a QPV: its perimeter, what stands in it and beside it, its other generation."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import shapely

from ..core.crs import WGS84, transform
from ..core.i18n import T, say_date, say_number, say_share
from ..drawing.escape import is_null
from ..engine import TerritorialIndex
from ..engine.territorial import project
from ..figures import say_definition
from ..rules import qpv_generations
from .directory import Directory, Place, date_of, number_of, text_of
from .listings import MOST, Listing, openness, structure_rows
from .saying import answer_badge, by_key, class_label, joined, kind_label, say_metres, say_note
from .territory import cards, figure_rows, nearest
from .trend import trends

_LEAST_SHARED = 0.005
"""Of the area: limits of one neighbourhood redrawn cross their neighbours by slivers."""


def quarter_portrait(directory: Directory, code: str, as_of: dt.date | None) -> dict[str, Any]:
    """Everything that the fiche of a QPV says.

    Parameters
    ----------
    as_of
        A date that the result holds; by default its main date, or the last one at which the
        perimeter was in force.

    Raises
    ------
    UnknownNameError
        No such QPV; with the nearest codes.
    """
    name, row = directory.quarter(code)
    atlas = directory.atlas
    record = directory.quarters[name].iloc[row]
    own = f"qpv:{code}"
    first, last = date_of(record["valid_from"]), date_of(record["valid_to"])
    date = as_of or _shown_date(atlas.dates, atlas.as_of, first, last)
    table = atlas.stored.read_indicators(territory=own, as_of=date)
    figures = by_key(table)
    shown = trends(directory, own)
    people = number_of(record["population"])
    communes = (text_of(record["communes"]) or "").split()
    structures, unsure = around(directory, record, date)
    return {
        "place": Place(own, "qpv", code, text_of(record["name"]) or code, (), people, None, True),
        "shown_at": date,
        "main": date == atlas.as_of,
        "generation": qpv_generations()[name].label.say(),
        "valid_from": None if first is None else say_date(first),
        "valid_to": None if last is None else say_date(last),
        "in_force": _in_force(date, first, last),
        "in_force_now": _in_force(atlas.as_of, first, last),
        "population": say_number(people, decimals=0),
        "communes": [
            {"code": c, "name": directory.commune_names([c]), "held": c in directory.communes}
            for c in communes
        ],
        "crumbs": crumbs(directory, communes),
        "zoning": class_label(text_of(record["zone_class"])),
        "zoning_known": not is_null(record["zone_class"]),
        "commune_zoning": [
            (directory.commune_names([c]), class_label(directory.zoning[c]))
            for c in communes
            if c in directory.zoning
        ],
        "repair": text_of(record["repair"]),
        "cards": cards(directory, figures, opened=False),
        "figures": figure_rows(directory, figures),
        "kinds": [
            {"name": kind, "label": kind_label(kind, plural=True)} for kind in atlas.facts["kinds"]
        ],
        "trends": shown,
        "breaks": [],
        "others": others(directory, name, record),
        "structures": structures,
        "unsure": unsure,
        "definitions": _columns(directory),
        "nearest": nearest(directory, own) if date == atlas.as_of else [],
        "sources": list(table["sources"].dropna().unique()),
        "files": {str(record["file"])},
        "file": str(record["file"]),
        "row": None if is_null(record["row"]) else int(record["row"]),
        "notes": joined(say_note(figure["note"]) for figure in figures.values()),
        "unknown_precision": max(
            (figure["unknown_precision"] for figure in figures.values()), default=0
        ),
        "trend_sources": [" ".join(r["record"]["sources"]) for t in shown for r in t.rows],
    }


def _shown_date(
    dates: list[dt.date], main: dt.date, first: dt.date | None, last: dt.date | None
) -> dt.date:
    if _in_force(main, first, last):
        return main
    return max((date for date in dates if _in_force(date, first, last)), default=main)


def _in_force(date: dt.date, first: dt.date | None, last: dt.date | None) -> bool:
    return (first is None or first <= date) and (last is None or date <= last)


def crumbs(directory: Directory, communes: list[str]) -> list[Place]:
    """The parents that every commune of a place shares, then the commune where there is one."""
    held = [directory.communes[code] for code in communes if code in directory.communes]
    if not held:
        return []
    shared = [p for p in held[0].parents if all(p in other.parents for other in held)]
    places = [directory.places[own] for own in shared if own in directory.places]
    return [*places, *(held if len(held) == 1 else ())]


def _metres(directory: Directory) -> list[int]:
    return sorted(directory.atlas.facts["quartier_vecu"])


def _columns(directory: Directory) -> list[str]:
    inside = T("Dans ce QPV", "In this QPV").say()
    return [inside, *(say_definition(f"proxy-{m}m") for m in _metres(directory))]


def around(directory: Directory, record: Any, as_of: dt.date) -> tuple[Listing, Listing]:
    """The structures in a QPV or near it at a date, and those of its communes without a place.

    Distances are to the limit, in the legal CRS; the three answers are those of the figures
    (``proxy``: strictly less than the distance).

    Returns
    -------
    (structures, unsure)
        The nearest first, each with ``metres`` and an answer for the QPV and for each distance.
    """
    table = directory.structures
    state = openness(directory, as_of)
    shape, legal = record["geometry"], int(record["legal_crs"])
    widest = max(_metres(directory), default=0)
    codes = table["legal_crs"].to_numpy(dtype=float, na_value=np.nan)
    lon, lat = table["lon"].to_numpy(dtype=float), table["lat"].to_numpy(dtype=float)
    precision = table["precision_m"].to_numpy(dtype=float)
    open_ = state != "no"
    possible = np.flatnonzero(open_ & (codes == legal) & np.isfinite(lon))
    zone = project(np.asarray([shape], dtype=object), legal)[0]
    x, y = transform(lon[possible], lat[possible], WGS84, legal)
    metres = shapely.distance(zone, shapely.points(x, y))
    reach = np.where(np.isfinite(precision[possible]), precision[possible], 0.0)
    near = metres <= widest + reach
    rows, metres = possible[near], metres[near]
    one = pd.DataFrame({"legal_crs": [legal]})
    index = TerritorialIndex(_frame(one, shape))
    answers = []
    for distance in (0, *_metres(directory)):
        found = index.classify(
            lon[rows],
            lat[rows],
            precision[rows],
            zone_precision=np.nan_to_num([record["precision_m"]]),
            metres=float(distance),
            strict=distance > 0,
            legal_crs=codes[rows].astype(np.int64),
        )
        words = np.where(found.sure < 0, "undetermined", np.where(found.given, "inside", "outside"))
        answers.append(words)
    order = np.argsort(metres, kind="stable")
    kept = [i for i in order if any(column[i] != "outside" for column in answers)]
    vague = np.isinf(precision) | ~np.isfinite(lon)
    kept = [i for i in kept if not vague[rows[i]]]
    listed = structure_rows(directory, rows[kept[:MOST]], state, as_of)
    for entry, i in zip(listed, kept, strict=False):
        entry["metres"] = say_metres(float(metres[i]))
        entry["answers"] = [answer_badge(str(column[i])) for column in answers]
        entry["precise"] = bool(np.isfinite(precision[rows[i]]))
    communes = set((text_of(record["communes"]) or "").split())
    own = table["commune"].isin(communes).to_numpy()
    lost = np.flatnonzero(open_ & vague & own)
    return (
        Listing(listed, len(kept)),
        Listing(structure_rows(directory, lost[:MOST], state, as_of), len(lost)),
    )


def _frame(table: pd.DataFrame, shape: Any) -> Any:
    import geopandas as gpd

    return gpd.GeoDataFrame(table, geometry=[shape], crs=WGS84)


def others(directory: Directory, name: str, record: Any) -> list[dict[str, Any]]:
    """The QPV of the other generations that this one shares ground with, and how much of it."""
    legal = int(record["legal_crs"])
    own = project(np.asarray([record["geometry"]], dtype=object), legal)[0]
    box = shapely.box(*record["geometry"].bounds)
    found = []
    for generation, table in directory.quarters.items():
        if generation == name:
            continue
        shapes = table.geometry.to_numpy()
        near = np.flatnonzero(shapely.intersects(box, shapes))
        if not len(near):
            continue
        shared = shapely.area(shapely.intersection(own, project(shapes[near], legal)))
        for row, area in sorted(zip(near, shared, strict=True), key=lambda pair: -pair[1]):
            if area < _LEAST_SHARED * own.area:
                continue
            other = table.iloc[row]
            found.append(
                {
                    "code": str(other["code"]),
                    "name": text_of(other["name"]) or str(other["code"]),
                    "generation": qpv_generations()[generation].label.say(),
                    "share": say_share(float(area / own.area)),
                }
            )
    return found
