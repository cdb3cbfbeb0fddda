"""How mature the CPTS of a commune are at a date: as the table gives it, at least, at most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...core.snapshot import Membership, Snapshot

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NONE, UNKNOWN, LETTER, PROJECT, ACI = range(5)
"""Ranks of maturity; an unknown one is at least a letter of intent."""
_RANKS = {"letter": LETTER, "project": PROJECT, "aci": ACI}
CUMULATIVE = {"any": UNKNOWN, "project": PROJECT, "aci": ACI}
EXACT = {"letter-only": LETTER, "project-only": PROJECT, "unknown-only": UNKNOWN}


@dataclass(frozen=True, eq=False)
class Ranks:
    """Maturity as the table gives it, the least and the most it may be; ``told``: whether given."""

    given: Ints
    low: Ints
    high: Ints
    told: Bools

    def meeting(self, definition: str) -> tuple[Floats, Bools, Bools]:
        """(n,) whether each meets a definition: as given (NaN: not told), surely, perhaps."""
        if definition in CUMULATIVE:
            least = CUMULATIVE[definition]
            given, low, high = (ranks >= least for ranks in (self.given, self.low, self.high))
        else:
            wanted = EXACT[definition]
            given = self.given == wanted
            low = (self.low == wanted) & (self.high == wanted)
            high = (self.low <= wanted) & (self.high >= wanted)
            if wanted == UNKNOWN:  # what the table leaves open, and nothing else
                low = high = given & self.told
        # Where the bounds agree what is left untold changes nothing.
        decided = np.where(low, 1.0, np.where(high, np.nan, 0.0))
        return np.where(self.told, given, decided), low, high

    def most(self, group: Ints, count: int) -> Ranks:
        """The most mature of each group; a group without members has no CPTS."""

        def highest(ranks: Ints) -> Ints:
            found = np.zeros(count, dtype=np.int64)
            np.maximum.at(found, group, ranks)
            return found

        given = highest(np.where(self.told, self.given, NONE))
        untold = highest(np.where(self.told, NONE, self.high))
        return Ranks(given, highest(self.low), highest(self.high), untold <= given)


def row_ranks(held: Membership, snapshot: Snapshot) -> Ranks:
    """What each row of the table says at the date."""
    rows = held.members
    rank = rows["maturity"].map(_RANKS).fillna(UNKNOWN).to_numpy(dtype=np.int64)
    most = np.where(rank == UNKNOWN, ACI, rank)
    since = rows["since"].to_numpy()
    dated = ~np.isnat(since)
    begun = since <= np.datetime64(snapshot.as_of, "s")
    undated = np.full(len(rows), snapshot.as_of >= held.told_from)
    in_force = np.where(dated, begun, undated)
    # Before the date of its maturity a CPTS may have had a lesser one; before a letter, none.
    lesser = np.where(most == LETTER, NONE, most - 1)
    high = np.where(in_force | ~dated, most, lesser)
    return Ranks(
        given=np.where(in_force, rank, NONE),
        low=np.where(in_force, rank, NONE),
        high=high,
        told=in_force | (high == NONE),
    )


def ranks_of_communes(held: Membership, rows: Ranks) -> Ranks:
    """The most mature CPTS of each commune; of a divided one, only where its parts agree."""
    count = len(held.communes)
    commune = held.members["commune"].to_numpy(dtype=np.int64)
    own = (
        held.members["unit"].to_numpy(dtype=object)
        == held.communes["code"].to_numpy(dtype=object)[commune]
    )
    chosen = np.flatnonzero(own)
    whole = _taken(rows, chosen).most(commune[chosen], count)
    listed = np.bincount(commune, minlength=count) > 0
    given, low, high, told = whole.given, whole.low, whole.high.copy(), whole.told.copy()
    parts = np.flatnonzero(~own)
    if len(parts):
        given, low = given.copy(), low.copy()
        names = held.members["unit"].to_numpy(dtype=object)[parts]
        units, unit = np.unique(names.astype(str), return_inverse=True)
        ranks = _taken(rows, parts).most(unit.astype(np.int64), len(units))
        home = np.zeros(len(units), dtype=np.int64)
        home[unit] = commune[parts]
        for place in np.unique(home):
            inside = home == place
            some_unlisted = inside.sum() < held.units[place]
            least = [*np.maximum(ranks.low[inside], whole.low[place])]
            most = [*np.maximum(ranks.high[inside], whole.high[place])]
            said = [*np.maximum(ranks.given[inside], whole.given[place])]
            if some_unlisted:
                least.append(whole.low[place])
                most.append(whole.high[place])
                said.append(whole.given[place])
            low[place], high[place], given[place] = min(least), max(most), min(said)
            agreed = min(said) == max(said) and ranks.told[inside].all()
            told[place] = whole.told[place] and agreed
            if some_unlisted and not held.communes["complete"].iat[place]:
                told[place] &= whole.given[place] == max(said)
    complete = held.communes["complete"].to_numpy(dtype=bool)
    high[~complete] = ACI
    told &= complete | listed
    return Ranks(given, low, high, told)


def _taken(ranks: Ranks, rows: Ints) -> Ranks:
    return Ranks(ranks.given[rows], ranks.low[rows], ranks.high[rows], ranks.told[rows])
