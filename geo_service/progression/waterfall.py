"""A progression as a waterfall: from the first count to the last, one bar a part (SVG).

Increases are full, decreases hollow and crossed by their minus sign: never by colour alone.
"""

from __future__ import annotations

from ..core.i18n import T, say_date, say_number
from ..drawing.charts import EM, FONT, opening, short, text_at
from ..drawing.escape import escaped
from .outcome import Progression
from .parts import PARTS
from .words import PART_LABELS, say_change, within_label

_STEP = 28
_WHOLE, _MORE, _LESS = "#37474F", "#0B5CAD", "#C2410C"


def waterfall(one: Progression, *, identity: str, width: int = 720) -> str | None:
    """The chart of a progression; None where there is no difference to show.

    Parameters
    ----------
    identity
        Unique in the page, letters and digits.
    width
        Pixels.

    Returns
    -------
    str or None
        An ``svg`` element, well-formed XML, without style attributes.
    """
    if one.first is None or one.last is None or one.difference is None:
        return None
    rows: list[tuple[str, float, float, float | None, str]] = []
    rows.append((say_date(one.since), 0, one.first, one.first, _WHOLE))
    reached = one.first
    for part in PARTS:
        sign = one.parts[part]
        rows.append((PART_LABELS[part].say(), reached, reached + (sign or 0), sign, _colour(sign)))
        reached += sign or 0
    rows.append((say_date(one.until), 0, one.last, one.last, _WHOLE))
    return _drawn(one, rows, identity, width)


def _colour(sign: int | None) -> str:
    return _MORE if (sign or 0) >= 0 else _LESS


def _drawn(
    one: Progression,
    rows: list[tuple[str, float, float, float | None, str]],
    identity: str,
    width: int,
) -> str:
    left = min(width * 0.45, 12 + max(len(row[0]) for row in rows) * FONT * EM)
    right = width - 64.0
    top = max(max(row[1], row[2]) for row in rows) or 1.0
    # Far from zero the parts would be slivers: the scale then begins below the smaller count.
    low = min(min(row[1], row[2]) for row in rows[1:-1])
    start = low - (top - low) * 0.25 if low > 0 and top - low < top / 3 else 0.0
    start = max(start, 0.0)
    scale = (right - left) / ((top - start) or 1.0)
    height = _STEP * len(rows) + 8
    parts = [opening(identity, _title(one), _description(one), width, height)]
    for place, (label, begin, end, value, colour) in enumerate(rows):
        middle = 4 + _STEP * (place + 0.5)
        whole = place in (0, len(rows) - 1)
        lower, upper = max(min(begin, end), start), max(begin, end)
        x, length = left + (lower - start) * scale, (upper - lower) * scale
        said = say_number(value) if whole else say_change(value)
        parts.append(f"<g><title>{escaped(label)} : {escaped(said)}</title>")
        if value:
            fill = "none" if not whole and value < 0 else colour
            parts.append(
                f'<rect x="{short(x)}" y="{short(middle - 9)}" width="{short(max(length, 2))}" '
                f'height="18" fill="{fill}" stroke="{colour}" stroke-width="2"/>'
            )
        if whole and start:
            parts.append(
                f'<path d="M{short(left + 8)} {short(middle - 12)}l-5 24M{short(left + 14)} '
                f'{short(middle - 12)}l-5 24" stroke="#fff" stroke-width="3" fill="none"/>'
            )
        if not whole:
            at = short(left + (begin - start) * scale)
            parts.append(
                f'<path d="M{at} {short(middle - _STEP / 2 - 5)}V{short(middle + 9)}" fill="none" '
                'stroke="currentColor" stroke-opacity="0.4" stroke-dasharray="2 3"/>'
            )
        weight = "bold" if whole else "normal"
        parts.append(text_at(left - 8, middle + 4, label, anchor="end", weight=weight))
        parts.append(text_at(x + max(length, 2) + 7, middle + 4, said, weight=weight))
        parts.append("</g>")
    return "".join(parts) + "</svg>"


def _title(one: Progression) -> str:
    return T(
        "Progression des {kind} {within}",
        "Progression of the {kind} {within}",
        kind=one.kind,
        within=within_label(one.within),
    ).say()


def _description(one: Progression) -> str:
    named = ", ".join(f"{PART_LABELS[part].say()} {say_change(one.parts[part])}" for part in PARTS)
    return T(
        "De {first} le {since} à {last} le {until} : {named}.",
        "From {first} on {since} to {last} on {until}: {named}.",
        first=say_number(one.first),
        last=say_number(one.last),
        since=say_date(one.since),
        until=say_date(one.until),
        named=named,
    ).say()
