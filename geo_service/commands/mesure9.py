"""Mesure 9: the table of the progress note, computed, and the official figures beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..core.i18n import T, say_date, say_number, say_share
from . import Kit


def add(group: click.Group, kit: Kit) -> None:
    """Add these commands."""

    @group.command(
        "mesure9",
        help=kit.example(
            "Tableau de la mesure 9 : structures en QPV et en quartier vécu, date par date.",
            "Table of mesure 9: structures in QPV and in quartier vécu, date by date.",
            "geo-service mesure9 var/occitanie.gpkg --territory departement:31",
        ),
    )
    @kit.result
    @kit.territory("region:76, departement:31… ; sinon tout.", "region:76…; else everything.")
    @kit.scope
    @kit.json_option
    def mesure9_(result: Path, territory: str | None, scope: str | None, as_json: bool) -> None:
        from ..mesure9 import disagreements, mesure9, official_figures, why_different
        from ..mesure9.records import disagreements_record, official_records
        from ..store import StoredResult

        with StoredResult(result) as stored:
            table = mesure9(stored, territory=territory, scope=scope)
            listed = disagreements(stored, territory=territory)
        if as_json:
            kit.print_json(
                {
                    "territory": table.territory,
                    "scope": table.scope,
                    "figures": table.records(),
                    "official": official_records(official_figures()),
                    "why_different": [reason.say() for reason in why_different(table)],
                    "notes": [note.say() for note in table.notes],
                    "disagreements": disagreements_record(listed),
                }
            )
            return
        _print(table)
        _print_official(official_figures())
        for reason in (*table.notes, *why_different(table)):
            click.echo(f"  · {reason.say()}")
        _print_listed(listed)


def _print(table: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    from ..mesure9 import MEASURES, definition_label, scope_label

    click.echo(f"{table.territory} — {scope_label(table.scope).say()}")
    console = Console()
    # As many of the last dates as the terminal is wide; the others are in --json.
    room = max(1, (console.width - _WORDS_WIDE) // _DATE_WIDE)
    dates = table.dates[-room:]
    shown = Table(box=None, pad_edge=False)
    shown.add_column("", no_wrap=True)
    shown.add_column(T("mesure", "measure").say(), no_wrap=True)
    for day in dates:
        shown.add_column(day.isoformat(), justify="right", no_wrap=True)
    lines: dict[tuple[Any, ...], list[str]] = {}
    for one in table.figures:
        if one.date in dates:
            say = say_share if one.measure.startswith("share_") else _whole
            lines.setdefault((one.kind, one.measure, one.definition), []).append(say(one.value))
    for (kind, measure, definition), cells in lines.items():
        words = MEASURES[measure].say() + (f" ({definition})" if definition else "")
        shown.add_row(kind, words, *cells)
    console.print(shown)
    if len(dates) < len(table.dates):
        click.echo(
            T(
                "  {n} dates antérieures : --json, ou un terminal plus large.",
                "  {n} earlier dates: --json, or a wider terminal.",
                n=len(table.dates) - len(dates),
            ).say()
        )
    for definition in table.definitions:
        click.echo(f"  {definition} : {definition_label(definition).say()}")


_WORDS_WIDE, _DATE_WIDE = 64, 12
"""Characters that words and each date take."""


def _whole(value: float | None) -> str:
    return say_number(value, decimals=0)


def _print_official(figures: Any) -> None:
    from ..mesure9 import MEASURES

    click.echo(T("Chiffres publiés (France) :", "Published figures (France):").say())
    for one in figures:
        measure = MEASURES.get(one.measure, T("progression", "progression"))
        value = _whole(one.value)
        click.echo(f"  {one.kind} {measure.say()}, {one.said} : {value} ({one.producer})")


def _print_listed(listed: Any) -> None:
    from ..mesure9.disagreements import STATES, WHAT

    day = say_date(listed.as_of)
    if listed.rows is None:
        click.echo(
            T(
                "Aucune déclaration d'ARS au {day} : aucun écart à lister (inconnu, et non aucun).",
                "No ARS declaration on {day}: no disagreement to list (unknown, not none).",
                day=day,
            ).say()
        )
        return
    click.echo(T("Écarts avec la liste déclarée, {day} :", "Against the declared list, {day}:",
                 day=day).say())  # fmt: skip
    for one in listed.rows:
        what = WHAT[one.what].with_values(metres=one.threshold).say()
        far = "" if one.metres is None else f", {say_number(one.metres, decimals=0)} m"
        click.echo(f"  {one.structure_id} {one.name or ''}{far} : {what} ({STATES[one.state]})")
