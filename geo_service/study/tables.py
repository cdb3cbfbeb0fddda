"""The tables that a result keeps as they were read: what later questions at other dates rest on."""

from __future__ import annotations

from typing import Any

from ..sources.territories.filling import among
from .classes import codes_today, with_arrondissements
from .material import Material
from .places import Places
from .snapshots import Prepared


def kept_tables(prepared: Prepared, material: Material, places: Places) -> dict[str, Any]:
    """Zoning classes of every order, APL, CPTS, islands, declarations and series, of the study.

    Returns
    -------
    dict
        Typed tables by name: ``classes``, ``apl``, ``cpts``, ``islands``, ``declared``,
        ``series``; those that no source gives are absent. Codes that left the COG follow their
        moves; arrondissements of Paris, Lyon and Marseille stay.
    """
    kept: dict[str, Any] = {}
    communes = with_arrondissements(prepared.area.communes)
    if prepared.classes is not None:
        kept["classes"] = prepared.classes.table
    for name in ("apl", "cpts", "islands"):
        table = material.table(name)
        if table is not None:
            codes = codes_today(table["commune"], places)
            inside = among(codes, communes)
            kept[name] = table.assign(commune=codes)[inside].reset_index(drop=True)
    for name in ("declared", "series"):
        table = material.table(name)
        if table is not None:
            kept[name] = table
    return kept
