"""CQL2 filters (OGC 21-065r2) evaluated on a collection held in memory.

A filter is the tree of CQL2 JSON; CQL2 Text is read into the same tree. Answers have three values,
as in SQL: what compares with null is neither true nor false, and a feature is chosen where the
filter is true. Nothing of what a visitor writes is executed.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import numpy as np
import numpy.typing as npt
import shapely
from werkzeug.exceptions import HTTPException

from ...core.i18n import T
from . import cql2_text, crs
from .collections import Collection
from .cql2_scalars import Scalar, like, literal, same_kind, simplified
from .cql2_times import Period, instant_of, period_of, relation
from .refusing import refusal

LONGEST = 4000
"""Characters of a filter."""
_MOST_NODES = 1000
Mask = npt.NDArray[np.bool_]
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


class Verdict(NamedTuple):
    """Where a condition holds, and where it does not; neither: unknown."""

    yes: Mask
    no: Mask


def chosen(collection: Collection, text: str, language: str, filter_crs: str) -> Mask:
    """Where a filter is true.

    Parameters
    ----------
    collection
        What is filtered.
    text
        The filter.
    language
        ``cql2-text`` or ``cql2-json``.
    filter_crs
        URI of the CRS of its coordinates.

    Returns
    -------
    array of bool
        One value a feature.

    Raises
    ------
    HTTPException
        400: not understood, a property that is not there, kinds that do not compare.
    """
    if len(text) > LONGEST:
        _refuse_size()
    tree = cql2_text.parse(text) if language == "cql2-text" else _from_json(text)
    return _Filter(collection, filter_crs).verdict(tree, 0).yes


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refusal(
            T(
                "filter : ce n'est pas du JSON ({error}).",
                "filter: this is not JSON ({error}).",
                error=str(error)[:120],
            )
        ) from error


def _refuse_size() -> NoReturn:
    raise refusal(
        T(
            "filter : le filtre est trop grand (au plus {most} caractères).",
            "filter: the filter is too large (at most {most} characters).",
            most=LONGEST,
        )
    )


class _Filter:
    """One filter being evaluated: it counts its nodes, and knows its CRS."""

    def __init__(self, collection: Collection, filter_crs: str) -> None:
        self._of = collection
        self._crs = filter_crs
        self._size = len(collection.features)
        self._nodes = 0

    def _unclear(self, node: Any) -> HTTPException:
        return refusal(
            T(
                "filter : « {node} » n'est pas compris ici.",
                "filter: “{node}” is not understood here.",
                node=str(node)[:80],
            )
        )

    def _arguments(self, node: Any, least: int, most: int | None = None) -> list[Any]:
        given = node.get("args")
        if not isinstance(given, list) or not least <= len(given) <= (most or least):
            raise self._unclear(node)
        return given

    def _all(self, value: bool) -> Mask:
        return np.full(self._size, value)

    def verdict(self, node: Any, depth: int) -> Verdict:
        """Where a boolean expression holds."""
        self._nodes += 1
        if self._nodes > _MOST_NODES or depth > cql2_text.DEEPEST:
            _refuse_size()
        if isinstance(node, bool):
            return Verdict(self._all(node), self._all(not node))
        if isinstance(node, dict) and "property" in node:
            scalar = self._scalar(node)
            if scalar.kind != "boolean":
                raise self._unclear(node)
            truth = scalar.values.astype(np.bool_)
            return Verdict(truth & scalar.held, ~truth & scalar.held)
        if not isinstance(node, dict) or not isinstance(node.get("op"), str):
            raise self._unclear(node)
        op = node["op"]
        if op in ("and", "or"):
            parts = [
                self.verdict(part, depth + 1) for part in self._arguments(node, 1, _MOST_NODES)
            ]
            both = (np.logical_and, np.logical_or)[:: 1 if op == "and" else -1]
            return Verdict(
                both[0].reduce([part.yes for part in parts]),
                both[1].reduce([part.no for part in parts]),
            )
        if op == "not":
            inside = self.verdict(self._arguments(node, 1)[0], depth + 1)
            return Verdict(inside.no, inside.yes)
        return self._predicate(op, node)

    def _predicate(self, op: str, node: Any) -> Verdict:
        if op in _COMPARISONS:
            left, right = (self._scalar(part) for part in self._arguments(node, 2))
            return self._compared(_COMPARISONS[op], left, right)
        if op in cql2_text.SPATIAL:
            return self._spatial(op, node)
        if op in cql2_text.TEMPORAL.values():
            first, second = (self._period(part) for part in self._arguments(node, 2))
            held = self._all(True) & first.held & second.held
            true = self._all(True) & relation(op, first, second)
            return Verdict(true & held, ~true & held)
        if op == "isNull":
            return self._null(self._arguments(node, 1)[0])
        if op == "like":
            tested, pattern = (self._scalar(part) for part in self._arguments(node, 2))
            if tested.kind != "text" or pattern.kind != "text" or pattern.values.ndim:
                raise self._unclear(node)
            found = self._all(True) & like(tested.values, str(pattern.values))
            return self._known(found, tested)
        if op == "between":
            tested, low, high = (self._scalar(part) for part in self._arguments(node, 3))
            above = self._compared(operator.ge, tested, low)
            below = self._compared(operator.le, tested, high)
            return Verdict(above.yes & below.yes, above.no | below.no)
        if op == "in":
            asked, options = self._arguments(node, 2)
            if not isinstance(options, list) or not options:
                raise self._unclear(node)
            tested = self._scalar(asked)
            equal = [self._compared(operator.eq, tested, self._scalar(one)) for one in options]
            return Verdict(
                np.logical_or.reduce([one.yes for one in equal]),
                np.logical_and.reduce([one.no for one in equal]),
            )
        raise self._unclear(op)

    def _known(self, found: Mask, *operands: Scalar) -> Verdict:
        held = self._all(True)
        for operand in operands:
            held &= operand.held
        return Verdict(found & held, ~found & held)

    def _compared(self, compare: Callable[[Any, Any], Any], left: Scalar, right: Scalar) -> Verdict:
        left, right = same_kind(left, right)
        found = self._all(True) & np.asarray(compare(left.values, right.values), dtype=np.bool_)
        return self._known(found, left, right)

    def _null(self, node: Any) -> Verdict:
        if isinstance(node, dict) and node.get("property") == "geometry":
            held = self._of.shapes_held
        else:
            held = self._all(True) & self._scalar(node).held
        return Verdict(~held, held.copy())

    def _scalar(self, node: Any) -> Scalar:
        """A property, a literal, or one of them without case or accents."""
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            _refuse_size()
        if isinstance(node, dict) and "property" in node:
            name = node["property"]
            if not isinstance(name, str) or name not in self._of.columns:
                raise refusal(
                    T(
                        "filter : « {name} » n'est pas une propriété ; il y a : {known}.",
                        "filter: “{name}” is no property; there are: {known}.",
                        name=str(name)[:80],
                        known=", ".join(self._of.columns),
                    )
                )
            column = self._of.values(name)
            kind = "number" if column.dtype == "integer" else column.dtype
            return Scalar(kind, column.values, column.held)
        if isinstance(node, dict) and node.get("op") in ("casei", "accenti"):
            inside = self._scalar(self._arguments(node, 1)[0])
            if inside.kind != "text":
                raise self._unclear(node)
            return simplified(inside, node["op"])
        if isinstance(node, dict) and ("date" in node or "timestamp" in node):
            return Scalar("date", instant_of(node), np.asarray(True))
        found = literal(node)
        if found is None:
            raise self._unclear(node)
        return found

    def _period(self, node: Any) -> Period:
        if isinstance(node, dict) and "interval" in node:
            ends = node["interval"]
            if not isinstance(ends, list) or len(ends) != 2:
                raise self._unclear(node)
            return period_of(*(end if end == ".." else self._instant(end) for end in ends))
        return period_of(*(self._instant(node),) * 2)

    def _instant(self, node: Any) -> Scalar:
        if isinstance(node, str):
            return Scalar("date", instant_of(node), np.asarray(True))
        scalar = self._scalar(node)
        if scalar.kind != "date":
            raise self._unclear(node)
        return scalar

    def _spatial(self, op: str, node: Any) -> Verdict:
        left, right = (self._shapes(part) for part in self._arguments(node, 2))
        held = self._all(True)
        for side in (left, right):
            if side is self._of.features.shapes:
                held &= self._of.shapes_held
        with np.errstate(invalid="ignore"):
            try:
                found = getattr(shapely, op.removeprefix("s_"))(left, right)
            except shapely.errors.GEOSException as error:
                raise self._unclear(op) from error
        true = self._all(True) & np.asarray(found, dtype=np.bool_)
        return Verdict(true & held, ~true & held)

    def _shapes(self, node: Any) -> Any:
        """The shapes of the collection, or one that the filter holds, in degrees."""
        if isinstance(node, dict) and node.get("property") == "geometry":
            return self._of.features.shapes
        shape = node
        if isinstance(node, dict) and "bbox" in node:
            sides = node["bbox"]
            if not isinstance(sides, list) or len(sides) not in (4, 6):
                raise self._unclear(node)
            if not all(isinstance(side, int | float) for side in sides):
                raise self._unclear(node)
            half = len(sides) // 2
            shape = shapely.box(*sides[:2], *sides[half : half + 2])
        elif isinstance(node, dict) and isinstance(node.get("type"), str):
            try:
                shape = shapely.from_geojson(json.dumps(node))
            except (shapely.errors.GEOSException, ValueError, TypeError) as error:
                raise self._unclear(node) from error
        if not isinstance(shape, shapely.Geometry) or not np.isfinite(shapely.bounds(shape)).all():
            raise self._unclear(node)  # also an empty one, which has no bounds
        carried = crs.to_lonlat(shapely.force_2d(shape), self._crs)
        shapely.prepare(carried)
        return carried
