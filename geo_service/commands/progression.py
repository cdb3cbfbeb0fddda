"""Progression taken apart, the QPV of 2015 and of 2024, and what was open at a date."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click

from ..core.i18n import T, say_date, say_number, say_share
from . import Kit


def add(group: click.Group, kit: Kit) -> None:
    """Add these commands."""
    say, example = kit.say, kit.example
    territory = kit.territory(
        "region:76, epci:…, qpv:… ; sinon tout.", "region:76, epci:…, qpv:…; else everything."
    )

    @group.command(
        "progression",
        help=example(
            "Décompose l'évolution d'un compte entre deux dates, ou deux millésimes.",
            "Take the change in a count apart, between two dates or two vintages.",
            "geo-service progression var/occitanie.gpkg --from 2017-12-31 --to 2025-12-31"
            " --within qpv",
        ),
    )
    @click.argument("result", metavar="RESULT.gpkg", type=click.Path(path_type=Path))
    @click.argument(
        "second", metavar="[RESULT2.gpkg]", required=False, type=click.Path(path_type=Path)
    )
    @kit.date("--from", "Première date.", "First date.", dest="since", required=True)
    @kit.date("--to", "Seconde date.", "Second date.", dest="until", required=True)
    @territory
    @click.option(
        "--kind",
        metavar="MSP|CDS|CPTS",
        help=say("Une seule nature ; sinon MSP et CDS.", "One kind; else MSP and CDS."),
    )
    @click.option(
        "--within",
        default="everywhere",
        show_default=True,
        metavar="everywhere|qpv|proxy-300m|declared|class-ZIP",
        help=say(
            "Où compter ; class-ZIP+ZAC : où la classe de zonage est l'une des deux.",
            "Where to count; class-ZIP+ZAC: where the zoning class is one of the two.",
        ),
    )
    @click.option(
        "--assume-undated",
        is_flag=True,
        help=say(
            "Prend un zonage non daté comme en vigueur (class-…) ; la réponse le dit.",
            "Take an undated zoning as in force (class-…); the answer says so.",
        ),
    )
    @kit.scope
    @kit.json_option
    def progression(
        result: Path,
        second: Path | None,
        since: dt.date,
        until: dt.date,
        territory: str | None,
        kind: str | None,
        within: str,
        assume_undated: bool,
        scope: str | None,
        as_json: bool,
    ) -> None:
        from ..progression import Comparison
        from ..progression.records import progression_record
        from ..store import StoredResult

        with StoredResult(result) as first:
            later = None if second is None else StoredResult(second)
            comparison = Comparison(first, later)
            held = comparison.after.facts["kinds"]
            kinds = [kind] if kind else [one for one in ("MSP", "CDS") if one in held]
            found = [
                comparison.progression(
                    since=since,
                    until=until,
                    territory=territory,
                    kind=one,
                    within=within,
                    scope=scope,
                    assume_undated=assume_undated,
                )
                for one in kinds
            ]
            if later is not None:
                later.close()
        if as_json:
            kit.print_json([progression_record(one) for one in found])
            return
        for one in found:
            _print(one)

    @group.command(
        "qpv-2015-2024",
        help=example(
            "Ce que sont devenus les QPV de 2015 : recouvrements avec ceux de 2024.",
            "What became of the QPV of 2015: overlaps with those of 2024.",
            "geo-service qpv-2015-2024 var/occitanie.gpkg --json",
        ),
    )
    @kit.result
    @kit.path(
        "--squares",
        "Carreaux de 200 m de l'INSEE, pour les parts de population.",
        "INSEE's 200 m squares, for the shares of population.",
    )
    @kit.json_option
    def qpv_2015_2024(result: Path, squares: Path | None, as_json: bool) -> None:
        from ..progression.perimeters import against_suffixes, correspondence_of
        from ..progression.records import correspondence_records, suffix_record
        from ..store import StoredResult

        people = None if squares is None else _squares(squares)
        with StoredResult(result) as stored:
            found = correspondence_of(stored, squares=people)
        checks = against_suffixes(found)
        if as_json:
            kit.print_json(
                {
                    "identical_metres": found.identical_metres,
                    "identical_share": found.identical_share,
                    "least_share": found.least_share,
                    "counts": found.counts,
                    "suffixes": [suffix_record(check) for check in checks],
                    "items": correspondence_records(found),
                }
            )
            return
        _print_correspondence(found, checks)

    @group.command(
        "states",
        help=example(
            "Structures ouvertes, annoncées ou fermées à une date ; écrit la couche si --out.",
            "Structures open, announced or closed at a date; writes the layer with --out.",
            "geo-service states var/occitanie.gpkg --date 2014-12-31 --out etats.geojson",
        ),
    )
    @kit.result
    @kit.any_date
    @territory
    @kit.kind
    @kit.path(
        "--density",
        "Grille communale de densité de l'INSEE (CSV) : parts rurale et urbaine.",
        "INSEE's communal density grid (CSV): rural and urban shares.",
    )
    @kit.path(
        "--out",
        "Fichier .csv, .geojson, .gpkg… ou carte .html.",
        "File .csv, .geojson, .gpkg… or map .html.",
    )
    @kit.json_option
    def states(
        result: Path,
        date: dt.date,
        territory: str | None,
        kind: str | None,
        density: Path | None,
        out: Path | None,
        as_json: bool,
    ) -> None:
        from collections import Counter

        from ..atlas import Atlas
        from ..progression.state import STATES, read_density, share_by_density, states_of

        atlas = Atlas(result)
        table = states_of(atlas.stored, date, territory=territory, kind=kind)
        counts = Counter(table["state"])
        shares = []
        if density is not None:
            shares = share_by_density(table[table["state"] == "open"], read_density(density))
        if out is not None:
            _write_states(atlas, table, date, territory, out)
        if as_json:
            kit.print_json(
                {
                    "date": date.isoformat(),
                    "states": {name: counts.get(name, 0) for name in STATES},
                    "density": [vars(share) for share in shares],
                }
            )
            return
        for name, label in STATES.items():
            click.echo(f"{label.say()} : {say_number(counts.get(name, 0))}")
        for share in shares:
            named = share.density or T("classe inconnue", "unknown class").say()
            click.echo(f"  {named} : {say_number(share.count)} ({say_share(share.share)})")


def _print(one: Any) -> None:
    from ..progression.words import PART_LABELS, say_change

    head = T(
        "{kind}, {within}, {territory} : {first} au {since}, {last} au {until} ({change})",
        "{kind}, {within}, {territory}: {first} on {since}, {last} on {until} ({change})",
        kind=one.kind,
        within=one.within,
        territory=one.territory,
        first=say_number(one.first),
        last=say_number(one.last),
        since=say_date(one.since),
        until=say_date(one.until),
        change=say_change(one.difference),
    )
    click.echo(head.say())
    for part, label in PART_LABELS.items():
        click.echo(f"  {say_change(one.parts[part]):>7}  {label.say()}")
    for doubt in one.ambiguous:
        click.echo(f"  ? {', '.join(doubt.before)} / {', '.join(doubt.after)} : {doubt.reason}")
    for note in one.notes:
        click.echo(f"  · {note.say()}")


def _print_correspondence(found: Any, checks: Any) -> None:
    from ..progression.records import say_relation

    for name, number in found.counts.items():
        click.echo(f"{say_relation(name)} : {say_number(number)}")
    click.echo(
        T(
            "Identiques : à {metres} m près, et {share} de surface commune au moins.",
            "Identical: within {metres} m, and {share} of common area at least.",
            metres=say_number(found.identical_metres),
            share=say_share(found.identical_share),
        ).say()
    )
    for check in checks:
        click.echo(
            T(
                "{letter} : {counted} ici (publié, France hexagonale : {published}), "
                "{n} en désaccord",
                "{letter}: {counted} here (published, mainland: {published}), {n} disagree",
                letter=check.letter,
                counted=check.counted,
                published=check.published,
                n=len(check.disagreeing),
            ).say()
        )


def _squares(path: Path) -> Any:
    from ..sources import population

    return population.read(path).table


def _write_states(atlas: Any, table: Any, date: dt.date, territory: str | None, out: Path) -> None:
    """The layer in the format that the name asks for; HTML is the standalone map."""
    from ..core.i18n import current_language
    from ..exporting import credit_of, format_of_file, map_credit

    credit = credit_of(atlas, table, "structures", date)
    if out.suffix == ".html":
        from ..outputs.folium_map import write_map
        from ..progression.state import SUBJECT, state_map_layers

        place = {}
        if territory is not None:
            name = dict(atlas.territory_names()).get(territory, territory.partition(":")[2])
            place = {"territory": territory, "territory_name": name}
        write_map(
            state_map_layers(atlas.stored, table, territory),
            out,
            facts={
                **atlas.facts,
                **place,
                "subject": SUBJECT.say(),
                "as_of": date.isoformat(),
            },
            credit_line=map_credit(atlas, date),
            language=current_language(),
        )
        return
    chosen = format_of_file(out, more=(".html",))
    chosen.write(table, out, credit=credit, language=current_language(), name="structures")
