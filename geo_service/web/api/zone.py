"""Zone of a place at a date, and the communes with a QPV at a date."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Response, g

from ...core.i18n import T
from ...zoning import communes_with_qpv, ground_of, zone
from ..served import Served, served
from .operations import MEDIA, address, encode, link, operation, reply
from .parameters import add_parameters, day, flag
from .schemas import Schema, add_schemas, list_of, maybe, record

add_parameters(
    day(
        "date",
        T(
            "Date de la question, quelle qu'elle soit ; sans elle, la date principale du résultat",
            "Date of the question, any date; without it, the main date of the result",
        ),
    ),
    flag(
        "assume_undated",
        T(
            "Prendre un zonage non daté comme en vigueur ; la réponse le dit",
            "Take an undated zoning as in force; the answer says so",
        ),
    ),
)


@add_schemas
def _schemas() -> dict[str, Schema]:
    text: Schema = {"type": "string"}
    vintage: dict[str, Schema] = {
        "valid_from": maybe("string", format="date"),
        "valid_to": maybe("string", format="date"),
        "dated": {"type": "boolean"},
        "order": maybe("string", T("Arrêté", "Order (arrêté)")),
        "file": text,
    }
    units = ["qpv", "commune", "arrondissement", "grand quartier", "tvs", None]
    metres = maybe("number", T("Mètres, 0 dans un QPV", "Metres, 0 in a QPV"), minimum=0)
    answer: dict[str, Schema] = {
        "as_of": {"type": "string", "format": "date"},
        "lon": maybe("number"),
        "lat": maybe("number"),
        "precision": {"type": ["number", "string", "null"]},
        "profession": text,
        "answer": {"type": "string", "enum": ["determined", "undetermined"]},
        "class": maybe("string"),
        "label": maybe("string"),
        "possible_classes": {"type": "array", "items": record({"class": text, "label": text})},
        "exhaustive": {
            "type": "boolean",
            "description": T(
                "Le lieu a sûrement l'une des classes possibles",
                "The place has one of the possible classes for sure",
            ).say(),
        },
        "undated_class": maybe("string", T("Classe publiée sans date", "Class without a date")),
        "unit": {"enum": units, "description": T("Ce qui a décidé", "What decided").say()},
        **{n: maybe("string") for n in ("unit_code", "unit_name", "commune", "commune_name")},
        **{n: maybe("string") for n in ("departement", "region", "qpv", "qpv_name")},
        "vintage": {"anyOf": [record(vintage), {"type": "null"}]},
        "vintages_at_hand": {"type": "array", "items": record(vintage)},
        "in_qpv": maybe("boolean"),
        **dict.fromkeys(("metres_to_qpv", "metres_low", "metres_high"), metres),
        "island": maybe("boolean"),
        "island_name": maybe("string"),
        "assumption": maybe("string"),
        "reason": text,
        "links": list_of("Link"),
    }
    commune: dict[str, Schema] = {
        "commune": text,
        **{n: maybe("string") for n in ("name", "departement", "region")},
        "population": maybe("number"),
        "qpv_count": {"type": "integer", "minimum": 1},
        "qpv": {"type": "array", "items": record({"code": text, "name": text})},
    }
    return {
        "ZoneOfPlace": record(answer),
        "CommuneWithQpv": record(commune),
        "CommunesWithQpv": record(
            {
                "date": {"type": "string", "format": "date"},
                "total": {"type": "integer", "minimum": 0},
                "known": {
                    "type": "boolean",
                    "description": T(
                        "Les périmètres en vigueur à la date sont connus dans tout le résultat",
                        "The perimeters in force at the date are known in all of the result",
                    ).say(),
                },
                "links": list_of("Link"),
                "items": list_of("CommuneWithQpv"),
            }
        ),
    }


@operation(
    "/zone",
    T("Zone d'un lieu à une date", "Zone of a place at a date"),
    about=T(
        "Classe du zonage médecin : celle du QPV s'il en a une, sinon de la commune, sinon du "
        "territoire de vie-santé ; avec l'arrêté, sa validité et la raison en mots. Un millésime "
        "qui ne couvre pas la date laisse la réponse indéterminée. Rien n'est gardé de ce qui est "
        "demandé.",
        "Class of the zonage médecin: the QPV's if it has one, else the commune's, else that of "
        "the territoire de vie-santé; with the order, its validity and the reason in words. A "
        "vintage that does not cover the date leaves the answer undetermined. Nothing of what is "
        "asked is kept.",
    ),
    takes=("lon", "lat", "date", "precision", "assume_undated"),
    gives="ZoneOfPlace",
)
def zone_of_place(asked: dict[str, Any]) -> Response:
    """One place; the answer is too short-lived to be kept."""
    atlas = served().atlas
    told = zone(
        atlas.stored,
        asked["lon"],
        asked["lat"],
        asked["date"] or atlas.as_of,
        precision=asked["precision"],
        assume_undated=asked["assume_undated"],
    )
    content = {**told.to_json(g.language), "links": [link("self", address())]}
    headers = [("Cache-Control", "no-store")]
    if asked["lang"] is None:
        headers.append(("Vary", "Accept-Language"))
    return Response(encode(content), mimetype=MEDIA["json"], headers=headers)


@operation(
    "/communes-avec-qpv",
    T("Communes avec QPV à une date", "Communes with a QPV at a date"),
    about=T(
        "Communes qui avaient au moins un QPV en vigueur à la date, leur nombre et leurs noms.",
        "Communes that had at least one QPV in force at the date, how many and which.",
    ),
    takes=("date",),
    gives="CommunesWithQpv",
)
def communes_avec_qpv(asked: dict[str, Any]) -> Response:
    """The list, whole."""
    return reply(lambda: encode(_listed(served(), asked["date"] or served().atlas.as_of)))


def _listed(result: Served, date: dt.date) -> dict[str, Any]:
    stored = result.atlas.stored
    table = communes_with_qpv(stored, date)
    names = ground_of(stored).perimeters(date).names
    plain = table.drop(columns="geometry").astype("object")
    rows = plain.where(plain.notna(), None).to_dict("records")
    items = [
        {
            **{name: row[name] for name in ("commune", "name", "departement", "region")},
            "population": row["population"],
            "qpv_count": int(row["qpv_count"]),
            "qpv": [{"code": code, "name": names[code]} for code in row["qpv_codes"].split("; ")],
        }
        for row in rows
    ]
    return {
        "date": date.isoformat(),
        "total": len(items),
        "known": bool(table.attrs["known"]),
        "links": [link("self", address())],
        "items": items,
    }
