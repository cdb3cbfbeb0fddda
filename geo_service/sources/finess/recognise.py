"""Tell by its first bytes whether a file is one of FINESS, and in which layout."""

from __future__ import annotations

import csv
from pathlib import Path

from geo_service.intake.archives import OfficialFile
from geo_service.intake.opening import recognised
from geo_service.intake.values import normalise

_BLOCK = 1 << 20
_PLACES = b"\ngeolocalisation;"


def recognise(path: Path) -> str | None:
    """Name of the layout, or None when the file is not of FINESS; never raises.

    Only when neither the name of a ``structureet`` file nor its beginning tells whether it holds
    coordinates is the rest of it looked through, for the block of coordinates.
    """
    return recognised(path, layout_of)


def layout_of(file: OfficialFile) -> str | None:
    """Name of the layout of an open file, or None.

    Raises
    ------
    SourceError
        The file cannot be read.
    """
    head = file.head()
    text = head.decode("latin-1").removeprefix("\xef\xbb\xbf").lstrip()
    if text.startswith("{"):
        lowered = text.lower()
        named = '"pmej"' in lowered or ('"schemaversion"' in lowered and '"gco"' in lowered)
        # The feed's own JSON Schema speaks of the same keys.
        return "ans-json" if named and '"$schema"' not in lowered else None
    first = text.splitlines()[0] if text else ""
    if first.startswith(("finess;etalab", "structureet;")) or "\nstructureet;" in text:
        return "cs1100507" if _has_places(file, head) else "cs1100502"
    return "flat" if _is_flat(first) else None


def _is_flat(header: str) -> bool:
    # Imported late: recognising a file of another publisher should not load the table library.
    from .flat import ALIASES

    for separator in (";", ",", "\t", "|"):
        cells = next(csv.reader([header], delimiter=separator), [])
        names = {normalise(cell) for cell in cells}
        if all(
            names & {normalise(alias) for alias in (*ALIASES[wanted], wanted)}
            for wanted in ("finess", "category", "x")
        ):
            return True
    return False


def _has_places(file: OfficialFile, head: bytes) -> bool:
    name = file.label.lower()
    if "1100507" in name or "1100502" in name:
        return "1100507" in name
    if _PLACES in head:
        return True
    tail = b""
    with file.open_bytes() as stream:
        while block := stream.read(_BLOCK):
            if _PLACES in tail + block:
                return True
            tail = block[-len(_PLACES) :]
    return False
