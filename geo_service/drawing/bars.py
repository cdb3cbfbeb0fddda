"""Bars as SVG, drawn on the server: territories side by side, with their place among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .charts import EM, FONT, isolated_name, opening, short, text_at
from .escape import clean, escaped
from .palette import Mark

_STEP = 24


@dataclass(frozen=True)
class Bar:
    """One territory; ``own`` is the one that the page is about."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    own: bool = False


def bar_chart(
    bars: Sequence[Bar],
    *,
    title: str,
    description: str,
    identity: str,
    say: Callable[[float], str],
    mark: Mark,
    width: int = 720,
) -> str:
    """Territories side by side, one bar each, in the order given; the own one is full and arrowed.

    Where low and high differ a whisker joins them. Other parameters as for
    :func:`~geo_service.drawing.charts.line_chart`.

    Raises
    ------
    ValueError
        There is no bar.
    """
    if not bars:
        raise ValueError("no bar to draw")
    highest = max(max(bar.value, bar.high or 0.0) for bar in bars) or 1.0
    left = min(width * 0.4, 24 + max(len(clean(bar.label)) for bar in bars) * FONT * EM)
    right = width - 14 - max(len(say(bar.value)) for bar in bars) * FONT * EM
    letters = int((left - 22) / (FONT * EM))
    height = _STEP * len(bars) + 8
    parts = [opening(identity, title, description, width, height)]
    for place, bar in enumerate(bars):
        middle = 4 + _STEP * place + _STEP / 2
        length = (right - left - 8) * bar.value / highest
        said = f"{isolated_name(bar.label)} : {escaped(say(bar.value))}"
        weight = "bold" if bar.own else "normal"
        fill = "1" if bar.own else "0.65"
        parts.append(f"<g><title>{said}</title>")
        parts.append(
            f'<rect x="{short(left)}" y="{short(middle - 8)}" '
            f'width="{short(max(length, 1))}" height="16" '
            f'fill="{mark.colour}" fill-opacity="{fill}"/>'
        )
        parts.append(_whisker(bar, left, (right - left - 8) / highest, middle))
        if bar.own:
            parts.append(f'<path d="M3 {short(middle - 5)}l8 5l-8 5z" fill="currentColor"/>')
        name = _shortened(bar.label, letters)
        parts.append(text_at(left - 7, middle + 4, name, anchor="end", weight=weight, named=True))
        end = left + length
        if bar.high is not None:
            end = max(end, left + (right - left - 8) * bar.high / highest)
        parts.append(text_at(end + 6, middle + 4, say(bar.value), weight=weight))
        parts.append("</g>")
    return "".join(parts) + "</svg>"


def _shortened(text: str, letters: int) -> str:
    known = clean(text)
    return known if len(known) <= letters else known[: max(letters - 1, 1)].rstrip() + "…"


def _whisker(bar: Bar, left: float, scale: float, middle: float) -> str:
    if bar.low is None or bar.high is None or bar.low == bar.high:
        return ""
    low, high = left + scale * bar.low, left + scale * bar.high
    return (
        f'<path d="M{short(low)} {short(middle - 4)}v8M{short(low)} {short(middle)}H{short(high)}'
        f'M{short(high)} {short(middle - 4)}v8" fill="none" stroke="currentColor"/>'
    )
