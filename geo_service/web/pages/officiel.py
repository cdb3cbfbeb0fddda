"""Official figures: every published series on its own perimeter, the targets, what clashes."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

from flask import Blueprint, Response, g

from ...core.i18n import T, Text, say_date, say_number, say_share
from ...drawing.charts import Line, Point, line_chart
from ...drawing.palette import Mark
from ...exchange.cells import guard_formula, number_text
from ...official import OfficialSeries, compare, official, official_series, targets
from ...official.printed import check_printed, printed_increments
from ...official.records import (
    apart_records,
    head_record,
    printed_record,
    row_records,
    target_record,
)
from ...official.series import UNITS
from ..answers import answer
from ..served import served
from . import kept_page
from .fiche import drawn

PAGE = Blueprint("officiel", __name__)
_WIDE, _NARROW = 720, 350
_MOST_ROWS = 40
"""Rows of a series on the page of all; its own page has every row."""
_MOST_OPEN = 10
"""Rows of a perimeter that need no folding."""
_MARKS = (
    Mark("circle", "#0B5CAD"),
    Mark("diamond", "#C2410C"),
    Mark("triangle", "#37474F"),
    Mark("square", "#6A3D9A"),
    Mark("circle", "#17602F"),
    Mark("diamond", "#7A4B00"),
    Mark("triangle", "#A3195B"),
    Mark("square", "#4A4A4A"),
)
COLUMNS = (
    "series",
    "territory",
    "date",
    "item",
    "value",
    "qualifier",
    "unit",
    "kind",
    "measure",
    "perimeter",
    "producer",
    "status",
    "reference",
    "said",
    "note",
)
TEXTS: dict[str, Text] = {
    "title": T("Chiffres officiels", "Official figures"),
    "lead": T(
        "Ce qui a été publié, par qui, sur quel périmètre. Chaque chiffre garde sa source et la "
        "façon dont il a été vu ; deux périmètres ne sont jamais joints dans une même série.",
        "What was published, by whom, on which perimeter. Each figure keeps its source and how it "
        "was met; two perimeters are never joined in one series.",
    ),
    "not_result": T(
        "Ces chiffres ne viennent pas du résultat affiché : ils sont les mêmes pour tous.",
        "These figures do not come from the result shown: they are the same for all.",
    ),
    "here": T("Sur cette page", "On this page"),
    "over_time": T("Dans le temps", "Over time"),
    "over_time_note": T(
        "Une ligne par périmètre, nommée par une lettre ; la légende dit ce qu'elle compte.",
        "A line a perimeter. A letter names each line; the legend says what it counts.",
    ),
    "why": T("Pourquoi ces deux chiffres diffèrent", "Why these two figures differ"),
    "why_note": T(
        "La DGOS compte 1 251 MSP fin mars 2019, moins que les 1 307 du baromètre trois mois plus "
        "tôt. Ce n'est pas une baisse : ce sont deux comptes.",
        "The DGOS counts 1,251 MSP at the end of March 2019, fewer than the 1,307 of the baromètre "
        "three months before. That is no fall: these are two counts.",
    ),
    "printed": T("Progressions imprimées, vérifiées", "Printed increases, checked"),
    "printed_note": T(
        "Chaque hausse imprimée est confrontée aux chiffres dont elle devrait découler.",
        "Each printed increase is held against the figures that it should follow from.",
    ),
    "printed_value": T("Imprimé", "Printed"),
    "verdict": T("Constat", "Finding"),
    "follows": T("découle", "follows"),
    "not_follows": T("ne découle pas", "does not follow"),
    "unchecked": T("non vérifiable", "cannot be checked"),
    "targets": T("Cibles publiées", "Published targets"),
    "target": T("Cible", "Target"),
    "level": T("Niveau", "Level"),
    "due": T("Échéance", "Date"),
    "measured": T("Se mesure sur", "Measured by"),
    "source_word": T("Source", "Source"),
    "series_word": T("Série", "Series"),
    "unless": T("sauf mention contraire", "unless said otherwise"),
    "colon": T("\u00a0:", ":"),
    "counts": T("Ce qui compte", "What counts"),
    "producer": T("Producteur", "Producer"),
    "reference": T("Référence", "Reference"),
    "date": T("Date", "Date"),
    "value": T("Valeur", "Value"),
    "seen": T("Comment il a été vu", "How it was met"),
    "note": T("Remarque", "Remark"),
    "territory_word": T("Territoire", "Territory"),
    "more_rows": T("Toutes les lignes", "All rows"),
    "table_word": T("Tableau", "Table"),
    "legend": T("Légende", "Legend"),
    "get": T("Télécharger", "Download"),
    "all_csv": T("Toutes les séries en CSV", "All series as CSV"),
    "json": T("En JSON (API)", "As JSON (API)"),
    "apart": T("Ne se joint pas à", "Not to be joined to"),
    "back": T("Tous les chiffres officiels", "All official figures"),
    "others": T("Autres", "Others"),
    "item": T("Classe ou niveau", "Class or level"),
    "where_stand": T(
        "Où en sont ces cibles : le baromètre", "Where these targets stand: the baromètre"
    ),
}


@PAGE.get("/officiel")
def officiel() -> Response:
    """Every official series, the charts, the clashes and the targets."""
    return kept_page(
        "officiel.html", lambda: served().keep(("officiel", g.language), _values), TEXTS
    )


@PAGE.get("/officiel/<name>")
def serie(name: str) -> Response:
    """One official series with all its rows."""
    official(name)
    return kept_page("officiel_serie.html", lambda: _one(official(name)), TEXTS)


@PAGE.get("/officiel.csv")
def tout() -> Response:
    """Every row of every series as CSV."""
    return _download("officiel", tuple(official_series()))


@PAGE.get("/officiel/<name>.csv")
def serie_csv(name: str) -> Response:
    """The rows of one series as CSV."""
    official(name)
    return _download(f"officiel-{name}", (name,))


def _download(stem: str, names: tuple[str, ...]) -> Response:
    return answer(
        ("officiel-csv", names, g.language),
        lambda: to_csv(names),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{stem}.csv"'},
    )


def to_csv(names: tuple[str, ...]) -> str:
    """The rows of series as CSV (RFC 4180); a figure that was not given is an empty cell."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for name in names:
        series = official(name)
        head = head_record(series)
        for row in row_records(series):
            value = row["value"]
            cells = {**head, **row, "series": name, "value": None}
            line = [guard_formula(str(cells[column] or "")) for column in COLUMNS]
            line[COLUMNS.index("value")] = "" if value is None else number_text(value)
            writer.writerow(line)
    return stream.getvalue()


def say_value(value: float | None, unit: str, qualifier: str = "") -> str:
    """A figure as people read it, with its qualifier."""
    if unit == "share":
        said = say_share(value)
    else:
        said = say_number(value, decimals=1 if unit == "professionals" else 0)
    return f"{qualifier} {said}".strip() if value is not None else said


def _rows(series: OfficialSeries, most: int | None = None) -> list[dict[str, Any]]:
    rows = row_records(series)
    national = [row for row in rows if row["territory"] == "france:FR"]
    shown = rows if most is None or len(rows) <= most else national[:most]
    return [
        {
            **row,
            "date_said": row["said"] or say_date(dt.date.fromisoformat(row["date"])),
            "value_said": say_value(row["value"], series.unit, row["qualifier_said"]),
        }
        for row in shown
    ]


def _series_values(series: OfficialSeries, most: int | None = None) -> dict[str, Any]:
    rows = _rows(series, most)
    return {
        **head_record(series),
        "unit_said": UNITS[series.unit].say(),
        "values": rows,
        "left": len(series.rows) - len(rows),
        "places": len({row["territory"] for row in rows} - {"france:FR"}) > 0,
        "parts": any(row["item"] for row in rows),
        "notes": any(row["note"] for row in rows),
    }


def _values() -> dict[str, Any]:
    groups: dict[str, dict[str, list[OfficialSeries]]] = {}
    for series in official_series().values():
        perimeters = groups.setdefault(series.kind or "", {})
        perimeters.setdefault(series.perimeter.name, []).append(series)
    order = [kind for kind in ("MSP", "CDS", "CPTS", "") if kind in groups]
    beside = compare("mesure9_msp_national", "barometre_msp")
    return {
        "groups": [
            {
                "kind": kind or "autres",
                "label": kind or TEXTS["others"].say(),
                "perimeters": [
                    {
                        "name": name,
                        "label": held[0].perimeter.label.say(),
                        "scope": held[0].scope.say(),
                        "producer": held[0].producer,
                        "references": list(dict.fromkeys(one.reference for one in held)),
                        "series": (shown := [_series_values(one, _MOST_ROWS) for one in held]),
                        "status": shown[0]["values"][0]["status_said"],
                        "folded": sum(len(one["values"]) for one in shown) > _MOST_OPEN,
                        "places": any(one["places"] for one in shown),
                        "parts": any(one["parts"] for one in shown),
                    }
                    for name, held in sorted(groups[kind].items(), key=_size, reverse=True)
                ],
            }
            for kind in order
        ],
        "charts": [chart for kind in ("MSP", "CDS", "CPTS") if (chart := _chart(kind))],
        "reasons": [reason.say() for reason in beside.reasons],
        "clashes": [clash.say() for clash in beside.clashes],
        "increments": [
            {
                "label": official(check.series).label.say(),
                "name": check.series,
                "printed": say_number(check.printed, decimals=0),
                "state": {True: "follows", False: "not_follows", None: "unchecked"}[check.follows],
                "reason": check.reason.say(),
            }
            for check in printed_increments()
        ],
        "aims": [
            {
                **target_record(one),
                "level": say_value(one.value, one.unit),
                "due": say_date(one.date),
            }
            for one in targets().values()
        ],
    }


def _size(pair: tuple[str, list[OfficialSeries]]) -> int:
    return sum(len(series.rows) for series in pair[1])


def _one(series: OfficialSeries) -> dict[str, Any]:
    return {
        "series": _series_values(series),
        "beside": apart_records(series),
        "check": None if series.increment is None else printed_record(check_printed(series.name)),
    }


def _chart(kind: str) -> dict[str, Any] | None:
    """The national counts of a kind of structure: a line a perimeter, named by a letter."""
    held = [
        (series, points)
        for series in official_series().values()
        if (series.kind, series.measure, series.unit) == (kind, "open", "structures")
        and (points := _points(series))
    ]
    if not held:
        return None
    held.sort(key=lambda pair: pair[1][0].date)
    letters = [chr(ord("A") + number) for number in range(len(held))]
    lines = [
        Line(
            letter,
            _MARKS[number % len(_MARKS)],
            points,
            dash="" if number % 2 == 0 else "6 4",
            hollow=number >= len(_MARKS) // 2,
        )
        for number, (letter, (_, points)) in enumerate(zip(letters, held, strict=True))
    ]
    title = T(
        "{kind} : comptes publiés, France", "{kind}: published counts, France", kind=kind
    ).say()
    description = "; ".join(
        f"{letter}: {series.label.say()}, {series.perimeter.label.say()}"
        for letter, (series, _) in zip(letters, held, strict=True)
    )
    return {
        "name": kind.lower(),
        "title": title,
        "drawings": drawn(
            [
                line_chart(
                    lines,
                    title=title,
                    description=description,
                    identity=f"{kind.lower()}{width}",
                    say=lambda value: say_number(value, decimals=0),
                    say_date=say_date,
                    width=width,
                    height=340 if width == _WIDE else 280,
                )
                for width in (_WIDE, _NARROW)
            ]
        ),
        "legend": [
            {
                "letter": letter,
                "label": series.label.say(),
                "perimeter": series.perimeter.label.say(),
                "name": series.name,
            }
            for letter, (series, _) in zip(letters, held, strict=True)
        ],
        "dates": _table(held),
    }


def _points(series: OfficialSeries) -> list[Point]:
    rows = [row for row in row_records(series) if row["territory"] == "france:FR"]
    points = [Point(dt.date.fromisoformat(row["date"]), row["value"]) for row in rows]
    points = [point for point in points if point.value is not None]
    return sorted(points, key=lambda point: point.date)


def _table(held: list[tuple[OfficialSeries, list[Point]]]) -> list[dict[str, Any]]:
    """The figures of a chart: a row a date, a cell a line."""
    dates = sorted({point.date for _, points in held for point in points})
    cells = [{point.date: point.value for point in points} for _, points in held]
    return [
        {
            "date": say_date(date),
            "cells": [say_number(own[date], decimals=0) if date in own else "" for own in cells],
        }
        for date in dates
    ]
