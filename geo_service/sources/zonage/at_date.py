"""What the orders at hand say of a unit at a date: a vintage that does not cover it says nothing.

Rows of the table ``classes`` without any date are *undated*: they are in force at no known date
unless the caller assumes it, and the answer then says so. Of a row with one date only the other
end is open. Two rows in force that differ contradict each other; none is chosen.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from geo_service.rules import read_part_class

from .found import read_class, says_nothing
from .names import arrondissement_codes

if TYPE_CHECKING:
    import pandas as pd

GENERAL_PRACTICE = "médecin généraliste"
"""Profession of an order where its file says nothing else."""
PART_UNITS = {"qpv": "commune-qpv", "grand quartier": "commune-grand-quartier"}
"""Part of a commune that a published value speaks of → unit of the row that bears its class."""
TVS_OF_COMMUNE = "commune-tvs"
"""Unit of a row that gives a commune, its code, the class of its TVS, its name."""

State = Literal["class", "several", "silent", "part", "undated", "not in force", "absent"]
"""``class``: one class in force. ``several``: rows in force differ. ``silent``: the order in force
publishes no class. ``part``: what it publishes speaks of a part of the commune. ``undated``: all
that is at hand has no date. ``not in force``: no vintage at hand covers the date. ``absent``: no
row at hand names the unit."""


@dataclass(frozen=True)
class Ruling:
    """One row of an order: what it says of a unit, and when it is in force."""

    unit: str
    code: str
    name: str | None
    classes: tuple[str, ...]
    """Its class; several where rows of one file contradict; none where nothing is published."""
    published: str | None
    valid_from: dt.date | None
    valid_to: dt.date | None
    order: str | None
    file: str
    row: int | None = None

    @property
    def dated(self) -> bool:
        """Whether it is known when it is in force."""
        return self.valid_from is not None or self.valid_to is not None


@dataclass(frozen=True)
class Saying:
    """What the orders say of one unit at a date."""

    unit: str
    """``qpv``, ``commune``, ``arrondissement``, ``grand quartier`` or ``tvs``."""
    code: str
    state: State
    classes: tuple[str, ...] = ()
    """Of the rows in force; of the undated ones where ``state`` is ``undated``."""
    rulings: tuple[Ruling, ...] = ()
    """Rows in force (or undated)."""
    others: tuple[Ruling, ...] = ()
    """Rows at hand that do not cover the date."""
    assumed: bool = False
    """Whether undated rows were taken as in force."""


def classes_told(zone_class: str | None, published: str | None) -> tuple[str, ...]:
    """Classes that a row tells; one that the law file does not name passes as it is published.

    >>> classes_told("ZIP", "1_ZIP"), classes_told(None, "ZIP / 2_ZAC"), classes_told(None, "ZX")
    (('ZIP',), ('ZIP', 'ZAC'), ('ZX',))
    >>> classes_told(None, "3_QPV_ZIP"), classes_told(None, "N/A"), classes_told(None, None)
    ((), (), ())
    """
    if zone_class is not None:
        return (zone_class,)
    if published is None or says_nothing(published) or read_part_class(published):
        return ()
    return tuple(dict.fromkeys(read_class(part) or part for part in published.split(" / ")))


_told = functools.lru_cache(maxsize=4096)(classes_told)


class Orders:
    """Every row of the orders at hand on one profession, found by unit and code.

    Parameters
    ----------
    classes
        Table ``classes``; None where there is none.
    profession
        Rows on another profession are left out.
    """

    def __init__(self, classes: pd.DataFrame | None, profession: str = GENERAL_PRACTICE) -> None:
        self.profession = profession
        self.elsewhere = False
        """Whether rows on another profession are at hand."""
        self._rows = None
        since = until = np.empty(0, dtype="datetime64[s]")
        if classes is not None:
            rows = classes[(classes["profession"] == profession).to_numpy(dtype=bool)]
            self.elsewhere = len(rows) < len(classes)
            self._rows = rows
            since, until = rows["valid_from"].to_numpy(), rows["valid_to"].to_numpy()
        self._since, self._until = since, until
        self.undated: npt.NDArray[np.bool_] = np.isnat(since) & np.isnat(until)
        """Rows without any date."""

    @functools.cached_property
    def _columns(self) -> dict[str, list[Any]]:
        rows = self._rows
        if rows is None:
            return {}
        names = ("unit", "code", "name", "zone_class", "published", "order", "file", "row")
        return {
            name: rows[name].astype("object").where(rows[name].notna(), None).tolist()
            for name in names
        }

    @functools.cached_property
    def _days(self) -> tuple[list[dt.date | None], list[dt.date | None]]:
        # As dates once: a numpy date takes longer to read than all the rest of a row.
        since, until = (m.astype("datetime64[D]").tolist() for m in (self._since, self._until))
        return since, until

    @functools.cached_property
    def _by_unit(self) -> dict[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = {}
        if self._rows is not None:
            keys = zip(self._rows["unit"].tolist(), self._rows["code"].tolist(), strict=True)
            for row, (unit, code) in enumerate(keys):
                found.setdefault((str(unit), str(code)), []).append(row)
        return found

    @functools.cached_property
    def alone(self) -> dict[str, tuple[int, str]]:
        """Communes of which one row speaks, whatever its date, and gives a class: row and class."""
        if self._rows is None:
            return {}
        own = np.flatnonzero((self._rows["unit"] == "commune").to_numpy(dtype=bool))
        rows = self._rows.iloc[own]
        kept = (~rows["code"].duplicated(keep=False) & rows["zone_class"].notna()).to_numpy()
        told = zip(own[kept].tolist(), rows["zone_class"][kept].tolist(), strict=True)
        return dict(zip(rows["code"][kept].tolist(), told, strict=True))

    def __len__(self) -> int:
        return len(self.undated)

    def covers(self, as_of: dt.date) -> npt.NDArray[np.bool_]:
        """Which rows are in force at a date; none that is undated."""
        day = np.datetime64(as_of, "s")
        begun = np.isnat(self._since) | (self._since <= day)
        running = np.isnat(self._until) | (self._until >= day)
        covered: npt.NDArray[np.bool_] = begun & running & ~self.undated
        return covered

    def at(self, as_of: dt.date, *, assume_undated: bool = False) -> InForce:
        """What they say at a date."""
        return InForce(self, self.covers(as_of), assume_undated)

    def units(self, unit: str) -> Iterable[str]:
        """Codes that rows of a unit name."""
        return (code for kind, code in self._by_unit if kind == unit)

    def rows(self, unit: str, code: str) -> list[int]:
        """Rows that name a unit."""
        return self._by_unit.get((unit, code), [])

    @functools.cached_property
    def vintages(self) -> tuple[Ruling, ...]:
        """One row of each (validity, order, file) at hand, in the order of the table."""
        seen: dict[tuple[object, ...], int] = {}
        for row in range(len(self)):
            key = (
                *(days[row] for days in self._days),
                self._columns["order"][row],
                self._columns["file"][row],
            )
            seen.setdefault(key, row)
        return tuple(self.ruling(row) for row in seen.values())

    def ruling(self, row: int) -> Ruling:
        """One row, read."""
        cells = {name: column[row] for name, column in self._columns.items()}
        return Ruling(
            unit=str(cells["unit"]),
            code=str(cells["code"]),
            name=cells["name"],
            classes=_told(cells["zone_class"], cells["published"]),
            published=cells["published"],
            valid_from=self._days[0][row],
            valid_to=self._days[1][row],
            order=cells["order"],
            file=str(cells["file"]),
            row=None if cells["row"] is None else int(cells["row"]),
        )


class InForce:
    """The orders at one date.

    Parameters
    ----------
    orders
        All rows.
    covered : (n,) bool
        Which of them are in force.
    assume_undated
        Whether undated rows count as in force where no dated row does.
    """

    def __init__(
        self, orders: Orders, covered: npt.NDArray[np.bool_], assume_undated: bool
    ) -> None:
        self.orders, self.covered, self.assume_undated = orders, covered, assume_undated
        self._said: dict[tuple[str, str], Saying] = {}

    @property
    def nothing(self) -> bool:
        """Whether no row at all is in force (or assumed to be)."""
        return not (self.covered.any() or (self.assume_undated and self.orders.undated.any()))

    @property
    def assumed(self) -> bool:
        """Whether undated rows count as in force."""
        return self.assume_undated and bool(self.orders.undated.any())

    @functools.cached_property
    def plain(self) -> dict[str, tuple[str, bool]]:
        """Class of each commune of which one row alone speaks, if in force, and whether assumed.

        :meth:`of_commune` says the same of them, with its reasons, twenty times as slowly.
        """
        assumed = self.orders.undated & self.assume_undated
        spoken, assumption = (self.covered | assumed).tolist(), assumed.tolist()
        return {
            code: (zone_class, assumption[row])
            for code, (row, zone_class) in self.orders.alone.items()
            if spoken[row]
        }

    def of_unit(self, unit: str, code: str, called: str | None = None) -> Saying:
        """What the rows of exactly this unit say; ``called``: its name in the answer."""
        known = self._said.get((unit, code))
        if known is None:
            known = self._said[unit, code] = self._read(unit, code, called or unit)
        return known

    def of_qpv(self, code: str) -> Saying:
        """The class of its own that a QPV has."""
        return self.of_unit("qpv", code)

    def of_commune(self, code: str) -> Saying:
        """The class of a commune: its own, its arrondissements' where all agree, else its TVS's.

        A value that speaks of a part only (``state`` ``part``) leaves the rest of the commune to
        its TVS; where that says nothing either, it is told, with the class of the part. Where the
        part is a grand quartier, of which no contour is at hand, both classes are possible.
        """
        parts = arrondissement_codes(code)
        own = self.of_unit("commune", code)
        if own.state == "absent" and parts:
            own = self._of_arrondissements(code, parts)
        if own.state in ("class", "several"):
            return own
        tvs = self.of_unit(TVS_OF_COMMUNE, code, "tvs")
        if tvs.state in ("class", "several"):
            quarter = self.part_of(code, "grand quartier")
            classes = tuple(dict.fromkeys((*tvs.classes, *quarter.classes)))
            if own.state != "part" or quarter.state == "absent" or classes == tvs.classes:
                return tvs
            rulings = (*tvs.rulings, *quarter.rulings)
            return replace(tvs, state="several", classes=classes, rulings=rulings)
        if own.state == "absent" or (own.state == "not in force" and tvs.state == "undated"):
            return own if tvs.state == "absent" else tvs
        return own

    def part_of(self, commune: str, part: str) -> Saying:
        """What a value of a commune says of a part of it: its QPV or its grand quartier."""
        return self.of_unit(PART_UNITS[part], commune, part)

    def of_place(self, commune: str, qpv: str | None, qpv_of_commune: Sequence[str]) -> Saying:
        """What holds in a commune, in one of its QPV or in none: the QPV's own class first.

        A value such as ``3_QPV_ZIP`` does not name its QPV: it is that of the one QPV in force of
        the commune that has no class of its own, unless one that has explains the value already.

        Parameters
        ----------
        commune
            Its code.
        qpv
            Code of the QPV that holds the place; None: none does.
        qpv_of_commune
            Codes of every QPV of the commune in force at the date.
        """
        if qpv is None:
            return self.of_commune(commune)
        own = self.of_qpv(qpv)
        if own.state in ("class", "several", "undated"):
            return own
        part = self.part_of(commune, "qpv")
        if part.state != "class":
            return self.of_commune(commune)
        others = [self.of_qpv(code) for code in qpv_of_commune if code != qpv]
        told = [each for each in others if each.state in ("class", "several")]
        explained = any(part.classes[0] in each.classes for each in told)
        if len(told) == len(others) and not explained:
            return replace(part, code=qpv)
        return Saying("qpv", qpv, "part", part.classes, part.rulings, part.others, part.assumed)

    def _read(self, unit: str, code: str, called: str) -> Saying:
        rows = self.orders.rows(unit, code)
        if not rows:
            return Saying(called, code, "absent")
        current = [row for row in rows if self.covered[row]]
        undated = [row for row in rows if self.orders.undated[row]]
        assumed = not current and bool(undated) and self.assume_undated
        if assumed:
            current = undated
        chosen = current or undated
        others = tuple(self.orders.ruling(row) for row in rows if row not in chosen)
        rulings = tuple(self.orders.ruling(row) for row in chosen)
        classes = tuple(dict.fromkeys(one for ruling in rulings for one in ruling.classes))
        state: State
        if not current:
            state = "undated" if undated else "not in force"
        elif len(classes) == 1:
            # One file names a commune twice only where two were merged: both parts have to agree.
            blank = {ruling.file for ruling in rulings if not ruling.classes}
            halves = blank & {ruling.file for ruling in rulings if ruling.classes}
            state = "several" if halves else "class"
        elif classes:
            state = "several"
        elif any(read_part_class(ruling.published) for ruling in rulings):
            state = "part"
        else:
            state = "silent"
        return Saying(called, code, state, classes, rulings, others, assumed)

    def _of_arrondissements(self, city: str, parts: tuple[str, ...]) -> Saying:
        said = [self.of_unit("commune", part, "arrondissement") for part in parts]
        classes = tuple(dict.fromkeys(one for each in said for one in each.classes))
        rulings = tuple(ruling for each in said for ruling in each.rulings)
        states = {each.state for each in said}
        state: State
        if states == {"class"}:
            state = "class" if len(classes) == 1 else "several"
        elif "class" in states or "several" in states:
            # One arrondissement without a class leaves the city's open, whatever the others say.
            state = "several"
        else:
            order: tuple[State, ...] = ("part", "silent", "undated", "not in force", "absent")
            state = next(each for each in order if each in states)
        others = tuple(ruling for each in said for ruling in each.others)
        assumed = any(each.assumed for each in said)
        if state == "absent":
            return Saying("commune", city, "absent")
        return Saying("arrondissement", city, state, classes, rulings, others, assumed)
