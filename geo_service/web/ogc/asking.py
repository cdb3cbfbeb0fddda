"""What a request for features asks, checked: what is unknown or not understood is refused (400)."""

from __future__ import annotations

import re
from collections.abc import Collection as Names
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import shapely
from flask import request

from ...core.i18n import LANGUAGES, T
from ...core.schema import Dtype
from . import crs
from .collections import Collection
from .cql2_times import days_asked
from .refusing import refusal

USUAL_LIMIT = 10
MOST_FEATURES = 10_000
FARTHEST = 10_000_000
COMMON = ("f", "lang")
ITEM = (*COMMON, "crs")
ITEMS = (
    *ITEM,
    "limit",
    "offset",
    "bbox",
    "bbox-crs",
    "datetime",
    "properties",
    "sortby",
    "filter",
    "filter-lang",
    "filter-crs",
)
FILTER_LANGUAGES = ("cql2-text", "cql2-json")
_OLD_TEXT = "cql-text"
"""What GDAL before 3.8 calls CQL2 Text."""
FORMS = ("json", "html")
_INTEGER = re.compile(r"[+]?[0-9]{1,12}", re.ASCII)
_SLASHES = re.compile(r"^(\d{4})/(\d{2})/(\d{2})$", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


@dataclass(frozen=True)
class Wanted:
    """Which features of a collection, in which order, CRS and columns."""

    limit: int
    offset: int
    box: Any
    """A shape in degrees, or None."""
    days: tuple[np.datetime64, np.datetime64] | None
    equal: tuple[tuple[str, Any], ...]
    """Column and value."""
    filter: str | None
    filter_language: str
    filter_crs: str
    order: tuple[tuple[str, bool], ...]
    """Column, and whether the largest come first."""
    columns: tuple[str, ...] | None
    crs: str


def check_names(known: Names[str]) -> None:
    """Refuse a parameter that the address does not have, or that is given twice.

    Raises
    ------
    HTTPException
        400 (OGC API – Features, part 1, ``/req/core/query-param-unknown``).
    """
    for name, values in request.args.lists():
        if name not in known:
            raise refusal(
                T(
                    "Le paramètre « {name} » n'existe pas ici ; il y a : {known}.",
                    "There is no parameter “{name}” here; there are: {known}.",
                    name=name[:80],
                    known=", ".join(known),
                )
            )
        if len(values) > 1:
            raise refusal(
                T("« {name} » est donné deux fois.", "“{name}” is given twice.", name=name[:80])
            )
    language = request.args.get("lang")
    if language is not None and language not in LANGUAGES:
        _refuse_value("lang", language, " | ".join(LANGUAGES))


def form() -> str:
    """``json`` or ``html``: as ``f`` says, else what the client would rather have."""
    asked = request.args.get("f")
    if asked is not None:
        if asked not in FORMS:
            _refuse_value("f", asked, " | ".join(FORMS))
        return asked
    offered = ("application/json", "application/geo+json", "text/html")
    best = request.accept_mimetypes.best_match(offered, "application/json")
    return "html" if best == "text/html" else "json"


def wanted_crs(collection: Collection) -> str:
    """The CRS of the answer."""
    return crs.require_crs(request.args.get("crs", crs.CRS84), collection.crs, "crs")


def wanted(collection: Collection) -> Wanted:
    """What this request asks of a collection.

    Raises
    ------
    HTTPException
        400, with what is not accepted.
    """
    given = request.args
    check_names((*ITEMS, *collection.columns))
    limit = _whole("limit", given.get("limit"), USUAL_LIMIT, least=1)
    language = given.get("filter-lang", "cql2-text")
    if language == _OLD_TEXT:
        language = "cql2-text"
    if language not in FILTER_LANGUAGES:
        _refuse_value("filter-lang", language, " | ".join(FILTER_LANGUAGES))
    when = given.get("datetime")
    return Wanted(
        limit=min(limit, MOST_FEATURES),
        offset=_whole("offset", given.get("offset"), 0, least=0),
        box=_box(collection),
        days=None if when is None else days_asked(when),
        equal=tuple(
            (name, _value(name, given[name], dtype))
            for name, dtype in collection.columns.items()
            if name in given
        ),
        filter=given.get("filter"),
        filter_language=language,
        filter_crs=crs.require_crs(
            given.get("filter-crs", crs.CRS84), collection.crs, "filter-crs"
        ),
        order=_order(collection, given.get("sortby")),
        columns=_columns(collection, given.get("properties")),
        crs=wanted_crs(collection),
    )


def _refuse_value(name: str, value: str, expected: str) -> NoReturn:
    raise refusal(
        T(
            "{name} : « {value} » n'est pas accepté ; attendu : {expected}.",
            "{name}: “{value}” is not accepted; expected: {expected}.",
            name=name,
            value=value[:80],
            expected=expected,
        )
    )


def _whole(name: str, value: str | None, usual: int, *, least: int) -> int:
    if value is None:
        return usual
    if not _INTEGER.fullmatch(value) or not least <= int(value) <= FARTHEST:
        _refuse_value(name, value, f"{least}…{FARTHEST}")
    return int(value)


def _box(collection: Collection) -> Any:
    written = request.args.get("bbox")
    in_crs = request.args.get("bbox-crs")
    if written is None:
        if in_crs is not None:
            raise refusal(T("bbox-crs sans bbox.", "bbox-crs without bbox."))
        return None
    uri = crs.require_crs(in_crs or crs.CRS84, collection.crs, "bbox-crs")
    parts = written.split(",")
    if len(parts) not in (4, 6) or not all(_NUMBER.fullmatch(part.strip()) for part in parts):
        _refuse_value("bbox", written, "a1,b1,a2,b2")
    sides = [float(part) for part in parts]
    if len(sides) == 6:  # heights: no feature has one
        sides = [*sides[:2], *sides[3:5]]
    low_a, low_b, high_a, high_b = sides
    turned = uri == crs.WGS84  # there the second axis is the longitude
    around = low_b > high_b if turned else low_a > high_a
    if not np.isfinite(sides).all() or (low_a > high_a if turned else low_b > high_b):
        _refuse_value("bbox", written, "a1,b1,a2,b2")
    if not around:
        return crs.to_lonlat(shapely.box(low_a, low_b, high_a, high_b), uri)
    if uri not in (crs.CRS84, crs.WGS84):
        _refuse_value("bbox", written, "a1 < a2")
    # Across the antimeridian (part 1, 7.15.3): two boxes, one on each side of it.
    west, south, east, north = (
        (low_b, low_a, high_b, high_a) if turned else (low_a, low_b, high_a, high_b)
    )
    return shapely.union_all(
        [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
    )


def _value(name: str, written: str, dtype: Dtype) -> Any:
    if dtype == "text":
        return written
    if dtype == "boolean":
        if written not in ("true", "false"):
            _refuse_value(name, written, "true | false")
        return written == "true"
    if dtype == "date":
        # GDAL writes a date with slashes, which days_asked would read as an interval.
        first, last = days_asked(_SLASHES.sub(r"\1-\2-\3", written))
        if first != last:
            _refuse_value(name, written, "2026-01-31")
        return first
    if not _NUMBER.fullmatch(written) or not np.isfinite(float(written)):
        _refuse_value(name, written, dtype)
    return float(written)


def _order(collection: Collection, written: str | None) -> tuple[tuple[str, bool], ...]:
    if written is None:
        return ()
    order = []
    for part in written.split(","):
        # A "+" that is not escaped arrives as a space.
        name = part[1:] if part[:1] in ("+", "-", " ") else part
        if name not in collection.columns:
            _refuse_value("sortby", name, ", ".join(collection.columns))
        order.append((name, part.startswith("-")))
    return tuple(order)


def _columns(collection: Collection, written: str | None) -> tuple[str, ...] | None:
    if written is None:
        return None
    names = tuple(dict.fromkeys(name for name in written.split(",") if name))
    for name in names:
        if name not in collection.columns:
            _refuse_value("properties", name, ", ".join(collection.columns))
    return names
