"""Names of the régions as the control table writes them, for results that hold only their own."""

from __future__ import annotations

import datetime as dt
import functools
from importlib import resources

from .strict import read_toml


@functools.cache
def region_names() -> dict[str, str]:
    """Territory ``region:code`` → name.

    Raises
    ------
    RuleError
        The file is wrong.
    """
    folder = resources.files("geo_service.law").joinpath("series", "territories")
    file = folder.joinpath("regions.toml")
    entry = read_toml(file)
    entry.take("reference", str)
    entry.take("checked", dt.date)
    names = entry.table("names")
    entry.close()
    return {f"region:{code}": names.take(code, str) for code in names.left}


def named_region(code: str) -> str:
    """Name and code of a région; a code that the list does not hold stays alone.

    >>> named_region("53"), named_region("99")
    ('Bretagne (53)', '99')
    """
    name = region_names().get(f"region:{code}")
    return f"{name} ({code})" if name else code
