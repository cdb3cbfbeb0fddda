"""The territories that have figures, and what has to be said beside these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...core.i18n import T, Text, say_date
from ...core.snapshot import Membership, Snapshot
from ...core.tables import EVERYWHERE_LEVELS
from .ranks import NONE, Ranks

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shown:
    """The territories that have figures, level after level, and the communes of each."""

    names: npt.NDArray[np.object_]
    whole: Bools
    commune: Ints
    """Positions of communes, each once a level."""
    place: Ints
    """The territory of each, among ``names``."""
    is_commune: Bools

    @classmethod
    def of(cls, snapshot: Snapshot, held: Membership) -> Shown:
        table = snapshot.territories
        levels = [level for level in EVERYWHERE_LEVELS if level in snapshot.levels]
        level = table["level"].to_numpy(dtype=object)
        shown = np.flatnonzero(np.isin(level, levels))
        rank = np.full(len(table) + 1, -1, dtype=np.int64)  # the last answers for "nowhere"
        rank[shown] = np.arange(len(shown))
        found = np.concatenate(
            [rank[held.communes[name].to_numpy(dtype=np.int64)] for name in levels]
        )
        commune = np.tile(np.arange(len(held.communes)), len(levels))
        inside = found >= 0
        return cls(
            names=table["territory"].to_numpy(dtype=object)[shown],
            whole=held.whole[shown],
            commune=commune[inside],
            place=found[inside],
            is_commune=level[shown] == "commune",
        )

    def sum(self, of_communes: npt.NDArray[np.generic]) -> Floats:
        """Sum over the communes of each territory."""
        return np.bincount(
            self.place, weights=of_communes[self.commune], minlength=len(self.names)
        ).astype(np.float64)

    def any(self, of_communes: Bools) -> Bools:
        """Whether it is so of a commune of each territory."""
        return self.sum(of_communes) > 0


def notes_of(
    snapshot: Snapshot, held: Membership, places: Shown, ranks: Ranks
) -> Iterator[tuple[Text, Bools]]:
    """What has to be said beside the figures, and the territories of which it is true."""
    commune = held.members["commune"].to_numpy(dtype=np.int64)
    undated = np.zeros(len(held.communes), dtype=bool)
    undated[commune[np.isnat(held.members["since"].to_numpy())]] = True
    before = snapshot.as_of < held.told_from
    complete = held.communes["complete"].to_numpy(dtype=bool)
    parts = (held.units > 1) & ~ranks.told & complete & (ranks.high > NONE) & ~(undated & before)
    reasons = (
        (places.any(undated), _BEFORE if before else _UNDATED),
        (places.any(~complete), _INCOMPLETE),
        (places.any(parts), _PARTS),
        (places.any(held.communes["population"].isna().to_numpy()), _NO_POPULATION),
        (~places.whole, _NOT_WHOLE),
    )
    year = held.communes["year"].to_numpy(dtype=float)
    first, last = (_extreme(places, year, way) for way in (np.minimum, np.maximum))
    mask = sum(flag.astype(np.int64) << bit for bit, (flag, _) in enumerate(reasons))
    keys = np.column_stack([mask, np.nan_to_num(first), np.nan_to_num(last)])
    table = _said_table(held)
    for key in np.unique(keys, axis=0):
        said = [_said_years(int(key[1]), int(key[2])), table]
        said += [text for bit, (_, text) in enumerate(reasons) if int(key[0]) >> bit & 1]
        note = Text(" ".join(t.say("fr") for t in said), " ".join(t.say("en") for t in said))
        yield note, (keys == key).all(axis=1)


def _extreme(places: Shown, year: Floats, way: np.ufunc) -> Floats:
    found = np.full(len(places.names), np.nan)
    years = year[places.commune]
    known = ~np.isnan(years)
    found[places.place[known]] = years[known]  # any of them to begin with
    way.at(found, places.place[known], years[known])
    return found


def _said_years(first: int, last: int) -> Text:
    if not first:
        return T("Population d'une année non précisée.", "Population of a year not stated.")
    if first == last:
        return T("Population de {year}.", "Population of {year}.", year=first)
    return T(
        "Population de {first} à {last} selon la commune.",
        "Population of {first} to {last} by commune.",
        first=first,
        last=last,
    )


def _said_table(held: Membership) -> Text:
    day = Text(say_date(held.told_from, "fr"), say_date(held.told_from, "en"))
    if held.vintage is not None:
        return T("Table des CPTS du {day}.", "Table of the CPTS of {day}.", day=day)
    return T(
        "Table des CPTS sans millésime, lue au {day}.",
        "Table of the CPTS without a millésime, read on {day}.",
        day=day,
    )


_UNDATED = T(
    "Des CPTS sans date comptent à partir de la table.",
    "CPTS without a date count from the table on.",
)
_BEFORE = T(
    "Avant la table, les CPTS sans date ne sont pas connues.",
    "Before the table, CPTS without a date are not known.",
)
_INCOMPLETE = T(
    "La table n'est pas donnée pour complète ici : une commune qu'elle ne liste pas est inconnue.",
    "The table is not said to be complete here: a commune that it does not list is unknown.",
)
_PARTS = T(
    "Des arrondissements d'une commune diffèrent, et leur population n'est pas connue.",
    "Arrondissements of a commune differ, and their population is not known.",
)
_NO_POPULATION = T(
    "Une commune au moins est sans population connue.",
    "At least one commune has no known population.",
)
_NOT_WHOLE = T(
    "Une partie de ce territoire est hors de l'étude.",
    "A part of this territory lies outside the study.",
)
