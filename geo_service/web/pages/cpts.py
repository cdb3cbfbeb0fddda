"""Coverage by the CPTS, by maturity: table, chart, map, and the published totals beside."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
from flask import Blueprint, Response, abort, g, request, url_for
from markupsafe import Markup

from ...atlas import Atlas
from ...core.i18n import T, Text, say_date, say_number, say_share
from ...drawing.bars import Bar, bar_chart
from ...drawing.palette import mark_of
from ...exchange.credit import credit_for
from ...exchange.read_back import schema_path
from ...exporting import find_format, map_credit
from ...official.names import region_names
from ..answers import answer
from ..api.cpts import DEFINITIONS, NO_FIGURE, coverage, date_of, official_cpts
from ..served import Served, served
from . import kept_page

PAGE = Blueprint("cpts", __name__)
LEVELS: dict[str, tuple[str, Text]] = {
    "france": ("regions", T("France", "France")),
    "region": ("regions", T("Régions", "Régions")),
    "departement": ("departements", T("Départements", "Départements")),
}
"""Level → layer of the map, title."""
_EXACT = ("letter-only", "project-only", "unknown-only", "aci")
_SHARES = ("any", "project", "aci")
MOST_BARS = 110
_CENTRE = "aci"
TEXTS: dict[str, Text] = {
    "title": T("Couverture par les CPTS", "Coverage by the CPTS"),
    "lead": T(
        "Une personne est couverte si sa commune appartient à une communauté professionnelle "
        "territoriale de santé (CPTS). Une commune de plusieurs CPTS prend la plus mûre, et ses "
        "habitants ne comptent qu'une fois.",
        "A person is covered where the commune belongs to a communauté professionnelle "
        "territoriale de santé (CPTS). A commune in several CPTS takes the most mature one, and "
        "its inhabitants count once.",
    ),
    "at": T("Date", "Date"),
    "apply": T("Afficher", "Show"),
    "territory": T("Territoire", "Territory"),
    "counts": T("CPTS", "CPTS"),
    "all": T("Toutes", "All"),
    "people": T("Habitants couverts", "Inhabitants covered"),
    "share": T("Part de la population", "Share of population"),
    "map": T("Carte : part couverte par une CPTS à ACI signé", "Map: share in an ACI CPTS"),
    "map_note": T(
        "Comme la carte 3 de la DGOS (2024). Les hachures disent une valeur inconnue.",
        "Like map 3 of the DGOS (2024). Hatching means an unknown value.",
    ),
    "map_open": T("Ouvrir cette carte en pleine page", "Open this map as a full page"),
    "others": T("Les deux autres cartes de la DGOS", "The two other maps of the DGOS"),
    "map_msp": T("Maisons de santé, en points", "Health houses, as points"),
    "map_cds": T("Centres de santé, en points", "Health centres, as points"),
    "map_scope": T(
        "La DGOS compte les structures pluriprofessionnelles déclarées ; le répertoire FINESS "
        "donne celles qu'il enregistre, centres monoprofessionnels compris.",
        "The DGOS counts the pluriprofessional structures declared; the FINESS register gives "
        "those it records, monoprofessional centres included.",
    ),
    "chart": T("Part de la population couverte, ACI signé", "Share of population covered, ACI"),
    "chart_note": T(
        "Trait fin : bornes. Un territoire de part inconnue n'a pas de barre et reste au tableau.",
        "Thin line: bounds. A territory of unknown share has no bar and stays in the table.",
    ),
    "official": T("Chiffres publiés, à côté", "Published figures, beside"),
    "official_note": T(
        "Enquêtes et déclarations : leurs périmètres et leurs dates ne sont pas ceux du calcul, "
        "et diffèrent entre eux. On ne les mêle ni ne les soustrait.",
        "Surveys and statements: their perimeters and dates are not those of the computation, and "
        "differ from one another. They are neither mixed nor subtracted.",
    ),
    "date": T("Date", "Date"),
    "what": T("Chiffre", "Figure"),
    "value": T("Valeur", "Value"),
    "who": T("Périmètre et producteur", "Perimeter and producer"),
    "empty": T(
        "Ce résultat n'a pas de table des CPTS : aucun fichier national ouvert des territoires "
        "des CPTS n'a été trouvé. Ajoutez à l'étude une source « cpts », une ligne par commune.",
        "This result has no table of the CPTS: no national open file of their territories was "
        "found. Add a source “cpts” to the study, a line a commune.",
    ),
    "get": T("Télécharger", "Download"),
    "get_note": T(
        "Une ligne par territoire et par maturité, avec les bornes et la réserve.",
        "A row a territory and maturity, with bounds and reservation.",
    ),
    "schema": T("colonnes, source et licence du CSV", "columns, source and licence of the CSV"),
    "print": T("Cette page s'imprime.", "This page can be printed."),
    "reserve": T("Réserves", "Reservations"),
    "between": T("entre {low} et {high}", "between {low} and {high}"),
    "unknown_value": T("non connu", "not known"),
}


def _date(atlas: Atlas) -> dt.date:
    written = request.args.get("as_of") or None
    if written is None:
        return atlas.as_of
    try:
        asked = dt.date.fromisoformat(written)
    except ValueError:
        abort(400)
    return date_of(atlas, asked)


@PAGE.get("/cpts")
def cpts() -> Response:
    """Coverage by the CPTS."""
    return kept_page("cpts.html", lambda: _values(served()), TEXTS)


def _values(result: Served) -> dict[str, Any]:
    atlas = result.atlas
    date = _date(atlas)
    tables = []
    for level, (layer, title) in LEVELS.items():
        _, rows = coverage(result, level, date)
        if rows:
            tables.append(
                {
                    "level": level,
                    "title": title.say(),
                    "rows": [_row(row) for row in rows],
                    "charts": _charts(rows, level, date),
                    "layer": layer,
                    "notes": list(dict.fromkeys(row["note"] for row in rows if row["note"])),
                }
            )
    layers = set(atlas.stored.layer_names())
    places = {"france:FR": "France", **region_names()}
    mapped = next((t["layer"] for t in reversed(tables) if t["layer"] in layers), None)
    return {
        "date": date,
        "said_date": say_date(date),
        "dates": [(day.isoformat(), say_date(day)) for day in sorted(atlas.dates, reverse=True)],
        "tables": tables,
        "shares": [DEFINITIONS[name].say() for name in _SHARES],
        "counts": [(name, DEFINITIONS[name].say()) for name in _EXACT if _held(tables, name)],
        "map_choropleth": None if mapped is None else _choropleth(mapped, date, atlas),
        "map_points": {kind: _points(kind, date, atlas) for kind in ("MSP", "CDS")},
        "official": [
            {
                **one,
                "said_date": say_date(dt.date.fromisoformat(one["date"])),
                "place": places.get(one["territory"], one["territory"]),
            }
            for one in official_cpts()
        ],
        "credit": map_credit(atlas).say(),
    }


def _held(tables: list[dict[str, Any]], definition: str) -> bool:
    return any(definition in row["held"] for table in tables for row in table["rows"])


def _row(row: dict[str, Any]) -> dict[str, Any]:
    by = {one["maturity"]: one for one in row["maturities"]}
    nothing = dict.fromkeys(("cpts", "population", "share"), NO_FIGURE)
    every = by.get("any", nothing)
    return {
        "territory": row["territory"],
        "name": row["name"] or row["territory"].partition(":")[2],
        "held": set(by),
        "all": _said(every["cpts"], _whole),
        "counts": {name: _said(by.get(name, nothing)["cpts"], _whole) for name in _EXACT},
        "people": _said(every["population"], _whole),
        "shares": [_said(by.get(name, nothing)["share"], say_share) for name in _SHARES],
    }


def _whole(value: float | None) -> str:
    return say_number(value, decimals=0)


def _said(figure: dict[str, float | None], say: Any) -> tuple[str, str]:
    """A figure in words, and its bounds where they differ from it."""
    value, low, high = figure["value"], figure["low"], figure["high"]
    said = TEXTS["unknown_value"].say() if value is None else say(value)
    if low is None and high is None:
        return said, ""
    if value is not None and low == high == value:
        return said, ""
    if high is None:
        return said, T("au moins {it}", "at least {it}", it=say(low)).say()
    return said, TEXTS["between"].with_values(low=say(low or 0.0), high=say(high)).say()


def _charts(rows: list[dict[str, Any]], level: str, date: dt.date) -> list[Markup]:
    """Bars of the share covered by an ACI CPTS, the highest first, in two widths."""
    bars = []
    for row in rows:
        share = next(
            (one["share"] for one in row["maturities"] if one["maturity"] == _CENTRE), NO_FIGURE
        )
        if share["value"] is not None:
            name = row["name"] or row["territory"]
            bars.append(Bar(str(name), share["value"], share["low"], share["high"]))
    bars = sorted(bars, key=lambda bar: -bar.value)[:MOST_BARS]
    if len(bars) < 2:
        return []
    title = TEXTS["chart"].say()
    drawings = [
        bar_chart(
            bars,
            title=f"{title}, {say_date(date)}",
            description=TEXTS["chart_note"].say(),
            identity=f"cpts{level}{width}",
            say=say_share,
            mark=mark_of("CPTS"),
            width=width,
        )
        for width in (720, 350)
    ]
    return [Markup(svg) for svg in drawings]  # noqa: S704 - our drawing, its texts are escaped


def _choropleth(layer: str, date: dt.date, atlas: Atlas) -> str:
    """What follows the # of the map's address: the share in an ACI CPTS, no points."""
    state = (
        f"couches={layer},names&indicateur=share_of_population_in_cpts&nature=CPTS"
        f"&definition=aci&niveau={layer}"
    )
    return state + ("" if date == atlas.as_of else f"&date={date.isoformat()}")


def _points(kind: str, date: dt.date, atlas: Atlas) -> str:
    """Address of the map with the points of one kind alone, over the départements."""
    state = f"couches={quote(kind)},departements,names"
    if date != atlas.as_of:
        state += f"&date={date.isoformat()}"
    return f"{url_for('carte.carte')}#{state}"


@PAGE.get("/cpts.<ext>")
def fichier(ext: str) -> Response:
    """The same figures as a file: CSV, its description with the source line, or JSON."""
    if ext not in ("csv", "schema.json", "json"):
        abort(404)
    atlas = served().atlas
    date = _date(atlas)
    if ext == "json":
        return _json(date)

    def made() -> bytes:
        table = _flat(served(), date)
        credit = credit_for(
            table, "cpts", facts=atlas.facts, provenance=atlas.stored.provenance, as_of=date
        )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "cpts.csv"
            find_format("csv").write(table, path, credit=credit, language=g.language, name="cpts")
            return (path if ext == "csv" else schema_path(path)).read_bytes()

    return answer(
        ("cpts", ext, date, g.language),
        made,
        mimetype="text/csv" if ext == "csv" else "application/json",
        headers={"Content-Disposition": f'attachment; filename="cpts.{ext}"'},
    )


def _json(date: dt.date) -> Response:
    def made() -> str:
        result = served()
        levels = {level: coverage(result, level, date)[1] for level in LEVELS}
        credit = map_credit(result.atlas).say()
        told = {"as_of": date.isoformat(), "source": credit, "levels": levels}
        return json.dumps({**told, "official": official_cpts()}, ensure_ascii=False)

    return answer(
        ("cpts.json", date, g.language),
        made,
        mimetype="application/json",
        headers={"Content-Disposition": 'attachment; filename="cpts.json"'},
    )


def _flat(result: Served, date: dt.date) -> pd.DataFrame:
    """A row a territory and maturity, with every figure and its bounds."""
    rows = []
    for level in LEVELS:
        for row in coverage(result, level, date)[1]:
            for one in row["maturities"]:
                rows.append(
                    {
                        "territory": row["territory"],
                        "level": level,
                        "name": row["name"],
                        "as_of": pd.Timestamp(date),
                        "maturity": one["maturity"],
                        **{
                            f"{member}{'' if part == 'value' else '_' + part}": one[member][part]
                            for member in ("cpts", "population", "share")
                            for part in ("value", "low", "high")
                        },
                        "note": row["note"],
                    }
                )
    return pd.DataFrame(rows, columns=_COLUMNS).astype(
        {name: "float64" for name in _COLUMNS if name.startswith(("cpts", "population", "share"))}
    )


_COLUMNS = [
    "territory",
    "level",
    "name",
    "as_of",
    "maturity",
    *(f"{m}{end}" for m in ("cpts", "population", "share") for end in ("", "_low", "_high")),
    "note",
]
