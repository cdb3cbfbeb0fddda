"""Where a map opens."""

from __future__ import annotations

import geopandas as gpd
import shapely

from geo_service.drawing.places import places_of


def regions(**shapes: shapely.Polygon) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": [code[1:] for code in shapes]}, geometry=[*shapes.values()])


MAINLAND = shapely.box(1.0, 43.0, 2.0, 44.0)
REUNION = shapely.box(55.2, -21.4, 55.8, -20.9)


def test_the_territory_of_the_study_comes_first() -> None:
    held = {"regions": regions(r76=MAINLAND, r04=REUNION)}
    places = places_of(held, {"territory": "region:04", "territory_name": "La Réunion"})
    assert places[0] == ("La Réunion", REUNION.bounds)
    assert [name for name, _ in places[1:]] == ["Hexagone et Corse", "La Réunion"]


def test_a_territory_without_a_shape_opens_on_the_mainland_not_on_the_world() -> None:
    held = {"regions": regions(r76=MAINLAND, r04=REUNION)}
    assert places_of(held, {"territory": "france"})[0][1] == MAINLAND.bounds


def test_a_territory_on_both_sides_of_an_ocean_opens_on_its_mainland() -> None:
    held = {"regions": regions(r99=shapely.MultiPolygon([MAINLAND, REUNION]), r76=MAINLAND)}
    held["communes"] = regions(c01=MAINLAND, c02=REUNION)
    places = places_of(held, {"territory": "region:99"})
    assert [name for name, _ in places] == ["Hexagone et Corse", "La Réunion"]
    assert places[0][1] == MAINLAND.bounds


def test_one_territory_is_no_choice() -> None:
    assert len(places_of({"regions": regions(r76=MAINLAND)}, {"territory": "region:76"})) == 1


def test_nothing_to_show_opens_on_the_mainland() -> None:
    assert [name for name, _ in places_of({}, {})] == ["Hexagone et Corse"]
