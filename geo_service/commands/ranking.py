"""``ranking``: the QPV by need of access to general practitioners, with intervals."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..core.i18n import T, say_number, say_share
from . import Kit

if TYPE_CHECKING:
    from ..ranking import Ranking

SHOWN = 20
"""Rows printed for people unless more are asked for."""


def add(group: click.Group, kit: Kit) -> None:
    """Add the command."""
    say, print_json = kit.say, kit.print_json

    @group.command(
        help=kit.example(
            "Classe les QPV par accès au médecin généraliste : APL, zonage, distance, population ; "
            "méthode de ce projet, non officielle, et intervalles de rang.",
            "Rank the QPV by access to general practitioners: APL, zoning, distance, population; "
            "this project's own method, not official, with rank intervals.",
            "geo-service ranking var/occitanie.gpkg --territory departement:31",
        )
    )
    @kit.result
    @kit.path(
        "--weights",
        "Autres poids et transformations (docs/ranking.md).",
        "Other weights and transforms (docs/ranking.md).",
        metavar="FILE.toml",
    )
    @kit.territory(
        "Ne montre que les QPV de ce territoire ; leur rang reste celui parmi tous.",
        "Show only the QPV of this territory; their rank stays the one among all.",
    )
    @kit.date("--as-of", "Une date que le résultat contient.", "A date that the result holds.")
    @click.option(
        "--limit",
        type=click.IntRange(1, 100_000),
        default=SHOWN,
        show_default=True,
        help=say("Nombre de lignes affichées.", "Number of rows printed."),
    )
    @kit.json_option
    def ranking(
        result: Path,
        weights: Path | None,
        territory: str | None,
        as_of: dt.date | None,
        limit: int,
        as_json: bool,
    ) -> None:
        from ..atlas import Atlas
        from ..ranking import qpv_records, rank_qpv, ranking_record

        atlas = Atlas(result)
        found = rank_qpv(atlas.stored, as_of, weights)
        if territory is not None:
            kept = atlas.mask(found.table, "qpv_ranked", territory)
            found = found.of(set(found.table.loc[kept, "code"]))
        if as_json:
            print_json({**ranking_record(found), "items": qpv_records(found.table)})
            return
        _print(found, limit)


def _print(found: Ranking, limit: int) -> None:
    """The first rows as a table on standard output; method and reservations on standard error."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for title, right in (
        (T("rang", "rank"), True),
        (T("selon les poids", "by weights"), True),
        (T("selon les manques", "by what is missing"), True),
        (T("QPV", "QPV"), False),
        (T("nom", "name"), False),
        (T("score", "score"), True),
        (T("APL", "APL"), True),
        (T("zone", "zone"), False),
        (T("mètres", "metres"), True),
        (T("habitants", "inhabitants"), True),
        (T("termes", "terms"), False),
    ):
        shown.add_column(str(title), justify="right" if right else "left")
    for row in found.table.head(limit).to_dict("records"):
        shown.add_row(
            _whole(row["rank"]),
            _span(row["rank_weights_low"], row["rank_weights_high"]),
            _span(row["rank_data_low"], row["rank_data_high"]),
            str(row["code"]),
            str(row["name"] or ""),
            say_number(row["score"], decimals=3),
            say_number(row["apl"], decimals=2),
            str(row["zone_classes"] or "–"),
            ("≤ " if row["distance_is_bound"] else "") + say_number(row["distance"], decimals=0),
            say_number(row["population"], decimals=0),
            str(row["terms"] or "–"),
        )
    # A pipe has no width: give the table the one it needs.
    console = Console()
    if not console.is_terminal:
        console = Console(width=240)
    console.print(shown)
    weights = ", ".join(
        f"{term.label} {say_share(term.weight)}" for term in found.method.terms if term.weight > 0
    )
    click.echo(found.method.label, err=True)
    click.echo(T("Poids : {it}.", "Weights: {it}.", it=weights), err=True)
    for note in found.notes:
        click.echo(f"- {note}", err=True)
    if limit < len(found.table):
        click.echo(
            T(
                "{shown} QPV affichés sur {n} ; --limit ou --json donne la suite.",
                "{shown} of {n} QPV shown; --limit or --json gives the rest.",
                shown=limit,
                n=len(found.table),
            ),
            err=True,
        )


def _whole(rank: Any) -> str:
    import pandas as pd

    return "–" if pd.isna(rank) else str(int(rank))


def _span(low: Any, high: Any) -> str:
    first, last = _whole(low), _whole(high)
    return first if first == last else f"{first}–{last}"
