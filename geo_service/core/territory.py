"""Ids of territories: ``level:code``."""

from __future__ import annotations

from .errors import UnknownNameError
from .i18n import T
from .tables import LEVELS

FRANCE = "france:FR"
LAYER_OF_LEVEL = {
    "region": "regions",
    "departement": "departements",
    "epci": "epci",
    "commune": "communes",
}
"""Layer of a result that holds the territories of a level; the largest level first."""


def read_territory(written: str) -> str:
    """The id of a territory as users write it: ``france`` is ``france:FR``.

    Raises
    ------
    UnknownNameError
        The level does not exist or the code is missing.
    """
    if written in ("france", FRANCE):
        return FRANCE
    level, colon, code = written.partition(":")
    if level in LEVELS and level != "france" and colon and code:
        return written
    raise UnknownNameError(
        T(
            "« {written} » n'est pas un territoire.",
            "“{written}” is no territory.",
            written=written,
        ),
        known=("france", "region:76", "departement:31", "epci:243100518", "commune:31555"),
        do=T(
            "Écrivez niveau:code, par exemple region:76 ou departement:31, ou france.",
            "Write level:code, for example region:76 or departement:31, or france.",
        ),
    )
