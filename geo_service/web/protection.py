"""Headers, limits and bounds: what a visitor may ask, and what a page may do."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

from flask import Flask, request
from werkzeug.exceptions import TooManyRequests
from werkzeug.middleware.proxy_fix import ProxyFix

from ..config import setting

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Headers = list[tuple[str, str]]
MOST_SENT = 64 << 10
"""Bytes of a request's body at most; the look-up of a file has a bound of its own."""
_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_STYLE = re.compile(rb"<style[^>]*>(.*?)</style>", re.DOTALL)
_PERIODS = {"second": 1, "minute": 60, "hour": 3600}
_FRAMERS = {False: "'none'", "self": "'self'", True: "*"}
_STATIC = ("/static/", "/healthz", "/readyz")


def policy(
    *,
    page: bytes | None = None,
    framed: Literal[False, "self", True] = False,
    maps: bool = False,
) -> str:
    """Content-Security-Policy of a page.

    Parameters
    ----------
    page
        The page itself where it holds scripts or styles: their hashes are let in, and no other.
    framed
        Whether pages of the service (``self``) or any site may frame it: the embed address alone.
    maps
        Whether it draws a map: Leaflet places things by style attributes, set from script.
    """
    scripts = styles = "'self'"
    if page is not None:
        scripts = " ".join(("'self'", *_hashes(_SCRIPT.findall(page))))
        styles = " ".join(("'self'", *_hashes(_STYLE.findall(page))))
    images = "'self' data:"
    if maps and setting("GEO_SERVICE_TILES") == "ign":
        images += " https://data.geopf.fr"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            f"style-src {styles}",
            f"img-src {images}",
            "font-src 'self'",
            "connect-src 'self'",
            "frame-src 'self'",
            "manifest-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            f"frame-ancestors {_FRAMERS[framed]}",
        )
    )


def _hashes(inline: list[bytes]) -> Iterable[str]:
    return (
        f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'"
        for text in dict.fromkeys(inline)
    )


def register(app: Flask) -> None:
    """Bound what an application takes and say what its pages may do."""
    app.config.update(
        MAX_CONTENT_LENGTH=MOST_SENT, MAX_FORM_MEMORY_SIZE=MOST_SENT, MAX_FORM_PARTS=50
    )
    if hosts := setting("GEO_SERVICE_HOSTS").split():
        app.config["TRUSTED_HOSTS"] = hosts
    proxies = int(setting("GEO_SERVICE_PROXIES"))
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # as Flask means it
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies, x_prefix=proxies
        )
    check = limiter(setting("GEO_SERVICE_RATE"))
    always = [
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Permissions-Policy", "geolocation=(self), camera=(), microphone=()"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ]
    unframed = [*always, ("X-Frame-Options", "DENY")]
    plain = [*unframed, ("Content-Security-Policy", policy())]

    if check is not None:

        @app.before_request
        def count() -> None:
            if not request.path.startswith(_STATIC):
                check("all")

    def protect(_: WSGIEnvironment, headers: Headers) -> Headers:
        for name, value in headers:
            if name == "Content-Security-Policy":  # its own
                return unframed if "frame-ancestors 'none'" in value else always
        return plain

    add_headers(app, protect)


def add_headers(app: Flask, more: Callable[[WSGIEnvironment, Headers], Headers]) -> None:
    """Add headers to every answer of an application, those to errors too.

    They are added where the answer leaves for the server: Flask would check and copy each of them
    again for each answer, which costs more than many an answer.

    Parameters
    ----------
    more
        Gives the headers to add, from the environment of the request and the headers so far.
    """
    inner = app.wsgi_app

    def outer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: Headers, error: Any = None) -> Callable[[bytes], object]:
            return start_response(status, headers + more(environ, headers), error)

        return inner(environ, start)

    app.wsgi_app = outer  # type: ignore[method-assign]  # as Flask means it


def limiter(rates: str) -> Callable[[str], None] | None:
    """A function that counts a request against these rates and stops the one too many with 429.

    Counts are of this process and of fixed windows; they are forgotten with their window, so that
    no more addresses are held than came in one.

    Parameters
    ----------
    rates
        As ``1200/minute;100/second``, for each address; ``off``: no limit.

    Returns
    -------
    callable or None
        Takes the name of what is counted.

    Raises
    ------
    ValueError
        The rates are not written so.
    """
    if rates == "off":
        return None
    windows = [_Window(*_rate(one)) for one in rates.split(";")]

    def check(what: str) -> None:
        who = (what, request.remote_addr or "")
        for window in windows:
            if left := window.too_many(who):
                raise TooManyRequests(retry_after=left)

    return check


def _rate(written: str) -> tuple[int, int]:
    """Requests and seconds of ``1200/minute``."""
    number, _, period = written.strip().partition("/")
    if not number.isdecimal() or period not in _PERIODS:
        raise ValueError(f"{written!r} is no rate such as 1200/minute")
    return int(number), _PERIODS[period]


class _Window:
    """How often each visitor came since the window began."""

    def __init__(self, most: int, seconds: int) -> None:
        self._most = most
        self._seconds = seconds
        self._number = -1
        self._came: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def too_many(self, who: tuple[str, str]) -> int:
        """Count one; 0, or where it is one too many the seconds until the next window."""
        now = time.monotonic()
        number = int(now // self._seconds)
        with self._lock:
            if number != self._number:
                self._number, self._came = number, {}
            came = self._came[who] = self._came.get(who, 0) + 1
        return 0 if came <= self._most else 1 + int((number + 1) * self._seconds - now)
