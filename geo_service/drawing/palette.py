"""Colours, shapes and patterns of the maps: one place, for the drawing and for its legend.

Nothing is said by colour alone: kinds of structures differ by shape, zones by line and pattern.
Text colours reach 4.5:1 on their ground and marks 3:1 (WCAG 2.2, criteria 1.4.3 and 1.4.11). Blue
and orange-red stay apart in every common colour blindness.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..rules import structure_kinds, zoning_classes

INK = "#1D2733"
SEA = "#E6EBEF"
LAND = "#FDFCFA"


# SVG paths on a 24 × 24 ground, drawn on the map and in the legend alike.
_SHAPES: dict[str, str] = {
    "circle": "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0 -16z",
    "diamond": "M12 2.2L21.8 12L12 21.8L2.2 12z",
    "triangle": "M12 2.8L21.6 20H2.4z",
    "square": "M4.5 4.5H19.5V19.5H4.5z",
}


@dataclass(frozen=True)
class Mark:
    """A point symbol: its shape and its colour; a white edge sets it off from any ground.

    ``outlined``: drawn as an outline, for what is not there yet.
    """

    shape: str
    colour: str
    outlined: bool = False

    @property
    def path(self) -> str:
        """The shape as SVG path data on a 24 × 24 ground."""
        return _SHAPES[self.shape]


MARKS: dict[str, Mark] = {
    "MSP": Mark("circle", "#0B5CAD"),
    "CDS": Mark("diamond", "#C2410C"),
    "CPTS": Mark("triangle", "#37474F"),
}
OTHER_MARK = Mark("square", "#4A4A4A")


def mark_of(kind: str) -> Mark:
    """The symbol of a kind of structure; one not named here gets a grey square."""
    return MARKS.get(kind, OTHER_MARK)


@dataclass(frozen=True)
class Stroke:
    """How an area or a limit is drawn: widths in CSS pixels, opacities from 0 to 1."""

    colour: str
    width: float
    dash: str = ""
    fill: float = 0.0
    opacity: float = 1.0


_QPV = "#00665C"
STROKES: dict[str, Stroke] = {
    "qpv_2024": Stroke(_QPV, 1.6, fill=0.38),
    "qpv_2015": Stroke("#8E6C00", 1.8, dash="5 3", fill=0.10),
    "quartier_vecu_300": Stroke(_QPV, 1.1, dash="3 3", fill=0.13, opacity=0.8),
    "quartier_vecu_500": Stroke(_QPV, 1.0, dash="1 4", fill=0.07, opacity=0.75),
    "communes": Stroke("#B4BBC1", 0.6),
    "epci": Stroke("#7C8790", 1.0, dash="6 3"),
    "departements": Stroke("#5D6973", 1.3),
    "regions": Stroke("#333F4A", 2.0),
}
_OTHER_AREA = Stroke(_QPV, 1.0, dash="2 3", fill=0.08, opacity=0.8)


def stroke_of(layer: str) -> Stroke:
    """How a layer of areas is drawn."""
    return STROKES.get(layer, _OTHER_AREA)


@dataclass(frozen=True)
class Pattern:
    """The pattern of a class: strokes on an 8 × 8 tile, over a tint of the same colour.

    ``path`` is SVG path data: the legend draws it in SVG, the map on a canvas.
    """

    colour: str
    path: str
    width: float
    tint: float


# Strong to weak with the rank; the weakest has no pattern, only its tint.
_PATHS: dict[str, tuple[str, float, float]] = {
    "ZIP": ("M-1 5L5 -1M-1 9L9 -1M3 9L9 3", 1.1, 0.22),
    "ZAC": ("M2 2h.01M6 6h.01", 1.9, 0.14),
    "ZAR": ("M-2 -2L10 10", 1.0, 0.14),
    "ZV": ("M0 4H8", 0.8, 0.12),
    "HV": ("M4 0V8", 0.8, 0.20),
    "HZ": ("", 0.0, 0.50),
}
_OTHER_PATH = ("M4 2V6M2 4H6", 0.8, 0.10)
_OTHER_COLOUR = "#6B7680"


def pattern_of(zone_class: str | None) -> Pattern:
    """The pattern of a class of the zonage médecin, in the colour that the law file gives it.

    A class that nobody named gets grey crosses: it shows, and is not taken for another.
    """
    path, width, tint = _PATHS.get(zone_class or "", _OTHER_PATH)
    known = zoning_classes().get(zone_class or "")
    return Pattern(known.colour if known else _OTHER_COLOUR, path, width, tint)


_RAMP = ("#E6E0F1", "#C3B6DD", "#9A86C3", "#6C50A0", "#3C2170")
"""Light to dark in one hue: the order of the classes shows without seeing colour at all."""
ZERO = "#FBFAF6"
UNKNOWN = Pattern("#5D6973", "M-1 5L5 -1M-1 9L9 -1M3 9L9 3", 0.9, 0.05)
"""An unknown value is hatched: neither 0 nor the lightest class."""
CIRCLE = "#6C50A0"


def ramp(classes: int, *, zero: bool = False) -> list[str]:
    """Fills of the classes of a choropleth, from the lowest to the highest.

    Parameters
    ----------
    classes
        How many there are, ``zero`` included.
    zero
        Whether the first is the class of the value 0, left almost blank.
    """
    count = classes - zero
    last = len(_RAMP) - 1
    places = [last if count == 1 else round(place * last / (count - 1)) for place in range(count)]
    return [ZERO] * zero + [_RAMP[place] for place in places]


def kind_order(kinds: set[str]) -> list[str]:
    """Kinds of structures in the order of the law file, those it does not name last."""
    order = list(structure_kinds())
    return sorted(kinds, key=lambda kind: (order.index(kind) if kind in order else 99, kind))


def class_order(classes: set[str]) -> list[str]:
    """Classes from the most under-served on, those that the law file does not name last."""
    known = zoning_classes()
    return sorted(classes, key=lambda name: (known[name].rank if name in known else 99, name))


def as_values(style: Stroke | Pattern) -> dict[str, Any]:
    """A style as plain values for the browser."""
    return asdict(style)
