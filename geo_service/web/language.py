"""The language of each request: ``?lang=`` first, then the browser's, French otherwise."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Flask, g, has_request_context, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from ..core.i18n import LANGUAGES, Language, choose_language, use_language


def register(app: Flask) -> None:
    """Make every request speak one language, and links keep the one that was asked for."""

    @app.before_request
    def choose() -> None:
        asked = request.args.get("lang") if request.query_string else None
        if asked is None:
            language = _preferred(request.environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        else:
            language = choose_language(asked)
        g.language = language
        g.speaking = use_language(language)
        g.speaking.__enter__()

    @app.teardown_request
    def leave(_: BaseException | None) -> None:
        if speaking := g.pop("speaking", None):
            speaking.__exit__(None, None, None)

    @app.url_defaults
    def keep(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint != "static" and has_request_context() and "lang" in request.args:
            values.setdefault("lang", g.language)


@lru_cache(maxsize=256)
def _preferred(accepted: str) -> Language:
    """What a browser that sends this ``Accept-Language`` likes best; browsers send few of them."""
    wishes = parse_accept_header(accepted, LanguageAccept)
    return choose_language(wishes.best_match(LANGUAGES, "fr"))
