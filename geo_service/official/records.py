"""Official series and targets as records: the same for the command line, the API and the pages."""

from __future__ import annotations

from typing import Any

from .comparing import compare
from .printed import PrintedCheck, check_printed
from .series import QUALIFIERS, OfficialSeries, official_series
from .strict import STATUSES
from .targets import Target


def head_record(series: OfficialSeries) -> dict[str, Any]:
    """What a series is, without its rows; texts in the current language."""
    return {
        "name": series.name,
        "label": series.label.say(),
        "kind": series.kind,
        "measure": series.measure,
        "unit": series.unit,
        "perimeter": series.perimeter.name,
        "perimeter_label": series.perimeter.label.say(),
        "scope": series.scope.say(),
        "producer": series.producer,
        "reference": series.reference,
        "checked": series.checked.isoformat(),
        "rows": len(series.rows),
    }


def series_record(series: OfficialSeries, *, most: int | None = None) -> dict[str, Any]:
    """A series with its rows, the check of a printed increase, and what it must not be joined to.

    Parameters
    ----------
    most
        Rows at most; all of them by default.
    """
    return {
        **head_record(series),
        "values": row_records(series, most=most),
        "printed": None if series.increment is None else printed_record(check_printed(series.name)),
        "apart": apart_records(series),
    }


def row_records(series: OfficialSeries, *, most: int | None = None) -> list[dict[str, Any]]:
    """The rows of a series; an unknown value is None."""
    rows: Any = series.rows if most is None else series.rows.head(most)
    return [
        {
            "territory": row.territory,
            "date": row.date.isoformat(),
            "item": row.item or None,
            "value": None if row.value != row.value else float(row.value),
            "qualifier": row.qualifier,
            "qualifier_said": QUALIFIERS[row.qualifier].say(),
            "note": None if row.note is None else row.note.say(),
            "status": row.status,
            "status_said": STATUSES[row.status].say(),
            "reference": row.reference,
            "said": row.said or None,
        }
        for row in rows.itertuples()
    ]


def printed_record(check: PrintedCheck) -> dict[str, Any]:
    """The check of a printed increase."""
    return {
        "printed": check.printed,
        "expected_low": check.low,
        "expected_high": check.high,
        "follows": check.follows,
        "equals": list(check.equals),
        "reason": check.reason.say(),
    }


def apart_records(series: OfficialSeries) -> list[dict[str, Any]]:
    """The series that count the same kind of thing elsewhere, and why they are not joined."""
    found = []
    for other in official_series().values():
        same = (series.kind, series.measure, series.unit) == (other.kind, other.measure, other.unit)
        if same and series.kind and other.perimeter != series.perimeter:
            beside = compare(series.name, other.name)
            found.append(
                {
                    "name": other.name,
                    "label": other.label.say(),
                    "reasons": [reason.say() for reason in beside.reasons],
                    "clashes": [clash.say() for clash in beside.clashes],
                }
            )
    return found


def target_record(target: Target) -> dict[str, Any]:
    """A target with its source."""
    return {
        "name": target.name,
        "label": target.label.say(),
        "kind": target.kind,
        "unit": target.unit,
        "territory": target.territory,
        "value": target.value,
        "additional": target.additional,
        "date": target.date.isoformat(),
        "said": target.said,
        "baseline_date": None if target.baseline_date is None else target.baseline_date.isoformat(),
        "baseline_value": target.baseline_value,
        "measured_by": list(target.measured_by),
        "producer": target.producer,
        "reference": target.reference,
        "status": target.status,
        "status_said": STATUSES[target.status].say(),
        "note": None if target.note is None else target.note.say(),
    }
