"""Régions, départements and the country in one series: do they add up, and to the control table?

In the baromètre's CDS series the parts are one unit short at every date before 2021-12-31. The
values stay as published; the gap is listed with what the data tell of it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from geo_service.core.i18n import T, Text
from geo_service.official import official

CONTROLS = {"msp": "barometre_msp", "cds_pluri": "barometre_cds_pluri"}
"""Series of the baromètre reader → official series that controls it."""


@dataclass(frozen=True)
class SumCheck:
    """One series at one date: the country beside the sums of its parts.

    A sum is None where the series holds no such territory. ``gap_*`` is the sum minus the country;
    None where one of the two is unknown. ``explained`` says what the data tell of a gap.
    """

    series: str
    date: dt.date
    country: float | None
    regions: float | None
    region_count: int
    departements: float | None
    departement_count: int
    gap_regions: float | None
    gap_departements: float | None
    explained: Text | None

    @property
    def closes(self) -> bool:
        """True where every known sum is the country's value."""
        return not self.gap_regions and not self.gap_departements


@dataclass(frozen=True)
class ControlCheck:
    """A cell of the control table that the series contradicts or does not hold (``found`` None)."""

    series: str
    territory: str
    date: dt.date
    expected: float
    found: float | None


def check_sums(table: Any) -> list[SumCheck]:
    """The sums of a table of series, one entry a series and date that has a country's value.

    Parameters
    ----------
    table
        Columns ``series``, ``territory`` (``level:code``), ``date``, ``value``: the table
        ``series`` of a result, or what the reader of the baromètre gives.
    """
    rows: Any = table[~table["series"].str.endswith("_target")].copy()
    rows["level"] = rows["territory"].str.split(":").str[0]
    found = []
    for (series, date), part in rows.groupby(["series", "date"], sort=True):
        country = _total(part, "france")
        if country is None:
            continue
        regions, departements = _total(part, "region"), _total(part, "departement")
        gap_regions = None if regions is None else regions - country
        gap_departements = None if departements is None else departements - country
        found.append(
            SumCheck(
                series=str(series),
                date=_day(date),
                country=country,
                regions=regions,
                region_count=int((part["level"] == "region").sum()),
                departements=departements,
                departement_count=int((part["level"] == "departement").sum()),
                gap_regions=gap_regions,
                gap_departements=gap_departements,
                explained=_explain(gap_regions, gap_departements),
            )
        )
    return found


def official_sums() -> list[SumCheck]:
    """The same for the control table: the official series of the baromètre held as data."""
    import pandas as pd

    tables = [
        official(control).rows[["territory", "date", "value"]].assign(series=name)
        for name, control in CONTROLS.items()
    ]
    return check_sums(pd.concat(tables))


def check_control(table: Any) -> list[ControlCheck]:
    """The cells of the control table that a table of series does not confirm.

    Dates that the table does not reach at all for a series are not asked of it.
    """
    rows: Any = table
    found = []
    for name, control in CONTROLS.items():
        own = rows[rows["series"] == name]
        held = {
            (row.territory, _day(row.date)): float(row.value)
            for row in own.itertuples()
            if row.value == row.value
        }
        reached = {date for _, date in held}
        expected: Any = official(control).rows
        for row in expected.itertuples():
            if row.date in reached and held.get((row.territory, row.date)) != row.value:
                found.append(
                    ControlCheck(
                        name,
                        str(row.territory),
                        row.date,
                        float(row.value),
                        held.get((row.territory, row.date)),
                    )
                )
    return found


def _day(date: Any) -> dt.date:
    return date if type(date) is dt.date else date.date()


def _total(part: Any, level: str) -> float | None:
    values = part.loc[part["level"] == level, "value"].dropna()
    return None if values.empty else float(values.sum())


def _explain(regions: float | None, departements: float | None) -> Text | None:
    gaps = [gap for gap in (regions, departements) if gap]
    if not gaps:
        return None
    if regions == departements and abs(gaps[0]) <= 1:
        return T(
            "Régions et départements ont la même somme, à {n:g} unité du pays : une structure du "
            "total national n'est rattachée à aucun territoire. Publié tel quel, gardé tel quel.",
            "Régions and départements have the same sum, {n:g} unit from the country: one "
            "structure of the national total belongs to no territory. Published so, kept so.",
            n=abs(gaps[0]),
        )
    if len([gap for gap in (regions, departements) if gap is not None]) == 1 and abs(gaps[0]) <= 1:
        return T(
            "À une unité du pays : une structure du total national manque aux territoires.",
            "One unit from the country: one structure of the national total is in no territory.",
        )
    return T(
        "Écart non expliqué : vérifier les lignes de cette date.",
        "Gap not explained: check the rows of this date.",
    )
