"""The levels above the commune: members, totals and contours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_service.core.i18n import T, Text
from geo_service.core.result import Anomalies, Anomaly
from geo_service.core.tables import TERRITORIES, shape_table

if TYPE_CHECKING:
    import pandas as pd

_LEVELS: tuple[tuple[str, Text], ...] = (
    ("region", T("la région", "région")),
    ("departement", T("le département", "département")),
    ("epci", T("l'EPCI", "EPCI")),
)
_ABOVE = {"departement": ("region",), "epci": ("departement", "region")}
_NAMED = 20


@dataclass(frozen=True)
class Parents:
    """Rows of the levels above, and those of which some communes were not kept."""

    rows: list[dict[str, Any]]
    partial: frozenset[str]

    def tables(self, communes: pd.DataFrame) -> Any:
        """Parents from the largest down, then the communes, as one GeoDataFrame."""
        import geopandas as gpd
        import pandas as pd

        above = shape_table(pd.DataFrame(self.rows, columns=communes.columns), TERRITORIES)
        below = shape_table(communes.drop(columns="geometry"), TERRITORIES)
        frame = pd.concat([pd.DataFrame(above), pd.DataFrame(below)], ignore_index=True)
        shapes = np.empty(len(frame), dtype=object)
        shapes[: len(self.rows)] = [row["geometry"] for row in self.rows]
        drawn = communes["geometry"].notna().to_numpy()
        shapes[len(self.rows) :][drawn] = communes["geometry"].to_numpy(dtype=object)[drawn]
        return gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=shapes, crs=4326)


def parent_rows(
    reference: pd.DataFrame,
    communes: pd.DataFrame,
    given: dict[str, Any],
    full_country: bool,
    notes: Anomalies,
    dissolve: bool,
) -> Parents:
    """The territories that hold a kept commune.

    Parameters
    ----------
    reference, communes
        All communes known and those kept, by code.
    given
        By level, what files say of its territories: name and geometry, by code.
    full_country
        Whether ``reference`` is the whole country; else there is no row for France.
    """
    rows: list[dict[str, Any]] = []
    partial: set[str] = set()
    if full_country:
        country = reference.assign(france="FR")
        kept = communes.assign(france="FR")
        rows += _level("france", T("la France", "France"), country, kept, None, notes, partial)
        rows[0]["name"] = "France"
    for level, label in _LEVELS:
        rows += _level(level, label, reference, communes, given[level], notes, partial)
    if dissolve:
        members = communes.assign(france="FR")
        for row in rows:
            if row["geometry"] is None and row["territory"] not in partial:
                row["geometry"] = _united(members[members[row["level"]] == row["code"]])
    for row in rows:
        if row["geometry"] is None and row["level"] != "france":
            reason = T("Pas de contour pour {name}.", "No contour for {name}.")
            code = "territory-without-contour"
            _note(notes, row, "geometry", code, reason.with_values(name=row["territory"]))
    return Parents(rows, frozenset(partial))


def _level(
    level: str,
    label: Text,
    reference: pd.DataFrame,
    communes: pd.DataFrame,
    said: Any,
    notes: Anomalies,
    partial: set[str],
) -> list[dict[str, Any]]:
    # Plain dictionaries: there are a thousand EPCI, and each look-up in a table costs 20 µs.
    kept: dict[Any, int] = communes.groupby(level).size().to_dict()
    members = reference[reference[level].isin(list(kept))]
    groups = members.groupby(level)
    population: dict[Any, Any] = groups["population"].sum().to_dict()
    unknown: dict[Any, Any] = members["population"].isna().groupby(members[level]).sum().to_dict()
    size: dict[Any, Any] = groups.size().to_dict()
    years: dict[Any, Any] = groups["population_year"].max().to_dict()
    shared: dict[str, dict[Any, Any]] = {}
    for column in ("departement", "region", "legal_crs"):
        if column != level:
            values = groups[column]
            shared[column] = values.first().where(values.nunique() == 1).to_dict()
    file: dict[Any, Any] = groups["file"].first().to_dict()
    told: dict[str, dict[Any, Any]] = {}
    if said is not None:
        names = ("name", "file", "geometry")
        told = {name: dict(zip(said.index, said[name], strict=True)) for name in names}
    rows = []
    for code in kept:
        known = bool(told) and code in told["name"]
        row: dict[str, Any] = {
            "territory": f"{level}:{code}",
            "level": level,
            "code": code,
            "name": told["name"][code] if known else None,
            "epci": None,
            "departement": None,
            "region": None,
            "legal_crs": shared["legal_crs"][code],
            "population": float(population[code]),
            # Mayotte's figures may be older than the others'.
            "population_year": years[code],
            "file": told["file"][code] if known else file[code],
            "geometry": told["geometry"][code] if known else None,
        }
        for column in _ABOVE.get(level, ()):
            row[column] = shared[column][code]
        if level in ("departement", "region"):
            row[level] = code
        if isinstance(row["geometry"], float):  # how pandas writes a missing shape
            row["geometry"] = None
        if kept[code] < size[code]:
            partial.add(row["territory"])
        if unknown[code]:
            row["population"] = row["population_year"] = None
            lost = members.index[(members[level] == code) & members["population"].isna()]
            _note_unknown(notes, row, label, lost)
        rows.append(row)
    return rows


def _note(notes: Anomalies, row: dict[str, Any], field: str, code: str, reason: Text) -> None:
    notes.add(
        Anomaly(
            "territories",
            str(row["file"]),
            None,
            field,
            None,
            code,
            reason,
            "kept",
            record=row["territory"],
        )
    )


def _note_unknown(notes: Anomalies, row: dict[str, Any], label: Text, lost: Any) -> None:
    named = ", ".join(str(one) for one in lost[:_NAMED]) + ("…" if len(lost) > _NAMED else "")
    reason = T(
        "Population inconnue pour {label} {code} : {n} commune(s) sans chiffre ({named}). La "
        "composition des EPCI ou les populations légales la donnent.",
        "Unknown population for {label} {code}: {n} commune(s) without a figure ({named}). The "
        "composition of EPCI or the legal populations give it.",
        label=label,
        code=row["code"],
        n=len(lost),
        named=named,
    )
    _note(notes, row, "population", "population-incomplete", reason)


def _united(members: pd.DataFrame) -> Any:
    import shapely

    if members["geometry"].isna().any():
        return None
    return shapely.union_all(members["geometry"].to_numpy(dtype=object))
