"""Zoning: the zone of a place at a date, population by class, communes with a QPV."""

from __future__ import annotations

import datetime as dt
import math
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
from flask import Blueprint, Response, g, make_response, request, url_for

from ...core.errors import CrsError, GeoServiceError, SchemaError, UnknownNameError
from ...core.i18n import T, say_date, say_number, say_share
from ...drawing.bars import Bar, bar_chart
from ...drawing.palette import Mark, pattern_of
from ...exporting import credit_of, find_format, map_credit
from ...official import official_series
from ...rules import zoning_schemes
from ...zoning import ZoneAnswer, all_known, communes_with_qpv, ground_of, zone
from ...zoning.answer import class_label
from ...zoning.reasons import span
from ..answers import answer
from ..lookup.points import read_point
from ..problems import STATUS
from ..served import served
from . import kept_page, page
from .fiche import drawn
from .recherche import finder
from .zonage_map import drawings
from .zonage_words import OTHER_CLASSES, TEXTS, UNITS

PAGE = Blueprint("zonage", __name__)
SHOWN = 200
"""Communes on the page; the downloads have them all."""
_MOST = 20
_OFFERED = 400
_NO_SHARE: dict[Any, Any] = {"value": math.nan, "low": math.nan, "high": math.nan}
_PEOPLE, _SHARE = "population_in_class", "share_of_population_in_class"


@PAGE.get("/zonage")
def zonage() -> Response:
    """The page; where its parameters name a place, with the zone of that place."""
    asks = any(request.args.get(name, "").strip() for name in ("lon", "lat", "commune"))
    if not asks:
        return kept_page("zonage.html", _values, TEXTS)
    try:
        told = _asked()
    except (SchemaError, CrsError, UnknownNameError) as error:
        return _private({"message": error.say()}, status=_status(error))
    return _private(told)


@PAGE.get("/zonage/communes-avec-qpv.<ext>")
def communes_avec_qpv(ext: str) -> Response:
    """The communes with a QPV at a date as a file: CSV or GeoJSON."""
    form = find_format(ext if ext in ("csv", "geojson") else f"communes-avec-qpv.{ext}")
    date = _date("date")

    def made() -> Any:
        table = _with_qpv(date)
        return (
            table
            if form.geometry and ext != "csv"
            else pd.DataFrame(table).drop(columns="geometry")
        )

    return _file(form, f"communes-avec-qpv-{date.isoformat()}", date, made)


@PAGE.get("/zonage/population.<ext>")
def population(ext: str) -> Response:
    """Population by class of a territory at a date, as CSV."""
    form = find_format(ext if ext == "csv" else f"population.{ext}")
    atlas = served().atlas
    territory = atlas.require_territory(request.args.get("territory") or atlas.facts["territory"])
    date = atlas.require_date(_date("as_of"))

    def made() -> pd.DataFrame:
        parts = [atlas.figures(territory, name, as_of=date) for name in (_PEOPLE, _SHARE)]
        return pd.concat(parts, ignore_index=True)

    plain = territory.replace(":", "-")
    return _file(form, f"population-par-classe-{plain}-{date.isoformat()}", date, made)


def _file(form: Any, name: str, date: dt.date, made: Any) -> Response:
    def body() -> bytes:
        table = made()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{name}{form.suffix}"
            credit = credit_of(served().atlas, table, name, date)
            form.write(table, path, credit=credit, language=g.language, name=name)
            return path.read_bytes()

    return answer(
        ("zonage", request.path, tuple(sorted(request.args.items())), g.language),
        body,
        mimetype=form.media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}{form.suffix}"'},
    )


def _with_qpv(date: dt.date) -> Any:
    return communes_with_qpv(served().atlas.stored, date)


def _private(more: dict[str, Any], *, status: int = 200) -> Response:
    """An answer about what one visitor asked: no cache on the way may keep it."""
    response: Response = make_response(page("zonage.html", TEXTS, **{**_values(), **more}))
    response.status_code = status
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Vary"] = "Accept-Language"
    return response


def _status(error: GeoServiceError) -> int:
    return next(code for kind, code in STATUS.items() if isinstance(error, kind))


# One place ----------------------------------------------------------------------------------------


def _asked() -> dict[str, Any]:
    """What the parameters ask, answered."""
    date = _date("date")
    assume = request.args.get("assume_undated") in ("1", "true", "on")
    stored = served().atlas.stored
    written = request.args.get("commune", "").strip()[:100]
    if written:
        found = _communes(written)
        if len(found) != 1:
            return {"choices": found[:_MOST], "message": None if found else TEXTS["no_commune"]}
        point = _point_of(found[0]["code"])
        lon, lat, precision = point.x, point.y, math.inf
    else:
        wanted = request.args.get("precision", "").strip()
        given = dict(request.args.items())
        if wanted == "commune" or not wanted:
            given["precision"] = "0"
        read = read_point(given)
        if read is None:
            raise SchemaError(T("Il manque une coordonnée.", "A coordinate is missing."))
        lon, lat = read.lon, read.lat
        precision = math.inf if wanted == "commune" else read.precision
    told = zone(stored, lon, lat, date, precision=precision, assume_undated=assume)
    return {"told": _told(told, assume)}


def _communes(written: str) -> list[dict[str, str]]:
    homes = ground_of(served().atlas.stored).homes
    if written in homes:
        return [{"code": written, "name": homes[written].name or written, "url": ""}]
    found = []
    for thing in finder(served()).find(written, 50):
        level, _, code = thing.code.partition(":")
        if thing.kind == "territoire" and level == "commune" and code in homes:
            url = url_for("zonage.zonage", commune=code, date=request.args.get("date") or None)
            found.append({"code": code, "name": thing.name, "url": url, "where": thing.where})
    exact = [one for one in found if one["name"].casefold() == written.casefold()]
    return exact if len(exact) == 1 else found


def _point_of(code: str) -> Any:
    shapes = served().atlas.stored.read_layer("communes", where={"code": code}).geometry
    if shapes.isna().any() or shapes.is_empty.any():
        raise SchemaError(
            T(
                "Le contour de cette commune manque : donnez des coordonnées.",
                "The contour of this commune is missing: give coordinates.",
            )
        )
    return shapes.representative_point().iloc[0]


def _told(told: ZoneAnswer, assume: bool) -> dict[str, Any]:
    """An answer as the template shows it."""
    metres = None
    if told.metres_to_qpv is not None:
        metres = f"{say_number(told.metres_to_qpv, decimals=0)} m"
        if told.metres_low is not None and told.metres_high is not None:
            low, high = (say_number(v, decimals=0) for v in (told.metres_low, told.metres_high))
            metres += f" ({low} – {high})" if low != high else ""
    ruling = told.ruling
    asked: dict[str, Any] = {"lon": told.lon, "lat": told.lat, "date": told.as_of.isoformat()}
    if math.isfinite(told.precision):
        asked["precision"] = told.precision
    elif math.isnan(told.precision):
        asked["precision"] = "unknown"
    if assume:
        asked["assume_undated"] = "true"
    return {
        "determined": told.determined,
        "label": told.label(),
        "date": say_date(told.as_of),
        "reason": told.reason.say(),
        "assumption": None if told.assumption is None else told.assumption.say(),
        "possible": [class_label(one) for one in told.possible_classes],
        "exhaustive": told.exhaustive,
        "undated_class": None if told.undated_class is None else class_label(told.undated_class),
        "unit": None if told.unit is None else UNITS[told.unit].say(),
        "unit_name": told.unit_name,
        "unit_code": told.unit_code,
        "span": None if ruling is None else span(ruling).say(),
        "order": None if ruling is None else ruling.order,
        "file": None if ruling is None else ruling.file,
        "commune": told.commune,
        "commune_name": told.commune_name,
        "region": told.region,
        "in_qpv": told.in_qpv,
        "qpv": told.qpv,
        "qpv_name": told.qpv_name,
        "metres": metres,
        "island": told.island,
        "island_name": told.island_name,
        "json": None if math.isinf(told.precision) else url_for("api_v1.zone_of_place", **asked),
        "located": url_for("localiser.localiser", lon=told.lon, lat=told.lat),
    }


# The page -----------------------------------------------------------------------------------------


def _values() -> dict[str, Any]:
    atlas = served().atlas
    orders = ground_of(atlas.stored).orders()
    date = _date("date")
    try:
        territory = atlas.require_territory(
            request.args.get("territory", "")[:60] or atlas.facts["territory"]
        )
        as_of = atlas.require_date(_date("as_of"))
    except UnknownNameError:
        if not any(request.args.get(name) for name in ("lon", "lat", "commune")):
            raise
        territory, as_of = atlas.facts["territory"], atlas.as_of
    listed = _listed(date)
    return {
        "asked": request.args,
        "date": date.isoformat(),
        "said_date": say_date(date),
        "vintages": [
            {"span": span(one).say(), "order": one.order, "file": one.file}
            for one in orders.vintages
        ],
        "territory": territory,
        "choosable": _choosable(),
        "as_of_date": as_of.isoformat(),
        "as_of_dates": [(one.isoformat(), say_date(one)) for one in reversed(atlas.dates)],
        **_population(territory, as_of),
        "official": _official(territory),
        **listed,
        "shown": SHOWN,
        "schemes": [
            {
                "label": scheme.label.say(),
                "classes": ", ".join(scheme.classes),
                "since": scheme.since.say(),
                "reference": scheme.reference,
            }
            for scheme in zoning_schemes()
        ],
        "credit": map_credit(atlas).say(),
    }


def _listed(date: dt.date) -> dict[str, Any]:
    """The communes with a QPV and their map, made once for each set of perimeters."""
    result = served()
    perimeters = ground_of(result.atlas.stored).perimeters(date)

    def made() -> dict[str, Any]:
        table = _with_qpv(date)
        rows = table.drop(columns=["geometry", "as_of"]).head(SHOWN)
        title = TEXTS["with_qpv"].say()
        return {
            "with_qpv": rows.astype("object").where(rows.notna(), None).to_dict("records"),
            "with_qpv_total": len(table),
            "maps": drawn(drawings(result.atlas, table, title)) if len(table) else [],
        }

    # A result has a handful of such sets, whatever the dates that visitors write.
    key = ("communes with qpv", id(perimeters), g.language)
    return {**result.keep(key, made), "known": all_known(result.atlas.stored, date)}


def _choosable() -> list[tuple[str, str]]:
    """The territories whose population by class may be chosen: all but communes and QPV."""
    atlas = served().atlas
    held = []
    for name in ("regions", "departements", "epci"):
        if name in atlas.stored.layer_names():
            table = served().features(name).table
            held += list(zip(table["territory"], table["name"], strict=True))
    if len(held) > _OFFERED:  # with more, EPCI are left to who writes them in the address
        held = [one for one in held if not str(one[0]).startswith("epci:")]
    own = atlas.facts["territory"]
    if own not in dict(held):
        held.insert(0, (own, atlas.facts["territory_name"] or own))
    return [(str(code), str(name)) for code, name in held]


def _population(territory: str, as_of: dt.date) -> dict[str, Any]:
    atlas = served().atlas
    people = atlas.figures(territory, _PEOPLE, as_of=as_of)
    shares = {
        str(row["definition"]): row
        for row in atlas.figures(territory, _SHARE, as_of=as_of).to_dict("records")
    }
    rows, bars = [], []
    for row in people.to_dict("records"):
        name = str(row["definition"])
        if row["value"] == 0 and row["high"] == 0:
            continue
        label = OTHER_CLASSES[name].say() if name in OTHER_CLASSES else class_label(name)
        share = shares.get(name, _NO_SHARE)
        low, high = (say_number(row[end], decimals=0) for end in ("low", "high"))
        rows.append(
            {
                "label": label,
                "people": say_number(row["value"], decimals=0),
                "share": say_share(share["value"]),
                "bounds": f"{low} – {high}" if row["low"] < row["high"] else "",
            }
        )
        if share["value"] == share["value"]:
            bars.append(Bar(label, share["value"], share["low"], share["high"]))
    notes = [str(note) for note in people["note"].dropna().unique()]
    charts = [
        bar_chart(
            bars,
            title=TEXTS["population"].say(),
            description=TEXTS["population_note"].say(),
            identity=f"population-{width}",
            say=say_share,
            mark=Mark("square", pattern_of("ZAC").colour),
            width=width,
        )
        for width in (720, 340)
        if bars
    ]
    return {"classes": rows, "charts": drawn(charts), "notes": notes}


def _official(territory: str) -> list[dict[str, Any]]:
    """Official shares of population by class of a territory, one record a published zoning."""
    found = []
    for series in official_series().values():
        if series.measure != "population_share":
            continue
        rows = series.rows[series.rows["territory"] == territory]
        if len(rows):
            found.append(
                {
                    "label": series.label.say(),
                    "scope": series.scope.say(),
                    "reference": series.reference,
                    "rows": [
                        (item, say_share(value))
                        for item, value in zip(rows["item"], rows["value"], strict=True)
                    ],
                }
            )
    return found


def _date(name: str) -> dt.date:
    """A date of the address, by default the main one.

    Raises
    ------
    SchemaError
        It is no date.
    """
    written = request.args.get(name, "").strip()
    if not written:
        return served().atlas.as_of
    try:
        if len(written) != 10:
            raise ValueError(written)
        return dt.date.fromisoformat(written)
    except ValueError as error:
        raise SchemaError(
            T(
                "« {it} » n'est pas une date (AAAA-MM-JJ).",
                "“{it}” is no date (YYYY-MM-DD).",
                it=written[:20],
            ),
            field=name,
        ) from error
