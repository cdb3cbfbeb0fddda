"""Published targets as data: which one, announced by whom, and what it may be held against.

Two targets of the same thing (« +1 000 en 5 ans » and the 2 000 published as ``cible``) are two
entries: a figure of progress always names the target it is about.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from geo_service.core.errors import UnknownNameError
from geo_service.core.i18n import T, Text

from .series import KINDS, UNITS, OfficialSeries, official_series
from .strict import STATUSES, Entry, files_of, name_taken, read_toml


@dataclass(frozen=True)
class Target:
    """A target for the country.

    ``additional`` is an increase over the baseline (null where the source gives a level);
    ``value`` is the level, and for an increase the baseline plus it. ``measured_by`` names the
    official series that it may be held against, first the one it is stated on;
    ``baseline_date`` is where progress starts in the first of them, or None: then there is no
    percentage of the way, only the share of the level.
    """

    name: str
    label: Text
    kind: str
    unit: str
    territory: str
    value: float
    additional: float | None
    date: dt.date
    said: str
    baseline_date: dt.date | None
    baseline_value: float | None
    measured_by: tuple[str, ...]
    producer: str
    reference: str
    status: str
    checked: dt.date
    note: Text | None
    file: str


def targets() -> dict[str, Target]:
    """Every published target by name.

    Raises
    ------
    RuleError
        A file is wrong: it is named with the key.
    """
    return dict(_held())


@functools.cache
def _held() -> dict[str, Target]:
    folder = resources.files("geo_service.law").joinpath("series", "targets")
    return read_targets(folder, official_series())


def target(name: str) -> Target:
    """The target of a name.

    Raises
    ------
    UnknownNameError
        No such target.
    """
    held = _held()
    if name not in held:
        raise UnknownNameError(
            T("« {name} » n'est pas une cible.", "“{name}” is no target.", name=name),
            known=tuple(held),
        )
    return held[name]


def read_targets(
    folder: Path | Traversable, series: dict[str, OfficialSeries]
) -> dict[str, Target]:
    """Read and check every ``*.toml`` of a folder of targets.

    Raises
    ------
    RuleError
        Unknown or missing key, wrong type or unit, a name that repeats, a series that does not
        exist or counts another kind, a baseline that the series does not hold.
    """
    found: dict[str, Target] = {}
    for file in files_of(folder):
        one = _read(file, series)
        if one.name in found:
            raise name_taken(one.name, found[one.name].file, file.name, "name")
        found[one.name] = one
    return found


def _read(file: Path | Traversable, series: dict[str, OfficialSeries]) -> Target:
    entry = read_toml(file)
    name, label = entry.name(), entry.text("label")
    kind, unit = entry.one_of("kind", KINDS), entry.one_of("unit", UNITS)
    territory = entry.territory()
    value: Any = entry.maybe("value", float)
    additional: Any = entry.maybe("additional", float)
    date, checked = entry.take("date", dt.date), entry.take("checked", dt.date)
    said = entry.take("said", str)
    baseline = entry.maybe("baseline_date", dt.date)
    measured = _measured(entry, kind, unit, series)
    start = None if baseline is None else _level(entry, series[measured[0]], territory, baseline)
    if (value is None) == (additional is None):
        raise entry.refuse(
            "value", T("« value » ou « additional ».", "Either “value” or “additional”.")
        )
    if value is None:
        if start is None:
            raise entry.refuse(
                "baseline_date",
                T("Une hausse a un point de départ.", "An increase has a baseline."),
            )
        value = start + additional
    if value <= 0 or (unit == "share" and value > 1):
        raise entry.refuse("value", T("Hors des bornes.", "Out of bounds."))
    if baseline is not None and baseline >= date:
        raise entry.refuse(
            "date", T("La cible précède son départ.", "The target is before its baseline.")
        )
    if start is not None and value <= start:
        raise entry.refuse(
            "value",
            T("Une cible dépasse son départ.", "A target is above its baseline."),
        )
    made = Target(
        name=name,
        label=label,
        kind=kind,
        unit=unit,
        territory=territory,
        value=float(value),
        additional=None if additional is None else float(additional),
        date=date,
        said=said,
        baseline_date=baseline,
        baseline_value=start,
        measured_by=measured,
        producer=entry.take("producer", str),
        reference=entry.take("reference", str),
        status=entry.one_of("status", STATUSES),
        checked=checked,
        note=entry.maybe_text("note"),
        file=file.name,
    )
    entry.close()
    return made


def _measured(
    entry: Entry, kind: str, unit: str, series: dict[str, OfficialSeries]
) -> tuple[str, ...]:
    names: list[Any] = entry.take("measured_by", list)
    for name in names or [None]:
        held = series.get(name) if isinstance(name, str) else None
        if held is None or held.kind != kind or held.unit != unit:
            raise entry.refuse(
                "measured_by",
                T(
                    "« {name} » n'est pas une série de cette nature et de cette unité.",
                    "“{name}” is no series of this kind and unit.",
                    name=name,
                ),
            )
    return tuple(names)


def _level(entry: Entry, series: OfficialSeries, territory: str, date: dt.date) -> float:
    rows = series.rows
    found = rows[(rows["territory"] == territory) & (rows["date"] == date) & (rows["item"] == "")]
    if found.empty or found["value"].isna().all():
        raise entry.refuse(
            "baseline_date",
            T(
                "« {name} » n'a pas de chiffre à cette date.",
                "“{name}” has no figure on that date.",
                name=series.name,
            ),
        )
    return float(found["value"].iloc[0])
