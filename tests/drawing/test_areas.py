"""What the map is told of its areas."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geo_service.core.tables import TERRITORIES, ZONES, shape_table
from geo_service.drawing.areas import (
    class_by_code,
    quartier_vecu_layer,
    territory_layer,
    zoning_layer,
)
from geo_service.drawing.layer import column_values
from geo_service.drawing.shapes import UNITS_PER_DEGREE


def squares(n: int) -> list[shapely.Polygon]:
    return [shapely.box(place, 0, place + 1, 1) for place in range(n)]


def zonage(classes: list[str | None], codes: list[str], shapes: list[object]) -> gpd.GeoDataFrame:
    table = {"zone_id": codes, "code": codes, "zone_class": classes, "name": codes}
    return shape_table(gpd.GeoDataFrame(table, geometry=shapes, crs=4326), ZONES)


def area(shape: list[list[list[int]]]) -> float:
    """Area of a packed shape, in square degrees."""
    total = 0.0
    for rings in shape:
        lines = [np.cumsum(np.reshape(ring, (-1, 2)), axis=0) for ring in rings]
        total += shapely.Polygon(lines[0], lines[1:]).area / UNITS_PER_DEGREE**2
    return total


def test_the_zonage_is_melted_by_class_from_the_most_under_served() -> None:
    layer = zoning_layer(zonage(["ZAC", "ZIP", "ZAC"], ["1", "2", "3"], squares(3)), set(), {})
    assert layer.classes == ["ZIP", "ZAC"]
    assert [area(shape) for shape in layer.content["shapes"]] == [1.0, 2.0]


def test_a_qpv_of_another_class_is_cut_out_of_its_commune() -> None:
    qpv = shapely.box(0.25, 0.25, 0.75, 0.75)
    zones = zonage(["ZAC", "ZIP"], ["31555", "QN03101M"], [shapely.box(0, 0, 1, 1), qpv])
    layer = zoning_layer(zones, {"QN03101M"}, {})
    assert [area(shape) for shape in layer.content["shapes"]] == [0.25, 0.75]


def test_a_class_that_nobody_named_is_kept_as_published() -> None:
    layer = zoning_layer(zonage(["ZZ"], ["1"], squares(1)), set(), {})
    assert layer.content["names"] == ["ZZ"]


def test_an_unknown_class_is_left_blank() -> None:
    zones = zonage(["ZIP", None], ["1", "2"], squares(2))
    layer = zoning_layer(zones, set(), {})
    assert [area(shape) for shape in layer.content["shapes"]] == [1.0]
    assert set(class_by_code(zones)) == {"1"}
    assert zoning_layer(zones[1:], set(), {}).content["shapes"] == []


def test_zones_follow_the_limits_drawn_for_the_communes() -> None:
    shape = shapely.box(0, 0, 1, 1)
    light = shapely.box(0, 0, 1, 0.5)
    layer = zoning_layer(zonage(["ZIP"], ["31555"], [shape]), set(), {"31555": (shape, light)})
    assert area(layer.content["shapes"][0]) == 0.5


def test_a_quartier_vecu_carries_its_definition() -> None:
    zones = zonage([None], ["QN03101M"], squares(1))
    assert quartier_vecu_layer("quartier_vecu_300", zones).title.say("en").endswith("(proxy)")
    declared = quartier_vecu_layer("quartier_vecu_declared", zones)
    assert "proxy" not in declared.title.say("en")


def test_names_come_largest_first_and_absent_shapes_have_no_place() -> None:
    table = {"territory": list("abc"), "level": "commune", "code": list("abc"), "file": "f"}
    shapes = [*squares(2), None]
    frame = gpd.GeoDataFrame({**table, "population": [10.0, 30.0, 20.0]}, geometry=shapes, crs=4326)
    layer, carried = territory_layer("communes", shape_table(frame, TERRITORIES), {"a": "ZIP"})
    assert layer.content["order"] == [1, 2, 0]
    assert layer.content["places"] == [[0.5, 0.5], [1.5, 0.5], None]
    zoning = dict(zip(layer.content["fields"], layer.content["values"], strict=True))
    assert column_values(zoning["Zonage médecin"]) == ["ZIP", "", ""]
    assert set(carried) == {"a", "b", "c"}
