"""Charts as SVG, drawn on the server: values over time.

A chart never speaks by colour alone: lines differ by marker and by dash, and each is named at its
end. It stands under the page's policy (no style attribute, no script), its ink is the text colour
of the page, and it has a title and a description for those who do not see it. A page puts the
table of the same figures beside it.

Idea of direct labels and of the band: Our World in Data, Datawrapper.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .escape import escaped, is_null
from .palette import Mark

FONT = 12.0
EM = 0.56
"""Width of a letter on average, in parts of the size of the text."""
_LABEL_STEP = 15.0
_MARK = 0.42
_SPACE_OF_DATE = 58.0
_STEPS = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class Point:
    """One figure at one date; an unknown is None, and the line stops there."""

    date: dt.date
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Line:
    """Figures over time under one name.

    ``dash`` is an SVG dash pattern; ``hollow`` marks are drawn empty.
    """

    label: str
    mark: Mark
    points: Sequence[Point]
    dash: str = ""
    hollow: bool = False


@dataclass(frozen=True)
class Frame:
    """The ground of a line chart: from dates and values to places in the drawing.

    >>> frame = Frame(dt.date(2020, 1, 1), dt.date(2020, 1, 11), 10.0, 40, 20, 140, 120)
    >>> frame.x(dt.date(2020, 1, 6)), frame.y(0.0), frame.y(10.0)
    (90.0, 120.0, 20.0)
    """

    first: dt.date
    last: dt.date
    top: float
    """Value at the upper edge; the lower edge is 0."""
    left: float
    above: float
    right: float
    below: float

    def x(self, date: dt.date) -> float:
        """Place of a date, from left to right."""
        days = max((self.last - self.first).days, 1)
        return self.left + (self.right - self.left) * (date - self.first).days / days

    def y(self, value: float) -> float:
        """Place of a value, from the lower edge up."""
        return self.below - (self.below - self.above) * value / self.top


def nice_step(top: float, most: int = 5, *, whole: bool = True) -> float:
    """Step between the lines of a scale from 0: 1, 2 or 5 times a power of ten.

    >>> nice_step(33), nice_step(3), nice_step(0.7, whole=False)
    (10.0, 1.0, 0.2)
    """
    if top <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(top / most))
    step = next(power * factor for factor in _STEPS if power * factor * most >= top * (1 - 1e-12))
    return max(step, 1.0) if whole else round(step, 12)


def line_chart(
    lines: Sequence[Line],
    *,
    title: str,
    description: str,
    identity: str,
    say: Callable[[float], str],
    say_date: Callable[[dt.date], str],
    breaks: Sequence[tuple[dt.date, str]] = (),
    width: int = 720,
    height: int = 320,
) -> str:
    """Figures over time: lines with marks, the band from low to high, names at their ends.

    Parameters
    ----------
    lines
        At least one known value between them.
    title, description
        For those who do not see the drawing.
    identity
        Unique in the page, letters and digits: the drawing's ids begin with it.
    say, say_date
        How a value and a date are said beside a mark.
    breaks
        Dates where what is counted changes, with a word.

    Returns
    -------
    str
        An ``svg`` element, well-formed XML.

    Raises
    ------
    ValueError
        There is no known value at all.
    """
    known = [p for line in lines for p in line.points if p.value is not None]
    if not known:
        raise ValueError("no known value to draw")
    dates = sorted({point.date for line in lines for point in line.points})
    highest = max(max(p.value or 0.0, p.high or 0.0) for p in known)
    step = nice_step(highest or 1.0, whole=all(float(p.value or 0).is_integer() for p in known))
    top = step * max(1, math.ceil((highest or 1.0) / step - 1e-9))
    room = max(len(_end_label(line, say)) for line in lines) * FONT * EM + 20
    scale = [step * number for number in range(round(top / step) + 1)]
    left = max(26.0, 14 + max(len(say(value)) for value in scale) * FONT * EM)
    frame = Frame(dates[0], dates[-1], top, left, 26, width - min(room, width * 0.42), height - 34)
    parts = [opening(identity, title, description, width, height)]
    for value in scale:
        parts.append(_rule(frame, value))
        parts.append(text_at(left - 7, frame.y(value) + 4, say(value), anchor="end"))
    for date in _shown(dates, frame):
        place = frame.x(date)
        parts.append(
            f'<path d="M{short(place)} {short(frame.below)}v5" stroke="currentColor" fill="none"/>'
        )
        parts.append(text_at(place, frame.below + 20, f"{date:%m/%Y}", anchor="middle"))
    for date, word in breaks:
        if frame.first < date <= frame.last:
            parts.append(_break(frame, date, word))
    for line in lines:
        parts.append(_band(frame, line))
    for line in lines:
        parts.append(_strokes(frame, line))
        parts += _marks(frame, line, say, say_date)
    parts += _end_labels(frame, lines, say)
    return "".join(parts) + "</svg>"


def opening(identity: str, title: str, description: str, width: float, height: float) -> str:
    """The beginning of a drawing, with its name and description for those who do not see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {short(width)} {short(height)}" '
        f'width="{short(width)}" height="{short(height)}" role="img" '
        f'aria-labelledby="{identity}-title {identity}-desc" font-size="{short(FONT)}">'
        f'<title id="{identity}-title">{escaped(title)}</title>'
        f'<desc id="{identity}-desc">{escaped(description)}</desc>'
    )


def short(value: float) -> str:
    """A coordinate to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def isolated_name(text: str) -> str:
    """A name in its own direction: SVG has no ``bdi``, Unicode has isolates."""
    return f"⁨{escaped(text)}⁩"


def text_at(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    weight: str = "normal",
    named: bool = False,
) -> str:
    """A text in the ink of the page; ``named``: it comes from data and keeps its own direction."""
    return (
        f'<text x="{short(x)}" y="{short(y)}" text-anchor="{anchor}" font-weight="{weight}" '
        f'fill="currentColor">{isolated_name(text) if named else escaped(text)}</text>'
    )


def _rule(frame: Frame, value: float) -> str:
    strength = "0.7" if value == 0 else "0.16"
    return (
        f'<path d="M{short(frame.left)} {short(frame.y(value))}H{short(frame.right)}" fill="none" '
        f'stroke="currentColor" stroke-opacity="{strength}"/>'
    )


def _break(frame: Frame, date: dt.date, word: str) -> str:
    place = frame.x(date)
    near_right = place > (frame.left + frame.right) / 2
    return (
        f'<path d="M{short(place)} {short(frame.above - 10)}V{short(frame.below)}" fill="none" '
        'stroke="currentColor" stroke-opacity="0.55" stroke-dasharray="2 3"/>'
        + text_at(
            place + (-5 if near_right else 5),
            frame.above - 12,
            word,
            anchor="end" if near_right else "start",
        )
    )


def _shown(dates: Sequence[dt.date], frame: Frame) -> list[dt.date]:
    """The dates that have room to be written; the last one always has."""
    shown: list[dt.date] = []
    place = math.inf
    for date in reversed(dates):
        if place - frame.x(date) >= _SPACE_OF_DATE or not shown:
            shown.append(date)
            place = frame.x(date)
    return shown[::-1]


def _runs(line: Line, known: Callable[[Point], bool]) -> Iterator[list[Point]]:
    """Neighbouring points that are all known: a line never crosses what is unknown."""
    run: list[Point] = []
    for point in line.points:
        if known(point):
            run.append(point)
            continue
        if run:
            yield run
        run = []
    if run:
        yield run


def _at(frame: Frame, date: dt.date, value: float | None) -> str:
    return f"{short(frame.x(date))} {short(frame.y(value or 0.0))}"


def _band(frame: Frame, line: Line) -> str:
    drawn = []
    for run in _runs(line, lambda p: p.low is not None and p.high is not None):
        if all(point.low == point.high for point in run):
            continue
        upper = [_at(frame, point.date, point.high) for point in run]
        lower = [_at(frame, point.date, point.low) for point in reversed(run)]
        drawn.append(
            f'<path d="M{"L".join(upper + lower)}Z" fill="{line.mark.colour}" fill-opacity="0.15"/>'
        )
    return "".join(drawn)


def _strokes(frame: Frame, line: Line) -> str:
    drawn = []
    dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
    for run in _runs(line, lambda p: p.value is not None):
        if len(run) > 1:
            path = "L".join(
                f"{short(frame.x(p.date))} {short(frame.y(p.value or 0.0))}" for p in run
            )
            drawn.append(
                f'<path d="M{path}" fill="none" stroke="{line.mark.colour}" '
                f'stroke-width="2" stroke-linejoin="round"{dash}/>'
            )
    return "".join(drawn)


def _marks(
    frame: Frame, line: Line, say: Callable[[float], str], say_date: Callable[[dt.date], str]
) -> list[str]:
    drawn = []
    for point in line.points:
        if point.value is None:
            continue
        x, y = frame.x(point.date) - 12 * _MARK, frame.y(point.value) - 12 * _MARK
        said = f"{line.label}, {say_date(point.date)} : {say(point.value)}"
        if not (is_null(point.low) or is_null(point.high)) and point.low != point.high:
            said += f" ({say(point.low or 0.0)} – {say(point.high or 0.0)})"
        inside = "#fff" if line.hollow else line.mark.colour
        drawn.append(
            f'<path d="{line.mark.path}" '
            f'transform="translate({short(x)} {short(y)}) scale({_MARK})" '
            f'fill="{inside}" stroke="{line.mark.colour}" stroke-width="3">'
            f"<title>{escaped(said)}</title></path>"
        )
    return drawn


def _last(line: Line) -> Point | None:
    return next((point for point in reversed(line.points) if point.value is not None), None)


def _end_label(line: Line, say: Callable[[float], str]) -> str:
    last = _last(line)
    return line.label if last is None else f"{line.label} · {say(last.value or 0.0)}"


def _end_labels(frame: Frame, lines: Sequence[Line], say: Callable[[float], str]) -> list[str]:
    """The names at the ends of the lines, moved apart where they would cover one another."""
    ends = [(frame.y(last.value or 0.0), line) for line in lines if (last := _last(line))]
    ends.sort(key=lambda end: end[0])
    places: list[float] = []
    for place, _ in ends:
        places.append(max(place, places[-1] + _LABEL_STEP) if places else place)
    limit = frame.below
    for number in range(len(places) - 1, -1, -1):  # pushed up again from the lower edge
        places[number] = min(places[number], limit)
        limit = places[number] - _LABEL_STEP
    drawn = []
    for place, (_, line) in zip(places, ends, strict=True):
        last = _last(line)
        assert last is not None
        start = frame.right + 10
        drawn.append(
            f'<text x="{short(start)}" y="{short(place + 4)}" font-weight="bold" '
            f'fill="{line.mark.colour}">{escaped(_end_label(line, say))}</text>'
        )
    return drawn
