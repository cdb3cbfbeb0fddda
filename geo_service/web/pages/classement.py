"""The ranking of QPV: weights to change, ranks with their intervals, map, files, method."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from flask import Blueprint, Response, abort, g, request, url_for
from markupsafe import Markup

from ...core.errors import RuleError
from ...core.i18n import T, say_date, say_number, say_share
from ...exchange.credit import credit_for
from ...exchange.read_back import schema_path
from ...exporting import find_format
from ...ranking import Method, Ranking, Term, qpv_records, ranking_record, say_reasons
from ...ranking.drawing import UNRANKED_SWATCH, rank_classes, ranking_map
from ...rules import zoning_classes
from ..answers import answer
from ..api.classement import TERMS, inside, method_for, ranking_of, read_weight
from ..served import Served, served
from . import kept_page
from .classement_words import TEXTS
from .fiche import directory

PAGE = Blueprint("classement", __name__)
ROWS = 50
_FORMATS = {
    "csv": "text/csv",
    "schema.json": "application/json",
    "geojson": "application/geo+json",
    "json": "application/json",
}


class Asked(NamedTuple):
    """What a visitor asks of the ranking, checked."""

    method: Method
    date: dt.date
    territory: str | None
    same: str | None
    """Only the QPV that rest on these terms."""
    page: int
    given: dict[str, str]
    """The parameters as they were sent, for links."""


def _asked() -> Asked:
    """Read the request; what is not accepted is a 400, a name that is not known a 404."""
    atlas = served().atlas
    args = request.args
    given = {
        name: args[name]
        for name in (*(f"weight_{term}" for term in TERMS), "territory", "as_of", "terms")
        if args.get(name)
    }
    try:
        weights = {
            name: read_weight(args[f"weight_{name}"]) if args.get(f"weight_{name}") else None
            for name in TERMS
        }
        method = method_for(weights)
        date = dt.date.fromisoformat(args["as_of"]) if args.get("as_of") else atlas.as_of
        page = int(args.get("page") or 1)
    except (ValueError, RuleError):
        abort(400)
    if not 1 <= page <= 100_000:
        abort(400)
    same = " ".join(name for name in TERMS if name in (args.get("terms") or "").split()) or None
    return Asked(method, atlas.require_date(date), args.get("territory") or None, same, page, given)


def _found(result: Served, asked: Asked) -> tuple[Ranking, Ranking]:
    """The whole ranking, and the part of it that is asked for."""
    whole = ranking_of(result, asked.date, asked.method)
    part = inside(result, whole, asked.territory)
    if asked.same is not None:
        part = part.of(set(part.table.loc[part.table["terms"] == asked.same, "code"]))
    return whole, part


@PAGE.get("/classement")
def classement() -> Response:
    """The ranking of the QPV, with the weights of the address."""
    return kept_page("classement.html", lambda: _values(served(), _asked()), TEXTS)


def _values(result: Served, asked: Asked) -> dict[str, Any]:
    atlas = result.atlas
    whole, part = _found(result, asked)
    last = max(1, -(-len(part.table) // ROWS))
    if asked.page > last:
        abort(404)
    rows = part.table.iloc[(asked.page - 1) * ROWS : asked.page * ROWS]
    groups = whole.table.loc[whole.table["rank"].notna(), "terms"].value_counts()
    classes = rank_classes(whole.table["rank"])
    labels = {term.name: term.label.say() for term in whole.method.terms}
    return {
        "chosen": asked,
        "said_date": say_date(asked.date),
        "dates": [(day.isoformat(), say_date(day)) for day in sorted(atlas.dates, reverse=True)],
        "method": whole.method,
        "weights": [
            (term.name, term.label.say(), f"{round(100 * term.weight, 1):g}")
            for term in whole.method.terms
        ],
        "terms": [_term(term) for term in whole.method.terms],
        "around": say_share(whole.method.around),
        "notes": [note.say() for note in whole.notes],
        "precedents": [text.say() for text in whole.method.precedents],
        "groups": [
            (str(terms), " + ".join(labels[name] for name in str(terms).split()), int(count))
            for terms, count in groups.items()
        ],
        "labels": labels,
        "rows": [_row(row, whole.ranked) for row in rows.to_dict("records")],
        "total": say_number(len(part.table), decimals=0),
        "ranked": say_number(part.ranked, decimals=0),
        "everyone": say_number(len(whole.table), decimals=0),
        "pages": (asked.page, last),
        "map": _map(result, asked, part, classes),
        "classes": [
            (Markup(one.swatch), one.label.say(), say_number(one.count, decimals=0))  # noqa: S704 - drawn by us, without a text
            for one in classes
        ],
        "unranked": (
            Markup(UNRANKED_SWATCH),  # noqa: S704 - drawn by us, without a text - our own drawing
            int(whole.table["rank"].isna().sum()),
        ),
        "files": [(ext, _address(ext, asked)) for ext in ("csv", "geojson", "json")],
        "schema": _address("schema.json", asked),
        "credit": _credit(part, result).line(g.language),
    }


def _address(ext: str, asked: Asked) -> str:
    """The same ranking as a file."""
    given: dict[str, Any] = dict(asked.given)
    return url_for(".fichier", ext=ext, **given)


def _term(term: Term) -> dict[str, str]:
    """A term in words: its weight, how a value becomes a need, and where that comes from."""
    if term.transform == "classes":
        rule = ", ".join(
            f"{name} {say_number(need, decimals=2)}" for name, need in term.classes.items()
        )
    else:
        way = T("linéaire", "linear") if term.transform == "linear" else T("log", "log")
        rule = T(
            "0 à {start}, 1 à {end} ({way})",
            "0 at {start}, 1 at {end} ({way})",
            start=say_number(term.start),
            end=say_number(term.end),
            way=way,
        ).say()
    return {
        "name": term.name,
        "label": term.label.say(),
        "about": term.about.say(),
        "weight": say_share(term.weight),
        "rule": rule,
        "unit": term.unit.say(),
        "reference": term.reference.say(),
    }


def _row(row: Mapping[Any, Any], ranked: int) -> dict[str, Any]:
    """One QPV as the page shows it."""
    known = zoning_classes()
    held = str(row["terms"] or "").split()
    classes = str(row["zone_classes"] or "").split()
    place = pd.isna(row["rank"])
    bound = "≤ " if row["distance_is_bound"] else ""
    return {
        "code": row["code"],
        "name": row["name"] or row["code"],
        "communes": directory().commune_names(str(row["communes"] or "").split()),
        "rank": "" if place else str(int(row["rank"])),
        "weights": "" if place else _span(row["rank_weights_low"], row["rank_weights_high"]),
        "data": "" if place else _span(row["rank_data_low"], row["rank_data_high"]),
        "both": "" if place else _span(row["rank_low"], row["rank_high"]),
        "bar": None if place else _bar(row, ranked),
        "same": "" if place else f"{int(row['rank_same_terms'])} / {int(row['same_terms'])}",
        "score": "" if place else say_number(row["score"], decimals=3),
        "apl": say_number(row["apl"], decimals=2) if "apl" in held else "",
        "apl_bounds": _between(row["apl_low"], row["apl_high"], 2),
        "zone": " / ".join(known[one].name if one in known else one for one in classes),
        "zone_from": TEXTS[_FROM.get(str(row["zone_from"]), "commune_class")].say()
        if classes
        else "",
        "undated": bool(classes) and pd.isna(row["zone_from_date"]),
        "distance": bound + say_number(row["distance"], decimals=0) if "distance" in held else "",
        "distance_kind": row["distance_kind"] or "",
        "population": say_number(row["population"], decimals=0),
        "reasons": say_reasons(str(row["why"] or "")),
    }


_FROM = {"qpv": "own_class", "tvs": "tvs_class"}
"""What gave a class → its words; else it is the commune's."""


def _span(low: Any, high: Any) -> str:
    first, last = int(low), int(high)
    return str(first) if first == last else f"{first} – {last}"


def _between(low: float, high: float, decimals: int) -> str:
    if low != low or high != high or low == high:
        return ""
    return f"{say_number(low, decimals=decimals)} – {say_number(high, decimals=decimals)}"


def _bar(row: Mapping[Any, Any], ranked: int) -> dict[str, str]:
    """Where the rank and its intervals lie between the first and the last, in a 100 wide box."""

    def place(rank: Any) -> float:
        return 2 + 96 * (int(rank) - 1) / max(ranked - 1, 1)

    low, high = place(row["rank_low"]), place(row["rank_high"])
    near, far = place(row["rank_weights_low"]), place(row["rank_weights_high"])
    return {
        "low": f"{low:.1f}",
        "width": f"{max(high - low, 0.6):.1f}",
        "near": f"{near:.1f}",
        "near_width": f"{max(far - near, 0.6):.1f}",
        "at": f"{place(row['rank']):.1f}",
    }


def _map(result: Served, asked: Asked, part: Ranking, classes: Any) -> Markup:
    shapes, ground = result.keep(("ranking ground",), lambda: _ground(result))
    title = T("Rang des QPV au {date}", "Rank of the QPV on {date}", date=say_date(asked.date))
    drawing = ranking_map(
        part.table,
        shapes,
        ground,
        classes=classes,
        title=title.say(),
        description=TEXTS["map_about"].say(),
        identity="ranks",
    )
    return Markup(drawing)  # noqa: S704 - drawn by us, without a text - our drawing, its texts are escaped


def _ground(result: Served) -> tuple[Any, Any]:
    """Shapes of the QPV, and the territories drawn beneath, made light once."""
    stored = result.atlas.stored
    names = stored.layer_names()
    columns = ["code", "departement", "legal_crs"]
    shapes = pd.concat(
        [stored.read_layer(n, columns=columns) for n in names if n.startswith("qpv_")],
        ignore_index=True,
    )
    beneath = next((n for n in ("departements", "regions", "communes") if n in names), None)
    if beneath is None:
        return shapes, None
    ground = stored.read_layer(beneath, columns=["legal_crs"])
    degrees = 0.004 if beneath != "communes" else 0.001  # for drawing only: under a pixel
    ground["geometry"] = ground.geometry.simplify(degrees)
    return shapes, ground


@PAGE.get("/classement.<ext>")
def fichier(ext: str) -> Response:
    """The ranking as a file, with the same weights and the same part of it."""
    if ext not in _FORMATS:
        abort(404)
    asked = _asked()

    def made() -> bytes:
        result = served()
        _, part = _found(result, asked)
        credit = _credit(part, result)
        if ext == "json":
            told = {**ranking_record(part), "source": credit.line(g.language)}
            told["items"] = qpv_records(part.table)
            return json.dumps(told, ensure_ascii=False, allow_nan=False).encode()
        table = part.table
        if ext == "geojson":
            shapes, _ = result.keep(("ranking ground",), lambda: _ground(result))
            table = shapes[["code", "geometry"]].merge(table, on="code")
            table = table.sort_values(["rank", "code"], na_position="last")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"classement.{'geojson' if ext == 'geojson' else 'csv'}"
            find_format(path.suffix[1:]).write(
                table, path, credit=credit, language=g.language, name="classement"
            )
            return (schema_path(path) if ext == "schema.json" else path).read_bytes()

    return answer(
        ("classement", ext, tuple(sorted(asked.given.items())), g.language),
        made,
        mimetype=_FORMATS[ext],
        headers={"Content-Disposition": f'attachment; filename="classement.{ext}"'},
    )


def _credit(ranking: Ranking, result: Served) -> Any:
    return credit_for(
        ranking.table,
        "classement",
        facts=result.atlas.facts,
        provenance=ranking.sources,
        as_of=ranking.as_of,
    )
