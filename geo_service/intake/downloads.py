"""Fetch the official files of a lock into a folder, and pin the bytes that were received."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from geo_service.core.contracts import Progress, no_progress
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text

from .lockfile import LOCK_NAME, LockEntry, read_lock, write_pins
from .transfers import Policy as Policy
from .transfers import transfer

DEFAULT_FOLDER = Path("data/official")

Status = Literal["downloaded", "unchanged", "by hand", "failed"]

_PAGE = (b"<!doctype html", b"<html")


@dataclass(frozen=True)
class Fetched:
    """What became of one entry.

    ``downloaded``: new bytes are held at ``path``. ``unchanged``: those held are the ones expected,
    or the server still has the same. ``by hand``: only a page is known, ``message`` says where to
    save the file. ``failed``: ``error`` says why. ``entry`` carries the pin as it is now.
    """

    entry: LockEntry
    status: Status
    path: Path
    message: Text | None = None
    warnings: tuple[Text, ...] = ()
    error: SourceError | None = None
    last_modified: dt.datetime | None = None
    attempts: int = 0

    @property
    def failed(self) -> bool:
        """Whether the file is missing through an error."""
        return self.status == "failed"

    @property
    def text(self) -> Text:
        """What became of it, in a sentence, warnings included."""
        said = {
            "downloaded": T("{path} : téléchargé.", "{path}: downloaded.", path=self.path),
            "unchanged": T(
                "{path} : déjà là, inchangé.", "{path}: held, unchanged.", path=self.path
            ),
            "by hand": self.message,
            "failed": None if self.error is None else _all_of(self.error),
        }[self.status]
        for warning in self.warnings:
            said = T("{said} {warning}", "{said} {warning}", said=said, warning=warning)
        assert said is not None
        return said

    @property
    def record(self) -> dict[str, str | int | list[str] | None]:
        """The same for machines: values of JSON only."""
        entry = self.entry
        return {
            "id": entry.id,
            "source": entry.kind,
            "status": self.status.replace(" ", "_"),
            "path": str(self.path),
            "url": entry.url or None,
            "page": entry.page or None,
            "sha256": entry.sha256,
            "bytes": entry.bytes,
            "retrieved": entry.retrieved.isoformat() if entry.retrieved else None,
            "millesime": entry.millesime or None,
            "licence": entry.licence,
            "last_modified": self.last_modified.isoformat() if self.last_modified else None,
            "warnings": [warning.say() for warning in self.warnings],
            "error": self.error.say() if self.error else None,
        }


def _all_of(error: SourceError) -> Text:
    # Without values a text is not a template, so whatever braces it holds stay as they are.
    return Text(error.say("fr"), error.say("en"))


def fetch(
    entries: Iterable[LockEntry],
    into: Path = DEFAULT_FOLDER,
    *,
    clock: Callable[[], dt.datetime],
    progress: Progress = no_progress,
    policy: Policy = Policy(),  # noqa: B008 (frozen)
    sleep: Callable[[float], None] = time.sleep,
) -> list[Fetched]:
    """Download what is not held yet; one entry that fails does not stop the others.

    Parameters
    ----------
    entries
        From :func:`~geo_service.intake.lockfile.read_lock`. A pin in ``into``'s own lock counts
        for an entry that is unverified.
    into
        Folder of the files and of their lock, ``sources.lock.toml``; made when absent.
    clock
        The time now, with its zone. It names the files of a daily feed and dates the pins.
    progress
        Called with the entry's id, the bytes held and the bytes expected (null when unknown).
    policy
        Timeouts, patience and bounds.
    sleep
        How to wait between two attempts.

    Returns
    -------
    list of Fetched
        One for each entry, in order. Nothing is raised for what one entry meets.

    Raises
    ------
    SourceError
        The folder cannot be made, or its lock cannot be read or written.
    """
    into = Path(into)
    try:
        into.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SourceError(
            T(
                "Le dossier ne peut être créé ({why}).",
                "The folder cannot be made ({why}).",
                why=error.strerror,
            ),
            file=into,
            do=T("Choisissez un autre dossier (--into).", "Choose another folder (--into)."),
        ) from error
    lock = into / LOCK_NAME
    results = []
    for shipped in entries:
        held = {entry.id: entry for entry in read_lock(lock)} if lock.exists() else {}
        entry = _with_pin(shipped, held.get(shipped.id))
        try:
            result = _fetch_one(entry, into, clock, progress, policy, sleep)
        except SourceError as error:
            result = Fetched(entry, "failed", into / entry.file, error=error)
        if result.entry.pinned and result.entry != held.get(shipped.id):
            write_pins(lock, [result.entry])
        results.append(result)
    return results


def _with_pin(shipped: LockEntry, held: LockEntry | None) -> LockEntry:
    """The shipped entry, with the pin of the folder unless it has one of its own."""
    if shipped.pinned or held is None or not held.pinned:
        return shipped
    return dataclasses.replace(
        shipped, sha256=held.sha256, bytes=held.bytes, retrieved=held.retrieved
    )


def _fetch_one(
    entry: LockEntry,
    into: Path,
    clock: Callable[[], dt.datetime],
    progress: Progress,
    policy: Policy,
    sleep: Callable[[float], None],
) -> Fetched:
    now = clock()
    daily = entry.vary == "daily"
    path = into / entry.name_on(now.date())
    if entry.pinned and (not daily or entry.retrieved == now.date()):
        held = _hash(path)
        if held == (entry.sha256, entry.bytes):
            return Fetched(entry, "unchanged", path)
    if not entry.url:
        return _by_hand(entry, path, now)
    part = into / f"{path.name}.part"
    for again in (False, True):
        received = transfer(
            entry.url,
            part,
            label=entry.id,
            policy=policy,
            progress=progress,
            sleep=sleep,
            clock=clock,
        )
        found = _hash(part)
        wrong = _wrong(part, entry, found, daily)
        # Parts of two files may have been joined: once, begin again without them.
        if wrong is None or again or not received.resumed:
            break
        part.unlink()
    assert found is not None
    if wrong is not None:
        rejected = into / f"{path.name}.rejected"
        part.replace(rejected)
        raise SourceError(
            wrong,
            file=entry.url,
            do=T(
                "Les octets reçus sont gardés dans {rejected}. Comparez avec la page de l'éditeur "
                "{page} ; si le fichier a changé à bon droit, ôtez l'empreinte du verrou.",
                "The bytes received are kept in {rejected}. Compare with the publisher's page "
                "{page}; if the file changed rightly, take its hash out of the lock.",
                rejected=rejected,
                page=entry.page,
            ),
        )
    warnings = _stale(entry, found[0], received.last_modified, now)
    modified, attempts = received.last_modified, received.attempts
    if daily and found[0] == entry.sha256:
        kept = into / entry.name_on(entry.retrieved)
        if kept.exists():
            part.unlink()
            return Fetched(entry, "unchanged", kept, None, warnings, None, modified, attempts)
        now_held = entry.retrieved
        path = kept
    else:
        now_held = entry.retrieved if found[0] == entry.sha256 else now.date()
    part.replace(path)
    pinned = dataclasses.replace(entry, sha256=found[0], bytes=found[1], retrieved=now_held)
    return Fetched(pinned, "downloaded", path, None, warnings, None, modified, attempts)


def _by_hand(entry: LockEntry, path: Path, now: dt.datetime) -> Fetched:
    """A file that only a person can download: say where, or pin the one that was saved."""
    held = _hash(path)
    if held is None:
        return Fetched(
            entry,
            "by hand",
            path,
            T(
                "{title} : téléchargez-le depuis {page} et enregistrez-le sous {path}.",
                "{title}: download it from {page} and save it as {path}.",
                title=entry.title,
                page=entry.page,
                path=path,
            ),
        )
    wrong = _wrong(path, entry, held, entry.vary == "daily")
    if wrong is not None:
        raise SourceError(
            wrong,
            file=path,
            do=T(
                "Téléchargez-le à nouveau depuis {page}.",
                "Download it again from {page}.",
                page=entry.page,
            ),
        )
    pinned = dataclasses.replace(entry, sha256=held[0], bytes=held[1], retrieved=now.date())
    return Fetched(pinned, "unchanged", path)


def _hash(path: Path) -> tuple[str, int] | None:
    """SHA-256 and size of a file, null when there is none."""
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as stream:
            while block := stream.read(2**20):
                digest.update(block)
                size += len(block)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SourceError(
            T("Lecture impossible ({why}).", "Cannot read ({why}).", why=error.strerror),
            file=path,
        ) from error
    return digest.hexdigest(), size


def _wrong(path: Path, entry: LockEntry, found: tuple[str, int] | None, daily: bool) -> Text | None:
    """Why the bytes are not those of the entry; null when they may be."""
    with path.open("rb") as stream:
        start = stream.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(_PAGE):
        return T(
            "Le serveur envoie une page web au lieu du fichier.",
            "The server sends a web page instead of the file.",
        )
    if entry.pinned and not daily and found is not None and found[0] != entry.sha256:
        return T(
            "Les octets ne sont pas ceux du verrou : empreinte {found} ({n} octets) au lieu de "
            "{wanted} ({m} octets).",
            "The bytes are not those of the lock: hash {found} ({n} bytes) instead of {wanted} "
            "({m} bytes).",
            found=found[0][:16],
            n=found[1],
            wanted=entry.sha256[:16],
            m=entry.bytes,
        )
    return None


def _stale(
    entry: LockEntry, sha256: str, last_modified: dt.datetime | None, now: dt.datetime
) -> tuple[Text, ...]:
    """Warn of a feed that answers as ever but no longer moves: FINESS did so in July 2026."""
    if entry.refresh_days is None:
        return ()
    told = []
    if entry.pinned and entry.retrieved is not None and sha256 == entry.sha256:
        days = (now.date() - entry.retrieved).days
        if days > entry.refresh_days:
            told.append(
                T(
                    "{title} : figé, mêmes octets depuis le {since} ({days} jours).",
                    "{title}: frozen, the same bytes since {since} ({days} days).",
                    title=entry.title,
                    since=entry.retrieved.isoformat(),
                    days=days,
                )
            )
    if last_modified is not None and (age := (now - last_modified).days) > entry.refresh_days:
        told.append(
            T(
                "{title} : le serveur le dit modifié il y a {age} jours.",
                "{title}: the server says it was last modified {age} days ago.",
                title=entry.title,
                age=age,
            )
        )
    return tuple(told)
