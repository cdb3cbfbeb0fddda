"""Names of the régions as the control table writes them, for results that hold only their own."""

from __future__ import annotations

import functools
from importlib import resources

from .strict import Entry, read_toml


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
    entry = Entry(read_toml(file), file.name, "")
    entry.take("reference", str)
    entry.date("checked")
    names = Entry(entry.take("names", dict), file.name, "names")
    entry.done()
    return {f"region:{code}": names.take(code, str) for code in names.left}
