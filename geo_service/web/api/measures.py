"""The measures, and one figure for every territory of a level: what a choropleth needs."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Response, g, request

from ...atlas import RECORD, measures
from ...core.i18n import T
from ...core.tables import INDICATORS
from ...exchange.cells import to_cells
from ...figures import figure_records, say_definition
from ..served import Served, served
from .operations import Page, address, encode, link, operation, reply
from .territories import one_of_each_level, territories_of


def measures_of(result: Served) -> list[dict[str, Any]]:
    """Each measure with the definitions and kinds that the result holds."""
    return result.keep(("api measures", g.language), lambda: _gather(result))


def _gather(result: Served) -> list[dict[str, Any]]:
    atlas = result.atlas
    seen: dict[str, dict[str, dict[str, None]]] = {}
    for territory in one_of_each_level(atlas):
        table = atlas.figures(territory)
        words = table[["indicator", "kind", "definition", "level"]].drop_duplicates()
        for name, *values in words.astype("object").itertuples(index=False):
            held = seen.setdefault(name, {"kinds": {}, "definitions": {}, "levels": {}})
            for column, value in zip(("kinds", "definitions", "levels"), values, strict=True):
                if value == value and value is not None:
                    held[column][value] = None
    return [
        {
            "name": name,
            "label": measure.label.say(),
            "unit": measure.unit,
            "kinds": sorted(seen[name]["kinds"]),
            "definitions": [
                {"name": one, "label": say_definition(one)} for one in seen[name]["definitions"]
            ],
            "levels": list(seen[name]["levels"]),
        }
        for name, measure in measures().items()
        if name in seen
    ]


@operation(
    "/indicateurs",
    T("Mesures", "Measures"),
    about=T(
        "Nom, libellé, unité, natures, définitions et niveaux de chaque mesure du résultat.",
        "Name, label, unit, kinds, definitions and levels of each measure of the result.",
    ),
    gives="MeasureList",
)
def indicateurs(_: dict[str, Any]) -> Response:
    """The measures of the result."""

    def made() -> bytes:
        items = [
            {**one, "links": [link("item", address(f"/indicateurs/{one['name']}"))]}
            for one in measures_of(served())
        ]
        return encode({"total": len(items), "links": [link("self", address())], "items": items})

    return reply(made)


@operation(
    "/indicateurs/<name>",
    T("Une mesure, territoire par territoire", "One measure, territory by territory"),
    about=T(
        "Un chiffre pour chaque territoire d'un niveau ; à la date principale si as_of manque. "
        "Le CSV vient en entier si ni limit ni page ne sont donnés.",
        "One figure for each territory of a level; at the main date where as_of is missing. CSV "
        "comes whole where neither limit nor page is given.",
    ),
    takes=("level", "kind", "definition", "as_of", "within", "limit", "page"),
    gives={"json": "MeasurePage", "csv": "MeasureCsv"},
    path_parameters={"name": (T("Nom d'une mesure", "Name of a measure"), "structures_open")},
    unknown=True,
)
def indicateur(asked: dict[str, Any], name: str) -> Response:
    """One measure, territory by territory."""
    form = asked["f"]

    def made() -> bytes:
        atlas = served().atlas
        table = atlas.figures(
            None,
            name,
            kind=asked["kind"],
            definition=asked["definition"],
            level=asked["level"],
            as_of=asked["as_of"] or atlas.as_of,
        )
        if asked["within"]:
            table = table[table["territory"].isin(atlas.inside(asked["within"]))]
        page = Page(len(table), asked["page"], asked["limit"])
        whole = form == "csv" and not {"limit", "page"} & set(request.args)
        part = table if whole else table.iloc[page.part]
        records = territories_of(served()).records
        items = figure_records(part)
        for item in items:
            item["name"] = records.get(item["territory"], {}).get("name")
        if form == "csv":
            return _csv(items)
        measure = measures()[name]
        head = {"indicator": name, "label": measure.label.say(), "unit": measure.unit}
        return encode({**page.head(), **head, "links": page.links(), "items": items})

    return reply(made, form)


def _csv(items: list[dict[str, Any]]) -> bytes:
    """Records as CSV; what a spreadsheet would run as a formula is escaped."""
    names = [RECORD[0], "name", *RECORD[1:]]
    types = {column.name: column.dtype for column in INDICATORS.columns}
    columns = []
    for name in names:
        values = [item[name] for item in items]
        if name == "sources":
            values = [" ".join(value) or None for value in values]
        columns.append(to_cells(values, types.get(name, "text")))
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue().encode()
