"""The operations of the API: an address, its parameters and what it gives, said where it is done.

From this list come the checks of each request, the OpenAPI description and the page to try it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, g, request
from werkzeug.datastructures import MultiDict

from ...core.i18n import T, Text
from ..answers import Body, answer, send
from ..problems import problem
from .parameters import PARAMETERS, Parameter, RefusedError, formats, read_parameters

ROOT = "/api/v1"
BLUEPRINT = Blueprint("api_v1", __name__, url_prefix=ROOT)
MEDIA = {
    "json": "application/json",
    "geojson": "application/geo+json",
    "csv": "text/csv",
    "openapi": "application/openapi+json",
}
_OF_A_VISITOR = frozenset(("q", "bbox"))
"""Parameters that hold what a visitor wrote or where they look: such answers are not kept."""


@dataclass(frozen=True)
class Operation:
    """One address of the API."""

    name: str
    path: str
    """As OpenAPI writes it, after ``/api/v1``: ``/qpv/{code}``."""
    title: Text
    about: Text
    query: Mapping[str, Parameter]
    path_parameters: Mapping[str, tuple[Text, str]]
    """Meaning and example of each part of the path that changes."""
    gives: Mapping[str, str]
    """Name of the schema of the answer by format."""
    unknown: bool
    """Whether it may say that there is no such thing (404)."""


OPERATIONS: list[Operation] = []
_NONE: MultiDict[str, str] = MultiDict()


def operation(
    path: str,
    title: Text,
    *,
    about: Text,
    takes: tuple[str, ...] = (),
    gives: str | Mapping[str, str],
    path_parameters: Mapping[str, tuple[Text, str]] | None = None,
    unknown: bool = False,
) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Make a function answer to an address: it is called with the values of ``takes``.

    Parameters
    ----------
    path
        As Flask writes it: ``/qpv/<code>``.
    takes
        Names of :data:`~geo_service.web.api.parameters.PARAMETERS`; every operation takes ``lang``.
    gives
        Name of the schema of the answer; by format where there are several (``f`` is then taken).
    """
    by_format = {"json": gives} if isinstance(gives, str) else dict(gives)
    known = {name: PARAMETERS[name] for name in takes}
    if len(by_format) > 1:
        known["f"] = formats(*by_format)
    known["lang"] = PARAMETERS["lang"]

    def decorate(view: Callable[..., Response]) -> Callable[..., Response]:
        OPERATIONS.append(
            Operation(
                view.__name__,
                path.replace("<", "{").replace(">", "}"),
                title,
                about,
                known,
                path_parameters or {},
                by_format,
                unknown,
            )
        )

        @functools.wraps(view)
        def checked(**parts: str) -> Response:
            try:
                asked = read_parameters(known, request.args if request.query_string else _NONE)
            except RefusedError as refused:
                return refuse(refused)
            return view(asked, **parts)

        BLUEPRINT.add_url_rule(path, view.__name__, checked, methods=["GET"])
        return checked

    return decorate


def refuse(refused: RefusedError) -> Response:
    """The problem that names each parameter that is not accepted."""
    reasons = {name: reason.say() for name, reason in refused.reasons.items()}
    said = T(
        "Paramètres non acceptés : {names}.",
        "Parameters not accepted: {names}.",
        names=", ".join(reasons),
    )
    return problem(
        400,
        said.say(),
        errors=[{"parameter": name, "detail": reason} for name, reason in reasons.items()],
    )


_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def encode(content: Any) -> bytes:
    """JSON in UTF-8; what is not finite has no place in it."""
    return _JSON.encode(content).encode()


def reply(make: Callable[[], bytes], form: str = "json") -> Response:
    """What ``make`` gives for this request, kept unless it depends on what a visitor wrote."""
    mimetype = MEDIA[form]
    if _OF_A_VISITOR.isdisjoint(request.args):
        asked = tuple(sorted(request.args.items()))
        key = ("api", request.script_root, request.path, asked, g.language)
        return answer(key, make, mimetype=mimetype)
    return send(Body(make(), mimetype, {}))


def address(path: str | None = None, **changes: Any) -> str:
    """Address of this API, with the parameters of this request and these changes.

    Parameters
    ----------
    path
        After ``/api/v1``; with it only the language is taken over. By default this request's own.
    """
    if path is None:
        base, asked = quote(request.path, safe="/:~"), dict(request.args.items())
    else:
        base = ROOT + path
        asked = {name: value for name, value in request.args.items() if name == "lang"}
    asked.update({name: str(value) for name, value in changes.items()})
    query = f"?{urlencode(asked, safe=':,')}" if asked else ""
    return f"{request.script_root}{base}{query}"


def page_address(path: str) -> str:
    """Address of a page for people, in the language that was asked for."""
    asked = {name: value for name, value in request.args.items() if name == "lang"}
    return f"{request.script_root}{path}{'?' + urlencode(asked, safe=':,') if asked else ''}"


def link(rel: str, href: str, title: Text | None = None, kind: str = "json") -> dict[str, str]:
    """One link of an answer."""
    said = {"rel": rel, "href": href, "type": MEDIA.get(kind, kind)}
    return said if title is None else {**said, "title": title.say()}


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for."""

    total: int
    number: int
    size: int

    @property
    def part(self) -> slice:
        """Positions of this page."""
        return slice((self.number - 1) * self.size, self.number * self.size)

    def links(self, kind: str = "json") -> list[dict[str, str]]:
        """This page, the next and the one before, where there are."""
        last = max(1, -(-self.total // self.size))
        found = [link("self", address(), kind=kind)]
        if self.number < last:
            found.append(link("next", address(page=self.number + 1), kind=kind))
        if self.number > 1:
            found.append(link("prev", address(page=min(self.number - 1, last)), kind=kind))
        return found

    def head(self) -> dict[str, int]:
        """The members that say which part of the whole this is."""
        return {"total": self.total, "page": self.number, "limit": self.size}


def listed(asked: Mapping[str, Any], items: list[Any], **members: Any) -> bytes:
    """One page of a list as JSON."""
    page = Page(len(items), asked["page"], asked["limit"])
    return encode({**page.head(), **members, "links": page.links(), "items": items[page.part]})
