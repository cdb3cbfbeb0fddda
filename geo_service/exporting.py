"""From a stored result to a file that a user asked for: exports, the map, zones to locate in."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .atlas import Atlas
from .core.contracts import OutputFormat, discover
from .core.errors import UnknownNameError
from .core.i18n import Language, T, Text
from .exchange.credit import Credit, credit_for
from .intake.archives import open_official
from .intake.vectors import list_layers, read_layer
from .store import StoredResult

_PERIODS = (("opened", "closed"), ("valid_from", "valid_to"))
"""First and last day of a structure and of a zone."""
_ZONE_PREFIXES = ("qpv_", "quartier_vecu_", "zonage")
MAP_LAYERS = (
    "structures",
    "qpv_2015",
    "qpv_2024",
    "zonage",
    "communes",
    "epci",
    "departements",
    "regions",
)


def formats() -> dict[str, OutputFormat]:
    """Every output format by name."""
    return discover("geo_service.outputs", "FORMAT", OutputFormat)


def find_format(name: str) -> OutputFormat:
    """A format by its name.

    Raises
    ------
    UnknownNameError
        With the formats there are.
    """
    known = formats()
    if name in known:
        return known[name]
    raise UnknownNameError(
        T(
            "Le format « {it} » n'existe pas ; il y a : {known}.",
            "There is no format “{it}”; there are: {known}.",
            it=name,
            known=", ".join(known),
        ),
        known=tuple(known),
    )


def format_of_file(path: Path, *, more: Sequence[str] = ()) -> OutputFormat:
    """The format that the end of a file's name asks for.

    Parameters
    ----------
    more
        Other ends that the caller knows how to write, to be named with them.

    Raises
    ------
    UnknownNameError
        With the ends there are.
    """
    known = formats().values()
    chosen = next((form for form in known if form.suffix == path.suffix), None)
    if chosen is not None:
        return chosen
    ends = tuple(sorted({form.suffix for form in known} | set(more)))
    raise UnknownNameError(
        T(
            "Aucun format ne s'écrit en « {it} » ; il y a : {known}.",
            "No format is written as “{it}”; there are: {known}.",
            it=path.suffix,
            known=", ".join(ends),
        ),
        known=ends,
    )


def credit_of(atlas: Atlas, table: Any, name: str, as_of: dt.date | None = None) -> Credit:
    """Source line and licence of a layer or table; ``as_of``: the date that it shows."""
    return credit_for(
        table,
        name,
        facts=atlas.facts,
        provenance=atlas.stored.provenance,
        as_of=as_of or atlas.as_of,
    )


def export_layer(
    atlas: Atlas,
    layer: str,
    form: str,
    out: Path,
    territory: str | None,
    language: Language,
    *,
    kind: str | None = None,
    as_of: dt.date | None = None,
) -> int:
    """Write one layer or table to a file, and say how many rows it holds.

    Parameters
    ----------
    kind
        Only the rows of that kind of structure.
    as_of
        Only what is valid at that date: structures open, zones in force, figures of the date.

    Raises
    ------
    UnknownNameError
        No such layer, format, territory, kind or date; the format cannot hold the layer, or the
        layer has neither kinds nor dates.
    """
    chosen = find_format(form)
    table = narrow(atlas, atlas.layer(layer, territory), layer, kind=kind, as_of=as_of)
    credit = credit_of(atlas, table, layer, as_of)
    chosen.write(table, out, credit=credit, language=language, name=layer)
    return len(table)


def filters_of(table: Any) -> set[str]:
    """By what a layer or table can be filtered, besides its territory: ``kind``, ``as_of``."""
    found = {"kind"} if "kind" in table else set()
    if any(set(pair) <= set(table.columns) for pair in _PERIODS) or "as_of" in table:
        found.add("as_of")
    return found


def narrow(
    atlas: Atlas, table: Any, layer: str, *, kind: str | None = None, as_of: dt.date | None = None
) -> Any:
    """The rows of a kind, and those valid at a date.

    Raises
    ------
    UnknownNameError
        The layer has no such kind, or neither kinds nor dates; the result lacks the date.
    """
    known = filters_of(table)
    for name, value in (("kind", kind), ("as_of", as_of)):
        if value is not None and name not in known:
            raise UnknownNameError(
                T(
                    "« {layer} » ne se filtre pas par « {name} ».",
                    "“{layer}” cannot be filtered by “{name}”.",
                    layer=layer,
                    name=name,
                ),
                known=tuple(sorted(known)),
            )
    if kind is not None:
        if kind not in atlas.facts["kinds"]:
            raise UnknownNameError(
                T(
                    "Le résultat n'a pas la nature « {it} » ; il y a : {known}.",
                    "The result has no kind “{it}”; there are: {known}.",
                    it=kind,
                    known=", ".join(atlas.facts["kinds"]),
                ),
                known=tuple(atlas.facts["kinds"]),
            )
        table = table[table["kind"] == kind]
    if as_of is not None:
        day = np.datetime64(atlas.require_date(as_of), "s")
        if "as_of" in table:
            table = table[table["as_of"] == day]
        for begin, end in _PERIODS:
            if begin in table and end in table:
                begun = table[begin].isna() | (table[begin] <= day)
                # A structure is closed on the day of its closing; a zone ends with its last day.
                last = table[end] if end == "valid_to" else table[end] - np.timedelta64(1, "D")
                over = table[end].notna() & (last < day)
                table = table[begun & ~over]
    return table.reset_index(drop=True)


def write_result_map(atlas: Atlas, out: Path, language: Language) -> None:
    """Write the standalone map of a result."""
    from .outputs.folium_map import write_map

    write_map(
        map_layers(atlas), out, facts=atlas.facts, credit_line=map_credit(atlas), language=language
    )


def map_layers(atlas: Atlas) -> dict[str, Any]:
    """The layers that the map draws."""
    held = atlas.stored.layer_names()
    names = [n for n in held if n in MAP_LAYERS or n.startswith("quartier_vecu_")]
    return {name: atlas.layer(name) for name in names}


def table_credit(atlas: Atlas) -> Text:
    """Source line of a table of several dates, whose rows name their own; in both languages."""
    return _whole_credit(atlas, None)


def map_credit(atlas: Atlas, as_of: dt.date | None = None) -> Text:
    """Source line of the whole map, in both languages; ``as_of``: the date that it shows."""
    return _whole_credit(atlas, as_of or atlas.as_of)


def _whole_credit(atlas: Atlas, as_of: dt.date | None) -> Text:
    credit = Credit(
        sources=tuple(atlas.stored.provenance),
        name="map",
        as_of=as_of,
        fictitious=bool(atlas.facts.get("fictitious")),
        version=str(atlas.facts.get("code_version", "")),
    )
    return Text(credit.line("fr"), credit.line("en"))


def zones_to_locate(zones: Path, layers: Sequence[str]) -> dict[str, Any]:
    """The layers of a result, or of a file of zones, in which points are located.

    Raises
    ------
    UnknownNameError
        A layer is not there.
    """
    if zones.suffix == ".gpkg" and _is_result(zones):
        stored = StoredResult(zones)
        known = stored.layer_names()
        wanted = list(layers) or [name for name in known if name.startswith(_ZONE_PREFIXES)]
        for name in wanted:
            _require_layer(name, known)
        if not wanted:
            raise UnknownNameError(
                T(
                    "Le résultat n'a ni QPV, ni quartier vécu, ni zonage ; il y a : {known}.",
                    "The result has no QPV, quartier vécu or zoning; there are: {known}.",
                    known=", ".join(known),
                ),
                known=tuple(known),
                do=T("Nommez une couche par --layer.", "Name a layer with --layer."),
            )
        return {name: stored.read_layer(name) for name in wanted}
    file = open_official(zones)
    known = [info.name for info in list_layers(file)]
    for name in layers:
        _require_layer(name, known)
    wanted = list(layers) or known[:1]
    return {name: read_layer(file, layer=name) for name in wanted}


def _is_result(path: Path) -> bool:
    import sqlite3

    try:
        with sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True) as db:
            names = {row[0] for row in db.execute("select table_name from gpkg_contents")}
    except sqlite3.Error:
        return False
    return {"indicators", "provenance"} <= names


def _require_layer(name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise UnknownNameError(
            T(
                "La couche « {name} » n'existe pas ; il y a : {known}.",
                "There is no layer “{name}”; there are: {known}.",
                name=name,
                known=", ".join(known),
            ),
            known=tuple(difflib.get_close_matches(name, known) or known),
        )
