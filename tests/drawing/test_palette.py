"""Colours that can be told apart and read, and shapes and patterns that do not need them."""

from __future__ import annotations

import itertools

import pytest

from geo_service.drawing.palette import (
    INK,
    LAND,
    MARKS,
    STROKES,
    class_order,
    kind_order,
    mark_of,
    pattern_of,
)
from geo_service.rules import structure_kinds, zoning_classes


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, definition)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)


def test_text_is_read_on_every_ground() -> None:
    assert contrast(INK, LAND) >= 7
    assert contrast(INK, "#FFFFFF") >= 7


@pytest.mark.parametrize("kind", list(structure_kinds()))
def test_symbols_stand_out_from_the_ground(kind: str) -> None:
    assert contrast(mark_of(kind).colour, LAND) >= 4.5


@pytest.mark.parametrize("layer", ["qpv_2024", "qpv_2015", "departements", "regions"])
def test_limits_stand_out_from_the_ground(layer: str) -> None:
    assert contrast(STROKES[layer].colour, LAND) >= 3


def test_every_kind_has_a_shape_of_its_own() -> None:
    assert set(structure_kinds()) <= set(MARKS)
    assert len({mark.path for mark in MARKS.values()}) == len(MARKS)
    assert mark_of("unheard of").path not in {mark.path for mark in MARKS.values()}


def test_classes_differ_by_pattern_or_are_left_plain() -> None:
    patterns = [pattern_of(name) for name in zoning_classes()]
    for one, other in itertools.combinations(patterns, 2):
        assert one.path != other.path or not one.path
    assert [pattern_of(name).colour for name in zoning_classes()] == [
        known.colour for known in zoning_classes().values()
    ]


def test_a_class_that_nobody_named_shows() -> None:
    unknown = pattern_of("XYZ")
    assert unknown.path
    assert unknown.path not in {pattern_of(name).path for name in zoning_classes()}


def test_orders_are_those_of_the_law_then_the_alphabet() -> None:
    assert kind_order({"CPTS", "Z", "CDS", "A", "MSP"}) == ["MSP", "CDS", "CPTS", "A", "Z"]
    assert class_order({"HZ", "?", "ZAC", "ZIP"}) == ["ZIP", "ZAC", "HZ", "?"]
