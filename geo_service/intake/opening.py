"""How every reader begins and ends: is the file ours, open it, say where the table comes from."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from geo_service.core.contracts import Source
from geo_service.core.errors import GeoServiceError, SourceError
from geo_service.core.i18n import Language, T, Text
from geo_service.core.result import Anomaly, Provenance

from .archives import OfficialFile, open_official
from .sniffing import SEPARATORS, sniff_text

Look = Callable[[OfficialFile], str | None]
"""Tells the layout of an open file by its content, null when it is none of the source's."""


def recognised(path: str | Path, look: Look, *, suffixes: Sequence[str] = ()) -> str | None:
    """The layout of a file, or null; never raises, whatever a foreign file does to its reader.

    Parameters
    ----------
    look
        Looks at the content.
    suffixes
        Of a ZIP, those that the source reads: see
        :meth:`~geo_service.intake.archives.OfficialFile.choose`.
    """
    try:
        file = open_official(path)
        return look(file.choose(suffixes=suffixes) if suffixes else file)
    except Exception:
        return None


def heading_of(file: OfficialFile) -> tuple[str, ...]:
    """The names in the first line, told from the first 64 KiB: a foreign file may be large.

    Raises
    ------
    SourceError
        Not a text table.
    """
    head = file.head()
    lines = head[: head.rfind(b"\n") + 1] or head
    return sniff_text(file.label, lambda: io.BytesIO(lines), True, SEPARATORS, None, True, 0).names


def open_as(
    path: str | Path,
    source: Source,
    layout: str | None,
    look: Look,
    *,
    member: str | None = None,
    suffixes: Sequence[str] = (),
    expected: Text | None = None,
) -> tuple[OfficialFile, str]:
    """Open a file of a source, and tell its layout.

    Parameters
    ----------
    layout
        What the caller says it is; null: ``look`` tells.
    member, suffixes
        Of a ZIP: the file to read, and the suffixes it may have.
    expected
        What tells a file of this source, for the error.

    Raises
    ------
    SourceError
        It cannot be opened, is no file of the source, or the source knows no such layout.
    """
    file = open_official(path, member=member)
    if suffixes:
        file = file.choose(suffixes=suffixes)
    known = {one.name: one.label for one in source.layouts}
    found = _seen(file, look) if layout is None else layout
    if found in known:
        return file, found
    wrong = T(
        "Le contenu n'est celui d'aucun fichier connu de la source « {source} ».",
        "The content is that of no file we know of the source “{source}”.",
        source=source.label,
    )
    if layout is not None:
        wrong = T("Disposition inconnue : {layout}.", "Unknown layout: {layout}.", layout=layout)
    raise SourceError(
        wrong,
        file=file.label,
        do=T(
            "Vérifiez le fichier{what}, ou dites sa disposition (layout) : {known}.",
            "Check the file{what}, or say its layout: {known}.",
            what="" if expected is None else T(" ({text})", " ({text})", text=expected),
            known=Text(_listed(known, "fr"), _listed(known, "en")),
        ),
    )


def _seen(file: OfficialFile, look: Look) -> str | None:
    try:
        return look(file)
    except GeoServiceError:  # says more than that the content is unknown
        raise
    except Exception:
        return None


def _listed(layouts: Mapping[str, Text], language: Language) -> str:
    return ", ".join(f"{name} ({label.say(language)})" for name, label in layouts.items())


def rows_lost(anomalies: Iterable[Anomaly]) -> int:
    """How many rows were set aside so far, which a table read from the file no longer holds."""
    return sum(anomaly.outcome == "set aside" for anomaly in anomalies)


def provenance_of(
    file: OfficialFile,
    source: Source,
    layout: str,
    *,
    rows_read: int,
    rows_kept: int,
    rows_set_aside: int | None = None,
    source_id: str | None = None,
    vintage: dt.date | None = None,
    vintage_basis: Literal["file", "file name", "study", "unknown"] | None = None,
    member: str | None = None,
    title: str | None = None,
    note: Text | None = None,
) -> Provenance:
    """Where a table comes from; what is not given is told by the file and its source.

    Parameters
    ----------
    rows_set_aside
        Null: those read and not kept.
    source_id
        Null: the name of the file up to its first dot.
    vintage, vintage_basis
        A millésime without a basis is the study's.
    member
        The file of the ZIP, where it was chosen while reading.
    """
    return Provenance(
        source_id=source_id or Path(file.name).name.split(".")[0],
        source=source.name,
        layout=layout,
        file=file.name,
        member=file.member or member,
        sha256=file.sha256,
        bytes=file.size,
        publisher=source.publisher,
        title=title,
        licence=source.licence or None,
        vintage=vintage,
        vintage_basis=vintage_basis or ("study" if vintage else "unknown"),
        rows_read=rows_read,
        rows_kept=rows_kept,
        rows_set_aside=rows_read - rows_kept if rows_set_aside is None else rows_set_aside,
        tried_on_real_file=source.layout(layout).tried,
        note=note,
    )
