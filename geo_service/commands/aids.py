"""``aids``: which aids a project may have at a place and a date, and why."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..core.i18n import T
from . import Kit

if TYPE_CHECKING:
    from ..aids import Aid


def add(group: click.Group, kit: Kit) -> None:
    """Add the command."""
    say, print_json = kit.say, kit.print_json

    @group.command(
        help=kit.example(
            "Dit pour chaque aide en vigueur si un projet y est éligible en un lieu, et pourquoi.",
            "Say for each aid in force whether a project may have it at a place, and why.",
            "geo-service aids --lon -3.0527 --lat 46.0097 --as-of 2026-01-01 --as-region 53 "
            "--project examples/centre-nouveau.toml",
        )
    )
    @click.option("--lon", type=float, help=say("Longitude, WGS 84.", "Longitude, WGS 84."))
    @click.option("--lat", type=float, help=say("Latitude, WGS 84.", "Latitude, WGS 84."))
    @kit.path(
        "--project",
        "Faits du projet, tous facultatifs ; sans fichier, rien n'est connu.",
        "Facts of the project, all optional; without a file nothing is known.",
        metavar="FACTS.toml",
    )
    @kit.date(
        "--as-of", "La date (obligatoire, sauf avec --list).", "The date (needed but with --list)."
    )
    @click.option(
        "--as-region",
        metavar="CODE",
        help=say(
            "Applique les règles de cette région, comme hypothèse (53 : Bretagne).",
            "Apply the rules of that region, as a hypothesis (53: Bretagne).",
        ),
    )
    @kit.path(
        "--aids",
        "Ajoute les fichiers d'aides (*.toml) de ce dossier.",
        "Add the files of aids (*.toml) of this folder.",
        dest="folder",
        metavar="FOLDER",
    )
    @kit.assume_undated
    @click.option(
        "--list",
        "listed",
        is_flag=True,
        help=say("Énumère les aides et leurs dates.", "List the aids and their dates."),
    )
    @kit.result_option
    @kit.json_option
    def aids(
        lon: float | None,
        lat: float | None,
        project: Path | None,
        as_of: dt.date | None,
        as_region: str | None,
        folder: Path | None,
        assume_undated: bool,
        listed: bool,
        result: Path,
        as_json: bool,
    ) -> None:
        from ..aids import (
            ProjectFacts,
            aids_in_force,
            answer_record,
            decision_lines,
            eligibility,
            load_aids,
            read_project,
            say_none_in_force,
            say_place,
        )

        known = load_aids(folder)
        if listed:
            shown = known if as_of is None else tuple(aids_in_force(as_of, known))
            _print_list(shown, as_json, print_json)
            return
        for name, value in (("--lon", lon), ("--lat", lat), ("--as-of", as_of)):
            if value is None:
                raise click.UsageError(say(f"Il manque {name}.", f"{name} is missing."))
        assert lon is not None
        assert lat is not None
        assert as_of is not None
        facts = ProjectFacts() if project is None else read_project(project)

        from ..store import StoredResult
        from ..zoning import place_of

        with StoredResult(result) as stored:
            place = place_of(stored, lon, lat, as_of, assume_undated=assume_undated)
        decisions = eligibility(facts, as_of, place=place, aids=known, as_region=as_region)
        if as_json:
            print_json(answer_record(facts, place, as_of, decisions))
            return
        click.echo(say_place(place))
        if place.zone_reason is not None:
            click.echo(place.zone_reason.say())
        if not decisions:
            click.echo(say_none_in_force(as_of).say())
        for decision in decisions:
            click.echo("\n" + "\n".join(decision_lines(decision)))


def _print_list(known: tuple[Aid, ...], as_json: bool, print_json: Any) -> None:
    from ..aids import aid_record
    from ..aids.telling import span_of

    if as_json:
        print_json([aid_record(aid) for aid in known])
        return
    if not known:
        click.echo(T("Aucune aide.", "No aid.").say())
    for aid in known:
        click.echo(f"{aid.id:16} {aid.scope:10} {aid.label.say()} ({span_of(aid)})")
