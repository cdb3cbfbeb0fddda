"""Anomalies that show only when the files of territories are put together."""

from __future__ import annotations

from geo_service.core.i18n import Text
from geo_service.core.result import Anomalies, Anomaly, Outcome


def note(
    notes: Anomalies,
    file: str,
    field: str,
    value: str | None,
    code: str,
    reason: Text,
    outcome: Outcome,
    record: str,
) -> None:
    """Add an anomaly that shows only when files are put together."""
    notes.add(
        Anomaly("territories", file, None, field, value, code, reason, outcome, record=record)
    )
