"""What is known of one place at one date: the facts that aids and look-ups rest on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from .i18n import Text


@dataclass(frozen=True)
class Place:
    """A place at a date. What is not known is None, never "no".

    Parameters
    ----------
    as_of
        The date.
    lon, lat
        Degrees, WGS84; None where only its facts are given.
    zone_class
        Class of the zonage médecin in force at the date; None: undetermined or not classed.
    possible_classes
        Classes that the place may have; one where it is determined, several where the position or
        the order does not decide, none where nothing can be said. "not classed" is ``""``.
    zone_basis
        ``qpv``, ``commune``, ``tvs``…: which unit gave the class.
    zone_reason
        Why the class is what it is, or undetermined, in words.
    in_qpv
        Whether a QPV in force holds the place.
    qpv
        Its code where it is known.
    metres_to_qpv, metres_low, metres_high
        Distance to the nearest QPV limit in force, 0 inside, in the legal CRS, and its bounds.
    island
        Whether it lies on an island of the study's list.
    commune, departement, region
        Codes.
    """

    as_of: dt.date
    lon: float | None = None
    lat: float | None = None
    zone_class: str | None = None
    possible_classes: tuple[str, ...] = ()
    zone_basis: str | None = None
    zone_reason: Text | None = None
    in_qpv: bool | None = None
    qpv: str | None = None
    metres_to_qpv: float | None = None
    metres_low: float | None = None
    metres_high: float | None = None
    island: bool | None = None
    commune: str | None = None
    departement: str | None = None
    region: str | None = None
