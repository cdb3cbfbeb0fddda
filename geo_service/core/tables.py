"""The typed tables that pass between the floors: plain (Geo)DataFrames, checked at the door.

Geometry is always in EPSG:4326 (longitude, latitude). Rows also carry ``legal_crs``, the EPSG code
in which their territory is measured; nothing is ever measured in degrees. Codes are text. An
unknown is null, never 0 and never "no".
"""

from __future__ import annotations

from typing import Any

from .i18n import T
from .schema import Column, TableSchema, check_table, shape_table

__all__ = [
    "EVERYWHERE_LEVELS",
    "LEVELS",
    "TABLES",
    "Column",
    "TableSchema",
    "check_table",
    "shape_table",
]


def _text(name: str, fr: str, en: str, **more: Any) -> Column:
    return Column(name, "text", T(fr, en), **more)


STRUCTURES = TableSchema(
    "structures",
    T("Structures de soins, une ligne par site", "Care structures, one row a site"),
    (
        _text("structure_id", "Identifiant stable", "Stable id", nullable=False, unique=True),
        _text("finess", "Numéro FINESS du site", "FINESS number of the site"),
        _text("finess_ej", "Numéro FINESS de l'entité juridique", "FINESS number, legal entity"),
        _text("siret", "Numéro SIRET", "SIRET number"),
        _text("name", "Raison sociale", "Name"),
        _text(
            "kind",
            "Nature : MSP, CDS ou CPTS",
            "Kind: MSP, CDS or CPTS",
            nullable=False,
        ),
        _text("category", "Catégorie FINESS", "FINESS category"),
        _text("speciality", "Mono- ou pluriprofessionnel", "Mono- or pluriprofessional"),
        Column("opened", "date", T("Date d'ouverture", "Opening date")),
        Column("closed", "date", T("Date de fermeture", "Closing date")),
        _text("address", "Adresse", "Address"),
        _text("postcode", "Code postal", "Postcode"),
        _text("commune", "Code commune INSEE déclaré", "Declared INSEE commune code"),
        _text("departement", "Code département INSEE", "INSEE département code"),
        Column("x", "number", T("Abscisse du fichier", "Easting in the file")),
        Column("y", "number", T("Ordonnée du fichier", "Northing in the file")),
        Column("source_crs", "integer", T("EPSG du fichier", "EPSG code in the file")),
        Column("lon", "number", T("Longitude", "Longitude"), unit="degree"),
        Column("lat", "number", T("Latitude", "Latitude"), unit="degree"),
        Column("legal_crs", "integer", T("EPSG légal du territoire", "Legal EPSG code")),
        _text(
            "position",
            "Nature de la position (law/positions.toml)",
            "Class of the position (law/positions.toml)",
            nullable=False,
        ),
        _text("geocoder", "Référentiel ou géocodeur", "Reference base or geocoder"),
        Column("score", "number", T("Score de géocodage", "Geocoding score"), unit="1/100"),
        Column(
            "precision_m",
            "number",
            T(
                "Précision de la position ; nulle si inconnue, infinie si elle ne décide rien",
                "Precision of the position; null if unknown, infinite if it decides nothing",
            ),
            unit="m",
            minimum=0,
        ),
        _text("file", "Fichier d'origine", "File of origin", nullable=False),
        Column("row", "integer", T("Ligne du fichier", "Row of the file")),
    ),
    geometry=("Point",),
)

ZONES = TableSchema(
    "zones",
    T("Zones : QPV, quartiers vécus, zonages", "Zones: QPV, quartiers vécus, zoning"),
    (
        _text("zone_id", "Identifiant de la zone", "Zone id", nullable=False, unique=True),
        _text("zone_kind", "Nature de la zone (law/zones)", "Zone kind", nullable=False),
        _text("code", "Code officiel", "Official code", nullable=False),
        _text("name", "Nom", "Name"),
        _text("zone_class", "Classe (ZIP, ZAC…)", "Class (ZIP, ZAC…)"),
        _text("communes", "Communes, séparées par une espace", "Communes, space-separated"),
        _text("departement", "Département", "Département"),
        _text("region", "Région", "Région"),
        Column("valid_from", "date", T("En vigueur depuis", "In force since")),
        Column("valid_to", "date", T("En vigueur jusqu'au (inclus)", "In force until (included)")),
        Column("population", "number", T("Population", "Population"), unit="person", minimum=0),
        Column("legal_crs", "integer", T("EPSG légal", "Legal EPSG code"), nullable=False),
        Column(
            "precision_m",
            "number",
            T("Précision de la limite", "Precision of the limit"),
            unit="m",
            minimum=0,
        ),
        _text("repair", "Réparation faite à la géométrie", "Repair done to the geometry"),
        _text("file", "Fichier d'origine", "File of origin", nullable=False),
        Column("row", "integer", T("Ligne du fichier", "Row of the file")),
    ),
    geometry=("Polygon", "MultiPolygon"),
)

LEVELS = ("france", "region", "departement", "epci", "commune", "qpv")
"""Levels of territory, from the largest to the smallest; ids read ``level:code``."""

EVERYWHERE_LEVELS = LEVELS[:-1]
"""Levels to which a structure belongs by its commune; a QPV holds it by its position."""

TERRITORIES = TableSchema(
    "territories",
    T("Territoires, de la France à la commune", "Territories, from France to the commune"),
    (
        _text("territory", "Identifiant niveau:code", "Id level:code", nullable=False, unique=True),
        _text("level", "Niveau", "Level", nullable=False, values=LEVELS),
        _text("code", "Code INSEE ou SIREN", "INSEE or SIREN code", nullable=False),
        _text("name", "Nom", "Name"),
        _text("epci", "EPCI d'une commune", "EPCI of a commune"),
        _text("departement", "Département", "Département"),
        _text("region", "Région", "Région"),
        Column("population", "number", T("Population", "Population"), unit="person", minimum=0),
        Column("population_year", "integer", T("Année de la population", "Population year")),
        Column("legal_crs", "integer", T("EPSG légal", "Legal EPSG code")),
        _text("file", "Fichier d'origine", "File of origin", nullable=False),
    ),
    geometry=("Polygon", "MultiPolygon"),
)

POPULATION = TableSchema(
    "population",
    T("Population par point ou par code", "Population by point or by code"),
    (
        _text("unit_id", "Carreau, commune ou QPV", "Square, commune or QPV", nullable=False),
        _text("support", "Nature de l'unité", "Kind of unit", values=("square", "commune", "qpv")),
        Column("population", "number", T("Population", "Population"), unit="person", minimum=0),
        Column("year", "integer", T("Année", "Year")),
        Column("imputed", "boolean", T("Valeur imputée par l'INSEE", "Imputed by INSEE")),
        Column("lon", "number", T("Longitude", "Longitude"), unit="degree"),
        Column("lat", "number", T("Latitude", "Latitude"), unit="degree"),
        _text("file", "Fichier d'origine", "File of origin", nullable=False),
        Column("row", "integer", T("Ligne du fichier", "Row of the file")),
    ),
)

COMMUNE_MOVES = TableSchema(
    "commune_moves",
    T("Mouvements de communes entre millésimes du COG", "Commune moves between COG vintages"),
    (
        Column("effective", "date", T("Date d'effet", "Effective date"), nullable=False),
        _text("before", "Code avant", "Code before", nullable=False),
        _text("after", "Code après", "Code after", nullable=False),
        _text("event", "Type d'événement (COG)", "Type of event (COG)"),
    ),
)

CLASSES = TableSchema(
    "classes",
    T(
        "Classe de zonage par commune, TVS ou QPV, sans géométrie",
        "Zoning class by commune, TVS or QPV, without geometry",
    ),
    (
        _text(
            "unit",
            "commune, tvs, qpv, commune-tvs (TVS d'une commune), ou partie (commune-qpv, "
            "commune-grand-quartier)",
            "commune, tvs, qpv, commune-tvs (TVS of a commune), or a part (commune-qpv, "
            "commune-grand-quartier)",
            nullable=False,
        ),
        _text(
            "code",
            "Code de l'unité ; pour commune-… celui de la commune",
            "Code of the unit; for commune-… that of the commune",
            nullable=False,
        ),
        _text("name", "Nom ; pour commune-tvs le code du TVS", "Name; commune-tvs: the TVS code"),
        _text("zone_class", "Classe (ZIP, ZAC…)", "Class (ZIP, ZAC…)"),
        _text("published", "Valeur telle que publiée", "Value as published"),
        _text("profession", "Profession zonée", "Profession zoned", nullable=False),
        Column("valid_from", "date", T("En vigueur depuis", "In force since")),
        Column("valid_to", "date", T("En vigueur jusqu'au (inclus)", "In force until (included)")),
        _text("order", "Arrêté", "Order (arrêté)"),
        _text("file", "Fichier d'origine", "File of origin", nullable=False),
        Column("row", "integer", T("Ligne du fichier", "Row of the file")),
    ),
)

SERIES = TableSchema(
    "series",
    T("Séries officielles", "Official series"),
    (
        _text("series", "Nom de la série", "Name of the series", nullable=False),
        _text("territory", "Territoire niveau:code", "Territory level:code", nullable=False),
        Column("date", "date", T("Date", "Date"), nullable=False),
        Column("value", "number", T("Valeur", "Value")),
        _text("unit", "Unité", "Unit"),
        _text("perimeter", "Périmètre", "Perimeter"),
        _text("producer", "Producteur", "Producer"),
        _text("file", "Fichier d'origine", "File of origin", nullable=False),
        Column("row", "integer", T("Ligne du fichier", "Row of the file")),
    ),
)

DECLARED = TableSchema(
    "declared",
    T(
        "Structures déclarées en quartier vécu par une ARS",
        "Structures declared in quartier vécu by an ARS",
    ),
    (
        _text("finess", "Numéro FINESS", "FINESS number", nullable=False),
        _text("qpv", "Code du QPV servi", "Code of the QPV served"),
        Column("declared_from", "date", T("Déclarée depuis", "Declared since")),
        Column("declared_to", "date", T("Déclarée jusqu'au", "Declared until")),
        _text("declarant", "Déclarant", "Declared by"),
        _text("file", "Fichier d'origine", "File of origin", nullable=False),
        Column("row", "integer", T("Ligne du fichier", "Row of the file")),
    ),
)

APL = TableSchema(
    "apl",
    T("Accessibilité potentielle localisée par commune", "APL by commune"),
    (
        _text("commune", "Code commune", "Commune code", nullable=False, unique=True),
        Column(
            "apl",
            "number",
            T("APL aux médecins généralistes", "APL to general practitioners"),
            unit="consultation/year/standardised inhabitant",
            minimum=0,
        ),
        Column("population", "number", T("Population", "Population"), unit="person", minimum=0),
        Column("year", "integer", T("Année", "Year")),
        _text("file", "Fichier d'origine", "File of origin", nullable=False),
        Column("row", "integer", T("Ligne du fichier", "Row of the file")),
    ),
)

CPTS = TableSchema(
    "cpts",
    T("Communes des CPTS et leur maturité", "Communes of the CPTS and their maturity"),
    (
        _text("commune", "Code commune", "Commune code", nullable=False),
        _text("cpts", "Identifiant de la CPTS", "CPTS id", nullable=False),
        _text("name", "Nom de la CPTS", "Name of the CPTS"),
        _text("maturity", "Maturité", "Maturity", values=("letter", "project", "aci")),
        Column("since", "date", T("Depuis", "Since")),
        _text("file", "Fichier d'origine", "File of origin", nullable=False),
        Column("row", "integer", T("Ligne du fichier", "Row of the file")),
    ),
)

ISLANDS = TableSchema(
    "islands",
    T("Communes situées sur une île", "Communes that lie on an island"),
    (
        _text("commune", "Code commune", "Commune code", nullable=False),
        _text("name", "Nom de l'île", "Name of the island"),
        Column("valid_from", "date", T("Comptée comme île depuis", "Counted as island since")),
        Column("valid_to", "date", T("Jusqu'au (inclus)", "Until (included)")),
        _text("file", "Fichier d'origine", "File of origin", nullable=False),
        Column("row", "integer", T("Ligne du fichier", "Row of the file")),
    ),
)

INDICATORS = TableSchema(
    "indicators",
    T("Indicateurs, une valeur par ligne", "Indicators, one value a row"),
    (
        _text("territory", "Territoire niveau:code", "Territory level:code", nullable=False),
        _text("level", "Niveau", "Level", nullable=False, values=LEVELS),
        _text("indicator", "Indicateur", "Indicator", nullable=False),
        _text("kind", "Nature de structure", "Kind of structure"),
        _text("scope", "Champ : all ou pluri", "Scope: all or pluri"),
        _text("definition", "Définition ou seuil", "Definition or threshold"),
        Column("value", "number", T("Valeur", "Value")),
        Column("low", "number", T("Borne basse", "Low bound")),
        Column("high", "number", T("Borne haute", "High bound")),
        Column(
            "unknown_precision",
            "integer",
            T("Positions de précision inconnue", "Positions of unknown precision"),
        ),
        _text("unit", "Unité", "Unit"),
        Column("as_of", "date", T("Date", "Date"), nullable=False),
        _text("sources", "Sources, séparées par une espace", "Sources, space-separated"),
        _text("note", "Réserve", "Reservation"),
    ),
)

TABLES: dict[str, TableSchema] = {
    schema.name: schema
    for schema in (
        STRUCTURES,
        ZONES,
        TERRITORIES,
        POPULATION,
        COMMUNE_MOVES,
        CLASSES,
        SERIES,
        DECLARED,
        APL,
        CPTS,
        ISLANDS,
        INDICATORS,
    )
}
