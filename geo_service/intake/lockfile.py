"""The lock of the official files: where each comes from, and the bytes it had when it was held.

A hash is written down only for bytes that were held; until then it reads ``unverified``.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import os
import re
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text
from geo_service.core.strict import parse_toml

UNVERIFIED = "unverified"
LOCK_NAME = "sources.lock.toml"

_HEADING = (
    "# Official files held in this folder: where they come from and the bytes they had.\n"
    "# Written by `geo-service fetch`; comments and order are kept.\n"
)
_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
# A plain name: what is fetched never leaves its folder.
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TABLE = re.compile(r"\s*\[")
_KEY = re.compile(r"\s*([a-z0-9_]+)\s*=")


@dataclass(frozen=True)
class LockEntry:
    """One official file.

    ``url`` is empty when only the ``page`` is known, from which a person downloads it.
    ``retrieved`` is the day on which these very bytes were first held.
    """

    id: str
    kind: str
    """Name of the source that reads it."""
    title: str
    publisher: str
    licence: str
    file: str
    """Name under which it is kept."""
    url: str = ""
    page: str = ""
    sha256: str = UNVERIFIED
    bytes: int | None = None
    millesime: str = ""
    retrieved: dt.date | None = None
    vary: Literal["", "daily"] = ""
    """``daily``: a feed, each day's file is kept under its date and no hash is expected."""
    refresh_days: int | None = None
    """Days after which the publisher should have changed the bytes."""
    note: str = ""

    @property
    def pinned(self) -> bool:
        """Whether its bytes were held once, so that the next ones can be compared."""
        return self.sha256 != UNVERIFIED

    def name_on(self, day: dt.date | None) -> str:
        """Name of the file held, with its day for a daily feed: ``x-20260813.json.gz``."""
        if self.vary != "daily" or day is None:
            return self.file
        stem, dot, suffix = self.file.partition(".")
        return f"{stem}-{day:%Y%m%d}{dot}{suffix}"


_FIELDS = {field.name: field for field in dataclasses.fields(LockEntry)}
_REQUIRED = ("id", "kind", "title", "publisher", "licence", "file")
_INTEGERS = ("bytes", "refresh_days")


def read_lock(path: Path) -> list[LockEntry]:
    """The entries of a lock file, in their order.

    Raises
    ------
    SourceError
        Unreadable, not TOML, an unknown, missing or wrong field, an id twice.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(
            path, T("Le verrou est illisible ({why}).", "Unreadable lock ({why}).", why=error)
        ) from error
    return _parse(text, path)


def _parse(text: str, path: Path) -> list[LockEntry]:
    try:
        tables = parse_toml(text)
    except ValueError as error:
        raise _wrong(
            path, T("Ce n'est pas du TOML ({why}).", "This is not TOML ({why}).", why=error)
        ) from error
    listed = tables.pop("source", [])
    if tables or not isinstance(listed, list):
        raise _wrong(
            path, T("Seuls des [[source]] sont permis.", "Only [[source]] tables are allowed.")
        )
    entries: dict[str, LockEntry] = {}
    for table in listed:
        entry = _entry(table, path)
        if entry.id in entries:
            raise _wrong(path, T("L'id {id} est répété.", "The id {id} is repeated.", id=entry.id))
        entries[entry.id] = entry
    return list(entries.values())


def _entry(table: dict[str, Any], path: Path) -> LockEntry:
    label = table.get("id", "?")

    def wrong(field: str) -> SourceError:
        return _wrong(
            path,
            T(
                "Entrée {id} : champ absent, inconnu ou de valeur inattendue.",
                "Entry {id}: a field is missing, unknown or has an unexpected value.",
                id=label,
            ),
            field=field,
        )

    for name in _REQUIRED:
        if not table.get(name):
            raise wrong(name)
    for name, value in table.items():
        if name not in _FIELDS:
            raise wrong(name)
        if name in _INTEGERS:
            fits = type(value) is int and value > 0
        elif name == "retrieved":
            fits = type(value) is dt.date
        else:
            fits = isinstance(value, str)
        if not fits:
            raise wrong(name)
    entry = LockEntry(**table)
    checks = {
        "id": _ID.fullmatch(entry.id),
        "file": _FILE.fullmatch(entry.file),
        "sha256": entry.sha256 == UNVERIFIED or _SHA256.fullmatch(entry.sha256),
        "vary": entry.vary in ("", "daily"),
        "url": not entry.url or urlsplit(entry.url).scheme in ("https", "http"),
        "page": entry.url or entry.page,
        # A hash without its size and day was not written by a fetch.
        "retrieved": not entry.pinned or (entry.retrieved and entry.bytes),
    }
    for name, good in checks.items():
        if not good:
            raise wrong(name)
    return entry


def _wrong(path: Path, message: Text, field: str | None = None) -> SourceError:
    return SourceError(
        message,
        file=path,
        field=field,
        do=T(
            "Corrigez le verrou, ou reprenez celui qui est livré.",
            "Correct the lock, or take the one that is shipped.",
        ),
    )


def format_entry(entry: LockEntry) -> str:
    """The entry as a TOML table: fields in a fixed order, empty ones left out."""
    lines = ["[[source]]"]
    for name, field in _FIELDS.items():
        value = getattr(entry, name)
        if value != field.default or name in ("url", "sha256"):
            lines.append(_line(name, value))
    return "\n".join(lines) + "\n"


def _line(name: str, value: object) -> str:
    if isinstance(value, str):
        # TOML's basic strings have JSON's escapes.
        escaped = "".join(
            f"\\u{ord(letter):04x}"
            if ord(letter) < 32 or ord(letter) == 127
            else f"\\{letter}"
            if letter in '"\\'
            else letter
            for letter in value
        )
        return f'{name} = "{escaped}"'
    return f"{name} = {value}"


def write_pins(path: Path, entries: Iterable[LockEntry]) -> None:
    """Write entries into a lock: changed fields in place, new entries at the end.

    Comments, order and everything else stay as they are. The file is replaced as a whole, so a
    reader sees the old lock or the new one.

    Raises
    ------
    SourceError
        The lock that is there cannot be read, or the new one cannot be written.
    """
    text = path.read_text("utf-8") if path.exists() else _HEADING
    held = {entry.id: entry for entry in _parse(text, path)}
    wanted = {entry.id: entry for entry in entries}
    for entry in wanted.values():
        if entry.id not in held:
            text = text.rstrip("\n") + "\n\n" + format_entry(entry)
        elif entry != held[entry.id]:
            text = _edited(text, held[entry.id], entry)
    # The edit is by lines: make sure that it says what was meant before it replaces anything.
    if {entry.id: entry for entry in _parse(text, path)} != {**held, **wanted}:
        raise _wrong(path, T("Le verrou ne peut être mis à jour.", "The lock cannot be updated."))
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        raise SourceError(
            T(
                "Le verrou ne peut être écrit ({why}).",
                "The lock cannot be written ({why}).",
                why=error.strerror,
            ),
            file=path,
            do=T("Vérifiez la place et les droits.", "Check the space and the permissions."),
        ) from error


def _edited(text: str, old: LockEntry, new: LockEntry) -> str:
    lines = text.split("\n")
    starts = [at for at, line in enumerate(lines) if _TABLE.match(line)] + [len(lines)]
    start, end = next(
        (start, end)
        for start, end in itertools.pairwise(starts)
        if _value(lines[start:end], "id") == old.id
    )
    changed = [name for name in _FIELDS if getattr(old, name) != getattr(new, name)]
    for name in changed:
        value = getattr(new, name)
        at = next((at for at in range(start, end) if _key(lines[at]) == name), None)
        if at is not None and value is None:
            del lines[at]
            end -= 1
        elif at is not None:
            comment = re.search(r"\s+#[^\"]*$", lines[at])
            lines[at] = _line(name, value) + (comment.group() if comment else "")
        else:
            last = max(at for at in range(start, end) if _key(lines[at]) or at == start)
            lines.insert(last + 1, _line(name, value))
            end += 1
    return "\n".join(lines)


def _key(line: str) -> str | None:
    matched = _KEY.match(line)
    return matched.group(1) if matched else None


def _value(lines: list[str], name: str) -> object:
    line = next((line for line in lines if _key(line) == name), None)
    return None if line is None else tomllib.loads(line)[name]


def write_atomically(path: Path, content: bytes) -> None:
    """Write a small file beside its place, flush it to the disk, and rename it over."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes private files; the lock is for whoever may read the folder.
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
