"""Bring one file over HTTP into ``<name>.part``, however often the server stumbles.

The retry policy is ours and urllib3's is off: an official server that truncates a file at each
attempt is resumed where it stopped, one that asks for patience gets it.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import errno
import json
import secrets
import shutil
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, LocationValueError, SSLError
from urllib3.util import Timeout

from geo_service.core.contracts import Progress
from geo_service.core.errors import SourceError
from geo_service.core.i18n import T, Text

_BLOCK = 2**18
_REDIRECTS = (301, 302, 303, 307, 308)
_RETRIED = (408, 425, 429, 500, 502, 503, 504)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_RESPITE = 2**20
"""Bytes brought since the last stumble that make the count of stumbles start again."""


@dataclass(frozen=True)
class Policy:
    """How patient and how trusting a transfer is. Seconds and bytes."""

    connect_timeout: float = 15
    read_timeout: float = 60
    attempts: int = 6
    """In a row without a mebibyte between two; ten times as many in all."""
    first_wait: float = 1
    longest_wait: float = 60
    longest_retry_after: float = 300
    max_bytes: int = 8 * 2**30
    spare_disk: int = 64 * 2**20
    max_redirects: int = 5
    loopback_http: bool = False
    """Plain http is accepted from this machine itself: for tests and local mirrors."""


@dataclass(frozen=True)
class Received:
    """A transfer that came to its end: what the server said, and how often it was asked."""

    bytes: int
    etag: str
    last_modified: dt.datetime | None
    attempts: int
    resumed: bool


class _Stumble(Exception):
    """What may be better the next time; ``wait`` is what the server asks for, in seconds."""

    def __init__(self, reason: Text, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.wait = reason, wait


def open_pool(policy: Policy, url: str) -> urllib3.PoolManager:
    """Connections with our timeouts, through the proxy that the environment names for the URL."""
    options: dict[str, Any] = {
        "timeout": Timeout(connect=policy.connect_timeout, read=policy.read_timeout),
        "retries": False,
        "headers": {"User-Agent": "geo-service", "Accept-Encoding": "identity"},
    }
    parts = urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy, **options)
    return urllib3.PoolManager(**options)


def transfer(
    url: str,
    part: Path,
    *,
    label: str,
    policy: Policy,
    progress: Progress,
    sleep: Callable[[float], None],
    clock: Callable[[], dt.datetime],
) -> Received:
    """Bring ``url`` into ``part``, going on from what an earlier attempt left there.

    Raises
    ------
    SourceError
        The server refuses, stumbles too often or sends more than it may; the disk is too small.
        What was received stays in ``part`` for the next time.
    """
    state = part.with_name(part.name + ".json")
    resumed = False
    stumbles = 0
    with open_pool(policy, url) as pool:
        for attempt in range(1, 10 * policy.attempts + 1):
            before = part.stat().st_size if part.exists() else 0
            try:
                received = _attempt(pool, url, part, state, label, policy, progress, clock)
            except _Stumble as stumble:
                gained = (part.stat().st_size if part.exists() else 0) - before
                stumbles = 1 if gained >= _RESPITE else stumbles + 1
                resumed = True
                if stumbles >= policy.attempts:
                    raise _gave_up(url, stumble.reason, attempt) from stumble
                sleep(_wait(policy, stumbles, stumble.wait))
            else:
                state.unlink(missing_ok=True)
                size, etag, modified, went_on = received
                return Received(size, etag, modified, attempt, resumed or went_on)
    raise _gave_up(
        url,
        T("Le serveur coupe sans cesse.", "The server keeps breaking off."),
        10 * policy.attempts,
    )


def _attempt(
    pool: urllib3.PoolManager,
    url: str,
    part: Path,
    state: Path,
    label: str,
    policy: Policy,
    progress: Progress,
    clock: Callable[[], dt.datetime],
) -> tuple[int, str, dt.datetime | None, bool]:
    start, mark = _left_over(part, state, url)
    headers = {"Range": f"bytes={start}-", "If-Range": mark} if start else {}
    try:
        response = _follow(pool, url, headers, policy)
    except (SSLError, LocationValueError) as error:
        raise SourceError(
            T(
                "La connexion n'est pas sûre ou l'adresse est fausse ({why}).",
                "The connection is not safe or the address is wrong ({why}).",
                why=error,
            ),
            file=url,
            do=T(
                "Vérifiez l'adresse et l'heure de la machine.", "Check the address and the clock."
            ),
        ) from error
    except HTTPError as error:
        raise _Stumble(_unreachable(error)) from error
    try:
        _require_success(response, url, part, policy, clock)
        start, total = _first_byte_and_total(response, start, mark, part)
        if total is not None and total > policy.max_bytes:
            raise _too_large(url, policy)
        _require_space(part, (total or 0) - start, policy)
        etag = response.headers.get("ETag", "")
        modified = response.headers.get("Last-Modified", "")
        # A weak tag does not promise the same bytes, so it cannot be resumed on.
        if not start:
            # Before its mark is written down: else bytes of before could be gone on from.
            part.unlink(missing_ok=True)
        strong = etag if etag and not etag.startswith("W/") else modified
        state.write_text(json.dumps({"url": url, "mark": strong}), "utf-8")
        done = start
        progress(label, done, total)
        with part.open("ab" if start else "wb") as sink:
            # What has arrived is written at once, so that a stall loses none of it.
            while block := response.read1(_BLOCK, decode_content=False):
                done += len(block)
                if done > policy.max_bytes:
                    raise _too_large(url, policy)
                sink.write(block)
                progress(label, done, total)
    except HTTPError as error:
        raise _Stumble(_unreachable(error)) from error
    except OSError as error:
        raise _disk_error(error, part) from error
    finally:
        response.close()
    if total is not None and done != total:
        raise _Stumble(
            T(
                "La réponse s'arrête à {done} octets sur {total}.",
                "The response stops at {done} bytes out of {total}.",
                done=done,
                total=total,
            )
        )
    if done == 0:
        raise _Stumble(T("La réponse est vide.", "The response is empty."))
    return done, etag, _parse_http_date(modified), start > 0


def _left_over(part: Path, state: Path, url: str) -> tuple[int, str]:
    """Bytes kept from an earlier attempt and what tells whether they are still the same file."""
    try:
        known = json.loads(state.read_text("utf-8"))
        mark = str(known["mark"]) if known["url"] == url else ""
        size = part.stat().st_size
    except (OSError, ValueError, KeyError, TypeError):
        return 0, ""
    return (size, mark) if mark and size else (0, "")


def _follow(
    pool: urllib3.PoolManager, url: str, headers: Mapping[str, str], policy: Policy
) -> urllib3.BaseHTTPResponse:
    """The response at the end of the redirects, each of them to a place we accept."""
    place = url
    for _ in range(policy.max_redirects + 1):
        parts = urlsplit(place)
        local = parts.scheme == "http" and parts.hostname in _LOOPBACK and policy.loopback_http
        if (parts.scheme != "https" and not local) or parts.username is not None:
            raise SourceError(
                T(
                    "Le téléchargement mènerait à une adresse non sûre : {place}.",
                    "The download would lead to an unsafe address: {place}.",
                    place=place,
                ),
                file=url,
                do=T("Seul https est suivi.", "Only https is followed."),
            )
        response = pool.request(
            "GET",
            place,
            headers={**pool.headers, **headers},
            preload_content=False,
            redirect=False,
        )
        target = response.headers.get("Location")
        if response.status not in _REDIRECTS or not target:
            return response
        response.drain_conn()
        response.release_conn()
        place = urljoin(place, target)
    raise SourceError(
        T(
            "Plus de {n} redirections : la dernière mène à {place}.",
            "More than {n} redirects: the last one leads to {place}.",
            n=policy.max_redirects,
            place=place,
        ),
        file=url,
    )


def _require_success(
    response: urllib3.BaseHTTPResponse,
    url: str,
    part: Path,
    policy: Policy,
    clock: Callable[[], dt.datetime],
) -> None:
    status = response.status
    if status in (200, 206):
        return
    said = T("Le serveur répond {status}.", "The server answers {status}.", status=status)
    if status == 416:
        # What we hold is longer than the file is now: begin again.
        part.unlink(missing_ok=True)
        raise _Stumble(said, 0)
    if status in _RETRIED:
        asked = _retry_after(response.headers.get("Retry-After"), clock)
        raise _Stumble(said, None if asked is None else min(asked, policy.longest_retry_after))
    gone = status in (404, 410)
    raise SourceError(
        said,
        file=url,
        do=T(
            "L'adresse a changé : cherchez le fichier sur la page de l'éditeur.",
            "The address changed: look for the file on the publisher's page.",
        )
        if gone
        else T("Réessayez plus tard.", "Try again later."),
    )


def _first_byte_and_total(
    response: urllib3.BaseHTTPResponse, start: int, mark: str, part: Path
) -> tuple[int, int | None]:
    """Where the body begins in the file, and the length of the whole file."""
    length = response.headers.get("Content-Length", "")
    if response.status == 200:
        # The server ignores ranges, or the file changed since: it sends all of it again.
        return 0, int(length) if length.isdigit() else None
    unit, _, rest = response.headers.get("Content-Range", "").partition(" ")
    span, _, total = rest.partition("/")
    etag = response.headers.get("ETag")
    strange = unit != "bytes" or span.split("-")[0] != str(start) or not start
    if strange or (etag and mark.startswith('"') and etag != mark):
        part.unlink(missing_ok=True)
        raise _Stumble(
            T("Le fichier a changé entre deux parties.", "The file changed between two parts."), 0
        )
    return start, int(total) if total.isdigit() else None


def _retry_after(value: str | None, clock: Callable[[], dt.datetime]) -> float | None:
    """Seconds that a ``Retry-After`` asks for, written as a number or as an HTTP date."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    moment = _parse_http_date(value)
    return None if moment is None else max(0.0, (moment - clock()).total_seconds())


def _parse_http_date(value: str) -> dt.datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _wait(policy: Policy, stumbles: int, asked: float | None) -> float:
    """Seconds to wait: what the server asks for, else twice as long each time, with jitter.

    The jitter keeps many users of one server from coming back all at the same moment.
    """
    if asked is not None:
        return asked
    longest = min(policy.longest_wait, policy.first_wait * 2.0 ** (stumbles - 1))
    return longest * (0.5 + secrets.randbelow(1001) / 2000)


def _require_space(part: Path, needed: int, policy: Policy) -> None:
    free = shutil.disk_usage(part.parent).free
    if free < needed + policy.spare_disk:
        raise SourceError(
            T(
                "Il manque de la place : {free} Mio libres, {needed} Mio nécessaires.",
                "Not enough space: {free} MiB free, {needed} MiB needed.",
                free=free // 2**20,
                needed=(needed + policy.spare_disk) // 2**20,
            ),
            file=part.parent,
            do=T("Libérez de la place ou changez --into.", "Free some space or change --into."),
        )


def _disk_error(error: OSError, part: Path) -> SourceError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return SourceError(
        T("Le disque est plein.", "The disk is full.")
        if full
        else T("Écriture impossible ({why}).", "Cannot write ({why}).", why=error.strerror),
        file=part,
        do=T(
            "Libérez de la place : le téléchargement reprendra où il s'est arrêté.",
            "Free some space: the download will go on where it stopped.",
        ),
    )


def _too_large(url: str, policy: Policy) -> SourceError:
    return SourceError(
        T(
            "Le fichier dépasse la limite de {most} octets.",
            "The file is larger than the limit of {most} bytes.",
            most=policy.max_bytes,
        ),
        file=url,
        do=T("Vérifiez l'adresse.", "Check the address."),
    )


def _unreachable(error: HTTPError) -> Text:
    return T(
        "La connexion échoue ou s'interrompt ({why}).",
        "The connection fails or breaks off ({why}).",
        why=f"{type(error).__name__}: {error}"[:200],
    )


def _gave_up(url: str, reason: Text, attempts: int) -> SourceError:
    return SourceError(
        T(
            "Abandon après {n} essais. {reason}",
            "Given up after {n} attempts. {reason}",
            n=attempts,
            reason=reason,
        ),
        file=url,
        do=T(
            "Relancez plus tard : ce qui est reçu est gardé.",
            "Run again later: what was received is kept.",
        ),
    )
