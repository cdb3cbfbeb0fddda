"""Fetch, check, build, figures, export, map, locate, serve: the main job and what reads it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from ..arguments import read_epsg, read_metres
from ..config import data_folder, setting
from ..core.i18n import T, current_language
from . import FORMATS, Kit


def add(group: click.Group, kit: Kit) -> None:
    """Add these commands."""
    say, example, result = kit.say, kit.example, kit.result
    progress, print_json = kit.progress, kit.print_json
    json_option, quiet = kit.json_option, kit.quiet

    @group.command(
        help=example(
            "Télécharge les fichiers officiels épinglés (tous, ou les SOURCES nommées).",
            "Download the pinned official files (all, or the SOURCES named).",
            "geo-service fetch finess qpv --into data/official",
        )
    )
    @click.argument("sources", nargs=-1, metavar="[SOURCE]...")
    @click.option(
        "--into",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path("data/official"),
        show_default=True,
        help=say("Dossier d'arrivée.", "Folder to fill."),
    )
    @json_option
    @quiet
    def fetch(sources: tuple[str, ...], into: Path, as_json: bool, quiet: bool) -> None:
        from ..fetching import fetch_named

        done = fetch_named(
            data_folder() / "sources.lock.toml",
            sources,
            into,
            progress(quiet),
            clock=lambda: dt.datetime.now(dt.UTC),
        )
        if as_json:
            print_json([one.record for one in done])
        for one in done:
            click.echo(one.text.say(), err=True)
        if any(one.failed for one in done):
            raise click.exceptions.Exit(3)

    @group.command(
        help=example(
            "Contrôle la qualité de fichiers officiels, sans rien construire.",
            "Check the quality of official files, without building anything.",
            "geo-service check data/official --report var/qualite",
        )
    )
    @click.argument(
        "paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path)
    )
    @click.option(
        "--report",
        type=click.Path(path_type=Path, file_okay=False),
        help=say(
            "Dossier du rapport (HTML avec carte, et JSON).",
            "Folder of the report (HTML with a map, and JSON).",
        ),
    )
    @json_option
    @quiet
    def check(paths: tuple[Path, ...], report: Path | None, as_json: bool, quiet: bool) -> None:
        from ..quality import check_files, write_report

        checked = check_files(paths, today=dt.date.today(), progress=progress(quiet))
        if report is not None:
            for written in write_report(checked, report, language=current_language()):
                click.echo(T("Écrit : {it}", "Written: {it}", it=written), err=True)
        if as_json:
            print_json(checked.to_json())
        else:
            click.echo(checked.to_text())
        if checked.unreadable:
            raise click.exceptions.Exit(3)

    @group.command(
        help=example(
            "Construit le résultat d'une étude : lit, indexe, calcule, écrit d'un bloc.",
            "Build the result of a study: read, index, compute, write as one.",
            "geo-service build studies/occitanie.toml --out var/occitanie.gpkg",
        )
    )
    @click.argument("study", metavar="STUDY.toml", type=click.Path(path_type=Path))
    @kit.path("--out", "Fichier du résultat.", "File of the result.", required=True)
    @kit.date("--as-of", "Une autre date que celle de l'étude.", "Another date than the study's.")
    @json_option
    @quiet
    def build(study: Path, out: Path, as_of: dt.date | None, as_json: bool, quiet: bool) -> None:
        from ..exchange.atomic import require_place
        from ..store import save_result
        from ..study import Study
        from ..study import build as build_study

        tell = progress(quiet)
        described = Study.load(study)
        require_place(out)  # said now, not after the work
        if as_of is not None:
            described = described.at(as_of)
        built = build_study(described, built_at=dt.datetime.now(dt.UTC), progress=tell)
        save_result(built, out, progress=tell)
        if as_json:
            print_json(built.facts | {"out": str(out), "anomalies": built.anomalies.count()})
            return
        click.echo(
            T(
                "{out} : {n} structures au {date}, {figures} indicateurs, {a} anomalies listées.",
                "{out}: {n} structures on {date}, {figures} indicators, {a} anomalies listed.",
                out=out,
                n=built.facts["structures"],
                date=built.facts["as_of"],
                figures=len(built.figures),
                a=len(built.anomalies),
            ),
            err=True,
        )
        if built.facts["unknown_precision"]:
            click.echo(
                T(
                    "{n} positions sans précision connue : leurs bornes sont nulles.",
                    "{n} positions of unknown precision: their bounds are null.",
                    n=built.facts["unknown_precision"],
                ),
                err=True,
            )

    @group.command(
        help=example(
            "Montre les indicateurs d'un résultat.",
            "Show the indicators of a result.",
            "geo-service figures var/occitanie.gpkg --territory region:76"
            " --indicator structures_in_qpv",
        )
    )
    @result
    @kit.territory("region:76, departement:31…", "region:76, departement:31…")
    @click.option("--indicator", metavar="NAME", help=say("Un seul indicateur.", "One indicator."))
    @kit.kind
    @click.option(
        "--definition", metavar="NAME", help=say("proxy-300m, declared…", "proxy-300m, declared…")
    )
    @kit.date("--as-of", "Une seule date.", "One date.")
    @json_option
    def figures(
        result: Path,
        territory: str | None,
        indicator: str | None,
        kind: str | None,
        definition: str | None,
        as_of: dt.date | None,
        as_json: bool,
    ) -> None:
        from ..atlas import Atlas
        from ..figures import figure_records, print_figures

        atlas = Atlas(result)
        if territory is None and not as_json:
            territory = atlas.facts["territory"]
        if as_of is None and not as_json:
            as_of = atlas.as_of
        table = atlas.figures(territory, indicator, kind=kind, definition=definition, as_of=as_of)
        if as_json:
            print_json(figure_records(table))
        else:
            print_figures(table)

    @group.command(
        help=example(
            "Exporte une couche ou une table, avec sa source et sa licence.",
            "Export a layer or table, with its source and licence.",
            "geo-service export var/occitanie.gpkg --layer structures --format csv"
            " --out structures.csv",
        )
    )
    @result
    @click.option(
        "--layer", required=True, metavar="NAME", help=say("Couche ou table.", "Layer or table.")
    )
    @click.option(
        "--format",
        "form",
        required=True,
        type=click.Choice(FORMATS),
        help=say("Format.", "Format."),
    )
    @kit.path("--out", "Fichier à écrire.", "File to write.", required=True)
    @kit.territory("Seulement ce territoire.", "This territory only.")
    def export(result: Path, layer: str, form: str, out: Path, territory: str | None) -> None:
        from ..atlas import Atlas
        from ..exporting import export_layer

        rows = export_layer(Atlas(result), layer, form, out, territory, current_language())
        click.echo(T("{out} : {n} lignes.", "{out}: {n} rows.", out=out, n=rows), err=True)

    @group.command(
        "map",
        help=example(
            "Écrit une carte Folium autonome, lisible sans réseau.",
            "Write a standalone Folium map, readable without a network.",
            "geo-service map var/occitanie.gpkg --out carte.html",
        ),
    )
    @result
    @kit.path("--out", "Fichier HTML.", "HTML file.", required=True)
    def map_(result: Path, out: Path) -> None:
        from ..atlas import Atlas
        from ..exporting import write_result_map

        write_result_map(Atlas(result), out, current_language())
        click.echo(T("Carte : {out}", "Map: {out}", out=out), err=True)

    @group.command(
        help=example(
            "Dit dans quelles zones tombe chaque point d'un fichier (des millions de lignes).",
            "Say in which zones each point of a file lies (millions of rows).",
            "geo-service locate points.csv zones.csv --zones var/occitanie.gpkg --layer qpv_2024",
        )
    )
    @click.argument("points", metavar="POINTS", type=click.Path(path_type=Path))
    @click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
    @kit.path(
        "--zones",
        "Un résultat, ou un fichier de zones (GeoJSON, GeoPackage, Shapefile…).",
        "A result, or a file of zones (GeoJSON, GeoPackage, Shapefile…).",
        required=True,
    )
    @click.option(
        "--layer",
        "layers",
        multiple=True,
        metavar="NAME",
        help=say(
            "Couches (répétable) ; sinon toutes les zones.", "Layers (repeat); else all zones."
        ),
    )
    @click.option("--x", metavar="COLUMN", help=say("Longitude ou abscisse.", "Longitude or x."))
    @click.option("--y", metavar="COLUMN", help=say("Latitude ou ordonnée.", "Latitude or y."))
    @click.option(
        "--crs",
        default="4326",
        show_default=True,
        metavar="EPSG",
        help=say("Code EPSG des coordonnées.", "EPSG code of the coordinates."),
    )
    @click.option(
        "--precision",
        metavar="METRES|COLUMN",
        help=say(
            "Précision des positions : ajoute dedans / dehors / indéterminé.",
            "Precision of the positions: adds inside / outside / undetermined.",
        ),
    )
    @json_option
    @quiet
    def locate(
        points: Path,
        out: Path,
        zones: Path,
        layers: tuple[str, ...],
        x: str | None,
        y: str | None,
        crs: str,
        precision: str | None,
        as_json: bool,
        quiet: bool,
    ) -> None:
        from ..exporting import zones_to_locate
        from ..locating import locate_file

        counted = locate_file(
            points,
            out,
            zones_to_locate(zones, layers),
            x=x,
            y=y,
            crs=read_epsg(crs),
            precision=read_metres(precision),
            progress=progress(quiet),
        )
        if as_json:
            print_json(counted)
            return
        said = ", ".join(f"{name} = {number}" for name, number in counted.items())
        click.echo(f"{out}: {said}", err=True)

    @group.command(
        help=example(
            "Sert un résultat : pages, carte, téléchargements, API, OGC API – Features (gunicorn).",
            "Serve a result: pages, map, downloads, API, OGC API – Features (gunicorn).",
            "geo-service serve var/occitanie.gpkg --port 8000",
        )
    )
    @result
    @click.option(
        "--host", default="127.0.0.1", show_default=True, help=say("Adresse.", "Address.")
    )
    @click.option("--port", default=8000, show_default=True, help=say("Port.", "Port."))
    def serve(result: Path, host: str, port: int) -> None:
        from ..store import StoredResult
        from ..web.server import run

        StoredResult(result).close()  # no address is given for what cannot be served
        click.echo(
            T("Ouvrez http://{host}:{port}/", "Open http://{host}:{port}/", host=host, port=port),
            err=True,
        )
        run(
            result,
            host,
            port,
            workers=int(setting("GEO_SERVICE_WORKERS")),
            threads=int(setting("GEO_SERVICE_THREADS")),
        )
