"""The portrait of a structure: where it is, how well that is known, and what zones say of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.crs import WGS84, transform
from ..core.i18n import T, Text, say_date, say_number
from ..drawing.escape import is_null
from ..engine import TerritorialIndex
from ..figures import say_definition
from ..rules import positions, structure_kinds
from .directory import Directory, Place, date_of, number_of, text_of
from .quarter import crumbs
from .saying import UNKNOWN, answer_badge, class_label, kind_label, say_metres
from .territory import Keep

_NEAREST = 3
_STATES: dict[str, Text] = {
    "yes": T("ouverte", "open"),
    "no": T("non ouverte", "not open"),
    "undetermined": T("ouverture indéterminée", "opening undetermined"),
}


def site_portrait(directory: Directory, finess: str, keep: Keep) -> dict[str, Any]:
    """Everything that the fiche of a structure says, at the main date of the result.

    Raises
    ------
    UnknownNameError
        No such structure; with the nearest numbers.
    """
    row = directory.structure(finess)
    record = directory.structures.iloc[row]
    kind = str(record["kind"])
    commune = text_of(record["commune"])
    held = directory.communes.get(commune or "")
    known = structure_kinds().get(kind)
    position = positions().get(str(record["position"]))
    opened, closed = date_of(record["opened"]), date_of(record["closed"])
    number = text_of(record["finess"]) or str(record["structure_id"])
    return {
        "place": Place(
            f"commune:{commune}",
            "structure",
            number,
            text_of(record["name"]) or number,
            (),
            None,
            None,
            True,
        ),
        "kind": kind,
        "kind_label": kind_label(kind),
        "reference": None if known is None else known.reference,
        "finess": text_of(record["finess"]),
        "ej": text_of(record["finess_ej"]),
        "siret": text_of(record["siret"]),
        "category": text_of(record["category"]),
        "speciality": text_of(record["speciality"]),
        "tells_speciality": known is None or known.tells_speciality,
        "address": text_of(record["address"]),
        "commune": held,
        "commune_code": commune,
        "crumbs": crumbs(directory, [commune or ""]),
        "opened": None if opened is None else say_date(opened),
        "closed": None if closed is None else say_date(closed),
        "state": _STATES.get(str(record["open"]), UNKNOWN).say(),
        "open": str(record["open"]),
        "position": str(record["position"]) if position is None else position.label.say(),
        "precision": say_precision(record),
        "score": None
        if is_null(record["score"])
        else say_number(float(record["score"]), decimals=0),
        "geocoder": text_of(record["geocoder"]),
        "lon": _coordinate(record["lon"]),
        "lat": _coordinate(record["lat"]),
        "memberships": memberships(directory, record, keep),
        "zoning": zoning_of(directory, record),
        "nearest": nearest_others(directory, row),
        "files": {str(record["file"])},
        "file": str(record["file"]),
        "row": None if is_null(record["row"]) else int(record["row"]),
        "sources": [],
    }


def _coordinate(value: Any) -> str | None:
    return None if is_null(value) else say_number(float(value), decimals=5)


def say_precision(record: Any) -> str:
    """How precise a position is, in words."""
    if is_null(record["lon"]):
        return T("aucune position : rien ne se mesure", "no position: nothing is measured").say()
    metres = number_of(record["precision_m"])
    if metres is None:
        return T(
            "précision inconnue : la position est prise telle que donnée",
            "unknown precision: the position is taken as given",
        ).say()
    if math.isinf(metres):
        return T(
            "cette position ne décide de rien : le lieu exact est ailleurs dans la commune",
            "this position decides nothing: the true place is elsewhere in the commune",
        ).say()
    return T("à {m} près", "within {m}", m=say_metres(metres)).say()


def memberships(directory: Directory, record: Any, keep: Keep) -> list[dict[str, Any]]:
    """What QPV, quartiers vécus and zonage say of a structure, each with its reason."""
    atlas = directory.atlas
    signed = _to_limit(directory, record, keep)
    found = []
    asked: list[tuple[str, str, int | None]] = [("in_qpv", "qpv", 0)]
    for wide in atlas.facts["quartier_vecu"]:
        asked.append((f"near_proxy_{wide}m", f"proxy-{wide}m", wide))
    asked.append(("near_declared", "declared", None))
    for name, definition, metres in asked:
        word = text_of(record[name]) if name in record else None
        label = (
            T("QPV en vigueur", "QPV in force")
            if definition == "qpv"
            else T(
                "QPV ou quartier vécu {definition}",
                "QPV or quartier vécu {definition}",
                definition=say_definition(definition),
            )
        )
        metres = (
            0 if definition == "qpv" else int(definition[6:-1]) if "proxy" in definition else None
        )
        found.append(
            {
                "label": label.say(),
                **answer_badge(word),
                "qpv": text_of(record["qpv"]) if definition == "qpv" and "qpv" in record else None,
                "why": _why(record, word, definition, metres, signed),
            }
        )
    return found


def _to_limit(directory: Directory, record: Any, keep: Keep) -> float | None:
    """Metres to the limit of the QPV in force at the main date, negative inside; None if none."""
    if is_null(record["lon"]) or is_null(record["legal_crs"]):
        return None
    index = keep("index of the QPV in force", lambda: _index(directory))
    if index is None:
        return None
    found = index.distance_to_limit(
        np.array([record["lon"]]), np.array([record["lat"]]), np.array([int(record["legal_crs"])])
    )
    return float(found[0]) if np.isfinite(found[0]) else None


def _index(directory: Directory) -> TerritorialIndex | None:
    import pandas as pd

    day = np.datetime64(directory.atlas.as_of, "s")
    held = []
    for table in directory.quarters.values():
        begun = table["valid_from"].isna() | (table["valid_from"] <= day)
        running = table["valid_to"].isna() | (table["valid_to"] >= day)
        held.append(table.loc[begun & running, ["code", "legal_crs", "geometry"]])
    zones = pd.concat(held, ignore_index=True) if held else None
    return None if zones is None or zones.empty else TerritorialIndex(zones)


def _why(
    record: Any, word: str | None, definition: str, metres: int | None, signed: float | None
) -> str:
    """Why the answer is what it is, in words."""
    if word is None:
        if str(record["open"]) == "no":
            return T(
                "La structure n'est pas ouverte à la date du résultat.",
                "The structure is not open at the date of the result.",
            ).say()
        if definition == "declared":
            return T(
                "Aucune déclaration d'ARS parmi les sources : inconnu, et non « non ».",
                "No ARS declaration among the sources: unknown, not “no”.",
            ).say()
        return T(
            "Aucun périmètre en vigueur parmi les sources.", "No perimeter in force in the sources."
        ).say()
    if definition == "declared":
        if word == "inside":
            return T("En QPV, ou déclarée par l'ARS.", "In a QPV, or declared by the ARS.").say()
        if word == "outside":
            return T("Ni en QPV, ni déclarée.", "Neither in a QPV nor declared.").say()
    precision = number_of(record["precision_m"])
    if word == "undetermined":
        if is_null(record["lon"]):
            return T("La structure n'a pas de position.", "The structure has no position.").say()
        if precision is not None and math.isinf(precision):
            return T(
                "Sa position ({position}) ne décide de rien.",
                "Its position ({position}) decides nothing.",
                position=positions()[str(record["position"])].label
                if str(record["position"]) in positions()
                else str(record["position"]),
            ).say()
        if signed is not None and metres is not None:
            return T(
                "À {away} du seuil, plus près que la précision de la position ({precision}).",
                "{away} from the threshold, nearer than the precision of the position "
                "({precision}).",
                away=say_metres(abs(signed - metres)),
                precision=say_metres(precision),
            ).say()
        return T("Nul ne peut le dire.", "Nobody can tell.").say()
    if signed is None:
        return T("Aucun QPV dans son territoire.", "No QPV in its territory.").say()
    where = (
        T("À {m} à l'intérieur de la limite", "{m} inside the limit", m=say_metres(-signed))
        if signed < 0
        else T("À {m} de la limite d'un QPV", "{m} from the limit of a QPV", m=say_metres(signed))
    ).say()
    if precision is None:
        return (
            where + T(", position de précision inconnue.", ", position of unknown precision.").say()
        )
    return where + "."


def zoning_of(directory: Directory, record: Any) -> dict[str, Any]:
    """The zonage médecin of a structure: its QPV's own class, else that of its commune."""
    name = text_of(record["zonage"]) if "zonage" in record else None
    return {
        "label": class_label(name),
        "known": name is not None,
        "held": bool(directory.zoning),
    }


def nearest_others(directory: Directory, row: int) -> list[dict[str, Any]]:
    """The other open structures nearest by kind, as the crow flies in the legal CRS."""
    table = directory.structures
    record = table.iloc[row]
    if is_null(record["lon"]) or is_null(record["legal_crs"]):
        return []
    legal = int(record["legal_crs"])
    codes = table["legal_crs"].to_numpy(dtype=float, na_value=np.nan)
    lon, lat = table["lon"].to_numpy(dtype=float), table["lat"].to_numpy(dtype=float)
    usable = (codes == legal) & np.isfinite(lon) & (table["open"] == "yes").to_numpy()
    usable[row] = False
    x, y = transform(np.array([record["lon"]]), np.array([record["lat"]]), WGS84, legal)
    found = []
    for kind in ("MSP", "CDS"):
        rows = np.flatnonzero(usable & (table["kind"] == kind).to_numpy())
        if not len(rows):
            continue
        to_x, to_y = transform(lon[rows], lat[rows], WGS84, legal)
        metres = np.hypot(to_x - x[0], to_y - y[0])
        for place in np.argsort(metres, kind="stable")[:_NEAREST]:
            other = table.iloc[rows[place]]
            commune = text_of(other["commune"])
            found.append(
                {
                    "kind": kind,
                    "kind_label": kind_label(kind),
                    "finess": text_of(other["finess"]) or str(other["structure_id"]),
                    "name": text_of(other["name"]) or str(other["finess"]),
                    "commune": "" if commune is None else directory.commune_names([commune]),
                    "metres": say_metres(float(metres[place])),
                    "precise": bool(np.isfinite(other["precision_m"])),
                }
            )
    return found
