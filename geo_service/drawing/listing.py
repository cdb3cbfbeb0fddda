"""The tables under a map: the same data for those who do not see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..core.i18n import T, Text, say_number
from ..rules import structure_kinds
from .escape import escaped, isolated
from .layer import DrawnLayer, column_values
from .palette import kind_order
from .points import structure_fields

if TYPE_CHECKING:
    import geopandas as gpd


def structures_listing(structures: gpd.GeoDataFrame, communes: Mapping[str, str]) -> str:
    """One table a kind, with every structure of it, those without a position too."""
    kinds = structure_kinds()
    parts = []
    for kind in kind_order(set(structures["kind"])):
        table = structures[structures["kind"] == kind]
        order = [name for name in ("departement", "commune", "name") if name in table]
        table = table.sort_values(order, na_position="last")
        title = kinds[kind].plural if kind in kinds else Text(kind, kind)
        fields = [field for field in structure_fields(table, communes) if any(field[1])]
        parts.append(
            _table(title, list(table["name"]), T("Nom", "Name"), [(f.say(), v) for f, v in fields])
        )
    return "".join(parts)


def zones_listing(layer: DrawnLayer) -> str:
    """The table of a layer of zones, from what its popups say."""
    columns = [column_values(column) for column in layer.content["values"]]
    fields = list(zip(layer.content["fields"], columns, strict=True))
    return _table(layer.title, layer.content["names"], T("Nom", "Name"), fields)


def _table(
    title: Text, names: list[object], first: Text, fields: list[tuple[str, list[str]]]
) -> str:
    heads = "".join(
        f'<th scope="col">{escaped(head)}</th>' for head in (first, *(f for f, _ in fields))
    )
    columns = [values for _, values in fields]
    rows = "".join(
        f'<tr><th scope="row">{isolated(name)}</th>'
        + "".join(f"<td>{isolated(value)}</td>" for value in cells)
        + "</tr>"
        for name, *cells in zip(names, *columns, strict=True)
    )
    said = escaped(
        T("{title} : {n} lignes", "{title}: {n} rows", title=title, n=say_number(len(names)))
    )
    return (
        f'<details class="listing"><summary>{said}</summary>'
        f'<div class="wide" role="region" tabindex="0" aria-label="{said}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )
