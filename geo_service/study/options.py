"""Options of a source as a study writes them: each has to fit what its reader takes."""

from __future__ import annotations

import datetime as dt
import inspect
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..core.contracts import Source
from ..core.errors import SourceError
from ..core.i18n import T


def _numbers(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 4 and all(_number(part) for part in value)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_FITS: tuple[tuple[str, Callable[[Any], bool]], ...] = (
    (r"Collection\[str\]", lambda value: isinstance(value, list) and _all_text(value)),
    (r"tuple\[float", _numbers),
    (r"(?<!\[)\bstr\b", lambda value: isinstance(value, str) and bool(value)),
    (r"\bPath\b", lambda value: isinstance(value, Path)),
    (r"\bint\b", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    (r"\bdt\.date\b", lambda value: isinstance(value, dt.date)),
    (r"\bAny\b", lambda value: isinstance(value, int | str) and not isinstance(value, bool)),
)
"""Part of the reader's annotation → whether a value of a TOML file fits it."""


def _all_text(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def require_fitting(source: Source, options: Mapping[str, Any], file: Path) -> None:
    """Check the options of one file of a study against what the reader of its source takes.

    Raises
    ------
    SourceError
        An option has another type than its reader takes, or is none of the words it knows.
    """
    parameters = inspect.signature(source.read).parameters
    for name, value in options.items():
        wanted = str(parameters[name].annotation)
        if wanted.startswith("Literal"):
            words = re.findall(r"'(\w+)'", wanted)
            fits = isinstance(value, str) and value in words
        else:
            fits = any(re.search(part, wanted) and test(value) for part, test in _FITS)
        if not fits:
            raise SourceError(
                T(
                    "L'option « {name} » ne peut pas valoir « {value} ».",
                    "The option “{name}” cannot be “{value}”.",
                    name=name,
                    value=value,
                ),
                file=file,
                field=name,
                do=T("Attendu : {label}.", "Expected: {label}.", label=source.options[name]),
            )
