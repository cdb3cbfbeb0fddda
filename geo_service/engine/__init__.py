"""Floor 1: geometry without French law. Exact answers of GEOS, as fast as they come.

Points are plain coordinate arrays in the CRS of the index; answers are positions in the layer.
"""

from .answers import INSIDE, OUTSIDE, UNDETERMINED, Answers
from .changing import ChangingIndex
from .index import SpatialIndex
from .territorial import TerritorialIndex

__all__ = [
    "INSIDE",
    "OUTSIDE",
    "UNDETERMINED",
    "Answers",
    "ChangingIndex",
    "SpatialIndex",
    "TerritorialIndex",
]
