"""What a source, a zone kind, an indicator and an output have to offer, and how they are found.

Adding one is adding one module: it is found by the constant it holds (``SOURCE``, ``INDICATOR``,
``FORMAT``). Nothing else has to be edited.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from .i18n import Text
from .result import Reading


class Progress(Protocol):
    """Told how far a long task is; ``total`` is null when it cannot be known."""

    def __call__(self, task: str, done: int, total: int | None) -> None: ...


def no_progress(task: str, done: int, total: int | None) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Layout:
    """One layout of a publisher's file. ``tried``: whether a real file was ever read with it."""

    name: str
    label: Text
    tried: bool


@dataclass(frozen=True)
class Source:
    """A publisher's file and its reader.

    ``recognise(path)`` looks at the first bytes and gives the name of the layout, or None if the
    file is not of this source; it never raises for one of another kind. ``read(path, **options)``
    gives a :class:`~geo_service.core.result.Reading`; common options are ``layout`` (skip the
    recognition), ``source_id``, ``vintage`` and ``progress``; its docstring names the others.
    ``begin(path, layout, options)``, where there is one, has the file read ahead in another thread
    (:mod:`geo_service.intake.ahead`) and says whether that was begun; ``read`` then finds it.
    """

    name: str
    label: Text
    gives: str
    publisher: str
    licence: str
    layouts: tuple[Layout, ...]
    recognise: Callable[[Path], str | None]
    read: Callable[..., Reading]
    options: Mapping[str, Text] = field(default_factory=dict)
    begin: Callable[[Path, str | None, Mapping[str, Any]], bool] | None = None

    def layout(self, name: str) -> Layout:
        """The layout of that name."""
        return next(layout for layout in self.layouts if layout.name == name)


@dataclass(frozen=True)
class Measure:
    """One figure of a family: the name that stays, its label, its unit."""

    name: str
    label: Text
    unit: str


@dataclass(frozen=True)
class Indicator:
    """A family of figures by territory, and where its formulas come from.

    ``compute(snapshot)`` is pure: it takes a :class:`~geo_service.core.snapshot.Snapshot` and gives
    its :class:`~geo_service.core.figures.Figures`.
    """

    name: str
    label: Text
    measures: tuple[Measure, ...]
    reference: Text
    compute: Callable[..., Any]


@dataclass(frozen=True)
class OutputFormat:
    """A file format: media type, suffix and writer.

    ``write(table, path, *, credit, language=None, name="")`` writes one layer or table beside
    ``path`` and renames it.
    ``geometry``: whether it can hold shapes.
    """

    name: str
    label: Text
    media_type: str
    suffix: str
    geometry: bool
    write: Callable[..., None]


Found = TypeVar("Found")


def discover(package: str, constant: str, kind: type[Found]) -> dict[str, Found]:
    """Every ``constant`` of the modules of a package, by its ``name``, in alphabetical order."""
    wanted: Any = kind
    return dict(_discovered(package, constant, wanted))


@functools.cache
def _discovered(package: str, constant: str, kind: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    home = importlib.import_module(package)
    for module in pkgutil.iter_modules(home.__path__):
        value = getattr(importlib.import_module(f"{package}.{module.name}"), constant, None)
        if isinstance(value, kind):
            found[value.name] = value
    return dict(sorted(found.items()))
