"""The pages: one file a page, each with a Flask blueprint ``PAGE`` and the words it says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from types import SimpleNamespace
from typing import Any, Literal
from urllib.parse import quote, urlencode

from flask import Response, current_app, g, render_template, request

from ... import __version__
from ...core.i18n import Text, say_date
from ..answers import answer
from ..protection import policy
from ..served import served
from ..texts import BELOW, MENU, TEXTS


def page(template: str, texts: Mapping[str, Text] | None = None, **values: Any) -> str:
    """A page in the language of the request.

    Parameters
    ----------
    template
        Name of the template. It sees ``t`` (words by name), ``language``, ``other``, ``facts``,
        ``as_of`` (main date in words), ``switch`` (this page in the other language).
    texts
        Words of this page, besides those of every page.
    values
        What else the template needs.
    """
    atlas = served().atlas
    words = {**TEXTS, **(texts or {})}
    other = "en" if g.language == "fr" else "fr"
    return render_template(
        template,
        # No dict: in a template the word ``copy`` or ``items`` would be its method.
        t=SimpleNamespace(**{name: text.say(g.language) for name, text in words.items()}),
        language=g.language,
        other=other,
        switch=_in_language(other),
        menu=[(endpoint, label.say()) for endpoint, label in MENU if endpoint in _known()],
        below=[(endpoint, label.say()) for endpoint, label in BELOW if endpoint in _known()],
        version=__version__,
        facts=atlas.facts,
        as_of=say_date(atlas.as_of, g.language),
        territory_choices=_territory_choices,
        **values,
    )


_MOST_OFFERED = 400
"""Territories that a field offers: with more, EPCI are left to who writes them."""


def _territory_choices() -> list[tuple[str, str]]:
    """Id and name of the territories above communes, for a field that takes an id."""
    result = served()

    def make() -> list[tuple[str, str]]:
        table = result.atlas.territory_names()
        offered = [row for row in table if not row[0].startswith("commune:")]
        if len(offered) > _MOST_OFFERED:
            offered = [row for row in offered if not row[0].startswith("epci:")]
        return offered

    return result.keep("territories offered", make)


def _known() -> Collection[str]:
    return current_app.view_functions


def _in_language(language: str) -> str:
    """This page, with its parameters, in another language."""
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    # Written anew: as it was sent, "//host" would lead elsewhere and "%3F" would end the path.
    path = "/" + quote(request.script_root + request.path, safe="/:@!$&'()*+,;=~").lstrip("/")
    return f"{path}?{urlencode([*asked, ('lang', language)])}"


def kept_page(
    template: str,
    values: Callable[[], Mapping[str, Any]],
    texts: Mapping[str, Text] | None = None,
    *,
    framed: Literal[False, "self", True] = False,
    maps: bool = False,
    depends: Hashable = None,
) -> Response:
    """A page made once for its address, parameters and language, with ETag and policy.

    Parameters
    ----------
    values
        Gives what the template needs; called only where the page is not in memory. Errors that it
        raises become error pages.
    framed, maps
        As for :func:`~geo_service.web.protection.policy`.
    depends
        What else the page depends on, such as today's date.
    """
    # By name alone: of a name given twice the first value counts. The host may stand in a page.
    asked = tuple(sorted(request.args.items(multi=True), key=lambda pair: pair[0]))
    return answer(
        ("page", request.url_root, request.path, asked, g.language, depends),
        lambda: page(template, texts, **values()),
        mimetype="text/html",
        headers={"Content-Security-Policy": policy(framed=framed, maps=maps)},
    )
