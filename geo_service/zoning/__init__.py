"""Floor 3: which zone of the zonage médecin a place is in, at a date."""

from .answer import ZoneAnswer
from .asking import place_of, zone, zones_of
from .deciding import Settled, Spot, decide, settle
from .ground import Ground, ground_of
from .with_qpv import all_known, communes_with_qpv

__all__ = [
    "Ground",
    "Settled",
    "Spot",
    "ZoneAnswer",
    "all_known",
    "communes_with_qpv",
    "decide",
    "ground_of",
    "place_of",
    "settle",
    "zone",
    "zones_of",
]
