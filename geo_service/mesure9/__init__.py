"""Mesure 9: the table of the progress note, computed; the official figures beside; the maps."""

from __future__ import annotations

from .beside import MAP_SOURCE, OfficialFigure, official_figures, why_different
from .disagreements import Disagreement, Disagreements, disagreements
from .maps import in_or_near, map_layers, place_label
from .table import BOTH, MEASURES, Figure, Mesure9, mesure9
from .words import definition_label, scope_label

__all__ = [
    "BOTH",
    "MAP_SOURCE",
    "MEASURES",
    "Disagreement",
    "Disagreements",
    "Figure",
    "Mesure9",
    "OfficialFigure",
    "definition_label",
    "disagreements",
    "in_or_near",
    "map_layers",
    "mesure9",
    "official_figures",
    "place_label",
    "scope_label",
    "why_different",
]
