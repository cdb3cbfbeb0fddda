"""What may be asked of a stored result: its facts, layers, figures, and where a point lies."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .core.contracts import Indicator, Measure, discover
from .core.errors import UnknownNameError
from .core.i18n import T
from .core.tables import EVERYWHERE_LEVELS
from .core.territory import LAYER_OF_LEVEL, read_territory
from .engine.pinpoint import Pinpoint
from .store import StoredResult

RECORD = (
    *("territory", "level", "indicator", "kind", "scope", "definition", "value", "low", "high"),
    *("unknown_precision", "unit", "as_of", "sources", "note"),
)


def measures() -> dict[str, Measure]:
    """Every measure that an indicator gives, by name."""
    families = discover("geo_service.indicators", "INDICATOR", Indicator)
    return {measure.name: measure for family in families.values() for measure in family.measures}


class Atlas:
    """A stored result, read-only.

    Parameters
    ----------
    path
        ``RESULT.gpkg`` as ``geo-service build`` writes it.

    Raises
    ------
    StoreError
        The file is missing or is no result.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.stored = StoredResult(self.path)

    @property
    def facts(self) -> dict[str, Any]:
        """The study as it was run: name, territory, dates, scope, versions."""
        return self.stored.facts

    @property
    def as_of(self) -> dt.date:
        """Main date of the result."""
        return dt.date.fromisoformat(self.facts["as_of"])

    @property
    def dates(self) -> list[dt.date]:
        """Every date that the result holds."""
        return [dt.date.fromisoformat(date) for date in self.facts["dates"]]

    @property
    def layers(self) -> list[str]:
        """Names of what can be exported: the layers in EPSG:4326, then the tables."""
        return [*self.stored.layer_names(), *self.stored.table_names()]

    def layer(self, name: str, territory: str | None = None) -> Any:
        """A layer or table, whole or of one territory.

        Raises
        ------
        UnknownNameError
            No such layer; or the layer cannot be cut by that territory.
        """
        legal = self.stored.layer_names(legal=True)
        if name not in (*self.layers, *legal):
            raise UnknownNameError(
                T(
                    "La couche « {name} » n'existe pas ; il y a : {known}.",
                    "There is no layer “{name}”; there are: {known}.",
                    name=name,
                    known=", ".join(self.layers),
                ),
                known=tuple(difflib.get_close_matches(name, self.layers, n=3) or self.layers),
            )
        if name == "indicators":
            return self.figures(territory, descend=True)
        is_table = name in self.stored.table_names()
        table = self.stored.read_table(name) if is_table else self.stored.read_layer(name)
        return table if territory is None else self._cut(table, name, territory)

    def _cut(self, table: Any, name: str, territory: str) -> Any:
        return table[self.mask(table, name, territory)].reset_index(drop=True)

    def mask(self, table: Any, name: str, territory: str) -> npt.NDArray[np.bool_]:
        """Which rows of a layer or table belong to a territory.

        Raises
        ------
        UnknownNameError
            No such territory; or the layer cannot be cut by territory.
        """
        territory = self.require_territory(territory)
        level, _, own = territory.partition(":")
        if territory == self.facts["territory"] or level == "france":
            return np.ones(len(table), dtype=bool)
        if level == "qpv":
            column = "code" if name.startswith(("qpv_", "quartier_vecu_")) else "qpv"
            if column in table:
                return (table[column].astype("object") == own).to_numpy(dtype=bool)
        communes = self._communes_of(territory)
        if "communes" in table:
            cells = table["communes"].astype("object").fillna("").str.split()
            return np.array([bool(communes & set(codes)) for codes in cells], dtype=bool)
        for column in ("commune", "territory"):
            if column in table:
                held = communes if column == "commune" else self._within(territory, communes)
                return table[column].isin(held).to_numpy(dtype=bool)
        if name == "zonage":
            return table["code"].isin(communes).to_numpy(dtype=bool)
        raise UnknownNameError(
            T(
                "« {name} » ne se découpe pas par territoire.",
                "“{name}” cannot be cut by territory.",
                name=name,
            )
        )

    def inside(self, territory: str) -> set[str]:
        """Ids of a territory, of those that it holds whole, and of the QPV that lie in it."""
        territory = self.require_territory(territory)
        if territory == self.facts["territory"]:
            return set(self.territories)
        held = self._within(territory, self._communes_of(territory))
        for name in self.stored.layer_names():
            if name.startswith("qpv_"):
                zones = self.stored.read_layer(name, columns=["code", "communes"])
                codes = zones["code"][self.mask(zones, name, territory)]
                held |= {f"qpv:{code}" for code in codes}
        return held

    @cached_property
    def _territories(self) -> pd.DataFrame:
        held = [
            self.stored.read_layer(name).drop(columns="geometry")
            for name in LAYER_OF_LEVEL.values()
            if name in self.stored.layer_names()
        ]
        return pd.concat(held, ignore_index=True)

    def territory_names(self) -> list[tuple[str, str]]:
        """Id and name of each territory, from the largest to the communes."""
        table = self._territories
        names = table["name"].where(table["name"].notna(), table["territory"])
        return list(zip(table["territory"].tolist(), names.tolist(), strict=True))

    @cached_property
    def territories(self) -> list[str]:
        """Ids of the territories that have figures, from the largest to the QPV."""
        held = [self.facts["territory"], *self._territories["territory"]]
        for name in self.stored.layer_names():
            if name.startswith("qpv_"):
                codes = self.stored.read_layer(name, columns=["code"])["code"]
                held += [f"qpv:{code}" for code in codes]
        return list(dict.fromkeys(held))

    def _communes_of(self, territory: str) -> set[str]:
        level, _, code = territory.partition(":")
        communes = self._territories[self._territories["level"] == "commune"]
        if level == "qpv":
            return set()
        return set(communes.loc[communes["code" if level == "commune" else level] == code, "code"])

    def _within(self, territory: str, communes: set[str]) -> set[str]:
        """The territory itself, its communes, and the larger ones that it holds whole."""
        table = self._territories
        own = table[table["level"] == "commune"]
        held = {territory} | {f"commune:{code}" for code in communes}
        level = territory.partition(":")[0]
        if level == "qpv":
            return held
        for lower in EVERYWHERE_LEVELS[EVERYWHERE_LEVELS.index(level) + 1 : -1]:
            for code, rows in own.groupby(lower)["code"]:
                if set(rows) <= communes:
                    held.add(f"{lower}:{code}")
        return held

    def require_territory(self, written: str) -> str:
        """The id of a territory of the result.

        Raises
        ------
        UnknownNameError
            With the nearest ids that the result holds.
        """
        territory = read_territory(written)
        if territory in self.territories:
            return territory
        near = difflib.get_close_matches(territory, self.territories, n=3)
        raise UnknownNameError(
            T(
                "Le résultat n'a pas le territoire « {it} ».",
                "The result does not hold the territory “{it}”.",
                it=written,
            ),
            known=tuple(near),
            do=T("Le plus proche : {near}.", "Nearest: {near}.", near=", ".join(near))
            if near
            else None,
        )

    def require_date(self, date: dt.date) -> dt.date:
        """A date that the result holds; another one is an error, never the nearest.

        Raises
        ------
        UnknownNameError
            With the dates that the result holds.
        """
        if date in self.dates:
            return date
        held = [held.isoformat() for held in self.dates]
        raise UnknownNameError(
            T(
                "Le résultat n'a pas la date {date} ; il a : {held}.",
                "The result does not hold the date {date}; it holds: {held}.",
                date=date.isoformat(),
                held=", ".join(held),
            ),
            known=tuple(held),
            do=T("Construisez-la avec --as-of.", "Build it with --as-of."),
        )

    def figures(
        self,
        territory: str | None = None,
        indicator: str | None = None,
        *,
        kind: str | None = None,
        definition: str | None = None,
        as_of: dt.date | None = None,
        level: str | None = None,
        descend: bool = False,
    ) -> pd.DataFrame:
        """Figures of the result, filtered.

        Parameters
        ----------
        territory
            ``region:76``; by default every territory.
        level
            Territories of that level only.
        descend
            Also the territories inside it.

        Returns
        -------
        DataFrame
            Columns of the ``indicators`` table.
        """
        if as_of is not None:
            self.require_date(as_of)
        if indicator is not None and indicator not in measures():
            near = difflib.get_close_matches(indicator, measures(), n=3)
            raise UnknownNameError(
                T(
                    "L'indicateur « {it} » n'existe pas ; il y a : {known}.",
                    "There is no indicator “{it}”; there are: {known}.",
                    it=indicator,
                    known=", ".join(measures()),
                ),
                known=tuple(near or measures()),
            )
        own = None if territory is None else self.require_territory(territory)
        wanted: str | set[str] | None = own
        if own is not None and descend:
            whole = own == self.facts["territory"]
            wanted = None if whole else self._within(own, self._communes_of(own))
        table = self.stored.read_indicators(
            territory=wanted,
            level=level,
            indicator=indicator,
            kind=kind,
            definition=definition,
            as_of=as_of,
        )
        if table.empty:
            self._require_values({"kind": kind, "definition": definition})
        return table[list(RECORD)]

    def _require_values(self, asked: dict[str, str | None]) -> None:
        """No figure was found: say it when no figure at all has the value asked for."""
        for column, value in asked.items():
            held = sorted(self.stored.read_indicators()[column].dropna().unique())
            if value is not None and value not in held:
                raise UnknownNameError(
                    T(
                        "Aucun indicateur n'a « {it} » ; il y a : {known}.",
                        "No indicator has “{it}”; there are: {known}.",
                        it=value,
                        known=", ".join(held),
                    ),
                    known=tuple(difflib.get_close_matches(value, held) or held),
                )

    def pinpoint(self, layers: Sequence[str]) -> tuple[Pinpoint, dict[str, list[dict[str, Any]]]]:
        """These layers and the open structures by kind, for one point at a time.

        With what is told of each row, by layer and kind.
        """
        held = {}
        for name in layers:
            zones = self.stored.read_layer(name)
            zones = zones[~(zones.geometry.isna() | zones.geometry.is_empty)]
            if len(zones):
                held[name] = zones.reset_index(drop=True)
        points = {}
        if "structures" in self.stored.layer_names():
            table = self.stored.read_layer("structures")
            shown = ~(table.geometry.isna() | table.geometry.is_empty) & (table["open"] != "no")
            for kind, rows in table[shown].groupby("kind"):
                points[str(kind)] = rows.reset_index(drop=True)
        told = {kind: _records(table, _STRUCTURE) for kind, table in points.items()}
        for name, table in held.items():
            told[name] = _records(table.rename(columns={"zone_class": "class"}), list(_NO_ZONE))
        return Pinpoint(held, points), told

    @cached_property
    def _located(self) -> tuple[Pinpoint, dict[str, list[dict[str, Any]]]]:
        prefixes = ("qpv_", "quartier_vecu_", "zonage", "communes")
        return self.pinpoint([n for n in self.stored.layer_names() if n.startswith(prefixes)])

    def locate(self, lon: float, lat: float, precision: float = 0.0) -> dict[str, Any]:
        """Which zones hold one point, with the three-valued answer for each layer.

        Parameters
        ----------
        lon, lat
            Degrees, WGS84.
        precision
            Metres within which the true place lies; NaN when unknown.

        Returns
        -------
        dict
            For each layer ``answer`` (inside, outside, undetermined: in any of its zones);
            ``code``, ``name`` and ``class`` of the first zone that holds the position as given;
            ``metres_to_limit`` of the union of the zones, negative inside, infinite where the
            layer has none in that territory; ``metres_to_zone_limit`` from inside to the limit of
            that zone; ``possible``, the zones that may hold the true place.
        """
        pinpoint, told = self._located
        found: dict[str, Any] = {}
        for name, standing in pinpoint.stand(lon, lat, precision).items():
            rows = told[name]
            found[name] = {
                "answer": _ANSWERS[standing.sure],
                **(rows[standing.held[0]] if standing.held else _NO_ZONE),
                "metres_to_limit": round(standing.metres, 1),
                "metres_to_zone_limit": round(standing.own_metres, 1) if standing.held else None,
                "possible": [rows[row] for row in standing.possible],
            }
        return found

    def nearest(self, lon: float, lat: float) -> dict[str, Any]:
        """The nearest structure of each kind to one point, as the crow flies, at the main date.

        Structures that are open or perhaps open, of the point's own territory; ``metres`` in its
        legal CRS. None where there is none.
        """
        pinpoint, told = self._located
        return {
            kind: near and {**told[kind][near.position], "metres": round(near.metres, 1)}
            for kind, near in pinpoint.nearest(lon, lat).items()
        }


_ANSWERS = {1: "inside", 0: "outside", -1: "undetermined"}
_NO_ZONE = {"code": None, "name": None, "class": None}
_STRUCTURE = ("finess", "structure_id", "name", "commune", "precision_m", "lon", "lat")


def _records(table: Any, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Rows as dictionaries; what is null, or a column that is missing, is None."""
    plain = table.reindex(columns=columns).astype("object")
    return plain.where(plain.notna(), None).to_dict("records")
