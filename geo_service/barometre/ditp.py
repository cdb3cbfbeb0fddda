"""The layout of the baromètre's second generation (DITP, November 2023 to October 2024).

One file an indicator, ``ind-311.csv``. A date is the first of the month of an end-of-month value;
the initial value stands on its own date, the progress on the last one, and the target on a row of
its own at the end. There is no indicator of health centres in this generation.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

from geo_service.official import targets

from .indicators import BY_ID, INDICATORS, Counts
from .progress import percent, target_share

COLUMNS = (
    "indic_id",
    "enforce_zone_id",
    "metric_enforce_date",
    "maille",
    "indic_vi",
    "indic_va",
    "indic_vc",
    "indic_ta",
)
MAILLES = {"france": "NAT", "region": "REG", "departement": "DEPT"}
TARGETS = {"nb-maisons-sante": "msp_4000_2026"}
"""Indicator → target of the country in this generation."""


def zone_of(level: str, code: str) -> str:
    """A territory as this generation names it.

    >>> zone_of("france", "FR"), zone_of("region", "04"), zone_of("departement", "2A")
    ('FRANCE', 'R04', 'D2A')
    """
    return "FRANCE" if level == "france" else ("R" if level == "region" else "D") + code


def first_of_month(date: dt.date) -> str:
    """The first day of the month, which stands for its last one."""
    return date.replace(day=1).isoformat()


def ditp_files(counts: Counts) -> dict[str, str]:
    """The files of the second generation: name → text. An indicator without a row has no file."""
    files = {}
    for one in INDICATORS:
        own = counts.table[counts.table["indicator"] == one.id]
        if one.ditp is not None and len(own):
            files[f"{one.ditp.lower()}.csv"] = _file(one.id, own, counts)
    return files


def _file(indicator: str, table: Any, counts: Counts) -> str:
    number = BY_ID[indicator].ditp
    values: list[tuple[Any, ...]] = []
    aims: list[tuple[Any, ...]] = []
    zones = [
        (zone_of(str(part["level"].iloc[0]), str(part["code"].iloc[0])), part)
        for _, part in table.groupby("territory", sort=False)
    ]
    for zone, part in sorted(zones, key=lambda pair: pair[0]):
        territory, level = part["territory"].iloc[0], part["level"].iloc[0]
        by, target, since = _target(indicator, territory, counts)
        dates, known = list(part["date"]), list(part["value"])
        start = dates.index(since) if since in dates else 0
        way = percent(target_share(known[-1], known[start], target), 2)
        for place, (date, value) in enumerate(zip(dates, known, strict=True)):
            initial = value if place == start else None
            done = way if place == len(dates) - 1 and place != start else None
            values.append(
                (number, zone, first_of_month(date), MAILLES[level], initial, value, None, done)
            )
        if by is not None:
            aims.append(
                (number, zone, first_of_month(by), MAILLES[level], None, None, target, None)
            )
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in [*values, *aims]:
        writer.writerow([_cell(value) for value in row])
    return stream.getvalue()


def _target(
    indicator: str, territory: str, counts: Counts
) -> tuple[dt.date | None, float | None, dt.date | None]:
    """Date and level of the target, and the date from which progress is counted."""
    published = targets()[TARGETS[indicator]]
    if (indicator, territory) in counts.targets:
        return (*counts.targets[(indicator, territory)], published.baseline_date)
    if territory == published.territory:
        return published.date, published.value, published.baseline_date
    return None, None, published.baseline_date


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
