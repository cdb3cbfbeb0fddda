"""Fetches the pinned official files and says what became of each."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .core.contracts import Progress, no_progress
from .core.errors import UnknownNameError
from .core.i18n import T, Text
from .intake.downloads import Fetched, fetch
from .intake.lockfile import LockEntry, read_lock

_SAID: dict[str, Text] = {
    "downloaded": T("{title} : téléchargé, {path}.", "{title}: downloaded, {path}."),
    "unchanged": T("{title} : inchangé, {path}.", "{title}: unchanged, {path}."),
}


@dataclass(frozen=True)
class Outcome:
    """What became of one file: a record for scripts and a sentence for people."""

    record: dict[str, Any]
    text: Text
    failed: bool


def choose_entries(entries: Sequence[LockEntry], named: Sequence[str]) -> list[LockEntry]:
    """The entries of the sources or ids named; all when none is.

    Raises
    ------
    UnknownNameError
        A name is neither a source nor an id of the lock file.
    """
    known = list(dict.fromkeys([*(e.kind for e in entries), *(e.id for e in entries)]))
    for name in named:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3)
            raise UnknownNameError(
                T(
                    "Le verrou ne connaît pas « {it} » ; il a : {known}.",
                    "The lock file does not know “{it}”; it has: {known}.",
                    it=name,
                    known=", ".join(known),
                ),
                known=tuple(near or known),
            )
    return [e for e in entries if not named or e.kind in named or e.id in named]


def fetch_named(
    lock: Path,
    named: Sequence[str],
    into: Path,
    progress: Progress = no_progress,
    *,
    clock: Callable[[], dt.datetime],
    **options: Any,
) -> list[Outcome]:
    """Download the entries of the sources named into a folder.

    Parameters
    ----------
    lock
        ``sources.lock.toml`` as shipped.
    clock
        Tells the moment, with its time zone.
    options
        ``policy`` and ``sleep`` of :func:`geo_service.intake.downloads.fetch`.
    """
    chosen = choose_entries(read_lock(lock), named)
    return [_outcome(one) for one in fetch(chosen, into, clock=clock, progress=progress, **options)]


def _outcome(fetched: Fetched) -> Outcome:
    entry = fetched.entry
    values = {"title": entry.title, "path": fetched.path}
    if fetched.error is not None:
        text = Text(fetched.error.say("fr"), fetched.error.say("en"))
    else:
        text = fetched.message or _SAID[fetched.status].with_values(**values)
    for warning in fetched.warnings:
        text = Text("{a} {b}", "{a} {b}", {"a": text, "b": warning})
    record = {
        "id": entry.id,
        "source": entry.kind,
        "status": fetched.status,
        "path": str(fetched.path),
        "sha256": entry.sha256,
        "bytes": entry.bytes,
        "licence": entry.licence,
        "retrieved": None if entry.retrieved is None else entry.retrieved.isoformat(),
        "message": text.say(),
    }
    return Outcome(record, text, fetched.status == "failed")
