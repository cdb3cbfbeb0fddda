"""What was found of one point, in words: each answer with its reason."""

from __future__ import annotations

import math
from typing import Any

from flask import current_app, url_for

from ...core.i18n import T, Text, say_date, say_number
from ...rules import (
    positions,
    qpv_generations,
    structure_kinds,
    zoning_classes,
)
from .zones import Held, Located, Lookup, describe_definition

BADGES: dict[str, tuple[str, Text]] = {
    "inside": ("in", T("Dedans", "Inside")),
    "outside": ("out", T("Dehors", "Outside")),
    "undetermined": ("unsure", T("Indéterminé", "Undetermined")),
}
_REASONS: dict[tuple[str, str], Text] = {
    ("clear", "inside"): T(
        "La limite est à {way}, plus loin que la précision du point ({precision}).",
        "The limit is {way} away, farther than the precision of the point ({precision}).",
    ),
    ("clear", "outside"): T(
        "La limite la plus proche est à {way}, plus loin que la précision du point ({precision}).",
        "The nearest limit is {way} away, farther than the precision of the point ({precision}).",
    ),
    ("close", "undetermined"): T(
        "La limite est à {way}, et le point n'est connu qu'à {precision} près{blur} : il peut "
        "être d'un côté ou de l'autre.",
        "The limit is {way} away, and the point is known to {precision} only{blur}: it may be on "
        "either side.",
    ),
    ("vague", "undetermined"): T(
        "Cette position ne décide rien ({position}) : le vrai lieu peut être d'un côté ou de "
        "l'autre.",
        "This position decides nothing ({position}): the true place may be on either side.",
    ),
    ("unknown", "inside"): T(
        "Réponse pour le point tel qu'il est donné, à {way} de la limite : sa précision n'est "
        "pas connue.",
        "Answer for the point as it is given, {way} from the limit: its precision is not known.",
    ),
    ("unknown", "outside"): T(
        "Réponse pour le point tel qu'il est donné, à {way} de la limite : sa précision n'est "
        "pas connue.",
        "Answer for the point as it is given, {way} from the limit: its precision is not known.",
    ),
    ("edge", "undetermined"): T(
        "La limite du territoire de ce résultat est trop proche : ce qui se trouve au-delà n'est "
        "pas connu ici.",
        "The limit of this result's territory is too near: what lies beyond it is not known here.",
    ),
    ("untold", "undetermined"): T(
        "Ce résultat n'a pas de périmètre pour ce département.",
        "This result has no perimeter for this département.",
    ),
}
_NO_ZONE = T("Aucune zone dans ce territoire.", "No zone in this territory.")
_NEAR: dict[str, Text] = {
    "in-qpv": T(
        "Le point est dans le QPV lui-même, que le quartier vécu ne compte pas.",
        "The point is in the QPV itself, which the quartier vécu leaves out.",
    ),
    "near": T(
        "À {way} de la limite du QPV, moins que {metres}.",
        "{way} from the limit of the QPV, less than {metres}.",
    ),
    "far": T(
        "À {way} de la limite du QPV le plus proche, {metres} ou davantage.",
        "{way} from the limit of the nearest QPV, {metres} or more.",
    ),
    "close": T(
        "À {way} de la limite du QPV, avec un point connu à {precision} près : on ne peut dire "
        "si c'est moins que {metres}.",
        "{way} from the limit of the QPV, with a point known to {precision}: whether that is less "
        "than {metres} cannot be told.",
    ),
}
_AS_GIVEN = T(" La précision du point n'est pas connue.", " The point's precision is not known.")
_ENDED = T(
    "Cette génération n'est plus, ou pas encore, en vigueur ici au {date}.",
    "This generation is no longer, or not yet, in force here on {date}.",
)
_CLASS: dict[str, Text] = {
    "sure": T("Classe du lieu au {date}.", "Class of the place on {date}."),
    "given": T(
        "Classe pour le point tel qu'il est donné : sa précision n'est pas connue.",
        "Class for the point as it is given: its precision is not known.",
    ),
    "unsure": T(
        "La position ne permet pas de choisir entre des zones de classes différentes.",
        "The position does not tell zones of different classes apart.",
    ),
    "none": T(
        "Aucune source de ce résultat ne donne la classe de ce lieu.",
        "No source of this result gives the class of this place.",
    ),
}


def link(endpoint: str, **values: Any) -> str | None:
    """Address of a page, or None where the application has no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None


def say_metres(metres: float) -> str:
    """A length: metres below a kilometre, with a decimal below ten, else kilometres."""
    if not math.isfinite(metres):
        return say_number(None)
    if metres < 999.5:
        return f"{say_number(metres, decimals=1 if metres < 9.95 else 0)} m"
    return f"{say_number(metres / 1000, decimals=1 if metres < 99_950 else 0)} km"


def say_precision(metres: float) -> Text:
    """How well a position is known."""
    if math.isnan(metres):
        return T("inconnue", "unknown")
    if math.isinf(metres):
        return T("ne décide rien", "decides nothing")
    if metres == 0:
        return T("exacte", "exact")
    whole = metres == round(metres) and metres < 1000
    return Text("{m}", "{m}", {"m": f"{metres:.0f} m" if whole else say_metres(metres)})


def zone_rows(lookup: Lookup, found: Located, position: str | None) -> list[dict[str, Any]]:
    """A row a layer: QPV by generation, quartiers vécus, zonage; for the first point."""
    precision = float(found.precision[0])
    rows = []
    for named in layer_labels(found):
        name = named["layer"]
        held = found.layers[name]
        metres = name.removeprefix("quartier_vecu_")
        reason = (
            _why_near(held, precision, position, int(metres))
            if metres.isdigit()
            else _why(held, precision, position)
        )
        if not held.current[0] and held.why[0] != "untold":
            date = say_date(lookup.atlas.as_of)
            reason = f"{reason} {_ENDED.with_values(date=date)}"
        rows.append({**named, **_badge(held), **_zone(held), "why": reason})
    if lookup.has_zonage:
        rows.append(_zoning(lookup, found))
    return rows


def layer_labels(found: Located) -> list[dict[str, str]]:
    """Name of each layer, and its label in words."""
    generations = {it.layer: it.label for it in qpv_generations().values()}
    rows = []
    for name in found.layers:
        if name.startswith("qpv_"):
            label = generations[name]
        else:
            label = T("Quartier vécu : {d}", "Quartier vécu: {d}", d=describe_definition(name))
        rows.append({"layer": name, "label": label.say()})
    return rows


def _badge(held: Held) -> dict[str, str]:
    badge, text = BADGES[held.answer[0]]
    return {"answer": held.answer[0], "badge": badge, "badge_text": text.say()}


def _zone(held: Held) -> dict[str, Any]:
    place = int(held.zone[0])
    if place < 0:
        return {"name": None, "code": None, "url": None}
    row = held.table.iloc[place]
    code = str(row["code"])
    name = row["name"]
    return {
        "name": code if name is None or name != name else str(name),
        "code": code,
        "url": link("qpv.qpv", code=code),
    }


def _why(held: Held, precision: float, position: str | None) -> str:
    answer, way, why = held.answer[0], abs(float(held.metres[0])), str(held.why[0])
    if not math.isfinite(way) and why != "untold" and answer == "outside":
        return _NO_ZONE.say()
    reason = _REASONS[(why, answer)]
    blur = float(held.table["precision_m"].fillna(0.0).max()) if "precision_m" in held.table else 0
    return reason.with_values(
        way=say_metres(way),
        precision=say_precision(precision),
        position=_position(position),
        blur=T(" (la limite l'est à {m})", " (the limit to {m})", m=say_metres(blur))
        if blur
        else "",
    ).say()


def _position(name: str | None) -> Text:
    if name in positions():
        return positions()[name].label
    return T("centre de commune ou adresse mal trouvée", "commune's centre or badly found address")


def _why_near(held: Held, precision: float, position: str | None, metres: int) -> str:
    answer, way, why = held.answer[0], float(held.metres[0]), str(held.why[0])
    if why in ("edge", "untold", "vague"):
        return _why(held, precision, position)
    if not math.isfinite(way):
        return _NO_ZONE.say()
    if answer == "undetermined":
        chosen = "close"
    elif way <= 0:
        chosen = "in-qpv"
    else:
        chosen = "near" if answer == "inside" else "far"
    said = _NEAR[chosen].with_values(
        way=say_metres(abs(way)), metres=f"{metres} m", precision=say_precision(precision)
    )
    return said.say() + (_AS_GIVEN.say() if why == "unknown" else "")


def _zoning(lookup: Lookup, found: Located) -> dict[str, Any]:
    known = zoning_classes()
    name, sure = found.zone_class[0], bool(found.zone_class_sure[0])
    given = math.isnan(found.precision[0])
    shown = None if name is None else (known[name].label.say() if name in known else str(name))
    if name is None and (sure or found.commune.sure[0] == 1 or given):
        chosen, badge = "none", "unsure"
    elif sure:
        chosen, badge = ("given" if given else "sure"), "in"
    else:
        chosen, badge = "unsure", "unsure"
    text = str(name) if badge == "in" else BADGES["undetermined"][1].say()
    return {
        "layer": "zonage",
        "label": T("Zonage médecin", "Doctor zoning").say(),
        "answer": "inside" if badge == "in" else "undetermined",
        "badge": badge,
        "badge_text": text,
        "name": shown if badge == "in" else None,
        "code": None,
        "url": None,
        "why": _CLASS[chosen].with_values(date=say_date(lookup.atlas.as_of)).say(),
    }


def place_rows(lookup: Lookup, found: Located) -> list[dict[str, Any]]:
    """Commune, EPCI, département and région of the first point, each with its page."""
    held = found.commune
    place = int(held.zone[0])
    if place < 0:
        return []
    row = lookup.parents(place)
    unsure = int(held.sure[0]) < 0
    rows = []
    for level, label, code in (
        ("commune", T("Commune", "Commune"), row["code"]),
        ("epci", T("Intercommunalité (EPCI)", "Intercommunal body (EPCI)"), row["epci"]),
        ("departement", T("Département", "Département"), row["departement"]),
        ("region", T("Région", "Région"), row["region"]),
    ):
        if code is None or code != code or not code:
            continue
        rows.append(
            {
                "label": label.say(),
                "name": lookup.territory_name(level, str(code)),
                "code": str(code),
                "url": link("territoire.territoire", territory=f"{level}:{code}"),
                "unsure": unsure and level == "commune",
            }
        )
    return rows


def nearest_rows(lookup: Lookup, found: Located) -> list[dict[str, Any]]:
    """The nearest structures by kind, with metres as the crow flies, from the first point."""
    kinds = structure_kinds()
    groups = []
    for kind, (places, metres) in found.nearest.items():
        rows = []
        for place, way in zip(places[0].tolist(), metres[0].tolist(), strict=True):
            if place < 0:
                continue
            row = lookup.structures.iloc[place]
            finess = row["finess"] if row["finess"] == row["finess"] else row["structure_id"]
            rows.append(
                {
                    "name": str(row["name"]) if row["name"] == row["name"] else str(finess),
                    "finess": str(finess),
                    "url": link("structure.structure", finess=str(finess)),
                    "way": say_metres(way),
                    "position": positions()[row["position"]].label.say(),
                    "open_unsure": row["open"] == "undetermined",
                }
            )
        # Another may stand just beyond the territory that the result covers.
        farther = not lookup.whole_country and len(rows) and metres[0, 0] > -float(found.edge[0])
        groups.append(
            {
                "kind": kind,
                "label": kinds[kind].label.say(),
                "rows": rows,
                "edge": say_metres(abs(float(found.edge[0]))) if farther else None,
            }
        )
    return groups
