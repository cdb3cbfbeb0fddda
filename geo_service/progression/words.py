"""The parts of a progression in words, and how a change is written."""

from __future__ import annotations

from ..core.i18n import T, Text, say_number
from ..rules import quartier_vecu_label
from .membership import CLASS, DECLARED, EVERYWHERE, IN_QPV
from .parts import Part

PART_LABELS: dict[Part, Text] = {
    "opened": T("ouvertures", "opened"),
    "closed": T("fermetures", "closed"),
    "moved": T("déménagements ou nouveau géocodage", "moved or re-geocoded"),
    "reclassified": T("changements de nature", "reclassified"),
    "perimeter": T("changements de périmètre", "perimeter changed"),
    "undetermined": T("indéterminé", "undetermined"),
}


def within_label(within: str) -> Text:
    """Where one counts, in words."""
    if within == EVERYWHERE:
        return T("partout", "everywhere")
    if within == IN_QPV:
        return T("en QPV", "in QPV")
    if within == DECLARED:
        return T(
            "en QPV ou en quartier vécu déclaré par l'ARS",
            "in QPV or in quartier vécu as declared by the ARS",
        )
    if within.startswith(CLASS):
        names = within.removeprefix(CLASS).split("+")
        return T(
            "où la classe de zonage est {names}",
            "where the zoning class is {names}",
            names=" / ".join(names),
        )
    return T("en QPV ou {near}", "in QPV or {near}", near=quartier_vecu_label(within))


def say_change(value: float | None) -> str:
    """A change with its sign; an unknown one is ``n. c.``."""
    if value is None:
        return say_number(None)
    said = say_number(abs(value), decimals=0 if float(value).is_integer() else 1)
    return said if value == 0 else f"{'+' if value > 0 else '−'}{said}"
