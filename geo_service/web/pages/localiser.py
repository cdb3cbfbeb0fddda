"""The look-up: one address, one coordinate, or a file of them; nothing is kept of it."""

from __future__ import annotations

import base64
import math
import time
from contextlib import closing
from typing import Any
from urllib.parse import urlencode

import numpy as np
from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    make_response,
    request,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import RequestEntityTooLarge

from ...config import setting
from ...core.errors import CrsError, GeoServiceError, SchemaError
from ...core.i18n import T, say_date
from ...exporting import credit_of, map_credit
from ...geocoding import SHORTEST, Geocoder, GeocoderError, Place
from ...rules import positions
from ..lookup import words
from ..lookup.batch import MOST_ADDRESSES, Batch, Choice, locate_upload
from ..lookup.points import GivenPoint, crs_choices, read_crs, read_point, read_precision
from ..lookup.reply import as_csv, as_xlsx, result_table
from ..lookup.texts import TEXTS
from ..lookup.zones import OUTSIDE_TERRITORY, Lookup
from ..problems import STATUS
from ..protection import limiter
from ..served import Served, served
from ..uploads import MOST_BYTES, UploadError, read_upload, say_bounds, too_large
from . import kept_page, page

PAGE = Blueprint("localiser", __name__)
KEY = "geo_service.localiser"
SHOWN = 100
"""Rows of a file, and bad rows, on the page."""
_POINT = ("lon", "lat", "point", "x", "y")
_MOST_INLINE = 1_500_000
"""Bytes of a complete result that travel inside the page."""
_ROOM = 64 << 10
"""Bytes of a form around its file."""
_DRAINED = 64 << 20


@PAGE.record
def prepare(state: BlueprintSetupState) -> None:
    """What each application has of its own: the geocoder its operator allows, its limits."""
    base = setting("GEO_SERVICE_GEOCODER")
    state.app.extensions[KEY] = (
        Geocoder(base) if base else None,
        limiter(setting("GEO_SERVICE_HEAVY_RATE")),
    )


def lookup(result: Served) -> Lookup:
    """The zones of the result, indexed once."""
    return result.keep("lookup", lambda: Lookup(result.atlas))


WARM = [lookup]


def _geocoder() -> Geocoder | None:
    geocoder: Geocoder | None = current_app.extensions[KEY][0]
    return geocoder


def _count(what: str) -> None:
    check = current_app.extensions[KEY][1]
    if check is not None:
        check(what)


@PAGE.get("/localiser")
def localiser() -> Response:
    """The form; or, where the parameters name a point, what is known of it."""
    if not any(request.args.get(name, "").strip() for name in _POINT):
        return kept_page("localiser.html", _form, TEXTS)
    try:
        given = read_point(request.args)
        assert given is not None
        return _private(_answer(given))
    except (SchemaError, CrsError) as error:
        return _refused(error)


@PAGE.post("/localiser")
def envoyer() -> Response:
    """An address, or a file."""
    _count("localiser")
    holds_file = request.mimetype == "multipart/form-data"
    request.max_content_length = (MOST_BYTES if holds_file else 0) + _ROOM
    # Line ends count against a form's memory, and a table is full of them.
    request.max_form_memory_size = request.max_content_length
    try:
        form, file = request.form, request.files.get("fichier")
    except RequestEntityTooLarge:
        _drain()
        return _refused(too_large())
    try:
        if file is not None and file.filename:
            with closing(file):
                content = file.read(MOST_BYTES + 1)
            return _file(file.filename, content, form)
        if "adresse" in form:
            return _address(form["adresse"], form.get("citycode", ""))
        raise UploadError(T("Aucun fichier n'a été choisi.", "No file was chosen."), status=422)
    except GeoServiceError as error:
        return _refused(error)


@PAGE.get("/localiser/adresses")
def adresses() -> Response:
    """Addresses that begin like what has been typed, for the field of the page."""
    geocoder = _geocoder()
    if geocoder is None:
        abort(404)
    _count("adresses")
    asked = request.args.get("q", "").strip()
    found: list[Place] = []
    if len(asked) >= SHORTEST:
        try:
            found = geocoder.search(asked, limit=6, autocomplete=True)
        except (GeocoderError, SchemaError):
            found = []  # propositions only: the form itself says what is wrong
    told = [
        {"label": place.label, "url": _permalink(_given(place)), "score": place.score}
        for place in found
    ]
    return _private(jsonify(found=told))


# One place ----------------------------------------------------------------------------------------


def _given(place: Place) -> GivenPoint:
    return GivenPoint(place.lon, place.lat, place.position.metres, place.position.name)


def _address(written: str, citycode: str) -> Response:
    geocoder = _geocoder()
    if geocoder is None:
        raise UploadError(TEXTS["no_address"], status=422)
    if citycode.strip() and not citycode.strip().isalnum():
        raise SchemaError(T("Ce n'est pas un code.", "This is no code."), field="citycode")
    found = geocoder.search(written, citycode=citycode)
    if not found:
        raise UploadError(
            T("Cette adresse est introuvable.", "This address was not found."),
            status=422,
            do=T(
                "Vérifiez la voie et la commune, ou donnez des coordonnées.",
                "Check the street and the commune, or give coordinates.",
            ),
        )
    others = [{"label": it.label, "url": _permalink(_given(it))} for it in found[1:]]
    return _private(_answer(_given(found[0]), address=found[0], others=others))


def _answer(
    given: GivenPoint, *, address: Place | None = None, others: list[dict[str, str]] | None = None
) -> str:
    """The page about one point."""
    here = lookup(served())
    centre = np.array([given.position == "commune-centre"])
    found = here.locate(
        np.array([given.lon]),
        np.array([given.lat]),
        np.array([given.precision]),
        at_centre=centre,
    )
    edge = float(found.edge[0])
    if edge > OUTSIDE_TERRITORY:
        raise CrsError(
            T(
                "Ce point est hors du territoire de ce résultat ({name}).",
                "This point is outside the territory of this result ({name}).",
                name=here.atlas.facts["territory_name"],
            ),
            do=T(
                "Rien n'y est connu ici : ni dedans, ni dehors.",
                "Nothing is known of it here: neither inside nor outside.",
            ),
        )
    notes = list(given.notes)
    if edge > 0:
        notes.append(TEXTS["beyond"].with_values(way=words.say_metres(edge)))
    elif found.commune.zone[0] < 0:
        notes.append(TEXTS["no_commune"])
    return page(
        "localiser_reponse.html",
        TEXTS,
        given=given,
        address=address,
        others=others or [],
        notes=[note.say() for note in notes],
        precision=words.say_precision(given.precision).say(),
        position=positions()[given.position].label.say() if given.position else None,
        zones=words.zone_rows(here, found, given.position),
        places=words.place_rows(here, found),
        nearest=words.nearest_rows(here, found),
        nearest_note=TEXTS["nearest_note"].with_values(date=say_date(here.atlas.as_of)).say(),
        map_address=words.link(
            "carte.carte", lon=f"{given.lon:.6f}", lat=f"{given.lat:.6f}", zoom=15, embed=1
        ),
        permalink=_permalink(given),
        json_address=_json_address(given),
        credit=map_credit(here.atlas).say(),
    )


def _permalink(given: GivenPoint) -> str:
    asked: dict[str, Any] = {"lon": f"{given.lon:.6f}", "lat": f"{given.lat:.6f}"}
    if given.position is not None:
        asked["position"] = given.position
    elif math.isinf(given.precision):
        asked["precision"] = "vague"
    elif not math.isnan(given.precision):
        asked["precision"] = f"{given.precision:g}"
    return url_for("localiser.localiser", **asked)


def _json_address(given: GivenPoint) -> str | None:
    """The same question to the API, which takes metres or ``unknown``."""
    if math.isinf(given.precision):
        return None
    known = "unknown" if math.isnan(given.precision) else f"{given.precision:g}"
    asked = {"lon": f"{given.lon:.6f}", "lat": f"{given.lat:.6f}", "precision": known}
    return f"{request.script_root}/api/v1/localiser?{urlencode(asked)}"


# A file -------------------------------------------------------------------------------------------


def _file(name: str, content: bytes, form: Any) -> Response:
    choice = Choice(
        x=form.get("x", "")[:200],
        y=form.get("y", "")[:200],
        address=form.get("colonne_adresse", "")[:200],
        crs=read_crs(form.get("crs", "")),
        precision=read_precision(form.get("precision", "")),
    )
    wanted = form.get("download", "page")
    here = lookup(served())
    batch = locate_upload(here, read_upload(name, content), choice, _geocoder())
    table = result_table(batch)
    if wanted == "csv":
        return _attachment(as_csv(table), "text/csv", "localisation.csv")
    if wanted == "xlsx":
        credit = credit_of(here.atlas, table[[]], "localisation")
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return _attachment(as_xlsx(table, credit), kind, "localisation.xlsx")
    return _private(page("localiser_fichier.html", TEXTS, **_form(), **_told(batch, table)))


def _told(batch: Batch, table: Any) -> dict[str, Any]:
    """What the page says of a file."""
    found = batch.found
    counts = []
    for row in words.layer_labels(found):
        held = found.layers[row["layer"]]
        counts.append(
            {
                "label": row["label"],
                **{word: held.answer.count(word) for word in ("inside", "outside", "undetermined")},
            }
        )
    classes: dict[str, int] = {}
    for name, sure in zip(found.zone_class, found.zone_class_sure, strict=True):
        said = str(name) if sure else TEXTS["undetermined"].say()
        classes[said] = classes.get(said, 0) + 1
    whole = as_csv(table)
    first = table.head(SHOWN).astype("object")
    first = first.where(first.notna(), "")
    bad = [
        {"row": one.row, "column": one.field or "", "reason": one.reason.say()} for one in batch.bad
    ]
    quoted = "« {} »" if g.language == "fr" else "“{}”"
    read = ", ".join(map(quoted.format, dict.fromkeys(batch.columns.values())))
    return {
        "name": batch.upload.name,
        "total": batch.total,
        "located": len(batch.used),
        "aside": batch.total - len(batch.used),
        "notes": [note.say() for note in batch.notes],
        "read_as": TEXTS["read_as"].with_values(columns=read).say(),
        "counts": counts,
        "classes": classes if batch.lookup.has_zonage else {},
        "columns": list(table.columns),
        "first": [[_cell(value) for value in row] for row in first.to_numpy()],
        "first_title": TEXTS["first_rows"].with_values(n=len(first)).say(),
        "bad": bad[:SHOWN],
        "bad_more": TEXTS["bad_more"].with_values(n=len(bad) - SHOWN).say()
        if len(bad) > SHOWN
        else "",
        "whole": "data:text/csv;charset=utf-8;base64," + base64.b64encode(whole).decode()
        if len(whole) <= _MOST_INLINE
        else None,
        "whole_title": TEXTS["whole_here"].with_values(n=len(table)).say(),
    }


def _cell(value: Any) -> str:
    """A cell of the page: short, a number without noise."""
    text = f"{value:.10g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 120 else text[:119] + "…"


def _attachment(content: bytes, mimetype: str, name: str) -> Response:
    response = Response(content, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return _private(response)


# Both ---------------------------------------------------------------------------------------------


def _form() -> dict[str, Any]:
    geocoder = _geocoder()
    return {
        "geocoder": geocoder is not None,
        "address_hint": TEXTS["address_hint"].with_values(host=geocoder.host).say()
        if geocoder
        else "",
        "addresses_bound": TEXTS["addresses_bound"].with_values(n=MOST_ADDRESSES).say(),
        "crs_choices": crs_choices(),
        "bounds": say_bounds(),
        "most_bytes": MOST_BYTES,
        "too_large": TEXTS["too_large"].with_values(mb=MOST_BYTES >> 20).say(),
        "credit": map_credit(served().atlas).say(),
        "asked": {},
    }


def _refused(error: GeoServiceError) -> Response:
    """The form again, with what is wrong and the status of it."""
    status = getattr(error, "status", None) or next(
        code for kind, code in STATUS.items() if isinstance(error, kind)
    )
    values = {**_form(), "message": error.say(), "asked": request.args}
    response = _private(page("localiser.html", TEXTS, **values))
    response.status_code = status
    wait = getattr(error, "wait", None)
    if wait is not None:
        response.headers["Retry-After"] = str(math.ceil(wait))
    return response


def _private(content: str | Response) -> Response:
    """An answer about what one visitor asked: no cache on the way may keep it."""
    response: Response = make_response(content)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Vary"] = "Accept-Language"
    return response


def _drain() -> None:
    """Read what is too large and throw it away: else the browser sees its connection cut instead
    of the message."""
    stream, left = request.environ["wsgi.input"], min(request.content_length or 0, _DRAINED)
    end = time.monotonic() + 10
    while left > 0 and time.monotonic() < end:
        block = stream.read(min(left, 1 << 16))
        if not block:
            return
        left -= len(block)
