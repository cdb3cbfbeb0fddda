"""One line of a legend, and what the browser is given to draw it: plain values, nothing computed.

Values are text in one language; the browser writes them as text, never as markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ..core.i18n import Text
from .escape import clean
from .palette import Mark

if TYPE_CHECKING:
    import pandas as pd

Role = Literal["points", "area", "limit", "zoning"]


@dataclass
class DrawnLayer:
    """One line of the legend and what the browser draws for it.

    ``count``: features on the map. ``missing``: rows without a position, which no map can show.
    ``undetermined``: positions that decide nothing. ``mark``: the symbol of points. ``content``:
    plain values for the browser.
    """

    name: str
    role: Role
    title: Text
    count: int
    content: dict[str, Any]
    note: Text | None = None
    in_force: bool = True
    shown: bool = True
    missing: int = 0
    undetermined: int = 0
    mark: Mark | None = None
    classes: list[str] = field(default_factory=list)


def commune_names(layers: Mapping[str, Any]) -> dict[str, str]:
    """INSEE code → name, from the layer ``communes`` where the result has it."""
    communes = layers.get("communes")
    if communes is None:
        return {}
    return {
        str(code): clean(name)
        for code, name in zip(communes["code"], communes["name"], strict=True)
    }


def said_commune(code: Any, names: Mapping[str, str]) -> str:
    """Name and code of a commune; the code alone where nobody knows its name."""
    said = clean(code)
    return f"{names[said]} ({said})" if said in names else said


def described(table: pd.DataFrame, fields: list[tuple[Text, list[str]]]) -> dict[str, Any]:
    """Names and fields, by column; a field that nobody fills is left out."""
    told = [(label, values) for label, values in fields if any(values)]
    return {
        "names": [clean(name) for name in table["name"]],
        "fields": [label.say() for label, _ in told],
        "values": [_column(values) for _, values in told],
    }


def _column(values: list[str]) -> Any:
    """A column of texts; where few of them repeat, those few and their number in each row."""
    texts = list(dict.fromkeys(values))
    if len(texts) * 4 > len(values):
        return values
    number = {text: place for place, text in enumerate(texts)}
    return {"texts": texts, "is": [number[value] for value in values]}


def column_values(column: Any) -> list[str]:
    """The texts of a column as the browser is given it."""
    if isinstance(column, list):
        return column
    return [column["texts"][place] for place in column["is"]]
