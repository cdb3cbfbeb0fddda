"""Folium's page, without addresses and without a second life as a template."""

from __future__ import annotations

import re

from geo_service.drawing.page import render_page

BODY = '<div id="map_result"></div>{{ 7 * 7 }}{% raw %}'


def test_text_is_never_run_as_a_template() -> None:
    page = render_page("<t> {{ 7 * 7 }}", "fr", BODY, tiles=False)
    assert BODY in page
    assert "<title>&lt;t&gt; {{ 7 * 7 }}</title>" in page


def test_nothing_is_loaded_from_elsewhere() -> None:
    page = render_page("t", "fr", BODY, tiles=False)
    assert re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=", page) == []
    assert "cdn" not in page.lower()


def test_the_page_can_be_enlarged_and_says_its_language() -> None:
    page = render_page("t", "en", BODY, tiles=False)
    assert '<html lang="en">' in page
    assert "user-scalable" not in page
    assert "Full screen" in page


def test_the_map_knows_how_far_it_zooms_without_tiles() -> None:
    assert '"maxZoom": 18' in render_page("t", "fr", BODY, tiles=False)
