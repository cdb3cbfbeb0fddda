"""``zone``: the class of a place at a date, and why; ``communes-avec-qpv``: those of a date."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..core.i18n import T, current_language, say_date, say_number
from . import Kit

if TYPE_CHECKING:
    from ..atlas import Atlas


def add(group: click.Group, kit: Kit) -> None:
    """Add these commands."""
    say, print_json = kit.say, kit.print_json

    @group.command(
        help=kit.example(
            "Dit la zone d'un lieu à une date : classe, arrêté, millésime, ou pourquoi elle est "
            "indéterminée.",
            "Say the zone of a place at a date: class, order, vintage, or why it is undetermined.",
            "geo-service zone --lon 1.4442 --lat 43.6045 --as-of 2026-01-31 "
            "--result var/occitanie.gpkg",
        )
    )
    @click.option("--lon", type=float, required=True, help=say("Longitude, WGS 84.", "Longitude."))
    @click.option("--lat", type=float, required=True, help=say("Latitude, WGS 84.", "Latitude."))
    @kit.date("--as-of", "La date.", "The date.", required=True)
    @click.option(
        "--precision",
        default="0",
        show_default=True,
        metavar="METRES|unknown|commune",
        help=say(
            "Mètres dans lesquels se trouve le vrai lieu ; unknown : inconnue ; commune : seule la "
            "commune est connue.",
            "Metres within which the true place lies; unknown; commune: only the commune is known.",
        ),
    )
    @kit.assume_undated
    @kit.result_option
    @kit.json_option
    def zone(
        lon: float,
        lat: float,
        as_of: dt.date,
        precision: str,
        assume_undated: bool,
        result: Path,
        as_json: bool,
    ) -> None:
        from ..store import StoredResult
        from ..zoning import zone as zone_of

        with StoredResult(result) as stored:
            told = zone_of(
                stored,
                lon,
                lat,
                as_of,
                precision=_metres(precision),
                assume_undated=assume_undated,
            )
        if as_json:
            print_json(told.to_json())
            return
        label = told.label() or T("indéterminé", "undetermined").say()
        click.echo(f"{say_date(as_of)} : {label}")
        click.echo(told.reason.say())
        if told.assumption is not None:
            click.echo(told.assumption.say())
        if told.ruling is not None:
            order = told.ruling.order or T("arrêté non précisé", "order not stated").say()
            click.echo(f"{_span(told.ruling)} · {order} · {told.ruling.file}")
        if told.commune is not None:
            click.echo(f"{told.commune_name} ({told.commune})")
        if told.metres_to_qpv is not None:
            metres = say_number(told.metres_to_qpv, decimals=0)
            said = T("QPV le plus proche : {m} m.", "Nearest QPV: {m} m.", m=metres)
            click.echo(said.say())
        if told.island:
            click.echo(T("Île : {n}.", "Island: {n}.", n=told.island_name or "").say())

    @group.command(
        "communes-avec-qpv",
        help=kit.example(
            "Liste les communes qui avaient au moins un QPV en vigueur à une date.",
            "List the communes that had at least one QPV in force at a date.",
            "geo-service communes-avec-qpv var/occitanie.gpkg --date 2015-05-01 "
            "--out communes.geojson",
        ),
    )
    @kit.result
    @kit.any_date
    @kit.path(
        "--out",
        "Fichier .csv, .geojson, .gpkg… avec sa source.",
        "File .csv, .geojson, .gpkg… with its source.",
    )
    @kit.json_option
    def communes_avec_qpv(result: Path, date: dt.date, out: Path | None, as_json: bool) -> None:
        from ..atlas import Atlas
        from ..zoning import communes_with_qpv

        atlas = Atlas(result)
        table = communes_with_qpv(atlas.stored, date)
        if out is not None:
            _write(atlas, table, date, out)
        if as_json:
            print_json(_listed(atlas, table, date))
            return
        head = T(
            "{date} : {n} communes avec au moins un QPV en vigueur",
            "{date}: {n} communes with at least one QPV in force",
            date=say_date(date),
            n=say_number(len(table)),
        )
        click.echo(head.say())
        if not table.attrs["known"]:
            click.echo(_NOT_ALL.say())
        for row in table.itertuples(index=False):
            click.echo(f"  {row.name} ({row.commune}) : {row.qpv_names}")


_NOT_ALL = T(
    "Les périmètres en vigueur à cette date manquent pour une partie du résultat : une commune "
    "absente n'est pas sûrement sans QPV.",
    "The perimeters in force at that date are missing for a part of the result: a commune that is "
    "absent is not known to have none.",
)


def _write(atlas: Atlas, table: Any, date: dt.date, out: Path) -> None:
    """The communes in the format that the name of the file asks for, with their source."""
    from ..exporting import credit_of, format_of_file

    form = format_of_file(out)
    name = "communes-avec-qpv"
    credit = credit_of(atlas, table, name, date)
    if form.suffix == ".csv" or not form.geometry:
        table = table.drop(columns="geometry")
    form.write(table, out, credit=credit, language=current_language(), name=name)


def _listed(atlas: Atlas, table: Any, date: dt.date) -> dict[str, Any]:
    """The same members as the API gives."""
    from ..zoning import ground_of

    names = ground_of(atlas.stored).perimeters(date).names
    plain = table.drop(columns=["geometry", "qpv_names", "as_of"]).astype("object")
    items = plain.where(plain.notna(), None).to_dict("records")
    for item in items:
        codes = item.pop("qpv_codes").split("; ")
        item["qpv"] = [{"code": code, "name": names[code]} for code in codes]
    known = bool(table.attrs["known"])
    return {"date": date.isoformat(), "total": len(items), "known": known, "items": items}


def _span(ruling: object) -> str:
    from ..sources.zonage.at_date import Ruling
    from ..zoning.reasons import span

    assert isinstance(ruling, Ruling)
    return span(ruling).say(current_language())


def _metres(written: str) -> float:
    if written == "unknown":
        return math.nan
    if written == "commune":
        return math.inf
    try:
        return float(written)
    except ValueError as error:
        said = T(
            "« {it} » n'est pas une précision : des mètres, unknown ou commune.",
            "“{it}” is no precision: metres, unknown or commune.",
            it=written,
        )
        raise click.BadParameter(said.say(), param_hint="--precision") from error
