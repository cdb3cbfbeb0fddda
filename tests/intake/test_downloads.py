"""Downloads from a real HTTP server on this machine that does everything servers do."""

from __future__ import annotations

import datetime as dt
import email.utils
import hashlib
import random
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from geo_service.core.errors import SourceError
from geo_service.intake.downloads import Fetched, Policy, fetch
from geo_service.intake.lockfile import LockEntry, read_lock, write_pins

CONTENT = random.Random(5).randbytes(300_000)
SHA = hashlib.sha256(CONTENT).hexdigest()
NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
POLICY = Policy(connect_timeout=2, read_timeout=0.3, attempts=4, loopback_http=True)

Act = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Plays the acts of the test one after the other, then answers as a good server does."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append({"path": self.path, **dict(self.headers)})
        act = self.server.acts.pop(0) if self.server.acts else good
        act(self)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.acts: list[Act] = []
        self.asked: list[dict[str, str]] = []
        self.stalled = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}/f.bin"


def good(handler: Handler, content: bytes = CONTENT, etag: str = '"one"', cut: int = 0) -> None:
    """Answer ranges with If-Range as RFC 9110 asks; ``cut`` bytes are announced and not sent."""
    start = 0
    wanted = handler.headers.get("Range")
    if wanted and handler.headers.get("If-Range") == etag:
        start = int(wanted.removeprefix("bytes=").split("-")[0])
    body = content[start:]
    handler.send_response(206 if start else 200)
    handler.send_header("Content-Length", str(len(body)))
    handler.send_header("ETag", etag)
    handler.send_header("Last-Modified", email.utils.format_datetime(NOW - dt.timedelta(2), True))
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
    handler.end_headers()
    handler.wfile.write(body[: len(body) - cut])
    handler.close_connection = bool(cut)


def truncated(cut: int, etag: str = '"one"') -> Act:
    return lambda handler: good(handler, etag=etag, cut=cut)


def status(code: int, **headers: str) -> Act:
    return lambda handler: handler.answer(code, b"sorry", **headers)


def redirect(place: str, code: int = 302) -> Act:
    return lambda handler: handler.answer(code, Location=place)


def stall(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(CONTENT)))
    handler.send_header("ETag", '"one"')
    handler.end_headers()
    handler.wfile.write(CONTENT[:1_000])
    handler.wfile.flush()
    handler.server.stalled.wait(5)
    handler.close_connection = True


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.stalled.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def entry(server: Server) -> LockEntry:
    return LockEntry(
        "feed", "finess", "FINESS", "ANS", "LO", "f.tar.gz", server.url, "https://p.org"
    )


class Bench:
    """Fetches into a folder; notes the waits and the progress."""

    def __init__(self, into: Path) -> None:
        self.into = into
        self.waits: list[float] = []
        self.steps: list[tuple[str, int, int | None]] = []

    def __call__(
        self, entry: LockEntry, now: dt.datetime = NOW, policy: Policy = POLICY
    ) -> Fetched:
        (result,) = fetch(
            [entry],
            self.into,
            clock=lambda: now,
            progress=lambda *step: self.steps.append(step),
            policy=policy,
            sleep=self.waits.append,
        )
        return result

    def pin(self) -> LockEntry:
        (entry,) = read_lock(self.into / "sources.lock.toml")
        return entry

    def names(self) -> list[str]:
        return sorted(path.name for path in self.into.iterdir())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "official")


def test_the_first_fetch_pins_and_the_second_asks_nothing(
    server: Server, entry: LockEntry, bench: Bench
) -> None:
    result = bench(entry)
    assert (result.status, result.attempts) == ("downloaded", 1)
    assert result.last_modified == NOW - dt.timedelta(2)
    assert result.path.read_bytes() == CONTENT
    assert bench.pin() == replace(entry, sha256=SHA, bytes=len(CONTENT), retrieved=NOW.date())
    assert bench.names() == ["f.tar.gz", "sources.lock.toml"]
    assert bench.steps[-1] == ("feed", len(CONTENT), len(CONTENT))
    assert server.asked[0]["User-Agent"] == "geo-service"
    assert bench(entry).status == "unchanged"
    assert len(server.asked) == 1
    # Bytes that changed on our disk are fetched again and compared with the pin.
    result.path.write_bytes(b"spoiled")
    assert bench(entry).status == "downloaded"
    assert result.path.read_bytes() == CONTENT
    assert result.record["status"] == "downloaded"


def test_a_truncated_file_is_resumed(server: Server, entry: LockEntry, bench: Bench) -> None:
    server.acts = [truncated(100_000), truncated(50_000)]
    result = bench(entry)
    assert result.path.read_bytes() == CONTENT
    assert [asked.get("Range") for asked in server.asked] == [
        None, "bytes=200000-", "bytes=250000-",
    ]  # fmt: skip
    assert server.asked[1]["If-Range"] == '"one"'
    # Twice as long each time, between half and all of it.
    assert 0.5 <= bench.waits[0] <= 1 <= bench.waits[1] <= 2


def test_a_fetch_goes_on_where_an_earlier_one_stopped(
    server: Server, entry: LockEntry, bench: Bench
) -> None:
    server.acts = [truncated(100_000)] + [status(503)] * 3
    result = bench(entry)
    assert result.failed
    assert "Abandon après 4 essais. Le serveur répond 503." in result.text.say("fr")
    assert bench.names() == ["f.tar.gz.part", "f.tar.gz.part.json"]
    assert bench(entry).path.read_bytes() == CONTENT
    assert server.asked[-1]["Range"] == "bytes=200000-"
    assert bench.names() == ["f.tar.gz", "sources.lock.toml"]


def test_a_file_that_changes_between_two_parts_is_begun_again(
    server: Server, entry: LockEntry, bench: Bench
) -> None:
    def mixed(handler: Handler) -> None:  # ignores If-Range: the end of another file
        start = int(handler.headers["Range"].removeprefix("bytes=").split("-")[0])
        span = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
        handler.answer(206, b"x" * (len(CONTENT) - start), Content_Range=span, ETag='"two"')

    server.acts = [truncated(100_000, etag='"zero"')]
    assert bench(entry).path.read_bytes() == CONTENT
    bench.into = bench.into.with_name("again")
    server.acts = [truncated(100_000), mixed]
    assert bench(entry).path.read_bytes() == CONTENT
    # And a server that lies about the tag too is found out by the pin.
    bench.into = bench.into.with_name("pinned")
    server.acts = [truncated(100_000), lambda handler: mixed_silently(handler)]

    def mixed_silently(handler: Handler) -> None:
        start = int(handler.headers["Range"].removeprefix("bytes=").split("-")[0])
        span = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
        handler.answer(206, b"x" * (len(CONTENT) - start), Content_Range=span, ETag='"one"')

    pinned = replace(entry, sha256=SHA, bytes=len(CONTENT), retrieved=NOW.date())
    assert bench(pinned).path.read_bytes() == CONTENT


def test_a_server_that_ignores_ranges(server: Server, entry: LockEntry, bench: Bench) -> None:
    server.acts = [truncated(100_000), lambda handler: handler.answer(200, CONTENT)]
    assert bench(entry).path.read_bytes() == CONTENT
    assert "Range" in server.asked[1]


def test_chunks_that_break_off(server: Server, entry: LockEntry, bench: Bench) -> None:
    def chunked(handler: Handler, last: bytes) -> None:
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for start in range(0, len(CONTENT), 100_000):
            block = CONTENT[start : start + 100_000]
            handler.wfile.write(b"%x\r\n" % len(block) + block + b"\r\n")
        handler.wfile.write(last)

    server.acts = [
        lambda handler: chunked(handler, b""),
        lambda handler: chunked(handler, b"5\r\nx"),
    ]
    server.acts.append(lambda handler: chunked(handler, b"0\r\n\r\n"))
    result = bench(entry)
    assert result.path.read_bytes() == CONTENT
    assert result.attempts == 3


def test_a_part_longer_than_the_file(server: Server, entry: LockEntry, bench: Bench) -> None:
    server.acts = [truncated(100_000), status(416)]
    assert bench(entry).path.read_bytes() == CONTENT
    assert "Range" not in server.asked[2]


def test_weak_tags_are_not_resumed_on(server: Server, entry: LockEntry, bench: Bench) -> None:
    def weak(handler: Handler) -> None:
        handler.close_connection = True
        handler.answer(200, CONTENT[:1000], ETag='W/"a"', Content_Length=str(len(CONTENT)))

    server.acts = [weak]
    assert bench(entry).path.read_bytes() == CONTENT
    assert "Range" not in server.asked[1]


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
def test_servers_that_recover(server: Server, entry: LockEntry, bench: Bench, code: int) -> None:
    server.acts = [status(code), status(code)]
    result = bench(entry)
    assert (result.status, result.attempts, len(bench.waits)) == ("downloaded", 3, 2)


def test_retry_after_is_honoured_and_capped(server: Server, entry: LockEntry, bench: Bench) -> None:
    later = email.utils.format_datetime(NOW + dt.timedelta(seconds=42), usegmt=True)
    server.acts = [
        status(429, Retry_After="5"),
        status(503, Retry_After=later),
        status(429, Retry_After="86400"),
    ]
    assert bench(entry).status == "downloaded"
    assert bench.waits == [5, 42, 300]


@pytest.mark.parametrize("code", [400, 403, 404, 410])
def test_refusals_are_not_insisted_on(
    server: Server, entry: LockEntry, bench: Bench, code: int
) -> None:
    server.acts = [status(code)]
    result = bench(entry)
    assert result.failed
    assert f"Le serveur répond {code}." in result.text.say("fr")
    assert f"The server answers {code}." in result.text.say("en")
    assert (len(server.asked), bench.names()) == (1, [])


def test_a_server_that_stalls(server: Server, entry: LockEntry, bench: Bench) -> None:
    server.acts = [stall]
    assert bench(entry).path.read_bytes() == CONTENT
    assert server.asked[1]["Range"] == "bytes=1000-"


def test_a_server_that_is_not_there(server: Server, entry: LockEntry, bench: Bench) -> None:
    absent = Server()
    absent.server_close()
    result = bench(replace(entry, url=absent.url))
    assert result.failed
    assert "Abandon après 4 essais" in result.text.say("fr")
    assert len(bench.waits) == 3


def test_wrong_bytes_are_kept_aside(server: Server, entry: LockEntry, bench: Bench) -> None:
    bench(entry)
    held = bench.into / entry.file
    held.unlink()
    server.acts = [lambda handler: handler.answer(200, b"other bytes")]
    result = bench(entry)
    assert result.failed
    assert "pas ceux du verrou" in result.text.say("fr")
    assert (bench.into / "f.tar.gz.rejected").read_bytes() == b"other bytes"
    assert not held.exists()
    assert bench.pin().sha256 == SHA


@pytest.mark.parametrize("body", [b"\n<!DOCTYPE html><p>Maintenance", b"\xef\xbb\xbf<html>"])
def test_a_web_page_is_not_pinned(
    server: Server, entry: LockEntry, bench: Bench, body: bytes
) -> None:
    server.acts = [lambda handler: handler.answer(200, body)]
    assert "page web" in bench(entry).text.say("fr")
    assert bench.names() == ["f.tar.gz.rejected"]


def test_an_empty_answer_is_no_file(server: Server, entry: LockEntry, bench: Bench) -> None:
    server.acts = [lambda handler: handler.answer(200)]
    assert bench(entry).attempts == 2


def test_redirects(server: Server, entry: LockEntry, bench: Bench) -> None:
    server.acts = [redirect("/there"), redirect(f"{server.url}/2", 308)]
    assert bench(entry).path.read_bytes() == CONTENT
    assert [asked["path"] for asked in server.asked] == ["/f.bin", "/there", "/f.bin/2"]


@pytest.mark.parametrize(
    "place",
    ["http://example.org/f", "file:///etc/passwd", "ftp://127.0.0.1/f", "http://a:b@127.0.0.1/f"],
)
def test_redirects_elsewhere_than_https_are_refused(
    server: Server, entry: LockEntry, bench: Bench, place: str
) -> None:
    server.acts = [redirect(place)]
    assert f"adresse non sûre : {place}" in bench(entry).text.say("fr")
    assert len(server.asked) == 1


def test_plain_http_and_endless_redirects_are_refused(
    server: Server, entry: LockEntry, bench: Bench
) -> None:
    assert "non sûre" in bench(entry, policy=replace(POLICY, loopback_http=False)).text.say("fr")
    server.acts = [redirect("/round")] * 20
    assert "Plus de 5 redirections" in bench(entry).text.say("fr")
    assert len(server.asked) == 6


def test_bounds_of_size_and_disk(
    server: Server, entry: LockEntry, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(POLICY, max_bytes=1_000)
    assert "dépasse la limite" in bench(entry, policy=small).text.say("fr")

    def endless(handler: Handler) -> None:  # no length announced
        handler.close_connection = True
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(CONTENT)

    server.acts = [endless]
    assert "dépasse la limite" in bench(entry, policy=small).text.say("fr")
    full = shutil._ntuple_diskusage(10**9, 10**9, 0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    assert "Il manque de la place : 0 Mio" in bench(entry).text.say("fr")


def test_a_daily_feed_is_kept_by_date_and_said_frozen(
    server: Server, entry: LockEntry, bench: Bench
) -> None:
    feed = replace(entry, vary="daily", refresh_days=3, file="x.json.gz")
    day = dt.timedelta(days=1)
    first = bench(feed)
    assert (first.path.name, first.warnings) == ("x-20261122.json.gz", ())
    assert bench(feed).status == "unchanged"
    assert len(server.asked) == 1  # once a day
    server.acts = [lambda handler: good(handler, CONTENT[::-1])]
    assert bench(feed, NOW + day).path.name == "x-20261123.json.gz"
    assert bench.pin().retrieved == dt.date(2026, 11, 23)
    same: Act = lambda handler: good(handler, CONTENT[::-1])  # noqa: E731
    server.acts = [same, same]
    again = bench(feed, NOW + 3 * day)
    assert (again.status, again.path.name) == ("unchanged", "x-20261123.json.gz")
    assert not [said for said in again.warnings if "figé" in said.say("fr")]
    frozen = bench(feed, NOW + 6 * day)
    assert "figé, mêmes octets depuis le 2026-11-23 (5 jours)" in frozen.warnings[0].say("fr")
    assert "il y a 8 jours" in frozen.warnings[1].say("fr")
    assert "figé" in frozen.text.say("fr")
    assert bench.names() == ["sources.lock.toml", "x-20261122.json.gz", "x-20261123.json.gz"]


def test_a_file_that_a_person_has_to_download(entry: LockEntry, bench: Bench) -> None:
    alone = replace(entry, url="")
    result = bench(alone)
    assert result.status == "by hand"
    assert result.text.say("fr") == (
        f"FINESS : téléchargez-le depuis https://p.org et enregistrez-le sous {result.path}."
    )
    result.path.write_bytes(CONTENT)
    assert bench(alone).status == "unchanged"
    assert bench.pin().sha256 == SHA
    result.path.write_bytes(b"other")
    assert "pas ceux du verrou" in bench(alone).text.say("fr")


def test_one_failure_does_not_stop_the_others(
    server: Server, entry: LockEntry, bench: Bench
) -> None:
    server.acts = [status(404)]
    entries = [entry, replace(entry, id="two", file="two.bin")]
    results = fetch(entries, bench.into, clock=lambda: NOW, policy=POLICY, sleep=bench.waits.append)
    assert [result.status for result in results] == ["failed", "downloaded"]
    assert bench.pin().id == "two"


def test_a_pin_of_the_shipped_lock_wins(server: Server, entry: LockEntry, bench: Bench) -> None:
    bench.into.mkdir()
    local = replace(entry, sha256="0" * 64, bytes=1, retrieved=NOW.date())
    write_pins(bench.into / "sources.lock.toml", [local])
    assert "pas ceux du verrou" in bench(entry).text.say("fr")
    shipped = replace(entry, sha256=SHA, bytes=len(CONTENT), retrieved=NOW.date())
    assert bench(shipped).status == "downloaded"
    assert bench.pin() == shipped


def test_folders_that_cannot_be_used(entry: LockEntry, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="dossier ne peut être créé"):
        fetch([entry], tmp_path / "file" / "into", clock=lambda: NOW)
