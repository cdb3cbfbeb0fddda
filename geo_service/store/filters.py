"""Values asked for, as SQL conditions that bind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from geo_service.exchange.gpkg import quote


def conditions(where: Mapping[str, Any]) -> tuple[list[str], list[Any]]:
    """One condition a column, and the values that they bind.

    Parameters
    ----------
    where
        Column → the value wanted, a collection of values, or None for null.
    """
    said: list[str] = []
    values: list[Any] = []
    for column, wanted in where.items():
        many = isinstance(wanted, Collection) and not isinstance(wanted, str)
        given = list(wanted) if many else [wanted]
        present = [_bound(value) for value in given if value is not None]
        tests = [f"{quote(column)} IN ({','.join('?' * len(present))})"]
        if None in given:
            tests.append(f"{quote(column)} IS NULL")
        said.append(f"({' OR '.join(tests)})")
        values += present
    return said, values


def _bound(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    return value.item() if hasattr(value, "item") else value
