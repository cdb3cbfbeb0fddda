"""What is told of a place: its class and the order that gives it, or why it is undetermined."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any, Literal

from ..core.i18n import Language, Text
from ..rules import zoning_classes
from ..sources.zonage.at_date import Ruling

DETERMINED: Literal["determined"] = "determined"
UNDETERMINED: Literal["undetermined"] = "undetermined"
Answer = Literal["determined", "undetermined"]


def class_label(name: str, language: Language | None = None) -> str:
    """Label of a class; one that the law file does not name is said as it was published."""
    known = zoning_classes().get(name)
    return name if known is None else known.label.say(language)


@dataclass(frozen=True)
class ZoneAnswer:
    """The zone of a place at a date.

    Parameters
    ----------
    as_of, lon, lat, precision, profession
        What was asked; ``precision`` in metres, NaN unknown, infinite where the position decides
        nothing.
    answer
        ``determined`` or ``undetermined``.
    zone_class
        Class, None where undetermined.
    possible_classes
        Classes that the place may have, the most under-served first.
    exhaustive
        Whether it has one of those for sure; False: something at hand says nothing.
    unit, unit_code, unit_name
        What decided: ``qpv``, ``commune``, ``arrondissement``, ``grand quartier`` or ``tvs``.
    undated_class
        Class of rows without a date where nothing dated decides and they are not assumed.
    ruling
        The row that decided: vintage (``valid_from``, ``valid_to``), order, file.
    vintages
        Every vintage at hand, one row of each.
    commune, commune_name, departement, region
        As the position is given; None outside the result.
    in_qpv
        Whether a QPV in force holds the place; None: undetermined, or no perimeter known.
    qpv, qpv_name
        The QPV that holds the position as given.
    metres_to_qpv, metres_low, metres_high
        To the nearest QPV in force, 0 inside, in the legal CRS; bounds null where not known.
    island
        Whether it lies on an island of the study's list; None: no list, or undetermined.
    island_name
        Its name.
    assumption
        What was assumed at the caller's wish.
    reason
        Why, in words.
    """

    as_of: dt.date
    lon: float | None
    lat: float | None
    precision: float
    profession: str
    answer: Answer
    zone_class: str | None
    possible_classes: tuple[str, ...]
    exhaustive: bool
    reason: Text
    unit: str | None = None
    unit_code: str | None = None
    unit_name: str | None = None
    undated_class: str | None = None
    ruling: Ruling | None = None
    vintages: tuple[Ruling, ...] = ()
    commune: str | None = None
    commune_name: str | None = None
    departement: str | None = None
    region: str | None = None
    in_qpv: bool | None = None
    qpv: str | None = None
    qpv_name: str | None = None
    metres_to_qpv: float | None = None
    metres_low: float | None = None
    metres_high: float | None = None
    island: bool | None = None
    island_name: str | None = None
    assumption: Text | None = None

    @property
    def determined(self) -> bool:
        """Whether one class is sure."""
        return self.answer == DETERMINED

    def label(self, language: Language | None = None) -> str | None:
        """The class in words, None where undetermined."""
        return None if self.zone_class is None else class_label(self.zone_class, language)

    def to_json(self, language: Language | None = None) -> dict[str, Any]:
        """Everything as plain values; dates are ISO text, what is unknown is null."""
        named = ("unit", "unit_code", "unit_name", "commune", "commune_name", "departement")
        told = {name: getattr(self, name) for name in (*named, "region")}
        precision: float | str | None = self.precision
        if not math.isfinite(self.precision):
            precision = None if math.isnan(self.precision) else "any"
        return {
            "as_of": self.as_of.isoformat(),
            "lon": self.lon,
            "lat": self.lat,
            "precision": precision,
            "profession": self.profession,
            "answer": self.answer,
            "class": self.zone_class,
            "label": self.label(language),
            "possible_classes": [
                {"class": one, "label": class_label(one, language)} for one in self.possible_classes
            ],
            "exhaustive": self.exhaustive,
            "undated_class": self.undated_class,
            **told,
            "vintage": None if self.ruling is None else vintage_json(self.ruling),
            "vintages_at_hand": [vintage_json(one) for one in self.vintages],
            "in_qpv": self.in_qpv,
            "qpv": self.qpv,
            "qpv_name": self.qpv_name,
            "metres_to_qpv": _metres(self.metres_to_qpv),
            "metres_low": _metres(self.metres_low),
            "metres_high": _metres(self.metres_high),
            "island": self.island,
            "island_name": self.island_name,
            "assumption": None if self.assumption is None else self.assumption.say(language),
            "reason": self.reason.say(language),
        }


def vintage_json(ruling: Ruling) -> dict[str, Any]:
    """When a row is in force, by which order and file."""
    return {
        "valid_from": None if ruling.valid_from is None else ruling.valid_from.isoformat(),
        "valid_to": None if ruling.valid_to is None else ruling.valid_to.isoformat(),
        "dated": ruling.dated,
        "order": ruling.order,
        "file": ruling.file,
    }


def _metres(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
