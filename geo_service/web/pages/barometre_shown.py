"""What the page of the baromètre shows, in words: cards, lines, chart, targets, sums."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from ...barometre.lines import StandingLine
from ...barometre.standing import Standing
from ...barometre.sums import SumCheck
from ...barometre.targets import TargetTrajectory
from ...barometre.trajectory import Trajectory
from ...core.i18n import T, Text, say_date, say_number, say_share
from ...drawing.charts import Line, Point, line_chart
from ...drawing.palette import Mark, mark_of

_WIDE, _NARROW = 720, 350
_OTHER = Mark("triangle", "#6A3D9A")
_AIM = Mark("square", "#17602F")
TEXTS: dict[str, Text] = {
    "title": T("Baromètre, cibles et trajectoires", "Baromètre, targets and trajectories"),
    "lead": T(
        "Où en est-on, à quel rythme faudrait-il avancer, et quand la cible serait atteinte au "
        "rythme actuel. Chiffres officiels et chiffres calculés, côte à côte, jamais joints.",
        "Where things stand, at what pace they would have to move, and when the target would be "
        "reached at the present pace. Official and computed figures, side by side, never joined.",
    ),
    "choose": T("Choisir", "Choose"),
    "indicator_word": T("Indicateur", "Indicator"),
    "indicator_msp": T("Maisons de santé (MSP)", "Health houses (MSP)"),
    "indicator_cds": T("Centres de santé (CDS)", "Health centres (CDS)"),
    "territory_word": T("Territoire", "Territory"),
    "target_word": T("Cible publiée", "Published target"),
    "latest_target": T("La plus lointaine", "The latest"),
    "no_target": T("aucune pour ce territoire", "none for this territory"),
    "own": T("Ou un objectif propre", "Or an objective of one's own"),
    "own_hint": T(
        "Un niveau et une année : les deux, ou aucun.", "A level and a year: both, or neither."
    ),
    "goal": T("Niveau", "Level"),
    "year": T("Au 31 décembre", "On 31 December"),
    "show": T("Afficher", "Show"),
    "bad_goal": T(
        "Un objectif propre est un entier de 1 à 999 999 et une année de 2000 à 2099.",
        "An objective of one's own is an integer from 1 to 999,999 and a year from 2000 to 2099.",
    ),
    "aside": T(
        "La cible demandée n'est pas celle de cet indicateur ou de ce territoire : elle a été "
        "laissée de côté.",
        "The target asked for is not of this indicator or this territory: it was put aside.",
    ),
    "stand": T("Où l'on en est", "Where it stands"),
    "chart": T("Dans le temps", "Over time"),
    "legend": T("Légende", "Legend"),
    "table_word": T("Tableau", "Table"),
    "date": T("Date", "Date"),
    "official": T("officiel", "official"),
    "computed": T("calculé", "computed"),
    "line": T("Série", "Series"),
    "last": T("Dernier chiffre", "Last figure"),
    "pace": T("Rythme par an", "Pace a year"),
    "needed": T("Rythme nécessaire par an", "Needed pace a year"),
    "level": T("Part du niveau visé", "Share of the level aimed at"),
    "way": T("Part du chemin", "Share of the way"),
    "progress": T("Progression", "Progress"),
    "projected": T("Atteinte au rythme actuel", "Reached at the present pace"),
    "gap": T("Écart", "Gap"),
    "goal_line": T("Cible", "Target"),
    "going_on": T("si le rythme reste", "if the pace stays"),
    "method": T("Méthode", "Method"),
    "targets": T("Toutes les cibles publiées", "All published targets"),
    "targets_note": T(
        "« +1 000 en 5 ans » et « 2 000, cible » sont deux cibles ; chaque ligne nomme la sienne, "
        "et la série sur laquelle elle se mesure.",
        "“+1,000 in 5 years” and “2,000, cible” are two targets; each row names its own, and the "
        "series that it is measured by.",
    ),
    "target": T("Cible", "Target"),
    "measured": T("Mesurée sur", "Measured by"),
    "sums": T("Les sommes tombent-elles juste ?", "Do the sums close?"),
    "sums_read": T(
        "Fichier du baromètre lu par ce résultat : régions et départements comparés au pays.",
        "The baromètre file that this result read: régions and départements against the country.",
    ),
    "sums_data": T(
        "Tableau de contrôle : régions et départements comparés au pays.",
        "Control table: régions and départements against the country.",
    ),
    "country": T("Pays", "Country"),
    "regions": T("Somme des régions", "Sum of régions"),
    "departements": T("Somme des départements", "Sum of départements"),
    "verdict": T("Constat", "Finding"),
    "closes": T("tombe juste", "closes"),
    "gap_of": T("écart", "gap"),
    "control_same": T(
        "Tableau de contrôle régional et départemental : toutes les cellules sont identiques.",
        "Regional and départemental control table: every cell is the same.",
    ),
    "control_differs": T(
        "Cellules qui diffèrent du tableau de contrôle : {n}.",
        "Cells that differ from the control table: {n}.",
    ),
    "get": T(
        "Nos comptes dans les présentations du baromètre",
        "Our counts in the layouts of the baromètre",
    ),
    "get_note": T(
        "Ce n'est pas une publication du baromètre : mêmes colonnes, autre périmètre.",
        "This is no publication of the baromètre: the same columns, another perimeter.",
    ),
    "zip": T("Tout en zip", "All as zip"),
    "rows_word": T("lignes", "rows"),
    "left_out": T("Ce qui n'y est pas, et pourquoi", "What is not there, and why"),
    "csv": T("Ces chiffres en CSV", "These figures as CSV"),
    "official_link": T("Tous les chiffres officiels", "All official figures"),
    "reached": T("atteinte", "reached"),
    "none": T("aucune date", "no date"),
    "not_before": T("au plus tôt", "at the earliest"),
    "not_after": T("au plus tard", "at the latest"),
    "in_time": T("à temps", "in time"),
    "colon": T("\u00a0:", ":"),
    "late": T("après l'échéance", "after the date"),
}


def count(value: float | None) -> str:
    """A count as people read it."""
    return say_number(value, decimals=0)


def say_pace(value: float | None) -> str:
    """A pace a year with its sign."""
    if value is None:
        return say_number(None)
    return ("+" if value > 0 else "") + say_number(value, decimals=1)


def shown(found: Standing, place: str) -> tuple[str, str, dict[str, Any]]:
    """The chart for a wide and a narrow page (empty without a known figure), and the rest."""
    lines = _lines(found)
    title = T(
        "{kind} – {place}",
        "{kind} – {place}",
        kind=TEXTS[f"indicator_{found.indicator}"],
        place=place,
    ).say()
    drawings = ["", ""]
    if len({point.date for line in lines for point in line.points}) > 1:
        drawings = [_chart(lines, found, title, width) for width in (_WIDE, _NARROW)]
    runs = [line for line in found.lines if line.trajectory is not None]
    return (
        drawings[0],
        drawings[1],
        {
            "chart_title": title,
            "legend": [
                {
                    "letter": _letter(number),
                    "label": line.label.say(),
                    "perimeter": line.perimeter.say(),
                    "origin": line.origin,
                }
                for number, line in enumerate(found.lines)
            ],
            "dates": _table(found),
            "lines": [_row(number, line) for number, line in enumerate(found.lines)],
            "method": runs[0].trajectory.method.say() if runs and runs[0].trajectory else "",
            "goal_said": ""
            if found.goal is None or found.by is None
            else f"{found.goal_label}{TEXTS['colon']} {count(found.goal)}, {say_date(found.by)}",
        },
    )


def _letter(number: int) -> str:
    return chr(ord("A") + number)


def _row(number: int, line: StandingLine) -> dict[str, Any]:
    known = line.known
    run = line.trajectory
    return {
        "letter": _letter(number),
        "label": line.label.say(),
        "perimeter": line.perimeter.say(),
        "producer": line.producer,
        "origin": line.origin,
        "last": count(known[-1].value) if known else say_number(None),
        "last_date": say_date(known[-1].date) if known else "",
        "pace": say_pace(line.pace),
        "run": None if run is None else say_run(run),
    }


def say_run(run: Trajectory) -> dict[str, Any]:
    """A trajectory in words."""
    return {
        "gap": say_pace(-run.gap) if run.reached_on else count(run.gap),
        "level": say_share(run.level),
        "way": say_share(run.way),
        "progress": say_share(run.progress),
        "initial": ""
        if run.initial is None
        else f"{count(run.initial.value)}, {say_date(run.initial.date)}",
        "needed": say_pace(run.needed_per_year),
        "pace": say_pace(run.pace),
        "projected": _say_when(run),
        "bounds": _say_bounds(run),
        "state": None if run.in_time is None else TEXTS["in_time" if run.in_time else "late"].say(),
        "in_time": run.in_time,
        "reasons": [reason.say() for reason in run.reasons],
    }


def _say_when(run: Trajectory) -> str:
    if run.reached_on is not None:
        return f"{TEXTS['reached']} – {say_date(run.reached_on)}"
    return say_date(run.projected) if run.projected else TEXTS["none"].say()


def _say_bounds(run: Trajectory) -> str:
    if run.projected is None or run.earliest is None:
        return ""
    said = f"{TEXTS['not_before']} {say_date(run.earliest)}"
    if run.latest is None:
        return said
    return f"{said}, {TEXTS['not_after']} {say_date(run.latest)}"


def _lines(found: Standing) -> list[Line]:
    """The lines of the chart: figures, the goal, and each line prolonged to the goal's date."""
    own = mark_of(found.kind)
    lines = []
    for number, line in enumerate(found.lines):
        computed = line.origin == "computed"
        mark = own if computed or number == 0 else _OTHER
        points = [Point(p.date, p.value, p.low, p.high) for p in line.points]
        lines.append(
            Line(_letter(number), mark, points, dash="6 4" if computed else "", hollow=computed)
        )
    if found.goal is not None and found.by is not None:
        first = min(point.date for line in lines for point in line.points)
        aim = [Point(min(first, found.by), found.goal), Point(found.by, found.goal)]
        lines.append(Line(TEXTS["goal_line"].say(), _AIM, aim, dash="2 4", hollow=True))
    for number, line in enumerate(found.lines):
        run = line.trajectory
        if run is None or run.expected is None or run.reached_on is not None:
            continue
        start, end = run.actual, run.expected
        mark = own if line.origin == "computed" or number == 0 else _OTHER
        points = [
            Point(start.date, start.value, start.value, start.value),
            Point(run.by, end.value, end.low, end.high),
        ]
        label = T("{letter}, projeté", "{letter}, projected", letter=_letter(number)).say()
        lines.append(Line(label, mark, points, dash="1 4", hollow=True))
    return lines


def _chart(lines: list[Line], found: Standing, title: str, width: int) -> str:
    said = [
        f"{_letter(number)}: {line.label.say()}, {line.perimeter.say()}"
        for number, line in enumerate(found.lines)
    ]
    return line_chart(
        lines,
        title=title,
        description="; ".join(said),
        identity=f"barometre{width}",
        say=count,
        say_date=say_date,
        width=width,
        height=360 if width == _WIDE else 300,
    )


def _table(found: Standing) -> list[dict[str, Any]]:
    """A row a date, a cell a line."""
    dates = sorted({point.date for line in found.lines for point in line.points})
    cells = [{point.date: point.value for point in line.points} for line in found.lines]
    return [
        {
            "date": say_date(date),
            "cells": [count(own[date]) if date in own else "" for own in cells],
        }
        for date in dates
    ]


def shown_aims(found: Iterable[TargetTrajectory]) -> list[dict[str, Any]]:
    """The table of all targets."""
    rows = []
    for one in found:
        share = one.target.unit == "share"
        run = one.trajectory
        rows.append(
            {
                "name": one.target.name,
                "label": one.target.label.say(),
                "reference": one.target.reference,
                "status": one.target.status,
                "series": one.series.name,
                "series_label": one.series.label.say(),
                "perimeter": one.series.perimeter.label.say(),
                "last": say_share(run.actual.value) if share else count(run.actual.value),
                "last_date": say_date(run.actual.date),
                "run": say_run(run),
            }
        )
    return rows


def shown_sums(found: Iterable[SumCheck]) -> list[dict[str, Any]]:
    """The table of sums, the latest date first."""
    rows = [
        {
            "date": say_date(one.date),
            "iso": one.date,
            "country": count(one.country),
            "regions": count(one.regions),
            "departements": count(one.departements),
            "closes": one.closes,
            "explained": "" if one.explained is None else one.explained.say(),
        }
        for one in found
    ]
    return sorted(rows, key=lambda row: _day(row["iso"]), reverse=True)


def _day(date: dt.date) -> int:
    return date.toordinal()
