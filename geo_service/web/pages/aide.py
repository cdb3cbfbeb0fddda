"""Help, glossary, about and the accessibility statement, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, url_for

from ...core.i18n import Text
from ...exporting import map_credit
from ..served import served
from . import kept_page
from .glossary import GLOSSARY
from .words import ABOUT, ACCESSIBILITY, HELP, TEXTS

PAGE = Blueprint("aide", __name__)


@dataclass(frozen=True)
class _Part:
    """One part of a page as it is shown."""

    anchor: str
    title: str
    paragraphs: list[str]
    link: tuple[str, str] | None


def _page(title: str, parts: Any) -> Response:
    def values() -> dict[str, Any]:
        shown = [
            _Part(
                anchor,
                heading.say(),
                [text.say() for text in paragraphs],
                None if link is None else (url_for(link[0], **link[2]), link[1].say()),
            )
            for anchor, heading, paragraphs, link in parts
        ]
        return {"title": TEXTS[title].say(), "parts": shown, "credit": _credit()}

    return kept_page("aide.html", values, TEXTS)


def _credit() -> str:
    return map_credit(served().atlas).say()


@PAGE.get("/aide")
def aide() -> Response:
    """How to use each page, and how to read a figure."""
    return _page("help", HELP)


@PAGE.get("/a-propos")
def a_propos() -> Response:
    """What the service is, for whom, and what it does not do."""
    return _page("about", ABOUT)


@PAGE.get("/accessibilite")
def accessibilite() -> Response:
    """The accessibility statement."""
    return _page("accessibility", ACCESSIBILITY)


@PAGE.get("/glossaire")
def glossaire() -> Response:
    """The words of the field."""

    def values() -> dict[str, Any]:
        return {
            "terms": [(_said(term), _said(meaning)) for term, meaning in GLOSSARY],
            "credit": _credit(),
        }

    return kept_page("glossaire.html", values, TEXTS)


def _said(text: Text) -> str:
    return text.say()
