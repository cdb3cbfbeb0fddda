"""French by default, English on request: texts, dates and numbers.

A text that a user may read is written once, in both languages, at the place that says it.
So a message cannot exist in one language only, and no catalogue has to be kept in step.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT_LANGUAGE: Language = "fr"

_language: ContextVar[Language] = ContextVar("geo_service_language", default=DEFAULT_LANGUAGE)


def current_language() -> Language:
    """Language of the messages now: ``fr`` unless :func:`use_language` says otherwise."""
    return _language.get()


def choose_language(wanted: str | None) -> Language:
    """The supported language nearest to a wish such as ``en_GB.UTF-8``; French otherwise."""
    prefix = (wanted or "").strip().lower().replace("-", "_").split("_")[0].split(".")[0]
    return next((known for known in LANGUAGES if known == prefix), DEFAULT_LANGUAGE)


@contextmanager
def use_language(language: Language) -> Iterator[None]:
    """Say everything inside the block in this language."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


@dataclass(frozen=True)
class Text:
    """One text in French and in English, with the values to put into its ``{names}``.

    >>> str(Text("{n} lignes", "{n} rows", {"n": 3}))
    '3 lignes'
    >>> Text("{n} lignes", "{n} rows", {"n": 3}).say("en")
    '3 rows'
    """

    fr: str
    en: str
    values: dict[str, Any] = field(default_factory=dict, hash=False)

    def say(self, language: Language | None = None) -> str:
        """The text in a language, by default the current one."""
        chosen = language or current_language()
        template = self.en if chosen == "en" else self.fr
        values = self.values
        if not values:
            return template
        for key, value in self.values.items():
            if isinstance(value, Text):
                values = {**values, key: value.say(chosen)}
        return template.format_map(values)

    def with_values(self, **values: Any) -> Text:
        """The same text with (more) values."""
        return Text(self.fr, self.en, {**self.values, **values})

    def __str__(self) -> str:
        return self.say()


def T(fr: str, en: str, **values: Any) -> Text:
    """Write a text in both languages: ``T("{n} lignes", "{n} rows", n=3)``."""
    return Text(fr, en, values)


def say_date(date: dt.date, language: Language | None = None) -> str:
    """A date in words.

    >>> say_date(dt.date(2026, 1, 1)), say_date(dt.date(2026, 1, 31), "en")
    ('1er janvier 2026', 'January 31, 2026')
    """
    chosen = language or current_language()
    said = format_date(date, format="long", locale=chosen)
    return f"1er{said[1:]}" if chosen == "fr" and date.day == 1 else said


def say_number(
    value: float | None, language: Language | None = None, *, decimals: int | None = None
) -> str:
    """A number as the language writes it; an unknown one is ``n. c.`` (``n/a``)."""
    chosen = language or current_language()
    if value is None or value != value:
        return "n/a" if chosen == "en" else "n. c."
    pattern = None if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=chosen)


def say_share(value: float | None, language: Language | None = None) -> str:
    """A share of one as a percentage with one decimal: ``10,2 %``."""
    chosen = language or current_language()
    if value is None or value != value:
        return say_number(None, chosen)
    return format_percent(value, format="0.0 %" if chosen == "fr" else "0.0%", locale=chosen)
