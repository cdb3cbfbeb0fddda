"""Standings, trajectories and sums as records: the same for the API, the pages and scripts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from geo_service.official.records import target_record

from .lines import StandingLine
from .standing import Standing
from .sums import SumCheck
from .targets import TargetTrajectory
from .trajectory import Trajectory


def _iso(date: dt.date | None) -> str | None:
    return None if date is None else date.isoformat()


def trajectory_record(run: Trajectory) -> dict[str, Any]:
    """A trajectory; dates as ISO text, what is unknown as None."""
    return {
        "date": run.actual.date.isoformat(),
        "value": run.actual.value,
        "initial_date": None if run.initial is None else run.initial.date.isoformat(),
        "initial_value": None if run.initial is None else run.initial.value,
        "target": run.target,
        "by": run.by.isoformat(),
        "gap": run.gap,
        "reached_on": _iso(run.reached_on),
        "level_share": run.level,
        "progress_share": run.progress,
        "target_share": run.way,
        "needed_per_year": run.needed_per_year,
        "needed_per_semester": run.needed_per_semester,
        "pace_per_year": run.pace,
        "slowest_pace": run.slowest,
        "fastest_pace": run.fastest,
        "steps": run.steps,
        "projected": _iso(run.projected),
        "earliest": _iso(run.earliest),
        "latest": _iso(run.latest),
        "in_time": run.in_time,
        "expected": None
        if run.expected is None
        else {
            "value": run.expected.value,
            "low": run.expected.low,
            "high": run.expected.high,
        },
        "method": run.method.say(),
        "reasons": [reason.say() for reason in run.reasons],
    }


def line_record(line: StandingLine) -> dict[str, Any]:
    """One line with its points and its trajectory."""
    return {
        "name": line.name,
        "origin": line.origin,
        "label": line.label.say(),
        "perimeter": line.perimeter.say(),
        "producer": line.producer,
        "pace_per_year": line.pace,
        "points": [
            {
                "date": point.date.isoformat(),
                "value": point.value,
                "low": point.low,
                "high": point.high,
            }
            for point in line.points
        ],
        "trajectory": None if line.trajectory is None else trajectory_record(line.trajectory),
    }


def standing_record(found: Standing) -> dict[str, Any]:
    """A standing with its lines."""
    return {
        "indicator": found.indicator,
        "kind": found.kind,
        "territory": found.territory,
        "target": None if found.target is None else target_record(found.target),
        "goal": found.goal,
        "by": _iso(found.by),
        "goal_label": None if found.goal_label is None else found.goal_label.say(),
        "lines": [line_record(line) for line in found.lines],
        "notes": [note.say() for note in found.notes],
    }


def target_trajectory_records(found: Iterable[TargetTrajectory]) -> list[dict[str, Any]]:
    """Each target with the series it is held against."""
    return [
        {
            "target": target_record(one.target),
            "series": one.series.name,
            "series_label": one.series.label.say(),
            "perimeter": one.series.perimeter.label.say(),
            "trajectory": trajectory_record(one.trajectory),
        }
        for one in found
    ]


def sum_records(found: Iterable[SumCheck]) -> list[dict[str, Any]]:
    """The checks of sums."""
    return [
        {
            "series": one.series,
            "date": one.date.isoformat(),
            "country": one.country,
            "regions": one.regions,
            "region_count": one.region_count,
            "departements": one.departements,
            "departement_count": one.departement_count,
            "gap_regions": one.gap_regions,
            "gap_departements": one.gap_departements,
            "closes": one.closes,
            "explained": None if one.explained is None else one.explained.say(),
        }
        for one in found
    ]
