"""Values put into a page: no name in a file can become markup, script or template."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from typing import Any

# Control characters and lone surrogates, which neither HTML nor UTF-8 can hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_IN_SCRIPT = ("<", ">", "&", "'", "\u2028", "\u2029")


def is_null(value: Any) -> bool:
    """Whether the value is a null of any kind: None, NaN, NaT or pandas' NA."""
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas.NA is neither true nor false
        return True


def clean(value: Any) -> str:
    """The value as text, without the characters that a page cannot hold; null gives "".

    >>> clean("a\\x00b"), clean(None), clean(float("nan"))
    ('a�b', '', '')
    """
    if is_null(value):
        return ""
    if isinstance(value, dt.datetime):
        value = value.date()
    return _FORBIDDEN.sub("�", str(value))


def escaped(value: Any) -> str:
    """The value as text for an element or a quoted attribute.

    >>> escaped('<b a="1">')
    '&lt;b a=&quot;1&quot;&gt;'
    """
    return html.escape(clean(value), quote=True)


def isolated(value: Any) -> str:
    """The value as an element of its own direction: its marks cannot turn what stands beside it.

    >>> isolated("a & b")
    '<bdi>a &amp; b</bdi>'
    """
    return f"<bdi>{escaped(value)}</bdi>"


def script_json(value: Any) -> str:
    """JSON that can stand inside a ``<script>``: it can neither close it nor open a comment.

    >>> script_json({"name": "</script>"})
    '{"name":"\\\\u003c/script\\\\u003e"}'

    Raises
    ------
    ValueError
        A number is NaN or infinite.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in _IN_SCRIPT:
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
