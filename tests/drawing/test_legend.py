"""The legend is text: it says everything without the map."""

from __future__ import annotations

from geo_service.core.i18n import T
from geo_service.drawing.layer import DrawnLayer
from geo_service.drawing.legend import legend_html


def msp(**more: object) -> DrawnLayer:
    return DrawnLayer("MSP", "points", T("Maisons", "Houses"), 1372, {}, **more)  # type: ignore[arg-type]


def test_a_line_has_a_switch_a_symbol_a_title_and_a_count() -> None:
    html = legend_html([msp()], [])
    assert 'data-layer="MSP" checked' in html
    assert "<svg" in html
    assert "Maisons" in html
    assert "1\u202f372" in html


def test_a_layer_switched_off_is_not_ticked() -> None:
    assert 'data-layer="MSP">' in legend_html([msp(shown=False)], [])


def test_classes_of_the_zonage_are_named_with_their_pattern() -> None:
    names = ["Zone d'intervention prioritaire (ZIP)", "Hors zonage <HZ>"]
    layer = DrawnLayer(
        "zonage", "zoning", T("Zonage", "Zoning"), 3, {"names": names}, classes=["ZIP", "HZ"]
    )
    html = legend_html([layer], [])
    assert html.count("<pattern ") == 2
    assert "Hors zonage &lt;HZ&gt;" in html


def test_says_what_is_vague_and_what_is_missing() -> None:
    html = legend_html([msp(undetermined=12, missing=3)], [])
    assert "(12)" in html
    assert "présentes dans le tableau\u00a0: 3." in html
    assert "creux" not in legend_html([msp()], [])


def test_one_place_needs_no_list() -> None:
    assert "<select" not in legend_html([msp()], ["Occitanie"])
    assert legend_html([msp()], ["France", "La Réunion"]).count("<option") == 2
