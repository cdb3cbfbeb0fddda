"""Published targets held against the official series that measure them.

Each trajectory names its target and rests on one series: « +1 000 en 5 ans » and the 2 000
published as ``cible`` are two targets, and a series of another perimeter is another trajectory.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from geo_service.core.errors import RuleError, UnknownNameError
from geo_service.core.i18n import T
from geo_service.official import OfficialSeries, Target, official, target, targets

from .trajectory import STEPS, Observed, Trajectory, trajectory


@dataclass(frozen=True)
class TargetTrajectory:
    """A target, the series it is held against, and where that series stands."""

    target: Target
    series: OfficialSeries
    trajectory: Trajectory


def observed(series: OfficialSeries, territory: str) -> list[Observed]:
    """The known figures of a series for a territory, oldest first; unknown ones are left out."""
    rows: Any = series.rows
    here = rows[(rows["territory"] == territory) & (rows["item"] == "") & rows["value"].notna()]
    found = [Observed(row.date, float(row.value)) for row in here.itertuples()]
    return sorted(found, key=lambda point: point.date)


def target_trajectory(
    name: str, *, series: str | None = None, at: dt.date | None = None, steps: int = STEPS
) -> TargetTrajectory:
    """Where an official series stands before a published target.

    Parameters
    ----------
    name
        A target, such as ``msp_4000_2027``.
    series
        One of the series that measure it; by default the one that it is stated on.
    at
        A date of the series, by default its last.
    steps
        Steps looked back on for the pace.

    Raises
    ------
    UnknownNameError
        No such target.
    RuleError
        The series is not one that measures the target, or has no figure at the date.
    """
    aimed = target(name)
    chosen = aimed.measured_by[0] if series is None else series
    if chosen not in aimed.measured_by:
        raise RuleError(
            T(
                "La cible « {target} » ne se mesure pas sur « {series} » : autre périmètre. "
                "Il y a : {known}.",
                "The target “{target}” is not measured by “{series}”: another perimeter. "
                "There are: {known}.",
                target=name,
                series=chosen,
                known=", ".join(aimed.measured_by),
            ),
            file=aimed.file,
            field="measured_by",
        )
    held = official(chosen)
    # The baseline is a date of the first series; another one has none.
    since = aimed.baseline_date if chosen == aimed.measured_by[0] else None
    if since is not None and at is not None and at < since:
        since = None
    found = trajectory(
        observed(held, aimed.territory), aimed.value, aimed.date, since=since, at=at, steps=steps
    )
    return TargetTrajectory(aimed, held, found)


def target_trajectories(kind: str | None = None) -> list[TargetTrajectory]:
    """Every target with each series that measures it.

    Raises
    ------
    UnknownNameError
        No target is of this kind.
    """
    found = [
        target_trajectory(aimed.name, series=series)
        for aimed in targets().values()
        if kind in (None, aimed.kind)
        for series in aimed.measured_by
    ]
    if not found:
        raise UnknownNameError(
            T("Aucune cible de la nature « {k} ».", "No target of the kind “{k}”.", k=kind),
            known=tuple(sorted({aimed.kind for aimed in targets().values()})),
        )
    return found
