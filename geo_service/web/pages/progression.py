"""Progression taken apart; the QPV of 2015 and of 2024; what was open or announced at a date."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, current_app, g, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from markupsafe import Markup

from ...config import setting
from ...core.errors import UnknownNameError
from ...core.i18n import say_date, say_number, say_share
from ...exchange.records_csv import records_csv
from ...exporting import credit_of, find_format, map_credit, table_credit
from ...outputs.folium_map import map_html
from ...progression import PARTS, STATES, Progression, against_suffixes, states_of
from ...progression.perimeters import BASES, RELATIONS
from ...progression.records import CHANGE_FIELDS, change_records
from ...progression.state import SUBJECT, state_map_layers
from ...progression.waterfall import waterfall
from ...progression.words import PART_LABELS, say_change, within_label
from ...rules import structure_kinds
from ..answers import answer
from ..api.progression import comparison_of, correspondence_csv, correspondence_kept
from ..protection import limiter, policy
from ..served import served
from . import kept_page
from .mesure9 import place_name
from .progression_words import TEXTS

PAGE = Blueprint("progression", __name__)
_LIMIT = "progression.limit"
_MOST_ROWS = 300
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WIDE, _NARROW = 720, 360
_COLUMNS = ("structure_id", "name", "kind", "state", "opened", "closed", "commune")


class Asked(NamedTuple):
    """What the request asks for."""

    since: dt.date
    until: dt.date
    territory: str | None
    kind: str
    where: str
    assume_undated: bool


@PAGE.record
def limit(state: BlueprintSetupState) -> None:
    """Each application counts its own maps and exports, by the setting of the moment."""
    state.app.extensions[_LIMIT] = limiter(setting("GEO_SERVICE_HEAVY_RATE"))


@PAGE.get("/progression", endpoint="progression")
def page_() -> Response:
    """The change in a count, its chart, its table, its structures."""
    return kept_page("progression.html", _values, TEXTS)


@PAGE.get("/progression.csv")
def csv() -> Response:
    """The structures behind each part, as CSV."""

    def made() -> bytes:
        numbers = ("sign", "lon", "lat")
        rows = change_records(_found(_asked()).changes)
        return records_csv(CHANGE_FIELDS, rows, numbers=numbers, source=_credit())

    return _file(("progression", *_asked()), made, "progression.csv")


@PAGE.get("/progression/qpv-2015-2024.csv")
def quartiers() -> Response:
    """The correspondence of the two generations of QPV, as CSV."""
    return _file(
        ("qpv 2015 2024",),
        lambda: correspondence_csv(correspondence_kept(served())),
        "qpv-2015-2024.csv",
    )


@PAGE.get("/progression/etats.<ext>")
def etats(ext: str) -> Response:
    """The state of each structure at a date, as CSV or GeoJSON."""
    if ext not in ("csv", "geojson"):
        find_format(ext)
        abort(404)
    day = _day("date", served().atlas.as_of)

    def made() -> bytes:
        import tempfile
        from pathlib import Path

        atlas = served().atlas
        table = states_of(atlas.stored, day, kind=_kind(None))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"etats.{ext}"
            credit = credit_of(atlas, table, "structures", day)
            find_format(ext).write(
                table, path, credit=credit, language=g.language, name="structures"
            )
            return path.read_bytes()

    media = {"csv": "text/csv", "geojson": "application/geo+json"}[ext]
    name = f"structures-{day.isoformat()}.{ext}"
    return _file(("states", day, _kind(None), ext), made, name, media)


@PAGE.get("/progression/carte")
def carte() -> Response:
    """The map of what was open, and what was announced or came later, at a date."""
    day = _day("date", served().atlas.as_of)

    def made() -> _Text:
        heavy = current_app.extensions[_LIMIT]
        if heavy is not None:
            heavy("map")
        atlas = served().atlas
        return _Text(
            map_html(
                state_map_layers(atlas.stored, states_of(atlas.stored, day)),
                facts={**atlas.facts, "subject": SUBJECT.say(), "as_of": day.isoformat()},
                credit_line=map_credit(atlas, day),
                language=g.language,
            )
        )

    key = ("states map", day, g.language)
    text = served().keep_body(key, made).text
    return answer(
        (*key, "page"),
        lambda: text,
        mimetype="text/html",
        headers={"Content-Security-Policy": policy(page=text.encode(), framed="self")},
    )


class _Text:
    """A page with its size, so that it can be kept."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.size = len(text)


def _file(key: tuple[Any, ...], make: Any, name: str, mimetype: str = "text/csv") -> Response:
    return answer(
        (*key, g.language),
        make,
        mimetype=mimetype,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _credit() -> str:
    return table_credit(served().atlas).say()


def _day(name: str, default: dt.date) -> dt.date:
    written = request.args.get(name) or ""
    if not written:
        return default
    try:
        return dt.date.fromisoformat(written if _DATE.fullmatch(written) else "")
    except ValueError:
        abort(400)


def _kind(default: str | None) -> Any:
    written = request.args.get("kind") or default
    if written is not None and written not in structure_kinds():
        abort(400)
    return written


def _asked() -> Asked:
    """The question; by default MSP in QPV, from the first to the last date of the result."""
    atlas = served().atlas
    dates = sorted(atlas.dates)
    written = request.args.get("territory") or None
    territory = None if written is None else atlas.require_territory(written)
    held = [kind for kind in structure_kinds() if kind in atlas.facts["kinds"]]
    return Asked(
        _day("since", dates[0] if len(dates) > 1 else dates[0] - dt.timedelta(days=365)),
        _day("until", dates[-1]),
        territory,
        _kind(held[0] if held else None),
        request.args.get("where") or "everywhere",
        request.args.get("assume_undated") in ("1", "true", "on"),
    )


def _found(asked: Asked) -> Progression:
    return comparison_of(served()).progression(
        since=asked.since,
        until=asked.until,
        territory=asked.territory,
        kind=asked.kind,
        within=asked.where,
        assume_undated=asked.assume_undated,
    )


def _ways() -> list[str]:
    metres = served().atlas.facts["quartier_vecu"]
    classes = [f"class-{name}" for name in comparison_of(served()).classes]
    return ["everywhere", "qpv", *(f"proxy-{one}m" for one in metres), "declared", *classes]


def _values() -> dict[str, Any]:
    atlas = served().atlas
    asked = _asked()
    one = _found(asked)
    kinds = structure_kinds()
    query: dict[str, Any] = {
        "since": asked.since.isoformat(),
        "until": asked.until.isoformat(),
        "kind": asked.kind,
        "where": asked.where,
        **({"territory": asked.territory} if asked.territory else {}),
        **({"assume_undated": "true"} if asked.assume_undated else {}),
    }
    drawings = [waterfall(one, identity=f"fall{w}", width=w) for w in (_WIDE, _NARROW)]
    ways = _ways()
    return {
        "asked": asked,
        "kinds": [(k, kinds[k].plural.say()) for k in kinds if k in atlas.facts["kinds"]],
        "ways": [(way, within_label(way).say()) for way in dict.fromkeys([*ways, asked.where])],
        "undated": comparison_of(served()).undated,
        "place": place_name(one.territory),
        "head": f"{kinds[asked.kind].plural.say()}, {within_label(asked.where).say()}",
        "one": one,
        "said": _said(one),
        "drawings": [Markup(svg) for svg in drawings if svg],  # noqa: S704 - escaped inside
        "parts": [
            {"name": part, "label": PART_LABELS[part].say(), "value": say_change(one.parts[part])}
            for part in PARTS
        ],
        "notes": [note.say() for note in one.notes],
        "check": _check(one),
        "lists": _lists(one),
        "quarters": _quarters(),
        "states": _states(asked.until),
        "credit": _credit(),
        "csv": url_for("progression.csv", **query),
        "data": f"{request.script_root}/api/v1/progression?{urlencode(query, safe=':')}",
    }


def _said(one: Progression) -> dict[str, str]:
    bounds = ""
    if one.low is not None and one.high is not None and one.low != one.high:
        low, high = say_change(one.low), say_change(one.high)
        bounds = TEXTS["bounds"].with_values(low=low, high=high).say()
    elif one.unknown_precision:
        bounds = TEXTS["unsure"].with_values(n=say_number(one.unknown_precision)).say()
    return {
        "since": say_date(one.since),
        "until": say_date(one.until),
        "first": say_number(one.first),
        "last": say_number(one.last),
        "difference": say_change(one.difference),
        "share": "" if one.share is None else say_share(one.share),
        "bounds": bounds,
    }


def _check(one: Progression) -> str:
    """Whether the stored indicators say the same, where they say anything."""
    pairs = [
        (own, stored)
        for own, stored in zip((one.first, one.last), one.stored, strict=True)
        if stored is not None
    ]
    if not pairs:
        return ""
    if all(own == stored for own, stored in pairs):
        return TEXTS["stored"].say()
    a, b = (say_number(value, decimals=0) for value in one.stored)
    return TEXTS["apart"].with_values(a=a, b=b).say()


def _lists(one: Progression) -> list[dict[str, Any]]:
    found = []
    for part in PARTS:
        changes = [change for change in one.changes if change.part == part]
        if changes:
            found.append(
                {
                    "label": PART_LABELS[part].say(),
                    "total": len(changes),
                    "rows": [
                        {
                            "id": change.structure_id,
                            "name": change.name or change.structure_id,
                            "commune": change.commune or "",
                            "sign": say_change(change.sign),
                            "reason": change.reason.say(),
                        }
                        for change in changes[:_MOST_ROWS]
                    ],
                }
            )
    return found


def _quarters() -> dict[str, Any]:
    """The correspondence of both generations; not known where one is missing."""
    try:
        found = correspondence_kept(served())
    except UnknownNameError:
        return {"known": False}
    rows = found.rows
    basis = next((one for one in rows["people_basis"] if one == one and one), None)
    shown = rows.head(_MOST_ROWS).astype("object")
    shown = shown.where(shown.notna(), None)
    return {
        "known": True,
        "note": TEXTS["quarters_note"]
        .with_values(
            metres=say_number(found.identical_metres, decimals=0),
            share=say_share(found.identical_share),
        )
        .say(),
        "counts": [(RELATIONS[name].say(), say_number(n)) for name, n in found.counts.items() if n],
        "letters": [
            {
                "letter": check.letter,
                "counted": say_number(check.counted),
                "published": say_number(check.published),
                "disagreeing": check.disagreeing,
            }
            for check in against_suffixes(found)
        ],
        "basis": "" if basis is None else BASES[basis].say(),
        "rows": [
            {
                **{name: row[name] for name in ("code_2015", "name_2015", "code_2024")},
                "name_2024": row["name_2024"],
                "relation": RELATIONS[row["relation"]].say(),
                "area": [say_share(row[f"share_of_{year}"]) for year in (2015, 2024)],
                "people": [say_share(row[f"people_share_of_{year}"]) for year in (2015, 2024)],
            }
            for row in shown.to_dict("records")
        ],
        "total": len(rows),
        "csv": url_for("progression.quartiers"),
    }


def _states(day: dt.date) -> dict[str, Any]:
    table = states_of(served().atlas.stored, day)
    counts = Counter(zip(table["kind"], table["state"], strict=True))
    kinds = [kind for kind in structure_kinds() if kind in set(table["kind"])]
    return {
        "note": TEXTS["states_note"].with_values(date=say_date(day)).say(),
        "kinds": [structure_kinds()[kind].plural.say() for kind in kinds],
        "rows": [
            (label.say(), [say_number(counts.get((kind, name), 0)) for kind in kinds])
            for name, label in STATES.items()
        ],
        "day": day.isoformat(),
    }
