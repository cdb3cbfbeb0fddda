"""Figures as records for scripts and as a table for people."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .core.i18n import T, say_number, say_share
from .rules import quartier_vecu_label

_RANKS = {
    "nearest-1": T("la plus proche", "the nearest"),
    "nearest-2": T("la deuxième", "the second nearest"),
}
_IN_WORDS = {
    "any": T("CPTS de toute maturité", "CPTS of any maturity"),
    "project": T("CPTS à projet validé ou ACI signé", "CPTS with project approved or ACI signed"),
    "aci": T("CPTS à ACI signé", "CPTS with ACI signed"),
    "letter-only": T("lettre d'intention seulement", "letter of intent only"),
    "project-only": T("projet validé seulement", "project approved only"),
    "unknown-only": T("maturité inconnue", "maturity unknown"),
    "unclassed": T("aucune classe publiée", "no class published"),
    "undetermined": T("classe indéterminée", "class undetermined"),
}


def figure_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """One record a figure; an unknown is null, ``sources`` is a list."""
    records = []
    for row in table.to_dict("records"):
        record = {str(name): None if pd.isna(value) else value for name, value in row.items()}
        record["as_of"] = row["as_of"].date().isoformat()
        record["sources"] = (record["sources"] or "").split()
        record["unknown_precision"] = int(record["unknown_precision"] or 0)
        records.append(record)
    return records


def say_figure(value: float | None, unit: str) -> str:
    """A value as people read it: a share in percent, metres without decimals."""
    if unit == "share":
        return say_share(value)
    decimals = 0 if unit in ("structure", "m", "QPV", "person", "CPTS") else 2
    if unit == "structure" and value is not None and value == value and value != round(value):
        decimals = 1
    return say_number(value, decimals=decimals)


def say_definition(definition: str | None) -> str:
    """Label of a definition, in words where it is one of the quartier vécu."""
    if definition is None:
        return ""
    if definition == "declared" or definition.startswith(("proxy-", "walk-")):
        return quartier_vecu_label(definition).say()
    if definition.endswith("km"):
        return f"{definition.removesuffix('km')} km"
    if definition.startswith("nearest-"):
        return _RANKS.get(definition, T(definition, definition)).say()
    if definition in _IN_WORDS:
        return _IN_WORDS[definition].say()
    return "QPV" if definition == "qpv" else definition


def print_figures(table: pd.DataFrame) -> None:
    """Print figures as a table on standard output."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for title, number in (
        (T("territoire", "territory"), False),
        (T("indicateur", "indicator"), False),
        (T("nature", "kind"), False),
        (T("définition", "definition"), False),
        (T("date", "date"), False),
        (T("valeur", "value"), True),
        (T("bornes", "bounds"), True),
        (T("unité", "unit"), False),
    ):
        shown.add_column(str(title), justify="right" if number else "left")
    for row in figure_records(table):
        unit = row["unit"] or ""
        if row["low"] is None or row["high"] is None:
            unknown = row["unknown_precision"]
            bounds = f"? ({unknown})" if unknown else ""
        else:
            bounds = f"{say_figure(row['low'], unit)} – {say_figure(row['high'], unit)}"
        shown.add_row(
            row["territory"],
            row["indicator"],
            row["kind"] or "",
            say_definition(row["definition"]),
            row["as_of"],
            say_figure(row["value"], unit),
            bounds,
            unit,
        )
    # A pipe has no width: give the table the one it needs.
    console = Console()
    if not console.is_terminal:
        console = Console(width=240)
    console.print(shown)
