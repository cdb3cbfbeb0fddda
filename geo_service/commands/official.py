"""Official figures, as published: what there is, and the rows of one series."""

from __future__ import annotations

from typing import Any

import click

from ..core.i18n import T
from . import Kit


def add(group: click.Group, kit: Kit) -> None:
    """Add this command."""
    say, print_json = kit.say, kit.print_json

    @group.command(
        help=kit.example(
            "Montre les chiffres officiels publiés, chacun avec son périmètre et sa source.",
            "Show the official figures as published, each with its perimeter and source.",
            "geo-service official --series mesure9_msp_qpv",
        )
    )
    @click.option(
        "--series",
        "name",
        metavar="NAME",
        help=say("Une seule série, avec ses lignes.", "One series, with its rows."),
    )
    @kit.json_option
    def official(name: str | None, as_json: bool) -> None:
        from ..official import official as find
        from ..official import official_series
        from ..official.records import head_record, series_record

        if name is None:
            heads = [head_record(one) for one in official_series().values()]
            if as_json:
                print_json(heads)
                return
            for head in heads:
                click.echo(f"{head['name']:<34} {head['rows']:>4}  {head['label']}")
            return
        record = series_record(find(name))
        if as_json:
            print_json(record)
        else:
            _print(record)


def _print(record: dict[str, Any]) -> None:
    """One series for people."""
    click.echo(f"{record['label']} ({record['name']})")
    for said in (
        T("Périmètre : {it}", "Perimeter: {it}", it=record["perimeter_label"]),
        T("Ce qui compte : {it}", "What counts: {it}", it=record["scope"]),
        T("Producteur : {it}", "Producer: {it}", it=record["producer"]),
        T("Référence : {it}", "Reference: {it}", it=record["reference"]),
    ):
        click.echo(f"  {said}")
    for row in record["values"]:
        value = T("n. c.", "n/a").say() if row["value"] is None else f"{row['value']:g}"
        item = f" {row['item']}" if row["item"] else ""
        said_value = f"{row['qualifier_said']} {value}".strip()
        note = f"  ({row['note']})" if row["note"] else ""
        click.echo(
            f"  {row['territory']:<18} {row['date']}{item}  {said_value:>12}"
            f"  {row['status_said']}{note}"
        )
    if record["printed"] is not None:
        click.echo(f"  {record['printed']['reason']}")
    if record["apart"]:
        names = ", ".join(other["name"] for other in record["apart"])
        click.echo(
            T(
                "  Autres périmètres, à ne pas joindre : {names}",
                "  Other perimeters, not to be joined: {names}",
                names=names,
            ).say()
        )
    for other in record["apart"]:
        for clash in other["clashes"]:
            click.echo(f"  {clash}")
