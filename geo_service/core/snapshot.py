"""A territory at one date, as the indicators see it; :mod:`.figures` is what they give back.

Everything spatial has been answered before: an indicator only counts, sums and divides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .i18n import Text
from .tables import LEVELS

if TYPE_CHECKING:
    import pandas as pd

Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ALL_STRUCTURES = "all"
PLURIPROFESSIONAL = "pluri"
SCOPES = (ALL_STRUCTURES, PLURIPROFESSIONAL)


@dataclass(frozen=True, eq=False)
class Verdict:
    """Whether each structure is in a set of zones.

    Parameters
    ----------
    given : (n,) bool
        For the position as it is given.
    sure : (n,) int8
        1 surely, 0 surely not, -1 undetermined.
    told : (n,) bool, optional
        False where nothing can be said at all: no zones in force there are known at the date.
    pair_structure, pair_zone : (m,) int64
        Structures and the zones (positions in ``Snapshot.qpv``) that may hold them.
    pair_given, pair_sure : (m,) bool
        Whether that zone holds the position as given; whether it surely holds it.
    """

    given: Bools
    sure: Codes
    told: Bools | None = None
    pair_structure: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    pair_zone: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    pair_given: Bools = field(default_factory=lambda: np.empty(0, bool))
    pair_sure: Bools = field(default_factory=lambda: np.empty(0, bool))

    def minus(self, other: Verdict) -> Verdict:
        """In these zones and not in the others; pairs are those of these zones."""
        sure = np.where(
            (self.sure == 0) | (other.sure == 1),
            0,
            np.where((self.sure == 1) & (other.sure == 0), 1, -1),
        ).astype(np.int8)
        return Verdict(self.given & ~other.given, sure, self.told)

    def inverse(self) -> Verdict:
        """Not in these zones."""
        sure = np.where(self.sure < 0, -1, 1 - self.sure).astype(np.int8)
        return Verdict(~self.given, sure, self.told)


@dataclass(frozen=True, eq=False)
class Nearest:
    """The nearest structures of one kind to each origin (a commune's point, a QPV's limit).

    ``structure`` (n, k): positions in ``Snapshot.structures``, -1 where there is none. ``metres``,
    ``low``, ``high`` (n, k): distance as positions are given and its bounds (NaN: not known).
    ``edge`` (n,): way to territory that the data do not cover, infinite where they cover it all.
    """

    structure: Ints
    metres: Floats
    low: Floats
    high: Floats
    edge: Floats


@dataclass(frozen=True, eq=False)
class Reach:
    """What each populated point has within each distance.

    ``nearest``: the nearest structure of each point (k = 1). ``structures`` (n, d): structures
    within each distance, as given; ``least`` and ``most`` their bounds (NaN: not known).
    ``people`` (n, d): inhabitants within each distance.
    """

    nearest: Nearest
    structures: Floats
    least: Floats
    most: Floats
    people: Floats


@dataclass(frozen=True, eq=False)
class Membership:
    """Which commune belongs to which CPTS, and for which communes that is known whole.

    Parameters
    ----------
    communes
        Communes of the study: ``code``, ``population``, ``year`` (of the population, NaN: not
        stated), ``complete`` (whether every CPTS of that commune is known) and one column a level
        in ``EVERYWHERE_LEVELS`` with the position of its territory (-1: none).
    members
        A row a unit and CPTS: ``commune`` (position in ``communes``), ``unit`` (its code, or that
        of its arrondissement), ``cpts``, ``maturity`` (letter, project, aci, or null), ``since``.
    units : (n,) int64
        Of how many arrondissements a commune is made; 1 where it is not divided.
    told_from
        Rows without a date of their own hold from this day on; before, nobody can tell.
    vintage
        Millésime of the table; None: not stated.
    whole : (m,) bool
        By territory: whether all its communes are among ``communes``.
    """

    communes: pd.DataFrame
    members: pd.DataFrame
    units: Ints
    told_from: dt.date
    vintage: dt.date | None
    whole: Bools


@dataclass(frozen=True, eq=False)
class Zoning:
    """The class of each commune of the study, and the people whose QPV has another one.

    Parameters
    ----------
    zone_class : (n,) object
        Class of each commune; null where ``undetermined`` or where no class is published for it.
    undetermined : (n,) bool
        Whether what is published does not say which class it has.
    population : (n,) float
        Inhabitants; NaN not known.
    levels
        Positions of each commune's territories by level, as in ``Snapshot.territories`` (-1: none).
    classes
        Every class at hand, at any date, the most under-served first.
    moved
        A row a commune and QPV in force in it whose class is not that of the commune: ``commune``
        (position), ``qpv`` (its code), ``zone_class``, ``share`` (of the QPV's ground in that
        commune), ``population`` (of the whole QPV; NaN not known).
    in_force
        Whether any order at hand is in force; where not, every class is null.
    note
        What goes with every figure: that the order is undated, or that none is in force.
    """

    zone_class: npt.NDArray[np.object_]
    undetermined: Bools
    population: Floats
    levels: Mapping[str, Ints]
    classes: tuple[str, ...]
    moved: pd.DataFrame
    in_force: bool
    note: Text | None = None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A territory at one date.

    Parameters
    ----------
    as_of
        The date.
    scope
        ``all`` or ``pluri`` (pluriprofessional only).
    structures
        Structures open, or perhaps open, at the date: ``kind``, ``speciality``, ``certain`` (bool:
        surely open), ``precise`` (bool: precision of the position known), ``known`` (bool: that of
        the limits it is compared with too) and one column a level in
        ``EVERYWHERE_LEVELS`` with the position of its territory (-1: none).
    territories
        Territories of the study without QPV: ``territory``, ``level``, ``population``, ``covered``
        (whether the data cover it whole).
    qpv
        QPV in force: ``territory`` (``qpv:…``), ``code``, ``population``, ``members`` (positions of
        the territories that hold it). None when no perimeter in the sources is in force.
    verdicts
        ``qpv`` and, for each definition of the quartier vécu, the set *in or near* a QPV.
    nearest
        By (origin level, kind).
    """

    as_of: dt.date
    scope: str
    kinds: tuple[str, ...]
    structures: pd.DataFrame
    territories: pd.DataFrame
    qpv: pd.DataFrame | None
    verdicts: Mapping[str, Verdict]
    definitions: tuple[str, ...]
    missing: Mapping[str, Text] = field(default_factory=dict)
    """Definitions asked for that no source gives, and why."""
    levels: tuple[str, ...] = LEVELS
    """Levels computed at this date."""
    nearest: Mapping[tuple[str, str], Nearest] = field(default_factory=dict)
    """By (level of the origins: commune or qpv, kind); origins follow that level's territories."""
    demand: pd.DataFrame | None = None
    """Populated points inside the study: ``population``, one column a level as in structures."""
    reach: Mapping[str, Reach] = field(default_factory=dict)
    """By kind, what each populated point reaches."""
    distances: tuple[float, ...] = ()
    """Metres of ``reach``."""
    membership: Membership | None = None
    """The communes of the CPTS; None where no source gives them."""
    zoning: Zoning | None = None
    """Class of each commune at the date; None where no source gives classes."""
