"""The layers that a result shows: what the figures rest on, drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..core.crs import WGS84, carried
from ..core.i18n import LANGUAGES
from ..core.snapshot import Snapshot, Verdict
from ..core.tables import STRUCTURES, TERRITORIES
from ..core.territory import LAYER_OF_LEVEL
from ..core.validity import in_force
from ..engine.territorial import project
from ..rules import qpv_generations, zoning_classes
from .area import Area
from .classes import classes_of_communes, classes_of_qpv
from .material import Material
from .snapshots import Prepared
from .verdicts import proxy_name

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]
ANSWERS = {1: "inside", 0: "outside", -1: "undetermined"}


def make_layers(
    prepared: Prepared, main: Snapshot, material: Material, quarters: dict[str, Any]
) -> dict[str, Any]:
    """Layers by name, in EPSG:4326: structures, QPV, quartiers vécus, zonage, territories.

    ``quarters`` are those of :func:`quarter_layers`.
    """
    layers: dict[str, Any] = {}
    zoned = prepared.classes
    classes = None if zoned is None else classes_of_communes(zoned, material)
    exceptions = {} if zoned is None else classes_of_qpv(zoned)
    layers["structures"] = _structures(prepared, main, classes, exceptions)
    qpv = prepared.answers.qpv
    if qpv is not None:
        own_class = qpv["code"].map(exceptions)
        qpv = _shown_qpv(prepared).assign(zone_class=own_class.where(own_class.notna(), None))
        own = qpv[qpv["in_study"]].drop(columns="in_study")
        for generation in qpv_generations().values():
            rows = own[own["code"].str.match(generation.code_pattern)]
            if len(rows):
                layers[generation.layer] = rows.reset_index(drop=True)
        layers |= quarters
    declared = prepared.answers.declared_zones
    if declared is not None and len(declared):
        layers["declared_zones"] = declared.reset_index(drop=True)
    if classes is not None:
        layers["zonage"] = _zoning_layer(prepared.area, classes)
    places = prepared.area.places[[*TERRITORIES.names, "covered", "geometry"]]
    for level, name in reversed(LAYER_OF_LEVEL.items()):
        rows = np.flatnonzero((places["level"] == level).to_numpy())
        if len(rows):
            layers[name] = places.iloc[rows].reset_index(drop=True)
    return layers


def current_qpv(prepared: Prepared) -> Any | None:
    """The QPV in force at the main date; null where the study has none at all."""
    if prepared.answers.qpv is None:
        return None
    qpv = _shown_qpv(prepared)
    return qpv[in_force(qpv, prepared.study.as_of)].reset_index(drop=True)


def to_draw(qpv: Any | None) -> tuple[Shapes, Ints, Bools]:
    """Shapes, legal CRS, and which are of the study, of the QPV in force; out of pandas."""
    if qpv is None:
        return np.empty(0, dtype=object), np.empty(0, dtype=np.int64), np.empty(0, dtype=bool)
    return (
        qpv.geometry.to_numpy(),
        qpv["legal_crs"].to_numpy(dtype=np.int64),
        qpv["in_study"].to_numpy(dtype=bool),
    )


def draw_quarters(
    shapes: Shapes, codes: Ints, own: Bools, distances: Sequence[int]
) -> dict[int, Shapes]:
    """The proxy quartiers vécus, drawn: the buffer of each QPV less every QPV.

    A drawing: circles of 64 sides are up to 0.12 % short of the distance. Figures use the true
    distance, never this shape. GEOS and PROJ alone are called here, so that it may be done in
    another thread.

    Parameters
    ----------
    shapes, codes
        (n,) QPV in EPSG:4326, and the legal CRS of each.
    own
        (n,) whose quartier vécu is drawn.
    distances
        Metres.

    Returns
    -------
    dict
        By distance one shape for each of our own, EPSG:4326.
    """
    drawn = {metres: np.empty(int(own.sum()), dtype=object) for metres in distances}
    place = np.cumsum(own) - 1
    for code in np.unique(codes[own]).tolist():
        there = codes == code
        solid = project(shapes[there], code)
        tree = shapely.STRtree(solid)
        for metres, found in drawn.items():
            wide = shapely.buffer(solid[own[there]], metres, quad_segs=16)
            near = [shapely.union_all(solid[tree.query(ring)]) for ring in wide]
            found[place[there & own]] = carried(shapely.difference(wide, near), code, WGS84)
    return drawn


def quarter_layers(current: Any, drawn: Mapping[int, Shapes]) -> dict[str, Any]:
    """What :func:`draw_quarters` drew around the QPV of the study, as layers by their name."""
    layers: dict[str, Any] = {}
    for metres, shapes in drawn.items():
        if not len(shapes):
            continue
        table = current[current["in_study"]].reset_index(drop=True)
        crossed = ~shapely.is_valid(shapes)
        shapes[crossed] = shapely.make_valid(shapes[crossed])
        table["geometry"] = gpd.GeoSeries(shapes, crs=WGS84)
        table["zone_kind"] = "quartier_vecu"
        table["zone_class"] = proxy_name(metres)
        table["zone_id"] = table["code"] + f"-{metres}m"
        table["population"] = np.nan
        table["repair"] = None
        table = table[~table.geometry.is_empty].reset_index(drop=True)
        if len(table):
            layers[f"quartier_vecu_{metres}"] = table
    return layers


def _shown_qpv(prepared: Prepared) -> Any:
    """Every QPV with its communes, and whether the study holds it."""
    assert prepared.answers.qpv is not None
    return prepared.answers.qpv.assign(
        in_study=[bool(held) for held in prepared.qpv_members],
        communes=[" ".join(codes) or None for codes in prepared.answers.communes],
    )


def _word(verdict: Verdict) -> Any:
    """What is told of each structure: the answer as given, or undetermined."""
    told = np.where(verdict.sure < 0, -1, verdict.given.astype(np.int8))
    if verdict.told is not None:
        told = np.where(verdict.told, told, -1)
    return pd.Series(told).map(ANSWERS).to_numpy()


def _structures(
    prepared: Prepared, main: Snapshot, classes: Any, exceptions: dict[str, str]
) -> Any:
    """Structures of the study with what the main date says of each.

    ``zonage`` is the class of the QPV that holds the structure if it has one of its own, else that
    of the commune.
    """
    table = prepared.structures[prepared.structures["inside"]]
    table = table[[*STRUCTURES.names, "geometry", "settled"]].reset_index(drop=True)
    table["epci"] = (
        prepared.area.around.set_index("code")["epci"].reindex(table["settled"]).to_numpy()
    )
    at = pd.Index(table["structure_id"]).get_indexer(main.structures["structure_id"])
    state = np.full(len(table), "no", dtype=object)
    state[at] = np.where(main.structures["certain"], "yes", "undetermined")
    table["open"] = state
    for name, verdict in main.verdicts.items():
        column = "in_qpv" if name == "qpv" else f"near_{name.replace('-', '_')}"
        words = np.full(len(table), None, dtype=object)
        words[at] = _word(verdict)
        table[column] = words
    if "qpv" in main.verdicts and main.qpv is not None:
        verdict = main.verdicts["qpv"]
        held = verdict.pair_given
        code = np.full(len(table), None, dtype=object)
        code[at[verdict.pair_structure[held][::-1]]] = main.qpv["code"].to_numpy()[
            verdict.pair_zone[held][::-1]
        ]
        table["qpv"] = code
    if classes is not None:
        own = table["qpv"].map(exceptions) if "qpv" in table else None
        table["zonage"] = classes["zone_class"].reindex(table["settled"]).to_numpy()
        if own is not None:
            table["zonage"] = own.where(own.notna(), table["zonage"])
    return table.drop(columns="settled")


def _zoning_layer(area: Area, classes: pd.DataFrame) -> Any:
    """Communes with their class, in the columns of the zones table."""
    known = zoning_classes()
    rows = area.places[(area.places["level"] == "commune").to_numpy()].reset_index(drop=True)
    code = rows["code"]
    zone_class = classes["zone_class"].reindex(code).to_numpy()
    labels = {
        language: [said.get(c) for c in zone_class]
        for language, said in (
            (language, {name: kind.label.say(language) for name, kind in known.items()})
            for language in LANGUAGES
        )
    }
    return gpd.GeoDataFrame(
        {
            "zone_id": "zonage:" + code,
            "zone_kind": "zonage",
            "code": code,
            "name": rows["name"],
            "zone_class": zone_class,
            "class_label": labels["fr"],
            "class_label_en": labels["en"],
            "departement": rows["departement"],
            "region": rows["region"],
            "population": rows["population"],
            "legal_crs": rows["legal_crs"],
        },
        geometry=rows.geometry.to_numpy(),
        crs=WGS84,
    )


def nearest_table(prepared: Prepared, main: Snapshot) -> pd.DataFrame:
    """Which structures are nearest to each commune and QPV at the main date, and how far."""
    ids, names = (prepared.structures[name].array for name in ("structure_id", "name"))
    parts = []
    for (level, kind), nearest in main.nearest.items():
        table = main.qpv if level == "qpv" else main.territories
        assert table is not None
        territory = table["territory"].to_numpy(dtype=object)
        if level != "qpv":
            territory = territory[(table["level"] == level).to_numpy()]
        for rank in range(nearest.structure.shape[1]):
            who = nearest.structure[:, rank]
            there = who >= 0
            parts.append(
                (
                    territory[there],
                    np.full(there.sum(), kind, dtype=object),
                    np.full(there.sum(), rank + 1),
                    who[there],
                    np.round(nearest.metres[there, rank], 1),
                )
            )
    if not parts:
        return pd.DataFrame()
    territories, kinds, ranks, found, metres = map(np.concatenate, zip(*parts, strict=True))
    return pd.DataFrame(
        {
            "territory": territories,
            "kind": kinds,
            "rank": ranks,
            "structure_id": ids.take(found),
            "name": names.take(found),
            "metres": metres,
            "as_of": np.datetime64(main.as_of, "s"),
        }
    )
