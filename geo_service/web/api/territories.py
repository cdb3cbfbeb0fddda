"""Territories, from France to the QPV, and their figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Response

from ...atlas import Atlas
from ...core.i18n import T, Text
from ...core.tables import EVERYWHERE_LEVELS, LEVELS
from ...core.territory import LAYER_OF_LEVEL
from ...figures import figure_records
from ...finding import fold
from ..served import Served, served
from .operations import address, encode, link, listed, operation, page_address, reply

_TERRITORY = {
    "territory": (
        T(
            "Niveau et code, par exemple region:76, commune:31555, qpv:QN03102M, ou france",
            "Level and code, for example region:76, commune:31555, qpv:QN03102M, or france",
        ),
        "region:76",
    )
}


@dataclass(frozen=True)
class Territories:
    """Every territory of a result as a record, with its name folded for the search."""

    records: dict[str, dict[str, Any]]
    folded: list[str]


def territories_of(result: Served) -> Territories:
    """The territories of the result, made once."""
    return result.keep("api territories", lambda: _gather(result))


def _gather(result: Served) -> Territories:
    atlas = result.atlas
    records: dict[str, dict[str, Any]] = {}
    main = atlas.facts["territory"]
    if main.startswith("france"):
        records[main] = _record(main, "france", main.partition(":")[2], atlas.facts)
    for level, layer in LAYER_OF_LEVEL.items():
        if layer in atlas.stored.layer_names():
            _add(records, atlas.layer(layer), level)
    for name in sorted(atlas.stored.layer_names(), reverse=True):
        if name.startswith("qpv_"):
            _add(records, atlas.layer(name), "qpv")
    folded = [" " + fold(f"{one['name']} {one['code']}") for one in records.values()]
    return Territories(records, folded)


def _record(territory: str, level: str, code: str, row: Any) -> dict[str, Any]:
    def get(name: str) -> Any:
        value = row.get(name)
        return None if value is None or value != value else value

    year = get("population_year")
    return {
        "territory": territory,
        "level": level,
        "code": code,
        "name": get("name") if level != "france" else get("territory_name"),
        "communes": get("communes"),
        "epci": get("epci") if level == "commune" else None,
        "departement": get("departement") if level != "departement" else None,
        "region": get("region") if level != "region" else None,
        "population": get("population"),
        "population_year": None if year is None else int(year),
    }


def _add(records: dict[str, dict[str, Any]], table: Any, level: str) -> None:
    bounds = table.geometry.bounds.round(7).to_numpy()
    rows = table.drop(columns="geometry").astype("object").to_dict("records")
    for row, box in zip(rows, bounds.tolist(), strict=True):
        territory = f"{level}:{row['code']}"
        record = _record(territory, level, row["code"], row)
        record["bbox"] = box if box == box and box[0] == box[0] else None
        records.setdefault(territory, record)


def _links(record: dict[str, Any]) -> list[dict[str, str]]:
    territory, level = record["territory"], record["level"]
    own, code = quote(territory, safe=":~"), quote(str(record["code"]), safe="~")
    links = [
        link("self", address(f"/territoires/{own}")),
        link("figures", address(f"/territoires/{own}/indicateurs")),
        link("structures", address("/structures", territory=territory)),
    ]
    if level == "qpv":
        links.append(link("alternate", page_address(f"/qpv/{code}"), kind="text/html"))
        links.append(link("item", address(f"/qpv/{code}"), kind="geojson"))
    else:
        page = page_address(f"/territoire/{own}")
        links.append(link("alternate", page, kind="text/html"))
    for parent in EVERYWHERE_LEVELS[1:-1]:
        if record.get(parent):
            above = quote(f"{parent}:{record[parent]}", safe=":~")
            links.append(link("up", address(f"/territoires/{above}"), _LEVEL_NAMES[parent]))
    return links


_LEVEL_NAMES: dict[str, Text] = {
    "region": T("Région", "Région"),
    "departement": T("Département", "Département"),
    "epci": T("Intercommunalité (EPCI)", "Intercommunal body (EPCI)"),
}


@operation(
    "/territoires",
    T("Territoires", "Territories"),
    about=T(
        "De la région à la commune et au QPV ; ceux dont les mots commencent par ceux de q.",
        "From the région to the commune and the QPV; those of which words begin as those of q.",
    ),
    takes=("level", "q", "limit", "page"),
    gives="TerritoryPage",
)
def territoires(asked: dict[str, Any]) -> Response:
    """The territories that have figures."""

    def made() -> bytes:
        held = territories_of(served())
        words = fold(asked["q"] or "").split()
        items = [
            record
            for record, text in zip(held.records.values(), held.folded, strict=True)
            if (asked["level"] is None or record["level"] == asked["level"])
            and all(f" {word}" in text for word in words)
        ]
        return listed(asked, items)

    return reply(made)


@operation(
    "/territoires/<territory>",
    T("Un territoire", "One territory"),
    about=T(
        "Nom, population, rectangle, territoires qui le contiennent.",
        "Name, population, box, territories that hold it.",
    ),
    gives="Territory",
    path_parameters=_TERRITORY,
    unknown=True,
)
def territoire(_: dict[str, Any], territory: str) -> Response:
    """One territory."""

    def made() -> bytes:
        record = record_of(served(), territory)
        return encode({**record, "links": _links(record)})

    return reply(made)


def record_of(result: Served, written: str) -> dict[str, Any]:
    """The record of a territory.

    Raises
    ------
    UnknownNameError
        The result does not hold it.
    """
    return territories_of(result).records[result.atlas.require_territory(written)]


@operation(
    "/territoires/<territory>/indicateurs",
    T("Chiffres d'un territoire", "Figures of one territory"),
    about=T(
        "Chaque chiffre avec ses bornes, à chaque date : les enregistrements de "
        "`geo-service figures --json`. Une valeur inconnue est nulle.",
        "Each figure with its bounds, at each date: the records of `geo-service figures --json`. "
        "An unknown value is null.",
    ),
    takes=("indicator", "kind", "definition", "as_of"),
    gives="FigureList",
    path_parameters=_TERRITORY,
    unknown=True,
)
def territoire_indicateurs(asked: dict[str, Any], territory: str) -> Response:
    """All the figures of one territory."""

    def made() -> bytes:
        atlas = served().atlas
        own = atlas.require_territory(territory)
        table = atlas.figures(
            own,
            asked["indicator"],
            kind=asked["kind"],
            definition=asked["definition"],
            as_of=asked["as_of"],
        )
        items = figure_records(table)
        above = address(f"/territoires/{quote(own, safe=':~')}")
        links = [link("self", address()), link("up", above)]
        return encode({"territory": own, "total": len(items), "links": links, "items": items})

    return reply(made)


def one_of_each_level(atlas: Atlas) -> list[str]:
    """One territory of each level, of each generation for the QPV: together they have every series.

    A figure that one territory of a level has, every other one of that level has too, be it null.
    """
    chosen: dict[str, str] = {}
    for territory in atlas.territories:
        level, _, code = territory.partition(":")
        key = level if level != LEVELS[-1] else code[:2]
        chosen.setdefault(key, territory)
    return list(chosen.values())
