"""The ranking of QPV by access to general practitioners, with the weights of the request."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

import pandas as pd
from flask import Response

from ...core.i18n import T
from ...ranking import (
    COLUMNS,
    Method,
    Ranking,
    adjusted,
    gather_terms,
    published_method,
    qpv_records,
    rank_qpv,
    rank_terms,
    ranking_record,
)
from ..served import Served, served
from .operations import Page, encode, operation, refuse, reply
from .parameters import Parameter, RefusedError, add_parameters
from .schemas import Schema, add_schemas, maybe, page_of, record

TERMS = ("apl", "zonage", "distance", "population")
MOST_WEIGHT = 1000
_NUMBER = re.compile(r"[+-]?(?:\d{1,20}\.?\d{0,20}|\.\d{1,20})(?:[eE][+-]?\d{1,3})?", re.ASCII)
WEB_DRAWS = 200
"""Draws of weights for a ranking that a visitor changed: each costs a computation of its own."""


def read_weight(text: str) -> float:
    """A weight as a visitor writes it: a number from 0 to 1,000, decimal point or comma.

    Raises
    ------
    ValueError
        It is none.
    """
    plain = text.strip().replace(",", ".", 1)
    if not _NUMBER.fullmatch(plain):
        raise ValueError(text)
    value = float(plain)
    if not 0 <= value <= MOST_WEIGHT:
        raise ValueError(text)
    return value


def _weight(name: str) -> Parameter:
    label = published_method().term(name).label
    return Parameter(
        f"weight_{name}",
        T(
            "Poids du terme « {label} » ; 0 le retire ; sans ce paramètre, le poids publié",
            "Weight of the term “{label}”; 0 leaves it out; without it, the published weight",
            label=label,
        ),
        T("attendu : un nombre de 0 à {most}", "expected: a number from 0 to {most}", most=1000),
        {"type": "number", "minimum": 0, "maximum": MOST_WEIGHT},
        read_weight,
        examples=(1,),
    )


add_parameters(*(_weight(name) for name in TERMS))


@add_schemas
def _schemas() -> dict[str, Schema]:
    text: Schema = {"type": "string"}
    texts: Schema = {"type": "array", "items": text}
    kinds: dict[str, Schema] = {
        "text": maybe("string"),
        "integer": maybe("integer"),
        "number": maybe("number"),
        "boolean": maybe("boolean"),
        "date": maybe("string", format="date"),
    }
    lists = ("communes", "terms", "missing", "zone_classes")
    row = {
        name: texts if name in lists else kinds[dtype]
        for name, dtype in COLUMNS.items()
        if name != "why"
    }
    term: dict[str, Schema] = {
        **dict.fromkeys(("name", "label", "about", "transform", "unit", "reference"), text),
        "weight": {"type": "number", "minimum": 0, "maximum": 1},
        "from": maybe("number"),
        "to": maybe("number"),
        "classes": {"type": "object"},
    }
    method: dict[str, Schema] = {
        "label": text,
        "official": {"const": False},
        "name": text,
        "valid_from": {"type": "string", "format": "date"},
        "changed": {"type": "boolean"},
        "needs_one_of": texts,
        "precedents": texts,
        "neighbourhood": record(
            {
                "around": {"type": "number"},
                "draws": {"type": "integer"},
                "seed": {"type": "integer"},
            }
        ),
        "terms": {"type": "array", "items": record(term)},
    }
    source: dict[str, Schema] = {
        **dict.fromkeys(("source_id", "file", "sha256"), text),
        **{name: maybe("string") for name in ("publisher", "title", "vintage", "licence")},
    }
    return {
        "RankedQpv": record({**row, "reasons": texts}),
        "RankingMethod": record(method),
        "RankingPage": page_of(
            "RankedQpv",
            as_of={"type": "string", "format": "date"},
            ranked={"type": "integer", "minimum": 0},
            method={"$ref": "#/components/schemas/RankingMethod"},
            notes=texts,
            sources={"type": "array", "items": record(source)},
        ),
    }


def method_for(weights: dict[str, float | None]) -> Method:
    """The published method, or the one with the weights that are given.

    Raises
    ------
    RuleError
        All are 0.
    """
    published = published_method()
    if all(value is None for value in weights.values()):
        return published
    asked = {
        name: published.weights[name] if weights.get(name) is None else weights[name]
        for name in TERMS
    }
    method = adjusted({name: float(value or 0.0) for name, value in asked.items()})
    return replace(method, draws=WEB_DRAWS) if method.changed else published


def ranking_of(result: Served, as_of: dt.date, method: Method) -> Ranking:
    """The ranking of a date; what the result knows, and the published ranking, are kept."""
    atlas = result.atlas
    atlas.require_date(as_of)
    if not method.changed:
        return result.keep(("ranking", as_of), lambda: rank_qpv(atlas.stored, as_of))
    known: pd.DataFrame = result.keep(
        ("ranking terms", as_of), lambda: gather_terms(atlas.stored, as_of)
    )
    key = ("ranking", as_of, *(round(term.weight, 9) for term in method.terms))
    kept: _Kept = result.keep_body(
        key,
        lambda: _Kept(rank_terms(method, known, as_of, atlas.stored.provenance, atlas.stored)),
    )
    return kept.ranking


class _Kept:
    """A ranking with its size in bytes, so that it can be kept while there is room."""

    def __init__(self, ranking: Ranking) -> None:
        self.ranking = ranking
        self.size = int(ranking.table.memory_usage(deep=True).sum())


def inside(result: Served, ranking: Ranking, territory: str | None) -> Ranking:
    """The QPV of a territory, with the ranks that they have among all.

    Raises
    ------
    UnknownNameError
        No such territory.
    """
    if territory is None:
        return ranking
    kept = result.atlas.mask(ranking.table, "qpv_ranked", territory)
    return ranking.of(set(ranking.table.loc[kept, "code"]))


@operation(
    "/classement",
    T("Classement des QPV", "Ranking of the QPV"),
    about=T(
        "QPV en vigueur par besoin d'accès au médecin généraliste : APL, zonage, distance, "
        "population. Méthode de ce projet, non officielle, donnée en entier dans la réponse ; "
        "chaque rang dit sur quels termes il repose et entre quels rangs il se tient.",
        "QPV in force by need of access to general practitioners: APL, zoning, distance, "
        "population. This project's own method, not official, given whole in the answer; each "
        "rank says which terms it rests on and between which ranks it lies.",
    ),
    takes=(*(f"weight_{name}" for name in TERMS), "within", "as_of", "limit", "page"),
    gives="RankingPage",
    unknown=True,
)
def classement(asked: dict[str, Any]) -> Response:
    """The ranking of the QPV."""
    weights = {name: asked[f"weight_{name}"] for name in TERMS}
    if all(value == 0 for value in weights.values()):
        reason = T("tous les poids sont nuls", "every weight is 0")
        return refuse(RefusedError({f"weight_{TERMS[0]}": reason}))

    def made() -> bytes:
        result = served()
        date = asked["as_of"] or result.atlas.as_of
        found = inside(result, ranking_of(result, date, method_for(weights)), asked["within"])
        page = Page(len(found.table), asked["page"], asked["limit"])
        head = {**ranking_record(found), **page.head()}
        items = qpv_records(found.table.iloc[page.part])
        return encode({**head, "links": page.links(), "items": items})

    return reply(made)
