"""Reads what is written on the command line: dates, EPSG codes, metres."""

from __future__ import annotations

import datetime as dt

import click

from .core.errors import UnknownNameError
from .core.i18n import T


def read_date(context: click.Context, option: click.Parameter, value: str | None) -> dt.date | None:
    """A date written AAAA-MM-JJ."""
    if value is None:
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(
            str(
                T(
                    "« {it} » n'est pas une date (AAAA-MM-JJ).",
                    "“{it}” is no date (YYYY-MM-DD).",
                    it=value,
                )
            ),
            context,
            option,
        ) from error


def read_epsg(written: str) -> int:
    """An EPSG code written ``4326`` or ``EPSG:4326``."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    digits = written.upper().removeprefix("EPSG:")
    try:
        if digits.isdecimal() and CRS.from_epsg(int(digits)):
            return int(digits)
    except CRSError:
        pass  # a number that no CRS has
    raise UnknownNameError(
        T(
            "« {it} » n'est pas un code EPSG.",
            "“{it}” is no EPSG code.",
            it=written,
        ),
        known=("4326", "2154", "5490", "2972", "2975", "4471"),
        do=T("Par exemple 4326 ou 2154.", "For example 4326 or 2154."),
    )


def read_metres(written: str | None) -> float | str | None:
    """A number of metres, or the name of a column that holds them."""
    if written is None:
        return None
    try:
        return float(written)
    except ValueError:
        return written
