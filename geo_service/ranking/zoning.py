"""The class of the zonage médecin of each QPV at a date, for the term of the ranking."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from ..sources.territories import arrondissements_of
from ..sources.zonage.at_date import TVS_OF_COMMUNE
from ..store import StoredResult

PROFESSION = "médecin généraliste"
_COLUMNS = ("zone_classes", "zone_from", "zone_order", "zone_from_date", "zonage_why")
_Found = tuple[str, str, str | None, Any, str]


def zoning_of_qpv(
    stored: StoredResult, as_of: dt.date, codes: list[str], communes: list[list[str]]
) -> pd.DataFrame:
    """Classes possible for each QPV: its own, else those of its communes, else of their TVS.

    An order that does not cover the date tells nothing; one without a date is used and said to be
    undated. A dated order goes before an undated one, a later one before an earlier one.
    """
    if "classes" not in stored.table_names():
        return pd.DataFrame([("", "", None, pd.NaT, "no-classes")] * len(codes), columns=_COLUMNS)
    table = stored.read_table("classes")
    table = table[table["profession"] == PROFESSION]
    day = np.datetime64(as_of, "s")
    begun = table["valid_from"].isna() | (table["valid_from"] <= day)
    running = table["valid_to"].isna() | (table["valid_to"] >= day)
    covers = begun & running
    late = {unit: set(rows["code"]) for unit, rows in table[~covers].groupby("unit")}
    held = {unit: _latest(rows) for unit, rows in table[covers].groupby("unit")}
    alone = Counter(code for listed in communes for code in listed)
    rows = []
    for code, listed in zip(codes, communes, strict=True):
        own = held.get("qpv", {}).get(code)
        if own is not None and own[0]:
            rows.append((*_told(own), "") if len(own[0]) == 1 else (*_told(own), "several-classes"))
            continue
        rows.append(_of_communes(listed, held, late, alone))
    return pd.DataFrame(rows, columns=_COLUMNS)


_Held = tuple[tuple[str, ...], str, str | None, Any]
"""Classes (several: the table contradicts itself), unit, order, first day."""


def _latest(rows: pd.DataFrame) -> dict[str, _Held]:
    """By code, the class of the latest order in force; undated ones come last."""
    rows = rows.sort_values("valid_from", ascending=False, na_position="last", kind="stable")
    newest = rows.groupby("code")["valid_from"].transform("first")
    same = (rows["valid_from"] == newest) | (rows["valid_from"].isna() & newest.isna())
    found: dict[str, _Held] = {}
    columns = ("code", "zone_class", "unit", "order", "valid_from")
    for code, zone_class, unit, order, begun in rows.loc[same, list(columns)].itertuples(
        index=False
    ):
        classes = (str(zone_class),) if isinstance(zone_class, str) else ()
        before = found.get(code)
        if before is None:
            found[code] = (classes, unit, order if isinstance(order, str) else None, begun)
        elif set(classes) - set(before[0]):
            found[code] = (tuple(sorted({*before[0], *classes})), *before[1:])
    return found


def _told(held: _Held) -> tuple[str, str, str | None, Any]:
    classes, unit, order, begun = held
    return " ".join(classes), unit, order, begun


def _of_communes(
    listed: list[str], held: dict[str, dict[str, _Held]], late: dict[str, set[str]], alone: Any
) -> _Found:
    """Classes of the communes of a QPV, all of them; a commune without one leaves it open."""
    found: list[_Held] = []
    for code in listed:
        part = held.get("commune-qpv", {}).get(code)
        if part is not None and alone[code] == 1:
            found.append(part)  # "a QPV of this commune": it has only this one
            continue
        units = [code] if code in held.get("commune", {}) else arrondissements_of(code)
        own = [held["commune"][unit] for unit in units if unit in held.get("commune", {})]
        whole = bool(own) and len(own) == len(units) and all(one[0] for one in own)
        quarter = code in held.get("commune-grand-quartier", {})
        tvs = held.get(TVS_OF_COMMUNE, {}).get(code)
        silent = part is None and not quarter and not any(one[0] for one in own)
        if silent and tvs is not None and tvs[0]:
            found.append((tvs[0], "tvs", *tvs[2:]))
            continue
        if part is not None or not whole or quarter:
            why = "no-class"
            if not own and code in late.get("commune", set()):
                why = "order-of-another-date"
            return ("", "", None, pd.NaT, "part-of-commune" if part is not None else why)
        found += own
    if not found:
        return ("", "", None, pd.NaT, "no-class")
    classes = sorted({name for one in found for name in one[0]})
    # One part without a date leaves the whole without.
    first = next((one for one in found if pd.isna(one[3])), found[0])
    why = "" if len(classes) == 1 else "several-classes"
    return (" ".join(classes), first[1], first[2], first[3], why)
