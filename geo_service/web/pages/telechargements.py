"""Downloads: every layer and table in every format, whole or filtered; catalogue and schemas."""

from __future__ import annotations

import datetime as dt
import json
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, current_app, g, request, send_file, url_for
from flask.sansio.blueprints import BlueprintSetupState

from ...config import setting
from ...core.i18n import T, Text, say_date, say_number
from ...core.tables import TABLES
from ...exporting import (
    credit_of,
    filters_of,
    find_format,
    formats,
    map_credit,
    narrow,
)
from ...outputs.csv import described
from ...rules import quartier_vecu_label, structure_kinds
from ..answers import answer
from ..kept_files import Files, Wanted
from ..protection import limiter
from ..served import Served, served
from . import kept_page

PAGE = Blueprint("telechargements", __name__)
_LIMIT = "telechargements.limit"
_IN_MEMORY = 8 << 20
"""Bytes up to which a file is kept in memory with its compressed forms."""
_SHAPES_ONLY = ("geojson", "fgb")

TEXTS = {
    "lead": T(
        "Chaque couche et chaque table, dans le format de votre outil. Chaque fichier porte sa "
        "source, sa licence et la description de ses colonnes.",
        "Each layer and each table, in the format of your tool. Each file carries its source, its "
        "licence and the description of its columns.",
    ),
    "filter": T("Filtrer", "Filter"),
    "filter_note": T(
        "Les liens ci-dessous suivent ces choix. Un filtre qui ne concerne pas une couche n'y "
        "change rien.",
        "The links below follow these choices. A filter that does not concern a layer leaves it "
        "as it is.",
    ),
    "territory": T("Territoire (niveau:code)", "Territory (level:code)"),
    "territory_hint": T("par exemple {it}", "for example {it}"),
    "kind": T("Nature", "Kind"),
    "date": T("Date", "Date"),
    "all": T("Tout", "All"),
    "apply": T("Appliquer", "Apply"),
    "content": T("Contenu", "Content"),
    "rows_head": T("Lignes", "Rows"),
    "schema": T("Colonnes", "Columns"),
    "schema_link": T("schéma", "schema"),
    "others": T("Pour les programmes et les SIG", "For programs and GIS"),
    "catalogue": T(
        "Catalogue des jeux de données (DCAT, JSON-LD)", "Catalogue of the datasets (DCAT, JSON-LD)"
    ),
    "ogc": T(
        "Service OGC API – Features, à ouvrir dans QGIS par son adresse",
        "OGC API – Features service, to open in QGIS by its address",
    ),
    "in_force": T("Données au {day}", "Data on {day}"),
}
_CONTENT: dict[str, Text] = {
    "declared_zones": T("Quartiers vécus déclarés", "Declared quartiers vécus"),
    "structures": T(
        "Maisons et centres de santé, CPTS, avec leur place au regard des QPV",
        "Health houses, health centres and CPTS, and how they lie to the QPV",
    ),
    "zonage": T("Zonage médecin par commune et QPV", "Zonage médecin by commune and QPV"),
    "communes": T("Communes", "Communes"),
    "epci": T("Intercommunalités (EPCI)", "Intercommunal bodies (EPCI)"),
    "departements": T("Départements", "Départements"),
    "regions": T("Régions", "Régions"),
    "indicators": T(
        "Indicateurs par territoire et par date, avec leurs bornes",
        "Indicators by territory and date, with their bounds",
    ),
    "anomalies": T("Anomalies des fichiers lus", "Anomalies of the files read"),
    "provenance": T("Fichiers lus, empreintes, licences", "Files read, hashes, licences"),
    "facts": T("L'étude telle qu'elle a été menée", "The study as it was run"),
    "nearest": T(
        "Structures les plus proches de chaque commune et QPV",
        "Structures nearest to each commune and QPV",
    ),
    "series": T("Séries officielles publiées", "Official series as published"),
}


def asked(layer: str) -> Wanted:
    """What the request asks of a layer.

    Raises
    ------
    HTTPException
        400, where the date is no date.
    """
    said = request.args.get("as_of") or None
    try:
        as_of = None if said is None else dt.date.fromisoformat(said)
    except ValueError:
        abort(400)
    return Wanted(
        layer,
        request.args.get("territory") or None,
        request.args.get("kind") or None,
        as_of,
        g.language,
    )


@PAGE.record
def limit(state: BlueprintSetupState) -> None:
    """Each application counts its own exports, by the setting of the moment it is made."""
    state.app.extensions[_LIMIT] = limiter(setting("GEO_SERVICE_HEAVY_RATE"))


@PAGE.get("/telechargements")
def telechargements() -> Response:
    """What can be downloaded, and by what it can be filtered."""
    return kept_page("telechargements.html", _values, TEXTS)


@PAGE.get("/telechargements/<layer>.<ext>")
def download(layer: str, ext: str) -> Response:
    """One layer or table as a file."""
    form = next((f for f in formats().values() if f.suffix.lstrip(".") == ext), None)
    if form is None:
        find_format(ext)
        abort(404)
    wanted = asked(layer)
    heavy = current_app.extensions[_LIMIT]
    if wanted.filtered and heavy is not None:
        heavy("export")
    path = served().keep("files", lambda: Files(served())).exported(wanted, form)
    name = f"{layer}{form.suffix}"
    if path.stat().st_size <= _IN_MEMORY:
        return answer(
            ("file", wanted, ext),
            path.read_bytes,
            mimetype=form.media_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
    return send_file(path, mimetype=form.media_type, as_attachment=True, download_name=name)


@PAGE.get("/telechargements/<layer>.schema.json")
def schema(layer: str) -> Response:
    """Table Schema (Frictionless) of a layer or table, as its CSV has it."""

    def made() -> str:
        wanted = asked(layer)
        atlas = served().atlas
        table = narrow(
            atlas,
            atlas.layer(layer, wanted.territory),
            layer,
            kind=wanted.kind,
            as_of=wanted.as_of,
        )
        credit = credit_of(atlas, table, layer, wanted.as_of)
        _, _, said = described(table, f"{layer}.csv", credit, g.language, layer)
        return json.dumps(said, ensure_ascii=False, indent=1)

    return answer(("schema", asked(layer)), made, mimetype="application/json")


@PAGE.get("/telechargements/catalogue.jsonld")
def catalogue() -> Response:
    """The catalogue in DCAT 3 (JSON-LD): a dataset a layer, a distribution a format."""
    made = partial(json.dumps, _catalogue(), ensure_ascii=False, indent=1)
    return answer(("catalogue", request.host_url, g.language), made, mimetype="application/ld+json")


def _catalogue() -> dict[str, Any]:
    atlas = served().atlas
    credit = map_credit(atlas).say()
    licences = sorted({held.licence for held in atlas.stored.provenance if held.licence})
    datasets = []
    for layer in offered(served()):
        name = layer["name"]
        datasets.append(
            {
                "@type": "dcat:Dataset",
                "@id": url_for(".schema", layer=name, _external=True),
                "dct:identifier": name,
                "dct:title": {"@value": layer["content"], "@language": g.language},
                "dct:description": {"@value": credit, "@language": g.language},
                "dct:license": licences,
                "dct:temporal": {
                    "@type": "dct:PeriodOfTime",
                    "dcat:startDate": min(atlas.dates).isoformat(),
                    "dcat:endDate": max(atlas.dates).isoformat(),
                },
                "dct:spatial": atlas.facts["territory"],
                "dcat:distribution": [
                    {
                        "@type": "dcat:Distribution",
                        "dct:format": ext,
                        "dcat:mediaType": media,
                        "dcat:downloadURL": url_for(
                            ".download", layer=name, ext=ext, _external=True
                        ),
                        "dct:conformsTo": url_for(".schema", layer=name, _external=True),
                    }
                    for ext, media in layer["formats"]
                ],
            }
        )
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
        },
        "@type": "dcat:Catalog",
        "dct:title": atlas.facts["name"],
        "dct:language": g.language,
        "dcat:dataset": datasets,
    }


def _values() -> dict[str, Any]:
    atlas = served().atlas
    wanted = asked("structures")
    if wanted.territory is not None:
        atlas.require_territory(wanted.territory)
    if wanted.as_of is not None:
        atlas.require_date(wanted.as_of)
    if wanted.kind is not None:
        narrow(atlas, atlas.layer("structures"), "structures", kind=wanted.kind)
    whole = wanted.territory is None
    known = structure_kinds()
    return {
        "downloads": offered(served(), wanted),
        "labels": {form.suffix.lstrip("."): form.label.say() for form in formats().values()},
        "wanted": wanted,
        "kinds": [
            (kind, known[kind].plural.say() if kind in known else kind)
            for kind in atlas.facts["kinds"]
        ],
        "dates": [(date.isoformat(), say_date(date)) for date in sorted(atlas.dates, reverse=True)],
        "territories": [
            (territory, name)
            for territory, name in _larger(atlas)
            if whole or territory != atlas.facts["territory"]
        ],
        "credit": map_credit(atlas).say(),
    }


def _larger(atlas: Any) -> list[tuple[str, str]]:
    """Régions, départements and EPCI of the result: what is proposed in the field."""
    found = []
    for layer in ("regions", "departements", "epci"):
        if layer in atlas.stored.layer_names():
            table = atlas.stored.read_layer(layer, columns=["territory", "name"])
            found += list(zip(table["territory"], table["name"].fillna(""), strict=True))
    return found


def offered(result: Served, wanted: Wanted | None = None) -> list[dict[str, Any]]:
    """Layers and tables: name, content, rows, formats (ending, media type), their own filters."""
    return [
        {
            "name": name,
            "content": content.say(),
            "rows": say_number(rows, decimals=0),
            "formats": [
                (form.suffix.lstrip("."), form.media_type)
                for form in formats().values()
                if shaped or form.name not in _SHAPES_ONLY
            ],
            "filters": {} if wanted is None else _filters(known, wanted),
        }
        for name, content, rows, shaped, known in result.keep("offered", lambda: _offered(result))
    ]


def _filters(known: set[str], wanted: Wanted) -> dict[str, str]:
    held = {
        "territory": wanted.territory,
        "kind": wanted.kind,
        "as_of": wanted.as_of and wanted.as_of.isoformat(),
    }
    return {key: value for key, value in held.items() if value and key in known}


def _offered(result: Served) -> list[tuple[str, Text, int, bool, set[str]]]:
    found = []
    atlas = result.atlas
    shaped = set(atlas.stored.layer_names())
    cut = {"communes", "commune", "territory"}
    for name in atlas.layers:
        table = atlas.layer(name)
        known = filters_of(table)
        if cut & set(table.columns) or name == "zonage":
            known |= {"territory"}
        found.append((name, _content(name), len(table), name in shaped, known))
    return found


def _content(name: str) -> Text:
    """What a layer or table holds, in words."""
    if name in _CONTENT:
        return _CONTENT[name]
    if name.startswith("qpv_"):
        year = name.removeprefix("qpv_")
        return T("Quartiers prioritaires {year}", "Priority neighbourhoods {year}", year=year)
    if name.startswith("quartier_vecu_"):
        rest = name.removeprefix("quartier_vecu_")
        label = quartier_vecu_label(f"proxy-{rest}m" if rest.isdigit() else rest)
        return T("Quartier vécu : {label}", "Quartier vécu: {label}", label=label)
    known = TABLES.get(name)
    return known.meaning if known is not None else Text(name, name)
