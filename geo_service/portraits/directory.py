"""Who is who in a result: territories with their parents, QPV, structures, in memory once."""

from __future__ import annotations

import datetime as dt
import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..atlas import Atlas
from ..core.errors import UnknownNameError
from ..core.i18n import T, Text
from ..core.territory import FRANCE, LAYER_OF_LEVEL
from ..drawing.escape import is_null
from ..rules import qpv_generations

LEVEL_NAMES: dict[str, Text] = {
    "france": T("Pays", "Country"),
    "region": T("Région", "Région"),
    "departement": T("Département", "Département"),
    "epci": T("Intercommunalité (EPCI)", "Intercommunal body (EPCI)"),
    "commune": T("Commune", "Commune"),
    "qpv": T("Quartier prioritaire (QPV)", "Priority neighbourhood (QPV)"),
}
LEVEL_PLURALS: dict[str, Text] = {
    "region": T("Régions", "Régions"),
    "departement": T("Départements", "Départements"),
    "epci": T("Intercommunalités (EPCI)", "Intercommunal bodies (EPCI)"),
    "commune": T("Communes", "Communes"),
}
_COLUMNS = ("territory", "code", "name", "epci", "departement", "region", "population")
_MOST_COMPARED = 20_000
"""Names compared at most when somebody asks for one that is not there."""


@dataclass(frozen=True)
class Place:
    """One territory: what it is called and where it lies.

    ``parents`` are ids from the largest to the nearest, of territories that the result holds or
    not; ``covered`` is whether the data hold it whole.
    """

    territory: str
    level: str
    code: str
    name: str
    parents: tuple[str, ...]
    population: float | None
    year: int | None
    covered: bool


def text_of(value: Any) -> str | None:
    """A cell of text; null is None."""
    return None if is_null(value) else str(value)


def number_of(value: Any) -> float | None:
    """A cell of numbers; null is None."""
    return None if is_null(value) else float(value)


def date_of(value: Any) -> dt.date | None:
    """A cell of dates; null is None."""
    return None if is_null(value) else pd.Timestamp(value).date()


class Directory:
    """Territories, QPV and structures of a result by id.

    Parameters
    ----------
    atlas
        The stored result.
    """

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        self.places: dict[str, Place] = {}
        self.communes: dict[str, Place] = {}
        self._of: dict[str, list[str]] = defaultdict(list)
        self._read_places()

    def _read_places(self) -> None:
        held = self.atlas.stored.layer_names()
        communes = self._layer("communes") if "communes" in held else None
        spread: dict[str, set[str]] = defaultdict(set)
        if communes is not None:
            for epci, departement in zip(communes["epci"], communes["departement"], strict=True):
                if not is_null(epci):
                    spread[str(epci)].add(str(departement))
        for level, layer in LAYER_OF_LEVEL.items():
            if layer in held and level != "commune":
                self._add(self._layer(layer), level, spread)
        if communes is not None:
            self._add(communes, "commune", spread)
            self.communes = {p.code: p for p in self.places.values() if p.level == "commune"}
            for place in self.communes.values():
                for parent in place.parents:
                    self._of[parent].append(place.code)
        if self.atlas.facts["territory"] == FRANCE:
            self._add_france()

    def _layer(self, name: str) -> Any:
        wanted = [*_COLUMNS, "population_year", "covered"]
        return self.atlas.stored.read_layer(name, columns=wanted)

    def _add(self, table: Any, level: str, spread: Mapping[str, set[str]]) -> None:
        rows = zip(*(table[name] for name in _COLUMNS), strict=True)
        years, covered = table["population_year"], table["covered"]
        for (own, code, name, epci, departement, region, people), year, whole in zip(
            rows, years, covered, strict=True
        ):
            parents = []
            if level != "region" and not is_null(region):
                parents.append(f"region:{region}")
            # An EPCI across several départements lies in none of them.
            inside = len(spread.get(str(code), ())) < 2 if level == "epci" else level == "commune"
            if inside and not is_null(departement):
                parents.append(f"departement:{departement}")
            if level == "commune" and not is_null(epci):
                parents.append(f"epci:{epci}")
            self.places[str(own)] = Place(
                territory=str(own),
                level=level,
                code=str(code),
                name=text_of(name) or str(code),
                parents=tuple(parents),
                population=number_of(people),
                year=None if is_null(year) else int(year),
                covered=is_null(whole) or bool(whole),
            )

    def _add_france(self) -> None:
        known = [place for place in self.communes.values() if place.population is not None]
        years = {place.year for place in known}
        self.places[FRANCE] = Place(
            territory=FRANCE,
            level="france",
            code="FR",
            name="France",
            parents=(),
            population=sum(place.population or 0.0 for place in known) if known else None,
            year=years.pop() if len(years) == 1 else None,
            covered=True,
        )

    def place(self, written: str) -> Place:
        """A territory of the result, by its id.

        Raises
        ------
        UnknownNameError
            With the nearest ids that the result holds.
        """
        own = FRANCE if written == "france" else written
        if own in self.places:
            return self.places[own]
        if len(self.places) > _MOST_COMPARED:
            near = difflib.get_close_matches(own, self._alike(own), n=3)
            raise _unknown(T("le territoire", "the territory"), written, near)
        self.atlas.require_territory(written)
        raise _unknown(T("le territoire", "the territory"), written, list(self.places)[:3])

    def _alike(self, written: str) -> list[str]:
        start = written[: written.find(":") + 3]
        return [own for own in self.places if own.startswith(start)][:_MOST_COMPARED]

    def communes_of(self, place: Place) -> set[str]:
        """INSEE codes of the communes of a territory."""
        if place.level == "commune":
            return {place.code}
        if place.level == "france" or place.territory == self.atlas.facts["territory"]:
            return set(self.communes)
        return set(self._of.get(place.territory, ()))

    def children(self, place: Place) -> list[Place]:
        """The territories of the next level that lie inside it."""
        held = self._held_levels
        below = {
            "france": ("region", "departement"),
            "region": ("departement", "epci"),
            "departement": ("epci", "commune"),
            "epci": ("commune",),
        }
        level = next((name for name in below.get(place.level, ()) if name in held), None)
        if level is None:
            return []
        if level == "epci" and place.level == "departement":
            own = {p for code in self._of[place.territory] for p in self.communes[code].parents}
            return [p for p in self.places.values() if p.level == "epci" and p.territory in own]
        return [
            other
            for other in self.places.values()
            if other.level == level
            and (place.level == "france" or place.territory in other.parents)
        ]

    def siblings(self, place: Place) -> tuple[Place | None, list[Place]]:
        """The nearest parent that the result holds, and its territories of the same level."""
        if place.level == "france":
            return None, []
        for parent in reversed((FRANCE, *place.parents)):
            if parent in self.places:
                alike = [
                    other
                    for other in self.places.values()
                    if other.level == place.level and (parent == FRANCE or parent in other.parents)
                ]
                return self.places[parent], alike
        return None, []

    @cached_property
    def _held_levels(self) -> set[str]:
        return {place.level for place in self.places.values()}

    def commune_names(self, codes: Iterable[str]) -> str:
        """Names of communes, separated by commas; a code that nobody knows stays as it is."""
        return ", ".join(self.communes[c].name if c in self.communes else c for c in codes)

    @cached_property
    def structures(self) -> Any:
        """The layer of structures, EPSG:4326."""
        return self.atlas.stored.read_layer("structures").reset_index(drop=True)

    @cached_property
    def _structure_rows(self) -> dict[str, int]:
        rows: dict[str, int] = {}
        table = self.structures
        for row, own in enumerate(table["structure_id"]):
            rows.setdefault(str(own), row)
        for row, finess in enumerate(table["finess"]):
            if not is_null(finess):
                rows.setdefault(str(finess), row)
        return rows

    def structure(self, finess: str) -> int:
        """Row of a structure, by its FINESS number or its id.

        Raises
        ------
        UnknownNameError
            With the nearest numbers.
        """
        return _find(self._structure_rows, finess, T("la structure", "the structure"))

    @cached_property
    def structure_rows_by_commune(self) -> dict[str, npt.NDArray[np.intp]]:
        """Rows of the structures of each commune; those without one under ""."""
        codes = self.structures["commune"].astype("object").fillna("").to_numpy()
        order = np.argsort(codes.astype(str), kind="stable")
        names, starts = np.unique(codes[order].astype(str), return_index=True)
        return dict(zip(names.tolist(), np.split(order, starts[1:]), strict=True))

    @cached_property
    def quarters(self) -> dict[str, Any]:
        """The layers of QPV by generation, EPSG:4326."""
        held = self.atlas.stored.layer_names()
        return {
            name: self.atlas.stored.read_layer(generation.layer).reset_index(drop=True)
            for name, generation in qpv_generations().items()
            if generation.layer in held
        }

    @cached_property
    def quarter_records(self) -> dict[str, list[dict[str, Any]]]:
        """The rows of these layers without their shapes."""
        return {
            name: table.drop(columns="geometry").to_dict("records")
            for name, table in self.quarters.items()
        }

    @cached_property
    def _quarter_rows(self) -> dict[str, tuple[str, int]]:
        # The newest generation is read last: should a code ever stand in two, it is the newest.
        return {
            str(code): (name, row)
            for name, table in self.quarters.items()
            for row, code in enumerate(table["code"])
        }

    def quarter(self, code: str) -> tuple[str, int]:
        """Generation and row of a QPV.

        Raises
        ------
        UnknownNameError
            With the nearest codes.
        """
        return _find(self._quarter_rows, code, T("le QPV", "the QPV"))

    @cached_property
    def quarters_by_commune(self) -> dict[str, list[tuple[str, int]]]:
        """(generation, row) of the QPV of each commune."""
        held: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for name, table in self.quarters.items():
            for row, codes in enumerate(table["communes"]):
                for code in (text_of(codes) or "").split():
                    held[code].append((name, row))
        return held

    @cached_property
    def zoning(self) -> dict[str, str | None]:
        """Class of the zonage médecin of each commune that the layer lists; unknown: None."""
        if "zonage" not in self.atlas.stored.layer_names():
            return {}
        table = self.atlas.stored.read_layer("zonage", columns=["code", "zone_class"])
        return {
            str(code): text_of(name)
            for code, name in zip(table["code"], table["zone_class"], strict=True)
        }


def _find(rows: Mapping[str, Any], wanted: str, what: Text) -> Any:
    try:
        return rows[wanted]
    except KeyError:
        pass
    close: Callable[..., list[str]] = difflib.get_close_matches
    near = close(wanted[:40], list(rows)[:_MOST_COMPARED], n=3, cutoff=0.5)
    raise _unknown(what, wanted, near)


def _unknown(what: Text, wanted: str, near: list[str]) -> UnknownNameError:
    return UnknownNameError(
        T(
            "Le résultat n'a pas {what} « {it} ».",
            "The result does not hold {what} “{it}”.",
            what=what,
            it=wanted[:80],
        ),
        known=tuple(near),
        do=T("Le plus proche : {near}.", "Nearest: {near}.", near=", ".join(near))
        if near
        else None,
    )
