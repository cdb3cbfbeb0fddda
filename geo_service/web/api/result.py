"""The result as a whole: facts, sources, anomalies, and what can be looked for in it."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request

from ...core.i18n import T
from ...exchange.table_schema import dtypes, to_python
from ...exporting import map_credit
from ..answers import Body, send
from ..pages.recherche import finder, said
from ..served import Served, served
from .operations import (
    MEDIA,
    address,
    encode,
    link,
    listed,
    operation,
    page_address,
    reply,
)


@operation(
    "",
    T("Accueil de l'API", "Front of the API"),
    about=T(
        "Ce que contient le résultat servi, et les adresses d'où partir.",
        "What the served result holds, and the addresses to start from.",
    ),
    gives="Index",
)
def index(_: dict[str, Any]) -> Response:
    """What there is."""

    def made() -> bytes:
        return encode(
            {
                **_facts(served()),
                "links": [
                    link("self", address()),
                    link("service-desc", address("/openapi.json"), kind="openapi"),
                    link("service-doc", page_address("/api"), kind="text/html"),
                    *(link("data", address(path)) for path in _STARTS),
                ],
            }
        )

    return reply(made)


_STARTS = (
    "/resultat",
    "/territoires",
    "/indicateurs",
    "/structures",
    "/qpv",
    "/anomalies",
    "/sources",
)


def _facts(result: Served) -> dict[str, Any]:
    atlas = result.atlas
    return {
        **{name: value for name, value in atlas.facts.items() if name != "vintages"},
        "fingerprint": result.fingerprint,
        "source": map_credit(atlas).say(),
    }


@operation(
    "/resultat",
    T("Le résultat", "The result"),
    about=T(
        "Faits de l'étude : territoire, dates, natures, portée ; couches et tables.",
        "Facts of the study: territory, dates, kinds, scope; layers and tables.",
    ),
    gives="Result",
)
def resultat(_: dict[str, Any]) -> Response:
    """The study as it was run."""

    def made() -> bytes:
        stored = served().atlas.stored
        return encode(
            {
                **_facts(served()),
                "layers": stored.layer_names(),
                "tables": stored.table_names(),
                "links": [
                    link("self", address()),
                    link("sources", address("/sources")),
                    link("alternate", page_address("/"), kind="text/html"),
                ],
            }
        )

    return reply(made)


@operation(
    "/recherche",
    T("Recherche", "Search"),
    about=T(
        "Territoires, QPV et structures dont des mots commencent ainsi, les meilleurs d'abord.",
        "Territories, QPV and structures of which words begin so, the best first.",
    ),
    takes=("q", "limit"),
    gives="Search",
)
def recherche(asked: dict[str, Any]) -> Response:
    """What may be meant by the words typed so far."""
    limit = asked["limit"] if "limit" in request.args else 10
    found = finder(served()).find(asked["q"] or "", limit)
    content = encode({"total": len(found), "items": [said(thing) for thing in found]})
    return send(Body(content, MEDIA["json"], {}))  # not kept: the words are the visitor's


@operation(
    "/sources",
    T("Sources", "Sources"),
    about=T(
        "D'où vient chaque donnée : fichier, empreinte, producteur, licence, millésime, lignes.",
        "Where each datum comes from: file, hash, publisher, licence, vintage, rows.",
    ),
    gives="Sources",
)
def sources(_: dict[str, Any]) -> Response:
    """Provenance of every file read."""

    def made() -> bytes:
        items = [
            {
                "source_id": one.source_id,
                "source": one.source,
                "layout": one.layout,
                "file": one.file,
                "member": one.member,
                "sha256": one.sha256,
                "bytes": one.bytes,
                "publisher": one.publisher,
                "title": one.title,
                "licence": one.licence,
                "url": one.url,
                "vintage": None if one.vintage is None else one.vintage.isoformat(),
                "vintage_basis": one.vintage_basis,
                "rows_read": one.rows_read,
                "rows_kept": one.rows_kept,
                "rows_set_aside": one.rows_set_aside,
                "tried_on_real_file": one.tried_on_real_file,
                "note": None if one.note is None else one.note.say(),
            }
            for one in served().atlas.stored.provenance
        ]
        return encode({"total": len(items), "links": [link("self", address())], "items": items})

    return reply(made)


@operation(
    "/anomalies",
    T("Anomalies", "Anomalies"),
    about=T(
        "Lignes des fichiers qui ont été réparées, gardées avec réserve ou mises de côté.",
        "Rows of the files that were repaired, kept with a reservation, or set aside.",
    ),
    takes=("code", "limit", "page"),
    gives="AnomalyPage",
)
def anomalies(asked: dict[str, Any]) -> Response:
    """What was wrong in the files, row by row."""

    def made() -> bytes:
        items = served().keep(("api anomalies", g.language), lambda: _anomalies(served()))
        if asked["code"]:
            items = [item for item in items if item["code"] == asked["code"]]
        return listed(asked, items)

    return reply(made)


def _anomalies(result: Served) -> list[dict[str, Any]]:
    table = result.atlas.layer("anomalies")
    table = table.rename(columns={f"reason_{g.language}": "reason"})
    table = table.drop(columns=[name for name in table if str(name).startswith("reason_")])
    names = list(dtypes(table))
    rows = zip(*(to_python(table[name]) for name in names), strict=True)
    return [dict(zip(names, row, strict=True)) for row in rows]
