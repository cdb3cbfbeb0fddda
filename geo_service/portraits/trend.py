"""Figures of one territory over the dates of a result, as lines, as a table and as CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass
from typing import Any

from ..core.i18n import T, Text, say_date, say_number
from ..drawing.charts import Line, Point, line_chart
from ..drawing.palette import mark_of
from ..exchange.cells import guard_formula, number_text
from ..figures import figure_records, say_definition
from ..rules import qpv_generations
from .directory import Directory, Place
from .saying import said

KINDS = ("MSP", "CDS")
_WIDE, _NARROW = 720, 350
COLUMNS = (
    "territory",
    "name",
    "indicator",
    "kind",
    "definition",
    "as_of",
    "value",
    "low",
    "high",
    "unknown_precision",
    "unit",
    "sources",
    "note",
)
_DASHES = {"open": "", "in": "", "near": "6 4"}


@dataclass(frozen=True)
class Trend:
    """One chart: its words, its lines, and the records they are drawn from."""

    name: str
    title: Text
    subtitle: Text
    rows: list[dict[str, Any]]
    """One a line and date: ``line`` (label), ``kind``, ``what`` and the record of the figure."""

    def lines(self) -> list[Line]:
        """The lines, in the order of their rows; one without any known value is left out."""
        held: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows:
            held.setdefault(row["line"], []).append(row)
        return [
            Line(
                label=label,
                mark=mark_of(rows[0]["kind"]),
                points=[_point(row["record"]) for row in rows],
                dash=_DASHES[rows[0]["what"]],
                hollow=rows[0]["what"] == "near",
            )
            for label, rows in held.items()
            if any(row["record"]["value"] is not None for row in rows)
        ]

    @property
    def dates(self) -> list[str]:
        """The dates that have figures, oldest first."""
        return sorted({row["record"]["as_of"] for row in self.rows})

    def table(self) -> dict[str, Any]:
        """The same figures as a table: a row a date, a column a line."""
        labels = list(dict.fromkeys(row["line"] for row in self.rows))
        cells = {(row["record"]["as_of"], row["line"]): said(row["record"]) for row in self.rows}
        empty = said(None)
        return {
            "columns": labels,
            "rows": [
                {
                    "date": say_date(dt.date.fromisoformat(date)),
                    "cells": [cells.get((date, label), empty) for label in labels],
                }
                for date in self.dates
            ],
        }

    def drawings(self, breaks: list[tuple[dt.date, str]]) -> list[str]:
        """The chart for a wide and for a narrow page; none where less than two dates are known."""
        lines = self.lines()
        known = {point.date for line in lines for point in line.points if point.value is not None}
        if len(known) < 2:
            return []
        return [
            line_chart(
                lines,
                title=self.title.say(),
                description=self._description(lines),
                identity=f"{self.name}{width}",
                say=lambda value: say_number(value, decimals=0),
                say_date=say_date,
                breaks=breaks,
                width=width,
                height=320 if width == _WIDE else 280,
            )
            for width in (_WIDE, _NARROW)
        ]

    def _description(self, lines: list[Line]) -> str:
        parts = []
        for line in lines:
            points = [point for point in line.points if point.value is not None]
            first, last = points[0], points[-1]
            parts.append(
                T(
                    "{label} : {a} au {from_}, {b} au {to}",
                    "{label}: {a} on {from_}, {b} on {to}",
                    label=line.label,
                    a=say_number(first.value, decimals=0),
                    b=say_number(last.value, decimals=0),
                    from_=say_date(first.date),
                    to=say_date(last.date),
                ).say()
            )
        return "; ".join(parts) + "."


def _point(record: dict[str, Any]) -> Point:
    date = dt.date.fromisoformat(record["as_of"])
    return Point(date, record["value"], record["low"], record["high"])


def trends(directory: Directory, territory: str) -> list[Trend]:
    """The charts of a territory: structures open, and those in or near a QPV.

    Near is the smallest distance of the proxy that the result holds.
    """
    facts = directory.atlas.facts
    metres = min(facts["quartier_vecu"], default=None)
    near = None if metres is None else f"proxy-{metres}m"
    kinds = [kind for kind in KINDS if kind in facts["kinds"]]
    table = directory.atlas.stored.read_indicators(
        territory=territory,
        indicator=("structures_open", "structures_in_qpv", "structures_near_qpv"),
        kind=kinds,
    )
    records = sorted(figure_records(table), key=lambda record: record["as_of"])
    quarter = territory.startswith("qpv:")
    opened = Trend(
        "opened",
        T("Structures ouvertes", "Structures open"),
        T("Nombre de structures, à chaque date", "Number of structures, at each date"),
        [] if quarter else _rows(records, kinds, "open", "structures_open", None, near),
    )
    within = Trend(
        "within",
        T("Structures dans un QPV ou à côté", "Structures in a QPV or beside one"),
        T(
            "Nombre de structures en QPV, et en QPV ou {near}",
            "Number of structures in a QPV, and in a QPV or {near}",
            near=say_definition(near),
        )
        if near
        else T("Nombre de structures en QPV", "Number of structures in a QPV"),
        [
            *_rows(records, kinds, "in", "structures_in_qpv", "qpv", near),
            *(_rows(records, kinds, "near", "structures_near_qpv", near, near) if near else ()),
        ],
    )
    if quarter:
        within = Trend(
            "within",
            T("Structures dans ce QPV ou à côté", "Structures in this QPV or beside it"),
            within.subtitle,
            within.rows,
        )
    return [trend for trend in (opened, within) if trend.rows]


def _rows(
    records: list[dict[str, Any]],
    kinds: list[str],
    what: str,
    indicator: str,
    definition: str | None,
    near: str | None,
) -> list[dict[str, Any]]:
    reach = (near or "").removeprefix("proxy-").removesuffix("m")
    words = {
        "open": T("{kind}", "{kind}"),
        "in": T("{kind} en QPV", "{kind} in QPV"),
        "near": T("{kind} < {reach} m", "{kind} < {reach} m"),
    }[what]
    return [
        {
            "line": words.with_values(kind=kind, reach=reach).say(),
            "kind": kind,
            "what": what,
            "record": record,
        }
        for kind in kinds
        for record in records
        if record["indicator"] == indicator
        and record["kind"] == kind
        and record["definition"] == definition
    ]


def breaks(directory: Directory, place: Place | None) -> list[tuple[dt.date, str]]:
    """Where a generation of QPV takes the place of another, in the territory's own law."""
    own = None
    if place is not None:
        parents = [p.partition(":")[2] for p in place.parents if p.startswith("departement:")]
        own = place.code if place.level == "departement" else next(iter(parents), None)
    found = []
    first = True
    for name, generation in qpv_generations().items():
        start, _ = generation.valid(own)
        if not first and name in directory.quarters:
            found.append((start, T("QPV {name}", "QPV {name}", name=name).say()))
        first = False
    return found


def to_csv(territory: str, name: str, shown: list[Trend]) -> str:
    """The figures of the charts as CSV (RFC 4180), an unknown as an empty cell."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for trend in shown:
        for row in trend.rows:
            record = row["record"]
            writer.writerow(
                [
                    guard_formula(territory),
                    guard_formula(name),
                    *(_text(record[column]) for column in ("indicator", "kind", "definition")),
                    record["as_of"],
                    *(_cell(record[column]) for column in ("value", "low", "high")),
                    record["unknown_precision"],
                    _text(record["unit"]),
                    _text(" ".join(record["sources"])),
                    _text(record["note"]),
                ]
            )
    return stream.getvalue()


def _text(value: str | None) -> str:
    return guard_formula(value) if value else ""


def _cell(value: float | None) -> str:
    return "" if value is None else number_text(value)
