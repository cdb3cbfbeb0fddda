"""Charts: places that can be worked out in one's head, well-formed, escaped, told in words."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import xml.etree.ElementTree as ET

import pytest

from geo_service.drawing.bars import Bar, bar_chart
from geo_service.drawing.charts import Frame, Line, Point, line_chart, nice_step
from geo_service.drawing.palette import mark_of

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text><script>alert(1)</script>\"'&\u202e\x00"
DAYS = [dt.date(2020, 1, 1), dt.date(2020, 1, 11), dt.date(2020, 1, 21)]


def _line(label: str, values: list[float | None], **more) -> Line:
    points = [Point(day, value) for day, value in zip(DAYS, values, strict=True)]
    return Line(label, mark_of("MSP"), points, **more)


def _draw(lines: list[Line], **more) -> ET.Element:
    said = {"title": "Titre", "description": "Description", "identity": "c1", **more}
    svg = line_chart(
        lines, say=lambda value: f"{value:g}", say_date=lambda date: date.isoformat(), **said
    )
    return ET.fromstring(svg)


def _paths(root: ET.Element, what: str) -> list[str]:
    return [p.get("d") or "" for p in root.iter(f"{SVG}path") if what in (p.get("d") or "")]


def test_a_planted_series_lies_where_it_has_to() -> None:
    root = _draw([_line("MSP", [0, 5, 10])], width=720, height=320)
    stroke = next(
        p
        for p in root.iter(f"{SVG}path")
        if p.get("stroke") == mark_of("MSP").colour and p.get("fill") == "none"
    )
    places = [tuple(map(float, pair.split())) for pair in stroke.get("d", "M")[1:].split("L")]
    # Values 0, 5, 10 on a scale to 10 between y = 286 and y = 26; dates evenly apart.
    assert [y for _, y in places] == [286, 156, 26]
    assert places[1][0] == pytest.approx((places[0][0] + places[2][0]) / 2, abs=0.1)
    marks = [p.get("transform", "") for p in root.iter(f"{SVG}path") if p.get("transform")]
    x, y = map(float, re.findall(r"[\d.]+", marks[0])[:2])
    assert (x + 12 * 0.42, y + 12 * 0.42) == pytest.approx(places[0], abs=0.1)


def test_the_frame_puts_ends_at_its_edges() -> None:
    frame = Frame(DAYS[0], DAYS[2], 20.0, 30, 10, 130, 110)
    assert (frame.x(DAYS[0]), frame.x(DAYS[1]), frame.x(DAYS[2])) == (30, 80, 130)
    assert (frame.y(0), frame.y(5), frame.y(20)) == (110, 85, 10)


@pytest.mark.parametrize(
    ("top", "step"), [(1, 1), (4, 1), (7, 2), (33, 10), (372, 100), (1000, 200), (0, 1)]
)
def test_the_scale_has_round_steps(top: float, step: float) -> None:
    assert nice_step(top) == step


def test_a_line_stops_at_an_unknown() -> None:
    known = _draw([_line("MSP", [1, 2, 3])])
    broken = _draw([_line("MSP", [1, None, 3])])
    colour = mark_of("MSP").colour

    def strokes(root: ET.Element) -> int:
        found = root.iter(f"{SVG}path")
        return sum(p.get("stroke") == colour and p.get("fill") == "none" for p in found)

    assert (strokes(known), strokes(broken)) == (1, 0)
    assert sum("transform" in p.attrib for p in broken.iter(f"{SVG}path")) == 2


def test_nothing_known_is_no_drawing() -> None:
    with pytest.raises(ValueError, match="no known value"):
        _draw([_line("MSP", [None, None, None])])
    with pytest.raises(ValueError, match="no bar"):
        bar_chart([], title="", description="", identity="b", say=str, mark=mark_of("MSP"))


def test_the_band_goes_from_low_to_high() -> None:
    points = [Point(day, 5.0, 4.0, 10.0) for day in DAYS]
    root = _draw([Line("MSP", mark_of("MSP"), points)])
    band = next(p for p in root.iter(f"{SVG}path") if p.get("fill-opacity") == "0.15")
    heights = {float(pair.split()[1].rstrip("Z")) for pair in band.get("d", "M")[1:].split("L")}
    assert heights == {26.0, 182.0}  # 10 and 4 on a scale to 10
    narrow = [Point(day, 5.0, 5.0, 5.0) for day in DAYS]
    assert not [
        p
        for p in _draw([Line("MSP", mark_of("MSP"), narrow)]).iter(f"{SVG}path")
        if p.get("fill-opacity") == "0.15"
    ]


def test_lines_are_named_at_their_ends_and_never_cover_one_another() -> None:
    lines = [_line(f"L{n}", [1, 1, 1 + n / 100]) for n in range(6)]
    root = _draw(lines)
    ends = [t for t in root.iter(f"{SVG}text") if (t.text or "").startswith("L")]
    heights = sorted(float(t.get("y", "0")) for t in ends)
    assert len(ends) == 6
    assert all(b - a >= 14.9 for a, b in itertools.pairwise(heights))
    assert heights[-1] <= 290.1


def test_lines_differ_by_more_than_colour() -> None:
    lines = [
        Line("a", mark_of("MSP"), [Point(day, 1.0) for day in DAYS]),
        Line("b", mark_of("CDS"), [Point(day, 2.0) for day in DAYS], dash="6 4", hollow=True),
    ]
    root = _draw(lines)
    shapes = {p.get("d") for p in root.iter(f"{SVG}path") if p.get("transform")}
    assert len(shapes) == 2
    assert [p for p in root.iter(f"{SVG}path") if p.get("stroke-dasharray") == "6 4"]


def test_a_drawing_says_itself_in_words() -> None:
    root = _draw([_line("MSP", [1, 2, 3])], title="Structures", description="MSP : 1 puis 3")
    assert root.get("role") == "img"
    named = (root.get("aria-labelledby") or "").split()
    words = {element.get("id"): element.text for element in root}
    assert [words[name] for name in named] == ["Structures", "MSP : 1 puis 3"]
    marks = [p.find(f"{SVG}title") for p in root.iter(f"{SVG}path") if p.get("transform")]
    assert marks[1] is not None
    assert marks[1].text == "MSP, 2020-01-11 : 2"


def test_a_break_is_drawn_where_it_falls_and_not_elsewhere() -> None:
    inside = _draw([_line("MSP", [1, 2, 3])], breaks=[(dt.date(2020, 1, 11), "QPV 2024")])
    before = _draw([_line("MSP", [1, 2, 3])], breaks=[(dt.date(2019, 1, 1), "QPV 2024")])
    assert [t for t in inside.iter(f"{SVG}text") if t.text == "QPV 2024"]
    assert not [t for t in before.iter(f"{SVG}text") if t.text == "QPV 2024"]


def test_hostile_names_stay_text() -> None:
    lines = line_chart(
        [_line(HOSTILE, [1, 2, 3])],
        title=HOSTILE,
        description=HOSTILE,
        identity="c1",
        say=lambda value: f"{value:g}",
        say_date=lambda date: date.isoformat(),
        breaks=[(DAYS[1], HOSTILE)],
    )
    bars = bar_chart(
        [Bar(HOSTILE, 1.0)],
        title=HOSTILE,
        description=HOSTILE,
        identity="b1",
        say=lambda value: f"{value:g}",
        mark=mark_of("MSP"),
    )
    for svg in (lines, bars):
        root = ET.fromstring(svg)
        assert not list(root.iter(f"{SVG}script"))
        assert "style=" not in svg
        assert "<script" not in svg


def test_bars_are_as_long_as_their_values_and_the_own_one_is_marked() -> None:
    svg = bar_chart(
        [Bar("A", 4.0), Bar("B", 2.0, 1.0, 3.0, own=True), Bar("C", 0.0)],
        title="t",
        description="d",
        identity="b1",
        say=lambda value: f"{value:g}",
        mark=mark_of("CDS"),
    )
    root = ET.fromstring(svg)
    widths = [float(r.get("width", "0")) for r in root.iter(f"{SVG}rect")]
    assert widths[1] == pytest.approx(widths[0] / 2, abs=0.1)
    bold = [t.text for t in root.iter(f"{SVG}text") if t.get("font-weight") == "bold"]
    assert bold == ["\u2068B\u2069", "2"]
    assert len(_paths(root, "l8 5l-8 5z")) == 1
    assert len(_paths(root, "v8M")) == 1  # one whisker


def test_a_long_name_is_cut_and_told_whole() -> None:
    name = "Communauté de communes " * 6
    svg = bar_chart(
        [Bar(name, 1.0)],
        title="t",
        description="d",
        identity="b1",
        say=lambda value: f"{value:g}",
        mark=mark_of("MSP"),
        width=350,
    )
    root = ET.fromstring(svg)
    label = next(root.iter(f"{SVG}text"))
    assert "…" in (label.text or "")
    group = root.find(f"{SVG}g/{SVG}title")
    assert group is not None
    assert name.strip() in (group.text or "")
