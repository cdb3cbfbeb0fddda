"""The baromètre: ours in its published layouts, its sums, its targets and where they stand."""

from __future__ import annotations

from .checking import Finding, check_barometre
from .indicators import INDICATORS, BarometreIndicator, Counts, counts_of
from .progress import level_share, percent, progress_share, target_share
from .sums import ControlCheck, SumCheck, check_control, check_sums, official_sums
from .targets import TargetTrajectory, observed, target_trajectories, target_trajectory
from .trajectory import Observed, Trajectory, trajectory
from .writing import LAYOUTS, Written, barometre_files, write_barometre, zip_of

__all__ = [
    "INDICATORS",
    "LAYOUTS",
    "BarometreIndicator",
    "ControlCheck",
    "Counts",
    "Finding",
    "Observed",
    "SumCheck",
    "TargetTrajectory",
    "Trajectory",
    "Written",
    "barometre_files",
    "check_barometre",
    "check_control",
    "check_sums",
    "counts_of",
    "level_share",
    "observed",
    "official_sums",
    "percent",
    "progress_share",
    "target_share",
    "target_trajectories",
    "target_trajectory",
    "trajectory",
    "write_barometre",
    "zip_of",
]
