"""Folium's maps by address: nothing inline, one script that changes its name with its bytes."""

from __future__ import annotations

import re

from geo_service.drawing.linked import folium_parts, script_bundle, style_bundle


def test_folium_writes_two_maps_and_no_address() -> None:
    body, script = folium_parts(tiles=False)
    assert body.count('class="folium-map"') == 2
    assert "<script" not in body
    assert "style=" not in body
    assert script.count("L.map(") == 2
    assert "http" not in script


def test_tiles_are_the_operators_choice() -> None:
    _, script = folium_parts(tiles=True)
    assert script.count("data.geopf.fr") == 2
    assert "IGN" in script


def test_a_bundle_is_named_by_its_bytes_and_carries_the_licence() -> None:
    one, other = script_bundle("one();", tiles=False), script_bundle("two();", tiles=False)
    assert one.name != other.name
    assert one.name == script_bundle("one();", tiles=False).name
    assert "Copyright" in one.text
    assert "cdn" not in one.text.lower()
    assert "eval(" not in one.text
    assert "//" not in re.sub(r"/\*.*?\*/", "", style_bundle("").text, flags=re.DOTALL)
