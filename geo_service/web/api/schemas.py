"""JSON schemas of the answers (2020-12), made from the typed tables where they come from these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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


def maybe(kind: str, about: Text | None = None, **more: Any) -> Schema:
    """A value that may be null."""
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


def table_of(table: TableSchema, **more: Schema) -> Schema:
    """A row of a typed table, with further properties that may be absent."""
    return record({c.name: _column(c) for c in table.columns} | more, optional=tuple(more))


def record(properties: Mapping[str, Schema], *, optional: Iterable[str] = ()) -> Schema:
    """An object; every property is required but those of ``optional``."""
    required = [name for name in properties if name not in set(optional)]
    return {"type": "object", "properties": dict(properties), "required": required}


def ref(name: str) -> Schema:
    """Another schema, by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(name: str) -> Schema:
    """A list of another schema."""
    return {"type": "array", "items": ref(name)}


def page_of(name: str, **more: Schema) -> Schema:
    """One page of a list, as :func:`.operations.listed` gives it."""
    counts = {key: {"type": "integer", "minimum": 0} for key in ("total", "page", "limit")}
    return record({**counts, **more, "links": list_of("Link"), "items": list_of(name)})


def with_links(name: str) -> Schema:
    """Another schema, with its links."""
    return {"allOf": [ref(name), record({"links": list_of("Link")})]}


def _feature(name: str, geometry: str) -> Schema:
    return record(
        {
            "type": {"const": "Feature"},
            "id": {"type": "string"},
            "properties": ref(name),
            "geometry": {"anyOf": [ref(geometry), {"type": "null"}]},
            "links": list_of("Link"),
        },
        optional=("links",),
    )


def _collection(feature: str, **more: Schema) -> Schema:
    count = {"type": "integer", "minimum": 0}
    return record(
        {
            "type": {"const": "FeatureCollection"},
            "numberMatched": count,
            "numberReturned": count,
            **more,
            "links": list_of("Link"),
            "features": list_of(feature),
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
        "PointGeometry": record({"type": {"const": "Point"}, "coordinates": position}),
        "AreaGeometry": {
            "anyOf": [
                record({"type": {"const": kind}, "coordinates": coordinates})
                for kind, coordinates in shapes.items()
            ]
        },
    }


def _facts() -> dict[str, Schema]:
    text, dates = {"type": "string"}, {"type": "array", "items": _JSON["date"]}
    return {
        "name": text,
        "territory": text,
        "territory_name": maybe("string"),
        "as_of": {**_JSON["date"], "description": T("Date principale", "Main date").say()},
        "dates": {**dates, "description": T("Dates du résultat", "Dates of the result").say()},
        "kinds": {"type": "array", "items": text},
        "fictitious": {"type": "boolean"},
        "fingerprint": text,
        "source": {**text, "description": T("Ligne de source", "Source line").say()},
        "links": list_of("Link"),
    }


def _point() -> dict[str, Schema]:
    text: Schema = {"type": "string"}
    zone = {name: maybe("string") for name in ("code", "name", "class")}
    way = maybe(
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
        "possible": list_of("Zone"),
        "possible_classes": {"type": "array", "items": text},
    }
    near: dict[str, Schema] = {
        "kind": text,
        "finess": maybe("string"),
        "structure_id": text,
        "name": maybe("string"),
        "commune": maybe("string"),
        "precision_m": {"type": ["number", "string", "null"]},
        "lon": maybe("number"),
        "lat": maybe("number"),
        "metres": {"type": "number", "minimum": 0},
    }
    return {
        "Zone": record(zone),
        "PointLayer": record(layer, optional=("possible", "possible_classes")),
        "NearStructure": record(near),
        "Point": record(
            {
                "lon": {"type": "number"},
                "lat": {"type": "number"},
                "precision": maybe("number", T("Nulle : inconnue", "Null: unknown")),
                "as_of": _JSON["date"],
                "in_result": {"type": "boolean"},
                "metres_to_edge": way,
                "said": text,
                "layers": list_of("PointLayer"),
                "nearest": list_of("NearStructure"),
            }
        ),
    }


def _records() -> dict[str, Schema]:
    text: Schema = {"type": "string"}
    count: Schema = {"type": "integer", "minimum": 0}
    figure = table_of(INDICATORS)
    figure["properties"]["sources"] = {"type": "array", "items": text}
    figure["properties"]["unknown_precision"] = count
    territory: dict[str, Schema] = {
        "territory": text,
        "level": {"type": "string", "enum": list(LEVELS)},
        "code": text,
        **{n: maybe("string") for n in ("name", "communes", "epci", "departement", "region")},
        "population": maybe("number"),
        "population_year": maybe("integer"),
        "bbox": {"type": ["array", "null"], "items": {"type": "number"}},
    }
    definition = record({"name": text, "label": text})
    measure: dict[str, Schema] = {
        "name": text,
        "label": text,
        "unit": text,
        "kinds": {"type": "array", "items": text},
        "definitions": {"type": "array", "items": definition},
        "levels": {"type": "array", "items": text},
        "links": list_of("Link"),
    }
    found = dict.fromkeys(("kind", "code", "name", "what", "where", "url"), text)
    found["kind"] = {"type": "string", "enum": ["territoire", "qpv", "structure"]}
    source: dict[str, Schema] = {
        **dict.fromkeys(("source_id", "source", "layout", "file", "sha256", "vintage_basis"), text),
        **{n: maybe("string") for n in ("member", "publisher", "title", "licence", "url", "note")},
        "vintage": maybe("string", format="date"),
        **dict.fromkeys(("bytes", "rows_read", "rows_kept", "rows_set_aside"), count),
        "tried_on_real_file": {"type": "boolean"},
    }
    anomaly: dict[str, Schema] = {
        **dict.fromkeys(("source", "code", "outcome", "reason"), text),
        **{n: maybe("string") for n in ("file", "field", "value", "record")},
        "row": maybe("integer"),
        "lon": maybe("number"),
        "lat": maybe("number"),
    }
    return {
        "Figure": figure,
        "TerritoryRecord": record(territory, optional=("bbox",)),
        "Measure": record(measure),
        "Found": record(found),
        "Source": record(source),
        "Anomaly": record(anomaly),
    }


_MORE: list[Callable[[], dict[str, Schema]]] = []


def add_schemas(make: Callable[[], dict[str, Schema]]) -> Callable[[], dict[str, Schema]]:
    """Add the schemas of one module (a decorator); ``make`` gives them in the current language."""
    _MORE.append(make)
    return make


def schemas() -> dict[str, Schema]:
    """Every schema of the description, by name, in the current language."""
    known = _own()
    for make in _MORE:
        for name, schema in make().items():
            assert name not in known, f"two schemas are named {name}"
            known[name] = schema
    return known


def _own() -> dict[str, Schema]:
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
            "items": record({"parameter": text, "detail": text}),
        },
    }
    link = {"rel": text, "href": text, "type": text, "title": text}
    head = {"indicator": text, "label": text, "unit": text}
    return {
        "Problem": record(problem, optional=("known", "errors")),
        "Link": record(link, optional=("title",)),
        "Index": record(_facts()),
        "Result": record(
            _facts() | {n: {"type": "array", "items": text} for n in ("layers", "tables")}
        ),
        "Description": record({"openapi": text, "info": {"type": "object"}}),
        **_records(),
        **_geometries(),
        **_point(),
        "Structure": table_of(STRUCTURES, **state),
        "Qpv": table_of(ZONES),
        "Territory": with_links("TerritoryRecord"),
        "TerritoryPage": page_of("TerritoryRecord"),
        "FigureList": record(
            {"territory": text, **listed, "links": list_of("Link"), "items": list_of("Figure")}
        ),
        "MeasureList": record({**listed, "links": list_of("Link"), "items": list_of("Measure")}),
        "MeasurePage": page_of("NamedFigure", **head),
        "NamedFigure": {"allOf": [ref("Figure"), record({"name": maybe("string")})]},
        "MeasureCsv": text,
        "StructureItem": with_links("Structure"),
        "StructurePage": page_of("StructureItem"),
        "StructureFeature": _feature("Structure", "PointGeometry"),
        "StructureCollection": _collection("StructureFeature"),
        "QpvItem": with_links("Qpv"),
        "QpvPage": page_of("QpvItem", generation=text),
        "QpvFeature": _feature("Qpv", "AreaGeometry"),
        "QpvCollection": _collection("QpvFeature", generation=text),
        "Search": record({**listed, "items": list_of("Found")}),
        "Sources": record({**listed, "links": list_of("Link"), "items": list_of("Source")}),
        "AnomalyPage": page_of("Anomaly"),
    }
