"""The levels above the commune: members, totals and contours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

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
    # Arrays and dictionaries: there are a thousand EPCI, and each look-up in a table costs 20 µs.
    groups = _Groups.of(reference, level, sorted(communes[level].dropna().unique().tolist()))
    kept: dict[Any, int] = communes[level].value_counts(sort=False).to_dict()
    population, unknown = groups.population, groups.unknown
    shared = {
        column: groups.shared(reference[column])
        for column in ("departement", "region", "legal_crs")
        if column != level
    }
    file = groups.first(reference["file"])
    told: dict[str, dict[Any, Any]] = {}
    if said is not None:
        names = ("name", "file", "geometry")
        told = {name: dict(zip(said.index, said[name], strict=True)) for name in names}
    rows = []
    for at, code in enumerate(groups.codes):
        known = bool(told) and code in told["name"]
        row: dict[str, Any] = {
            "territory": f"{level}:{code}",
            "level": level,
            "code": code,
            "name": told["name"][code] if known else None,
            "epci": None,
            "departement": None,
            "region": None,
            "legal_crs": shared["legal_crs"][at],
            "population": float(population[at]),
            # Mayotte's figures may be older than the others'.
            "population_year": groups.years[at],
            "file": told["file"][code] if known else file[at],
            "geometry": told["geometry"][code] if known else None,
        }
        for column in _ABOVE.get(level, ()):
            row[column] = shared[column][at]
        if level in ("departement", "region"):
            row[level] = code
        if isinstance(row["geometry"], float):  # how pandas writes a missing shape
            row["geometry"] = None
        if kept[code] < groups.size[at]:
            partial.add(row["territory"])
        if unknown[at]:
            row["population"] = row["population_year"] = None
            lost = reference.index[(groups.of_row == at) & groups.without]
            _note_unknown(notes, row, label, lost)
        rows.append(row)
    return rows


@dataclass(frozen=True)
class _Groups:
    """The communes of a country by the territory of one level that holds them, in the order of
    ``codes``; a commune of none of these is in no group."""

    codes: list[str]
    of_row: npt.NDArray[np.int64]
    """Group of each commune, -1 for none."""
    size: npt.NDArray[np.int64]
    without: npt.NDArray[np.bool_]
    """Communes without a population."""
    unknown: npt.NDArray[np.int64]
    population: npt.NDArray[np.float64]
    """Sum of what is known."""
    years: list[int | None]
    """Latest census year."""

    @classmethod
    def of(cls, reference: pd.DataFrame, level: str, codes: list[str]) -> _Groups:
        """The groups of one level, those of these codes."""
        import pandas as pd

        number = {code: at for at, code in enumerate(codes)}
        places, names = pd.factorize(reference[level])
        # Position -1, of a commune without a territory, is the last one.
        of_row = np.array([*(number.get(name, -1) for name in names), -1])[places]
        held = of_row >= 0
        group, count = of_row[held], len(codes)
        figures = reference["population"].to_numpy(dtype=float)
        years = reference["population_year"].to_numpy(dtype=float, na_value=-1)
        latest = np.full(count, -1.0)
        np.maximum.at(latest, group, years[held])
        without = np.isnan(figures)
        return cls(
            codes,
            of_row,
            np.bincount(group, minlength=count),
            without,
            np.bincount(group[without[held]], minlength=count),
            np.bincount(group, np.where(without, 0.0, figures)[held], count).astype(float),
            [int(year) if year >= 0 else None for year in latest],
        )

    def first(self, values: Any) -> list[Any]:
        """The first value of each group, None where it has none."""
        return self._firsts(values)[0]

    def shared(self, values: Any) -> list[Any]:
        """The value of each group that has one and the same throughout, else None."""
        first, several = self._firsts(values)
        return [None if mixed else one for one, mixed in zip(first, several, strict=True)]

    def _firsts(self, values: Any) -> tuple[list[Any], list[bool]]:
        """First value of each group, and whether there are others."""
        import pandas as pd

        places, names = pd.factorize(values)
        rows = np.flatnonzero((self.of_row >= 0) & (places >= 0))[::-1]
        first = np.full(len(self.codes), -1, dtype=np.int64)
        first[self.of_row[rows]] = places[rows]  # the last one written is the first row
        mixed = np.zeros(len(self.codes), dtype=bool)
        mixed[self.of_row[rows[places[rows] != first[self.of_row[rows]]]]] = True
        known = [*names.tolist(), None]
        return [known[at] for at in first.tolist()], mixed.tolist()


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
