"""The main job: official files in, one dated and sourced result out."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd

from .. import __version__
from ..core.collector import collector_paused
from ..core.contracts import Indicator, Progress, discover, no_progress
from ..core.errors import SourceError
from ..core.figures import Figures, FigureTable
from ..core.i18n import T, Text
from ..core.result import Result
from ..core.snapshot import Snapshot
from ..core.validity import in_force
from .area import Area, communes_of_qpv, qpv_members, select_area
from .classes import ClassAnswers, kept_classes
from .demand import commune_points, populated_points
from .description import Study
from .distances import Measures
from .edges import edge_of
from .layers import (
    current_qpv,
    draw_quarters,
    make_layers,
    nearest_table,
    quarter_layers,
    to_draw,
)
from .material import Material, read_material
from .membership import gather_membership
from .places import Places, gather_places
from .snapshots import Prepared, take_snapshot
from .structures import prepare_structures
from .tables import kept_tables
from .verdicts import ZoneAnswers
from .zones import gather_qpv

INDICATORS_PACKAGE = "geo_service.indicators"
_OWN_SOURCES = {
    "cpts": ("cpts", "territories"),
    "zoning": ("zonage", "territories", "qpv", "population"),
}
"""Families that rest on no structure: the kinds of sources that they rest on."""


def build(
    study: Study, *, built_at: dt.datetime | None = None, progress: Progress = no_progress
) -> Result:
    """Read the sources of a study, index structures against zones, compute its indicators.

    Parameters
    ----------
    study
        What to compute; ``Study.load("STUDY.toml")`` reads one.
    built_at
        Moment noted in the result's facts; never used for a figure.
    progress
        Told how far the work is.

    Returns
    -------
    Result
        Layers in EPSG:4326, indicators, anomalies, provenance. Nothing is written.

    Raises
    ------
    SourceError
        A file is missing or cannot be read as what the study says.
    UnknownNameError
        The territory, a source or an option does not exist.
    """
    with collector_paused():
        return _build(study, built_at, progress)


def _build(study: Study, built_at: dt.datetime | None, progress: Progress) -> Result:
    material = read_material(study, progress)
    places = gather_places(material, study.as_of)
    area = select_area(study, places, _covered(material))
    prepared = prepare(study, material, places, area)
    current = current_qpv(prepared)
    # GEOS draws beside the counting: it needs no lock of Python's. Pandas is not for two threads.
    with ThreadPoolExecutor(1) as beside:
        drawing = beside.submit(draw_quarters, *to_draw(current), study.quartier_vecu)
        parts, main = _figures(study, material, prepared, progress)
        quarters = quarter_layers(current, drawing.result())
    layers = make_layers(prepared, main, material, quarters)
    extra = {
        "nearest": nearest_table(prepared, main),
        **kept_tables(prepared, material, places),
    }
    return Result(
        facts=_facts(study, area, material, prepared, built_at),
        layers=layers,
        indicators=FigureTable.join(parts),
        anomalies=material.anomalies,
        provenance=material.provenance,
        tables=extra,
    )


def _figures(
    study: Study, material: Material, prepared: Prepared, progress: Progress
) -> tuple[list[tuple[Figures, str | None]], Snapshot]:
    """The figures of every date with their sources, and the territory at the main date."""
    indicators = discover(INDICATORS_PACKAGE, "INDICATOR", Indicator)
    parts: list[tuple[Figures, str | None]] = []
    main: Snapshot | None = None
    for number, date in enumerate(study.dates):
        progress(str(T("indicateurs", "indicators")), number, len(study.dates))
        snapshot = take_snapshot(prepared, date)
        sources = " ".join(_sources_used(material, snapshot))
        for indicator in indicators.values():
            figures = indicator.compute(snapshot)
            figures.explain(_missing(snapshot))
            own = _OWN_SOURCES.get(indicator.name)
            parts.append((figures, " ".join(material.ids(*own)) if own else sources))
        if date == study.as_of:
            main = snapshot
    progress(str(T("indicateurs", "indicators")), len(study.dates), len(study.dates))
    assert main is not None  # the dates of a study hold its main one
    return parts, main


def _missing(snapshot: Snapshot) -> dict[str, Text]:
    """Why the figures of a definition are unknown; without a perimeter those of all are."""
    every = snapshot.missing.get("qpv")
    if every is not None:
        return dict.fromkeys(("qpv", *snapshot.definitions), every)
    return dict(snapshot.missing)


def prepare(study: Study, material: Material, places: Places, area: Area) -> Prepared:
    """Everything of a study that does not depend on the date."""
    structures = prepare_structures(study, material, places, area)
    qpv = gather_qpv(material, area)
    communes = [] if qpv is None else communes_of_qpv(qpv, area.around, places.renamed)
    declared_zones = [
        table
        for table in material.tables("zones")
        if len(table) and (table["zone_kind"] == "quartier_vecu").all()
    ]
    answers = ZoneAnswers(
        study=study,
        structures=structures,
        qpv=qpv,
        communes=communes,
        declared=material.table("declared"),
        declared_zones=(pd.concat(declared_zones, ignore_index=True) if declared_zones else None),
    )
    classes = kept_classes(material, places, area, qpv)
    points = commune_points(material, area)
    demand = populated_points(study, material, area, points)
    members = qpv_members(area, communes)
    return Prepared(
        study=study,
        area=area,
        structures=structures,
        answers=answers,
        qpv_members=members,
        measures=Measures(
            study=study,
            structures=structures,
            communes=points[points["inside"]].reset_index(drop=True),
            demand=demand,
            zones=qpv,
            qpv_edge=_edge_of_qpv(qpv, members, area),
        ),
        demand=demand[demand["inside"]].reset_index(drop=True),
        vintage=structures_vintage(material),
        membership=gather_membership(study, material, places, area),
        classes=(
            None if classes is None else ClassAnswers(classes, area, qpv, communes, study.as_of)
        ),
    )


def _edge_of_qpv(qpv: Any | None, members: list[tuple[int, ...]], area: Area) -> Any:
    """Metres from each QPV that the study holds to territory that the data do not cover."""
    edge = np.full(len(members), np.inf)
    held = np.flatnonzero([bool(places) for places in members])
    if qpv is not None and len(held):
        edge[held] = edge_of(qpv.geometry.to_numpy()[held], qpv["legal_crs"].iloc[held], area)
    return edge


def structures_vintage(material: Material) -> dt.date | None:
    """Millésime of the register of structures, where it is known."""
    readings = material.readings.get("finess", [])
    return readings[0].provenance.vintage if readings else None


def _covered(material: Material) -> set[str] | None:
    """Départements for which the register read holds establishments of any category."""
    readings = material.readings.get("finess", [])
    if not readings:
        raise SourceError(
            T(
                "L'étude n'a pas de source « finess » : il n'y a rien à compter.",
                "The study has no source “finess”: there is nothing to count.",
            ),
            field="sources",
        )
    held: set[str] = set()
    for reading in readings:
        if "departements" in reading.extra:
            held |= set(reading.extra["departements"]["departement"])
        else:
            held |= set(reading.table["departement"].dropna())
    return held


def _sources_used(material: Material, snapshot: Snapshot) -> list[str]:
    """Source ids behind the figures of a date: a QPV file counts while a QPV of it is in force."""
    used = material.ids("finess", "territories", "population")
    if snapshot.qpv is not None:
        for reading in material.readings.get("qpv", []):
            if in_force(reading.table, snapshot.as_of).any():
                used.append(reading.provenance.source_id)
    if "declared" in snapshot.verdicts:
        used += material.ids("quartier_vecu")
    return used


def _facts(
    study: Study,
    area: Area,
    material: Material,
    prepared: Prepared,
    built_at: dt.datetime | None,
) -> dict[str, Any]:
    name = area.places.loc[area.places["territory"] == study.territory, "name"]
    unknown = prepared.structures
    shown = unknown["inside"] & unknown["kind"].isin(study.kinds)
    return {
        "name": study.name,
        "territory": study.territory,
        "territory_name": None if name.empty else str(name.iloc[0]),
        "as_of": study.as_of.isoformat(),
        "dates": [date.isoformat() for date in study.dates],
        "commune_dates": study.commune_dates,
        "quartier_vecu": list(study.quartier_vecu),
        "distances": list(study.distances),
        "scope": study.scope,
        "kinds": list(study.kinds),
        "structures_vintage": None if prepared.vintage is None else prepared.vintage.isoformat(),
        "fictitious": study.fictitious,
        "structures": int(shown.sum()),
        "unknown_precision": int((shown & unknown["precision_m"].isna()).sum()),
        "anomalies": len(material.anomalies),
        "code_version": __version__,
        "built_at": None if built_at is None else built_at.isoformat(timespec="seconds"),
    }
