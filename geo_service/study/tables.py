"""The tables that a result keeps as they were read: what later questions at other dates rest on."""

from __future__ import annotations

from typing import Any

from ..sources.territories import commune_of
from .area import among
from .material import Material
from .places import Places
from .snapshots import Prepared

_PARTS_OF_COMMUNES = ("commune", "commune-qpv", "commune-grand-quartier")


def kept_tables(prepared: Prepared, material: Material, places: Places) -> dict[str, Any]:
    """Zoning classes of every order, APL, CPTS, declarations and series, for the study's part.

    Returns
    -------
    dict
        Typed tables by name: ``classes``, ``apl``, ``cpts``, ``declared``, ``series``; those that
        no source gives are absent. Codes that left the COG follow their moves; arrondissements
        of Paris, Lyon and Marseille
        stay.
    """
    kept: dict[str, Any] = {}
    communes = prepared.area.communes
    classes = material.table("classes")
    if classes is not None:
        kept["classes"] = _classes(classes, prepared, places)
    for name in ("apl", "cpts"):
        table = material.table(name)
        if table is not None:
            codes = table["commune"].map(lambda code: _today(code, places))
            inside = among(codes.map(commune_of), communes)
            kept[name] = table.assign(commune=codes)[inside].reset_index(drop=True)
    for name in ("declared", "series"):
        table = material.table(name)
        if table is not None:
            kept[name] = table
    return kept


def _classes(classes: Any, prepared: Prepared, places: Places) -> Any:
    """Classes of the study's communes, their arrondissements and parts, its QPV, and every TVS."""
    unit = classes["unit"].to_numpy(dtype=object)
    of_commune = among(classes["unit"], _PARTS_OF_COMMUNES)
    codes = classes["code"].map(lambda code: _today(code, places))
    codes = codes.where(of_commune, classes["code"])
    kept = of_commune & among(codes.map(commune_of), prepared.area.communes)
    if prepared.answers.qpv is not None:
        kept |= (unit == "qpv") & among(codes, set(prepared.answers.qpv["code"].tolist()))
    kept |= unit == "tvs"
    return classes.assign(code=codes)[kept].reset_index(drop=True)


def _today(code: str, places: Places) -> str:
    """Code of a commune in the study's COG; an arrondissement of Paris, Lyon, Marseille stays."""
    return code if commune_of(code) != code else places.renamed.get(code, code)
