"""The class of the zonage médecin of each QPV at a date, for the term of the ranking."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pandas as pd

from ..sources.zonage.at_date import PART_UNITS, InForce, Orders, Saying
from ..store import StoredResult

_COLUMNS = ("zone_classes", "zone_from", "zone_order", "zone_from_date", "zonage_why")
_Found = tuple[str, str, str | None, Any, str]
_GRAND_QUARTIER = PART_UNITS["grand quartier"]


def zoning_of_qpv(
    stored: StoredResult, as_of: dt.date, codes: list[str], communes: list[list[str]]
) -> pd.DataFrame:
    """Classes possible for each QPV, by the rule of the look-up of a place.

    Its own class, else those of its communes, else of their TVS. An order that does not cover the
    date tells nothing; one without a date is used and said to be undated. Orders in force that
    differ leave every class they name.
    """
    if "classes" not in stored.table_names():
        return pd.DataFrame([("", "", None, pd.NaT, "no-classes")] * len(codes), columns=_COLUMNS)
    orders = Orders(stored.read_table("classes")).at(as_of, assume_undated=True)
    held: dict[str, list[str]] = defaultdict(list)
    for code, listed in zip(codes, communes, strict=True):
        for commune in listed:
            held[commune].append(code)
    rows = [
        _of_qpv(orders, code, listed, held) for code, listed in zip(codes, communes, strict=True)
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _of_qpv(
    orders: InForce, code: str, listed: Sequence[str], held: dict[str, list[str]]
) -> _Found:
    said = [orders.of_place(commune, code, held[commune]) for commune in listed]
    if not said:  # no commune is known: only its own class can tell
        said = [orders.of_qpv(code)]
    told: list[Saying] = []
    for commune, one in zip(listed or [code], said, strict=True):
        quarter = one.unit != "qpv" and orders.of_unit(_GRAND_QUARTIER, commune)
        if quarter and quarter.state in ("class", "several"):
            # Of that commune a grand quartier has a class of its own: where the QPV lies is open.
            told.append(quarter)
        # Several with fewer than two: another part of the commune has no class at all.
        if one.state not in ("class", "several") or len(one.classes) < 1 + (one.state == "several"):
            return ("", "", None, pd.NaT, _WHY.get(one.state, "no-class"))
        told.append(one)
    classes = sorted({name for one in told for name in one.classes})
    # One part without a date leaves the whole without.
    rulings = [ruling for one in told for ruling in one.rulings]
    first = next((one for one in rulings if not one.valid_from), rulings[0])
    unit = said[0].unit if said[0].unit in ("qpv", "tvs") else "commune"
    since = pd.NaT if first.valid_from is None else pd.Timestamp(first.valid_from)
    return (" ".join(classes), unit, first.order, since, "" if len(classes) == 1 else _SEVERAL)


_SEVERAL = "several-classes"
_WHY = {"not in force": "order-of-another-date", "part": "part-of-commune"}
"""Why a commune leaves a QPV without a class, by what its rows say."""
