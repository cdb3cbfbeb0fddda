"""Official figures as data: what was published, by whom, on which perimeter, and how it was seen.

Figures stand in ``law/series/*.toml``, a file a perimeter. Two perimeters never mix in one series,
and two figures of different perimeters are shown side by side, never subtracted.
"""

from __future__ import annotations

from .comparing import Difference, SideBySide, compare, difference, why_apart
from .printed import PrintedCheck, check_printed, printed_increments
from .reading import read_folder
from .series import (
    OfficialSeries,
    OfficialValue,
    Perimeter,
    official,
    official_series,
    value_at,
)
from .targets import Target, read_targets, target, targets

__all__ = [
    "Difference",
    "OfficialSeries",
    "OfficialValue",
    "Perimeter",
    "PrintedCheck",
    "SideBySide",
    "Target",
    "check_printed",
    "compare",
    "difference",
    "official",
    "official_series",
    "printed_increments",
    "read_folder",
    "read_targets",
    "target",
    "targets",
    "value_at",
    "why_apart",
]
