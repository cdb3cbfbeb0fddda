"""An indicator on the map: which there are, their values by territory, their classes in words."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...atlas import measures
from ...core.errors import UnknownNameError
from ...core.i18n import T, Text, say_number
from ...core.territory import LAYER_OF_LEVEL
from ...drawing.areas import TERRITORIES
from ...drawing.classes import METHODS, Classes, Method, classify, roundest
from ...drawing.escape import clean, is_null
from ...drawing.palette import ramp
from ...figures import say_definition
from . import contents

if TYPE_CHECKING:
    from ..served import Served

LEVEL_OF = {layer: level for level, layer in LAYER_OF_LEVEL.items()}
_UNITS: dict[str, Text] = {
    "structure": T("structures", "structures"),
    "QPV": T("QPV", "QPV"),
    "CPTS": T("CPTS", "CPTS"),
    "person": T("habitants", "inhabitants"),
    "share": T("part, en %", "share, in %"),
    "m": T("mètres", "metres"),
    "structure/10000 inhabitants": T(
        "structures pour 10 000 habitants", "structures per 10,000 inhabitants"
    ),
    "inhabitant/structure": T("habitants par structure", "inhabitants per structure"),
}
_KEY = ("indicator", "kind", "definition")
Floats = npt.NDArray[np.float64]


def is_count(indicator: str, unit: str) -> bool:
    """Whether a figure counts things: it is drawn as circles, never as a filled area.

    A mean number of structures within a distance of an inhabitant counts nothing.
    """
    return unit in ("structure", "QPV", "CPTS", "person") and not indicator.endswith(
        "_within_distance"
    )


def catalogue(result: Served) -> list[dict[str, Any]]:
    """Every indicator that a level of territories has, with its kinds, definitions and dates.

    Returns
    -------
    list of dict
        ``indicator, label, unit, count`` and ``series``: ``[kind, definition, {level: dates}]``.
    """
    held: dict[str, dict[str, Any]] = {}
    known = measures()
    kept = result.keep(("carte", "series"), lambda: _series(result))
    for (indicator, kind, definition, unit), levels in kept.items():
        name, words = str(indicator), _UNITS.get(str(unit))
        measure = known.get(name)
        entry = held.setdefault(
            name,
            {
                "indicator": name,
                "label": measure.label.say() if measure else name,
                "unit": words.say() if words else clean(unit),
                "count": is_count(name, str(unit)),
                "series": [],
            },
        )
        said = None if is_null(definition) else str(definition)
        entry["series"].append(
            [
                None if is_null(kind) else str(kind),
                said,
                say_definition(said),
                levels,
            ]
        )
    order = {name: place for place, name in enumerate(known)}
    return sorted(held.values(), key=lambda entry: order.get(entry["indicator"], len(order)))


def _series(result: Served) -> dict[tuple[Any, ...], dict[str, list[str]]]:
    """Indicator, kind, definition and unit → level → dates."""
    kept: dict[tuple[Any, ...], dict[str, list[str]]] = {}
    for level in TERRITORIES:
        if level not in contents.names(result):
            continue
        # Levels may differ in what they have; the territories of one level do not. A few of them
        # tell it, where reading all the figures of a country would take seconds.
        ids = contents.table(result, level)["territory"].tolist()
        few = {ids[len(ids) * part // 7] for part in range(7)} if ids else set()
        found = result.atlas.stored.read_indicators(territory=sorted(few))
        for key, rows in found.groupby([*_KEY, "unit"], dropna=False, sort=False):
            dates = sorted({day.date().isoformat() for day in rows["as_of"]})
            kept.setdefault(key, {})[level] = dates
    return kept


def mapped(
    result: Served,
    level: str,
    indicator: str,
    kind: str | None,
    definition: str | None,
    dates: list[dt.date],
    method: Method = "quantiles",
) -> dict[str, Any]:
    """Values of one indicator by territory at one or two dates, in classes common to them.

    Returns
    -------
    dict
        ``dates``: for each, columns in the order of the level's territories (``value, low, high,
        class, note``; null is unknown). ``classes``: ``label, colour``; ``counted``: how many
        territories of a date are in each. A count has ``circles`` (values of the legend) instead.

    Raises
    ------
    UnknownNameError
        No such level, indicator, kind, definition or date; or that level does not have it.
    """
    if level not in LEVEL_OF or level not in contents.names(result):
        raise UnknownNameError(
            T("La carte n'a pas le niveau « {n} ».", "The map has no level “{n}”.", n=level),
            known=tuple(name for name in LEVEL_OF if name in contents.names(result)),
        )
    if method not in METHODS:
        raise UnknownNameError(
            T("Méthode inconnue : {n}.", "Unknown method: {n}.", n=method), known=METHODS
        )
    ids = contents.table(result, level)["territory"].tolist()
    columns, unit = [], ""
    for date in dates:
        rows = _rows(result, level, indicator, kind, definition, date)
        unit = str(rows["unit"].iloc[0])
        columns.append(_aligned(rows.set_index("territory"), ids))
    every = np.concatenate([column["value"] for column in columns])
    answer: dict[str, Any] = {"level": level, "unit": unit, "count": is_count(indicator, unit)}
    if answer["count"]:
        most = float(np.nanmax(every, initial=0.0))
        answer["most"] = most
        answer["circles"] = _circles(most)
        classes = Classes(())
    else:
        classes = classify(every, method)
        colours = ramp(len(classes), zero=classes.zero)
        answer["classes"] = [
            {"label": label, "colour": colour}
            for label, colour in zip(_said_classes(classes, unit), colours, strict=True)
        ]
    answer["dates"] = [
        {
            "date": date.isoformat(),
            "value": _plain(column["value"]),
            "low": _plain(column["low"]),
            "high": _plain(column["high"]),
            "unknown": int(np.isnan(column["value"]).sum()),
            "note": column["note"],
            **({} if answer["count"] else _counted(classes, column["value"])),
        }
        for date, column in zip(dates, columns, strict=True)
    ]
    return answer


def _rows(
    result: Served,
    level: str,
    indicator: str,
    kind: str | None,
    definition: str | None,
    date: dt.date,
) -> Any:
    atlas = result.atlas
    atlas.require_date(date)
    rows = atlas.stored.read_indicators(
        level=LEVEL_OF[level], indicator=indicator, kind=kind, definition=definition, as_of=date
    )
    for column, wanted in (("kind", kind), ("definition", definition)):
        if wanted is None:
            rows = rows[rows[column].isna()]
    if rows.empty:
        atlas.figures(atlas.facts["territory"], indicator, kind=kind, definition=definition)
        raise UnknownNameError(
            T(
                "« {it} » n'existe pas pour {level} au {date}.",
                "“{it}” does not exist for {level} on {date}.",
                it=indicator,
                level=TERRITORIES[level],
                date=date.isoformat(),
            )
        )
    return rows.drop_duplicates("territory")


def _aligned(rows: Any, ids: list[str]) -> dict[str, Any]:
    rows = rows.reindex(ids)
    notes = [None if is_null(note) else clean(note) for note in rows["note"]]
    texts = list(dict.fromkeys(note for note in notes if note))
    return {
        **{name: rows[name].to_numpy(dtype=float) for name in ("value", "low", "high")},
        "note": {
            "texts": texts,
            "is": [-1 if note is None else texts.index(note) for note in notes],
        }
        if texts
        else None,
    }


def _plain(values: Floats) -> list[float | None]:
    return [
        None if value != value else int(value) if value == int(value) else float(f"{value:.6g}")
        for value in values.tolist()
    ]


def _counted(classes: Classes, values: Floats) -> dict[str, Any]:
    found = classes.of(values)
    count = np.bincount(found[found >= 0], minlength=len(classes))
    return {"class": found.tolist(), "counted": count.tolist()}


def _circles(most: float) -> list[dict[str, Any]]:
    """Three values for the legend of circles: near the largest, about a quarter, about a tenth."""
    if most <= 0.0:
        return []
    wanted = [roundest(most * part * 0.85, most * part) for part in (1.0, 0.3, 0.08)]
    kept = dict.fromkeys(max(1.0, round(value)) for value in wanted)
    return [{"value": value, "label": say_number(value, decimals=0)} for value in kept]


def _said_classes(classes: Classes, unit: str) -> list[str]:
    """Limits in words: the lower one belongs to the class, the last upper one too."""
    said = []
    if classes.zero:
        said.append(_said_edges([0.0], unit)[0])
    edges = _said_edges(list(classes.edges), unit)
    if len(edges) == 2 and edges[0] == edges[1]:
        return [*said, edges[0]]
    last = len(edges) - 2
    for place in range(len(edges) - 1):
        above = classes.zero and place == 0 and classes.edges[0] == 0.0
        if above:
            text = T("plus de 0, moins de {b}", "over 0, under {b}", b=edges[1])
            if place == last:
                text = T("plus de 0, jusqu'à {b}", "over 0, up to {b}", b=edges[1])
        elif place == last:
            text = T("{a} à {b}", "{a} to {b}", a=edges[place], b=edges[place + 1])
        else:
            text = T("{a} à moins de {b}", "{a} to under {b}", a=edges[place], b=edges[place + 1])
        said.append(text.say())
    return said


def _said_edges(edges: list[float], unit: str) -> list[str]:
    """Limits with the decimals that they need, all with the same number of them."""
    scaled = [edge * 100 for edge in edges] if unit == "share" else edges
    decimals = next(
        (
            count
            for count in range(7)
            if all(abs(round(edge, count) - edge) < 1e-9 * max(1.0, abs(edge)) for edge in scaled)
        ),
        3,
    )
    sign = T(" %", "%").say() if unit == "share" else ""
    return [say_number(edge, decimals=decimals) + sign for edge in scaled]
