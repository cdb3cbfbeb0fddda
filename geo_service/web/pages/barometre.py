"""The baromètre: official and computed figures side by side, targets, trajectories, downloads."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Blueprint, Response, abort, g, request

from ...barometre import LAYOUTS, barometre_files, check_control, target_trajectories, zip_of
from ...barometre.lines import CHOICES
from ...barometre.records import standing_record
from ...barometre.standing import (
    Standing,
    read_goal,
    standing,
    targets_of,
    territories_of,
)
from ...barometre.writing import Written
from ...core.errors import UnknownNameError
from ...core.i18n import T
from ...exchange.cells import guard_formula, number_text
from ...exporting import map_credit
from ...official import target as find_target
from ...official.names import region_names
from ..answers import answer
from ..api.barometre import sums_of
from ..served import Served, served
from . import kept_page
from .barometre_shown import TEXTS, shown, shown_aims, shown_sums
from .fiche import drawn

PAGE = Blueprint("barometre", __name__)
COLUMNS = (
    "line",
    "origin",
    "perimeter",
    "producer",
    "territory",
    "date",
    "value",
    "low",
    "high",
)
_ASKED = ("indicator", "territory", "target", "goal", "year")


@PAGE.get("/barometre")
def barometre() -> Response:
    """One indicator in one territory before a target, and the downloads."""
    return kept_page("barometre.html", _values, TEXTS)


@PAGE.get("/barometre.csv")
def figures() -> Response:
    """The figures of the chart as CSV."""
    asked = tuple((name, request.args.get(name, "")) for name in _ASKED)
    return answer(
        ("barometre-csv", asked, g.language),
        lambda: _to_csv(_standing()[0]),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="barometre-chiffres.csv"'},
    )


@PAGE.get("/barometre/<layout>.zip")
def archive(layout: str) -> Response:
    """Every file of a layout, as a zip archive."""
    files = _files(served(), layout).files
    return answer(
        ("barometre-zip", layout),
        lambda: zip_of(files),
        mimetype="application/zip",
        headers={"Content-Disposition": f'attachment; filename="barometre-{layout}.zip"'},
    )


@PAGE.get("/barometre/<layout>/<name>")
def fichier(layout: str, name: str) -> Response:
    """One file of a layout."""
    files = _files(served(), layout).files
    if name not in files:
        raise UnknownNameError(
            T("Le fichier « {it} » n'existe pas.", "There is no file “{it}”.", it=name),
            known=tuple(files),
        )
    kinds = {"csv": "text/csv", "json": "application/json", "txt": "text/plain"}
    return answer(
        ("barometre-file", layout, name),
        lambda: files[name],
        mimetype=kinds[name.rpartition(".")[2]],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _files(result: Served, layout: str) -> Written:
    if layout not in LAYOUTS:
        return barometre_files(result.atlas.stored, layout)  # says which there are
    return result.keep(("barometre", layout), lambda: barometre_files(result.atlas.stored, layout))


def _standing() -> tuple[Standing, bool]:
    """What is asked for, and whether the target asked for was put aside: it fits another place."""
    stored = served().atlas.stored
    indicator = request.args.get("indicator") or "msp"
    territory = request.args.get("territory") or str(stored.facts["territory"])
    own = _own_goal()
    name = request.args.get("target") or None
    aside = False
    if own is not None:
        name = None
    elif name is not None and indicator in CHOICES:
        fits = targets_of(CHOICES[indicator][0], territory)
        if find_target(name) not in fits:  # a form keeps the target of what was shown before
            name, aside = None, True
    goal, by = own or (None, None)
    found = standing(stored, indicator, territory, target_name=name, goal=goal, by=by)
    return found, aside


def _own_goal() -> tuple[float, Any] | None:
    goal, year = (request.args.get(name, "").strip() for name in ("goal", "year"))
    if not goal and not year:
        return None
    own = read_goal(f"{goal}@{year}")
    if own is None:
        abort(400, TEXTS["bad_goal"].say())
    return own


def _values() -> dict[str, Any]:
    found, aside = _standing()
    result = served()
    stored = result.atlas.stored
    names = result.keep("barometre names", lambda: _names(result))
    record = standing_record(found)
    fits = targets_of(found.kind, found.territory)
    wide, narrow, page = shown(found, names.get(found.territory, found.territory))
    held = "series" in stored.table_names() and not stored.facts.get("fictitious")
    return {
        **page,
        "drawings": drawn([wide, narrow]) if wide else [],
        "wanted": {name: request.args.get(name, "") for name in _ASKED},
        "indicator": found.indicator,
        "indicators": [(name, TEXTS[f"indicator_{name}"].say()) for name in CHOICES],
        "territory": found.territory,
        "places": sorted(names.items(), key=_order),
        "place": names.get(found.territory, found.territory),
        "choices": [(one.name, one.label.say()) for one in fits],
        "chosen": record["target"]["name"] if record["target"] else "",
        "aside": aside,
        "record": record,
        "aims": result.keep(
            ("barometre aims", found.kind, g.language),
            lambda: shown_aims(target_trajectories(found.kind)),
        ),
        "sums": result.keep(
            ("barometre sums", found.kind, g.language), lambda: shown_sums(sums_of(found.kind))
        ),
        "sums_read": held,
        "control": result.keep(
            "barometre control", lambda: len(check_control(stored.read_table("series")))
        )
        if held
        else None,
        "layouts": [
            {
                "name": layout.name,
                "label": layout.label.say(),
                "files": [name for name in sorted(written.files) if name.endswith(".csv")],
                "rows": written.rows,
                "left_out": [reason.say() for reason in written.left_out],
            }
            for layout in LAYOUTS.values()
            for written in (_files(result, layout.name),)
        ],
        "credit": map_credit(result.atlas).say(),
    }


def _names(result: Served) -> dict[str, str]:
    """The territories that something is known of, with their names."""
    stored = result.atlas.stored
    names: dict[str, str] = dict(region_names())
    for layer in ("regions", "departements"):
        if layer in stored.layer_names():
            table = stored.read_layer(layer, columns=["territory", "name"])
            names |= {
                code: name
                for code, name in zip(table["territory"], table["name"], strict=True)
                if isinstance(name, str)
            }
    names["france:FR"] = "France"
    return {one: names.get(one, one) for one in territories_of(stored)}


def _order(pair: tuple[str, str]) -> tuple[int, str]:
    levels = {"france": 0, "region": 1, "departement": 2}
    level, _, code = pair[0].partition(":")
    return levels.get(level, 3), code


def _to_csv(found: Standing) -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for line in found.lines:
        for point in line.points:
            writer.writerow(
                [
                    *(
                        guard_formula(text)
                        for text in (
                            line.name,
                            line.origin,
                            line.perimeter.say(),
                            line.producer,
                            found.territory,
                        )
                    ),
                    point.date.isoformat(),
                    *(
                        "" if value is None else number_text(value)
                        for value in (point.value, point.low, point.high)
                    ),
                ]
            )
    return stream.getvalue()
