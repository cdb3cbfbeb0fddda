"""geo_service: who, in France, lives and works near coordinated care.

The names that a script needs most are here; each is loaded when it is first asked for, so that
``import geo_service`` itself costs next to nothing.

Examples
--------
>>> import shapely
>>> from geo_service import SpatialIndex
>>> squares = shapely.box([0, 1000], [0, 0], [1000, 2000], [1000, 1000])
>>> index = SpatialIndex(squares, crs=2154)
>>> points, zones = index.within_distance([500, 2300], [500, 500], 300)
>>> points.tolist(), zones.tolist()
([0, 1], [0, 1])
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .aids import eligibility
    from .atlas import Atlas
    from .engine import SpatialIndex
    from .ranking import rank_qpv
    from .study import Study, build
    from .zoning import place_of, zone

__version__ = "0.1.0"

__all__ = [
    "Atlas",
    "SpatialIndex",
    "Study",
    "__version__",
    "build",
    "eligibility",
    "place_of",
    "rank_qpv",
    "zone",
]

_HOME = {
    "Atlas": "atlas",
    "SpatialIndex": "engine",
    "Study": "study",
    "build": "study",
    "eligibility": "aids",
    "place_of": "zoning",
    "rank_qpv": "ranking",
    "zone": "zoning",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
