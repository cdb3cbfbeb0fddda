"""What a stored result tells of its structures, and of the perimeters in force at any date."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..core.errors import UnknownNameError
from ..core.i18n import T, Text
from ..core.territory import FRANCE, LAYER_OF_LEVEL, read_territory
from ..core.validity import in_force
from ..engine import TerritorialIndex
from ..sources.zonage.at_date import InForce
from ..store import StoredResult

Bools = npt.NDArray[np.bool_]
DECLARED_ZONES = "declared_zones"
"""Layer of the polygons that an ARS declared, where a result holds it."""
_LEVELS = ("epci", "departement", "region")


def day_of(value: Any) -> dt.date | None:
    """A date of a typed table; null is None."""
    return None if pd.isna(value) else pd.Timestamp(value).date()


@dataclass(frozen=True, eq=False)
class Ground:
    """The perimeters of one date: QPV in force, and what an ARS declared by then."""

    zones: Any
    declared: frozenset[str] | None
    """FINESS numbers declared in quartier vécu at the date; None before the first declaration."""
    declared_zones: Any | None
    key: tuple[Any, ...]
    """Equal for two dates that have the same perimeters, declarations and orders."""
    orders: InForce | None = None
    """Zoning in force, where the question is of its classes."""
    classes: frozenset[str] = frozenset()
    """Those that count."""
    before_qpv: bool = False
    """Whether there were no QPV yet."""


@dataclass(frozen=True, eq=False)
class Register:
    """The structures of one millésime with all that places them: read from a stored result.

    ``structures`` has one row a structure with ``settled`` (commune of the result's COG, null
    where neither the declared code nor the position tells it) and one column a level above.
    """

    structures: Any
    communes: Any
    qpv: Any | None
    declared: Any | None
    declared_zones: Any | None
    polygons_missing: bool
    """Whether polygons were declared to the study that the result does not keep."""
    vintage: dt.date | None
    facts: dict[str, Any]
    covered: dict[str, bool]

    @property
    def territory(self) -> str:
        """The main territory."""
        return str(self.facts["territory"])

    @property
    def as_of(self) -> dt.date:
        """The main date."""
        return dt.date.fromisoformat(self.facts["as_of"])

    @cached_property
    def knows_closures(self) -> bool:
        """Whether the file tells of closed structures: a register of survivors never does."""
        return bool(self.structures["closed"].notna().any())

    @cached_property
    def _hashes(self) -> npt.NDArray[np.object_]:
        assert self.qpv is not None
        shapes = shapely.to_wkb(self.qpv.geometry.to_numpy())
        return np.asarray(
            [hashlib.blake2b(shape or b"", digest_size=12).digest() for shape in shapes],
            dtype=object,
        )

    def ground_at(self, as_of: dt.date, within: str) -> Ground | None:
        """Perimeters of a date; None where none is in force, or none is declared yet."""
        if self.qpv is None:
            return None
        mask = in_force(self.qpv, as_of)
        if not mask.any():
            return None
        key = self.shapes_key(mask)
        names: frozenset[str] | None = None
        polygons = None
        if within == "declared":
            names, polygons = self.declared_at(as_of)
            if names is None and polygons is None:
                return None
            shapes = () if polygons is None else tuple(sorted(polygons["zone_id"].tolist()))
            key = (key, names, shapes)
        return Ground(self.qpv[mask].reset_index(drop=True), names, polygons, key)

    def shapes_key(self, mask: Bools) -> tuple[Any, ...]:
        """Equal for the same QPV with the same shapes."""
        assert self.qpv is not None
        held = zip(self.qpv["code"][mask].tolist(), self._hashes[mask].tolist(), strict=True)
        return tuple(sorted(held))

    def declared_at(self, as_of: dt.date) -> tuple[frozenset[str] | None, Any | None]:
        """FINESS numbers and polygons declared at a date, each None where nothing is."""
        names, polygons = None, None
        if self.declared is not None:
            day = np.datetime64(as_of, "s")
            since, until = self.declared["declared_from"], self.declared["declared_to"]
            rows = self.declared[(since.isna() | (since <= day)) & (until.isna() | (until >= day))]
            names = frozenset(rows["finess"]) if len(rows) else None
        if self.declared_zones is not None:
            mask = in_force(self.declared_zones, as_of)
            if mask.any():
                polygons = self.declared_zones[mask].reset_index(drop=True)
        return names, polygons

    def changes(self, since: dt.date, until: dt.date, within: str) -> list[dt.date]:
        """Dates after ``since``, up to ``until``, from which other perimeters may be in force."""
        begins: list[Any] = []
        ends: list[Any] = []
        for table, first, last in (
            (self.qpv, "valid_from", "valid_to"),
            (self.declared_zones if within == "declared" else None, "valid_from", "valid_to"),
            (self.declared if within == "declared" else None, "declared_from", "declared_to"),
        ):
            if table is not None:
                begins += table[first].dropna().unique().tolist()
                ends += table[last].dropna().unique().tolist()
        days = {pd.Timestamp(one).date() for one in begins}
        final = [pd.Timestamp(one).date() for one in ends]
        days |= {one + dt.timedelta(days=1) for one in final if one < dt.date.max}
        return sorted(one for one in days if since < one <= until)

    def members(self, territory: str, communes: Any | None = None) -> Bools:
        """Which structures a territory holds by their commune (all, for the whole result).

        Raises
        ------
        UnknownNameError
            The result holds no such territory.
        """
        level, _, code = territory.partition(":")
        if territory == self.territory or level == "france":
            return np.ones(len(self.structures), dtype=bool)
        if level == "commune":
            held = {code}
        else:
            table = self.communes if communes is None else communes
            held = set(table["code"][table[level].astype("object") == code])
        return self.structures["settled"].isin(held).to_numpy(dtype=bool)


def read_register(result: StoredResult) -> Register:
    """The register of a stored result, with its perimeters.

    Raises
    ------
    UnknownNameError
        The result has no structures.
    """
    held = result.layer_names()
    structures = result.read_layer("structures").reset_index(drop=True)
    communes = result.read_layer("communes") if "communes" in held else None
    parts = [result.read_layer(name) for name in sorted(held) if name.startswith("qpv_")]
    qpv = pd.concat(parts, ignore_index=True) if parts else None
    if qpv is not None:
        qpv = qpv[~(qpv.geometry.isna() | qpv.geometry.is_empty)].reset_index(drop=True)
    vintage = result.facts.get("structures_vintage")
    declared = result.read_table("declared") if "declared" in result.table_names() else None
    zones = result.read_layer(DECLARED_ZONES) if DECLARED_ZONES in held else None
    polygons = any(
        source.source == "quartier_vecu" and not source.file.endswith((".csv", ".xlsx", ".parquet"))
        for source in result.provenance
    )
    if communes is None:
        communes = pd.DataFrame(columns=["code", *_LEVELS])
    structures["settled"] = _settle(structures, communes)
    return Register(
        structures=structures,
        communes=pd.DataFrame(communes[["code", *_LEVELS]]),
        qpv=qpv,
        declared=declared,
        declared_zones=zones,
        polygons_missing=polygons and zones is None,
        vintage=None if vintage is None else dt.date.fromisoformat(vintage),
        facts=result.facts,
        covered=_covered(result),
    )


def _settle(structures: Any, communes: Any) -> Any:
    """Commune of each structure: the declared one if the COG has it, else that which holds it."""
    settled = structures["commune"].astype("object")
    known = set(communes["code"])
    lost = ~settled.isin(known) & structures["lon"].notna()
    if lost.any() and "geometry" in communes:
        shaped = communes[~(communes.geometry.isna() | communes.geometry.is_empty)]
        shaped = shaped.reset_index(drop=True)
        points, zones = TerritorialIndex(shaped).query(
            structures.loc[lost, "lon"], structures.loc[lost, "lat"]
        )
        rows = structures.index[lost][points]
        settled.loc[rows[::-1]] = shaped["code"].to_numpy(dtype=object)[zones[::-1]]
    return settled.where(settled.isin(known), None)


def _covered(result: StoredResult) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for name in reversed(LAYER_OF_LEVEL.values()):
        if name in result.layer_names():
            table = result.read_layer(name, columns=["territory", "covered"])
            found.update(zip(table["territory"], table["covered"].astype(bool), strict=True))
    return found


def require_territory(register: Register, written: str) -> str:
    """The id of a territory that the result holds.

    Raises
    ------
    UnknownNameError
        With what there is.
    """
    import difflib

    territory = read_territory(written)
    known = {register.territory, *register.covered}
    for level in _LEVELS:
        known |= {f"{level}:{code}" for code in register.communes[level].dropna().unique()}
    if register.qpv is not None:
        known |= {f"qpv:{code}" for code in register.qpv["code"]}
    if territory in known:
        return territory
    near = difflib.get_close_matches(territory, sorted(known), n=3) or [register.territory]
    raise UnknownNameError(
        T(
            "Le résultat n'a pas le territoire « {it} ».",
            "The result does not hold the territory “{it}”.",
            it=written,
        ),
        known=tuple(near),
        do=T("Le plus proche : {near}.", "Nearest: {near}.", near=", ".join(near)),
    )


def is_covered(register: Register, territory: str) -> bool:
    """Whether the data cover the territory whole: else its totals are unknown."""
    if territory.startswith("qpv:"):
        return True
    if territory == FRANCE:
        return register.territory == FRANCE
    return register.covered.get(territory, True)


NO_PERIMETER = T(
    "aucun périmètre de QPV en vigueur au {date} parmi les sources : inconnu, et non zéro",
    "no QPV perimeter in force on {date} among the sources: unknown, not zero",
)
NO_DECLARATION = T(
    "aucune déclaration d'ARS au {date} parmi les sources : inconnu, et non zéro",
    "no ARS declaration on {date} among the sources: unknown, not zero",
)
NOT_COVERED = T(
    "les données ne couvrent pas tout le territoire : total inconnu",
    "the data do not cover the whole territory: total unknown",
)


def missing_ground(register: Register, as_of: dt.date, within: str) -> Text:
    """Why :meth:`Register.ground_at` gave nothing."""
    unknown = NO_PERIMETER
    if within == "declared" and register.ground_at(as_of, "qpv") is not None:
        unknown = NO_DECLARATION
    return unknown.with_values(date=as_of.isoformat())
