"""The documents about the service: landing page, conformance, collections, queryables."""

from __future__ import annotations

from typing import Any

from ...core.i18n import T
from ...core.schema import Dtype
from ..served import Served
from . import crs, links
from .collections import Collection, collections_of

_PART1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
_PART2 = "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/"
_PART3 = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf/"
CONFORMS = (
    *(_PART1 + name for name in ("core", "geojson", "html", "oas30")),
    _PART2 + "crs",
    *(
        _PART3 + name
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        _CQL2 + name
        for name in (
            "cql2-text",
            "cql2-json",
            "basic-cql2",
            "advanced-comparison-operators",
            "case-insensitive-comparison",
            "accent-insensitive-comparison",
            "basic-spatial-functions",
            "basic-spatial-functions-plus",
            "spatial-functions",
            "temporal-functions",
            "property-property",
        )
    ),
)
"""What is kept; docs/ogc.md says what is not."""
DESCRIPTION = T(
    "Les couches du résultat, par OGC API – Features : structures de soins coordonnés, quartiers "
    "prioritaires, quartiers vécus, zonages et territoires.",
    "The layers of the result, by OGC API – Features: coordinated care structures, priority "
    "neighbourhoods, quartiers vécus, zoning and territories.",
)
_TYPES: dict[Dtype, dict[str, str]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
}


def landing(result: Served, form: str) -> dict[str, Any]:
    """The landing page."""
    return {
        "title": result.atlas.facts["name"],
        "description": DESCRIPTION.say(),
        "links": [*links.itself(form), *links.of_landing()],
    }


def conformance(form: str) -> dict[str, Any]:
    """The conformance classes that hold."""
    return {"conformsTo": list(CONFORMS), "links": links.itself(form)}


def all_collections(result: Served, form: str) -> dict[str, Any]:
    """Every collection."""
    return {
        "links": links.itself(form),
        "collections": [
            one_collection(collection, own=[]) for collection in collections_of(result).values()
        ],
    }


def one_collection(collection: Collection, own: list[links.Link]) -> dict[str, Any]:
    """One collection; ``own`` are the links to this document itself."""
    extent: dict[str, Any] = {}
    if collection.bbox is not None:
        extent["spatial"] = {"bbox": [collection.bbox], "crs": crs.CRS84}
    if collection.interval is not None:
        extent["temporal"] = {
            "interval": [list(collection.interval)],
            "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
        }
    address = links.to("collection", collection=collection.name)
    itself = own or [links.link("self", address, "application/json", collection.title)]
    return {
        "id": collection.name,
        "title": collection.title.say(),
        "description": collection.credit.say(),
        "extent": extent,
        "itemType": "feature",
        "crs": list(collection.crs),
        "storageCrs": crs.CRS84,
        "links": [*itself, *links.of_collection(collection)],
    }


def schema(collection: Collection, endpoint: str) -> dict[str, Any]:
    """The properties of a collection as JSON Schema: what may be asked, which is all of them."""
    period = collection.period or ("", "")
    roles = {
        collection.features.key: "id",
        period[0]: "primary-interval-start",
        period[1]: "primary-interval-end",
    }
    properties: dict[str, Any] = {
        "geometry": {
            "title": T("Géométrie", "Geometry").say(),
            "format": _shape_format(collection),
            "x-ogc-role": "primary-geometry",
        }
    }
    for name, dtype in collection.columns.items():
        said: dict[str, Any] = {"title": name, **_TYPES[dtype]}
        meaning = collection.described(name)
        if meaning is not None:
            said["title"] = meaning.meaning.say()
            if meaning.unit:
                said["x-ogc-unit"] = meaning.unit
            if meaning.values:
                said["enum"] = list(meaning.values)
        if name in roles:
            said["x-ogc-role"] = roles[name]
        properties[name] = said
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": links.to(endpoint, collection=collection.name).partition("?")[0],
        "type": "object",
        "title": collection.title.say(),
        "properties": properties,
        "additionalProperties": False,
    }


def _shape_format(collection: Collection) -> str:
    kinds = {kind.lower() for kind in collection.shape_types}
    if collection.mixed:
        kinds = {kind if kind.startswith("multi") else f"multi{kind}" for kind in kinds}
    return f"geometry-{kinds.pop()}" if len(kinds) == 1 else "geometry-any"
