"""Aids: a place and a project, and what they entitle to; the rule of each aid; nothing is kept."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from ...aids import FACTS, eligibility, facts_from_texts, find_aid, load_aids
from ...core.errors import GeoServiceError, SchemaError
from ...core.i18n import T
from ...core.place import Place
from ...exchange.cells import guard_formula
from ...exporting import map_credit
from ...zoning import place_of
from ..answers import Body, send
from ..problems import STATUS
from ..protection import policy
from ..served import Served, served
from . import kept_page, page
from .aides_showing import OTHERS, Asked, answer, fiche, form, regions_of_rules, text_of
from .aides_words import TEXTS

PAGE = Blueprint("aides", __name__)
_OWN = {"Cache-Control": "private, no-store"}
"""An answer about what one visitor asked: no cache on the way may keep it."""


def warm(result: Served) -> None:
    """Read the rules and what a first question about a place would wait for."""
    load_aids()
    place_of(result.atlas.stored, 0.0, 0.0, result.atlas.as_of)


WARM = [warm]


@PAGE.get("/aides")
def aides() -> Response:
    """The form; or, where a place or a fact is given, the answer with its reasons."""
    if not any(request.args.get(name, "").strip() for name in (*OTHERS, *FACTS)):
        return kept_page("aides.html", lambda: form(MultiDict()), TEXTS)
    try:
        asked = _read(request.args)
    except GeoServiceError as error:
        status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
        values = {**form(request.args), "message": error.say()}
        response = Response(page("aides.html", TEXTS, **values), status, _OWN)
        response.headers["Vary"] = "Accept-Language"
        return response
    content = page("aides_reponse.html", TEXTS, **answer(asked)).encode()
    headers = {**_OWN, "Content-Security-Policy": policy()}
    return send(Body(content, "text/html; charset=utf-8", headers))


@PAGE.get("/aides.csv")
def table() -> Response:
    """The decisions as a table: one row a condition."""
    named = {"Content-Disposition": 'attachment; filename="aides.csv"'}
    return send(Body(_as_csv(_read(request.args)), "text/csv; charset=utf-8", {**_OWN, **named}))


@PAGE.get("/aides/<name>")
def aide(name: str) -> Response:
    """The fiche of one aid: its whole rule.

    Raises
    ------
    UnknownNameError
        No such aid.
    """
    return kept_page("aides_fiche.html", lambda: fiche(find_aid(name)), TEXTS)


# What is asked ------------------------------------------------------------------------------------


def _read(given: MultiDict[str, str]) -> Asked:
    atlas = served().atlas
    as_of = _day(given) or atlas.as_of
    facts = facts_from_texts({name: text_of(given, name) for name in FACTS if name in given})
    lon, lat = _degrees(given, "lon", 180), _degrees(given, "lat", 90)
    if (lon is None) != (lat is None):
        raise SchemaError(
            T("Il faut la longitude et la latitude.", "Both longitude and latitude are needed."),
            field="lat" if lat is None else "lon",
            do=T("Donnez les deux, ou aucune.", "Give both, or neither."),
        )
    place = Place(as_of)
    if lon is not None and lat is not None:
        undated = given.get("assume_undated") == "true"
        place = place_of(atlas.stored, lon, lat, as_of, assume_undated=undated)
    region = text_of(given, "as_region").strip() or None
    known = dict(regions_of_rules())
    if region is not None and region not in known:
        raise SchemaError(
            T("Aucune règle de cette région.", "No rule of that region."),
            field="as_region",
            do=T("Il y a : {it}.", "There are: {it}.", it=", ".join(known.values())),
        )
    decisions = eligibility(facts, as_of, place=place, as_region=region)
    return Asked(place, as_of, facts, region, decisions)


def _day(given: MultiDict[str, str]) -> dt.date | None:
    written = text_of(given, "date").strip()
    if not written:
        return None
    try:
        if len(written) == len("2026-01-31"):
            return dt.date.fromisoformat(written)
    except ValueError:
        pass  # said below, as for any other text
    raise SchemaError(
        T("Ce n'est pas une date.", "This is no date."),
        field="date",
        do=T("Écrivez AAAA-MM-JJ.", "Write YYYY-MM-DD."),
    )


def _degrees(given: MultiDict[str, str], name: str, most: int) -> float | None:
    written = text_of(given, name).strip().replace(",", ".")
    if not written:
        return None
    try:
        value = float(written)
    except ValueError:
        value = math.nan
    if not -most <= value <= most:
        raise SchemaError(
            T("Ce ne sont pas des degrés.", "These are no degrees."),
            field=name,
            do=T("De -{most} à {most}.", "From -{most} to {most}.", most=most),
        )
    return value


# Downloads and answers ----------------------------------------------------------------------------


def _as_csv(asked: Asked) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    names = ("aid", "label", "as_of", "status", "condition", "answer", "reason", "reference")
    writer.writerow([*names, "source"])
    credit = map_credit(served().atlas).say()
    for decision in asked.decisions:
        for it in decision.conditions:
            cells = (
                decision.aid.id,
                decision.aid.label.say(),
                decision.as_of.isoformat(),
                decision.status,
                it.label.say(),
                it.said,
                it.reason.say(),
                it.reference,
                credit,
            )
            writer.writerow([guard_formula(cell) for cell in cells])
    return text.getvalue().encode("utf-8", "replace")
