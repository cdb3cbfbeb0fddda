"""A result in the layouts that the baromètre published."""

from __future__ import annotations

from pathlib import Path

import click

from ..core.i18n import T
from . import Kit

_LAYOUTS = ("etalab", "ditp")


def add(group: click.Group, kit: Kit) -> None:
    """Add this command."""
    say, print_json = kit.say, kit.print_json

    @group.command(
        help=kit.example(
            "Écrit les comptes d'un résultat dans une présentation publiée du baromètre.",
            "Write the counts of a result in a published layout of the baromètre.",
            "geo-service barometre var/occitanie.gpkg --layout etalab --out var/barometre",
        )
    )
    @kit.result
    @click.option(
        "--layout",
        required=True,
        type=click.Choice(_LAYOUTS),
        help=say("Présentation : 1re ou 2e génération.", "Layout: generation 1 or 2."),
    )
    @kit.path(
        "--out",
        "Dossier à écrire, vide ou écrit par cette commande.",
        "Folder to write, empty or written by this command.",
        required=True,
    )
    @kit.json_option
    def barometre(result: Path, layout: str, out: Path, as_json: bool) -> None:
        from ..barometre import write_barometre
        from ..store import StoredResult

        with StoredResult(result) as stored:
            written = write_barometre(stored, layout, out)
        if as_json:
            print_json(
                {
                    "out": str(out),
                    "layout": layout,
                    "rows": written.rows,
                    "files": sorted(written.files),
                    "left_out": [reason.say() for reason in written.left_out],
                }
            )
            return
        click.echo(
            T(
                "{out} : {n} fichiers, {rows} lignes.",
                "{out}: {n} files, {rows} rows.",
                out=out,
                n=len(written.files),
                rows=written.rows,
            ),
            err=True,
        )
        for reason in written.left_out:
            click.echo(f"  - {reason}", err=True)
