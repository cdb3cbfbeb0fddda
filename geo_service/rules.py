"""Reads ``law/``: kinds of structures, precision of positions, zones in force at a date.

Law is data. Python holds no rate, no threshold and no year test; it reads dated files.
"""

from __future__ import annotations

import datetime as dt
import functools
import math
import re
from dataclasses import dataclass
from importlib import resources
from typing import Any

from .core.errors import RuleError, UnknownNameError
from .core.i18n import T, Text
from .core.strict import parse_toml


@functools.cache
def load_law(path: str) -> dict[str, Any]:
    """One file of ``law/`` as a dictionary, for example ``zones/qpv.toml``.

    Raises
    ------
    RuleError
        The file is missing or is not TOML.
    """
    file = resources.files("geo_service.law").joinpath(path)
    try:
        return parse_toml(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError) as error:
        raise RuleError(
            T("Règle illisible : {error}.", "Unreadable rule: {error}.", error=error), file=path
        ) from error


def _label(entry: dict[str, Any], key: str = "label") -> Text:
    return Text(entry[key]["fr"], entry[key]["en"])


@dataclass(frozen=True)
class StructureKind:
    """A kind of care structure and the FINESS categories that belong to it."""

    name: str
    label: Text
    plural: Text
    categories: tuple[str, ...]
    tells_speciality: bool
    """False: the category does not tell mono- from pluriprofessional."""
    reference: str


@functools.cache
def structure_kinds() -> dict[str, StructureKind]:
    """The kinds of structures by name (``MSP``, ``CDS``, ``CPTS``). Source: law/structures.toml."""
    return {
        kind["name"]: StructureKind(
            name=kind["name"],
            label=_label(kind),
            plural=_label(kind, "plural"),
            categories=tuple(kind["categories"]),
            tells_speciality=kind.get("tells_speciality", True),
            reference=kind["reference"],
        )
        for kind in load_law("structures.toml")["kind"]
    }


@functools.cache
def kind_by_category() -> dict[str, str]:
    """FINESS category → kind of structure."""
    return {code: kind.name for kind in structure_kinds().values() for code in kind.categories}


@dataclass(frozen=True)
class Position:
    """A class of positions.

    ``metres`` is the precision: NaN when unknown, infinite when the position decides nothing.
    """

    name: str
    label: Text
    metres: float
    minimum_score: float | None


@functools.cache
def positions() -> dict[str, Position]:
    """The classes of positions by name. Source: law/positions.toml."""
    special = {"any": math.inf, "unknown": math.nan}
    found = {}
    for entry in load_law("positions.toml")["rule"][0]["position"]:
        metres = entry["metres"]
        found[entry["name"]] = Position(
            name=entry["name"],
            label=_label(entry),
            metres=special[metres] if isinstance(metres, str) else float(metres),
            minimum_score=entry.get("minimum_score"),
        )
    return found


def classify_position(*, located: bool, base: str | None, score: float | None) -> Position:
    """The class of a position from what its file says of it.

    Parameters
    ----------
    located
        Whether there are coordinates at all.
    base
        Reference base or geocoder named by the file (``BAN``, ``ADMIN-EXPRESS-2023``…).
    score
        Geocoding score from 0 to 100, or None.
    """
    known = positions()
    if not located:
        return known["none"]
    if base:
        for centre in load_law("positions.toml")["rule"][0]["centre_base"]:
            if base.upper().startswith(centre["pattern"]):
                return known["commune-centre"]
    if score is None or math.isnan(score):
        return known["unknown"]
    graded = [kind for kind in known.values() if kind.minimum_score is not None]
    graded.sort(key=lambda kind: -(kind.minimum_score or 0.0))
    return next((kind for kind in graded if score >= (kind.minimum_score or 0.0)), known["none"])


def zone_file_precision(layout: str) -> float:
    """Precision in metres of the limits in a zone file of this layout (law/positions.toml)."""
    entries = load_law("positions.toml")["rule"][0]["zone_file"]
    by_layout = {entry["layout"]: float(entry["metres"]) for entry in entries}
    return by_layout.get(layout, by_layout["default"])


@dataclass(frozen=True)
class QpvGeneration:
    """A generation of QPV: its layer, the pattern of its codes, its validity by territory."""

    name: str
    layer: str
    label: Text
    code_pattern: str
    validity: dict[str, tuple[dt.date, dt.date | None, str]]

    def valid(self, departement: str | None) -> tuple[dt.date, dt.date | None]:
        """First and last day in force in a département; both included, None: still in force."""
        overseas = bool(departement) and str(departement)[:2] in ("97", "98")
        first, last, _ = self.validity["overseas" if overseas else "mainland"]
        return first, last


@functools.cache
def qpv_generations() -> dict[str, QpvGeneration]:
    """The generations of QPV by name (``2015``, ``2024``). Source: law/zones/qpv.toml."""
    return {
        entry["name"]: QpvGeneration(
            name=entry["name"],
            layer=entry["layer"],
            label=_label(entry),
            code_pattern=entry["code_pattern"],
            validity={
                span["territory"]: (span["valid_from"], span.get("valid_to"), span["reference"])
                for span in entry["validity"]
            },
        )
        for entry in load_law("zones/qpv.toml")["generation"]
    }


def qpv_generation_of(code: str) -> QpvGeneration:
    """The generation that a QPV code belongs to.

    Raises
    ------
    UnknownNameError
        The code has the pattern of no generation.
    """
    for generation in qpv_generations().values():
        if re.match(generation.code_pattern, code):
            return generation
    raise UnknownNameError(
        T("« {code} » n'est pas un code de QPV.", "“{code}” is no QPV code.", code=code),
        known=tuple(generation.code_pattern for generation in qpv_generations().values()),
    )


@dataclass(frozen=True)
class ZoneClass:
    """A class of the doctor zoning. ``rank`` 1 is the most under-served."""

    name: str
    label: Text
    rank: int
    colour: str
    reference: str


@functools.cache
def zoning_classes() -> dict[str, ZoneClass]:
    """The classes of the zonage médecin by name. Source: law/zones/zonage.toml."""
    return {
        entry["name"]: ZoneClass(
            entry["name"], _label(entry), entry["rank"], entry["colour"], entry["reference"]
        )
        for entry in load_law("zones/zonage.toml")["class"]
    }


@dataclass(frozen=True)
class ZoneScheme:
    """The classes that the orders of a region and vintage use; the list of schemes is open."""

    label: Text
    region: str | None
    """INSEE code; None: the national order."""
    since: Text
    classes: tuple[str, ...]
    reference: str


@functools.cache
def zoning_schemes() -> tuple[ZoneScheme, ...]:
    """Known lists of classes by region and vintage. Source: law/zones/zonage.toml.

    Raises
    ------
    RuleError
        A scheme names a class that the file does not define, or lacks its reference.
    """
    found = []
    for entry in load_law("zones/zonage.toml")["scheme"]:
        unknown = set(entry["classes"]) - set(zoning_classes())
        if unknown or not entry.get("reference"):
            raise RuleError(
                T(
                    "Liste de classes sans référence, ou classe inconnue : {names}.",
                    "List of classes without a reference, or unknown class: {names}.",
                    names=", ".join(sorted(unknown)) or "–",
                ),
                file="zones/zonage.toml",
                field="scheme",
            )
        found.append(
            ZoneScheme(
                label=_label(entry),
                region=entry.get("region"),
                since=_label(entry, "since"),
                classes=tuple(entry["classes"]),
                reference=entry["reference"],
            )
        )
    return tuple(found)


@functools.cache
def _published_classes() -> dict[str, str]:
    return {
        published.casefold(): entry["name"]
        for entry in load_law("zones/zonage.toml")["class"]
        for published in entry["published"]
    }


def read_zone_class(published: str | None) -> str | None:
    """The class that a published value means, or None when the list does not hold it.

    >>> read_zone_class("1_ZIP"), read_zone_class("Zone de vigilance"), read_zone_class("0")
    ('ZIP', 'ZV', None)
    """
    return _published_classes().get((published or "").strip().casefold())


def read_part_class(published: str | None) -> tuple[str, str] | None:
    """(part, class) of a commune-level value that speaks of a part of it, such as ``3_QPV_ZIP``."""
    for entry in load_law("zones/zonage.toml")["commune_value"]:
        if entry["published"] == (published or "").strip():
            return entry["part"], entry["class"]
    return None


def quartier_vecu_label(definition: str) -> Text:
    """Label of a definition such as ``declared``, ``proxy-300m`` or ``walk-10min``.

    Raises
    ------
    UnknownNameError
        No such definition.
    """
    entries = {e["name"]: e for e in load_law("zones/quartier_vecu.toml")["definition"]}
    name, _, measure = definition.partition("-")
    if name in entries and (name == "declared" or measure.rstrip("min").isdigit()):
        return _label(entries[name]).with_values(
            metres=measure.removesuffix("m"), minutes=measure.removesuffix("min")
        )
    raise UnknownNameError(
        T(
            "« {name} » n'est pas une définition du quartier vécu.",
            "“{name}” is no definition of the quartier vécu.",
            name=definition,
        ),
        known=("declared", "proxy-300m", "proxy-500m", "walk-10min"),
    )


def default_quartier_vecu_metres() -> tuple[int, ...]:
    """Distances of the proxy definition when the study names none. Source: law/zones."""
    for entry in load_law("zones/quartier_vecu.toml")["definition"]:
        if entry["name"] == "proxy":
            return tuple(entry["default_metres"])
    raise RuleError(
        T("Définition absente.", "Missing definition."), file="zones/quartier_vecu.toml"
    )


def quartier_vecu_bounds() -> tuple[int, int]:
    """Smallest and largest distance of the proxy definition, metres. Source: law/zones."""
    for entry in load_law("zones/quartier_vecu.toml")["definition"]:
        if entry["name"] == "proxy":
            return entry["minimum_metres"], entry["maximum_metres"]
    raise RuleError(
        T("Définition absente.", "Missing definition."), file="zones/quartier_vecu.toml"
    )
