"""JSON schemas of the answers (2020-12), made from the typed tables where they come from these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...core.i18n import T, Text
from ...core.schema import Column, TableSchema
from ...core.tables import INDICATORS, LEVELS, STRUCTURES, ZONES

Schema = dict[str, Any]
_JSON: dict[str, Schema] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "boolean": {"type": "boolean"},
}
_ANSWER = {"type": "string", "enum": ["inside", "outside", "undetermined"]}


def _maybe(kind: str, about: Text | None = None, **more: Any) -> Schema:
    said = {} if about is None else {"description": about.say()}
    return {"type": [kind, "null"], **said, **more}


def _column(column: Column) -> Schema:
    schema = dict(_JSON[column.dtype])
    if column.dtype == "number":  # JSON has no infinity: it is the text INF (Table Schema)
        schema = {"type": ["number", "string"]}
    if column.nullable:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        schema["type"] = [*kinds, "null"]
    elif column.values:
        schema["enum"] = list(column.values)
    unit = f" ({column.unit})" if column.unit else ""
    return {**schema, "description": column.meaning.say() + unit}


def _table(table: TableSchema, **more: Schema) -> Schema:
    return _object({c.name: _column(c) for c in table.columns} | more, optional=tuple(more))


def _object(properties: Mapping[str, Schema], *, optional: Iterable[str] = ()) -> Schema:
    required = [name for name in properties if name not in set(optional)]
    return {"type": "object", "properties": dict(properties), "required": required}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(name: str) -> Schema:
    return {"type": "array", "items": _ref(name)}


def _page(name: str, **more: Schema) -> Schema:
    counts = {key: {"type": "integer", "minimum": 0} for key in ("total", "page", "limit")}
    return _object({**counts, **more, "links": _list("Link"), "items": _list(name)})


def _with_links(name: str) -> Schema:
    return {"allOf": [_ref(name), _object({"links": _list("Link")})]}


def _feature(name: str, geometry: str) -> Schema:
    return _object(
        {
            "type": {"const": "Feature"},
            "id": {"type": "string"},
            "properties": _ref(name),
            "geometry": {"anyOf": [_ref(geometry), {"type": "null"}]},
            "links": _list("Link"),
        },
        optional=("links",),
    )


def _collection(feature: str, **more: Schema) -> Schema:
    count = {"type": "integer", "minimum": 0}
    return _object(
        {
            "type": {"const": "FeatureCollection"},
            "numberMatched": count,
            "numberReturned": count,
            **more,
            "links": _list("Link"),
            "features": _list(feature),
        }
    )


def _geometries() -> dict[str, Schema]:
    position = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    ring = {"type": "array", "items": position, "minItems": 4}
    polygon = {"type": "array", "items": ring}
    shapes = {
        "Polygon": polygon,
        "MultiPolygon": {"type": "array", "items": polygon},
    }
    return {
        "PointGeometry": _object({"type": {"const": "Point"}, "coordinates": position}),
        "AreaGeometry": {
            "anyOf": [
                _object({"type": {"const": kind}, "coordinates": coordinates})
                for kind, coordinates in shapes.items()
            ]
        },
    }


def _facts() -> dict[str, Schema]:
    text, dates = {"type": "string"}, {"type": "array", "items": _JSON["date"]}
    return {
        "name": text,
        "territory": text,
        "territory_name": _maybe("string"),
        "as_of": {**_JSON["date"], "description": T("Date principale", "Main date").say()},
        "dates": {**dates, "description": T("Dates du résultat", "Dates of the result").say()},
        "kinds": {"type": "array", "items": text},
        "fictitious": {"type": "boolean"},
        "fingerprint": text,
        "source": {**text, "description": T("Ligne de source", "Source line").say()},
        "links": _list("Link"),
    }


def _point() -> dict[str, Schema]:
    text: Schema = {"type": "string"}
    zone = {name: _maybe("string") for name in ("code", "name", "class")}
    way = _maybe(
        "number",
        T(
            "Mètres jusqu'à la limite, négatifs à l'intérieur ; nuls s'il n'y en a pas",
            "Metres to the limit, negative inside; null where there is none",
        ),
    )
    layer: dict[str, Schema] = {
        "layer": text,
        "label": text,
        "answer": _ANSWER,
        **zone,
        "metres_to_limit": way,
        "said": {**text, "description": T("La raison, en mots", "The reason, in words").say()},
        "possible": _list("Zone"),
        "possible_classes": {"type": "array", "items": text},
    }
    near: dict[str, Schema] = {
        "kind": text,
        "finess": _maybe("string"),
        "structure_id": text,
        "name": _maybe("string"),
        "commune": _maybe("string"),
        "precision_m": {"type": ["number", "string", "null"]},
        "lon": _maybe("number"),
        "lat": _maybe("number"),
        "metres": {"type": "number", "minimum": 0},
    }
    return {
        "Zone": _object(zone),
        "PointLayer": _object(layer, optional=("possible", "possible_classes")),
        "NearStructure": _object(near),
        "Point": _object(
            {
                "lon": {"type": "number"},
                "lat": {"type": "number"},
                "precision": _maybe("number", T("Nulle : inconnue", "Null: unknown")),
                "as_of": _JSON["date"],
                "in_result": {"type": "boolean"},
                "metres_to_edge": way,
                "said": text,
                "layers": _list("PointLayer"),
                "nearest": _list("NearStructure"),
            }
        ),
    }


def _records() -> dict[str, Schema]:
    text: Schema = {"type": "string"}
    count: Schema = {"type": "integer", "minimum": 0}
    figure = _table(INDICATORS)
    figure["properties"]["sources"] = {"type": "array", "items": text}
    figure["properties"]["unknown_precision"] = count
    territory: dict[str, Schema] = {
        "territory": text,
        "level": {"type": "string", "enum": list(LEVELS)},
        "code": text,
        **{n: _maybe("string") for n in ("name", "communes", "epci", "departement", "region")},
        "population": _maybe("number"),
        "population_year": _maybe("integer"),
        "bbox": {"type": ["array", "null"], "items": {"type": "number"}},
    }
    definition = _object({"name": text, "label": text})
    measure: dict[str, Schema] = {
        "name": text,
        "label": text,
        "unit": text,
        "kinds": {"type": "array", "items": text},
        "definitions": {"type": "array", "items": definition},
        "levels": {"type": "array", "items": text},
        "links": _list("Link"),
    }
    found = dict.fromkeys(("kind", "code", "name", "what", "where", "url"), text)
    found["kind"] = {"type": "string", "enum": ["territoire", "qpv", "structure"]}
    source: dict[str, Schema] = {
        **dict.fromkeys(("source_id", "source", "layout", "file", "sha256", "vintage_basis"), text),
        **{n: _maybe("string") for n in ("member", "publisher", "title", "licence", "url", "note")},
        "vintage": _maybe("string", format="date"),
        **dict.fromkeys(("bytes", "rows_read", "rows_kept", "rows_set_aside"), count),
        "tried_on_real_file": {"type": "boolean"},
    }
    anomaly: dict[str, Schema] = {
        **dict.fromkeys(("source", "code", "outcome", "reason"), text),
        **{n: _maybe("string") for n in ("file", "field", "value", "record")},
        "row": _maybe("integer"),
        "lon": _maybe("number"),
        "lat": _maybe("number"),
    }
    return {
        "Figure": figure,
        "TerritoryRecord": _object(territory, optional=("bbox",)),
        "Measure": _object(measure),
        "Found": _object(found),
        "Source": _object(source),
        "Anomaly": _object(anomaly),
    }


def schemas() -> dict[str, Schema]:
    """Every schema of the description, by name, in the current language."""
    text: Schema = {"type": "string"}
    state = {"open": {"type": "string", "enum": ["yes", "no", "undetermined"]}}
    listed = {"total": {"type": "integer", "minimum": 0}}
    problem: dict[str, Schema] = {
        "type": text,
        "title": text,
        "status": {"type": "integer"},
        "detail": text,
        "known": {
            "type": "array",
            "items": text,
            "description": T("Ce qu'il y a", "What there is").say(),
        },
        "errors": {
            "type": "array",
            "items": _object({"parameter": text, "detail": text}),
        },
    }
    link = {"rel": text, "href": text, "type": text, "title": text}
    head = {"indicator": text, "label": text, "unit": text}
    return {
        "Problem": _object(problem, optional=("known", "errors")),
        "Link": _object(link, optional=("title",)),
        "Index": _object(_facts()),
        "Result": _object(
            _facts() | {n: {"type": "array", "items": text} for n in ("layers", "tables")}
        ),
        "Description": _object({"openapi": text, "info": {"type": "object"}}),
        **_records(),
        **_geometries(),
        **_point(),
        "Structure": _table(STRUCTURES, **state),
        "Qpv": _table(ZONES),
        "Territory": _with_links("TerritoryRecord"),
        "TerritoryPage": _page("TerritoryRecord"),
        "FigureList": _object(
            {"territory": text, **listed, "links": _list("Link"), "items": _list("Figure")}
        ),
        "MeasureList": _object({**listed, "links": _list("Link"), "items": _list("Measure")}),
        "MeasurePage": _page("NamedFigure", **head),
        "NamedFigure": {"allOf": [_ref("Figure"), _object({"name": _maybe("string")})]},
        "MeasureCsv": text,
        "StructureItem": _with_links("Structure"),
        "StructurePage": _page("StructureItem"),
        "StructureFeature": _feature("Structure", "PointGeometry"),
        "StructureCollection": _collection("StructureFeature"),
        "QpvItem": _with_links("Qpv"),
        "QpvPage": _page("QpvItem", generation=text),
        "QpvFeature": _feature("Qpv", "AreaGeometry"),
        "QpvCollection": _collection("QpvFeature", generation=text),
        "Search": _object({**listed, "items": _list("Found")}),
        "Sources": _object({**listed, "links": _list("Link"), "items": _list("Source")}),
        "AnomalyPage": _page("Anomaly"),
    }
