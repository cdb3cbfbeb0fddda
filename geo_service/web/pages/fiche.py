"""What the fiches of a territory, a QPV and a structure share: words, sources, downloads, dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from flask import request
from markupsafe import Markup

from ...core.i18n import T, Text, say_date
from ...exporting import formats
from ...portraits import Directory
from ...portraits.listings import commune_figures, quarter_figures
from ...portraits.traces import limits, source_line, used_sources
from ...portraits.trend import Trend
from ..served import Served, served

_SHAPES_ONLY = ("geojson", "fgb")

FICHE: dict[str, Text] = {
    "here": T("Sur cette page", "On this page"),
    "crumbs": T("Situation", "Where it lies"),
    "population": T("habitants", "inhabitants"),
    "population_year": T("population de", "population of"),
    "no_population": T("Population inconnue.", "Population unknown."),
    "uncovered": T(
        "Les données ne couvrent pas ce territoire en entier : ses totaux sont inconnus.",
        "The data do not cover this territory whole: its totals are unknown.",
    ),
    "date": T("Date", "Date"),
    "change_date": T("Voir à cette date", "Show at that date"),
    "headlines": T("L'essentiel", "At a glance"),
    "all_figures": T("Tous les chiffres", "All the figures"),
    "figures_empty": T(
        "Aucun chiffre pour ce territoire à cette date.",
        "No figure for this territory at that date.",
    ),
    "commune_dates": T(
        "Le résultat n'a de chiffres par commune qu'à sa date principale.",
        "The result holds figures by commune at its main date only.",
    ),
    "compare": T("Face aux territoires plus grands", "Beside larger territories"),
    "compare_note": T(
        "Taux, parts et distances : ce qui se compare quelle que soit la taille.",
        "Rates, shares and distances: what can be compared whatever the size.",
    ),
    "compare_alone": T(
        "Ce résultat ne tient aucun territoire plus grand auquel le comparer.",
        "This result holds no larger territory to compare it with.",
    ),
    "compare_empty": T("Aucun chiffre à comparer.", "No figure to compare."),
    "no_france": T(
        "Ce résultat ne tient pas la France entière : pas de colonne France.",
        "This result does not hold the whole of France: no column for France.",
    ),
    "kind": T("Nature", "Kind"),
    "time": T("Au fil du temps", "Over time"),
    "time_note": T(
        "La bande va de la borne basse à la borne haute ; sans bande, elles sont égales ou "
        "inconnues.",
        "The band goes from the low to the high bound; without a band they are equal or unknown.",
    ),
    "time_empty": T(
        "Une seule date connue : pas de courbe.", "One known date only: no line is drawn."
    ),
    "table": T("Voir le tableau", "Show the table"),
    "table_word": T("Tableau", "Table"),
    "csv": T("Télécharger ces chiffres (CSV)", "Download these figures (CSV)"),
    "rank": T("Parmi les territoires comparables", "Among comparable territories"),
    "rank_inside": T("Les territoires qui le composent", "The territories that make it up"),
    "rank_empty": T(
        "Aucun territoire comparable dans ce résultat.", "No comparable territory in this result."
    ),
    "rank_column": T("Rang", "Rank"),
    "rank_drawn": T("territoires sur le graphique, sur", "territories in the chart, of"),
    "rank_own": T("Ce territoire", "This territory"),
    "inside": T("Territoires à l'intérieur", "Territories inside"),
    "territory": T("Territoire", "Territory"),
    "structures": T("Structures", "Structures"),
    "structures_empty": T(
        "Aucune structure ouverte à cette date.", "No structure open at that date."
    ),
    "name": T("Nom", "Name"),
    "commune": T("Commune", "Commune"),
    "opened": T("Ouverte le", "Opened on"),
    "perhaps": T("ouverture indéterminée", "opening undetermined"),
    "zones_main": T(
        "L'appartenance aux zones n'est dite qu'à la date principale du résultat.",
        "Whether zones hold them is told at the main date of the result only.",
    ),
    "shown": T("lignes montrées sur", "rows shown of"),
    "rest": T("le reste est dans les téléchargements.", "the rest is in the downloads."),
    "see_list": T("Voir la liste", "Show the list"),
    "quarters": T("Quartiers prioritaires (QPV)", "Priority neighbourhoods (QPV)"),
    "quarters_empty": T(
        "Aucun QPV en vigueur à cette date dans ce territoire.",
        "No QPV in force at that date in this territory.",
    ),
    "code": T("Code", "Code"),
    "people": T("Population", "Population"),
    "in_it": T("dedans", "in it"),
    "nearby": T("dedans ou à côté", "in or beside"),
    "nearest_one": T("la plus proche", "the nearest"),
    "none_in": T("QPV sans aucune structure dedans", "QPV with no structure in them"),
    "none_near": T(
        "QPV sans structure ni dedans ni à côté", "QPV with no structure in or beside them"
    ),
    "none_none": T("Aucun.", "None."),
    "without": T("Communes sans MSP ni CDS", "Communes without MSP or CDS"),
    "without_empty": T("Aucune.", "None."),
    "nearest": T("Les plus proches", "The nearest"),
    "nearest_note": T(
        "À vol d'oiseau ; 0 m : dans le territoire.",
        "As the crow flies; 0 m: inside the territory.",
    ),
    "nearest_note_commune": T(
        "À vol d'oiseau, depuis le point habité de la commune.",
        "As the crow flies, from the populated point of the commune.",
    ),
    "nearest_empty": T("Aucune distance connue.", "No known distance."),
    "distance": T("Distance", "Distance"),
    "zoning": T("Zonage médecin", "Doctor zoning (zonage médecin)"),
    "zoning_absent": T("Ce résultat ne tient aucun zonage.", "This result holds no zoning."),
    "zoning_unlisted": T(
        "Cette commune n'est pas dans la couche du zonage : classe inconnue.",
        "This commune is not in the zoning layer: class unknown.",
    ),
    "zone_class": T("Classe", "Class"),
    "communes": T("Communes", "Communes"),
    "missing": T("Ce qui manque", "What is missing"),
    "unknown_precision": T(
        "Des positions n'ont pas de précision connue : les chiffres qui en dépendent n'ont pas de "
        "bornes. Au plus :",
        "Some positions have no known precision: figures that depend on them have no bounds. "
        "At most:",
    ),
    "sources_note": T(
        "Les fichiers dont viennent exactement ces chiffres et ces listes.",
        "The files that exactly these figures and lists come from.",
    ),
    "fetch": T("Télécharger", "Download"),
    "fetch_note": T(
        "Seulement ce territoire, avec source et licence.",
        "This territory alone, with source and licence.",
    ),
    "data": T("Cette page en données (JSON)", "This page as data (JSON)"),
    "no_sources": T("Aucune source nommée.", "No source named."),
    "map_link": T("Ouvrir la carte", "Open the map"),
    "not_in_map": T("La même chose en tableau, plus bas.", "The same as a table, below."),
}


def directory() -> Directory:
    """Who is who in the result, made once."""
    return served().keep("directory", lambda: Directory(served().atlas))


def warm(result: Served) -> None:
    """What the first fiche of a new result would wait for."""
    made = result.keep("directory", lambda: Directory(result.atlas))
    main = result.atlas.as_of
    result.keep("commune figures", lambda: commune_figures(made))
    result.keep(("quarter figures", main), lambda: quarter_figures(made, main))
    _ = made.structure_rows_by_commune, made.quarters_by_commune, made.zoning


def common(
    portrait: dict[str, Any], as_of: dt.date, dates: Iterable[dt.date], layers: Iterable[str]
) -> dict[str, Any]:
    """What every fiche shows besides its portrait."""
    atlas = served().atlas
    held = directory()
    sources = used_sources(
        atlas, [*portrait["sources"], *portrait.get("trend_sources", ())], portrait["files"]
    )
    return {
        **portrait,
        "said_date": say_date(as_of),
        "shown_date": as_of.isoformat(),
        "main_date": say_date(atlas.as_of),
        "dates": [(date.isoformat(), say_date(date)) for date in dates],
        "provenance": sources,
        "credit": source_line(atlas, sources),
        "limits": limits(held),
        "layers": [
            {"name": layer, "formats": _formats(layer)} for layer in layers if layer in atlas.layers
        ],
    }


def _formats(layer: str) -> list[str]:
    shapes = layer in served().atlas.stored.layer_names()
    return [
        form.suffix.lstrip(".")
        for form in formats().values()
        if shapes or form.name not in _SHAPES_ONLY
    ]


def charts(trends: Iterable[Trend], marked: list[tuple[dt.date, str]]) -> list[dict[str, Any]]:
    """Charts ready for a page: words, drawings, table."""
    return [
        {
            "name": trend.name,
            "title": trend.title.say(),
            "subtitle": trend.subtitle.say(),
            "drawings": drawn(trend.drawings(marked if trend.name == "within" else [])),
            "table": trend.table(),
        }
        for trend in trends
    ]


def drawn(drawings: list[str]) -> list[Markup]:
    """Drawings as markup: :mod:`geo_service.drawing.charts` escapes every text it is given."""
    return [Markup(svg) for svg in drawings]  # noqa: S704 - drawn by us, its texts escaped


def data_address(territory: str) -> str:
    """Where a program finds the figures of a territory."""
    return f"{request.script_root}/api/v1/territoires/{quote(territory, safe=':')}/indicateurs"
